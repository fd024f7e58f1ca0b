//! Files that are canonical documents, one JSON object a line: for a bank or an agency whose own system
//! speaks the language of Bailiwick.
//!
//! A line may be a `header` with the file's `identity` and `sequence`. The README says what is refused.

#![deny(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod lines;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{
    Commission, CommissionQuestion, Dispute as DisputeDocument, Level, Subject, Triage,
};
use bailiwick_sdk::plugin::{Decode, Dispute, Encode, Placement, Plugin, Remittance, StatusReporting};
use bailiwick_sdk::value::{Code, Minor};
use serde::Deserialize;

/// The configuration of the plugin in an engagement.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    commission_ppm: Option<u32>,
    triage: Option<TriageConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TriageConfig {
    level: Level,
    answer_within_days: u32,
    hold: bool,
    calendar: Option<Code>,
}

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Canonical;

impl Plugin for Canonical {
    fn decoder(_: Subject, context: &Context) -> Result<Box<dyn Decode>, Refusal> {
        context.config::<Config>()?;
        Ok(Box::new(lines::Reader::new()))
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
    fn triage(context: &Context, _: &DisputeDocument) -> Result<Triage, Refusal> {
        let Some(config) = context.config::<Config>()?.triage else {
            return Err(Refusal::new("bad_config", "no triage is configured").at("/triage"));
        };
        let mut triage = Triage::new(config.level, config.answer_within_days, config.hold);
        triage.calendar = config.calendar;
        Ok(triage)
    }
}

bailiwick_sdk::export!(Canonical: Placement, StatusReporting, Remittance, Dispute);
