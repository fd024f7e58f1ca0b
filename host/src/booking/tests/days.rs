//! Days: the window of each kind of document, and what falls due with a document.

use super::*;

/// A document that says no day is of the day of its own file, also if it waited.
#[test]
fn a_document_without_a_day_is_of_the_day_of_its_file() {
    let placed = || empty().under("grace_days = 5").after("placement placed_on=2026-07-10");
    let said = |on: &str, mut world: World| {
        world.said_on = Some(day(on));
        world
    };
    let mut world = said("2026-07-12", placed());
    assert_eq!(world.told("recall stage=final, on=null"), "recall_final 125000");
    assert_eq!(world.placed().dates.ended_on, Some(day("2026-07-12")));
    let mut world = said("2026-07-09", placed());
    assert_eq!(world.told("recall stage=final, on=null"), "! date_before_placement /on");
    let mut world = said("2026-07-12", placed());
    let changes = world.tell(&doc("bankruptcy filed_on=null")).unwrap();
    assert_eq!(changes.holds.iter().map(|it| it.step.on).collect::<Vec<_>>(), [Some(day("2026-07-12"))]);
    let changes = world.tell(&doc("reconciliation")).unwrap();
    assert_eq!(changes.figures.iter().map(|it| it.as_of).collect::<Vec<_>>(), [day("2026-07-12")]);
}
use crate::case::{days_after, days_before};

/// The account was placed on 1 July, and documents are read on 15 July. Each row: the state, the document, its member
/// with the day, the first day that is taken, the code of the day before it, the last day that is taken.
const WINDOWS: &str = "
    sent    placement             placed_on     1990-01-01  implausible_date         2029-07-15
    sent    acknowledgment        received_on   2026-07-01  date_before_placement    2026-07-15
    active  recall                on            2026-07-01  date_before_placement    2026-07-15
    active  recall:final          on            2026-07-01  date_before_placement    2026-07-15
    recall_pending recall_objection on          2026-07-01  date_before_placement    2026-07-15
    active  return                on            2026-07-01  date_before_placement    2026-07-15
    active  payment               received_on   2026-06-01  date_before_placement    2026-07-15
    active  direct_payment        booked_on     2026-06-01  date_before_placement    2026-07-15
    active  adjustment            on            2026-06-01  date_before_placement    2026-07-15
    paid    reversal              reversed_on   2026-07-06  reversal_before_payment  2026-07-15
    active  reconciliation        as_of         2026-07-01  date_before_placement    2026-07-15
    active  status                on            -           -                        2026-07-15
    active  demographic_change    on            -           -                        2026-07-15
    active  bankruptcy            filed_on      -           -                        2026-07-15
    active  dispute               received_on   -           -                        2026-07-15
    active  complaint             received_on   -           -                        2026-07-15
    active  promise               made_on       -           -                        2026-07-15
    active  payment_plan          agreed_on     -           -                        2026-07-15
    disputed decision             on            -           -                        2026-07-15
    active  promise               due_on        -           -                        2056-07-17
    -       remittance_statement  to            -           -                        2026-07-15";

fn prepared(state: &str, terms: &str) -> World {
    let world = match state {
        "-" => empty(),
        "paid" => at(Active).after("payment"),
        "disputed" => at(Active).after("dispute"),
        state => at(State::named(state).unwrap()),
    };
    world.under(terms)
}

fn words(kind: &str, member: &str, on: Day) -> String {
    match kind {
        // Another account, so that it is placed for the first time.
        "placement" => format!("placement account=A2, {member}={on}"),
        "recall:final" => format!("recall stage=final, {member}={on}"),
        "remittance_statement" => format!("{kind} from=1990-01-01, {member}={on}"),
        kind => format!("{kind} {member}={on}"),
    }
}

#[test]
fn each_kind_has_its_first_and_its_last_day() {
    for row in WINDOWS.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let [state, kind, member, first, code, last] = cells[..] else { panic!("{row}") };
        let refused = |on: Day, terms: &str| {
            let told = prepared(state, terms).told(&words(kind, member, on));
            told.starts_with("! ").then(|| told.split(' ').nth(1).unwrap().to_owned())
        };
        let last = day(last);
        assert_eq!(refused(last, ""), None, "{row}: the last day");
        assert_eq!(refused(days_after(last, 1), "").as_deref(), Some("future_date"), "{row}: after it");
        let ahead = "days = { ahead = 1, placement_ahead = 1097 }";
        assert_eq!(refused(days_after(last, 1), ahead), None, "{row}: a day ahead is allowed");
        let Ok(first) = first.parse() else { continue };
        assert_eq!(refused(first, ""), None, "{row}: the first day");
        assert_eq!(refused(days_before(first, 1), "").as_deref(), Some(code), "{row}: before it");
    }
}

#[test]
fn moments_are_held_to_the_day_in_the_zone_of_the_engagement() {
    for (kind, member) in
        [("note", "at"), ("contact_attempt", "started"), ("evidence", "given_at"), ("evidence_request", "at")]
    {
        let told = |moment: &str| at(Active).told(&format!("{kind} {member}={moment}"));
        assert!(!told("2026-07-15T23:59:59Z").starts_with("! "), "{kind}");
        assert!(told("2026-07-16T00:00:00Z").starts_with("! future_date"), "{kind}");
        assert!(told("2026-06-30T12:00:00Z").ends_with("warning before_placement"), "{kind}");
    }
    let told = at(Active).after("dispute").told("escalation at=2026-07-16T00:00:00Z");
    assert!(told.starts_with("! future_date"), "{told}");
}

#[test]
fn a_draft_is_recalled_on_any_day_and_a_spreadsheet_is_named() {
    let told = at(State::Draft).told("recall stage=final, on=2026-06-20");
    assert!(told.starts_with("recall_final"), "{told}");
    let Err(Stop::Refused(refused)) = at(Active).tell(&doc("payment received_on=1899-12-30")) else {
        panic!("it is refused")
    };
    assert!(refused.message.contains("day 0 of a spreadsheet"), "{}", refused.message);
}

#[test]
fn money_before_the_placement_counts_and_earns_nothing() {
    let mut world = at(Active).under(FLAT);
    let told = world.told("payment received_on=2026-06-30");
    assert!(told.contains("active 115000") && told.contains("earns nothing: before_placement"), "{told}");
    assert!(told.ends_with("warning before_placement"), "{told}");
    assert_eq!(world.placed().commission, 0);
    // Nothing of the contract makes it wait longer.
    let short = format!("{FLAT}[days]\nbefore_placement = 1");
    assert!(
        at(Active)
            .under(&short)
            .told("payment received_on=2026-06-29")
            .starts_with("! date_before_placement")
    );
}

#[test]
fn an_account_whose_term_is_over_ends_when_it_is_placed() {
    let mut world = empty().under("term_days = 9\ngrace_days = 10");
    let changes = world.tell(&doc("placement")).unwrap();
    assert_eq!(shown(&changes)[..2], ["entrusted sent 125000", "expired 125000"]);
    assert_eq!(world.placed().dates.ended_on, Some(day("2026-07-10")));
    let told: Vec<String> = changes.notices.iter().map(|(to, it)| format!("{to} {}", it.kind())).collect();
    assert_eq!(told, ["agency recall", "bank return"]);
    assert!(changes.warnings.iter().any(|it| it.code.as_str() == "term_over"));
    // Money of the term counts, and extends nothing.
    let told = world.told("direct_payment booked_on=2026-07-09");
    assert!(told.starts_with("expired 115000"), "{told}");
    assert_eq!(world.placed().dates.term_ends_on, Some(day("2026-07-10")));
    // Its days of grace are over as well: it is closed at once.
    let mut world = empty().under("term_days = 9");
    let told = world.told("placement");
    assert!(told.contains("expired 125000; closed 125000"), "{told}");
    assert_eq!(
        world.told("placement placed_on=2026-07-14, term_ends_on=2026-07-13"),
        "! term_before_placement /term_ends_on"
    );
    // A case that is kept does not end by its term, and one without a day waits for the day of its file.
    for words in ["placement holds=[\"kept\"]", "placement placed_on=null, term_ends_on=2026-07-01"] {
        let mut world = empty().under("term_days = 9");
        world.told(words);
        assert_eq!(world.placed().state, Sent, "{words}");
    }
}

#[test]
fn a_document_settles_what_it_makes_due() {
    let terms = "[recall]\nfinal_days = 3";
    let told = at(Active).under(&format!("grace_days = 90\n{terms}")).told("recall");
    assert_eq!(told, "recall_pending 125000; recall_final 125000");
    // Money of each day around 10 July, the last day of a term with five days of grace and two of them for fees.
    let terms = "grace_days = 5\nterm_days = 5\n[commission]\nrounding = \"half_even\"\nremits = \"net\"\ngrace_days = 2\n\
        schedules = [{ name = \"std\", by = \"term\", steps = [{ from = 0, percent = \"10\" }] }]\n";
    for (on, want) in [
        ("2026-07-10", Some(1_000)),
        ("2026-07-12", Some(1_000)),
        ("2026-07-13", Some(0)),
        ("2026-07-15", Some(0)),
    ] {
        let mut world = empty().under(terms).after("placement placed_on=2026-07-05");
        world.told(&format!("payment received_on={on}"));
        assert_eq!(Some(world.placed().commission), want, "{on}");
    }
    let mut world = empty()
        .under(&terms.replace("term_days = 5", "term_days = 4"))
        .after("placement placed_on=2026-07-05");
    let told = world.told("payment received_on=2026-07-15");
    assert!(told.starts_with("exception payment_after_term"), "{told}");
}
