//! Persons: whose the accounts are that a creditor places. Sibling engagements of a creditor mean the same row.

use std::collections::{BTreeSet, HashMap};

use super::columns::{insert, insert_sql, mark};
use super::{Transaction, Under};
use crate::booking::{Elsewhere, Known, Person, PersonKey};
use crate::error::Result;

impl Transaction<'_> {
    /// Loads persons of an engagement's creditor, and the accounts of customers that other engagements hold.
    pub(super) fn load_persons(
        &self,
        engagement: i64,
        wanted: &BTreeSet<PersonKey>,
        known: &mut Known,
    ) -> Result<()> {
        known.persons.clear();
        known.persons.extend(wanted.iter().map(|person| (person.clone(), Default::default())));
        let customers = wanted.iter().filter(|it| matches!(it, PersonKey::Customer(_)));
        self.load_kind(engagement, "customer", customers.map(PersonKey::key), known)?;
        let accounts = wanted.iter().filter(|it| matches!(it, PersonKey::Account(_)));
        self.load_kind(engagement, "account", accounts.map(PersonKey::key), known)?;
        self.load_customers_elsewhere(engagement, known)
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

    /// Placements of known customers that have not ended, in other engagements.
    fn load_customers_elsewhere(&self, engagement: i64, known: &mut Known) -> Result<()> {
        let customers = known.persons.iter_mut().filter(|(key, _)| matches!(key, PersonKey::Customer(_)));
        let mut by_id: HashMap<i64, _> =
            customers.filter_map(|(_, person)| Some((person.id?, person))).collect();
        let ids: BTreeSet<i64> = by_id.keys().copied().collect();
        let sql = |ids: &str| {
            format!(
                "SELECT p.person, e.name, e.creditor, e.agency, e.one_agency
                 FROM placement p JOIN engagement e ON e.id = p.engagement
                 WHERE p.person IN ({ids}) AND p.engagement <> ?1
                   AND p.state NOT IN ('rejected', 'recall_final', 'returned', 'expired', 'closed')
                 ORDER BY p.engagement, p.id"
            )
        };
        self.each(&sql, engagement, ids.iter(), |row| {
            let elsewhere = Elsewhere {
                engagement: row.get(1)?,
                creditor: row.get(2)?,
                agency: row.get(3)?,
                one_agency: row.get(4)?,
            };
            if let Some(person) = by_id.get_mut(&row.get::<_, i64>(0)?) {
                person.elsewhere.push(elsewhere);
            }
            Ok(())
        })
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
