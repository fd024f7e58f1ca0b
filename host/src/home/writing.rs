//! Everything that only one process may do at a time.

use std::sync::Arc;

use bailiwick_tlog::Note;

use super::kept::{Kept, KeyFiles};
use super::seat::Turn;
use super::{Host, InForce};
use crate::audit::{AuditLog, Keyed, Stored};
use crate::book::Book;
use crate::error::Result;
use crate::rows::{self, KnownRows};

/// A home, open to write.
pub(crate) struct Writing {
    pub(crate) book: Book,
    pub(crate) audit: AuditLog,
    /// Values that differ from those of the last use, for the book to remember.
    pub(crate) changed: Vec<(String, String)>,
    /// The sums of the book's rows that the log has of the last act, if this process knows them.
    pub(crate) rows: Option<Keyed>,
    /// The settings from the beginning of the turn.
    pub(crate) settings: Arc<InForce>,
    /// The files of the keys that the log was opened with.
    keys: KeyFiles,
    /// Last, so that book and log are closed before the next turn.
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
        Self { book, audit, changed: Vec::new(), rows: None, settings, keys, turn }
    }

    /// Ends it, and leaves the log open for the next writer of this process, if it is whole.
    pub(crate) fn keep(self) {
        // The book is closed before another process may open it.
        drop(self.book);
        let kept = Kept::of(self.audit, self.keys, self.rows);
        self.turn.end(kept);
    }

    /// Checks that the sums of the book's rows are the ones that the log has, before an act changes them.
    ///
    /// # Errors
    /// [`Error::Audit`](crate::Error::Audit) if they are others: an act would make them the log's.
    pub(crate) fn agree_rows(&mut self, host: &Host) -> Result<()> {
        let (keys, sums) = (host.keys(), self.book.stored_sums()?);
        match &self.rows {
            Some(rows) if keys.matches(rows, &sums) => return Ok(()),
            Some(_) => return Err(rows::others()),
            None => {}
        }
        let booked = self.book.booked()?;
        let stored = Stored::open(&*host.disk, &host.audit_path())?;
        KnownRows::of(&stored, booked.mark.size)?.are(&sums, &keys)?;
        self.rows = Some(keys.digest(&sums));
        Ok(())
    }

    /// Whether a value that the log names when it changes differs from the value of the last use. The book remembers
    /// the new value with the next commit.
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

    /// Ends an act or write: its entries become durable, then the book takes the mark, then the head is signed, then
    /// the sinks get the head. The order is that of `agreement.rs`.
    pub(crate) fn conclude(&mut self) -> Result<()> {
        let mark = self.audit.commit()?;
        self.book.take_note(&mark, &self.changed)?;
        self.changed.clear();
        if self.audit.head()?.as_ref() != Some(&mark) {
            self.tell(&self.audit.sign_head()?);
        }
        Ok(())
    }

    /// Ends a write that has taken effect already. If the head cannot be signed, the effect stays and the next write
    /// signs; the error says so.
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
