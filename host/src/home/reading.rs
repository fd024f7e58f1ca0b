//! Reading a home's audit log: filtered, exported, summed up.

use std::path::Path;

use bailiwick_sdk::value::Day;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::commands::Command;
use super::{ActingHost, Host, ReplayFolder};
use crate::audit::{
    By, Exported, Selected, SelectedEntries, Selection, Sessions, Stored, StoredEntries, Summary, SystemDisk,
};
use crate::error::{Error, Result};

/// Entries of the audit log that were asked for, in their order. Reading can stop at any entry. After an error it has
/// ended. Memory does not grow with the log, and entries that are made meanwhile are not among them.
#[derive(Debug)]
pub struct AuditRows(SelectedEntries<'static>);

impl Iterator for AuditRows {
    type Item = Result<Selected>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map_err(Error::from))
    }
}

impl std::iter::FusedIterator for AuditRows {}

/// All entries of the audit log in their order, each as the JSON it is. Reading can stop at any entry. After an error it
/// has ended. Memory does not grow with the log, and entries that are made meanwhile are not among them.
#[derive(Debug)]
pub struct AuditEntries(StoredEntries<'static>);

impl AuditEntries {
    pub(super) fn of(stored: &Stored<'static>) -> Self {
        Self(stored.entries(0))
    }
}

impl Iterator for AuditEntries {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.0.next()?.map_err(Error::from);
        Some(entry.map(|(_, json)| String::from_utf8_lossy(&json).into_owned()))
    }
}

impl std::iter::FusedIterator for AuditEntries {}

impl ActingHost<'_> {
    /// The entries of the audit log that are asked for, in their order. Entries about an account are recorded as
    /// `audit show`, and that entry is not among them.
    ///
    /// ```no_run
    /// use bailiwick_host::audit::Selection;
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let faults = Selection { outcome: Some("fault".to_owned()), last: Some(10), ..Selection::default() };
    /// for selected in host.acting_as(Operator::named("nina")).audit_rows(&faults)? {
    ///     let row = selected?.row;
    ///     println!("entry {}: {:?} in {:?}", row.seq, row.code, row.plugin);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Audit`] if the log cannot be read; it is not verified. [`Error::Audit`], [`Error::Io`] if it cannot be
    /// recorded.
    pub fn audit_rows(&self, selection: &Selection) -> Result<AuditRows> {
        let folder = self.host.audit_path();
        let stored = Stored::open(&SystemDisk, &folder)?;
        if let Some(account) = selection.account.as_deref() {
            let (name, engagement) = ("audit show", selection.engagement.as_deref());
            self.record_about(Command { name, engagement, account: Some(account) })?;
        }
        Ok(AuditRows(self.host.selected(&stored, selection)?))
    }

    /// Exports the whole log to a folder that is empty or not there, with everything that is needed to verify it
    /// elsewhere. Recorded as `audit export`; then a checkpoint is published. With `replayable` the folder also has
    /// everything that a replay needs: it is then as private as the home.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let exported = ngozi.export_audit(Path::new("./export"), false)?;
    /// println!("{} entries with the root {}", exported.size, exported.root);
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`audit::Error::FolderExists`](crate::audit::Error::FolderExists), [`Error::Audit`], [`Error::Io`], [`Error::Busy`]; [`Error::Refused`] if it is to be
    /// replayable and no calls were kept.
    pub fn export_audit(&self, to: &Path, replayable: bool) -> Result<Exported> {
        crate::audit::refuse_full(to)?;
        self.record("audit export")?;
        let note = self.host.checkpoint()?;
        let checkpoint = bailiwick_tlog::Checkpoint::parse(&note.text);
        let size = checkpoint.map_err(|error| Error::Invariant(error.to_string()))?.size;
        crate::audit::export(&self.host.audit_path(), size, to, |folder| match replayable {
            true => ReplayFolder::of(folder).write(self.host),
            false => Ok(()),
        })
    }

    /// Writes the entries that are asked for as a Parquet file, one row each. Gives the number of rows. Recorded as
    /// `audit export`.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use bailiwick_host::audit::Selection;
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let calls = Selection { kind: Some("call".to_owned()), ..Selection::default() };
    /// println!("{} calls", ngozi.audit_parquet(&calls, Path::new("calls.parquet"))?);
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Audit`] if the log cannot be read, [`Error::Io`].
    #[cfg(feature = "parquet")]
    pub fn audit_parquet(&self, selection: &Selection, to: &Path) -> Result<u64> {
        self.record("audit export")?;
        let folder = self.host.audit_path();
        let stored = Stored::open(&SystemDisk, &folder)?;
        // The file gets its name when it is whole.
        let mut part = to.to_owned();
        part.as_mut_os_string().push(".part");
        let mut rows = crate::audit::ParquetRows::create(&part)?;
        let mut write = || -> Result<u64> {
            let mut count = 0;
            for selected in self.host.selected(&stored, selection)? {
                rows.push(selected?.row)?;
                count += 1;
            }
            Ok(count)
        };
        let written = write();
        match written.and_then(|count| Ok(rows.finish().map(|()| count)?)) {
            Ok(count) => {
                std::fs::rename(&part, to).map_err(Error::io("move into place", to))?;
                Ok(count)
            }
            Err(error) => {
                // The caller gets the first error; an error of this removal would hide it.
                let _ = std::fs::remove_file(&part);
                Err(error)
            }
        }
    }
}

impl Host {
    fn selected<'a>(&self, stored: &Stored<'a>, selection: &Selection) -> Result<SelectedEntries<'a>> {
        let hashes = selection.account.as_deref().map(|account| self.keyed_hashes("account", account));
        Ok(crate::audit::read(stored, selection, hashes)?)
    }

    /// Counts the entries of a period: from the first of two days to the last, in UTC, by one of two clocks.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    /// use bailiwick_host::audit::By;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let july = (jiff::civil::date(2026, 7, 1).into(), jiff::civil::date(2026, 7, 31).into());
    /// let summary = host.audit_summary(july, By::Clock)?;
    /// std::fs::write("july.html", summary.html()).expect("the report is written");
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if the days are no period; [`Error::Audit`] if the log cannot be read.
    pub fn audit_summary(&self, days: (Day, Day), by: By) -> Result<Summary> {
        let no_period = |why: String| Error::Refused { code: "bad_period".to_owned(), message: why };
        let begin = |day: jiff::civil::Date| -> std::result::Result<Timestamp, jiff::Error> {
            Ok(day.to_zoned(TimeZone::UTC)?.timestamp())
        };
        if days.0 > days.1 {
            return Err(no_period(format!("the period begins on {} and ends on {}", days.0, days.1)));
        }
        let after = days.1.date().checked_add(1.day());
        let bounds = after.and_then(|after| Ok((begin(days.0.date())?, begin(after)?)));
        let (from, to) = bounds.map_err(|error| no_period(error.to_string()))?;
        let selection = Selection { from: Some(from), to: Some(to), by, ..Selection::default() };
        let folder = self.audit_path();
        let stored = Stored::open(&SystemDisk, &folder)?;
        let keys = self.log_keys()?;
        let origin = keys.last().map(|key| key.name().to_owned()).unwrap_or_default();
        let keys = keys.iter().map(ToString::to_string).collect();
        let mut summary = Summary::new(days, by, stored.size(), origin, keys);
        let mut sessions = Sessions::new(&stored);
        for selected in crate::audit::read(&stored, &selection, None)? {
            let selected = selected?;
            sessions.met(&selected.recorded);
            let session = match &selected.recorded.entry {
                crate::audit::Entry::Call(call) => Some(sessions.session(call.session)?),
                _ => None,
            };
            summary.count(&selected, session.as_deref());
        }
        Ok(summary)
    }
}
