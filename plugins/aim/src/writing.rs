//! State that the writers of records share while a file is written.

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::Item;
use bailiwick_sdk::value::{Currency, Zone};

use crate::config::Config;
use crate::layout::{ACCOUNT, Layout};
use crate::message::Message;
use crate::money::Money;
use crate::reading::{two_decimals, zone};
use crate::sheet::{Sheet, refuse};

/// The prepared configuration, the record being written, the totals for the trailer.
#[derive(Debug)]
pub(crate) struct Writing {
    /// As configured.
    pub(crate) config: Config,
    /// The money columns.
    pub(crate) money: Money,
    /// The zone of the clock that stamps the notes of this message.
    zone: Option<Zone>,
    /// The record.
    pub(crate) sheet: Sheet,
    /// Records written.
    pub(crate) records: u64,
    /// The sum of the placed amounts.
    pub(crate) total: i128,
    /// The engagement's currency.
    currency: Currency,
    message: &'static str,
}

impl Writing {
    /// For a file of `message`.
    pub(crate) fn new(message: &Message, config: Config, context: &Context) -> Result<Self, Refusal> {
        Ok(Self {
            money: Money::new(&config.money_columns),
            zone: zone(message, &config)?,
            sheet: Sheet::new(&config),
            records: 0,
            total: 0,
            currency: two_decimals(context.currency)?,
            message: message.name,
            config,
        })
    }

    /// Begins a record with the account's key.
    pub(crate) fn begin(&mut self, layout: &Layout, account: &str) -> Result<(), Refusal> {
        self.sheet.begin(layout.code);
        self.sheet.number(layout.file_number, account, "/account")
    }

    /// Begins a record with the account's key and number.
    pub(crate) fn begin_account(
        &mut self,
        layout: &Layout,
        account: &str,
        number: Option<&str>,
    ) -> Result<(), Refusal> {
        self.begin(layout, account)?;
        self.sheet.key_if(ACCOUNT, number, "/account_number")
    }

    /// Ends the record.
    pub(crate) fn end(&mut self, layout: &Layout, out: &mut Vec<u8>) {
        self.sheet.end([layout.compact, layout.last, layout.width], out);
        self.records += 1;
    }

    /// The zone of the notes.
    pub(crate) fn zone(&self) -> Result<Zone, Refusal> {
        self.zone.clone().ok_or_else(|| Refusal::unsupported(format_args!("moments in {}", self.message)))
    }

    /// Refuses amounts of another currency than the engagement's: the file names none.
    pub(crate) fn check_currency(&self, item: &Item) -> Result<(), Refusal> {
        match item.currency() {
            Some(currency) if currency != self.currency => {
                let message = "another currency than the engagement's; the file cannot say so";
                Err(refuse("/currency", message))
            }
            _ => Ok(()),
        }
    }

    /// A document that this message does not carry.
    pub(crate) fn unsupported(&self, item: &Item) -> Refusal {
        Refusal::unsupported(format_args!("a {} in {}", item.kind(), self.message))
    }
}
