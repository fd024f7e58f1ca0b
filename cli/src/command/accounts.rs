//! `bailiwick accounts` and `bailiwick account`

use std::path::Path;
use std::process::ExitCode;

use bailiwick_host::Host;
use bailiwick_host::book::Filter;
use bailiwick_host::case::State;

use crate::failure::Failure;
use crate::show::{money, table};

pub(crate) fn list(
    home: &Path,
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
    let host = Host::open(home)?;
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
            account.state.to_string(),
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

pub(crate) fn one(home: &Path, engagement: &str, account: &str, json: bool) -> Result<ExitCode, Failure> {
    let view = Host::open(home)?.account(engagement, account)?;
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
    println!("\nWhat happened");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let rows: Vec<Vec<String>> = view
        .events
        .iter()
        .map(|event| {
            let moved = event.after.as_ref().map(|after| format!("{} → {after}", text(&event.before)));
            let line = event.line.map(|line| format!(":{line}")).unwrap_or_default();
            vec![
                text(&event.on),
                event.kind.clone(),
                moved.unwrap_or_default(),
                format!("{}{line}", event.file),
            ]
        })
        .collect();
    table(&["DAY", "WHAT", "STATE", "FILE:LINE"], &rows);
    println!("\nWhat moved");
    let rows: Vec<Vec<String>> = view
        .transfers
        .iter()
        .map(|transfer| {
            let amount = money(transfer.minor, &row.currency);
            vec![
                text(&transfer.on),
                transfer.kind.clone(),
                amount,
                format!("{} ← {}", transfer.debit, transfer.credit),
            ]
        })
        .collect();
    table(&["DAY", "WHAT", "AMOUNT", "DEBIT ← CREDIT"], &rows);
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
                    matter.state.clone(),
                    text(&matter.outcome),
                ]
            })
            .collect();
        table(&["DAY", "WHAT", "NUMBER", "STATE", "OUTCOME"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}
