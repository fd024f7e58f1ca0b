//! A home's metrics: its audit log, counted.

use std::time::Duration;

use super::{Host, layout, lock};
use crate::audit::{Counts, Disk, Stored, SystemDisk};
use crate::error::Result;
use crate::files;

/// The most bytes of what was counted so far.
const REMEMBERED_BYTES_MAX: u64 = 64 << 20;

/// How long to wait for another count, which remembers what this one would find.
const COUNTING_MAX: Duration = Duration::from_secs(60);

impl Host {
    /// What the audit log says, counted, as OpenMetrics text for Prometheus. The names are in docs/watching.md;
    /// nothing personal is in it. What was counted is remembered in the home's cache, so that only new entries
    /// are read.
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
        // One at a time. A home that cannot be written to is counted anew every time.
        let lock = lock::take(&self.home().join(layout::CACHE), COUNTING_MAX).ok().flatten();
        let remembered = files::read(&path, REMEMBERED_BYTES_MAX).ok();
        let stored = Stored::open(&SystemDisk, &folder)?;
        let counts = Counts::of(&stored, remembered.as_deref())?;
        let now = counts.remembered()?;
        if lock.is_some() && remembered.as_ref() != Some(&now) {
            // If this fails, the next count is slower and as right.
            let _ = SystemDisk.replace(&path, &now);
        }
        Ok(counts.text()?)
    }
}
