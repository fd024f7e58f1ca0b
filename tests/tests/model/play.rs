//! A home with the model beside it: every act is done in both, and both must say the same.

use std::collections::BTreeMap;
use std::rc::Rc;

use bailiwick_conformance::TestHome;
use bailiwick_host::book::{AccountRow, Filter};
use bailiwick_host::sdk::document::Severity;
use bailiwick_host::{ActOptions, Error, ExceptionDecision, FileOutcome, Report, Source};
use bailiwick_model::{Account, Contract, Fact, Figures, Remits, Said, Side, Story, Sums, Verdict};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use rand::Rng;
use rand::seq::SliceRandom;
use serde_json::json;

/// The day 0 of every history.
const FIRST: Date = date(2026, 3, 1);

fn day(number: i32) -> String {
    FIRST.saturating_add(number.days()).to_string()
}

fn number(day: &str) -> i32 {
    FIRST.until(day.parse::<Date>().unwrap()).unwrap().get_days()
}

fn at<'a>(today: i32) -> ActOptions<'a> {
    ActOptions::new().at(format!("{}T12:00:00Z", day(today)).parse().unwrap())
}

/// A file that was sent.
struct Sent {
    name: String,
    lines: Vec<u8>,
    facts: Vec<(usize, Side, Said)>,
    /// Nothing of it was taken.
    rejected: bool,
}

/// A message, and the statements of accounts in it.
type NamedFile = (&'static str, Vec<(usize, Side, Said)>);

/// A home and the accounts of the model.
pub(crate) struct Play {
    seed: u64,
    pub(crate) home: TestHome,
    contract: Rc<Contract>,
    /// The accounts by their numbers.
    accounts: BTreeMap<usize, Account>,
    sent: Vec<Sent>,
    remitted: Vec<Sums>,
    /// Remittances that were asked for.
    remittances: usize,
    pub(crate) facts: u64,
    acts: u64,
    /// The book is as of the present day.
    pub(crate) fresh: bool,
}

impl Play {
    pub(crate) fn new(seed: u64, accounts: &[usize], days: i32) -> Self {
        let contract = Rc::new(bailiwick_model::contract(&mut bailiwick_model::source(seed, &[-1]), days));
        let account = |number: &usize| (*number, Account::new(Rc::clone(&contract)));
        Self {
            seed,
            home: TestHome::with_terms(&bailiwick_model::text(&contract.0[0], day)),
            accounts: accounts.iter().map(account).collect(),
            contract,
            sent: Vec::new(),
            remitted: Vec::new(),
            remittances: 0,
            facts: 0,
            acts: 0,
            fresh: false,
        }
    }

    pub(crate) fn tick(&mut self, today: i32) {
        self.home.tick("test", &day(today)).unwrap();
        self.fresh = true;
    }

    fn fact(&mut self, today: i32, side: Side, said: &Said) -> Fact {
        self.facts += 1;
        Fact { at: self.facts, today, file: self.acts, side, said: said.clone() }
    }

    /// Exchanges one file of one side. The model and the host must refuse the same lines.
    fn file(&mut self, message: &str, today: i32, all: Vec<(usize, Side, Said)>) {
        self.acts += 1;
        let (mut facts, mut refused) = (Vec::new(), Vec::new());
        let mut text = format!("{}\n", json!({"header": {"identity": format!("F{}", self.acts)}}));
        for (account, side, said) in all {
            // Of an account that is not placed yet, nobody knows the amount that an answer should name.
            let said = match said {
                Said::Answer { accepts, on, .. } if self.accounts[&account].so_far().rounds.is_empty() => {
                    Said::Answer { accepts, differs: true, on }
                }
                said => said,
            };
            let fact = self.fact(today, side, &said);
            let model = self.accounts.get_mut(&account).unwrap();
            let after = model.with(&fact);
            if bailiwick_model::needs_more(&after) {
                continue;
            }
            let on = if let Said::Answer { on, .. } = &said { *on } else { today };
            text.push_str(&format!("{}\n", said.document(side, account, model.so_far().placed_on(on), day)));
            facts.push((account, side, said));
            let at = fact.at;
            // The first line is the header.
            refused
                .extend(model.take(fact, after).err().map(|why| (facts.len() as u64 + 1, why, account, at)));
        }
        let refused = self.still(refused);
        if facts.is_empty() {
            return;
        }
        let name = format!("{message}_{}.jsonl", self.acts);
        let report = self.send(&name, text.as_bytes(), today);
        self.judge(&report, &text, &refused, today);
        let rejected = report.outcome == FileOutcome::Rejected;
        self.fresh |= !rejected;
        self.sent.push(Sent { name, lines: text.into_bytes(), facts, rejected });
    }

    /// The lines that are refused at the end of an act: without those that waited for a later line of it.
    fn still(&self, refused: Vec<(u64, &'static str, usize, u64)>) -> Vec<(u64, &'static str)> {
        let waits = |account: &usize, at| self.accounts[account].so_far().waiting.holds(at);
        let stays = |(_, why, account, at): &(u64, &str, usize, u64)| {
            !why.starts_with("waits_for") || waits(account, *at)
        };
        refused.into_iter().filter(stays).map(|(line, why, _, _)| (line, why)).collect()
    }

    fn send(&self, name: &str, bytes: &[u8], today: i32) -> Report {
        let source = Source::Bytes { name: name.to_owned(), bytes: bytes.to_vec().into() };
        self.home.acting().exchange("test", source, at(today)).unwrap()
    }

    fn judge(&self, report: &Report, text: &str, refused: &[(u64, &str)], today: i32) {
        let problems = || report.problems.iter().filter(|problem| problem.severity == Severity::Error);
        let found: Vec<u64> = problems().filter_map(|problem| problem.line).collect();
        let want: Vec<u64> = refused.iter().map(|(line, _)| *line).collect();
        let shown = |line: &u64| text.lines().nth(*line as usize - 1).unwrap_or_default().to_owned();
        let differ = || {
            let mut lines: Vec<u64> = found.iter().chain(&want).copied().collect();
            lines.retain(|line| found.contains(line) != want.contains(line));
            lines.iter().map(shown).collect::<Vec<_>>()
        };
        let says =
            || problems().map(|it| format!("{:?} {}: {}", it.line, it.code, it.message)).collect::<Vec<_>>();
        assert_eq!(
            found,
            want,
            "day {today}: {:#?}\nthe model: {refused:?}\nthe host: {:#?}",
            differ(),
            says()
        );
    }

    /// A file comes again. If anything of it was taken, nothing happens; otherwise it is read anew.
    fn again(&mut self, nth: usize, today: i32) {
        self.acts += 1;
        let it = &self.sent[nth];
        if !it.rejected {
            let report = self.send(&it.name, &it.lines, today);
            assert_eq!(report.outcome, FileOutcome::Duplicate);
            return;
        }
        let facts = it.facts.clone();
        let mut refused = Vec::new();
        for (line, (account, side, said)) in facts.iter().enumerate() {
            let fact = self.fact(today, *side, said);
            if bailiwick_model::needs_more(&self.accounts[account].with(&fact)) {
                // The whole file is left out: its bytes cannot be other ones.
                return;
            }
            refused.push((line, fact));
        }
        let text = String::from_utf8(self.sent[nth].lines.clone()).unwrap();
        // The document of an answer names a placed amount, which may be that of another round by now.
        if facts.iter().any(|(_, _, said)| matches!(said, Said::Answer { .. })) {
            return;
        }
        let verdicts: Vec<(u64, &str, usize, u64)> = refused
            .into_iter()
            .zip(&facts)
            .filter_map(|((line, fact), (account, _, _))| {
                let at = fact.at;
                let why = self.accounts.get_mut(account).unwrap().say(fact).err()?;
                Some((line as u64 + 2, why, *account, at))
            })
            .collect();
        let verdicts = self.still(verdicts);
        let report = self.send(&self.sent[nth].name, text.as_bytes(), today);
        self.judge(&report, &text, &verdicts, today);
        self.sent[nth].rejected = report.outcome == FileOutcome::Rejected;
        self.fresh |= !self.sent[nth].rejected;
    }

    /// Decides some of the payments that wait.
    fn decide(&mut self, today: i32) {
        let rows = self.home.acting().exceptions("test", false).unwrap();
        let waiting: Vec<_> =
            rows.map(Result::unwrap).filter(|row| row.code == "payment_after_term").collect();
        for row in waiting {
            let account: usize = row.account.as_deref().unwrap()[1..].parse().unwrap();
            let mut rng = bailiwick_model::source(self.seed, &[account as i64, i64::from(today), 3]);
            if !rng.random_ratio(1, 4) {
                continue;
            }
            let (verdict, decision) = match rng.random_range(0..3) {
                0 => (Verdict::Credit, ExceptionDecision::Credit),
                1 => (Verdict::WithoutCommission, ExceptionDecision::CreditWithoutCommission),
                _ => (Verdict::Refuse, ExceptionDecision::Refuse),
            };
            self.acts += 1;
            let identifier = row.identifier.unwrap();
            let fact = self.fact(today, Side::Agency, &Said::Decide { identifier, verdict });
            let want = self.accounts.get_mut(&account).unwrap().say(fact);
            let found = self.home.acting().decide("test", row.number, decision, at(today));
            match (want, found) {
                (Ok(()), Ok(_)) => self.fresh = true,
                (Err(_), Err(Error::Refused { .. })) => {}
                (want, found) => panic!("the model: {want:?}, the host: {found:?}"),
            }
        }
    }

    /// Remits everything up to a day.
    pub(crate) fn remit(&mut self, (from, to): (i32, i32), today: i32) {
        self.acts += 1;
        let said = Said::Remit { to };
        let numbers: Vec<usize> = self.accounts.keys().copied().collect();
        for account in numbers {
            let fact = self.fact(today, Side::Bank, &said);
            self.accounts.get_mut(&account).unwrap().say(fact).unwrap();
        }
        let remits = self.contract.on(to, today).commission.as_ref().map_or(Remits::Gross, |it| it.remits);
        let want =
            bailiwick_model::remit(&self.contract, &self.stories(today), self.remittances, from, remits);
        self.remittances += 1;
        let identifier = format!("R{}", self.remittances);
        let period = (day(from).parse().unwrap(), day(to).parse().unwrap());
        match (want, self.home.acting().remit("test", Some(&identifier), period, at(today))) {
            (Some(want), Ok(it)) => {
                let found = Sums {
                    gross: it.gross,
                    reversed: it.reversed,
                    commission: it.commission,
                    tax: it.tax,
                    net: it.net,
                    invoiced: it.invoiced,
                    payments: it.payments,
                    earlier: it.earlier,
                    accounts: it.accounts,
                };
                assert_eq!(found, want, "remittance of {from} to {to} on day {today}");
                self.remitted.push(want);
                self.fresh = true;
            }
            (None, Err(error)) if error.to_string().contains("nothing is left") => {}
            (want, found) => panic!("the model: {want:?}, the host: {found:?}"),
        }
    }

    fn stories(&self, today: i32) -> Vec<Story> {
        self.accounts.values().map(|account| account.story(today)).collect()
    }

    /// Compares accounts, exceptions and what waits.
    pub(crate) fn compare(&self, today: i32) {
        let stories = self.stories(today);
        let (mut want, mut waiting) = (BTreeMap::new(), BTreeMap::new());
        for (account, story) in self.accounts.keys().zip(&stories) {
            for round in 0..story.rounds.len() {
                want.insert((*account, round as u32 + 1), story.figures(&self.contract, round));
            }
            for it in &story.exceptions {
                let decision = match it.verdict {
                    Some(Verdict::Credit) => Some("credit"),
                    Some(Verdict::WithoutCommission) => Some("credit_without_commission"),
                    Some(Verdict::Refuse) => Some("refuse"),
                    None => it.returned.then_some("return"),
                };
                let about = (
                    *account,
                    Some(it.round as u32 + 1),
                    it.pay.minor,
                    it.pay.on,
                    decision.map(str::to_owned),
                );
                waiting.insert(it.pay.identifier.clone(), about);
            }
        }
        let mut found: BTreeMap<(usize, u32), Figures> = BTreeMap::new();
        for row in self.home.acting().accounts("test", &Filter::default()).unwrap() {
            let row = row.unwrap();
            found.insert((row.account[1..].parse().unwrap(), row.round), figures(&row));
        }
        for (key, figures) in &want {
            let facts = || self.accounts[&key.0].facts();
            assert_eq!(
                found.get(key),
                Some(figures),
                "account {} round {} on day {today}: {:#?}\n{:?}",
                key.0,
                key.1,
                facts(),
                self.contract
            );
        }
        assert_eq!(found.len(), want.len(), "placements on day {today}");
        let mut listed = BTreeMap::new();
        for row in self.home.acting().exceptions("test", true).unwrap() {
            let row = row.unwrap();
            if row.code == "payment_after_term" {
                let on = number(&row.on.unwrap());
                let about = (
                    row.account.as_deref().unwrap()[1..].parse::<usize>().unwrap(),
                    row.round,
                    row.minor.unwrap(),
                    on,
                    row.decision,
                );
                listed.insert(row.identifier.unwrap(), about);
            }
        }
        assert_eq!(listed, waiting, "exceptions on day {today}");
        let rows: Vec<_> = self.home.acting().waiting("test").unwrap().map(Result::unwrap).collect();
        let waits: usize = stories.iter().map(|it| it.waiting.count()).sum();
        let facts = || self.accounts.values().map(|it| it.facts().to_vec()).collect::<Vec<_>>();
        assert_eq!(rows.len(), waits, "waiting on day {today}: {rows:#?}\n{:#?}", facts());
    }

    /// Checks the whole book, and compares the ledger accounts.
    pub(crate) fn compare_ledger(&self, today: i32) {
        let stories = self.stories(today);
        let check = self.home.acting().check_ledger_full().unwrap();
        assert!(check.is_whole(), "day {today}: {:?} {:?}", check.differences, check.rows);
        let mut balances = check.balances.get("test").cloned().unwrap_or_default();
        balances.retain(|_, minor| *minor != 0);
        let ledger = bailiwick_model::ledger(&self.contract, &stories, &self.remitted);
        assert_eq!(balances, ledger, "ledger accounts on day {today}");
    }

    /// Writes the terms that are taken on a day into the engagement file. Gives whether there are any.
    pub(crate) fn amend(&self, today: i32) -> bool {
        let amended = self.contract.0.iter().find(|version| version.taken == today);
        if let Some(version) = amended {
            self.home.engage("test", "Bank", "AG001", "{}", &bailiwick_model::text(version, day));
        }
        amended.is_some()
    }

    pub(crate) fn day(&mut self, today: i32) {
        let amended = self.amend(today);
        self.fresh = false;
        let mut rng = bailiwick_model::source(self.seed, &[i64::from(today), -2]);
        // A home ticks always, sometimes, or never before it is looked at.
        let often = [0, 1, 4][bailiwick_model::source(self.seed, &[-3]).random_range(0..3)];
        for (message, files) in self.files(today) {
            if rng.random_ratio(often, 4) {
                self.tick(today);
            }
            self.file(message, today, files);
            if rng.random_ratio(1, 16) {
                self.home.restart();
            }
            if rng.random_ratio(1, 8) && !self.sent.is_empty() {
                let nth = rng.random_range(0..self.sent.len());
                self.again(nth, today);
            }
        }
        if rng.random_ratio(1, 4) {
            self.decide(today);
        }
        if rng.random_ratio(1, 8) {
            let to = today - rng.random_range(0..5);
            self.remit((to - rng.random_range(0..10), to), today);
        }
        // Terms are taken by an act of their day.
        if rng.random_ratio(often, 4) || amended && !self.fresh {
            self.tick(today);
        }
    }

    /// The files of a day in the order in which they come.
    fn files(&self, today: i32) -> Vec<NamedFile> {
        let mut order = bailiwick_model::source(self.seed, &[i64::from(today), -4]);
        let mut slots: Vec<(&str, usize)> = ["accounts", "bank", "agency"]
            .into_iter()
            .flat_map(|message| [(message, 0), (message, 1)])
            .collect();
        slots.shuffle(&mut order);
        let mut files: Vec<(&'static str, Vec<_>)> =
            slots.iter().map(|(message, _)| (*message, Vec::new())).collect();
        for account in self.accounts.keys().copied() {
            let mut rng = bailiwick_model::source(self.seed, &[account as i64, i64::from(today), 4]);
            let mut said = bailiwick_model::arrive(self.seed, account, today);
            said.shuffle(&mut rng);
            for (side, said) in said {
                // Few files are the second of their kind.
                let slot = (said.message(side), usize::from(rng.random_ratio(1, 5)));
                let at = slots.iter().position(|it| *it == slot).unwrap();
                files[at].1.push((account, side, said));
            }
        }
        files.retain(|(_, all)| !all.is_empty());
        files
    }
}

fn figures(row: &AccountRow) -> Figures {
    let mut holds: Vec<String> = row.holds.reasons().map(|reason| reason.name().to_owned()).collect();
    holds.sort();
    Figures {
        state: row.state.name().to_owned(),
        holds,
        placed: row.placed,
        owed: row.balance,
        paid: row.paid,
        reversed: row.reversed,
        adjusted: row.adjusted,
        commission: row.commission,
        tax: row.tax,
        placed_on: row.placed_on.as_deref().map(number).unwrap(),
        ended_on: row.ended_on.as_deref().map(number),
        term_ends_on: row.term_ends_on.as_deref().map(number),
    }
}
