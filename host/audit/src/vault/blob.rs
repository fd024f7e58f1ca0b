//! Sealed bytes as a file: a header with the owners of each part, then the sealed parts.
//!
//! ```text
//! {"v":1,"parts":[{"bytes":120,"owners":["…"]},…]}\n
//! nonce 24 | ciphertext and tag     for each part
//! ```
//!
//! XChaCha20-Poly1305; the key of a part is HKDF-SHA-256 of the home's secret and its owners' keys. If any of
//! these keys is destroyed, the part cannot be opened.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::Unsealed;
use crate::error::{Error, Result};

const VERSION: u32 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// A part of bytes, and the accounts that own it. A part without accounts is sealed under the home's secret
/// alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) bytes: usize,
    pub(crate) accounts: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    v: u32,
    parts: Vec<Sealed>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    bytes: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    owners: Vec<String>,
}

fn cipher(secret: &[u8; 32], keys: &[[u8; 32]]) -> Result<XChaCha20Poly1305> {
    let mut material = secret.to_vec();
    keys.iter().for_each(|key| material.extend_from_slice(key));
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, &material)
        .expand(b"bailiwick sealed part v1", &mut key)
        .map_err(|_| Error::Invariant("a key of 32 bytes cannot be derived".to_owned()))?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

fn place(name: &str, part: usize) -> Vec<u8> {
    format!("{name} {part}").into_bytes()
}

/// Seals bytes under a name. `owner` gives the person of an account and the person's key. The key is `None`
/// if it was destroyed; then the part's content is not kept.
pub(crate) fn seal(
    secret: &[u8; 32],
    name: &str,
    bytes: &[u8],
    parts: &[Part],
    mut owner: impl FnMut(&str) -> Result<(String, Option<[u8; 32]>)>,
) -> Result<Vec<u8>> {
    let mut header = Header { v: VERSION, parts: Vec::with_capacity(parts.len()) };
    let mut sealed = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    for (number, part) in parts.iter().enumerate() {
        let (mine, tail) = rest
            .split_at_checked(part.bytes)
            .ok_or_else(|| Error::Invariant("parts longer than their bytes".to_owned()))?;
        rest = tail;
        let mut owners: Vec<(String, Option<[u8; 32]>)> =
            part.accounts.iter().map(|account| owner(account)).collect::<Result<_>>()?;
        owners.sort();
        owners.dedup();
        let keys: Option<Vec<[u8; 32]>> = owners.iter().map(|(_, key)| *key).collect();
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| Error::Invariant(error.to_string()))?;
        let aad = place(name, number);
        // If an owner's key is gone, store zeros under a random key.
        let (message, cipher) = match keys {
            Some(keys) => (mine.to_vec(), cipher(secret, &keys)?),
            None => {
                let mut lost = [0; 32];
                getrandom::fill(&mut lost).map_err(|error| Error::Invariant(error.to_string()))?;
                (vec![0; mine.len()], cipher(&lost, &[])?)
            }
        };
        let text = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: &message, aad: &aad })
            .map_err(|_| Error::Invariant("a part cannot be sealed".to_owned()))?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        header.parts.push(Sealed {
            bytes: part.bytes,
            owners: owners.into_iter().map(|(person, _)| person).collect(),
        });
    }
    if !rest.is_empty() {
        return Err(Error::Invariant("parts shorter than their bytes".to_owned()));
    }
    let mut file = serde_json::to_vec(&header).map_err(|error| Error::Invariant(error.to_string()))?;
    file.push(b'\n');
    file.append(&mut sealed);
    Ok(file)
}

/// Opens bytes that were sealed under a name. `key` gives the key of a person, none if it was destroyed, and an error if
/// it cannot be read.
pub(crate) fn unseal(
    secret: &[u8; 32],
    name: &str,
    file: &[u8],
    key: impl Fn(&str) -> Result<Option<[u8; 32]>>,
) -> Result<Unsealed> {
    let wrong = || Error::Log(format!("the sealed bytes {name} were changed"));
    let end = memchr::memchr(b'\n', file).ok_or_else(wrong)?;
    let (header, mut rest) = file.split_at(end + 1);
    let header: Header = serde_json::from_slice(header).map_err(|_| wrong())?;
    let (mut bytes, mut erased) = (Vec::new(), 0);
    for (number, part) in header.parts.iter().enumerate() {
        let (nonce, tail) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(wrong)?;
        let length = part.bytes.checked_add(TAG_BYTES).ok_or_else(wrong)?;
        let (text, tail) = tail.split_at_checked(length).ok_or_else(wrong)?;
        rest = tail;
        let keys: Option<Vec<[u8; 32]>> =
            part.owners.iter().map(|person| key(person)).collect::<Result<_>>()?;
        let Some(keys) = keys else {
            erased += part.bytes as u64;
            continue;
        };
        let aad = place(name, number);
        let opened = cipher(secret, &keys)?.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: &aad });
        bytes.extend(opened.map_err(|_| wrong())?);
    }
    Ok(if erased > 0 { Unsealed::Erased { bytes: erased } } else { Unsealed::Whole(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(person: &str) -> [u8; 32] {
        [person.as_bytes()[0]; 32]
    }

    proptest! {
        /// Sealed bytes can be opened; without a person's key only that person's parts are lost; a changed
        /// byte is found.
        #[test]
        fn sealed_bytes_come_back(
            parts in prop::collection::vec((0_usize..40, prop::sample::subsequence(vec!["A", "B", "C"], 0..3)), 0..8),
            changed: prop::sample::Index, bits in 1_u8..,
        ) {
            let parts: Vec<Part> = parts
                .into_iter()
                .map(|(bytes, accounts)| Part { bytes, accounts: accounts.into_iter().map(str::to_owned).collect() })
                .collect();
            let bytes: Vec<u8> = (0..parts.iter().map(|part| part.bytes).sum()).map(|at: usize| at as u8).collect();
            let owner = |account: &str| Ok((account.to_owned(), Some(key(account))));
            let file = seal(&[9; 32], "name", &bytes, &parts, owner).unwrap();
            prop_assert_eq!(
                unseal(&[9; 32], "name", &file, |person| Ok(Some(key(person)))).unwrap(),
                Unsealed::Whole(bytes.clone())
            );
            let gone: usize = parts.iter().filter(|part| part.accounts.contains(&"B".to_owned())).map(|part| part.bytes).sum();
            let without = |person: &str| Ok((person != "B").then(|| key(person)));
            match unseal(&[9; 32], "name", &file, without).unwrap() {
                Unsealed::Erased { bytes } => prop_assert_eq!(bytes, gone as u64),
                _ => prop_assert_eq!(gone, 0),
            }
            prop_assert!(unseal(&[9; 32], "other", &file, |person| Ok(Some(key(person)))).is_err() || parts.is_empty());
            let mut other = file.clone();
            let at = changed.index(other.len());
            other[at] ^= bits;
            let verdict = unseal(&[9; 32], "name", &other, |person| Ok(Some(key(person))));
            let whole = matches!(&verdict, Ok(Unsealed::Whole(found)) if *found == bytes);
            prop_assert!(verdict.is_err() || !whole || at <= memchr::memchr(b'\n', &file).unwrap());
        }
    }
}
