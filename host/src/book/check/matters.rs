//! Disputes and complaints: each comes from a document, and has what one of its documents says.

use std::collections::BTreeMap;

use bailiwick_sdk::document::{Complaint, Dispute, Item, MatterOutcome};
use rusqlite::Row;

use super::LedgerCheck;
use super::accounts::{Happened, Of};
use crate::book::Book;
use crate::booking::MatterKind;
use crate::error::Result;

/// What the documents say of a dispute or complaint.
#[derive(Debug, Default)]
struct Matter {
    received_on: Option<String>,
    disputed: Vec<i64>,
    outcomes: Vec<String>,
    /// A document says that it stops collection, or leaves that to the contract.
    may_hold: bool,
}

/// The disputes and complaints of a placement so far, by the name of their kind and their identifier.
#[derive(Debug, Default)]
pub(super) struct Matters(BTreeMap<(&'static str, String), Matter>);

impl Matters {
    /// Those that the bank knew of when it placed the account.
    pub(super) fn begin(of: &Of<'_>) -> Self {
        let mut matters = Self::default();
        of.document.disputes.iter().for_each(|it| matters.dispute(it));
        matters
    }

    pub(super) fn event(&mut self, event: &Happened) {
        match &event.item {
            Some(Item::Dispute(it)) => self.dispute(it),
            Some(Item::Complaint(it)) => self.complaint(it),
            // A decision may be of either.
            Some(Item::Decision(it)) => {
                for kind in MatterKind::ALL {
                    if let Some(matter) = self.0.get_mut(&(kind.name(), it.matter.to_string())) {
                        matter.outcomes.extend(name(Some(it.outcome)));
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a dispute, or a complaint, may stop collection of the account.
    pub(super) fn may_hold(&self, dispute: bool) -> bool {
        let kind = if dispute { MatterKind::Dispute } else { MatterKind::Complaint };
        self.0.iter().any(|((of, _), matter)| *of == kind.name() && matter.may_hold)
    }

    fn dispute(&mut self, it: &Dispute) {
        let matter = self.of(MatterKind::Dispute, &it.identifier, it.received_on.to_string());
        matter.disputed.extend(it.disputed.map(|minor| minor.get()));
        matter.may_hold |= it.hold.unwrap_or(it.disputed.is_none());
        matter.outcomes.extend(name(it.outcome));
    }

    fn complaint(&mut self, it: &Complaint) {
        let matter = self.of(MatterKind::Complaint, &it.identifier, it.received_on.to_string());
        matter.may_hold |= it.hold != Some(false);
        matter.outcomes.extend(name(it.outcome));
    }

    /// It keeps the day on which it was first received.
    fn of(&mut self, kind: MatterKind, identifier: &str, received_on: String) -> &mut Matter {
        let matter = self.0.entry((kind.name(), identifier.to_owned())).or_default();
        matter.received_on.get_or_insert(received_on);
        matter
    }
}

fn name(outcome: Option<MatterOutcome>) -> Option<String> {
    serde_json::to_value(outcome?).ok()?.as_str().map(str::to_owned)
}

/// A row of the table of matters.
struct Kept {
    id: i64,
    kind: String,
    identifier: String,
    stage: String,
    hold: i64,
    disputed: Option<i64>,
    received_on: String,
    closed: bool,
    outcome: Option<String>,
    said: String,
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get(0)?,
        kind: row.get(1)?,
        identifier: row.get(2)?,
        stage: row.get(3)?,
        hold: row.get(4)?,
        disputed: row.get(5)?,
        received_on: row.get(6)?,
        closed: row.get(7)?,
        outcome: row.get(8)?,
        said: row.get(9)?,
    })
}

impl Book {
    pub(super) fn check_matters(
        &self,
        of: &Of<'_>,
        matters: &Matters,
        check: &mut LedgerCheck,
    ) -> Result<()> {
        let sql = "SELECT id, kind, identifier, stage, hold, disputed, received_on, closed_on IS NOT NULL, outcome, said
                   FROM matter WHERE placement = ?1 ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([of.it.placed.id])?;
        let mut have = 0;
        while let Some(row) = rows.next()? {
            let it = kept(row)?;
            have += 1;
            let place = of.place.at("matter", it.id);
            let found = matters
                .0
                .iter()
                .find(|((kind, identifier), _)| *kind == it.kind && *identifier == it.identifier);
            let Some((_, must)) = found else {
                check.added(&place);
                continue;
            };
            check.same(&place, "received_on", Some(it.received_on), must.received_on.clone());
            check.holds(&place, "hold", it.hold == 0 || (it.hold == 1 && must.may_hold));
            let disputed =
                it.disputed.map_or(must.disputed.is_empty(), |minor| must.disputed.contains(&minor));
            check.holds(&place, "disputed", disputed);
            let outcome = it.outcome.is_none_or(|outcome| must.outcomes.contains(&outcome));
            check.holds(&place, "outcome", outcome);
            let ended = ["decided", "closed"].contains(&it.stage.as_str());
            check.holds(&place, "closed_on", ended || !it.closed);
            let digest = it.said.len() == 64 && it.said.bytes().all(|it| it.is_ascii_hexdigit());
            check.holds(&place, "said", digest);
        }
        let must = i64::try_from(matters.0.len()).unwrap_or(i64::MAX);
        check.count(&of.place.at("matter", None), have, must);
        Ok(())
    }
}
