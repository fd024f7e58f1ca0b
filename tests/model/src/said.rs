//! Statements about an account, and their documents.

use serde_json::{Value, json};

use crate::buckets::{BUCKETS, Buckets};

/// The sender of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The bank.
    Bank,
    /// The agency.
    Agency,
}

/// An account's own terms of commission.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    /// Its schedule.
    pub schedule: Option<&'static str>,
    /// Its flat rate in parts per million.
    pub rate_ppm: Option<i64>,
    /// Its cap in minor units.
    pub cap: Option<i64>,
    /// Its cap in parts per million of the placed amount.
    pub cap_ppm: Option<i64>,
    /// Its days without commission.
    pub free_days: Option<i32>,
    /// Its days of grace for commission.
    pub grace_days: Option<i32>,
}

/// An account that the bank entrusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    /// The balance.
    pub balance: Buckets,
    /// The day of the placement.
    pub on: i32,
    /// The last day of the term, if the bank states one.
    pub term_ends_on: Option<i32>,
    /// The day of the charge-off.
    pub charged_off_on: Option<i32>,
    /// The days that the debt is overdue.
    pub days_overdue: Option<i32>,
    /// Holds from the beginning.
    pub holds: Vec<&'static str>,
    /// Its own terms.
    pub own: Own,
}

/// Money that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pay {
    /// Names it.
    pub identifier: String,
    /// Minor units.
    pub minor: i64,
    /// The day of it.
    pub on: i32,
    /// Whether the bank received it.
    pub at_bank: bool,
    /// The stated parts.
    pub split: Option<Buckets>,
    /// Waived with it.
    pub waived: i64,
    /// Whether it settles the account.
    pub settles: bool,
    /// Whether it came before the first demand.
    pub before_demand: bool,
}

/// A payment that is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Names the reversal.
    pub identifier: String,
    /// The payment.
    pub of: String,
    /// Minor units.
    pub minor: i64,
    /// The day of it.
    pub on: i32,
    /// The stated parts.
    pub split: Option<Buckets>,
}

/// A balance that is raised or lowered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjust {
    /// Names it.
    pub identifier: String,
    /// Minor units.
    pub minor: i64,
    /// Whether it raises the balance.
    pub raises: bool,
    /// The day of it.
    pub on: i32,
    /// The stated parts.
    pub split: Option<Buckets>,
}

/// An operator's decision about an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Credited, with commission.
    Credit,
    /// Credited, without commission.
    WithoutCommission,
    /// Not booked.
    Refuse,
}

/// One statement about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The bank places it.
    Place(Placing),
    /// The agency accepts or refuses it, with the placed balance or with another one.
    Answer {
        /// Accepted.
        accepts: bool,
        /// With another balance.
        differs: bool,
        /// The day of it.
        on: i32,
    },
    /// A status.
    Status {
        /// Its kind.
        kind: &'static str,
        /// The day of it.
        on: i32,
    },
    /// A payment.
    Pay(Pay),
    /// A reversal.
    Undo(Undo),
    /// An adjustment.
    Adjust(Adjust),
    /// The bank announces a recall, or recalls.
    Recall {
        /// The recall is final.
        last: bool,
        /// The day of it.
        on: i32,
    },
    /// The agency objects to a recall.
    Object {
        /// Its reason.
        reason: &'static str,
        /// The day of it.
        on: i32,
    },
    /// The agency returns it.
    Return {
        /// Because it refuses the account.
        refuses: bool,
        /// The day of it.
        on: i32,
    },
    /// A dispute or complaint.
    Matter {
        /// `dispute` or `complaint`.
        kind: &'static str,
        /// Its number.
        number: u8,
        /// Open or closed.
        open: bool,
        /// The day of it.
        on: i32,
    },
    /// An operator decides a payment that waits.
    Decide {
        /// The payment.
        identifier: String,
        /// The decision.
        verdict: Verdict,
    },
    /// Everything up to a day is remitted.
    Remit {
        /// The last day of the period.
        to: i32,
    },
}

fn components(parts: &Buckets) -> Value {
    let stated = (0..6).filter(|at| parts[*at] != 0);
    stated.map(|at| json!({"bucket": BUCKETS[at], "minor": parts[at]})).collect()
}

/// Adds a member where there is a value.
fn put(into: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        into[name] = value;
    }
}

impl Said {
    /// The document of a statement of a side, if it has one. `placed` is the placed amount that the agency should
    /// have; `day` writes a day as `YYYY-MM-DD`.
    pub fn document(&self, side: Side, account: usize, placed: i64, day: fn(i32) -> String) -> Value {
        let account = format!("A{account}");
        let money = |identifier: &str, minor: i64| json!({"account": account, "identifier": identifier, "currency": "USD", "minor": minor});
        match self {
            Self::Place(it) => json!({"placement": placement(it, &account, day)}),
            Self::Answer { accepts, differs, on } => {
                let acceptance = if *accepts { "accepted" } else { "rejected" };
                let theirs = placed + i64::from(*differs);
                json!({"acknowledgment": {"account": account, "acceptance": acceptance, "currency": "USD",
                    "original_balance": theirs, "current_balance": theirs, "received_on": day(*on)}})
            }
            Self::Status { kind, on } => {
                json!({"status": {"account": account, "status": kind, "on": day(*on)}})
            }
            Self::Pay(it) => {
                let mut body = money(&it.identifier, it.minor);
                put(&mut body, "split", it.split.as_ref().map(components));
                put(&mut body, "before_demand", it.before_demand.then_some(json!(true)));
                if side == Side::Bank {
                    body["booked_on"] = json!(day(it.on));
                    return json!({"direct_payment": body});
                }
                body["received_on"] = json!(day(it.on));
                body["paid_to"] = json!(if it.at_bank { "bank" } else { "agency" });
                put(&mut body, "waived", (it.waived != 0).then(|| json!(it.waived)));
                put(&mut body, "settlement", it.settles.then_some(json!(true)));
                json!({"payment": body})
            }
            Self::Undo(it) => {
                let mut body = money(&it.identifier, it.minor);
                body["reverses"] = json!(it.of);
                body["reversed_on"] = json!(day(it.on));
                put(&mut body, "split", it.split.as_ref().map(components));
                json!({"reversal": body})
            }
            Self::Adjust(it) => {
                let mut body = money(&it.identifier, it.minor);
                body["direction"] = json!(if it.raises { "increase" } else { "decrease" });
                body["on"] = json!(day(it.on));
                put(&mut body, "split", it.split.as_ref().map(components));
                json!({"adjustment": body})
            }
            Self::Recall { last, on } => {
                let stage = if *last { "final" } else { "pending" };
                json!({"recall": {"account": account, "stage": stage, "on": day(*on)}})
            }
            Self::Object { reason, on } => {
                json!({"recall_objection": {"account": account, "reason": reason, "on": day(*on)}})
            }
            Self::Return { refuses, on } => {
                let reason = if *refuses { "agency_refused" } else { "uncollectible" };
                json!({"return": {"account": account, "reason": reason, "on": day(*on)}})
            }
            Self::Matter { kind, number, open, on } => {
                let state = if *open { "open" } else { "closed" };
                json!({*kind: {"account": account, "identifier": format!("M{number}"), "received_on": day(*on),
                    "state": state, "text": format!("about {number}")}})
            }
            Self::Decide { .. } | Self::Remit { .. } => Value::Null,
        }
    }

    /// The identifier of money.
    pub fn identifier(&self) -> Option<&str> {
        match self {
            Self::Pay(it) => Some(&it.identifier),
            Self::Undo(it) => Some(&it.identifier),
            Self::Adjust(it) => Some(&it.identifier),
            _ => None,
        }
    }

    /// The message that carries it from a side.
    pub fn message(&self, side: Side) -> &'static str {
        match (self, side) {
            (Self::Place(_), _) => "accounts",
            (_, Side::Bank) => "bank",
            (_, Side::Agency) => "agency",
        }
    }
}

fn placement(it: &Placing, account: &str, day: fn(i32) -> String) -> Value {
    let Own { schedule, rate_ppm, cap, cap_ppm, free_days, grace_days } = &it.own;
    let mut body = json!({"account": account, "currency": "USD", "balance": components(&it.balance),
        "placed_on": day(it.on)});
    put(&mut body, "term_ends_on", it.term_ends_on.map(|on| json!(day(on))));
    put(&mut body, "charged_off_on", it.charged_off_on.map(|on| json!(day(on))));
    put(&mut body, "days_overdue", it.days_overdue.map(|days| json!(days)));
    put(&mut body, "holds", (!it.holds.is_empty()).then(|| json!(it.holds)));
    let mut own = json!({});
    put(&mut own, "schedule", schedule.map(|name| json!(name)));
    put(&mut own, "rate_ppm", rate_ppm.map(|ppm| json!(ppm)));
    put(&mut own, "cap", cap.map(|minor| json!(minor)));
    put(&mut own, "cap_ppm", cap_ppm.map(|ppm| json!(ppm)));
    put(&mut own, "free_days", free_days.map(|days| json!(days)));
    put(&mut own, "grace_days", grace_days.map(|days| json!(days)));
    put(&mut body, "commission", (it.own != Own::default()).then_some(own));
    body
}
