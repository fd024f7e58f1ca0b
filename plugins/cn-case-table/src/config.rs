//! The configuration of an installation.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::kit::shape::{Shape, Shapes};
use bailiwick_sdk::kit::text::Charset;
use bailiwick_sdk::kit::triage::TriageRules;
use serde::{Deserialize, Serialize};

use crate::words::Words;

/// The encoding of every file, agreed by contract. It is guessed only if that is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GBK: GB18030 without its four-byte characters.
    #[serde(rename = "gbk")]
    Gbk,
    /// GB18030.
    #[default]
    #[serde(rename = "gb18030")]
    Gb18030,
    /// GB18030 is agreed, and a file in UTF-8 is read as well, with a warning. What is written is GB18030.
    #[serde(rename = "detect")]
    Detect,
}

impl Encoding {
    /// The character set of the kit: the one that is written.
    pub fn charset(self) -> Charset {
        match self {
            Self::Utf8 => Charset::Utf8,
            Self::Gbk => Charset::Gbk,
            Self::Gb18030 | Self::Detect => Charset::Gb18030,
        }
    }
}

/// The configuration. Everything has a default, which is the sample profile of the format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The agreed encoding. A file in another one is refused.
    pub encoding: Encoding,
    /// Whether a case table must end with its total row (合计).
    pub total_row: bool,
    /// The longest row, in bytes of the file.
    #[cfg_attr(test, schemars(range(min = 1024, max = 1_048_576)))]
    pub row_bytes_max: u32,
    /// The IANA zone of local times in the files and of the people in a case table.
    pub zone: String,
    /// Column names where a bank differs: message, then the plugin's name of the column, then the bank's.
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
    /// The columns that are written when no file gives them, by message, in the plugin's names.
    pub written_columns: BTreeMap<String, Vec<String>>,
    /// The words in the cells.
    pub words: Words,
    /// Who replies to disputes and complaints, and by when. Without it the host's own clock runs.
    pub triage: Option<TriageRules>,
    /// The shapes of keys and of the numbers of people. Without one, an identity number has that of GB 11643, and of
    /// keys only damage is refused.
    pub shapes: Shapes,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            total_row: true,
            row_bytes_max: 65_536,
            zone: "Asia/Shanghai".to_owned(),
            columns: BTreeMap::new(),
            written_columns: BTreeMap::new(),
            words: Words::default(),
            triage: None,
            shapes: Shapes::default(),
        }
    }
}

impl Config {
    /// Checks rules that the schema cannot express.
    ///
    /// # Errors
    /// `bad_config` names the key.
    pub(crate) fn check(&self, messages: &[&str]) -> Result<(), Refusal> {
        if !(1024..=1_048_576).contains(&self.row_bytes_max) {
            return Err(bad("row_bytes_max is 1024 to 1048576", "/row_bytes_max"));
        }
        if let Some(pointer) = self.shapes.wrong() {
            return Err(bad("a key has 1 to 64 characters", &format!("/shapes{pointer}")));
        }
        for (key, message) in self
            .columns
            .keys()
            .map(|message| ("columns", message))
            .chain(self.written_columns.keys().map(|message| ("written_columns", message)))
        {
            if !messages.contains(&message.as_str()) {
                let known = messages.join(", ");
                return Err(bad(
                    &format!("{key} names no message of this plugin; it has {known}"),
                    &format!("/{key}"),
                ));
            }
        }
        Ok(())
    }
}

/// The shape of an identity number, if the configuration names none.
pub(crate) fn identity_shape() -> Shape {
    Shape::gb_11643()
}

/// A configuration that cannot be used.
pub(crate) fn bad(why: &str, pointer: &str) -> Refusal {
    Refusal::new("bad_config", why).at(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_the_one_of_the_type() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.schema.json");
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(Config)).unwrap() + "\n";
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == schema, "run the tests with UPDATE_SCHEMA=1 and commit config.schema.json");
    }

    #[test]
    fn what_the_schema_cannot_say_is_checked() {
        let config = |json| serde_json::from_value::<Config>(json).unwrap();
        assert!(config(serde_json::json!({})).check(&["cases"]).is_ok());
        let unknown = config(serde_json::json!({ "columns": { "case": {} } })).check(&["cases"]).unwrap_err();
        assert_eq!(unknown.pointer.as_deref(), Some("/columns"));
        let shapes = config(serde_json::json!({ "shapes": { "phone": { "lengths": [0] } } }));
        assert_eq!(shapes.check(&[]).unwrap_err().pointer.as_deref(), Some("/shapes/phone/lengths/0"));
        assert!(config(serde_json::json!({ "row_bytes_max": 1 })).check(&[]).is_err());
        assert!(serde_json::from_value::<Config>(serde_json::json!({ "encoding": "latin-1" })).is_err());
    }
}
