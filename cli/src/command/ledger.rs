//! `bailiwick ledger`

use std::process::ExitCode;

use bailiwick_host::book::Missing;

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
            "{} placements, {} entries: every balance is what its entries say.",
            check.placements,
            check.transfers
        );
        if check.rows.is_some() {
            outln!("Every row is as an act of the log left it.");
        }
        return Ok(code);
    }
    for it in &check.differences {
        let account = it.account.as_deref().unwrap_or("(all)");
        outln!(
            "{} {account}: {} is {} in the book, the entries say {}",
            it.engagement,
            it.figure,
            it.book,
            it.entries
        );
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
        for name in &rows.foreign {
            outln!("the book's file has {name}, a trigger or view that no release makes; it does not run");
        }
        rows.log.iter().for_each(|why| outln!("{why}"));
    }
    Ok(code)
}
