//! The story of an account, told from its first statement to a day: what is booked, what waits, what is refused.

use super::buckets::{Buckets, OTHER, minus, plus, share, sum};
use super::contract::Contract;
use super::fees::{Booking, Payment, Receipt, Reversal, earned, totals, undone};
use super::round::{Refusal, Round};
use super::said::{Adjust, Pay, Placing, Said, Side, Undo, Verdict};
use super::waiting::{Awaited, Waiting};

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
    /// The remittances.
    pub remitted: Vec<Remitted>,
    /// Whether each statement was taken.
    pub verdicts: Vec<Result<(), Refusal>>,
    /// Documents that wait.
    pub waiting: Waiting,
    /// What an identifier was used for.
    named: Vec<(String, Said)>,
}

impl Story {
    /// Tells the story of all statements up to the end of a day.
    pub fn of(contract: &Contract, facts: &[Fact], until: i32) -> Self {
        let mut story = Self::default();
        for (at, fact) in facts.iter().enumerate() {
            story.catch_up(contract, fact.today);
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
    fn round_on(&self, on: i32) -> Result<usize, Refusal> {
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
                    round.hold(reason);
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
                self.rounds[at].matter(*kind, *number, *open, by_agency)
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

    /// Whether the same was said before under an identifier.
    fn repeats(&self, identifier: &str, said: &Said) -> Result<bool, Refusal> {
        match self.named.iter().find(|(name, _)| name == identifier) {
            None => Ok(false),
            Some((_, before)) if before == said => Ok(true),
            Some(_) => Err("payment_conflict"),
        }
    }

    /// What an identifier was used for before.
    pub fn used_for(&self, identifier: &str) -> Option<&Said> {
        self.named.iter().find(|(name, _)| name == identifier).map(|(_, said)| said)
    }

    /// The day of money: not ahead, and not long before the first placement.
    fn money_on(&self, on: i32, contract: &Contract, today: i32) -> Result<(), Refusal> {
        past(on, contract, today)?;
        let first = self.rounds.first().map_or(on, |round| round.placed_on);
        match on < first - contract.now(today).windows.before_placement {
            true => Err("date_before_placement"),
            false => Ok(()),
        }
    }

    fn pay(&mut self, contract: &Contract, it: &Pay, fact: &Fact) -> Result<(), Refusal> {
        let said = Said::Pay(Pay { at_bank: it.at_bank || fact.side == Side::Bank, ..it.clone() });
        if self.repeats(&it.identifier, &said)? {
            return Ok(());
        }
        let at = self.round_on(it.on)?;
        self.money_on(it.on, contract, fact.today)?;
        self.judge(contract, at, it, fact.today)?;
        let until = self.rounds[at].credited_until(contract, fact.today);
        if until.is_some_and(|last| it.on > last) {
            let side = fact.side;
            self.exceptions.push(Exception { round: at, pay: it.clone(), side, verdict: None });
        } else {
            if fact.side == Side::Agency && self.rounds[at].state == "draft" {
                return Err("illegal_move");
            }
            self.credit(contract, at, it, fact.side, fact.today, None)?;
        }
        self.named.push((it.identifier.clone(), said));
        Ok(())
    }

    /// Whether the amounts of a payment can be.
    fn judge(&self, contract: &Contract, at: usize, it: &Pay, today: i32) -> Result<(), Refusal> {
        let terms = contract.on(it.on, today);
        if it.minor <= 0 {
            return Err("negative_amount");
        }
        if let Some(split) = &it.split {
            if split.iter().any(|part| *part < 0) {
                return Err("negative_amount");
            }
            if sum(split) != it.minor {
                return Err("split_mismatch");
            }
        }
        if (it.waived != 0 || it.settles)
            && let Some((least, last)) = terms.settlement
        {
            if last.is_some_and(|last| it.on > last) {
                return Err("settlement_not_authorised");
            }
            let figures = self.figures(contract, at);
            let paid = figures.paid - figures.reversed + it.minor;
            if i128::from(paid) * 1_000_000 < i128::from(figures.placed) * i128::from(least) {
                return Err("settlement_too_low");
            }
        }
        let rest = minus(&self.balance(at), &self.parts(contract, at, it, today));
        if it.waived < 0 || terms.allocation.spread(&rest, it.waived).1 > 0 {
            return Err("waiver_too_large");
        }
        Ok(())
    }

    /// The parts of a payment.
    fn parts(&self, contract: &Contract, at: usize, it: &Pay, today: i32) -> Buckets {
        it.split.unwrap_or_else(|| {
            let (mut split, beyond) =
                contract.on(it.on, today).allocation.spread(&self.balance(at), it.minor);
            split[OTHER] += beyond;
            split
        })
    }

    fn credit(
        &mut self,
        contract: &Contract,
        at: usize,
        it: &Pay,
        side: Side,
        today: i32,
        verdict: Option<Verdict>,
    ) -> Result<(), Refusal> {
        let terms = contract.on(it.on, today);
        let split = self.parts(contract, at, it, today);
        let receipt = Receipt {
            on: it.on,
            today,
            split: &split,
            unearned: it.before_demand || verdict == Some(Verdict::WithoutCommission),
            in_term: verdict == Some(Verdict::Credit),
        };
        let (base, earned) = earned(contract, &self.rounds[at], &receipt);
        self.bookings.push(Booking::Payment(Payment {
            round: at,
            identifier: it.identifier.clone(),
            on: it.on,
            split,
            at_bank: it.at_bank || side == Side::Bank,
            by_bank: side == Side::Bank,
            version: contract.at(it.on, today),
            base,
            earned,
        }));
        self.waiting.come(Awaited::Payment(it.identifier.clone()));
        if it.waived > 0 {
            let (waived, _) = terms.allocation.spread(&self.balance(at), it.waived);
            self.bookings.push(Booking::Adjustment(at, minus(&[0; 6], &waived)));
        }
        let round = &mut self.rounds[at];
        round.extend(it.on, terms.extends_days);
        if side == Side::Agency && !round.ended() {
            round.work()?;
        }
        Ok(())
    }

    fn decide(
        &mut self,
        contract: &Contract,
        identifier: &str,
        verdict: Verdict,
        today: i32,
    ) -> Result<(), Refusal> {
        let waits = |it: &Exception| it.pay.identifier == identifier && it.verdict.is_none();
        let place = self.exceptions.iter().position(waits).ok_or("no_exception")?;
        let Exception { round, pay, side, .. } = self.exceptions[place].clone();
        if verdict != Verdict::Refuse {
            self.judge(contract, round, &pay, today)?;
            self.credit(contract, round, &pay, side, today, Some(verdict))?;
        }
        self.exceptions[place].verdict = Some(verdict);
        Ok(())
    }

    fn undo(&mut self, contract: &Contract, it: &Undo, fact: &Fact) -> Result<(), Refusal> {
        let of =
            |booking: &Booking| matches!(booking, Booking::Payment(payment) if payment.identifier == it.of);
        let Some(of) = self.bookings.iter().position(of) else {
            return Err(match self.used_for(&it.of) {
                Some(Said::Pay(_)) | None => "waits_for_payment",
                Some(_) => "reversal_of_reversal",
            });
        };
        let payment = self.payment(of).clone();
        let said = Said::Undo(it.clone());
        if self.repeats(&it.identifier, &said)? {
            return Ok(());
        }
        past(it.on, contract, fact.today)?;
        if it.on < payment.on {
            return Err("reversal_before_payment");
        }
        if fact.side == Side::Agency && payment.by_bank {
            return Err("wrong_side");
        }
        let left = minus(&payment.split, &undone(&self.bookings, of));
        if it.minor <= 0 || it.minor > sum(&left) {
            return Err("reversal_too_large");
        }
        let split = it.split.unwrap_or_else(|| share(&left, it.minor));
        if sum(&split) != it.minor || (0..6).any(|at| split[at] < 0 || split[at] > left[at]) {
            return Err("split_mismatch");
        }
        self.bookings.push(Booking::Reversal(Reversal { of, on: it.on, split }));
        self.named.push((it.identifier.clone(), said));
        Ok(())
    }

    fn adjust(&mut self, contract: &Contract, it: &Adjust, fact: &Fact) -> Result<(), Refusal> {
        let said = Said::Adjust(it.clone());
        if self.repeats(&it.identifier, &said)? {
            return Ok(());
        }
        let at = self.round_on(it.on)?;
        self.money_on(it.on, contract, fact.today)?;
        if it.minor <= 0 {
            return Err("negative_amount");
        }
        if it.split.is_some_and(|split| split.iter().any(|part| *part < 0)) {
            return Err("negative_amount");
        }
        if it.split.is_some_and(|split| sum(&split) != it.minor) {
            return Err("split_mismatch");
        }
        let owed = self.balance(at);
        let split = if it.raises {
            it.split.unwrap_or([it.minor, 0, 0, 0, 0, 0])
        } else {
            let terms = contract.on(it.on, fact.today);
            let (spread, beyond) = terms.allocation.spread(&owed, it.minor);
            let split = it.split.unwrap_or(spread);
            if it.split.is_none() && beyond > 0 || (0..6).any(|bucket| split[bucket] > owed[bucket].max(0)) {
                return Err("adjustment_too_large");
            }
            minus(&[0; 6], &split)
        };
        self.bookings.push(Booking::Adjustment(at, split));
        self.named.push((it.identifier.clone(), said));
        Ok(())
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
fn past(on: i32, contract: &Contract, today: i32) -> Result<(), Refusal> {
    if on > today + contract.now(today).windows.ahead { Err("future_date") } else { Ok(()) }
}

/// The day of a move does not lie ahead, and not before the placement.
fn moved_on(on: i32, round: &Round, contract: &Contract, today: i32) -> Result<(), Refusal> {
    past(on, contract, today)?;
    if on < round.placed_on { Err("date_before_placement") } else { Ok(()) }
}
