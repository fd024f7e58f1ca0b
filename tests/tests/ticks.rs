//! Random histories with ticks before, after, anywhere and nowhere: the same accounts, exceptions and money.

use bailiwick_conformance::TestHome;
use bailiwick_host::ExceptionDecision;
use bailiwick_host::book::Filter;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

/// The contract: everything that can fall due does.
const TERMS: &str = r#"
term_days = 18
grace_days = 8
payment_extends_days = 6
acceptance = { days = 3, silence = "refuses" }
recall = { after_days = 10, final_days = 4, objections = [{ reason = "PTP", days = 5 }] }
[terms.commission]
rounding = "half_even"
remits = "combined"
free_days = 2
grace_days = 3
cap_percent = "20"
tax_percent = "6"
[[terms.commission.schedules]]
name = "term"
by = "term"
steps = [{ from = 0, below = 9, percent = "12.5" }, { from = 9, percent = "33.3333" }]
"#;
const FIRST: Date = date(2026, 3, 1);
const DAYS: i32 = 34;
const ACCOUNTS: usize = 10;
const HISTORIES: u64 = 5;

/// When ticks come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ticks {
    /// Never, but on the last day.
    None,
    /// Before the files of each day.
    Before,
    /// After the files of each day.
    After,
    /// Before, between and after them, as it falls.
    Random,
}

fn day(number: i32) -> String {
    FIRST.saturating_add(number.days()).to_string()
}

/// The files of one day, in their order: message and documents. They follow from the seed, so that each play has the same.
fn files(rng: &mut StdRng, today: i32) -> Vec<(&'static str, Vec<Value>)> {
    let (mut accounts, mut bank, mut agency) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..ACCOUNTS {
        for turn in 0..rng.random_range(0..3u8) {
            let (account, key) = (format!("A{number}"), format!("{number}-{today}-{turn}"));
            // Documents come late, but never of a day to come.
            let on = day(today - rng.random_range(0..=today.min(6)));
            let minor = rng.random_range(1..90_000);
            let money = json!({"account": account, "currency": "USD", "minor": minor});
            let with = |more: Value| {
                let mut it = money.as_object().unwrap().clone();
                it.extend(more.as_object().unwrap().clone());
                Value::Object(it)
            };
            match rng.random_range(0..24u8) {
                0..=3 => accounts.push(json!({"placement": {"account": account, "currency": "USD",
                    "placed_on": day(today + rng.random_range(-8..4)),
                    "balance": [{"bucket": "principal", "minor": minor}]}})),
                4 | 5 => agency.push(json!({"status": {"account": account, "status": "working", "on": on}})),
                6 => agency.push(json!({"status": {"account": account, "status": "cease_contact", "on": on}})),
                7..=11 => agency.push(json!({"payment": with(json!({"identifier": format!("P{key}"), "paid_to": "agency", "received_on": on}))})),
                12 | 13 => bank.push(json!({"direct_payment": with(json!({"identifier": format!("B{key}"), "booked_on": on}))})),
                14 => {
                    let earlier = format!("P{number}-{}-{}", today - 1, rng.random_range(0..2u8));
                    agency.push(json!({"reversal": {"identifier": format!("R{key}"), "currency": "USD",
                        "minor": rng.random_range(1..9_000), "reverses": earlier, "reversed_on": day(today)}}));
                }
                15 => bank.push(json!({"adjustment": with(json!({"identifier": format!("J{key}"), "direction": "increase", "on": on}))})),
                16 | 17 => bank.push(json!({"recall": {"account": account, "stage": "pending", "on": day(today)}})),
                18 => bank.push(json!({"recall": {"account": account, "stage": "final", "on": day(today)}})),
                19 => agency.push(json!({"recall_objection": {"account": account, "reason": "PTP", "on": day(today)}})),
                20 => agency.push(json!({"return": {"account": account, "reason": "uncollectible", "on": day(today)}})),
                21 => agency.push(json!({"promise": with(json!({"kind": "promise", "due_on": day(today + rng.random_range(-1..5)), "made_on": on}))})),
                _ => agency.push(json!({"dispute": {"account": account, "identifier": format!("D{}", key.len()),
                    "received_on": on, "state": if rng.random() { "open" } else { "closed" }}})),
            }
        }
    }
    let mut files = vec![("accounts", accounts), ("bank", bank), ("agency", agency)];
    files.retain(|(_, documents)| !documents.is_empty());
    files
}

/// Everything that must not depend on ticks: accounts, exceptions, promises, rows of the ledger, refused lines.
fn outcome(home: &TestHome, refused: Vec<String>) -> Vec<String> {
    let mut lines = refused;
    let rows = home.acting().accounts("test", &Filter::default()).unwrap();
    lines.extend(rows.map(|row| serde_json::to_string(&row.unwrap()).unwrap()));
    let book = rusqlite::Connection::open(home.path().join("book.sqlite")).unwrap();
    let mut read = |sql: &str| {
        let mut statement = book.prepare(sql).unwrap();
        let count = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<rusqlite::types::Value> = (0..count).map(|at| row.get(at).unwrap()).collect();
            lines.push(format!("{values:?}"));
        }
    };
    read(
        "SELECT id, state, term_ends_on, announce_on, recall_on, objected_until, ended_on, due_on FROM placement ORDER BY id",
    );
    read(
        "SELECT id, placement, line, kind, identifier, effect_on, debit, credit, principal, reverses, cause FROM transfer ORDER BY id",
    );
    read("SELECT placement, code, identifier, minor, effect_on, decision FROM exception ORDER BY identifier");
    read("SELECT id, exception, kind, effect_on, debit, credit, minor FROM suspense ORDER BY id");
    read("SELECT id, placement, due_on, minor, covered, state FROM promise ORDER BY id");
    lines
}

fn play(seed: u64, ticks: Ticks) -> Vec<String> {
    let home = TestHome::with_terms(TERMS);
    let mut rng = StdRng::seed_from_u64(seed);
    // Ticks have a chance of their own, so that the files stay the same.
    let mut chance = StdRng::seed_from_u64(!seed);
    let mut refused = Vec::new();
    for today in 0..DAYS {
        let mut tick = |wanted: Ticks| {
            if ticks == wanted || ticks == Ticks::Random && chance.random_ratio(1, 3) {
                home.tick("test", &day(today)).unwrap();
            }
        };
        tick(Ticks::Before);
        let files = files(&mut rng, today);
        for (message, documents) in files {
            let report = home.say(message, &day(today), &documents).unwrap();
            let problems =
                report.problems.iter().map(|it| format!("{today} {message} {:?} {}", it.line, it.code));
            refused.extend(problems);
            tick(Ticks::Random);
        }
        if today % 10 == 9 {
            let mut waiting = home.acting().exceptions("test", false).unwrap().map(Result::unwrap);
            if let Some(waiting) = waiting.find(|row| row.code == "payment_after_term") {
                let at = format!("{}T12:00:00Z", day(today)).parse().unwrap();
                let options = bailiwick_host::ActOptions::new().at(at);
                let number = waiting.number;
                // A draft cannot be credited by its agency, for one.
                if let Err(error) = home.acting().decide("test", number, ExceptionDecision::Credit, options) {
                    assert!(matches!(error, bailiwick_host::Error::Refused { .. }), "{error}");
                }
            }
        }
        tick(Ticks::After);
    }
    home.tick("test", &day(DAYS)).unwrap();
    assert!(home.acting().check_ledger().unwrap().is_whole(), "{seed} {ticks:?}");
    outcome(&home, refused)
}

#[test]
fn ticks_anywhere_change_nothing() {
    for seed in 0..HISTORIES {
        let want = play(seed, Ticks::None);
        assert!(want.len() > 100, "{}", want.len());
        for ticks in [Ticks::Before, Ticks::After, Ticks::Random] {
            let found = play(seed, ticks);
            let first = want.iter().zip(&found).find(|(want, found)| want != found);
            assert_eq!(first, None, "history {seed} with ticks {ticks:?}: without and with");
            assert_eq!(found.len(), want.len(), "history {seed} with ticks {ticks:?}");
        }
    }
}
