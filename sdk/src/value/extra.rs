//! Columns of a format that have no canonical meaning.

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use std::fmt;

use super::{Name, Remark};

/// Columns of a format that have no canonical meaning, kept so that they are not lost: name to text, in the order
/// written. At most [`Extra::MAX`]. The content of such a column is unknown, so every column counts as personal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extra(Vec<(Name, Remark)>);

impl Extra {
    /// How many columns a document may carry.
    pub const MAX: usize = 256;

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of a column.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have.as_str() == name).map(|(_, text)| text.as_str())
    }

    /// Adds a column unless the text is empty or the name is there already.
    pub fn put(&mut self, name: &str, text: &str) {
        if self.0.len() < Self::MAX && self.get(name).is_none() {
            self.put_new(name, text);
        }
    }

    /// Adds a column whose name the caller knows to be new; empty text is left out. Characters that no text may hold
    /// are [mended](super::Text::mended).
    pub fn put_new(&mut self, name: &str, text: &str) {
        if let (Ok(name), Ok(text)) = (Name::mended(name), Remark::mended(text)) {
            self.0.push((name, text));
        }
    }

    /// The columns in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, text) in &self.0 {
            map.serialize_entry(name, text)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Extra;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an object of at most {} texts", Extra::MAX)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extra, A::Error> {
                let mut extra = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    if extra.len() == Extra::MAX {
                        return Err(de::Error::invalid_length(extra.len() + 1, &self));
                    }
                    extra.push(pair);
                }
                Ok(Extra(extra))
            }
        }
        from.deserialize_map(Visit)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Extra {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Extra".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Columns of a format that have no canonical meaning: name to text.",
            "type": "object",
            "x-sensitive": true,
            "maxProperties": Extra::MAX,
            "propertyNames": { "minLength": 1, "maxLength": 256, "pattern": super::text::LINE_PATTERN },
            "additionalProperties": Remark::json_schema(generator)
        })
    }
}
