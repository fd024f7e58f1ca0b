//! Everything that only one process may do at a time.

use std::sync::Arc;

use bailiwick_tlog::Note;

use super::InForce;
use super::kept::{Kept, KeyFiles};
use super::seat::Turn;
use crate::audit::AuditLog;
use crate::book::Book;
use crate::error::Result;

/// A home, open to write.
pub(crate) struct Writing {
    pub(crate) book: Book,
    pub(crate) audit: AuditLog,
    /// What has changed since it was last used, for the book to remember.
    pub(crate) changed: Vec<(String, String)>,
    /// The settings of when its turn began.
    pub(crate) settings: Arc<InForce>,
    /// The files of the keys that the log was opened with.
    keys: KeyFiles,
    /// Last: book and log are closed before the next one's turn.
    turn: Turn,
}

impl Writing {
    pub(super) fn new(
        settings: Arc<InForce>,
        book: Book,
        audit: AuditLog,
        keys: KeyFiles,
        turn: Turn,
    ) -> Self {
        Self { book, audit, changed: Vec::new(), settings, keys, turn }
    }

    /// Ends it, and leaves the log open for the next writer of this process, if it is whole.
    pub(crate) fn keep(self) {
        // The book is closed before another process may open it.
        drop(self.book);
        let kept = Kept::of(self.audit, self.keys);
        self.turn.end(kept);
    }

    /// Whether something that the log is to name has another value than when it was last used. The book remembers it
    /// with the next that is written.
    pub(crate) fn is_new(&mut self, key: &str, value: &str) -> Result<bool> {
        let noted = self.changed.iter().rev().find(|(changed, _)| changed == key);
        let known = match noted {
            Some((_, noted)) => noted == value,
            None => self.book.meta(key)?.as_deref() == Some(value),
        };
        if !known {
            self.changed.push((key.to_owned(), value.to_owned()));
        }
        Ok(!known)
    }

    /// Ends what was done: its entries are durable, then the book knows of them, then the head is signed, then
    /// the sinks are told. The order is that of `agreement.rs`.
    pub(crate) fn conclude(&mut self) -> Result<()> {
        let mark = self.audit.commit()?;
        self.book.take_note(&mark, &self.changed)?;
        self.changed.clear();
        if self.audit.head()?.as_ref() != Some(&mark) {
            self.tell(&self.audit.sign_head()?);
        }
        Ok(())
    }

    /// Ends what is done already: that its head cannot be signed does not undo it, and the next write signs. The
    /// error says that.
    pub(crate) fn conclude_done(&mut self) -> std::result::Result<(), String> {
        self.conclude().map_err(|error| {
            let message = format!(
                "what was done is done and in the audit log, but its end could not be signed: {error}; the next write signs it"
            );
            tracing::warn!(code = error.code(), "the head of the audit log could not be signed; the next write signs it");
            message
        })
    }

    /// Publishes a checkpoint of all entries: its head is signed with it.
    pub(super) fn checkpoint(&self) -> Result<Note> {
        let mark = self.audit.announce()?;
        self.book.take_note(&mark, &[])?;
        let note = self.audit.publish()?;
        self.tell(&note);
        Ok(note)
    }

    fn tell(&self, head: &Note) {
        if let Some(telling) = &self.settings.telling {
            telling.tell(self.audit.folder(), &self.audit.origin(), head);
        }
    }
}
