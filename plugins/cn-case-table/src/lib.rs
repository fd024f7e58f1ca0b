//! 委案 tables of Chinese banks as CSV in UTF-8, GBK or GB18030, and their return files.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod case;
mod config;
mod message;
mod sheet;
mod table;
mod words;

use std::rc::Rc;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{Dispute as DisputeDocument, Subject, Triage};
use bailiwick_sdk::plugin::{Decode, Dispute, Encode, Placement, Plugin, Remittance, StatusReporting};

pub use config::{Config, Encoding};
use message::Message;
pub use words::{Relation, Word, Words};

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct CaseTable;

impl Plugin for CaseTable {
    fn decoder(subject: Subject, context: &Context) -> Result<Box<dyn Decode>, Refusal> {
        let config = configuration(context)?;
        Message::of(subject, context)?.decoder(&Rc::new(config))
    }

    fn encoder(subject: Subject, context: &Context) -> Result<Box<dyn Encode>, Refusal> {
        let config = configuration(context)?;
        Message::of(subject, context)?.encoder(&Rc::new(config), context)
    }
}

fn configuration(context: &Context) -> Result<Config, Refusal> {
    let config: Config = context.config()?;
    config.check(&Message::NAMES)?;
    Ok(config)
}

impl Placement for CaseTable {}

impl StatusReporting for CaseTable {}

impl Remittance for CaseTable {}

impl Dispute for CaseTable {
    fn triage(context: &Context, dispute: &DisputeDocument) -> Result<Triage, Refusal> {
        Ok(configuration(context)?.triage.unwrap_or_default().triage(dispute))
    }
}

bailiwick_sdk::export!(CaseTable: Placement, StatusReporting, Remittance, Dispute);
