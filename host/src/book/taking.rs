//! The terms of an engagement file, held against those of the book: what an act does so that the book has them.

use bailiwick_sdk::value::Day;
use jiff::Timestamp;
use rusqlite::Connection;

use super::stored_terms::StoredTerms;
use super::terms::Stored;
use crate::case::{Terms, days_after};
use crate::engagement::Engagement;
use crate::error::{Error, Result};

/// The terms of an engagement file, as an act of a day finds them.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    /// The name of the engagement.
    pub(super) name: &'a str,
    pub(super) terms: &'a Terms,
    /// The day of the act in the engagement's zone.
    pub(super) today: Day,
}

impl<'a> Told<'a> {
    pub(super) fn on(engagement: &'a Engagement, today: Day) -> Self {
        Self { name: &engagement.name, terms: &engagement.terms, today }
    }

    pub(super) fn at(engagement: &'a Engagement, at: Timestamp) -> Self {
        Self::on(engagement, engagement.zone.time_zone().to_datetime(at).date().into())
    }
}

/// What is to be done that the book has the terms of the engagement file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taking {
    /// It has them.
    Nothing,
    /// The first version is empty and becomes theirs.
    Fill,
    /// The first version is theirs, and gets their day.
    Date,
    /// They are a new version.
    Add,
}

/// What an act does with the versions of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Agreement {
    /// The latest version by its number in the book, if the engagement file withdraws it.
    pub(super) withdrawn: Option<i64>,
    /// What is done then.
    pub(super) taking: Taking,
}

impl Agreement {
    /// Whether the book has the terms already.
    pub(super) fn is_nothing(self) -> bool {
        self.taking == Taking::Nothing && self.withdrawn.is_none()
    }
}

/// Holds the terms of an engagement file against the versions of the book. The latest version may be planned only: its day
/// has not come, and nothing is booked under it. A file that has other terms withdraws it, and is held against the version
/// before.
///
/// # Errors
/// [`Error::Refused`] if the terms changed and do not say from which later day, or say an implausible one.
pub(super) fn agreement(book: &Connection, versions: &[Stored], told: Told<'_>) -> Result<Agreement> {
    let found = taking(versions, told);
    match versions.split_last() {
        Some((latest, before))
            if !matches!(found, Ok(Taking::Nothing))
                && !before.is_empty()
                && is_planned(book, latest, told.today)? =>
        {
            Ok(Agreement { withdrawn: Some(latest.id), taking: taking(before, told)? })
        }
        _ => Ok(Agreement { withdrawn: None, taking: found? }),
    }
}

fn is_planned(book: &Connection, version: &Stored, today: Day) -> Result<bool> {
    if version.from.is_none_or(|from| from <= today) {
        return Ok(false);
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM placement WHERE terms = ?1)
                   OR EXISTS (SELECT 1 FROM transfer WHERE terms = ?1)
                   OR EXISTS (SELECT 1 FROM earning WHERE terms = ?1)
                   OR EXISTS (SELECT 1 FROM standing WHERE terms = ?1)";
    let binds: bool = book.prepare_cached(sql)?.query_row([version.id], |row| row.get(0))?;
    Ok(!binds)
}

fn refused(code: &str, message: String) -> Error {
    Error::Refused { code: code.to_owned(), message }
}

fn taking(versions: &[Stored], told: Told<'_>) -> Result<Taking> {
    let Told { name, terms, today } = told;
    let Some(latest) = versions.last() else { return plausible(Taking::Add, told) };
    let Some(before) = &latest.body else {
        return match terms.from {
            None => Ok(Taking::Fill),
            Some(from) => Err(refused(
                "terms_of_before_unknown",
                format!(
                    "the terms of {name} are to change from {from} on, but the book is of an earlier release and does not \
                     have those of before; put these back into the engagement file without terms.from, run `bailiwick tick \
                     {name}`, then amend them"
                ),
            )),
        };
    };
    let changes = before.changes_to(&StoredTerms::of(terms));
    let same = changes.is_empty();
    let keys: Vec<&str> = changes.iter().map(|it| it.key.as_str()).collect();
    let keys = if same { "terms.from".to_owned() } else { keys.join(", ") };
    // The first version holds before its day as well, so until that day has come another day takes nothing back.
    let is_open = |day: Day| versions.len() == 1 && day > today && terms.from.is_some_and(|from| from != day);
    match (terms.from, latest.from.filter(|day| !is_open(*day))) {
        (None, _) if same => Ok(Taking::Nothing),
        (Some(_), None) if same => plausible(Taking::Date, told),
        (Some(from), Some(last)) if same && from == last => Ok(Taking::Nothing),
        (Some(from), Some(last)) if from < last => Err(refused(
            "terms_day_goes_back",
            format!(
                "the terms of {name} changed ({keys}) from {from} on, but those of before hold from {last}; name a day \
                 after {last}"
            ),
        )),
        (Some(from), Some(last)) if same => Err(refused(
            "terms_day_changed",
            format!(
                "the terms of {name} hold from {last}, the engagement file now says {from}, and nothing else of them \
                 changed; put terms.from = \"{last}\" back. Terms that hold already end only with other terms from a \
                 later day"
            ),
        )),
        (Some(from), last) if last != Some(from) => plausible(Taking::Add, told),
        (_, last) => {
            let after = last.map_or_else(String::new, |last| format!(", a day after {last}"));
            Err(refused(
                "terms_without_day",
                format!(
                    "the terms of {name} changed ({keys}); say from which day they hold{after}: terms.from = \
                     \"YYYY-MM-DD\". Nothing is done under the changed terms until then"
                ),
            ))
        }
    }
}

/// Refuses a new day that lies further ahead than that of a placement may: it would bar all amendments before it.
fn plausible(taking: Taking, told: Told<'_>) -> Result<Taking> {
    let Told { name, terms, today } = told;
    let last = days_after(today, terms.days.placement_ahead);
    match terms.from.filter(|from| *from > last) {
        None => Ok(taking),
        Some(from) => Err(refused(
            "implausible_date",
            format!(
                "the terms of {name} are to hold from {from}, which lies after {last}; check terms.from, or amend the terms \
                 when the day is nearer (terms.days.placement_ahead says how near)"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Book;
    use super::super::terms::tests::{agree_on, book, day, file, moment};

    const TODAY: &str = "2026-06-28";

    /// The days of grace of each version after an act.
    fn grace(book: &mut Book, today: &str, terms: &str) -> Vec<u32> {
        let contract =
            agree_on(book, today, terms).unwrap_or_else(|error| panic!("{today} {terms}: {error}"));
        assert!(!book.has_other_terms(&file(terms), day(today)).unwrap(), "{today} {terms}");
        contract.versions().map(|it| it.terms.grace_days).collect()
    }

    fn code(book: &mut Book, today: &str, terms: &str) -> String {
        let error = agree_on(book, today, terms).unwrap_err();
        assert_eq!(book.check_terms(&file(terms), moment(today)).unwrap_err().code(), error.code());
        error.code().to_owned()
    }

    #[test]
    fn an_amendment_whose_day_has_not_come_is_corrected_and_withdrawn() {
        let (_folder, mut book) = book();
        let from = |from: &str, grace: u32| format!("from = \"{from}\"\ngrace_days = {grace}");
        assert_eq!(grace(&mut book, TODAY, "grace_days = 5"), [5]);
        assert_eq!(grace(&mut book, TODAY, &from("2028-08-01", 6)), [5, 6]);
        // An earlier day, other terms, a later day: what the file says replaces what was planned.
        for (on, days) in [("2026-08-01", 6), ("2026-08-01", 7), ("2026-09-01", 7), ("2026-07-15", 8)] {
            assert!(book.has_other_terms(&file(&from(on, days)), day(TODAY)).unwrap());
            assert_eq!(grace(&mut book, TODAY, &from(on, days)), [5, days], "{on}");
            let told = book.terms("test").unwrap();
            assert_eq!((told.len(), told[1].from), (2, on.parse().ok()));
        }
        // It is withdrawn, and planned again.
        assert_eq!(grace(&mut book, TODAY, "grace_days = 5"), [5]);
        assert_eq!(grace(&mut book, TODAY, &from("2026-07-15", 6)), [5, 6]);
        // Other terms without a day are refused, and it stays.
        assert_eq!(code(&mut book, TODAY, "grace_days = 9"), "terms_without_day");
        assert_eq!(grace(&mut book, TODAY, "grace_days = 6"), [5, 6]);
        // Its day has come.
        for terms in ["grace_days = 5", from("2026-07-15", 9).as_str()] {
            assert_eq!(code(&mut book, "2026-07-15", terms), "terms_without_day");
        }
        assert_eq!(code(&mut book, "2026-07-15", &from("2026-07-14", 9)), "terms_day_goes_back");
        assert_eq!(code(&mut book, "2026-07-15", &from("2026-07-16", 6)), "terms_day_changed");
        assert_eq!(grace(&mut book, "2026-07-15", &from("2026-07-16", 9)), [5, 6, 9]);
    }

    #[test]
    fn terms_under_which_something_is_booked_are_not_withdrawn() {
        let (_folder, mut book) = book();
        grace(&mut book, TODAY, "grace_days = 5");
        grace(&mut book, TODAY, "from = \"2026-08-01\"\ngrace_days = 6");
        let buckets = "principal, interest, penalty, late_fee, costs, other";
        let rows = [
            (
                "placement",
                format!(
                    "engagement, person, account, round, file, line, state, placed, {buckets}, document, terms"
                ),
                "1, 1, 'A1', 1, 1, 1, 'draft', 1, 1, 0, 0, 0, 0, 0, x''",
            ),
            (
                "transfer",
                format!("engagement, placement, file, kind, debit, credit, {buckets}, terms"),
                "1, 1, 1, 'tax', 'a', 'b', 1, 0, 0, 0, 0, 0",
            ),
            (
                "earning",
                "payment, nth, schedule, rate_ppm, base, whole, micro, terms".to_owned(),
                "1, 0, 's', 1, 1, 1, 0",
            ),
            (
                "standing",
                "placement, earned, earned_micro, commission, tax, terms".to_owned(),
                "1, 1, 0, 1, 0",
            ),
        ];
        for (table, columns, values) in rows {
            let insert = format!("INSERT INTO {table} ({columns}) SELECT {values}, max(id) FROM terms");
            book.connection.execute_batch(&insert).unwrap();
            assert_eq!(code(&mut book, TODAY, "grace_days = 5"), "terms_without_day", "{table}");
            let earlier = "from = \"2026-07-15\"\ngrace_days = 6";
            assert_eq!(code(&mut book, TODAY, earlier), "terms_day_goes_back", "{table}");
            book.connection.execute_batch(&format!("DELETE FROM {table}")).unwrap();
        }
        assert_eq!(grace(&mut book, TODAY, "grace_days = 5"), [5]);
    }

    #[test]
    fn a_day_further_ahead_than_a_placement_may_lie_is_refused() {
        let (_folder, mut book) = book();
        let from = |from: &str| format!("from = \"{from}\"\ngrace_days = 6");
        // Of the first terms, of their day added later, of an amendment, of a correction.
        assert_eq!(code(&mut book, TODAY, &from("2062-07-01")), "implausible_date");
        assert_eq!(grace(&mut book, TODAY, "grace_days = 6"), [6]);
        assert_eq!(code(&mut book, TODAY, &from("2062-07-01")), "implausible_date");
        assert_eq!(code(&mut book, TODAY, "from = \"2029-06-29\"\ngrace_days = 5"), "implausible_date");
        assert_eq!(grace(&mut book, TODAY, "from = \"2029-06-28\"\ngrace_days = 5"), [6, 5]);
        assert_eq!(code(&mut book, TODAY, "from = \"2062-07-01\"\ngrace_days = 5"), "implausible_date");
        let wide = "from = \"2062-07-01\"\ngrace_days = 5\ndays = { placement_ahead = 20000 }";
        assert_eq!(grace(&mut book, TODAY, wide), [6, 5]);
    }

    /// The day that the first terms got later is asked for anew, so that it is not taken for that of the next amendment.
    #[test]
    fn the_first_terms_get_a_day_that_the_next_amendment_does_not_keep() {
        let (_folder, mut book) = book();
        let from = |from: &str, grace: u32| format!("from = \"{from}\"\ngrace_days = {grace}");
        assert_eq!(grace(&mut book, TODAY, "grace_days = 5"), [5]);
        assert!(book.has_other_terms(&file(&from("2026-01-01", 5)), day(TODAY)).unwrap());
        assert_eq!(grace(&mut book, TODAY, &from("2026-01-01", 5)), [5]);
        let told = book.terms("test").unwrap();
        assert_eq!((told[0].from, told[0].act), ("2026-01-01".parse().ok(), Some(7)));
        assert_eq!(code(&mut book, TODAY, &from("2026-01-01", 6)), "terms_without_day");
        assert_eq!(code(&mut book, TODAY, &from("2026-01-02", 5)), "terms_day_changed");
        assert_eq!(grace(&mut book, TODAY, "grace_days = 5"), [5]);
        assert_eq!(grace(&mut book, TODAY, &from("2026-02-01", 6)), [5, 6]);
    }

    /// A mistyped day of the first terms is corrected until it has come: they hold before it as well.
    #[test]
    fn the_day_of_the_first_terms_is_open_until_it_has_come() {
        let (_folder, mut book) = book();
        assert_eq!(grace(&mut book, TODAY, "from = \"2028-07-01\"\ngrace_days = 5"), [5]);
        assert_eq!(code(&mut book, TODAY, "from = \"2028-07-01\"\ngrace_days = 6"), "terms_without_day");
        assert_eq!(grace(&mut book, TODAY, "from = \"2026-07-01\"\ngrace_days = 5"), [5]);
        assert_eq!(grace(&mut book, TODAY, "from = \"2026-06-15\"\ngrace_days = 6"), [5, 6]);
    }

    /// A book of an earlier layout has an empty first version: the first act fills it from a file without a day.
    #[test]
    fn an_empty_first_version_is_filled_before_an_amendment_is_taken() {
        let (_folder, mut book) = book();
        grace(&mut book, TODAY, "grace_days = 5");
        book.connection.execute("UPDATE terms SET body = '', act = NULL, taken_at = NULL", []).unwrap();
        let amended = "from = \"2026-06-01\"\ngrace_days = 9";
        assert_eq!(code(&mut book, TODAY, amended), "terms_of_before_unknown");
        assert!(book.has_other_terms(&file("grace_days = 5"), day(TODAY)).unwrap());
        assert_eq!(grace(&mut book, TODAY, "grace_days = 5"), [5]);
        assert_eq!(grace(&mut book, TODAY, amended), [5, 9]);
    }

    /// The contract of another engagement is the one that its next act would find.
    #[test]
    fn another_engagement_goes_by_the_terms_that_its_next_act_would_find() {
        let (_folder, mut book) = book();
        grace(&mut book, TODAY, "grace_days = 5");
        grace(&mut book, TODAY, "from = \"2026-08-01\"\ngrace_days = 6");
        let of = |book: &mut Book, today: &str, terms: &str| {
            let contract = book.begin().unwrap().contract_of("test", &file(terms).terms, day(today)).unwrap();
            contract.versions().map(|it| it.terms.grace_days).collect::<Vec<_>>()
        };
        let corrected = "from = \"2026-07-15\"\ngrace_days = 7";
        for (today, terms, want) in [
            (TODAY, "grace_days = 6", vec![5, 6]),
            (TODAY, "grace_days = 5", vec![5]),
            (TODAY, corrected, vec![5, 7]),
            // Refused, so they do not count.
            (TODAY, "grace_days = 9", vec![5, 6]),
            ("2026-08-01", "grace_days = 5", vec![5, 6]),
            ("2026-08-01", corrected, vec![5, 6]),
        ] {
            assert_eq!(of(&mut book, today, terms), want, "{today} {terms}");
        }
        book.connection.execute("UPDATE terms SET body = '' WHERE id = 1", []).unwrap();
        book.connection.execute("DELETE FROM terms WHERE id > 1", []).unwrap();
        assert_eq!(of(&mut book, TODAY, corrected), [7]);
    }
}
