//! The agreements of a bank and its creditor outside the files.

use std::collections::BTreeMap;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::value::Text;
use serde::{Deserialize, Serialize};

use crate::money::DECIMALS_MAX;

/// The configuration of the plugin in an engagement.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the account stands in a structured creditor reference. `null`: nowhere, the host matches the
    /// whole reference.
    pub account_reference: Option<AccountReference>,
    /// The day that decides whether an entry is part of the closing balance of a statement.
    pub balance_by: BalanceBy,
    /// No longer used: the bank's references of the booking always identify a payment. A file read with this key
    /// has a warning.
    pub identify_by: Option<IdentifyBy>,
    /// Digits behind the point by currency, where they differ from the plugin's own table.
    pub currency_decimals: BTreeMap<Text<3>, u8>,
    /// From which messages money is booked, if a bank sends statements and notifications of one account.
    pub statement_details: StatementDetails,
}

/// Where the account stands in a structured creditor reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountReference {
    /// Its first character, from 1.
    pub from: u32,
    /// How many characters. `null`: all that follow.
    #[serde(default)]
    pub length: Option<u32>,
    /// Zeros in front are no part of it.
    #[serde(default)]
    pub strip_leading_zeros: bool,
}

/// The day that decides whether an entry is part of a balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BalanceBy {
    /// Every booked entry of the statement is part of its closing balance.
    #[default]
    Booking,
    /// An entry with a value date after the day of the closing balance is not part of it yet.
    Value,
}

/// The reference that identified a payment in an earlier release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IdentifyBy {
    /// The bank's references of the booking.
    Booking,
    /// `EndToEndId`.
    EndToEndId,
    /// `TxId`.
    TransactionId,
}

/// From which messages money is booked, if a bank sends statements and notifications of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatementDetails {
    /// From both. An entry of a statement without details is its own only transaction.
    #[default]
    Statement,
    /// From notifications (camt.054) only. No entry of a statement is booked; its balances are checked.
    Notification,
}

impl Config {
    /// Checks rules that the schema cannot express.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let bad = |why: &str, pointer: &str| Err(Refusal::new("bad_config", why).at(pointer));
        if let Some(place) = &self.account_reference {
            if place.from == 0 {
                return bad("characters are counted from 1", "/account_reference/from");
            }
            if place.length.is_some_and(|length| !(1..=64).contains(&length)) {
                return bad("an account has 1 to 64 characters", "/account_reference/length");
            }
        }
        for (currency, decimals) in &self.currency_decimals {
            let letters = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
            if !letters || *decimals > DECIMALS_MAX {
                return bad("expected an ISO 4217 code and 0 to 5 digits", "/currency_decimals");
            }
        }
        Ok(())
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
            (r#"{"account_reference":{"from":0}}"#, "/account_reference/from"),
            (r#"{"account_reference":{"from":1,"length":0}}"#, "/account_reference/length"),
            (r#"{"account_reference":{"from":1,"length":65}}"#, "/account_reference/length"),
            (r#"{"currency_decimals":{"chf":2}}"#, "/currency_decimals"),
            (r#"{"currency_decimals":{"CHF":6}}"#, "/currency_decimals"),
        ] {
            let config: Config = serde_json::from_str(json).unwrap();
            assert_eq!(config.check().unwrap_err().pointer.as_deref(), Some(pointer), "{json}");
        }
        assert!(serde_json::from_str::<Config>(r#"{"identify_by":"name"}"#).is_err());
        assert!(serde_json::from_str::<Config>(r#"{"identify_by":"booking"}"#).is_ok());
    }
}
