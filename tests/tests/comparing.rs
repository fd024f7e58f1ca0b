//! Figures of the other side: statements must add up, and differences from the book are found.

use bailiwick_conformance::TestHome;
use bailiwick_host::Report;
use bailiwick_host::book::Why;
use serde_json::{Value, json};

/// A home with A1 and A2, 1,000.00 each.
fn home(terms: &str) -> TestHome {
    let home = TestHome::with_terms(terms);
    let placements = ["A1", "A2"].map(|account| {
        json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
            "balance": [{"bucket": "principal", "minor": 100_000}]}})
    });
    assert_eq!(home.say("accounts", "2026-07-01", &placements).unwrap().accepted, 2);
    home
}

fn pay(identifier: &str, minor: i64, on: &str) -> Value {
    json!({"payment": {"account": "A1", "identifier": identifier, "paid_to": "agency", "currency": "USD",
        "minor": minor, "received_on": on}})
}

fn undo(identifier: &str, of: &str, minor: i64, on: &str) -> Value {
    json!({"reversal": {"account": "A1", "identifier": identifier, "reverses": of, "currency": "USD",
        "minor": minor, "reversed_on": on}})
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

#[test]
fn the_net_of_a_statement_is_gross_less_all_deductions() {
    for (gross, reversed, commission, tax, costs, net, adds_up) in [
        (1_000, 0, 0, None, None, 1_000, true),
        (1_000, 200, 80, Some(8), Some(12), 700, true),
        (1_000, 200, 80, Some(8), None, 712, true),
        (1_000, 200, 80, None, Some(12), 708, true),
        (0, 500, -50, None, None, -450, true),
        (1_000, 200, 80, Some(8), Some(12), 701, false),
        (1_000, 0, 0, None, None, 999, false),
        (1_000, 200, 0, None, None, 1_200, false),
    ] {
        let home = home("");
        let statement = json!({"remittance_statement": {"identifier": "S1", "currency": "USD", "from": "2026-07-01",
            "to": "2026-07-31", "gross": gross, "reversed": reversed, "commission": commission, "tax": tax,
            "costs": costs, "net": net, "basis": "gross"}});
        let mut statement = statement;
        let members = statement["remittance_statement"].as_object_mut().unwrap();
        members.retain(|_, value| !value.is_null());
        let report = home.say("agency", "2026-08-01", &[statement.clone()]).unwrap();
        let refused = codes(&report).contains(&"statement_mismatch");
        assert_eq!(refused, !adds_up, "{statement}: {:?}", report.problems);
        assert_eq!(report.rejected, u64::from(!adds_up), "{statement}");
    }
}

#[test]
fn a_statement_is_compared_with_the_days_of_its_period() {
    // Payments on the day before, on both ends, and on the day after; one is undone in the period, one after it.
    let home = home("");
    let items = [
        pay("P0", 1, "2026-07-01"),
        pay("P1", 20, "2026-07-02"),
        pay("P2", 300, "2026-07-31"),
        pay("P3", 4_000, "2026-08-01"),
        undo("R1", "P2", 100, "2026-07-31"),
        undo("R2", "P1", 20, "2026-08-01"),
    ];
    assert_eq!(home.say("agency", "2026-08-02", &items).unwrap().accepted, 6);
    for (gross, reversed, payments, differs) in [
        (320, 100, Some(2), &[][..]),
        (320, 100, None, &[]),
        (321, 100, Some(2), &["gross"]),
        (320, 0, Some(2), &["reversed"]),
        (320, 100, Some(3), &["payments"]),
        (0, 0, Some(0), &["gross", "reversed", "payments"]),
    ] {
        let mut statement = json!({"remittance_statement": {"identifier": format!("S{gross}{reversed}{payments:?}"),
            "currency": "USD", "from": "2026-07-02", "to": "2026-07-31", "gross": gross, "reversed": reversed,
            "commission": 0, "net": gross - reversed, "basis": "gross"}});
        if let Some(payments) = payments {
            statement["remittance_statement"]["payments"] = json!(payments);
        }
        let report = home.say("agency", "2026-08-03", &[statement.clone()]).unwrap();
        assert_eq!(report.rejected, 0, "{statement}: a difference refuses nothing");
        let found: Vec<&str> = report
            .problems
            .iter()
            .map(|problem| {
                assert_eq!((problem.code.as_str(), problem.line), ("reconciliation_difference", Some(1)));
                problem.message.split(' ').next().unwrap()
            })
            .collect();
        assert_eq!(found, differs, "{statement}");
    }
}

fn figures(account: &str, placed: i64, paid: Option<i64>, balance: Option<i64>, as_of: &str) -> Value {
    let mut it =
        json!({"reconciliation": {"account": account, "currency": "USD", "placed": placed, "as_of": as_of}});
    for (name, minor) in [("paid", paid), ("balance", balance)] {
        if let Some(minor) = minor {
            it["reconciliation"][name] = json!(minor);
        }
    }
    it
}

#[test]
fn each_figure_of_an_account_that_differs_is_a_warning_of_its_own() {
    for (placed, paid, balance, differs) in [
        (100_000, Some(900), Some(99_100), &[][..]),
        (100_000, None, None, &[]),
        (99_999, Some(900), Some(99_100), &["placed:"]),
        (100_000, Some(1_000), Some(99_100), &["paid:"]),
        (100_000, Some(900), Some(99_000), &["balance:"]),
        (1, Some(2), Some(3), &["placed:", "paid:", "balance:"]),
    ] {
        let home = home("");
        let items = [pay("P1", 1_000, "2026-07-02"), undo("R1", "P1", 100, "2026-07-03")];
        home.say("agency", "2026-07-03", &items).unwrap();
        let told = figures("A1", placed, paid, balance, "2026-07-10");
        let report = home.say("agency", "2026-07-10", &[told]).unwrap();
        assert_eq!((report.accepted, report.rejected), (1, 0));
        let found: Vec<&str> = report
            .problems
            .iter()
            .map(|problem| {
                assert_eq!(problem.account.as_deref(), Some("A1"));
                problem.message.split(' ').next().unwrap()
            })
            .collect();
        assert_eq!(found, differs, "{:?}", report.problems);
    }
    let unknown = figures("A9", 1, None, None, "2026-07-10");
    assert_eq!(codes(&home("").say("agency", "2026-07-10", &[unknown]).unwrap()), ["waits_for_account"]);
}

/// A side's newest figures up to the last day of the period count. Later figures of the same day replace earlier ones.
#[test]
fn the_newest_figures_count() {
    let home = home("");
    home.say("agency", "2026-07-02", &[pay("P1", 1_000, "2026-07-02")]).unwrap();
    let period = ("2026-07-01".parse().unwrap(), "2026-07-31".parse().unwrap());
    let found = || -> Vec<(String, String, Why)> {
        let roll = home.acting().reconcile("test", period, None).unwrap();
        roll.differences.into_iter().map(|it| (it.account, it.figure, it.why)).collect()
    };
    let of = |account: &str, figure: &str, why| (account.to_owned(), figure.to_owned(), why);
    assert_eq!(found(), [], "nobody has sent figures");
    let say = |told: [Value; 2]| {
        home.say("agency", "2026-08-01", &told).unwrap();
    };
    // A2 is missing on the newest day of all figures, not of its own.
    home.say("agency", "2026-07-10", &[figures("A1", 100_000, Some(0), None, "2026-07-10")]).unwrap();
    assert_eq!(found(), [of("A1", "paid", Why::AmountDiffers), of("A2", "account", Why::SeenByUsOnly)]);
    say([
        figures("A1", 100_000, Some(5), None, "2026-07-15"),
        figures("A2", 100_000, Some(0), None, "2026-07-15"),
    ]);
    assert_eq!(found(), [of("A1", "paid", Why::AmountDiffers)]);
    say([
        figures("A1", 100_000, Some(1_000), None, "2026-07-15"),
        figures("A2", 1, None, None, "2026-07-15"),
    ]);
    assert_eq!(found(), [of("A2", "placed", Why::AmountDiffers)]);
    // Figures after the period are not looked at.
    say([figures("A1", 7, None, None, "2026-08-01"), figures("A2", 7, None, None, "2026-08-01")]);
    assert_eq!(found(), [of("A2", "placed", Why::AmountDiffers)]);
}

/// Figures leave out accounts that were never with the agency.
#[test]
fn drafts_and_accounts_placed_in_error_are_not_reconciled() {
    let home = home("");
    let placement = |account: &str, on: &str| {
        json!({"placement": {"account": account, "currency": "USD", "placed_on": on,
            "balance": [{"bucket": "principal", "minor": 5_000}]}})
    };
    let of = |from: &str, to: &str| {
        let roll =
            home.acting().reconcile("test", (from.parse().unwrap(), to.parse().unwrap()), None).unwrap();
        (roll.opening, roll.placed, roll.returned, roll.closing, roll.accounts)
    };
    assert_eq!(of("2026-07-01", "2026-07-31"), (0, 200_000, 0, 200_000, 2));
    assert_eq!(of("2026-06-01", "2026-06-30"), (0, 0, 0, 0, 0), "before the first day");
    assert_eq!(of("2026-07-02", "2026-07-31"), (200_000, 0, 0, 200_000, 2), "the first day is over");
    // A draft: its day has not come.
    home.say("accounts", "2026-07-05", &[placement("D1", "2026-07-20")]).unwrap();
    assert_eq!(of("2026-07-01", "2026-07-31"), (0, 200_000, 0, 200_000, 2));
    home.tick("test", "2026-07-20").unwrap();
    assert_eq!(of("2026-07-01", "2026-07-31"), (0, 205_000, 0, 205_000, 3));
    let recall = |account: &str, in_error: bool| json!({"recall": {"account": account, "stage": "final", "on": "2026-07-25", "placed_in_error": in_error}});
    home.say("bank", "2026-07-25", &[recall("D1", true), recall("A2", false)]).unwrap();
    assert_eq!(of("2026-07-01", "2026-07-31"), (0, 200_000, 100_000, 100_000, 1));
    assert_eq!(
        of("2026-07-26", "2026-07-31"),
        (100_000, 0, 0, 100_000, 1),
        "an account that has left is not opened"
    );
    assert_eq!(
        of("2026-07-25", "2026-07-25"),
        (200_000, 0, 100_000, 100_000, 1),
        "its last day is the agency's"
    );
    // One that is recalled before its day was never with the agency.
    home.say("accounts", "2026-07-26", &[placement("D2", "2026-07-29")]).unwrap();
    home.say(
        "bank",
        "2026-07-27",
        &[json!({"recall": {"account": "D2", "stage": "final", "on": "2026-07-27"}})],
    )
    .unwrap();
    assert_eq!(of("2026-07-26", "2026-07-31"), (100_000, 0, 0, 100_000, 1));
}
