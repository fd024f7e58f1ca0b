//! Digits behind the point, by currency.

use std::collections::BTreeMap;

use bailiwick_sdk::value::{Currency, Text};

/// Currencies of ISO 4217 without minor units.
const NONE: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF",
];
/// Currencies of ISO 4217 with three digits.
const THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// Units of account of ISO 4217 with four digits.
const FOUR: [&str; 2] = ["CLF", "UYW"];

/// Digits behind the point, by currency.
#[derive(Debug)]
pub(crate) struct Decimals {
    configured: BTreeMap<Text<3>, u8>,
    last: (Currency, u8),
}

impl Decimals {
    /// The most that a currency has.
    pub(crate) const MAX: u8 = 4;

    /// With what the configuration says otherwise.
    pub(crate) fn new(configured: BTreeMap<Text<3>, u8>) -> Self {
        let digits = find(&configured, Currency::USD);
        Self { configured, last: (Currency::USD, digits) }
    }

    /// The digits of a currency; two if nobody says otherwise.
    pub(crate) fn of(&mut self, currency: Currency) -> u8 {
        if self.last.0 != currency {
            self.last = (currency, find(&self.configured, currency));
        }
        self.last.1
    }
}

fn find(configured: &BTreeMap<Text<3>, u8>, currency: Currency) -> u8 {
    let code = currency.as_str();
    let own = configured.iter().find(|(name, _)| name.as_str() == code).map(|(_, digits)| *digits);
    own.unwrap_or_else(|| match code {
        code if NONE.contains(&code) => 0,
        code if THREE.contains(&code) => 3,
        code if FOUR.contains(&code) => 4,
        _ => 2,
    })
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
