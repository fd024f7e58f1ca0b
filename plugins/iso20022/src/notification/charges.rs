//! Charges that the bank took from an entry or a transaction.

use bailiwick_sdk::value::Currency;

use super::entry::Amount;
use super::header::is_true;
use crate::config::Config;
use crate::xml::Tag;

/// The most charges of an entry or a transaction that are read.
const RECORDS_MAX: usize = 32;

/// A charge as the file has it.
#[derive(Debug, Clone)]
struct Record {
    amount: Amount,
    indicator: String,
    included: Option<bool>,
}

impl Record {
    /// The charge for a person: `DBIT CHF 26.00 included`.
    fn as_text(&self) -> String {
        let direction = if self.indicator.is_empty() { "DBIT" } else { &self.indicator };
        let included = match self.included {
            Some(true) => " included",
            Some(false) => " not included",
            None => "",
        };
        format!("{direction} {}{included}", self.amount.as_text())
    }
}

/// The charges of an entry or a transaction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Charges {
    /// `TtlChrgsAndTaxAmt`, which counts if no single charge is listed.
    total: Amount,
    records: Vec<Record>,
    /// There are more than are read.
    more: bool,
}

/// What charges make of an amount, in minor units: debits positive, credits negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Charged {
    /// Charges that are included in the amount of the entry.
    pub(crate) included: i128,
    /// Charges of which the file does not say whether they are included.
    pub(crate) unstated: i128,
    /// Whether a charge that is included cannot be read.
    pub(crate) unclear: bool,
}

impl Charges {
    /// Takes a text below `Chrgs`. A charge is a `Rcrd`; in version .02 it is `Chrgs` itself. The amount is its first
    /// element.
    pub(crate) fn text(&mut self, path: &[Tag], text: &str, currency: &str) {
        use Tag::{Amt, CdtDbtInd, ChrgInclInd, Rcrd, TtlChrgsAndTaxAmt};
        match path {
            [TtlChrgsAndTaxAmt] => self.total = Amount::new(text, currency),
            [Amt] | [Rcrd, Amt] if self.records.len() == RECORDS_MAX => self.more = true,
            [Amt] | [Rcrd, Amt] => self.records.push(Record {
                amount: Amount::new(text, currency),
                indicator: String::new(),
                included: None,
            }),
            [CdtDbtInd] | [Rcrd, CdtDbtInd] => {
                if let Some(last) = self.last() {
                    last.indicator = text.to_owned();
                }
            }
            [Rcrd, ChrgInclInd] => {
                if let Some(last) = self.last() {
                    last.included = Some(is_true(text));
                }
            }
            _ => {}
        }
    }

    fn last(&mut self) -> Option<&mut Record> {
        if self.more { None } else { self.records.last_mut() }
    }

    /// The charges for a person, if there are any.
    pub(crate) fn as_text(&self) -> String {
        let all: Vec<String> = self.all().map(|record| record.as_text()).collect();
        all.join(", ")
    }

    /// Adds up the charges in the currency of the entry. A charge in another currency is no part of its amount,
    /// unless the file says that it is.
    pub(crate) fn sum(&self, currency: Currency, config: &Config) -> Charged {
        let mut sum = Charged { unclear: self.more, ..Charged::default() };
        for record in self.all().filter(|record| record.included != Some(false)) {
            let credit = match record.indicator.as_str() {
                "" | "DBIT" => Some(false),
                "CRDT" => Some(true),
                _ => None,
            };
            let own = record.amount.currency() == Some(currency);
            let minor = record.amount.minor(config).filter(|_| own);
            let signed = minor.zip(credit).map(|(minor, credit)| {
                let minor = i128::from(minor.get());
                if credit { -minor } else { minor }
            });
            match (signed, record.included) {
                (Some(signed), Some(_)) => sum.included += signed,
                (Some(signed), None) => sum.unstated += signed,
                (None, Some(_)) => sum.unclear = true,
                (None, None) => {}
            }
        }
        sum
    }

    fn all(&self) -> impl Iterator<Item = Record> {
        let total = Record { amount: self.total.clone(), indicator: String::new(), included: None };
        let total = (self.records.is_empty() && !self.total.is_absent()).then_some(total);
        self.records.iter().cloned().chain(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Tag::{Amt, CdtDbtInd, ChrgInclInd, Rcrd, TtlChrgsAndTaxAmt};

    fn charges(texts: &[(&[Tag], &str, &str)]) -> Charges {
        let mut charges = Charges::default();
        texts.iter().for_each(|(path, text, currency)| charges.text(path, text, currency));
        charges
    }

    fn sum(texts: &[(&[Tag], &str, &str)]) -> (i128, i128, bool) {
        let Charged { included, unstated, unclear } =
            charges(texts).sum(Currency::new("CHF").unwrap(), &Config::default());
        (included, unstated, unclear)
    }

    #[test]
    fn charges_have_a_direction_and_are_included_or_not() {
        let included: (&[Tag], _, _) = (&[Rcrd, ChrgInclInd], "true", "");
        let debit: (&[Tag], _, _) = (&[Rcrd, CdtDbtInd], "DBIT", "");
        let amount: (&[Tag], _, _) = (&[Rcrd, Amt], "26.00", "CHF");
        assert_eq!(sum(&[(&[TtlChrgsAndTaxAmt], "26.00", "CHF"), amount, debit, included]), (2600, 0, false));
        assert_eq!(sum(&[amount, (&[Rcrd, CdtDbtInd], "CRDT", ""), included]), (-2600, 0, false));
        assert_eq!(sum(&[amount, included, amount, (&[Rcrd, ChrgInclInd], "0", "")]), (2600, 0, false));
        assert_eq!(sum(&[amount, amount, included]), (2600, 2600, false));
        assert_eq!(sum(&[(&[TtlChrgsAndTaxAmt], "1.5", "CHF")]), (0, 150, false));
        // In version .02 the element is the charge.
        assert_eq!(
            sum(&[(&[Amt], "3", "CHF"), (&[CdtDbtInd], "DBIT", ""), (&[Amt], "4", "CHF")]),
            (0, 700, false)
        );
    }

    #[test]
    fn a_charge_that_cannot_be_read_matters_only_if_it_is_included() {
        for (text, currency) in [("5.00", "EUR"), ("5,00", "CHF"), ("-5.00", "CHF")] {
            let amount: (&[Tag], _, _) = (&[Rcrd, Amt], text, currency);
            assert_eq!(sum(&[amount]), (0, 0, false), "{text}");
            assert_eq!(sum(&[amount, (&[Rcrd, ChrgInclInd], "true", "")]), (0, 0, true), "{text}");
            assert_eq!(sum(&[amount, (&[Rcrd, ChrgInclInd], "false", "")]), (0, 0, false), "{text}");
        }
        let one: (&[Tag], &str, &str) = (&[Rcrd, Amt], "1", "CHF");
        let many = vec![one; RECORDS_MAX + 1];
        assert_eq!(sum(&many), (0, 3200, true));
    }

    #[test]
    fn charges_are_shown_as_the_file_has_them() {
        let texts: [(&[Tag], _, _); 3] =
            [(&[Rcrd, Amt], "26.00", "CHF"), (&[Rcrd, ChrgInclInd], "true", ""), (&[Rcrd, Amt], "1", "EUR")];
        assert_eq!(charges(&texts).as_text(), "DBIT CHF 26.00 included, DBIT EUR 1");
        assert_eq!(Charges::default().as_text(), "");
    }
}
