//! How much of the log somebody outside has seen. If the log, the book and the head are all put back to an older
//! state together, only a copy elsewhere can show it. So the home remembers what each sink took last, and counts
//! the entries after it.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::disk::SystemDisk;
use crate::entry::Recorded;
use crate::error::Result;
use crate::expected::Expected;
use crate::signed::signed;
use crate::stored::Stored;
use crate::taken::{SinkProgress, remembered};

/// How much of the log somebody outside has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Outside {
    /// Entries up to the newest head or checkpoint that a sink took, a witness cosigned, or the caller gave.
    pub seen: u64,
    /// Entries after that; nobody outside has seen them.
    pub unseen: u64,
    /// When the first of them was made.
    pub since: Option<Timestamp>,
    /// What each sink took last.
    pub sinks: Vec<SinkProgress>,
}

impl Outside {
    /// Computes it for a log without verifying the log.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use bailiwick_audit::Outside;
    ///
    /// let outside = Outside::now(Path::new("./bailiwick/audit"))?;
    /// if let Some(since) = outside.since {
    ///     println!("nobody outside has seen the last {} entries, since {since}", outside.unseen);
    /// }
    /// # Ok::<(), bailiwick_audit::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Log`](crate::Error::Log), [`Error::Io`](crate::Error::Io).
    pub fn now(log: &Path) -> Result<Self> {
        let sinks = remembered(log)?;
        let taken = sinks.iter().filter_map(|taken| Some(taken.newest.as_ref()?.size)).max();
        let cosigned = signed(&SystemDisk, log, &Expected::default())?.outside;
        Self::of(&Stored::open(&SystemDisk, log)?, taken.unwrap_or(0).max(cosigned), sinks)
    }

    /// Computes it for a verified log.
    pub(crate) fn of(stored: &Stored<'_>, seen: u64, sinks: Vec<SinkProgress>) -> Result<Self> {
        let size = stored.size();
        let since = match seen < size {
            true => Some(Recorded::parse(seen, &stored.entry(seen)?)?.at),
            false => None,
        };
        Ok(Self { seen, unseen: size.saturating_sub(seen), since, sinks })
    }
}
