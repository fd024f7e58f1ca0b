//! What the agency did and learned: contacts, notes, statuses, bankruptcies, promises, plans, evidence.

use bailiwick_sdk::value::Zone;

use super::*;

/// What stands of a document that leaves the account as it is.
const ACTIVE: &str = "active 125000";

#[test]
fn what_the_agency_does_says_that_it_works_the_account() {
    let attempt = json!({"channel": "phone", "direction": "outbound",
        "started": {"utc": "2026-07-06T10:00:00Z", "zone": "UTC"}});
    for it in [
        note("2026-07-06T10:00:00Z"),
        about("contact_attempt", attempt),
        about("demographic_change", json!({"on": "2026-07-06"})),
        about("status", json!({"status": "working", "on": "2026-07-06"})),
        promise("2026-07-20", 5_000),
        plan(3, json!({})),
        evidence(json!({"given_at": {"utc": "2026-07-06T10:00:00Z", "zone": "UTC"}})),
        asks_for_evidence("Q1", json!({})),
    ] {
        leads(agency(it.clone()), worked);
        leads(bank(it), Some);
    }
}

#[test]
fn what_happened_after_the_end_does_not_count() {
    let late = || "2026-07-11";
    let at_late = || json!({"utc": "2026-07-11T03:00:00Z", "zone": "UTC"});
    let attempt = json!({"channel": "phone", "direction": "outbound", "started": at_late()});
    for it in [
        note("2026-07-11T03:00:00Z"),
        about("contact_attempt", attempt),
        // Without a day it is of today.
        about("demographic_change", json!({})),
        about("bankruptcy", json!({"chapter": 7})),
        evidence(json!({})),
        evidence(json!({"given_at": at_late()})),
        about("status", json!({"status": "working", "on": late()})),
        plus(promise("2026-07-20", 5_000), json!({"made_on": null})),
        plan(3, json!({"agreed_on": late()})),
        plus(asks_for_evidence("Q1", json!({})), json!({"evidence_request": {}})["evidence_request"].clone()),
    ] {
        let mut it = it;
        if let Some(request) = it.get_mut("evidence_request") {
            request["at"] = at_late();
        }
        refused([("late", at(State::Returned), agency(it), "placement_ended", None)]);
    }
    // It is 10 July there, the last day.
    let chicago = at(State::Returned)
        .with(|world| world.engagement.zone = Zone::named("America/Chicago").unwrap());
    done([("in time", chicago, agency(note("2026-07-11T03:00:00Z")), &["returned 125000"])]);
}

#[test]
fn a_status_holds_the_account_where_it_must() {
    let table = [
        ("disputed", Some(HoldReason::Dispute)),
        ("cease_contact", Some(HoldReason::Cease)),
        ("attorney_represents", Some(HoldReason::Attorney)),
        ("bankruptcy_7", Some(HoldReason::Bankruptcy)),
        ("bankruptcy_11", Some(HoldReason::Bankruptcy)),
        ("bankruptcy_13", Some(HoldReason::Bankruptcy)),
        ("deceased", Some(HoldReason::Deceased)),
        ("legal", Some(HoldReason::Legal)),
        ("working", None),
        ("promise_to_pay", None),
        ("payment_plan", None),
        ("unlocatable", None),
        ("refuses_to_pay", None),
        ("payment_returned", None),
        ("paid_in_full", None),
        ("settled", None),
        ("other", None),
    ];
    for (status, reason) in table {
        let given = agency(about("status", json!({"status": status, "on": "2026-07-06"})));
        let mut world = at(State::Sent).after(given.clone());
        let placed = world.placed();
        assert_eq!(placed.holds.reasons().collect::<Vec<_>>(), reason.into_iter().collect::<Vec<_>>());
        assert_eq!(placed.state, if reason.is_some() { State::Held } else { State::Active }, "{status}");
        assert_eq!(placed.status.as_deref(), Some(status));
        // What has ended is not held any more.
        let mut world = at(State::Returned).after(given);
        assert_eq!((world.placed().state, world.placed().holds), (State::Returned, Holds::default()));
    }
    let coded = about("status", json!({"status": "other", "code": "X7", "on": "2026-07-06"}));
    assert_eq!(at(State::Active).after(agency(coded)).placed().status.as_deref(), Some("X7"));
}

#[test]
fn a_death_and_a_bankruptcy_hold_whatever_is_open() {
    let held = |state: State| match state {
        State::Sent | State::Acknowledged | State::Partial | State::Active => State::Held,
        state => state,
    };
    for it in [
        about("status", json!({"status": "deceased", "on": "2026-07-06"})),
        about("bankruptcy", json!({"chapter": 13, "filed_on": "2026-07-06"})),
    ] {
        leads(bank(it.clone()), |state| Some(held(state)));
        leads(agency(it), |state| worked(state).map(held));
    }
}

#[test]
fn a_promise_and_a_plan_are_kept_as_what_falls_due() {
    let post_dated = json!({"kind": "post_dated"});
    let by_amount = json!({"regular": 12_000});
    done([
        (
            "a promise",
            at(State::Active),
            agency(promise("2026-07-20", 5_000)),
            &[ACTIVE, "promise 2026-07-20 0/5000 open"],
        ),
        (
            "a cheque dated ahead",
            at(State::Active),
            agency(plus(promise("2026-07-20", 5_000), post_dated)),
            &[ACTIVE, "post_dated 2026-07-20 0/5000 open"],
        ),
        (
            "a plan",
            at(State::Active),
            agency(plan(3, by_amount)),
            &[
                ACTIVE,
                "instalment 2026-07-20 0/12000 open",
                "instalment 2026-08-20 0/12000 open",
                "instalment 2026-09-20 0/6000 open",
            ],
        ),
    ]);
    let mismatch = ("plan_mismatch", Some("/total"));
    refused([
        (
            "a promise of nothing",
            at(State::Active),
            agency(promise("2026-07-20", 0)),
            "negative_amount",
            Some("/minor"),
        ),
        (
            "a promise below zero",
            at(State::Active),
            agency(promise("2026-07-20", -1)),
            "negative_amount",
            Some("/minor"),
        ),
        ("a plan of none", at(State::Active), agency(plan(0, json!({}))), mismatch.0, mismatch.1),
        (
            "a plan with another total",
            at(State::Active),
            agency(plan(2, json!({"first": 1, "last": 2}))),
            mismatch.0,
            mismatch.1,
        ),
    ]);
}

#[test]
fn money_keeps_promises_the_earliest_first_and_leaves_them_the_latest_first() {
    let promised = || {
        let later = at(State::Active).after(agency(promise("2026-07-20", 5_000)));
        later.after(agency(promise("2026-07-10", 8_000)))
    };
    let broken = promised().with(|world| world.account().promises[0].state = super::super::PromiseState::Broken);
    let paid = || promised().after(agency(payment("P1", 10_000, json!({}))));
    let moved = |minor: i64| format!("payment agency_cash receivable {minor}");
    let owed = |minor: i64| format!("entitlement creditor creditor_payable {minor}");
    let undone = |minor: i64| format!("reversal receivable agency_cash {minor}");
    let gone = |minor: i64| format!("entitlement creditor_payable creditor {minor}");
    done([
        (
            "a part of the first",
            promised(),
            agency(payment("P1", 6_000, json!({}))),
            &["active 119000", &moved(6_000), &owed(6_000), "promise 2026-07-10 6000/8000 open"],
        ),
        (
            "the first and a part of the second",
            promised(),
            agency(payment("P1", 10_000, json!({}))),
            &[
                "active 115000",
                &moved(10_000),
                &owed(10_000),
                "promise 2026-07-10 8000/8000 kept",
                "promise 2026-07-20 2000/5000 open",
            ],
        ),
        (
            "a part of one that is broken",
            broken,
            agency(payment("P1", 7_999, json!({}))),
            &["active 117001", &moved(7_999), &owed(7_999), "promise 2026-07-10 7999/8000 broken"],
        ),
        (
            "money goes back",
            paid(),
            agency(reversal("R1", "P1", 4_000, json!({}))),
            &[
                "active 119000",
                &undone(4_000),
                &gone(4_000),
                "promise 2026-07-20 0/5000 open",
                "promise 2026-07-10 6000/8000 open",
            ],
        ),
    ]);
}

#[test]
fn evidence_is_kept_by_reference_and_looked_at() {
    let store = |checked: Checked| at(State::Active).with(|world| world.answers.evidence = Some(checked));
    let other = Checked::Other {
        code: "evidence_mismatch",
        pointer: "/sha256",
        message: "the bytes are others".to_owned(),
    };
    let asked = || at(State::Active).after(agency(asks_for_evidence("Q1", json!({}))));
    let given = || agency(evidence(json!({})));
    let unchecked = "evidence statement unchecked";
    done([
        ("without a store", at(State::Active), given(), &[ACTIVE, unchecked]),
        ("there", store(Checked::Same), given(), &[ACTIVE, "evidence statement checked"]),
        ("not there", store(Checked::Missing), given(), &[ACTIVE, unchecked, "warning evidence_missing"]),
        (
            "too large",
            store(Checked::TooLarge { most: 2 }),
            given(),
            &[ACTIVE, unchecked, "warning evidence_not_checked"],
        ),
        (
            "what was asked for",
            asked(),
            agency(evidence(json!({"answers": "Q1"}))),
            &[ACTIVE, "request Q1 given", unchecked],
        ),
        (
            "a request",
            at(State::Active),
            agency(asks_for_evidence("Q1", json!({}))),
            &[ACTIVE, "request Q1 asked"],
        ),
        ("the same request", asked(), agency(asks_for_evidence("Q1", json!({}))), &[ACTIVE]),
    ]);
    refused([
        ("other bytes", store(other), given(), "evidence_mismatch", Some("/sha256")),
        (
            "an answer to nothing",
            at(State::Active),
            agency(evidence(json!({"answers": "Q9"}))),
            "unknown_matter",
            Some("/answers"),
        ),
        (
            "more bytes than there are",
            at(State::Active),
            agency(evidence(json!({"size": u64::MAX}))),
            "amount_too_large",
            None,
        ),
        (
            "a request for nothing",
            at(State::Active),
            agency(asks_for_evidence("Q1", json!({"matter": "D9"}))),
            "unknown_matter",
            Some("/matter"),
        ),
    ]);
}
