//! How many digits a currency has behind the point.

use std::collections::BTreeMap;

use crate::value::{Currency, Text};

/// Currencies of ISO 4217 without minor units.
const NONE: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF",
];
/// Currencies of ISO 4217 with three digits.
const THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// Units of account of ISO 4217 with four digits.
const FOUR: [&str; 2] = ["CLF", "UYW"];

/// The most digits that a currency of ISO 4217 has.
pub const MINOR_DIGITS_MAX: u8 = 4;

/// Digits behind the point by ISO 4217; two for a code that it does not list or for which it gives none.
///
/// ```
/// use bailiwick_sdk::kit::currency::minor_digits;
/// use bailiwick_sdk::value::Currency;
/// assert_eq!(minor_digits(Currency::USD), 2);
/// assert_eq!(Currency::new("JPY").map(minor_digits), Some(0));
/// ```
pub fn minor_digits(currency: Currency) -> u8 {
    match currency.as_str() {
        code if NONE.contains(&code) => 0,
        code if THREE.contains(&code) => 3,
        code if FOUR.contains(&code) => 4,
        _ => 2,
    }
}

/// Digits behind the point: those that two sides agreed on for the currency, otherwise those of ISO 4217.
///
/// ```
/// use bailiwick_sdk::kit::currency::agreed_digits;
/// use bailiwick_sdk::value::{Currency, Text};
/// let agreed = [(Text::new("CHF").unwrap(), 3)].into();
/// assert_eq!(Currency::new("CHF").map(|currency| agreed_digits(&agreed, currency)), Some(3));
/// assert_eq!(agreed_digits(&agreed, Currency::CNY), 2);
/// ```
pub fn agreed_digits(agreed: &BTreeMap<Text<3>, u8>, currency: Currency) -> u8 {
    let code = currency.as_str();
    let own = agreed.iter().find(|(name, _)| name.as_str() == code).map(|(_, digits)| *digits);
    own.unwrap_or_else(|| minor_digits(currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_have_the_digits_of_iso_4217() {
        for (codes, digits) in [
            (&["BIF", "CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XPF"][..], 0),
            (&["AED", "CHF", "CNY", "EUR", "GBP", "HKD", "HUF", "TWD", "USD", "ZZZ"], 2),
            (&["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
            (&["CLF", "UYW"], MINOR_DIGITS_MAX),
        ] {
            for code in codes {
                assert_eq!(minor_digits(Currency::new(code).unwrap()), digits, "{code}");
            }
        }
    }

    #[test]
    fn agreed_digits_come_before_the_table() {
        let agreed = BTreeMap::from([(Text::new("JPY").unwrap(), 2), (Text::new("EUR").unwrap(), 0)]);
        let digits = |code| agreed_digits(&agreed, Currency::new(code).unwrap());
        assert_eq!(["JPY", "EUR", "KRW", "KWD", "USD"].map(digits), [2, 0, 0, 3, 2]);
    }
}
