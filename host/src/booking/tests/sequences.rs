//! Documents of one account, one after another.

use proptest::prelude::*;

use super::*;
use crate::booking::{PromiseState, Transfer};

/// The balance of ledger accounts: debits less credits.
fn stands(rows: &[Transfer], accounts: &[&str]) -> i64 {
    let is = |name: &str| i64::from(accounts.contains(&name));
    rows.iter().map(|row| row.buckets.sum().unwrap() * (is(&row.debit) - is(&row.credit))).sum()
}

#[test]
fn a_payment_and_its_reversals_leave_nothing() {
    let mut world = at(Active).under(FLAT);
    let mut rows = Vec::new();
    for words in [
        "payment minor=10001",
        "reversal minor=3333",
        "reversal identifier=R2, minor=3333",
        "reversal identifier=R3, minor=3335",
    ] {
        rows.extend(world.tell(&doc(words)).unwrap().transfers);
    }
    let placed = world.placed();
    assert_eq!(placed.balance, Buckets([100_000, 20_000, 0, 0, 5_000, 0]));
    assert_eq!((placed.commission, placed.tax, placed.earned), (0, 0, Earned(0)));
    for account in ["receivable", "creditor", "agency_cash", "creditor_payable", "commission", "tax"] {
        assert_eq!(stands(&rows, &[account]), 0, "{account}");
    }
    // Each row has its own number, in order, and every row without an identifier has a cause with one.
    assert!(rows.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(rows.iter().filter(|row| row.reverses == Some(rows[0].id)).count(), 3);
    let named = |cause: i64| rows.iter().any(|row| row.id == cause && row.identifier.is_some());
    assert!(rows.iter().all(|row| row.identifier.is_some() || row.cause.is_some_and(named)));
}

#[test]
fn the_same_documents_again_change_nothing() {
    let mut world = at(Active).under(FLAT);
    let documents = ["payment", "direct_payment minor=2000", "reversal", "adjustment direction=increase"];
    for words in documents {
        world.tell(&doc(words)).unwrap();
    }
    let (balance, numbers) = (world.placed().balance, world.known.numbers);
    for words in documents {
        assert_eq!(world.told(words), "warning duplicate_payment");
    }
    assert_eq!((world.placed().balance, world.known.numbers), (balance, numbers));
    assert_eq!(balance.sum().unwrap(), 125_000 - 10_000 - 2_000 + 4_000 + 700);
}

#[test]
fn a_dispute_that_is_reported_again_is_one_matter() {
    let mut world = at(Active);
    for (words, stage, state) in [
        ("dispute text=no", "open", Held),
        ("dispute text=no", "open", Held),
        ("dispute state=investigating, text=no", "investigating", Held),
        ("dispute state=closed, text=no", "closed", Active),
        ("dispute text=no", "closed", Active),
        ("dispute text=paid", "open", Held),
        ("decision", "decided", Active),
        ("escalation", "open", Held),
    ] {
        world.tell(&doc(words)).unwrap();
        let [matter] = &world.account().matters[..] else { panic!("{words}") };
        assert_eq!(matter.stage.name(), stage, "{words}");
        assert_eq!(world.placed().state, state, "{words}");
    }
}

#[test]
fn a_plan_takes_the_place_of_the_one_before_it() {
    let mut world = at(Active).after("promise due_on=2026-07-12, minor=500");
    world.told("payment_plan");
    let second = world.tell(&doc("payment_plan instalments=2")).unwrap().promises;
    let replaced = second.iter().filter(|it| it.state == PromiseState::Replaced);
    assert_eq!((second.len(), replaced.count()), (5, 3));
    assert_eq!(
        world.told("payment_plan instalments=1"),
        "active 125000; instalment 2026-07-20 0/15000 replaced; instalment 2026-08-20 0/15000 replaced; \
         instalment 2026-07-20 0/30000 open"
    );
    // A payment keeps the promise and the instalments of the plan in force.
    let paid = world.told("payment paid_to=bank, minor=1000");
    let kept = "promise 2026-07-12 500/500 kept; instalment 2026-07-20 500/30000 open";
    assert_eq!(paid, format!("active 124000; payment bank_cash/receivable 1000; {kept}"));
    let days: Vec<_> = world.account().promises.iter().map(|it| (it.due_on, it.id)).collect();
    assert!(days.is_sorted() && days.len() == 7, "{days:?}");
}

#[test]
fn an_account_of_several_rounds_is_paid_in_the_round_of_the_day() {
    let mut world = at(Returned).after("placement placed_on=2026-07-12");
    world.tell(&doc("direct_payment booked_on=2026-07-09")).unwrap();
    world.tell(&doc("direct_payment identifier=B2, minor=300, booked_on=2026-07-12")).unwrap();
    let paid: Vec<_> = world.account().rounds.iter().map(|it| (it.round, it.paid)).collect();
    assert_eq!(paid, [(1, 10_000), (2, 300)]);
}

proptest! {
    /// Payments to either side, reversals in parts, adjustments up and down, in any order. A refusal changes nothing.
    #[test]
    fn balance_and_trust_are_whole_after_any_money(
        deeds in prop::collection::vec((0u8..6, 1i64..60_000, 0usize..8), 0..24),
        cap in 0i64..40_000,
    ) {
        let mut world = at(Active).under(&format!("{FLAT}cap = {cap}"));
        let mut rows: Vec<Transfer> = Vec::new();
        let mut paid: Vec<usize> = Vec::new();
        for (number, (kind, minor, which)) in deeds.into_iter().enumerate() {
            let words = match (kind, paid.get(which)) {
                (0, _) => format!("payment identifier=M{number}, minor={minor}"),
                (1, _) => format!("direct_payment identifier=M{number}, minor={minor}"),
                (2, _) => format!("adjustment identifier=M{number}, minor={minor}, direction=increase"),
                (_, Some(of)) if kind > 3 => {
                    format!("bank:reversal identifier=M{number}, minor={}, reverses=M{of}", minor / 3 + 1)
                }
                _ => format!("adjustment identifier=M{number}, minor={minor}"),
            };
            match world.tell(&doc(&words)) {
                Ok(changes) => rows.extend(changes.transfers),
                Err(Stop::Refused(_) | Stop::Waits(_)) => continue,
                Err(Stop::Failed(error)) => panic!("{words}: {error}"),
            }
            if kind < 2 {
                paid.push(number);
            }
            let placed = world.placed();
            let owed = placed.owed().unwrap();
            prop_assert_eq!(placed.placed + placed.adjusted - placed.paid + placed.reversed, owed);
            prop_assert_eq!(placed.placed + stands(&rows, &["receivable"]), owed);
            let trust = ["agency_cash", "creditor_payable", "commission", "tax", "invoiced"];
            prop_assert_eq!(stands(&rows, &trust), 0);
            prop_assert_eq!(-stands(&rows, &["commission"]), placed.commission);
            prop_assert_eq!(-stands(&rows, &["tax"]), placed.tax);
        }
    }
}
