//! Collects the records of an account.

use bailiwick_sdk::document::Placement;
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::AccountKey;

use super::{CACT, CDIS, CMIS, CUPP, account, misc, telephone};
use crate::decode::Body;
use crate::fault::{Fatal, Fault, fatal_at};
use crate::layout::Layout;
use crate::reading::Reading;
use crate::records::{dispute, note};
use crate::row::Row;

/// The accounts of a placement, one held at a time.
#[derive(Debug, Default)]
pub(crate) struct Placements {
    open: Option<Open>,
    total: i128,
}

/// The account whose records are being read.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) placement: Box<Placement>,
    /// Debtor records so far.
    pub(super) debtors: usize,
    /// The amounts that could be read.
    readable: i64,
    /// Whether a reported problem refused it; then its other records are only counted.
    refused: bool,
}

impl Body for Placements {
    fn record(
        &mut self,
        layout: &Layout,
        row: &Row<'_>,
        reading: &mut Reading,
        out: &mut Output,
    ) -> Result<(), Fatal> {
        if layout.code == CACT.code {
            self.end(out);
            return self.account(row, reading, out);
        }
        let Some(open) = self.open.as_mut().filter(|open| open.owns(layout, row)) else {
            return Err(out_of_order(row));
        };
        if open.refused {
            return Ok(());
        }
        let read = match row.flaw() {
            Some(flaw) => Err(flaw),
            None => open.detail(layout, row, reading),
        };
        if let Err(fault) = read {
            open.refuse(fault, row, out);
        }
        Ok(())
    }

    fn unmapped(&mut self, row: &Row<'_>) -> Result<(), Fatal> {
        // The columns of the account's key are not known for all of these records.
        if self.open.is_some() { Ok(()) } else { Err(out_of_order(row)) }
    }

    fn end(&mut self, out: &mut Output) {
        if let Some(open) = self.open.take()
            && !open.refused
        {
            out.emit(open.placement);
        }
    }

    fn total(&self) -> i128 {
        self.total
    }
}

impl Placements {
    fn account(&mut self, row: &Row<'_>, reading: &mut Reading, out: &mut Output) -> Result<(), Fatal> {
        // Without its key neither the account nor the records after it can be named.
        let key = row.required_number(CACT.file_number).map_err(|fault| fault.fatal(row.line))?;
        let account::Account { placement, readable, fault } = account::read(row, key, reading);
        self.total += i128::from(readable);
        let mut open = Open { placement: Box::new(placement), debtors: 0, readable, refused: false };
        if let Some(fault) = row.flaw().or(fault) {
            open.refuse(fault, row, out);
        }
        self.open = Some(open);
        Ok(())
    }
}

impl Open {
    fn owns(&self, layout: &Layout, row: &Row<'_>) -> bool {
        let account = self.placement.account.as_str();
        row.bytes(layout.file_number) == account.as_bytes()
            || row
                .number(layout.file_number)
                .is_ok_and(|key| key.is_some_and(|key: AccountKey| key == account))
    }

    fn refuse(&mut self, fault: Fault, row: &Row<'_>, out: &mut Output) {
        out.emit(fault.error(row.line).account(&self.placement.account).readable(self.readable));
        self.refused = true;
    }

    fn detail(&mut self, layout: &Layout, row: &Row<'_>, reading: &mut Reading) -> Result<(), Fault> {
        if layout.code == CMIS.code {
            misc::read(row, self, reading)
        } else if layout.code == CUPP.code {
            telephone::read(row, &mut self.placement, reading)
        } else if layout.code == CDIS.code {
            if row.goes_on_after(dispute::PLACED_READ) {
                reading.unread("CDIS", row.line);
            }
            let dispute = dispute::read_placed(row, self.placement.account.clone())?;
            self.placement.disputes.push(dispute);
            Ok(())
        } else {
            if row.goes_on_after(note::NOTE_END) {
                reading.unread("CNOT", row.line);
            }
            let note = note::read_note(row, self.placement.account.clone(), reading.zone.as_ref())?;
            self.placement.notes.push(note);
            Ok(())
        }
    }
}

#[cold]
fn out_of_order(row: &Row<'_>) -> Fatal {
    let message =
        "the record does not belong to the account before it; an account's records must follow its CACT";
    fatal_at("record_out_of_order", row.line, CACT.file_number.start, message)
}
