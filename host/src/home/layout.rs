//! Making a home.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::{Host, samples};
use crate::audit::{AuditLog, Entry};
use crate::book::Book;
use crate::error::{Error, Result};

pub(crate) const LAYOUT: u32 = 1;
pub(crate) const SETTINGS: &str = "bailiwick.toml";
pub(crate) const ENGAGEMENTS: &str = "engagements";
pub(crate) const PLUGINS: &str = "plugins";
pub(crate) const OUTBOX: &str = "outbox";
pub(crate) const STAGING: &str = "outbox/.staging";
pub(crate) const CACHE: &str = "cache";
pub(crate) const BOOK: &str = "book.sqlite";
pub(crate) const AUDIT: &str = "audit/log.jsonl";
pub(crate) const LOCK: &str = "lock";
const KEY: &str = "keys/home.key";

const SETTINGS_TEXT: &str = "\
# A Bailiwick home. Engagements are in engagements/, plugins in plugins/, what either side receives in outbox/.
layout = 1

# Seconds that an exchange waits for another process to finish with this home.
wait_s = 60

# The limits of every plugin call; uncomment to change, all together. `bailiwick plugin run` shows what a call uses.
# [limits]
# fuel_base = 50_000_000
# fuel_per_input_byte = 2_000
# wall_ms = 30_000
# memory_bytes = 67_108_864
# table_elements = 20_000
# input_bytes = 4_194_304
# output_bytes = 33_554_432
# log_bytes = 65_536
# host_calls = 1_000
";

/// What a new home begins with.
#[derive(Debug, Clone, Default)]
pub struct InitOptions {
    /// The folder of reference components to copy, with the engagements to start from.
    pub samples: Option<PathBuf>,
}

impl Host {
    /// Makes a new home in a folder that is empty or not there.
    ///
    /// # Errors
    /// [`Error::HomeExists`], [`Error::Io`]; [`Error::NoPlugin`] if a reference component is missing.
    pub fn init(home: &Path, options: &InitOptions) -> Result<Self> {
        if fs::read_dir(home).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::HomeExists(home.to_owned()));
        }
        if let Some(from) = &options.samples {
            samples::check(from)?;
        }
        for folder in [ENGAGEMENTS, PLUGINS, OUTBOX, CACHE, "audit", "keys"] {
            let folder = home.join(folder);
            fs::create_dir_all(&folder).map_err(Error::io("make", &folder))?;
        }
        write_key(home)?;
        Book::create(&home.join(BOOK))?;
        AuditLog::create(&home.join(AUDIT))?;
        let mut audit = AuditLog::open(&home.join(AUDIT))?;
        audit.append(&Entry::Created)?;
        let mark = audit.sync()?;
        let book = Book::open(&home.join(BOOK))?;
        Book::set_audit_mark(&book.connection, &mark)?;
        if let Some(from) = &options.samples {
            samples::copy(home, from)?;
        }
        // Last: a folder without it is no home, so a crash before this leaves none.
        let settings = home.join(SETTINGS);
        fs::write(&settings, SETTINGS_TEXT).map_err(Error::io("write", &settings))?;
        Self::open(home)
    }
}

fn write_key(home: &Path) -> Result<()> {
    let path = home.join(KEY);
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| Error::io("make", &path)(std::io::Error::other(error.to_string())))?;
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(Error::io("write", &path))?;
    file.write_all(&key).and_then(|()| file.sync_all()).map_err(Error::io("write", &path))
}

pub(crate) fn read_key(home: &Path) -> Result<[u8; 32]> {
    let path = home.join(KEY);
    let mut key = [0; 32];
    File::open(&path).and_then(|mut file| file.read_exact(&mut key)).map_err(Error::io("read", &path))?;
    Ok(key)
}
