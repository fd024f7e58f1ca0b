//! `bailiwick tick`

use std::process::ExitCode;

use bailiwick_host::book::Missing;
use serde_json::json;

use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::progress;

/// Overdue disputes and complaints shown of one engagement.
const OVERDUE_SHOWN: usize = 20;

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
        host.engagement(engagement)?;
    }
    let at = at.unwrap_or_else(jiff::Timestamp::now);
    let acting = host.acting_as(home.operator());
    for engagement in &engagements {
        let report = progress::with(json, Some(at), |options| acting.tick(engagement, options))?;
        if json {
            output::json(&report);
            continue;
        }
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
    if all {
        host.missing_engagements()?.iter().for_each(|missing| show_missing(missing, json));
    }
    Ok(ExitCode::SUCCESS)
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
