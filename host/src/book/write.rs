//! Writes what documents changed, table by table.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::ReferenceKind;
use bailiwick_sdk::value::Day;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::Transaction;
use super::columns::{insert, insert_sql, mark, update};
use crate::booking::{
    Changes, Earning, Entrusted, Event, Exception, Figures, Given, Hold, Matter, Placed, Promise, Request,
    Standing, Transfer, level_name,
};
use crate::case::{Contract, Dates};
use crate::error::{Error, Result};
use crate::money::Earned;

/// In which engagement and of which file rows are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Under<'a> {
    pub(crate) engagement: i64,
    /// The engagement's creditor.
    pub(crate) creditor: &'a str,
    pub(crate) file: i64,
    /// The act, if it books a document of an earlier file.
    pub(crate) booked_by: Option<i64>,
    /// The side that sent the file.
    pub(crate) side: Side,
    pub(crate) contract: &'a Contract,
}

/// A day as the book has it.
struct Text([u8; 10]);

impl ToSql for Text {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
    }
}

/// A day as the book has it, without a string for each of the many days of a placement.
fn text(day: impl Into<Option<Day>>) -> Option<Text> {
    // Only the day that a debt is aged from can lie before the first year; such a debt is aged from its placement.
    let day = day.into().filter(|day| day.date().year() > 0)?;
    Some(Text(day.to_text()))
}

/// The whole part and the rest of what was earned.
fn parts(earned: Earned) -> Result<(i64, i64)> {
    earned.parts().map_err(|error| Error::Invariant(error.to_string()))
}

/// Identifiers as JSON; none if there are none.
pub(super) fn candidates(of: &[String]) -> Result<Option<String>> {
    let json = (!of.is_empty()).then(|| serde_json::to_string(of));
    json.transpose().map_err(|error| Error::Invariant(error.to_string()))
}

fn number(line: Option<u64>) -> Option<i64> {
    line.and_then(|line| i64::try_from(line).ok())
}

impl Transaction<'_> {
    /// Writes changes, in their order.
    pub(crate) fn write<'c, 'd: 'c>(
        &self,
        under: &Under<'_>,
        changes: impl Iterator<Item = &'c Changes<'d>> + Clone,
    ) -> Result<()> {
        let entrusted = changes.clone().filter_map(|it| it.entrusted.as_deref());
        entrusted.clone().try_for_each(|it| self.write_person(under, &it.person))?;
        self.write_entrusted(under, entrusted)?;
        self.write_placed(under, changes.clone().flat_map(|it| &it.placed))?;
        self.write_transfers(under, changes.clone().flat_map(|it| &it.transfers))?;
        self.write_references(under, changes.clone().flat_map(|it| &it.references))?;
        self.write_earnings(changes.clone().flat_map(|it| &it.earnings))?;
        self.write_standings(changes.clone().flat_map(|it| &it.standings))?;
        self.write_holds(under, changes.clone().flat_map(|it| &it.holds))?;
        self.write_matters(changes.clone().flat_map(|it| &it.matters))?;
        self.write_promises(under, changes.clone().flat_map(|it| &it.promises))?;
        self.write_requests(changes.clone().flat_map(|it| &it.requests))?;
        self.write_evidence(under, changes.clone().flat_map(|it| &it.evidence))?;
        self.write_exceptions(under, changes.clone().flat_map(|it| &it.exceptions))?;
        self.write_undone(under, changes.clone().filter_map(|it| it.undone.as_ref()))?;
        self.write_figures(under, changes.clone().flat_map(|it| &it.figures))?;
        self.write_events(under, changes.flat_map(|it| &it.events))
    }

    fn write_entrusted<'c, 'd: 'c>(
        &self,
        under: &Under<'_>,
        rows: impl Iterator<Item = &'c Entrusted<'d>>,
    ) -> Result<()> {
        insert!(self.inner, "placement", for it in rows, with {
            let placed = &it.placed;
            let [principal, interest, penalty, late_fee, costs, other] = placed.balance.0;
        }, {
            id: placed.id,
            engagement: under.engagement,
            person: it.person.id,
            account: placed.account,
            round: placed.round,
            file: placed.file,
            line: number(it.line).unwrap_or_default(),
            state: placed.state.name(),
            holds: placed.holds.bits(),
            placed: placed.placed,
            principal: principal,
            interest: interest,
            penalty: penalty,
            late_fee: late_fee,
            costs: costs,
            other: other,
            account_number: placed.account_number,
            party: placed.party,
            batch: it.batch,
            basis: placed.basis,
            aged_from: text(placed.aged_from),
            placed_on: text(placed.dates.placed_on),
            term_ends_on: text(placed.dates.term_ends_on),
            announce_on: text(placed.dates.announce_on),
            latest_on: text(it.latest_on),
            due_on: text(placed.due_on(under.contract)),
            status: placed.status,
            document: it.document,
            terms: placed.terms,
        });
        Ok(())
    }

    /// Of a placement that changed several times, the last record counts.
    fn write_placed<'c>(&self, under: &Under<'_>, changed: impl Iterator<Item = &'c Placed>) -> Result<()> {
        let mut last = std::collections::BTreeMap::new();
        for placed in changed {
            last.insert(placed.id, placed);
        }
        update!(self.inner, "placement", for placed in last.into_values(), placed.id, with {
            let [principal, interest, penalty, late_fee, costs, other] = placed.balance.0;
            let Dates { term_ends_on, announce_on, recall_on, objected_until, ended_on, .. } = placed.dates;
            let (earned, earned_micro) = parts(placed.earned)?;
        }, {
            state: placed.state.name(),
            holds: placed.holds.bits(),
            principal: principal,
            interest: interest,
            penalty: penalty,
            late_fee: late_fee,
            costs: costs,
            other: other,
            paid: placed.paid,
            reversed: placed.reversed,
            adjusted: placed.adjusted,
            commission: placed.commission,
            tax: placed.tax,
            earned: earned,
            earned_micro: earned_micro,
            status: placed.status,
            term_ends_on: text(term_ends_on),
            announce_on: text(announce_on),
            recall_on: text(recall_on),
            objected_until: text(objected_until),
            ended_on: text(ended_on),
            due_on: text(placed.due_on(under.contract)),
            in_error: placed.in_error,
        });
        Ok(())
    }

    fn write_transfers<'c>(&self, under: &Under<'_>, rows: impl Iterator<Item = &'c Transfer>) -> Result<()> {
        insert!(self.inner, "transfer", for row in rows, with {
            let [principal, interest, penalty, late_fee, costs, other] = row.buckets.0;
        }, {
            id: row.id,
            engagement: under.engagement,
            placement: row.placement,
            file: under.file,
            line: number(row.line),
            kind: row.kind,
            identifier: row.identifier,
            effect_on: text(row.on),
            debit: row.debit,
            credit: row.credit,
            principal: principal,
            interest: interest,
            penalty: penalty,
            late_fee: late_fee,
            costs: costs,
            other: other,
            reverses: row.reverses,
            cause: row.cause,
            terms: row.terms,
            booked_by: under.booked_by,
            matched_by: row.matched_by,
        });
        Ok(())
    }

    fn write_references<'c>(
        &self,
        under: &Under<'_>,
        rows: impl Iterator<Item = &'c (ReferenceKind, String, i64)>,
    ) -> Result<()> {
        insert!(self.inner, "reference", for it in rows, {
            engagement: under.engagement,
            value: it.1,
            kind: it.0.name(),
            transfer: it.2,
        });
        Ok(())
    }

    fn write_earnings<'c>(&self, rows: impl Iterator<Item = &'c Earning>) -> Result<()> {
        insert!(self.inner, "earning", for it in rows, with {
            let (whole, micro) = parts(it.earned)?;
        }, {
            payment: it.payment,
            nth: it.nth,
            schedule: it.schedule,
            rate_ppm: it.rate_ppm,
            base: it.base,
            whole: whole,
            micro: micro,
            no_fee: it.no_fee,
            terms: it.terms,
        });
        Ok(())
    }

    fn write_standings<'c>(&self, rows: impl Iterator<Item = &'c Standing>) -> Result<()> {
        insert!(self.inner, "standing", for it in rows, with {
            let (earned, earned_micro) = parts(it.earned)?;
        }, {
            placement: it.placement,
            terms: it.terms,
            earned: earned,
            earned_micro: earned_micro,
            commission: it.commission,
            tax: it.tax,
        } "ON CONFLICT (placement, terms) DO UPDATE SET earned = excluded.earned, earned_micro = excluded.earned_micro,
            commission = excluded.commission, tax = excluded.tax");
        Ok(())
    }

    fn write_holds<'c>(&self, under: &Under<'_>, rows: impl Iterator<Item = &'c Hold>) -> Result<()> {
        insert!(self.inner, "hold", for it in rows, {
            placement: it.placement,
            reason: it.step.reason.name(),
            side: it.step.by.map(Side::name),
            effect_on: text(it.step.on),
            begins: it.step.begins,
            file: under.file,
        });
        Ok(())
    }

    fn write_matters<'c>(&self, rows: impl Iterator<Item = &'c Matter>) -> Result<()> {
        insert!(self.inner, "matter", for it in rows, {
            id: it.id,
            placement: it.placement,
            kind: it.kind.name(),
            identifier: it.identifier,
            stage: it.stage.name(),
            hold: it.hold,
            disputed: it.disputed,
            level: level_name(it.level),
            days: it.days,
            calendar: it.calendar,
            answer_by: text(it.answer_by),
            received_on: text(it.received_on),
            closed_on: text(it.closed_on),
            outcome: it.outcome,
            said: it.said,
        } "ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, hold = excluded.hold, disputed = excluded.disputed,
            level = excluded.level, days = excluded.days, calendar = excluded.calendar, answer_by = excluded.answer_by,
            closed_on = excluded.closed_on, outcome = excluded.outcome, said = excluded.said");
        Ok(())
    }

    fn write_promises<'c>(&self, under: &Under<'_>, rows: impl Iterator<Item = &'c Promise>) -> Result<()> {
        insert!(self.inner, "promise", for it in rows, {
            id: it.id,
            engagement: under.engagement,
            placement: it.placement,
            file: under.file,
            line: number(it.line),
            kind: it.kind.name(),
            due_on: text(it.due_on),
            minor: it.minor,
            covered: it.covered,
            state: it.state.name(),
        } "ON CONFLICT (id) DO UPDATE SET covered = excluded.covered, state = excluded.state");
        Ok(())
    }

    fn write_requests<'c>(&self, rows: impl Iterator<Item = &'c Request>) -> Result<()> {
        insert!(self.inner, "evidence_request", for it in rows, {
            id: it.id,
            placement: it.placement,
            identifier: it.identifier,
            matter: it.matter,
            kind: it.kind,
            asked_at: it.asked_at,
            answer_by: text(it.answer_by),
            given: it.given,
        } "ON CONFLICT (id) DO UPDATE SET given = excluded.given");
        Ok(())
    }

    fn write_evidence<'c>(&self, under: &Under<'_>, rows: impl Iterator<Item = &'c Given>) -> Result<()> {
        insert!(self.inner, "evidence", for it in rows, {
            placement: it.placement,
            matter: it.matter,
            file: under.file,
            line: number(it.line),
            kind: it.kind,
            media_type: it.media_type,
            bytes: it.bytes,
            sha256: it.sha256,
            location: it.location,
            asked_by: it.asked_by,
            given_by: it.given_by,
            given_at: it.given_at,
            checked: it.checked,
        });
        Ok(())
    }

    fn write_exceptions<'c>(
        &self,
        under: &Under<'_>,
        rows: impl Iterator<Item = &'c Exception>,
    ) -> Result<()> {
        for it in rows {
            let candidates = candidates(&it.candidates)?;
            insert!(self.inner, "exception" {
                engagement: under.engagement,
                placement: it.placement,
                file: under.file,
                line: number(it.line),
                side: under.side.name(),
                code: it.code,
                kind: it.kind,
                account: it.account,
                candidates: candidates,
                identifier: it.identifier,
                minor: it.minor,
                effect_on: text(it.on),
                document: it.document,
            })?;
            let exception = self.inner.last_insert_rowid();
            self.refer_exception(under.engagement, exception, &it.references)?;
        }
        Ok(())
    }

    fn write_figures<'c>(&self, under: &Under<'_>, rows: impl Iterator<Item = &'c Figures>) -> Result<()> {
        insert!(self.inner, "reconciliation", for it in rows, {
            placement: it.placement,
            side: under.side.name(),
            file: under.file,
            line: number(it.line),
            as_of: text(it.as_of),
            placed: it.placed,
            paid: it.paid,
            balance: it.balance,
        } "ON CONFLICT (placement, side, as_of) DO UPDATE SET file = excluded.file, line = excluded.line,
            placed = excluded.placed, paid = excluded.paid, balance = excluded.balance");
        Ok(())
    }

    fn write_events<'c>(&self, under: &Under<'_>, rows: impl Iterator<Item = &'c Event>) -> Result<()> {
        insert!(self.inner, "event", for it in rows, {
            file: under.file,
            placement: it.placement,
            line: number(it.line),
            kind: it.kind,
            effect_on: text(it.on),
            before: it.moved.map(|(before, _)| before.name()),
            after: it.moved.map(|(_, after)| after.name()),
            document: it.document,
            booked_by: under.booked_by,
        });
        Ok(())
    }
}
