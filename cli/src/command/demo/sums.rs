//! The sums at the end of the demo, and what must hold of them.

use std::collections::BTreeMap;
use std::fs::read_dir;

use bailiwick_host::book::Filter;
use bailiwick_host::{ActingHost, Host};

use crate::failure::Failure;
use crate::show::{money, table};

const ENGAGEMENTS: [&str; 2] = ["us-card", "cn-card"];

/// The sums of an engagement, in minor units.
#[derive(Default, serde::Serialize)]
pub(super) struct Sums {
    currency: String,
    accounts: u64,
    states: BTreeMap<String, u64>,
    placed: i64,
    paid: i64,
    reversed: i64,
    adjusted: i64,
    owed: i64,
    commission: i64,
    tax: i64,
    disputes: u64,
    complaints: u64,
    /// Accounts for which placed - paid + reversed + adjusted is not what is owed.
    wrong: u64,
}

pub(super) fn of(acting: &ActingHost<'_>) -> Result<BTreeMap<String, Sums>, Failure> {
    let mut all = BTreeMap::new();
    for engagement in ENGAGEMENTS {
        let mut sums = Sums::default();
        for account in acting.accounts(engagement, &Filter::default())? {
            let account = account?;
            let owed = account.placed - account.paid + account.reversed + account.adjusted;
            sums.wrong += u64::from(owed != account.balance);
            sums.currency = account.currency;
            sums.accounts += 1;
            *sums.states.entry(account.state.to_string()).or_default() += 1;
            sums.placed += account.placed;
            sums.paid += account.paid;
            sums.reversed += account.reversed;
            sums.adjusted += account.adjusted;
            sums.owed += account.balance;
            sums.commission += account.commission;
            sums.tax += account.tax;
            sums.disputes += u64::from(account.disputes);
            sums.complaints += u64::from(account.complaints);
        }
        all.insert(engagement.to_owned(), sums);
    }
    Ok(all)
}

/// What must hold at the end: the sums of each account and of the ledger do, nothing waits, and no exception is open, so
/// nothing is in suspense.
pub(super) fn check(acting: &ActingHost<'_>, sums: &BTreeMap<String, Sums>) -> Result<(), Failure> {
    for (engagement, sums) in sums {
        if sums.wrong > 0 {
            return Err(Failure::host(format!("{engagement}: the sums of {} accounts differ", sums.wrong)));
        }
        if acting.waiting(engagement)?.next().transpose()?.is_some() {
            return Err(Failure::host(format!("{engagement}: a document of the sample month waits still")));
        }
        if acting.exceptions(engagement, false)?.next().transpose()?.is_some() {
            return Err(Failure::host(format!(
                "{engagement}: an exception of the sample month is open still"
            )));
        }
    }
    match acting.check_ledger()?.is_whole() {
        true => Ok(()),
        false => Err(Failure::host("the ledger of the sample month is not whole".to_owned())),
    }
}

pub(super) fn outbox(host: &Host) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![host.home().join("outbox")];
    while let Some(folder) = folders.pop() {
        for entry in read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(path) = path.strip_prefix(host.home()) {
                files.push(path.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    files
}

pub(super) fn print(sums: &BTreeMap<String, Sums>, written: &[String]) {
    outln!();
    outln!("After the two months");
    let rows: Vec<Vec<String>> = sums
        .iter()
        .map(|(engagement, sums)| {
            let states: Vec<String> =
                sums.states.iter().map(|(state, count)| format!("{count} {state}")).collect();
            let money = |minor| money(minor, &sums.currency);
            vec![
                engagement.clone(),
                sums.accounts.to_string(),
                money(sums.placed),
                money(sums.paid),
                money(sums.reversed),
                money(sums.adjusted),
                money(sums.owed),
                money(sums.commission + sums.tax),
                states.join(", "),
            ]
        })
        .collect();
    table(
        &["ENGAGEMENT", "ACCOUNTS", "PLACED", "PAID", "REVERSED", "ADJUSTED", "OWED", "EARNED", "STATES"],
        &rows,
    );
    outln!(
        "  placed - paid + reversed + adjusted = owed, in every account; nothing waits, no exception is open"
    );
    outln!();
    outln!("In the outbox");
    for path in written {
        outln!("  {path}");
    }
}
