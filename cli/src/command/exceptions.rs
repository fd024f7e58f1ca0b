//! `bailiwick exceptions` and `bailiwick decide`

use std::process::ExitCode;

use bailiwick_host::book::{Candidate, ExceptionRow};
use bailiwick_host::sdk::value::{AccountKey, ItemKey, TextError};
use bailiwick_host::{ActOptions, ExceptionDecision};

use crate::arguments;
use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::show::{List, money};

pub(crate) fn list(
    home: &Home,
    engagement: &str,
    (all, candidates): (bool, bool),
    json: bool,
) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let exceptions = host.acting_as(home.operator()).exceptions(engagement, all)?;
    let head = &["NUMBER", "WHY", "ACCOUNT", "DAY", "AMOUNT", "FILE:LINE", "CANDIDATES", "DECISION"];
    List::new(json, head).items(exceptions, |it| {
        let may_be = may_be(&it, candidates);
        vec![
            it.number.to_string(),
            it.code,
            it.account.unwrap_or_default(),
            it.on.unwrap_or_default(),
            it.minor.map(|minor| money(minor, &it.currency)).unwrap_or_default(),
            format!("{}{}", it.file, it.line.map(|line| format!(":{line}")).unwrap_or_default()),
            may_be,
            it.decision.unwrap_or_default(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn decide(
    home: &Home,
    engagement: &str,
    number: i64,
    (decision, (account, payment)): (arguments::ExceptionDecision, (Option<&str>, Option<&str>)),
    at: Option<jiff::Timestamp>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let decision = match decision {
        arguments::ExceptionDecision::Credit => ExceptionDecision::Credit,
        arguments::ExceptionDecision::CreditWithoutCommission => ExceptionDecision::CreditWithoutCommission,
        arguments::ExceptionDecision::Refuse => ExceptionDecision::Refuse,
        arguments::ExceptionDecision::Return => ExceptionDecision::Return,
        arguments::ExceptionDecision::Assign => ExceptionDecision::Assign {
            account: key(AccountKey::new(account.unwrap_or_default()), "--account")?,
        },
        arguments::ExceptionDecision::Match => {
            ExceptionDecision::Match { payment: key(ItemKey::new(payment.unwrap_or_default()), "--payment")? }
        }
    };
    let name = decision.name();
    let mut options = ActOptions::new();
    options.at = at;
    let decided = home.open()?.acting_as(home.operator()).decide(engagement, number, decision, options)?;
    if json {
        output::json(&decided);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("exception {number}: {name}");
    if let Some(code) = &decided.still {
        outln!("  it is {code} now, and must be decided still");
    }
    for problem in &decided.problems {
        outln!("  warning: {} [{}]", problem.message, problem.code);
    }
    for answer in &decided.answers {
        outln!("  wrote {answer}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The payments or accounts that it may be about; of accounts also why, if that is asked for.
fn may_be(it: &ExceptionRow, with_reasons: bool) -> String {
    let account = |it: &Candidate| match with_reasons {
        true => {
            let why: Vec<&str> = it.why.iter().map(|why| why.name()).collect();
            format!("{} ({})", it.account, why.join(", "))
        }
        false => it.account.clone(),
    };
    let accounts = it.accounts.iter().map(account);
    it.candidates.iter().cloned().chain(accounts).collect::<Vec<_>>().join(", ")
}

fn key<K>(key: Result<K, TextError>, of: &str) -> Result<K, Failure> {
    key.map_err(|error| Failure::usage(format!("{of}: {error}")))
}
