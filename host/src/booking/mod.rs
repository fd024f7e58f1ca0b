//! From documents to changes: the changes that a document brings under a contract, given what is known of its
//! account.
//!
//! Functions here are pure. They read no file and no table, call no plugin and know no clock: the book
//! [loads](crate::book) what they need and writes what they change; a plugin's result and the evidence store come
//! through [`Asks`].

mod acknowledgments;
mod activities;
mod adjustments;
mod asks;
mod changes;
mod commission;
mod draft;
mod due;
mod evidence;
mod exceptions;
mod holds;
mod known;
mod ledger;
mod matching;
mod matters;
mod payments;
mod person;
mod placements;
mod promises;
mod recalls;
mod receipts;
mod reconciliation;
mod record;
mod references;
mod refused;
mod remittance;
mod repeats;
mod requote;
mod reversals;
mod statuses;
mod suspense;
#[cfg(test)]
mod tests;
mod unbooked;
mod waiting;
mod wanted;
mod windows;

pub(crate) use asks::{Asks, Checked};
pub(crate) use changes::{
    Changes, Earning, Entrusted, Event, Exception, Figures, Given, Hold, Matter, MatterKind, Promise,
    PromiseKind, PromiseState, Request, Standing,
};
pub(crate) use commission::Earns;
pub(crate) use draft::{Draft, Setting, acknowledgment_of};
pub(crate) use known::{Account, Elsewhere, Known, KnownException, LedgerSums, Numbers, Open};
pub(crate) use ledger::{Entered, Transfer};
pub(crate) use matching::PAYMENTS_OF_REFERENCE_MAX;
pub(crate) use matters::level_name;
pub(crate) use person::{Person, PersonKey};
pub(crate) use placements::{aged_from, basis_of, first_dates, holds, latest_event};
pub(crate) use receipts::Received;
pub(crate) use record::Placed;
pub(crate) use references::{Named, references_of};
pub(crate) use refused::{Awaited, Booked, Refused, Stop, Waits};
pub(crate) use remittance::{Cleared, Due as DueToRemit, Keeping, Total};
pub(crate) use repeats::Said;
pub(crate) use statuses::end_of_court;
pub(crate) use suspense::{Suspended, UNIDENTIFIED_MONEY, Undone, Unidentified};
pub(crate) use unbooked::Unbooked;
pub(crate) use waiting::{Kept, ledger_kind};
pub(crate) use wanted::Wanted;
pub(crate) use windows::undated_beyond;

use bailiwick_sdk::document::Item;

/// Books a document; `json` is its line as it came. Returns its changes, or why it is refused.
pub(crate) fn book<'d>(
    setting: &Setting<'_>,
    known: &Known,
    asks: &mut dyn Asks,
    item: Item,
    json: &'d [u8],
) -> Booked<Changes<'d>> {
    references::within_bounds(&item)?;
    let mut draft = Draft::new(setting, known, asks);
    let references = references_of(&item);
    draft.document(item, json)?;
    draft.refer(references);
    draft.settle()?;
    Ok(draft.changes)
}
