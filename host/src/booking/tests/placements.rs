//! Placements and their end: entrusted, acknowledged, recalled, objected to, returned, fallen due.

use super::*;
use crate::booking::{Draft, Elsewhere};
use crate::case::{Due, Move};
use crate::money::Basis;

fn elsewhere(creditor: &str, agency: &str) -> Elsewhere {
    Elsewhere { engagement: "other".to_owned(), creditor: creditor.to_owned(), agency: agency.to_owned() }
}

/// The account A1 is with an agency in another engagement.
fn placed_elsewhere(creditor: &str, agency: &str) -> World {
    empty().with(|world| {
        let account = Account { elsewhere: vec![elsewhere(creditor, agency)], ..Account::default() };
        world.known.accounts.insert("A1".to_owned(), account);
    })
}

/// Another account of the customer C1 is with another agency.
fn customer_elsewhere(terms: &str) -> World {
    empty().under(terms).with(|world| {
        world.known.customers.insert("C1".to_owned(), vec![elsewhere("Bank", "AG002")]);
    })
}

/// The receiver's plugin does not take accounts, and says why.
fn declines(why: Value) -> World {
    empty().with(|world| {
        let decision = plus(json!({"it": {"acceptance": "rejected"}}), why);
        world.answers.acceptance = serde_json::from_value(decision["it"].clone()).unwrap();
    })
}

#[test]
fn an_account_is_entrusted_as_the_bank_places_it() {
    let disputes = |told: &[(&str, Value)]| {
        let told = told.iter().map(|(state, more)| dispute("D1", state, more.clone())["dispute"].clone());
        bank(placement("A1", json!({"disputes": told.collect::<Vec<_>>()})))
    };
    let sent = bank(placement("A1", json!({})));
    let of_customer = bank(placement("A1", json!({"customer": "C1"})));
    let unknown_schedule = bank(placement("A1", json!({"commission": {"schedule": "gold"}})));
    let row = "placement receivable creditor 125000";
    let itemized = json!({"basis": "charge_off", "on": "2026-06-01", "amount": 110_000, "interest": 20_000,
        "fees": 5_000, "payments": 10_000});
    done([
        ("its day has come", empty(), sent.clone(), &["entrusted sent 125000", row]),
        (
            "its day is today",
            empty(),
            bank(placement("A1", json!({"placed_on": "2026-07-15"}))),
            &["entrusted sent 125000", row],
        ),
        (
            "its day is tomorrow",
            empty(),
            bank(placement("A1", json!({"placed_on": "2026-07-16", "holds": ["stopped"]}))),
            &["entrusted draft 125000", row],
        ),
        (
            "it has no day",
            empty(),
            bank(placement("A1", json!({"placed_on": null}))),
            &["entrusted sent 125000", row],
        ),
        (
            "what made the amount adds up",
            empty(),
            bank(placement("A1", json!({"itemization": itemized}))),
            &["entrusted sent 125000", row],
        ),
        (
            "stopped",
            empty(),
            bank(placement("A1", json!({"holds": ["stopped"]}))),
            &["entrusted held 125000", row],
        ),
        (
            "kept beyond its term, which stops nothing",
            empty(),
            bank(placement("A1", json!({"holds": ["kept"]}))),
            &["entrusted sent 125000", row],
        ),
        (
            "with an open dispute",
            empty(),
            disputes(&[("open", json!({}))]),
            &["entrusted held 125000", row, "dispute D1 open hold, agency by 2026-07-20"],
        ),
        (
            "with a dispute about a part",
            empty(),
            disputes(&[("open", json!({"disputed": 5_000}))]),
            &["entrusted sent 125000", row, "dispute D1 open, agency by 2026-07-20"],
        ),
        (
            "with a dispute that is closed",
            empty(),
            disputes(&[("closed", json!({}))]),
            &["entrusted sent 125000", row, "dispute D1 closed hold, agency by 2026-07-20"],
        ),
        (
            "with a dispute that is told twice, of which the last counts",
            empty(),
            disputes(&[("open", json!({})), ("investigating", json!({"received_on": "2026-07-07"}))]),
            &["entrusted held 125000", row, "dispute D1 investigating hold, agency by 2026-07-21"],
        ),
        (
            "the same agency has it in another engagement",
            placed_elsewhere("Bank", "AG001"),
            sent.clone(),
            &["entrusted sent 125000", row],
        ),
        (
            "an agency of another creditor has it",
            placed_elsewhere("Another", "AG002"),
            sent,
            &["entrusted sent 125000", row],
        ),
        (
            "the customer is with another agency, and the contract allows it",
            customer_elsewhere(""),
            of_customer,
            &["entrusted sent 125000", row],
        ),
        (
            "terms of its own where the contract has no commission",
            empty(),
            unknown_schedule,
            &["entrusted sent 125000", row],
        ),
    ]);
}

#[test]
fn a_placement_that_cannot_be_is_refused() {
    let sent = || bank(placement("A1", json!({})));
    let with = |more: Value| bank(placement("A1", more));
    let one_agency = "one_agency_per_customer = true";
    let itemized = json!({"basis": "charge_off", "on": "2026-06-01", "amount": 100_000, "interest": 20_000,
        "fees": 5_000, "payments": 1});
    let part = |bucket: &str, minor: i64| json!({"bucket": bucket, "minor": minor});
    let much = json!([part("principal", 9_007_199_254_740_991), part("interest", 1)]);
    let below = json!([part("principal", 10), part("interest", -1)]);
    let full = empty().with(|world| world.known.total = i128::from(i64::MAX) - 124_999);
    let twice = at(State::Returned).with(|world| world.placed().file = 2);
    let gold = json!({"commission": {"schedule": "gold"}});
    let court = json!({"commission": {"schedule": "flat", "legal_schedule": "court"}});
    let rate = json!({"commission": {"rate_ppm": 1_000_001}});
    let cap = json!({"commission": {"cap_ppm": 1_000_001}});
    refused([
        ("of the agency", empty(), agency(placement("A1", json!({}))), "wrong_side", None),
        (
            "a part below zero",
            empty(),
            with(json!({"balance": below})),
            "negative_amount",
            Some("/balance"),
        ),
        ("beyond what a document holds", empty(), with(json!({"balance": much})), "amount_too_large", None),
        ("beyond what a file holds", full, sent(), "amount_too_large", Some("/balance")),
        (
            "what made the amount",
            empty(),
            with(json!({"itemization": itemized})),
            "itemization_mismatch",
            Some("/itemization"),
        ),
        ("opened later", empty(), with(json!({"opened_on": "2026-07-02"})), "future_date", None),
        ("twice in a file", twice, sent(), "duplicate_account", Some("/account")),
        (
            "with another agency",
            placed_elsewhere("Bank", "AG002"),
            sent(),
            "already_placed",
            Some("/account"),
        ),
        (
            "the customer with another agency",
            customer_elsewhere(one_agency),
            with(json!({"customer": "C1"})),
            "customer_with_other_agency",
            Some("/customer"),
        ),
        ("a schedule", empty().under(FLAT), with(gold), "unknown_schedule", Some("/commission")),
        ("a legal schedule", empty().under(FLAT), with(court), "unknown_schedule", Some("/commission")),
        ("a rate", empty().under(FLAT), with(rate), "bad_rate", Some("/commission")),
        ("a cap", empty().under(FLAT), with(cap), "bad_rate", Some("/commission")),
        ("declined", declines(json!({})), sent(), "declined", None),
        ("declined with a reason", declines(json!({"reason": "too_old"})), sent(), "too_old", None),
    ]);
}

#[test]
fn an_account_is_placed_again_only_after_its_end() {
    for state in State::ALL {
        match at(state).tell(&bank(placement("A1", json!({})))) {
            Ok(changes) => {
                assert_eq!(changes.entrusted.unwrap().placed.round, 2, "{state}");
                assert!(state.has_ended(), "{state}");
            }
            Err(Stop::Refused(it)) => {
                assert_eq!((&*it.code, it.pointer), ("already_placed", Some("/account")), "{state}");
                assert!(!state.has_ended(), "{state}");
            }
            other => panic!("{state}: {other:?}"),
        }
    }
}

#[test]
fn a_placement_begins_with_the_dates_and_terms_of_the_contract() {
    let terms = format!("term_days = 90\nrecall = {{ after_days = 60 }}\n{FLAT}");
    let begin = |terms: &str, more: Value| {
        let given = bank(placement("A1", more));
        empty().under(terms).tell(&given).unwrap().entrusted.unwrap()
    };
    let it = begin(&terms, json!({"customer": "C1", "opened_on": "2020-01-01", "last_charge_on": "2026-03-01"}));
    let dates = it.placed.dates;
    assert_eq!(
        (dates.term_ends_on, dates.announce_on),
        (Some(day("2026-09-29")), Some(day("2026-08-30")))
    );
    assert_eq!((it.latest_on, it.customer, it.waits), (Some(day("2026-03-01")), None, false));
    assert_eq!(it.acknowledgment.received_on, day("2026-07-15"));
    let stated = begin(&terms, json!({"term_ends_on": "2026-12-31"}));
    assert_eq!(stated.placed.dates.term_ends_on, Some(day("2026-12-31")));
    assert!(begin("", json!({"placed_on": "2026-07-16"})).waits);
    let own = begin(&terms, json!({"commission": {"rate_ppm": 141_300, "cap": 2_000}})).placed.own_terms();
    assert_eq!(
        own.unwrap(),
        Basis { rate_ppm: Some(141_300), cap: Some(2_000), ..Basis::default() }
    );
    let ages = [
        (json!({"charged_off_on": "2026-04-02", "delinquent_on": "2026-01-01"}), Some("2026-04-02")),
        (json!({"delinquent_on": "2026-01-01", "days_overdue": 30}), Some("2026-01-01")),
        (json!({"days_overdue": 30}), Some("2026-06-01")),
        (json!({"days_overdue": 4_000_000}), None),
        (json!({}), None),
    ];
    for (more, want) in ages {
        assert_eq!(begin("", more.clone()).placed.aged_from, want.map(day), "{more}");
    }
}

#[test]
fn an_acknowledgment_moves_what_it_may() {
    leads(agency(acknowledgment("accepted", 125_000)), |state| match state {
        State::Draft => None,
        State::Sent | State::Acknowledged | State::Partial => Some(State::Acknowledged),
        state => Some(state),
    });
    leads(agency(acknowledgment("rejected", 125_000)), |state| match state {
        State::Sent | State::Partial => Some(State::Rejected),
        state => state.has_ended().then_some(state),
    });
    let less = || agency(acknowledgment("accepted", 124_000));
    let partial: &[&str] = &["partial 125000", "warning balance_mismatch"];
    done([
        ("another balance", at(State::Sent), less(), partial),
        ("another balance again", at(State::Partial), less(), partial),
        (
            "refused with another balance",
            at(State::Sent),
            agency(acknowledgment("rejected", 1)),
            &["rejected 125000"],
        ),
    ]);
    let late = plus(acknowledgment("accepted", 125_000), json!({"received_on": "2026-07-11"}));
    let mismatch = ("balance_mismatch", Some("/original_balance"));
    refused([
        ("of the bank", at(State::Sent), bank(acknowledgment("accepted", 125_000)), "wrong_side", None),
        ("another balance of what is worked", at(State::Active), less(), mismatch.0, mismatch.1),
        ("another balance of what has ended", at(State::Returned), less(), mismatch.0, mismatch.1),
        ("after the end", at(State::Returned), agency(late), "placement_ended", None),
    ]);
}

#[test]
fn a_recall_an_objection_and_a_return_move_what_they_may() {
    let recall = |stage: &str| about("recall", json!({"stage": stage, "on": "2026-07-08"}));
    let objection = |reason: &str| about("recall_objection", json!({"reason": reason, "on": "2026-07-08"}));
    let back = |reason: &str| about("return", json!({"reason": reason, "on": "2026-07-08"}));
    let open = |state: State, to: State| (state != State::Draft && !state.has_ended()).then_some(to);
    leads(bank(recall("pending")), |state| open(state, State::RecallPending));
    leads(bank(recall("final")), |state| (!state.has_ended()).then_some(State::RecallFinal));
    leads(agency(objection("PTP")), |state| (state == State::RecallPending).then_some(State::Objected));
    leads(agency(back("uncollectible")), |state| open(state, State::Returned));
    leads(agency(back("agency_refused")), |state| match state {
        State::Sent | State::Partial => Some(State::Rejected),
        state => open(state, State::Returned),
    });
    let listed = at(State::RecallPending).under("recall = { objections = [{ reason = \"PTP\", days = 30 }] }");
    refused([
        ("a recall of the agency", at(State::Active), agency(recall("final")), "wrong_side", None),
        ("an objection of the bank", at(State::RecallPending), bank(objection("PTP")), "wrong_side", None),
        ("a return of the bank", at(State::Active), bank(back("settled")), "wrong_side", None),
        ("a reason", listed, agency(objection("XXX")), "unknown_objection_reason", Some("/reason")),
    ]);
}

#[test]
fn a_recall_and_an_objection_set_the_days_that_follow() {
    let mut world = at(State::Active).under(
        "recall = { final_days = 10, in_error = [\"ERR\"], objections = [{ reason = \"PTP\", days = 30 }] }",
    );
    let recall = |more: Value| bank(plus(about("recall", json!({"stage": "pending"})), more));
    world.tell(&recall(json!({"on": "2026-07-06"}))).unwrap();
    assert_eq!(world.placed().dates.recall_on, Some(day("2026-07-16")));
    let objection = about("recall_objection", json!({"reason": "PTP", "on": "2026-07-08"}));
    world.tell(&agency(objection)).unwrap();
    let dates = world.placed().dates;
    assert_eq!((dates.recall_on, dates.objected_until), (None, Some(day("2026-08-07"))));
    world.tell(&recall(json!({"on": "2026-07-09", "reason": "XXX"}))).unwrap();
    let dates = world.placed().dates;
    assert_eq!((dates.recall_on, dates.objected_until), (Some(day("2026-07-19")), None));
    assert!(!world.placed().in_error);
    // Without a day it is of today.
    world.tell(&recall(json!({"stage": "final", "reason": "ERR"}))).unwrap();
    let placed = world.placed();
    assert_eq!((placed.dates.ended_on, placed.in_error), (Some(day("2026-07-15")), true));
    let error = json!({"placed_in_error": true});
    assert!(at(State::Active).after(recall(error)).placed().in_error);
}

/// State, what falls due, where it leads, the last day of the holder, who is told what.
type Fallen<'a> = (State, Move, State, Option<&'a str>, &'a [(Side, &'a str)]);

#[test]
fn what_falls_due_moves_the_account_and_tells_the_sides() {
    let both: &[(Side, &str)] = &[(Side::Agency, "recall"), (Side::Bank, "return")];
    let rows: [Fallen<'_>; 6] = [
        (State::Draft, Move::Send, State::Sent, None, &[]),
        (State::Active, Move::AnnounceRecall, State::RecallPending, None, &[(Side::Agency, "recall")]),
        (State::RecallPending, Move::Recall, State::RecallFinal, Some("2026-07-12"), both),
        (State::Active, Move::Expire, State::Expired, Some("2026-07-12"), both),
        (State::Sent, Move::Lapse, State::Rejected, Some("2026-07-11"), both),
        (State::Returned, Move::Close, State::Closed, Some("2026-07-10"), &[]),
    ];
    for (state, by, to, ended, told) in rows {
        let mut world = at(state);
        let setting = setting_of(&world.engagement, Side::Bank);
        let mut draft = Draft::new(&setting, &world.known, &mut world.answers);
        let due = Due { on: day("2026-07-12"), by };
        let notices = draft.fall_due(entrusted(state), "A1".try_into().unwrap(), due).unwrap();
        assert_eq!(notices.iter().map(|(side, item)| (*side, item.kind())).collect::<Vec<_>>(), told, "{by}");
        let placed = &draft.changes.placed[0];
        assert_eq!((placed.state, placed.dates.ended_on), (to, ended.map(day)), "{by}");
        let event = &draft.changes.events[0];
        assert_eq!((event.kind, event.moved), (by.name(), Some((state, to))));
    }
}
