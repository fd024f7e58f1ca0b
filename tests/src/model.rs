//! A small reference model of an engagement, in plain Rust and without code of the host. It computes the
//! states, dates and cents that an account must have after any history.
//!
//! It is as simple as it can be: days are numbers, an account is a list of rounds, and every figure is
//! computed again from the list of events.

use std::collections::{BTreeMap, BTreeSet};

/// The contract of the model, as text of the engagement file.
pub const TERMS: &str = r#"
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
const TERM_DAYS: i32 = 18;
const GRACE_DAYS: i32 = 8;
const EXTENDS_DAYS: i32 = 6;
const ACCEPTANCE_DAYS: i32 = 3;
const RECALL_AFTER: i32 = 10;
const RECALL_FINAL: i32 = 4;
const OBJECTION_DAYS: i32 = 5;
const FREE_DAYS: i32 = 2;
const FEE_GRACE_DAYS: i32 = 3;

/// One statement about an account on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The bank places it with this principal.
    Place(i64),
    /// The agency accepts it.
    Accept,
    /// The agency refuses it.
    Refuse,
    /// The agency works it; with a hold: `attorney`, `cease`.
    Work(Option<&'static str>),
    /// The agency received a payment: identifier, amount, day.
    Pay(String, i64, i32),
    /// The bank received a payment: identifier, amount, day.
    Direct(String, i64, i32),
    /// A payment is undone: identifier, payment, amount.
    Undo(String, String, i64),
    /// The bank raises or lowers the balance: identifier, amount, whether it is a raise.
    Adjust(String, i64, bool),
    /// The bank announces a recall.
    Announce,
    /// The bank recalls.
    Recall,
    /// The agency objects, for a reason of the contract or not.
    Object(bool),
    /// The agency returns it.
    Return,
    /// A dispute or complaint is open or closed: kind, number, open.
    Matter(&'static str, u8, bool),
}

impl Said {
    /// Whether the bank makes the statement.
    pub fn by_bank(&self) -> bool {
        matches!(self, Self::Place(_) | Self::Direct(..) | Self::Adjust(..) | Self::Announce | Self::Recall)
    }
}

struct Payment {
    identifier: String,
    principal: i64,
    beyond: i64,
    undone: (i64, i64),
    ppm: i64,
    direct: bool,
}

/// One placement of the account.
#[derive(Default)]
pub struct Round {
    /// Its state, by name.
    pub state: &'static str,
    holds: BTreeSet<&'static str>,
    open: BTreeSet<(&'static str, u8)>,
    known: BTreeSet<(&'static str, u8)>,
    placed: i64,
    principal: i64,
    credit: i64,
    adjusted: i64,
    payments: Vec<Payment>,
    placed_on: i32,
    term_ends_on: i32,
    announce_on: i32,
    recall_on: Option<i32>,
    objected_until: Option<i32>,
    ended_on: Option<i32>,
}

/// The figures of a placement that the host must have as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The state.
    pub state: String,
    /// The balance.
    pub owed: i64,
    /// Payments.
    pub paid: i64,
    /// Reversals.
    pub reversed: i64,
    /// Adjustments.
    pub adjusted: i64,
    /// Commission.
    pub commission: i64,
    /// Tax on it.
    pub tax: i64,
    /// The last day of the holder, as a number.
    pub ended_on: Option<i32>,
    /// The last day of the term.
    pub term_ends_on: i32,
}

/// An account: every time it was placed.
#[derive(Default)]
pub struct Account {
    /// Its rounds.
    pub rounds: Vec<Round>,
    /// Payments that wait for a decision.
    waiting: BTreeMap<String, i64>,
    adjustments: BTreeSet<String>,
    reversals: BTreeSet<String>,
}

fn half_even(dividend: i128, divisor: i128) -> i64 {
    let (whole, twice) = (dividend / divisor, dividend % divisor * 2);
    let up = twice > divisor || twice == divisor && whole % 2 == 1;
    i64::try_from(whole + i128::from(up)).expect("a sum that fits")
}

impl Round {
    fn ended(&self) -> bool {
        ["rejected", "recall_final", "returned", "expired", "closed"].contains(&self.state)
    }

    fn place(amount: i64, today: i32) -> Self {
        Self {
            state: "sent",
            placed: amount,
            principal: amount,
            placed_on: today,
            term_ends_on: today + TERM_DAYS,
            announce_on: today + RECALL_AFTER,
            ..Self::default()
        }
    }

    fn end(&mut self, state: &'static str, on: i32) {
        self.state = state;
        self.ended_on = Some(on);
    }

    fn work(&mut self) {
        if ["sent", "acknowledged"].contains(&self.state) {
            self.state = "active";
        }
    }

    fn hold(&mut self, reason: &'static str) {
        self.holds.insert(reason);
        if ["sent", "acknowledged", "active"].contains(&self.state) {
            self.state = "held";
        }
    }

    fn release(&mut self, reason: &'static str) {
        if self.holds.remove(reason) && self.holds.is_empty() && self.state == "held" {
            self.state = "active";
        }
    }

    fn extend(&mut self, on: i32) {
        if !self.ended() {
            let until = on + EXTENDS_DAYS;
            self.term_ends_on = self.term_ends_on.max(until);
            self.announce_on = self.announce_on.max(until);
            self.recall_on = self.recall_on.map(|day| day.max(until));
        }
    }

    fn announce(&mut self, on: i32) {
        self.state = "recall_pending";
        self.objected_until = None;
        self.recall_on = Some(on + RECALL_FINAL);
    }

    /// The next event that falls due, and its day.
    fn due(&self) -> Option<(i32, &'static str)> {
        let mut due = Vec::new();
        match self.state {
            "sent" | "acknowledged" | "active" | "held" | "recall_pending" | "objected" => {
                due.push((self.term_ends_on + 1, "expire"));
            }
            "recall_final" | "returned" | "expired" => {
                due.push((self.ended_on? + GRACE_DAYS + 1, "close"));
            }
            _ => {}
        }
        match self.state {
            "sent" => {
                due.push((self.placed_on + ACCEPTANCE_DAYS + 1, "lapse"));
                due.push((self.announce_on, "announce"));
            }
            "acknowledged" | "active" | "held" => due.push((self.announce_on, "announce")),
            "recall_pending" => due.extend(self.recall_on.map(|day| (day, "recall"))),
            "objected" => due.extend(self.objected_until.map(|day| (day + 1, "resume"))),
            _ => {}
        }
        due.into_iter().min_by_key(|(day, _)| *day)
    }

    fn tick(&mut self, today: i32) {
        while let Some((day, what)) = self.due().filter(|(day, _)| *day <= today) {
            match what {
                "expire" => self.end("expired", self.term_ends_on),
                "lapse" => self.end("rejected", day - 1),
                "announce" => self.announce(day),
                "recall" => self.end("recall_final", day),
                "resume" => self.state = if self.holds.is_empty() { "active" } else { "held" },
                _ => self.state = "closed",
            }
        }
    }

    fn pay(&mut self, identifier: &str, minor: i64, on: i32, direct: bool) {
        let principal = minor.min(self.principal.max(0));
        self.principal -= principal;
        self.credit -= minor - principal;
        let days = on - self.placed_on;
        let late = self.ended_on.is_some_and(|ended| on - ended > FEE_GRACE_DAYS);
        let ppm = match days {
            _ if late || days < FREE_DAYS => 0,
            days if days < 9 => 125_000,
            _ => 333_333,
        };
        let beyond = minor - principal;
        self.payments.push(Payment {
            identifier: identifier.to_owned(),
            principal,
            beyond,
            undone: (0, 0),
            ppm,
            direct,
        });
        self.extend(on);
    }

    /// The figures that the host must have.
    pub fn figures(&self) -> Figures {
        let paid: i64 = self.payments.iter().map(|it| it.principal + it.beyond).sum();
        let reversed: i64 = self.payments.iter().map(|it| it.undone.0 + it.undone.1).sum();
        let earned: i128 = self
            .payments
            .iter()
            .map(|it| i128::from(it.principal + it.beyond - it.undone.0 - it.undone.1) * i128::from(it.ppm))
            .sum();
        let commission = half_even(earned, 1_000_000).min(self.placed / 5);
        Figures {
            state: self.state.to_owned(),
            owed: self.principal + self.credit,
            paid,
            reversed,
            adjusted: self.adjusted,
            commission,
            tax: half_even(i128::from(commission) * 60_000, 1_000_000),
            ended_on: self.ended_on,
            term_ends_on: self.term_ends_on,
        }
    }

    /// The placed amount.
    pub fn placed(&self) -> i64 {
        self.placed
    }

    /// The money that the agency holds: payments to the agency less their reversals.
    pub fn collected(&self) -> i64 {
        let agency = self.payments.iter().filter(|it| !it.direct);
        agency.map(|it| it.principal + it.beyond - it.undone.0 - it.undone.1).sum()
    }
}

impl Account {
    /// The placed amount of the latest round.
    pub fn placed(&self) -> i64 {
        self.rounds.last().map_or(0, Round::placed)
    }

    /// Applies everything that falls due up to a day.
    pub fn tick(&mut self, today: i32) {
        self.rounds.iter_mut().for_each(|round| round.tick(today));
    }

    fn round_on(&mut self, on: i32) -> Option<&mut Round> {
        let at = self.rounds.iter().rposition(|round| round.placed_on <= on);
        let at = at.or(self.rounds.len().checked_sub(1))?;
        self.rounds.get_mut(at)
    }

    /// The round of a day, while its holder has it.
    fn held_on(&mut self, on: i32) -> Option<&mut Round> {
        self.round_on(on).filter(|round| round.ended_on.is_none_or(|ended| on <= ended))
    }

    fn find(&mut self, identifier: &str) -> Option<(usize, usize)> {
        self.rounds.iter().enumerate().find_map(|(at, round)| {
            let place = round.payments.iter().position(|payment| payment.identifier == identifier)?;
            Some((at, place))
        })
    }

    /// Applies a statement on a day. Gives whether it is accepted.
    pub fn say(&mut self, said: &Said, today: i32) -> bool {
        self.try_say(said, today).is_some()
    }

    fn try_say(&mut self, said: &Said, today: i32) -> Option<()> {
        match said {
            Said::Place(amount) => {
                if self.rounds.last().is_some_and(|round| !round.ended()) {
                    return None;
                }
                self.rounds.push(Round::place(*amount, today));
            }
            Said::Accept => {
                let round = self.held_on(today)?;
                if round.state == "sent" {
                    round.state = "acknowledged";
                }
            }
            Said::Refuse => {
                let round = self.held_on(today)?;
                match round.state {
                    _ if round.ended() => {}
                    "sent" => round.end("rejected", today),
                    _ => return None,
                }
            }
            Said::Work(hold) => {
                let round = self.held_on(today)?;
                if !round.ended() {
                    round.work();
                    if let Some(hold) = hold {
                        round.hold(hold);
                    }
                }
            }
            Said::Pay(identifier, minor, on) => self.pay(identifier, *minor, *on, false)?,
            Said::Direct(identifier, minor, on) => self.pay(identifier, *minor, *on, true)?,
            Said::Undo(identifier, of, minor) => self.undo(identifier, of, *minor)?,
            Said::Adjust(identifier, minor, raise) => {
                if self.adjustments.contains(identifier) {
                    return Some(());
                }
                let round = self.round_on(today)?;
                if !raise && *minor > round.principal.max(0) {
                    return None;
                }
                let signed = if *raise { *minor } else { -*minor };
                round.principal += signed;
                round.adjusted += signed;
                self.adjustments.insert(identifier.clone());
            }
            Said::Announce => {
                let round = self.rounds.last_mut().filter(|round| !round.ended())?;
                round.announce(today);
            }
            Said::Recall => self.rounds.last_mut().filter(|round| !round.ended())?.end("recall_final", today),
            Said::Object(known) => {
                let round =
                    self.rounds.last_mut().filter(|round| *known && round.state == "recall_pending")?;
                round.state = "objected";
                round.recall_on = None;
                let until = today + OBJECTION_DAYS;
                round.objected_until = Some(until);
                round.term_ends_on = (round.term_ends_on + OBJECTION_DAYS).max(until);
                round.announce_on = (round.announce_on + OBJECTION_DAYS).max(until + 1);
            }
            Said::Return => self.rounds.last_mut().filter(|round| !round.ended())?.end("returned", today),
            Said::Matter(kind, number, open) => {
                let round = self.held_on(today)?;
                let key = (*kind, *number);
                // A closed matter that is reported again without anything new stays closed.
                if *open && !round.known.contains(&key) {
                    round.open.insert(key);
                } else if !open {
                    round.open.remove(&key);
                }
                round.known.insert(key);
                if !round.ended() {
                    round.work();
                    match round.open.iter().any(|(of, _)| of == kind) {
                        true => round.hold(kind),
                        false => round.release(kind),
                    }
                }
            }
        }
        Some(())
    }

    fn pay(&mut self, identifier: &str, minor: i64, on: i32, direct: bool) -> Option<()> {
        if self.find(identifier).is_some() || self.waiting.contains_key(identifier) {
            return Some(());
        }
        let round = self.round_on(on)?;
        if round.ended_on.is_some_and(|ended| on > ended + GRACE_DAYS) {
            self.waiting.insert(identifier.to_owned(), minor);
            return Some(());
        }
        round.pay(identifier, minor, on, direct);
        if !direct && !round.ended() {
            round.work();
        }
        Some(())
    }

    fn undo(&mut self, identifier: &str, of: &str, minor: i64) -> Option<()> {
        let (at, place) = self.find(of)?;
        if self.reversals.contains(identifier) {
            return Some(());
        }
        let round = self.rounds.get_mut(at)?;
        let payment = round.payments.get_mut(place)?;
        let left = (payment.principal - payment.undone.0, payment.beyond - payment.undone.1);
        let whole = left.0 + left.1;
        if minor > whole {
            return None;
        }
        // The odd cent goes to the larger remainder; if both are equal, to the principal.
        let product = i128::from(left.0) * i128::from(minor);
        let other = i128::from(left.1) * i128::from(minor);
        let whole = i128::from(whole);
        let mut principal = product / whole;
        if principal + other / whole < i128::from(minor) && product % whole >= other % whole {
            principal += 1;
        }
        let principal = i64::try_from(principal).ok()?;
        payment.undone.0 += principal;
        payment.undone.1 += minor - principal;
        round.principal += principal;
        round.credit += minor - principal;
        self.reversals.insert(identifier.to_owned());
        Some(())
    }
}
