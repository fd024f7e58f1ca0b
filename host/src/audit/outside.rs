//! What somebody outside has seen of the log: whoever puts the log, the book and the head back together is found
//! only by what lies elsewhere. So it is remembered what each sink took last, and counted what came after it.

use std::path::{Path, PathBuf};

use bailiwick_tlog::Hash;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::{Disk, SystemDisk};
use super::entry::Recorded;
use super::log::Mark;
use super::signed::signed;
use super::stored::Stored;
use super::verify::Expected;
use crate::error::{Error, Result};
use crate::hex;

/// What is remembered of sinks, below the log: a file each.
const RECORDS: &str = "outside";
/// The longest of these files.
const RECORD_BYTES_MAX: u64 = 64 << 10;

/// What a sink took last, as this home remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The sink, without secrets.
    pub sink: String,
    /// The newest head or checkpoint that it has; none if it never took one.
    #[serde(default)]
    pub newest: Option<Mark>,
    /// When it took that.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// How often it failed since.
    #[serde(default)]
    pub failures: u64,
    /// Why it failed last.
    #[serde(default)]
    pub error: Option<String>,
    /// When it was last waited for in vain, if it has not answered since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Timestamp>,
}

/// What somebody outside has seen of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outside {
    /// Entries up to the newest head or checkpoint that a sink took, that a witness cosigned, or that was given.
    pub seen: u64,
    /// Entries after it: nobody outside has seen them.
    pub unseen: u64,
    /// When the first of them was made.
    pub since: Option<Timestamp>,
    /// What each sink took.
    pub sinks: Vec<Taken>,
}

impl Outside {
    /// Of a log that is not verified.
    pub(crate) fn now(log: &Path) -> Result<Self> {
        let sinks = remembered(log)?;
        let taken = sinks.iter().filter_map(|taken| Some(taken.newest.as_ref()?.size)).max();
        let cosigned = signed(&SystemDisk, log, &Expected::default())?.outside;
        Self::of(&Stored::open(&SystemDisk, log)?, taken.unwrap_or(0).max(cosigned), sinks)
    }

    /// Of a log that is whole.
    pub(crate) fn of(stored: &Stored<'_>, seen: u64, sinks: Vec<Taken>) -> Result<Self> {
        let size = stored.size();
        let since = match seen < size {
            true => Some(Recorded::parse(seen, &stored.entry(seen)?)?.at),
            false => None,
        };
        Ok(Self { seen, unseen: size.saturating_sub(seen), since, sinks })
    }
}

fn path(log: &Path, sink: &str) -> PathBuf {
    let name = hex(&Sha256::digest(sink)[..8]);
    log.join(RECORDS).join(format!("{name}.json"))
}

fn read(path: &Path) -> Option<Taken> {
    serde_json::from_slice(&crate::files::read(path, RECORD_BYTES_MAX).ok()?).ok()
}

/// Remembers what came of giving a sink a head or a checkpoint; since when it has not answered, if it has not.
pub(crate) fn remember(
    log: &Path,
    sink: &str,
    given: &Mark,
    failed: Option<&Error>,
    unanswered: Option<Timestamp>,
) -> Result<()> {
    let path = path(log, sink);
    let none =
        Taken { sink: sink.to_owned(), newest: None, at: None, failures: 0, error: None, unanswered: None };
    let known = read(&path).filter(|known| known.sink == sink).unwrap_or(none);
    let mut taken = Taken { unanswered, ..known.clone() };
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

/// What every sink took, by its name. What cannot be read is as good as not there.
pub(crate) fn remembered(log: &Path) -> Result<Vec<Taken>> {
    let folder = log.join(RECORDS);
    let names = SystemDisk.list(&folder).map_err(Error::io("list", &folder))?;
    let mut all: Vec<Taken> = names
        .iter()
        .filter(|name| name.ends_with(".json"))
        .filter_map(|name| read(&folder.join(name)))
        .collect();
    all.sort_by(|a, b| a.sink.cmp(&b.sink));
    Ok(all)
}

/// Forgets what sinks took: of a log that is gone on with as it is.
pub(crate) fn forget(log: &Path) -> Result<()> {
    let folder = log.join(RECORDS);
    for name in SystemDisk.list(&folder).map_err(Error::io("list", &folder))? {
        let path = folder.join(name);
        SystemDisk.remove(&path).map_err(Error::io("remove", &path))?;
    }
    Ok(())
}

impl Taken {
    /// The root of what it took.
    pub(crate) fn root(&self) -> Option<(u64, Hash)> {
        let newest = self.newest.as_ref()?;
        Some((newest.size, Hash::from_base64(&newest.root)?))
    }
}
