//! The newest head or checkpoint that each sink took, as the home remembers it beside the log.

use std::path::{Path, PathBuf};

use bailiwick_files::text::hex;
use bailiwick_tlog::Hash;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::disk::{Disk, SystemDisk};
use crate::error::{Error, Result};
use crate::mark::Mark;

/// The folder, below the log, with a file for each sink.
const RECORDS: &str = "outside";
/// The longest of these files.
const RECORD_BYTES_MAX: u64 = 64 << 10;

/// The newest head or checkpoint that a sink took, as the home remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SinkProgress {
    /// The sink, without secrets.
    pub sink: String,
    /// The newest head or checkpoint that it took; none if it never took one.
    #[serde(default)]
    pub newest: Option<Mark>,
    /// When it took that.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// How often it has failed since.
    #[serde(default)]
    pub failures: u64,
    /// Why it failed last.
    #[serde(default)]
    pub error: Option<String>,
    /// When it last did not reply in time, if it has not replied since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Timestamp>,
}

impl SinkProgress {
    /// The root of the newest head or checkpoint that it took.
    pub(crate) fn root(&self) -> Option<(u64, Hash)> {
        let newest = self.newest.as_ref()?;
        Some((newest.size, Hash::from_base64(&newest.root)?))
    }
}

fn path(log: &Path, sink: &str) -> PathBuf {
    let name = hex(&Sha256::digest(sink)[..8]);
    log.join(RECORDS).join(format!("{name}.json"))
}

/// The progress in a file, which says by itself what is wrong with it.
fn read(path: &Path) -> Result<SinkProgress> {
    let wrong = |why: String| {
        Error::Log(format!(
            "{} is unreadable: {why}; it says which head of the log a sink took. Remove it, and the next head that the sink \
             takes is written to a new one; until then the sink shows no rollback of the log, so check the sink with \
             `audit verify --sink`",
            path.display()
        ))
    };
    let bytes = bailiwick_files::read(path, RECORD_BYTES_MAX).map_err(|error| wrong(error.to_string()))?;
    let progress: SinkProgress = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    match (&progress.newest, progress.root()) {
        (Some(_), None) => Err(wrong("its root is no hash in base64".to_owned())),
        _ => Ok(progress),
    }
}

/// Remembers the result of giving a sink a head or a checkpoint, and since when it has not replied, if it did
/// not. A file that cannot be read is replaced.
///
/// # Errors
/// [`Error::Io`].
pub fn remember(
    log: &Path,
    sink: &str,
    given: &Mark,
    failed: Option<&Error>,
    unanswered: Option<Timestamp>,
) -> Result<()> {
    let path = path(log, sink);
    let none = SinkProgress {
        sink: sink.to_owned(),
        newest: None,
        at: None,
        failures: 0,
        error: None,
        unanswered: None,
    };
    let known = read(&path).ok().filter(|known| known.sink == sink).unwrap_or(none);
    let mut taken = SinkProgress { unanswered, ..known.clone() };
    match failed {
        None => {
            (taken.failures, taken.error) = (0, None);
            if taken.newest.as_ref().is_none_or(|newest| newest.size < given.size) {
                (taken.newest, taken.at) = (Some(given.clone()), Some(Timestamp::now()));
            }
        }
        Some(error) => {
            (taken.failures, taken.error) = (taken.failures.saturating_add(1), Some(error.to_string()));
        }
    }
    if taken == known {
        return Ok(());
    }
    let bytes = serde_json::to_vec(&taken).map_err(|error| Error::Invariant(error.to_string()))?;
    SystemDisk.replace(&path, &bytes).map_err(Error::io("write", &path))
}

/// Since when a sink does not reply. None: it did, or its file cannot be read.
pub(crate) fn unanswered(log: &Path, sink: &str) -> Option<Timestamp> {
    read(&path(log, sink)).ok().filter(|known| known.sink == sink)?.unanswered
}

/// The progress of every sink, by its name.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::taken::remembered;
///
/// for sink in remembered(Path::new("./bailiwick/audit"))? {
///     println!("{} has failed {} times: {:?}", sink.sink, sink.failures, sink.error);
/// }
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`]; [`Error::Log`] names a file that cannot be read, because that file may be the only sign that the
/// log was put back to an older state than a sink has seen.
pub fn remembered(log: &Path) -> Result<Vec<SinkProgress>> {
    let folder = log.join(RECORDS);
    let names = SystemDisk.list(&folder).map_err(Error::io("list", &folder))?;
    let files = names.iter().filter(|name| name.ends_with(".json"));
    let mut all = files.map(|name| read(&folder.join(name))).collect::<Result<Vec<SinkProgress>>>()?;
    all.sort_by(|a, b| a.sink.cmp(&b.sink));
    Ok(all)
}

/// Forgets what sinks took, when an operator goes on with a log that does not agree with it.
///
/// # Errors
/// [`Error::Io`].
pub fn forget(log: &Path) -> Result<()> {
    let folder = log.join(RECORDS);
    for name in SystemDisk.list(&folder).map_err(Error::io("list", &folder))? {
        let path = folder.join(name);
        SystemDisk.remove(&path).map_err(Error::io("remove", &path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_is_an_error_until_the_sink_takes_a_head() {
        let log = tempfile::tempdir().unwrap();
        let given = Mark::empty();
        remember(log.path(), "folder:a", &given, None, None).unwrap();
        let [progress] = <[SinkProgress; 1]>::try_from(remembered(log.path()).unwrap()).unwrap();
        let file = path(log.path(), "folder:a");
        let other = Mark { root: "none".to_owned(), ..given.clone() };
        let of_no_root = SinkProgress { newest: Some(other), ..progress };
        for wrong in ["", "{", "{}", &serde_json::to_string(&of_no_root).unwrap()] {
            std::fs::write(&file, wrong).unwrap();
            let error = remembered(log.path()).unwrap_err();
            assert_eq!(error.code(), "audit", "{wrong}");
            assert!(error.to_string().contains(&*file.to_string_lossy()), "{error}");
            remember(log.path(), "folder:a", &given, None, None).unwrap();
            assert_eq!(remembered(log.path()).unwrap().len(), 1);
        }
    }
}
