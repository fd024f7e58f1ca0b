//! The questions to rule packs and their results, and the decisions of plugins.

use serde::{Deserialize, Serialize};

use super::Channel;
use crate::value::{AccountKey, Code, Extra, Identifier, Moment, Name, Remark, Text};

record! {
    /// A proposed contact, with the facts that the rule pack declared to need. Only the host knows the person: the
    /// pack sees role, zone and counts.
    pub struct Question {
        required {
            /// The account.
            account: AccountKey,
            /// The means.
            channel: Channel,
            /// When it would happen.
            at: Moment,
        }
        optional {
            /// The role of the person in the debt.
            role: super::Role,
            /// The IANA zone where the person lives. Absent means unknown, and unknown means deny.
            consumer_zone: Text<64>,
            /// The jurisdiction whose rules govern.
            jurisdiction: Code,
        }
        lists {
            /// Declared facts: name to value, such as `calls_7d` to `3`.
            facts: Extra,
        }
    }
}

/// How strict a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Strictness {
    /// Better not (不宜).
    Advisory,
    /// Presumed to be a violation.
    Presumption,
    /// Forbidden.
    Prohibition,
}

crate::value::strict!(Strictness);

/// The verdict of a rule pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Verdict {
    /// Go ahead.
    Permit,
    /// Go ahead with care.
    Warn,
    /// Do not go ahead.
    Forbid,
}

crate::value::strict!(Verdict);

record! {
    /// One rule that applies to the question.
    pub struct Finding {
        required {
            /// The rule's identifier, such as `USF-CALL-7IN7`.
            rule: Code,
            /// The source of the rule, such as `12 CFR 1006.14(b)(2)(i)(A)`.
            citation: Name,
            /// How strict it is.
            strictness: Strictness,
            /// What the rule means for this question.
            message: Remark,
        }
    }
}

record! {
    /// The result of a rule pack.
    pub struct Judgment {
        required {
            /// Permit, warn or forbid.
            verdict: Verdict,
        }
        lists {
            /// The rules that led to the verdict.
            findings: Vec<Finding>,
        }
    }
}

record! {
    /// The decision of a plugin about a placed account.
    pub struct PlacementDecision {
        required {
            /// Taken or not.
            acceptance: super::Acceptance,
        }
        optional {
            /// Why not: the code of the problem that the sender is told.
            reason: Identifier,
            /// Why not, in words.
            text: Remark,
        }
    }
}

record! {
    /// The question to a plugin about the commission for a payment.
    pub struct CommissionQuestion {
        required {
            /// The payment.
            payment: Box<super::Payment>,
            /// Days from placement to the payment.
            days_since_placement: i32,
            /// Payments less reversals under this placement before this one, in minor units.
            collected_before: crate::value::Minor,
            /// Commission booked before this one, in minor units.
            commission_before: crate::value::Minor,
        }
        optional {
            /// The round of the placement (手别).
            round: u16,
        }
    }
}

record! {
    /// The commission a plugin computes for a payment. The host checks it against the contract's caps.
    pub struct Commission {
        required {
            /// In minor units of the payment's currency.
            minor: crate::value::Minor,
        }
        optional {
            /// The schedule it follows.
            schedule: Code,
            /// The rate in parts per million.
            rate_ppm: u32,
        }
    }
}

record! {
    /// The triage of a dispute or complaint by a plugin.
    pub struct Triage {
        required {
            /// The party that must reply.
            level: super::Level,
            /// Working days to reply in.
            answer_within_days: u32,
            /// Whether collection stops meanwhile.
            hold: bool,
        }
        optional {
            /// The calendar of the working days.
            calendar: Code,
        }
    }
}
