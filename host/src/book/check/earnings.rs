//! What payments earn: at a rate that the contract has for them, on the part that earns, rounded and taxed by the terms
//! of their day, and given back with them.

use bailiwick_sdk::value::Day;
use rusqlite::{OptionalExtension, Row};

use super::LedgerCheck;
use super::accounts::{Happened, Of};
use super::history::History;
use super::money::{Entry, Money, sum};
use crate::book::Book;
use crate::booking::Stop;
use crate::case::Version;
use crate::error::Result;
use crate::money::{Buckets, CommissionTerms, Earned, Facts, Quote, Rate, totals};

/// The schedule of a payment whose commission the bank's plugin computed.
const BY_PLUGIN: &str = "plugin";

/// What the book has of a payment's earning.
struct Kept {
    schedule: String,
    rate_ppm: u32,
    base: i64,
    earned: Earned,
    no_fee: Option<String>,
    terms: Option<i64>,
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        schedule: row.get(0)?,
        rate_ppm: row.get(1)?,
        base: row.get(2)?,
        earned: Earned::from_parts(row.get(3)?, row.get(4)?),
        no_fee: row.get(5)?,
        terms: row.get(6)?,
    })
}

impl Book {
    /// The earning of a payment; of one that was quoted several times the last rate, and all that it earned.
    fn earning(&self, payment: i64) -> Result<Option<Kept>> {
        let sql =
            "SELECT schedule, rate_ppm, base, whole, micro, no_fee, terms FROM earning WHERE payment = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([payment])?;
        let mut all: Option<Kept> = None;
        while let Some(row) = rows.next()? {
            let it = kept(row)?;
            let before = all.map_or(0, |before| before.earned.0);
            all = Some(Kept { earned: Earned(before + it.earned.0), ..it });
        }
        Ok(all)
    }

    pub(super) fn check_earning(
        &self,
        of: &Of<'_>,
        event: &Happened,
        history: &History,
        payment: &Entry,
        money: &mut Money,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let place = of.place.at("earning", payment.id);
        let found = self.earning(payment.id)?;
        let Some(on) = event.on else { return Ok(()) };
        let Some(version) = of.agreed.known_on(on, event.at) else {
            money.certain = false;
            return Ok(());
        };
        let terms = version.terms.commission.as_ref();
        let earns = !self.earns_nothing(of, event, payment)?;
        let (Some(terms), Some(it)) = (terms.filter(|_| earns), &found) else {
            match (&found, terms.filter(|_| earns)) {
                (None, Some(_)) => check.missing(&place),
                (Some(_), None) => check.added(&place),
                _ => {}
            }
            return Ok(());
        };
        check.same(&place, "terms", it.terms, Some(version.id));
        let by_plugin = it.schedule == BY_PLUGIN;
        let whole = i64::try_from(sum(&payment.split)).unwrap_or(i64::MAX);
        let base = terms.base(&payment.split);
        check.holds(&place, "base", it.base == base || (by_plugin && [0, whole].contains(&it.base)));
        let rate = Rate::from_ppm(it.rate_ppm);
        check.holds(&place, "rate_ppm", rate.is_some());
        if !by_plugin && let Some(rate) = rate {
            check.compare(&place, "earned", it.earned.0, terms.earned(it.base, rate).0);
        }
        if of.document.placed_on.is_some() {
            let quotes = quotes(of, (version, terms), on, event, whole)?;
            let fits = |quote: &Quote| {
                (quote.schedule == it.schedule || (by_plugin && quote.no_fee.is_none()))
                    && quote.rate.ppm() == it.rate_ppm
                    && quote.no_fee.map(|why| why.name()) == it.no_fee.as_deref()
            };
            check.holds(&place, "rate_ppm", quotes.iter().any(fits));
        }
        let late = it.no_fee.as_deref() == Some("after_term");
        check.holds(
            &place,
            "no_fee",
            !late || history.dates.ended_on.or(history.dates.term_ends_on).is_some(),
        );
        let undone = self.undone(Some(payment.id), i64::MAX)?;
        *money.earned.entry(version.id).or_default() += left(it, terms, &payment.split, &undone).0;
        Ok(())
    }

    /// Whether a person credited the payment without commission.
    fn earns_nothing(&self, of: &Of<'_>, event: &Happened, payment: &Entry) -> Result<bool> {
        if !event.by_host {
            return Ok(false);
        }
        let sql = "SELECT x.decision FROM exception x JOIN transfer t ON t.identifier = x.identifier
                   WHERE x.engagement = ?1 AND x.decided_by = ?2 AND t.id = ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let parameters = (of.it.engagement, event.file, payment.id);
        let decision: Option<Option<String>> =
            statement.query_row(parameters, |row| row.get(0)).optional()?;
        Ok(decision.flatten().as_deref() == Some("credit_without_commission"))
    }

    /// What stands under each version of the terms is what its payments earned, and the commission and tax are those of
    /// it.
    pub(super) fn check_standings_of(
        &self,
        of: &Of<'_>,
        money: &Money,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let sql = "SELECT terms, earned, earned_micro, commission, tax FROM standing WHERE placement = ?1 ORDER BY terms";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([of.it.placed.id], |row| {
            let earned = Earned::from_parts(row.get(1)?, row.get(2)?);
            Ok((row.get::<_, i64>(0)?, earned, (row.get::<_, i64>(3)?, row.get::<_, i64>(4)?)))
        })?;
        let standings: Vec<(i64, Earned, (i64, i64))> = rows.collect::<rusqlite::Result<_>>()?;
        let place = of.place.at("standing", of.it.placed.id);
        let all = |part: fn(&(i64, i64)) -> i64| -> i128 {
            standings.iter().map(|(.., fees)| i128::from(part(fees))).sum()
        };
        check.compare(&place, "commission", all(|it| it.0), of.it.placed.commission);
        check.compare(&place, "tax", all(|it| it.1), of.it.placed.tax);
        if !money.certain {
            return Ok(());
        }
        for (terms, earned, _) in &standings {
            let must = money.earned.get(terms).copied().unwrap_or_default();
            check.compare(&place, "earned", earned.0, must);
        }
        for (terms, earned) in &money.earned {
            if *earned != 0 && !standings.iter().any(|(it, ..)| it == terms) {
                check.missing(&place);
            }
        }
        let versions = of.agreed.contract.versions();
        let booked: Vec<(&CommissionTerms, Earned, (i64, i64))> = versions
            .filter_map(|version| {
                let (_, earned, fees) = standings.iter().find(|(terms, ..)| *terms == version.id)?;
                Some((version.terms.commission.as_ref()?, *earned, *fees))
            })
            .collect();
        let earned: Vec<_> = booked.iter().map(|(terms, earned, _)| (*terms, *earned)).collect();
        let own = of.it.placed.own_terms().map_err(Stop::into_failure)?;
        let Ok(totals) = totals(&earned, &own, of.it.placed.placed) else { return Ok(()) };
        for ((.., have), must) in booked.iter().zip(totals) {
            check.compare(&place, "commission", have.0, must.0);
            check.compare(&place, "tax", have.1, must.1);
        }
        Ok(())
    }
}

/// What is left of an earning after reversals, by the rule that was booked.
fn left(it: &Kept, terms: &CommissionTerms, paid: &Buckets, undone: &Buckets) -> Earned {
    let whole = i64::try_from(sum(paid)).unwrap_or(i64::MAX);
    if *undone == Buckets::default() {
        return it.earned;
    }
    let of_whole = it.base == 0
        || terms.base(paid) != it.base
        || (it.schedule == BY_PLUGIN && [0, whole].contains(&it.base));
    let Ok(rest) = paid.minus(undone) else { return Earned(0) };
    let (base, left) = match of_whole {
        true => (whole, i64::try_from(sum(&rest)).unwrap_or(i64::MAX)),
        false => (it.base, terms.base(&rest)),
    };
    it.earned.remaining(base, left.min(base))
}

/// The quotes that the contract may have given a payment: with a court or not, while the placement lasted or after it.
fn quotes(
    of: &Of<'_>,
    (version, terms): (&Version, &CommissionTerms),
    on: Day,
    event: &Happened,
    whole: i64,
) -> Result<Vec<Quote>> {
    use bailiwick_sdk::document::Item;

    let placed = &of.it.placed;
    let own = placed.own_terms().map_err(Stop::into_failure)?;
    let days =
        |from: Option<Day>| from.map_or(0, |from| on.date().duration_since(from.date()).as_hours() / 24);
    let before_demand = match &event.item {
        Some(Item::Payment(it)) => it.before_demand == Some(true),
        Some(Item::DirectPayment(it)) => it.before_demand == Some(true),
        _ => false,
    };
    let contract = &of.agreed.contract;
    let earlier = || {
        let all = contract.by_id(placed.terms).into_iter().chain(contract.versions().rev());
        all.filter_map(|it| it.terms.commission.as_ref())
    };
    let mut quotes = Vec::new();
    for legal in [false, true] {
        for days_after_end in [0, i64::MAX] {
            let facts = Facts {
                placed: placed.placed,
                payment: whole,
                age_days: days(placed.aged_from.or(placed.dates.placed_on)),
                term_days: days(placed.dates.placed_on),
                round: placed.round,
                legal,
                before_demand,
                days_after_end,
                grace_days: None,
            };
            quotes.push(terms.quote_among(&own, &facts, earlier()));
            // A schedule may have come back with terms that were not agreed on then.
            quotes.push(terms.quote_among(&own, &facts, version.terms.commission.as_ref()));
        }
    }
    Ok(quotes)
}
