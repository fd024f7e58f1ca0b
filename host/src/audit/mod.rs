//! The audit log: an entry for every call and every act of the host, durable before any effect, that
//! anybody can check with public tools.
//!
//! It is a transparency log as C2SP tlog-tiles has it, written locally: entries go into a write-ahead log
//! (`wal/`), whose flush many share, and from there into tiles, bundles and signed checkpoints (`tile/`,
//! `checkpoint`, `checkpoints/`). An entry is UTF-8 JSON, written once and hashed as it is stored. Nothing
//! personal is in it: what is private stands as keyed hashes, calls' inputs and outputs too.

mod disk;
mod entry;
mod frame;
mod keys;
mod log;
mod prove;
mod repair;
pub mod sink;
mod stored;
mod tiles;
mod verify;
mod witness;

pub use disk::{Appending, Disk, SystemDisk};
pub use entry::{
    AccountsEntry, Begun, CallEntry, Digested, ENTRY_VERSION, Entry, FileEntry, Outcome, PluginRef, Recorded,
    SessionEntry, Used,
};
pub use frame::ENTRY_BYTES_MAX;
pub use keys::{HashKeys, Keyed};
pub(crate) use keys::{make_signer, random, read_signer, read_verifiers, write_secret};
pub(crate) use log::VERIFIERS;
pub use log::{AuditLog, Mark};
pub(crate) use prove::published;
pub use prove::{Growth, prove};
pub use repair::Repaired;
pub(crate) use repair::repair;
pub(crate) use stored::Stored;
pub(crate) use tiles::Tiles;
pub(crate) use verify::signed;
pub use verify::{Broken, Expected, Verified, verify};
pub(crate) use witness::Witness;
