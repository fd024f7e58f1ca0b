//! Text with a bound.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

/// Text of 1 to `MAX` characters (Unicode code points, as JSON Schema counts them).
///
/// ```
/// use bailiwick_sdk::value::Text;
/// assert!(Text::<4>::new("催收").is_ok());
/// assert!(Text::<4>::new("").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// A key that one side gave to an account, a payment, a person: up to 64 characters.
pub type Key = Text<64>;
/// A short code from a table of one installation or format: up to 64 characters.
pub type Code = Text<64>;
/// A name of a person, company, product or place: up to 256 characters.
pub type Name = Text<256>;
/// Free text: up to 4,000 characters.
pub type Remark = Text<4000>;

/// Text that is empty or longer than its bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The text is empty.
    #[error("expected 1 to {max} characters, found none")]
    Empty {
        /// The bound.
        max: usize,
    },
    /// The text is too long. The text itself is not repeated: it may be personal.
    #[error("expected 1 to {max} characters, found {found}")]
    TooLong {
        /// The bound.
        max: usize,
        /// The characters there are.
        found: usize,
    },
}

impl<const MAX: usize> Text<MAX> {
    /// Takes `text` if it has 1 to `MAX` characters.
    ///
    /// # Errors
    /// [`TextError`] says how many characters there are.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.is_empty() {
            return Err(TextError::Empty { max: MAX });
        }
        // Bytes bound characters from above, so the count is only taken when it can matter.
        if text.len() > MAX {
            let found = text.chars().count();
            if found > MAX {
                return Err(TextError::TooLong { max: MAX, found });
            }
        }
        Ok(Self(text))
    }

    /// `None` for blank text, else the text cut to `MAX` characters.
    pub fn trimmed(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let end = text.char_indices().nth(MAX).map_or(text.len(), |(at, _)| at);
        text.get(..end).map(|cut| Self(cut.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> std::ops::Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> PartialEq<str> for Text<MAX> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl<const MAX: usize> PartialEq<&str> for Text<MAX> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<const MAX: usize> TryFrom<&str> for Text<MAX> {
    type Error = TextError;
    fn try_from(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl<const MAX: usize> schemars::JsonSchema for Text<MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Text{MAX}").into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        assert!(Text::<2>::new("逾期").is_ok());
        assert_eq!(Text::<2>::new("逾期了"), Err(TextError::TooLong { max: 2, found: 3 }));
        assert_eq!(Text::<2>::new(""), Err(TextError::Empty { max: 2 }));
    }

    #[test]
    fn trimming_cuts_at_a_character() {
        assert_eq!(Text::<2>::trimmed("  逾期了 ").map(Text::into_string), Some("逾期".to_owned()));
        assert_eq!(Text::<2>::trimmed("   "), None);
    }
}
