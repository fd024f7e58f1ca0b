//! Digits behind the point, by currency.

use std::collections::BTreeMap;

use bailiwick_sdk::kit::currency::{MINOR_DIGITS_MAX, agreed_digits};
use bailiwick_sdk::value::{Currency, Text};

/// Digits behind the point, by currency.
#[derive(Debug)]
pub(crate) struct Decimals {
    configured: BTreeMap<Text<3>, u8>,
    last: (Currency, u8),
}

impl Decimals {
    /// The most digits of a currency.
    pub(crate) const MAX: u8 = MINOR_DIGITS_MAX;

    /// The table with the configuration's exceptions.
    pub(crate) fn new(configured: BTreeMap<Text<3>, u8>) -> Self {
        let digits = agreed_digits(&configured, Currency::USD);
        Self { configured, last: (Currency::USD, digits) }
    }

    /// The digits of a currency; two if neither the configuration nor the table has it.
    pub(crate) fn of(&mut self, currency: Currency) -> u8 {
        if self.last.0 != currency {
            self.last = (currency, agreed_digits(&self.configured, currency));
        }
        self.last.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_comes_before_the_table() {
        let configured = BTreeMap::from([(Text::new("JPY").unwrap(), 2)]);
        let mut decimals = Decimals::new(configured);
        for (code, digits) in [("USD", 2), ("KWD", 3), ("KRW", 0), ("JPY", 2), ("CLF", 4), ("USD", 2)] {
            assert_eq!(decimals.of(Currency::new(code).unwrap()), digits, "{code}");
        }
    }
}
