//! Inputs and outputs of calls, sealed under a key for each person. A key can be destroyed, and the log still
//! verifies.

mod blob;
mod keeping;
mod persons;
mod store;

pub(crate) use blob::Part;
pub use keeping::{Keeping, Pieces};
pub use persons::{KeptPerson, Persons};
pub use store::Store;

use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::keys::{HashKeys, Keyed};

/// How much is kept of calls' inputs and outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Only their sizes.
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
    // Before the store: what was added is committed when it is dropped, and no bytes may be durable before their keys.
    persons: Arc<Mutex<Persons>>,
    store: Arc<Mutex<Store>>,
    hashes: Arc<HashKeys>,
    /// The home's secret. It seals parts without owners, and goes into the key of every part.
    secret: [u8; 32],
}

/// The result of opening sealed bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Unsealed {
    /// All bytes.
    Whole(Vec<u8>),
    /// Some bytes belonged to a person whose key was destroyed.
    Erased {
        /// How many bytes are lost.
        bytes: u64,
    },
    /// The bytes were never kept.
    Missing,
}

impl Vault {
    /// A vault over these files. `secret` is the home's secret, `hashes` are the hash keys of the log.
    pub fn new(store: Store, hashes: Arc<HashKeys>, secret: [u8; 32], persons: Persons) -> Self {
        let (store, persons) = (Arc::new(Mutex::new(store)), Arc::new(Mutex::new(persons)));
        Self { persons, store, hashes, secret }
    }

    /// The keys of persons.
    ///
    /// # Errors
    /// [`Error::Invariant`] if a thread panicked while it held them.
    pub fn persons(&self) -> Result<MutexGuard<'_, Persons>> {
        self.persons.lock().map_err(|_| Error::Invariant("a keeper of persons' keys panicked".to_owned()))
    }

    /// Keeps bytes, and seals each part under the keys of all its owners.
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

    /// Opens kept bytes.
    ///
    /// # Errors
    /// [`Error::Log`] if they do not match the log's entry; [`Error::Vault`], also if the key of an owner cannot be read
    /// although it was not destroyed.
    pub fn get(&self, keyed: &Keyed) -> Result<Unsealed> {
        let Some(sealed) = self.store()?.get(&keyed.hmac)? else { return Ok(Unsealed::Missing) };
        let persons = self.persons()?;
        let unsealed = blob::unseal(&self.secret, &keyed.hmac, &sealed, |person| persons.key(person))?;
        match &unsealed {
            Unsealed::Whole(bytes) if !self.hashes.matches(keyed, bytes) => {
                Err(Error::Log(format!("the sealed bytes {} do not match the log's entry", keyed.hmac)))
            }
            _ => Ok(unsealed),
        }
    }

    /// Makes everything that was kept so far durable: first the keys, then the bytes that they open.
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
