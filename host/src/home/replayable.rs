//! The files that a replay on another machine needs beside the log: keys, sealed bytes, components. Together they
//! open the sealed bytes, so they are as private as the home.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Host, layout};
use crate::audit::{Disk, HashKeys, KEYS_BYTES_MAX, Persons, Store, SystemDisk, Vault};
use crate::engine::Limits;
use crate::error::{Error, Result};
use crate::files;

/// Below an export.
const FOLDER: &str = "replay";
const HASH_KEYS: &str = "hash.keys";
const SEAL_KEY: &str = "seal.key";
const PERSONS: &str = "persons.sqlite";
const SEALED: &str = "sealed.sqlite";
/// The most bytes of the limits.
const LIMITS_BYTES_MAX: u64 = 64 << 10;
/// The limits of the home: instances need room for them.
const LIMITS: &str = "limits.json";
const COMPONENTS: &str = "components";
const README: &str = "README.txt";
const README_TEXT: &str = "PRIVATE: this folder opens what plugin calls were given and gave back: files of banks and agencies.\n\
    Treat it as those files. The log beside it verifies without it.\n\n\
    bailiwick audit replay --dir .. --all    runs the recorded calls again\n\
    hash.keys, seal.key, persons.sqlite      the keys; somebody who is erased later is not erased here\n\
    sealed.sqlite                            the bytes\n\
    components/                              the plugins that ran, by SHA-256\n";

/// The folder of an export that a replay reads.
pub(crate) struct ReplayFolder(PathBuf);

impl ReplayFolder {
    pub(crate) fn of(export: &Path) -> Self {
        Self(export.join(FOLDER))
    }

    pub(crate) fn keys(&self) -> Result<HashKeys> {
        if !self.0.is_dir() {
            return Err(Error::Refused {
                code: "not_replayable".to_owned(),
                message: format!(
                    "there is no {}: the log was exported without --replayable, and verifies but cannot be replayed",
                    self.0.display()
                ),
            });
        }
        Ok(HashKeys::read(&self.0.join(HASH_KEYS))?)
    }

    pub(crate) fn vault(&self, keys: &Arc<HashKeys>) -> Result<Vault> {
        let persons = Persons::open(&self.0.join(PERSONS), keys.clone())?;
        let secret = layout::read_secret(&self.0.join(SEAL_KEY))?;
        Ok(Vault::new(Store::open(&self.0.join(SEALED))?, keys.clone(), secret, persons))
    }

    pub(crate) fn limits(&self) -> Result<Limits> {
        let path = self.0.join(LIMITS);
        let bytes = files::read(&path, LIMITS_BYTES_MAX).map_err(Error::io("read", &path))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Error::config(&path, &String::from_utf8_lossy(&bytes), 0, error.to_string()))
    }

    pub(crate) fn components(&self) -> PathBuf {
        self.0.join(COMPONENTS)
    }

    /// Writes it from a home. Nobody may exchange meanwhile.
    pub(super) fn write(&self, host: &Host) -> Result<()> {
        let home = host.home();
        if !home.join(layout::SEALED).is_file() {
            return Err(Error::Refused {
                code: "nothing_kept".to_owned(),
                message:
                    "the home has kept no calls; set keep = \"sealed\" in the section audit of bailiwick.toml"
                        .to_owned(),
            });
        }
        let _writing = host.write()?;
        let components = self.components();
        files::make_folder(&components).map_err(Error::io("make", &components))?;
        let write = |name: &str, bytes: &[u8]| {
            let path = self.0.join(name);
            files::write(&path, bytes).map_err(Error::io("write", &path))
        };
        let keys = home.join(layout::HASH_KEYS);
        write(HASH_KEYS, &files::read(&keys, KEYS_BYTES_MAX).map_err(Error::io("read", &keys))?)?;
        write(SEAL_KEY, &layout::seal_key(home)?)?;
        Store::open(&home.join(layout::SEALED))?.copy_to(&self.0.join(SEALED))?;
        Persons::open(&home.join(layout::PERSONS), host.keys())?.copy_to(&self.0.join(PERSONS))?;
        let kept = host.kept_components();
        for name in SystemDisk.list(&kept).map_err(Error::io("list", &kept))? {
            let to = components.join(&name);
            files::copy(&kept.join(name), &to).map_err(Error::io("copy to", &to))?;
        }
        let text = serde_json::to_vec(&host.limits()).map_err(|error| Error::Invariant(error.to_string()))?;
        write(LIMITS, &text)?;
        write(README, README_TEXT.as_bytes())
    }
}
