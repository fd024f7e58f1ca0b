//! What calls were given and what they gave back, sealed: under a key for each person, which can be
//! destroyed while the log goes on to verify.

mod blob;
mod keeping;
mod persons;
mod store;

pub(crate) use blob::Part;
pub use keeping::{Keeping, Pieces};
pub use persons::{Kept, Persons};
pub use store::Store;

use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::keys::{HashKeys, Keyed};

/// What is kept of calls' inputs and outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Their sizes.
    None,
    /// Their sizes and keyed hashes.
    #[default]
    Digests,
    /// The bytes as well, sealed under a key for each person: calls can be replayed.
    Sealed,
}

/// The sealed bytes of a home.
#[derive(Debug, Clone)]
pub struct Vault {
    store: Arc<Mutex<Store>>,
    hashes: Arc<HashKeys>,
    /// Seals what belongs to nobody, and is a part of every person's key.
    secret: [u8; 32],
    persons: Arc<Mutex<Persons>>,
}

/// What became of sealed bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Unsealed {
    /// They are here, whole.
    Whole(Vec<u8>),
    /// Some of them belonged to somebody whose key was destroyed.
    Erased {
        /// How many bytes are gone.
        bytes: u64,
    },
    /// They were never kept.
    Missing,
}

impl Vault {
    /// Of these bytes and keys; `secret` is the home's, `hashes` are the keys that the log was made with.
    pub fn new(store: Store, hashes: Arc<HashKeys>, secret: [u8; 32], persons: Persons) -> Self {
        let (store, persons) = (Arc::new(Mutex::new(store)), Arc::new(Mutex::new(persons)));
        Self { store, hashes, secret, persons }
    }

    /// The keys of persons.
    ///
    /// # Errors
    /// [`Error::Invariant`] if a thread panicked with them.
    pub fn persons(&self) -> Result<MutexGuard<'_, Persons>> {
        self.persons.lock().map_err(|_| Error::Invariant("a keeper of persons' keys panicked".to_owned()))
    }

    /// Keeps bytes. Each part is sealed under the keys of all its owners.
    pub(crate) fn put(&self, engagement: &str, keyed: &Keyed, bytes: &[u8], parts: &[Part]) -> Result<()> {
        let mut store = self.store()?;
        if store.has(&keyed.hmac)? {
            return Ok(());
        }
        let sealed = {
            let mut persons = self.persons()?;
            blob::seal(&self.secret, &keyed.hmac, bytes, parts, |account| persons.owner(engagement, account))?
        };
        store.put(&keyed.hmac, &sealed)
    }

    /// Opens what was kept.
    ///
    /// # Errors
    /// [`Error::Log`] if they are not what the entry says; [`Error::Vault`].
    pub fn get(&self, keyed: &Keyed) -> Result<Unsealed> {
        let Some(sealed) = self.store()?.get(&keyed.hmac)? else { return Ok(Unsealed::Missing) };
        let persons = self.persons()?;
        let unsealed = blob::unseal(&self.secret, &keyed.hmac, &sealed, |person| persons.key(person))?;
        match &unsealed {
            Unsealed::Whole(bytes) if !self.hashes.matches(keyed, bytes) => {
                Err(Error::Log(format!("the sealed bytes {} are not what the log's entry says", keyed.hmac)))
            }
            _ => Ok(unsealed),
        }
    }

    /// Everything that was kept so far is durable after this: the keys, then what they open.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn flush(&self) -> Result<()> {
        self.persons()?.commit()?;
        self.store()?.commit()
    }

    fn store(&self) -> Result<MutexGuard<'_, Store>> {
        self.store.lock().map_err(|_| Error::Invariant("a keeper of sealed bytes panicked".to_owned()))
    }
}
