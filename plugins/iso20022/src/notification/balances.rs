//! The booked balances of a statement: the opening balance and the booked entries make the closing balance.

use bailiwick_sdk::document::Problem;
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::{Currency, Day};

use super::entry::{Amount, Date, Entry};
use super::totals::control;
use crate::config::{BalanceBy, Config};
use crate::fatal::{Fatal, fatal};
use crate::money::in_minor_units;
use crate::xml::Tag;

/// A balance as the file has it.
#[derive(Debug, Default)]
struct Balance {
    line: u64,
    kind: String,
    amount: Amount,
    indicator: String,
    on: Date,
}

/// A booked balance that was read.
#[derive(Debug, Clone, Copy)]
struct Booked {
    line: u64,
    currency: Currency,
    /// In units of 0.00001; below zero if the account is overdrawn.
    sum: i128,
    on: Option<Day>,
    /// Whether it is the closing balance of the statement before (`PRCD`).
    previous: bool,
}

/// The booked balances of a statement, and the entries between them.
#[derive(Debug, Default)]
pub(crate) struct Balances {
    current: Balance,
    opening: Option<Booked>,
    closing: Option<Booked>,
    /// The currency of the entries and their sum, credits less debits.
    currency: Option<Currency>,
    sum: i128,
    /// Whether a balance or an entry cannot be read, or the entries have several currencies.
    unclear: bool,
}

impl Balances {
    /// `Bal` begins.
    pub(crate) fn open(&mut self, line: u64) {
        self.current = Balance { line, ..Balance::default() };
    }

    /// Takes a text of a balance.
    pub(crate) fn text(&mut self, path: &[Tag], text: &str, currency: &str) {
        use Tag::{Amt, Cd, CdOrPrtry, CdtDbtInd, Dt, DtTm, Tp};
        let it = &mut self.current;
        match path {
            [Tp, CdOrPrtry, Cd] => it.kind = text.to_owned(),
            [Amt] => it.amount = Amount::new(text, currency),
            [CdtDbtInd] => it.indicator = text.to_owned(),
            [Dt, Dt | DtTm] => it.on = Date::read(text),
            _ => {}
        }
    }

    /// `Bal` ends. Of several opening balances the earliest counts, of several closing balances the latest; `OPBD`
    /// before `PRCD`, which is the closing balance of the statement before.
    pub(crate) fn close(&mut self) {
        let it = std::mem::take(&mut self.current);
        let previous = it.kind == "PRCD";
        let opens = previous || it.kind == "OPBD";
        if !opens && it.kind != "CLBD" {
            return;
        }
        let Some(booked) = it.booked(previous) else {
            self.unclear = true;
            return;
        };
        if opens {
            let better = |best: &Booked| (booked.previous, booked.on) < (best.previous, best.on);
            if self.opening.as_ref().is_none_or(better) {
                self.opening = Some(booked);
            }
        } else if self.closing.as_ref().is_none_or(|best| booked.on >= best.on) {
            self.closing = Some(booked);
        }
    }

    /// Adds an entry, if it is booked.
    pub(crate) fn add(&mut self, entry: &Entry, config: &Config) {
        if entry.status != "BOOK" {
            return;
        }
        let closed_on = self.closing.and_then(|closing| closing.on);
        if config.balance_by == BalanceBy::Value
            && let (Date::Good(value_on), Some(closed_on)) = (entry.value_on, closed_on)
            && value_on > closed_on
        {
            return;
        }
        let signed = signed(&entry.amount, &entry.indicator);
        let (Some(currency), Some(signed)) = (entry.amount.currency(), signed) else {
            self.unclear = true;
            return;
        };
        self.unclear |= self.currency.is_some_and(|first| first != currency);
        self.currency = Some(currency);
        self.sum = self.sum.saturating_add(signed);
    }

    /// Emits the control at the end of the statement, or a warning if it has no balances to compare.
    pub(crate) fn finish(
        &mut self,
        line: u64,
        paged: bool,
        config: &Config,
        out: &mut Output,
    ) -> Result<(), Fatal> {
        let both = self.opening.zip(self.closing).filter(|(opening, closing)| {
            let currency = closing.currency;
            opening.currency == currency && self.currency.is_none_or(|of_entries| of_entries == currency)
        });
        let Some((opening, closing)) = both.filter(|_| !self.unclear && !paged) else {
            let message = "the statement is one page of several, or has no opening or closing booked balance in the \
                           currency of its entries; its balances are not compared";
            out.emit(Problem::warning("balances_not_checked", line, message));
            return Ok(());
        };
        let found = opening.sum.saturating_add(self.sum);
        let decimals = Amount::new("", closing.currency.as_str()).decimals(config).unwrap_or(2);
        let too_large = || fatal("bad_amount", closing.line, "a balance is too large");
        let [stated, found] = in_minor_units([closing.sum, found], decimals)
            .map(|sum| i64::try_from(sum).map_err(|_| too_large()));
        out.emit(control("balance_mismatch", "the closing balance", closing.line, stated?, found?)?);
        Ok(())
    }
}

impl Balance {
    fn booked(&self, previous: bool) -> Option<Booked> {
        let on = match self.on {
            Date::Good(day) => Some(day),
            Date::Absent => None,
            Date::Bad => return None,
        };
        let sum = signed(&self.amount, &self.indicator)?;
        Some(Booked { line: self.line, currency: self.amount.currency()?, sum, on, previous })
    }
}

/// An amount with the sign of its direction, in units of 0.00001.
fn signed(amount: &Amount, indicator: &str) -> Option<i128> {
    let sum = amount.decimal()?.0;
    match indicator {
        "CRDT" => Some(sum),
        "DBIT" => Some(-sum),
        _ => None,
    }
}
