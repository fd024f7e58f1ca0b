//! Thousands of random histories through the real host and through a model without the host's code. Both must
//! have the same states and cents, and the ledger must be consistent after every day, also with re-deliveries
//! and restarts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use bailiwick_conformance::{Account, Figures, Said, TERMS, TestHome};
use bailiwick_host::book::Filter;
use bailiwick_host::sdk::document::Severity;
use bailiwick_host::{ActOptions, FileOutcome, Report};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

const FIRST: Date = date(2026, 3, 1);

fn day(number: i32) -> String {
    FIRST.saturating_add(number.days()).to_string()
}

fn number(day: &str) -> i32 {
    FIRST.until(day.parse::<Date>().unwrap()).unwrap().get_days()
}

/// The statements about one account on one day. They follow from seed, account and day, so that a history
/// with fewer accounts or days is a part of the longer one.
fn said(seed: u64, account: usize, today: i32) -> Vec<Said> {
    let mut rng =
        StdRng::seed_from_u64(seed ^ ((account as u64) << 32) ^ (today as u64).wrapping_mul(0x9E37_79B9));
    let mut said = Vec::new();
    if today == 0 {
        return vec![Said::Place(rng.random_range(1..500_000))];
    }
    for turn in 0..rng.random_range(0..3u8) {
        let key = |what: &str| format!("{what}{account}-{today}-{turn}");
        let earlier = rng.random_range(0..=today.min(12));
        let paid = |rng: &mut StdRng| format!("P{account}-{}-{}", today - earlier, rng.random_range(0..2u8));
        said.push(match rng.random_range(0..30u8) {
            0 | 1 => Said::Place(rng.random_range(1..500_000)),
            2..=5 => Said::Accept,
            6 => Said::Refuse,
            7 | 8 => Said::Work(None),
            9 => Said::Work(Some(["attorney", "cease"][rng.random_range(0..2)])),
            10..=14 => Said::Pay(key("P"), rng.random_range(1..200_000), today),
            15 => Said::Pay(key("P"), rng.random_range(1..90_000), today - earlier),
            16 => Said::Direct(key("B"), rng.random_range(1..90_000), today),
            17..=19 => Said::Undo(key("R"), paid(&mut rng), rng.random_range(1..120_000)),
            20 => Said::Adjust(key("X"), rng.random_range(1..50_000), rng.random()),
            21 | 22 => Said::Announce,
            23 => Said::Recall,
            24 | 25 => Said::Object(rng.random_ratio(3, 4)),
            26 => Said::Return,
            _ => Said::Matter(
                ["dispute", "complaint"][rng.random_range(0..2)],
                rng.random_range(0..2),
                rng.random(),
            ),
        });
    }
    said
}

fn document(account: usize, said: &Said, today: i32) -> Value {
    let (account, on) = (format!("A{account}"), day(today));
    let money = |identifier: &str, minor: i64| json!({"account": account, "identifier": identifier, "currency": "USD", "minor": minor});
    let with = |mut it: Value, more: Value| {
        it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        it
    };
    match said {
        Said::Place(amount) => {
            json!({"placement": {"account": account, "currency": "USD", "placed_on": on, "balance": [{"bucket": "principal", "minor": amount}]}})
        }
        Said::Accept | Said::Refuse => unreachable!("an acknowledgment needs the balance"),
        Said::Work(hold) => {
            let status = match hold {
                None => "working",
                Some("attorney") => "attorney_represents",
                Some(_) => "cease_contact",
            };
            json!({"status": {"account": account, "status": status, "on": on}})
        }
        Said::Pay(identifier, minor, at) => {
            json!({"payment": with(money(identifier, *minor), json!({"paid_to": "agency", "received_on": day(*at)}))})
        }
        Said::Direct(identifier, minor, at) => {
            json!({"direct_payment": with(money(identifier, *minor), json!({"booked_on": day(*at)}))})
        }
        Said::Undo(identifier, of, minor) => {
            json!({"reversal": with(money(identifier, *minor), json!({"reverses": of, "reversed_on": on}))})
        }
        Said::Adjust(identifier, minor, raise) => {
            let direction = if *raise { "increase" } else { "decrease" };
            json!({"adjustment": with(money(identifier, *minor), json!({"direction": direction, "on": on}))})
        }
        Said::Announce => json!({"recall": {"account": account, "stage": "pending", "on": on}}),
        Said::Recall => json!({"recall": {"account": account, "stage": "final", "on": on}}),
        Said::Object(known) => {
            let reason = if *known { "PTP" } else { "WHY" };
            json!({"recall_objection": {"account": account, "reason": reason, "on": on}})
        }
        Said::Return => json!({"return": {"account": account, "reason": "uncollectible", "on": on}}),
        Said::Matter(kind, number, open) => {
            let state = if *open { "open" } else { "closed" };
            let text = format!("about {number}");
            json!({*kind: {"account": account, "identifier": format!("M{number}"), "received_on": on, "state": state, "text": text}})
        }
    }
}

struct Play {
    home: TestHome,
    accounts: Vec<Account>,
    sent: Vec<(&'static str, String, Vec<Value>)>,
}

impl Play {
    /// Exchanges one file of one side. The model and the host must refuse the same lines.
    fn file(&mut self, message: &'static str, today: i32, all: &[(usize, Said)]) {
        let mut lines = Vec::new();
        let mut refused = Vec::new();
        for (account, it) in all {
            let model = &mut self.accounts[*account];
            let document = match it {
                Said::Accept | Said::Refuse => {
                    let placed = model.placed();
                    let acceptance = if *it == Said::Accept { "accepted" } else { "rejected" };
                    json!({"acknowledgment": {"account": format!("A{account}"), "acceptance": acceptance, "currency": "USD",
                        "original_balance": placed, "current_balance": placed, "received_on": day(today)}})
                }
                it => document(*account, it, today),
            };
            lines.push(document);
            if !model.say(it, today) {
                refused.push(lines.len() as u64);
            }
        }
        if lines.is_empty() {
            return;
        }
        let name = day(today);
        let report = self.home.say(message, &name, &lines).unwrap();
        let found: Vec<u64> = report
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .filter_map(|problem| problem.line)
            .collect();
        let context = || explain(&lines, &report, &refused);
        assert_eq!(found, refused, "{message} on day {today}: {}", context());
        // A file of which nothing was taken may come again, and be taken then.
        if report.outcome != FileOutcome::Rejected {
            self.sent.push((message, name, lines));
        }
    }

    fn compare(&self, today: i32) {
        let mut found: BTreeMap<(usize, u32), Figures> = BTreeMap::new();
        for row in self.home.acting().accounts("test", &Filter::default()).unwrap() {
            let row = row.unwrap();
            let figures = Figures {
                state: row.state.name().to_owned(),
                owed: row.balance,
                paid: row.paid,
                reversed: row.reversed,
                adjusted: row.adjusted,
                commission: row.commission,
                tax: row.tax,
                ended_on: row.ended_on.as_deref().map(number),
                term_ends_on: row.term_ends_on.as_deref().map_or(0, number),
            };
            found.insert((row.account[1..].parse().unwrap(), row.round), figures);
        }
        let mut want = BTreeMap::new();
        for (account, model) in self.accounts.iter().enumerate() {
            for (round, it) in model.rounds.iter().enumerate() {
                let figures = it.figures();
                assert!(figures.commission <= it.placed() / 5, "above its cap");
                want.insert((account, round as u32 + 1), figures);
            }
        }
        for (key, figures) in &want {
            assert_eq!(found.get(key), Some(figures), "account {} round {} on day {today}", key.0, key.1);
        }
        assert_eq!(found.len(), want.len());
        let check = self.home.acting().check_ledger().unwrap();
        assert!(check.is_whole(), "day {today}: {:?}", check.differences);
    }
}

fn explain(lines: &[Value], report: &Report, refused: &[u64]) -> String {
    let shown = |line: &u64| lines[*line as usize - 1].to_string();
    let problems: Vec<String> =
        report.problems.iter().map(|it| format!("{:?} {}: {}", it.line, it.code, it.message)).collect();
    format!(
        "the model refuses {:#?}\nthe host says {problems:#?}",
        refused.iter().map(shown).collect::<Vec<_>>()
    )
}

fn play(seed: u64, accounts: usize, days: i32) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut play = Play {
        home: TestHome::with_terms(TERMS),
        accounts: (0..accounts).map(|_| Account::default()).collect(),
        sent: Vec::new(),
    };
    for today in 0..days {
        play.home.tick("test", &day(today)).unwrap();
        play.accounts.iter_mut().for_each(|account| account.tick(today));
        let all: Vec<(usize, Said)> = (0..accounts)
            .flat_map(|account| said(seed, account, today).into_iter().map(move |said| (account, said)))
            .collect();
        let (bank, agency): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, said)| said.by_bank());
        let (placed, bank): (Vec<_>, Vec<_>) =
            bank.into_iter().partition(|(_, said)| matches!(said, Said::Place(_)));
        play.file("accounts", today, &placed);
        play.file("bank", today, &bank);
        play.file("agency", today, &agency);
        if rng.random_ratio(1, 6)
            && let Some((message, name, lines)) = play.sent.get(rng.random_range(0..play.sent.len().max(1)))
        {
            let again = play.home.say(message, name, lines).unwrap();
            assert_eq!(again.outcome, FileOutcome::Duplicate);
        }
        if rng.random_ratio(1, 8) {
            play.home.restart();
        }
        play.compare(today);
    }
    remit(&play, days);
    play.home.host.verify_audit().unwrap();
}

/// Everything is remitted: the collected money less the commission, so nothing is left.
fn remit(play: &Play, days: i32) {
    let rounds = || play.accounts.iter().flat_map(|account| account.rounds.iter());
    let collected: i64 = rounds().map(|round| round.collected()).sum();
    let fees: i64 = rounds().map(|round| round.figures()).map(|it| it.commission + it.tax).sum();
    let at = format!("{}T23:00:00Z", day(days)).parse().unwrap();
    let period = (day(0).parse().unwrap(), day(days).parse().unwrap());
    match play.home.acting().remit("test", None, period, ActOptions::new().at(at)) {
        Ok(it) => {
            assert_eq!(it.gross - it.reversed, collected);
            // All of the fees is kept that the money covers.
            assert_eq!(it.commission + it.tax, fees.min(collected.max(0)));
            assert_eq!(it.gross - it.reversed - it.commission - it.tax, it.net);
            assert_eq!(it.commission + it.tax + it.invoiced, fees);
            let balances = &play.home.acting().check_ledger().unwrap().balances["test"];
            assert_eq!((balances["agency_cash"], balances["creditor_payable"]), (0, 0));
        }
        Err(error) => {
            assert_eq!((error.to_string().contains("nothing is left"), collected), (true, 0), "{error}")
        }
    }
}

#[test]
fn the_host_and_the_model_agree_on_thousands_of_histories() {
    let config = Config { cases: 9, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let strategy = (any::<u64>(), 200usize..300, 20i32..34);
    TestRunner::new(config)
        .run(&strategy, |(seed, accounts, days)| {
            let played = std::panic::catch_unwind(|| play(seed, accounts, days));
            played.map_err(|why| {
                let text = why.downcast_ref::<String>().cloned().unwrap_or_default();
                TestCaseError::fail(text)
            })
        })
        .unwrap();
}
