//! One file for each command.

pub(crate) mod accounts;
pub(crate) mod audit;
mod cases;
pub(crate) mod demo;
pub(crate) mod disputes;
pub(crate) mod engagement;
pub(crate) mod erase;
pub(crate) mod exceptions;
pub(crate) mod exchange;
pub(crate) mod init;
pub(crate) mod ledger;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
pub(crate) mod plugin;
pub(crate) mod remit;
pub(crate) mod status;
pub(crate) mod tick;
pub(crate) mod waiting;
