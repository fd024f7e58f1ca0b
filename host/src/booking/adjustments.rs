//! Balances changed without money. They earn nothing.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Adjustment, AdjustmentDirection};
use bailiwick_sdk::value::Day;

use super::draft::Draft;
use super::ledger::Transfer;
use super::payments::stated;
use super::record::Placed;
use super::refused::{Booked, refuse_at};
use super::repeats::Said;
use super::windows::Dated;
use crate::money::{Buckets, Overflow};

impl Draft<'_, '_> {
    pub(super) fn adjustment(&mut self, mut it: Adjustment) -> Booked {
        self.only_from(Side::Bank, "an adjustment")?;
        if self.repeats(&it.identifier, Said::of_adjustment(&it)?, it.line)? {
            return Ok(());
        }
        self.not_ahead(("/on", it.on))?;
        stated(&it.split, it.minor.get())?;
        let mut placed = self.placed_on(&it.account, it.on)?;
        self.within(Dated::Money, ("/on", it.on), Some(&placed), it.line)?;
        let before = placed.state;
        let increase = it.direction == AdjustmentDirection::Increase;
        let (mut split, _) = self.split(&placed, &it.split, it.minor.get(), it.on)?;
        if !increase {
            takes_off_what_is_owed(&placed.balance, &split, it.minor.get())?;
        } else if it.split.is_empty() {
            split = Buckets([it.minor.get(), 0, 0, 0, 0, 0]);
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
            matched_by: None,
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

/// Refuses an adjustment that takes more off a bucket than is owed in it. A credit in one bucket lets nothing be taken
/// off another.
fn takes_off_what_is_owed(balance: &Buckets, split: &Buckets, minor: i64) -> Booked {
    let owed = Buckets(balance.0.map(|part| part.max(0)));
    if minor > owed.sum()? {
        return Err(refuse_at("adjustment_too_large", "/minor", "it takes off more than is owed"));
    }
    if split.0.iter().zip(owed.0).any(|(part, owed)| *part > owed) {
        let message = "it takes more off a bucket than is owed in it";
        return Err(refuse_at("adjustment_too_large", "/split", message));
    }
    Ok(())
}
