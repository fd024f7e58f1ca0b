//! The lists that the demo shows between its steps: what waits, the exceptions, the history of the terms, and what
//! payments earned.

use bailiwick_host::book::{ExceptionRow, TermsVersion, TransferRow, WaitingRow};
use bailiwick_host::{ActingHost, Host};
use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;
use crate::output;
use crate::show::money;

/// As `bailiwick waiting`.
pub(super) fn waiting(acting: &ActingHost<'_>, engagement: &str, json: bool) -> Result<(), Failure> {
    let rows: bailiwick_host::Result<Vec<WaitingRow>> = acting.waiting(engagement)?.collect();
    let rows = rows?;
    if json {
        output::json(&json!({ "engagement": engagement, "waiting": rows }));
        return Ok(());
    }
    for it in rows {
        let amount = it.minor.map(|minor| money(minor, &it.currency)).unwrap_or_default();
        let identifier = it.identifier.unwrap_or_default();
        outln!(
            "    number {}: {} {identifier} of {amount} waits for {}",
            it.number,
            it.kind,
            it.awaits.join(", ")
        );
    }
    Ok(())
}

/// As `bailiwick exceptions --candidates`.
pub(super) fn exceptions(acting: &ActingHost<'_>, engagement: &str, json: bool) -> Result<(), Failure> {
    let rows: bailiwick_host::Result<Vec<ExceptionRow>> = acting.exceptions(engagement, false)?.collect();
    let rows = rows?;
    if json {
        output::json(&json!({ "engagement": engagement, "exceptions": rows }));
        return Ok(());
    }
    for it in rows {
        let amount = it.minor.map(|minor| money(minor, &it.currency)).unwrap_or_default();
        outln!("    number {}: {amount} of {} [{}]", it.number, it.on.unwrap_or_default(), it.code);
        for candidate in it.accounts {
            let why: Vec<&str> = candidate.why.iter().map(|why| why.name()).collect();
            outln!("      it may be for {} ({})", candidate.account, why.join(", "));
        }
    }
    Ok(())
}

/// As the history in `bailiwick engagement show`.
pub(super) fn terms(host: &Host, engagement: &str, json: bool) -> Result<(), Failure> {
    let versions: Vec<TermsVersion> = host.terms(engagement)?;
    if json {
        output::json(&json!({ "engagement": engagement, "terms": versions }));
        return Ok(());
    }
    for it in versions {
        let from = it.from.map_or_else(|| "the beginning".to_owned(), |day| day.to_string());
        let changed =
            if it.changed.is_empty() { String::new() } else { format!(": {}", it.changed.join("; ")) };
        outln!("    terms {} from {from}{changed}", it.number);
    }
    Ok(())
}

/// A payment and what it earned, in minor units.
#[derive(Serialize)]
struct Earned {
    account: String,
    identifier: Option<String>,
    on: Option<String>,
    paid: i64,
    commission: i64,
}

/// What `bailiwick account` says of payments and their commission. Each account comes with the reason.
pub(super) fn earned(
    acting: &ActingHost<'_>,
    engagement: &str,
    accounts: &[(&str, &str)],
    json: bool,
) -> Result<(), Failure> {
    let mut all = Vec::new();
    for (account, why) in accounts {
        let view = acting.account(engagement, account)?;
        let rows: Vec<Earned> =
            view.events.iter().filter_map(|event| payment(account, &event.moved)).collect();
        if !json {
            let amount = |minor| money(minor, &view.account.currency);
            for it in &rows {
                let on = it.on.as_deref().unwrap_or_default();
                outln!("    {account}: {} paid on {on} earn {}", amount(it.paid), amount(it.commission));
            }
            outln!("      {why}");
        }
        all.extend(rows);
    }
    if json {
        output::json(&json!({ "engagement": engagement, "earned": all }));
    }
    Ok(())
}

/// The payment among the rows that a document moved.
fn payment(account: &str, moved: &[TransferRow]) -> Option<Earned> {
    let paid = moved.iter().find(|row| row.kind == "payment")?;
    let commission = moved.iter().filter(|row| row.kind == "commission").map(|row| row.minor).sum();
    Some(Earned {
        account: account.to_owned(),
        identifier: paid.identifier.clone(),
        on: paid.on.clone(),
        paid: paid.minor,
        commission,
    })
}
