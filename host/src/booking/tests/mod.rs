//! Tables of bookings: what is known before, the document, and its changes. See [`table`].

mod amended;
mod days;
mod legal;
mod matching;
mod matters;
mod money;
mod placements;
mod remittances;
mod repeats;
mod sequences;
mod suspense;
mod work;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document as sdk;
use bailiwick_sdk::document::{HoldReason, Item};
use bailiwick_sdk::value::Day;
use serde_json::{Value, json};

use super::{
    Account, Asks, Booked, Changes, Checked, Known, Numbers, Placed, Setting, Stop, Suspended, Unidentified,
    Wanted, book,
};
use crate::case::State::{
    self, Acknowledged, Active, Held, Partial, RecallPending, Rejected, Returned, Sent,
};
use crate::case::{Contract, Holds, Version};
use crate::engagement::Engagement;
use crate::error::{Error, Result};
use crate::money::{Buckets, Earned};

/// 20 % and 6 % of tax on it, and five days of grace.
const FLAT: &str = "grace_days = 5\n[commission]\nrounding = \"half_even\"\nremits = \"net\"\ntax_percent = \"6\"\n\
    schedules = [{ name = \"flat\", by = \"age\", steps = [{ from = 0, percent = \"20\" }] }]\n";

/// The usual document of each kind, in the order of the kinds: the side that usually sends it, the kind, the members.
const USUAL: &str = r#"
    bank placement account=A1, currency=USD, placed_on=2026-07-01, account_number=N1, parties=[{"role":"primary","liable":true,"key":"P9"}], balance=[{"bucket":"principal","minor":100000},{"bucket":"interest","minor":20000},{"bucket":"costs","minor":5000}]
    agency acknowledgment account=A1, currency=USD, acceptance=accepted, original_balance=125000, current_balance=125000, received_on=2026-07-06
    bank recall account=A1, stage=pending, on=2026-07-06
    agency recall_objection account=A1, reason=PTP, on=2026-07-08
    agency return account=A1, currency=USD, reason=uncollectible, on=2026-07-08
    agency contact_attempt account=A1, channel=phone, direction=outbound, started=2026-07-06T10:00:00Z
    agency note account=A1, at=2026-07-06T10:00:00Z
    agency promise account=A1, currency=USD, kind=promise, due_on=2026-07-20, minor=5000, made_on=2026-07-06
    agency payment_plan account=A1, currency=USD, agreed_on=2026-07-06, total=30000, frequency=monthly, instalments=3, first_on=2026-07-20
    agency status account=A1, status=working, on=2026-07-06
    agency demographic_change account=A1, on=2026-07-06
    agency bankruptcy account=A1, chapter=7, filed_on=2026-07-06
    agency evidence account=A1, kind=statement, sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, size=3, given_at=2026-07-06T10:00:00Z
    agency payment account=A1, currency=USD, identifier=P1, paid_to=agency, minor=10000, received_on=2026-07-06
    agency reversal account=A1, currency=USD, identifier=R1, reverses=P1, minor=4000, reversed_on=2026-07-08
    bank adjustment account=A1, currency=USD, identifier=J1, direction=decrease, minor=700, on=2026-07-06
    bank direct_payment account=A1, currency=USD, identifier=B1, minor=10000, booked_on=2026-07-06
    agency remittance_statement currency=USD, identifier=S1, from=2026-07-01, to=2026-07-15, gross=10000, reversed=1000, commission=1800, tax=100, costs=50, net=7050, payments=1, basis=net
    agency reconciliation account=A1, currency=USD, placed=125000
    agency dispute account=A1, currency=USD, identifier=D1, received_on=2026-07-06, state=open
    agency complaint account=A1, currency=USD, identifier=C1, received_on=2026-07-06, state=open
    agency escalation account=A1, matter=D1, to=bank, at=2026-07-06T10:00:00Z
    bank decision account=A1, currency=USD, matter=D1, outcome=refused, on=2026-07-09
    agency evidence_request account=A1, identifier=Q1, kind=statement, at=2026-07-06T10:00:00Z"#;

/// A document and who sends it.
#[derive(Debug, Clone)]
struct Given {
    side: Side,
    kind: String,
    document: Value,
}

/// A document in words, such as `bank:payment minor=5, received_on=2026-07-11`: the usual document of the kind, with
/// this side, if one is named, and with these members.
fn doc(words: &str) -> Given {
    let (head, members) = words.split_once(' ').unwrap_or((words, ""));
    let (side, kind) = head.split_once(':').unwrap_or(("", head));
    let usual = USUAL.lines().filter_map(|line| line.trim().split_once(' '));
    let is = |(side, rest): (&'static str, &'static str)| {
        Some((side, rest.strip_prefix(kind)?.strip_prefix(' ')?))
    };
    let (usual_side, usual) = usual.filter_map(is).next().unwrap_or_else(|| panic!("no kind {kind}"));
    let mut document = json!({});
    for (member, value) in usual.split(", ").chain(members.split(", ")).filter_map(|it| it.split_once('=')) {
        document[kind][member] = match serde_json::from_str(value) {
            Ok(value) => value,
            Err(_) if value.ends_with('Z') => json!({"utc": value, "zone": "UTC"}),
            Err(_) => json!(value),
        };
    }
    let side = if side.is_empty() { usual_side } else { side };
    let side = if side == "bank" { Side::Bank } else { Side::Agency };
    Given { side, kind: kind.to_owned(), document }
}

/// The results of the plugins and of the evidence store.
#[derive(Default)]
struct Results {
    acceptance: Option<sdk::PlacementDecision>,
    commission: Option<i64>,
    triage: Option<sdk::Triage>,
    evidence: Option<Checked>,
    /// Whether every question fails.
    fail: bool,
}

impl Results {
    fn result<T>(&self, result: T) -> Result<T> {
        if self.fail { Err(Error::Cancelled) } else { Ok(result) }
    }
}

impl Asks for Results {
    fn acceptance(&mut self, _: &sdk::Placement) -> Result<Option<sdk::PlacementDecision>> {
        self.result(self.acceptance.clone())
    }

    fn computes_commission(&self) -> bool {
        self.fail || self.commission.is_some()
    }

    fn commission(&mut self, _: &sdk::CommissionQuestion) -> Result<Option<i64>> {
        self.result(self.commission)
    }

    fn triage(&mut self, _: &sdk::Dispute) -> Result<Option<sdk::Triage>> {
        self.result(self.triage.clone())
    }

    fn evidence(&mut self, _: &sdk::Evidence) -> Result<Checked> {
        self.result(self.evidence.clone().unwrap_or(Checked::Unseen))
    }
}

/// A contract, what is known, and the results of the plugins.
struct World {
    engagement: Engagement,
    contract: Contract,
    known: Known,
    results: Results,
    /// The day that the head of the file says.
    file_day: Option<Day>,
    /// The day on which the document's file came, if it waited.
    said_on: Option<Day>,
}

/// A contract with versions of these terms, numbered from 1.
fn contract(terms: &[&str]) -> Contract {
    let mut versions =
        (1..).zip(terms).map(|(id, terms)| Version::new(id, Engagement::without_plugins(terms).terms));
    Contract::new(versions.next().unwrap(), versions.collect())
}

/// Nothing is known.
fn empty() -> World {
    let numbers = Numbers { placement: 1, person: 1, transfer: 1, matter: 1, promise: 1, request: 1 };
    let known = Known { numbers, ..Known::default() };
    let engagement = Engagement::without_plugins("");
    World {
        contract: contract(&[""]),
        engagement,
        known,
        results: Results::default(),
        file_day: None,
        said_on: None,
    }
}

/// The account A1 was placed by an earlier file and is in a state. If that state has ended, the last day was 10 July.
fn at(state: State) -> World {
    let mut world = empty().after("placement");
    let placed = world.placed();
    (placed.state, placed.file) = (state, 1);
    placed.dates.ended_on = state.has_ended().then(|| day("2026-07-10"));
    if state == Held {
        placed.holds = Holds::default().with(HoldReason::Stopped);
    }
    world
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

impl World {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn under(self, terms: &str) -> Self {
        self.under_versions(&[terms])
    }

    /// Under versions of the terms; all but the first say from which day they hold.
    fn under_versions(self, terms: &[&str]) -> Self {
        Self { contract: contract(terms), ..self }
    }

    /// The world after a document that is taken.
    fn after(mut self, words: &str) -> Self {
        self.tell(&doc(words)).unwrap();
        self
    }

    /// Books a document of the second file, read on 15 July, and loads nothing for it.
    fn book_unloaded(&mut self, given: &Given) -> Booked<Changes<'static>> {
        let json: &'static [u8] = serde_json::to_vec(&given.document).unwrap().leak();
        let item: Item = serde_json::from_slice(json).unwrap();
        let (engagement, contract, today) = (&self.engagement, &self.contract, day("2026-07-15"));
        let setting = Setting {
            engagement,
            contract,
            side: given.side,
            file: 2,
            today,
            said_on: self.said_on.unwrap_or(today),
            file_day: self.file_day,
            siblings: &[],
        };
        book(&setting, &self.known, &mut self.results, item, json)
    }

    /// Books a document. Whatever it needs that is not known counts as loaded and not found.
    fn book(&mut self, given: &Given) -> Booked<Changes<'static>> {
        let item: Item = serde_json::from_value(given.document.clone()).unwrap();
        let mut wanted = Wanted::default();
        wanted.add(&item);
        for account in wanted.placed.into_iter().chain(wanted.accounts) {
            self.known.accounts.entry(account).or_default();
        }
        for identifier in wanted.identifiers {
            self.known.transfers.entry(identifier.clone()).or_default();
            self.known.exceptions.entry(identifier).or_default();
        }
        self.known.whole.extend(wanted.to_court.into_iter().chain(wanted.from_court));
        for value in wanted.references {
            self.known.references.entry(value.clone()).or_default();
            self.known.unbooked.entry(value).or_default();
        }
        for person in wanted.persons {
            self.known.persons.entry(person).or_default();
        }
        for period in wanted.periods {
            self.known.sums.entry(period).or_default();
        }
        self.book_unloaded(given)
    }

    /// Books a document and applies its changes to the world.
    fn tell(&mut self, given: &Given) -> Booked<Changes<'static>> {
        let changes = self.book(given)?;
        self.known.apply(&changes)?;
        if let Some(money) = changes.suspended.clone() {
            self.number(money);
        }
        Ok(changes)
    }

    /// Numbers money in suspense, as the book does when it keeps it.
    fn number(&mut self, money: Unidentified) {
        let number = self.known.suspended.len() as i64 + 1;
        let Unidentified { kept, identifier, minor, on, references, .. } = money;
        let account = kept.account;
        let money = Suspended { number, identifier, account, minor, on, references, returned: false };
        self.known.suspended.insert(number, money);
    }

    /// The result of a document: all its changes, or `!` with the code and place of its refusal, or `!!` with the
    /// code of an error.
    fn told(&mut self, words: &str) -> String {
        match self.tell(&doc(words)) {
            Ok(changes) => shown(&changes).join("; "),
            Err(Stop::Refused(it)) => {
                format!("! {} {}", it.code, it.pointer.unwrap_or_default()).trim_end().to_owned()
            }
            Err(Stop::Waits(it)) => {
                let awaited: Vec<String> = it.awaited.iter().map(|it| it.key()).collect();
                let pointer = it.refused.pointer.unwrap_or_default();
                format!("? {} {pointer} {}", it.refused.code, awaited.join(" "))
            }
            Err(Stop::Failed(error)) => format!("!! {}", error.code()),
        }
    }

    fn account(&mut self) -> &mut Account {
        self.known.accounts.get_mut("A1").unwrap()
    }

    fn placed(&mut self) -> &mut Placed {
        self.account().rounds.last_mut().unwrap()
    }
}

/// All changes of a document. A matter is shown with its level and deadline only if they are not the agency and 20
/// July.
fn shown(changes: &Changes<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let sum = |buckets: &Buckets| buckets.sum().unwrap();
    if let Some(it) = &changes.entrusted {
        lines.push(format!("entrusted {} {}", it.placed.state, sum(&it.placed.balance)));
    }
    lines.extend(changes.placed.iter().map(|it| format!("{} {}", it.state, sum(&it.balance))));
    let moved = changes.transfers.iter();
    lines.extend(moved.map(|it| {
        let by = it.matched_by.filter(|by| *by != "identifier").map(|by| format!(" by {by}"));
        let (debit, credit) = (&it.debit, &it.credit);
        format!("{} {debit}/{credit} {}{}", it.kind, sum(&it.buckets), by.unwrap_or_default())
    }));
    lines.extend(changes.earnings.iter().map(|it| match it.no_fee {
        None => format!("earns {} ppm of {} by {}", it.rate_ppm, it.base, it.schedule),
        Some(why) => format!("earns nothing: {why}"),
    }));
    for it in &changes.promises {
        let (kind, state) = (it.kind.name(), it.state.name());
        lines.push(format!("{kind} {} {}/{} {state}", it.due_on, it.covered, it.minor));
    }
    for it in &changes.matters {
        let hold = if it.hold { "hold" } else { "free" };
        let answer = format!(" {} {}", super::level_name(it.level), it.answer_by);
        let answer = if answer == " agency 2026-07-20" { "" } else { &answer };
        lines.push(format!("{} {} {} {hold}{answer}", it.kind.name(), it.identifier, it.stage.name()));
    }
    let requests = changes.requests.iter();
    lines.extend(requests.map(|it| format!("request {} given: {}", it.identifier, it.given)));
    lines.extend(changes.evidence.iter().map(|it| format!("evidence checked: {}", it.checked)));
    lines.extend(changes.exceptions.iter().map(|it| {
        let candidates: String = it.candidates.iter().map(|name| format!(" {name}")).collect();
        format!("exception {} {}{candidates}", it.code, it.minor)
    }));
    lines.extend(changes.suspended.iter().map(|it| {
        let awaited: String = it.waits.awaited.iter().map(|it| format!(" {}", it.key())).collect();
        format!("suspense {}{awaited}", it.minor)
    }));
    lines.extend(changes.undone.iter().map(|it| format!("returned {}", it.money.identifier)));
    lines.extend(changes.figures.iter().map(|it| format!("figures {}", it.placed)));
    lines.extend(changes.warnings.iter().map(|it| format!("warning {}", it.code)));
    lines
}

/// Each row: its subject | the state of A1 (`-`: nothing is known) + earlier documents | the document | its result. A
/// line that begins with `;` or `|` continues the row above it.
fn table_in(prepare: impl Fn(World) -> World, rows: &str) {
    let mut whole: Vec<String> = Vec::new();
    for line in rows.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match whole.last_mut().filter(|_| line.starts_with([';', '|'])) {
            Some(row) => row.push_str(line),
            None => whole.push(line.to_owned()),
        }
    }
    for row in whole {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, known, given, want] = cells[..] else { panic!("not four cells: {row}") };
        let mut before = known.split(" + ");
        let state = before.next().and_then(State::named);
        let mut world = before.fold(prepare(state.map_or_else(empty, at)), World::after);
        assert_eq!(world.told(given), want, "{row}");
    }
}

/// The same under terms of the contract.
fn table(terms: &str, rows: &str) {
    table_in(|world| world.under(terms), rows);
}

/// Checks the state after a document, from every state; none if the move is illegal.
fn leads(words: &str, to: impl Fn(State) -> Option<State>) {
    for state in State::ALL {
        let told = at(state).told(words);
        let found =
            if told == "! illegal_move" { None } else { told.split(' ').next().and_then(State::named) };
        assert_eq!(found, to(state), "{state}: {words}: {told}");
        assert!(found.is_some() || told == "! illegal_move", "{state}: {words}: {told}");
    }
}

/// The state after the agency worked the account; none if that is refused.
fn worked(state: State) -> Option<State> {
    match state {
        State::Draft => None,
        Sent | Acknowledged | Partial => Some(Active),
        state => Some(state),
    }
}

/// A document of every kind, with a world in which it is taken.
fn every() -> impl Iterator<Item = (World, Given)> {
    let kinds = Item::KINDS.iter().filter(|(_, subject)| subject.is_some()).map(|(kind, _)| *kind);
    kinds.map(|kind| {
        let world = match kind {
            "placement" | "remittance_statement" => empty(),
            "acknowledgment" => at(Sent),
            "recall_objection" => at(RecallPending),
            "reversal" => at(Active).after("payment"),
            "escalation" | "decision" => at(Active).after("dispute"),
            _ => at(Active),
        };
        (world, doc(kind))
    })
}

#[test]
fn every_document_is_kept_and_counted_once() {
    for (mut world, given) in every() {
        let (kind, state) =
            (given.kind.as_str(), world.known.accounts.get("A1").map(|it| it.rounds[0].state));
        let changes = world.tell(&given).unwrap();
        assert_eq!(changes.counted.map(|(kind, _)| kind), Some(kind));
        if let Some(it) = &changes.entrusted {
            assert_eq!((it.document, changes.events.len()), (given.document.to_string().as_bytes(), 0));
            continue;
        }
        // What the document made due is an event without a document.
        let kept: Vec<_> = changes.events.iter().filter(|it| !it.document.is_empty()).collect();
        let [event] = kept[..] else { panic!("{given:?}") };
        assert_eq!((event.kind, event.placement.is_some()), (kind, kind != "remittance_statement"));
        assert_eq!(serde_json::from_slice::<Item>(&event.document).unwrap().kind(), kind);
        let moved = changes.placed.first().and_then(|it| Some((state?, it.state)));
        assert_eq!(event.moved, moved.filter(|(from, to)| from != to), "{kind}");
    }
}

#[test]
fn items_about_the_file_itself_change_nothing() {
    for (document, taken) in [
        (json!({"header": {"currency": "USD"}}), true),
        (json!({"header": {"currency": "CNY"}}), false),
        (json!({"control": {"code": "count_mismatch", "what": "records", "stated": 1, "found": 2}}), true),
        (json!({"problem": {"code": "bad_amount", "severity": "error", "message": "no amount"}}), true),
    ] {
        let given = Given { side: Side::Bank, kind: String::new(), document };
        assert_eq!(empty().tell(&given).is_ok_and(|changes| shown(&changes).is_empty()), taken, "{given:?}");
    }
}

#[test]
fn another_currency_is_refused_and_an_account_that_was_never_placed_is_awaited() {
    for (mut world, Given { kind, document, .. }) in every() {
        if document[&kind]["currency"] == "USD" {
            let other = world.told(&format!("{kind} currency=CNY"));
            assert_eq!(other, "! wrong_currency /currency", "{kind}");
        }
        // A placement needs no account, a statement names none, and a reversal's account is that of its payment.
        if !["placement", "remittance_statement", "reversal"].contains(&kind.as_str()) {
            world.known.accounts.clear();
            let want = match kind.as_str() {
                // The bank has the money.
                "direct_payment" => "suspense 10000 account:A1",
                _ => "? waits_for_account /account account:A1",
            };
            assert_eq!(world.told(&kind), want, "{kind}");
        }
    }
}

#[test]
fn a_document_whose_knowledge_was_not_loaded_fails_and_is_not_refused() {
    let fails = |world: &mut World, words: &str| match world.book_unloaded(&doc(words)) {
        Err(Stop::Failed(Error::Invariant(_))) => {}
        other => panic!("{words}: {other:?}"),
    };
    for (mut world, given) in every() {
        world.known = Known::default();
        fails(&mut world, &given.kind);
    }
    let mut world = at(Active);
    fails(&mut world, "payment");
    world.known.transfers.insert("P1".to_owned(), None);
    fails(&mut world, "payment");
    world.known.exceptions.insert("P1".to_owned(), None);
    world.known.accounts.clear();
    fails(&mut world, "payment");
    let mut world = at(Active).after("payment");
    fails(&mut world, "reversal");
    world.known.accounts.clear();
    fails(&mut world, "reversal");
    let mut world = empty();
    world.known.accounts.insert("A1".to_owned(), Account::default());
    fails(&mut world, "placement customer=C1");
    // A change of an account that is not loaded fails as well.
    let mut world = at(Active);
    let changes = world.book(&doc("payment")).unwrap();
    world.known.accounts.clear();
    assert!(matches!(world.known.apply(&changes), Err(Stop::Failed(Error::Invariant(_)))));
}

#[test]
fn a_plugin_that_cannot_answer_fails_the_act() {
    let rows = "
        about acceptance | -      | placement | !! cancelled
        about commission | active | payment   | !! cancelled
        about a dispute  | active | dispute   | !! cancelled
        about evidence   | active | evidence  | !! cancelled";
    table_in(|world| world.under(FLAT).with(|world| world.results.fail = true), rows);
}
