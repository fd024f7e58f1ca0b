//! The contract's terms, as the engagement file states them.

use bailiwick_sdk::value::{Bucket, Day};
use serde::Deserialize;
use toml::Spanned;

use super::source::Source;
use crate::case::{AcceptanceTerms, DayTerms, RecallTerms, SettlementTerms, Terms};
use crate::error::Result;
use crate::money::{
    Allocation, CommissionTerms, LegalBy, Measure, Rate, RateStep, Remits, Rounding, Schedule, ScheduleError,
};

/// As the file has them.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table of terms", default)]
pub(super) struct FileTerms {
    from: Option<Day>,
    term_days: Option<u32>,
    grace_days: u32,
    acceptance: Option<AcceptanceTerms>,
    recall: RecallTerms,
    payment_extends_days: Option<u32>,
    one_agency_per_customer: bool,
    allocation: Allocation,
    commission: Option<Spanned<FileCommission>>,
    settlement: Option<SettlementTerms>,
    days: DayTerms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of terms of the commission")]
struct FileCommission {
    rounding: Rounding,
    remits: Remits,
    schedules: Vec<Spanned<FileSchedule>>,
    #[serde(default)]
    legal_schedule: Option<Spanned<String>>,
    #[serde(default)]
    legal_by: LegalBy,
    #[serde(default)]
    earns: Option<Vec<Bucket>>,
    #[serde(default)]
    free_days: u32,
    #[serde(default)]
    grace_days: u32,
    #[serde(default)]
    cap: Option<Spanned<i64>>,
    #[serde(default)]
    cap_percent: Option<Rate>,
    #[serde(default)]
    minimum: Option<Spanned<i64>>,
    #[serde(default)]
    maximum: Option<Spanned<i64>>,
    #[serde(default)]
    tax_percent: Option<Rate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `name`, `by` and `steps`")]
struct FileSchedule {
    name: Spanned<String>,
    by: Measure,
    steps: Vec<Spanned<RateStep>>,
}

impl FileTerms {
    pub(super) fn check(self, source: &Source<'_>) -> Result<Terms> {
        Ok(Terms {
            from: self.from,
            term_days: self.term_days,
            grace_days: self.grace_days,
            acceptance: self.acceptance,
            recall: self.recall,
            payment_extends_days: self.payment_extends_days,
            one_agency_per_customer: self.one_agency_per_customer,
            allocation: self.allocation,
            commission: self.commission.map(|it| commission(it, source)).transpose()?,
            settlement: self.settlement,
            days: self.days,
        })
    }
}

fn commission(it: Spanned<FileCommission>, source: &Source<'_>) -> Result<CommissionTerms> {
    let at = it.span().start;
    let it = it.into_inner();
    let mut schedules: Vec<Schedule> = Vec::new();
    for schedule in it.schedules {
        let schedule_at = schedule.span().start;
        let FileSchedule { name, by, steps } = schedule.into_inner();
        if schedules.iter().any(|have| have.name == *name.get_ref()) {
            return Err(source.wrong(name.span().start, None, "a schedule of this name is there already"));
        }
        let starts: Vec<usize> = steps.iter().map(|step| step.span().start).collect();
        let steps = steps.into_iter().map(Spanned::into_inner).collect();
        let made = Schedule::new(name.into_inner(), by, steps).map_err(|error: ScheduleError| {
            source.wrong(starts.get(error.step()).copied().unwrap_or(schedule_at), None, error.to_string())
        })?;
        schedules.push(made);
    }
    let Some(first) = schedules.first() else {
        return Err(source.wrong(at, None, "expected at least one schedule; the first is the ordinary one"));
    };
    let schedule = first.name.clone();
    if let Some(legal) = &it.legal_schedule
        && !schedules.iter().any(|have| have.name == *legal.get_ref())
    {
        return Err(source.wrong(legal.span().start, None, "there is no schedule of this name"));
    }
    for amount in [&it.cap, &it.minimum, &it.maximum].into_iter().flatten() {
        if *amount.get_ref() < 0 {
            return Err(source.wrong(
                amount.span().start,
                None,
                "an amount in minor units, not below zero, is expected",
            ));
        }
    }
    if let (Some(least), Some(most)) = (&it.minimum, &it.maximum)
        && least.get_ref() > most.get_ref()
    {
        return Err(source.wrong(least.span().start, None, "the minimum for a payment is above its maximum"));
    }
    let earns = match it.earns {
        None => [true; 6],
        Some(buckets) => Bucket::ALL.map(|bucket| buckets.contains(&bucket)),
    };
    let minor = |amount: Option<Spanned<i64>>| amount.map(Spanned::into_inner);
    Ok(CommissionTerms {
        schedule,
        schedules,
        legal_schedule: it.legal_schedule.map(Spanned::into_inner),
        legal_by: it.legal_by,
        earns,
        rounding: it.rounding,
        free_days: it.free_days,
        grace_days: it.grace_days,
        cap: minor(it.cap),
        cap_rate: it.cap_percent,
        minimum: minor(it.minimum),
        maximum: minor(it.maximum),
        tax: it.tax_percent,
        remits: it.remits,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Silence;
    use crate::error::Error;
    use std::path::Path;

    fn read(text: &str) -> Result<Terms> {
        let source = Source { path: Path::new("it.toml"), text };
        let terms: FileTerms = toml::from_str(text).map_err(|error| {
            source.wrong(error.span().map_or(0, |span| span.start), None, error.message())
        })?;
        terms.check(&source)
    }

    const WHOLE: &str = r#"
term_days = 180
grace_days = 30
acceptance = { days = 2, silence = "refuses" }
payment_extends_days = 30
one_agency_per_customer = true
allocation = ["interest", "principal"]
settlement = { least_percent = "60", expires_on = "2026-12-31" }
days = { ahead = 1, before_placement = 10, placement_ahead = 90 }

[recall]
after_days = 150
final_days = 10
objections = [{ reason = "PTP", days = 30 }]
in_error = ["ERR"]

[commission]
rounding = "half_even"
remits = "net"
legal_schedule = "court"
earns = ["principal", "interest"]
free_days = 5
cap = 50000
cap_percent = "35"
minimum = 100
maximum = 20000
tax_percent = "6"

[[commission.schedules]]
name = "standard"
by = "age"
steps = [{ from = 0, below = 90, percent = "15" }, { from = 90, percent = "20" }]

[[commission.schedules]]
name = "court"
by = "round"
steps = [{ from = 0, percent = "50" }]
"#;

    #[test]
    fn everything_a_contract_may_say() {
        let terms = read(WHOLE).unwrap();
        assert_eq!(terms.acceptance, Some(AcceptanceTerms { days: 2, silence: Silence::Refuses }));
        assert_eq!(terms.recall.objections[0].days, 30);
        let commission = terms.commission.unwrap();
        assert_eq!((commission.schedule.as_str(), commission.schedules.len()), ("standard", 2));
        assert_eq!(commission.legal_by, LegalBy::Bank);
        let either =
            read(&WHOLE.replace("\"court\"\nearns", "\"court\"\nlegal_by = \"either\"\nearns")).unwrap();
        assert_eq!(either.commission.unwrap().legal_by, LegalBy::Either);
        assert_eq!(commission.earns, [true, true, false, false, false, false]);
        assert_eq!(commission.cap_rate.unwrap().ppm(), 350_000);
        assert_eq!((terms.days.ahead, terms.days.before_placement, terms.days.placement_ahead), (1, 10, 90));
        assert_eq!(terms.settlement.unwrap().expires_on.unwrap().to_string(), "2026-12-31");
    }

    #[test]
    fn an_error_has_its_place() {
        let cases = [
            ("below = 90, percent", "below = 89, percent", 32, "gap"),
            ("below = 90, percent", "below = 91, percent", 32, "overlap"),
            ("name = \"court\"", "name = \"standard\"", 35, "already"),
            ("legal_schedule = \"court\"", "legal_schedule = \"trial\"", 20, "no schedule"),
            ("cap = 50000", "cap = -1", 23, "below zero"),
            ("minimum = 100", "minimum = 20001", 25, "above its maximum"),
            ("cap_percent = \"35\"", "cap_percent = 35.5", 24, "string"),
            ("tax_percent = \"6\"", "tax_percent = \"600\"", 27, "percentage"),
            ("rounding = \"half_even\"", "", 17, "rounding"),
            ("\"court\"\nearns", "\"court\"\nlegal_by = \"agency\"\nearns", 21, "agency"),
            ("silence = \"refuses\"", "silence = \"shrugs\"", 4, "shrugs"),
        ];
        for (from, to, line, word) in cases {
            let text = WHOLE.replacen(from, to, 1);
            assert_ne!(text, WHOLE);
            match read(&text) {
                Err(Error::Config { line: at, message, .. }) => {
                    assert!(message.contains(word), "{to}: {message}");
                    assert_eq!(at, line, "{to}: {message}");
                }
                other => panic!("{to}: {other:?}"),
            }
        }
    }
}
