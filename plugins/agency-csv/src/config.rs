//! The configuration of an agency: its zone, its limits, the columns that it gets.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::StatusKind;
use bailiwick_sdk::kit::shape::Shapes;
use bailiwick_sdk::kit::triage::TriageRules;
use bailiwick_sdk::value::{Code, Name, Text, Zone};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};

use crate::message;
use crate::table::Decimals;

/// The configuration of the plugin in an engagement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The IANA zone of local times that come without one.
    pub zone: Text<64>,
    /// Digits behind the point by currency, where they differ from the plugin's own table.
    pub currency_decimals: BTreeMap<Text<3>, u8>,
    /// The columns of `placements` that the agency is sent. `null`: all of them. Account, currency and
    /// amounts are always sent.
    pub placement_columns: Option<Vec<Name>>,
    /// The agency's own codes of statuses.
    pub status_codes: Vec<StatusCode>,
    /// The accounts the agency does not take.
    pub refuse: Refuse,
    /// Who replies to disputes, and by when.
    pub triage: TriageRules,
    /// The shapes of keys and of the numbers of people. Without a shape only damage is refused.
    pub shapes: Shapes,
    /// The longest row, in bytes.
    pub row_bytes_max: u32,
}

/// A code of the agency's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusCode {
    /// The code.
    pub code: Code,
    /// What it means.
    pub status: StatusKind,
}

/// The accounts the agency does not take.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Refuse {
    /// More than this, in minor units: `balance_too_high`.
    pub max_balance_minor: Option<i64>,
    /// Less than this, in minor units: `balance_too_low`.
    pub min_balance_minor: Option<i64>,
    /// Where the agency does not collect, as `NY` or `US-NY`: `region_refused`.
    pub regions: Vec<Name>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            zone: text("America/Chicago"),
            currency_decimals: BTreeMap::new(),
            placement_columns: None,
            status_codes: Vec::new(),
            refuse: Refuse::default(),
            triage: TriageRules::default(),
            shapes: Shapes::default(),
            row_bytes_max: 1 << 20,
        }
    }
}

impl Config {
    /// Checks rules that the schema cannot express.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let bad = |why: String, pointer: &str| Err(Refusal::new("bad_config", why).at(pointer));
        if let Err(error) = Zone::named(&self.zone) {
            return bad(error.to_string(), "/zone");
        }
        for (currency, decimals) in &self.currency_decimals {
            let letters = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
            if !letters || *decimals > Decimals::MAX {
                let why = format!("expected an ISO 4217 code and 0 to {} digits", Decimals::MAX);
                return bad(why, "/currency_decimals");
            }
        }
        if !(1024..=8 << 20).contains(&self.row_bytes_max) {
            return bad("row_bytes_max is 1024 to 8388608".to_owned(), "/row_bytes_max");
        }
        if let Some(pointer) = self.shapes.wrong() {
            return bad("a key has 1 to 64 characters".to_owned(), &format!("/shapes{pointer}"));
        }
        let known = message::placement_columns();
        for (at, column) in self.placement_columns.iter().flatten().enumerate() {
            if !known.iter().any(|name| column == name.as_str()) {
                let why = format!("`placements` has no such column; it has {}", known.join(", "));
                return bad(why, &format!("/placement_columns/{at}"));
            }
        }
        for (at, row) in self.status_codes.iter().enumerate() {
            if self.status_codes.iter().take(at).any(|before| before.code == row.code) {
                return bad("the code is there twice".to_owned(), &format!("/status_codes/{at}/code"));
            }
        }
        Ok(())
    }

    /// The canonical status for one of the agency's codes, or for a canonical name.
    pub(crate) fn status_of(&self, code: &str) -> Option<StatusKind> {
        let own = self.status_codes.iter().find(|row| row.code == code).map(|row| row.status);
        own.or_else(|| canonical_status(code))
    }
}

/// The status of a canonical name.
pub(crate) fn canonical_status(name: &str) -> Option<StatusKind> {
    let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = name.into_deserializer();
    StatusKind::deserialize(name).ok()
}

/// A text of this source, which is neither empty nor too long.
fn text<const MAX: usize>(text: &'static str) -> Text<MAX> {
    match Text::new(text) {
        Ok(text) => text,
        Err(_) => unreachable!("a text of the source has 1 to {MAX} characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_type() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(Config)).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == schema, "run the tests with UPDATE_SCHEMA=1 and commit config.schema.json");
    }

    #[test]
    fn what_the_schema_cannot_say_is_checked() {
        assert!(Config::default().check().is_ok());
        for (json, pointer) in [
            (r#"{"zone":"Mars/Olympus"}"#, "/zone"),
            (r#"{"currency_decimals":{"usd":2}}"#, "/currency_decimals"),
            (r#"{"currency_decimals":{"USD":9}}"#, "/currency_decimals"),
            (r#"{"row_bytes_max":1}"#, "/row_bytes_max"),
            (r#"{"shapes":{"account":{"lengths":[9,65]}}}"#, "/shapes/account/lengths/1"),
            (r#"{"placement_columns":["account","colour"]}"#, "/placement_columns/1"),
            (
                r#"{"status_codes":[{"code":"W","status":"working"},{"code":"W","status":"legal"}]}"#,
                "/status_codes/1/code",
            ),
        ] {
            let config: Config = serde_json::from_str(json).unwrap();
            assert_eq!(config.check().unwrap_err().pointer.as_deref(), Some(pointer), "{json}");
        }
        assert!(serde_json::from_str::<Config>(r#"{"zones":"UTC"}"#).is_err());
    }

    #[test]
    fn a_status_has_a_code_or_its_canonical_name() {
        let config: Config =
            serde_json::from_str(r#"{"status_codes":[{"code":"PTP","status":"promise_to_pay"}]}"#).unwrap();
        assert_eq!(config.status_of("PTP"), Some(StatusKind::PromiseToPay));
        assert_eq!(config.status_of("bankruptcy_7"), Some(StatusKind::Bankruptcy7));
        assert_eq!(config.status_of("PT"), None);
    }
}
