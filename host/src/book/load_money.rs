//! Loads money: rows of the ledger by identifier and by reference, with what followed from each, and what is not booked.

use std::collections::{BTreeSet, HashMap};

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::ReferenceKind;
use bailiwick_sdk::value::ItemKey;
use rusqlite::Row;
use rusqlite::types::{Null, ValueRef};

use super::read::{self, day, of_table};
use super::{Transaction, buckets, stored};
use crate::booking::{Earning, Entered, Known, KnownException, PAYMENTS_OF_REFERENCE_MAX, Said, Wanted};
use crate::error::{Error, Result};
use crate::money::{Earned, NoFee, Overflow};

/// What matters of a stored document of money, and its identifier.
fn said(document: &[u8], of: (&'static str, i64)) -> Result<Option<(ItemKey, Said)>> {
    let too_large = |error: Overflow| Error::column(of.0, of.1, "document", error.to_string());
    Said::of(stored::item(document, of)?).map_err(too_large)
}

fn earning(row: &Row<'_>) -> rusqlite::Result<Earning> {
    let no_fee = match row.get_ref(8)? {
        ValueRef::Null => None,
        _ => Some(read::named(row, 8, |text| NoFee::ALL.into_iter().find(|it| it.name() == text))?.name()),
    };
    Ok(Earning {
        payment: row.get(0)?,
        nth: row.get(1)?,
        schedule: row.get(2)?,
        rate_ppm: row.get(3)?,
        base: row.get(4)?,
        earned: Earned::from_parts(row.get(5)?, row.get(6)?),
        terms: row.get(7)?,
        no_fee,
    })
}

impl Transaction<'_> {
    /// Rows of the ledger and exceptions by identifier, with what followed from each.
    pub(super) fn load_money(&self, engagement: i64, wanted: &Wanted, known: &mut Known) -> Result<()> {
        let identifiers = &wanted.identifiers;
        for identifier in identifiers {
            known.transfers.insert(identifier.clone(), None);
            known.exceptions.insert(identifier.clone(), None);
        }
        let referred = self.load_references(engagement, &wanted.references, known)?;
        self.load_unbooked(engagement, &wanted.references, known)?;
        let mut numbers = BTreeSet::new();
        let mut enter = |row: &Row<'_>| -> rusqlite::Result<()> {
            let text = |at| row.get::<_, String>(at);
            let entered = Entered {
                id: row.get(7)?,
                placement: row.get(8)?,
                account: text(9)?,
                kind: text(10)?.into(),
                on: of_table("transfer", row, |row| day(row, 13))?,
                debit: text(11)?.into(),
                credit: text(12)?.into(),
                buckets: buckets(row, 0)?,
                undone: crate::money::Buckets::default(),
                earning: None,
                commission: 0,
                by: read::named(row, 14, |name| {
                    [Side::Bank, Side::Agency].into_iter().find(|side| side.name() == name)
                })?,
                said: None,
            };
            numbers.insert(entered.id);
            known.enter(text(6)?, entered);
            Ok(())
        };
        let entered = |column: &'static str| {
            move |names: &str| {
                format!(
                    "SELECT t.principal, t.interest, t.penalty, t.late_fee, t.costs, t.other, t.identifier, t.id, t.placement,
                            p.account, t.kind, t.debit, t.credit, t.effect_on,
                            -- What was credited is in an act of the host; who reported it is with the exception.
                            coalesce((SELECT x.side FROM exception x
                                      WHERE x.engagement = t.engagement AND x.identifier = t.identifier
                                        AND x.decided_by = t.file), f.side) AS side
                     FROM transfer t JOIN placement p ON p.id = t.placement JOIN file f ON f.id = t.file
                     WHERE t.engagement = ?1 AND t.identifier IS NOT NULL AND t.{column} IN ({names})"
                )
            }
        };
        self.each(&entered("identifier"), engagement, identifiers.iter(), &mut enter)?;
        self.each(&entered("id"), engagement, referred.iter(), &mut enter)?;
        self.load_followed(&numbers, known)?;
        self.load_said(&numbers, known)?;
        self.load_exceptions(engagement, identifiers, known)?;
        // Those of payments that were found by a reference as well.
        let named = identifiers.iter().chain(known.identifiers.values()).cloned().collect();
        self.load_sent(engagement, &named, known)?;
        self.load_suspended(engagement, wanted, known)
    }

    /// The documents of rows that an identifier names: a repetition is held against them.
    fn load_said(&self, numbers: &BTreeSet<i64>, known: &mut Known) -> Result<()> {
        // Placements have few events, files have many: the sign keeps the index of the files out of it.
        let sql = |ids: &str| {
            format!(
                "SELECT t.id, e.id, e.document
                 FROM transfer t JOIN event e ON e.placement = t.placement AND +e.file = t.file AND e.line IS t.line
                   AND e.kind IN ('payment', 'direct_payment', 'reversal', 'adjustment')
                 WHERE t.id IN ({ids})"
            )
        };
        let mut documents: Vec<(i64, i64, Vec<u8>)> = Vec::new();
        self.each(&sql, Null, numbers.iter(), |row| {
            documents.push((row.get(0)?, row.get(1)?, row.get(2)?));
            Ok(())
        })?;
        for (transfer, event, document) in documents {
            let Some((identifier, said)) = said(&document, ("event", event))? else { continue };
            let is_its = known.identifiers.get(&transfer).is_some_and(|name| *name == *identifier);
            let row = known.transfers.get_mut(identifier.as_str()).and_then(Option::as_mut);
            if let Some(row) = row.filter(|_| is_its) {
                row.said = Some(said);
            }
        }
        Ok(())
    }

    /// Payments by the texts of their references. Returns the numbers of their rows.
    fn load_references(
        &self,
        engagement: i64,
        values: &BTreeSet<String>,
        known: &mut Known,
    ) -> Result<BTreeSet<i64>> {
        let mut numbers = BTreeSet::new();
        let sql = "SELECT kind, transfer FROM reference WHERE engagement = ?1 AND value = ?2 AND kind = ?3
                   ORDER BY transfer LIMIT ?4";
        // One more than are looked at says that there are too many.
        let most = PAYMENTS_OF_REFERENCE_MAX + 1;
        for value in values {
            let mut rows = Vec::new();
            for kind in ReferenceKind::ALL {
                let mut statement = self.inner.prepare_cached(sql)?;
                let found = statement.query_map((engagement, value, kind.name(), most as i64), |row| {
                    Ok((read::named(row, 0, ReferenceKind::named)?, row.get::<_, i64>(1)?))
                })?;
                for row in found {
                    rows.push(row?);
                }
            }
            numbers.extend(rows.iter().map(|(_, transfer)| *transfer));
            known.references.insert(value.clone(), rows);
        }
        Ok(numbers)
    }

    /// Exceptions and documents that wait, by identifier. One that was replaced, and one that waited and was refused by a
    /// person, may come again.
    fn load_exceptions(
        &self,
        engagement: i64,
        identifiers: &BTreeSet<String>,
        known: &mut Known,
    ) -> Result<()> {
        let sql = |names: &str| {
            format!(
                "SELECT x.identifier, x.id, x.kind, x.account, x.minor,
                        x.code <> 'unidentified_money' AND EXISTS (SELECT 1 FROM awaits a WHERE a.exception = x.id), x.document,
                        x.code = 'unidentified_money' AND x.decision IS NULL, x.decision IS NOT NULL
                 FROM exception x WHERE x.engagement = ?1 AND x.identifier IN ({names})
                   AND (x.decision IS NULL OR x.undoes IS NOT NULL
                        OR (x.decision <> 'replaced' AND x.code NOT LIKE 'waits%'))
                 ORDER BY x.id"
            )
        };
        let mut found: Vec<(String, i64, Vec<u8>, KnownException)> = Vec::new();
        self.each(&sql, engagement, identifiers.iter(), |row| {
            let kind = crate::booking::ledger_kind(&row.get::<_, String>(2)?).to_owned();
            let (number, account, minor) = (Some(row.get(1)?), row.get(3)?, row.get(4)?);
            let (waits, suspended, decided) = (row.get(5)?, row.get(7)?, row.get(8)?);
            let exception =
                KnownException { number, kind, account, minor, said: None, waits, suspended, decided };
            found.push((row.get(0)?, row.get(1)?, row.get(6)?, exception));
            Ok(())
        })?;
        for (identifier, number, document, mut exception) in found {
            exception.said = said(&document, ("exception", number))?.map(|(_, said)| said);
            known.exceptions.insert(identifier, Some(exception));
        }
        Ok(())
    }

    /// Documents that were booked otherwise than they were sent, because a person said for which account or payment they are.
    fn load_sent(&self, engagement: i64, identifiers: &BTreeSet<String>, known: &mut Known) -> Result<()> {
        let sql = |names: &str| {
            format!(
                "SELECT id, coalesce(sent, document) FROM exception WHERE engagement = ?1 AND identifier IN ({names})
                   AND (decision IN ('assign', 'match') OR sent IS NOT NULL)"
            )
        };
        let mut documents: Vec<(i64, Vec<u8>)> = Vec::new();
        self.each(&sql, engagement, identifiers.iter(), |row| {
            documents.push((row.get(0)?, row.get(1)?));
            Ok(())
        })?;
        for (number, document) in documents {
            if let Some((identifier, said)) = said(&document, ("exception", number))? {
                known.sent.insert(identifier.to_string(), said);
            }
        }
        Ok(())
    }

    /// How much of each payment was undone, what it earned, and the commission booked under the same terms when it came.
    fn load_followed(&self, numbers: &BTreeSet<i64>, known: &mut Known) -> Result<()> {
        let mut rows: HashMap<i64, &mut Entered> =
            known.transfers.values_mut().flatten().map(|row| (row.id, row)).collect();
        let sql = |ids: &str| {
            format!(
                "SELECT sum(principal), sum(interest), sum(penalty), sum(late_fee), sum(costs), sum(other), reverses
                 FROM transfer WHERE reverses IN ({ids}) GROUP BY reverses"
            )
        };
        self.each(&sql, Null, numbers.iter(), |row| {
            if let Some(payment) = rows.get_mut(&row.get::<_, i64>(6)?) {
                payment.undone = buckets(row, 0)?;
            }
            Ok(())
        })?;
        let sql = |ids: &str| {
            format!(
                "SELECT payment, nth, schedule, rate_ppm, base, whole, micro, terms, no_fee FROM earning
                 WHERE payment IN ({ids}) ORDER BY payment, nth"
            )
        };
        self.each(&sql, Null, numbers.iter(), |row| {
            let earning = of_table("earning", row, earning)?;
            if let Some(row) = rows.get_mut(&earning.payment) {
                // Each row has the difference to those before it.
                let before = row.earning.as_ref().map_or(0, |it| it.earned.0);
                row.earning = Some(Earning { earned: Earned(before + earning.earned.0), ..earning });
            }
            Ok(())
        })?;
        let sql = |ids: &str| {
            format!(
                "SELECT t.cause, sum((CASE WHEN t.credit = t.kind THEN 1 ELSE -1 END)
                               * (t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other))
                 FROM transfer t JOIN earning x ON x.payment = t.cause AND x.terms = t.terms AND x.nth = 0
                 WHERE t.cause IN ({ids}) AND t.kind = 'commission' GROUP BY t.cause"
            )
        };
        self.each(&sql, Null, numbers.iter(), |row| {
            if let Some(payment) = rows.get_mut(&row.get::<_, i64>(0)?) {
                payment.commission = row.get(1)?;
            }
            Ok(())
        })
    }
}
