//! Amended terms: each question is answered by the version of its own day, and what was booked keeps its version.

use super::*;
use crate::money::totals;
use proptest::prelude::*;

/// Terms of a commission with these further keys, from a day on.
fn terms(from: &str, percent: &str, more: &str) -> String {
    let from = if from.is_empty() { String::new() } else { format!("from = \"{from}\"\n") };
    format!(
        "{from}[commission]\nrounding = \"half_even\"\nremits = \"net\"\n{more}\n\
         schedules = [{{ name = \"flat\", by = \"term\", steps = [{{ from = 0, percent = \"{percent}\" }}] }}]\n"
    )
}

/// An active account under versions of the terms.
fn amended(versions: &[&str]) -> World {
    at(Active).under_versions(versions)
}

/// The commission and the tax of the account.
fn fees(world: &mut World) -> (i64, i64) {
    let placed = world.placed();
    (placed.commission, placed.tax)
}

#[test]
fn a_full_reversal_takes_back_all_that_was_booked_whatever_came_later() {
    let before = terms("", "10", "tax_percent = \"6\"");
    for (what, later) in [
        ("the commission is gone", "from = \"2026-07-05\"".to_owned()),
        ("other buckets earn", terms("2026-07-05", "10", "earns = [\"late_fee\"]")),
        ("another rate", terms("2026-07-05", "20", "")),
        ("another tax", terms("2026-07-05", "10", "tax_percent = \"13\"")),
        ("a lower cap", terms("2026-07-05", "10", "cap = 1")),
        ("a higher minimum", terms("2026-07-05", "10", "minimum = 9000")),
    ] {
        let mut world = at(Active).under(&before).after("payment received_on=2026-07-04");
        assert_eq!(fees(&mut world), (1_000, 60), "{what}");
        let mut world = world.under_versions(&[&before, &later]);
        let told = world.told("reversal minor=10000, reversed_on=2026-07-14");
        assert!(
            told.contains("commission commission/creditor_payable 1000; tax tax/creditor_payable 60"),
            "{what}: {told}"
        );
        assert_eq!(fees(&mut world), (0, 0), "{what}");
        assert_eq!(world.placed().earned, Earned(0), "{what}");
    }
}

#[test]
fn a_tax_holds_for_the_payments_of_its_days() {
    let versions = [terms("", "1", "tax_percent = \"6\""), terms("2026-07-06", "1", "tax_percent = \"13\"")];
    let versions = [versions[0].as_str(), versions[1].as_str()];
    let mut world = amended(&versions).after("payment received_on=2026-07-05");
    assert_eq!(fees(&mut world), (100, 6));
    let told = world.told("payment identifier=P2, received_on=2026-07-06");
    assert!(
        told.contains("commission creditor_payable/commission 100; tax creditor_payable/tax 13"),
        "{told}"
    );
    assert_eq!(fees(&mut world), (200, 19));
    // Late, it still follows the terms of its own day.
    let mut world = world.after("payment identifier=P3, received_on=2026-07-05");
    assert_eq!(fees(&mut world), (300, 25));
}

#[test]
fn a_lower_cap_books_nothing_negative() {
    let versions = [terms("", "10", "cap = 500"), terms("2026-07-06", "10", "cap = 450")];
    let versions = [versions[0].as_str(), versions[1].as_str()];
    let mut world = amended(&versions).after("payment received_on=2026-07-05");
    assert_eq!(fees(&mut world).0, 500);
    let told = world.told("payment identifier=P2, received_on=2026-07-06");
    assert!(!told.contains("commission"), "{told}");
    assert_eq!(fees(&mut world).0, 500);
    // The first payment reversed leaves the second, up to its own cap.
    assert_eq!(fees(&mut world.after("reversal minor=10000")).0, 450);
}

#[test]
fn a_schedule_that_is_gone_is_that_of_the_placement() {
    let own = "schedules = [{ name = \"flat\", by = \"term\", steps = [{ from = 0, percent = \"10\" }] }, \
               { name = \"own\", by = \"term\", steps = [{ from = 0, percent = \"30\" }] }]";
    let before = format!("[commission]\nrounding = \"up\"\nremits = \"net\"\n{own}\n");
    let gone = terms("2026-07-06", "10", "");
    let again = terms("2026-07-07", "10", "").replace("flat", "own");
    let mut world = empty().under(&before).after(r#"placement commission={"schedule":"own"}"#);
    world.placed().state = Active;
    let mut world = world.under_versions(&[&before, &gone, &again]).after("payment received_on=2026-07-05");
    assert_eq!(fees(&mut world).0, 3_000);
    let mut world = world.after("payment identifier=P2, received_on=2026-07-06");
    assert_eq!(fees(&mut world).0, 6_000);
    // Terms that have one of the name again come first.
    assert_eq!(fees(&mut world.after("payment identifier=P3, received_on=2026-07-07")).0, 7_000);
}

/// An account without a day is of the day of its file. Until that is known it may be of any version.
#[test]
fn an_undated_account_names_a_schedule_of_the_day_of_its_file() {
    let before = terms("", "10", "").replace("flat", "own");
    let after = terms("2026-07-10", "10", "");
    let versions = [before.as_str(), after.as_str(), "from = \"2026-07-14\""];
    let told = |file_day: Option<&str>, name: &str| {
        let mut world = empty().under_versions(&versions).with(|it| it.file_day = file_day.map(day));
        let words = format!("placement placed_on=null, commission={{\"schedule\":\"{name}\"}}");
        match world.tell(&doc(&words)) {
            Ok(changes) => {
                let placed = changes.entrusted.unwrap().placed;
                format!("{} {}", placed.terms, placed.basis.is_some())
            }
            Err(_) => "refused".to_owned(),
        }
    };
    for (file_day, name, want) in [
        (None, "own", "3 true"),
        (None, "flat", "3 true"),
        (None, "other", "refused"),
        (Some("2026-07-09"), "own", "1 true"),
        (Some("2026-07-09"), "flat", "refused"),
        (Some("2026-07-10"), "own", "refused"),
        (Some("2026-07-10"), "flat", "2 true"),
        (Some("2026-07-14"), "own", "3 false"),
    ] {
        assert_eq!(told(file_day, name), want, "{file_day:?} {name}");
    }
}

#[test]
fn a_reversal_after_two_amendments_goes_by_the_terms_of_its_payment() {
    let versions = [
        terms("", "10", "earns = [\"principal\"]"),
        terms("2026-07-06", "20", "earns = [\"interest\"]\ntax_percent = \"6\""),
        terms("2026-07-08", "30", "tax_percent = \"13\""),
    ];
    let [one, two, three] = &versions;
    let split = r#"split=[{"bucket":"principal","minor":6000},{"bucket":"interest","minor":4000}]"#;
    let mut world = amended(&[one, two, three])
        .after(&format!("payment received_on=2026-07-05, {split}"))
        .after(&format!("payment identifier=P2, received_on=2026-07-07, {split}"))
        .after(&format!("payment identifier=P3, received_on=2026-07-09, {split}"));
    // 600, 800 with 48, 3000 with 390.
    assert_eq!(fees(&mut world), (4_400, 438));
    // Half of the interest of the second payment: half of what it earned.
    let part = r#"reversal reverses=P2, minor=2000, split=[{"bucket":"interest","minor":2000}]"#;
    let mut world = world.after(part);
    assert_eq!(fees(&mut world), (4_000, 414));
    let mut world = world.after("reversal identifier=R2, reverses=P2, minor=8000");
    assert_eq!(fees(&mut world), (3_600, 390));
    let mut world = world.after("reversal identifier=R3, minor=10000");
    assert_eq!(fees(&mut world), (3_000, 390));
    assert_eq!(fees(&mut world.after("reversal identifier=R4, reverses=P3, minor=10000")), (0, 0));
}

/// The commission of a book of an earlier layout may be of terms that nobody knows any more.
#[test]
fn commission_of_unknown_terms_goes_back_in_proportion() {
    let before = terms("", "10", "tax_percent = \"6\"");
    let world = at(Active).under(&before).after("payment received_on=2026-07-04");
    let mut world = world.under("").after("reversal minor=5000");
    assert_eq!(fees(&mut world), (500, 30));
    assert_eq!(fees(&mut world.after("reversal identifier=R2, minor=5000")), (0, 0));
}

/// A book of an earlier layout takes the terms of the engagement file as those of before, also if fewer buckets earn by them
/// than when the payment was booked.
#[test]
fn commission_goes_back_whole_though_the_terms_of_before_say_other_buckets() {
    let split = r#"split=[{"bucket":"principal","minor":6000},{"bucket":"interest","minor":4000}]"#;
    let terms = |earns: &str| terms("", "10", &format!("earns = [{earns}]\ntax_percent = \"6\""));
    for now in ["\"late_fee\"", "\"interest\"", "\"principal\", \"interest\", \"costs\""] {
        let paid = || {
            at(Active).under(&terms("\"principal\"")).after(&format!("payment {split}")).under(&terms(now))
        };
        assert_eq!(fees(&mut paid()), (600, 36), "{now}");
        assert_eq!(fees(&mut paid().after("reversal minor=10000")), (0, 0), "{now}");
        let mut halved = paid().after("reversal minor=5000");
        assert!((1..600).contains(&fees(&mut halved).0), "{now}: {:?}", fees(&mut halved));
        assert_eq!(fees(&mut halved.after("reversal identifier=R2, minor=5000")), (0, 0), "{now}");
    }
}

#[test]
fn each_question_is_answered_by_the_version_of_its_day() {
    let before = "grace_days = 5\nterm_days = 90\npayment_extends_days = 100\nallocation = [\"costs\"]\n\
                  recall = { final_days = 10, objections = [{ reason = \"PTP\", days = 5 }] }\n\
                  settlement = { least_percent = \"90\" }";
    let after = "from = \"2026-07-08\"\ngrace_days = 0\nterm_days = 30\nallocation = [\"principal\"]\n\
                 recall = { final_days = 20, objections = [{ reason = \"NEW\", days = 5 }] }";
    let world = || amended(&[before, after]);
    // The term is that of the day of the placement.
    let term = |on: &str| {
        let begun = empty().under_versions(&[before, after]).after(&format!("placement placed_on={on}"));
        begun.with(|it| it.placed().state = Active).placed().dates.term_ends_on
    };
    assert_eq!(term("2026-07-07"), Some(day("2026-10-05")));
    assert_eq!(term("2026-07-08"), Some(day("2026-08-07")));
    // A payment is spread, and extends the term, by its own day.
    let spread = |on: &str| world().after(&format!("payment received_on={on}, minor=100")).placed().balance;
    assert_eq!(spread("2026-07-07"), Buckets([100_000, 20_000, 0, 0, 4_900, 0]));
    assert_eq!(spread("2026-07-08"), Buckets([99_900, 20_000, 0, 0, 5_000, 0]));
    let extended = |on: &str| {
        let term = |it: &mut World| it.placed().dates.term_ends_on = Some(day("2026-08-01"));
        world().with(term).after(&format!("payment received_on={on}")).placed().dates.term_ends_on
    };
    assert_eq!(extended("2026-07-07"), Some(day("2026-10-15")));
    assert_eq!(extended("2026-07-08"), Some(day("2026-08-01")));
    assert_eq!(
        world().told("payment settlement=true, received_on=2026-07-07"),
        "! settlement_too_low /minor"
    );
    assert!(world().told("payment settlement=true, received_on=2026-07-08").starts_with("active"));
    // Grace is that of the day of the end, an announcement and an objection have their own days.
    let late = |ended: &str, paid: &str| {
        let end =
            |it: &mut World| (it.placed().state, it.placed().dates.ended_on) = (Returned, Some(day(ended)));
        world().with(end).told(&format!("payment received_on={paid}")).contains("exception")
    };
    assert_eq!([late("2026-07-07", "2026-07-12"), late("2026-07-08", "2026-07-09")], [false, true]);
    let recalled = |on: &str| world().after(&format!("recall on={on}")).placed().dates.recall_on;
    assert_eq!(
        [recalled("2026-07-07"), recalled("2026-07-08")],
        [Some(day("2026-07-17")), Some(day("2026-07-28"))]
    );
    let objected = |on: &str| world().after("recall").told(&format!("recall_objection reason=PTP, on={on}"));
    assert!(objected("2026-07-07").starts_with("objected"));
    assert_eq!(objected("2026-07-08"), "! unknown_objection_reason /reason");
}

#[test]
fn the_grace_for_commission_is_that_of_the_day_of_the_end() {
    let credited = "grace_days = 20\n";
    let before = format!("{credited}{}", terms("", "10", "grace_days = 5"));
    let after = terms("2026-07-08", "10", "").replacen('\n', &format!("\n{credited}"), 1);
    let earned = |ended: &str, paid: &str| {
        let mut world = amended(&[&before, &after]);
        (world.placed().state, world.placed().dates.ended_on) = (Returned, Some(day(ended)));
        fees(&mut world.after(&format!("payment received_on={paid}"))).0
    };
    assert_eq!(earned("2026-07-07", "2026-07-12"), 1_000);
    assert_eq!(earned("2026-07-07", "2026-07-13"), 0);
    assert_eq!(earned("2026-07-08", "2026-07-09"), 0);
}

/// One payment or reversal of a history.
#[derive(Debug, Clone, Copy)]
struct Step {
    day: u8,
    principal: i64,
    interest: i64,
    /// The part of it that is reversed, in hundredths, if it is.
    reversed: Option<i64>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let undone = prop::option::of(prop_oneof![Just(100i64), 1i64..100]);
    let step = (1u8..=14, 0i64..9_000, 1i64..9_000, undone);
    let step =
        step.prop_map(|(day, principal, interest, reversed)| Step { day, principal, interest, reversed });
    prop::collection::vec(step, 1..8)
}

/// Terms of three versions: percent, cap, tax, what earns, minimum, rounding.
fn versions() -> impl Strategy<Value = Vec<String>> {
    let rounding = prop_oneof![Just("half_even"), Just("half_away"), Just("down"), Just("up")];
    let one = (0u32..=100, prop::option::of(0i64..3_000), 0u32..30, 0usize..3, rounding, any::<bool>());
    prop::collection::vec(one, 3).prop_map(|drawn| {
        let days = ["", "2026-07-05", "2026-07-10"];
        let made = drawn.into_iter().zip(days).map(|((percent, cap, tax, earns, rounding, least), from)| {
            let cap = cap.map_or_else(String::new, |cap| format!("cap = {cap}\n"));
            let earns = ["[\"principal\"]", "[\"interest\"]", "[\"principal\", \"interest\"]"][earns];
            let least = if least { "minimum = 50\n" } else { "" };
            terms(
                from,
                &percent.to_string(),
                &format!("{cap}{least}tax_percent = \"{tax}\"\nearns = {earns}"),
            )
            .replace("half_even", rounding)
        });
        made.collect()
    })
}

proptest! {
    /// Under three versions the commission is that of `totals` over what is left of each payment, after every step and
    /// whatever their order; and nothing is left when everything is reversed.
    #[test]
    fn commission_follows_from_the_payments_and_not_from_their_order(
        versions in versions(), steps in steps(), order in prop::collection::vec(any::<u16>(), 16),
    ) {
        let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
        // Payments and reversals in some order, each reversal after its payment.
        let mut queue: Vec<(usize, bool)> = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let place = usize::from(order[2 * at]) % (queue.len() + 1);
            queue.insert(place, (at, false));
            if step.reversed.is_some() {
                let after = place + 1 + usize::from(order[2 * at + 1]) % (queue.len() - place);
                queue.insert(after, (at, true));
            }
        }
        let mut world = amended(&versions);
        world.placed().dates.placed_on = Some(day("2026-06-01"));
        let contract = contract(&versions);
        let mut left: Vec<Option<Buckets>> = vec![None; steps.len()];
        for (at, undo) in queue {
            let Step { day: on, principal, interest, reversed } = steps[at];
            let whole = Buckets([principal, interest, 0, 0, 0, 0]);
            let split = |of: &Buckets| {
                let part = |bucket: &str, minor: i64| {
                    (minor > 0).then(|| format!("{{\"bucket\":\"{bucket}\",\"minor\":{minor}}}"))
                };
                let parts = [part("principal", of.0[0]), part("interest", of.0[1])];
                format!("[{}]", parts.into_iter().flatten().collect::<Vec<_>>().join(","))
            };
            let document = if undo {
                let part = reversed.unwrap_or_default();
                let undone = Buckets([(principal * part + 99) / 100, (interest * part + 99) / 100, 0, 0, 0, 0]);
                left[at] = whole.minus(&undone).ok();
                let minor = undone.sum().unwrap();
                format!("reversal identifier=R{at}, reverses=P{at}, minor={minor}, split={}", split(&undone))
            } else {
                left[at] = Some(whole);
                let minor = whole.sum().unwrap();
                format!("payment identifier=P{at}, received_on=2026-07-{on:02}, minor={minor}, split={}", split(&whole))
            };
            world.tell(&doc(&document)).map_err(|stop| TestCaseError::fail(format!("{document}: {stop:?}")))?;
            let mut sums = vec![Earned(0); versions.len()];
            for (step, left) in steps.iter().zip(&left) {
                let Some(left) = left else { continue };
                let version = contract.on(day(&format!("2026-07-{:02}", step.day)));
                let terms = version.terms.commission.as_ref().unwrap();
                let (base, rate) = (
                    terms.base(&Buckets([step.principal, step.interest, 0, 0, 0, 0])),
                    terms.quote(&Default::default(), &Default::default()).rate,
                );
                let earned = terms.earned(base, rate).remaining(base, terms.base(left));
                sums[usize::try_from(version.id).unwrap() - 1].0 += earned.0;
            }
            let all: Vec<_> =
                contract.versions().zip(&sums).map(|(it, sum)| (it.terms.commission.as_ref().unwrap(), *sum)).collect();
            let want = totals(&all, &Default::default(), world.placed().placed).unwrap();
            let sum = |part: fn(&(i64, i64)) -> i64| want.iter().map(part).sum::<i64>();
            prop_assert_eq!(fees(&mut world), (sum(|it| it.0), sum(|it| it.1)), "{}", document);
            prop_assert_eq!(world.placed().earned, Earned(sums.iter().map(|it| it.0).sum()));
        }
    }
}
