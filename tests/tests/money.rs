//! Money through the real host: commission, tax, caps, settlements, reversals, exceptions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use bailiwick_conformance::TestHome;
use bailiwick_host::Report;
use bailiwick_host::book::AccountView;
use serde_json::{Value, json};

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01", "charged_off_on": "2026-04-02",
        "balance": [{"bucket": "principal", "minor": 100_000}, {"bucket": "interest", "minor": 20_000}, {"bucket": "costs", "minor": 5_000}]}})
}

fn pay(account: &str, identifier: &str, minor: i64, on: &str) -> Value {
    json!({"payment": {"account": account, "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": minor, "received_on": on}})
}

fn undo(account: &str, identifier: &str, of: &str, minor: i64, on: &str) -> Value {
    json!({"reversal": {"account": account, "identifier": identifier, "reverses": of, "currency": "USD",
        "minor": minor, "reversed_on": on}})
}

fn direct(account: &str, identifier: &str, minor: i64, on: &str) -> Value {
    json!({"direct_payment": {"account": account, "identifier": identifier, "currency": "USD", "minor": minor, "booked_on": on}})
}

/// A flat 20 % with these lines more.
fn flat(more: &str) -> String {
    format!(
        "grace_days = 10\nallocation = [\"interest\", \"principal\", \"costs\"]\n[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
         schedules = [{{ name = \"flat\", by = \"age\", steps = [{{ from = 0, percent = \"20\" }}] }}]\n{more}"
    )
}

fn view(home: &TestHome, account: &str) -> AccountView {
    home.host.account("test", account).unwrap()
}

/// Commission and tax, after the ledger was found whole.
fn fees(home: &TestHome, account: &str) -> (i64, i64) {
    let check = home.host.check_ledger().unwrap();
    assert!(check.is_whole(), "{:?}", check.differences);
    let view = view(home, account);
    (view.account.commission, view.account.tax)
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

fn home(terms: &str) -> TestHome {
    let home = TestHome::with_terms(terms);
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    home
}

#[test]
fn commission_is_rounded_on_the_sum_and_not_on_each_payment() {
    let home = home(&flat("tax_percent = \"6\""));
    // 20 % of 13 is 2.6: three of them are 7.8, not 3 + 3 + 3.
    let mut booked = Vec::new();
    for number in 1..=3 {
        home.say(
            "agency",
            &format!("2026-07-0{}", number + 1),
            &[pay("A1", &format!("P{number}"), 13, "2026-07-02")],
        )
        .unwrap();
        booked.push(fees(&home, "A1").0);
    }
    assert_eq!(booked, [3, 5, 8]);
    home.say("agency", "2026-07-10", &[pay("A1", "P4", 9_961, "2026-07-10")]).unwrap();
    assert_eq!(fees(&home, "A1"), (2_000, 120));
}

#[test]
fn a_reversal_takes_back_what_its_payment_earned() {
    let home = home(&flat("tax_percent = \"6\""));
    home.say(
        "agency",
        "2026-07-02",
        &[pay("A1", "P1", 10_000, "2026-07-02"), pay("A1", "P2", 333, "2026-07-02")],
    )
    .unwrap();
    assert_eq!(fees(&home, "A1"), (2_067, 124));
    home.say("agency", "2026-07-03", &[undo("A1", "R1", "P1", 4_000, "2026-07-03")]).unwrap();
    // 20 % of 6,333.
    assert_eq!(fees(&home, "A1"), (1_267, 76));
    home.say("agency", "2026-07-04", &[undo("A1", "R2", "P1", 6_000, "2026-07-04")]).unwrap();
    assert_eq!(fees(&home, "A1"), (67, 4));
    let again = home.say(
        "agency",
        "2026-07-05",
        &[undo("A1", "R3", "P1", 1, "2026-07-05"), undo("A1", "R4", "R1", 1, "2026-07-05")],
    );
    assert_eq!(codes(&again.unwrap()), ["reversal_too_large", "reversal_of_reversal"]);
    home.say("agency", "2026-07-06", &[undo("A1", "R5", "P2", 333, "2026-07-06")]).unwrap();
    assert_eq!(fees(&home, "A1"), (0, 0));
    // Nothing of the money is left anywhere: trust, payable, commission and tax are back at zero.
    let balances = &home.host.check_ledger().unwrap().balances["test"];
    for account in ["agency_cash", "creditor_payable", "commission", "tax"] {
        assert_eq!(balances[account], 0, "{account}");
    }
    assert_eq!((balances["receivable"], balances["creditor"]), (125_000, -125_000));
}

#[test]
fn the_rate_of_a_reversal_is_that_of_its_payment() {
    let terms = "[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
        schedules = [{ name = \"age\", by = \"age\", steps = [{ from = 0, below = 100, percent = \"10\" }, { from = 100, percent = \"30\" }] }]";
    let home = home(terms);
    // The charge-off was on 2 April: 10 July is day 99, 11 July day 100.
    home.say("agency", "2026-07-10", &[pay("A1", "P1", 1_000, "2026-07-10")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 100);
    home.say("agency", "2026-07-11", &[pay("A1", "P2", 1_000, "2026-07-11")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 400);
    home.say("agency", "2026-08-01", &[undo("A1", "R1", "P1", 1_000, "2026-08-01")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 300);
}

#[test]
fn the_cap_holds_and_gives_way_when_money_goes_back() {
    let home = home(&flat("cap = 30_000\ncap_percent = \"10\""));
    home.say(
        "agency",
        "2026-07-02",
        &[pay("A1", "P1", 60_000, "2026-07-02"), pay("A1", "P2", 30_000, "2026-07-02")],
    )
    .unwrap();
    // 10 % of the 125,000 placed is below 30,000.
    assert_eq!(fees(&home, "A1").0, 12_500);
    home.say("agency", "2026-07-03", &[undo("A1", "R1", "P1", 60_000, "2026-07-03")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 6_000);
}

#[test]
fn only_what_the_contract_names_earns() {
    let home = home(&flat("earns = [\"principal\"]\nfree_days = 3"));
    home.say("agency", "2026-07-03", &[pay("A1", "P1", 1_000, "2026-07-03")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 0);
    // The interest of 20,000 is paid first; 1,000 of it is paid already.
    home.say("agency", "2026-07-04", &[pay("A1", "P2", 20_000, "2026-07-04")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 200);
    let mut early = pay("A1", "P3", 5_000, "2026-07-05");
    early["payment"]["before_demand"] = json!(true);
    home.say("agency", "2026-07-05", &[early]).unwrap();
    assert_eq!(fees(&home, "A1").0, 200);
    // Adjustments earn nothing.
    let less = json!({"adjustment": {"account": "A1", "identifier": "ADJ1", "direction": "decrease", "currency": "USD", "minor": 500, "on": "2026-07-06"}});
    home.say("bank", "2026-07-06", &[less, direct("A1", "B1", 1_000, "2026-07-06")]).unwrap();
    // Money paid straight to the bank earns, and moves no money of the agency.
    assert_eq!(fees(&home, "A1").0, 400);
    assert_eq!(home.host.check_ledger().unwrap().balances["test"]["bank_cash"], 1_000);
}

#[test]
fn after_the_end_only_the_grace_for_commission_earns() {
    let home = home(&flat("grace_days = 2"));
    home.say(
        "bank",
        "2026-07-10",
        &[json!({"recall": {"account": "A1", "stage": "final", "on": "2026-07-10"}})],
    )
    .unwrap();
    home.say(
        "agency",
        "2026-07-20",
        &[pay("A1", "P1", 1_000, "2026-07-12"), pay("A1", "P2", 1_000, "2026-07-13")],
    )
    .unwrap();
    assert_eq!(fees(&home, "A1").0, 200);
    assert_eq!(view(&home, "A1").account.paid, 2_000);
}

#[test]
fn an_account_may_have_its_own_rate() {
    let home = TestHome::with_terms(&flat(""));
    let mut own = placement("A1");
    own["placement"]["commission"] = json!({"rate_ppm": 141_300, "cap": 2_000});
    let mut unknown = placement("A2");
    unknown["placement"]["commission"] = json!({"schedule": "gold"});
    let report = home.say("accounts", "2026-07-01", &[own, unknown]).unwrap();
    assert_eq!((report.accepted, codes(&report)), (1, vec!["unknown_schedule"]));
    home.say("agency", "2026-07-02", &[pay("A1", "P1", 10_000, "2026-07-02")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 1_413);
    home.say("agency", "2026-07-03", &[pay("A1", "P2", 10_000, "2026-07-03")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 2_000);
}

#[test]
fn the_banks_plugin_may_compute_the_commission_within_the_contract() {
    let home = TestHome::with_samples();
    home.engage("test", "Bank", "AG001", "{ commission_ppm = 500_000 }", &flat("cap = 600"));
    home.say("accounts", "2026-07-01", &[placement("A1")]).unwrap();
    home.say("agency", "2026-07-02", &[pay("A1", "P1", 1_000, "2026-07-02")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 500);
    home.say("agency", "2026-07-03", &[pay("A1", "P2", 1_000, "2026-07-03")]).unwrap();
    assert_eq!(fees(&home, "A1").0, 600);
    let asked = home.audit().iter().filter(|entry| entry["function"] == "remittance.commission").count();
    assert_eq!(asked, 2);
}

#[test]
fn a_settlement_stays_within_the_agencys_authority() {
    let home = home("settlement = { least_percent = \"60\", expires_on = \"2026-07-31\" }");
    let settle = |identifier: &str, minor: i64, waived: i64, on: &str| {
        let mut it = pay("A1", identifier, minor, on);
        it["payment"]["settlement"] = json!(true);
        it["payment"]["waived"] = json!(waived);
        it
    };
    home.say("agency", "2026-07-02", &[pay("A1", "P1", 25_000, "2026-07-02")]).unwrap();
    let low = home.say("agency", "2026-07-03", &[settle("P2", 49_999, 50_001, "2026-07-03")]).unwrap();
    assert_eq!(codes(&low), ["settlement_too_low"]);
    let late = home.say("agency", "2026-08-01", &[settle("P3", 50_000, 50_000, "2026-08-01")]).unwrap();
    assert_eq!(codes(&late), ["settlement_not_authorised"]);
    let settled = home.say("agency", "2026-08-02", &[settle("P4", 50_000, 50_000, "2026-07-31")]).unwrap();
    assert_eq!((settled.accepted, view(&home, "A1").account.balance), (1, 0));
    fees(&home, "A1");
}

#[test]
fn sums_beyond_what_a_ledger_holds_are_refused_whole() {
    let home = TestHome::with_terms(&flat(""));
    let most = 9_007_199_254_740_991i64;
    let mut rich = placement("A1");
    rich["placement"]["balance"] = json!([{"bucket": "principal", "minor": most}]);
    home.say("accounts", "2026-07-01", &[rich]).unwrap();
    let payments: Vec<Value> = (0..4).map(|at| pay("A1", &format!("P{at}"), most, "2026-07-02")).collect();
    let report = home.say("agency", "2026-07-02", &payments).unwrap();
    assert_eq!(report.accepted, 4, "{:?}", report.problems);
    assert_eq!(fees(&home, "A1").0, i64::try_from((i128::from(most) * 4 + 2) / 5).unwrap());
}
