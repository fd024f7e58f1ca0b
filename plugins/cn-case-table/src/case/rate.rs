//! Commission rates: percent as text, parts per million in documents.

const PPM_MAX: u32 = 1_000_000;

/// Reads a percentage with at most four digits behind the point, from 0 to 100, into parts per
/// million, and whether [`format`] writes the same text.
pub(super) fn parse(text: &str) -> Option<(u32, bool)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 4 {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    let scale = 10u32.pow(4 - u32::try_from(fraction.len()).ok()?);
    let fraction: u32 = fraction.parse::<u32>().ok()?.checked_mul(scale)?;
    let ppm = whole.checked_mul(10_000)?.checked_add(fraction)?;
    let plain = matches!(text.as_bytes(), [_, b'.', _, _] | [b'1'..=b'9', .., b'.', _, _]);
    (ppm <= PPM_MAX).then_some((ppm, plain))
}

/// Writes parts per million as a percentage with two digits behind the point, four if it needs them.
pub(super) fn format(ppm: u32) -> String {
    let (whole, fraction) = (ppm / 10_000, ppm % 10_000);
    if fraction % 100 == 0 {
        format!("{whole}.{:02}", fraction / 100)
    } else {
        format!("{whole}.{fraction:04}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_parts_per_million() {
        for (text, ppm, plain) in [
            ("12.50", 125_000, true),
            ("0.05", 500, true),
            ("100.00", 1_000_000, true),
            ("12.5", 125_000, false),
            ("8", 80_000, false),
            ("08.00", 80_000, false),
            ("1.2345", 12_345, false),
        ] {
            assert_eq!(parse(text), Some((ppm, plain)), "{text}");
            if plain {
                assert_eq!(format(ppm), text);
            }
        }
        for text in ["", "12.", ".5", "-1.00", "100.01", "12.34567", "12%", "1e1", "99999999999"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&format(12_345)).map(|(ppm, _)| ppm), Some(12_345));
    }
}
