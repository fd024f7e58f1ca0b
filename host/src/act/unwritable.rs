//! Documents that a plugin declines to write, and the runs of an act by which they are found.
//!
//! An act is run once, as if the plugins wrote every document. If one declines a document, nothing of the run counts. A
//! probing run does the work again to find every document that a plugin declines, and nothing of it counts either. The
//! last run refuses these records of the file, leaves out these documents of the host, and counts.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Problem;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::reason::Reason;
use super::report::PROBLEMS_MAX;
use crate::booking::Refused;
use crate::engine::Fault;
use crate::error::{Error, Result};

/// The most records of an act that plugins may decline; more mean that a plugin or its configuration is wrong.
const UNWRITABLE_MAX: usize = 1_000;
/// The most documents of the host that an act may leave out: each is told in a report, which lists no more problems.
const NOT_WRITTEN_MAX: usize = PROBLEMS_MAX;
/// The most probing runs of an act. A record that is refused may let a later one of the file be booked, such as another
/// payment with its identifier, and that one may be declined as well.
const PROBES_MAX: u32 = 4;

/// The kinds of documents of which the first of an identifier counts.
const MONEY: [&str; 4] = ["payment", "direct_payment", "reversal", "adjustment"];

/// Where a document that is written comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The record of this number of the file, as the report counts them.
    Record(u64),
    /// A document that waited, by the digest of its sender and its JSON.
    Waited([u8; 32]),
    /// A document that a person decided.
    Booked,
    /// The host tells a side something.
    Host,
    /// The host acknowledges a placement, if a plugin of the side writes that.
    Acknowledgment,
}

impl Origin {
    /// Of a document that a side sent and that waited as this JSON.
    pub(super) fn waited(by: Side, json: &[u8]) -> Self {
        Self::Waited(digest_of_waiting(by, json))
    }

    /// Whether it is missed if no plugin of the side writes its kind.
    pub(super) fn is_owed(self) -> bool {
        self != Self::Acknowledgment
    }

    fn is_of_host(self) -> bool {
        matches!(self, Self::Host | Self::Acknowledgment)
    }
}

/// The documents that plugins decline.
#[derive(Debug, Default)]
pub(super) struct Unwritable {
    /// By the number of the record.
    records: BTreeMap<u64, Reason>,
    /// Those that waited, by sender and digest.
    waited: BTreeMap<[u8; 32], Reason>,
    /// Those of the host, by receiver and digest.
    told: BTreeMap<(Side, [u8; 32]), Reason>,
    /// The first of those that a person decided.
    booked: Option<Reason>,
    /// Too many that waited are declined: all of them wait on, so that they cost the act of nobody else.
    holds_waiting: bool,
}

impl Unwritable {
    /// How many the act is about.
    fn of_act(&self) -> usize {
        self.records.len() + usize::from(self.booked.is_some())
    }

    /// The record for which this one is refused: itself, or an earlier one of the file with the same content or the same
    /// identifier of money. `before` has the contents of the earlier ones, and takes that of this one.
    pub(super) fn to_blame(
        &self,
        record: u64,
        json: &[u8],
        before: &mut BTreeMap<[u8; 32], u64>,
    ) -> Option<u64> {
        if self.records.is_empty() {
            return None;
        }
        let content = digest_of_content(json);
        if self.records.contains_key(&record) {
            before.entry(content).or_insert(record);
            return Some(record);
        }
        before.get(&content).copied()
    }

    /// The refusal of a record for what a plugin declines.
    pub(super) fn refusal(&self, record: u64, line: Option<u64>, account: Option<&str>) -> Option<Problem> {
        let reason = self.records.get(&record)?;
        let message = format!("{}; correct it and send it again in a new file", reason.text);
        let mut problem = Problem::error("not_writable", line.unwrap_or(0), message);
        problem.line = line;
        Some(reason.fill(problem, account))
    }

    /// Why a document waits on.
    pub(super) fn waits_because(&self, by: Side, json: &[u8]) -> Option<Refused> {
        if self.holds_waiting {
            let message =
                "too many documents that waited cannot be written; decide them, or send this one again";
            let message = message.to_owned();
            return Some(Refused { code: "not_writable".into(), message, pointer: None });
        }
        if self.waited.is_empty() {
            return None;
        }
        let reason = self.waited.get(&digest_of_waiting(by, json))?;
        Some(Refused { code: "not_writable".into(), message: reason.in_full(), pointer: None })
    }

    /// The warning instead of a document of the host that a plugin declines.
    pub(super) fn not_written(&self, to: Side, document: &[u8], origin: Origin) -> Option<Problem> {
        if self.told.is_empty() || !origin.is_of_host() {
            return None;
        }
        let reason = self.told.get(&(to, digest(document)))?;
        let message = format!(
            "a {} for the {} is booked and was not written: {}; tell them in another way",
            reason.kind,
            to.name(),
            reason.text
        );
        let problem = Problem::warning("not_written", 0, message);
        Some(reason.fill(problem, reason.account.as_deref()))
    }

    /// Whether a document of the host may have to be left out.
    pub(super) fn is_of_host(&self) -> bool {
        !self.told.is_empty()
    }

    fn add(&mut self, origin: Origin, to: Side, document: &[u8], reason: Reason) {
        match origin {
            Origin::Record(number) => {
                self.records.entry(number).or_insert(reason);
            }
            Origin::Waited(digest) => {
                self.waited.entry(digest).or_insert(reason);
            }
            Origin::Booked => {
                self.booked.get_or_insert(reason);
            }
            Origin::Host | Origin::Acknowledgment => {
                self.told.insert((to, digest(document)), reason);
            }
        }
    }
}

fn digest(document: &[u8]) -> [u8; 32] {
    Sha256::digest(document).into()
}

fn digest_of_waiting(by: Side, json: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(by.name()).chain_update(json).finalize().into()
}

/// Of the identifier of money, since the first of an identifier counts; of all that another record says, wherever it
/// stands in its file.
fn digest_of_content(json: &[u8]) -> [u8; 32] {
    let mut document: Value = serde_json::from_slice(json).unwrap_or_default();
    for (kind, members) in document.as_object_mut().into_iter().flatten() {
        let Some(members) = members.as_object_mut() else { continue };
        match members.get("identifier").filter(|_| MONEY.contains(&kind.as_str())) {
            Some(identifier) => return digest(format!("{kind} {identifier}").as_bytes()),
            None => drop(members.remove("line")),
        }
    }
    digest(document.to_string().as_bytes())
}

/// The runs of one act, and what they found.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// This run only finds out what plugins decline.
    probing: bool,
    /// How many probing runs there were.
    probes: u32,
    /// What earlier runs found.
    known: Unwritable,
    /// What this run finds.
    found: RefCell<Unwritable>,
    /// A writer of this run ended because its plugin declined.
    declined: Cell<bool>,
    /// The error of the last run that wrote.
    why: Option<Error>,
}

impl Runs {
    /// Whether this run only finds out what plugins decline.
    pub(super) fn probing(&self) -> bool {
        self.probing
    }

    /// What earlier runs found.
    pub(super) fn known(&self) -> &Unwritable {
        &self.known
    }

    /// A writer ended with an error, for which the run ends.
    pub(super) fn writer_failed(&self, error: &Error) {
        self.declined.set(is_decline(error));
    }

    /// A plugin declines a document for a side.
    pub(super) fn declines(&self, origin: Origin, to: Side, document: &[u8], reason: Reason) {
        self.found.borrow_mut().add(origin, to, document, reason);
    }

    /// Whether plugins decline more than an act may hold.
    pub(super) fn is_over(&self) -> bool {
        let (known, found) = (&self.known, self.found.borrow());
        known.of_act() + found.of_act() > UNWRITABLE_MAX
            || known.told.len() + found.told.len() > NOT_WRITTEN_MAX
    }

    /// Whether so many that waited are declined that all of them wait on.
    pub(super) fn waited_is_over(&self) -> bool {
        self.known.waited.len() + self.found.borrow().waited.len() > UNWRITABLE_MAX
    }

    /// The problem for which nothing of the act may count.
    pub(super) fn too_many(&self) -> Option<Problem> {
        if !self.is_over() {
            return None;
        }
        let found = self.found.borrow();
        let last = found.records.values().chain(found.told.values()).next_back();
        let last = last.map_or_else(String::new, |reason| format!("; of one of them {}", reason.text));
        let message = format!(
            "plugins decline to write more than {UNWRITABLE_MAX} records, or {NOT_WRITTEN_MAX} documents of the host, in this act{last}; correct the file or the plugin's configuration, or let `writes` in the engagement leave out the message"
        );
        Some(Problem::fatal("too_many_unwritable", 0, message))
    }

    /// After a run that failed. Another one follows if a plugin declined to write a document.
    ///
    /// # Errors
    /// That of the run, if none follows.
    pub(super) fn failed(&mut self, error: Error) -> Result<()> {
        let declined = self.declined.take() && is_decline(&error);
        if !declined || self.probing || self.probes >= PROBES_MAX {
            return Err(error);
        }
        (self.probing, self.probes, self.why) = (true, self.probes + 1, Some(error));
        Ok(())
    }

    /// After a probing run. The last one follows if it found something.
    ///
    /// # Errors
    /// [`Error::Refused`] with `not_writable`, if the document that a person decided is declined; the error of the run
    /// before if no document alone is declined: then the plugin declines for more than one document.
    pub(super) fn probed(&mut self) -> Result<()> {
        self.probing = false;
        let Unwritable { records, waited, told, booked, .. } = self.found.take();
        if let Some(reason) = booked {
            let (kind, why) = (&reason.kind, reason.in_full());
            let message = format!("the {kind} cannot be passed on: {why}; nothing was changed");
            return Err(Error::Refused { code: "not_writable".to_owned(), message });
        }
        if records.is_empty() && waited.is_empty() && told.is_empty() {
            return Err(self.why.take().unwrap_or(Error::Cancelled));
        }
        let last = self.probes >= PROBES_MAX && !waited.is_empty();
        self.known.holds_waiting |= last || self.known.waited.len() + waited.len() > UNWRITABLE_MAX;
        self.known.records.extend(records);
        self.known.waited.extend(waited);
        self.known.told.extend(told);
        Ok(())
    }
}

fn is_decline(error: &Error) -> bool {
    matches!(error, Error::Plugin { fault: Fault::Declined(_), .. })
}

#[cfg(test)]
mod tests {
    use bailiwick_sdk::context::Refusal;

    use super::*;
    use crate::act::reason::tests::{PAYMENT, reason};

    fn declined() -> Error {
        let fault = Fault::Declined(Refusal::new("bad_document", "no"));
        Error::Plugin { plugin: "aim".to_owned(), fault }
    }

    #[test]
    fn a_decline_is_probed_and_what_is_found_is_refused() {
        let mut runs = Runs::default();
        // The decoder or an adviser declined: no document is to blame.
        assert!(runs.failed(declined()).is_err());
        runs.writer_failed(&declined());
        runs.failed(declined()).unwrap();
        assert!(runs.probing());
        runs.declines(Origin::Record(2), Side::Bank, PAYMENT, reason("no", ""));
        runs.declines(Origin::Host, Side::Agency, b"{}", reason("no", ""));
        runs.declines(Origin::waited(Side::Agency, PAYMENT), Side::Bank, PAYMENT, reason("no", ""));
        runs.probed().unwrap();
        assert!(!runs.probing());
        let refusal = runs.known().refusal(2, Some(3), Some("1")).unwrap();
        assert_eq!((refusal.code.as_str(), refusal.line), ("not_writable", Some(3)));
        assert!(runs.known().refusal(1, None, None).is_none());
        assert_eq!(runs.known().waits_because(Side::Agency, PAYMENT).unwrap().code, "not_writable");
        assert!(runs.known().waits_because(Side::Bank, PAYMENT).is_none(), "the other side sent it");
        assert!(runs.known().waits_because(Side::Agency, b"{}").is_none());
        assert!(runs.known().not_written(Side::Agency, b"{}", Origin::Host).is_some());
        assert!(runs.known().not_written(Side::Agency, b"{}", Origin::Booked).is_none());
        assert!(runs.known().not_written(Side::Bank, b"{}", Origin::Host).is_none());
    }

    #[test]
    fn a_plugin_that_declines_for_more_than_a_document_ends_the_act() {
        let mut runs = Runs::default();
        runs.writer_failed(&declined());
        runs.failed(declined()).unwrap();
        assert_eq!(runs.probed().unwrap_err().code(), "declined");
    }

    #[test]
    fn the_runs_of_an_act_come_to_an_end() {
        let mut runs = Runs::default();
        for record in 0..u64::from(PROBES_MAX) {
            runs.writer_failed(&declined());
            runs.failed(declined()).unwrap();
            runs.declines(Origin::Record(record), Side::Bank, PAYMENT, reason("no", ""));
            runs.probed().unwrap();
        }
        runs.writer_failed(&declined());
        assert_eq!(runs.failed(declined()).unwrap_err().code(), "declined");
    }

    #[test]
    fn a_decision_whose_document_is_declined_is_refused() {
        let mut runs = Runs::default();
        runs.declines(Origin::Booked, Side::Bank, PAYMENT, reason("no", ""));
        let error = runs.probed().unwrap_err();
        assert_eq!(error.code(), "not_writable");
        assert!(!error.to_string().contains("100000001"));
    }

    #[test]
    fn a_record_that_says_the_same_is_refused_for_the_first_one() {
        let mut known = Unwritable::default();
        known.add(Origin::Record(2), Side::Bank, PAYMENT, reason("no", ""));
        let mut before = BTreeMap::new();
        let said = |line: u64, account: u64| {
            format!(r#"{{"payment":{{"line":{line},"account":"{account}","identifier":"P1 "}}}}"#)
                .into_bytes()
        };
        let mut to_blame = |record, json: &[u8]| known.to_blame(record, json, &mut before);
        assert_eq!(to_blame(1, &said(2, 1)), None, "it comes before");
        assert_eq!(to_blame(2, &said(3, 1)), Some(2));
        assert_eq!(to_blame(3, &said(4, 2)), Some(2), "the first of an identifier counts");
        assert_eq!(to_blame(4, &said(5, 1)), Some(2));
        assert_eq!(to_blame(5, br#"{"payment":{"identifier":"P2 "}}"#), None);
        assert_eq!(to_blame(6, br#"{"note":{"identifier":"P1 "}}"#), None);
        assert_eq!(before.len(), 1);
    }

    #[test]
    fn what_waited_costs_the_act_of_another_side_nothing() {
        let mut runs = Runs::default();
        for number in 0..=UNWRITABLE_MAX {
            let waited = Origin::waited(Side::Agency, number.to_string().as_bytes());
            runs.declines(waited, Side::Bank, PAYMENT, reason("no", ""));
        }
        assert!(runs.too_many().is_none());
        runs.probed().unwrap();
        // All that waits waits on, also what was not tried.
        assert_eq!(runs.known().waits_because(Side::Agency, b"another").unwrap().code, "not_writable");
        let mut runs = Runs::default();
        for number in 0..PROBES_MAX {
            assert!(runs.known().waits_because(Side::Agency, b"another").is_none());
            runs.writer_failed(&declined());
            runs.failed(declined()).unwrap();
            let waited = Origin::waited(Side::Agency, number.to_string().as_bytes());
            runs.declines(waited, Side::Bank, PAYMENT, reason("no", ""));
            runs.probed().unwrap();
        }
        assert!(runs.known().waits_because(Side::Agency, b"another").is_some());
    }

    #[test]
    fn more_than_a_bound_is_a_problem_of_the_whole_act() {
        let runs = Runs::default();
        for record in 0..UNWRITABLE_MAX as u64 {
            runs.declines(Origin::Record(record), Side::Bank, PAYMENT, reason("no", ""));
        }
        // Documents of the host do not count with the records.
        let tell = |number: usize| {
            let document = number.to_string().into_bytes();
            runs.declines(Origin::Host, Side::Bank, &document, reason("no", ""));
        };
        (0..NOT_WRITTEN_MAX).for_each(tell);
        assert!(runs.too_many().is_none());
        tell(NOT_WRITTEN_MAX);
        assert_eq!(runs.too_many().unwrap().code.as_str(), "too_many_unwritable");
        let runs = Runs::default();
        for record in 0..=UNWRITABLE_MAX as u64 {
            runs.declines(Origin::Record(record), Side::Bank, PAYMENT, reason("no", ""));
        }
        assert_eq!(runs.too_many().unwrap().code.as_str(), "too_many_unwritable");
    }
}
