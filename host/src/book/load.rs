//! Loads what booking needs to know of a piece of documents, in a few statements.

use std::collections::{BTreeSet, HashMap};

use bailiwick_sdk::document::Level;
use bailiwick_sdk::value::Day;
use rusqlite::Row;
use rusqlite::types::{Null, ToSql};

use super::columns::columns;
use super::holds::{HOLD_COLUMNS, hold};
use super::read::{self, OPEN_STATES, certain_day, day, holds, line, of_table};
use super::{Book, Transaction, buckets};
use crate::booking::{
    Account, Elsewhere, Known, LedgerSums, Matter, MatterKind, Numbers, Open, Placed, Promise, PromiseState,
    Request, Standing, Wanted,
};
use crate::case::Dates;
use crate::error::{Error, Result};
use crate::money::Earned;

/// Names that one statement looks for.
const NAMES_MAX: usize = 64;
/// How many names a statement has places for.
const SIZES: [usize; 5] = [1, 8, 16, 32, NAMES_MAX];

columns!(Placement:
    id, account, round, file, state, holds, placed, paid, reversed, adjusted, commission, tax, earned, earned_micro,
    account_number, party, basis, aged_from, placed_on, term_ends_on, announce_on, recall_on, objected_until, ended_on,
    in_error, status, terms, principal, interest, penalty, late_fee, costs, other,
    engagement);

columns!(MatterColumn:
    id, placement, kind, identifier, stage, hold, disputed, level, days, calendar, answer_by, received_on, closed_on,
    outcome, said);

columns!(PromiseColumn: id, placement, line, kind, due_on, minor, covered, state);

columns!(StandingColumn: placement, terms, earned, earned_micro, commission, tax);

columns!(RequestColumn: id, placement, identifier, matter, kind, asked_at, answer_by, given);

/// One of the names that a column may have.
fn named<T: Copy>(
    row: &Row<'_>,
    at: usize,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> rusqlite::Result<T> {
    read::named(row, at, |text| all.iter().copied().find(|it| name(*it) == text))
}

/// The day from which a debt is aged. Earlier releases wrote days before the first year, and aged such a debt from its
/// placement.
fn aged_from(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Day>> {
    match row.get_ref(at)?.as_str() {
        Ok(text) if text.starts_with('-') || text.starts_with("0000-") => Ok(None),
        _ => day(row, at),
    }
}

pub(super) fn placed(row: &Row<'_>) -> rusqlite::Result<Placed> {
    of_table("placement", row, read_placed)
}

fn read_placed(row: &Row<'_>) -> rusqlite::Result<Placed> {
    use Placement as P;
    let day = |column: P| day(row, column as usize);
    Ok(Placed {
        id: P::id.of(row)?,
        account: P::account.of(row)?,
        round: P::round.of(row)?,
        file: P::file.of(row)?,
        state: P::state.of(row)?,
        holds: holds(row, P::holds as usize)?,
        balance: buckets(row, P::principal as usize)?,
        placed: P::placed.of(row)?,
        paid: P::paid.of(row)?,
        reversed: P::reversed.of(row)?,
        adjusted: P::adjusted.of(row)?,
        commission: P::commission.of(row)?,
        tax: P::tax.of(row)?,
        earned: Earned::from_parts(P::earned.of(row)?, P::earned_micro.of(row)?),
        account_number: P::account_number.of(row)?,
        party: P::party.of(row)?,
        basis: P::basis.of(row)?,
        aged_from: aged_from(row, P::aged_from as usize)?,
        dates: Dates {
            placed_on: day(P::placed_on)?,
            term_ends_on: day(P::term_ends_on)?,
            announce_on: day(P::announce_on)?,
            recall_on: day(P::recall_on)?,
            objected_until: day(P::objected_until)?,
            ended_on: day(P::ended_on)?,
        },
        in_error: P::in_error.of(row)?,
        status: P::status.of(row)?,
        terms: P::terms.of(row)?,
    })
}

fn matter(row: &Row<'_>) -> rusqlite::Result<Matter> {
    use MatterColumn as M;
    const LEVELS: [Level; 4] = [Level::Agency, Level::Bank, Level::Legal, Level::Regulator];
    Ok(Matter {
        id: M::id.of(row)?,
        placement: M::placement.of(row)?,
        kind: named(row, M::kind as usize, &MatterKind::ALL, MatterKind::name)?,
        identifier: M::identifier.of(row)?,
        stage: M::stage.of(row)?,
        hold: M::hold.of(row)?,
        disputed: M::disputed.of(row)?,
        level: named(row, M::level as usize, &LEVELS, crate::booking::level_name)?,
        days: M::days.of(row)?,
        calendar: M::calendar.of(row)?,
        answer_by: certain_day(row, M::answer_by as usize)?,
        received_on: certain_day(row, M::received_on as usize)?,
        closed_on: day(row, M::closed_on as usize)?,
        outcome: M::outcome.of(row)?,
        said: M::said.of(row)?,
    })
}

fn promise(row: &Row<'_>) -> rusqlite::Result<Promise> {
    use PromiseColumn as P;
    Ok(Promise {
        id: P::id.of(row)?,
        placement: P::placement.of(row)?,
        line: line(row, P::line as usize)?,
        kind: named(
            row,
            P::kind as usize,
            &crate::booking::PromiseKind::ALL,
            crate::booking::PromiseKind::name,
        )?,
        due_on: certain_day(row, P::due_on as usize)?,
        minor: P::minor.of(row)?,
        covered: P::covered.of(row)?,
        state: named(row, P::state as usize, &PromiseState::ALL, PromiseState::name)?,
    })
}

fn request(row: &Row<'_>) -> rusqlite::Result<Request> {
    use RequestColumn as R;
    Ok(Request {
        id: R::id.of(row)?,
        placement: R::placement.of(row)?,
        identifier: R::identifier.of(row)?,
        matter: R::matter.of(row)?,
        kind: R::kind.of(row)?,
        asked_at: R::asked_at.of(row)?,
        answer_by: day(row, R::answer_by as usize)?,
        given: R::given.of(row)?,
    })
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    use StandingColumn as S;
    Ok(Standing {
        placement: S::placement.of(row)?,
        terms: S::terms.of(row)?,
        earned: Earned::from_parts(S::earned.of(row)?, S::earned_micro.of(row)?),
        commission: S::commission.of(row)?,
        tax: S::tax.of(row)?,
    })
}

/// The columns that a [`Placed`] is read from, for a query that has others behind them.
pub(super) const PLACED: &str = Placement::LIST;
/// How many these are; the last of them is the engagement's number.
pub(super) const PLACED_COLUMNS: usize = Placement::engagement as usize + 1;

impl Book {
    /// Shows `each` every placement of the book.
    pub(super) fn each_placed(&self, mut each: impl FnMut(&Placed) -> Result<()>) -> Result<()> {
        let sql = format!("SELECT {} FROM placement ORDER BY id", Placement::LIST);
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(&placed(row)?)?;
        }
        Ok(())
    }

    /// Reads every matter, promise, hold and request of the book.
    ///
    /// # Errors
    /// [`Error::Book`] names the first row that cannot be read.
    pub(super) fn read_of_placements(&self) -> Result<()> {
        self.read_all("matter", MatterColumn::LIST, matter)?;
        self.read_all("promise", PromiseColumn::LIST, promise)?;
        self.read_all("hold", HOLD_COLUMNS, hold)?;
        self.read_all("evidence_request", RequestColumn::LIST, request)
    }

    fn read_all<T>(
        &self,
        table: &'static str,
        list: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<()> {
        let mut statement = self.connection.prepare(&format!("SELECT {list} FROM {table} ORDER BY id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            of_table(table, row, &read)?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// The next number of each table that booking numbers.
    pub(crate) fn numbers(&self) -> Result<Numbers> {
        let next = |sql: &str| self.inner.query_row(sql, [], |row| row.get::<_, i64>(0));
        Ok(Numbers {
            placement: next("SELECT coalesce(max(id), 0) + 1 FROM placement")?,
            person: next("SELECT coalesce(max(id), 0) + 1 FROM person")?,
            transfer: next("SELECT coalesce(max(id), 0) + 1 FROM transfer")?,
            matter: next("SELECT coalesce(max(id), 0) + 1 FROM matter")?,
            promise: next("SELECT coalesce(max(id), 0) + 1 FROM promise")?,
            request: next("SELECT coalesce(max(id), 0) + 1 FROM evidence_request")?,
        })
    }

    /// Loads what is wanted of an engagement on a day, in place of what was known before.
    pub(crate) fn load(
        &self,
        (engagement, today): (i64, Day),
        mut wanted: Wanted,
        known: &mut Known,
    ) -> Result<()> {
        known.forget();
        self.load_courts(engagement, &mut wanted, known)?;
        self.load_money(engagement, &wanted, known)?;
        wanted.accounts.extend(known.transfers.values().flatten().map(|row| row.account.clone()));
        self.load_rounds(engagement, wanted.accounts.difference(&wanted.placed), known)?;
        self.load_everywhere(engagement, &wanted.placed, known)?;
        self.load_of_placements(&wanted.accounts, known)?;
        self.load_worked(engagement, &wanted.to_court, known)?;
        self.load_persons((engagement, today), &wanted.persons, known)?;
        for period in wanted.periods {
            known.sums.insert(period, self.ledger_sums(engagement, period)?);
        }
        Ok(())
    }

    /// The placements of accounts in this engagement.
    fn load_rounds<'n>(
        &self,
        engagement: i64,
        accounts: impl Iterator<Item = &'n String> + Clone,
        known: &mut Known,
    ) -> Result<()> {
        known.accounts.extend(accounts.clone().map(|account| (account.clone(), Account::default())));
        let sql = |names: &str| {
            format!(
                "SELECT {} FROM placement WHERE engagement = ?1 AND account IN ({names}) ORDER BY account, round",
                Placement::LIST
            )
        };
        self.each(&sql, engagement, accounts, |row| {
            let placed = placed(row)?;
            if let Some(account) = known.accounts.get_mut(&placed.account) {
                account.rounds.push(placed);
            }
            Ok(())
        })
    }

    /// The placements of accounts in this engagement, and those of other engagements that have not ended.
    fn load_everywhere(&self, engagement: i64, accounts: &BTreeSet<String>, known: &mut Known) -> Result<()> {
        known.accounts.extend(accounts.iter().map(|account| (account.clone(), Account::default())));
        let sql = |names: &str| {
            format!(
                "SELECT {} FROM placement WHERE account IN ({names}) AND (engagement = ?1
                   OR state IN ({}))
                 ORDER BY account, engagement, round",
                Placement::LIST,
                *OPEN_STATES
            )
        };
        self.each(&sql, engagement, accounts.iter(), |row| {
            let name: String = Placement::account.of(row)?;
            let Some(account) = known.accounts.get_mut(&name) else { return Ok(()) };
            match Placement::engagement.of(row)? {
                own if own == engagement => account.rounds.push(placed(row)?),
                other => {
                    let perhaps = vec![Open::from(&placed(row)?)];
                    account.elsewhere.push(Elsewhere { perhaps, ..self.other_engagement(other)? });
                }
            }
            Ok(())
        })
    }

    fn other_engagement(&self, id: i64) -> rusqlite::Result<Elsewhere> {
        let sql = "SELECT name, creditor, agency, one_agency FROM engagement WHERE id = ?1";
        self.inner.prepare_cached(sql)?.query_row([id], |row| {
            let (engagement, creditor, agency) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let one_agency = row.get(3)?;
            Ok(Elsewhere { engagement, creditor, agency, one_agency, perhaps: Vec::new() })
        })
    }

    /// Matters, promises and requests of the accounts' placements.
    fn load_of_placements(&self, accounts: &BTreeSet<String>, known: &mut Known) -> Result<()> {
        let mut owners = HashMap::new();
        for name in accounts {
            for placed in known.accounts.get(name).into_iter().flat_map(|account| &account.rounds) {
                owners.insert(placed.id, name.clone());
            }
        }
        let ids: BTreeSet<i64> = owners.keys().copied().collect();
        let mut put = |placement: i64, put: &mut dyn FnMut(&mut Account)| {
            if let Some(account) = owners.get(&placement).and_then(|name| known.accounts.get_mut(name)) {
                put(account);
            }
        };
        let among = |list: &'static str, table: &'static str, order: &'static str| {
            move |ids: &str| format!("SELECT {list} FROM {table} WHERE placement IN ({ids}) ORDER BY {order}")
        };
        self.each(&among(MatterColumn::LIST, "matter", "id"), Null, ids.iter(), |row| {
            let matter = of_table("matter", row, matter)?;
            put(matter.placement, &mut |account| account.matters.push(matter.clone()));
            Ok(())
        })?;
        self.each(&among(PromiseColumn::LIST, "promise", "due_on, id"), Null, ids.iter(), |row| {
            let promise = of_table("promise", row, promise)?;
            put(promise.placement, &mut |account| account.promises.push(promise.clone()));
            Ok(())
        })?;
        self.each(&among(RequestColumn::LIST, "evidence_request", "id"), Null, ids.iter(), |row| {
            let request = of_table("evidence_request", row, request)?;
            put(request.placement, &mut |account| account.requests.push(request.clone()));
            Ok(())
        })?;
        self.each(&among(StandingColumn::LIST, "standing", "placement, terms"), Null, ids.iter(), |row| {
            let standing = of_table("standing", row, standing)?;
            put(standing.placement, &mut |account| account.standings.push(standing));
            Ok(())
        })?;
        self.each(&among(HOLD_COLUMNS, "hold", "id"), Null, ids.iter(), |row| {
            let hold = of_table("hold", row, hold)?;
            put(hold.placement, &mut |account| account.holds.push(hold));
            Ok(())
        })
    }

    fn ledger_sums(&self, engagement: i64, (from, to): (Day, Day)) -> Result<LedgerSums> {
        let sql = "SELECT coalesce(sum(principal + interest + penalty + late_fee + costs + other) FILTER (WHERE kind = 'payment'), 0),
                          count(*) FILTER (WHERE kind = 'payment'),
                          coalesce(sum(principal + interest + penalty + late_fee + costs + other) FILTER (WHERE kind = 'reversal'), 0)
                   FROM transfer WHERE engagement = ?1 AND effect_on BETWEEN ?2 AND ?3
                     AND ((kind = 'payment' AND debit = 'agency_cash') OR (kind = 'reversal' AND credit = 'agency_cash'))";
        let sums = self
            .inner
            .prepare_cached(sql)?
            .query_row((engagement, from.to_string(), to.to_string()), |row| {
                Ok(LedgerSums { gross: row.get(0)?, payments: row.get(1)?, reversed: row.get(2)? })
            })?;
        Ok(sums)
    }

    /// The placement of a number.
    pub(crate) fn placement(&self, id: i64) -> Result<Placed> {
        let sql = format!("SELECT {} FROM placement WHERE id = ?1", Placement::LIST);
        match self.inner.prepare_cached(&sql)?.query_row([id], placed) {
            Err(rusqlite::Error::QueryReturnedNoRows) => Err(Error::book(format!(
                "the table placement has no row {id}, which another table names; restore the book from a backup"
            ))),
            found => Ok(found?),
        }
    }

    /// The open placements of a person in an engagement.
    pub(super) fn open_of(&self, person: i64, engagement: i64) -> rusqlite::Result<Vec<Open>> {
        let sql = format!(
            "SELECT {} FROM placement WHERE person = ?1 AND engagement = ?2 AND state IN ({}) ORDER BY id",
            Placement::LIST,
            *OPEN_STATES
        );
        let mut statement = self.inner.prepare_cached(&sql)?;
        let rows = statement.query_map((person, engagement), |row| Ok(Open::from(&placed(row)?)))?;
        rows.collect()
    }

    /// The first placement that a condition is true of.
    pub(super) fn first_placement(
        &self,
        rest: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Option<Placed>> {
        let sql = format!("SELECT {} FROM placement {rest}", Placement::LIST);
        let mut statement = self.inner.prepare_cached(&sql)?;
        let mut rows = statement.query(parameters)?;
        Ok(rows.next()?.map(placed).transpose()?)
    }

    /// Shows `each` the rows that belong to names, many names at a time. `first` is the statement's first parameter.
    pub(super) fn each<N: ToSql>(
        &self,
        sql: &dyn Fn(&str) -> String,
        first: impl ToSql,
        names: impl Iterator<Item = N>,
        mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<()> {
        let names: Vec<N> = names.collect();
        for names in names.chunks(NAMES_MAX) {
            // Few sizes make few statements; the last name fills up.
            let size = SIZES.into_iter().find(|size| *size >= names.len()).unwrap_or(NAMES_MAX);
            let places: Vec<String> = (2..2 + size).map(|place| format!("?{place}")).collect();
            let mut statement = self.inner.prepare_cached(&sql(&places.join(", ")))?;
            statement.raw_bind_parameter(1, &first)?;
            for at in 0..size {
                if let Some(name) = names.get(at).or_else(|| names.last()) {
                    statement.raw_bind_parameter(at + 2, name)?;
                }
            }
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                each(row)?;
            }
        }
        Ok(())
    }
}
