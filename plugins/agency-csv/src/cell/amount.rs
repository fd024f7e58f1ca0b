//! Amounts and rates as decimal text.

use bailiwick_sdk::kit::amount;
use bailiwick_sdk::value::Minor;

use super::Fault;

/// Reads an amount with exactly the digits of its currency behind the point.
pub(crate) fn read_amount(text: &str, decimals: u8) -> Result<Minor, Fault> {
    let fault = Fault::new(
        "bad_amount",
        "expected an amount with a point and the digits of its currency behind it, such as 1234.50 for USD",
    );
    amount::parse(text.as_bytes(), usize::from(decimals)).ok().and_then(Minor::new).ok_or(fault)
}

/// Writes an amount with the digits of its currency behind the point.
pub(crate) fn write_amount(cell: &mut Vec<u8>, minor: Minor, decimals: u8) {
    let mut digits = [b'0'; 24];
    let mut left = minor.get().unsigned_abs();
    let mut used = 0;
    for place in digits.iter_mut().rev() {
        if left == 0 && used > usize::from(decimals) {
            break;
        }
        *place = b'0' + (left % 10) as u8;
        left /= 10;
        used += 1;
    }
    let number = digits.get(digits.len() - used..).unwrap_or_default();
    let (whole, fraction) = number.split_at(used.saturating_sub(usize::from(decimals)));
    if minor.get() < 0 {
        cell.push(b'-');
    }
    cell.extend_from_slice(whole);
    if decimals > 0 {
        cell.push(b'.');
        cell.extend_from_slice(fraction);
    }
}

/// Reads a rate in percent into parts per million: `12.5` is 125,000. At most four digits stand
/// behind the point.
pub(crate) fn read_percent(text: &str) -> Result<u32, Fault> {
    let fault = Fault::new("bad_amount", "expected percent with at most four digits behind a point");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 4 || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return Err(fault);
    }
    let mut ppm = 0u32;
    for byte in whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', 4 - fraction.len())) {
        ppm = ppm
            .checked_mul(10)
            .and_then(|ppm| ppm.checked_add(u32::from(byte - b'0')))
            .ok_or_else(|| fault.clone())?;
    }
    Ok(ppm)
}

/// Writes parts per million as percent, with as few digits as possible.
pub(crate) fn write_percent(cell: &mut Vec<u8>, ppm: u32) {
    let text = amount::format(i64::from(ppm), 4);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    cell.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::value::MINOR_MAX;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn amounts_are_written_as_the_kit_does_and_come_back(
            minor in prop_oneof![-2000i64..2000, -MINOR_MAX..=MINOR_MAX], decimals in 0u8..5
        ) {
            let mut cell = Vec::new();
            write_amount(&mut cell, Minor::new(minor).unwrap(), decimals);
            let text = String::from_utf8(cell).unwrap();
            prop_assert_eq!(&text, &amount::format(minor, u32::from(decimals)));
            prop_assert_eq!(read_amount(&text, decimals).unwrap().get(), minor);
        }

        #[test]
        fn rates_come_back(ppm in any::<u32>()) {
            let mut cell = Vec::new();
            write_percent(&mut cell, ppm);
            prop_assert_eq!(read_percent(std::str::from_utf8(&cell).unwrap()), Ok(ppm));
        }
    }

    #[test]
    fn rates_are_plain_percent() {
        let mut cell = Vec::new();
        write_percent(&mut cell, 125_000);
        assert_eq!(cell, b"12.5");
        for bad in ["", ".5", "12.", "12,5", "-1", "1.23456", "+1", "99999999999"] {
            assert!(read_percent(bad).is_err(), "{bad}");
        }
        assert_eq!(read_percent("30"), Ok(300_000));
    }
}
