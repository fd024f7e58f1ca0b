//! Making a home.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::samples::{self, Components};
use super::{Host, permissions};
use bailiwick_tlog::Scheme;

use crate::audit::{AuditLog, Entry, SystemDisk, make_signer, random};
use crate::book::Book;
use crate::error::{Error, Result};
use crate::files::{self, Regular};
use crate::hex;

pub(crate) const LAYOUT: u32 = 2;
pub(crate) const SETTINGS: &str = "bailiwick.toml";
pub(crate) const ENGAGEMENTS: &str = "engagements";
pub(crate) const PLUGINS: &str = "plugins";
pub(crate) const OUTBOX: &str = "outbox";
/// Where earlier releases staged answers.
pub(crate) const STAGING: &str = "outbox/.staging";
pub(crate) const CACHE: &str = "cache";
/// The counts of the log so far; the file can be deleted.
#[cfg(feature = "metrics")]
pub(crate) const METRICS: &str = "cache/metrics.json";
pub(crate) const BOOK: &str = "book.sqlite";
pub(crate) const AUDIT: &str = "audit";
pub(crate) const KEYS: &str = "keys";
const KEY: &str = "keys/home.key";
/// The keys that hash private values.
pub(crate) const HASH_KEYS: &str = "keys/hash.keys";
/// The key that signs the log's checkpoints.
pub(crate) const SIGNER: &str = "keys/log.key";
/// The key that cosigns checkpoints of other logs.
pub(crate) const WITNESS_KEY: &str = "keys/witness.key";
/// The secret that sealed bytes need beside the keys of persons.
pub(crate) const SEAL_KEY: &str = "keys/seal.key";
/// The keys of persons.
pub(crate) const PERSONS: &str = "keys/persons.sqlite";
/// The inputs and outputs of calls, sealed.
pub(crate) const SEALED: &str = "audit/sealed.sqlite";
/// The components that ran, by digest.
pub(crate) const COMPONENTS: &str = "audit/components";
/// Commands that are not in the log yet.
pub(crate) const COMMANDS: &str = "audit/commands";
/// Files among the waiting commands that this home had not made.
pub(crate) const REFUSED: &str = "audit/commands/refused";
/// The state of other logs that this home cosigned.
pub(crate) const WITNESS: &str = "witness";

const SETTINGS_TEXT: &str = r#"# A Bailiwick home. Engagements are in engagements/, plugins in plugins/, what either side receives in outbox/.
layout = 2

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

# The most that one exchange, tick or remittance may take: bytes of the file that comes in, seconds until everything is
# booked, bytes of all files that go out.
# [exchange]
# file_bytes = 68_719_476_736
# seconds = 21_600
# output_bytes = 274_877_906_944

# Whose members fetch what is in outbox/: a group by its name or number. They can read the files there and nothing
# else of this home; the home's own user must be a member. Without it nobody but that user can read anything here.
# [outbox]
# group = "transfer"

# The audit log. What is kept of plugin calls beside sizes: "none", "digests" (keyed hashes), or "sealed": the bytes
# themselves, under a key for each person, so that calls can be replayed and a person erased. Where `audit ship`
# brings copies of the log: folders, PostgreSQL, S3 (docs/sinks.md). heads = "act": they also get the signed
# head of the log after every act, so that a home that is put back is found out.
# [audit]
# keep = "digests"
# heads = "act"
# sinks = ["folder:/mnt/audit", "postgres:postgresql://bailiwick@db.example/audit", "s3://bucket/prefix"]
"#;

/// The options of a new home.
#[derive(Debug, Clone, Default)]
pub struct InitOptions {
    /// The reference components to put into the home, with the engagements to start from.
    pub samples: Option<Components>,
    /// The name of the audit log, which its checkpoints carry: best a name in a domain that the operator
    /// owns, without spaces and plus signs. Without one, a random name.
    pub origin: Option<String>,
}

impl Host {
    /// Makes a new home in a folder that is empty or not there.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, InitOptions};
    /// use std::path::Path;
    ///
    /// let options = InitOptions { origin: Some("bank.example/audit".to_owned()), ..InitOptions::default() };
    /// let host = Host::init(Path::new("./bailiwick"), &options)?;
    /// assert!(host.engagements()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::HomeExists`], [`Error::Io`]; [`Error::NoPlugin`] if a reference component is missing.
    pub fn init(home: &Path, options: &InitOptions) -> Result<Self> {
        if fs::read_dir(home).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::HomeExists(home.to_owned()));
        }
        if let Some(from) = &options.samples {
            from.check()?;
        }
        files::make_folder(home).map_err(Error::io("make", home))?;
        permissions::tighten(home, None)?;
        permissions::refuse_unsafe(home)?;
        for folder in [ENGAGEMENTS, PLUGINS, OUTBOX, CACHE, AUDIT, KEYS] {
            let folder = home.join(folder);
            files::make_folder(&folder).map_err(Error::io("make", &folder))?;
        }
        write_key(home)?;
        Book::create(&home.join(BOOK))?;
        let origin = match &options.origin {
            Some(origin) => origin.clone(),
            None => format!("bailiwick.invalid/{}", hex(&random(home)?[..8])),
        };
        let signer = make_signer(&home.join(SIGNER), &origin, Scheme::Ed25519)?;
        let key = signer.verifier().to_string();
        AuditLog::create(&home.join(AUDIT), &SystemDisk, &signer)?;
        let audit = AuditLog::open(&home.join(AUDIT), Arc::new(SystemDisk), signer, 1)?;
        let host = env!("CARGO_PKG_VERSION").to_owned();
        audit.append(&Entry::Created { origin, host, key })?;
        let mark = audit.commit()?;
        Book::open(&home.join(BOOK))?.take_note(&mark, &[])?;
        audit.sign_head()?;
        if let Some(from) = &options.samples {
            samples::write(home, from)?;
        }
        // Last: a folder without it is no home, so a crash before this leaves none.
        let settings = home.join(SETTINGS);
        files::write(&settings, SETTINGS_TEXT.as_bytes()).map_err(Error::io("write", &settings))?;
        Self::open(home)
    }
}

fn write_key(home: &Path) -> Result<()> {
    let path = home.join(KEY);
    files::replace(&path, &random(&path)?).map_err(Error::io("write", &path))?;
    let path = home.join(HASH_KEYS);
    files::replace(&path, (hex(&random(&path)?) + "\n").as_bytes()).map_err(Error::io("write", &path))
}

pub(crate) fn read_key(home: &Path) -> Result<[u8; 32]> {
    read_secret(&home.join(KEY))
}

/// The secret of sealed bytes; made when it is first needed.
pub(crate) fn seal_key(home: &Path) -> Result<[u8; 32]> {
    let path = home.join(SEAL_KEY);
    if !path.is_file() {
        files::replace(&path, &random(&path)?).map_err(Error::io("write", &path))?;
    }
    read_secret(&path)
}

pub(crate) fn read_secret(path: &Path) -> Result<[u8; 32]> {
    let mut key = [0; 32];
    Regular::open(path)
        .and_then(|file| file.reader().read_exact(&mut key))
        .map_err(Error::io("read", path))?;
    Ok(key)
}
