//! Going on with a home whose log, book and head do not agree: after a restore from backups of different days,
//! or when a part is lost for good. Somebody decides that, and the log says so.

use std::sync::Arc;

use serde::Serialize;

use super::outbox;
use super::recover::in_log;
use super::{Host, Writing, layout};
use crate::audit::{Agreement, AuditLog, Entry, Stored, SystemDisk, outside, read_signer};
use crate::error::{Error, Result};

/// What did not agree, and is gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// Entries of the log.
    pub log: u64,
    /// Entries that the book knew of.
    pub book: u64,
    /// Entries that the head had signed; none if it was gone.
    pub head: Option<u64>,
    /// Acts that had changed the book and are not in it: their files can be exchanged again.
    pub acts: u64,
    /// What was wrong.
    pub why: String,
}

impl Host {
    /// Goes on with the log, the book and the head as they are, and records that. Nothing is thrown away: the
    /// log keeps what the book does not have.
    ///
    /// # Errors
    /// [`Error::Refused`] if they agree. [`Error::Audit`] if the log itself is damaged: that is for
    /// [`Host::repair_audit`].
    pub fn settle_audit(&self) -> Result<Settled> {
        let lock = self.lock()?;
        self.refuse_unsafe()?;
        let (folder, book) = (self.audit_path(), self.book()?);
        let signer = read_signer(&self.home().join(layout::SIGNER))?;
        let audit = AuditLog::open_unheld(&folder, Arc::new(SystemDisk), signer, self.keys.current())?;
        let (booked, head, log) = (book.booked()?, audit.head()?, audit.mark()?.size);
        let signed = head.as_ref().map_or(0, |head| head.size);
        let mut agreement = Agreement::of(log, signed, &booked);
        let stored = Stored::open(&SystemDisk, &folder)?;
        let known = in_log(&stored, &booked);
        stored.entries(agreement.from(), |seq, entry| agreement.saw(seq, entry))?;
        let (book_size, acts) = (booked.mark.size, agreement.missing_at_most());
        let held = audit.holds_head();
        let there = Agreement::new(log, head.as_ref(), &booked).map(|_| ());
        let wrong = [held, known, there, agreement.agreed().map(|_| ())].into_iter().find_map(Result::err);
        let Some(wrong) = wrong else {
            return Err(Error::Refused {
                code: "nothing_to_settle".to_owned(),
                message: "the log, the book and the signed head agree".to_owned(),
            });
        };
        let head = head.map(|head| head.size);
        drop(stored);
        audit.append(&Entry::Settled { book: book_size, head, acts, operator: self.operator() })?;
        let writing = Writing::new(book, audit, self.telling.clone(), lock);
        // What sinks took may be of the log that is gone.
        outside::forget(&folder)?;
        writing.conclude()?;
        outbox::recover(self, &writing)?;
        Ok(Settled { log, book: book_size, head, acts, why: wrong.to_string() })
    }
}
