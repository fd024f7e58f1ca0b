//! The columns whose meaning the parties agree on.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::value::Bucket;
use serde::{Deserialize, Serialize};

/// The meaning of the money columns `other3` to `other9`. `principal` and `interest` are named by their
/// meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MoneyColumns {
    /// Late fees in the sample profile.
    pub other3: Bucket,
    /// Costs in the sample profile.
    pub other4: Bucket,
    /// Returned-payment fees in the sample profile.
    pub other5: Bucket,
    /// Not used in the sample profile.
    pub other6: Bucket,
    /// Not used in the sample profile.
    pub other7: Bucket,
    /// Not used in the sample profile.
    pub other8: Bucket,
    /// Not used in the sample profile.
    pub other9: Bucket,
}

impl Default for MoneyColumns {
    fn default() -> Self {
        Self {
            other3: Bucket::LateFee,
            other4: Bucket::Costs,
            other5: Bucket::Other,
            other6: Bucket::Other,
            other7: Bucket::Other,
            other8: Bucket::Other,
            other9: Bucket::Other,
        }
    }
}

impl MoneyColumns {
    /// All nine, in the order of the records.
    pub(crate) fn buckets(&self) -> [Bucket; 9] {
        [
            Bucket::Principal,
            Bucket::Interest,
            self.other3,
            self.other4,
            self.other5,
            self.other6,
            self.other7,
            self.other8,
            self.other9,
        ]
    }
}

/// The meaning of a date column of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DateUse {
    /// The first day of delinquency.
    DelinquentOn,
    /// The day it was charged off.
    ChargedOffOn,
    /// The day the account was opened.
    OpenedOn,
    /// The day it is entrusted.
    PlacedOn,
    /// The last day of the entrusted term.
    TermEndsOn,
    /// Nothing canonical: it stays in `extra` under the column's name, as CCYYMMDD.
    Extra,
}

/// The meaning of the agreed dates of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DateColumns {
    /// The first.
    pub userdate1: DateUse,
    /// The second.
    pub userdate2: DateUse,
    /// The third.
    pub userdate3: DateUse,
}

impl Default for DateColumns {
    fn default() -> Self {
        Self {
            userdate1: DateUse::DelinquentOn,
            userdate2: DateUse::ChargedOffOn,
            userdate3: DateUse::OpenedOn,
        }
    }
}

impl DateColumns {
    /// All three.
    pub(crate) fn uses(&self) -> [DateUse; 3] {
        [self.userdate1, self.userdate2, self.userdate3]
    }

    /// Checks that no two columns have the same meaning.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let [a, b, c] = self.uses();
        let same = |a: DateUse, b: DateUse| a == b && a != DateUse::Extra;
        if same(a, b) || same(b, c) || same(a, c) {
            let message = "two columns have the same meaning; give one of them another, or \"extra\"";
            return Err(Refusal::new("bad_config", message).at("/date_columns"));
        }
        Ok(())
    }
}
