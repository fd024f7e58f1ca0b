//! ISO 20022: direct payments and returns from camt.054, the bank-to-customer debit/credit notification, and
//! camt.053, the statement. The entries of camt.052, the account report, are told and not booked.
//!
//! Versions .02 to .13 are read, piece by piece, in memory that one transaction bounds. The README
//! lists the elements with their meaning, and the refusals.

#![deny(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod config;
mod decode;
mod fatal;
mod message;
mod money;
mod notification;
mod xml;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::Subject;
use bailiwick_sdk::plugin::{Decode, Plugin, Remittance};

use config::Config;
use message::Message;

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Iso20022;

impl Plugin for Iso20022 {
    fn decoder(subject: Subject, context: &Context) -> Result<Box<dyn Decode>, Refusal> {
        let message = Message::named(context.message.as_str()).filter(|_| subject == Subject::Remittance);
        let Some(message) = message else {
            return Err(Refusal::unsupported(format_args!("the message `{}` of {subject}", context.message)));
        };
        let config: Config = context.config()?;
        config.check()?;
        Ok(Box::new(decode::Reader::new(message, config)))
    }
}

impl Remittance for Iso20022 {}

bailiwick_sdk::export!(Iso20022: Remittance);
