//! The audit log: an entry for every call and every file, chained by hashes, durable before any
//! effect.
//!
//! The log is one file of JSON Lines, `audit/log.jsonl`. Every line holds its number `seq` and, in
//! `prev`, the SHA-256 of the line before it. Nothing personal is in it: inputs and outputs stand
//! as digests and sizes, file names as keyed hashes.

mod entry;
mod log;
mod verify;

pub use entry::{CallEntry, Digested, Entry, FileEntry, Outcome, PluginRef};
pub use log::{AuditLog, Mark};
pub(crate) use verify::verify_with;
pub use verify::{Broken, Verified, verify};
