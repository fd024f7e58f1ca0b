//! Money in the story of an account: payments, decisions about late ones, reversals, adjustments.

use crate::buckets::{Buckets, OTHER, minus, share, sum};
use crate::contract::Contract;
use crate::fees::{Booking, Payment, Receipt, Reversal, earned, undone};
use crate::round::{Refusal, Round};
use crate::said::{Adjust, Pay, Said, Side, Undo, Verdict};
use crate::story::{Exception, Fact, Story, Suspended, past};
use crate::waiting::Awaited;

impl Story {
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

    /// What is wrong with money in itself, whatever is known of its account.
    fn sound(
        contract: &Contract,
        (on, today): (i32, i32),
        minor: i64,
        split: Option<&Buckets>,
    ) -> Result<(), Refusal> {
        past(on, contract, today)?;
        if minor <= 0 || split.is_some_and(|split| split.iter().any(|part| *part < 0)) {
            return Err("negative_amount");
        }
        match split.is_some_and(|split| sum(split) != minor) {
            true => Err("split_mismatch"),
            false => Ok(()),
        }
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

    /// A payment to the bank for an account that is not there.
    fn suspend(&mut self, it: &Pay, fact: &Fact) {
        self.suspense.push(Suspended { pay: it.clone(), inside: true });
        self.waiting.suspended(fact);
        self.waiting.come(Awaited::Payment(it.identifier.clone()));
    }

    /// The money of an identifier, if it is in suspense.
    pub(super) fn suspended(&mut self, identifier: &str) -> Option<&mut Suspended> {
        self.suspense.iter_mut().find(|it| it.inside && it.pay.identifier == identifier)
    }

    pub(super) fn pay(&mut self, contract: &Contract, it: &Pay, fact: &Fact) -> Result<(), Refusal> {
        let said = Said::Pay(Pay { at_bank: it.at_bank || fact.side == Side::Bank, ..it.clone() });
        if self.repeats(&it.identifier, &said)? {
            return Ok(());
        }
        Self::sound(contract, (it.on, fact.today), it.minor, it.split.as_ref())?;
        // Money that the bank has is always booked.
        if self.rounds.is_empty() && fact.side == Side::Bank {
            self.suspend(it, fact);
        } else {
            self.receive(contract, it, fact)?;
        }
        self.named.push((it.identifier.clone(), said));
        Ok(())
    }

    /// Books a payment for its account.
    pub(super) fn receive(&mut self, contract: &Contract, it: &Pay, fact: &Fact) -> Result<(), Refusal> {
        let at = self.round_on(it.on)?;
        self.money_on(it.on, contract, fact.today)?;
        self.judge(contract, at, it, fact.today)?;
        let ended = self.rounds[at].last_day_before(it.on);
        if ended.is_some_and(|ended| it.on > Round::graced_until(ended, contract, fact.today)) {
            let side = fact.side;
            self.exceptions.push(Exception {
                round: at,
                pay: it.clone(),
                side,
                verdict: None,
                returned: false,
            });
        } else {
            if fact.side == Side::Agency && self.rounds[at].state == "draft" {
                return Err("illegal_move");
            }
            self.credit(contract, at, it, fact.side, fact.today, None)?;
        }
        Ok(())
    }

    /// Whether the account can take the amounts of a payment.
    fn judge(&self, contract: &Contract, at: usize, it: &Pay, today: i32) -> Result<(), Refusal> {
        let terms = contract.on(it.on, today);
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

    pub(super) fn decide(
        &mut self,
        contract: &Contract,
        identifier: &str,
        verdict: Verdict,
        today: i32,
    ) -> Result<(), Refusal> {
        let waits = |it: &Exception| it.pay.identifier == identifier && it.verdict.is_none() && !it.returned;
        let place = self.exceptions.iter().position(waits).ok_or("no_exception")?;
        let Exception { round, pay, side, .. } = self.exceptions[place].clone();
        if verdict != Verdict::Refuse {
            // It was judged when it came; of its waived amount only the part that is still owed is waived.
            if side == Side::Agency && self.rounds[round].state == "draft" {
                return Err("illegal_move");
            }
            self.credit(contract, round, &pay, side, today, Some(verdict))?;
        }
        if let Some(money) = self.suspended(identifier) {
            money.inside = false;
        }
        self.exceptions[place].verdict = Some(verdict);
        Ok(())
    }

    pub(super) fn undo(&mut self, contract: &Contract, it: &Undo, fact: &Fact) -> Result<(), Refusal> {
        let said = Said::Undo(it.clone());
        if self.repeats(&it.identifier, &said)? {
            return Ok(());
        }
        Self::sound(contract, (it.on, fact.today), it.minor, it.split.as_ref())?;
        let of =
            |booking: &Booking| matches!(booking, Booking::Payment(payment) if payment.identifier == it.of);
        let Some(of) = self.bookings.iter().position(of) else {
            return match self.used_for(&it.of) {
                Some(Said::Pay(_)) | None => self.undo_suspended(it, fact),
                Some(_) => Err("reversal_of_reversal"),
            };
        };
        let payment = self.payment(of).clone();
        if it.on < payment.on {
            return Err("reversal_before_payment");
        }
        if fact.side == Side::Agency && payment.by_bank {
            return Err("wrong_side");
        }
        let left = minus(&payment.split, &undone(&self.bookings, of));
        if it.minor > sum(&left) {
            return Err("reversal_too_large");
        }
        let split = it.split.unwrap_or_else(|| share(&left, it.minor));
        if (0..6).any(|at| split[at] < 0 || split[at] > left[at]) {
            return Err("split_mismatch");
        }
        self.bookings.push(Booking::Reversal(Reversal { of, on: it.on, split }));
        self.named.push((it.identifier.clone(), said));
        Ok(())
    }

    /// The bank gave all of the money back, before it was booked for the account.
    fn undo_suspended(&mut self, it: &Undo, fact: &Fact) -> Result<(), Refusal> {
        let Some(money) = self.suspended(&it.of).filter(|money| money.pay.minor == it.minor) else {
            return Err("waits_for_payment");
        };
        if fact.side != Side::Bank {
            return Err("waits_for_payment");
        }
        if it.on < money.pay.on {
            return Err("reversal_before_payment");
        }
        money.inside = false;
        self.waiting.forget(&it.of);
        for exception in &mut self.exceptions {
            exception.returned |= exception.pay.identifier == it.of && exception.verdict.is_none();
        }
        self.named.push((it.identifier.clone(), Said::Undo(it.clone())));
        Ok(())
    }

    pub(super) fn adjust(&mut self, contract: &Contract, it: &Adjust, fact: &Fact) -> Result<(), Refusal> {
        let said = Said::Adjust(it.clone());
        if self.repeats(&it.identifier, &said)? {
            return Ok(());
        }
        Self::sound(contract, (it.on, fact.today), it.minor, it.split.as_ref())?;
        let at = self.round_on(it.on)?;
        self.money_on(it.on, contract, fact.today)?;
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
}
