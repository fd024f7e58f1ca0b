//! A report as the book stores it. Reports of every release can be read: what a report does not have is empty, and
//! what this release does not know is passed over.

use std::collections::BTreeMap;

use bailiwick_sdk::document::Severity;
use serde::{Deserialize, Serialize};

use super::report::{DocumentCount, Report, ReportProblem};
use crate::audit::FileOutcome;
use crate::error::{Error, Result};

/// What every release has written stands without a default: without it the row is no report.
#[derive(Serialize, Deserialize)]
struct Stored {
    file: String,
    outcome: String,
    message: Option<String>,
    #[serde(default)]
    records: u64,
    #[serde(default)]
    accounts: u64,
    #[serde(default)]
    accepted: u64,
    #[serde(default)]
    rejected: u64,
    #[serde(default)]
    waiting: u64,
    #[serde(default)]
    revived: u64,
    #[serde(default)]
    replaced: u64,
    #[serde(default)]
    totals: BTreeMap<String, i64>,
    #[serde(default)]
    documents: BTreeMap<String, StoredCount>,
    #[serde(default)]
    answers: Vec<String>,
    #[serde(default)]
    problems: Vec<StoredProblem>,
    #[serde(default)]
    problems_not_listed: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredCount {
    #[serde(default)]
    count: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    minor: BTreeMap<String, i64>,
}

#[derive(Serialize, Deserialize)]
struct StoredProblem {
    code: String,
    severity: Severity,
    #[serde(default)]
    message: String,
    line: Option<u64>,
    column: Option<u32>,
    pointer: Option<String>,
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
}

/// A report as JSON for the book.
pub(super) fn write(report: &Report) -> Result<String> {
    let it = report.clone();
    let documents = it.documents.into_iter();
    let stored = Stored {
        file: it.file,
        outcome: it.outcome.name().to_owned(),
        message: it.message,
        records: it.records,
        accounts: it.accounts,
        accepted: it.accepted,
        rejected: it.rejected,
        waiting: it.waiting,
        revived: it.revived,
        replaced: it.replaced,
        totals: it.totals,
        documents: documents
            .map(|(kind, it)| (kind, StoredCount { count: it.count, minor: it.minor }))
            .collect(),
        answers: it.answers,
        problems: it.problems.into_iter().map(StoredProblem::of).collect(),
        problems_not_listed: it.problems_not_listed,
    };
    serde_json::to_string(&stored).map_err(|error| Error::Invariant(error.to_string()))
}

/// The report of a file that came before. The error names the file's row.
pub(super) fn read(file: i64, json: &str) -> Result<Report> {
    let unreadable = |why: String| Error::book(format!("the report of file {file} is unreadable: {why}"));
    let it: Stored = serde_json::from_str(json).map_err(|error| unreadable(error.to_string()))?;
    let outcome =
        FileOutcome::named(&it.outcome).ok_or_else(|| unreadable(format!("no outcome {:?}", it.outcome)))?;
    let documents = it.documents.into_iter();
    Ok(Report {
        file: it.file,
        outcome,
        message: it.message,
        records: it.records,
        accounts: it.accounts,
        accepted: it.accepted,
        rejected: it.rejected,
        waiting: it.waiting,
        revived: it.revived,
        replaced: it.replaced,
        totals: it.totals,
        documents: documents
            .map(|(kind, it)| (kind, DocumentCount { count: it.count, minor: it.minor }))
            .collect(),
        answers: it.answers,
        problems: it.problems.into_iter().map(StoredProblem::live).collect(),
        problems_not_listed: it.problems_not_listed,
    })
}

impl StoredProblem {
    fn of(it: ReportProblem) -> Self {
        let ReportProblem { code, severity, message, line, column, pointer, account, number, of: _ } = it;
        Self { code, severity, message, line, column, pointer, account, number }
    }

    fn live(self) -> ReportProblem {
        let Self { code, severity, message, line, column, pointer, account, number } = self;
        ReportProblem { code, severity, message, line, column, pointer, account, number, of: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::document::Problem;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let mut report = Report::refused("f.txt", "file_conflict", 3, "it came before");
        report.message = Some("CPLC".to_owned());
        report.outcome = FileOutcome::Partial;
        assert!(report.count("payment", "USD", Some(5)));
        report.add(&Problem::error("bad_row", 7, "expected a day"));
        report.add_waiting(&Problem::error("waits_for_account", 8, "it was never placed"), 12);
        (report.revived, report.replaced) = (2, 3);
        report.totals.insert("USD".to_owned(), -4);
        report.answers.push("outbox/bank/a".to_owned());
        assert_eq!(read(1, &write(&report).unwrap()).unwrap(), report);
    }

    #[test]
    fn a_report_of_another_release_can_be_read() {
        let old = r#"{"file":"f","outcome":"rejected","problems":[{"code":"c","severity":"fatal","since":1}],"later":{}}"#;
        let mut report = Report::new("f");
        report.outcome = FileOutcome::Rejected;
        let problem = ReportProblem {
            code: "c".to_owned(),
            severity: Severity::Fatal,
            message: String::new(),
            line: None,
            column: None,
            pointer: None,
            account: None,
            number: None,
            of: None,
        };
        report.problems.push(problem);
        assert_eq!(read(1, old).unwrap(), report);
    }

    #[test]
    fn an_unreadable_report_names_its_row() {
        for json in ["", "{}", r#"{"file":"f"}"#, r#"{"file":"f","outcome":"sold"}"#] {
            let error = read(7, json).unwrap_err().to_string();
            assert!(error.starts_with("the book failed: the report of file 7 is unreadable"), "{error}");
        }
    }
}
