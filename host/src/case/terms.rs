//! The terms of a contract: days on which something falls due, the holder of an account, the commission.

use bailiwick_sdk::value::Day;
use serde::{Deserialize, Serialize};

use crate::money::{Allocation, CommissionTerms, Rate};

/// The contract's terms.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Terms {
    /// The day from which they hold; none: from the beginning.
    pub from: Option<Day>,
    /// Days from the placement to the last day of the term, where the bank states no such day.
    pub term_days: Option<u32>,
    /// Days after the end of a placement during which the agency may still report a late payment.
    pub grace_days: u32,
    /// The effect of no reply to a placement.
    pub acceptance: Option<AcceptanceTerms>,
    /// Recalls and objections to them.
    pub recall: RecallTerms,
    /// Days that a payment keeps an account with its holder, from the payment on.
    pub payment_extends_days: Option<u32>,
    /// All open accounts of one customer are with one agency.
    pub one_agency_per_customer: bool,
    /// How a payment without a split is spread over the buckets.
    pub allocation: Allocation,
    /// The agency's commission. Without it none is booked.
    pub commission: Option<CommissionTerms>,
    /// The authority of the agency to settle.
    pub settlement: Option<SettlementTerms>,
    /// How far from the day of an exchange and of a placement the days of documents may lie.
    pub days: DayTerms,
}

/// How far from the day of an exchange and of a placement the days of documents may lie. A day beyond is taken for a
/// mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of windows of days", default)]
#[non_exhaustive]
pub struct DayTerms {
    /// Days after the day of the exchange that the day of something that happened may lie at most.
    pub ahead: u32,
    /// Days before the placement that a payment or an adjustment may lie at most. It counts and earns nothing.
    pub before_placement: u32,
    /// Days after the day of the exchange that the day of a placement may lie at most; the day of a promise ten times as
    /// many.
    pub placement_ahead: u32,
}

impl Default for DayTerms {
    fn default() -> Self {
        // Three years ahead: contracts are placed long before they begin, and a mistyped year is mostly further away.
        Self { ahead: 0, before_placement: 30, placement_ahead: 1_096 }
    }
}

/// How long the agency has to accept or refuse an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `days` and `silence`")]
#[non_exhaustive]
pub struct AcceptanceTerms {
    /// Days after the placement; the last of them counts.
    pub days: u32,
    /// The meaning of silence after these days.
    pub silence: Silence,
}

/// The meaning of an agency's silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// It accepts.
    Accepts,
    /// It refuses.
    Refuses,
}

/// Recalls and objections to them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of terms of recalls", default)]
#[non_exhaustive]
pub struct RecallTerms {
    /// Days from the placement after which a recall is announced without a file of the bank.
    pub after_days: Option<u32>,
    /// Days from the announcement after which a recall is final without a file of the bank.
    pub final_days: Option<u32>,
    /// The reasons an agency may object for, and the days each is allowed. Empty: any reason, until the
    /// bank recalls again.
    pub objections: Vec<ObjectionTerms>,
    /// The reason, from the bank's table, in the recalls that the host makes by their dates.
    pub reason: Option<String>,
    /// The bank's reasons of a recall that say that the account was placed in error.
    pub in_error: Vec<String>,
}

/// A reason to object to a recall.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `reason` and `days`")]
#[non_exhaustive]
pub struct ObjectionTerms {
    /// The reason, as the agency's file has it.
    pub reason: String,
    /// The days it is allowed.
    pub days: u32,
}

/// The authority of the agency to settle without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `least_percent`")]
#[non_exhaustive]
pub struct SettlementTerms {
    /// The least that must have been paid, settlement included, as a part of what was placed.
    #[serde(rename = "least_percent")]
    pub least: Rate,
    /// The last day of this authority.
    pub expires_on: Option<Day>,
}
