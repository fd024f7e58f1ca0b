//! Documents that wait: kept when something that they name is not in the book, booked by themselves when it comes.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Item, Problem, Severity};
use bailiwick_sdk::value::Remark;

use super::answers::Answers;
use super::booking::Booking;
use super::report::{Report, ReportProblem};
use super::suspense::{MONEY_RETURNED, returned_message};
use super::unwritable::{Origin, Unwritable};
use crate::book::{Left, Transaction, WAITING_MAX, When};
use crate::booking::{
    Booked, Changes, Kept, KnownException, Numbers, Refused, Said, Stop, Waits, Wanted, book,
};
use crate::error::{Error, Result};

/// The documents of an engagement that wait, while an act goes on.
pub(super) struct Waiting {
    /// How many of the side of the act wait.
    count: u64,
    /// Something waits, of either side, or money in suspense.
    any: bool,
    /// What has come that others wait for, and when it came last; they were not looked for yet.
    arrived: BTreeMap<String, u64>,
    /// The numbers of those that are tried next.
    ready: BTreeSet<i64>,
    /// When each of those that wait on was tried last.
    tried: BTreeMap<i64, u64>,
    /// Counts what comes and what is tried: the time of the act.
    clock: u64,
}

impl Waiting {
    pub(super) fn of(transaction: &Transaction<'_>, engagement: i64, side: Side) -> Result<Self> {
        let (count, any) = (transaction.waiting_in(engagement, side)?, transaction.has_waiting(engagement)?);
        let (arrived, ready, tried) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Ok(Self { count, any, arrived, ready, tried, clock: 0 })
    }

    /// Money in suspense waits for its account.
    pub(super) fn money_waits(&mut self) {
        self.any = true;
    }

    /// One is tried now.
    fn tries(&mut self, number: i64) {
        self.clock += 1;
        self.tried.insert(number, self.clock);
    }
}

/// A document that waited, on its way into the book: its number, its own file and the side that sent it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    pub(super) number: i64,
    pub(super) file: i64,
    pub(super) side: Side,
}

impl Booking<'_> {
    /// Keeps a document that waits. Returns its number, or why it is refused instead.
    pub(super) fn keep_waiting(
        &mut self,
        waits: &Waits,
        json: &[u8],
        line: Option<u64>,
    ) -> Result<std::result::Result<i64, Refused>> {
        let item: Item = serde_json::from_slice(json).map_err(|error| {
            Error::Invariant(format!("a document cannot be read again (column {})", error.column()))
        })?;
        let kept = Kept::of(&item);
        let known =
            kept.identifier.as_ref().and_then(|it| self.known.exceptions.get(it)).and_then(Option::as_ref);
        if let Some(number) = known.map(|it| it.number) {
            let number = number.map_or_else(String::new, |number| format!(" as number {number}"));
            let message = format!("another document of that identifier waits{number}; decide it first");
            let pointer = Some("/identifier");
            return Ok(Err(Refused { code: "payment_conflict".into(), message, pointer }));
        }
        if self.waiting.count >= WAITING_MAX {
            let message = format!(
                "{}; it cannot wait: {WAITING_MAX} documents of the side wait in the engagement already. Decide them (`bailiwick waiting`) and send this one again in a new file",
                waits.refused.message
            );
            return Ok(Err(Refused {
                code: "too_many_waiting".into(),
                message,
                pointer: waits.refused.pointer,
            }));
        }
        let from = (self.engagement_id, self.file, self.side);
        let number = self.transaction.add_waiting(from, (&kept, line), waits, json)?;
        self.waiting.count += 1;
        self.waiting.any = true;
        self.waiting.tries(number);
        if let Some(identifier) = &kept.identifier {
            let known = KnownException {
                number: Some(number),
                kind: kept.ledger_kind().to_owned(),
                account: kept.account.clone(),
                minor: kept.minor.unwrap_or_default(),
                said: Said::of(item)
                    .map_err(|error| Error::Invariant(error.to_string()))?
                    .map(|(_, said)| said),
                waits: true,
                suspended: false,
                decided: false,
            };
            self.known.exceptions.insert(identifier.clone(), Some(known));
            if let Some(payment) = kept.unbooked() {
                self.known.note_unbooked(&kept.references, &payment);
            }
        }
        Ok(Ok(number))
    }

    /// A document came again while the first of a number waits: that one is tried again at the end of the act, and this
    /// one is booked with it.
    pub(super) fn comes_again(&mut self, number: i64, line: Option<u64>) -> Result<Refused> {
        self.transaction.add_repeated(number, (self.file, line))?;
        self.waiting.ready.insert(number);
        let message = format!("the same document waits as number {number}; this one is booked with it");
        Ok(Refused { code: "waits_already".into(), message, pointer: None })
    }

    /// Documents that waited were replaced, also those that were loaded already.
    pub(super) fn forget_replaced(&mut self) -> Result<()> {
        for known in self.known.exceptions.values_mut() {
            let number = known.as_ref().filter(|it| it.waits).and_then(|it| it.number);
            if let Some(number) = number
                && self.transaction.waiting(number)?.is_none()
            {
                *known = None;
            }
        }
        self.waiting.count = self.transaction.waiting_in(self.engagement_id, self.side)?;
        Ok(())
    }

    /// Takes note of what a document brought that others wait for. `before` are the numbers of rows before it.
    pub(super) fn has_come(&mut self, changes: &Changes<'_>, before: Numbers) -> Result<()> {
        if !self.waiting.any {
            return Ok(());
        }
        self.waiting.clock += 1;
        for it in self.known.arrived(changes, before).map_err(Stop::into_failure)? {
            let key = it.key();
            if self.waiting.arrived.contains_key(&key)
                || self.transaction.is_awaited(self.engagement_id, &key)?
            {
                self.waiting.arrived.insert(key, self.waiting.clock);
            }
        }
        Ok(())
    }

    /// Looks for the documents that wait for what has come since each was tried.
    fn wake(&mut self) -> Result<()> {
        for (key, came) in std::mem::take(&mut self.waiting.arrived) {
            for number in self.transaction.awaiting(self.engagement_id, &key)? {
                if self.waiting.tried.get(&number).is_none_or(|tried| *tried < came) {
                    self.waiting.ready.insert(number);
                }
            }
        }
        Ok(())
    }

    /// Books the documents for which something has come, in rounds: of a round the first that came first, and what it
    /// brings lets others go on in the next. It ends because each is booked once, and one that waits on is tried again
    /// only if something new has come for it.
    pub(super) fn revive(&mut self, answers: &mut Answers<'_, '_>) -> Result<()> {
        loop {
            self.wake()?;
            let round = std::mem::take(&mut self.waiting.ready);
            if round.is_empty() {
                return Ok(());
            }
            for number in round {
                if self.cancel.is_cancelled() {
                    return Err(Error::Cancelled);
                }
                self.revive_one(answers, number)?;
            }
        }
    }

    fn revive_one(&mut self, answers: &mut Answers<'_, '_>, number: i64) -> Result<()> {
        let Some(waiting) = self.transaction.waiting(number)? else { return Ok(()) };
        self.waiting.tries(number);
        let of = Of { number, file: waiting.file, side: waiting.side };
        let declined = |it: &Unwritable| it.waits_because(waiting.side, &waiting.json);
        if let Some(refused) = self.unwritable.and_then(declined) {
            return self.waits_because(of, &refused);
        }
        let item = waiting.document()?;
        let origin = Origin::waited(waiting.side, &waiting.json);
        match self.book_waiting((answers, origin), of, item, &waiting.json) {
            Ok(decided) => {
                if decided {
                    self.transaction.decide_exception(number, "booked", self.file)?;
                }
                if waiting.side == self.side {
                    self.waiting.count = self.waiting.count.saturating_sub(1);
                }
                self.report.revived += u64::from(waiting.file != self.file);
                Ok(())
            }
            Err(Stop::Waits(waits)) => self.transaction.still_waits(self.engagement_id, number, &waits),
            Err(Stop::Refused(refused)) => self.waits_because(of, &refused),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Something else keeps a document from being booked: it waits on, for a person or for the same to come again.
    fn waits_because(&mut self, Of { number, side, .. }: Of, refused: &Refused) -> Result<()> {
        let why = format!("{} [{}]", refused.message, refused.code);
        self.transaction.waits_because(number, &why)?;
        let message = format!(
            "number {number} waits on, though what it waited for has come: {why}; decide it (`bailiwick decide`)"
        );
        self.report.add_of(side, &Problem::warning("waits_on", 0, message));
        Ok(())
    }

    /// Books a document under its own file, for its own side. Returns false if it became an exception under its number.
    /// `origin` says of what it is, if a plugin declines to write it.
    pub(super) fn book_waiting(
        &mut self,
        (answers, origin): (&mut Answers<'_, '_>, Origin),
        of: Of,
        item: Item,
        json: &[u8],
    ) -> Booked<bool> {
        let mut wanted = Wanted::default();
        wanted.add(&item);
        self.transaction.load((self.engagement_id, self.today), wanted, &mut self.known)?;
        self.known.forget_exception(of.number);
        let setting = self.setting_of(of.file, of.side)?;
        let mut changes = book(&setting, &self.known, &mut self.advisers, item, json)?;
        if let Some(other) = changes.again {
            let message = format!("the same document waits as number {other}; decide that one first");
            let pointer = Some("/identifier");
            return Err(Stop::Refused(Refused { code: "payment_conflict".into(), message, pointer }));
        }
        if let Some(money) = changes.suspended.take() {
            // Its account is not there still.
            return Err(Stop::Waits(money.waits));
        }
        let exception = changes.exceptions.pop();
        let before = self.known.numbers;
        self.known.apply(&changes)?;
        let undone = changes.undone.take();
        self.has_come(&changes, before)?;
        for warning in &changes.warnings {
            self.report.add_of(of.side, &about(of.number, warning));
        }
        if let Some(exception) = &exception {
            self.transaction.becomes_exception(of.number, exception)?;
        }
        let under = self.under_file(of.file, of.side);
        self.transaction.write(&under, std::iter::once(&changes))?;
        if let Some(undone) = &undone {
            self.transaction.undo_suspended(of.number, undone, self.file)?;
        }
        if exception.is_none() {
            self.leave_suspense(of.number, Left::Cleared)?;
        }
        for (to, item) in &changes.notices {
            answers.send_item(*to, item)?;
        }
        answers.probe(of.side, &changes.events, origin)?;
        Ok(exception.is_none())
    }
}

/// A warning about a document that had waited. Its line is of another file.
fn about(number: i64, warning: &Problem) -> Problem {
    let mut warning = warning.clone();
    warning.line = None;
    let message = format!("number {number}, which had waited: {}", warning.message);
    if let Some(message) = Remark::trimmed(&message) {
        warning.message = message;
    }
    warning
}

/// Which report is brought up to date.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReportOf<'a> {
    /// The row of its file.
    pub(super) file: i64,
    /// The currency of its amounts.
    pub(super) currency: &'a str,
    /// The file places accounts: only placements count as taken or refused, and they never wait.
    pub(super) places: bool,
    /// When it is brought up to date: at the end of the file's own act, or when the file comes again.
    pub(super) when: When,
}

/// Corrects the report of a file by what became of its documents that waited: those that are booked are taken now, those
/// that a person refused are refused.
pub(super) fn bring_up_to_date(
    transaction: &Transaction<'_>,
    of: ReportOf<'_>,
    report: &mut Report,
) -> Result<()> {
    let ReportOf { file, currency, places, when } = of;
    // Money in suspense has a number, too.
    if report.waiting == 0 && report.problems.iter().all(|problem| problem.number.is_none()) {
        return Ok(());
    }
    let became = transaction.became(file)?;
    let booked = report.waiting.saturating_sub(became.waiting + became.refused);
    report.waiting = became.waiting;
    if !places {
        report.rejected += became.refused;
        report.accepted = (report.accepted + booked).min(report.accounts.saturating_sub(report.rejected));
    }
    for (kind, minor) in transaction.booked_of(file, when)? {
        // Each of the amounts fitted when it was booked. A sum of them that does not fit stays as it was.
        let _ = report.count(&kind, currency, minor);
    }
    let errors =
        |problems: &[ReportProblem]| problems.iter().filter(|it| it.severity == Severity::Error).count();
    let before = errors(&report.problems);
    let mut problems = Vec::with_capacity(report.problems.len());
    for mut problem in std::mem::take(&mut report.problems) {
        let Some(number) = problem.number else {
            problems.push(problem);
            continue;
        };
        match transaction.decision_of(number)? {
            None => problems.push(problem),
            Some(Some(decision)) if decision == "refuse" => {
                "refused_by_decision".clone_into(&mut problem.code);
                problem.message =
                    format!("it waited as number {number}, and a person decided that it is not booked");
                problem.number = None;
                problems.push(problem);
            }
            Some(Some(decision)) if decision == "return" => {
                MONEY_RETURNED.clone_into(&mut problem.code);
                problem.message = returned_message(number);
                problem.number = None;
                problems.push(problem);
            }
            Some(_) => {}
        }
    }
    let dropped = (before - errors(&problems)) as u64;
    report.problems = problems;
    report.problems_not_listed = report.problems_not_listed.saturating_sub(booked.saturating_sub(dropped));
    Ok(())
}
