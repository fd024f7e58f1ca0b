//! A day of the calendar.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A calendar day, written `YYYY-MM-DD` (RFC 3339 full-date). The engagement says in which zone the day is.
///
/// ```
/// use bailiwick_sdk::value::Day;
/// let day: Day = "2026-07-01".parse().unwrap();
/// assert_eq!(day.to_string(), "2026-07-01");
/// assert!("2026-02-31".parse::<Day>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The day, or `None` if the calendar has no such day. Years run from 1 to 9999.
    pub fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        if !(1..=9999).contains(&year) {
            return None;
        }
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().map(Self)
    }

    /// Reads `CCYYMMDD`.
    pub fn from_compact(digits: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h] = *<&[u8; 8]>::try_from(digits).ok()?;
        Self::from_digits([a, b, c, d], [e, f], [g, h])
    }

    fn from_digits(year: [u8; 4], month: [u8; 2], day: [u8; 2]) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
        let mut years = 0i16;
        for byte in year {
            years = years * 10 + i16::from(digit(byte)?);
        }
        let two = |pair: [u8; 2]| Some(digit(pair[0])? * 10 + digit(pair[1])?);
        Self::new(years, two(month)?, two(day)?)
    }

    /// As `CCYYMMDD`.
    pub fn to_compact(self) -> String {
        format!("{:04}{:02}{:02}", self.0.year(), self.0.month(), self.0.day())
    }

    /// The day as `jiff` has it, for arithmetic.
    pub fn date(self) -> Date {
        self.0
    }

    /// The text `YYYY-MM-DD`, without an allocation. A day of another year than 1 to 9999 has none that can be read.
    pub fn to_text(self) -> [u8; 10] {
        let (year, month, day) = (self.0.year(), self.0.month(), self.0.day());
        let mut text = *b"0000-00-00";
        let put = |place: &mut u8, digit: i16| *place = b'0' + u8::try_from(digit % 10).unwrap_or(0);
        put(&mut text[0], year / 1000);
        put(&mut text[1], year / 100);
        put(&mut text[2], year / 10);
        put(&mut text[3], year);
        put(&mut text[5], i16::from(month) / 10);
        put(&mut text[6], i16::from(month));
        put(&mut text[8], i16::from(day) / 10);
        put(&mut text[9], i16::from(day));
        text
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl FromStr for Day {
    type Err = DayError;
    fn from_str(text: &str) -> Result<Self, DayError> {
        let &[a, b, c, d, b'-', e, f, b'-', g, h] =
            <&[u8; 10]>::try_from(text.as_bytes()).map_err(|_| DayError)?
        else {
            return Err(DayError);
        };
        Self::from_digits([a, b, c, d], [e, f], [g, h]).ok_or(DayError)
    }
}

/// Text that is not a day of the calendar in the form `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a day of the calendar as YYYY-MM-DD")]
pub struct DayError;

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(std::str::from_utf8(&self.to_text()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl de::Visitor<'_> for Visit {
            type Value = Day;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day as YYYY-MM-DD")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Day, E> {
                text.parse().map_err(E::custom)
            }
        }
        from.deserialize_str(Visit)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date", "pattern": "^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_one_form_only() {
        for (text, good) in [
            ("2026-07-01", true),
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("2026-7-1", false),
            ("20260701", false),
            ("0000-01-01", false),
            ("2026-07-01T00:00", false),
            ("٢٠٢٦-07-01", false),
        ] {
            assert_eq!(text.parse::<Day>().is_ok(), good, "{text}");
        }
        let day = Day::from_compact(b"20260701").unwrap();
        assert_eq!(serde_json::to_string(&day).unwrap(), "\"2026-07-01\"");
        assert_eq!(day.to_compact(), "20260701");
        assert_eq!(Day::from_compact(b"20260231"), None);
    }
}
