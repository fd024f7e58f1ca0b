//! Booking documents, one after the other, inside the file's transaction.

use std::borrow::Cow;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Header, Item, Problem, Severity};
use bailiwick_sdk::value::{Day, Key};
use rusqlite::{Transaction, params};

use super::answer::Outgoing;
use super::placed::Placed;
use super::report::Report;
use crate::call::Decider;
use crate::case::{Illegal, Move, State};
use crate::engagement::Engagement;
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::money::Overflow;

/// Why a document is refused. It becomes a problem of the report; nothing of the document counts.
pub(crate) struct Refused {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    pub(crate) pointer: Option<&'static str>,
}

/// Refused, or the book failed.
pub(crate) enum Stop {
    Refused(Refused),
    Failed(Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Overflow> for Stop {
    fn from(error: Overflow) -> Self {
        refuse("amount_too_large", error.to_string())
    }
}

impl From<Illegal> for Stop {
    fn from(illegal: Illegal) -> Self {
        refuse("illegal_move", illegal.to_string())
    }
}

pub(crate) type Booked<T = ()> = std::result::Result<T, Stop>;

pub(crate) fn refuse(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Stop {
    Stop::Refused(Refused { code: code.into(), message: message.into(), pointer: None })
}

pub(crate) fn refuse_at(code: &'static str, pointer: &'static str, message: impl Into<String>) -> Stop {
    Stop::Refused(Refused { code: code.into(), message: message.into(), pointer: Some(pointer) })
}

/// The booking of one file.
pub(crate) struct Booking<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) engagement: &'a Engagement,
    pub(crate) engagement_id: i64,
    pub(crate) side: Side,
    pub(crate) file: i64,
    pub(crate) today: Day,
    pub(crate) report: Report,
    pub(crate) header: Option<Header>,
    /// Placed amounts seen, taken or not, as the control totals count them.
    pub(crate) seen: i128,
    /// Accounts seen, taken or not.
    pub(crate) seen_accounts: u64,
    pub(crate) total: i128,
    controls: Vec<(String, i64, Option<u64>)>,
    /// A placement without a day of its own waits for the file's day.
    pub(crate) undated: bool,
    pub(crate) fatal: bool,
    places: bool,
    /// The receiver's plugin, if it accepts or rejects accounts.
    pub(crate) asking: Option<Decider>,
    /// The bank's plugin, if it computes commission.
    pub(crate) asking_commission: Option<Decider>,
    /// The bank's plugin, if it says by when disputes are answered.
    pub(crate) asking_triage: Option<Decider>,
    /// Ends the booking between two items.
    pub(crate) cancel: CancelToken,
    /// Placements that were booked, on their way to the files that carry them.
    pub(crate) outgoing: Vec<Outgoing>,
    /// Placements that were on their way are not in the book any more.
    pub(crate) withdrawn: bool,
}

impl<'a> Booking<'a> {
    pub(crate) fn new(
        transaction: &'a Transaction<'a>,
        engagement: &'a Engagement,
        ids: (i64, i64),
        side: Side,
        today: Day,
        report: Report,
    ) -> Self {
        let (engagement_id, file) = ids;
        Self {
            transaction,
            engagement,
            engagement_id,
            side,
            file,
            today,
            report,
            header: None,
            seen: 0,
            seen_accounts: 0,
            total: 0,
            controls: Vec::new(),
            undated: false,
            fatal: false,
            places: false,
            asking: None,
            asking_commission: None,
            asking_triage: None,
            cancel: CancelToken::default(),
            outgoing: Vec::new(),
            withdrawn: false,
        }
    }

    /// The file places accounts: then accounts are counted, not documents.
    pub(crate) fn places(&mut self) {
        self.places = true;
    }

    /// Books an item; `line` is its JSON, kept as it came.
    pub(crate) fn take(&mut self, item: Item, line: &[u8]) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if self.fatal {
            // The file is refused already; only what is wrong with it still matters.
            if let Item::Problem(problem) = &item {
                self.problem(problem);
            }
            return Ok(());
        }
        match item {
            Item::Header(header) => self.header = Some(*header),
            Item::Problem(problem) => self.problem(&problem),
            Item::Control(control) => {
                if control.stated != control.found {
                    let message = format!(
                        "the file states {} for {}, {} was found; send the file again",
                        control.stated, control.what, control.found
                    );
                    self.problem(&Problem::fatal(&control.code, control.line.unwrap_or(0), message));
                }
                self.controls.push((control.what.to_string(), control.found, control.line));
            }
            item => self.document(item, line)?,
        }
        Ok(())
    }

    fn document(&mut self, item: Item, json: &[u8]) -> Result<()> {
        self.report.records += 1;
        let (kind, line) = (item.kind(), item.line());
        let account = item.account().map(|account| account.to_string());
        let counted = !self.places || kind == "placement";
        self.report.accounts += u64::from(counted);
        // Refused is refused whole. A placement is checked before anything is written, which the count of
        // changes holds it to; everything else is undone.
        let placement = kind == "placement";
        let changes = self.transaction.total_changes();
        if !placement {
            self.savepoint("SAVEPOINT document")?;
        }
        let booked = self.book(item, json);
        if !placement {
            if matches!(booked, Err(Stop::Refused(_))) {
                self.savepoint("ROLLBACK TO document")?;
            }
            self.savepoint("RELEASE document")?;
        }
        match booked {
            Err(Stop::Refused(refused)) if placement && self.transaction.total_changes() != changes => {
                let code = refused.code;
                Err(Error::Invariant(format!("a placement was refused ({code}) after it was half booked")))
            }
            Ok(()) => {
                self.report.accepted += u64::from(counted);
                Ok(())
            }
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Refused(refused)) => {
                self.report.rejected += u64::from(counted);
                let mut problem = Problem::error(&refused.code, line.unwrap_or(0), refused.message);
                problem.line = line;
                if let Some(account) = account {
                    problem = problem.account(&account);
                }
                if let Some(pointer) = refused.pointer {
                    problem.pointer = bailiwick_sdk::value::Remark::trimmed(&format!("/{kind}{pointer}"));
                }
                self.report.add(&problem);
                Ok(())
            }
        }
    }

    fn savepoint(&self, sql: &str) -> Result<()> {
        self.transaction.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn book(&mut self, item: Item, json: &[u8]) -> Booked {
        if item.currency().is_some_and(|currency| currency != self.engagement.currency) {
            let message = format!("the engagement is in {}", self.engagement.currency);
            return Err(refuse_at("wrong_currency", "/currency", message));
        }
        match item {
            Item::Placement(placement) => self.placement(&placement, json),
            Item::Acknowledgment(it) => self.acknowledgment(it),
            Item::Recall(it) => self.recall(it),
            Item::RecallObjection(it) => self.recall_objection(it),
            Item::Return(it) => self.returned(it),
            Item::Payment(it) => self.payment(*it),
            Item::Reversal(it) => self.reversal(*it),
            Item::DirectPayment(it) => self.direct_payment(*it),
            Item::Adjustment(it) => self.adjustment(it),
            Item::Reconciliation(it) => self.reconciliation(it),
            Item::RemittanceStatement(it) => self.statement(it),
            Item::Status(it) => self.status(it),
            Item::Bankruptcy(it) => self.bankruptcy(*it),
            Item::ContactAttempt(it) => {
                let on = self.day_of(&it.started);
                self.activity(it.account.clone(), Some(on), it.into())
            }
            Item::Note(it) => {
                let on = self.day_of(&it.at);
                self.activity(it.account.clone(), Some(on), it.into())
            }
            Item::Promise(it) => self.promise(it),
            Item::PaymentPlan(it) => self.plan(it),
            Item::DemographicChange(mut it) => {
                let placed = self.open(&it.account)?;
                it.party = it.party.or_else(|| placed.party.as_deref().and_then(|key| Key::mended(key).ok()));
                self.activity(it.account.clone(), it.on, it.into())
            }
            Item::Evidence(it) => self.evidence(it),
            Item::EvidenceRequest(it) => self.evidence_request(it),
            Item::Escalation(it) => self.escalation(it),
            Item::Dispute(it) => self.dispute(*it),
            Item::Complaint(it) => self.complaint(*it),
            Item::Decision(it) => self.decision(it),
            Item::Header(_) | Item::Control(_) | Item::Problem(_) => Ok(()),
        }
    }

    /// Counts a booked document for the report.
    pub(crate) fn count(&mut self, kind: &str, minor: Option<i64>) {
        if !self.report.count(kind, self.engagement.currency.as_str(), minor) {
            let message = format!(
                "the sum of the file's {kind} documents does not fit 64 bits of minor units; check the amounts, or split the file"
            );
            self.problem(&Problem::fatal("amount_too_large", 0, message));
        }
    }

    pub(crate) fn problem(&mut self, problem: &Problem) {
        self.report.add(problem);
        match problem.severity {
            Severity::Warning => {}
            Severity::Fatal => self.fatal = true,
            Severity::Error => {
                self.report.records += 1;
                self.report.accounts += 1;
                self.report.rejected += 1;
                self.seen_accounts += 1;
                self.seen += i128::from(problem.readable.map_or(0, |minor| minor.get()));
            }
        }
    }

    /// What can only be said once the whole file is read.
    pub(crate) fn close(&mut self) -> Result<()> {
        if self.fatal {
            return Ok(());
        }
        self.refuse_future_dates()?;
        // The plugin counted for itself; the host holds it to what it handed over.
        for (what, found, line) in std::mem::take(&mut self.controls) {
            let have = match what.as_str() {
                "accounts" => i128::from(self.seen_accounts),
                "placed" | "total" => self.seen,
                _ => continue,
            };
            if have != i128::from(found) {
                let message = format!(
                    "the plugin found {found} for {what}, but the documents and refusals it handed over make {have}; the plugin is wrong"
                );
                self.problem(&Problem::fatal("control_not_accounted_for", line.unwrap_or(0), message));
            }
        }
        Ok(())
    }

    /// Keeps a document as an event of a placement.
    pub(crate) fn event(&self, placed: &Placed, before: State, on: Option<Day>, item: &Item) -> Booked {
        let mut json = Vec::with_capacity(512);
        item.write_line(&mut json);
        json.pop();
        let moved = before != placed.state;
        self.transaction
            .prepare_cached(
                "INSERT INTO event (file, placement, line, kind, effect_on, before, after, document)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                self.file,
                placed.id,
                item.line().and_then(|line| i64::try_from(line).ok()),
                item.kind(),
                on.map(|on| on.to_string()),
                moved.then(|| before.name()),
                moved.then(|| placed.state.name()),
                json
            ])?;
        Ok(())
    }

    /// Something the agency did or learned: it says that the agency works the account.
    pub(crate) fn activity(
        &mut self,
        account: bailiwick_sdk::value::Key,
        on: Option<Day>,
        item: Item,
    ) -> Booked {
        let mut placed = self.holder_on(&account, on)?;
        let before = placed.state;
        self.worked(&mut placed)?;
        self.event(&placed, before, on, &item)?;
        self.save(&placed)?;
        self.count(item.kind(), None);
        Ok(())
    }

    /// The agency works a placement, which says that it accepted it.
    pub(crate) fn worked(&self, placed: &mut Placed) -> Booked {
        match self.side {
            Side::Agency if !placed.state.has_ended() => placed.go(Move::Work),
            _ => Ok(()),
        }
    }

    pub(crate) fn day_of(&self, moment: &bailiwick_sdk::value::Moment) -> Day {
        moment.local(&self.engagement.zone).date().into()
    }

    pub(crate) fn only_from(&self, side: Side, what: &str) -> Booked {
        if self.side == side {
            return Ok(());
        }
        Err(refuse("wrong_side", format!("{what} can only come from the {side}")))
    }
}
