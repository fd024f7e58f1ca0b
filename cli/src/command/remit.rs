//! `bailiwick remit` and `bailiwick reconcile`

use std::process::ExitCode;

use bailiwick_host::sdk::value::Day;

use crate::failure::{Failure, REFUSED};
use crate::home::Home;
use crate::output;
use crate::progress;
use crate::show::{money, table};

pub(crate) fn remit(
    home: &Home,
    engagement: &str,
    identifier: Option<&str>,
    period: (Day, Day),
    at: Option<jiff::Timestamp>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let acting = host.acting_as(home.operator());
    let it = progress::with(json, at, |options| acting.remit(engagement, identifier, period, options))?;
    if json {
        output::json(&it);
        return Ok(ExitCode::SUCCESS);
    }
    let amount = |minor| money(minor, &it.currency);
    outln!("{}: {} to {}, {} accounts, {} payments", it.identifier, it.from, it.to, it.accounts, it.payments);
    let rows = [
        ("payments", it.gross),
        ("less reversals", it.reversed),
        ("less commission kept", it.commission),
        ("less tax kept", it.tax),
        ("remitted", it.net),
        ("invoiced", it.invoiced),
    ];
    table(&["", "AMOUNT"], &rows.map(|(what, minor)| vec![what.to_owned(), amount(minor)]));
    if it.earlier > 0 {
        outln!("  {} of them are of days before the period and were told late", it.earlier);
    }
    for problem in &it.problems {
        outln!("  warning: {} [{}]", problem.message, problem.code);
    }
    for answer in &it.answers {
        outln!("  wrote {answer}");
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn reconcile(
    home: &Home,
    engagement: &str,
    period: (Day, Day),
    batch: Option<&str>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let roll = home.open()?.acting_as(home.operator()).reconcile(engagement, period, batch)?;
    let code = if roll.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) };
    if json {
        output::json(&roll);
        return Ok(code);
    }
    let amount = |minor| money(minor, &roll.currency);
    let rows = [
        ("opening", roll.opening),
        ("+ placed", roll.placed),
        ("- returned", roll.returned),
        ("+ adjusted", roll.adjusted),
        ("- paid", roll.paid),
        ("= closing", roll.closing),
    ];
    outln!("{} from {} to {}, {} accounts at its end", roll.engagement, roll.from, roll.to, roll.accounts);
    table(&["", "AMOUNT"], &rows.map(|(what, minor)| vec![what.to_owned(), amount(minor)]));
    if roll.paid_after_end != 0 {
        outln!("  {} were paid on accounts that had left the agency", amount(roll.paid_after_end));
    }
    if roll.paid_when_rejected != 0 {
        outln!("  {} were paid on accounts that the agency refused", amount(roll.paid_when_rejected));
    }
    if roll.differences.is_empty() {
        outln!("No figure of the other side differs.");
        return Ok(code);
    }
    let rows: Vec<Vec<String>> = roll
        .differences
        .iter()
        .map(|it| {
            vec![
                it.account.clone(),
                it.side.clone(),
                it.figure.clone(),
                amount(it.ours),
                it.theirs.map(amount).unwrap_or_default(),
                it.why.to_string(),
                it.as_of.clone().unwrap_or_default(),
            ]
        })
        .collect();
    outln!();
    outln!("Where they differ");
    table(&["ACCOUNT", "SIDE", "FIGURE", "OURS", "THEIRS", "WHY", "AS OF"], &rows);
    if roll.differences_not_listed > 0 {
        outln!("and {} more", roll.differences_not_listed);
    }
    Ok(code)
}
