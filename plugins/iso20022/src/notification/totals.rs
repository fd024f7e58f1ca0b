//! Control totals of the part of one account.

use bailiwick_sdk::document::{Control, Problem};
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::{Identifier, Name};

use super::entry::Entry;
use super::header::{GroupHeader, is_one_of_several};
use crate::config::Config;
use crate::fatal::{Fatal, fatal};
use crate::money::{DECIMALS_MAX, Decimal, in_minor_units};
use crate::xml::Tag;

/// The figures of `TxsSummry/TtlNtries`, and the figures that were found.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) line: u64,
    stated_count: Option<i64>,
    stated_sum: Option<Decimal>,
    count: i64,
    sum: i128,
    /// The digits of the first entry's currency, and whether all entries' currencies have as many.
    decimals: Option<u8>,
    mixed: bool,
    /// The part is one page of several.
    pub(crate) paged: bool,
}

impl Totals {
    /// Takes a text of the part.
    pub(crate) fn text(&mut self, path: &[Tag], text: &str, line: u64) -> Result<(), Fatal> {
        match path {
            [Tag::TxsSummry, Tag::TtlNtries, Tag::NbOfNtries] => {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                let count = text.parse().ok().filter(|_| digits);
                let message = "expected the number of entries as digits";
                self.stated_count = Some(count.ok_or_else(|| fatal("bad_amount", line, message))?);
            }
            [Tag::TxsSummry, Tag::TtlNtries, Tag::Sum] => {
                let message = "expected the sum of the entries as a decimal";
                let sum = Decimal::read(text).ok_or_else(|| fatal("bad_amount", line, message))?;
                self.stated_sum = Some(sum);
            }
            [Tag::NtfctnPgntn | Tag::StmtPgntn | Tag::RptPgntn, below @ ..] => {
                self.paged |= is_one_of_several(below, text)
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts an entry, also if it is refused or not booked.
    pub(crate) fn add(&mut self, entry: &Entry, config: &Config) {
        self.count += 1;
        if let Some(amount) = entry.amount.decimal() {
            self.sum = self.sum.saturating_add(amount.0);
        }
        if let Some(decimals) = entry.amount.decimals(config) {
            self.mixed |= self.decimals.is_some_and(|first| first != decimals);
            self.decimals = Some(self.decimals.unwrap_or(decimals));
        }
    }

    /// Emits the controls at the end of the part.
    pub(crate) fn close(&mut self, header: &GroupHeader, out: &mut Output) -> Result<(), Fatal> {
        let there = self.stated_count.is_some() || self.stated_sum.is_some();
        if there && (self.paged || header.paged) {
            let message =
                "the totals may be of all pages of the message; they are not compared with this one";
            out.emit(Problem::warning("totals_not_checked", self.line, message));
            return Ok(());
        }
        if let Some(stated) = self.stated_count {
            out.emit(control("entry_count_mismatch", "entries", self.line, stated, self.count)?);
        }
        if let Some(stated) = self.stated_sum {
            let decimals = if self.mixed { DECIMALS_MAX } else { self.decimals.unwrap_or(2) };
            let too_large = || fatal("bad_amount", self.line, "the sum of the entries is too large");
            let [stated, found] = in_minor_units([stated.0, self.sum], decimals)
                .map(|sum| i64::try_from(sum).map_err(|_| too_large()));
            let (stated, found) = (stated?, found?);
            out.emit(control("entry_amount_mismatch", "entry amounts", self.line, stated, found)?);
        }
        Ok(())
    }
}

/// A control, by the code of the problem that it makes and its name.
pub(crate) fn control(code: &str, what: &str, line: u64, stated: i64, found: i64) -> Result<Control, Fatal> {
    let names = Identifier::new(code).ok().zip(Name::trimmed(what));
    let (code, what) = names.ok_or_else(|| fatal("bad_amount", line, "a control total has no name"))?;
    let mut control = Control::new(code, what, stated, found);
    control.line = Some(line);
    Ok(control)
}
