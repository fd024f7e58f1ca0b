//! Keys and codes. Each kind is a type of its own, so that one cannot stand in the place of another.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::text::is_unseen;
use super::{Text, TextError};

/// The most characters of a key.
const MAX: usize = 64;

/// Whether a character shows nothing: white space, or a character without width.
fn shows_nothing(letter: char) -> bool {
    letter.is_whitespace() || is_unseen(letter)
}

/// Refuses a key that, without plain blanks around it, is empty or begins or ends with a character that shows nothing:
/// two keys that look the same would name two things, and a blank one would name an empty row.
fn seen_edges(text: &Text<MAX>) -> Result<(), TextError> {
    let kept = text.trim_start_matches(' ');
    let before = text.len() - kept.len();
    let kept = kept.trim_end_matches(' ');
    let unseen = |letter: Option<char>| letter.filter(|letter| shows_nothing(*letter));
    let (first, last) = (unseen(kept.chars().next()), unseen(kept.chars().next_back()));
    match (first, last) {
        _ if kept.chars().all(shows_nothing) => Err(TextError::Blank),
        (Some(letter), _) => Err(TextError::Unseen { letter: letter.into(), at: before + 1 }),
        (_, Some(letter)) => {
            Err(TextError::Unseen { letter: letter.into(), at: before + kept.chars().count() })
        }
        _ => Ok(()),
    }
}

/// The text with U+FFFD in place of the characters at its edges that show nothing, except plain blanks around a key.
fn replaced_edges(text: &str) -> String {
    const REPLACED: &str = "\u{fffd}";
    let inner = text.trim_matches(shows_nothing);
    let Some((before, after)) = text.split_once(inner).filter(|_| !inner.is_empty()) else {
        return REPLACED.repeat(text.chars().count());
    };
    let mended = |edge: &str| edge.replace(|letter| letter != ' ', REPLACED);
    format!("{}{inner}{}", mended(before), mended(after))
}

/// Declares a type that wraps `Text<64>`, with the traits and the JSON of the text. A key has no character at its
/// beginning or end that nobody sees, other than plain blanks, and is not all blanks.
macro_rules! keys {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Text<64>);

        impl $name {
            /// Takes `text` if it has 1 to 64 characters, every one of them is allowed in a [`Text`] of one line, and
            /// what is left without plain blanks around it begins and ends with a character that is seen: neither
            /// white space, such as a no-break space or a full-width blank, nor a character without width.
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
                let kept = Text::<MAX>::trimmed(text.trim_matches(shows_nothing))?;
                Text::trimmed(kept.trim_end_matches(shows_nothing)).map(Self)
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
        for unseen in [
            '\u{a0}', '\u{2007}', '\u{202f}', '\u{3000}', '\u{2003}', '\u{200b}', '\u{200d}', '\u{2060}',
            '\u{feff}', '\u{ad}',
        ] {
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
            refused(format!(" {unseen}A1 "), 2);
            refused(format!("  A1{unseen} "), 5);
            assert_eq!(AccountKey::new(unseen), Err(TextError::Blank));
            assert!(AccountKey::trimmed(&unseen.to_string()).is_none());
            // A key of an earlier release can still be read.
            assert_eq!(AccountKey::mended(&format!("A1{unseen}")).unwrap(), "A1\u{fffd}");
            assert_eq!(AccountKey::mended(&format!(" {unseen} A1 ")).unwrap(), " \u{fffd} A1 ");
        }
        // Nobody loses a blank that the sender means.
        assert!(ItemKey::new(" P1 ").is_ok());
        assert_eq!(ItemKey::mended(" P1 ").unwrap(), " P1 ");
        let long = format!("{}\u{a0}b", "a".repeat(63));
        assert_eq!(AccountKey::trimmed(&long).unwrap(), "a".repeat(63).as_str());
    }

    #[test]
    fn a_key_is_not_all_blanks() {
        for blank in [" ", "   ", "\u{3000}", "\u{2003} ", "\u{1680}", " \u{a0} ", "\u{200b}"] {
            assert_eq!(AccountKey::new(blank), Err(TextError::Blank), "{blank:?}");
            assert!(serde_json::from_value::<Code>(blank.into()).is_err() && Key::trimmed(blank).is_none());
            // A key of an earlier release can still be read, as one that is seen.
            let mended = AccountKey::mended(blank).unwrap();
            assert_eq!(mended, "\u{fffd}".repeat(blank.chars().count()).as_str());
            assert_eq!(AccountKey::new(mended.as_str()), Ok(mended));
        }
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
