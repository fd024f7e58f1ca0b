//! The names of the files of a log, below its folder.

use std::path::{Path, PathBuf};

/// The signed head: where the log ended when it was last closed.
pub(crate) const HEAD: &str = "head";
/// The latest published checkpoint: every tile of it is there.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// Every published checkpoint, by size.
pub(crate) const CHECKPOINTS: &str = "checkpoints";
/// The public keys of the log, the current one last.
pub const VERIFIERS: &str = "log.vkey";
/// Where the segments of the write-ahead log are, below the log.
pub(crate) const SEGMENTS: &str = "wal";

/// The path of the segment that begins with entry `first`.
pub(crate) fn segment_path(folder: &Path, first: u64) -> PathBuf {
    folder.join(SEGMENTS).join(format!("{first:016x}.wal"))
}
