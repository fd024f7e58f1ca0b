//! The effect of an entry on the book.

use crate::FileOutcome;
use crate::entry::Entry;
use crate::keys::Keyed;

/// The effect of an entry on the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// An act begins with this entry.
    Begins,
    /// The entry is a part of an act that goes on.
    GoesOn,
    /// The act that began with this entry ends, and the book changes next.
    Changes(u64),
    /// The act that began with this entry ends, and the book is unchanged.
    Leaves(u64),
    /// The entries from the given one to the one before this entry left the book unchanged.
    Void(u64),
    /// A book with the mark of this many entries was accepted as it is.
    Settles(u64),
    /// A command, or commands that were set aside: one of several entries that were put into the log
    /// together.
    Command,
    /// The entry belongs to no act, and the book does not know it.
    Apart,
    /// The entry is about the log itself, and may come anywhere.
    OfTheLog,
}

impl Entry {
    /// The same entry with the sums of the book's rows after it, if it ends an act or settles.
    ///
    /// ```
    /// use bailiwick_audit::{Entry, HashKeys};
    ///
    /// let keys = HashKeys::new(vec![[1; 32]]).expect("a key");
    /// let settled = Entry::Settled { book: 7, head: None, acts: 0, checkpoints: 0, operator: None, rows: None };
    /// let settled = settled.with_rows(keys.digest(b"sums"));
    /// assert_eq!(settled.rows(), Some(&keys.digest(b"sums")));
    /// ```
    #[must_use]
    pub fn with_rows(mut self, keyed: Keyed) -> Self {
        match &mut self {
            Self::File(file) => file.rows = Some(keyed),
            Self::Tick { rows, .. }
            | Self::Decided { rows, .. }
            | Self::Remitted { rows, .. }
            | Self::Settled { rows, .. } => *rows = Some(keyed),
            _ => {}
        }
        self
    }

    /// The keyed hash of the sums of the book's rows after this entry.
    pub fn rows(&self) -> Option<&Keyed> {
        match self {
            Self::File(file) => file.rows.as_ref(),
            Self::Tick { rows, .. }
            | Self::Decided { rows, .. }
            | Self::Remitted { rows, .. }
            | Self::Settled { rows, .. } => rows.as_ref(),
            _ => None,
        }
    }

    /// The effect of this entry on the book.
    ///
    /// ```
    /// use bailiwick_audit::{Effect, Entry};
    ///
    /// let failed = Entry::Failed { act: 7, engagement: "us-card".to_owned(), code: "busy".to_owned() };
    /// assert_eq!(failed.effect(), Effect::Leaves(7));
    /// assert_eq!(Entry::SetAside { files: 1 }.effect(), Effect::Command);
    /// ```
    pub fn effect(&self) -> Effect {
        match self {
            Self::Begun(_) => Effect::Begins,
            Self::EngagementChanged { .. }
            | Self::PluginActivated { .. }
            | Self::Session(_)
            | Self::Call(_)
            | Self::Accounts(_) => Effect::GoesOn,
            Self::File(file) => match file.outcome {
                // Where every record was refused one by one, the book keeps the refusals that are sent.
                FileOutcome::Rejected if !file.answers.is_empty() => Effect::Changes(file.act),
                FileOutcome::Rejected | FileOutcome::Duplicate => Effect::Leaves(file.act),
                FileOutcome::Accepted | FileOutcome::Partial => Effect::Changes(file.act),
            },
            Self::Tick { act, .. } | Self::Decided { act, .. } | Self::Remitted { act, .. } => {
                Effect::Changes(*act)
            }
            Self::Failed { act, .. } => Effect::Leaves(*act),
            Self::Void { first, .. } => Effect::Void(*first),
            Self::Settled { book, .. } => Effect::Settles(*book),
            Self::Command(_) | Self::SetAside { .. } => Effect::Command,
            Self::Created { .. }
            | Self::Checkpoint { .. }
            | Self::Witnessed { .. }
            | Self::Erased { .. }
            | Self::KeyRotated { .. } => Effect::Apart,
            Self::Cut { .. } | Self::Repaired { .. } => Effect::OfTheLog,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Digested, FileEntry};

    #[test]
    fn a_refused_file_whose_refusals_were_written_changed_the_book() {
        let answer = Digested::of(b"refusals");
        for (outcome, answers, effect) in [
            (FileOutcome::Rejected, vec![], Effect::Leaves(7)),
            (FileOutcome::Rejected, vec![answer.clone()], Effect::Changes(7)),
            (FileOutcome::Partial, vec![answer], Effect::Changes(7)),
            (FileOutcome::Accepted, vec![], Effect::Changes(7)),
            (FileOutcome::Duplicate, vec![], Effect::Leaves(7)),
        ] {
            let entry = Entry::File(Box::new(FileEntry {
                act: 7,
                engagement: "e".to_owned(),
                from: "agency".to_owned(),
                message: "m".to_owned(),
                file: Digested::of(b"file"),
                file_name: String::new(),
                outcome,
                accepted: 0,
                rejected: 1,
                waiting: 0,
                revived: 0,
                replaced: 0,
                problems: Vec::new(),
                answers,
                answers_not_listed: 0,
                fell_due: Default::default(),
                rows: None,
            }));
            assert_eq!(entry.effect(), effect, "{outcome:?}");
        }
    }
}
