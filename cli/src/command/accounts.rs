//! `bailiwick accounts` and `bailiwick account`

use std::process::ExitCode;

use bailiwick_host::Command;
use bailiwick_host::book::Filter;
use bailiwick_host::case::State;

use crate::failure::Failure;
use crate::home::Home;
use crate::show::{money, table};

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
    let host = home.open_engagement("accounts", engagement)?;
    let mut rows = Vec::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut failed = false;
    host.accounts(engagement, &Filter { state }, |account| {
        use std::io::Write;
        if json {
            failed |= serde_json::to_writer(&mut out, &account).is_err() || out.write_all(b"\n").is_err();
            return;
        }
        let holds: Vec<&str> = account.holds.reasons().map(|reason| reason.name()).collect();
        rows.push(vec![
            account.account,
            account.round.to_string(),
            if account.in_error {
                format!("{} (in error)", account.state)
            } else {
                account.state.to_string()
            },
            holds.join(","),
            account.status.unwrap_or_default(),
            money(account.placed, &account.currency),
            money(account.net_paid, &account.currency),
            money(account.balance, &account.currency),
        ]);
    })?;
    use std::io::Write;
    failed |= out.flush().is_err();
    drop(out);
    if failed {
        return Err(Failure::host("standard output cannot be written"));
    }
    if !json {
        table(&["ACCOUNT", "ROUND", "STATE", "HOLDS", "STATUS", "PLACED", "PAID", "OWED"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn one(home: &Home, engagement: &str, account: &str, json: bool) -> Result<ExitCode, Failure> {
    let about = Command { name: "account", engagement: Some(engagement), account: Some(account) };
    let view = home.open_for(about)?.account(engagement, account)?;
    if json {
        println!("{}", serde_json::to_string(&view).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    let row = &view.account;
    println!("{} round {}: {}", row.account, row.round, row.state);
    println!(
        "  placed {}, paid {}, adjusted {}, owed {}",
        money(row.placed, &row.currency),
        money(row.net_paid, &row.currency),
        money(row.adjusted, &row.currency),
        money(row.balance, &row.currency)
    );
    let it = &view.itemized;
    let amount = |minor| money(minor, &row.currency);
    println!(
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
        println!("  commission {}, tax on it {}", amount(row.commission), amount(row.tax));
    }
    let dates = [
        ("placed", &row.placed_on),
        ("term ends", &row.term_ends_on),
        ("ended", &row.ended_on),
        ("next due", &row.due_on),
    ];
    let dates: Vec<String> =
        dates.iter().filter_map(|(what, day)| day.as_ref().map(|day| format!("{what} {day}"))).collect();
    println!("  {}", dates.join(", "));
    println!("\nTimeline");
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
        println!("\nPromises");
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
        println!("\nDisputes and complaints");
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
