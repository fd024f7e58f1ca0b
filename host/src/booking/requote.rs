//! Payments that are quoted anew, because a status came after them that is of an earlier day. So the rate of a payment
//! follows from the days of the payment and of the statuses, whatever came first.

use bailiwick_sdk::document::HoldReason;

use super::changes::{Earning, Event};
use super::commission::{For, left_of_base, take_standing};
use super::draft::Draft;
use super::ledger::Entered;
use super::record::Placed;
use super::refused::Booked;
use crate::case::HoldSteps;
use crate::money::{Basis, Earned};

impl Draft<'_, '_> {
    /// Quotes the payments of a placement anew whose days were not with a court by the steps before, and are by those
    /// after, or the other way round.
    pub(super) fn requote(
        &mut self,
        placed: &mut Placed,
        (before, after): (&HoldSteps, &HoldSteps),
        line: Option<u64>,
    ) -> Booked {
        if before.lasts_as(after, HoldReason::Legal) {
            return Ok(());
        }
        let (known, own) = (self.known, placed.own_terms()?);
        for payment in known.payments(&placed.account, placed.id)? {
            self.requote_payment(placed, payment, (before, after), &own, line)?;
        }
        Ok(())
    }

    fn requote_payment(
        &mut self,
        placed: &mut Placed,
        payment: &Entered,
        (before, after): (&HoldSteps, &HoldSteps),
        own: &Basis,
        line: Option<u64>,
    ) -> Booked {
        let (Some(on), Some(earning)) = (payment.on, &payment.earning) else { return Ok(()) };
        let version = self.version_of(earning)?;
        let Some(terms) = &version.terms.commission else { return Ok(()) };
        let legal = |steps: &HoldSteps| steps.on(HoldReason::Legal, Some(on)).raises(terms.legal_by);
        let paid = payment.buckets.sum()?;
        // The plugin that computed a commission is not asked again.
        if legal(before) == legal(after) || earning.no_fee.is_some() || earning.is_of_whole(paid) {
            return Ok(());
        }
        let facts = self.facts(placed, on, paid, legal(after));
        let (schedule, rate) = terms.rate_among(own, &facts, self.earlier_terms(placed));
        if schedule == earning.schedule && rate.ppm() == earning.rate_ppm {
            return Ok(());
        }
        let earned = terms.earned(earning.base, rate);
        let (base, left) = left_of_base(payment, earning, Some(terms), &payment.undone)?;
        let change = earned.remaining(base, left).0 - earning.earned.remaining(base, left).0;
        self.changes.earnings.push(Earning {
            nth: earning.nth + 1,
            schedule,
            rate_ppm: rate.ppm(),
            earned: Earned(earned.0 - earning.earned.0),
            ..earning.clone()
        });
        self.changes.events.push(Event {
            placement: Some(placed.id),
            line,
            kind: "requoted",
            on: Some(on),
            moved: None,
            document: Vec::new(),
        });
        if change == 0 {
            return Ok(());
        }
        let mut standings = self.standings(placed)?;
        let mut standing = take_standing(&mut standings, placed.id, version.id);
        standing.earned.0 = (standing.earned.0 + change).max(0);
        standings.push(standing);
        // The fee is of the day of the payment, as it would have been if the status had come first.
        let rest = payment.buckets.minus(&payment.undone)?;
        let of = For { cause: payment.id, split: &rest, on, line };
        self.book_fees(placed, standings, own, &of)
    }
}
