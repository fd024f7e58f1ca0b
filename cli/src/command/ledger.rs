//! `bailiwick ledger`

use std::process::ExitCode;

use bailiwick_host::book::{Difference, DifferenceKind, Missing};

use crate::failure::{FAILED, Failure};
use crate::home::Home;
use crate::output;
use crate::show::{money, table};

pub(crate) fn check(home: &Home, full: bool, json: bool) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let acting = host.acting_as(home.operator());
    let check = if full { acting.check_ledger_full()? } else { acting.check_ledger()? };
    let code = if check.is_whole() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    if json {
        output::json(&check);
        return Ok(code);
    }
    let mut rows = Vec::new();
    for (name, accounts) in &check.balances {
        // The entries stay when an engagement file is gone; then there is no currency to write them in.
        let currency =
            host.engagement(name).map(|engagement| engagement.currency.to_string()).unwrap_or_default();
        rows.extend(
            accounts
                .iter()
                .map(|(account, minor)| vec![name.clone(), account.clone(), money(*minor, &currency)]),
        );
    }
    table(&["ENGAGEMENT", "LEDGER ACCOUNT", "DEBITS LESS CREDITS"], &rows);
    for missing in &check.missing {
        outln!("warning: {} [{}]", missing.message(), Missing::CODE);
    }
    if check.is_whole() {
        outln!(
            "{} placements, {} entries: every balance is what its entries say, and every entry and day what its documents say.",
            check.placements,
            check.transfers
        );
        if check.rows.is_some() {
            outln!("Every row is as an act of the log left it.");
        }
        return Ok(code);
    }
    for it in &check.differences {
        outln!("{}", told(it));
    }
    if check.differences_not_listed > 0 {
        outln!("and {} more", check.differences_not_listed);
    }
    if let Some(rows) = &check.rows {
        for table in &rows.tables_changed {
            outln!(
                "the table {table} was changed by something else than an act: its rows do not have the sum that the book has"
            );
        }
        for found in &rows.damaged {
            outln!("the book's file is damaged, restore it from a backup: {found}");
        }
        rows.log.iter().for_each(|why| outln!("{why}"));
    }
    Ok(code)
}

/// A difference in words, with its place. Texts and days are not shown: they may be personal.
fn told(it: &Difference) -> String {
    let account = it.account.as_deref().unwrap_or("(all)");
    let row = it.row.map_or_else(String::new, |row| format!(" row {row}"));
    let place = format!("{} {account}: {}{row}", it.engagement, it.table);
    match it.kind {
        DifferenceKind::Missing => format!("{place}: a row is missing"),
        DifferenceKind::Added => format!("{place}: the row comes from no document"),
        DifferenceKind::Figure => {
            format!("{place}: {} is {} in the book, the entries say {}", it.figure, it.book, it.entries)
        }
        _ => format!("{place}: {} is not what the entries and documents say", it.figure),
    }
}
