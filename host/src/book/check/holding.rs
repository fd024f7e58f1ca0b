//! Recomputing holds and quotes: the holds of a placement are what their steps lead to, and each quote of a payment follows
//! the one before it.

use bailiwick_sdk::document::HoldReason;

use super::DifferenceKind::{Added, Changed, Figure};
use super::rules::{Of, Rule, column, compare_row};
use super::{LedgerCheck, Place};
use crate::book::Book;
use crate::book::holds::{HOLD_COLUMNS, hold};
use crate::book::read::{Column, holds, of_table};
use crate::case::{HoldSteps, Holds, State};
use crate::error::Result;

/// A step of a day is of a document of that day. It may have come with another file: steps of work count from the first
/// status of a court on.
const DAY: Rule = column(
    ("hold", "effect_on"),
    "h.id",
    "FROM hold h JOIN placement p ON p.id = h.placement JOIN engagement e ON e.id = p.engagement
     WHERE h.effect_on IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM event v WHERE v.placement = h.placement AND v.effect_on = h.effect_on)",
);

/// No step is there more often than the placement has documents of its day; one without a day is there once.
const TWICE: Rule = Rule {
    at: ("hold", "row"),
    kind: Added,
    of: Of::Placement,
    row: "h.id",
    wrong: "FROM hold h JOIN placement p ON p.id = h.placement JOIN engagement e ON e.id = p.engagement
            JOIN (SELECT count(*) AS many, max(id) AS id FROM hold GROUP BY placement, file, reason, side, effect_on, begins
                  HAVING many > 1) o ON o.id = h.id
            WHERE o.many > iif(h.effect_on IS NULL, 1, (SELECT count(*) FROM event v
                    WHERE v.placement = h.placement AND v.effect_on = h.effect_on))",
};

/// Whether open disputes or complaints have such a hold too. Their holds have no steps.
fn is_of_matters(reason: HoldReason) -> bool {
    matches!(reason, HoldReason::Dispute | HoldReason::Complaint)
}

/// The holds of a placement by their steps, as far as these say. A placement that has ended keeps the holds of its end,
/// whatever came later: each of them began.
fn by_steps(state: State, have: Holds, steps: &HoldSteps) -> Holds {
    Holds::ALL.into_iter().fold(have, |holds, reason| {
        let lasts = steps.now(reason).any();
        match state.has_ended() {
            true if !is_of_matters(reason) && !steps.began(reason) => holds.without(reason),
            true => holds,
            false if lasts => holds.with(reason),
            false if is_of_matters(reason) => holds,
            false => holds.without(reason),
        }
    })
}

impl Book {
    /// The holds of every placement are what their steps lead to.
    pub(super) fn check_holds(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(&[DAY, TWICE], check)?;
        let mut placements = self.connection.prepare(
            "SELECT e.name, p.account, p.round, p.state, p.holds, p.id
             FROM placement p JOIN engagement e ON e.id = p.engagement ORDER BY p.id",
        )?;
        let sql = format!("SELECT {HOLD_COLUMNS} FROM hold WHERE placement = ?1 ORDER BY id");
        let mut of_placement = self.connection.prepare(&sql)?;
        let mut rows = placements.query([])?;
        while let Some(row) = rows.next()? {
            let (engagement, account): (String, String) = (row.get(0)?, row.get(1)?);
            let read = |row: &rusqlite::Row<'_>| Ok((State::read(row, 3)?, holds(row, 4)?));
            let (state, have) = of_table("placement", row, read)?;
            let mut steps = HoldSteps::default();
            let mut taken = of_placement.query([row.get::<_, i64>(5)?])?;
            while let Some(row) = taken.next()? {
                steps.add(of_table("hold", row, hold)?.step);
            }
            let place = Place {
                engagement: &engagement,
                account: Some(&account),
                round: row.get(2)?,
                table: "placement",
                row: row.get(5)?,
            };
            let must = by_steps(state, have, &steps);
            check.compare(&place, "holds", have.bits(), must.bits());
            // Either the placement is wrong or one of the steps.
            check.compare(&place.at("hold", None), "holds", have.bits(), must.bits());
        }
        Ok(())
    }

    /// Only payments earn; the quotes of a payment are numbered from 0, of one base and of one version of the terms, and
    /// each after the first has its event.
    pub(super) fn check_quotes(&self, check: &mut LedgerCheck) -> Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT e.name, p.account, p.round, coalesce(t.identifier, t.kind || ' ' || t.id), t.id
             FROM earning x JOIN transfer t ON t.id = x.payment
             JOIN placement p ON p.id = t.placement JOIN engagement e ON e.id = p.engagement
             GROUP BY x.payment
             HAVING t.kind <> 'payment' OR min(x.nth) <> 0 OR max(x.nth) + 1 <> count(*)
                 OR count(DISTINCT x.base) <> 1 OR count(DISTINCT x.terms) > 1",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            compare_row(check, "earning", row, Changed, (1, 0))?;
        }
        let mut statement = self.connection.prepare(
            "SELECT * FROM (
               SELECT e.name, p.account, p.round, 'requoted' AS figure, NULL,
                      (SELECT count(*) FROM earning x JOIN transfer t ON t.id = x.payment
                       WHERE t.placement = p.id AND x.nth > 0) AS quotes,
                      (SELECT count(*) FROM event v WHERE v.placement = p.id AND v.kind = 'requoted') AS events
               FROM placement p JOIN engagement e ON e.id = p.engagement)
             WHERE quotes <> events",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let sums = (row.get(5)?, row.get(6)?);
            compare_row(check, "earning", row, Figure, sums)?;
            compare_row(check, "event", row, Figure, sums)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_sdk::context::Side;
    use bailiwick_sdk::value::Day;

    use super::*;
    use crate::case::HoldStep;

    #[test]
    fn open_placements_have_the_holds_that_last_and_ended_ones_none_that_never_began() {
        use HoldReason::{Attorney, Cease, Complaint, Dispute, Legal};
        let day: Day = "2026-01-02".parse().unwrap();
        let steps: HoldSteps = [
            HoldStep::begin(Legal, Side::Bank, Some(day)),
            HoldStep::begin(Attorney, Side::Agency, Some(day)),
            HoldStep::end(Attorney, Some(Side::Agency), day),
            HoldStep::begin(Dispute, Side::Agency, Some(day)),
        ]
        .into_iter()
        .collect();
        let set = |reasons: &[HoldReason]| reasons.iter().fold(Holds::default(), |all, it| all.with(*it));
        for (state, have, want) in [
            (State::Held, set(&[Legal, Dispute]), set(&[Legal, Dispute])),
            // An open complaint may hold it.
            (State::Held, set(&[Legal, Dispute, Complaint]), set(&[Legal, Dispute, Complaint])),
            (State::Held, set(&[Legal]), set(&[Legal, Dispute])),
            (State::Held, set(&[Legal, Dispute, Attorney]), set(&[Legal, Dispute])),
            (State::Active, set(&[]), set(&[Legal, Dispute])),
            // At the end the attorney may have held it, nobody ever asked to cease contact.
            (State::Returned, set(&[Attorney, Complaint]), set(&[Attorney, Complaint])),
            (State::Returned, set(&[Attorney, Cease]), set(&[Attorney])),
            (State::Returned, set(&[]), set(&[])),
        ] {
            assert_eq!(by_steps(state, have, &steps), want, "{state} {have:?}");
        }
    }
}
