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

    /// Adds a column unless the text is empty or the name, once [mended](super::Text::mended), is there already.
    pub fn put(&mut self, name: &str, text: &str) {
        if let (Ok(name), Ok(text)) = (Name::mended(name), Remark::mended(text))
            && self.0.len() < Self::MAX
            && self.get(name.as_str()).is_none()
        {
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
                let mut extra = Extra::default();
                while let Some((name, text)) = map.next_entry::<Name, Remark>()? {
                    if extra.0.len() == Extra::MAX {
                        return Err(de::Error::invalid_length(extra.0.len() + 1, &self));
                    }
                    // Most readers of JSON keep one of the two texts, and not all the same one.
                    if extra.get(name.as_str()).is_some() {
                        return Err(de::Error::custom("a column of extra is there twice; name each once"));
                    }
                    extra.0.push((name, text));
                }
                Ok(extra)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Extra, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_column_has_one_text() {
        assert_eq!(
            read(r#"{"b":"1","a":"2"}"#).unwrap().iter().collect::<Vec<_>>(),
            [("b", "1"), ("a", "2")]
        );
        // The name, which may be personal, is not repeated.
        let twice = read(r#"{"phone":"1","a":"2","phone":"3"}"#).unwrap_err();
        assert!(twice.contains("is there twice") && !twice.contains("phone"), "{twice}");
    }

    #[test]
    fn names_that_are_the_same_once_mended_are_one_column() {
        for (first, second) in [("a b", "a\tb"), ("a\tb", "a b")] {
            let mut extra = Extra::default();
            extra.put(first, "first");
            extra.put(second, "second");
            extra.put("c", "");
            assert_eq!(extra.iter().collect::<Vec<_>>(), [("a b", "first")]);
            assert_eq!(read(&serde_json::to_string(&extra).unwrap()).unwrap(), extra);
        }
    }

    #[test]
    fn there_is_a_most() {
        let mut extra = Extra::default();
        (0..Extra::MAX + 2).for_each(|at| extra.put(&at.to_string(), "x"));
        assert_eq!(extra.iter().count(), Extra::MAX);
    }
}
