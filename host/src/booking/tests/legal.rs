//! The schedule for courts: the days of the payments and of the statuses decide, whatever came first.

use super::*;
use crate::case::HoldStep;

/// 10 %, and 50 % while the account is with a court.
fn terms(more: &str) -> String {
    format!(
        "[commission]\nrounding = \"half_even\"\nremits = \"net\"\nlegal_schedule = \"court\"\n{more}\n\
         schedules = [{{ name = \"std\", by = \"term\", steps = [{{ from = 0, percent = \"10\" }}] }}, \
                      {{ name = \"court\", by = \"term\", steps = [{{ from = 0, percent = \"50\" }}] }}]\n"
    )
}

const EITHER: &str = "legal_by = \"either\"";

fn world(more: &str) -> World {
    at(Active).under(&terms(more))
}

fn commission(world: &mut World) -> i64 {
    world.placed().commission
}

/// The commission of a payment of each day from 2 to 8 July.
fn rates(world: impl Fn() -> World) -> String {
    let paid = |on: usize| commission(&mut world().after(&format!("payment received_on=2026-07-0{on}")));
    (2..=8).map(|on| format!("{} ", paid(on) / 100)).collect::<String>().trim().to_owned()
}

/// Every order of some documents.
fn orders(of: &[&'static str]) -> Vec<Vec<&'static str>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (at, first) in of.iter().enumerate() {
        let rest = [&of[..at], &of[at + 1..]].concat();
        all.extend(orders(&rest).into_iter().map(|rest| [vec![*first], rest].concat()));
    }
    all
}

#[test]
fn the_court_has_the_days_from_its_status_to_the_day_before_its_end() {
    for side in ["agency", "bank"] {
        for (more, counts) in [("", side == "bank"), (EITHER, true)] {
            let told = || {
                world(more)
                    .after(&format!("{side}:status status=legal, on=2026-07-03"))
                    .after(&format!("{side}:status on=2026-07-06"))
            };
            let want = if counts { "10 50 50 50 10 10 10" } else { "10 10 10 10 10 10 10" };
            assert_eq!(rates(told), want, "{side} {more}");
        }
    }
}

#[test]
fn statuses_of_work_and_ends_release_what_their_side_began() {
    for status in ["working", "promise_to_pay", "payment_plan"] {
        let mut world = world("").after("status status=legal");
        assert_eq!(world.placed().state, Held);
        // A status of another kind says nothing about the court.
        let mut world = world.after("status status=unlocatable");
        assert_eq!(world.placed().state, Held);
        let mut world = world.after(&format!("status status={status}, on=2026-07-08"));
        assert_eq!((world.placed().state, world.placed().holds), (Active, Holds::default()), "{status}");
    }
    let mut world = world("").after("bank:status status=legal").after("status on=2026-07-08");
    assert_eq!(world.placed().state, Held);
    let told = world.told("status status=other, on=2026-07-09, ends=[\"legal\"]");
    assert_eq!(told, "held 125000; warning hold_stays");
    assert_eq!(world.told("bank:status on=2026-07-09"), "active 125000");
    let mut world =
        at(Active).after("status status=attorney_represents").after("bank:status status=cease_contact");
    assert_eq!(world.told("status status=other, ends=[\"attorney\"]"), "held 125000");
    assert_eq!(world.told("bank:status status=other, ends=[\"cease\"]"), "active 125000");
    let told = world.told("status status=legal, ends=[\"legal\"]");
    assert_eq!(told, "! hold_begins_and_ends /ends");
}

#[test]
fn the_bank_ends_holds_of_the_placement_and_an_open_dispute_keeps_its_own() {
    let mut world = empty().after(r#"placement holds=["stopped","kept"]"#);
    assert_eq!(world.placed().state, Held);
    let mut world = world.after(r#"bank:status status=other, ends=["stopped"]"#);
    assert_eq!((world.placed().state, world.placed().holds.keep()), (Active, true));
    assert!(!world.after(r#"bank:status status=other, ends=["kept"]"#).placed().holds.keep());
    let mut world = at(Active).after("status status=disputed").after("dispute");
    let told = world.told(r#"bank:status status=other, ends=["dispute"]"#);
    assert_eq!(told, "held 125000; warning hold_stays");
    assert!(world.told("decision").starts_with("active"));
    // The last dispute ends what a status began, whoever began it.
    let mut world = at(Active).after("bank:status status=disputed").after("dispute");
    assert!(world.told("decision").starts_with("active"));
    assert_eq!(world.told("status status=cease_contact, on=2026-07-10"), "held 125000");
}

#[test]
fn whatever_comes_first_the_commission_and_the_state_are_the_same() {
    let documents = [
        "status status=legal, on=2026-07-03",
        "status on=2026-07-07",
        "payment received_on=2026-07-05, minor=3333",
        "payment identifier=P2, received_on=2026-07-07, minor=5555",
    ];
    for (more, want) in [("", (889, 0)), (EITHER, (2_222, 0)), ("legal_by = \"either\"\ncap = 700", (700, 0))]
    {
        for order in orders(&documents) {
            let mut world = order.iter().fold(world(more), |world, words| world.after(words));
            let placed = world.placed();
            assert_eq!((placed.commission, placed.tax), want, "{more} {order:?}");
            assert_eq!((placed.state, placed.holds), (Active, Holds::default()), "{order:?}");
            // Reversals leave nothing, whatever was quoted anew.
            let mut world = world.after("reversal minor=3333, reversed_on=2026-07-10");
            assert_eq!(commission(&mut world), 556, "{more} {order:?}");
            let mut world =
                world.after("reversal identifier=R2, reverses=P2, minor=5555, reversed_on=2026-07-10");
            assert_eq!((commission(&mut world), world.placed().earned), (0, Earned(0)), "{order:?}");
        }
    }
}

#[test]
fn a_reversal_in_part_and_a_late_status_give_the_same_in_every_order() {
    let documents = [
        "bank:status status=legal, on=2026-07-03",
        "payment received_on=2026-07-05, minor=3333",
        "reversal minor=1111, reversed_on=2026-07-08",
    ];
    let mut seen = 0;
    for order in orders(&documents) {
        let place = |of: &str| order.iter().position(|words| words.starts_with(of));
        if place("reversal") < place("payment") {
            continue;
        }
        let mut world = order.iter().fold(world(""), |world, words| world.after(words));
        assert_eq!(
            (commission(&mut world), world.placed().earned),
            (1_111, Earned(1_111_000_000)),
            "{order:?}"
        );
        let mut world = world.after("reversal identifier=R2, minor=2222, reversed_on=2026-07-09");
        assert_eq!((commission(&mut world), world.placed().earned), (0, Earned(0)), "{order:?}");
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn a_payment_is_quoted_anew_with_the_difference() {
    let mut world = world("tax_percent = \"6\"").after("payment received_on=2026-07-05");
    let changes = world.tell(&doc("bank:status status=legal, on=2026-07-03")).unwrap();
    let [earning] = &changes.earnings[..] else { panic!("{changes:?}") };
    assert_eq!((earning.nth, earning.schedule.as_str(), earning.rate_ppm), (1, "court", 500_000));
    assert_eq!(earning.earned, Earned::from_parts(4_000, 0));
    let kinds: Vec<_> = changes.events.iter().map(|it| (it.kind, it.on)).collect();
    let on = |text: &str| Some(day(text));
    assert_eq!(kinds, [("requoted", on("2026-07-05")), ("status", on("2026-07-03"))]);
    let fees: Vec<_> =
        changes.transfers.iter().map(|it| (it.kind, it.buckets.sum().unwrap(), it.on)).collect();
    assert_eq!(fees, [("commission", 4_000, on("2026-07-05")), ("tax", 240, on("2026-07-05"))]);
    // The end of a later day changes nothing of it, one of an earlier day takes the difference back.
    assert!(world.tell(&doc("bank:status on=2026-07-06")).unwrap().earnings.is_empty());
    let changes = world.tell(&doc("bank:status on=2026-07-04")).unwrap();
    assert_eq!((changes.earnings[0].nth, changes.earnings[0].earned), (2, Earned::from_parts(-4_000, 0)));
    assert_eq!((commission(&mut world), world.placed().tax), (1_000, 60));
}

#[test]
fn what_earned_nothing_and_what_a_plugin_computed_is_not_quoted_anew() {
    let status = "bank:status status=legal, on=2026-07-03";
    let mut free = world("free_days = 30").after("payment").after(status);
    assert_eq!(commission(&mut free), 0);
    let mut computed =
        world("").with(|world| world.results.commission = Some(123)).after("payment").after(status);
    assert_eq!(commission(&mut computed), 123);
    let mut decided = world("").after("payment before_demand=true").after(status);
    assert_eq!(commission(&mut decided), 0);
}

/// A status of a day before the end that comes after it changes the rate and not the account.
#[test]
fn a_status_that_comes_after_the_end_gives_the_rate_of_its_days() {
    let paid = world("").after("payment received_on=2026-07-05");
    let ended = |it: &mut World| {
        (it.placed().state, it.placed().dates.ended_on) = (Returned, Some(day("2026-07-10")))
    };
    let mut world = paid.with(ended).after("bank:status status=legal, on=2026-07-03");
    assert_eq!((commission(&mut world), world.placed().holds), (5_000, Holds::default()));
}

#[test]
fn the_side_that_counts_is_that_of_the_terms_of_the_payment() {
    let later = format!("from = \"2026-07-06\"\n{}", terms(EITHER));
    let world =
        || at(Active).under_versions(&[&terms(""), &later]).after("status status=legal, on=2026-07-03");
    assert_eq!(rates(world), "10 10 10 10 50 50 50");
}

#[test]
fn a_hold_of_the_placement_lasts_from_its_beginning() {
    let placed = || {
        let mut world = empty().under(&terms("")).after(r#"placement holds=["legal"]"#);
        world.placed().file = 1;
        world
    };
    assert_eq!(rates(placed), "50 50 50 50 50 50 50");
    assert_eq!(rates(|| placed().after("bank:status on=2026-07-05")), "50 50 50 10 10 10 10");
    let steps = placed().account().holds.iter().map(|it| it.step).collect::<Vec<_>>();
    assert_eq!(steps, [HoldStep::begin(HoldReason::Legal, Side::Bank, None)]);
}
