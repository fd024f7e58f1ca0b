//! What has fallen due is applied, in order, and either side is told. A tick does nothing else; every other act that
//! books does it before its work and after it. So a day means the same whether a tick came before, after or never.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Side;
use jiff::Timestamp;

use super::answers::Answers;
use super::booking::Booking;
use super::options::{ActOptions, Progress};
use crate::booking::{Placed, Stop};
use crate::case::{Due, Move};
use crate::engine::CancelToken;
use crate::error::{Error, Result};

/// How many placements made each move, and how many promises were not kept (`break_promise`).
pub(super) type Moves = BTreeMap<String, u64>;

/// What falls due around the work of an act that is no tick.
pub(super) struct Around<'a> {
    pub(super) at: Timestamp,
    pub(super) cancel: &'a CancelToken,
    /// What fell due so far.
    pub(super) moves: Moves,
}

impl<'a> Around<'a> {
    pub(super) fn new(at: Timestamp, cancel: &'a CancelToken) -> Self {
        Self { at, cancel, moves: Moves::new() }
    }

    /// Applies what has fallen due by the day of the act. It has a row of its own among the files, as that of a tick, so
    /// that the file that is exchanged has only what it says.
    pub(super) fn catch_up(
        &mut self,
        booking: &mut Booking<'_>,
        answers: &mut Answers<'_, '_>,
        options: &mut ActOptions<'_>,
    ) -> Result<()> {
        let (transaction, engagement) = (booking.transaction, booking.engagement_id);
        if !transaction.has_due(engagement, booking.today)? {
            return Ok(());
        }
        let mut told = |done| {
            if let Some(progress) = options.progress.as_mut() {
                progress(Progress::Accounts { done, all: None });
            }
        };
        let own = transaction.begin_own(engagement, "tick", self.at)?;
        let file = std::mem::replace(&mut booking.file, own);
        let moves = catch_up(booking, answers, self.cancel, &mut told);
        booking.file = file;
        for (name, count) in moves? {
            *self.moves.entry(name).or_default() += count;
        }
        Ok(())
    }
}

/// Applies everything of the engagement that has fallen due by the day of the act, in the order of the days it fell due
/// on, and tells the sides. What was applied is of the booking's file. `told` hears how many accounts are done.
pub(super) fn catch_up(
    booking: &mut Booking<'_>,
    answers: &mut Answers<'_, '_>,
    cancel: &CancelToken,
    told: &mut dyn FnMut(u64),
) -> Result<Moves> {
    let (transaction, engagement, today) = (booking.transaction, booking.engagement_id, booking.today);
    let mut moves = BTreeMap::new();
    let broken = transaction.break_promises(engagement, booking.file, today)?;
    if broken > 0 {
        moves.insert("break_promise".to_owned(), broken);
    }
    let (mut last, mut done) = (None, 0);
    loop {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let Some(placed) = transaction.next_due(engagement, today)? else { return Ok(moves) };
        let Some(due) = placed.due_by(booking.contract, today) else {
            // The day is not the one that the contract gives.
            booking.rewrite(placed)?;
            continue;
        };
        // Whatever falls due changes the state, so nothing falls due twice.
        let this = (placed.id, due);
        if last.replace(this) == Some(this) {
            return Err(Error::Invariant(format!("placement {} does not get past {due:?}", placed.id)));
        }
        fall_due(booking, answers, placed, due)?;
        *moves.entry(due.by.name().to_owned()).or_default() += 1;
        done += 1;
        told(done);
    }
}

fn fall_due(
    booking: &mut Booking<'_>,
    answers: &mut Answers<'_, '_>,
    placed: Placed,
    due: Due,
) -> Result<()> {
    let (id, account) = (placed.id, placed.account_key().map_err(Stop::into_failure)?);
    booking.know(&placed);
    let notices = booking.draft(|draft| draft.fall_due(placed, account, due)).map_err(Stop::into_failure)?;
    if due.by == Move::Send {
        let document = booking.transaction.placed_document(id)?;
        answers.send(Side::Agency, "placement", &document)?;
    }
    for (to, item) in notices {
        answers.send_item(to, &item)?;
    }
    Ok(())
}

impl Booking<'_> {
    /// Writes a placement again, with the day on which something falls due under the present terms.
    fn rewrite(&mut self, placed: Placed) -> Result<()> {
        self.know(&placed);
        self.draft(|draft| draft.new_terms(placed)).map_err(Stop::into_failure)
    }
}
