//! `bailiwick tick`

use std::process::ExitCode;

use bailiwick_host::book::Missing;
use bailiwick_host::{Error, TickReport};
use serde_json::json;

use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::progress;

/// Overdue disputes and complaints shown of one engagement.
const OVERDUE_SHOWN: usize = 20;

/// The codes of failures after which no other engagement is ticked: the operator ended it, or another program writes to
/// the home, and every other engagement would wait for it once more.
const ENDS_ALL: [&str; 2] = ["cancelled", "busy"];

pub(crate) fn run(
    home: &Home,
    engagements: Vec<String>,
    at: Option<jiff::Timestamp>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let all = engagements.is_empty();
    let engagements = if all { host.engagements()? } else { engagements };
    // A wrong name is told before anything is done.
    for engagement in &engagements {
        if let Err(error @ Error::NoEngagement { .. }) = host.engagement(engagement) {
            return Err(error.into());
        }
    }
    let at = at.unwrap_or_else(jiff::Timestamp::now);
    let acting = host.acting_as(home.operator());
    let mut failures: Vec<(&str, Failure)> = Vec::new();
    for engagement in &engagements {
        match progress::with(json, Some(at), |options| acting.tick(engagement, options)) {
            Ok(report) if json => output::json(&report),
            Ok(report) => show(&report),
            Err(failure) => {
                let ends = ENDS_ALL.contains(&failure.code());
                failures.push((engagement.as_str(), failure));
                if ends {
                    break;
                }
            }
        }
    }
    for (engagement, failure) in &failures {
        if json {
            let error = json!({ "code": failure.code(), "message": failure.message() });
            outln!("{}", json!({ "engagement": engagement, "error": error }));
        } else {
            failure.complain(engagement);
        }
    }
    if all {
        host.missing_engagements()?.iter().for_each(|missing| show_missing(missing, json));
    }
    Ok(failures.first().map_or(ExitCode::SUCCESS, |(_, failure)| failure.exit_code()))
}

/// Prints what a tick did.
fn show(report: &TickReport) {
    let engagement = &report.engagement;
    let moves: Vec<String> = report.moves.iter().map(|(by, count)| format!("{count} {by}")).collect();
    let moves = if moves.is_empty() { "nothing was due".to_owned() } else { moves.join(", ") };
    outln!("{engagement} on {}: {moves}", report.today);
    for problem in &report.problems {
        outln!("  warning: {} [{}]", problem.message, problem.code);
    }
    for answer in &report.answers {
        outln!("  wrote {answer}");
    }
    for it in report.overdue.iter().take(OVERDUE_SHOWN) {
        outln!(
            "  overdue since {}: {} {} of {}, with the {}",
            it.answer_by,
            it.kind,
            it.identifier,
            it.account,
            it.level
        );
    }
    let more = report.overdue.len().saturating_sub(OVERDUE_SHOWN) as u64 + report.overdue_not_listed;
    if more > 0 {
        outln!("  and {more} more are overdue; `bailiwick disputes {engagement} --overdue` lists them");
    }
}

/// An engagement that cannot be ticked, as a warning; its JSON has the form of a tick's.
fn show_missing(missing: &Missing, json: bool) {
    if json {
        let problem = json!({ "code": Missing::CODE, "severity": "warning", "message": missing.message() });
        output::json(&json!({ "engagement": missing.engagement, "problems": [problem] }));
    } else {
        outln!("{}", missing.engagement);
        outln!("  warning: {} [{}]", missing.message(), Missing::CODE);
    }
}
