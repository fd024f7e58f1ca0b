//! Latitude AIM fixed-width records between a US creditor and its agencies.
//!
//! The records that the public help of the product describes: placements, recalls, the
//! bank's payments and notes; acknowledgments, reconciliations, objections, returns, payments,
//! post-dated items, statuses, notes, new addresses and numbers, bankruptcies, disputes and
//! complaints of the agency. Read and written. The README has the mapping.

#![deny(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod config;
mod decode;
mod encode;
mod fault;
mod layout;
mod message;
mod money;
mod phone;
mod placement;
mod postal;
mod reading;
mod records;
mod row;
mod sheet;
mod writing;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{Dispute as DisputeDocument, Subject, Triage};
use bailiwick_sdk::plugin::{Decode, Dispute, Encode, Placement, Plugin, Remittance, StatusReporting};

use config::Config;
use message::Message;

/// The plugin.
pub struct Aim;

impl Aim {
    fn config(context: &Context) -> Result<Config, Refusal> {
        let config: Config = context.config()?;
        config.check()?;
        Ok(config)
    }
}

impl Plugin for Aim {
    fn decoder(subject: Subject, context: &Context) -> Result<Box<dyn Decode>, Refusal> {
        decode::reader(Message::of(subject, context)?, Self::config(context)?, context)
    }

    fn encoder(subject: Subject, context: &Context) -> Result<Box<dyn Encode>, Refusal> {
        encode::writer(Message::of(subject, context)?, Self::config(context)?, context)
    }
}

impl Placement for Aim {}

impl StatusReporting for Aim {}

impl Remittance for Aim {}

impl Dispute for Aim {
    fn triage(context: &Context, dispute: &DisputeDocument) -> Result<Triage, Refusal> {
        Ok(Self::config(context)?.triage.unwrap_or_default().triage(dispute))
    }
}

bailiwick_sdk::export!(Aim: Placement, StatusReporting, Remittance, Dispute);
