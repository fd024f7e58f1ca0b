//! The rows of the book are the ones that the log knows: every act's entry has the keyed hash of the sums of the book's
//! rows (`book/sums.rs`).
//!
//! Before an act changes the book, the sums are compared with the last act's: otherwise the act would write the sums of a
//! changed book into the log, and nobody could tell any more.

use memchr::memmem::Finder;

use crate::audit::{self, Entry, HashKeys, Keyed, Recorded, Stored};
use crate::error::{Error, Result};

/// Acts that failed after their entry was written, one after the other, whose sums are kept.
const UNSURE_MAX: usize = 64;
/// Entries before the book's mark that are read first, to find the last act.
const ENTRIES_FIRST: u64 = 256;
/// How many times more entries are read if the last act is not among them.
const ENTRIES_MORE: u64 = 16;

/// What the entries up to the book's mark say of its rows.
pub(crate) struct KnownRows {
    /// Entries up to the book's mark.
    booked: u64,
    /// The last act, as long as no entry says that it did not count: its entry, and its sums.
    last: Option<(u64, Keyed)>,
    /// The last act before it that is sure to be in the book.
    sure: Option<Keyed>,
    /// Acts between the two that failed after their entries were written: whether they are in the book, only the book
    /// knows.
    unsure: Vec<(u64, Keyed)>,
    /// Of the entries that matter, each has one of these texts.
    texts: [Finder<'static>; 4],
}

impl KnownRows {
    /// `booked` is how many entries the book knows.
    pub(crate) fn new(booked: u64) -> Self {
        let texts = ["\"rows\":", "\"void\"", "\"failed\"", "\"settled\""];
        let texts = texts.map(|text| Finder::new(text.as_bytes()));
        Self { booked, last: None, sure: None, unsure: Vec::new(), texts }
    }

    /// What the log says. Only its end is read, if that is enough.
    ///
    /// # Errors
    /// [`Error::Audit`] if the log cannot be read.
    pub(crate) fn of(stored: &Stored<'_>, booked: u64) -> Result<Self> {
        let mut many = ENTRIES_FIRST;
        loop {
            let from = booked.saturating_sub(many);
            let mut known = Self::new(booked);
            for entry in stored.entries(from) {
                let (seq, entry) = entry?;
                known.saw(seq, &entry)?;
            }
            if from == 0 || known.last.is_some() || known.sure.is_some() {
                return Ok(known);
            }
            many = many.saturating_mul(ENTRIES_MORE);
        }
    }

    /// Takes the next entry of the log.
    ///
    /// # Errors
    /// [`audit::Error::Log`] if the entry is of an unknown kind.
    pub(crate) fn saw(&mut self, seq: u64, entry: &[u8]) -> audit::Result<()> {
        if !self.texts.iter().any(|text| text.find(entry).is_some()) {
            return Ok(());
        }
        let Recorded { entry, .. } = Recorded::parse(seq, entry)?;
        match (&entry, entry.rows()) {
            // An operator accepted the book, which may not have taken note yet.
            (Entry::Settled { book, .. }, rows) if seq < self.booked || *book == self.booked => {
                (self.last, self.sure) = (rows.map(|rows| (seq, rows.clone())), None);
                self.unsure.clear();
            }
            _ if seq >= self.booked => {}
            (Entry::Void { first, .. }, _) => {
                self.last.take_if(|(seq, _)| *seq >= *first);
            }
            (Entry::Failed { act, .. }, _) => {
                if let Some(failed) = self.last.take_if(|(seq, _)| *seq >= *act) {
                    if self.unsure.len() == UNSURE_MAX {
                        self.unsure.remove(0);
                    }
                    self.unsure.push(failed);
                }
            }
            (_, Some(rows)) => {
                if let Some((_, before)) = self.last.replace((seq, rows.clone())) {
                    self.sure = Some(before);
                    self.unsure.clear();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether they are the sums that the book has.
    pub(crate) fn fit(&self, sums: &[u8], keys: &HashKeys) -> bool {
        match (&self.last, &self.sure) {
            (Some((_, last)), _) => keys.matches(last, sums),
            // No act with sums is sure to have counted: the book came from an earlier layout.
            (None, None) => true,
            (None, Some(sure)) => {
                let unsure = self.unsure.iter().map(|(_, rows)| rows);
                unsure.chain([sure]).any(|rows| keys.matches(rows, sums))
            }
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`Error::Audit`] if they are others.
    pub(crate) fn are(&self, sums: &[u8], keys: &HashKeys) -> Result<()> {
        if self.fit(sums, keys) { Ok(()) } else { Err(others()) }
    }
}

/// What is wrong, and what to do.
pub(crate) const OTHERS: &str = "the sums of the book's rows are not the ones that the log has of the last act: the book was changed by \
     something else than an act, or an older one was put in its place. `bailiwick ledger check` names rows that do not follow \
     from documents. Restore the book from a backup, or go on with it by `audit settle`, which is recorded";

/// The sums of the book are not the ones that the log has.
pub(crate) fn others() -> Error {
    Error::log(OTHERS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Keyed;

    fn keys() -> HashKeys {
        HashKeys::new(vec![[1; 32]]).unwrap()
    }

    fn act(act: u64, sums: &str) -> Entry {
        Entry::Tick {
            act,
            engagement: "e".to_owned(),
            today: String::new(),
            moves: Default::default(),
            answers: Vec::new(),
            answers_not_listed: 0,
            rows: Some(keys().digest(sums.as_bytes())),
        }
    }

    fn failed(act: u64) -> Entry {
        Entry::Failed { act, engagement: "e".to_owned(), code: "io".to_owned() }
    }

    fn settled(book: u64, rows: Option<Keyed>) -> Entry {
        Entry::Settled { book, head: None, acts: 0, checkpoints: 0, operator: None, rows }
    }

    fn known(entries: &[Entry], booked: u64) -> KnownRows {
        let mut known = KnownRows::new(booked);
        for (seq, entry) in (0..).zip(entries) {
            let mut stored = serde_json::to_value(entry).unwrap();
            for (name, value) in [("v", 1), ("seq", seq), ("kid", 1)] {
                stored[name] = value.into();
            }
            stored["at"] = "2026-07-01T00:00:00Z".into();
            known.saw(seq, stored.to_string().as_bytes()).unwrap();
        }
        known
    }

    #[test]
    fn the_rows_are_those_of_the_last_act_that_counts() {
        let two = [act(0, "a"), act(1, "b")];
        let void = [&two[..], &[Entry::Void { first: 1, last: 1 }]].concat();
        let late = [&two[..], &[failed(0)]].concat();
        let early = [&two[..], &[failed(2)]].concat();
        let again = [&late[..], &[act(3, "c")]].concat();
        let twice = [&again[..], &[failed(3)]].concat();
        let counted = [&twice[..], &[act(5, "c"), act(6, "z"), failed(6)]].concat();
        let first = [act(0, "a"), failed(0)];
        let accepted = [&two[..], &[settled(1, Some(keys().digest(b"z")))]].concat();
        let unknown = [&two[..], &[settled(2, None)]].concat();
        for (entries, booked, right) in [
            (&two[..], 2, &["b"][..]),
            (&two, 1, &["a"]),
            (&two, 0, &["a", "b", "c", "z"]),
            (&void, 3, &["a"]),
            (&late, 3, &["a", "b"]),
            (&early, 3, &["b"]),
            (&again, 4, &["c"]),
            (&twice, 5, &["a", "b", "c"]),
            (&counted, 8, &["c", "z"]),
            (&first, 2, &["a", "b", "c", "z"]),
            (&accepted, 3, &["z"]),
            (&accepted, 1, &["z"]),
            (&accepted, 2, &["b"]),
            (&unknown, 3, &["a", "b", "c", "z"]),
        ] {
            let known = known(entries, booked);
            for sums in ["a", "b", "c", "z"] {
                let found = known.are(sums.as_bytes(), &keys());
                assert_eq!(found.is_ok(), right.contains(&sums), "{entries:?} {booked} {sums}");
            }
        }
    }

    /// A hash key that was replaced still verifies what was hashed with it.
    #[test]
    fn the_sums_of_an_earlier_hash_key_are_known() {
        let known = known(&[act(0, "a")], 1);
        let now = HashKeys::new(vec![[1; 32], [2; 32]]).unwrap();
        assert!(known.are(b"a", &now).is_ok());
        assert!(known.are(b"b", &now).is_err());
    }
}
