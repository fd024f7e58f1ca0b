//! The audit log: an entry for every call and every act of the host, durable before any effect, that
//! anybody can check with public tools.
//!
//! It is a transparency log as C2SP tlog-tiles has it, written locally: entries go into a write-ahead log
//! (`wal/`), whose flush many share, and from there into tiles, bundles and signed checkpoints (`tile/`,
//! `checkpoint`, `checkpoints/`). An entry is UTF-8 JSON, written once and hashed as it is stored. Nothing
//! personal is in it: what is private stands as keyed hashes, calls' inputs and outputs too.

mod agreement;
mod ahead;
#[cfg(feature = "parquet")]
mod columns;
mod desk;
mod disk;
mod effect;
mod entry;
mod export;
mod fit;
mod frame;
mod groups;
mod head;
mod html;
mod index;
mod instants;
mod keys;
mod limits;
mod log;
#[cfg(feature = "metrics")]
mod metrics;
pub(crate) mod outside;
mod prove;
mod reading;
mod repair;
mod row;
mod selection;
mod sessions;
mod signed;
pub mod sink;
mod stored;
mod summary;
mod tiles;
mod vault;
mod verify;
mod witness;

pub use agreement::Booked;
pub(crate) use agreement::{Agreement, agree, in_log};
#[cfg(feature = "parquet")]
pub(crate) use columns::ParquetRows;
pub use disk::{Appending, Disk, SystemDisk};
pub use entry::{
    AccountsEntry, Begun, CODES_MAX, CallEntry, CommandEntry, Digested, ENTRY_VERSION, Entry, FileEntry,
    KINDS, OTHERS, Outcome, PluginRef, Recorded, SessionEntry, Used,
};
pub use export::{Exported, verify_export};
pub(crate) use export::{export, refuse_full};
pub(crate) use fit::most_frequent;
pub use frame::ENTRY_BYTES_MAX;
pub use index::IndexedAct;
pub use instants::By;
pub use keys::{HashKeys, Keyed};
pub(crate) use keys::{KEYS_BYTES_MAX, make_signer, random, read_signer, read_verifiers};
pub use limits::Limits;
pub(crate) use log::VERIFIERS;
pub use log::{AuditLog, Mark};
#[cfg(feature = "metrics")]
pub(crate) use metrics::Counts;
pub use outside::{Outside, Taken};
pub use prove::{Growth, prove};
pub(crate) use prove::{not_held, published};
pub use reading::Selected;
pub(crate) use reading::read;
pub use repair::Repaired;
pub(crate) use repair::repair;
pub use row::Row;
pub use selection::{LAST_MAX, Selection};
pub(crate) use sessions::Sessions;
pub(crate) use signed::signed;
pub(crate) use stored::Stored;
pub use summary::{Calls, Faults, Listed, Noted, Peak, Refused, Summary};
pub(crate) use tiles::Tiles;
pub use vault::Keep;
pub(crate) use vault::{Keeping, Persons, Pieces, Store, Unsealed, Vault};
pub(crate) use verify::verify_with_book;
pub use verify::{Broken, Expected, Verified, verify};
pub(crate) use witness::Witness;
