//! Reading a home's audit log: filtered, exported, summed up.

use std::path::Path;

use bailiwick_sdk::value::Day;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::commands::Command;
use super::{ActingHost, Host, ReplayFolder};
use crate::audit::{By, Exported, Selected, Selection, Sessions, Stored, Summary, SystemDisk};
use crate::error::{Error, Result};

impl ActingHost<'_> {
    /// Shows `each` the entries of the audit log that are asked for, in their order; an error of `each` ends it. How many
    /// there were. Entries about an account are recorded as `audit show`, and that entry is not among them.
    ///
    /// # Errors
    /// [`Error::Audit`] if the log cannot be read; it is not verified. Those of `each`.
    pub fn audit_rows(
        &self,
        selection: &Selection,
        each: impl FnMut(Selected<'_>) -> Result<()>,
    ) -> Result<u64> {
        let folder = self.host.audit_path();
        let stored = Stored::open(&SystemDisk, &folder)?;
        if let Some(account) = selection.account.as_deref() {
            let (name, engagement) = ("audit show", selection.engagement.as_deref());
            self.record_about(Command { name, engagement, account: Some(account) })?;
        }
        self.host.selected(&stored, selection, each)
    }

    /// Exports the whole log to a folder that is empty or not there, with everything that is needed to verify
    /// it elsewhere. Recorded as `audit export`; then a checkpoint is published. With `replayable` what a replay needs comes with it: that
    /// is as private as the home.
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

    /// Writes the entries that are asked for as a Parquet file, one row each. How many there were. Recorded as
    /// `audit export`.
    ///
    /// # Errors
    /// [`Error::Audit`] if the log cannot be read, [`Error::Io`].
    #[cfg(feature = "parquet")]
    pub fn audit_parquet(&self, selection: &Selection, to: &Path) -> Result<u64> {
        self.record("audit export")?;
        let folder = self.host.audit_path();
        let stored = Stored::open(&SystemDisk, &folder)?;
        // The file has its name when it is whole.
        let mut part = to.to_owned();
        part.as_mut_os_string().push(".part");
        let mut rows = crate::audit::ParquetRows::create(&part)?;
        let written = self.host.selected(&stored, selection, |selected| Ok(rows.push(selected.row)?));
        match written.and_then(|count| Ok(rows.finish().map(|()| count)?)) {
            Ok(count) => {
                std::fs::rename(&part, to).map_err(Error::io("move into place", to))?;
                Ok(count)
            }
            Err(error) => {
                // What went wrong is told; that this is left as well would hide it.
                let _ = std::fs::remove_file(&part);
                Err(error)
            }
        }
    }
}

impl Host {
    fn selected(
        &self,
        stored: &Stored<'_>,
        selection: &Selection,
        each: impl FnMut(Selected<'_>) -> Result<()>,
    ) -> Result<u64> {
        let hashes = selection.account.as_deref().map(|account| self.keyed_hashes("account", account));
        crate::audit::read(stored, selection, hashes, each)
    }

    /// Sums up what the log says about a period: from the first of two days to the last, in UTC, by one of two
    /// clocks.
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
        crate::audit::read(&stored, &selection, None, |selected| {
            sessions.met(&selected.recorded);
            let session = match &selected.recorded.entry {
                crate::audit::Entry::Call(call) => Some(sessions.session(call.session)?),
                _ => None,
            };
            summary.count(&selected, session.as_deref());
            Ok::<_, Error>(())
        })?;
        Ok(summary)
    }
}
