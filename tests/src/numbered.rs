//! A log whose entries are numbered, for tests of the log itself and for the program that they kill.

use bailiwick_host::audit::Entry;
use bailiwick_host::tlog::{Scheme, SigningKey};

/// The segment size: so small that a round of a campaign has several segments.
pub const SEGMENT_BYTES: usize = 20_000;

/// The key that signs it.
///
/// # Panics
/// Never.
pub fn signer() -> SigningKey {
    SigningKey::new("bank.example/audit", Scheme::Ed25519, [7; 32]).expect("a name of a key")
}

/// An entry that can be recognised by its number.
pub fn entry(number: u64) -> Entry {
    Entry::Failed { act: number, engagement: "e".repeat(number as usize % 90), code: "io".to_owned() }
}
