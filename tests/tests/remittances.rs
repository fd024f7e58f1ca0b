//! Remittances through the real host: what is kept and what is invoiced, and what a period takes.

use bailiwick_conformance::{TestHome, bailiwick};
use bailiwick_host::{ActOptions, Remitted};
use serde_json::{Value, json};

/// 10 %, remitted in one of the three ways.
fn terms(remits: &str, more: &str) -> String {
    format!(
        "term_days = 30\ngrace_days = 5\n[terms.commission]\nrounding = \"half_even\"\nremits = \"{remits}\"\n{more}\n\
         schedules = [{{ name = \"std\", by = \"term\", steps = [{{ from = 0, percent = \"10\" }}] }}]\n"
    )
}

fn home(terms: &str) -> TestHome {
    let home = TestHome::with_terms(terms);
    let placement = json!({"placement": {"account": "A1", "currency": "USD", "placed_on": "2026-01-01",
        "balance": [{"bucket": "principal", "minor": 10_000}, {"bucket": "interest", "minor": 500}]}});
    home.say("accounts", "2026-01-01", &[placement]).unwrap();
    home
}

fn pay(identifier: &str, paid_to: &str, minor: i64, on: &str) -> Value {
    json!({"payment": {"account": "A1", "identifier": identifier, "paid_to": paid_to, "currency": "USD",
        "minor": minor, "received_on": on}})
}

/// Remits at an instant of a day, all that there is.
fn remit(home: &TestHome, from: &str, to: &str, day: &str) -> Remitted {
    let remitted = remit_part(home, from, to, day);
    let check = home.acting().check_ledger().unwrap();
    let balances = &check.balances["test"];
    let stands = |account: &str| balances.get(account).copied().unwrap_or_default();
    // What is invoiced is still to come; all other money has gone its way.
    assert_eq!(stands("creditor_payable"), 0, "{balances:?}");
    assert_eq!(stands("agency_cash"), 0, "{balances:?}");
    assert_eq!(stands("invoiced") + stands("commission") + stands("tax"), 0, "{balances:?}");
    remitted
}

/// Remits at an instant of a day.
fn remit_part(home: &TestHome, from: &str, to: &str, day: &str) -> Remitted {
    let at = format!("{day}T15:00:00Z").parse().unwrap();
    let period = (from.parse().unwrap(), to.parse().unwrap());
    let remitted = home.acting().remit("test", None, period, ActOptions::new().at(at)).unwrap();
    assert_eq!(remitted.gross - remitted.reversed - remitted.commission - remitted.tax, remitted.net);
    let check = home.acting().check_ledger().unwrap();
    assert!(check.is_whole(), "{:?}", check.differences);
    remitted
}

fn codes(remitted: &Remitted) -> Vec<&str> {
    remitted.problems.iter().map(|problem| problem.code.as_str()).collect()
}

#[test]
fn combined_keeps_what_is_covered_and_invoices_the_rest() {
    for (agency, bank, (kept, net, invoiced)) in [
        (100, 2_000, (100, 0, 110)),
        (210, 1_890, (210, 0, 0)),
        (211, 1_889, (210, 1, 0)),
        (209, 1_891, (209, 0, 1)),
        (1_000, 1_000, (200, 800, 0)),
    ] {
        let home = home(&terms("combined", ""));
        let payments = [pay("p1", "agency", agency, "2026-01-05"), pay("p2", "bank", bank, "2026-01-05")];
        home.say("agency", "2026-01-06", &payments).unwrap();
        let it = remit(&home, "2026-01-01", "2026-01-31", "2026-02-01");
        assert_eq!((it.gross, it.commission, it.net, it.invoiced), (agency, kept, net, invoiced));
        let written = home.written(&it.answers, "bank");
        let told = written.iter().find_map(|it| it.get("remittance_statement")).unwrap();
        assert_eq!((&told["commission"], &told["net"]), (&json!(kept), &json!(net)));
        assert_eq!(told.get("invoiced"), Some(&json!(invoiced)).filter(|_| invoiced > 0));
    }
    // Money that came straight to the bank alone covers nothing.
    let home = home(&terms("combined", "tax_percent = \"6\""));
    home.say("agency", "2026-01-06", &[pay("p1", "bank", 1_000, "2026-01-05")]).unwrap();
    let it = remit(&home, "2026-01-01", "2026-01-31", "2026-02-01");
    assert_eq!((it.gross, it.commission, it.tax, it.net, it.invoiced), (0, 0, 0, 0, 106));
}

/// Under a cap, the reversal of one payment lets another one earn that the cap had kept from it. That fee stands with
/// the reversal: it is invoiced or kept as the fees of the reversed money are.
#[test]
fn a_fee_that_a_reversal_sets_free_is_remitted_as_the_fees_of_the_reversed_payment() {
    for (remits, reversed, first, second) in [
        // Who received the payment that is undone; kept, net, invoiced.
        ("net", "bank", (53, 947, 106), (0, 0, -53)),
        ("gross", "bank", (0, 1_000, 159), (0, 0, -53)),
        ("combined", "bank", (159, 841, 0), (-53, 53, 0)),
        ("net", "agency", (106, 894, 53), (-53, -947, 0)),
        ("gross", "agency", (0, 1_000, 159), (0, -1_000, -53)),
        ("combined", "agency", (159, 841, 0), (-53, -947, 0)),
    ] {
        let home = home(&terms(remits, "tax_percent = \"6\"\ncap = 150"));
        let other = if reversed == "bank" { "agency" } else { "bank" };
        let payments = [pay("p1", reversed, 1_000, "2026-01-05"), pay("p2", other, 1_000, "2026-01-06")];
        home.say("agency", "2026-01-06", &payments).unwrap();
        let it = remit(&home, "2026-01-01", "2026-01-10", "2026-01-11");
        assert_eq!((it.commission + it.tax, it.net, it.invoiced), first, "{remits} {reversed}");
        let undo = json!({"reversal": {"identifier": "r1", "currency": "USD", "minor": 1_000,
            "reversed_on": "2026-01-12", "reverses": "p1"}});
        home.say("bank", "2026-01-12", &[undo]).unwrap();
        let it = remit(&home, "2026-01-11", "2026-01-20", "2026-01-21");
        assert_eq!((it.commission + it.tax, it.net, it.invoiced), second, "{remits} {reversed}");
        let account = home.acting().account("test", "A1").unwrap().account;
        assert_eq!((account.commission, account.tax), (100, 6), "{remits}");
    }
}

#[test]
fn a_period_that_is_not_over_is_remitted_with_a_warning() {
    let home = home(&terms("net", ""));
    home.say("agency", "2026-01-06", &[pay("p1", "agency", 1_000, "2026-01-05")]).unwrap();
    let folder = home.path();
    let ran = bailiwick(
        &folder,
        &[
            "remit",
            "test",
            "--from",
            "2026-01-01",
            "--to",
            "2026-01-31",
            "--at",
            "2026-01-06T15:00:00Z",
            "--json",
        ],
    );
    let told = &ran.json()[0];
    assert_eq!((ran.code, &told["problems"][0]["code"]), (Some(0), &json!("period_not_over")), "{told}");
    assert_eq!((&told["gross"], &told["net"]), (&json!(1_000), &json!(900)));
    // What comes later of its days is in the next one.
    home.say("agency", "2026-01-20", &[pay("p2", "agency", 500, "2026-01-19")]).unwrap();
    let next = remit(&home, "2026-02-01", "2026-02-28", "2026-03-01");
    assert_eq!((next.gross, next.net, next.earlier, next.payments), (500, 450, 1, 1));
    assert!(codes(&next).is_empty(), "{:?}", next.problems);
    // A last day is not over on that day.
    home.say("agency", "2026-03-02", &[pay("p3", "agency", 10, "2026-01-20")]).unwrap();
    assert_eq!(codes(&remit(&home, "2026-03-01", "2026-03-02", "2026-03-02")), ["period_not_over"]);
    home.say("agency", "2026-03-03", &[pay("p4", "agency", 10, "2026-01-20")]).unwrap();
    assert!(codes(&remit(&home, "2026-03-01", "2026-03-03", "2026-03-04")).is_empty());
}

#[test]
fn a_remittance_takes_whatever_was_not_remitted_up_to_its_last_day() {
    let home = home(&terms("net", ""));
    let undo = json!({"reversal": {"identifier": "r1", "currency": "USD", "minor": 400,
        "reversed_on": "2026-01-07", "reverses": "p1"}});
    let documents = [
        pay("p1", "agency", 1_000, "2026-01-05"),
        undo,
        pay("p2", "agency", 2_000, "2026-01-20"),
        pay("p3", "agency", 4_000, "2026-01-25"),
    ];
    assert_eq!(home.say("agency", "2026-01-26", &documents).unwrap().accepted, 4);
    // The first day is later than what was never remitted; the last day is before the last payment.
    let it = remit_part(&home, "2026-01-15", "2026-01-20", "2026-01-27");
    assert_eq!((it.gross, it.reversed, it.payments, it.earlier, it.commission), (3_000, 400, 2, 2, 260));
    let it = remit(&home, "2026-01-01", "2026-01-31", "2026-02-01");
    assert_eq!((it.gross, it.reversed, it.payments, it.earlier), (4_000, 0, 1, 0));
}
