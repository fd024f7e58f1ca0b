//! Time passes: what has fallen due is applied, in order, and either side is told.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{ClosingReason, Item, Recall, RecallStage, Return};
use bailiwick_sdk::value::{Code, Day, Key, Minor};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::booking::{Booked, Booking, Stop};
use super::own::{Act, Acting, failed};
use super::placed::Placed;
use super::placements::number;
use super::report::ReportProblem;
use crate::audit::Entry;
use crate::book::{Book, DisputeRow, Which, stored};
use crate::case::{Due, Move};
use crate::engagement::Engagement;
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::home::Host;

/// What a tick did in one engagement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TickReport {
    /// The engagement.
    pub engagement: String,
    /// The day that had come, in the engagement's zone.
    pub today: String,
    /// How many placements made each move: `expire`, `recall`, `close`, …; and `break_promise`, how many
    /// promises were not kept.
    pub moves: BTreeMap<String, u64>,
    /// The files written for either side, below the home.
    pub answers: Vec<String>,
    /// Warnings: what no plugin of a side writes.
    pub problems: Vec<ReportProblem>,
    /// Disputes and complaints whose last day to answer is over.
    pub overdue: Vec<DisputeRow>,
    /// Overdue ones beyond those listed.
    pub overdue_not_listed: u64,
}

/// Overdue disputes and complaints that a tick lists; more are counted.
const OVERDUE_LISTED_MAX: usize = 1_000;

/// A document on its way to a side.
type Notice = (Side, Item);

impl Host {
    /// Applies everything of an engagement that has fallen due at an instant, in the order of the days it
    /// fell due on, and writes the files that follow from it. All of it happens or nothing does; a
    /// second time it does nothing.
    ///
    /// # Errors
    /// The engagement, a plugin, the machine. The book is then as it was.
    pub fn tick(&self, engagement: &str, at: Timestamp, cancel: &CancelToken) -> Result<TickReport> {
        let engagement = self.engagement(engagement)?;
        let cancel = &self.bounds.until(cancel);
        let act = Act { engagement: &engagement, what: "tick", from: Side::Bank, at, cancel };
        let today = act.context()?.today;
        let mut report = TickReport {
            engagement: engagement.name.clone(),
            today: today.to_string(),
            ..TickReport::default()
        };
        let mut writing = self.write()?;
        writing.book.disputes(&engagement.name, Which::Overdue, today, |row| {
            match report.overdue.len() < OVERDUE_LISTED_MAX {
                true => report.overdue.push(row),
                false => report.overdue_not_listed += 1,
            }
        })?;
        if nothing_due(&writing.book, &engagement, today)? {
            return Ok(report);
        }
        let entry = |moves: &BTreeMap<String, u64>, act, answers| Entry::Tick {
            act,
            engagement: engagement.name.clone(),
            today: today.to_string(),
            moves: moves.clone(),
            answers,
            answers_not_listed: 0,
        };
        let (moves, written) =
            act.carry_out(self, &mut writing, |acting| apply_all(acting, cancel), entry)?;
        (report.moves, report.answers, report.problems) = (moves, written.answers, written.problems);
        Ok(report)
    }
}

fn nothing_due(book: &Book, engagement: &Engagement, today: Day) -> Result<bool> {
    let due: Option<i64> = book
        .connection
        .query_row(
            "SELECT p.id FROM placement p JOIN engagement e ON e.id = p.engagement
             WHERE e.name = ?1 AND p.due_on <= ?2
             UNION ALL SELECT q.id FROM promise q JOIN engagement e ON e.id = q.engagement
             WHERE e.name = ?1 AND q.state = 'open' AND q.due_on < ?2
             UNION ALL SELECT id FROM engagement WHERE name = ?1 AND terms <> ?3 LIMIT 1",
            params![engagement.name, today.to_string(), engagement.terms.fingerprint()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(due.is_none())
}

fn apply_all(acting: Acting<'_, '_, '_, '_>, cancel: &CancelToken) -> Result<BTreeMap<String, u64>> {
    let Acting { booking, answers } = acting;
    let mut moves = BTreeMap::new();
    booking.new_terms().map_err(failed)?;
    let broken = booking.break_promises(booking.today).map_err(failed)?;
    if broken > 0 {
        moves.insert("break_promise".to_owned(), broken);
    }
    let mut json = Vec::new();
    let mut last = None;
    loop {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let Some(mut placed) = booking.next_due(booking.today).map_err(failed)? else { return Ok(moves) };
        let due = placed.dates.due(placed.state, placed.holds, &booking.engagement.terms);
        let Some(due) = due.filter(|due| due.on <= booking.today) else {
            // The contract changed since the day was worked out.
            booking.save(&placed).map_err(failed)?;
            continue;
        };
        // Whatever falls due changes the state, so nothing falls due twice.
        let this = (placed.id, due);
        if last.replace(this) == Some(this) {
            return Err(Error::Invariant(format!("placement {} does not get past {due:?}", placed.id)));
        }
        let before = placed.state;
        let notices = booking.fall_due(&mut placed, due).map_err(failed)?;
        booking.passed(&placed, before, due).map_err(failed)?;
        booking.save(&placed).map_err(failed)?;
        *moves.entry(due.by.name().to_owned()).or_default() += 1;
        if due.by == Move::Send {
            let document = booking.placed_document(placed.id).map_err(failed)?;
            answers.send(Side::Agency, "placement", &document)?;
        }
        for (to, item) in notices {
            json.clear();
            item.write_line(&mut json);
            json.pop();
            answers.send(to, item.kind(), &json)?;
        }
    }
}

impl Booking<'_> {
    /// Works out again what falls due when, if the contract's terms changed.
    fn new_terms(&self) -> Booked {
        let terms = self.engagement.terms.fingerprint();
        let changed = self.transaction.execute(
            "UPDATE engagement SET terms = ?2 WHERE id = ?1 AND terms <> ?2",
            params![self.engagement_id, terms],
        )?;
        if changed == 0 {
            return Ok(());
        }
        let mut last = 0;
        while let Some(placed) = self.next_unfinished(last)? {
            last = placed.id;
            self.save(&placed)?;
        }
        Ok(())
    }

    /// Applies what is due; the documents that tell either side.
    fn fall_due(&self, placed: &mut Placed, due: Due) -> Booked<Vec<Notice>> {
        match due.by {
            Move::AnnounceRecall => {
                self.announce_recall(placed, due.on)?;
                let mut recall = self.recalled(placed, RecallStage::Pending, due.on)?;
                // The day it is final is too late to object.
                recall.objection_on = placed.dates.recall_on.and_then(day_before);
                Ok(vec![(Side::Agency, recall.into())])
            }
            Move::Recall => {
                self.end(placed, Move::Recall, due.on)?;
                self.ended(placed, ClosingReason::Recalled, due.on)
            }
            Move::Expire => {
                let last = placed.dates.term_ends_on.unwrap_or(due.on);
                self.end(placed, Move::Expire, last)?;
                self.ended(placed, ClosingReason::Expired, last)
            }
            Move::Lapse => {
                let last = day_before(due.on).unwrap_or(due.on);
                self.end(placed, Move::Lapse, last)?;
                self.ended(placed, ClosingReason::AgencyRefused, last)
            }
            by => {
                placed.go(by)?;
                Ok(Vec::new())
            }
        }
    }

    /// The agency no longer holds the account; the bank has it back.
    fn ended(&self, placed: &Placed, reason: ClosingReason, on: Day) -> Booked<Vec<Notice>> {
        let minor = |minor: i64| Minor::new(minor);
        let mut back = Return::new(account(placed)?, reason, on);
        back.account_number = number(&placed.account_number);
        back.currency = Some(self.engagement.currency);
        back.placed = minor(placed.placed);
        back.paid = minor(placed.paid - placed.reversed);
        back.remaining = minor(placed.owed()?);
        Ok(vec![
            (Side::Agency, self.recalled(placed, RecallStage::Final, on)?.into()),
            (Side::Bank, back.into()),
        ])
    }

    fn recalled(&self, placed: &Placed, stage: RecallStage, on: Day) -> Booked<Recall> {
        let mut recall = Recall::new(account(placed)?, stage);
        recall.account_number = number(&placed.account_number);
        recall.on = Some(on);
        recall.reason = self.engagement.terms.recall.reason.as_deref().and_then(Code::trimmed);
        Ok(recall)
    }

    /// Keeps what passed as an event without a document.
    fn passed(&self, placed: &Placed, before: crate::case::State, due: Due) -> Booked {
        self.transaction
            .prepare_cached(
                "INSERT INTO event (file, placement, kind, effect_on, before, after, document)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, x'')",
            )?
            .execute(params![
                self.file,
                placed.id,
                due.by.name(),
                due.on.to_string(),
                before.name(),
                placed.state.name()
            ])?;
        Ok(())
    }

    fn placed_document(&self, id: i64) -> Booked<Vec<u8>> {
        let mut statement =
            self.transaction.prepare_cached("SELECT document FROM placement WHERE id = ?1")?;
        let document = statement.query_row([id], |row| row.get(0))?;
        stored::document(document).map_err(Stop::Failed)
    }
}

fn day_before(day: Day) -> Option<Day> {
    day.date().yesterday().ok().map(Day::from)
}

fn account(placed: &Placed) -> Booked<Key> {
    stored::key(&placed.account).map_err(Stop::Failed)
}
