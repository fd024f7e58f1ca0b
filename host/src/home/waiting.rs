//! The file of a command that waits to be put into the log: a line with a MAC and the command. Only this home can
//! make one, and only under its own name.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::audit::CommandEntry;
use crate::error::{Error, Result};
use crate::files::text::unhex;
use crate::hex;

/// The purpose of the MAC's key, which has no other use.
const PURPOSE: &[u8] = b"bailiwick: commands that wait, version 1";
/// The longest file of a command.
pub(super) const BYTES_MAX: u64 = 16 << 10;

/// Makes and checks files of commands.
pub(super) struct Seal([u8; 32]);

impl Seal {
    /// With a key derived from the home's secret.
    pub(super) fn new(home: &[u8; 32]) -> Result<Self> {
        let mut key = [0; 32];
        hkdf::Hkdf::<Sha256>::new(None, home)
            .expand(PURPOSE, &mut key)
            .map_err(|error| Error::Invariant(error.to_string()))?;
        Ok(Self(key))
    }

    /// The file of a command, which has this name.
    pub(super) fn write(&self, name: &str, command: &CommandEntry) -> Result<Vec<u8>> {
        let json = serde_json::to_string(command).map_err(|error| Error::Invariant(error.to_string()))?;
        let mac = hex(&self.mac(name, &json)?.finalize().into_bytes());
        Ok(format!("{mac} {json}\n").into_bytes())
    }

    /// The command in a file of this name; none if this home has not made it, or not under this name.
    pub(super) fn read(&self, name: &str, bytes: &[u8]) -> Option<CommandEntry> {
        let (mac, json) = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.split_once(' ')?;
        let mac = unhex(mac)?;
        self.mac(name, json).ok()?.verify_slice(&mac).ok()?;
        serde_json::from_str(json).ok()
    }

    fn mac(&self, name: &str, json: &str) -> Result<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0)
            .map_err(|error| Error::Invariant(error.to_string()))?;
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(json.as_bytes());
        Ok(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_under_its_name_in_its_home_as_it_was_written() {
        let command = CommandEntry {
            id: "0011223344556677".to_owned(),
            command: "accounts".to_owned(),
            asked_at: "2026-07-01T12:00:00Z".to_owned(),
            operator: None,
            engagement: Some("test".to_owned()),
            account: None,
        };
        let (seal, other) = (Seal::new(&[1; 32]).unwrap(), Seal::new(&[2; 32]).unwrap());
        let bytes = seal.write("a.json", &command).unwrap();
        assert_eq!(seal.read("a.json", &bytes), Some(command));
        assert_eq!(seal.read("b.json", &bytes), None);
        assert_eq!(other.read("a.json", &bytes), None);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(seal.read("a.json", &changed), None, "{at}");
        }
        for short in 0..bytes.len() {
            assert_eq!(seal.read("a.json", &bytes[..short]), None);
        }
    }
}
