//! The model against values that are known from elsewhere: worked examples of the trade, and the right values of cases
//! that once went wrong.

use std::collections::BTreeSet;
use std::rc::Rc;

use rand::seq::SliceRandom;

use crate::account::Account;
use crate::draw;
use crate::fees::Booking;

use crate::buckets::{Allocation, share};
use crate::contract::{Commission, Contract, Measure, Remits, Rounding, Schedule, Terms, Version, WINDOWS};
use crate::history::{arrive, source};
use crate::remittance::remit;
use crate::said::{Own, Pay, Placing, Said, Side, Undo};
use crate::story::{Fact, Story};

/// 1 January is day 1.
const PLACED: i32 = 1;

fn ten_percent() -> Commission {
    Commission {
        rounding: Rounding::HalfEven,
        remits: Remits::Net,
        schedules: vec![Schedule { name: "std", by: Measure::Term, steps: vec![(0, 100_000)] }],
        earns: [true; 6],
        free_days: 0,
        grace_days: 2,
        cap: None,
        cap_ppm: None,
        minimum: None,
        maximum: None,
        tax_ppm: None,
    }
}

fn terms(commission: Option<Commission>) -> Terms {
    Terms {
        term_days: Some(30),
        grace_days: 5,
        extends_days: None,
        acceptance: None,
        recall_after: None,
        recall_final: None,
        objections: Vec::new(),
        allocation: Allocation::Order(vec![1, 0]),
        settlement: None,
        windows: WINDOWS,
        commission,
    }
}

/// A contract whose second version is taken and holds from day 6.
fn amended(first: Commission, second: Option<Commission>) -> Contract {
    let first = Version { taken: i32::MIN, from: None, terms: terms(Some(first)) };
    let second = Version { taken: 6, from: Some(6), terms: terms(second) };
    Contract(vec![first, second])
}

fn contract(commission: Commission) -> Contract {
    Contract(vec![Version { taken: i32::MIN, from: None, terms: terms(Some(commission)) }])
}

fn place(term_ends_on: Option<i32>) -> Said {
    let balance = [10_000, 500, 0, 0, 0, 0];
    let (charged_off_on, days_overdue) = (None, None);
    let (holds, own) = (Vec::new(), Own::default());
    Said::Place(Placing { balance, on: PLACED, term_ends_on, charged_off_on, days_overdue, holds, own })
}

fn pay(identifier: &str, minor: i64, on: i32, at_bank: bool) -> Said {
    let identifier = identifier.to_owned();
    Said::Pay(Pay {
        identifier,
        minor,
        on,
        at_bank,
        split: None,
        waived: 0,
        settles: false,
        before_demand: false,
    })
}

fn undo(of: &str, minor: i64, on: i32) -> Said {
    Said::Undo(Undo { identifier: format!("R{of}"), of: of.to_owned(), minor, on, split: None })
}

fn tell(contract: &Contract, said: Vec<(i32, Said)>, until: i32) -> Story {
    let facts: Vec<Fact> = (1..)
        .zip(said)
        .map(|(at, (today, said))| {
            let side = if matches!(said, Said::Place(_)) { Side::Bank } else { Side::Agency };
            Fact { at, today, file: at, side, said }
        })
        .collect();
    Story::of(contract, &facts, until)
}

fn commission(contract: &Contract, story: &Story) -> (i64, i64) {
    let figures = story.figures(contract, 0);
    (figures.commission, figures.tax)
}

#[test]
fn late_payments_are_judged_by_the_days_of_the_account() {
    // The term ends on 31 January; 6 February is day 37.
    for (on, earns, waits) in
        [(31, 100, false), (33, 100, false), (34, 0, false), (36, 0, false), (37, 0, true)]
    {
        let contract = contract(ten_percent());
        let story = tell(&contract, vec![(1, place(None)), (37, pay("p", 1_000, on, false))], 37);
        assert_eq!(
            (commission(&contract, &story).0, story.exceptions.len() == 1),
            (earns, waits),
            "day {on}"
        );
    }
}

#[test]
fn a_term_that_is_over_is_over_when_the_account_comes() {
    let contract = contract(ten_percent());
    let story = tell(&contract, vec![(60, place(Some(10))), (60, pay("p", 1_000, 60, false))], 60);
    assert_eq!((story.rounds[0].state, story.rounds[0].ended_on), ("closed", Some(10)));
    assert_eq!((story.exceptions.len(), story.bookings.len()), (1, 0));
}

#[test]
fn an_amendment_leaves_what_was_booked() {
    let narrowed = Commission { earns: [false, true, false, false, false, false], ..ten_percent() };
    for second in [None, Some(narrowed), Some(Commission { cap: Some(10), ..ten_percent() })] {
        let contract = amended(ten_percent(), second);
        let said = vec![(1, place(None)), (5, pay("p", 1_000, 5, false))];
        assert_eq!(commission(&contract, &tell(&contract, said.clone(), 7)).0, 100);
        let undone = [said, vec![(7, undo("p", 1_000, 7))]].concat();
        assert_eq!(commission(&contract, &tell(&contract, undone, 7)).0, 0);
    }
}

#[test]
fn each_version_taxes_its_own_commission() {
    let taxed = |ppm| Commission { tax_ppm: Some(ppm), ..ten_percent() };
    let contract = amended(taxed(60_000), Some(taxed(130_000)));
    let said = vec![(1, place(None)), (5, pay("p", 1_000, 5, false)), (7, pay("q", 1_000, 7, false))];
    assert_eq!(commission(&contract, &tell(&contract, said, 7)), (200, 19));
}

#[test]
fn a_lower_cap_takes_nothing_back() {
    let contract = amended(ten_percent(), Some(Commission { cap: Some(40), ..ten_percent() }));
    let said = vec![(1, place(None)), (5, pay("p", 1_000, 5, false)), (7, pay("q", 1_000, 7, false))];
    assert_eq!(commission(&contract, &tell(&contract, said, 7)).0, 100);
}

#[test]
fn the_minimum_is_taken_back_in_proportion() {
    let contract = contract(Commission { minimum: Some(100), ..ten_percent() });
    let said = vec![(1, place(None)), (5, pay("p", 500, 5, false)), (5, undo("p", 250, 5))];
    assert_eq!(commission(&contract, &tell(&contract, said, 5)).0, 50);
    let small = vec![(1, place(None)), (5, pay("p", 50, 5, false))];
    assert_eq!(commission(&contract, &tell(&contract, small, 5)).0, 50);
}

#[test]
fn combined_keeps_what_is_covered() {
    let contract = contract(Commission { remits: Remits::Combined, ..ten_percent() });
    let said = vec![
        (1, place(None)),
        (6, pay("p", 100, 5, false)),
        (6, pay("q", 2_000, 5, true)),
        (32, Said::Remit { to: 31 }),
    ];
    let sums = remit(&contract, &[tell(&contract, said, 32)], 0, 1, Remits::Combined).unwrap();
    assert_eq!((sums.commission, sums.net, sums.invoiced), (100, 0, 110));
}

#[test]
fn a_reversal_and_its_payment_wait_for_the_account() {
    let contract = contract(ten_percent());
    let mut said = vec![(3, undo("p", 400, 3)), (3, pay("p", 1_000, 2, false)), (4, place(None))];
    let early = tell(&contract, said.clone(), 4);
    assert_eq!((commission(&contract, &early).0, early.waiting.count()), (60, 0));
    said.rotate_right(1);
    let late = tell(&contract, said, 4);
    assert_eq!(commission(&contract, &late), commission(&contract, &early));
}

/// Payments with stated parts, their reversals and the placement come in any order on one day: payments and reversals
/// wait for what they need, so all orders have the same figures and exceptions.
#[test]
fn money_with_stated_parts_may_come_in_any_order() {
    let contract = contract(Commission { cap: Some(150), minimum: Some(30), ..ten_percent() });
    let stated =
        |identifier: &str, split: [i64; 6], on: i32| match pay(identifier, split.iter().sum(), on, false) {
            Said::Pay(it) => Said::Pay(Pay { split: Some(split), ..it }),
            other => other,
        };
    let said = vec![
        place(None),
        stated("p", [700, 0, 0, 0, 0, 0], 5),
        stated("q", [300, 40, 0, 0, 0, 0], 33),
        stated("r", [90, 0, 0, 0, 0, 7], 34),
        stated("s", [1_000, 0, 0, 0, 0, 0], 37),
        undo("p", 450, 9),
        undo("q", 340, 40),
    ];
    let told = |said: Vec<Said>| {
        let story = tell(&contract, said.into_iter().map(|it| (50, it)).collect(), 50);
        let waiting: Vec<String> = story.exceptions.iter().map(|it| it.pay.identifier.clone()).collect();
        (story.figures(&contract, 0), waiting, story.waiting.count())
    };
    let want = told(said.clone());
    assert_eq!((want.0.commission, want.1.len(), want.2), (25, 1, 0));
    let mut rng = source(7, &[]);
    for _ in 0..500 {
        let mut shuffled = said.clone();
        shuffled.shuffle(&mut rng);
        assert_eq!(told(shuffled.clone()), want, "{shuffled:?}");
    }
}

#[test]
fn cents_go_to_the_largest_remainder_and_of_equal_ones_to_the_first() {
    assert_eq!(share(&[1, 1, 1, 0, 0, 0], 100), [34, 33, 33, 0, 0, 0]);
    assert_eq!(share(&[10, 10, 50, 30, 0, 0], 7), [1, 1, 3, 2, 0, 0]);
    let by = Allocation::Shares(vec![(4, 100_000), (0, 600_000), (1, 300_000)]);
    // 60/30/10 of 101 is 60.6/30.3/10.1; interest takes 10 of its 30, the rest goes to principal.
    assert_eq!(by.spread(&[1_000, 10, 0, 0, 500, 0], 101), ([81, 10, 0, 0, 10, 0], 0));
    assert_eq!(by.spread(&[1_000, 10, 0, 0, 500, 0], 2_000), ([1_000, 10, 0, 0, 500, 0], 490));
}

#[test]
fn a_half_is_rounded_by_its_rule() {
    use Rounding::{Down, HalfAway, HalfEven, Up};
    for (dividend, want) in [(4, [0, 0, 0, 1]), (5, [0, 1, 0, 1]), (15, [2, 2, 1, 2]), (25, [2, 3, 2, 3])] {
        assert_eq!([HalfEven, HalfAway, Down, Up].map(|rule| rule.divide(dividend, 10)), want, "{dividend}");
    }
}

/// A rule that no history reaches would be held against nothing.
#[test]
fn the_histories_reach_every_rule() {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    for seed in 0..24 {
        let contract = Rc::new(draw::contract(&mut source(seed, &[-1]), 26));
        for number in 0..20 {
            let mut account = Account::new(Rc::clone(&contract));
            let told = (0..26).flat_map(|today| {
                arrive(seed, number, today).into_iter().map(move |(side, said)| (today, side, said))
            });
            for (at, (today, side, said)) in (1..).zip(told) {
                reached.extend(account.say(Fact { at, today, file: at, side, said }).err());
            }
            let story = account.story(26);
            reached.extend(story.rounds.iter().map(|round| round.state));
            reached.extend(story.rounds.get(1).map(|_| "a second round"));
            reached.extend(story.exceptions.first().map(|_| "an exception"));
            for booking in &story.bookings {
                match booking {
                    Booking::Payment(it) if it.earned > 0 && it.version > 0 => {
                        reached.insert("commission under later terms");
                    }
                    Booking::Reversal(_) => {
                        reached.insert("a reversal");
                    }
                    _ => {}
                }
            }
        }
    }
    let want = [
        "future_date",
        "date_before_placement",
        "reversal_before_payment",
        "term_before_placement",
        "already_placed",
        "unknown_schedule",
        "placement_ended",
        "illegal_move",
        "balance_mismatch",
        "unknown_objection_reason",
        "payment_conflict",
        "negative_amount",
        "split_mismatch",
        "wrong_side",
        "reversal_too_large",
        "adjustment_too_large",
        "settlement_not_authorised",
        "settlement_too_low",
        "waiver_too_large",
        "waits_for_account",
        "waits_for_payment",
        "active",
        "held",
        "rejected",
        "returned",
        "recall_final",
        "expired",
        "closed",
        "a second round",
        "an exception",
        "commission under later terms",
        "a reversal",
    ];
    let missing: Vec<&str> = want.into_iter().filter(|it| !reached.contains(it)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
