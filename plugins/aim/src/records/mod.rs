//! The records that are documents of their own: each file has a record's columns, its reader and its writer.

pub(crate) mod acknowledgment;
mod balances;
pub(crate) mod bank_payment;
pub(crate) mod bankruptcy;
pub(crate) mod closing;
pub(crate) mod complaint;
pub(crate) mod demographic;
pub(crate) mod dispute;
pub(crate) mod note;
pub(crate) mod objection;
pub(crate) mod payment;
pub(crate) mod post_dated;
pub(crate) mod recall;
pub(crate) mod reconciliation;
mod reversal_comment;
pub(crate) mod status;
