//! Write a plugin for Bailiwick.
//!
//! A plugin speaks the files of one bank, one agency or one standard. It reads them into
//! [canonical documents](document) and writes canonical documents as files; the host does the
//! rest: control totals, lifecycle, money, rules, audit.
//!
//! ```
//! use bailiwick_sdk::prelude::*;
//!
//! /// One payment a line: account, identifier, day, cents.
//! struct Lines;
//!
//! struct Reader(LineSplitter);
//!
//! impl Decode for Reader {
//!     fn push(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Refusal> {
//!         self.0.push(bytes, |line| read(line, out));
//!         Ok(())
//!     }
//!     fn finish(&mut self, out: &mut Output) -> Result<(), Refusal> {
//!         self.0.finish(|line| read(line, out));
//!         Ok(())
//!     }
//! }
//!
//! fn read(line: Line<'_>, out: &mut Output) {
//!     let text = String::from_utf8_lossy(line.bytes);
//!     let cells: Vec<&str> = text.split(',').collect();
//!     let payment = (|| {
//!         let [account, identifier, day, cents] = cells.as_slice() else { return None };
//!         let minor = Minor::new(cents.parse().ok()?)?;
//!         let mut payment = Payment::new(
//!             AccountKey::new(*account).ok()?, ItemKey::new(*identifier).ok()?, PaidTo::Agency,
//!             Currency::USD, minor, day.parse().ok()?,
//!         );
//!         payment.line = Some(line.number);
//!         Some(payment)
//!     })();
//!     match payment {
//!         Some(payment) => out.emit(Box::new(payment)),
//!         None => out.emit(Problem::error("bad_row", line.number, "expected account,identifier,day,cents")),
//!     }
//! }
//!
//! impl Plugin for Lines {
//!     fn decoder(_: Subject, _: &Context) -> Result<Box<dyn Decode>, Refusal> {
//!         Ok(Box::new(Reader(LineSplitter::new(200))))
//!     }
//! }
//! impl Remittance for Lines {}
//!
//! bailiwick_sdk::export!(Lines: Remittance);
//!
//! // An author's tests run natively:
//! let context = bailiwick_sdk::testing::context("payments", serde_json::json!({}));
//! let items = bailiwick_sdk::testing::decode::<Lines>(Subject::Remittance, &context, b"A1,P1,2026-07-03,1250\n").unwrap();
//! assert!(matches!(&items[..], [Item::Payment(payment)] if payment.minor.get() == 1250));
//! ```
//!
//! # Features
//! - `schema`: JSON Schemas of the documents and of configurations, through `schemars`. Off by
//!   default; a component does not need it.

#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

// The bindings name the crate as plugins do.
extern crate self as bailiwick_sdk;

pub mod context;
pub mod document;
#[doc(hidden)]
pub mod guest;
pub mod kit;
pub mod log;
pub mod manifest;
pub mod plugin;
pub mod testing;
pub mod value;

/// Everything a plugin usually needs.
pub mod prelude {
    pub use crate::context::{Context, Refusal, Side};
    pub use crate::document::*;
    pub use crate::kit::lines::{Line, LineSplitter};
    pub use crate::log;
    pub use crate::plugin::{Decode, Encode, Output, Plugin, Remittance, Rules, StatusReporting};
    /// The subject traits that share their name with a document.
    pub use crate::plugin::{Dispute as DisputeSubject, Placement as PlacementSubject};
    pub use crate::value::*;
}

/// Libraries that the kit is built on, so that a plugin uses the same versions.
pub use {csv_core, encoding_rs, jiff, memchr, serde, serde_json};

/// The code of the page for authors is compiled by the tests in documentation.
#[cfg(doctest)]
#[doc = include_str!("../../docs/authors.md")]
pub struct PageForAuthors;
