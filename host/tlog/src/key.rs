//! Keys that sign notes, and keys that verify them (C2SP signed-note, tlog-cosignature).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

use crate::note::{Note, Signature, is_name};

/// The meaning of a key's signature, and the bytes that it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Ed25519 over the note's text. A log signs its checkpoints with it.
    Ed25519,
    /// Ed25519 over a time and a checkpoint (`cosignature/v1`). A witness signs with it: at that time, this
    /// was the largest consistent tree of the log that the witness had seen.
    CosignatureV1,
}

impl Scheme {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureV1].into_iter().find(|scheme| scheme.byte() == byte)
    }

    /// The bytes that are signed.
    fn message(self, text: &str, at: u64) -> Vec<u8> {
        match self {
            Self::Ed25519 => text.as_bytes().to_vec(),
            Self::CosignatureV1 => format!("cosignature/v1\ntime {at}\n{text}").into_bytes(),
        }
    }
}

/// Why text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The name is empty or has spaces or plus signs.
    #[error("{0:?} cannot be a key's name: it must not be empty or have spaces or plus signs")]
    Name(String),
    /// The text does not have the form of such a key.
    #[error("not {0}")]
    Form(&'static str),
    /// The identifier does not belong to the key and name.
    #[error("the key's identifier does not belong to its name and bytes: a character was changed")]
    Identifier,
    /// A scheme that is not supported.
    #[error("the key's scheme {0:#04x} is not supported; there are 0x01 (Ed25519) and 0x04 (cosignature/v1)")]
    Scheme(u8),
}

/// Why a note is not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The note has no signature of this key.
    #[error("no signature of {0}")]
    Missing(String),
    /// The signature of this key does not match the text.
    #[error("the signature of {0} does not fit the text")]
    Wrong(String),
}

/// A signature that matches its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// For a cosignature, when it was made: seconds since 1970 UTC.
    pub at: Option<u64>,
}

const VERIFIER_FORM: &str = "a verifier key, `NAME+HEX+BASE64`";
const SIGNING_FORM: &str = "a signing key, `PRIVATE+KEY+NAME+HEX+BASE64`";

fn identifier(name: &str, scheme: Scheme, public: &[u8; 32]) -> u32 {
    let digest =
        Sha256::new().chain_update(name).chain_update([b'\n', scheme.byte()]).chain_update(public).finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// A name, an identifier, and the bytes after a scheme's byte.
fn parts(text: &str, form: &'static str) -> Result<(String, u32, Scheme, [u8; 32]), KeyError> {
    let mut fields = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(KeyError::Form(form));
    };
    if !is_name(name) {
        return Err(KeyError::Name(name.to_owned()));
    }
    // A key has one text: no capitals, so that a changed letter is never read as the same key.
    let read = u32::from_str_radix(id, 16).ok().filter(|read| format!("{read:08x}") == id);
    let id = read.ok_or(KeyError::Form(form))?;
    let key = BASE64_STANDARD.decode(key).map_err(|_| KeyError::Form(form))?;
    let (scheme, key) = key.split_first().ok_or(KeyError::Form(form))?;
    let scheme = Scheme::of(*scheme).ok_or(KeyError::Scheme(*scheme))?;
    let key = key.try_into().map_err(|_| KeyError::Form(form))?;
    Ok((name.to_owned(), id, scheme, key))
}

fn text(name: &str, id: u32, scheme: Scheme, key: &[u8; 32]) -> String {
    let bytes: Vec<u8> = std::iter::once(scheme.byte()).chain(key.iter().copied()).collect();
    format!("{name}+{id:08x}+{}", BASE64_STANDARD.encode(bytes))
}

/// A public key that verifies notes. As text: `NAME+HEX+BASE64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    scheme: Scheme,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// Reads a verifier key.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(from: &str) -> Result<Self, KeyError> {
        let (name, id, scheme, public) = parts(from, VERIFIER_FORM)?;
        if id != identifier(&name, scheme, &public) {
            return Err(KeyError::Identifier);
        }
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(&public).map_err(|_| KeyError::Form(VERIFIER_FORM))?;
        Ok(Self { name, id, scheme, key })
    }

    /// Its name: for a log, the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scheme of its signatures.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether a signature claims to be of this key.
    pub fn made(&self, signature: &Signature) -> bool {
        signature.id == self.id && signature.name == self.name
    }

    /// Checks that this key has signed the note.
    ///
    /// # Errors
    /// [`VerifyError`]; a signature of this key that does not match is an error, even beside one that
    /// matches.
    pub fn verify(&self, note: &Note) -> Result<Verified, VerifyError> {
        let mut verified = None;
        for signature in note.signatures.iter().filter(|signature| self.made(signature)) {
            let one = self.check(&note.text, &signature.bytes);
            verified = Some(one.ok_or_else(|| VerifyError::Wrong(self.name.clone()))?);
        }
        verified.ok_or_else(|| VerifyError::Missing(self.name.clone()))
    }

    fn check(&self, text: &str, signed: &[u8]) -> Option<Verified> {
        let (at, signature) = match self.scheme {
            Scheme::Ed25519 => (None, signed),
            Scheme::CosignatureV1 => {
                let (at, signature) = signed.split_first_chunk::<8>()?;
                (Some(u64::from_be_bytes(*at)), signature)
            }
        };
        let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
        let message = self.scheme.message(text, at.unwrap_or_default());
        self.key.verify_strict(&message, &signature).ok()?;
        Some(Verified { at })
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&text(&self.name, self.id, self.scheme, self.key.as_bytes()))
    }
}

/// A key that signs. It is wiped from memory when dropped, and never shown.
pub struct SigningKey {
    name: String,
    scheme: Scheme,
    key: ed25519_dalek::SigningKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A key made from 32 random bytes, which must be unpredictable.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, scheme: Scheme, secret: [u8; 32]) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), scheme, key: ed25519_dalek::SigningKey::from_bytes(&secret) })
    }

    /// Reads a signing key, as [`SigningKey::secret_text`] writes it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(from: &str) -> Result<Self, KeyError> {
        let rest = from.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Form(SIGNING_FORM))?;
        let (name, id, scheme, secret) = parts(rest, SIGNING_FORM)?;
        let key = Self::new(&name, scheme, secret)?;
        if id == key.verifier().id { Ok(key) } else { Err(KeyError::Identifier) }
    }

    /// The secret, as text for a file that only its owner can read: `PRIVATE+KEY+NAME+HEX+BASE64`.
    pub fn secret_text(&self) -> String {
        let secret = text(&self.name, self.verifier().id, self.scheme, self.key.as_bytes());
        format!("PRIVATE+KEY+{secret}")
    }

    /// The public key.
    pub fn verifier(&self) -> VerifierKey {
        let key = self.key.verifying_key();
        let id = identifier(&self.name, self.scheme, key.as_bytes());
        VerifierKey { name: self.name.clone(), id, scheme: self.scheme, key }
    }

    /// Adds a signature to a note. `at` is the time of a cosignature in seconds since 1970 UTC; a log's
    /// own signature has none.
    pub fn sign(&self, note: &mut Note, at: u64) {
        let signature = self.key.sign(&self.scheme.message(&note.text, at)).to_bytes();
        let bytes = match self.scheme {
            Scheme::Ed25519 => signature.to_vec(),
            Scheme::CosignatureV1 => at.to_be_bytes().into_iter().chain(signature).collect(),
        };
        note.signatures.push(Signature { name: self.name.clone(), id: self.verifier().id, bytes });
    }
}
