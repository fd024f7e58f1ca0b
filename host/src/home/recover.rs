//! After a crash: makes the audit log, the book and the outbox agree again.

use super::{Host, Writing};
use crate::agreement::{Agreement, agree, in_log};
use crate::audit::{Entry, Stored};
use crate::error::Result;

/// Entries that had no effect are marked as such, the book takes the mark of the log, and the head is signed; files
/// that were committed are moved into place or held back; files that were not are removed.
///
/// A state that no crash can leave is not recovered: the book, the log or the head was replaced by an older one.
pub(super) fn recover(host: &Host, writing: &mut Writing) -> Result<()> {
    let (booked, head) = (writing.book.booked()?, writing.audit.head()?);
    let log = writing.audit.mark()?;
    if !booked.of_all || log != booked.mark || head.as_ref() != Some(&log) {
        let folder = host.audit_path();
        let stored = Stored::open(&*host.disk, &folder)?;
        in_log(&stored, &booked)?;
        let mut agreement = Agreement::new(log.size, head.as_ref(), &booked)?;
        for entry in stored.entries(agreement.from()) {
            let (seq, entry) = entry?;
            agreement.saw(seq, &entry)?;
        }
        if let Some(first) = agreement.agreed()? {
            writing.audit.append(&Entry::Void { first, last: log.size - 1 })?;
        }
        writing.conclude()?;
    }
    super::outbox::recover(host, writing)
}

impl Host {
    /// Checks that the log, the book and the head agree, or are in a state that a crash can leave. Waits for nobody
    /// and changes nothing.
    ///
    /// # Errors
    /// [`Error::Audit`](crate::Error::Audit) if they do not agree: then every write is refused.
    pub(super) fn agree(&self) -> Result<()> {
        agree(&*self.disk, &self.audit_path(), || self.book()?.booked())
    }
}
