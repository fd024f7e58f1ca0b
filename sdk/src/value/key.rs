//! Keys and codes. Each kind is a type of its own, so that one cannot stand in the place of another.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Text, TextError};

/// Declares a type that wraps `Text<64>`, with the traits, the JSON and the JSON Schema of the text.
macro_rules! keys {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text<64>);

        impl $name {
            /// Takes `text` if it has 1 to 64 characters and every one of them is allowed in a [`Text`] of one line.
            ///
            /// # Errors
            /// [`TextError`] says how many characters there are, or which one is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
                Text::new(text).map(Self)
            }

            /// `None` for blank text, else the text cut to 64 characters and mended as [`Text::mended`] does it.
            pub fn trimmed(text: &str) -> Option<Self> {
                Text::trimmed(text).map(Self)
            }

            /// Takes `text` with a replacement for each character that is not allowed, as [`Text::mended`] does it.
            ///
            /// # Errors
            /// [`TextError`] if it is empty or too long.
            pub fn mended(text: &str) -> Result<Self, TextError> {
                Text::mended(text).map(Self)
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
                Text::<64>::schema_name()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                Text::<64>::json_schema(generator)
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

    #[cfg(feature = "schema")]
    #[test]
    fn the_schema_is_that_of_the_text() {
        use schemars::JsonSchema;
        let mut generator = schemars::SchemaGenerator::default();
        assert!(AccountKey::inline_schema());
        let (key, text) = (AccountKey::json_schema(&mut generator), Text::<64>::json_schema(&mut generator));
        assert_eq!(key, text);
    }
}
