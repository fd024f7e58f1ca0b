//! The keys of a home: the key that signs the log's checkpoints, and the keys that hash private values.

use std::path::Path;

use bailiwick_files as files;
use bailiwick_files::text::{hex, unhex};
use bailiwick_tlog::{Scheme, SigningKey, VerifierKey};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::error::{Error, Result};

/// The most bytes of a file of keys.
pub const KEYS_BYTES_MAX: u64 = 1 << 20;

/// The size and keyed hash of bytes. Equal bytes have equal hashes; without the key, no bytes can be guessed
/// from a hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Keyed {
    /// HMAC-SHA-256 under the home's hash key, as 64 hexadecimal digits; none if only sizes are kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hmac: String,
    /// How many bytes.
    pub bytes: u64,
}

/// The home's hash keys. New hashes are made with the last one; the others are kept to search old entries.
#[derive(Clone)]
pub struct HashKeys {
    /// Each has read its key already, which is half of the work of a short hash.
    keys: Vec<Hmac<Sha256>>,
}

impl std::fmt::Debug for HashKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashKeys").field("current", &self.current()).finish_non_exhaustive()
    }
}

impl HashKeys {
    /// The given keys, the first numbered 1. `None` without a key.
    ///
    /// ```
    /// use bailiwick_audit::HashKeys;
    ///
    /// let keys = HashKeys::new(vec![[1; 32], [2; 32]]).expect("at least one key");
    /// assert_eq!(keys.current(), 2);
    /// assert!(HashKeys::new(Vec::new()).is_none());
    /// ```
    pub fn new(keys: Vec<[u8; 32]>) -> Option<Self> {
        // HMAC takes keys of any length.
        let keys = keys.iter().map(|key| Hmac::new_from_slice(key).ok()).collect::<Option<Vec<_>>>()?;
        (!keys.is_empty()).then_some(Self { keys })
    }

    /// Reads them from a file with 64 hexadecimal digits a line.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Log`] names the line that is no key.
    pub fn read(path: &Path) -> Result<Self> {
        let text = files::read_text(path, KEYS_BYTES_MAX).map_err(Error::io("read", path))?;
        let keys = text.lines().enumerate().map(|(at, line)| {
            unhex(line).and_then(|key| key.try_into().ok()).ok_or_else(|| {
                Error::Log(format!("{}:{}: expected a key of 64 hexadecimal digits", path.display(), at + 1))
            })
        });
        let keys = keys.collect::<Result<Vec<_>>>()?;
        Self::new(keys).ok_or_else(|| Error::Log(format!("{} holds no key", path.display())))
    }

    /// The number of the key that new hashes are made with.
    pub fn current(&self) -> u32 {
        self.keys.len() as u32
    }

    /// The keyed hash of bytes under the current key.
    pub fn digest(&self, bytes: &[u8]) -> Keyed {
        Keyed { hmac: hex(&mac(self.key(self.current()), &[bytes])), bytes: bytes.len() as u64 }
    }

    /// Whether bytes have this keyed hash under any of the keys.
    ///
    /// ```
    /// use bailiwick_audit::HashKeys;
    ///
    /// let before = HashKeys::new(vec![[1; 32]]).expect("a key");
    /// let now = HashKeys::new(vec![[1; 32], [2; 32]]).expect("two keys");
    /// let kept = before.digest(b"a line");
    /// assert_eq!(kept.bytes, 6);
    /// assert_ne!(now.digest(b"a line"), kept);
    /// assert!(now.matches(&kept, b"a line") && !now.matches(&kept, b"another"));
    /// ```
    pub fn matches(&self, keyed: &Keyed, bytes: &[u8]) -> bool {
        self.keys.iter().rev().any(|key| hex(&mac(key, &[bytes])) == keyed.hmac)
    }

    /// The keyed hash of a value of a class (`account`, `file`, …): the first 128 bits, as 32 hexadecimal
    /// digits. Equal values of different classes have different hashes.
    pub fn value(&self, class: &str, value: &str) -> String {
        self.value_under(self.current(), class, value)
    }

    /// The same under the key with this number; under the current key if there is no such key.
    pub fn value_under(&self, key: u32, class: &str, value: &str) -> String {
        hex(&mac(self.key(key), &[class.as_bytes(), &[0], value.as_bytes()])[..16])
    }

    /// The hashes of a value under each of the keys.
    ///
    /// ```
    /// use bailiwick_audit::HashKeys;
    ///
    /// let keys = HashKeys::new(vec![[1; 32], [2; 32]]).expect("two keys");
    /// let hashes = keys.value_under_all("account", "A1");
    /// assert_eq!(hashes, [keys.value_under(1, "account", "A1"), keys.value("account", "A1")]);
    /// assert_ne!(keys.value("account", "A1"), keys.value("file", "A1"));
    /// ```
    pub fn value_under_all(&self, class: &str, value: &str) -> Vec<String> {
        (1..=self.current()).map(|key| self.value_under(key, class, value)).collect()
    }

    fn key(&self, number: u32) -> &Hmac<Sha256> {
        let last = self.keys.len() - 1;
        &self.keys[(number.saturating_sub(1) as usize).min(last)]
    }

    /// Adds a key to a file and uses it from now on.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Log`].
    pub fn rotate(path: &Path) -> Result<Self> {
        let mut text = files::read_text(path, KEYS_BYTES_MAX).map_err(Error::io("read", path))?;
        text.push_str(&hex(&random(path)?));
        text.push('\n');
        files::replace(path, text.as_bytes()).map_err(Error::io("write", path))?;
        Self::read(path)
    }
}

fn mac(key: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = key.clone();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// 32 random bytes from the system.
///
/// # Errors
/// [`Error::Io`], which names `path`, the file that the bytes are for.
pub fn random(path: &Path) -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::io("make", path)(std::io::Error::other(error.to_string())))?;
    Ok(bytes)
}

/// Makes a signing key and writes it.
///
/// # Errors
/// [`Error::Refused`] if no key can have this name; [`Error::Io`].
pub fn make_signer(path: &Path, name: &str, scheme: Scheme) -> Result<SigningKey> {
    let key = SigningKey::new(name, scheme, random(path)?)
        .map_err(|error| Error::Refused { code: "bad_origin".to_owned(), message: error.to_string() })?;
    files::replace(path, (key.secret_text() + "\n").as_bytes()).map_err(Error::io("write", path))?;
    Ok(key)
}

/// Reads a signing key.
///
/// # Errors
/// [`Error::Io`]; [`Error::Log`] if the file holds no signing key.
pub fn read_signer(path: &Path) -> Result<SigningKey> {
    let text = files::read_text(path, KEYS_BYTES_MAX).map_err(Error::io("read", path))?;
    SigningKey::parse(text.trim_end()).map_err(|error| Error::Log(format!("{}: {error}", path.display())))
}

/// Reads public keys, one a line.
///
/// ```
/// use std::path::Path;
///
/// use bailiwick_audit::read_verifiers;
/// use bailiwick_tlog::{Scheme, SigningKey};
///
/// let key = SigningKey::new("bank.example/audit", Scheme::Ed25519, [7; 32]).expect("a name").verifier();
/// let path = Path::new("log.vkey");
/// assert_eq!(read_verifiers(format!("{key}\n").as_bytes(), path)?, [key]);
/// let wrong = read_verifiers(b"no key", path).unwrap_err();
/// assert!(wrong.to_string().contains("log.vkey"));
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::Log`] if a line is no public key.
pub fn read_verifiers(bytes: &[u8], path: &Path) -> Result<Vec<VerifierKey>> {
    let text = String::from_utf8_lossy(bytes);
    let keys = text.lines().filter(|line| !line.is_empty()).map(|line| {
        VerifierKey::parse(line).map_err(|error| Error::Log(format!("{}: {error}", path.display())))
    });
    keys.collect()
}
