//! The agency's activities: contacts, notes, statuses, bankruptcies, promises, plans, evidence.

use bailiwick_sdk::value::Zone;

use super::*;

#[test]
fn an_activity_means_that_the_agency_works_the_account() {
    let activities = ["note", "contact_attempt", "demographic_change", "status", "promise", "payment_plan"];
    for kind in activities.into_iter().chain(["evidence", "evidence_request"]) {
        leads(kind, worked);
        leads(&format!("bank:{kind}"), Some);
    }
}

#[test]
fn an_event_after_the_end_does_not_count() {
    let rows = "
        a note          | returned | note at=2026-07-11T03:00:00Z                 | ! placement_ended
        a contact       | returned | contact_attempt started=2026-07-11T03:00:00Z | ! placement_ended
        evidence        | returned | evidence given_at=2026-07-11T03:00:00Z       | ! placement_ended
        a request       | returned | evidence_request at=2026-07-11T03:00:00Z     | ! placement_ended
        a status        | returned | status on=2026-07-11                         | ! placement_ended
        a plan          | returned | payment_plan agreed_on=2026-07-11            | ! placement_ended
        without a day   | returned | demographic_change on=null                   | ! placement_ended
        without a day   | returned | bankruptcy filed_on=null                     | ! placement_ended
        without a day   | returned | evidence given_at=null                       | ! placement_ended
        without a day   | returned | promise made_on=null                         | ! placement_ended";
    table("", rows);
    let there = |world: World| world.with(|it| it.engagement.zone = Zone::named("America/Chicago").unwrap());
    table_in(
        there,
        "on 10 July there | returned | note at=2026-07-11T03:00:00Z | returned 125000; closed 125000",
    );
}

#[test]
fn a_status_holds_the_account_where_it_must() {
    let table = [
        (Some(HoldReason::Dispute), "disputed"),
        (Some(HoldReason::Cease), "cease_contact"),
        (Some(HoldReason::Attorney), "attorney_represents"),
        (Some(HoldReason::Bankruptcy), "bankruptcy_7 bankruptcy_11 bankruptcy_13"),
        (Some(HoldReason::Deceased), "deceased"),
        (Some(HoldReason::Legal), "legal"),
        (None, "working promise_to_pay payment_plan unlocatable refuses_to_pay payment_returned"),
        (None, "paid_in_full settled other"),
    ];
    for (reason, status) in
        table.into_iter().flat_map(|(reason, all)| all.split(' ').map(move |it| (reason, it)))
    {
        let state = if reason.is_some() { Held } else { Active };
        let holds = reason.map_or_else(Holds::default, |reason| Holds::default().with(reason));
        let words = format!("status status={status}");
        let mut world = at(Sent).after(&words);
        let placed = world.placed();
        assert_eq!((placed.state, placed.holds, placed.status.as_deref()), (state, holds, Some(status)));
        // A placement that has ended is not held any more.
        let mut world = at(Returned).after(&words);
        assert_eq!((world.placed().state, world.placed().holds), (State::Closed, Holds::default()));
    }
    assert_eq!(at(Active).after("status code=X7").placed().status.as_deref(), Some("X7"));
}

#[test]
fn a_death_and_a_bankruptcy_hold_whatever_is_open() {
    let held = |state: State| match state {
        Sent | Acknowledged | Partial | Active => Held,
        state => state,
    };
    for words in ["status status=deceased", "bankruptcy"] {
        leads(&format!("bank:{words}"), |state| Some(held(state)));
        leads(words, |state| worked(state).map(held));
    }
}

#[test]
fn promises_and_plans_are_kept_with_their_due_days() {
    let rows = "
        a promise    | active | promise                 | active 125000; promise 2026-07-20 0/5000 open
        dated ahead  | active | promise kind=post_dated | active 125000; post_dated 2026-07-20 0/5000 open
        a plan       | active | payment_plan regular=12000 | active 125000; instalment 2026-07-20 0/12000 open
        ; instalment 2026-08-20 0/12000 open; instalment 2026-09-20 0/6000 open
        of nothing   | active | promise minor=0  | ! negative_amount /minor
        below zero   | active | promise minor=-1 | ! negative_amount /minor
        without any  | active | payment_plan instalments=0 | ! plan_mismatch /total
        beyond it    | active | payment_plan first=30001   | ! plan_mismatch /total";
    table("", rows);
}

#[test]
fn money_keeps_promises_the_earliest_first_and_leaves_them_the_latest_first() {
    let rows = "
        a part      | active + promise + promise due_on=2026-07-10, minor=8000 | payment paid_to=bank, minor=6000
        | active 119000; payment bank_cash/receivable 6000; promise 2026-07-10 6000/8000 open
        more        | active + promise + promise due_on=2026-07-10, minor=8000 | payment paid_to=bank
        | active 115000; payment bank_cash/receivable 10000; promise 2026-07-10 8000/8000 kept
        ; promise 2026-07-20 2000/5000 open
        back        | active + promise + promise due_on=2026-07-10, minor=8000 + payment paid_to=bank | reversal
        | active 119000; reversal receivable/bank_cash 4000; promise 2026-07-20 0/5000 open
        ; promise 2026-07-10 6000/8000 open";
    table("", rows);
    let mut world = at(Active).after("promise");
    world.account().promises[0].state = crate::booking::PromiseState::Broken;
    for (minor, want) in [(4_999, "4999/5000 broken"), (1, "5000/5000 kept")] {
        let changed = world.told(&format!("payment identifier=P{minor}, minor={minor}"));
        assert!(changed.ends_with(want), "{changed}");
    }
}

#[test]
fn evidence_is_kept_by_reference_and_looked_at() {
    let rows = "
        without a store    | active | evidence | active 125000; evidence checked: false
        a request          | active | evidence_request | active 125000; request Q1 given: false
        the same request   | active + evidence_request | evidence_request | active 125000
        what it asked for  | active + evidence_request | evidence answers=Q1
        | active 125000; request Q1 given: true; evidence checked: false
        of nothing known   | active | evidence answers=Q9 | ? waits_for_matter /answers matter:A1:Q9
        for nothing known  | active | evidence_request matter=D9 | ? waits_for_matter /matter matter:A1:D9
        too many bytes     | active | evidence size=18446744073709551615 | ! amount_too_large";
    table("", rows);
    let message = "the bytes are others".to_owned();
    for (checked, want) in [
        (Checked::Same, "active 125000; evidence checked: true"),
        (Checked::Missing, "active 125000; evidence checked: false; warning evidence_missing"),
        (
            Checked::TooLarge { most: 2 },
            "active 125000; evidence checked: false; warning evidence_not_checked",
        ),
        (
            Checked::Other { code: "evidence_mismatch", pointer: "/sha256", message },
            "! evidence_mismatch /sha256",
        ),
    ] {
        let mut world = at(Active).with(|world| world.results.evidence = Some(checked));
        assert_eq!(world.told("evidence"), want);
    }
}
