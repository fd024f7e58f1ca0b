//! Going on with a home whose log, book and head do not agree: after a restore from backups of different days, or
//! when a part is lost for good. An operator decides that, and an entry of the log records it.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::kept::KeyFiles;
use super::outbox;
use super::{ActingHost, Writing, layout};
use crate::agreement::{Agreement, in_log};
use crate::audit::{AuditLog, Entry, Stored, SystemDisk, not_held, read_signer, taken};
use crate::error::{Error, Result};

/// The end of the name of a checkpoint that was put aside.
const ASIDE: &str = "settled";

/// The differences with which the home goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Settled {
    /// Entries of the log.
    pub log: u64,
    /// Entries up to the book's mark.
    pub book: u64,
    /// Entries that the head had signed; none if it was gone.
    pub head: Option<u64>,
    /// Acts that had changed the book and are not in it: their files can be exchanged again.
    pub acts: u64,
    /// Published checkpoints that the log does not have: they are put aside, with `.settled` after their names.
    pub checkpoints: u64,
    /// What was wrong.
    pub why: String,
}

impl ActingHost<'_> {
    /// Goes on with the log, the book and the head as they are, and records that. Nothing is deleted: the log keeps
    /// the acts that are not in the book, and checkpoints that the log does not agree with get another name.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let settled = host.acting_as(Operator::named("nina")).settle_audit()?;
    /// println!("{} acts are to be done again: {}", settled.acts, settled.why);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if they agree. [`Error::Audit`] if the log itself is damaged:
    /// [`Host::repair_audit`](crate::Host::repair_audit) repairs it.
    pub fn settle_audit(&self) -> Result<Settled> {
        let host = self.host;
        let turn = host.turn()?;
        let settings = host.settings()?;
        host.refuse_unsafe(&settings)?;
        let (folder, book) = (host.audit_path(), host.book()?);
        let signer = read_signer(&host.home().join(layout::SIGNER))?;
        let audit =
            AuditLog::open_unheld(&folder, Arc::new(SystemDisk), signer, host.read_keys()?.current())?;
        let (booked, head, log) = (book.booked()?, audit.head()?, audit.mark()?.size);
        let signed = head.as_ref().map_or(0, |head| head.size);
        let mut agreement = Agreement::of(log, signed, &booked);
        let stored = Stored::open(&SystemDisk, &folder)?;
        let known = in_log(&stored, &booked);
        for entry in stored.entries(agreement.from()) {
            let (seq, entry) = entry?;
            agreement.saw(seq, &entry)?;
        }
        let (book_size, acts) = (booked.mark.size, agreement.missing_at_most());
        let held = audit.holds_head().map_err(Error::from);
        let there = Agreement::new(log, head.as_ref(), &booked).map(|_| ());
        let others = not_held(&stored)?;
        let published = match others.first() {
            Some(other) => Err(Error::log(format!("the log does not have what {other} says"))),
            None => Ok(()),
        };
        let agreed = agreement.agreed().map(|_| ());
        let rows = host.check_rows(&book)?;
        let same = match (&rows.log, rows.tables_changed.is_empty()) {
            (Some(_), _) => Err(crate::rows::others()),
            (None, false) => Err(Error::log(format!(
                "rows of the book were changed by something else than its acts, in {}",
                rows.tables_changed.join(", ")
            ))),
            (None, true) => Ok(()),
        };
        let wrong = [held, known, there, agreed, published, same].into_iter().find_map(Result::err);
        let Some(wrong) = wrong else {
            return Err(Error::Refused {
                code: "nothing_to_settle".to_owned(),
                message: "the log, the book and the signed head agree".to_owned(),
            });
        };
        let head = head.map(|head| head.size);
        drop(stored);
        let checkpoints = others.len() as u64;
        let rows = Some(host.read_keys()?.digest(&book.accept_rows()?));
        audit.append(&Entry::Settled {
            book: book_size,
            head,
            acts,
            checkpoints,
            operator: self.operator(),
            rows,
        })?;
        audit.commit()?;
        // After the entry: if the program stops in between, the operator settles once more.
        others.iter().try_for_each(|name| put_aside(&folder, name))?;
        let mut writing = Writing::new(settings, book, audit, KeyFiles::none(), turn);
        // The heads that sinks took may belong to the log that is gone.
        taken::forget(&folder)?;
        writing.conclude()?;
        outbox::recover(host, &writing)?;
        Ok(Settled { log, book: book_size, head, acts, checkpoints, why: wrong.to_string() })
    }
}

/// Gives a checkpoint a name that nobody reads. One that was put aside before keeps its own.
fn put_aside(log: &Path, name: &str) -> Result<()> {
    let from = log.join(name);
    let mut to = format!("{name}.{ASIDE}");
    while log.join(&to).symlink_metadata().is_ok() {
        to = format!("{to}.{ASIDE}");
    }
    fs::rename(&from, log.join(&to)).map_err(Error::io("put aside", &from))?;
    let folder = from.parent().unwrap_or(log);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io("sync", folder))
}
