//! The keys of persons. A person's key is made when the first of their bytes is kept, and destroyed when they
//! are erased.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use bailiwick_files as files;
use rusqlite::{Connection, OptionalExtension, params};

use super::store::copy;
use crate::error::{Error, Result};
use crate::keys::{HashKeys, random};

/// The most owners that are cached in memory.
const REMEMBERED_MAX: usize = 100_000;

/// The owner of an account: the person, and the key if it was not destroyed.
type Owner = (String, Option<[u8; 32]>);

/// A person whose bytes are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptPerson {
    /// The person, as sealed bytes name them.
    pub person: String,
    /// How many of the person's accounts are known.
    pub accounts: u64,
    /// Whether the key still exists.
    pub readable: bool,
}

/// The file of keys. Deleted rows are overwritten (`secure_delete`), and no journal outlives a transaction.
#[derive(Debug)]
pub struct Persons {
    connection: Connection,
    hashes: Arc<HashKeys>,
    remembered: HashMap<(String, String), Owner>,
    open: bool,
    file: std::path::PathBuf,
}

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS person (
    person TEXT PRIMARY KEY,
    -- NULL: destroyed.
    secret BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS account (
    account TEXT PRIMARY KEY,
    person  TEXT NOT NULL REFERENCES person
) STRICT, WITHOUT ROWID;
";

impl Persons {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Vault`].
    pub fn open(file: &Path, hashes: Arc<HashKeys>) -> Result<Self> {
        files::make_database(file).map_err(Error::io("make", file))?;
        let connection = Connection::open(file).map_err(Error::vault)?;
        connection.pragma_update(None, "secure_delete", true).map_err(Error::vault)?;
        connection
            .pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
            .map_err(Error::vault)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(Error::vault)?;
        connection.execute_batch(SCHEMA).map_err(Error::vault)?;
        let remembered = HashMap::new();
        Ok(Self { connection, hashes, remembered, open: false, file: file.to_owned() })
    }

    /// Persons and accounts are named by the first hash key, so that they are found after a new key is in
    /// use.
    fn name(&self, class: &str, engagement: &str, value: &str) -> String {
        self.hashes.value_under(1, class, &format!("{engagement}\n{value}"))
    }

    fn begin(&mut self) -> Result<()> {
        if !self.open {
            self.connection.execute_batch("BEGIN IMMEDIATE").map_err(Error::vault)?;
            self.open = true;
        }
        Ok(())
    }

    /// Makes what was added durable.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if std::mem::take(&mut self.open) {
            self.connection.execute_batch("COMMIT").map_err(Error::vault)?;
        }
        Ok(())
    }

    /// Records that an account belongs to a customer. All accounts of a customer belong to one person.
    pub(crate) fn belongs(&mut self, engagement: &str, account: &str, customer: &str) -> Result<()> {
        let known = (engagement.to_owned(), account.to_owned());
        if self.remembered.contains_key(&known) {
            return Ok(());
        }
        let name = self.name("account", engagement, account);
        let person = self.name("person", engagement, customer);
        let owner = self.made(name, person)?;
        self.remember(known, owner);
        Ok(())
    }

    /// The owner of an account. An account without a known customer is a person of its own.
    pub(crate) fn owner(&mut self, engagement: &str, account: &str) -> Result<Owner> {
        let known = (engagement.to_owned(), account.to_owned());
        if let Some(owner) = self.remembered.get(&known) {
            return Ok(owner.clone());
        }
        let name = self.name("account", engagement, account);
        // Of a class of its own: the key of an account is not the key of a customer. Owners that an earlier release
        // named otherwise are known by their accounts.
        let person = self.name("account_person", engagement, account);
        let owner = self.made(name, person)?;
        self.remember(known, owner.clone());
        Ok(owner)
    }

    fn remember(&mut self, known: (String, String), owner: Owner) {
        if self.remembered.len() >= REMEMBERED_MAX {
            self.remembered.clear();
        }
        self.remembered.insert(known, owner);
    }

    /// The person whose account it is, both by the names of the vault.
    fn person_of(&self, account: &str) -> Result<Option<String>> {
        self.connection
            .prepare_cached("SELECT person FROM account WHERE account = ?1")
            .map_err(Error::vault)?
            .query_row([account], |row| row.get(0))
            .optional()
            .map_err(Error::vault)
    }

    /// The recorded owner of an account; if there is none, `person` becomes the owner.
    fn made(&mut self, account: String, person: String) -> Result<Owner> {
        let known = self.person_of(&account)?;
        let person = match known {
            Some(person) => person,
            None => {
                self.begin()?;
                let secret = random(&self.file)?;
                self.connection
                    .prepare_cached("INSERT OR IGNORE INTO person VALUES (?1, ?2)")
                    .map_err(Error::vault)?
                    .execute(params![person, secret])
                    .map_err(Error::vault)?;
                self.connection
                    .prepare_cached("INSERT INTO account VALUES (?1, ?2)")
                    .map_err(Error::vault)?
                    .execute(params![account, person])
                    .map_err(Error::vault)?;
                person
            }
        };
        let key = self.key(&person)?;
        Ok((person, key))
    }

    /// The key of a person; none if it was destroyed.
    ///
    /// # Errors
    /// [`Error::Vault`] with the file and the person if the key cannot be read: no row of a person is ever deleted, so a
    /// missing row is not an erased person.
    pub(crate) fn key(&self, person: &str) -> Result<Option<[u8; 32]>> {
        let found: Option<Option<Vec<u8>>> = self
            .connection
            .prepare_cached("SELECT secret FROM person WHERE person = ?1")
            .map_err(Error::vault)?
            .query_row([person], |row| row.get(0))
            .optional()
            .map_err(Error::vault)?;
        let secret = found.ok_or_else(|| self.unreadable(person, "the row is missing"))?;
        secret
            .map(|key| key.try_into().map_err(|_| self.unreadable(person, "the key has not 32 bytes")))
            .transpose()
    }

    /// The row of a person cannot be read.
    fn unreadable(&self, person: &str, why: &str) -> Error {
        let file = self.file.display();
        let message = format!(
            "{file}: the person {person}: {why}; restore the file from a backup, and erase again who was erased since"
        );
        Error::Vault(message.into())
    }

    /// The person of an account, if bytes of it were kept, and how many accounts the person has.
    ///
    /// # Errors
    /// [`Error::Vault`], also if the account is known and the row of its person is missing.
    pub fn person(&self, engagement: &str, account: &str) -> Result<Option<KeptPerson>> {
        let account = self.name("account", engagement, account);
        let person = self.person_of(&account)?;
        let Some(person) = person else { return Ok(None) };
        self.kept(&person)?.ok_or_else(|| self.unreadable(&person, "the row is missing")).map(Some)
    }

    /// The person of a customer, if bytes of any of the customer's accounts were kept in an engagement.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn customer(&self, engagement: &str, customer: &str) -> Result<Option<KeptPerson>> {
        self.kept(&self.name("person", engagement, customer))
    }

    /// The row of a person.
    fn kept(&self, person: &str) -> Result<Option<KeptPerson>> {
        let row: Option<(i64, bool)> = self
            .connection
            .prepare_cached(
                "SELECT (SELECT count(*) FROM account WHERE account.person = person.person), secret IS NOT NULL
                 FROM person WHERE person = ?1",
            )
            .map_err(Error::vault)?
            .query_row([person], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .map_err(Error::vault)?;
        let person = person.to_owned();
        Ok(row.map(|(accounts, readable)| KeptPerson {
            person,
            accounts: accounts.cast_unsigned(),
            readable,
        }))
    }

    /// Writes a copy to a new file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Vault`].
    pub fn copy_to(&self, file: &Path) -> Result<()> {
        copy(&self.connection, file)
    }

    /// Destroys the key of a person.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn erase(&mut self, person: &str) -> Result<()> {
        self.commit()?;
        self.connection
            .execute("UPDATE person SET secret = NULL WHERE person = ?1", [person])
            .map_err(Error::vault)?;
        // Vacuum rewrites the pages that held the key, instead of only marking them free.
        self.connection.execute_batch("VACUUM").map_err(Error::vault)?;
        self.remembered.clear();
        Ok(())
    }
}

impl Drop for Persons {
    fn drop(&mut self) {
        // Sealed bytes on disk may need these keys, so they are kept even if the act failed.
        let _ = self.commit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_an_account_is_not_the_key_of_a_customer() {
        let folder = tempfile::tempdir().unwrap();
        let hashes = Arc::new(HashKeys::new(vec![[1; 32]]).unwrap());
        let mut persons = Persons::open(&folder.path().join("persons.sqlite"), hashes).unwrap();
        persons.belongs("e", "A1", "C1").unwrap();
        let own = persons.owner("e", "C1").unwrap();
        assert_ne!(persons.owner("e", "A1").unwrap(), own);
        // Erasing the account's own person leaves the customer's key.
        persons.erase(&own.0).unwrap();
        assert!(!persons.person("e", "C1").unwrap().unwrap().readable);
        assert!(persons.person("e", "A1").unwrap().unwrap().readable);
        persons.belongs("e", "A2", "C1").unwrap();
        assert_eq!(persons.customer("e", "C1").unwrap(), persons.person("e", "A2").unwrap());
        assert_eq!(
            (persons.customer("other", "C1").unwrap(), persons.customer("e", "A1").unwrap()),
            (None, None)
        );
        assert_eq!(persons.person("e", "A2").unwrap().unwrap().accounts, 2);
    }

    #[test]
    fn a_person_that_cannot_be_read_is_not_an_erased_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("persons.sqlite");
        let hashes = Arc::new(HashKeys::new(vec![[1; 32]]).unwrap());
        let mut persons = Persons::open(&file, hashes).unwrap();
        let person = persons.owner("e", "A1").unwrap().0;
        persons.erase(&person).unwrap();
        assert_eq!(persons.key(&person).unwrap(), None);
        assert_eq!(persons.owner("e", "A1").unwrap(), (person.clone(), None));
        for (damage, why) in [
            ("UPDATE person SET secret = x'0102'", "the key has not 32 bytes"),
            ("PRAGMA foreign_keys = OFF; DELETE FROM person", "the row is missing"),
        ] {
            persons.connection.execute_batch(damage).unwrap();
            persons.remembered.clear();
            for error in [persons.key(&person).unwrap_err(), persons.owner("e", "A1").unwrap_err()] {
                let said = error.to_string();
                assert_eq!(error.code(), "vault", "{said}");
                for part in [file.to_str().unwrap(), person.as_str(), why] {
                    assert!(said.contains(part), "{part}: {said}");
                }
            }
        }
        // The account is known, so something of it was kept.
        assert_eq!(persons.person("e", "A1").unwrap_err().code(), "vault");
        assert_eq!(persons.person("e", "A2").unwrap(), None);
    }
}
