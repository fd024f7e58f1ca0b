//! Amounts as XML Schema decimals, exactly.

use bailiwick_sdk::value::Minor;

/// Digits behind the point that ISO 20022 allows in any amount.
pub(crate) const DECIMALS_MAX: u8 = 5;

/// A decimal of at most five digits behind the point, in units of 0.00001.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Decimal(pub(crate) i128);

impl Decimal {
    /// Reads an XML Schema decimal that is not negative. Amounts of ISO 20022 have at most 18 digits.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.trim_start_matches('0');
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let any = text.bytes().any(|byte| byte.is_ascii_digit());
        if !any || !digits(whole) || !digits(fraction) || whole.len() > 18 || fraction.len() > 5 {
            return None;
        }
        let padding = std::iter::repeat_n(b'0', usize::from(DECIMALS_MAX) - fraction.len());
        let all = whole.bytes().chain(fraction.bytes()).chain(padding);
        Some(Self(all.fold(0, |number, byte| number * 10 + i128::from(byte - b'0'))))
    }

    /// The amount in minor units of a currency with this many digits; none if it has more digits or is too
    /// large.
    pub(crate) fn minor(self, decimals: u8) -> Option<Minor> {
        let unit = 10i128.pow(u32::from(DECIMALS_MAX.saturating_sub(decimals)));
        if self.0 % unit != 0 {
            return None;
        }
        i64::try_from(self.0 / unit).ok().and_then(Minor::new)
    }
}

/// Two sums in minor units of a currency with this many digits, or in units of 0.00001 if one of them has more
/// digits.
pub(crate) fn in_minor_units(sums: [i128; 2], decimals: u8) -> [i128; 2] {
    let unit = 10i128.pow(u32::from(DECIMALS_MAX.saturating_sub(decimals)));
    if sums.iter().all(|sum| sum % unit == 0) { sums.map(|sum| sum / unit) } else { sums }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        for (text, decimals, minor) in [
            ("500.00", 2, Some(50_000)),
            ("200000", 2, Some(20_000_000)),
            ("3.1", 2, Some(310)),
            ("3.10000", 2, Some(310)),
            ("0.05", 2, Some(5)),
            (".5", 2, Some(50)),
            ("5.", 2, Some(500)),
            ("007", 0, Some(7)),
            ("7.250", 3, Some(7250)),
            ("0", 2, Some(0)),
            ("3.125", 2, None),
            ("1.5", 0, None),
            ("-1.00", 2, None),
            ("+1.00", 2, None),
            ("1,00", 2, None),
            ("1e3", 2, None),
            ("1.0.0", 2, None),
            ("", 2, None),
            (".", 2, None),
            ("NaN", 2, None),
            ("1.123456", 5, None),
            ("99999999999999999999", 2, None),
            ("999999999999999999", 2, None),
        ] {
            let found = Decimal::read(text).and_then(|amount| amount.minor(decimals)).map(Minor::get);
            assert_eq!(found, minor, "{text} {decimals}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[-+0-9.eE ]{0,40}", decimals in 0u8..=5) {
            let _ = Decimal::read(&text).and_then(|amount| amount.minor(decimals));
        }
    }
}
