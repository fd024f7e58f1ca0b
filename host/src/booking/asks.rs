//! The questions that booking asks: of the plugins that decide, and of the evidence store.

use bailiwick_sdk::document::{CommissionQuestion, Dispute, Evidence, Placement, PlacementDecision, Triage};

use crate::error::Result;

/// The result of looking at the bytes that evidence names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Checked {
    /// They are there and have the stated digest.
    Same,
    /// They were not looked at: there is no store, or no location.
    Unseen,
    /// They are not there yet.
    Missing,
    /// They are too large to be read.
    TooLarge {
        /// The most bytes that are read.
        most: u64,
    },
    /// They differ from the document: the place in the document, and why.
    Other { code: &'static str, pointer: &'static str, message: String },
}

/// Asks the plugins of an engagement and its evidence store. If no plugin decides, the result is `None`, and the
/// contract's own rule holds.
pub(crate) trait Asks {
    /// Whether the receiver takes an account.
    fn acceptance(&mut self, placement: &Placement) -> Result<Option<PlacementDecision>>;

    /// Whether a plugin computes commission.
    fn computes_commission(&self) -> bool;

    /// The commission that the plugin computes for a payment, in minor units, between zero and the payment. `None`:
    /// the contract's schedule holds.
    fn commission(&mut self, question: &CommissionQuestion) -> Result<Option<i64>>;

    /// The deadline of a dispute, and who must reply.
    fn triage(&mut self, dispute: &Dispute) -> Result<Option<Triage>>;

    /// Looks at the bytes of evidence.
    fn evidence(&mut self, evidence: &Evidence) -> Result<Checked>;
}
