//! How an act is done: when, until when, and who is told how far it is.

use jiff::Timestamp;

use crate::engine::CancelToken;

/// How to do an act. The default does it now, to its end, and tells nobody how far it is.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use bailiwick_host::engine::CancelToken;
/// use bailiwick_host::{ActOptions, Progress};
///
/// let mut show = |progress: Progress| println!("{progress:?}");
/// let cancel = CancelToken::default().until(Instant::now() + Duration::from_secs(600));
/// let options = ActOptions::new().at("2026-07-01T12:00:00Z".parse()?).cancel(cancel).progress(&mut show);
/// assert!(options.at.is_some());
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Default)]
#[non_exhaustive]
pub struct ActOptions<'a> {
    /// The instant of the act; none: now, by the machine's clock.
    pub at: Option<Timestamp>,
    /// Stops the act from another thread or at a deadline; nothing of it counts then.
    pub cancel: CancelToken,
    /// Told again and again how far the act is, on the thread that does it. It counts from the beginning again if a plugin
    /// declines to write a document, because the act is done again without it. The act holds the home meanwhile: an act of the
    /// same home that is begun in here waits for itself, and ends with [`Error::Busy`](crate::Error::Busy).
    pub progress: Option<&'a mut dyn FnMut(Progress)>,
}

impl<'a> ActOptions<'a> {
    /// The default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// As if it were this instant.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// Until this token says stop.
    #[must_use]
    pub fn cancel(mut self, cancel: CancelToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Tells `progress` how far it is. Begin no act of the same home in `progress`: it would wait for the one that tells.
    #[must_use]
    pub fn progress(mut self, progress: &'a mut dyn FnMut(Progress)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// The instant of the act.
    pub(super) fn instant(&self) -> Timestamp {
        self.at.unwrap_or_else(Timestamp::now)
    }
}

impl std::fmt::Debug for ActOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActOptions").field("at", &self.at).finish_non_exhaustive()
    }
}

/// How far an act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// An exchange reads its file.
    File {
        /// Bytes of the file read.
        read: u64,
        /// Bytes of the file.
        bytes: u64,
        /// Records booked.
        records: u64,
    },
    /// An act of the host itself goes from account to account.
    Accounts {
        /// Accounts done. An account of which several things fell due counts for each.
        done: u64,
        /// Accounts to be done, if that is known.
        all: Option<u64>,
    },
}
