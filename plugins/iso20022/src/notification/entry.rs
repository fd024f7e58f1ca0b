//! An entry: one booking of the bank, with one or more transactions.

use bailiwick_sdk::kit::currency::agreed_digits;
use bailiwick_sdk::value::{Currency, Day, Minor};

use super::charges::Charges;
use super::header::{day, is_true};
use crate::config::Config;
use crate::money::Decimal;
use crate::xml::Tag;

/// An amount as the file has it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Amount {
    text: String,
    currency: String,
}

impl Amount {
    /// As the file has it.
    pub(crate) fn new(text: &str, currency: &str) -> Self {
        Self { text: text.to_owned(), currency: currency.to_owned() }
    }

    /// Whether the file has none.
    pub(crate) fn is_absent(&self) -> bool {
        self.text.is_empty()
    }

    /// The text with its currency.
    pub(crate) fn as_text(&self) -> String {
        format!("{} {}", self.currency, self.text)
    }

    /// Its currency.
    pub(crate) fn currency(&self) -> Option<Currency> {
        Currency::new(&self.currency)
    }

    /// The number.
    pub(crate) fn decimal(&self) -> Option<Decimal> {
        Decimal::read(&self.text)
    }

    /// The digits of its currency.
    pub(crate) fn decimals(&self, config: &Config) -> Option<u8> {
        Some(agreed_digits(&config.currency_decimals, self.currency()?))
    }

    /// In minor units of its currency.
    pub(crate) fn minor(&self, config: &Config) -> Option<Minor> {
        self.decimal()?.minor(self.decimals(config)?)
    }
}

/// A date as the file has it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Date {
    #[default]
    Absent,
    Bad,
    Good(Day),
}

impl Date {
    /// Reads a date or a date with time.
    pub(crate) fn read(text: &str) -> Self {
        day(text).map_or(Self::Bad, Self::Good)
    }
}

/// An entry as the file has it.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) line: u64,
    /// Which entry of the file it is, from 1.
    pub(crate) number: u64,
    pub(crate) amount: Amount,
    pub(crate) charges: Charges,
    pub(crate) indicator: String,
    pub(crate) reversal: bool,
    pub(crate) status: String,
    pub(crate) booked_on: Date,
    pub(crate) value_on: Date,
    /// `AcctSvcrRef`, the bank's reference of the entry.
    pub(crate) bank_reference: String,
    /// The bank transaction code: domain, family, sub-family.
    pub(crate) code: String,
}

impl Entry {
    /// Takes a text of the entry, outside of its transactions.
    pub(crate) fn text(&mut self, path: &[Tag], text: &str, currency: &str) {
        use Tag::{
            AcctSvcrRef, Amt, BkTxCd, BookgDt, Cd, CdtDbtInd, Chrgs, Dt, DtTm, Prtry, RvslInd, Sts, ValDt,
        };
        match path {
            [Amt] => self.amount = Amount::new(text, currency),
            [Chrgs, below @ ..] => self.charges.text(below, text, currency),
            [CdtDbtInd] => self.indicator = text.to_owned(),
            [RvslInd] => self.reversal = is_true(text),
            // Since version .07 the code is one level deeper.
            [Sts] | [Sts, Cd | Prtry] => self.status = text.to_owned(),
            [BookgDt, Dt | DtTm] => self.booked_on = Date::read(text),
            [ValDt, Dt | DtTm] => self.value_on = Date::read(text),
            [AcctSvcrRef] => self.bank_reference = text.to_owned(),
            [BkTxCd, below @ ..] => add_code(&mut self.code, below, text),
            _ => {}
        }
    }
}

/// Adds a part of the bank transaction code: `PMNT-RCDT-AUTT`.
pub(crate) fn add_code(code: &mut String, path: &[Tag], text: &str) {
    use Tag::{Cd, Domn, Fmly, SubFmlyCd};
    if matches!(path, [Domn, Cd] | [Domn, Fmly, Cd] | [Domn, Fmly, SubFmlyCd]) && code.len() + text.len() < 64
    {
        if !code.is_empty() {
            code.push('-');
        }
        code.push_str(text);
    }
}
