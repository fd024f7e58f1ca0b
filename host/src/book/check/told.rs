//! What the sides told of a placement beside money: evidence, requests for it, and their figures.

use std::collections::BTreeSet;

use bailiwick_sdk::document::Item;

use super::LedgerCheck;
use super::accounts::{Happened, Of};
use crate::book::Book;
use crate::error::Result;

/// What was told of a placement so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    evidence: i64,
    /// The identifiers of requests.
    requests: BTreeSet<String>,
    /// What evidence answers.
    answered: BTreeSet<String>,
}

impl Told {
    pub(super) fn event(&mut self, event: &Happened) {
        if let Some(Item::Evidence(it)) = &event.item {
            self.evidence += 1;
            // What answers a dispute before a request of the same number comes is none for the request.
            let answers = it.answers.iter().map(ToString::to_string);
            self.answered.extend(answers.filter(|named| self.requests.contains(named)));
        }
    }
}

impl Book {
    /// The rows that a document of evidence, a request or figures brought.
    pub(super) fn told_of(
        &self,
        of: &Of<'_>,
        event: &Happened,
        told: &mut Told,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let line = event.line.and_then(|line| i64::try_from(line).ok());
        let placement = of.it.placed.id;
        match &event.item {
            Some(Item::Evidence(it)) => {
                let sql = "SELECT id, file, line, kind, media_type, bytes, sha256, location, asked_by, given_by, given_at, matter
                           FROM evidence WHERE placement = ?1 ORDER BY id LIMIT 1 OFFSET ?2";
                let mut statement = self.connection.prepare_cached(sql)?;
                let mut rows = statement.query((placement, told.evidence - 1))?;
                let Some(row) = rows.next()? else {
                    check.missing(&of.place.at("evidence", None));
                    return Ok(());
                };
                let place = of.place.at("evidence", row.get::<_, i64>(0)?);
                let text = |at: usize| row.get::<_, Option<String>>(at);
                check.same(&place, "file", row.get::<_, i64>(1)?, event.file);
                check.same(&place, "line", row.get::<_, Option<i64>>(2)?, line);
                check.same(&place, "kind", text(3)?, Some(it.kind.to_string()));
                check.same(&place, "media_type", text(4)?, it.media_type.as_ref().map(ToString::to_string));
                check.same(&place, "bytes", u64::try_from(row.get::<_, i64>(5)?).ok(), Some(it.size));
                check.same(&place, "sha256", text(6)?, Some(it.sha256.to_string()));
                check.same(&place, "location", text(7)?, it.location.as_ref().map(ToString::to_string));
                check.same(&place, "asked_by", text(8)?, it.asked_by.as_ref().map(ToString::to_string));
                check.same(&place, "given_by", text(9)?, it.given_by.as_ref().map(ToString::to_string));
                let at = it.given_at.as_ref().map(|at| at.utc.to_string());
                check.same(&place, "given_at", text(10)?, at);
                let matter: Option<i64> = row.get(11)?;
                let named = it.answers.as_ref().map(|named| named.as_str());
                check.holds(&place, "matter", self.is_answered(placement, named, matter)?);
            }
            Some(Item::EvidenceRequest(it)) => {
                // A request that comes again is not added: the first counts.
                if !told.requests.insert(it.identifier.to_string()) {
                    return Ok(());
                }
                let sql = "SELECT id, kind, asked_at, answer_by, (SELECT m.identifier FROM matter m WHERE m.id = evidence_request.matter)
                           FROM evidence_request
                           WHERE placement = ?1 AND identifier = ?2";
                let mut statement = self.connection.prepare_cached(sql)?;
                let mut rows = statement.query((placement, it.identifier.as_str()))?;
                let Some(row) = rows.next()? else {
                    check.missing(&of.place.at("evidence_request", None));
                    return Ok(());
                };
                let place = of.place.at("evidence_request", row.get::<_, i64>(0)?);
                check.same(&place, "kind", row.get::<_, String>(1)?, it.kind.to_string());
                check.same(&place, "asked_at", row.get::<_, String>(2)?, it.at.utc.to_string());
                let day: Option<String> = row.get(3)?;
                check.same(&place, "answer_by", day, it.answer_by.map(|day| day.to_string()));
                let matter: Option<String> = row.get(4)?;
                check.same(&place, "matter", matter.as_deref(), it.matter.as_ref().map(|it| it.as_str()));
            }
            Some(Item::Reconciliation(it)) => {
                let as_of = it.as_of.map(|day| day.to_string());
                let sql = "SELECT id, line, placed, paid, balance, as_of FROM reconciliation
                           WHERE placement = ?1 AND file = ?2 AND line IS ?3";
                let mut statement = self.connection.prepare_cached(sql)?;
                let mut rows = statement.query((placement, event.file, line))?;
                let Some(row) = rows.next()? else {
                    if !self.has_later_figures(placement, event.file, as_of.as_deref())? {
                        check.missing(&of.place.at("reconciliation", None));
                    }
                    return Ok(());
                };
                let place = of.place.at("reconciliation", row.get::<_, i64>(0)?);
                check.compare(&place, "placed", row.get::<_, i64>(2)?, it.placed.get());
                let minor = |minor: Option<bailiwick_sdk::value::Minor>| minor.map(|minor| minor.get());
                check.same(&place, "paid", row.get::<_, Option<i64>>(3)?, minor(it.paid));
                check.same(&place, "balance", row.get::<_, Option<i64>>(4)?, minor(it.balance));
                let day: String = row.get(5)?;
                check.holds(&place, "as_of", as_of.as_ref().is_none_or(|as_of| *as_of == day));
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a matter is the one that evidence answers, or the one of the request that it answers.
    fn is_answered(&self, placement: i64, named: Option<&str>, matter: Option<i64>) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM evidence_request r WHERE r.placement = ?1 AND r.identifier = ?2 AND r.matter IS ?3)
                       OR EXISTS (SELECT 1 FROM matter m WHERE m.placement = ?1 AND m.identifier = ?2 AND m.id = ?3)
                       OR (?2 IS NULL AND ?3 IS NULL)";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row((placement, named, matter), |row| row.get(0))?)
    }

    /// Whether the side of a file has figures of a day: later ones take the place of earlier ones.
    fn has_later_figures(&self, placement: i64, file: i64, as_of: Option<&str>) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM reconciliation r JOIN file f ON f.id = ?2
                                  WHERE r.placement = ?1 AND r.side = f.side AND r.file >= f.id
                                    AND (?3 IS NULL OR r.as_of = ?3))";
        Ok(self.connection.prepare_cached(sql)?.query_row((placement, file, as_of), |row| row.get(0))?)
    }

    /// No row comes from nothing.
    pub(super) fn check_told(&self, of: &Of<'_>, told: &Told, check: &mut LedgerCheck) -> Result<()> {
        let placement = of.it.placed.id;
        let count = |sql: &str| -> Result<i64> {
            Ok(self.connection.prepare_cached(sql)?.query_row([placement], |row| row.get(0))?)
        };
        let have = count("SELECT count(*) FROM evidence WHERE placement = ?1")?;
        check.count(&of.place.at("evidence", None), have, told.evidence);
        let must = i64::try_from(told.requests.len()).unwrap_or(i64::MAX);
        let have = count("SELECT count(*) FROM evidence_request WHERE placement = ?1")?;
        check.count(&of.place.at("evidence_request", None), have, must);
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, identifier, given FROM evidence_request WHERE placement = ?1")?;
        let mut rows = statement.query([placement])?;
        while let Some(row) = rows.next()? {
            let place = of.place.at("evidence_request", row.get::<_, i64>(0)?);
            let identifier: String = row.get(1)?;
            check.holds(&place, "identifier", told.requests.contains(&identifier));
            check.same(&place, "given", row.get::<_, bool>(2)?, told.answered.contains(&identifier));
        }
        // Of the figures of a side for a day the last ones stand.
        let sql =
            "SELECT r.id, (SELECT count(*) FROM event v WHERE v.placement = r.placement AND +v.file = r.file
                                   AND v.line IS r.line AND v.kind = 'reconciliation')
                             >= (SELECT count(*) FROM reconciliation o WHERE o.placement = r.placement
                                   AND o.file = r.file AND o.line IS r.line)
                   FROM reconciliation r WHERE r.placement = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([placement])?;
        while let Some(row) = rows.next()? {
            if !row.get::<_, bool>(1)? {
                check.added(&of.place.at("reconciliation", row.get::<_, i64>(0)?));
            }
        }
        Ok(())
    }
}
