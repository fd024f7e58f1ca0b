//! Applies moves that have fallen due, and tells both sides.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{ClosingReason, Item, Recall, RecallStage, Return};
use bailiwick_sdk::value::{AccountKey, Code, Day, Minor};

use super::changes::Event;
use super::draft::Draft;
use super::record::Placed;
use super::refused::{Booked, invariant};
use crate::case::{Due, Move};

/// A document on its way to a side.
pub(crate) type Notice = (Side, Item);

impl Draft<'_, '_> {
    /// Applies what has fallen due of the placements that the document began or changed. Everything else that is due was
    /// applied before the act began its work. An account without a day waits for the day of its file.
    pub(crate) fn settle(&mut self) -> Booked {
        let (contract, today) = (self.setting.contract, self.setting.today);
        let begun = self.changes.entrusted.iter().map(|it| &it.placed);
        // Of a placement that changed several times, the last record counts.
        let last: BTreeMap<i64, &Placed> =
            begun.chain(&self.changes.placed).map(|placed| (placed.id, placed)).collect();
        let dated = |it: &&Placed| it.dates.placed_on.is_some() && it.due_by(contract, today).is_some();
        let due: Vec<Placed> = last.into_values().filter(dated).cloned().collect();
        for mut placed in due {
            while let Some(due) = placed.due_by(contract, today) {
                // A draft whose day came was sent before; its document is not at hand here.
                if due.by == Move::Send {
                    break;
                }
                let account = placed.account_key()?;
                let (id, state) = (placed.id, placed.state);
                let notices = self.fall_due(placed, account, due)?;
                self.changes.notices.extend(notices);
                placed = match self.changes.placed.last() {
                    Some(moved) if moved.id == id && moved.state != state => moved.clone(),
                    _ => return Err(invariant(format!("placement {id} does not get past {due:?}"))),
                };
            }
        }
        Ok(())
    }

    /// Applies a move that is due. Returns the documents that tell the sides. `account` is the key of the placement's
    /// account.
    pub(crate) fn fall_due(
        &mut self,
        mut placed: Placed,
        account: AccountKey,
        due: Due,
    ) -> Booked<Vec<Notice>> {
        let before = placed.state;
        let notices = match due.by {
            Move::AnnounceRecall => {
                placed.announce_recall(due.on, self.terms_on(due.on))?;
                let mut recall = self.recalled(&placed, account, RecallStage::Pending, due.on)?;
                // On the day of the final recall it is too late to object.
                recall.objection_on = placed.dates.recall_on.and_then(day_before);
                vec![(Side::Agency, recall.into())]
            }
            Move::Recall => {
                placed.end(Move::Recall, due.on)?;
                self.ended(&placed, account, ClosingReason::Recalled, due.on)?
            }
            Move::Expire => {
                let last = placed.dates.term_ends_on.unwrap_or(due.on);
                placed.end(Move::Expire, last)?;
                self.ended(&placed, account, ClosingReason::Expired, last)?
            }
            Move::Lapse => {
                let last = day_before(due.on).unwrap_or(due.on);
                placed.end(Move::Lapse, last)?;
                self.ended(&placed, account, ClosingReason::AgencyRefused, last)?
            }
            by => {
                placed.go(by)?;
                Vec::new()
            }
        };
        self.changes.events.push(Event {
            placement: Some(placed.id),
            line: None,
            kind: due.by.name(),
            on: Some(due.on),
            moved: Some((before, placed.state)),
            document: Vec::new(),
        });
        self.changed(placed)?;
        Ok(notices)
    }

    /// The next due day is computed again.
    pub(crate) fn new_terms(&mut self, placed: Placed) -> Booked {
        self.changed(placed)
    }

    /// Tells both sides that the agency no longer holds the account and that the bank has it back.
    fn ended(
        &self,
        placed: &Placed,
        account: AccountKey,
        reason: ClosingReason,
        on: Day,
    ) -> Booked<Vec<Notice>> {
        let mut back = Return::new(account.clone(), reason, on);
        back.account_number = placed.number()?;
        back.currency = Some(self.engagement.currency);
        back.placed = Minor::new(placed.placed);
        back.paid = Minor::new(placed.paid - placed.reversed);
        back.remaining = Minor::new(placed.owed()?);
        Ok(vec![
            (Side::Agency, self.recalled(placed, account, RecallStage::Final, on)?.into()),
            (Side::Bank, back.into()),
        ])
    }

    fn recalled(&self, placed: &Placed, account: AccountKey, stage: RecallStage, on: Day) -> Booked<Recall> {
        let mut recall = Recall::new(account, stage);
        recall.account_number = placed.number()?;
        recall.on = Some(on);
        recall.reason = self.terms_on(on).recall.reason.as_deref().and_then(Code::trimmed);
        Ok(recall)
    }
}

fn day_before(day: Day) -> Option<Day> {
    day.date().yesterday().ok().map(Day::from)
}
