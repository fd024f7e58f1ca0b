//! Writes what documents changed, table by table.

use bailiwick_sdk::value::Day;

use super::Transaction;
use super::columns::{insert, mark, update};
use crate::booking::{
    Changes, Earning, Entrusted, Event, Exception, Figures, Given, Matter, Placed, Promise, Request,
    Transfer, level_name,
};
use crate::case::Dates;
use crate::engagement::Terms;
use crate::error::Result;

/// In which engagement and of which file rows are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Under<'a> {
    pub(crate) engagement: i64,
    /// The engagement's creditor.
    pub(crate) creditor: &'a str,
    pub(crate) file: i64,
    /// The side that sent the file.
    pub(crate) side: bailiwick_sdk::context::Side,
    pub(crate) terms: &'a Terms,
}

fn text(day: Option<Day>) -> Option<String> {
    day.map(|day| day.to_string())
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
        for entrusted in changes.clone().filter_map(|it| it.entrusted.as_ref()) {
            self.write_entrusted(under, entrusted)?;
        }
        self.write_placed(under, changes.clone().flat_map(|it| &it.placed))?;
        for row in changes.clone().flat_map(|it| &it.transfers) {
            self.write_transfer(under, row)?;
        }
        for earning in changes.clone().flat_map(|it| &it.earnings) {
            self.write_earning(earning)?;
        }
        for matter in changes.clone().flat_map(|it| &it.matters) {
            self.write_matter(matter)?;
        }
        for promise in changes.clone().flat_map(|it| &it.promises) {
            self.write_promise(under, promise)?;
        }
        for request in changes.clone().flat_map(|it| &it.requests) {
            self.write_request(request)?;
        }
        for given in changes.clone().flat_map(|it| &it.evidence) {
            self.write_evidence(under, given)?;
        }
        for exception in changes.clone().flat_map(|it| &it.exceptions) {
            self.write_exception(under, exception)?;
        }
        for figures in changes.clone().flat_map(|it| &it.figures) {
            self.write_figures(under, figures)?;
        }
        for event in changes.flat_map(|it| &it.events) {
            self.write_event(under, event)?;
        }
        Ok(())
    }

    fn write_entrusted(&self, under: &Under<'_>, it: &Entrusted<'_>) -> Result<()> {
        self.write_person(under, &it.person)?;
        let placed = &it.placed;
        let [principal, interest, penalty, late_fee, costs, other] = placed.balance.0;
        insert!(self.inner, "placement" {
            id: placed.id,
            engagement: under.engagement,
            person: it.person.id,
            account: placed.account,
            round: placed.round,
            file: placed.file,
            line: number(it.line).unwrap_or_default(),
            state: placed.state,
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
            due_on: text(placed.due_on(under.terms)),
            status: placed.status,
            document: it.document,
        })?;
        Ok(())
    }

    /// Of a placement that changed several times, the last record counts.
    fn write_placed<'c>(&self, under: &Under<'_>, changed: impl Iterator<Item = &'c Placed>) -> Result<()> {
        let mut last = std::collections::BTreeMap::new();
        for placed in changed {
            last.insert(placed.id, placed);
        }
        last.into_values().try_for_each(|placed| self.write_record(under, placed))
    }

    fn write_record(&self, under: &Under<'_>, placed: &Placed) -> Result<()> {
        let [principal, interest, penalty, late_fee, costs, other] = placed.balance.0;
        let Dates { term_ends_on, announce_on, recall_on, objected_until, ended_on, .. } = placed.dates;
        let (earned, earned_micro) =
            placed.earned.parts().map_err(|error| crate::error::Error::Invariant(error.to_string()))?;
        update!(self.inner, "placement", placed.id, {
            state: placed.state,
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
            due_on: text(placed.due_on(under.terms)),
            in_error: placed.in_error,
        })?;
        Ok(())
    }

    fn write_transfer(&self, under: &Under<'_>, row: &Transfer) -> Result<()> {
        let [principal, interest, penalty, late_fee, costs, other] = row.buckets.0;
        insert!(self.inner, "transfer" {
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
        })?;
        Ok(())
    }

    fn write_earning(&self, it: &Earning) -> Result<()> {
        let (whole, micro) =
            it.earned.parts().map_err(|error| crate::error::Error::Invariant(error.to_string()))?;
        insert!(self.inner, "earning" {
            payment: it.payment,
            schedule: it.schedule,
            rate_ppm: it.rate_ppm,
            base: it.base,
            whole: whole,
            micro: micro,
            no_fee: it.no_fee,
        })?;
        Ok(())
    }

    fn write_matter(&self, it: &Matter) -> Result<()> {
        insert!(self.inner, "matter" {
            id: it.id,
            placement: it.placement,
            kind: it.kind.name(),
            identifier: it.identifier,
            stage: it.stage,
            hold: it.hold,
            disputed: it.disputed,
            level: level_name(it.level),
            days: it.days,
            calendar: it.calendar,
            answer_by: it.answer_by.to_string(),
            received_on: it.received_on.to_string(),
            closed_on: text(it.closed_on),
            outcome: it.outcome,
            said: it.said,
        } "ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, hold = excluded.hold, disputed = excluded.disputed,
            level = excluded.level, days = excluded.days, calendar = excluded.calendar, answer_by = excluded.answer_by,
            closed_on = excluded.closed_on, outcome = excluded.outcome, said = excluded.said")?;
        Ok(())
    }

    fn write_promise(&self, under: &Under<'_>, it: &Promise) -> Result<()> {
        insert!(self.inner, "promise" {
            id: it.id,
            engagement: under.engagement,
            placement: it.placement,
            file: under.file,
            line: number(it.line),
            kind: it.kind.name(),
            due_on: it.due_on.to_string(),
            minor: it.minor,
            covered: it.covered,
            state: it.state.name(),
        } "ON CONFLICT (id) DO UPDATE SET covered = excluded.covered, state = excluded.state")?;
        Ok(())
    }

    fn write_request(&self, it: &Request) -> Result<()> {
        insert!(self.inner, "evidence_request" {
            id: it.id,
            placement: it.placement,
            identifier: it.identifier,
            matter: it.matter,
            kind: it.kind,
            asked_at: it.asked_at,
            answer_by: text(it.answer_by),
            given: it.given,
        } "ON CONFLICT (id) DO UPDATE SET given = excluded.given")?;
        Ok(())
    }

    fn write_evidence(&self, under: &Under<'_>, it: &Given) -> Result<()> {
        insert!(self.inner, "evidence" {
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
        })?;
        Ok(())
    }

    fn write_exception(&self, under: &Under<'_>, it: &Exception) -> Result<()> {
        insert!(self.inner, "exception" {
            engagement: under.engagement,
            placement: it.placement,
            file: under.file,
            line: number(it.line),
            code: it.code,
            identifier: it.identifier,
            minor: it.minor,
            effect_on: it.on.to_string(),
            document: it.document,
        })?;
        Ok(())
    }

    fn write_figures(&self, under: &Under<'_>, it: &Figures) -> Result<()> {
        insert!(self.inner, "reconciliation" {
            placement: it.placement,
            side: under.side.name(),
            file: under.file,
            line: number(it.line),
            as_of: it.as_of.to_string(),
            placed: it.placed,
            paid: it.paid,
            balance: it.balance,
        } "ON CONFLICT (placement, side, as_of) DO UPDATE SET file = excluded.file, line = excluded.line,
            placed = excluded.placed, paid = excluded.paid, balance = excluded.balance")?;
        Ok(())
    }

    fn write_event(&self, under: &Under<'_>, it: &Event) -> Result<()> {
        insert!(self.inner, "event" {
            file: under.file,
            placement: it.placement,
            line: number(it.line),
            kind: it.kind,
            effect_on: text(it.on),
            before: it.moved.map(|(before, _)| before.name()),
            after: it.moved.map(|(_, after)| after.name()),
            document: it.document,
        })?;
        Ok(())
    }
}
