//! Money in suspense in an act: numbered when it comes, told to its sender.

use bailiwick_sdk::document::{Problem, Severity};

use super::booking::{Booking, problem_of};
use super::report::{Report, ReportProblem};
use crate::book::Left;
use crate::booking::{Suspended, UNIDENTIFIED_MONEY, Unidentified};
use crate::error::Result;

/// The code that tells the bank of money that goes back.
pub(super) const MONEY_RETURNED: &str = "money_returned";

impl Booking<'_> {
    /// Books money to suspense, and tells its sender under which number it is there.
    pub(super) fn suspend(&mut self, money: Unidentified, json: &[u8]) -> Result<()> {
        let from = (self.engagement_id, self.file, self.side);
        let number = self.transaction.add_unidentified(from, &money, json)?;
        if !money.waits.awaited.is_empty() {
            self.waiting.money_waits();
        }
        if let Some(Some(known)) = self.known.exceptions.get_mut(&money.identifier) {
            known.number = Some(number);
        }
        let account = money.kept.account.as_deref();
        let mut problem = problem_of(&money.waits.refused, money.kept.kind, money.line, account);
        problem.severity = Severity::Warning;
        self.report.add_numbered(&problem, number);
        let Unidentified { kept, identifier, minor, on, references, .. } = money;
        let account = kept.account;
        let suspended = Suspended { number, identifier, account, minor, on, references, returned: false };
        self.known.suspended.insert(number, suspended);
        Ok(())
    }

    /// The money of a number leaves suspense, if it is there.
    pub(super) fn leave_suspense(&mut self, number: i64, how: Left) -> Result<()> {
        self.known.suspended.remove(&number);
        self.transaction.leave_suspense(number, how, (self.file, self.today))
    }

    /// A person gives money in suspense back: the bank is told.
    pub(super) fn give_back(&mut self, number: i64) -> Result<()> {
        self.leave_suspense(number, Left::Returned)?;
        let problem = Problem::warning(MONEY_RETURNED, 0, returned_message(number));
        let problem = ReportProblem { line: None, ..ReportProblem::from(&problem) };
        self.report.problems.push(problem);
        Ok(())
    }
}

/// The words for money of a number that goes back.
pub(super) fn returned_message(number: i64) -> String {
    format!("the money in suspense as number {number} goes back to its payer")
}

impl Report {
    /// Whether the sender has to hear of money in suspense.
    pub(super) fn tells_of_suspense(&self) -> bool {
        let codes = [UNIDENTIFIED_MONEY, MONEY_RETURNED];
        self.problems.iter().any(|problem| codes.contains(&problem.code.as_str()))
    }
}
