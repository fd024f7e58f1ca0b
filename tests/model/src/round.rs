//! One placement of an account: its state, its holds and its dates.

use std::collections::BTreeSet;

use crate::buckets::Buckets;
use crate::contract::Contract;
use crate::said::{Own, Placing, Side};

/// Why a statement is refused, by the code of the rule.
pub type Refusal = &'static str;

/// A hold begins or ends on a day; without a day with the placement.
#[derive(Debug, Clone, Copy)]
struct Step {
    reason: &'static str,
    /// The side that says so; none: the last dispute or complaint of the account was closed.
    by: Option<Side>,
    on: Option<i32>,
    begins: bool,
}

/// One placement of the account.
#[derive(Debug, Clone, Default)]
pub struct Round {
    /// Its place among all statements of the home.
    pub at: u64,
    /// The file that placed it.
    pub file: u64,
    /// The version of the terms that it was placed under.
    pub version: usize,
    /// How many times the account was entrusted.
    pub number: u32,
    /// Its state, by name.
    pub state: &'static str,
    /// Its holds.
    pub holds: BTreeSet<&'static str>,
    /// How they began and ended, in the order of their days; of one day as they came.
    steps: Vec<Step>,
    /// What was placed.
    pub balance: Buckets,
    /// Its own terms of commission.
    pub own: Own,
    /// The day from which the age of the debt counts.
    pub aged_from: i32,
    /// The day of the placement.
    pub placed_on: i32,
    /// The last day of the term.
    pub term_ends_on: Option<i32>,
    /// The last day of the holder.
    pub ended_on: Option<i32>,
    announce_on: Option<i32>,
    recall_on: Option<i32>,
    objected_until: Option<i32>,
    open: BTreeSet<(&'static str, u8)>,
    known: BTreeSet<(&'static str, u8)>,
}

impl Round {
    /// A placement of a day that the act of `today` takes.
    pub fn begin(it: &Placing, contract: &Contract, today: i32) -> Self {
        let version = contract.at(it.on, today);
        let terms = &contract.0[version].terms;
        let mut round = Self {
            version,
            state: "draft",
            holds: it.holds.iter().copied().collect(),
            steps: it
                .holds
                .iter()
                .map(|reason| Step { reason, by: Some(Side::Bank), on: None, begins: true })
                .collect(),
            balance: it.balance,
            aged_from: it.charged_off_on.unwrap_or(it.on - it.days_overdue.unwrap_or(0)),
            placed_on: it.on,
            term_ends_on: it.term_ends_on.or(terms.term_days.map(|days| it.on + days)),
            announce_on: terms.recall_after.map(|days| it.on + days),
            ..Self::default()
        };
        // Without commission in the contract, the account's own terms have no effect.
        if terms.commission.is_some() {
            round.own = it.own.clone();
        }
        if it.on <= today {
            round.send();
        }
        round
    }

    /// Whether the account has no holder any more.
    pub fn ended(&self) -> bool {
        ["rejected", "recall_final", "returned", "expired", "closed"].contains(&self.state)
    }

    fn stopped(&self) -> bool {
        self.holds.iter().any(|reason| *reason != "kept")
    }

    fn send(&mut self) {
        self.state = if self.stopped() { "held" } else { "sent" };
    }

    fn resume(&mut self) {
        self.state = if self.stopped() { "held" } else { "active" };
    }

    fn end(&mut self, state: &'static str, on: i32) {
        self.state = state;
        self.ended_on = Some(on);
    }

    /// The agency works the account.
    pub fn work(&mut self) -> Result<(), Refusal> {
        match self.state {
            "draft" => return Err("illegal_move"),
            "sent" | "acknowledged" | "partial" => self.resume(),
            _ => {}
        }
        Ok(())
    }

    fn step(&mut self, step: Step) {
        let at = self.steps.partition_point(|it| it.on <= step.on);
        self.steps.insert(at, step);
    }

    /// Whether a hold lasts after all its steps: a side ends what it began, the bank ends all.
    fn lasts(&self, reason: &str) -> bool {
        let of_reason = self.steps.iter().filter(|it| it.reason == reason);
        let (bank, agency) = of_reason.fold((false, false), |(bank, agency), it| match (it.begins, it.by) {
            (begins, Some(Side::Agency)) => (bank, begins),
            (true, _) => (true, agency),
            (false, _) => (false, false),
        });
        bank || agency
    }

    /// A side says that a hold began on a day. It may have ended on a later one.
    pub fn begin_hold(&mut self, reason: &'static str, by: Side, on: i32) {
        self.step(Step { reason, by: Some(by), on: Some(on), begins: true });
        match self.lasts(reason) || self.open.iter().any(|(kind, _)| *kind == reason) {
            true => self.hold(reason),
            false => self.release(reason),
        }
    }

    fn hold(&mut self, reason: &'static str) {
        self.holds.insert(reason);
        if ["sent", "acknowledged", "partial", "active"].contains(&self.state) {
            self.state = "held";
        }
    }

    fn release(&mut self, reason: &'static str) {
        self.holds.remove(reason);
        if self.state == "held" && !self.stopped() {
            self.state = "active";
        }
    }

    /// The agency answers.
    pub fn answer(&mut self, accepts: bool, differs: bool, on: i32) -> Result<(), Refusal> {
        let fresh = ["sent", "partial"].contains(&self.state);
        match (accepts, differs) {
            (_, false) if self.ended() => {}
            (false, _) if !self.ended() => match fresh {
                true => self.end("rejected", on),
                false => return Err("illegal_move"),
            },
            (true, true) if fresh => self.state = "partial",
            (_, true) => return Err("balance_mismatch"),
            _ if self.state == "draft" => return Err("illegal_move"),
            _ if fresh => self.state = "acknowledged",
            _ => {}
        }
        Ok(())
    }

    /// The bank announces a recall.
    pub fn announce(&mut self, on: i32, contract: &Contract, today: i32) -> Result<(), Refusal> {
        if self.ended() || self.state == "draft" {
            return Err("illegal_move");
        }
        self.state = "recall_pending";
        self.objected_until = None;
        self.recall_on = contract.on(on, today).recall_final.map(|days| on + days);
        Ok(())
    }

    /// The bank recalls.
    pub fn recall(&mut self, on: i32) -> Result<(), Refusal> {
        if self.ended() {
            return Err("illegal_move");
        }
        self.end("recall_final", on);
        Ok(())
    }

    /// The agency objects.
    pub fn object(&mut self, reason: &str, on: i32, contract: &Contract, today: i32) -> Result<(), Refusal> {
        let table = &contract.on(on, today).objections;
        let listed = table.iter().find(|(known, _)| *known == reason);
        if listed.is_none() && !table.is_empty() {
            return Err("unknown_objection_reason");
        }
        if self.state != "recall_pending" {
            return Err("illegal_move");
        }
        self.state = "objected";
        self.recall_on = None;
        self.objected_until = listed.map(|(_, days)| on + days);
        if let Some((_, days)) = listed {
            let until = on + days;
            self.term_ends_on = self.term_ends_on.map(|last| (last + days).max(until));
            self.announce_on = self.announce_on.map(|day| (day + days).max(until + 1));
        }
        Ok(())
    }

    /// The agency gives it back.
    pub fn give_back(&mut self, refuses: bool, on: i32) -> Result<(), Refusal> {
        if self.ended() || self.state == "draft" {
            return Err("illegal_move");
        }
        let rejected = refuses && ["sent", "partial"].contains(&self.state);
        self.end(if rejected { "rejected" } else { "returned" }, on);
        Ok(())
    }

    /// A dispute or complaint is reported. A closed one that is reported again without anything new stays closed.
    pub fn matter(
        &mut self,
        kind: &'static str,
        number: u8,
        open: bool,
        on: i32,
        by_agency: bool,
    ) -> Result<(), Refusal> {
        if by_agency && !self.ended() {
            self.work()?;
        }
        let key = (kind, number);
        if !open {
            self.open.remove(&key);
        } else if !self.known.contains(&key) {
            self.open.insert(key);
        }
        self.known.insert(key);
        if !self.ended() {
            match self.open.iter().any(|(of, _)| *of == kind) {
                true => self.hold(kind),
                false => {
                    if self.lasts(kind) {
                        let last = self.steps.iter().rfind(|it| it.reason == kind).and_then(|it| it.on);
                        let on = Some(last.map_or(on, |last| last.max(on)));
                        self.step(Step { reason: kind, by: None, on, begins: false });
                    }
                    self.release(kind);
                }
            }
        }
        Ok(())
    }

    /// The last day of the holder, if it lies before a day: the round has ended, or its dates say that it ends by then.
    pub fn last_day_before(&self, on: i32) -> Option<i32> {
        let term = self.term_ends_on.filter(|_| !self.holds.contains("kept"));
        let recall = self.recall_on.filter(|_| self.state == "recall_pending");
        self.ended_on.or_else(|| term.into_iter().chain(recall).min()).filter(|last| on > *last)
    }

    /// A payment of a day keeps the account with its holder, unless it is of a day after the holder's last.
    pub fn extend(&mut self, on: i32, days: Option<i32>) {
        let over = self.ended() || self.last_day_before(on).is_some();
        let Some(until) = days.map(|days| on + days).filter(|_| !over) else { return };
        for date in [&mut self.term_ends_on, &mut self.announce_on, &mut self.recall_on] {
            *date = date.map(|day| day.max(until));
        }
    }

    /// The day on which the days of grace of a last day are over.
    pub fn graced_until(ended: i32, contract: &Contract, today: i32) -> i32 {
        ended + contract.on(ended, today).grace_days
    }

    /// The next event that falls due, and its day. Of two on one day the first listed counts.
    fn due(&self, contract: &Contract, today: i32) -> Option<(i32, &'static str)> {
        let mut due: Vec<(i32, &'static str)> = Vec::new();
        let mut on = |day: Option<i32>, what| due.extend(day.map(|day| (day, what)));
        let kept = self.holds.contains("kept");
        if self.state != "draft" && !self.ended() && !kept {
            on(self.term_ends_on.map(|last| last + 1), "expire");
        }
        match self.state {
            "draft" => on(Some(self.placed_on), "send"),
            "sent" => {
                let acceptance = contract.0[self.version].terms.acceptance;
                let silent = |(days, accepts): (i32, bool)| {
                    (self.placed_on + days + 1, if accepts { "accept" } else { "lapse" })
                };
                if let Some((day, what)) = acceptance.map(silent) {
                    on(Some(day), what);
                }
                on(self.announce_on.filter(|_| !kept), "announce");
            }
            "acknowledged" | "partial" | "active" | "held" => {
                on(self.announce_on.filter(|_| !kept), "announce")
            }
            "recall_pending" => on(self.recall_on, "recall"),
            "objected" => on(self.objected_until.map(|last| last + 1), "resume"),
            "recall_final" | "returned" | "expired" => {
                on(self.ended_on.map(|ended| Self::graced_until(ended, contract, today) + 1), "close");
            }
            _ => {}
        }
        due.into_iter().min_by_key(|(day, _)| *day)
    }

    /// Applies everything that has fallen due by a day.
    pub fn catch_up(&mut self, contract: &Contract, today: i32) {
        while let Some((day, what)) = self.due(contract, today).filter(|(day, _)| *day <= today) {
            match what {
                "send" => self.send(),
                "expire" => self.end("expired", day - 1),
                "lapse" => self.end("rejected", day - 1),
                "accept" => self.state = "acknowledged",
                "announce" => self.announce(day, contract, today).expect("an open round"),
                "recall" => self.end("recall_final", day),
                "resume" => self.resume(),
                _ => self.state = "closed",
            }
        }
    }
}
