//! Terms of a contract as the book keeps them: the keys of the engagement file, without those that take effect at once.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_sdk::value::{Bucket, Day};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::{AcceptanceTerms, ObjectionTerms, RecallTerms, SettlementTerms, Silence, Terms};
use crate::money::{
    Allocation, CommissionTerms, LegalBy, Measure, Rate, RateStep, Remits, Rounding, Schedule,
};

/// Terms as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StoredTerms {
    term_days: Option<u32>,
    grace_days: u32,
    acceptance: Option<StoredAcceptance>,
    recall: StoredRecall,
    payment_extends_days: Option<u32>,
    allocation: Option<StoredAllocation>,
    settlement: Option<StoredSettlement>,
    commission: Option<StoredCommission>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredAcceptance {
    days: u32,
    silence: Silence,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
struct StoredRecall {
    after_days: Option<u32>,
    final_days: Option<u32>,
    objections: Vec<StoredObjection>,
    in_error: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredObjection {
    reason: String,
    days: u32,
}

/// Buckets by their names; percentages as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum StoredAllocation {
    Priority(Vec<String>),
    Shares(BTreeMap<String, String>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredSettlement {
    least_percent: String,
    #[serde(default)]
    expires_on: Option<Day>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredCommission {
    rounding: Rounding,
    remits: Remits,
    schedules: Vec<StoredSchedule>,
    #[serde(default)]
    legal_schedule: Option<String>,
    #[serde(default)]
    legal_by: LegalBy,
    earns: Vec<String>,
    #[serde(default)]
    free_days: u32,
    #[serde(default)]
    grace_days: u32,
    #[serde(default)]
    cap: Option<i64>,
    #[serde(default)]
    cap_percent: Option<String>,
    #[serde(default)]
    minimum: Option<i64>,
    #[serde(default)]
    maximum: Option<i64>,
    #[serde(default)]
    tax_percent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredSchedule {
    name: String,
    by: Measure,
    steps: Vec<StoredStep>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredStep {
    from: i64,
    #[serde(default)]
    below: Option<i64>,
    percent: String,
}

fn name_of(bucket: Bucket) -> String {
    match bucket {
        Bucket::Principal => "principal",
        Bucket::Interest => "interest",
        Bucket::Penalty => "penalty",
        Bucket::LateFee => "late_fee",
        Bucket::Costs => "costs",
        Bucket::Other => "other",
    }
    .to_owned()
}

fn rate(percent: &str) -> Result<Rate, String> {
    percent.parse().map_err(|error| format!("{percent:?}: {error}"))
}

impl StoredTerms {
    /// Terms, to be stored.
    pub(super) fn of(terms: &Terms) -> Self {
        let RecallTerms { after_days, final_days, objections, in_error, .. } = &terms.recall;
        let objections =
            objections.iter().map(|it| StoredObjection { reason: it.reason.clone(), days: it.days });
        Self {
            term_days: terms.term_days,
            grace_days: terms.grace_days,
            acceptance: terms.acceptance.map(|it| StoredAcceptance { days: it.days, silence: it.silence }),
            recall: StoredRecall {
                after_days: *after_days,
                final_days: *final_days,
                objections: objections.collect(),
                in_error: in_error.clone(),
            },
            payment_extends_days: terms.payment_extends_days,
            allocation: Some(StoredAllocation::of(&terms.allocation)),
            settlement: terms.settlement.map(|it| StoredSettlement {
                least_percent: it.least.to_string(),
                expires_on: it.expires_on,
            }),
            commission: terms.commission.as_ref().map(StoredCommission::of),
        }
    }

    /// The terms that were stored, with the day from which they hold. `now` are the present ones, for the keys that take
    /// effect at once. An error says what is wrong.
    pub(super) fn terms(self, from: Option<Day>, now: &Terms) -> Result<Terms, String> {
        let acceptance = self.acceptance.map(|it| AcceptanceTerms { days: it.days, silence: it.silence });
        let StoredRecall { after_days, final_days, objections, in_error } = self.recall;
        let objections = objections.into_iter().map(|it| ObjectionTerms { reason: it.reason, days: it.days });
        let settlement = |it: StoredSettlement| -> Result<_, String> {
            Ok(SettlementTerms { least: rate(&it.least_percent)?, expires_on: it.expires_on })
        };
        Ok(Terms {
            from,
            term_days: self.term_days,
            grace_days: self.grace_days,
            acceptance,
            recall: RecallTerms {
                after_days,
                final_days,
                objections: objections.collect(),
                reason: now.recall.reason.clone(),
                in_error,
            },
            payment_extends_days: self.payment_extends_days,
            one_agency_per_customer: now.one_agency_per_customer,
            allocation: self.allocation.map_or_else(|| Ok(Allocation::default()), StoredAllocation::live)?,
            commission: self.commission.map(StoredCommission::live).transpose()?,
            settlement: self.settlement.map(settlement).transpose()?,
            days: now.days,
        })
    }

    /// The keys of the engagement file in which terms differ, in their order.
    pub(super) fn changes_to(&self, after: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let json = |terms: &Self| serde_json::to_value(terms).unwrap_or_default();
        compare("terms", &json(self), &json(after), &mut changes);
        changes
    }
}

impl StoredAllocation {
    fn of(allocation: &Allocation) -> Self {
        match allocation {
            Allocation::Priority(order) => Self::Priority(order.iter().copied().map(name_of).collect()),
            Allocation::Shares(shares) => Self::Shares(
                shares.iter().map(|(bucket, rate)| (name_of(*bucket), rate.to_string())).collect(),
            ),
        }
    }

    /// It is read as the engagement file is.
    fn live(self) -> Result<Allocation, String> {
        let json = serde_json::to_value(self).map_err(|error| error.to_string())?;
        serde_json::from_value(json).map_err(|error| error.to_string())
    }
}

impl StoredCommission {
    fn of(terms: &CommissionTerms) -> Self {
        let step =
            |it: &RateStep| StoredStep { from: it.from, below: it.below, percent: it.rate.to_string() };
        let schedule = |it: &Schedule| StoredSchedule {
            name: it.name.clone(),
            by: it.by,
            steps: it.steps().iter().map(step).collect(),
        };
        let earning = Bucket::ALL.into_iter().zip(terms.earns).filter(|(_, earns)| *earns);
        Self {
            rounding: terms.rounding,
            remits: terms.remits,
            schedules: terms.schedules.iter().map(schedule).collect(),
            legal_schedule: terms.legal_schedule.clone(),
            legal_by: terms.legal_by,
            earns: earning.map(|(bucket, _)| name_of(bucket)).collect(),
            free_days: terms.free_days,
            grace_days: terms.grace_days,
            cap: terms.cap,
            cap_percent: terms.cap_rate.map(|it| it.to_string()),
            minimum: terms.minimum,
            maximum: terms.maximum,
            tax_percent: terms.tax.map(|it| it.to_string()),
        }
    }

    fn live(self) -> Result<CommissionTerms, String> {
        let schedules: Vec<Schedule> =
            self.schedules.into_iter().map(StoredSchedule::live).collect::<Result<_, String>>()?;
        let Some(first) = schedules.first() else { return Err("there is no schedule".to_owned()) };
        let percent = |text: Option<String>| text.map(|text| rate(&text)).transpose();
        Ok(CommissionTerms {
            schedule: first.name.clone(),
            schedules,
            legal_schedule: self.legal_schedule,
            legal_by: self.legal_by,
            earns: Bucket::ALL.map(|bucket| self.earns.contains(&name_of(bucket))),
            rounding: self.rounding,
            free_days: self.free_days,
            grace_days: self.grace_days,
            cap: self.cap,
            cap_rate: percent(self.cap_percent)?,
            minimum: self.minimum,
            maximum: self.maximum,
            tax: percent(self.tax_percent)?,
            remits: self.remits,
        })
    }
}

impl StoredSchedule {
    fn live(self) -> Result<Schedule, String> {
        let step = |it: StoredStep| -> Result<RateStep, String> {
            Ok(RateStep { from: it.from, below: it.below, rate: rate(&it.percent)? })
        };
        let steps = self.steps.into_iter().map(step).collect::<Result<_, String>>()?;
        Schedule::new(self.name, self.by, steps).map_err(|error| error.to_string())
    }
}

/// A key in which terms differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// The key of the engagement file.
    pub(super) key: String,
    /// The change in words: the key, and the values where they are short.
    pub(super) told: String,
}

fn compare(key: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    if let (Value::Object(one), Value::Object(other)) = (before, after) {
        let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for name in names {
            let value = |of: &serde_json::Map<String, Value>| of.get(name).cloned().unwrap_or_default();
            compare(&format!("{key}.{name}"), &value(one), &value(other), changes);
        }
        return;
    }
    let told = match (short(before), short(after)) {
        (Some(before), Some(after)) => format!("{key} {before} → {after}"),
        _ if before.is_null() => format!("{key} added"),
        _ if after.is_null() => format!("{key} removed"),
        _ => key.to_owned(),
    };
    changes.push(Change { key: key.to_owned(), told });
}

/// A value in a few letters; none if it is a list or a table.
fn short(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("none".to_owned()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::Engagement;

    const WHOLE: &str = r#"
from = "2026-07-01"
term_days = 180
grace_days = 30
acceptance = { days = 2, silence = "refuses" }
payment_extends_days = 30
one_agency_per_customer = true
allocation = { interest = "12.5", principal = "87.5" }
settlement = { least_percent = "60", expires_on = "2026-12-31" }

[recall]
after_days = 150
final_days = 10
reason = "R1"
objections = [{ reason = "PTP", days = 30 }]
in_error = ["ERR"]

[commission]
rounding = "half_even"
remits = "combined"
legal_schedule = "court"
legal_by = "either"
earns = ["principal", "late_fee"]
free_days = 5
grace_days = 3
cap = 50000
cap_percent = "35"
minimum = 100
maximum = 20000
tax_percent = "6"

[[commission.schedules]]
name = "standard"
by = "age"
steps = [{ from = 0, below = 90, percent = "15" }, { from = 90, percent = "20.0001" }]

[[commission.schedules]]
name = "court"
by = "round"
steps = [{ from = 0, percent = "50" }]
"#;

    fn terms(text: &str) -> Terms {
        Engagement::without_plugins(text).terms
    }

    #[test]
    fn terms_are_read_as_they_were_stored() {
        for text in [WHOLE, "", "allocation = [\"interest\"]"] {
            let terms = terms(text);
            let body = serde_json::to_string(&StoredTerms::of(&terms)).unwrap();
            let stored: StoredTerms = serde_json::from_str(&body).unwrap();
            let read = stored.terms(terms.from, &terms).unwrap();
            assert_eq!(format!("{read:?}"), format!("{terms:?}"));
        }
    }

    #[test]
    fn what_takes_effect_at_once_is_no_change() {
        let without = WHOLE.replace("reason = \"R1\"\n", "").replace("one_agency_per_customer = true\n", "");
        let (with, without) = (terms(WHOLE), terms(&without));
        assert_eq!(StoredTerms::of(&with), StoredTerms::of(&without));
        let read = StoredTerms::of(&with).terms(None, &without).unwrap();
        assert_eq!((read.recall.reason, read.one_agency_per_customer, read.from), (None, false, None));
    }

    #[test]
    fn each_changed_key_is_named() {
        let told = |from: &str, to: &str| {
            let after = WHOLE.replacen(from, to, 1);
            assert_ne!(after, WHOLE);
            let changes = StoredTerms::of(&terms(WHOLE)).changes_to(&StoredTerms::of(&terms(&after)));
            changes.into_iter().map(|it| it.told).collect::<Vec<_>>().join("; ")
        };
        for (from, to, want) in [
            ("\ncap = 50000", "\ncap = 400", "terms.commission.cap 50000 → 400"),
            ("\ncap = 50000", "", "terms.commission.cap 50000 → none"),
            ("\"35\"", "\"35.5\"", "terms.commission.cap_percent 35 → 35.5"),
            ("legal_by = \"either\"\n", "", "terms.commission.legal_by either → bank"),
            ("\"20.0001\"", "\"21\"", "terms.commission.schedules"),
            ("acceptance = { days = 2, silence = \"refuses\" }", "", "terms.acceptance removed"),
            ("days = 2, silence", "days = 3, silence", "terms.acceptance.days 2 → 3"),
            (
                "\"12.5\", principal = \"87.5\"",
                "\"10\", principal = \"90\"",
                "terms.allocation.interest 12.5 → 10; terms.allocation.principal 87.5 → 90",
            ),
            ("\"refuses\"", "\"accepts\"", "terms.acceptance.silence refuses → accepts"),
            ("[\"ERR\"]", "[]", "terms.recall.in_error"),
        ] {
            assert_eq!(told(from, to), want);
        }
        let whole = StoredTerms::of(&terms("")).changes_to(&StoredTerms::of(&terms(WHOLE)));
        assert!(whole.iter().any(|it| it.told == "terms.commission added"), "{whole:?}");
    }

    #[test]
    fn a_rate_or_a_schedule_that_no_release_writes_is_an_error() {
        let body = serde_json::to_string(&StoredTerms::of(&terms(WHOLE))).unwrap();
        for (from, to) in [("\"35\"", "\"3.5.1\""), ("\"below\":90", "\"below\":91"), ("\"87.5\"", "\"1\"")] {
            let changed = body.replacen(from, to, 1);
            assert_ne!(changed, body);
            let stored: StoredTerms = serde_json::from_str(&changed).unwrap();
            assert!(stored.terms(None, &Terms::default()).is_err(), "{to}");
        }
    }
}
