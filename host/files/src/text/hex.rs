//! Bytes as hexadecimal digits, and back.

/// Two lower-case digits a byte.
///
/// ```
/// use bailiwick_files::text::{hex, unhex};
/// assert_eq!(hex(&[0x0a, 0xff]), "0aff");
/// assert_eq!(unhex("0aFF"), Some(vec![0x0a, 0xff]));
/// ```
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// The bytes of hexadecimal digits, in lower or upper case. `None` if a character is no digit, or the number
/// of digits is odd.
pub fn unhex(digits: &str) -> Option<Vec<u8>> {
    let half = |digit: u8| char::from(digit).to_digit(16).and_then(|half| u8::try_from(half).ok());
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(half(*high)? << 4 | half(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_back_and_nothing_else_is() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&all)), Some(all));
        for wrong in ["a", "0g", "+f", "-1", " 1", "é"] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
    }
}
