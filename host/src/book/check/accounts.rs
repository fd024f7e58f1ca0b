//! The way through the book placement by placement: its document, then what happened to it, in the order in which that
//! was booked.

use std::collections::HashMap;

use bailiwick_sdk::document::{Item, Placement};
use bailiwick_sdk::value::Day;
use jiff::Timestamp;
use rusqlite::Row;

use super::contracts::Agreed;
use super::history::History;
use super::matters::Matters;
use super::money::Money;
use super::promised::Promised;
use super::told::Told;
use super::{LedgerCheck, Place, placed};
use crate::book::load::{PLACED, PLACED_COLUMNS, placed as read_placed};
use crate::book::read::{day, line, of_table};
use crate::book::{Book, stored};
use crate::booking::Placed;
use crate::case::State;
use crate::error::Result;

/// A placement with everything that its row has.
pub(super) struct Entrusted {
    pub(super) placed: Placed,
    pub(super) engagement: i64,
    pub(super) line: Option<u64>,
    pub(super) batch: Option<String>,
    pub(super) latest_on: Option<Day>,
    pub(super) due_on: Option<Day>,
    pub(super) document: Vec<u8>,
    pub(super) person_id: i64,
    pub(super) person: Option<String>,
    pub(super) person_kind: Option<String>,
    /// The moment of its file.
    pub(super) at: Option<Timestamp>,
    /// The day of an account before it in its file, if neither has a day of its own.
    pub(super) file_day: Option<Day>,
    /// The day from which it is aged is written as no release writes it now.
    pub(super) aged_odd: bool,
}

impl Entrusted {
    /// Whether its document is one that this release would write.
    pub(super) fn is_as_written(&self) -> bool {
        serde_json::from_slice::<Item>(&self.document).is_ok()
    }
}

fn entrusted(row: &Row<'_>) -> rusqlite::Result<Entrusted> {
    let at = |at: usize| PLACED_COLUMNS + at;
    let moment: Option<String> = row.get(at(8))?;
    Ok(Entrusted {
        placed: read_placed(row)?,
        engagement: row.get(PLACED_COLUMNS - 1)?,
        line: line(row, at(0))?.filter(|line| *line > 0),
        batch: row.get(at(1))?,
        latest_on: day(row, at(2))?,
        due_on: day(row, at(3))?,
        document: row.get(at(4))?,
        person_id: row.get(at(5))?,
        person: row.get(at(6))?,
        person_kind: row.get(at(7))?,
        at: moment.and_then(|at| at.parse().ok()),
        file_day: None,
        aged_odd: row.get(at(9))?,
    })
}

/// Something that happened to a placement.
pub(super) struct Happened {
    pub(super) id: i64,
    pub(super) file: i64,
    pub(super) line: Option<u64>,
    pub(super) kind: String,
    pub(super) on: Option<Day>,
    pub(super) moved: Option<(State, State)>,
    pub(super) booked_by: Option<i64>,
    /// It is of an act of the host: a tick, a decision, a remittance.
    pub(super) by_host: bool,
    /// The moment of the act that booked it.
    pub(super) at: Option<Timestamp>,
    /// The document; none if the host made it without one.
    pub(super) item: Option<Item>,
    /// The document is as this release would write it.
    pub(super) as_written: bool,
}

const EVENTS: &str = "
    SELECT v.id, v.file, v.line, v.kind, v.effect_on, v.before, v.after, v.booked_by, v.document,
           (SELECT f.side = 'host' FROM file f WHERE f.id = v.file),
           (SELECT f.at FROM file f WHERE f.id = coalesce(v.booked_by, v.file))
    FROM event v WHERE v.placement = ?1 ORDER BY v.id";

fn happened(row: &Row<'_>) -> rusqlite::Result<(Happened, Vec<u8>, bool)> {
    let state = |at: usize| -> rusqlite::Result<Option<State>> {
        let name: Option<String> = row.get(at)?;
        Ok(name.as_deref().and_then(State::named))
    };
    let written = |at: usize| row.get_ref(at).map(|it| it != rusqlite::types::ValueRef::Null);
    let (before, after) = (state(5)?, state(6)?);
    // A move has both states, or there is none.
    let odd = written(5)? != before.is_some()
        || written(6)? != after.is_some()
        || before.is_some() != after.is_some();
    let at: Option<String> = row.get(10)?;
    let document: Vec<u8> = row.get(8)?;
    let it = Happened {
        id: row.get(0)?,
        file: row.get(1)?,
        line: line(row, 2)?,
        kind: row.get(3)?,
        on: day(row, 4)?,
        moved: before.zip(after),
        booked_by: row.get(7)?,
        by_host: row.get::<_, Option<bool>>(9)?.unwrap_or_default(),
        at: at.and_then(|at| at.parse().ok()),
        item: None,
        as_written: true,
    };
    Ok((it, document, odd))
}

/// What is checked of one placement.
pub(super) struct Of<'a> {
    pub(super) place: Place<'a>,
    pub(super) it: &'a Entrusted,
    pub(super) document: &'a Placement,
    pub(super) agreed: &'a Agreed,
}

impl Book {
    pub(super) fn check_accounts(&self, check: &mut LedgerCheck) -> Result<()> {
        let contracts = self.agreed()?;
        let mut statement = self.connection.prepare(&format!(
            "SELECT {PLACED}, line, batch, latest_on, due_on, document, person,
                    (SELECT h.key FROM person h WHERE h.id = placement.person),
                    (SELECT h.kind FROM person h WHERE h.id = placement.person),
                    (SELECT f.at FROM file f WHERE f.id = placement.file),
                    coalesce(aged_from LIKE '-%' OR aged_from LIKE '0000-%', 0)
             FROM placement ORDER BY id"
        ))?;
        let mut rows = statement.query([])?;
        // The last file that had an account without a day, and the day that it got.
        let mut undated: Option<(i64, Option<Day>)> = None;
        while let Some(row) = rows.next()? {
            let mut it = of_table("placement", row, entrusted)?;
            let document = placed::document(&it)?;
            if document.placed_on.is_none() {
                let day = it.placed.dates.placed_on;
                it.file_day = undated.filter(|(file, _)| *file == it.placed.file).and_then(|(_, day)| day);
                undated = Some((it.placed.file, it.file_day.or(day)));
            }
            if let Some(agreed) = contracts.get(&it.engagement) {
                self.check_account(&it, &document, agreed, check)?;
            }
        }
        self.check_rounds(&contracts, check)
    }

    fn check_account(
        &self,
        it: &Entrusted,
        document: &Placement,
        agreed: &Agreed,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let place = Place {
            engagement: &agreed.name,
            account: Some(&it.placed.account),
            round: Some(it.placed.round),
            table: "placement",
            row: Some(it.placed.id),
        };
        self.check_placed(&place, (it, document), agreed, check)?;
        let of = Of { place, it, document, agreed };
        let mut history = History::begin(&of);
        let mut promised = Promised::default();
        let mut money = Money::default();
        let mut told = Told::default();
        let mut matters = Matters::begin(&of);
        let mut statement = self.connection.prepare_cached(EVENTS)?;
        let mut rows = statement.query([it.placed.id])?;
        while let Some(row) = rows.next()? {
            let (mut event, json, odd) = of_table("event", row, happened)?;
            check.holds(&place.at("event", event.id), "after", !odd);
            if !json.is_empty() {
                event.as_written = serde_json::from_slice::<Item>(&json).is_ok();
                event.item = Some(stored::item(&json, ("event", event.id))?);
            }
            told.event(&event);
            self.money_of(&of, &event, &history, &mut money, check)?;
            self.told_of(&of, &event, &mut told, check)?;
            promised.event(&event);
            matters.event(&event);
            history.event(&of, &event, check);
        }
        history.end(&of, &matters, check);
        self.check_money(&of, &money, check)?;
        self.check_promised(&of, promised, check)?;
        self.check_told(&of, &told, check)?;
        self.check_matters(&of, &matters, check)
    }

    /// An account entrusted again has the next round.
    fn check_rounds(&self, contracts: &HashMap<i64, Agreed>, check: &mut LedgerCheck) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT id, account, engagement, round, must FROM (
                 SELECT id, account, engagement, round,
                        row_number() OVER (PARTITION BY engagement, account ORDER BY id) AS must FROM placement)
             WHERE round <> must",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let account: String = row.get(1)?;
            let name = contracts.get(&row.get(2)?).map(|it| it.name.as_str()).unwrap_or_default();
            let place = Place {
                engagement: name,
                account: Some(&account),
                round: row.get(3)?,
                table: "placement",
                row: row.get(0)?,
            };
            check.compare(&place, "round", row.get::<_, i64>(3)?, row.get::<_, i64>(4)?);
        }
        Ok(())
    }
}
