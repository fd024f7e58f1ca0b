//! Evidence by reference. The bytes stay in the store that the engagement names.

use bailiwick_sdk::document::{Evidence, EvidenceRequest};

use super::asks::Checked;
use super::changes::{Given, Request};
use super::draft::Draft;
use super::matters::awaited_matter;
use super::record::Placed;
use super::refused::{Booked, Stop, refuse_at, wait_at};
use super::windows::Dated;
use crate::case::MatterStep;
use crate::error::Error;
use crate::money::Overflow;

impl Draft<'_, '_> {
    pub(super) fn evidence_request(&mut self, it: EvidenceRequest) -> Booked {
        let on = self.day_of(&it.at);
        let mut placed = self.holder_on(&it.account, Some(on))?;
        self.within(Dated::Work, ("/at", on), Some(&placed), it.line)?;
        let before = placed.state;
        let matter = match &it.matter {
            Some(identifier) => {
                let matter = self.known_matter(&placed, identifier)?;
                Some(self.step(matter, MatterStep::RequestEvidence)?)
            }
            None => None,
        };
        let requests = &self.account_of(&placed)?.requests;
        // A request that comes again is not added.
        let known = |have: &Request| have.placement == placed.id && have.identifier == it.identifier.as_str();
        if !requests.iter().any(known) {
            let request = Request {
                id: self.changes.numbers.request(),
                placement: placed.id,
                identifier: it.identifier.to_string(),
                matter,
                kind: it.kind.to_string(),
                asked_at: it.at.utc.to_string(),
                answer_by: it.answer_by,
                given: false,
            };
            self.changes.requests.push(request);
        }
        self.worked(&mut placed)?;
        self.keep(placed, before, Some(on), &it.into())
    }

    pub(super) fn evidence(&mut self, it: Evidence) -> Booked {
        let on = it.given_at.as_ref().map(|at| self.day_of(at));
        let mut placed = self.holder_on(&it.account, on)?;
        self.within_if_given(Dated::Work, ("/given_at", on), Some(&placed), it.line)?;
        let before = placed.state;
        let matter = self.matter_of_evidence(&placed, &it)?;
        let checked = self.check_evidence(&it)?;
        let text = |key: &Option<_>| key.as_ref().map(ToString::to_string);
        self.changes.evidence.push(Given {
            placement: placed.id,
            matter,
            line: it.line,
            kind: it.kind.to_string(),
            media_type: it.media_type.as_ref().map(ToString::to_string),
            bytes: i64::try_from(it.size).map_err(|_| Overflow)?,
            sha256: it.sha256.to_string(),
            location: it.location.as_ref().map(ToString::to_string),
            asked_by: it.asked_by.as_ref().map(ToString::to_string),
            given_by: it.given_by.as_ref().map(ToString::to_string),
            given_at: text(&it.given_at.as_ref().map(|at| at.utc)),
            checked,
        });
        self.worked(&mut placed)?;
        self.keep(placed, before, on, &it.into())
    }

    /// The matter that evidence is for. The evidence names it, or names a request that is for it.
    fn matter_of_evidence(&mut self, placed: &Placed, it: &Evidence) -> Booked<Option<i64>> {
        let Some(named) = &it.answers else { return Ok(None) };
        let account = self.account_of(placed)?;
        let of = |have: &&Request| have.placement == placed.id && have.identifier == named.as_str();
        let found = match account.requests.iter().find(of) {
            Some(request) => {
                self.changes.requests.push(Request { given: true, ..request.clone() });
                let Some(number) = request.matter else { return Ok(None) };
                let matter = account.matters.iter().find(|matter| matter.id == number);
                matter.cloned().ok_or_else(|| {
                    let why = format!("the table matter has no row {number}");
                    Stop::Failed(Error::column("evidence_request", request.id, "matter", why))
                })?
            }
            None => self.find_matter(placed, named)?.ok_or_else(|| {
                let message = "it is for a dispute, complaint or request that is not known for the account";
                wait_at("waits_for_matter", "/answers", message, vec![awaited_matter(placed, named)])
            })?,
        };
        Ok(Some(self.step(found, MatterStep::GiveEvidence)?))
    }

    /// Whether the bytes are there and are as the document states.
    fn check_evidence(&mut self, it: &Evidence) -> Booked<bool> {
        match self.asks.evidence(it)? {
            Checked::Same => Ok(true),
            Checked::Unseen => Ok(false),
            Checked::Missing => {
                let message = "the bytes are not in the store yet; the reference is kept";
                self.warn("evidence_missing", it.line, message);
                Ok(false)
            }
            Checked::TooLarge { most } => {
                let message = format!("more than {most} bytes are not checked");
                self.warn("evidence_not_checked", it.line, message);
                Ok(false)
            }
            Checked::Other { code, pointer, message } => Err(refuse_at(code, pointer, message)),
        }
    }
}
