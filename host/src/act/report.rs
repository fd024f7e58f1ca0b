//! The report on a file.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Problem, Severity};
use serde::Serialize;

use crate::audit::{FileOutcome, most_frequent};

/// The most problems that a report lists one by one. More are counted.
pub(crate) const PROBLEMS_MAX: usize = 10_000;
/// The most fatal problems that are listed beyond those.
const FATAL_PROBLEMS_MAX: usize = 100;

/// What came of a file, in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The file's name.
    pub file: String,
    /// The file's message, if it is known.
    pub message: Option<String>,
    /// The outcome.
    pub outcome: FileOutcome,
    /// Records that the plugin reports on: documents and refused records.
    pub records: u64,
    /// Accounts that the file holds: accounts placed, or for other files documents about accounts.
    pub accounts: u64,
    /// Of these, taken.
    pub accepted: u64,
    /// Of these, refused.
    pub rejected: u64,
    /// Documents that wait: they are booked as soon as what they name is in the book. In the report of a file that came
    /// before, those that wait still.
    pub waiting: u64,
    /// Documents of earlier files that had waited and were booked with this one.
    pub revived: u64,
    /// Documents of an earlier file of the same identity that had waited and are replaced by this file.
    pub replaced: u64,
    /// Placed amounts of the accounts taken, by currency, in minor units.
    pub totals: BTreeMap<String, i64>,
    /// Documents taken, by kind: how many, and their amounts in minor units by currency.
    pub documents: BTreeMap<String, DocumentCount>,
    /// Files written, relative to the home.
    pub answers: Vec<String>,
    /// The problems.
    pub problems: Vec<ReportProblem>,
    /// Problems beyond those listed.
    pub problems_not_listed: u64,
}

/// Documents of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct DocumentCount {
    /// How many.
    pub count: u64,
    /// Their amounts by currency, in minor units.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub minor: BTreeMap<String, i64>,
}

/// Something wrong with a file, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReportProblem {
    /// The stable code.
    pub code: String,
    /// `warning`, `error` (a record is refused) or `fatal` (the file is refused).
    pub severity: Severity,
    /// What is wrong, what was expected, what to do.
    pub message: String,
    /// The line, from 1; 0 for an empty file.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// The place in the document, as a JSON pointer.
    pub pointer: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// The number under which the document waits or its money is in suspense, for `decide`.
    pub number: Option<i64>,
    /// The side whose earlier document it is about, if it is about one: the other side is not told.
    #[serde(skip)]
    pub(crate) of: Option<Side>,
}

impl From<&Problem> for ReportProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.to_string(),
            severity: problem.severity,
            message: problem.message.to_string(),
            line: problem.line,
            column: problem.column,
            pointer: problem.pointer.as_ref().map(ToString::to_string),
            account: problem.account.as_ref().map(ToString::to_string),
            number: None,
            of: None,
        }
    }
}

impl Report {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            message: None,
            outcome: FileOutcome::Accepted,
            records: 0,
            accounts: 0,
            accepted: 0,
            rejected: 0,
            waiting: 0,
            revived: 0,
            replaced: 0,
            totals: BTreeMap::new(),
            documents: BTreeMap::new(),
            answers: Vec::new(),
            problems: Vec::new(),
            problems_not_listed: 0,
        }
    }

    /// A file refused before anything of it was read.
    pub(crate) fn refused(file: &str, code: &str, line: u64, message: impl Into<String>) -> Self {
        let mut report = Self::new(file);
        report.add(&Problem::fatal(code, line, message));
        report.reject();
        report
    }

    pub(crate) fn add(&mut self, problem: &Problem) {
        self.list(problem.into());
    }

    /// A document waits under a number.
    pub(crate) fn add_waiting(&mut self, problem: &Problem, number: i64) {
        self.waiting += 1;
        self.list(ReportProblem { number: Some(number), ..ReportProblem::from(problem) });
    }

    /// Something about a document that a person can decide under a number.
    pub(crate) fn add_numbered(&mut self, problem: &Problem, number: i64) {
        self.list(ReportProblem { number: Some(number), ..ReportProblem::from(problem) });
    }

    /// Something about a document of a side that had waited.
    pub(crate) fn add_of(&mut self, side: Side, problem: &Problem) {
        self.list(ReportProblem { of: Some(side), ..ReportProblem::from(problem) });
    }

    fn list(&mut self, problem: ReportProblem) {
        // A fatal problem is listed even after many others.
        let fatal = problem.severity == Severity::Fatal;
        let room = if fatal { PROBLEMS_MAX + FATAL_PROBLEMS_MAX } else { PROBLEMS_MAX };
        if self.problems.len() < room {
            self.problems.push(problem);
        } else {
            self.problems_not_listed += 1;
        }
    }

    /// Counts a document and its amount. False if the sum does not fit; then it stays as it was.
    #[must_use]
    pub(crate) fn count(&mut self, kind: &str, currency: &str, minor: Option<i64>) -> bool {
        if !self.documents.contains_key(kind) {
            self.documents.insert(kind.to_owned(), DocumentCount::default());
        }
        let Some(count) = self.documents.get_mut(kind) else { return false };
        count.count += 1;
        let Some(minor) = minor else { return true };
        if !count.minor.contains_key(currency) {
            count.minor.insert(currency.to_owned(), 0);
        }
        let Some(sum) = count.minor.get_mut(currency) else { return false };
        let fits = sum.checked_add(minor);
        *sum = fits.unwrap_or(*sum);
        fits.is_some()
    }

    /// Takes a document and its amount off again.
    pub(crate) fn uncount(&mut self, kind: &str, currency: &str, minor: i64) {
        let Some(count) = self.documents.get_mut(kind) else { return };
        count.count -= 1;
        if let Some(sum) = count.minor.get_mut(currency) {
            *sum -= minor;
        }
    }

    pub(crate) fn reject(&mut self) {
        self.outcome = FileOutcome::Rejected;
        self.rejected = self.accounts;
        self.accepted = 0;
        (self.waiting, self.revived, self.replaced) = (0, 0, 0);
        // Nothing of it waits.
        self.problems.iter_mut().for_each(|problem| problem.number = None);
        self.totals.clear();
        self.documents.clear();
        self.answers.clear();
    }

    /// Whether the file was refused both times, for the same reasons.
    pub(crate) fn refuses_the_same(&self, other: &Self) -> bool {
        let refused = |it: &Self| it.outcome == FileOutcome::Rejected;
        let counts = |it: &Self| (it.records, it.accounts, it.rejected, it.problems_not_listed);
        refused(self)
            && refused(other)
            && self.message == other.message
            && counts(self) == counts(other)
            && self.problems == other.problems
    }

    /// Problem codes and how often each is listed, for the audit log: the most frequent, and the rest as `others`.
    pub(crate) fn codes(&self) -> Vec<(String, u64)> {
        let mut codes = BTreeMap::<&str, u64>::new();
        for problem in &self.problems {
            *codes.entry(&problem.code).or_default() += 1;
        }
        most_frequent(codes.into_iter().map(|(code, count)| (code.to_owned(), count)).collect())
    }
}
