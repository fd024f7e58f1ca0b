//! Reading the book.

use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use super::list::{self, After, Rows};
use super::read::{Column, holds, of_table};
use super::{Book, Itemized};
use crate::case::{Holds, Stage, State};
use crate::error::{Error, Result};

/// Which accounts.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Filter {
    /// Only in this state.
    pub state: Option<State>,
}

impl Filter {
    /// Accounts of a state; none: of every state.
    pub fn of_state(state: impl Into<Option<State>>) -> Self {
        Self { state: state.into() }
    }
}

/// An account as the book has it. Amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountRow {
    /// The account.
    pub account: String,
    /// How many times it has been entrusted.
    pub round: u32,
    /// Its state.
    pub state: State,
    /// Why collection is on hold.
    pub holds: Holds,
    /// The agency's last status.
    pub status: Option<String>,
    /// The currency.
    pub currency: String,
    /// What was placed.
    pub placed: i64,
    /// What is owed now.
    pub balance: i64,
    /// Payments, reversals not taken off.
    pub paid: i64,
    /// Reversals.
    pub reversed: i64,
    /// Payments less reversals.
    pub net_paid: i64,
    /// Adjustments: more owed is positive, less owed (waivers) negative.
    pub adjusted: i64,
    /// Commission booked for the agency.
    pub commission: i64,
    /// Tax on it.
    pub tax: i64,
    /// The day it was entrusted.
    pub placed_on: Option<String>,
    /// The last day of the term.
    pub term_ends_on: Option<String>,
    /// The last day of the holder.
    pub ended_on: Option<String>,
    /// The next day on which something falls due.
    pub due_on: Option<String>,
    /// Placed in error: it counts in no report.
    pub in_error: bool,
    /// Disputes received.
    pub disputes: u32,
    /// Complaints received.
    pub complaints: u32,
    #[serde(skip)]
    pub(crate) id: i64,
}

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventRow {
    /// The file's name.
    pub file: String,
    /// The message.
    pub message: String,
    /// The line of the file.
    pub line: Option<u64>,
    /// The kind of document.
    pub kind: String,
    /// The day of it.
    pub on: Option<String>,
    /// The state before.
    pub before: Option<String>,
    /// The state after.
    pub after: Option<String>,
    /// What it moved in the ledger.
    pub moved: Vec<TransferRow>,
    /// What is owed after it, in minor units.
    pub owed: i64,
    #[serde(skip)]
    at: (i64, Option<i64>),
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TransferRow {
    /// What it is: `placement`, `payment`, `reversal`, `adjustment`, `waiver`, `decision`, `entitlement`,
    /// `commission`, `tax`.
    pub kind: String,
    /// The payment's identifier.
    pub identifier: Option<String>,
    /// The day of it.
    pub on: Option<String>,
    /// The ledger account that is charged.
    pub debit: String,
    /// The ledger account that is relieved.
    pub credit: String,
    /// Principal, interest, penalty, late fee, costs, other.
    pub buckets: [i64; 6],
    /// Their sum.
    pub minor: i64,
    /// Of a reversal: by what its payment was found, `identifier` or the kind of a reference.
    pub matched_by: Option<String>,
    #[serde(skip)]
    at: (i64, Option<i64>),
}

/// A dispute or complaint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MatterRow {
    /// `dispute` or `complaint`.
    pub kind: String,
    /// Its number.
    pub identifier: String,
    /// How far it is.
    pub stage: Stage,
    /// Who has to reply: `agency`, `bank`, `legal` or `regulator`.
    pub level: String,
    /// The last day to reply.
    pub answer_by: String,
    /// The part of the balance that it is about; none: the whole.
    pub disputed: Option<i64>,
    /// The day it was received.
    pub received_on: String,
    /// The day it was closed.
    pub closed_on: Option<String>,
    /// What was decided.
    pub outcome: Option<String>,
}

/// Everything the book has of an account's latest placement, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountView {
    /// The account.
    #[serde(flatten)]
    pub account: AccountRow,
    /// What happened.
    pub events: Vec<EventRow>,
    /// What moved.
    pub transfers: Vec<TransferRow>,
    /// How the amount owed came about.
    pub itemized: Itemized,
    /// What is disputed or complained of.
    pub matters: Vec<MatterRow>,
    /// What was promised.
    pub promises: Vec<PromiseRow>,
}

/// A promise, an item dated ahead, or an instalment of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PromiseRow {
    /// `promise`, `post_dated` or `instalment`.
    pub kind: String,
    /// The day it falls due.
    pub due_on: String,
    /// How much, in minor units.
    pub minor: i64,
    /// How much of it was paid.
    pub covered: i64,
    /// `open`, `kept`, `broken` or `replaced`.
    pub state: String,
}

const COLUMNS: &str = "p.id, p.account, p.round, p.state, p.holds, p.status, e.currency, p.placed,
    p.principal + p.interest + p.penalty + p.late_fee + p.costs + p.other, p.paid, p.reversed, p.adjusted,
    p.placed_on, p.term_ends_on, p.ended_on,
    (SELECT count(*) FROM matter m WHERE m.placement = p.id AND m.kind = 'dispute'),
    (SELECT count(*) FROM matter m WHERE m.placement = p.id AND m.kind = 'complaint'),
    p.commission, p.tax, p.due_on, p.in_error
    FROM placement p JOIN engagement e ON e.id = p.engagement WHERE e.name = ?1";

fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    of_table("placement with its engagement", row, read_account)
}

fn read_account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    let (paid, reversed): (i64, i64) = (row.get(9)?, row.get(10)?);
    Ok(AccountRow {
        id: row.get(0)?,
        account: row.get(1)?,
        round: row.get(2)?,
        state: State::read(row, 3)?,
        holds: holds(row, 4)?,
        status: row.get(5)?,
        currency: row.get(6)?,
        placed: row.get(7)?,
        balance: row.get(8)?,
        paid,
        reversed,
        net_paid: paid - reversed,
        adjusted: row.get(11)?,
        placed_on: row.get(12)?,
        term_ends_on: row.get(13)?,
        ended_on: row.get(14)?,
        disputes: row.get(15)?,
        complaints: row.get(16)?,
        commission: row.get(17)?,
        tax: row.get(18)?,
        due_on: row.get(19)?,
        in_error: row.get(20)?,
    })
}

impl Book {
    /// Every account of an engagement, in the order they were placed.
    pub(crate) fn accounts(self, engagement: &str, filter: &Filter) -> Rows<AccountRow> {
        let (engagement, state) = (engagement.to_owned(), filter.state);
        let sql =
            format!("SELECT {COLUMNS} AND (?2 IS NULL OR p.state = ?2) AND p.id > ?3 ORDER BY p.id LIMIT ?4");
        Rows::of(self, move |book, after, most| {
            list::collect(
                &book.connection,
                &sql,
                params![engagement, state.map(State::name), after.id, most],
                |row| {
                    let account = account(row)?;
                    Ok((After::number(account.id), account))
                },
            )
        })
    }

    /// Everything about one account.
    ///
    /// # Errors
    /// [`Error::NoAccount`].
    pub(crate) fn account(&self, engagement: &str, key: &str) -> Result<AccountView> {
        // All of one moment of the book: others may write meanwhile.
        let _moment = self.moment()?;
        let sql = format!("SELECT {COLUMNS} AND p.account = ?2 ORDER BY p.round DESC LIMIT 1");
        let found = self.connection.query_row(&sql, params![engagement, key], account).optional()?;
        let account = found
            .ok_or_else(|| Error::NoAccount { engagement: engagement.to_owned(), account: key.to_owned() })?;
        let mut events = vec![self.connection.query_row(
            "SELECT f.name, f.message, p.line, 'placement', p.placed_on, NULL, NULL, p.file, p.id
             FROM placement p JOIN file f ON f.id = p.file WHERE p.id = ?1",
            [account.id],
            |row| of_table("placement with its file", row, event),
        )?];
        let mut statement = self.connection.prepare(
            "SELECT f.name, f.message, e.line, e.kind, e.effect_on, e.before, e.after, e.file, e.id
             FROM event e JOIN file f ON f.id = e.file WHERE e.placement = ?1 ORDER BY e.id",
        )?;
        let rows = statement.query_map([account.id], |row| of_table("event with its file", row, event))?;
        events.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
        let mut statement = self.connection.prepare(
            "SELECT kind, identifier, effect_on, debit, credit, principal, interest, penalty, late_fee, costs, other,
                    file, line, matched_by, id
             FROM transfer WHERE placement = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([account.id], |row| of_table("transfer", row, transfer))?;
        let transfers = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        attach(&mut events, &transfers, account.state);
        let mut statement = self.connection.prepare(
            "SELECT kind, identifier, stage, level, answer_by, disputed, received_on, closed_on, outcome, id
             FROM matter WHERE placement = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([account.id], |row| of_table("matter", row, matter))?;
        let matters = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut statement = self.connection.prepare(
            "SELECT kind, due_on, minor, covered, state, id FROM promise WHERE placement = ?1 ORDER BY due_on, id",
        )?;
        let rows = statement.query_map([account.id], |row| of_table("promise", row, promise))?;
        let promises = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let itemized = self.itemized(account.id)?;
        Ok(AccountView { account, events, transfers, itemized, matters, promises })
    }
}

fn event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        file: row.get(0)?,
        message: row.get(1)?,
        line: super::read::line(row, 2)?,
        kind: row.get(3)?,
        on: row.get(4)?,
        before: row.get(5)?,
        after: row.get(6)?,
        moved: Vec::new(),
        owed: 0,
        at: (row.get(7)?, row.get(2)?),
    })
}

/// Gives each event what it moved and what is owed after it. What happened and what moved stand on the
/// same line of the same file.
fn attach(events: &mut [EventRow], transfers: &[TransferRow], now: State) {
    // The first state is where the first move began.
    let first = events.iter().find_map(|event| event.before.clone());
    if let Some(placed) = events.first_mut() {
        placed.after = Some(first.unwrap_or_else(|| now.name().to_owned()));
    }
    let mut owed = 0;
    let mut seen = Vec::new();
    for event in events {
        if !seen.contains(&event.at) {
            seen.push(event.at);
            event.moved = transfers.iter().filter(|transfer| transfer.at == event.at).cloned().collect();
        }
        for transfer in &event.moved {
            owed += match (transfer.debit.as_str(), transfer.credit.as_str()) {
                ("receivable", _) => transfer.minor,
                (_, "receivable") => -transfer.minor,
                _ => 0,
            };
        }
        event.owed = owed;
    }
}

fn transfer(row: &Row<'_>) -> rusqlite::Result<TransferRow> {
    let buckets = super::buckets(row, 5)?.0;
    Ok(TransferRow {
        kind: row.get(0)?,
        identifier: row.get(1)?,
        on: row.get(2)?,
        debit: row.get(3)?,
        credit: row.get(4)?,
        buckets,
        minor: buckets.iter().sum(),
        matched_by: row.get(13)?,
        at: (row.get(11)?, row.get(12)?),
    })
}

fn promise(row: &Row<'_>) -> rusqlite::Result<PromiseRow> {
    Ok(PromiseRow {
        kind: row.get(0)?,
        due_on: row.get(1)?,
        minor: row.get(2)?,
        covered: row.get(3)?,
        state: row.get(4)?,
    })
}

fn matter(row: &Row<'_>) -> rusqlite::Result<MatterRow> {
    Ok(MatterRow {
        kind: row.get(0)?,
        identifier: row.get(1)?,
        stage: Stage::read(row, 2)?,
        level: row.get(3)?,
        answer_by: row.get(4)?,
        disputed: row.get(5)?,
        received_on: row.get(6)?,
        closed_on: row.get(7)?,
        outcome: row.get(8)?,
    })
}
