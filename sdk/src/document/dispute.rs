//! Disputes and complaints, their escalation and their decisions.

use serde::{Deserialize, Serialize};

use crate::value::{AccountKey, Code, Currency, Day, Extra, ItemKey, Minor, Moment, Name, PartyKey, Remark};

/// How far a matter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum MatterState {
    /// Open (处理中).
    Open,
    /// The customer was told that it was received.
    Acknowledged,
    /// Somebody looks into it.
    Investigating,
    /// The customer has a reply; nothing is decided.
    Answered,
    /// Closed (已办结).
    Closed,
}

crate::value::strict!(MatterState);

impl MatterState {
    /// Whether the matter still needs an action.
    pub fn is_open(self) -> bool {
        self != Self::Closed
    }
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Outcome"))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum MatterOutcome {
    /// The customer is right (异议成立).
    Upheld,
    /// The customer is partly right.
    PartlyUpheld,
    /// The customer is not right (异议不成立).
    Refused,
    /// The customer took it back.
    Withdrawn,
}

crate::value::strict!(MatterOutcome);

record! {
    /// A customer disputes the debt or a part of it (异议).
    pub struct Dispute {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The sender's number of the dispute.
            identifier: ItemKey,
            /// The day it was received.
            received_on: Day,
            /// How far it is.
            state: MatterState,
        }
        personal {
            /// What the customer says.
            text: Remark,
            /// The reply to the customer.
            resolution: Remark,
        }
        optional {
            /// The person who disputes.
            party: PartyKey,
            /// The sender's code of the kind.
            code: Code,
            /// The kind in words.
            kind: Name,
            /// The sender's code of the category.
            category_code: Code,
            /// The category in words.
            category: Name,
            /// Where it came in: `AGENCY`, `BANK`.
            source: Code,
            /// The receiver's number of it.
            receiver_identifier: ItemKey,
            /// Who referred it, as a code.
            referred_by_code: Code,
            /// Who referred it.
            referred_by: Name,
            /// Against whom or what, as a code.
            against_code: Code,
            /// Against whom or what.
            against: Name,
            /// The disputed part; absent means the whole.
            disputed: Minor,
            /// The currency of it.
            currency: Currency,
            /// Whether collection stops meanwhile (停催).
            hold: bool,
            /// The day it was closed.
            closed_on: Day,
            /// The day until which recourse is possible.
            recourse_on: Day,
            /// Whether it was found justified, in the sender's words.
            justified: Code,
            /// What was decided.
            outcome: MatterOutcome,
            /// Whether the same person repeats the same matter without anything new (12 CFR 1006.38(a)(1)).
            duplicative: bool,
        }
        lists {
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}

record! {
    /// A customer complains about the collection (投诉).
    pub struct Complaint {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The sender's number of the complaint.
            identifier: ItemKey,
            /// The day it was received.
            received_on: Day,
            /// How far it is.
            state: MatterState,
        }
        personal {
            /// What the customer says.
            text: Remark,
            /// The reply to the customer.
            resolution: Remark,
        }
        optional {
            /// The person who complains.
            party: PartyKey,
            /// The category in the sender's words.
            category: Name,
            /// The sender's code of the category.
            category_code: Code,
            /// Against whom.
            against: Name,
            /// Whether collection stops meanwhile (停催).
            hold: bool,
            /// The day it was closed.
            closed_on: Day,
            /// What was decided.
            outcome: MatterOutcome,
            /// Money paid for it.
            compensation: Minor,
            /// The currency of it.
            currency: Currency,
        }
        lists {
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}

/// The party that must reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Level {
    /// The agency.
    Agency,
    /// The bank.
    Bank,
    /// Lawyers.
    Legal,
    /// The supervisor.
    Regulator,
}

crate::value::strict!(Level);

record! {
    /// A dispute or complaint goes to the next level.
    pub struct Escalation {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The number of the dispute or complaint.
            matter: ItemKey,
            /// The level that has it now.
            to: Level,
            /// When.
            at: Moment,
        }
        personal {
            /// Why.
            text: Remark,
        }
        optional {
            /// The last day to reply.
            answer_by: Day,
        }
    }
}

record! {
    /// A dispute or complaint is decided.
    pub struct Decision {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The number of the dispute or complaint.
            matter: ItemKey,
            /// What was decided.
            outcome: MatterOutcome,
            /// The day.
            on: Day,
        }
        personal {
            /// Why, in words.
            text: Remark,
        }
        optional {
            /// Who decided.
            by: Level,
            /// By how much the balance is to be lowered.
            reduce: Minor,
            /// The currency of it.
            currency: Currency,
        }
    }
}

record! {
    /// A request for evidence.
    pub struct EvidenceRequest {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// Names the request.
            identifier: ItemKey,
            /// The kind of the requested evidence, such as `statement` or `agreement`.
            kind: Code,
            /// When.
            at: Moment,
        }
        personal {
            /// The request in words.
            text: Remark,
        }
        optional {
            /// The dispute or complaint it is for.
            matter: ItemKey,
            /// The last day to reply.
            answer_by: Day,
        }
    }
}
