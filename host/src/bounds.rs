//! The bounds of one act: bytes of the file that comes in, time, bytes of the files that go out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::engine::CancelToken;
use crate::error::{Error, Result};

/// The most bytes of a file, unless `bailiwick.toml` says otherwise. Real files reach 9 GB.
const FILE_BYTES_MAX: u64 = 64 << 30;
/// The most seconds of an act, unless `bailiwick.toml` says otherwise: a file of 9 GB takes well below an hour.
const SECONDS_MAX: u64 = 6 * 3_600;
/// The most bytes of all answers of an act, unless `bailiwick.toml` says otherwise.
const OUTPUT_BYTES_MAX: u64 = 256 << 30;
/// The longest time of any act, whatever `bailiwick.toml` says.
const LONGEST_S: u64 = 366 * 24 * 3_600;

/// The bounds of an act, as the section `exchange` of `bailiwick.toml` has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// The most bytes of the file that comes in.
    pub file_bytes: u64,
    /// The most seconds from the call until everything is booked.
    pub seconds: u64,
    /// The most bytes of all files that go out.
    pub output_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { file_bytes: FILE_BYTES_MAX, seconds: SECONDS_MAX, output_bytes: OUTPUT_BYTES_MAX }
    }
}

impl Bounds {
    /// The token with the deadline of an act that begins now.
    pub(crate) fn until(&self, cancel: &CancelToken) -> CancelToken {
        cancel.until(Instant::now() + Duration::from_secs(self.seconds.min(LONGEST_S)))
    }

    /// Replaces the error of an act that was cancelled because it took too long.
    pub(crate) fn late(&self, error: Error, cancel: &CancelToken) -> Error {
        match error {
            Error::Cancelled if cancel.is_late() => refused(
                "deadline_exceeded",
                format!(
                    "it was not done after {} s; nothing was changed; if nothing is wrong with the file, raise seconds in the section exchange of bailiwick.toml",
                    self.seconds
                ),
            ),
            error => error,
        }
    }

    /// Counts what an act writes.
    pub(crate) fn output(&self) -> Output {
        Output { written: AtomicU64::new(0), most: self.output_bytes }
    }
}

pub(crate) fn refused(code: &str, message: String) -> Error {
    Error::Refused { code: code.to_owned(), message }
}

/// Bytes of all files that an act writes.
#[derive(Debug)]
pub(crate) struct Output {
    written: AtomicU64,
    most: u64,
}

impl Output {
    /// Counts bytes that are about to be written. Refuses more than the bound.
    pub(crate) fn add(&self, bytes: u64) -> Result<()> {
        let before = self.written.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.most {
            return Ok(());
        }
        Err(refused(
            "output_too_large",
            format!(
                "the answers have more than {} bytes; nothing was changed; if a plugin is right to write so much, raise output_bytes in the section exchange of bailiwick.toml",
                self.most
            ),
        ))
    }

    /// Counts from zero again, because the written files are gone.
    pub(crate) fn reset(&self) {
        self.written.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_the_output_is_for_all_files_together() {
        let output = Bounds { output_bytes: 10, ..Bounds::default() }.output();
        output.add(6).unwrap();
        output.add(4).unwrap();
        assert_eq!(output.add(1).unwrap_err().code(), "output_too_large");
        output.reset();
        output.add(10).unwrap();
        assert_eq!(output.add(u64::MAX).unwrap_err().code(), "output_too_large");
    }

    #[test]
    fn a_cancelled_act_and_a_late_act_have_different_codes() {
        let bounds = Bounds { seconds: 0, ..Bounds::default() };
        let asked = CancelToken::default();
        asked.cancel();
        assert_eq!(bounds.late(Error::Cancelled, &asked).code(), "cancelled");
        let late = bounds.until(&CancelToken::default());
        assert!(late.is_cancelled());
        assert_eq!(bounds.late(Error::Cancelled, &late).code(), "deadline_exceeded");
        let longest = Bounds { seconds: u64::MAX, ..Bounds::default() }.until(&CancelToken::default());
        assert!(!longest.is_cancelled());
    }
}
