//! CPLC: accounts that the bank entrusts. An account is a CACT record and the records after it that carry its key.

mod account;
mod body;
mod debtor;
mod misc;
mod telephone;

pub(crate) use body::Placements;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Placement};

use crate::layout::Layout;
use crate::records::{dispute, note};
use crate::writing::Writing;

const WIDTH: usize = 3000;

const CACT: Layout = Layout::new(b"CACT", account::END, WIDTH);
const CMIS: Layout = Layout::new(b"CMIS", misc::END, WIDTH);
const CUPP: Layout = Layout::of_debtor(b"CUPP", telephone::END, WIDTH).up_to(telephone::CONSENT_END);
const CNOT: Layout = Layout::new(b"CNOT", note::NOTE_END, WIDTH);
const CDIS: Layout = Layout::new(b"CDIS", dispute::PLACED_END, WIDTH).up_to(dispute::PLACED_READ);

pub(crate) static LAYOUTS: [Layout; 5] = [CACT, CMIS, CUPP, CNOT, CDIS];

/// Writes an account: CACT, the debtors, the cleared balance, other texts, numbers, notes, disputes.
pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Placement(placement) = item else { return Err(to.unsupported(&item)) };
    account::write(&placement, to, out)?;
    misc::write(&placement, to, out)?;
    telephone::write(&placement, to, out)?;
    matters(&placement, to, out)
}

fn matters(placement: &Placement, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    if !placement.notes.is_empty() {
        let zone = to.zone()?;
        for note in &placement.notes {
            to.begin(&CNOT, &placement.account)?;
            note::write_note(&mut to.sheet, &zone, note)?;
            to.end(&CNOT, out);
        }
    }
    for dispute in &placement.disputes {
        to.begin(&CDIS, &placement.account)?;
        dispute::write_placed(&mut to.sheet, dispute)?;
        to.end(&CDIS, out);
    }
    Ok(())
}
