//! `bailiwick accounts` and `bailiwick account`

use std::process::ExitCode;

use bailiwick_host::book::{AccountRow, Filter};
use bailiwick_host::case::State;

use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::show::{List, money, table};

pub(crate) fn list(
    home: &Home,
    engagement: &str,
    state: Option<&str>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let state = match state {
        None => None,
        Some(name) => Some(State::named(name).ok_or_else(|| {
            let known: Vec<&str> = State::ALL.into_iter().map(State::name).collect();
            Failure::usage(format!("there is no state {name:?}; there are: {}", known.join(", ")))
        })?),
    };
    let host = home.open()?;
    let accounts = host.acting_as(home.operator()).accounts(engagement, &Filter::of_state(state))?;
    let list = List::new(json, &["ACCOUNT", "ROUND", "STATE", "HOLDS", "STATUS", "PLACED", "PAID", "OWED"]);
    list.items(accounts, row)?;
    Ok(ExitCode::SUCCESS)
}

fn row(account: AccountRow) -> Vec<String> {
    let holds: Vec<&str> = account.holds.reasons().map(|reason| reason.name()).collect();
    let in_error = if account.in_error { " (in error)" } else { "" };
    vec![
        account.account,
        account.round.to_string(),
        format!("{}{in_error}", account.state),
        holds.join(","),
        account.status.unwrap_or_default(),
        money(account.placed, &account.currency),
        money(account.net_paid, &account.currency),
        money(account.balance, &account.currency),
    ]
}

pub(crate) fn one(home: &Home, engagement: &str, account: &str, json: bool) -> Result<ExitCode, Failure> {
    let view = home.open()?.acting_as(home.operator()).account(engagement, account)?;
    if json {
        output::json(&view);
        return Ok(ExitCode::SUCCESS);
    }
    let row = &view.account;
    outln!("{} round {}: {}", row.account, row.round, row.state);
    outln!(
        "  placed {}, paid {}, adjusted {}, owed {}",
        money(row.placed, &row.currency),
        money(row.net_paid, &row.currency),
        money(row.adjusted, &row.currency),
        money(row.balance, &row.currency)
    );
    let it = &view.itemized;
    let amount = |minor| money(minor, &row.currency);
    outln!(
        "  {} on {} {}, interest {}, fees {}, payments and credits {}: {} now",
        it.basis.replace('_', " "),
        it.on.as_deref().unwrap_or("an unknown day"),
        amount(it.amount),
        amount(it.interest),
        amount(it.fees),
        amount(it.payments),
        amount(it.current)
    );
    if row.commission != 0 {
        outln!("  commission {}, tax on it {}", amount(row.commission), amount(row.tax));
    }
    let dates = [
        ("placed", &row.placed_on),
        ("term ends", &row.term_ends_on),
        ("ended", &row.ended_on),
        ("next due", &row.due_on),
    ];
    let dates: Vec<String> =
        dates.iter().filter_map(|(what, day)| day.as_ref().map(|day| format!("{what} {day}"))).collect();
    outln!("  {}", dates.join(", "));
    outln!();
    outln!("Timeline");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let rows: Vec<Vec<String>> = view
        .events
        .iter()
        .map(|event| {
            let state = match (&event.before, &event.after) {
                (Some(before), Some(after)) => format!("{before} → {after}"),
                (None, Some(after)) => after.clone(),
                _ => String::new(),
            };
            let moved: Vec<String> =
                event.moved.iter().map(|moved| format!("{} {}", moved.kind, amount(moved.minor))).collect();
            let line = event.line.map(|line| format!(":{line}")).unwrap_or_default();
            vec![
                text(&event.on),
                event.kind.clone(),
                state,
                moved.join(", "),
                amount(event.owed),
                format!("{}{line}", event.file),
            ]
        })
        .collect();
    table(&["DAY", "WHAT", "STATE", "MOVED", "OWED", "FILE:LINE"], &rows);
    if !view.promises.is_empty() {
        outln!();
        outln!("Promises");
        let rows: Vec<Vec<String>> = view
            .promises
            .iter()
            .map(|it| {
                vec![
                    it.due_on.clone(),
                    it.kind.clone(),
                    amount(it.minor),
                    amount(it.covered),
                    it.state.clone(),
                ]
            })
            .collect();
        table(&["DUE", "WHAT", "AMOUNT", "PAID", "STATE"], &rows);
    }
    if !view.matters.is_empty() {
        outln!();
        outln!("Disputes and complaints");
        let rows: Vec<Vec<String>> = view
            .matters
            .iter()
            .map(|matter| {
                vec![
                    matter.received_on.clone(),
                    matter.kind.clone(),
                    matter.identifier.clone(),
                    matter.stage.to_string(),
                    format!("{} by {}", matter.level, matter.answer_by),
                    text(&matter.outcome),
                ]
            })
            .collect();
        table(&["DAY", "WHAT", "NUMBER", "STAGE", "ANSWERS", "OUTCOME"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}
