//! A reference model of an engagement, in plain Rust and without code of the host. It computes the states, dates and
//! cents that an account must have after any history.
//!
//! It is as simple as it can be. Days are numbers. An account is the list of everything that was said about it, and
//! every figure is computed again from that list. Nothing is kept from one statement to the next, so the model cannot
//! depend on when somebody looked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod account;
pub mod buckets;
#[cfg(test)]
mod cases;
pub mod contract;
pub mod draw;
pub mod fees;
pub mod history;
pub mod money;
pub mod remittance;
pub mod round;
pub mod said;
pub mod story;
pub mod switches;
pub mod text;
pub mod waiting;

pub use account::Account;
pub use contract::{Contract, Remits, Version};
pub use draw::contract;
pub use history::{arrive, source};
pub use remittance::{Sums, ledger, remit};
pub use said::{Said, Side, Verdict};
pub use story::{Exception, Fact, Figures, Story};
pub use switches::needs_more;
pub use text::text;
