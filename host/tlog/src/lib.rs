//! Transparency logs in public formats, which anybody can check with tools of others.
//!
//! The tree is the one of [RFC 6962], section 2.1, over SHA-256; its files are the tiles, entry bundles and
//! checkpoints of [C2SP tlog-tiles], signed as [signed notes] and co-signed as [tlog-cosignature] has it
//! (Ed25519); a proof of one entry is a [tlog-proof] file. The crate does no I/O, knows no clock and no
//! randomness: bytes come in, bytes go out.
//!
//! ```
//! use bailiwick_tlog::{Checkpoint, Frontier, Note, Scheme, SigningKey, leaf_hash};
//!
//! let mut tree = Frontier::default();
//! tree.push(leaf_hash(b"first entry"));
//! tree.push(leaf_hash(b"second entry"));
//!
//! let key = SigningKey::new("bank.example/audit", Scheme::Ed25519, [7; 32]).unwrap();
//! let checkpoint = Checkpoint::new("bank.example/audit", tree.size(), tree.root());
//! let mut note = checkpoint.note();
//! key.sign(&mut note, 0);
//!
//! let read = Note::parse(note.to_string().as_bytes()).unwrap();
//! assert!(key.verifier().verify(&read).is_ok());
//! assert_eq!(Checkpoint::parse(&read.text).unwrap(), checkpoint);
//! ```
//!
//! [RFC 6962]: https://www.rfc-editor.org/rfc/rfc6962
//! [C2SP tlog-tiles]: https://c2sp.org/tlog-tiles
//! [signed notes]: https://c2sp.org/signed-note
//! [tlog-cosignature]: https://c2sp.org/tlog-cosignature
//! [tlog-proof]: https://c2sp.org/tlog-proof

#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod bundle;
mod checkpoint;
mod key;
mod note;
mod proof;
mod proof_file;
mod tile;
mod tree;

pub use bundle::{BundleError, ENTRY_BYTES_MAX, Entries, put_entry};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use key::{KeyError, Scheme, SigningKey, Verified, VerifierKey, VerifyError};
pub use note::{NOTE_BYTES_MAX, Note, NoteError, SIGNATURES_MAX, Signature};
pub use proof::{ProofError, consistency, inclusion, root, subtrees, verify_consistency, verify_inclusion};
pub use proof_file::{ProofFile, ProofFileError};
pub use tile::{Grown, HASH_BYTES, TILE_WIDTH, Tile, TileBuilder, TileError};
pub use tree::{Frontier, Hash, empty_root, leaf_hash, node_hash};
