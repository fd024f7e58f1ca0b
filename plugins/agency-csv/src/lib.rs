//! One agency's own collection system: a documented set of CSV files, to it and from it.
//!
//! Every file is UTF-8, comma-separated, with CR LF line ends and a header row of English names. The README
//! lists the files and their columns. Reading a written row gives the same document again; amounts are
//! decimal text with the digits of their currency.

#![deny(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod acceptance;
mod cell;
pub mod config;
mod decode;
mod document;
mod encode;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod laws;
mod message;
mod table;
mod walk;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{self as canonical, PlacementDecision, Subject, Triage};
use bailiwick_sdk::plugin::{Decode, Dispute, Encode, Placement, Plugin, Remittance, StatusReporting};

use config::Config;
use message::Message;
use table::Settings;

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct AgencyCsv;

impl AgencyCsv {
    fn config(context: &Context) -> Result<Config, Refusal> {
        let config: Config = context.config()?;
        config.check()?;
        Ok(config)
    }
}

impl Plugin for AgencyCsv {
    fn decoder(subject: Subject, context: &Context) -> Result<Box<dyn Decode>, Refusal> {
        let message = Message::of(subject, context)?;
        let settings = Settings::new(Self::config(context)?, context)?;
        Ok(Box::new(decode::Reader::new(message, settings)))
    }

    fn encoder(subject: Subject, context: &Context) -> Result<Box<dyn Encode>, Refusal> {
        let message = Message::of(subject, context)?;
        let settings = Settings::new(Self::config(context)?, context)?;
        Ok(Box::new(encode::Writer::new(message, settings)))
    }
}

impl Placement for AgencyCsv {
    fn decide(context: &Context, placement: &canonical::Placement) -> Result<PlacementDecision, Refusal> {
        Ok(acceptance::decide(&Self::config(context)?.refuse, placement))
    }
}

impl StatusReporting for AgencyCsv {}

impl Remittance for AgencyCsv {}

impl Dispute for AgencyCsv {
    fn triage(context: &Context, dispute: &canonical::Dispute) -> Result<Triage, Refusal> {
        Ok(Self::config(context)?.triage.triage(dispute))
    }
}

bailiwick_sdk::export!(AgencyCsv: Placement, StatusReporting, Remittance, Dispute);
