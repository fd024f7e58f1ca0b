//! The audit log of Bailiwick: an entry for every call and every act of a host, durable before any effect, that
//! anybody can check with public tools.
//!
//! It is a transparency log as C2SP tlog-tiles has it, written locally: entries go into a write-ahead log (`wal/`),
//! whose flush many share, and from there into tiles, bundles and signed checkpoints (`tile/`, `checkpoint`,
//! `checkpoints/`). An [`Entry`] is UTF-8 JSON, written once and hashed as it is stored. It holds nothing personal:
//! private values, and inputs and outputs of calls, stand as keyed hashes ([`HashKeys`]). The bytes that a home
//! keeps of calls are sealed in a [`Vault`].
//!
//! An auditor needs only this crate: no home, no book, no plugin and no sandbox. [`verify`] and [`verify_export`] check
//! a whole log, [`prove`] proves one entry, [`Growth`] proves that a log has only grown, [`read`] selects entries,
//! [`Summary`] is a report, and [`sink`] keeps copies elsewhere.
//!
//! ```
//! use std::sync::Arc;
//!
//! use bailiwick_audit::{AuditLog, Entry, Expected, SystemDisk, make_signer, verify};
//! use bailiwick_tlog::Scheme;
//!
//! # let place = std::env::temp_dir().join(format!("bailiwick-audit-{}", std::process::id()));
//! # bailiwick_files::make_folder(&place).unwrap();
//! let (folder, key) = (place.join("audit"), place.join("log.key"));
//! let signer = make_signer(&key, "bank.example/audit", Scheme::Ed25519)?;
//! AuditLog::create(&folder, &SystemDisk, &signer)?;
//! let log = AuditLog::open(&folder, Arc::new(SystemDisk), signer, 1)?;
//! log.append(&Entry::SetAside { files: 1 })?;
//! log.checkpoint()?;
//!
//! let verified = verify(&SystemDisk, &folder, &Expected::default())?;
//! assert_eq!(verified.kinds["set_aside"], 1);
//! # std::fs::remove_dir_all(&place).unwrap();
//! # Ok::<(), bailiwick_audit::Error>(())
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `metrics` | `Counts`: counts of the log's entries as OpenMetrics text |
//! | `parquet` | `ParquetRows`: entries as Parquet |
//! | `postgres` | `sink::PostgresSink` |
//! | `object-store` | `sink::ObjectStoreSink` |
//! | `tls` | `tls`: TLS for connections to sinks; `postgres` and `object-store` turn it on |
//! | `schema` | the JSON Schema of [`Recorded`] |
//!
//! `PostgresSink` and `ObjectStoreSink` own an asynchronous runtime; use them in a thread that may block. Threads of
//! this crate are named: `bailiwick-verify`, which reads ahead while a log is verified, and one `bailiwick-head` for
//! each sink that is given a signed head.

#![deny(missing_docs, unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod ahead;
mod broken;
#[cfg(feature = "parquet")]
mod columns;
mod disk;
mod effect;
mod entry;
mod error;
mod expected;
mod export;
mod file_outcome;
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
mod mark;
#[cfg(feature = "metrics")]
mod metrics;
mod names;
mod notes;
mod outside;
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
pub mod taken;
mod tiles;
#[cfg(feature = "tls")]
pub mod tls;
mod vault;
mod verify;
mod witness;
mod writer;

pub use broken::Broken;
#[cfg(feature = "parquet")]
pub use columns::ParquetRows;
pub use disk::{Appending, Disk, SystemDisk};
pub use effect::Effect;
pub use entry::{
    AccountsEntry, Begun, CODES_MAX, CallEntry, CallOutcome, CommandEntry, Digested, ENTRY_VERSION, Entry,
    FileEntry, KINDS, OTHERS, PluginRef, Recorded, SessionEntry, Used,
};
pub use error::{Error, Result};
pub use expected::Expected;
pub use export::{Exported, export, refuse_full, verify_export};
pub use file_outcome::FileOutcome;
pub use fit::most_frequent;
pub use frame::ENTRY_BYTES_MAX;
pub use head::Head;
pub use index::IndexedAct;
pub use instants::By;
pub use keys::{HashKeys, KEYS_BYTES_MAX, Keyed, make_signer, random, read_signer, read_verifiers};
pub use limits::Limits;
pub use log::AuditLog;
pub use mark::Mark;
#[cfg(feature = "metrics")]
pub use metrics::Counts;
pub use names::VERIFIERS;
pub use notes::published;
pub use outside::Outside;
pub use prove::{Growth, not_held, prove};
pub use reading::{Selected, SelectedEntries, read};
pub use repair::{Repaired, repair};
pub use row::Row;
pub use selection::{LAST_MAX, Selection};
pub use sessions::Sessions;
pub use signed::{Signed, SignedHeads, signed};
pub use stored::{Stored, StoredEntries};
pub use summary::{Calls, Faults, Listed, Noted, Peak, Refused, Summary};
pub use taken::SinkProgress;
pub use vault::{Keep, Keeping, KeptPerson, Persons, Pieces, Store, Unsealed, Vault};
pub use verify::{Verified, verify, verify_each};
pub use witness::{Grown, Witness};
