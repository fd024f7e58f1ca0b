//! The booking alone: what a document changes in what is known before it. A row of a table is one document; what it
//! changes is told in words by [`shown`], all of it.

mod matters;
mod money;
mod placements;
mod sequences;
mod work;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{
    CommissionQuestion, Dispute, Evidence, HoldReason, Item, Placement, PlacementDecision, Triage,
};
use bailiwick_sdk::value::Day;
use serde_json::{Value, json};

use super::{Account, Asks, Booked, Changes, Checked, Known, Numbers, Placed, Setting, Stop, Wanted, book};
use crate::case::{Dates, Holds, State};
use crate::engagement::Engagement;
use crate::error::{Error, Result};
use crate::money::{Buckets, Earned};

/// 20 % and 6 % of tax on it, and five days of grace.
const FLAT: &str = "grace_days = 5\n[commission]\nrounding = \"half_even\"\nremits = \"net\"\ntax_percent = \"6\"\n\
    schedules = [{ name = \"flat\", by = \"age\", steps = [{ from = 0, percent = \"20\" }] }]\n";

/// What the plugins and the evidence store answer.
#[derive(Default)]
struct Answers {
    acceptance: Option<PlacementDecision>,
    commission: Option<i64>,
    triage: Option<Triage>,
    evidence: Option<Checked>,
    /// They are asked and cannot answer.
    fail: bool,
}

impl Answers {
    fn answer<T>(&self, answer: T) -> Result<T> {
        if self.fail { Err(Error::Cancelled) } else { Ok(answer) }
    }
}

impl Asks for Answers {
    fn acceptance(&mut self, _: &Placement) -> Result<Option<PlacementDecision>> {
        self.answer(self.acceptance.clone())
    }

    fn computes_commission(&self) -> bool {
        self.fail || self.commission.is_some()
    }

    fn commission(&mut self, _: &CommissionQuestion) -> Result<Option<i64>> {
        self.answer(self.commission)
    }

    fn triage(&mut self, _: &Dispute) -> Result<Option<Triage>> {
        self.answer(self.triage.clone())
    }

    fn evidence(&mut self, _: &Evidence) -> Result<Checked> {
        self.answer(self.evidence.clone().unwrap_or(Checked::Unseen))
    }
}

/// A document and who sends it.
type Given = (Side, Value);

fn bank(document: Value) -> Given {
    (Side::Bank, document)
}

fn agency(document: Value) -> Given {
    (Side::Agency, document)
}

/// A contract, what is known under it, and what plugins would answer.
struct World {
    engagement: Engagement,
    known: Known,
    answers: Answers,
}

/// Nothing is known.
fn empty() -> World {
    let numbers = Numbers { placement: 2, transfer: 1, matter: 1, promise: 1, request: 1 };
    let known = Known { numbers, ..Known::default() };
    World { engagement: Engagement::without_plugins(""), known, answers: Answers::default() }
}

/// The account A1 is known and stands somewhere.
fn at(state: State) -> World {
    empty().with(|world| {
        let account = Account { rounds: vec![entrusted(state)], ..Account::default() };
        world.known.accounts.insert("A1".to_owned(), account);
    })
}

/// A placement of 1,250.00 that began on 1 July. If it has ended, its last day was 10 July.
fn entrusted(state: State) -> Placed {
    let holds = Holds::default();
    Placed {
        id: 1,
        account: "A1".to_owned(),
        round: 1,
        file: 1,
        state,
        holds: if state == State::Held { holds.with(HoldReason::Stopped) } else { holds },
        balance: Buckets([100_000, 20_000, 0, 0, 5_000, 0]),
        placed: 125_000,
        paid: 0,
        reversed: 0,
        adjusted: 0,
        commission: 0,
        tax: 0,
        earned: Earned(0),
        account_number: Some("N1".to_owned()),
        party: Some("P9".to_owned()),
        basis: None,
        aged_from: None,
        dates: Dates {
            placed_on: Some(day("2026-07-01")),
            ended_on: state.has_ended().then(|| day("2026-07-10")),
            ..Dates::default()
        },
        in_error: false,
        status: None,
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The second file, read on 15 July.
fn setting_of(engagement: &Engagement, side: Side) -> Setting<'_> {
    Setting { engagement, side, file: 2, today: day("2026-07-15") }
}

impl World {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn under(self, terms: &str) -> Self {
        self.with(|world| world.engagement = Engagement::without_plugins(terms))
    }

    /// After a document that is taken.
    fn after(self, given: Given) -> Self {
        self.with(|world| {
            world.tell(&given).unwrap();
        })
    }

    /// Books a document, with nothing more known than is.
    fn book_unloaded(&mut self, (side, document): &Given) -> Booked<Changes<'static>> {
        let json: &'static [u8] = serde_json::to_vec(document).unwrap().leak();
        let item: Item = serde_json::from_slice(json).unwrap();
        let setting = setting_of(&self.engagement, *side);
        book(&setting, &self.known, &mut self.answers, item, json)
    }

    /// Books a document. What it needs to know and is not there was looked for, and was never booked.
    fn book(&mut self, given: &Given) -> Booked<Changes<'static>> {
        let item: Item = serde_json::from_value(given.1.clone()).unwrap();
        let mut wanted = Wanted::default();
        wanted.add(&item, self.engagement.terms.one_agency_per_customer);
        for account in wanted.placed.into_iter().chain(wanted.accounts) {
            self.known.accounts.entry(account).or_default();
        }
        for identifier in wanted.identifiers {
            self.known.transfers.entry(identifier.clone()).or_default();
            self.known.exceptions.entry(identifier).or_default();
        }
        for customer in wanted.customers {
            self.known.customers.entry(customer).or_default();
        }
        for period in wanted.periods {
            self.known.sums.entry(period).or_default();
        }
        self.book_unloaded(given)
    }

    /// Books a document and takes note of what it changed.
    fn tell(&mut self, given: &Given) -> Booked<Changes<'static>> {
        let changes = self.book(given)?;
        self.known.apply(&changes)?;
        Ok(changes)
    }

    fn account(&mut self) -> &mut Account {
        self.known.accounts.get_mut("A1").unwrap()
    }

    fn placed(&mut self) -> &mut Placed {
        self.account().rounds.last_mut().unwrap()
    }
}

/// Everything that a document changes, a line for each thing.
fn shown(changes: &Changes<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let sum = |buckets: &Buckets| buckets.sum().unwrap();
    if let Some(it) = &changes.entrusted {
        lines.push(format!("entrusted {} {}", it.placed.state, sum(&it.placed.balance)));
    }
    lines.extend(changes.placed.iter().map(|it| format!("{} {}", it.state, sum(&it.balance))));
    for it in &changes.transfers {
        lines.push(format!("{} {} {} {}", it.kind, it.debit, it.credit, sum(&it.buckets)));
    }
    lines.extend(changes.earnings.iter().map(|it| match it.no_fee {
        None => format!("earns {} ppm of {} by {}", it.rate_ppm, it.base, it.schedule),
        Some(why) => format!("earns nothing: {why}"),
    }));
    for it in &changes.promises {
        let (kind, state) = (it.kind.name(), it.state.name());
        lines.push(format!("{kind} {} {}/{} {state}", it.due_on, it.covered, it.minor));
    }
    for it in &changes.matters {
        let (kind, stage, level) = (it.kind.name(), it.stage.name(), super::level_name(it.level));
        let hold = if it.hold { " hold" } else { "" };
        lines.push(format!("{kind} {} {stage}{hold}, {level} by {}", it.identifier, it.answer_by));
    }
    for it in &changes.requests {
        lines.push(format!("request {} {}", it.identifier, if it.given { "given" } else { "asked" }));
    }
    for it in &changes.evidence {
        lines.push(format!("evidence {} {}", it.kind, if it.checked { "checked" } else { "unchecked" }));
    }
    lines.extend(changes.exceptions.iter().map(|it| format!("exception {} {}", it.code, it.minor)));
    lines.extend(changes.figures.iter().map(|it| format!("figures {}", it.placed)));
    lines.extend(changes.warnings.iter().map(|it| format!("warning {}", it.code)));
    lines
}

/// What it is about, what is known before, the document, everything that it changes.
type Done<'a> = (&'a str, World, Given, &'a [&'a str]);

fn done<const N: usize>(rows: [Done<'_>; N]) {
    for (name, mut world, given, want) in rows {
        match world.tell(&given) {
            Ok(changes) => assert_eq!(shown(&changes), want, "{name}"),
            Err(stop) => panic!("{name}: {stop:?}"),
        }
    }
}

/// What it is about, what is known before, the document, the code and the place of the refusal.
type Refusal<'a> = (&'a str, World, Given, &'a str, Option<&'a str>);

fn refused<const N: usize>(rows: [Refusal<'_>; N]) {
    for (name, mut world, given, code, pointer) in rows {
        match world.book(&given) {
            Err(Stop::Refused(it)) => {
                assert_eq!((&*it.code, it.pointer), (code, pointer), "{name}: {}", it.message);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// Where a document leads from every state; nowhere where the move is illegal.
fn leads(given: Given, to: impl Fn(State) -> Option<State>) {
    for state in State::ALL {
        match (at(state).tell(&given), to(state)) {
            (Ok(changes), Some(want)) => assert_eq!(changes.placed[0].state, want, "{state}: {given:?}"),
            (Err(Stop::Refused(it)), None) => assert_eq!(it.code, "illegal_move", "{state}: {given:?}"),
            (other, want) => panic!("{state}: {given:?}: {want:?}, not {other:?}"),
        }
    }
}

/// Where the agency's work leads from a state.
fn worked(state: State) -> Option<State> {
    match state {
        State::Draft => None,
        State::Sent | State::Acknowledged | State::Partial => Some(State::Active),
        state => Some(state),
    }
}

/// A document with other or more members.
fn plus(mut document: Value, more: Value) -> Value {
    let inner = document.as_object_mut().unwrap().values_mut().next().unwrap();
    inner.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

/// A document about the account A1.
fn about(kind: &str, members: Value) -> Value {
    plus(json!({kind: {"account": "A1"}}), members)
}

fn placement(account: &str, more: Value) -> Value {
    let balance = json!([{"bucket": "principal", "minor": 100_000}, {"bucket": "interest", "minor": 20_000},
        {"bucket": "costs", "minor": 5_000}]);
    let it = json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01", "balance": balance}});
    plus(it, more)
}

fn acknowledgment(acceptance: &str, original: i64) -> Value {
    about(
        "acknowledgment",
        json!({"acceptance": acceptance, "currency": "USD", "original_balance": original,
            "current_balance": original, "received_on": "2026-07-06"}),
    )
}

fn payment(identifier: &str, minor: i64, more: Value) -> Value {
    let it = json!({"identifier": identifier, "paid_to": "agency", "currency": "USD", "minor": minor,
        "received_on": "2026-07-06"});
    plus(about("payment", it), more)
}

fn direct(identifier: &str, minor: i64, more: Value) -> Value {
    let it =
        json!({"identifier": identifier, "currency": "USD", "minor": minor, "booked_on": "2026-07-06"});
    plus(about("direct_payment", it), more)
}

fn reversal(identifier: &str, of: &str, minor: i64, more: Value) -> Value {
    let it = json!({"identifier": identifier, "reverses": of, "currency": "USD", "minor": minor,
        "reversed_on": "2026-07-08"});
    plus(about("reversal", it), more)
}

fn adjustment(identifier: &str, direction: &str, minor: i64, more: Value) -> Value {
    let it = json!({"identifier": identifier, "direction": direction, "currency": "USD", "minor": minor,
        "on": "2026-07-06"});
    plus(about("adjustment", it), more)
}

fn statement(net: i64) -> Value {
    json!({"remittance_statement": {"identifier": "S1", "currency": "USD", "from": "2026-07-01", "to": "2026-07-31",
        "gross": 10_000, "reversed": 1_000, "commission": 1_800, "tax": 100, "costs": 50, "net": net,
        "payments": 1, "basis": "net"}})
}

fn note(at: &str) -> Value {
    about("note", json!({"at": {"utc": at, "zone": "UTC"}}))
}

fn promise(due_on: &str, minor: i64) -> Value {
    about(
        "promise",
        json!({"kind": "promise", "due_on": due_on, "currency": "USD", "minor": minor, "made_on": "2026-07-06"}),
    )
}

/// A plan of 300.00 by the month.
fn plan(instalments: u32, more: Value) -> Value {
    let it = json!({"agreed_on": "2026-07-06", "currency": "USD", "total": 30_000, "frequency": "monthly",
        "instalments": instalments, "first_on": "2026-07-20"});
    plus(about("payment_plan", it), more)
}

fn evidence(more: Value) -> Value {
    plus(about("evidence", json!({"kind": "statement", "sha256": "ab".repeat(32), "size": 3})), more)
}

fn dispute(number: &str, state: &str, more: Value) -> Value {
    let it = json!({"identifier": number, "received_on": "2026-07-06", "state": state});
    plus(about("dispute", it), more)
}

fn complaint(number: &str, state: &str, more: Value) -> Value {
    let it = json!({"identifier": number, "received_on": "2026-07-06", "state": state});
    plus(about("complaint", it), more)
}

fn escalation(number: &str, to: &str, more: Value) -> Value {
    let it = json!({"matter": number, "to": to, "at": {"utc": "2026-07-08T10:00:00Z", "zone": "UTC"}});
    plus(about("escalation", it), more)
}

fn decision(number: &str, outcome: &str, more: Value) -> Value {
    plus(about("decision", json!({"matter": number, "outcome": outcome, "on": "2026-07-09"})), more)
}

fn asks_for_evidence(identifier: &str, more: Value) -> Value {
    let it = json!({"identifier": identifier, "kind": "statement",
        "at": {"utc": "2026-07-07T10:00:00Z", "zone": "UTC"}});
    plus(about("evidence_request", it), more)
}

/// A document of every kind where it is taken, in the order of the kinds.
fn every() -> Vec<(World, Given)> {
    let active = || at(State::Active);
    let disputed = || active().after(agency(dispute("D1", "open", json!({}))));
    let attempt = json!({"channel": "phone", "direction": "outbound",
        "started": {"utc": "2026-07-06T10:00:00Z", "zone": "UTC"}});
    let recall = about("recall", json!({"stage": "pending", "on": "2026-07-06"}));
    let objection = about("recall_objection", json!({"reason": "PTP", "on": "2026-07-08"}));
    let back = about("return", json!({"reason": "uncollectible", "on": "2026-07-08"}));
    vec![
        (empty(), bank(placement("A1", json!({})))),
        (at(State::Sent), agency(acknowledgment("accepted", 125_000))),
        (active(), bank(recall)),
        (at(State::RecallPending), agency(objection)),
        (active(), agency(back)),
        (active(), agency(about("contact_attempt", attempt))),
        (active(), agency(note("2026-07-06T10:00:00Z"))),
        (active(), agency(promise("2026-07-20", 5_000))),
        (active(), agency(plan(3, json!({})))),
        (active(), agency(about("status", json!({"status": "working", "on": "2026-07-06"})))),
        (active(), agency(about("demographic_change", json!({"on": "2026-07-06"})))),
        (active(), agency(about("bankruptcy", json!({"chapter": 7, "filed_on": "2026-07-06"})))),
        (active(), agency(evidence(json!({})))),
        (active(), agency(payment("P1", 10_000, json!({})))),
        (active().after(agency(payment("P1", 10_000, json!({})))), agency(reversal("R1", "P1", 1, json!({})))),
        (active(), bank(adjustment("J1", "decrease", 700, json!({})))),
        (active(), bank(direct("B1", 10_000, json!({})))),
        (empty(), agency(statement(7_050))),
        (active(), agency(about("reconciliation", json!({"currency": "USD", "placed": 125_000})))),
        (active(), agency(dispute("D1", "open", json!({})))),
        (active(), agency(complaint("C1", "open", json!({})))),
        (disputed(), agency(escalation("D1", "bank", json!({})))),
        (disputed(), bank(decision("D1", "refused", json!({})))),
        (disputed(), agency(asks_for_evidence("Q1", json!({"matter": "D1"})))),
    ]
}

fn kind_of(given: &Given) -> String {
    given.1.as_object().unwrap().keys().next().unwrap().clone()
}

#[test]
fn every_document_is_kept_and_counted_once() {
    let kinds = Item::KINDS.iter().filter(|(_, subject)| subject.is_some()).map(|(kind, _)| *kind);
    let rows = every();
    assert_eq!(rows.iter().map(|(_, given)| kind_of(given)).collect::<Vec<_>>(), kinds.collect::<Vec<_>>());
    for (mut world, given) in rows {
        let kind = kind_of(&given);
        let changes = world.tell(&given).unwrap();
        assert_eq!(changes.counted.map(|(counted, _)| counted), Some(kind.as_str()));
        if let Some(it) = &changes.entrusted {
            assert_eq!((it.document, changes.events.len()), (&*serde_json::to_vec(&given.1).unwrap(), 0));
            continue;
        }
        assert_eq!(changes.events.len(), 1, "{kind}");
        let event = &changes.events[0];
        assert_eq!((event.kind, event.placement.is_some()), (&*kind, kind != "remittance_statement"));
        let kept: Item = serde_json::from_slice(&event.document).unwrap();
        assert_eq!(kept.kind(), kind);
    }
}

#[test]
fn an_event_says_where_the_account_moved_and_names_the_account_as_the_bank_does() {
    let mut world = at(State::Sent);
    let first = world.tell(&agency(note("2026-07-06T10:00:00Z"))).unwrap();
    assert_eq!(first.events[0].moved, Some((State::Sent, State::Active)));
    assert_eq!(first.events[0].on, Some(day("2026-07-06")));
    let second = world.tell(&agency(note("2026-07-07T10:00:00Z"))).unwrap();
    assert_eq!(second.events[0].moved, None);
    let paid = world.tell(&agency(payment("P1", 10_000, json!({})))).unwrap();
    let kept: Value = serde_json::from_slice(&paid.events[0].document).unwrap();
    assert_eq!(kept["payment"]["account_number"], "N1");
    let status = about("status", json!({"status": "working", "on": "2026-07-08"}));
    let told = world.tell(&agency(status)).unwrap();
    let kept: Value = serde_json::from_slice(&told.events[0].document).unwrap();
    assert_eq!(kept["status"]["party"], "P9");
}

#[test]
fn what_a_file_says_of_itself_changes_nothing() {
    let control =
        json!({"control": {"code": "count_mismatch", "what": "records", "stated": 1, "found": 2}});
    let problem = json!({"problem": {"code": "bad_amount", "severity": "error", "message": "no amount"}});
    done([
        ("a header", empty(), bank(json!({"header": {"currency": "USD"}})), &[]),
        ("a control total", empty(), bank(control), &[]),
        ("a problem", empty(), bank(problem), &[]),
    ]);
}

#[test]
fn another_currency_is_refused() {
    let cny = json!({"currency": "CNY"});
    let wrong = ("wrong_currency", Some("/currency"));
    refused([
        ("a header", empty(), bank(json!({"header": cny})), wrong.0, wrong.1),
        ("a placement", empty(), bank(placement("A1", cny.clone())), wrong.0, wrong.1),
        ("a payment", at(State::Active), agency(payment("P1", 1, cny.clone())), wrong.0, wrong.1),
        ("a dispute", at(State::Active), agency(dispute("D1", "open", cny)), wrong.0, wrong.1),
    ]);
}

#[test]
fn an_account_that_was_never_placed_is_refused() {
    for (mut world, given) in every() {
        let kind = kind_of(&given);
        // A placement begins one, a statement is of none, a reversal is of the payment that it names.
        if ["placement", "remittance_statement", "reversal"].contains(&kind.as_str()) {
            continue;
        }
        world.known.accounts.clear();
        match world.book(&given) {
            Err(Stop::Refused(it)) => assert_eq!((&*it.code, it.pointer), ("unknown_account", Some("/account"))),
            other => panic!("{kind}: {other:?}"),
        }
    }
}

#[test]
fn what_was_not_loaded_fails_and_is_never_a_refusal() {
    let fails = |name: &str, world: &mut World, given: &Given| match world.book_unloaded(given) {
        Err(Stop::Failed(Error::Invariant(_))) => {}
        other => panic!("{name}: {other:?}"),
    };
    for (mut world, given) in every() {
        world.known = Known::default();
        fails(&kind_of(&given), &mut world, &given);
    }
    let pays = agency(payment("P1", 10_000, json!({})));
    let mut world = at(State::Active);
    fails("the identifier among the rows", &mut world, &pays);
    world.known.transfers.insert("P1".to_owned(), None);
    fails("the identifier among the exceptions", &mut world, &pays);
    world.known.exceptions.insert("P1".to_owned(), None);
    world.known.accounts.clear();
    fails("the account of a payment", &mut world, &pays);
    let mut world = at(State::Active).after(pays);
    world.known.transfers.insert("R1".to_owned(), None);
    world.known.exceptions.insert("R1".to_owned(), None);
    world.known.accounts.clear();
    fails("the account of what is undone", &mut world, &agency(reversal("R1", "P1", 1, json!({}))));
    let mut world = empty().under("one_agency_per_customer = true");
    world.known.accounts.insert("A1".to_owned(), Account::default());
    fails("the customer", &mut world, &bank(placement("A1", json!({"customer": "C1"}))));
}

#[test]
fn what_changed_unseen_is_not_applied() {
    let mut world = at(State::Active);
    let changes = world.book(&agency(payment("P1", 10_000, json!({})))).unwrap();
    world.known.accounts.clear();
    assert!(matches!(world.known.apply(&changes), Err(Stop::Failed(Error::Invariant(_)))));
}

#[test]
fn a_plugin_that_cannot_answer_fails_the_act() {
    for given in [
        bank(placement("A2", json!({}))),
        agency(payment("P1", 10_000, json!({}))),
        agency(dispute("D1", "open", json!({}))),
        agency(evidence(json!({}))),
    ] {
        let mut world = at(State::Active).under(FLAT).with(|world| world.answers.fail = true);
        let told = world.book(&given);
        assert!(matches!(told, Err(Stop::Failed(Error::Cancelled))), "{told:?}");
    }
}
