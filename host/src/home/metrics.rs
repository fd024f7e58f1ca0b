//! A home's metrics: its audit log, counted.

use std::time::Duration;

use super::{Host, layout, lock};
use crate::audit::{Counts, Disk, Stored, SystemDisk};
use crate::error::Result;
use crate::files;

/// The most bytes of the file of counts.
const REMEMBERED_BYTES_MAX: u64 = 64 << 20;

/// How long to wait for another count, whose result this one can use.
const COUNTING_MAX: Duration = Duration::from_secs(60);

impl Host {
    /// Counts of the audit log's entries as OpenMetrics text for Prometheus. docs/watching.md has the names; the text
    /// holds nothing personal. The counts are kept in the home's cache, so that only new entries are read.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// print!("{}", host.metrics()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Audit`](crate::Error::Audit) if the log cannot be read; it is not verified.
    pub fn metrics(&self) -> Result<String> {
        let folder = self.audit_path();
        let path = self.home().join(layout::METRICS);
        // One count at a time. In a home that cannot be written to, all entries are counted every time.
        let lock = lock::take(&self.home().join(layout::CACHE), COUNTING_MAX).ok().flatten();
        let remembered = files::read(&path, REMEMBERED_BYTES_MAX).ok();
        let stored = Stored::open(&SystemDisk, &folder)?;
        let counts = Counts::of(&stored, remembered.as_deref())?;
        let now = counts.remembered()?;
        if lock.is_some() && remembered.as_ref() != Some(&now) {
            // If this fails, the next count is slower, and as right.
            let _ = SystemDisk.replace(&path, &now);
        }
        Ok(counts.text()?)
    }
}
