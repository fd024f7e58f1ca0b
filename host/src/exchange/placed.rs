//! A placement as the book has it: found, moved, written back.

use bailiwick_sdk::document::HoldReason;
use bailiwick_sdk::value::Day;
use rusqlite::{OptionalExtension, Row, params};

use super::booking::{Booked, Booking, Stop, refuse, refuse_at};
use crate::book::buckets;
use crate::case::{Dates, Holds, Move, State};
use crate::error::Error;
use crate::money::{Basis, Buckets, Earned};

/// A placement as the book has it.
pub(crate) struct Placed {
    pub(crate) id: i64,
    pub(crate) account: String,
    pub(crate) round: i64,
    pub(crate) state: State,
    pub(crate) holds: Holds,
    pub(crate) balance: Buckets,
    pub(crate) placed: i64,
    pub(crate) paid: i64,
    pub(crate) reversed: i64,
    pub(crate) adjusted: i64,
    pub(crate) commission: i64,
    pub(crate) tax: i64,
    pub(crate) earned: Earned,
    pub(crate) account_number: Option<String>,
    pub(crate) party: Option<String>,
    pub(crate) basis: Option<String>,
    pub(crate) aged_from: Option<Day>,
    pub(crate) dates: Dates,
    pub(crate) in_error: bool,
    pub(crate) status: Option<String>,
}

const COLUMNS: &str = "SELECT id, account, round, state, holds, principal, interest, penalty, late_fee, costs, other, placed,
    paid, reversed, adjusted, commission, tax, earned, earned_micro, account_number, party, basis, aged_from,
    placed_on, term_ends_on, announce_on, recall_on, objected_until, ended_on, in_error, status FROM placement";

fn day(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Day>> {
    let text = row.get_ref(at)?.as_str_or_null()?;
    Ok(text.and_then(|text| text.parse().ok()))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Placed> {
    Ok(Placed {
        id: row.get(0)?,
        account: row.get(1)?,
        round: row.get(2)?,
        state: row.get(3)?,
        holds: Holds::from_bits(row.get(4)?),
        balance: buckets(row, 5)?,
        placed: row.get(11)?,
        paid: row.get(12)?,
        reversed: row.get(13)?,
        adjusted: row.get(14)?,
        commission: row.get(15)?,
        tax: row.get(16)?,
        earned: Earned::from_parts(row.get(17)?, row.get(18)?),
        account_number: row.get(19)?,
        party: row.get(20)?,
        basis: row.get(21)?,
        aged_from: day(row, 22)?,
        dates: Dates {
            placed_on: day(row, 23)?,
            term_ends_on: day(row, 24)?,
            announce_on: day(row, 25)?,
            recall_on: day(row, 26)?,
            objected_until: day(row, 27)?,
            ended_on: day(row, 28)?,
        },
        in_error: row.get(29)?,
        status: row.get(30)?,
    })
}

impl Placed {
    /// What is owed, in minor units.
    pub(crate) fn owed(&self) -> Booked<i64> {
        Ok(self.balance.sum()?)
    }

    /// The account's own terms of commission.
    pub(crate) fn own_terms(&self) -> Booked<Basis> {
        match &self.basis {
            None => Ok(Basis::default()),
            Some(json) => serde_json::from_str(json).map_err(|error| {
                Stop::Failed(Error::Invariant(format!("the terms of placement {}: {error}", self.id)))
            }),
        }
    }

    /// Whether it is with a court.
    pub(crate) fn is_legal(&self) -> bool {
        self.holds.reasons().any(|reason| reason == HoldReason::Legal)
    }

    /// Moves it.
    pub(crate) fn go(&mut self, by: Move) -> Booked {
        self.state = self.state.after(by, self.holds)?;
        Ok(())
    }
}

impl Booking<'_> {
    fn one(&self, rest: &str, parameters: impl rusqlite::Params) -> Booked<Option<Placed>> {
        let sql = format!("{COLUMNS} {rest}");
        Ok(self.transaction.prepare_cached(&sql)?.query_row(parameters, from_row).optional()?)
    }

    /// The latest placement of an account.
    pub(crate) fn latest(&self, account: &str) -> Booked<Option<Placed>> {
        self.one(
            "WHERE account = ?2 AND engagement = ?1 ORDER BY round DESC LIMIT 1",
            params![self.engagement_id, account],
        )
    }

    /// A placement by its number.
    pub(crate) fn placement_by_id(&self, id: i64) -> Booked<Placed> {
        self.one("WHERE id = ?1", [id])?
            .ok_or_else(|| Stop::Failed(Error::Invariant(format!("there is no placement {id}"))))
    }

    /// The placement with the earliest thing that is due on a day or before it.
    pub(crate) fn next_due(&self, today: Day) -> Booked<Option<Placed>> {
        self.one(
            "WHERE engagement = ?1 AND due_on <= ?2 ORDER BY due_on, id LIMIT 1",
            params![self.engagement_id, today.to_string()],
        )
    }

    /// The first placement after another that something can still fall due for.
    pub(crate) fn next_unfinished(&self, after: i64) -> Booked<Option<Placed>> {
        self.one(
            "WHERE id > ?2 AND engagement = ?1 AND state NOT IN ('rejected', 'closed') ORDER BY id LIMIT 1",
            params![self.engagement_id, after],
        )
    }

    /// The latest placement of an account that must be there.
    pub(crate) fn open(&self, account: &str) -> Booked<Placed> {
        self.latest(account)?.ok_or_else(|| {
            refuse_at("unknown_account", "/account", "the account was never placed in this engagement")
        })
    }

    /// The placement of an account that a day belongs to: of several rounds the latest that had begun.
    pub(crate) fn open_on(&self, account: &str, on: Day) -> Booked<Placed> {
        let begun = self.one(
            "WHERE account = ?2 AND engagement = ?1 AND placed_on <= ?3 ORDER BY round DESC LIMIT 1",
            params![self.engagement_id, account, on.to_string()],
        )?;
        match begun {
            Some(placed) => Ok(placed),
            None => self.open(account),
        }
    }

    /// A placement, for something that happened on a day: after its end, nothing of the holder counts.
    pub(crate) fn holder_on(&self, account: &str, on: Option<Day>) -> Booked<Placed> {
        let placed = match on {
            Some(on) => self.open_on(account, on)?,
            None => self.open(account)?,
        };
        match placed.dates.ended_on {
            Some(ended) if on.is_none_or(|on| on > ended) => Err(refuse(
                "placement_ended",
                format!(
                    "the placement is {} since {ended}; what happened later does not count",
                    placed.state
                ),
            )),
            _ => Ok(placed),
        }
    }

    /// Writes a placement back.
    pub(crate) fn save(&self, placed: &Placed) -> Booked {
        let whole = placed.balance.sum()?;
        // Placed, plus adjustments, less what was paid net, is what is owed: always.
        let want = i128::from(placed.placed) + i128::from(placed.adjusted) - i128::from(placed.paid)
            + i128::from(placed.reversed);
        if want != i128::from(whole) {
            return Err(Stop::Failed(Error::Invariant(format!(
                "placement {}: placed + adjusted - paid + reversed is {want}, the balance is {whole}",
                placed.id
            ))));
        }
        let [principal, interest, penalty, late_fee, costs, other] = placed.balance.0;
        let text = |day: Option<Day>| day.map(|day| day.to_string());
        let Dates { term_ends_on, announce_on, recall_on, objected_until, ended_on, .. } = placed.dates;
        let due = placed.dates.due(placed.state, placed.holds, &self.engagement.terms);
        let (earned, earned_micro) = placed.earned.parts()?;
        self.transaction
            .prepare_cached(
                "UPDATE placement SET state = ?2, holds = ?3, principal = ?4, interest = ?5, penalty = ?6, late_fee = ?7,
                        costs = ?8, other = ?9, paid = ?10, reversed = ?11, adjusted = ?12, status = ?13, term_ends_on = ?14,
                        announce_on = ?15, recall_on = ?16, objected_until = ?17, ended_on = ?18, due_on = ?19,
                        in_error = ?20, commission = ?21, tax = ?22, earned = ?23, earned_micro = ?24
                 WHERE id = ?1",
            )?
            .execute(params![
                placed.id,
                placed.state,
                placed.holds.bits(),
                principal,
                interest,
                penalty,
                late_fee,
                costs,
                other,
                placed.paid,
                placed.reversed,
                placed.adjusted,
                placed.status,
                text(term_ends_on),
                text(announce_on),
                text(recall_on),
                text(objected_until),
                text(ended_on),
                text(due.map(|due| due.on)),
                placed.in_error,
                placed.commission,
                placed.tax,
                earned,
                earned_micro
            ])?;
        Ok(())
    }

    /// The round of a new placement of an account: 1 if it was never placed, one more for each time it was.
    /// An account is open once only, and with one agency of a creditor.
    pub(crate) fn next_round(&self, account: &str, customer: Option<&str>) -> Booked<i64> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT engagement, round, state, file FROM placement WHERE account = ?1 ORDER BY engagement, round",
        )?;
        let mut rows = statement.query([account])?;
        let mut next = 1;
        while let Some(row) = rows.next()? {
            let (engagement, round, state, file): (i64, i64, State, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            if engagement != self.engagement_id {
                if !state.has_ended() {
                    self.refuse_other_agency(engagement, "already_placed", "/account", "the account")?;
                }
                continue;
            }
            if file == self.file {
                return Err(refuse_at(
                    "duplicate_account",
                    "/account",
                    "the file places the account twice; the first counts",
                ));
            }
            if !state.has_ended() {
                return Err(refuse_at(
                    "already_placed",
                    "/account",
                    format!("the account is placed already and is {state}; recall it first"),
                ));
            }
            next = round + 1;
        }
        if let Some(customer) = customer {
            self.customer_elsewhere(customer)?;
        }
        Ok(next)
    }

    fn customer_elsewhere(&self, customer: &str) -> Booked {
        let mut statement =
            self.transaction.prepare_cached("SELECT engagement, state FROM placement WHERE customer = ?1")?;
        let mut rows = statement.query([customer])?;
        while let Some(row) = rows.next()? {
            let (engagement, state): (i64, State) = (row.get(0)?, row.get(1)?);
            if engagement != self.engagement_id && !state.has_ended() {
                let what = "an account of the same customer";
                self.refuse_other_agency(engagement, "customer_with_other_agency", "/customer", what)?;
            }
        }
        Ok(())
    }

    /// Refuses if an engagement is of the same creditor with another agency.
    fn refuse_other_agency(
        &self,
        engagement: i64,
        code: &'static str,
        pointer: &'static str,
        what: &str,
    ) -> Booked {
        let (name, creditor, agency): (String, String, String) = self
            .transaction
            .prepare_cached("SELECT name, creditor, agency FROM engagement WHERE id = ?1")?
            .query_row([engagement], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if creditor != self.engagement.creditor.as_str() || agency == self.engagement.agency.code.as_str() {
            return Ok(());
        }
        let message = format!(
            "another agency of the creditor holds {what}, in the engagement {name}; recall it there first"
        );
        Err(refuse_at(code, pointer, message))
    }
}
