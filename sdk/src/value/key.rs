//! Keys and codes. Each kind is a type of its own, so that one cannot stand in the place of another.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::text::is_unseen;
use super::{Text, TextError};

/// The most characters of a key.
const MAX: usize = 64;

/// Refuses a key that begins or ends with a character that nobody sees: two keys that look the same would name
/// two things.
fn seen_edges(text: &Text<MAX>) -> Result<(), TextError> {
    let unseen = |letter: Option<char>| letter.filter(|letter| is_unseen(*letter));
    let (first, last) = (unseen(text.chars().next()), unseen(text.chars().next_back()));
    match (first, last) {
        (Some(letter), _) => Err(TextError::Unseen { letter: letter.into(), at: 1 }),
        (_, Some(letter)) => Err(TextError::Unseen { letter: letter.into(), at: text.chars().count() }),
        _ => Ok(()),
    }
}

/// The text with U+FFFD in place of the unseen characters at its edges.
fn replaced_edges(text: &str) -> std::borrow::Cow<'_, str> {
    let inner = text.trim_matches(is_unseen);
    if inner.len() == text.len() {
        return text.into();
    }
    let left = text.chars().take_while(|letter| is_unseen(*letter)).count();
    let right =
        if inner.is_empty() { 0 } else { text.chars().rev().take_while(|letter| is_unseen(*letter)).count() };
    let edge = |count| std::iter::repeat_n(char::REPLACEMENT_CHARACTER, count);
    edge(left).chain(inner.chars()).chain(edge(right)).collect::<String>().into()
}

/// Declares a type that wraps `Text<64>`, with the traits and the JSON of the text. A key has no character at its
/// beginning or end that nobody sees.
macro_rules! keys {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Text<64>);

        impl $name {
            /// Takes `text` if it has 1 to 64 characters, every one of them is allowed in a [`Text`] of one line, and
            /// the first and the last are neither a no-break space nor a character without width.
            ///
            /// # Errors
            /// [`TextError`] says how many characters there are, or which one is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
                let text = Text::new(text)?;
                seen_edges(&text)?;
                Ok(Self(text))
            }

            /// `None` for blank text, else the text without blanks and unseen characters around it, cut to 64
            /// characters and mended as [`Text::mended`] does it.
            pub fn trimmed(text: &str) -> Option<Self> {
                let around = |letter: char| letter.is_whitespace() || is_unseen(letter);
                let kept = Text::<MAX>::trimmed(text.trim_matches(around))?;
                Text::trimmed(kept.trim_end_matches(around)).map(Self)
            }

            /// Takes `text` with a replacement for each character that is not allowed, as [`Text::mended`] does it.
            ///
            /// # Errors
            /// [`TextError`] if it is empty or too long.
            pub fn mended(text: &str) -> Result<Self, TextError> {
                Text::mended(&replaced_edges(text)).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The text, owned.
            pub fn into_string(self) -> String {
                self.0.into_string()
            }

            /// The text with its bound. With `From<Text<64>>` it makes a key of another kind, where that is meant.
            pub fn into_text(self) -> Text<64> {
                self.0
            }
        }

        /// For a text that is known to be a key, such as one that was stored: its edges are not looked at.
        impl From<Text<64>> for $name {
            fn from(text: Text<64>) -> Self {
                Self(text)
            }
        }

        impl From<$name> for Text<64> {
            fn from(key: $name) -> Self {
                key.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(from)?).map_err(de::Error::custom)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = TextError;
            fn try_from(text: &str) -> Result<Self, TextError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::new(text)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "Key".into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let pattern = super::text::key_pattern();
                schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX, "pattern": pattern })
            }
        }
    )* };
}

keys! {
    /// The key by which both sides name a placed account (案件编号): 1 to 64 characters of one line. The bank gives it
    /// with the placement; every other document about the account repeats it.
    ///
    /// A key of another kind does not fit in its place:
    ///
    /// ```
    /// use bailiwick_sdk::value::{AccountKey, ItemKey};
    /// fn pay(account: AccountKey, identifier: ItemKey) {}
    /// let (account, identifier) = (AccountKey::new("A1").unwrap(), ItemKey::new("P1").unwrap());
    /// pay(account, identifier);
    /// ```
    /// ```compile_fail
    /// use bailiwick_sdk::value::{AccountKey, ItemKey};
    /// fn pay(account: AccountKey, identifier: ItemKey) {}
    /// let (account, identifier) = (AccountKey::new("A1").unwrap(), ItemKey::new("P1").unwrap());
    /// pay(identifier, account);
    /// ```
    AccountKey;

    /// The name that a sender gave to one thing it sent, such as a payment, a reversal, a dispute, a request or a
    /// file: 1 to 64 characters of one line. A later document repeats it to say which one it is about.
    ///
    /// It is data of the sender. A name that a program gives, such as the code of a problem, is an
    /// [`Identifier`](super::Identifier).
    ItemKey;

    /// The bank's key of a customer (客户号): 1 to 64 characters of one line. Accounts with the same key belong to the
    /// same customer.
    CustomerKey;

    /// The sender's key of a person or company of an account, such as the debtor or a guarantor: 1 to 64 characters of
    /// one line.
    PartyKey;

    /// A number or key that has no type of its own, such as an account or card number, a contract or a batch: 1 to 64
    /// characters of one line. The bank, a court or another authority gives it.
    Key;

    /// A short code from a table of one installation or format, such as a reason, an action or an agency's code at the
    /// bank: 1 to 64 characters of one line. The owner of the table gives it.
    Code;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_bounds_and_the_json_of_its_text() {
        assert_eq!(AccountKey::new("a".repeat(65)), Err(TextError::TooLong { max: 64, found: 65 }));
        assert_eq!(ItemKey::new(""), Err(TextError::Empty { max: 64 }));
        assert_eq!(serde_json::to_string(&PartyKey::new("X 1").unwrap()).unwrap(), r#""X 1""#);
        assert_eq!(serde_json::from_str::<Code>(r#""PIF""#).unwrap(), "PIF");
        assert!(serde_json::from_str::<CustomerKey>(r#""""#).is_err());
        assert_eq!(format!("{0} {0:?}", Key::new("A1").unwrap()), r#"A1 "A1""#);
    }

    #[test]
    fn another_kind_is_made_on_purpose() {
        let number = Key::new("A1").unwrap();
        assert_eq!(AccountKey::from(number.into_text()), "A1");
    }

    #[test]
    fn a_key_begins_and_ends_with_a_character_that_is_seen() {
        for unseen in
            ['\u{a0}', '\u{2007}', '\u{202f}', '\u{200b}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}']
        {
            let refused = |text: String, at| {
                let error = TextError::Unseen { letter: unseen.into(), at };
                assert_eq!(AccountKey::new(text.as_str()), Err(error.clone()), "{text:?}");
                let json = serde_json::to_string(&text).unwrap();
                let read = serde_json::from_str::<AccountKey>(&json).unwrap_err();
                assert!(read.to_string().starts_with(&error.to_string()), "{read}");
                assert_eq!(AccountKey::trimmed(&text).unwrap(), "A1");
            };
            refused(format!("{unseen}A1"), 1);
            refused(format!("A1{unseen}"), 3);
            assert!(AccountKey::new(unseen).is_err() && AccountKey::trimmed(&unseen.to_string()).is_none());
            // A key of an earlier release can still be read.
            assert_eq!(AccountKey::mended(&format!("A1{unseen}")).unwrap(), "A1\u{fffd}");
            assert_eq!(AccountKey::mended(&unseen.to_string()).unwrap(), "\u{fffd}");
        }
        // Nobody loses a blank that the sender means.
        assert!(ItemKey::new("P1 ").is_ok());
        let long = format!("{}\u{a0}b", "a".repeat(63));
        assert_eq!(AccountKey::trimmed(&long).unwrap(), "a".repeat(63).as_str());
    }

    #[cfg(feature = "schema")]
    #[test]
    fn the_schema_has_the_bounds_of_the_text_and_a_pattern_of_its_own() {
        use schemars::JsonSchema;
        let mut generator = schemars::SchemaGenerator::default();
        assert!(AccountKey::inline_schema());
        let (key, text) = (AccountKey::json_schema(&mut generator), Text::<64>::json_schema(&mut generator));
        for bound in ["type", "minLength", "maxLength"] {
            assert_eq!(key.get(bound), text.get(bound));
        }
        assert_ne!(key.get("pattern"), text.get("pattern"));
    }
}
