//! Amounts as text.

/// Text that is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// There is no digit, or a character that no amount has.
    #[error("not a number")]
    NotANumber,
    /// There are more or fewer digits behind the point than the currency has.
    #[error("wrong number of digits behind the decimal point")]
    Decimals,
    /// It does not fit.
    #[error("too large")]
    TooLarge,
}

/// Reads decimal text with exactly `decimals` digits behind the point into minor units. A minus
/// sign may stand in front; there is no other sign, no grouping and no exponent. No float is involved.
///
/// ```
/// use bailiwick_sdk::kit::amount;
/// assert_eq!(amount::parse(b"000001234.56", 2), Ok(123_456));
/// assert_eq!(amount::parse(b"-0.05", 2), Ok(-5));
/// assert_eq!(amount::parse(b"12.5", 2), Err(amount::AmountError::Decimals));
/// ```
///
/// # Errors
/// [`AmountError`] says what is wrong; it never repeats the text.
pub fn parse(text: &[u8], decimals: usize) -> Result<i64, AmountError> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (digits.get(..at).unwrap_or_default(), digits.get(at + 1..).unwrap_or_default()),
        None => (digits, &[][..]),
    };
    if whole.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(AmountError::NotANumber);
    }
    if fraction.len() != decimals || (decimals == 0 && point.is_some()) {
        return Err(AmountError::Decimals);
    }
    let mut minor = 0i64;
    for byte in whole.iter().chain(fraction) {
        minor = minor
            .checked_mul(10)
            .and_then(|minor| minor.checked_add(i64::from(byte - b'0')))
            .ok_or(AmountError::TooLarge)?;
    }
    Ok(if negative { -minor } else { minor })
}

/// Writes minor units as decimal text: `1234.56`, `-0.05`, `500` for a currency without minor units.
///
/// ```
/// assert_eq!(bailiwick_sdk::kit::amount::format(-5, 2), "-0.05");
/// assert_eq!(bailiwick_sdk::kit::amount::format(500, 0), "500");
/// ```
pub fn format(minor: i64, decimals: u32) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let scale = 10u64.saturating_pow(decimals);
    let minor = minor.unsigned_abs();
    if decimals == 0 {
        return format!("{sign}{minor}");
    }
    format!("{sign}{}.{:0width$}", minor / scale, minor % scale, width = decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_plain_decimal_text() {
        for (text, error) in [
            ("", AmountError::NotANumber),
            ("-", AmountError::NotANumber),
            (".50", AmountError::NotANumber),
            ("N/A", AmountError::NotANumber),
            ("1e3", AmountError::NotANumber),
            ("+1.00", AmountError::NotANumber),
            ("1,000.00", AmountError::NotANumber),
            ("--1.00", AmountError::NotANumber),
            ("1.0.0", AmountError::NotANumber),
            ("1", AmountError::Decimals),
            ("1.", AmountError::Decimals),
            ("1.234", AmountError::Decimals),
            ("99999999999999999999.00", AmountError::TooLarge),
        ] {
            assert_eq!(parse(text.as_bytes(), 2), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_comes_back(minor in -crate::value::MINOR_MAX..=crate::value::MINOR_MAX, decimals in 0u32..4) {
            prop_assert_eq!(parse(format(minor, decimals).as_bytes(), decimals as usize), Ok(minor));
        }
    }
}
