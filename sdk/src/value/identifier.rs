//! Names that programs give to things.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// A name that a program gives to something, such as the code of a problem: a small letter, then up to 63 small
/// letters, digits, `_`, `.` and `-`. Identifiers appear unchanged in logs and reports, so text of any other form,
/// such as a card number, is refused: it may be personal.
///
/// ```
/// use bailiwick_sdk::value::Identifier;
/// assert!(Identifier::new("bad_amount").is_ok());
/// assert!(Identifier::new("4111111111111111").is_err());
/// assert!(Identifier::new("Müller").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Identifier(String);

/// Text that is not an identifier. The text is not repeated: it may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a small letter, then up to 63 small letters, digits, `_`, `.` and `-`")]
pub struct IdentifierError;

impl Identifier {
    /// The longest identifier, in bytes.
    pub const MAX: usize = 64;

    /// Takes `text` if it is an identifier.
    ///
    /// # Errors
    /// [`IdentifierError`] says what was expected.
    pub fn new(text: impl Into<String>) -> Result<Self, IdentifierError> {
        let text = text.into();
        let rest = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
        let begins = text.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        if begins && text.len() <= Self::MAX && text.bytes().all(rest) {
            Ok(Self(text))
        } else {
            Err(IdentifierError)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::ops::Deref for Identifier {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Identifier {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Identifier {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl TryFrom<&str> for Identifier {
    type Error = IdentifierError;
    fn try_from(text: &str) -> Result<Self, IdentifierError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Identifier {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Identifier".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z][a-z0-9_.-]{0,63}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_is_an_identifier() {
        let long = "a".repeat(64);
        assert!(["a", "bad_amount", "x-1.2", &long].iter().all(|text| Identifier::new(*text).is_ok()));
        for text in ["", "1a", "_a", "Bad", "a b", "a\n", "a/b", "é", &(long + "a")] {
            assert_eq!(Identifier::new(text), Err(IdentifierError), "{text:?}");
        }
    }
}
