//! Money through the real host: commission, tax, caps, settlements, reversals, exceptions.

use bailiwick_conformance::TestHome;
use bailiwick_host::book::AccountView;
use bailiwick_host::{ActOptions, Report};
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

/// A flat 20 %, with further lines.
fn flat(more: &str) -> String {
    format!(
        "grace_days = 10\nallocation = [\"interest\", \"principal\", \"costs\"]\n[terms.commission]\nrounding = \"half_even\"\nremits = \"net\"\n\
         schedules = [{{ name = \"flat\", by = \"age\", steps = [{{ from = 0, percent = \"20\" }}] }}]\n{more}"
    )
}

fn view(home: &TestHome, account: &str) -> AccountView {
    home.acting().account("test", account).unwrap()
}

/// Commission and tax, after the ledger was found whole.
fn fees(home: &TestHome, account: &str) -> (i64, i64) {
    let check = home.acting().check_ledger().unwrap();
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
    // No money is left in any account: trust, payable, commission and tax are back at zero.
    let balances = &home.acting().check_ledger().unwrap().balances["test"];
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
fn only_buckets_that_the_contract_names_earn() {
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
    // A direct payment earns commission, and moves no money of the agency.
    assert_eq!(fees(&home, "A1").0, 400);
    assert_eq!(home.acting().check_ledger().unwrap().balances["test"]["bank_cash"], 1_000);
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

/// An account that owes these amounts: principal, interest, penalty, late fee, costs, other.
fn owes(account: &str, owed: [i64; 6]) -> Value {
    let buckets = ["principal", "interest", "penalty", "late_fee", "costs", "other"];
    let parts = buckets.iter().zip(owed).filter(|(_, minor)| *minor > 0);
    let balance: Vec<Value> =
        parts.map(|(bucket, minor)| json!({"bucket": bucket, "minor": minor})).collect();
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01", "balance": balance}})
}

/// The parts of one payment by an account that owes these amounts, and the codes of the report.
fn spread(terms: &str, owed: [i64; 6], minor: i64) -> ([i64; 6], Vec<String>) {
    let home = TestHome::with_terms(terms);
    home.say("accounts", "2026-07-01", &[owes("A1", owed)]).unwrap();
    let report = home.say("agency", "2026-07-02", &[pay("A1", "P1", minor, "2026-07-02")]).unwrap();
    fees(&home, "A1");
    let view = view(&home, "A1");
    let paid = view.transfers.iter().find(|row| row.kind == "payment").unwrap();
    (paid.buckets, codes(&report).into_iter().map(str::to_owned).collect())
}

#[test]
fn without_an_order_of_the_contract_costs_are_paid_first_and_principal_last() {
    let owed = [100; 6];
    assert_eq!(spread("", owed, 150), ([0, 50, 0, 0, 100, 0], vec![]));
    assert_eq!(spread("", owed, 350), ([0, 100, 100, 50, 100, 0], vec![]));
    assert_eq!(spread("", owed, 550), ([50, 100, 100, 100, 100, 100], vec![]));
    // Money beyond the balance is a credit in `other`.
    let credit = vec!["overpayment".to_owned()];
    assert_eq!(spread("", owed, 650), ([100, 100, 100, 100, 100, 150], credit));
    // Buckets that a list does not name come after it, principal first.
    assert_eq!(spread("allocation = [\"penalty\"]", owed, 250), ([100, 50, 100, 0, 0, 0], vec![]));
}

#[test]
fn percentages_are_divided_to_the_unit_and_what_a_bucket_does_not_need_goes_to_the_others() {
    let three = "allocation = { principal = \"60\", interest = \"30\", costs = \"10\" }";
    // 60.6, 30.3 and 10.1: the unit that is left goes to the largest remainder.
    assert_eq!(spread(three, [1_000, 1_000, 0, 0, 1_000, 0], 101), ([61, 30, 0, 0, 10, 0], vec![]));
    // Interest needs 10 of its 30: the other 20 go to the highest percentage.
    assert_eq!(spread(three, [1_000, 10, 0, 0, 500, 0], 101), ([81, 10, 0, 0, 10, 0], vec![]));
    // Equal remainders and equal percentages: the earlier bucket first, here interest before costs.
    let halves = "allocation = { costs = \"50\", interest = \"50\" }";
    assert_eq!(spread(halves, [1_000, 1_000, 0, 0, 1_000, 0], 101), ([0, 51, 0, 0, 50, 0], vec![]));
    // Buckets that the table does not name come last, principal first.
    assert_eq!(spread(halves, [1_000, 30, 70, 0, 20, 0], 101), ([51, 30, 0, 0, 20, 0], vec![]));
    // A reversal in part is divided in the proportion of its payment.
    let home = TestHome::with_terms(three);
    home.say("accounts", "2026-07-01", &[owes("A1", [1_000, 1_000, 0, 0, 1_000, 0])]).unwrap();
    let documents = [pay("A1", "P1", 101, "2026-07-02"), undo("A1", "R1", "P1", 50, "2026-07-02")];
    assert_eq!(home.say("agency", "2026-07-02", &documents).unwrap().accepted, 2);
    let view = view(&home, "A1");
    let back = view.transfers.iter().find(|row| row.kind == "reversal").unwrap();
    // 50/101 of 61, 30 and 10: 30.2, 14.9 and 5.0.
    assert_eq!(back.buckets, [30, 15, 0, 0, 5, 0]);
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

/// The net of a remittance, after a check that nothing is left.
fn remit(home: &TestHome, from: &str, to: &str) -> bailiwick_host::Result<bailiwick_host::Remitted> {
    let at = format!("{to}T20:00:00Z").parse().unwrap();
    home.acting().remit("test", None, (from.parse().unwrap(), to.parse().unwrap()), ActOptions::new().at(at))
}

#[test]
fn every_payment_is_remitted_once_and_the_trust_returns_to_zero() {
    for (remits, net, commission, invoiced) in
        [("net", 7_880, 2_000, 212), ("gross", 10_000, 0, 2_332), ("combined", 7_668, 2_200, 0)]
    {
        let terms =
            flat("tax_percent = \"6\"").replace("remits = \"net\"", &format!("remits = \"{remits}\""));
        let home = home(&terms);
        let month = [
            pay("A1", "P1", 8_000, "2026-07-02"),
            pay("A1", "P2", 4_000, "2026-07-31"),
            undo("A1", "R1", "P2", 2_000, "2026-07-31"),
            pay("A1", "P3", 500, "2026-08-01"),
        ];
        home.say("agency", "2026-08-01", &month).unwrap();
        home.say("bank", "2026-07-20", &[direct("A1", "B1", 1_000, "2026-07-20")]).unwrap();
        let july = remit(&home, "2026-07-01", "2026-07-31").unwrap();
        assert_eq!((july.gross, july.reversed, july.payments), (12_000, 2_000, 2), "{remits}");
        assert_eq!((july.net, july.commission, july.invoiced), (net, commission, invoiced), "{remits}");
        for side in ["bank", "agency"] {
            let told = home.written(&july.answers, side);
            assert_eq!(told[0]["remittance_statement"]["net"], net, "{remits}");
        }
        let twice = remit(&home, "2026-07-01", "2026-07-31").unwrap_err();
        assert!(twice.to_string().contains("made before"), "{twice}");
        // August has the rest: the payment of its first day.
        let august = remit(&home, "2026-08-01", "2026-08-31").unwrap();
        assert_eq!((august.gross, august.earlier), (500, 0), "{remits}");
        fees(&home, "A1");
        let balances = &home.acting().check_ledger().unwrap().balances["test"];
        assert_eq!((balances["agency_cash"], balances["creditor_payable"]), (0, 0), "{remits}: {balances:?}");
        let nothing = remit(&home, "2026-09-01", "2026-09-30").unwrap_err();
        assert!(nothing.to_string().contains("nothing is left"), "{nothing}");
        home.host.verify_audit().unwrap();
    }
}

#[test]
fn a_reversal_after_its_payment_was_remitted_comes_off_the_next() {
    let home = home(&flat(""));
    home.say("agency", "2026-07-02", &[pay("A1", "P1", 1_000, "2026-07-02")]).unwrap();
    assert_eq!(remit(&home, "2026-07-01", "2026-07-31").unwrap().net, 800);
    home.say(
        "agency",
        "2026-08-02",
        &[undo("A1", "R1", "P1", 1_000, "2026-08-02"), pay("A1", "P2", 600, "2026-07-30")],
    )
    .unwrap();
    let august = remit(&home, "2026-08-01", "2026-08-31").unwrap();
    assert_eq!((august.gross, august.reversed, august.commission, august.net), (600, 1_000, -80, -320));
    assert_eq!(august.earlier, 1);
    assert_eq!(home.acting().check_ledger().unwrap().balances["test"]["creditor_payable"], 0);
}

#[test]
fn a_statement_of_the_agency_is_held_against_the_ledger() {
    let home = home(&flat(""));
    home.say("agency", "2026-07-02", &[pay("A1", "P1", 1_000, "2026-07-02")]).unwrap();
    let statement = |gross: i64| {
        json!({"remittance_statement": {"identifier": format!("S{gross}"), "currency": "USD", "from": "2026-07-01", "to": "2026-07-31",
            "gross": gross, "reversed": 0, "commission": 0, "net": gross, "basis": "gross", "payments": 1}})
    };
    let report = home.say("agency", "2026-08-01", &[statement(1_000), statement(900)]).unwrap();
    assert_eq!((report.accepted, codes(&report)), (2, vec!["reconciliation_difference"]));
    assert_eq!(report.problems[0].line, Some(2));
}

#[test]
fn a_period_adds_up_and_every_difference_is_explained() {
    let home = TestHome::with_terms("grace_days = 30");
    let batch = |account: &str, batch: &str| {
        let mut it = placement(account);
        it["placement"]["batch"] = json!(batch);
        it
    };
    home.say(
        "accounts",
        "2026-07-01",
        &[batch("A1", "B1"), batch("A2", "B1"), batch("A3", "B2"), batch("A4", "B2")],
    )
    .unwrap();
    let more = json!({"adjustment": {"account": "A1", "identifier": "X1", "direction": "increase", "currency": "USD", "minor": 700, "on": "2026-08-03"}});
    home.say(
        "agency",
        "2026-07-31",
        &[pay("A1", "P1", 5_000, "2026-07-10"), pay("A2", "P2", 1_000, "2026-07-31")],
    )
    .unwrap();
    home.say(
        "bank",
        "2026-08-05",
        &[more, json!({"recall": {"account": "A3", "stage": "final", "on": "2026-08-05"}})],
    )
    .unwrap();
    home.say(
        "agency",
        "2026-08-20",
        &[pay("A1", "P3", 2_000, "2026-08-20"), pay("A3", "P4", 300, "2026-08-10")],
    )
    .unwrap();
    let figures = |account: &str, paid: i64, balance: i64| json!({"reconciliation": {"account": account, "currency": "USD", "placed": 125_000, "paid": paid, "balance": balance, "as_of": "2026-08-15"}});
    // The figures of A1 have a payment after the day of the figures; A2 has another amount; A4 is missing.
    home.say("agency", "2026-08-21", &[figures("A1", 7_000, 118_700), figures("A2", 900, 124_100)]).unwrap();
    let period = |from: &str, to: &str| (from.parse().unwrap(), to.parse().unwrap());
    let july = home.acting().reconcile("test", period("2026-07-01", "2026-07-31"), None).unwrap();
    assert_eq!(
        (july.opening, july.placed, july.returned, july.adjusted, july.paid, july.closing),
        (0, 500_000, 0, 0, 6_000, 494_000)
    );
    let august = home.acting().reconcile("test", period("2026-08-01", "2026-08-31"), None).unwrap();
    assert_eq!((august.opening, august.placed, august.returned), (494_000, 0, 125_000));
    assert_eq!(
        (august.adjusted, august.paid, august.closing, august.paid_after_end),
        (700, 2_000, 367_700, 300)
    );
    let found: Vec<(&str, &str, bailiwick_host::book::Why)> =
        august.differences.iter().map(|it| (it.account.as_str(), it.figure.as_str(), it.why)).collect();
    use bailiwick_host::book::Why::{AmountDiffers, DateOutsideThePeriod, SeenByUsOnly};
    assert_eq!(
        found,
        [
            ("A1", "paid", DateOutsideThePeriod),
            ("A1", "balance", DateOutsideThePeriod),
            ("A2", "paid", AmountDiffers),
            ("A2", "balance", AmountDiffers),
            ("A4", "account", SeenByUsOnly),
        ]
    );
    let batch = home.acting().reconcile("test", period("2026-08-01", "2026-08-31"), Some("B2")).unwrap();
    assert_eq!(
        (batch.opening, batch.returned, batch.closing, batch.differences.len()),
        (250_000, 125_000, 125_000, 1)
    );
    let ran = bailiwick_conformance::bailiwick(
        &home.path(),
        &["reconcile", "test", "--from", "2026-08-01", "--to", "2026-08-31"],
    );
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("date outside the period"), "{}", ran.out);
}

#[test]
fn independent_documents_may_come_in_any_order() {
    let documents = [
        pay("A1", "P1", 3_333, "2026-07-05"),
        pay("A1", "P2", 1_111, "2026-07-06"),
        pay("A1", "P3", 7, "2026-07-07"),
        direct("A1", "B1", 501, "2026-07-08"),
    ];
    let mut seen = Vec::new();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        let home = home(&flat("tax_percent = \"6\""));
        for (at, document) in order.into_iter().enumerate() {
            let message = if document == 3 { "bank" } else { "agency" };
            home.say(message, &format!("2026-07-2{at}"), &[documents[document].clone()]).unwrap();
        }
        let fees = fees(&home, "A1");
        seen.push((fees, home.acting().check_ledger().unwrap().balances["test"].clone()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[test]
fn the_currency_of_an_engagement_never_changes() {
    let home = home(&flat(""));
    let mut foreign = pay("A1", "P1", 100, "2026-07-02");
    foreign["payment"]["currency"] = json!("EUR");
    assert_eq!(codes(&home.say("agency", "2026-07-02", &[foreign]).unwrap()), ["wrong_currency"]);
    let path = home.path().join("engagements/test.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("currency = \"USD\"", "currency = \"EUR\"")).unwrap();
    let error = home.say("agency", "2026-07-03", &[pay("A1", "P2", 100, "2026-07-03")]).unwrap_err();
    assert!(error.to_string().contains("the book has test in USD"), "{error}");
}
