//! Persons: whose the accounts are that a creditor places. Sibling engagements of a creditor mean the same row.

use std::collections::{BTreeSet, HashMap};

use bailiwick_sdk::value::Day;

use super::columns::{insert, insert_sql, mark};
use super::read::OPEN_STATES;
use super::{Transaction, Under};
use crate::booking::{Elsewhere, Known, Person, PersonKey};
use crate::case::days_after;
use crate::engagement::{Engagement, Sibling};
use crate::error::Result;

/// Wherever the other engagement is, its day differs from the one here by so many days at most.
const ZONES_APART: u32 = 2;

/// Persons and the engagements of other agencies of their creditor in which an account of theirs is open: a row for
/// each pair, however many accounts that are. The last column says whether one of
/// them is certainly open: nothing of it has fallen due by a day, and the days to answer are no longer running, since
/// these follow terms that the book may not have yet.
fn elsewhere_sql(persons: &str, day: Day) -> String {
    format!(
        "SELECT h.id, e.name, e.creditor, e.agency, e.one_agency, e.id,
                EXISTS (SELECT 1 FROM placement p
                        WHERE p.person = h.id AND p.engagement = e.id AND p.state IN ({0}) AND p.state <> 'sent'
                          AND (+p.due_on IS NULL OR +p.due_on > '{day}'))
         FROM engagement o CROSS JOIN engagement e CROSS JOIN person h
         WHERE o.id = ?1 AND e.id <> o.id AND e.creditor = o.creditor AND e.agency <> o.agency
           AND h.id IN ({persons})
           AND EXISTS (SELECT 1 FROM placement p
                       WHERE p.person = h.id AND p.engagement = e.id AND p.state IN ({0}))
         ORDER BY e.id, h.id",
        *OPEN_STATES
    )
}

impl Transaction<'_> {
    /// Loads persons of an engagement's creditor, and the accounts of customers that other engagements hold.
    pub(super) fn load_persons(
        &self,
        (engagement, today): (i64, Day),
        wanted: &BTreeSet<PersonKey>,
        known: &mut Known,
    ) -> Result<()> {
        known.persons.clear();
        known.persons.extend(wanted.iter().map(|person| (person.clone(), Default::default())));
        let customers = wanted.iter().filter(|it| matches!(it, PersonKey::Customer(_)));
        self.load_kind(engagement, "customer", customers.map(PersonKey::key), known)?;
        let accounts = wanted.iter().filter(|it| matches!(it, PersonKey::Account(_)));
        self.load_kind(engagement, "account", accounts.map(PersonKey::key), known)?;
        self.load_customers_elsewhere(engagement, days_after(today, ZONES_APART), known)
    }

    fn load_kind<'k>(
        &self,
        engagement: i64,
        kind: &'static str,
        keys: impl Iterator<Item = &'k str>,
        known: &mut Known,
    ) -> Result<()> {
        let sql = |names: &str| {
            format!(
                "SELECT id, key FROM person
                 WHERE creditor = (SELECT creditor FROM engagement WHERE id = ?1) AND kind = '{kind}' AND key IN ({names})"
            )
        };
        self.each(&sql, engagement, keys, |row| {
            let (id, key) = (row.get(0)?, row.get(1)?);
            let key = if kind == "customer" { PersonKey::Customer(key) } else { PersonKey::Account(key) };
            known.persons.entry(key).or_default().id = Some(id);
            Ok(())
        })
    }

    /// Where other agencies of the creditor have an open account of a known customer.
    fn load_customers_elsewhere(&self, engagement: i64, day: Day, known: &mut Known) -> Result<()> {
        let customers = known.persons.iter_mut().filter(|(key, _)| matches!(key, PersonKey::Customer(_)));
        let mut by_id: HashMap<i64, _> =
            customers.filter_map(|(_, person)| Some((person.id?, person))).collect();
        let ids: BTreeSet<i64> = by_id.keys().copied().collect();
        self.each(&|persons: &str| elsewhere_sql(persons, day), engagement, ids.iter(), |row| {
            let person: i64 = row.get(0)?;
            let certain: bool = row.get(6)?;
            let elsewhere = Elsewhere {
                engagement: row.get(1)?,
                creditor: row.get(2)?,
                agency: row.get(3)?,
                one_agency: row.get(4)?,
                perhaps: if certain { Vec::new() } else { self.open_of(person, row.get(5)?)? },
            };
            if let Some(person) = by_id.get_mut(&person) {
                person.elsewhere.push(elsewhere);
            }
            Ok(())
        })
    }

    /// Takes what the files of other engagements of the creditor say now about agency and customers. A row that has
    /// another creditor waits for an act of its own engagement.
    pub(crate) fn refresh_siblings(&self, engagement: &Engagement, siblings: &[Sibling]) -> Result<()> {
        let mut statement = self.inner.prepare_cached(
            "UPDATE engagement SET one_agency = ?3, agency = ?4
             WHERE name = ?1 AND creditor = ?2 AND (one_agency <> ?3 OR agency <> ?4)",
        )?;
        for it in siblings {
            let (creditor, agency) = (engagement.creditor.as_str(), it.agency.code.as_str());
            statement.execute((&it.name, creditor, it.terms.one_agency_per_customer, agency))?;
        }
        Ok(())
    }

    /// Writes the row of a person that is new.
    pub(super) fn write_person(&self, under: &Under<'_>, person: &Person) -> Result<()> {
        if person.is_new {
            insert!(self.inner, "person" {
                id: person.id,
                creditor: under.creditor,
                kind: person.key.kind(),
                key: person.key.key(),
            })?;
        }
        Ok(())
    }

    /// Forgets a person of whom no placement is left.
    pub(super) fn forget_without_placements(&self, person: i64) -> Result<()> {
        let sql =
            "DELETE FROM person WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM placement WHERE person = ?1)";
        self.inner.prepare_cached(sql)?.execute([person])?;
        Ok(())
    }

    /// The creditor of an engagement has another code: the persons of its placements are the new creditor's, under
    /// the keys that they have.
    pub(super) fn give_persons_to(&self, engagement: i64, creditor: &str) -> Result<()> {
        self.inner.execute(
            "INSERT INTO person (creditor, kind, key)
             SELECT DISTINCT ?2, h.kind, h.key FROM placement p JOIN person h ON h.id = p.person
             WHERE p.engagement = ?1 AND h.creditor <> ?2
             ON CONFLICT (creditor, kind, key) DO NOTHING",
            (engagement, creditor),
        )?;
        self.inner.execute(
            "UPDATE placement SET person = (
                 SELECT n.id FROM person h JOIN person n ON n.creditor = ?2 AND n.kind = h.kind AND n.key = h.key
                 WHERE h.id = placement.person)
             WHERE engagement = ?1",
            (engagement, creditor),
        )?;
        let sql = "DELETE FROM person WHERE NOT EXISTS (SELECT 1 FROM placement WHERE person = person.id)";
        self.inner.execute(sql, [])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Book;

    /// Engagements 1 to 5 with thirty placements of the customer each, but for 1; of 5 all have ended.
    fn book() -> (tempfile::TempDir, Book) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        Book::create(&path).unwrap();
        let book = Book::open(&path).unwrap();
        book.connection
            .execute_batch(
                "INSERT INTO engagement (id, name, currency, creditor, agency, one_agency) VALUES
                     (1, 'here', 'USD', 'B', 'AX', 0), (2, 'same-agency', 'USD', 'B', 'AX', 1),
                     (3, 'other', 'USD', 'B', 'AY', 1), (4, 'another', 'USD', 'B', 'AZ', 0),
                     (5, 'ended', 'USD', 'B', 'AY', 1), (6, 'elsewhere', 'USD', 'Other', 'AY', 1);
                 INSERT INTO person (id, creditor, kind, key) VALUES (1, 'B', 'customer', 'C1'), (2, 'B', 'customer', 'C2');
                 WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 30)
                 INSERT INTO placement (engagement, person, account, round, file, line, state, placed, principal,
                                        interest, penalty, late_fee, costs, other, document)
                 SELECT e.id, 1, 'A' || n, 1, 1, n, iif(e.id = 5, 'closed', iif(n % 2, 'held', 'sent')), 5, 5, 0, 0, 0, 0, 0, x''
                 FROM engagement e, n WHERE e.id > 1;",
            )
            .unwrap();
        (folder, book)
    }

    fn today() -> Day {
        "2026-07-15".parse().unwrap()
    }

    #[test]
    fn a_customer_is_elsewhere_once_for_each_engagement_of_another_agency() {
        let (_folder, mut book) = book();
        let transaction = book.begin().unwrap();
        let wanted: BTreeSet<PersonKey> = ["C1", "C2"].map(|key| PersonKey::Customer(key.to_owned())).into();
        let mut known = Known::default();
        transaction.load_persons((1, today()), &wanted, &mut known).unwrap();
        let elsewhere = |key: &str| -> Vec<(String, bool)> {
            let person = &known.persons[&PersonKey::Customer(key.to_owned())];
            person.elsewhere.iter().map(|it| (it.engagement.clone(), it.one_agency)).collect()
        };
        assert_eq!(elsewhere("C1"), [("other".to_owned(), true), ("another".to_owned(), false)]);
        assert!(elsewhere("C2").is_empty());
    }

    #[test]
    fn open_accounts_of_a_person_are_found_by_the_index() {
        let (_folder, book) = book();
        let mut statement = book
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {}", elsewhere_sql("?2, ?3", today())))
            .unwrap();
        let plan: Vec<String> = statement
            .query_map((1, 1, 2), |row| row.get("detail"))
            .unwrap()
            .map(rusqlite::Result::unwrap)
            .collect();
        let seeks = "placement_person (person=? AND engagement=? AND state=?)";
        assert!(plan.iter().any(|step| step.contains(seeks)), "{plan:?}");
    }
}
