//! Rates in parts per million, and the rules by which a product becomes whole minor units.

use bailiwick_sdk::kit::amount;
use serde::{Deserialize, Deserializer, Serialize, de};

/// A rate in parts per million: 12.5 % is 125,000. Never above 100 %.
///
/// ```
/// use bailiwick_host::money::Rate;
/// assert_eq!("12.5".parse::<Rate>().unwrap().ppm(), 125_000);
/// assert!("12.34567".parse::<Rate>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(transparent)]
pub struct Rate(u32);

/// Text that is not a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a percentage from \"0\" to \"100\" with at most four digits behind the point, such as \"12.5\""
)]
pub struct RateError;

/// The most digits of a percentage behind the point: the last digit counts parts per million.
const DECIMALS: usize = 4;

impl Rate {
    /// The whole, 100 %, in parts per million.
    pub const WHOLE: u32 = 1_000_000;
    /// 0 %.
    pub const ZERO: Self = Self(0);

    /// The rate of `ppm` parts per million, or `None` above 100 %.
    pub fn from_ppm(ppm: u32) -> Option<Self> {
        (ppm <= Self::WHOLE).then_some(Self(ppm))
    }

    /// Parts per million.
    pub fn ppm(self) -> u32 {
        self.0
    }

    /// The part of an amount, in millionths of a minor unit: exact.
    pub fn of(self, minor: i64) -> i128 {
        i128::from(minor) * i128::from(self.0)
    }
}

impl std::str::FromStr for Rate {
    type Err = RateError;
    fn from_str(text: &str) -> Result<Self, RateError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.len() > DECIMALS {
            return Err(RateError);
        }
        let ppm = amount::parse(format!("{whole}.{fraction:0<DECIMALS$}").as_bytes(), DECIMALS);
        ppm.ok().and_then(|ppm| u32::try_from(ppm).ok()).and_then(Self::from_ppm).ok_or(RateError)
    }
}

/// As a percentage.
impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = amount::format(i64::from(self.0), 4);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // Text, because a TOML number with a point is a float.
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// How a fraction of a minor unit is rounded. The contract names the rule; there is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a half to the even one.
    HalfEven,
    /// To the nearest; a half away from zero.
    HalfAway,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

impl Rounding {
    /// The quotient as a whole number. The divisor is above zero.
    pub fn divide(self, dividend: i128, divisor: i128) -> i128 {
        assert!(divisor > 0, "a divisor is above zero");
        let (whole, rest) = (dividend / divisor, dividend % divisor);
        let away = if dividend < 0 { -1 } else { 1 };
        let twice = rest.abs() * 2;
        let up = match self {
            Self::Down => false,
            Self::Up => rest != 0,
            Self::HalfAway => twice >= divisor,
            Self::HalfEven => twice > divisor || twice == divisor && whole % 2 != 0,
        };
        if up { whole + away } else { whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_percentage_is_read_exactly() {
        let cases = [
            ("0", 0),
            ("14.13", 141_300),
            ("37", 370_000),
            ("0.0001", 1),
            ("100", 1_000_000),
            ("100.0000", 1_000_000),
        ];
        for (text, ppm) in cases {
            assert_eq!(text.parse::<Rate>().map(Rate::ppm), Ok(ppm), "{text}");
        }
        for text in ["", ".", "5.", ".5", "-1", "100.0001", "12,5", "1e1", "12.34567", "12.5 %"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
        }
        assert_eq!("14.1300".parse::<Rate>().unwrap().to_string(), "14.13");
        assert_eq!(Rate::from_ppm(200_000).unwrap().to_string(), "20");
    }

    #[test]
    fn each_rule_rounds_as_it_says() {
        use Rounding::{Down, HalfAway, HalfEven, Up};
        // Divided by 10: the dividend, then the quotient by each rule.
        let cases = [
            (4, 0, 0, 0, 1),
            (5, 0, 1, 0, 1),
            (6, 1, 1, 0, 1),
            (15, 2, 2, 1, 2),
            (25, 2, 3, 2, 3),
            (-5, 0, -1, 0, -1),
            (-15, -2, -2, -1, -2),
            (20, 2, 2, 2, 2),
        ];
        for (dividend, even, away, down, up) in cases {
            let found = [HalfEven, HalfAway, Down, Up].map(|rule| rule.divide(dividend, 10));
            assert_eq!(found, [even, away, down, up], "{dividend}");
        }
    }

    proptest! {
        #[test]
        fn no_rule_is_off_by_a_whole_unit(dividend in -1_000_000_000_000i128..1_000_000_000_000, divisor in 1i128..10_000_000) {
            for rule in [Rounding::HalfEven, Rounding::HalfAway, Rounding::Down, Rounding::Up] {
                let found = rule.divide(dividend, divisor);
                prop_assert!((found * divisor - dividend).abs() < divisor);
                prop_assert_eq!(rule.divide(-dividend, divisor), -found);
            }
        }
    }
}
