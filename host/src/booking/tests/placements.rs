//! Placements and their end: entrusted, acknowledged, recalled, objected to, returned, fallen due.

use super::*;
use crate::booking::person::{KnownPerson, Person, PersonKey};
use crate::booking::{Draft, Elsewhere};
use crate::case::{Due, Move};
use crate::money::Basis;

/// How the amount came about, up to the payments.
const MADE: &str =
    r#"{"basis":"charge_off","on":"2026-06-01","amount":110000,"interest":20000,"fees":5000,"payments":"#;

/// The account A1, and another one of the customer C1, are with an agency in another engagement.
fn elsewhere(creditor: &str, agency: &str) -> impl Fn(World) -> World {
    elsewhere_under(creditor, agency, false)
}

fn elsewhere_under(creditor: &str, agency: &str, one_agency: bool) -> impl Fn(World) -> World {
    let (engagement, creditor, agency) = ("other".to_owned(), creditor.to_owned(), agency.to_owned());
    let elsewhere = vec![Elsewhere { engagement, creditor, agency, one_agency, perhaps: Vec::new() }];
    move |mut world| {
        let person = KnownPerson { id: Some(7), elsewhere: elsewhere.clone() };
        // Who owes an account of the same key is nobody of theirs.
        world.known.persons.insert(PersonKey::Account("C1".to_owned()), person.clone());
        world.known.persons.insert(PersonKey::Customer("C1".to_owned()), person);
        let account = Account { elsewhere: elsewhere.clone(), ..Account::default() };
        world.known.accounts.insert("A1".to_owned(), account);
        world
    }
}

#[test]
fn an_account_is_entrusted_as_the_bank_places_it() {
    let told = r#"{"account":"A1","identifier":"D1","received_on":"2026-07-06","state":"#;
    let rows = r#"
        its day has come  | - | placement                        | entrusted sent 125000; OWED
        its day is today  | - | placement placed_on=2026-07-15   | entrusted sent 125000; OWED
        it is to come     | - | placement placed_on=2026-07-16   | entrusted draft 125000; OWED
        it has no day     | - | placement placed_on=null         | entrusted sent 125000; OWED
        stopped           | - | placement holds=["stopped"]      | entrusted held 125000; OWED
        kept, not stopped | - | placement holds=["kept"]         | entrusted sent 125000; OWED
        own terms of none | - | placement commission={"cap":1}   | entrusted sent 125000; OWED
        it adds up        | - | placement itemization=MADE10000} | entrusted sent 125000; OWED
        disputed          | - | placement disputes=[TOLD"open"}] | entrusted held 125000; OWED; dispute D1 open hold
        a part disputed   | - | placement disputes=[TOLD"open","disputed":5000}] | entrusted sent 125000; OWED; dispute D1 open free
        disputed before   | - | placement disputes=[TOLD"closed"}] | entrusted sent 125000; OWED; dispute D1 closed hold
        the last counts   | - | placement disputes=[TOLD"open"},TOLD"answered"}]
        | entrusted held 125000; OWED; dispute D1 answered hold"#;
    table(
        "",
        &rows
            .replace("OWED", "placement receivable/creditor 125000")
            .replace("TOLD", told)
            .replace("MADE", MADE),
    );
    let taken =
        "elsewhere | - | placement customer=C1 | entrusted sent 125000; placement receivable/creditor 125000";
    table_in(elsewhere("Bank", "AG001"), taken);
    table_in(elsewhere("Other", "AG002"), taken);
    // Nobody wants one agency for a customer, it is the same agency, or it is another customer.
    let taken = "
        a second of the customer | - | placement account=A2, customer=C1 | entrusted sent 125000; placement receivable/creditor 125000
        another customer's       | - | placement account=A2, customer=C2 | entrusted sent 125000; placement receivable/creditor 125000
        of the customer's key    | - | placement account=C1              | entrusted sent 125000; placement receivable/creditor 125000";
    table_in(elsewhere("Bank", "AG002"), taken);
    table_in(elsewhere_under("Bank", "AG001", true), taken);
    let not_the_customer = taken.lines().skip(2).collect::<Vec<_>>().join("\n");
    table_in(elsewhere_under("Bank", "AG002", true), &not_the_customer);
}

#[test]
fn a_placement_is_of_the_customer_or_of_a_person_of_its_own() {
    let mut world = empty();
    let mut person = |words: &str| world.tell(&doc(words)).unwrap().entrusted.unwrap().person;
    let customer = |key: &str, id, is_new| Person { id, key: PersonKey::Customer(key.to_owned()), is_new };
    let account = |key: &str, id, is_new| Person { id, key: PersonKey::Account(key.to_owned()), is_new };
    assert_eq!(person("placement account=A1, customer=C1"), customer("C1", 1, true));
    assert_eq!(person("placement account=A2, customer=C1"), customer("C1", 1, false));
    // An account's key is never taken for a customer's.
    assert_eq!(person("placement account=C1"), account("C1", 2, true));
    assert_eq!(person("placement account=A4, customer=A3"), customer("A3", 3, true));
    assert_eq!(person("placement account=A3"), account("A3", 4, true));
}

#[test]
fn a_placement_that_cannot_be_is_refused() {
    let rows = r#"
        of the agency      | -    | agency:placement | ! wrong_side
        opened later       | -    | placement opened_on=2026-07-02 | ! future_date
        a part below zero  | -    | placement balance=[{"bucket":"costs","minor":-1}] | ! negative_amount /balance
        beyond a document  | -    | placement balance=[{"bucket":"costs","minor":9007199254740991},{"bucket":"other","minor":1}]
        | ! amount_too_large
        what made it       | -    | placement itemization=MADE1} | ! itemization_mismatch /itemization
        twice in a file    | - + placement | placement | ! duplicate_account /account
        of no schedule     | -    | placement commission={"schedule":"X"} | ! unknown_schedule /commission
        of no court's      | -    | placement commission={"legal_schedule":"X"} | ! unknown_schedule /commission
        a rate above all   | -    | placement commission={"rate_ppm":1000001} | ! bad_rate /commission
        a cap below zero   | -    | placement commission={"cap":-1} | ! negative_amount /commission
        a cap above all    | -    | placement commission={"cap_ppm":1000001} | ! bad_rate /commission"#;
    table(FLAT, &rows.replace("MADE", MADE));
    let full = |world: World| world.with(|world| world.known.total = i128::from(i64::MAX) - 124_999);
    table_in(full, "beyond a file | - | placement | ! amount_too_large /balance");
    table_in(elsewhere("Bank", "AG002"), "elsewhere | - | placement | ! already_placed /account");
    let customer = |world: World| elsewhere("Bank", "AG002")(world.under("one_agency_per_customer = true"));
    let row = "its customer | - | placement account=A2, customer=C1 | ! customer_with_other_agency /customer";
    table_in(customer, row);
    // The other contract wants one agency for a customer, this one does not.
    table_in(elsewhere_under("Bank", "AG002", true), row);
    for (reason, want) in [(Value::Null, "! declined"), (json!("too_old"), "! too_old")] {
        let decision = json!({"acceptance": "rejected", "reason": reason});
        let mut world = empty();
        world.results.acceptance = serde_json::from_value(decision).unwrap();
        assert_eq!(world.told("placement"), want);
    }
}

#[test]
fn an_account_is_placed_again_only_after_its_end() {
    for state in State::ALL {
        match at(state).tell(&doc("placement")) {
            Ok(changes) => {
                assert!(state.has_ended() && changes.entrusted.unwrap().placed.round == 2, "{state}")
            }
            Err(Stop::Refused(it)) => assert_eq!((&*it.code, state.has_ended()), ("already_placed", false)),
            other => panic!("{state}: {other:?}"),
        }
    }
}

#[test]
fn a_placement_begins_with_the_dates_and_terms_of_the_contract() {
    let terms = format!("term_days = 90\nrecall = {{ after_days = 60 }}\n{FLAT}");
    let begin = |words: &str| empty().under(&terms).tell(&doc(words)).unwrap().entrusted.unwrap();
    let it = begin("placement customer=C1, opened_on=2020-01-01, last_charge_on=2026-03-01");
    let dates = it.placed.dates;
    assert_eq!((dates.term_ends_on, dates.announce_on), (Some(day("2026-09-29")), Some(day("2026-08-30"))));
    assert_eq!((it.latest_on, it.waits), (Some(day("2026-03-01")), false));
    let stated = begin("placement placed_on=2026-07-16, term_ends_on=2026-12-31");
    assert_eq!((stated.placed.dates.term_ends_on, stated.waits), (Some(day("2026-12-31")), true));
    let own = begin(r#"placement commission={"rate_ppm":141300,"cap":2000}"#).placed.own_terms().unwrap();
    assert_eq!(own, Basis { rate_ppm: Some(141_300), cap: Some(2_000), ..Basis::default() });
    for (words, want) in [
        ("delinquent_on=2026-01-01, charged_off_on=2026-04-02, days_overdue=30", Some("2026-04-02")),
        ("delinquent_on=2026-01-01, days_overdue=30", Some("2026-01-01")),
        ("days_overdue=30", Some("2026-06-01")),
        ("days_overdue=4000000", None),
        ("placed_on=null, days_overdue=30", None),
    ] {
        assert_eq!(begin(&format!("placement {words}")).placed.aged_from, want.map(day), "{words}");
    }
}

#[test]
fn an_acknowledgment_makes_its_legal_moves() {
    leads("acknowledgment", |state| match state {
        State::Draft => None,
        Sent | Acknowledged | Partial => Some(Acknowledged),
        state => Some(state),
    });
    leads("acknowledgment acceptance=rejected", |state| match state {
        Sent | Partial => Some(Rejected),
        state => state.has_ended().then_some(state),
    });
    let rows = "
        another balance    | sent     | acknowledgment original_balance=1 | partial 125000; warning balance_mismatch
        another one again  | partial  | acknowledgment original_balance=2 | partial 125000; warning balance_mismatch
        refused with one   | sent     | acknowledgment acceptance=rejected, original_balance=1 | rejected 125000
        of what is worked  | active   | acknowledgment original_balance=1 | ! balance_mismatch /original_balance
        of what has ended  | returned | acknowledgment original_balance=1 | ! balance_mismatch /original_balance
        of the bank        | sent     | bank:acknowledgment | ! wrong_side
        after the end      | returned | acknowledgment received_on=2026-07-11 | ! placement_ended";
    table("", rows);
}

#[test]
fn a_recall_an_objection_and_a_return_make_their_legal_moves() {
    let open = |state: State, to: State| (state != State::Draft && !state.has_ended()).then_some(to);
    leads("recall", |state| open(state, RecallPending));
    leads("recall stage=final", |state| (!state.has_ended()).then_some(State::RecallFinal));
    leads("recall_objection", |state| (state == RecallPending).then_some(State::Objected));
    leads("return", |state| open(state, Returned));
    leads("return reason=agency_refused", |state| match state {
        Sent | Partial => Some(Rejected),
        state => open(state, Returned),
    });
    let rows = "
        a recall of the agency   | active         | agency:recall         | ! wrong_side
        an objection of the bank | recall_pending | bank:recall_objection | ! wrong_side
        a return of the bank     | active         | bank:return           | ! wrong_side
        for another reason       | recall_pending | recall_objection      | ! unknown_objection_reason /reason";
    table("recall = { objections = [{ reason = \"X\", days = 30 }] }", rows);
}

#[test]
fn a_recall_and_an_objection_set_the_days_that_follow() {
    let terms =
        "[recall]\nfinal_days = 10\nin_error = [\"ERR\"]\nobjections = [{ reason = \"PTP\", days = 30 }]";
    let mut world = at(Active).under(terms);
    let mut days = |words: &str| {
        world.tell(&doc(words)).unwrap();
        let placed = world.placed();
        (placed.dates.recall_on, placed.dates.objected_until, placed.dates.ended_on, placed.in_error)
    };
    assert_eq!(days("recall"), (Some(day("2026-07-16")), None, None, false));
    assert_eq!(days("recall_objection"), (None, Some(day("2026-08-07")), None, false));
    let again = days("recall on=2026-07-09, reason=X");
    assert_eq!(again, (Some(day("2026-07-19")), None, None, false));
    // Without a day the recall is of today.
    let (.., ended_on, in_error) = days("recall stage=final, on=null, reason=ERR");
    assert_eq!((ended_on, in_error), (Some(day("2026-07-15")), true));
    assert!(at(Active).after("recall placed_in_error=true").placed().in_error);
}

#[test]
fn what_falls_due_moves_the_account_and_tells_the_sides() {
    let both = "agency recall, bank return";
    for (state, by, to, ended, told) in [
        (State::Draft, Move::Send, Sent, None, ""),
        (Active, Move::AnnounceRecall, RecallPending, None, "agency recall"),
        (RecallPending, Move::Recall, State::RecallFinal, Some("2026-07-12"), both),
        (Active, Move::Expire, State::Expired, Some("2026-07-12"), both),
        (Sent, Move::Lapse, Rejected, Some("2026-07-11"), both),
        (Returned, Move::Close, State::Closed, Some("2026-07-10"), ""),
    ] {
        let mut world = at(state);
        let (placed, on) = (world.placed().clone(), day("2026-07-12"));
        let (engagement, contract) = (&world.engagement, &world.contract);
        let setting = Setting {
            engagement,
            contract,
            side: Side::Bank,
            file: 2,
            today: on,
            said_on: on,
            file_day: None,
            siblings: &[],
        };
        let mut draft = Draft::new(&setting, &world.known, &mut world.results);
        let notices = draft.fall_due(placed, "A1".try_into().unwrap(), Due { on, by }).unwrap();
        let notices: Vec<String> = notices.iter().map(|(to, it)| format!("{to} {}", it.kind())).collect();
        let (placed, event) = (&draft.changes.placed[0], &draft.changes.events[0]);
        assert_eq!((placed.state, placed.dates.ended_on), (to, ended.map(day)), "{by}");
        assert_eq!((notices.join(", ").as_str(), event.kind), (told, by.name()));
    }
}
