//! The story of an account, told from its first statement to a day: what is booked, what waits, what is refused.

use crate::buckets::{Buckets, minus, plus, sum};
use crate::contract::Contract;
use crate::fees::{Booking, Payment, totals};
use crate::round::{Refusal, Round};
use crate::said::{Pay, Placing, Said, Side, Verdict};
use crate::waiting::{Awaited, Waiting};

/// A statement with its sender and the act that brought it.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Its place among all statements of the home.
    pub at: u64,
    /// The day of the act.
    pub today: i32,
    /// The act.
    pub file: u64,
    /// The sender.
    pub side: Side,
    /// The statement.
    pub said: Said,
}

/// A payment that came too late.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The place of its round.
    pub round: usize,
    /// The payment.
    pub pay: Pay,
    /// The sender.
    pub side: Side,
    /// What was decided.
    pub verdict: Option<Verdict>,
    /// It was in suspense, and the bank gave it back.
    pub returned: bool,
}

/// Money at the bank that came before its account.
#[derive(Debug, Clone)]
pub struct Suspended {
    /// The payment.
    pub pay: Pay,
    /// It is in suspense.
    pub inside: bool,
}

/// A remittance that was made.
#[derive(Debug, Clone, Copy)]
pub struct Remitted {
    /// How many bookings there were.
    pub bookings: usize,
    /// The last day of its period.
    pub to: i32,
}

/// The figures of a placement that the host must have as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The state.
    pub state: String,
    /// The holds, in order of their names.
    pub holds: Vec<String>,
    /// The placed amount.
    pub placed: i64,
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
    /// The day of the placement.
    pub placed_on: i32,
    /// The last day of the holder.
    pub ended_on: Option<i32>,
    /// The last day of the term.
    pub term_ends_on: Option<i32>,
}

/// What became of an account.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// Its placements.
    pub rounds: Vec<Round>,
    /// Its bookings of money, in the order of coming.
    pub bookings: Vec<Booking>,
    /// Payments that came too late.
    pub exceptions: Vec<Exception>,
    /// Money that came before its account.
    pub suspense: Vec<Suspended>,
    /// The remittances.
    pub remitted: Vec<Remitted>,
    /// Whether each statement was taken.
    pub verdicts: Vec<Result<(), Refusal>>,
    /// Documents that wait.
    pub waiting: Waiting,
    /// When the last statement came, a document waited under its identifier.
    pub doubled: bool,
    /// What an identifier was used for.
    pub(super) named: Vec<(String, Said)>,
}

impl Story {
    /// Tells the story of all statements up to the end of a day.
    pub fn of(contract: &Contract, facts: &[Fact], until: i32) -> Self {
        let mut story = Self::default();
        for (at, fact) in facts.iter().enumerate() {
            story.catch_up(contract, fact.today);
            story.doubled = fact.said.identifier().is_some_and(|identifier| {
                story.waiting.has(identifier) && story.used_for(identifier).is_none()
            });
            let verdict = story.take(contract, fact);
            if let Err(why) = verdict {
                story.waiting.refused(fact, why);
            }
            story.verdicts.push(verdict);
            story.catch_up(contract, fact.today);
            if facts.get(at + 1).is_none_or(|next| next.file != fact.file) {
                story.revive(contract, fact.today);
            }
        }
        story.catch_up(contract, until);
        story
    }

    /// Applies what has fallen due.
    pub fn catch_up(&mut self, contract: &Contract, today: i32) {
        self.rounds.iter_mut().for_each(|round| round.catch_up(contract, today));
    }

    /// The round of a day: the latest that had begun, else the first.
    pub(super) fn round_on(&self, on: i32) -> Result<usize, Refusal> {
        if self.rounds.is_empty() {
            return Err("waits_for_account");
        }
        Ok(self.rounds.iter().rposition(|round| round.placed_on <= on).unwrap_or(0))
    }

    /// The round of a day while its holder has it.
    fn held_on(&self, on: i32) -> Result<usize, Refusal> {
        let at = self.round_on(on)?;
        match self.rounds[at].ended_on.is_some_and(|ended| on > ended) {
            true => Err("placement_ended"),
            false => Ok(at),
        }
    }

    fn latest(&mut self) -> Result<&mut Round, Refusal> {
        self.rounds.last_mut().ok_or("waits_for_account")
    }

    /// The placed amount of the round of a day, as the agency should have it.
    pub fn placed_on(&self, on: i32) -> i64 {
        self.round_on(on).map_or(1, |at| sum(&self.rounds[at].balance))
    }

    /// Takes a statement, or says why not.
    pub fn take(&mut self, contract: &Contract, fact: &Fact) -> Result<(), Refusal> {
        let (today, by_agency) = (fact.today, fact.side == Side::Agency);
        match &fact.said {
            Said::Place(it) => self.place(contract, it, fact),
            Said::Answer { accepts, differs, on } => {
                let at = self.held_on(*on)?;
                let round = &mut self.rounds[at];
                moved_on(*on, round, contract, today)?;
                round.answer(*accepts, *differs, *on)
            }
            Said::Status { kind, on } => {
                let at = self.held_on(*on)?;
                past(*on, contract, today)?;
                let round = &mut self.rounds[at];
                if round.ended() {
                    return Ok(());
                }
                if by_agency {
                    round.work()?;
                }
                if let Some(reason) = hold_of(kind) {
                    round.begin_hold(reason, fact.side, *on);
                }
                Ok(())
            }
            Said::Pay(it) => self.pay(contract, it, fact),
            Said::Undo(it) => self.undo(contract, it, fact),
            Said::Adjust(it) => self.adjust(contract, it, fact),
            Said::Recall { last, on } => {
                let round = self.latest()?;
                match round.state {
                    "draft" => past(*on, contract, today)?,
                    _ => moved_on(*on, round, contract, today)?,
                }
                if *last { round.recall(*on) } else { round.announce(*on, contract, today) }
            }
            Said::Object { reason, on } => {
                let round = self.latest()?;
                moved_on(*on, round, contract, today)?;
                round.object(reason, *on, contract, today)
            }
            Said::Return { refuses, on } => {
                let round = self.latest()?;
                moved_on(*on, round, contract, today)?;
                round.give_back(*refuses, *on)
            }
            Said::Matter { kind, number, open, on } => {
                let at = self.held_on(*on)?;
                past(*on, contract, today)?;
                self.rounds[at].matter(kind, *number, *open, *on, by_agency)
            }
            Said::Decide { identifier, verdict } => self.decide(contract, identifier, *verdict, today),
            Said::Remit { to } => {
                self.remitted.push(Remitted { bookings: self.bookings.len(), to: *to });
                Ok(())
            }
        }
    }

    fn place(&mut self, contract: &Contract, it: &Placing, fact: &Fact) -> Result<(), Refusal> {
        if it.on > fact.today + contract.now(fact.today).windows.placement_ahead {
            return Err("future_date");
        }
        if it.term_ends_on.is_some_and(|last| last < it.on) {
            return Err("term_before_placement");
        }
        if self.rounds.iter().any(|round| round.file == fact.file) {
            return Err("duplicate_account");
        }
        if self.rounds.iter().any(|round| !round.ended()) {
            return Err("already_placed");
        }
        let mut round = Round::begin(it, contract, fact.today);
        let terms = contract.on(it.on, fact.today).commission.as_ref();
        let has =
            |name: &str| terms.is_none_or(|terms| terms.schedules.iter().any(|known| known.name == name));
        if it.own.schedule.is_some_and(|name| !has(name)) {
            return Err("unknown_schedule");
        }
        (round.at, round.file) = (fact.at, fact.file);
        round.number = self.rounds.len() as u32 + 1;
        self.rounds.push(round);
        self.waiting.come(Awaited::Account);
        Ok(())
    }

    /// The balance of a round.
    pub fn balance(&self, round: usize) -> Buckets {
        self.bookings.iter().fold(self.rounds[round].balance, |owed, booking| match booking {
            Booking::Payment(it) if it.round == round => minus(&owed, &it.split),
            Booking::Reversal(it) if self.payment(it.of).round == round => plus(&owed, &it.split),
            Booking::Adjustment(at, split) if *at == round => plus(&owed, split),
            _ => owed,
        })
    }

    /// The payment at a place of the bookings.
    pub fn payment(&self, at: usize) -> &Payment {
        match &self.bookings[at] {
            Booking::Payment(it) => it,
            other => panic!("no payment: {other:?}"),
        }
    }

    /// The figures of a round.
    pub fn figures(&self, contract: &Contract, at: usize) -> Figures {
        let round = &self.rounds[at];
        let (mut paid, mut reversed, mut adjusted) = (0, 0, 0);
        for booking in &self.bookings {
            match booking {
                Booking::Payment(it) if it.round == at => paid += sum(&it.split),
                Booking::Reversal(it) if self.payment(it.of).round == at => reversed += sum(&it.split),
                Booking::Adjustment(of, split) if *of == at => adjusted += sum(split),
                _ => {}
            }
        }
        let (commission, tax) = totals(contract, round, at, &self.bookings);
        Figures {
            state: round.state.to_owned(),
            holds: round.holds.iter().map(|reason| (*reason).to_owned()).collect(),
            placed: sum(&round.balance),
            owed: sum(&self.balance(at)),
            paid,
            reversed,
            adjusted,
            commission,
            tax,
            placed_on: round.placed_on,
            ended_on: round.ended_on,
            term_ends_on: round.term_ends_on,
        }
    }
}

/// The hold that a status brings.
fn hold_of(status: &str) -> Option<&'static str> {
    Some(match status {
        "disputed" => "dispute",
        "cease_contact" => "cease",
        "attorney_represents" => "attorney",
        "deceased" => "deceased",
        "bankruptcy_13" => "bankruptcy",
        _ => return None,
    })
}

/// A day of something that happened does not lie ahead.
pub(super) fn past(on: i32, contract: &Contract, today: i32) -> Result<(), Refusal> {
    if on > today + contract.now(today).windows.ahead { Err("future_date") } else { Ok(()) }
}

/// The day of a move does not lie ahead, and not before the placement.
fn moved_on(on: i32, round: &Round, contract: &Contract, today: i32) -> Result<(), Refusal> {
    past(on, contract, today)?;
    if on < round.placed_on { Err("date_before_placement") } else { Ok(()) }
}
