//! Commission: of one payment under the contract, and of all payments of a placement together.
//!
//! Each payment earns an exact amount, in millionths of a minor unit. The sum of a placement is rounded,
//! never the parts: the commission of a placement is `round(sum of rate × money)`, however the money was
//! split into payments and in whatever order they came. A payment is booked with the difference between the new
//! rounded sum and the commission booked before it.

use serde::{Deserialize, Serialize};

use super::{Buckets, Measure, Rate, Rounding, Schedule};

/// Millionths in one minor unit.
const MICRO: i128 = 1_000_000;

/// How the agency receives its commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remits {
    /// The agency keeps its commission on what it collected and remits the rest; its commission on money
    /// paid straight to the bank is invoiced.
    Net,
    /// The agency remits everything; its commission is invoiced.
    Gross,
    /// The agency keeps its commission on all payments, including money paid straight to the bank.
    Combined,
}

/// The side whose status gives an account the rate for courts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalBy {
    /// The bank only: no status of the agency raises its own rate.
    #[default]
    Bank,
    /// The bank and the agency.
    Either,
}

/// The terms of commission.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommissionTerms {
    /// The schedules; the first is the ordinary one.
    pub schedules: Vec<Schedule>,
    /// The name of the ordinary schedule.
    pub schedule: String,
    /// The name of the schedule once the account is with a court.
    pub legal_schedule: Option<String>,
    /// The side whose status gives an account that schedule.
    pub legal_by: LegalBy,
    /// Which buckets earn, in the order of the buckets.
    pub earns: [bool; 6],
    /// How the sum is rounded to whole minor units.
    pub rounding: Rounding,
    /// Days from the placement on which payments earn nothing (free demand).
    pub free_days: u32,
    /// Days after the end of the placement during which late payments still earn.
    pub grace_days: u32,
    /// The most commission for a placement, in minor units.
    pub cap: Option<i64>,
    /// The most commission for a placement, as a part of the placed amount. The lower cap holds.
    pub cap_rate: Option<Rate>,
    /// The least commission for a payment that earns, in minor units; never more than the payment.
    pub minimum: Option<i64>,
    /// The most commission for a payment, in minor units.
    pub maximum: Option<i64>,
    /// Tax on the commission.
    pub tax: Option<Rate>,
    /// How the agency receives its commission.
    pub remits: Remits,
}

/// An account's own terms of commission, from its placement. A term that is present replaces the contract's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Basis {
    /// The schedule.
    pub schedule: Option<String>,
    /// A flat rate instead of a schedule, in parts per million.
    pub rate_ppm: Option<u32>,
    /// The schedule once the account is with a court.
    pub legal_schedule: Option<String>,
    /// The most commission for the placement, in minor units.
    pub cap: Option<i64>,
    /// The most commission for the placement, in parts per million of the placed amount.
    pub cap_ppm: Option<u32>,
    /// Days from the placement on which payments earn nothing.
    pub free_days: Option<u32>,
    /// Days after the end of the placement during which late payments still earn.
    pub grace_days: Option<u32>,
}

/// The facts about a payment and its placement that decide its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Facts {
    /// The placed amount, in minor units.
    pub placed: i64,
    /// The payment, in minor units.
    pub payment: i64,
    /// Days since the charge-off or the delinquency.
    pub age_days: i64,
    /// Days since the placement.
    pub term_days: i64,
    /// How many times the account has been entrusted.
    pub round: i64,
    /// Whether the account is with a court on the day of the payment, by a side that counts.
    pub legal: bool,
    /// Whether it was paid before the agency's first demand, as the sender states.
    pub before_demand: bool,
    /// Days after the end of the placement; zero or less while it lasts.
    pub days_after_end: i64,
    /// Days after the end during which late payments still earn, by the terms of the day of the end; none: by the terms
    /// of the payment.
    pub grace_days: Option<u32>,
}

/// Why a payment earns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoFee {
    /// Paid before the placement.
    BeforePlacement,
    /// Paid before the first demand.
    BeforeDemand,
    /// Paid on a day of free demand.
    FreeDays,
    /// Paid after the end of the placement and the grace for commission.
    AfterTerm,
}

impl NoFee {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::BeforePlacement, Self::BeforeDemand, Self::FreeDays, Self::AfterTerm];

    /// The name, as in the book.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforePlacement => "before_placement",
            Self::BeforeDemand => "before_demand",
            Self::FreeDays => "free_days",
            Self::AfterTerm => "after_term",
        }
    }
}

/// The rate for a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quote {
    /// The schedule it follows, or `account` for the account's own flat rate.
    pub schedule: String,
    /// The rate.
    pub rate: Rate,
    /// Why the payment earns nothing; none if it earns.
    pub no_fee: Option<NoFee>,
}

/// An exact commission, in millionths of a minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Earned(pub i128);

impl Earned {
    /// From whole minor units and the millionths beyond them, as the book keeps it.
    pub fn from_parts(whole: i64, micro: i64) -> Self {
        Self(i128::from(whole) * MICRO + i128::from(micro))
    }

    /// Whole minor units, and the millionths beyond them.
    ///
    /// # Errors
    /// [`super::Overflow`].
    pub fn parts(self) -> Result<(i64, i64), super::Overflow> {
        let whole = i64::try_from(self.0.div_euclid(MICRO)).map_err(|_| super::Overflow)?;
        let micro = i64::try_from(self.0.rem_euclid(MICRO)).map_err(|_| super::Overflow)?;
        Ok((whole, micro))
    }

    /// The commission that remains if `left` remains of a payment's `base` after reversals, rounded down.
    #[must_use]
    pub fn remaining(self, base: i64, left: i64) -> Self {
        if base <= 0 || left <= 0 {
            return Self(0);
        }
        Self(self.0 * i128::from(left.min(base)) / i128::from(base))
    }
}

impl CommissionTerms {
    fn named(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.name == name)
    }

    /// Whether there is a schedule of that name.
    pub fn has(&self, name: &str) -> bool {
        self.named(name).is_some()
    }

    /// The rate for a payment.
    pub fn quote(&self, own: &Basis, facts: &Facts) -> Quote {
        self.quote_among(own, facts, std::iter::empty())
    }

    /// The rate for a payment, where a schedule that these terms do not have is that of the first of `others` that has
    /// one of its name.
    pub fn quote_among<'t>(
        &'t self,
        own: &Basis,
        facts: &Facts,
        others: impl IntoIterator<Item = &'t Self>,
    ) -> Quote {
        let no_fee = if facts.term_days < 0 {
            Some(NoFee::BeforePlacement)
        } else if facts.before_demand {
            Some(NoFee::BeforeDemand)
        } else if facts.days_after_end
            > i64::from(own.grace_days.or(facts.grace_days).unwrap_or(self.grace_days))
        {
            Some(NoFee::AfterTerm)
        } else if facts.term_days < i64::from(own.free_days.unwrap_or(self.free_days)) {
            Some(NoFee::FreeDays)
        } else {
            None
        };
        let (schedule, rate) = self.rate_among(own, facts, others);
        Quote { schedule, rate: if no_fee.is_some() { Rate::ZERO } else { rate }, no_fee }
    }

    /// The schedule and the rate of a payment that earns, with `others` as in [`quote_among`](Self::quote_among). The
    /// schedule is `account` if the account has a flat rate of its own.
    pub fn rate_among<'t>(
        &'t self,
        own: &Basis,
        facts: &Facts,
        others: impl IntoIterator<Item = &'t Self>,
    ) -> (String, Rate) {
        let legal =
            facts.legal.then(|| own.legal_schedule.as_deref().or(self.legal_schedule.as_deref())).flatten();
        match (legal, own.rate_ppm.and_then(Rate::from_ppm)) {
            (None, Some(rate)) => ("account".to_owned(), rate),
            (legal, _) => {
                let name = legal.or(own.schedule.as_deref()).unwrap_or(&self.schedule);
                let found = std::iter::once(self).chain(others).find_map(|terms| terms.named(name));
                let rate = found.map_or(Rate::ZERO, |schedule| {
                    schedule.rate(match schedule.by {
                        Measure::Age => facts.age_days,
                        Measure::Term => facts.term_days,
                        Measure::Balance => facts.placed,
                        Measure::Payment => facts.payment,
                        Measure::Round => facts.round,
                    })
                });
                (name.to_owned(), rate)
            }
        }
    }

    /// The part of a payment that earns.
    pub fn base(&self, split: &Buckets) -> i64 {
        let parts =
            split.0.iter().zip(self.earns).filter(|(_, earns)| *earns).map(|(part, _)| i128::from(*part));
        i64::try_from(parts.sum::<i128>().max(0)).unwrap_or(i64::MAX)
    }

    /// The commission of a base at a rate, between the contract's minimum and maximum for a payment.
    pub fn earned(&self, base: i64, rate: Rate) -> Earned {
        let earned = rate.of(base);
        if earned == 0 {
            return Earned(0);
        }
        let least = self.minimum.map_or(0, |minor| i128::from(minor.min(base)) * MICRO);
        let most = self.maximum.map_or(i128::MAX, |minor| i128::from(minor) * MICRO);
        Earned(earned.max(least).min(most))
    }

    /// The cap of a placement, in minor units: the lower of the absolute cap and the part of the placed amount.
    pub fn cap(&self, own: &Basis, placed: i64) -> Option<i64> {
        let rate = own.cap_ppm.and_then(Rate::from_ppm).or(self.cap_rate);
        let part = rate.map(|rate| i64::try_from(rate.of(placed) / MICRO).unwrap_or(i64::MAX));
        own.cap.or(self.cap).into_iter().chain(part).min()
    }

    /// The total commission of a placement, rounded to whole minor units and capped.
    ///
    /// # Errors
    /// [`super::Overflow`].
    pub fn total(&self, earned: Earned, cap: Option<i64>) -> Result<i64, super::Overflow> {
        let total = i64::try_from(self.rounding.divide(earned.0, MICRO)).map_err(|_| super::Overflow)?;
        Ok(cap.map_or(total, |cap| total.min(cap)))
    }

    /// The tax on a commission, in minor units.
    ///
    /// # Errors
    /// [`super::Overflow`].
    pub fn tax_on(&self, commission: i64) -> Result<i64, super::Overflow> {
        let tax = self.tax.map_or(0, |rate| self.rounding.divide(rate.of(commission), MICRO));
        i64::try_from(tax).map_err(|_| super::Overflow)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::money::RateStep;
    use proptest::prelude::*;

    fn step(from: i64, below: Option<i64>, percent: &str) -> RateStep {
        RateStep { from, below, rate: percent.parse().unwrap() }
    }

    pub(crate) fn terms(schedules: Vec<Schedule>) -> CommissionTerms {
        CommissionTerms {
            schedule: schedules[0].name.clone(),
            schedules,
            legal_schedule: None,
            legal_by: LegalBy::Bank,
            earns: [true; 6],
            rounding: Rounding::HalfEven,
            free_days: 0,
            grace_days: 0,
            cap: None,
            cap_rate: None,
            minimum: None,
            maximum: None,
            tax: None,
            remits: Remits::Net,
        }
    }

    fn flat(percent: &str) -> CommissionTerms {
        terms(vec![Schedule::new("flat", Measure::Age, vec![step(0, None, percent)]).unwrap()])
    }

    fn by(measure: Measure, steps: Vec<RateStep>) -> CommissionTerms {
        terms(vec![Schedule::new("steps", measure, steps).unwrap()])
    }

    fn percent(terms: &CommissionTerms, own: &Basis, facts: Facts) -> String {
        terms.quote(own, &facts).rate.to_string()
    }

    /// Worked examples of the trade: age 0-30 and 30-60 days, balance to 1000 and 1000-1500, 30 % becoming 50 % when
    /// legal, a bid rate of 14.13 %.
    #[test]
    fn each_rule_gives_its_rate() {
        let own = Basis::default();
        let age =
            by(Measure::Age, vec![step(0, Some(30), "10"), step(30, Some(60), "15"), step(60, None, "20")]);
        for (age_days, want) in [(0, "10"), (29, "10"), (30, "15"), (60, "20")] {
            assert_eq!(percent(&age, &own, Facts { age_days, ..Facts::default() }), want, "{age_days} days");
        }
        let balance = by(
            Measure::Balance,
            vec![step(0, Some(100_000), "30"), step(100_000, Some(150_000), "25"), step(150_000, None, "20")],
        );
        for (placed, want) in [(99_999, "30"), (100_000, "25"), (149_999, "25"), (150_000, "20")] {
            assert_eq!(percent(&balance, &own, Facts { placed, ..Facts::default() }), want, "{placed}");
        }
        let payment = by(Measure::Payment, vec![step(0, Some(50_000), "20"), step(50_000, None, "18")]);
        assert_eq!(percent(&payment, &own, Facts { payment: 50_000, ..Facts::default() }), "18");
        let round =
            by(Measure::Round, vec![step(0, Some(2), "14.13"), step(2, Some(3), "22"), step(3, None, "37")]);
        for (turn, want) in [(1, "14.13"), (2, "22"), (3, "37"), (9, "37")] {
            assert_eq!(
                percent(&round, &own, Facts { round: turn, ..Facts::default() }),
                want,
                "round {turn}"
            );
        }
        let term = by(Measure::Term, vec![step(0, Some(90), "25"), step(90, None, "30")]);
        assert_eq!(percent(&term, &own, Facts { term_days: 90, ..Facts::default() }), "30");
        let court = Schedule::new("court", Measure::Age, vec![step(0, None, "50")]).unwrap();
        let mut legal = flat("30");
        legal.schedules.push(court);
        legal.legal_schedule = Some("court".to_owned());
        assert_eq!(percent(&legal, &own, Facts::default()), "30");
        assert_eq!(percent(&legal, &own, Facts { legal: true, ..Facts::default() }), "50");
    }

    #[test]
    fn an_account_may_have_terms_of_its_own() {
        let terms = flat("30");
        let own = Basis { rate_ppm: Some(125_000), cap: Some(500), free_days: Some(5), ..Basis::default() };
        let facts = Facts { term_days: 5, ..Facts::default() };
        let quote = terms.quote(&own, &facts);
        assert_eq!((quote.schedule.as_str(), quote.rate.ppm()), ("account", 125_000));
        assert_eq!(terms.quote(&own, &Facts { term_days: 4, ..facts }).no_fee, Some(NoFee::FreeDays));
        assert_eq!(terms.cap(&own, 1_000_000), Some(500));
    }

    #[test]
    fn a_payment_that_earns_nothing_has_a_reason() {
        let terms = CommissionTerms { free_days: 3, grace_days: 7, ..flat("30") };
        let quote = |facts| terms.quote(&Basis::default(), &facts);
        let worked = Facts { term_days: 10, ..Facts::default() };
        assert_eq!(quote(worked).no_fee, None);
        assert_eq!(quote(Facts { term_days: 2, ..worked }).no_fee, Some(NoFee::FreeDays));
        assert_eq!(quote(Facts { before_demand: true, ..worked }).no_fee, Some(NoFee::BeforeDemand));
        assert_eq!(quote(Facts { days_after_end: 7, ..worked }).no_fee, None);
        let late = quote(Facts { days_after_end: 8, ..worked });
        assert_eq!((late.no_fee, late.rate), (Some(NoFee::AfterTerm), Rate::ZERO));
        // The grace of the day of the end comes before that of the day of the payment.
        let graced = |grace, days_after_end| Facts { grace_days: Some(grace), days_after_end, ..worked };
        assert_eq!(quote(graced(9, 8)).no_fee, None);
        assert_eq!(quote(graced(1, 2)).no_fee, Some(NoFee::AfterTerm));
    }

    #[test]
    fn a_schedule_that_is_gone_is_looked_for_in_earlier_terms() {
        let named = |name: &str, percent: &str| {
            terms(vec![Schedule::new(name, Measure::Age, vec![step(0, None, percent)]).unwrap()])
        };
        let own = Basis { schedule: Some("old".to_owned()), ..Basis::default() };
        let (now, other, before) = (named("new", "10"), named("old", "20"), named("old", "30"));
        let rate = |others: &[&CommissionTerms]| {
            now.quote_among(&own, &Facts::default(), others.iter().copied()).rate.to_string()
        };
        assert_eq!([rate(&[]), rate(&[&now, &other, &before])], ["0", "20"]);
        assert_eq!(other.quote_among(&own, &Facts::default(), [&before]).rate.to_string(), "20");
    }

    #[test]
    fn only_the_buckets_that_earn_are_the_base() {
        let terms = CommissionTerms { earns: [true, true, false, false, false, false], ..flat("20") };
        assert_eq!(terms.base(&Buckets([1_000, 200, 50, 25, 10, 5])), 1_200);
        // A credit in `other` earns nothing and takes nothing away.
        assert_eq!(terms.base(&Buckets([-5, 0, 0, 0, 0, 0])), 0);
    }

    #[test]
    fn a_payment_earns_between_the_minimum_and_the_maximum() {
        let terms = CommissionTerms { minimum: Some(100), maximum: Some(2_000), ..flat("20") };
        let whole = |base| terms.total(terms.earned(base, "20".parse().unwrap()), None).unwrap();
        assert_eq!(whole(10_000), 2_000);
        assert_eq!(whole(50_000), 2_000);
        assert_eq!(whole(200), 100);
        // Never more than was paid.
        assert_eq!(whole(60), 60);
        assert_eq!(terms.earned(1_000, Rate::ZERO), Earned(0));
    }

    #[test]
    fn the_lower_cap_holds() {
        let terms = CommissionTerms { cap: Some(30_000), cap_rate: "25".parse().ok(), ..flat("50") };
        let own = Basis::default();
        assert_eq!(terms.cap(&own, 100_000), Some(25_000));
        assert_eq!(terms.cap(&own, 200_000), Some(30_000));
        let earned = terms.earned(80_000, "50".parse().unwrap());
        assert_eq!(terms.total(earned, terms.cap(&own, 100_000)), Ok(25_000));
    }

    #[test]
    fn the_tax_is_on_the_whole_commission() {
        let terms = CommissionTerms { tax: "6".parse().ok(), ..flat("20") };
        assert_eq!(terms.tax_on(1_000), Ok(60));
        assert_eq!(terms.tax_on(8), Ok(0));
    }

    proptest! {
        /// However money is split into payments, the commission is that of the whole.
        #[test]
        fn the_total_depends_on_the_money_only(parts in prop::collection::vec(1i64..1_000_000, 1..30), ppm in 0u32..=1_000_000) {
            let terms = flat("0");
            let rate = Rate::from_ppm(ppm).unwrap();
            let mut sum = Earned(0);
            let mut booked = 0i64;
            for part in &parts {
                sum.0 += terms.earned(*part, rate).0;
                let total = terms.total(sum, None).unwrap();
                booked += total - booked;
            }
            let whole: i64 = parts.iter().sum();
            prop_assert_eq!(booked, terms.total(terms.earned(whole, rate), None).unwrap());
        }

        /// Reversals in parts take back the whole commission in the end, and never more than that before.
        #[test]
        fn reversals_in_parts_take_back_the_whole_commission(base in 1i64..1_000_000_000, ppm in 0u32..=1_000_000, steps in prop::collection::vec(0i64..1_000_000, 0..10)) {
            let earned = Earned(Rate::from_ppm(ppm).unwrap().of(base));
            let mut left = base;
            let mut before = earned;
            for step in steps {
                left = (left - step).max(0);
                let now = earned.remaining(base, left);
                prop_assert!(now <= before && now >= Earned(0));
                before = now;
            }
            prop_assert_eq!(earned.remaining(base, base), earned);
            prop_assert_eq!(earned.remaining(base, 0), Earned(0));
        }

        #[test]
        fn the_book_keeps_commission_exactly(micro in -1_000_000_000_000_000_000i128..1_000_000_000_000_000_000) {
            let (whole, rest) = Earned(micro).parts().unwrap();
            prop_assert!((0..1_000_000).contains(&rest));
            prop_assert_eq!(Earned::from_parts(whole, rest), Earned(micro));
        }
    }
}
