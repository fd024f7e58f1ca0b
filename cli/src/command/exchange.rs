//! `bailiwick exchange`

use std::path::Path;
use std::process::ExitCode;

use bailiwick_host::sdk::context::Side;
use bailiwick_host::sdk::document::Severity;
use bailiwick_host::{ActingHost, FileOutcome, Incoming, Report, ReportProblem, Source};
use serde_json::json;

use crate::arguments::{Exchange, From};
use crate::failure::{Failure, REFUSED};
use crate::home::Home;
use crate::output;
use crate::progress;
use crate::show;

/// Problems shown of one file; `--json` has them all.
const PROBLEMS_SHOWN: usize = 20;

pub(crate) fn run(home: &Home, exchange: Exchange, json: bool) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    // A wrong engagement concerns no file in particular.
    host.engagement(&exchange.engagement)?;
    let acting = host.acting_as(home.operator());
    let mut worst = 0;
    for path in &exchange.files {
        let exit = match one(&acting, &exchange, path, json) {
            Ok(report) => {
                if json {
                    output::json(&report);
                } else {
                    print(&report);
                }
                if report.rejected + report.waiting > 0 || report.outcome == FileOutcome::Rejected {
                    REFUSED
                } else {
                    0
                }
            }
            Err(failure) => {
                if json {
                    outln!("{}", failed(path, &failure));
                } else {
                    failure.complain(path.display());
                }
                failure.exit()
            }
        };
        worst = worst.max(exit);
    }
    Ok(ExitCode::from(worst))
}

fn one(host: &ActingHost<'_>, exchange: &Exchange, path: &Path, json: bool) -> Result<Report, Failure> {
    let mut incoming = Incoming::from(Source::Path(path.to_owned()));
    incoming.from = exchange.from.map(|from| match from {
        From::Bank => Side::Bank,
        From::Agency => Side::Agency,
    });
    incoming.message.clone_from(&exchange.message);
    progress::with(json, exchange.at, |options| host.exchange(&exchange.engagement, incoming, options))
}

fn print(report: &Report) {
    let message = report.message.as_deref().unwrap_or("not recognised");
    outln!(
        "{}: {}, {message}, {} accounts: {} taken, {} refused{}",
        report.file,
        report.outcome.name(),
        report.accounts,
        report.accepted,
        report.rejected,
        if report.waiting > 0 { format!(", {} waiting", report.waiting) } else { String::new() }
    );
    if report.revived > 0 {
        outln!("  {} documents of earlier files had waited and are booked now", report.revived);
    }
    for (currency, minor) in &report.totals {
        outln!("  placed {}", show::money(*minor, currency));
    }
    for (kind, count) in report.documents.iter().filter(|(kind, _)| *kind != "placement") {
        let sums: Vec<String> =
            count.minor.iter().map(|(currency, minor)| show::money(*minor, currency)).collect();
        outln!("  {} {kind} {}", count.count, sums.join(", "));
    }
    for problem in report.problems.iter().take(PROBLEMS_SHOWN) {
        let severity = match problem.severity {
            Severity::Error if problem.number.is_some() => "waits",
            Severity::Warning => "warning",
            Severity::Error => "refused",
            Severity::Fatal => "file refused",
        };
        let place = problem.line.map(|line| format!(" line {line}")).unwrap_or_default();
        let column = problem.column.map(|column| format!(" column {column}")).unwrap_or_default();
        let account =
            problem.account.as_ref().map(|account| format!(" account {account}")).unwrap_or_default();
        let number = problem.number.map(|number| format!(" as number {number}")).unwrap_or_default();
        outln!("  {severity}{number}{place}{column}{account}: {} [{}]", problem.message, problem.code);
    }
    let more = report.problems.len().saturating_sub(PROBLEMS_SHOWN) as u64 + report.problems_not_listed;
    if more > 0 {
        outln!("  and {more} more; --json lists them");
    }
    let wrote = if report.outcome == FileOutcome::Duplicate { "wrote before" } else { "wrote" };
    for answer in &report.answers {
        outln!("  {wrote} {answer}");
    }
    if report.waiting > 0 {
        outln!("  what waits is booked by itself when what it names is in the book (`bailiwick waiting`)");
    }
    if report.rejected > 0 {
        match report.outcome {
            FileOutcome::Partial | FileOutcome::Duplicate => {
                outln!("  what was refused is taken from a new file only, not from this one again");
            }
            // The same bytes are refused for ever; the problem says what a corrected file needs.
            _ if report.problems.iter().any(conflicts) => {}
            _ => outln!("  nothing of the file was taken; it may be sent again as it is, or corrected"),
        }
    }
}

/// Whether the file stands against one that was taken.
fn conflicts(problem: &ReportProblem) -> bool {
    problem.severity == Severity::Fatal && problem.code == "file_conflict"
}

fn failed(path: &Path, failure: &Failure) -> serde_json::Value {
    let problem = json!({
        "code": failure.code(), "severity": "fatal", "message": failure.message(),
        "line": null, "column": null, "pointer": null, "account": null, "number": null,
    });
    json!({
        "file": path.file_name().unwrap_or_default().to_string_lossy(), "message": null, "outcome": "rejected",
        "records": 0, "accounts": 0, "accepted": 0, "rejected": 0, "waiting": 0, "revived": 0, "replaced": 0, "totals": {}, "documents": {}, "answers": [],
        "problems": [problem], "problems_not_listed": 0,
    })
}
