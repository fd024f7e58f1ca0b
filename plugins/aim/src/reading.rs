//! State that the readers of records share while a file is read.

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::Problem;
use bailiwick_sdk::kit::currency::minor_digits;
use bailiwick_sdk::value::{Currency, Zone};

use crate::config::Config;
use crate::message::{Clock, Message};
use crate::money::Money;

/// The most different warnings of one file that are reported.
const WARNINGS_MAX: usize = 64;

/// The prepared configuration, and the warnings reported so far.
#[derive(Debug)]
pub(crate) struct Reading {
    /// As configured.
    pub(crate) config: Config,
    /// The money columns.
    pub(crate) money: Money,
    /// The engagement's currency: the files name none.
    pub(crate) currency: Currency,
    /// The zone of the clock that stamps the notes of this message.
    pub(crate) zone: Option<Zone>,
    /// Warnings that wait to be reported.
    pub(crate) warnings: Vec<Problem>,
    told: Vec<(&'static str, &'static str, String)>,
}

impl Reading {
    /// For a file of `message`.
    pub(crate) fn new(message: &Message, config: Config, context: &Context) -> Result<Self, Refusal> {
        Ok(Self {
            money: Money::new(&config.money_columns),
            currency: two_decimals(context.currency)?,
            zone: zone(message, &config)?,
            warnings: Vec::new(),
            told: Vec::new(),
            config,
        })
    }

    /// Warns, once for each `what` of a `group`.
    pub(crate) fn warn_once(
        &mut self,
        code: &'static str,
        group: &'static str,
        what: &str,
        line: u64,
        message: impl FnOnce() -> String,
    ) {
        let told = self.told.iter().any(|have| have.0 == code && have.1 == group && have.2 == what);
        if !told && self.told.len() < WARNINGS_MAX {
            self.told.push((code, group, what.to_owned()));
            self.warnings.push(Problem::warning(code, line, message()));
        }
    }

    /// Warns that a record holds more than is read of it.
    pub(crate) fn unread(&mut self, record: &'static str, line: u64) {
        self.warn_once("unmapped_columns", record, "", line, || {
            format!("{record} records hold data in columns that this plugin does not read; they are left out")
        });
    }

    /// Warns of a code that the configuration does not list.
    pub(crate) fn unknown_code(&mut self, table: &'static str, code: &str, line: u64) {
        self.warn_once("unknown_code", table, code, line, || {
            format!("a code that {table} does not list; add it to the configuration")
        });
    }
}

/// The zone of the clock that stamps the records of a message.
pub(crate) fn zone(message: &Message, config: &Config) -> Result<Option<Zone>, Refusal> {
    let (pointer, name) = match message.clock {
        Clock::None => return Ok(None),
        Clock::Bank => ("/bank_zone", &config.bank_zone),
        Clock::Agency => ("/agency_zone", &config.agency_zone),
    };
    Zone::named(name).map(Some).map_err(|error| Refusal::new("bad_config", error.to_string()).at(pointer))
}

/// Amounts have two digits behind the point in every currency. An amount of another currency would be wrong by a
/// factor of ten or more, so such a currency is refused.
pub(crate) fn two_decimals(currency: Currency) -> Result<Currency, Refusal> {
    /// Codes of currencies without minor units.
    const NO_UNIT: [&str; 2] = ["XAU", "XXX"];
    if minor_digits(currency) != 2 || NO_UNIT.contains(&currency.as_str()) {
        let message =
            format!("amounts of AIM files have two decimals, {currency} has not; use a currency that has");
        return Err(Refusal::new("unsupported", message));
    }
    Ok(currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_currencies_of_two_decimals_are_read() {
        for code in ["USD", "EUR", "CNY"] {
            assert!(two_decimals(Currency::new(code).unwrap()).is_ok(), "{code}");
        }
        for code in ["JPY", "UYI", "KWD", "BHD", "CLF", "UYW", "XAU", "XXX"] {
            let refusal = two_decimals(Currency::new(code).unwrap()).unwrap_err();
            assert_eq!(refusal.code, "unsupported", "{code}");
        }
    }
}
