//! The versions of a contract's terms: what the book has, and the contract of an act.

use bailiwick_sdk::value::Day;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::columns::{insert, insert_sql, mark};
use super::read::{OPEN_STATES, day, of_table};
use super::stored_terms::{Change, StoredTerms};
use super::taking::{Agreement, Taking, Told, agreement};
use super::{Book, Transaction};
use crate::case::{Contract, Terms, Version};
use crate::engagement::Engagement;
use crate::error::{Error, Result};

/// A version of the terms of an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TermsVersion {
    /// Its number in the engagement, from 1.
    pub number: usize,
    /// The day from which it holds; none: from the beginning.
    pub from: Option<Day>,
    /// The moment of the act that took it; none: a book of an earlier release had it.
    pub taken_at: Option<String>,
    /// The number of that act in the audit log.
    pub act: Option<u64>,
    /// The keys of the engagement file that changed, with their values where these are short.
    pub changed: Vec<String>,
}

/// When a version was taken.
pub(super) struct Taken {
    /// Its number in the book.
    pub(super) version: i64,
    /// The moment of the act; none if no act has taken the terms yet.
    pub(super) at: Option<Timestamp>,
}

/// A row of the table of terms.
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) from: Option<Day>,
    act: Option<u64>,
    taken_at: Option<String>,
    /// None: a book of an earlier layout did not keep the terms.
    pub(super) body: Option<StoredTerms>,
}

fn stored(row: &Row<'_>) -> rusqlite::Result<(Stored, String)> {
    let act: Option<i64> = row.get(2)?;
    let it = Stored {
        id: row.get(0)?,
        from: day(row, 1)?,
        act: act.map(i64::unsigned_abs),
        taken_at: row.get(3)?,
        body: None,
    };
    Ok((it, row.get(4)?))
}

/// The versions of an engagement, in the order of their days.
fn versions(book: &Connection, engagement: i64) -> Result<Vec<Stored>> {
    let sql = "SELECT id, from_on, act, taken_at, body FROM terms WHERE engagement = ?1 ORDER BY id";
    let mut statement = book.prepare_cached(sql)?;
    let mut rows = statement.query([engagement])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        let (mut it, body) = of_table("terms", row, stored)?;
        if !body.is_empty() {
            it.body =
                Some(serde_json::from_str(&body).map_err(|error| unreadable(it.id, &error.to_string()))?);
        }
        versions.push(it);
    }
    Ok(versions)
}

fn unreadable(id: i64, why: &str) -> Error {
    Error::column("terms", id, "body", format!("they are no terms ({why})"))
}

fn engagement_id(book: &Connection, name: &str) -> Result<Option<i64>> {
    let sql = "SELECT id FROM engagement WHERE name = ?1";
    Ok(book.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
}

impl Transaction<'_> {
    /// Agrees on the terms of an act: those of the engagement file are the latest version, or become it. `taken` is the
    /// act, as the log numbers it, and its moment. With new terms the days on which something falls due are worked out
    /// again, until `stopped` says so.
    ///
    /// # Errors
    /// [`Error::Refused`] with `terms_without_day`, `terms_day_goes_back`, `terms_day_changed`, `implausible_date` or
    /// `terms_of_before_unknown`; [`Error::Cancelled`].
    pub(crate) fn agree_terms(
        &self,
        engagement: i64,
        file: &Engagement,
        taken: (u64, Timestamp),
        stopped: &dyn Fn() -> bool,
    ) -> Result<Contract> {
        let before = versions(&self.inner, engagement)?;
        let agreed = agreement(&self.inner, &before, Told::at(file, taken.1))?;
        if let Some(id) = agreed.withdrawn {
            self.inner.execute("DELETE FROM terms WHERE id = ?1", [id])?;
        }
        match (agreed.taking, before.first()) {
            (Taking::Add, _) => self.add_terms(engagement, &file.terms, taken)?,
            (Taking::Fill, Some(first)) => self.fill_terms(first.id, &file.terms, taken)?,
            (Taking::Date, Some(first)) => self.date_terms(first.id, file.terms.from)?,
            (Taking::Nothing, _) | (Taking::Fill | Taking::Date, None) => {}
        }
        let contract = contract(versions(&self.inner, engagement)?, &file.terms)?;
        if !agreed.is_nothing() {
            self.work_out_due(engagement, &contract, stopped)?;
        }
        Ok(contract)
    }

    /// The contract of another engagement as its next act would find it on a day in its zone. Terms that its next act would
    /// refuse do not count.
    pub(crate) fn contract_of(&self, name: &str, now: &Terms, today: Day) -> Result<Contract> {
        let mut stored = match engagement_id(&self.inner, name)? {
            Some(id) => versions(&self.inner, id)?,
            None => Vec::new(),
        };
        // What a book of an earlier layout does not know is taken from the file.
        if stored.last().is_none_or(|it| it.body.is_none()) {
            return Ok(Contract::of_file(now.clone()));
        }
        let agreed = match agreement(&self.inner, &stored, Told { name, terms: now, today }) {
            Ok(agreed) => agreed,
            Err(Error::Refused { .. }) => return contract(stored, now),
            Err(error) => return Err(error),
        };
        stored.retain(|it| Some(it.id) != agreed.withdrawn);
        let contract = contract(stored, now)?;
        Ok(match agreed.taking {
            Taking::Add => contract.and(Version::new(0, now.clone())),
            Taking::Nothing | Taking::Fill | Taking::Date => contract,
        })
    }

    fn add_terms(&self, engagement: i64, terms: &Terms, (act, at): (u64, Timestamp)) -> Result<()> {
        let body = body(terms)?;
        insert!(self.inner, "terms" {
            engagement: engagement,
            from_on: terms.from.map(|day| day.to_string()),
            act: i64::try_from(act).ok(),
            taken_at: at.to_string(),
            body: body,
        })?;
        Ok(())
    }

    fn fill_terms(&self, id: i64, terms: &Terms, (act, at): (u64, Timestamp)) -> Result<()> {
        self.inner.execute(
            "UPDATE terms SET act = ?2, taken_at = ?3, body = ?4 WHERE id = ?1",
            (id, i64::try_from(act).ok(), at.to_string(), body(terms)?),
        )?;
        Ok(())
    }

    /// The first version holds from the beginning whatever its day is. The day is kept so that the next amendment needs
    /// another one.
    fn date_terms(&self, id: i64, from: Option<Day>) -> Result<()> {
        let from = from.map(|day| day.to_string());
        self.inner.execute("UPDATE terms SET from_on = ?2 WHERE id = ?1", (id, from))?;
        Ok(())
    }

    /// Works out again when something falls due, for every placement that something can still fall due for.
    fn work_out_due(&self, engagement: i64, contract: &Contract, stopped: &dyn Fn() -> bool) -> Result<()> {
        let mut last = 0;
        while let Some(placed) = self.next_unfinished(engagement, last)? {
            if stopped() {
                return Err(Error::Cancelled);
            }
            last = placed.id;
            let due_on = placed.due_on(contract).map(|day| day.to_string());
            self.inner
                .prepare_cached("UPDATE placement SET due_on = ?2 WHERE id = ?1")?
                .execute((placed.id, due_on))?;
        }
        Ok(())
    }
}

fn body(terms: &Terms) -> Result<String> {
    serde_json::to_string(&StoredTerms::of(terms)).map_err(|error| Error::Invariant(error.to_string()))
}

/// The contract of these versions. `now` are the terms of the engagement file, for the keys that take effect at once.
fn contract(stored: Vec<Stored>, now: &Terms) -> Result<Contract> {
    let version = |it: Stored| -> Result<Version> {
        let terms = it.body.unwrap_or_default().terms(it.from, now);
        Ok(Version::new(it.id, terms.map_err(|why| unreadable(it.id, &why))?))
    };
    let mut versions = stored.into_iter().map(version);
    let first = versions.next().unwrap_or_else(|| Err(Error::book("an engagement has no terms")))?;
    Ok(Contract::new(first, versions.collect::<Result<_>>()?))
}

impl Book {
    /// Whether the terms of an engagement file are others than those of the book for an act of a day, or the book has none.
    pub(super) fn has_other_terms(&self, engagement: &Engagement, today: Day) -> Result<bool> {
        let Some(id) = engagement_id(&self.connection, &engagement.name)? else { return Ok(false) };
        let versions = versions(&self.connection, id)?;
        let agreed = agreement(&self.connection, &versions, Told::on(engagement, today));
        Ok(!agreed.is_ok_and(Agreement::is_nothing))
    }

    /// Checks that an act of a moment would take the terms of an engagement file.
    ///
    /// # Errors
    /// As [`Transaction::agree_terms`].
    pub(crate) fn check_terms(&self, engagement: &Engagement, at: Timestamp) -> Result<()> {
        let versions = match engagement_id(&self.connection, &engagement.name)? {
            Some(id) => versions(&self.connection, id)?,
            None => Vec::new(),
        };
        agreement(&self.connection, &versions, Told::at(engagement, at)).map(drop)
    }

    /// The versions of the terms of an engagement; none if nothing was done in it yet.
    pub(crate) fn terms(&self, engagement: &str) -> Result<Vec<TermsVersion>> {
        let Some(id) = engagement_id(&self.connection, engagement)? else { return Ok(Vec::new()) };
        let mut before: Option<StoredTerms> = None;
        let mut number = 0;
        let told = |changes: Vec<Change>| -> Vec<String> { changes.into_iter().map(|it| it.told).collect() };
        let version = |it: Stored| {
            number += 1;
            let body = it.body.unwrap_or_default();
            let changed = before.replace(body.clone()).map(|before| told(before.changes_to(&body)));
            let changed = changed.unwrap_or_default();
            TermsVersion { number, from: it.from, taken_at: it.taken_at, act: it.act, changed }
        };
        Ok(versions(&self.connection, id)?.into_iter().map(version).collect())
    }

    /// The contract of an engagement of a number, and the moments of the acts that took its versions. `now` are terms for
    /// the keys that take effect at once.
    pub(super) fn contract_with_moments(&self, id: i64, now: &Terms) -> Result<(Contract, Vec<Taken>)> {
        let stored = versions(&self.connection, id)?;
        let taken = stored.iter().map(|it| {
            let at = it.taken_at.as_deref().filter(|_| it.body.is_some());
            Taken { version: it.id, at: at.and_then(|at| at.parse().ok()) }
        });
        let taken = taken.collect();
        Ok((contract(stored, now)?, taken))
    }

    /// The schedules that open accounts of an engagement name as their own, and how many do.
    pub(crate) fn own_schedules(&self, engagement: &str) -> Result<Vec<(String, u64)>> {
        let sql = format!(
            "SELECT j.value, count(DISTINCT p.id)
             FROM placement p JOIN engagement e ON e.id = p.engagement, json_each(p.basis) j
             WHERE e.name = ?1 AND p.basis IS NOT NULL AND json_valid(p.basis) AND j.value IS NOT NULL
               AND j.key IN ('schedule', 'legal_schedule') AND p.state IN ({})
             GROUP BY j.value ORDER BY j.value",
            *OPEN_STATES
        );
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement
            .query_map([engagement], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::book) fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    pub(in crate::book) fn moment(today: &str) -> Timestamp {
        format!("{today}T10:00:00Z").parse().unwrap()
    }

    pub(in crate::book) fn file(terms: &str) -> Engagement {
        Engagement::without_plugins(terms)
    }

    /// The contract after an engagement file of these terms, in an act of its own.
    fn agree(book: &mut Book, terms: &str) -> Result<Contract> {
        agree_on(book, "2026-06-28", terms)
    }

    pub(in crate::book) fn agree_on(book: &mut Book, today: &str, terms: &str) -> Result<Contract> {
        let file = file(terms);
        let transaction = book.begin()?;
        let id = transaction.engagement(&file)?;
        let taken = (7, moment(today));
        let contract = transaction.agree_terms(id, &file, taken, &|| false)?;
        transaction.inner.commit()?;
        Ok(contract)
    }

    pub(in crate::book) fn book() -> (tempfile::TempDir, Book) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        Book::create(&path).unwrap();
        let book = Book::open(&path).unwrap();
        (folder, book)
    }

    #[test]
    fn a_version_needs_a_later_day_and_is_refused_with_the_changed_keys() {
        let (_folder, mut book) = book();
        agree(&mut book, "grace_days = 5").unwrap();
        let told = |book: &mut Book, terms: &str| match agree(book, terms) {
            Err(Error::Refused { code, message }) => (code, message),
            other => panic!("{terms}: {other:?}"),
        };
        let (code, message) = told(&mut book, "grace_days = 6\nterm_days = 30");
        assert_eq!(code, "terms_without_day");
        assert!(message.contains("(terms.grace_days, terms.term_days)"), "{message}");
        // A day before everything that is booked is a day.
        let contract = agree(&mut book, "from = \"2020-01-01\"\ngrace_days = 6").unwrap();
        let on = |day: &str| contract.on(day.parse::<Day>().unwrap()).terms.grace_days;
        assert_eq!([on("2019-12-31"), on("2020-01-01")], [5, 6]);
        for (terms, want) in [
            ("from = \"2020-01-01\"\ngrace_days = 7", "terms_without_day"),
            ("from = \"2019-12-31\"\ngrace_days = 7", "terms_day_goes_back"),
            ("from = \"2019-12-31\"\ngrace_days = 6", "terms_day_goes_back"),
            ("from = \"2020-01-02\"\ngrace_days = 6", "terms_day_changed"),
            ("grace_days = 5", "terms_without_day"),
        ] {
            let (code, message) = told(&mut book, terms);
            assert_eq!(code, want, "{terms}");
            assert!(message.contains("terms.from") || message.contains("2020-01-01"), "{message}");
            assert_eq!(book.check_terms(&file(terms), moment("2026-06-28")).unwrap_err().code(), want);
            assert!(book.has_other_terms(&file(terms), day("2026-06-28")).unwrap());
        }
        // Without a change the day may stay away.
        assert_eq!(agree(&mut book, "grace_days = 6").unwrap().versions().count(), 2);
        let whole = agree(&mut book, "from = \"2026-07-01\"\ngrace_days = 7").unwrap();
        let days: Vec<u32> = whole.versions().map(|it| it.terms.grace_days).collect();
        assert_eq!(days, [5, 6, 7]);
    }

    #[test]
    fn what_takes_effect_at_once_needs_no_day() {
        let (_folder, mut book) = book();
        agree(&mut book, "").unwrap();
        let now = "one_agency_per_customer = true\nrecall = { reason = \"R1\" }";
        let contract = agree(&mut book, now).unwrap();
        assert_eq!(contract.versions().count(), 1);
        let terms = &contract.now().terms;
        assert!(terms.one_agency_per_customer && terms.recall.reason.as_deref() == Some("R1"));
    }

    #[test]
    fn the_history_tells_each_version_with_its_act_and_changes() {
        let (_folder, mut book) = book();
        assert!(book.terms("test").unwrap().is_empty());
        agree(&mut book, "grace_days = 5").unwrap();
        agree(&mut book, "from = \"2026-07-01\"\ngrace_days = 6").unwrap();
        let told = book.terms("test").unwrap();
        let [first, second] = &told[..] else { panic!("{told:?}") };
        assert_eq!((first.number, first.from, first.changed.len()), (1, None, 0));
        assert_eq!((second.number, second.from, second.act), (2, "2026-07-01".parse().ok(), Some(7)));
        assert_eq!(second.changed, ["terms.grace_days 5 → 6"]);
        assert_eq!(second.taken_at.as_deref(), Some("2026-06-28T10:00:00Z"));
    }

    #[test]
    fn terms_that_no_release_writes_are_an_error_of_the_book() {
        let (_folder, mut book) = book();
        agree(&mut book, "").unwrap();
        book.connection.execute("UPDATE terms SET body = '{'", []).unwrap();
        for error in [book.terms("test").unwrap_err(), agree(&mut book, "").unwrap_err()] {
            assert_eq!(error.code(), "book");
            assert!(error.to_string().contains("body of row 1"), "{error}");
        }
    }

    #[test]
    fn schedules_of_open_accounts_are_counted() {
        let (_folder, book) = book();
        book.connection
            .execute_batch(
                "INSERT INTO engagement (id, name, currency, creditor, agency) VALUES (1, 'test', 'USD', 'B', 'A');
                 INSERT INTO placement (engagement, person, account, round, file, line, state, placed, principal, interest,
                                        penalty, late_fee, costs, other, document, basis) VALUES
                     (1, 1, 'A1', 1, 1, 1, 'active', 1, 1, 0, 0, 0, 0, 0, x'', '{\"schedule\":\"old\",\"legal_schedule\":\"old\"}'),
                     (1, 1, 'A2', 1, 1, 1, 'sent', 1, 1, 0, 0, 0, 0, 0, x'', '{\"schedule\":\"old\",\"legal_schedule\":\"court\"}'),
                     (1, 1, 'A3', 1, 1, 1, 'closed', 1, 1, 0, 0, 0, 0, 0, x'', '{\"schedule\":\"older\"}'),
                     (1, 1, 'A4', 1, 1, 1, 'sent', 1, 1, 0, 0, 0, 0, 0, x'', NULL);",
            )
            .unwrap();
        let counted = book.own_schedules("test").unwrap();
        assert_eq!(counted, [("court".to_owned(), 1), ("old".to_owned(), 2)]);
    }
}
