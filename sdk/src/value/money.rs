//! Money: whole minor units of a named currency, never a float.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

use super::Code;

/// The largest amount of a document, in minor units: 2^53 − 1, which every JSON reader holds exactly.
pub const MINOR_MAX: i64 = 9_007_199_254_740_991;

/// An amount in minor units (cents, 分) of the document's currency. JSON: an integer, written
/// without fraction or exponent, between −(2^53 − 1) and 2^53 − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Minor(i64);

impl Minor {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// The amount, or `None` beyond [`MINOR_MAX`].
    pub fn new(minor: i64) -> Option<Self> {
        (-MINOR_MAX..=MINOR_MAX).contains(&minor).then_some(Self(minor))
    }

    /// The minor units.
    pub fn get(self) -> i64 {
        self.0
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` beyond [`MINOR_MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::new)
    }

    /// The same amount with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self(-self.0)
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Minor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let minor = i64::deserialize(from)?;
        Self::new(minor).ok_or_else(|| de::Error::custom("an amount in minor units is within ±(2^53 - 1)"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Minor {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Minor".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": -MINOR_MAX, "maximum": MINOR_MAX })
    }
}

/// The sum of amounts, or `None` beyond [`MINOR_MAX`].
pub fn sum(amounts: impl IntoIterator<Item = Minor>) -> Option<Minor> {
    let mut total = 0i128;
    for amount in amounts {
        total += i128::from(amount.0);
    }
    i64::try_from(total).ok().and_then(Minor::new)
}

/// An ISO 4217 alphabetic code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Renminbi.
    pub const CNY: Self = Self(*b"CNY");

    /// The code if it is three capital letters.
    pub fn new(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl de::Visitor<'_> for Visit {
            type Value = Currency;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an ISO 4217 code of three capital letters")
            }
            fn visit_str<E: de::Error>(self, code: &str) -> Result<Currency, E> {
                Currency::new(code).ok_or_else(|| E::invalid_value(de::Unexpected::Str(code), &self))
            }
        }
        from.deserialize_str(Visit)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Currency {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$" })
    }
}

/// The kind of a part of a balance or payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Bucket {
    /// Principal (本金).
    Principal,
    /// Interest (利息).
    Interest,
    /// Penalty interest (罚息).
    Penalty,
    /// Late fee (滞纳金, 违约金).
    LateFee,
    /// Costs of collection or court.
    Costs,
    /// Anything else; `code` says what.
    Other,
}

crate::value::strict!(Bucket);

impl Bucket {
    /// Every bucket, in the order of the ledger's columns.
    pub const ALL: [Self; 6] =
        [Self::Principal, Self::Interest, Self::Penalty, Self::LateFee, Self::Costs, Self::Other];
}

/// A part of a balance or payment. Parts sum to the whole; parts of zero are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The kind of the part.
    pub bucket: Bucket,
    /// The sender's own column or code, such as `other4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// How much, in minor units.
    pub minor: Minor,
}
