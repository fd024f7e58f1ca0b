//! A home's audit log: checkpoints, proofs, witnesses, keys.

use std::fs;
use std::path::PathBuf;

use bailiwick_tlog::{Note, ProofFile, Scheme, SigningKey, VerifierKey};
use jiff::Timestamp;

use super::reading::AuditEntries;
use super::{ActingHost, Host, layout};
use crate::agreement::verify_with_book;
use crate::audit::{
    self, Entry, Expected, Growth, HashKeys, KEYS_BYTES_MAX, Stored, SystemDisk, VERIFIERS, Verified,
    Witness, make_signer, prove, published, read_signer,
};
use crate::error::{Error, Result};
use crate::files;

/// Keys of a home that can be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HomeKey {
    /// The key that signs the log's checkpoints.
    Log,
    /// The key that hashes private values.
    Hash,
}

impl Host {
    /// Checks the whole audit log, and that the book and the signed head agree with it.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// println!("{} entries are whole", host.verify_audit()?.mark.size);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Audit`] names the first entry that is wrong.
    pub fn verify_audit(&self) -> Result<Verified> {
        self.verify_audit_against(Expected::default())
    }

    /// The same, and checks the log against keys, checkpoints and witnesses that were kept elsewhere.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    /// use bailiwick_host::audit::Expected;
    /// use bailiwick_host::tlog::VerifierKey;
    ///
    /// // The key was kept where the home's operator cannot change it.
    /// let key = VerifierKey::parse(std::fs::read_to_string("log.pub")?.trim())?;
    /// let host = Host::open("./bailiwick")?;
    /// host.verify_audit_against(Expected { keys: vec![key], ..Expected::default() })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Audit`] names the first entry that is wrong.
    pub fn verify_audit_against(&self, expected: Expected) -> Result<Verified> {
        let booked = || self.book()?.booked_with_sums();
        // Another process may have replaced the hash key.
        let keys = self.read_keys()?;
        verify_with_book(&SystemDisk, &self.audit_path(), &expected, &keys, booked)
    }

    /// All entries of the audit log, each as the JSON it is.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// for entry in host.audit_entries()? {
    ///     println!("{}", entry?);
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Audit`] if the log cannot be read. It is not verified.
    pub fn audit_entries(&self) -> Result<AuditEntries> {
        Ok(AuditEntries::of(&Stored::open(&SystemDisk, &self.audit_path())?))
    }

    /// Publishes a checkpoint of all entries: its tiles are written, the note is signed.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// std::fs::write("checkpoint", host.checkpoint()?.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Io`], [`Error::Busy`].
    pub fn checkpoint(&self) -> Result<Note> {
        let writing = self.write()?;
        let note = writing.checkpoint()?;
        writing.keep();
        Ok(note)
    }

    /// The public keys of the log, the current one last.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// if let Some(key) = host.log_keys()?.last() {
    ///     println!("{key}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Audit`].
    pub fn log_keys(&self) -> Result<Vec<VerifierKey>> {
        let path = self.audit_path().join(VERIFIERS);
        let bytes = files::read(&path, KEYS_BYTES_MAX).map_err(Error::io("read", &path))?;
        Ok(audit::read_verifiers(&bytes, &path)?)
    }

    /// Proves that an entry is in the log: a small file that anybody can check without this home. A
    /// checkpoint is published first if none holds the entry yet.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// std::fs::write("entry-7.tlog-proof", host.prove(7)?.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`audit::Error::NoEntry`](crate::audit::Error::NoEntry) if there is no such entry.
    pub fn prove(&self, entry: u64) -> Result<ProofFile> {
        let folder = self.audit_path();
        let held = published(&SystemDisk, &folder, None)?.is_some_and(|(_, it)| it.size > entry);
        if !held {
            let size = Stored::open(&SystemDisk, &folder)?.size();
            if entry >= size {
                return Err(audit::Error::NoEntry { index: entry, size }.into());
            }
            self.checkpoint()?;
        }
        Ok(prove(&SystemDisk, &folder, entry)?)
    }

    /// Proves that the log has only grown since it had `old` entries, up to the published checkpoint of
    /// size `new` or the latest.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// // What has been added since the checkpoint of 100 entries changed none of them.
    /// let growth = host.prove_growth(100, None)?;
    /// std::fs::write("growth", growth.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`audit::Error::NoEntry`](crate::audit::Error::NoEntry) if there is no such checkpoint, or it is older.
    pub fn prove_growth(&self, old: u64, new: Option<u64>) -> Result<Growth> {
        Ok(Growth::prove(&SystemDisk, &self.audit_path(), old, new)?)
    }

    /// Cosigns a checkpoint of another log, if that log has only grown since this home last saw it. The key of the
    /// log must be given with its first checkpoint.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    /// use bailiwick_host::audit::Growth;
    ///
    /// let request = Growth::parse(&std::fs::read("growth")?)?;
    /// let note = Host::open("./witness")?.witness(&request, None)?;
    /// std::fs::write("cosigned", note.to_string())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] says why it is not signed.
    pub fn witness(&self, request: &Growth, log: Option<&VerifierKey>) -> Result<Note> {
        let mut writing = self.write()?;
        let folder = self.home().join(layout::WITNESS);
        files::make_folder(&folder).map_err(Error::io("make", &folder))?;
        let key = self.witness_key()?;
        let witness = Witness { disk: &SystemDisk, folder: &folder, key: &key };
        let grown = witness.check(request, log)?;
        let it = &grown.checkpoint;
        writing.audit.append(&Entry::Witnessed {
            origin: it.origin.clone(),
            size: it.size,
            root: it.root.to_string(),
        })?;
        writing.audit.commit()?;
        let note = witness.sign(grown, Timestamp::now().as_second().cast_unsigned())?;
        // The checkpoint is signed. If signing this log's head fails, the error is only traced.
        let _ = writing.conclude_done();
        writing.keep();
        Ok(note)
    }

    /// The key that this home cosigns with; made when it is first asked for. Its public part is what a log's
    /// operator configures.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    ///
    /// let host = Host::open("./bailiwick")?;
    /// println!("{}", host.witness_key()?.verifier());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Audit`].
    pub fn witness_key(&self) -> Result<SigningKey> {
        let path = self.home().join(layout::WITNESS_KEY);
        if path.is_file() {
            return Ok(read_signer(&path)?);
        }
        let name = self.log_keys()?.pop().map_or_else(String::new, |key| key.name().to_owned());
        Ok(make_signer(&path, &format!("{name}/witness"), Scheme::CosignatureV1)?)
    }

    /// Adds a witness's signature to the published checkpoint that it signed, and gives its size.
    ///
    /// ```no_run
    /// use bailiwick_host::Host;
    /// use bailiwick_host::tlog::{Note, VerifierKey};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let note = Note::parse(&std::fs::read("cosigned")?)?;
    /// let witness = VerifierKey::parse(std::fs::read_to_string("witness.pub")?.trim())?;
    /// println!("{} entries are witnessed", host.cosign(&note, &witness)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if it is no published checkpoint, or the witness has not signed it.
    pub fn cosign(&self, note: &Note, witness: &VerifierKey) -> Result<u64> {
        let writing = self.write()?;
        let size = writing.audit.cosign(note, witness)?;
        writing.keep();
        Ok(size)
    }

    /// The hashes of a value of a class (`account`, `file`), one under each hash key that the home has used.
    pub(crate) fn keyed_hashes(&self, class: &str, value: &str) -> Vec<String> {
        self.keys().value_under_all(class, value)
    }
}

impl ActingHost<'_> {
    /// The hashes of a value of a class (`account`, `file`, `operator`), one under each hash key that the home has
    /// used. Recorded as `audit hash`.
    ///
    /// ```no_run
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// for hash in ngozi.keyed_hashes("account", "200000001")? {
    ///     println!("{hash}");
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Audit`] if it cannot be recorded.
    pub fn keyed_hashes(&self, class: &str, value: &str) -> Result<Vec<String>> {
        self.record("audit hash")?;
        Ok(self.host.keyed_hashes(class, value))
    }

    /// Replaces a key, and records it. The old log key still verifies what it signed; old hashes can still
    /// be searched. A home that is open, in this process or another, uses the new key from its next act on. Recorded as
    /// `audit rotate`.
    ///
    /// ```no_run
    /// use bailiwick_host::{HomeKey, Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let name = host.acting_as(Operator::named("nina")).rotate_key(HomeKey::Log)?;
    /// println!("the log is signed with {name} from now on");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Audit`], [`Error::Busy`].
    pub fn rotate_key(&self, which: HomeKey) -> Result<String> {
        self.record("audit rotate")?;
        let host = self.host;
        let mut writing = host.write()?;
        let now = match which {
            HomeKey::Hash => HashKeys::rotate(&host.home().join(layout::HASH_KEYS))?.current().to_string(),
            HomeKey::Log => {
                // The old key signs once more, so that what it has signed ends with a published checkpoint.
                writing.checkpoint()?;
                let mut keys = host.log_keys()?;
                let name = keys.last().map(|key| key.name().to_owned()).unwrap_or_default();
                let path = host.home().join(layout::SIGNER);
                let made = path.with_extension("next");
                let key = make_signer(&made, &name, Scheme::Ed25519)?.verifier();
                keys.push(key.clone());
                let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
                let public: PathBuf = host.audit_path().join(VERIFIERS);
                audit::Disk::replace(&SystemDisk, &public, text.as_bytes())
                    .map_err(Error::io("write", &public))?;
                fs::rename(&made, &path).map_err(Error::io("write", &path))?;
                key.to_string()
            }
        };
        let key = match which {
            HomeKey::Log => "log",
            HomeKey::Hash => "hash",
        };
        writing.audit.append(&Entry::KeyRotated { key: key.to_owned(), now: now.clone() })?;
        writing.audit.commit()?;
        if which == HomeKey::Hash {
            // The key is replaced. If signing the head fails, the error is only traced. The log is not left open,
            // because it holds the old hash key.
            let _ = writing.conclude_done();
            drop(writing);
            return Ok(now);
        }
        // From here on the new key counts: opening the home to write signs the head.
        drop(writing);
        host.write()?.keep();
        Ok(now)
    }
}
