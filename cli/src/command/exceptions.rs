//! `bailiwick exceptions` and `bailiwick decide`

use std::process::ExitCode;

use bailiwick_host::{ActOptions, ExceptionDecision};

use crate::arguments;
use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::show::{List, money};

pub(crate) fn list(home: &Home, engagement: &str, all: bool, json: bool) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let exceptions = host.acting_as(home.operator()).exceptions(engagement, all)?;
    let head = &["NUMBER", "WHY", "ACCOUNT", "DAY", "AMOUNT", "FILE:LINE", "DECISION"];
    List::new(json, head).items(exceptions, |it| {
        vec![
            it.number.to_string(),
            it.code,
            it.account,
            it.on.unwrap_or_default(),
            it.minor.map(|minor| money(minor, &it.currency)).unwrap_or_default(),
            format!("{}{}", it.file, it.line.map(|line| format!(":{line}")).unwrap_or_default()),
            it.decision.unwrap_or_default(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn decide(
    home: &Home,
    engagement: &str,
    number: i64,
    decision: arguments::ExceptionDecision,
    at: Option<jiff::Timestamp>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let decision = match decision {
        arguments::ExceptionDecision::Credit => ExceptionDecision::Credit,
        arguments::ExceptionDecision::CreditWithoutCommission => ExceptionDecision::CreditWithoutCommission,
        arguments::ExceptionDecision::Refuse => ExceptionDecision::Refuse,
    };
    let mut options = ActOptions::new();
    options.at = at;
    let decided = home.open()?.acting_as(home.operator()).decide(engagement, number, decision, options)?;
    if json {
        output::json(&decided);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("exception {number}: {}", decision.name());
    for problem in &decided.problems {
        outln!("  warning: {} [{}]", problem.message, problem.code);
    }
    for answer in &decided.answers {
        outln!("  wrote {answer}");
    }
    Ok(ExitCode::SUCCESS)
}
