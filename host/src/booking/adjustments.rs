//! Balances changed without money. They earn nothing.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Adjustment, AdjustmentDirection};
use bailiwick_sdk::value::Day;

use super::draft::Draft;
use super::ledger::Transfer;
use super::record::Placed;
use super::refused::{Booked, refuse_at};
use crate::money::{Buckets, Overflow};

impl Draft<'_, '_> {
    pub(super) fn adjustment(&mut self, mut it: Adjustment) -> Booked {
        self.only_from(Side::Bank, "an adjustment")?;
        if self.seen_before(&it.account, "adjustment", &it.identifier, it.minor.get(), it.line)? {
            return Ok(());
        }
        let mut placed = self.placed_on(&it.account, it.on)?;
        let before = placed.state;
        let increase = it.direction == AdjustmentDirection::Increase;
        let (mut split, beyond) = self.split(&placed, &it.split, it.minor.get(), it.on)?;
        if increase && it.split.is_empty() {
            split = Buckets([it.minor.get(), 0, 0, 0, 0, 0]);
        } else if beyond > 0 {
            return Err(refuse_at("adjustment_too_large", "/minor", "it takes off more than is owed"));
        }
        let named = ("adjustment", Some(it.identifier.as_str()));
        self.adjust(&mut placed, it.line, named, it.on, split, increase)?;
        it.account_number = placed.number_or(it.account_number)?;
        let (minor, on) = (it.minor.get(), Some(it.on));
        self.keep_counted(placed, before, on, &it.into(), Some(minor))
    }

    /// Raises or lowers a balance; `kind` and identifier name the row.
    pub(super) fn adjust(
        &mut self,
        placed: &mut Placed,
        line: Option<u64>,
        (kind, identifier): (&'static str, Option<&str>),
        on: Day,
        buckets: Buckets,
        increase: bool,
    ) -> Booked {
        let (debit, credit) = if increase { ("receivable", "adjusted") } else { ("adjusted", "receivable") };
        self.transfer(Transfer {
            id: 0,
            placement: placed.id,
            line,
            kind,
            identifier: identifier.map(str::to_owned),
            on: Some(on),
            debit: debit.into(),
            credit: credit.into(),
            buckets,
            reverses: None,
            cause: None,
            terms: None,
        });
        let minor = buckets.sum()?;
        placed.balance =
            if increase { placed.balance.plus(&buckets)? } else { placed.balance.minus(&buckets)? };
        let signed = if increase { minor } else { -minor };
        placed.adjusted = placed.adjusted.checked_add(signed).ok_or(Overflow)?;
        Ok(())
    }
}
