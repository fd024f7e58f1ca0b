//! Files that are canonical documents, one JSON object a line: for a bank or an agency whose own system
//! speaks the language of Bailiwick.
//!
//! A line may be a `header` with the file's `identity` and `sequence`. The README lists the refusals.

#![deny(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod lines;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{Commission, CommissionQuestion, Dispute as DisputeDocument, Subject, Triage};
use bailiwick_sdk::kit::triage::TriageRules;
use bailiwick_sdk::plugin::{Decode, Dispute, Encode, Placement, Plugin, Remittance, StatusReporting};
use bailiwick_sdk::value::Minor;
use serde::Deserialize;

/// The configuration of the plugin in an engagement.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
struct Config {
    /// Commission on every payment instead of the contract's schedule, in parts per million.
    #[cfg_attr(test, schemars(range(max = 1_000_000)))]
    commission_ppm: Option<u32>,
    /// Who replies to disputes and complaints, and by when. Without it the host's own clock runs.
    triage: Option<TriageRules>,
}

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Canonical;

impl Plugin for Canonical {
    fn decoder(_: Subject, context: &Context) -> Result<Box<dyn Decode>, Refusal> {
        context.config::<Config>()?;
        let Some(reader) = lines::Reader::of(&context.message) else {
            return Err(Refusal::new(
                "unknown_message",
                format!("there is no message {:?}", &*context.message),
            ));
        };
        Ok(Box::new(reader))
    }

    fn encoder(_: Subject, context: &Context) -> Result<Box<dyn Encode>, Refusal> {
        context.config::<Config>()?;
        Ok(Box::new(lines::Writer))
    }
}

impl Placement for Canonical {}

impl StatusReporting for Canonical {}

impl Remittance for Canonical {
    fn commission(context: &Context, question: &CommissionQuestion) -> Result<Option<Commission>, Refusal> {
        let Some(ppm) = context.config::<Config>()?.commission_ppm else { return Ok(None) };
        let exact = i128::from(question.payment.minor.get()) * i128::from(ppm);
        let minor = i64::try_from(exact / 1_000_000).ok().and_then(Minor::new);
        let Some(minor) = minor else {
            return Err(Refusal::new("bad_document", "the amount is out of bounds"));
        };
        let mut commission = Commission::new(minor);
        commission.rate_ppm = Some(ppm);
        Ok(Some(commission))
    }
}

impl Dispute for Canonical {
    fn triage(context: &Context, dispute: &DisputeDocument) -> Result<Triage, Refusal> {
        Ok(context.config::<Config>()?.triage.unwrap_or_default().triage(dispute))
    }
}

bailiwick_sdk::export!(Canonical: Placement, StatusReporting, Remittance, Dispute);

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
}
