//! Documents that are not booked: each is as its document says, is open or was decided by an act, and waits for
//! something that its document names.

use std::collections::BTreeSet;

use bailiwick_sdk::document::Item;
use serde_json::Value;

use super::DifferenceKind::{Added, Missing};
use super::rules::{Of, Rule, column, of_engagement};
use super::{LedgerCheck, Place};
use crate::book::read::{day, line, of_table};
use crate::book::{Book, stored};
use crate::booking::{Awaited, Kept, ledger_kind, references_of};
use crate::error::Result;

/// The codes of what is not booked.
const CODES: [&str; 6] = [
    "payment_after_term",
    "ambiguous_reversal",
    "unidentified_money",
    "waits_for_account",
    "waits_for_payment",
    "waits_for_matter",
];

/// An exception `x` that came again in the file that it is of now: the file in which it came first was replaced, and its
/// document has the line of that one.
macro_rules! given {
    () => {
        "EXISTS (SELECT 1 FROM file g, json_each(iif(json_valid(g.report), g.report, '{}'), '$.problems') j
                 WHERE g.id = x.file AND x.waited
                   AND ((json_extract(j.value, '$.number') = x.id AND json_extract(j.value, '$.code') = 'waits_already')
                        OR json_extract(g.report, '$.problems_not_listed') > 0))"
    };
}

const RULES: &[Rule] = &[
    of_engagement(
        ("exception", "decision"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement
         WHERE (x.decision IS NULL) <> (x.decided_by IS NULL)
            OR x.decision NOT IN ('credit', 'credit_without_commission', 'refuse', 'assign', 'match', 'return', 'booked',
                                  'replaced')",
    ),
    of_engagement(
        ("exception", "decided_by"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement JOIN file f ON f.id = x.decided_by
         WHERE x.code <> 'unidentified_money' AND NOT EXISTS (SELECT 1 FROM suspense s WHERE s.exception = x.id)
            AND (x.decision IN ('booked', 'replaced')) = (f.side = 'host' AND f.message = 'decision')
            AND NOT (x.decision = 'booked' AND f.side = 'host')
            OR x.decided_by < x.file",
    ),
    of_engagement(
        ("exception", "side"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement JOIN file f ON f.id = x.file
         WHERE x.side NOT IN ('bank', 'agency')
            -- What waited in a file that was replaced may be of a file of the other side now, in which it came again.
            OR (x.side <> f.side AND NOT (x.waited AND EXISTS (SELECT 1 FROM file g
                  WHERE g.engagement = x.engagement AND g.side = x.side AND g.sha256 LIKE 'refused %')))",
    ),
    // Whatever waits did so when it came. Money in suspense does not.
    of_engagement(
        ("exception", "waited"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement
         WHERE x.waited NOT IN (0, 1) OR (x.code LIKE 'waits%' AND x.waited = 0) OR (x.code = 'unidentified_money' AND x.waited = 1)",
    ),
    of_engagement(
        ("exception_reference", "engagement"),
        "x.id",
        "FROM exception_reference r JOIN exception x ON x.id = r.exception JOIN engagement e ON e.id = x.engagement
         WHERE r.engagement <> x.engagement",
    ),
    column(
        ("exception", "account"),
        "x.id",
        "FROM exception x JOIN placement p ON p.id = x.placement JOIN engagement e ON e.id = p.engagement
         WHERE x.account IS NOT p.account OR p.engagement <> x.engagement",
    ),
    of_engagement(
        ("exception", "code"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement
         WHERE x.code NOT LIKE 'waits%' AND x.code <> 'unidentified_money' AND EXISTS (SELECT 1 FROM awaits a WHERE a.exception = x.id)
            AND x.decision IS NULL",
    ),
    Rule {
        at: ("awaits", "row"),
        kind: Missing,
        of: Of::Engagement,
        row: "x.id",
        wrong: "FROM exception x JOIN engagement e ON e.id = x.engagement
                WHERE x.code LIKE 'waits%' AND x.decision IS NULL
                  AND NOT EXISTS (SELECT 1 FROM awaits a WHERE a.exception = x.id)",
    },
    Rule {
        at: ("awaits", "row"),
        kind: Added,
        of: Of::Engagement,
        row: "x.id",
        wrong: "FROM awaits a JOIN exception x ON x.id = a.exception JOIN engagement e ON e.id = x.engagement
                WHERE x.decision IS NOT NULL",
    },
    Rule {
        at: ("exception", "row"),
        kind: Added,
        of: Of::Engagement,
        row: "x.id",
        wrong: "FROM exception x JOIN engagement e ON e.id = x.engagement
                WHERE EXISTS (SELECT 1 FROM exception o WHERE o.engagement = x.engagement AND o.identifier = x.identifier
                                AND o.file = x.file AND o.id < x.id)",
    },
    // A person who credited a payment booked it; nobody else did.
    of_engagement(
        ("exception", "decision"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement
         WHERE x.decision IN ('credit', 'credit_without_commission')
           AND NOT EXISTS (SELECT 1 FROM transfer t WHERE t.engagement = x.engagement AND t.identifier = x.identifier
                             AND t.file = x.decided_by AND t.placement IS x.placement)",
    ),
    of_engagement(
        ("exception", "decision"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement
         WHERE x.decision IN ('booked', 'assign', 'match') AND x.identifier IS NOT NULL AND x.undoes IS NULL
           AND NOT EXISTS (SELECT 1 FROM transfer t WHERE t.engagement = x.engagement AND t.identifier = x.identifier)",
    ),
    of_engagement(
        ("exception", "decision"),
        "x.id",
        "FROM exception x JOIN engagement e ON e.id = x.engagement
         JOIN transfer t ON t.engagement = x.engagement AND t.identifier = x.identifier
         WHERE (x.decision IS NULL AND x.code IN ('payment_after_term', 'ambiguous_reversal'))
            OR (x.decision IN ('refuse', 'replaced') AND t.file = x.file)",
    ),
    // A document that waited is booked under its own file, by the act that decided it.
    of_engagement(
        ("transfer", "booked_by"),
        "t.id",
        "FROM transfer t JOIN engagement e ON e.id = t.engagement
         WHERE t.booked_by IS NOT NULL AND t.identifier IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.engagement = t.engagement AND x.identifier = t.identifier
                             AND x.file = t.file AND x.decided_by = t.booked_by)",
    ),
    of_engagement(
        ("event", "booked_by"),
        "v.id",
        concat!(
            "FROM event v JOIN file f ON f.id = v.file JOIN engagement e ON e.id = f.engagement
             WHERE v.booked_by IS NOT NULL AND length(v.document) > 0
               AND (v.file, v.booked_by, coalesce(v.line, 0)) NOT IN (
                     SELECT x.file, x.decided_by, coalesce(x.line, 0) FROM exception x WHERE x.decided_by IS NOT NULL)
               AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.file = v.file AND x.decided_by = v.booked_by AND ",
            given!(),
            ")"
        ),
    ),
];

const EXCEPTIONS: &str = "
    SELECT x.id, x.code, x.kind, x.account, x.identifier, x.minor, x.effect_on, x.line, x.candidates, x.document, e.name,
           x.placement IS NULL, e.id, x.sent, f.at
    FROM exception x JOIN engagement e ON e.id = x.engagement LEFT JOIN file f ON f.id = x.file
    ORDER BY x.id";

impl Book {
    pub(super) fn check_undecided(&self, check: &mut LedgerCheck) -> Result<()> {
        self.apply(RULES, check)?;
        let contracts = self.agreed()?;
        let mut statement = self.connection.prepare(EXCEPTIONS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, engagement): (i64, String) = (row.get(0)?, row.get(10)?);
            let place = Place {
                engagement: &engagement,
                account: None,
                round: None,
                table: "exception",
                row: Some(id),
            };
            let document: Vec<u8> = row.get(9)?;
            let item = stored::item(&document, ("exception", id))?;
            let kept = Kept::of(&item);
            let text = |at: usize| row.get::<_, Option<String>>(at);
            let code = text(1)?.unwrap_or_default();
            check.holds(&place, "code", CODES.contains(&code.as_str()));
            check.holds(&place, "code", fits(&code, &item));
            let kind = text(2)?.unwrap_or_default();
            check.holds(&place, "kind", kind == kept.kind || kind == ledger_kind(kept.kind));
            let identifier = text(4)?;
            check.same(&place, "identifier", &identifier, &kept.identifier);
            check.same(&place, "account", text(3)?, kept.account);
            check.same(&place, "minor", row.get::<_, Option<i64>>(5)?, kept.minor);
            check.same(&place, "effect_on", of_table("exception", row, |row| day(row, 6))?, kept.on);
            let as_written = of_table("exception", row, |row| line(row, 7))? == item.line();
            check.holds(&place, "line", as_written || self.is_given(id)?);
            let of_placement = code == "payment_after_term";
            check.holds(&place, "placement", !of_placement || !row.get::<_, bool>(11)?);
            check.holds(&place, "candidates", self.are_payments(row.get(12)?, text(8)?, &code)?);
            self.check_awaited(place, (id, &code), (&item, &document), check)?;
            let sent: Option<Vec<u8>> = row.get(13)?;
            let sent = sent.map(|json| stored::item(&json, ("exception", id))).transpose()?;
            let assigned = code == "payment_after_term" || code == "ambiguous_reversal";
            let fits =
                sent.is_none_or(|sent| assigned && is_of_another_account(Kept::of(&sent), Kept::of(&item)));
            check.holds(&place, "sent", fits);
            let at = text(14)?.and_then(|at| at.parse().ok());
            let kept_none = contracts.get(&row.get(12)?).is_none_or(|agreed| !agreed.was_known_at_first(at));
            self.check_references_of_exception(&place, (id, &item), kept_none, check)?;
        }
        Ok(())
    }

    /// Whether a document was given to a file in which it came again.
    fn is_given(&self, exception: i64) -> Result<bool> {
        let sql = concat!("SELECT ", given!(), " FROM exception x WHERE x.id = ?1");
        Ok(self.connection.prepare_cached(sql)?.query_row([exception], |row| row.get(0))?)
    }

    /// Whether the candidates of a reversal are a list of payments; nothing else has any.
    fn are_payments(&self, engagement: i64, candidates: Option<String>, code: &str) -> Result<bool> {
        if code == "unidentified_money" {
            // A reversal of such money undoes no payment, and names what it undoes in the same way.
            return Ok(true);
        }
        let Some(json) = candidates else { return Ok(code != "ambiguous_reversal") };
        let Ok(names) = serde_json::from_str::<Vec<String>>(&json) else { return Ok(false) };
        let sql = "SELECT EXISTS (SELECT 1 FROM transfer WHERE engagement = ?1 AND identifier = ?2 AND kind = 'payment')";
        let mut statement = self.connection.prepare_cached(sql)?;
        for name in &names {
            if !statement.query_row((engagement, name), |row| row.get(0))? {
                return Ok(false);
            }
        }
        Ok(!names.is_empty())
    }

    /// The references of a payment that is not booked are those of its document. A book of an earlier layout kept none.
    fn check_references_of_exception(
        &self,
        place: &Place<'_>,
        (exception, item): (i64, &Item),
        kept_none: bool,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let must = Kept::of(item).references.into_iter();
        let must: BTreeSet<(String, String)> =
            must.map(|(kind, value)| (kind.name().to_owned(), value)).collect();
        let sql = "SELECT kind, value FROM exception_reference WHERE exception = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let have = statement.query_map([exception], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let have: BTreeSet<(String, String)> = have.collect::<rusqlite::Result<_>>()?;
        let fits = have == must || (have.is_empty() && kept_none);
        check.holds(&place.at("exception_reference", exception), "value", fits);
        Ok(())
    }

    /// Whatever a document waits for is named in it.
    fn check_awaited(
        &self,
        place: Place<'_>,
        (exception, code): (i64, &str),
        (item, document): (&Item, &[u8]),
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let mut names = Vec::new();
        if let Ok(document) = serde_json::from_slice(document) {
            texts(document, &mut names);
        }
        let has = |name: &str| names.iter().any(|it| it == name);
        let mut statement =
            self.connection.prepare_cached("SELECT key FROM awaits WHERE exception = ?1 ORDER BY key")?;
        let rows = statement.query_map([exception], |row| row.get(0))?;
        let keys: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
        let all = match code {
            "waits_for_account" | "waits_for_matter" | "unidentified_money" => keys.len() <= 1,
            // It waits for one payment that waits itself, or for all that its references may name.
            _ => {
                let mut references = references_of(item).into_iter();
                keys.len() <= 1
                    || references.all(|(kind, value)| keys.contains(&Awaited::Reference(kind, value).key()))
            }
        };
        check.holds(&place.at("awaits", exception), "key", all);
        for key in &keys {
            let named = match key.split_once(':') {
                Some(("account" | "identifier", name)) => has(name),
                Some(("reference", rest)) => rest.split_once(':').is_some_and(|(kind, name)| {
                    bailiwick_sdk::document::ReferenceKind::named(kind).is_some() && has(name)
                }),
                // Account and identifier may have colons themselves.
                Some(("matter", rest)) => rest
                    .match_indices(':')
                    .any(|(at, _)| rest.get(..at).is_some_and(has) && rest.get(at + 1..).is_some_and(has)),
                _ => false,
            };
            check.holds(&place.at("awaits", exception), "key", named);
        }
        Ok(())
    }
}

/// Whether a document is the same money for another account: a person said for which it is.
fn is_of_another_account(sent: Kept, now: Kept) -> bool {
    sent.account != now.account && Kept { account: now.account.clone(), ..sent } == now
}

/// Whether a document can wait for the reason that a code gives.
fn fits(code: &str, item: &Item) -> bool {
    match code {
        "payment_after_term" => matches!(item, Item::Payment(_) | Item::DirectPayment(_)),
        "ambiguous_reversal" | "waits_for_payment" => matches!(item, Item::Reversal(_)),
        _ => true,
    }
}

/// Every text of a document.
fn texts(value: Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.into_iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.into_iter().for_each(|(_, item)| texts(item, found)),
        _ => {}
    }
}
