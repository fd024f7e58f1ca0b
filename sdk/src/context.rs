//! The context that a plugin is given with a call, and the plugin's refusals.

use serde::{Deserialize, Serialize};

use crate::document::Problem;
use crate::value::{Code, Currency, Day, Identifier, Moment, Name, Remark, Text};

/// Which of the two parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "lowercase")]
pub enum Side {
    /// The creditor.
    Bank,
    /// The collection agency.
    Agency,
}

crate::value::strict!(Side);

impl Side {
    /// The name, as in the JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Agency => "agency",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Bank => Self::Agency,
            Self::Agency => Self::Bank,
        }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The context that a plugin is given with every call. It is the plugin's only source of the time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The message of the plugin's manifest that is read or written, such as `APAY`.
    pub message: Text<64>,
    /// Who wrote the file.
    pub from: Side,
    /// The instant of the call, in the engagement's zone. It is the only clock there is.
    pub at: Moment,
    /// The calendar day of that instant in that zone.
    pub today: Day,
    /// The currency of the engagement.
    pub currency: Currency,
    /// The agency's code at the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Code>,
    /// The agency's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency_name: Option<Name>,
    /// The creditor's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creditor_name: Option<Name>,
    /// The plugin's configuration from the engagement; it fits the manifest's schema.
    #[serde(default)]
    pub config: serde_json::Value,
}

/// Why a plugin cannot begin or go on. It is not a decline of an account: that is an
/// acknowledgment with `rejected`. It is not a problem in a file either: that is a [`Problem`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// A stable code: `unsupported`, `bad_config`, `bad_document`, or the plugin's own.
    pub code: Identifier,
    /// What is wrong, what was expected, what to do.
    pub message: Remark,
    /// The place in the configuration or document, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<Remark>,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        // `Problem` already knows how to bring any text into bounds.
        let Problem { code, message, .. } = Problem::fatal(code, 0, message);
        Self { code, message, pointer: None }
    }

    /// A refusal of something that the plugin does not do.
    pub fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::new("unsupported", format!("this plugin does not handle {what}"))
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        self.pointer = Remark::trimmed(pointer);
        self
    }
}

impl Context {
    /// The configuration in its own type.
    ///
    /// # Errors
    /// `bad_config` if the type is stricter than the schema and the configuration does not fit it.
    pub fn config<T: serde::de::DeserializeOwned>(&self) -> Result<T, Refusal> {
        let config = match &self.config {
            serde_json::Value::Null => serde_json::Value::Object(serde_json::Map::new()),
            config => config.clone(),
        };
        serde_json::from_value(config).map_err(|error| Refusal::new("bad_config", error.to_string()))
    }
}
