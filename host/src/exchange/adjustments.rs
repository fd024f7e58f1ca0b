//! Balances changed without money. They earn nothing.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Adjustment, AdjustmentDirection};
use bailiwick_sdk::value::Day;

use super::booking::{Booked, Booking, refuse_at};
use super::ledger::Transfer;
use super::placed::Placed;
use super::placements::number;
use crate::money::{Buckets, Overflow};

impl Booking<'_> {
    pub(crate) fn adjustment(&mut self, mut it: Adjustment) -> Booked {
        self.only_from(Side::Bank, "an adjustment")?;
        if self.seen_before(&it.account, "adjustment", &it.identifier, it.minor.get(), it.line)? {
            return Ok(());
        }
        let mut placed = self.open_on(&it.account, it.on)?;
        let before = placed.state;
        let increase = it.direction == AdjustmentDirection::Increase;
        let (mut split, beyond) = self.split(&placed, &it.split, it.minor.get())?;
        if increase && it.split.is_empty() {
            split = Buckets([it.minor.get(), 0, 0, 0, 0, 0]);
        } else if beyond > 0 {
            return Err(refuse_at("adjustment_too_large", "/minor", "it takes off more than is owed"));
        }
        self.adjust(&mut placed, it.line, "adjustment", Some(&it.identifier), it.on, split, increase)?;
        it.account_number = it.account_number.or_else(|| number(&placed.account_number));
        let (minor, on) = (it.minor.get(), Some(it.on));
        self.booked(&placed, before, on, minor, it.into())
    }

    #[allow(clippy::too_many_arguments)]
    pub(crate) fn adjust(
        &self,
        placed: &mut Placed,
        line: Option<u64>,
        kind: &'static str,
        identifier: Option<&str>,
        on: Day,
        buckets: Buckets,
        increase: bool,
    ) -> Booked {
        let (debit, credit) = if increase { ("receivable", "adjusted") } else { ("adjusted", "receivable") };
        let it =
            Transfer { kind, identifier, on: Some(on), debit, credit, buckets, reverses: None, cause: None };
        self.transfer(placed.id, line, &it)?;
        let minor = buckets.sum()?;
        placed.balance =
            if increase { placed.balance.plus(&buckets)? } else { placed.balance.minus(&buckets)? };
        let signed = if increase { minor } else { -minor };
        placed.adjusted = placed.adjusted.checked_add(signed).ok_or(Overflow)?;
        Ok(())
    }
}
