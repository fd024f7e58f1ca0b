//! Files of a bank about its account: notifications, statements and reports of the same bookings.

use std::fs;

use bailiwick_conformance::TestHome;
use bailiwick_host::{ActOptions, FileOutcome, Report, Source};
use serde_json::json;

/// A home with the engagement `cash`: a bank with ISO 20022 for money, and accounts 100000001 to 100000006 of
/// 1,000.00 francs.
fn home() -> TestHome {
    let home = TestHome::with_samples();
    let text = "creditor = \"Bank\"\nagency = { code = \"AG001\", name = \"Agency\" }\ncurrency = \"CHF\"\nzone = \"UTC\"\n\
        [bank]\nplugins = [{ plugin = \"iso20022\" }, { plugin = \"canonical\", subjects = [\"placement\"] }]\n\
        [agency-system]\nplugins = [{ plugin = \"canonical\" }]\n";
    fs::write(home.path().join("engagements/cash.toml"), text).unwrap();
    let placed: Vec<_> = (1..=6)
        .map(|number| {
            json!({"placement": {"account": format!("10000000{number}"), "currency": "CHF",
                "placed_on": "2026-07-01", "balance": [{"bucket": "principal", "minor": 100_000}]}})
        })
        .collect();
    assert_eq!(home.say_in("cash", "accounts", "2026-07-01", &placed).unwrap().accepted, 6);
    home
}

/// A message with the parts of one account.
fn message(kind: &str, identity: &str, content: &str) -> Vec<u8> {
    let (root, sheet) = match kind {
        "camt.053" => ("BkToCstmrStmt", "Stmt"),
        "camt.052" => ("BkToCstmrAcctRpt", "Rpt"),
        _ => ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    };
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{kind}.001.04\"><{root}>\n<GrpHdr><MsgId>{identity}</MsgId>\
         <CreDtTm>2026-07-10T10:00:00</CreDtTm></GrpHdr>\n<{sheet}><Id>{identity}-1</Id>\n{content}</{sheet}></{root}></Document>\n"
    )
    .into_bytes()
}

/// A booked credit with these transactions.
fn entry(amount: &str, reference: &str, transactions: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"CHF\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-07-10</Dt></BookgDt>\
         <AcctSvcrRef>{reference}</AcctSvcrRef>\n<NtryDtls>{transactions}</NtryDtls></Ntry>\n"
    )
}

/// A transaction for an account. `more` stands between amount and reference.
fn transaction(amount: &str, reference: &str, account: &str, more: &str) -> String {
    format!(
        "<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs>{amount}<CdtDbtInd>CRDT</CdtDbtInd>{more}\
         <RmtInf><Strd><CdtrRefInf><Ref>{account}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>\n"
    )
}

fn francs(amount: &str) -> String {
    format!("<Amt Ccy=\"CHF\">{amount}</Amt>")
}

fn balance(kind: &str, amount: &str) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{}<CdtDbtInd>CRDT</CdtDbtInd>\
         <Dt><Dt>2026-07-10</Dt></Dt></Bal>\n",
        francs(amount)
    )
}

/// Exchanges a file a day after the bookings.
fn exchange(home: &TestHome, name: &str, bytes: &[u8]) -> bailiwick_host::Result<Report> {
    let source = Source::Bytes { name: name.to_owned(), bytes: bytes.into() };
    let at = "2026-07-11T12:00:00Z".parse().unwrap();
    home.acting().exchange("cash", source, ActOptions::new().at(at))
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

fn paid(home: &TestHome, account: &str) -> i64 {
    home.acting().account("cash", account).unwrap().account.paid
}

/// One credit of 50.00.
fn fifty() -> String {
    entry("50.00", "N1", &transaction(&francs("50.00"), "T1", "100000001", ""))
}

#[test]
fn charges_and_counter_values_explain_an_entry() {
    let home = home();
    let charges = "<Chrgs><Rcrd><Amt Ccy=\"CHF\">26.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
        <ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>";
    let charged = transaction(&francs("500.00"), "T1", "100000001", charges);
    let file = message("camt.054", "M1", &entry("474.00", "N1", &charged));
    let report = exchange(&home, "charge.xml", &file).unwrap();
    assert_eq!((report.outcome, report.accepted), (FileOutcome::Accepted, 1), "{:?}", report.problems);
    assert_eq!(paid(&home, "100000001"), 50_000);
    let counter = "<AmtDtls><CntrValAmt><Amt Ccy=\"CHF\">109.36</Amt></CntrValAmt></AmtDtls>";
    let exchanged = transaction("<Amt Ccy=\"EUR\">100</Amt>", "T5", "100000005", counter);
    let plain = transaction(&francs("50"), "T6", "100000006", "");
    let file = message("camt.054", "M5", &entry("159.36", "N5", &(exchanged + &plain)));
    let report = exchange(&home, "exchanged.xml", &file).unwrap();
    assert_eq!((report.outcome, report.accepted), (FileOutcome::Accepted, 2), "{:?}", report.problems);
    assert_eq!((paid(&home, "100000005"), paid(&home, "100000006")), (10_936, 5_000));
    assert!(home.acting().check_ledger().unwrap().is_whole());
}

#[test]
fn a_booking_that_a_statement_repeats_counts_once() {
    let balances = balance("OPBD", "10.00") + &balance("CLBD", "60.00");
    let notification = message("camt.054", "M1", &fifty());
    let statement = message("camt.053", "S1", &(balances + &fifty()));
    for (first, second) in [(&notification, &statement), (&statement, &notification)] {
        let home = home();
        let report = exchange(&home, "first.xml", first).unwrap();
        assert_eq!((report.outcome, report.accepted), (FileOutcome::Accepted, 1), "{:?}", report.problems);
        let report = exchange(&home, "second.xml", second).unwrap();
        assert_eq!(codes(&report), ["duplicate_payment"]);
        assert_eq!(paid(&home, "100000001"), 5_000);
        assert!(home.acting().check_ledger().unwrap().is_whole());
    }
}

#[test]
fn a_statement_whose_balances_are_off_by_a_cent_is_refused() {
    let home = home();
    let file = |closing: &str| {
        message("camt.053", "S1", &(balance("OPBD", "10.00") + &balance("CLBD", closing) + &fifty()))
    };
    let report = exchange(&home, "statement.xml", &file("60.01")).unwrap();
    assert_eq!((report.outcome, codes(&report)), (FileOutcome::Rejected, vec!["balance_mismatch"]));
    assert_eq!((report.accepted, paid(&home, "100000001")), (0, 0));
    // Nothing was taken, so the right statement may have the same identity.
    let report = exchange(&home, "statement.xml", &file("60.00")).unwrap();
    assert_eq!((report.outcome, report.accepted), (FileOutcome::Accepted, 1), "{:?}", report.problems);
    assert_eq!(paid(&home, "100000001"), 5_000);
}

#[test]
fn a_report_of_a_day_that_is_not_over_books_nothing() {
    let home = home();
    let report = exchange(&home, "report.xml", &message("camt.052", "R1", &fifty())).unwrap();
    assert_eq!((report.outcome, codes(&report)), (FileOutcome::Accepted, vec!["informational_entry"]));
    assert_eq!((report.records, report.rejected, paid(&home, "100000001")), (0, 0, 0));
    // The booking itself counts when it comes, under whatever identity.
    let report = exchange(&home, "statement.xml", &message("camt.053", "R1", &fifty())).unwrap();
    assert_eq!((report.accepted, codes(&report)), (1, vec!["balances_not_checked"]));
    assert_eq!(paid(&home, "100000001"), 5_000);
}
