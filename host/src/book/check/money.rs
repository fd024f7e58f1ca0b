//! The entries of payments, reversals, adjustments, waivers and decisions against the documents that brought them.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_sdk::document::{AdjustmentDirection, Item, PaidTo};
use bailiwick_sdk::value::Component;
use rusqlite::Row;

use super::accounts::{Happened, Of};
use super::history::History;
use super::{LedgerCheck, Place};
use crate::book::{Book, buckets};
use crate::booking::{Kept, ledger_kind, references_of};
use crate::error::Result;
use crate::money::Buckets;

/// The money of a placement so far.
#[derive(Debug)]
pub(super) struct Money {
    /// Entries that an identifier names, waivers, and reductions by decisions.
    named: i64,
    waivers: i64,
    decisions: i64,
    /// By the version of the terms, what its payments earned and reversals left of it, in millionths.
    pub(super) earned: BTreeMap<i64, i128>,
    /// It is sure by which terms they earned.
    pub(super) certain: bool,
}

impl Default for Money {
    fn default() -> Self {
        Self { named: 0, waivers: 0, decisions: 0, earned: BTreeMap::new(), certain: true }
    }
}

/// An entry of the ledger.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: i64,
    placement: i64,
    file: i64,
    line: Option<i64>,
    kind: String,
    identifier: Option<String>,
    on: Option<String>,
    debit: String,
    credit: String,
    reverses: Option<i64>,
    booked_by: Option<i64>,
    pub(super) split: Buckets,
}

/// The columns of an entry.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT principal, interest, penalty, late_fee, costs, other, id, placement, file, line, kind, identifier,
                    effect_on, debit, credit, reverses, booked_by
             FROM transfer WHERE ",
            $where
        )
    };
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        split: buckets(row, 0)?,
        id: row.get(6)?,
        placement: row.get(7)?,
        file: row.get(8)?,
        line: row.get(9)?,
        kind: row.get(10)?,
        identifier: row.get(11)?,
        on: row.get(12)?,
        debit: row.get(13)?,
        credit: row.get(14)?,
        reverses: row.get(15)?,
        booked_by: row.get(16)?,
    })
}

impl Book {
    fn entry(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Option<Entry>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        Ok(rows.next()?.map(entry).transpose()?)
    }

    /// What a document of money must have brought.
    pub(super) fn money_of(
        &self,
        of: &Of<'_>,
        event: &Happened,
        history: &History,
        money: &mut Money,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let Some(item) = &event.item else { return Ok(()) };
        if let Item::Decision(it) = item {
            let reduce = it.reduce.map_or(0, |reduce| reduce.get());
            return if reduce == 0 { Ok(()) } else { self.check_decision(of, event, reduce, money, check) };
        }
        let kept = Kept::of(item);
        let (Some(identifier), Some(minor)) = (&kept.identifier, kept.minor) else { return Ok(()) };
        money.named += 1;
        // The key of an earlier release may be another one than that of the mended document.
        if !event.as_written {
            money.certain = false;
            return Ok(());
        }
        let sql = select!("engagement = ?1 AND identifier = ?2");
        let Some(entry) = self.entry(sql, (of.it.engagement, identifier))? else {
            check.missing(&of.place.at("transfer", None));
            money.certain = false;
            return Ok(());
        };
        let place = of.place.at("transfer", entry.id);
        check.same(&place, "kind", entry.kind.as_str(), ledger_kind(&event.kind));
        check.same(&place, "effect_on", entry.on.clone(), kept.on.map(|day| day.to_string()));
        self.check_origin(of, event, &entry, check);
        self.check_sides(&place, &entry, item, check)?;
        check.compare(&place, "split", sum(&entry.split), minor);
        check.holds(&place, "split", self.is_split(of, event, &entry, item)?);
        match item {
            Item::Payment(_) | Item::DirectPayment(_) => {
                self.check_waiver(of, event, &entry, money, check)?;
                self.check_references_of(of, event, &entry, item, check)?;
                self.check_earning(of, event, history, &entry, money, check)
            }
            _ => Ok(()),
        }
    }

    /// An entry is of the document's file, line and act. If not, either of them may be wrong.
    fn check_origin(&self, of: &Of<'_>, event: &Happened, entry: &Entry, check: &mut LedgerCheck) {
        let line = event.line.and_then(|line| i64::try_from(line).ok());
        for (table, row) in [("transfer", entry.id), ("event", event.id)] {
            let place = of.place.at(table, row);
            check.same(&place, "placement", entry.placement, of.it.placed.id);
            check.same(&place, "file", entry.file, event.file);
            check.same(&place, "line", entry.line, line);
            check.same(&place, "booked_by", entry.booked_by, event.booked_by);
        }
    }

    /// Money goes where the document says; a reversal undoes the payment that its document names.
    fn check_sides(
        &self,
        place: &Place<'_>,
        entry: &Entry,
        item: &Item,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let cash = |to: PaidTo| match to {
            PaidTo::Agency => "agency_cash",
            PaidTo::Bank => "bank_cash",
        };
        match item {
            Item::Payment(it) => check.same(place, "debit", entry.debit.as_str(), cash(it.paid_to)),
            Item::DirectPayment(_) => check.same(place, "debit", entry.debit.as_str(), "bank_cash"),
            Item::Adjustment(it) => {
                let raised = it.direction == AdjustmentDirection::Increase;
                check.holds(place, "debit", (entry.debit == "receivable") == raised);
            }
            Item::Reversal(it) => {
                if let Some(to) = it.paid_to {
                    check.same(place, "credit", entry.credit.as_str(), cash(to));
                }
                let undone = self.entry(select!("id = ?1"), [entry.reverses])?.and_then(|it| it.identifier);
                let mut named = it.reverses.iter().chain(&it.reference);
                let fits = undone.is_some_and(|undone| named.any(|name| name.as_str() == undone));
                check.holds(place, "reverses", fits);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether an entry is split as the document says, or as the contract spreads what the document does not split.
    fn is_split(&self, of: &Of<'_>, event: &Happened, entry: &Entry, item: &Item) -> Result<bool> {
        let (parts, minor) = match item {
            Item::Payment(it) => (&it.split, it.minor.get()),
            Item::DirectPayment(it) => (&it.split, it.minor.get()),
            Item::Adjustment(it) => (&it.split, it.minor.get()),
            Item::Reversal(it) => (&it.split, it.minor.get()),
            _ => return Ok(true),
        };
        if !parts.is_empty() {
            return Ok(is_of(&entry.split, parts));
        }
        match item {
            Item::Reversal(_) => {
                let Some(payment) = self.entry(select!("id = ?1"), [entry.reverses])? else {
                    return Ok(false);
                };
                let undone = self.undone(entry.reverses, entry.id)?;
                let left = payment.split.minus(&undone);
                Ok(left.is_ok_and(|left| left.share(minor) == entry.split))
            }
            Item::Adjustment(it) if it.direction == AdjustmentDirection::Increase => {
                Ok(entry.split == Buckets([minor, 0, 0, 0, 0, 0]))
            }
            _ => self.is_spread(of, event, entry, minor),
        }
    }

    /// Whether an entry is spread over what was owed before it, as a version of the terms spreads money. What is beyond it
    /// is a credit in the last bucket.
    fn is_spread(&self, of: &Of<'_>, event: &Happened, entry: &Entry, minor: i64) -> Result<bool> {
        if !of.agreed.was_known_at_first(event.at) {
            return Ok(true);
        }
        let owed = self.owed_before(of.it.placed.id, entry.id)?;
        let spreads = |allocation: &crate::money::Allocation| {
            let (mut split, beyond) = allocation.spread(&owed, minor);
            if let Some(other) = split.0.last_mut() {
                *other = other.saturating_add(beyond);
            }
            split == entry.split
        };
        Ok(of.agreed.contract.versions().any(|it| spreads(&it.terms.allocation)))
    }

    fn owed_before(&self, placement: i64, entry: i64) -> Result<Buckets> {
        let sql = "SELECT coalesce(sum(s * principal), 0), coalesce(sum(s * interest), 0), coalesce(sum(s * penalty), 0),
                          coalesce(sum(s * late_fee), 0), coalesce(sum(s * costs), 0), coalesce(sum(s * other), 0)
                   FROM (SELECT *, (debit = 'receivable') - (credit = 'receivable') AS s FROM transfer
                         WHERE placement = ?1 AND id < ?2)";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row((placement, entry), |row| buckets(row, 0))?)
    }

    /// What the entries before one undid of a payment.
    pub(super) fn undone(&self, payment: Option<i64>, before: i64) -> Result<Buckets> {
        let sql = "SELECT coalesce(sum(principal), 0), coalesce(sum(interest), 0), coalesce(sum(penalty), 0),
                          coalesce(sum(late_fee), 0), coalesce(sum(costs), 0), coalesce(sum(other), 0)
                   FROM transfer WHERE reverses = ?1 AND id < ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row((payment, before), |row| buckets(row, 0))?)
    }

    /// What a payment waives is the next entry of its placement that is no fee. Of money that was decided no more is waived
    /// than was still owed.
    fn check_waiver(
        &self,
        of: &Of<'_>,
        event: &Happened,
        payment: &Entry,
        money: &mut Money,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let waived = match &event.item {
            Some(Item::Payment(it)) => it.waived.map_or(0, |waived| waived.get()),
            _ => 0,
        };
        if waived == 0 {
            return Ok(());
        }
        let next = self.entry(
            select!(
                "placement = ?1 AND id > ?2 AND kind NOT IN ('entitlement', 'commission', 'tax') ORDER BY id LIMIT 1"
            ),
            (of.it.placed.id, payment.id),
        )?;
        let Some(entry) = next.filter(|it| it.kind == "waiver") else {
            if !event.by_host {
                check.missing(&of.place.at("transfer", None));
            }
            return Ok(());
        };
        money.waivers += 1;
        let place = of.place.at("transfer", entry.id);
        self.check_follows(&place, event, &entry, check);
        let minor = sum(&entry.split);
        let fits = minor == i128::from(waived) || (event.by_host && minor <= i128::from(waived));
        check.holds(&place, "split", fits);
        let minor = i64::try_from(minor).unwrap_or(i64::MAX);
        check.holds(&place, "split", self.is_spread(of, event, &entry, minor)?);
        Ok(())
    }

    /// A decision lowers the balance by an entry of its own.
    fn check_decision(
        &self,
        of: &Of<'_>,
        event: &Happened,
        reduce: i64,
        money: &mut Money,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let sql = select!("placement = ?1 AND kind = 'decision' ORDER BY id LIMIT 1 OFFSET ?2");
        let Some(entry) = self.entry(sql, (of.it.placed.id, money.decisions))? else {
            check.missing(&of.place.at("transfer", None));
            return Ok(());
        };
        money.decisions += 1;
        let place = of.place.at("transfer", entry.id);
        self.check_follows(&place, event, &entry, check);
        check.compare(&place, "split", sum(&entry.split), reduce);
        check.holds(&place, "split", self.is_spread(of, event, &entry, reduce)?);
        Ok(())
    }

    /// An entry without an identifier has the day, the file and the line of its document.
    fn check_follows(&self, place: &Place<'_>, event: &Happened, entry: &Entry, check: &mut LedgerCheck) {
        let line = event.line.and_then(|line| i64::try_from(line).ok());
        check.same(place, "effect_on", entry.on.clone(), event.on.map(|day| day.to_string()));
        check.same(place, "file", entry.file, event.file);
        check.same(place, "line", entry.line, line);
        check.same(place, "booked_by", entry.booked_by, event.booked_by);
    }

    /// The references of a payment are those of its document. A book of an earlier layout kept none.
    fn check_references_of(
        &self,
        of: &Of<'_>,
        event: &Happened,
        entry: &Entry,
        item: &Item,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let must: BTreeSet<(String, String)> =
            references_of(item).into_iter().map(|(kind, value)| (kind.name().to_owned(), value)).collect();
        let mut statement =
            self.connection.prepare_cached("SELECT kind, value FROM reference WHERE transfer = ?1")?;
        let have = statement.query_map([entry.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let have: BTreeSet<(String, String)> = have.collect::<rusqlite::Result<_>>()?;
        let kept_none = have.is_empty() && !of.agreed.was_known_at_first(event.at);
        check.holds(&of.place.at("reference", entry.id), "value", have == must || kept_none);
        Ok(())
    }

    /// Every entry with an identifier, every waiver and reduction comes from a document.
    pub(super) fn check_money(&self, of: &Of<'_>, money: &Money, check: &mut LedgerCheck) -> Result<()> {
        let sql = "SELECT count(*) FILTER (WHERE kind IN ('payment', 'reversal', 'adjustment')),
                          count(*) FILTER (WHERE kind = 'waiver'), count(*) FILTER (WHERE kind = 'decision')
                   FROM transfer WHERE placement = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let (named, waivers, decisions): (i64, i64, i64) =
            statement.query_row([of.it.placed.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        for (have, must) in [(named, money.named), (waivers, money.waivers), (decisions, money.decisions)] {
            check.count(&of.place.at("transfer", None), have, must);
            // There may be one document too few instead.
            check.count(&of.place.at("event", None), must, have);
        }
        self.check_standings_of(of, money, check)
    }
}

/// The sum of a split, exactly.
pub(super) fn sum(split: &Buckets) -> i128 {
    split.0.iter().map(|part| i128::from(*part)).sum()
}

fn is_of(split: &Buckets, parts: &[Component]) -> bool {
    Buckets::of(parts).is_ok_and(|parts| parts == *split)
}
