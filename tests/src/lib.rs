//! Helpers of the tests: homes, components, the command. Files with known contents, and the only way to skip a test,
//! are in `bailiwick-fixtures`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod binary;
mod command;
mod component;
mod documents;
pub mod going_back;
pub mod numbered;
mod place;
mod postgres;

pub use command::{Ran, bailiwick, bailiwick_program};
pub use component::with_manifest;
pub use documents::{ITEM_SCHEMA, Maker};
pub mod torn_disk;

pub use place::{TestHome, components, copy_folder, files_below};
pub use postgres::PostgresServer;
