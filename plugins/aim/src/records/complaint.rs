//! ACPT: a customer complains. Of the record only the first 1436 columns were published.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Complaint, Item, MatterState};
use bailiwick_sdk::kit::fixed::Column;

use crate::fault::Fault;
use crate::layout::{DEBTOR_SECOND, FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const ACPT: Layout = Layout::new(b"ACPT", 1436, 1436).open_ended();
pub(crate) static LAYOUTS: [Layout; 1] = [ACPT];

const SOURCE: Column = Column::new("source", 23, 20);
const ID: Column = Column::new("id", 43, 9);
const RECEIVER_ID: Column = Column::new("receiver_complaint_id", 52, 9);
const AGAINST_CODE: Column = Column::new("against_code", 61, 10);
const AGAINST: Column = Column::new("against", 71, 50);
const AGAINST_ENTITY: Column = Column::new("against_entity", 121, 255);
const CATEGORY: Column = Column::new("category", 376, 20);
const COMPENSATION: Column = Column::new("compensation_amount", 396, 12);
const CONCLUSION: Column = Column::new("conclusion", 408, 500);
// Dates are printed nine columns wide; eight are the date.
const CLOSED: Column = Column::new("date_closed", 908, 9);
const IN_ADMIN: Column = Column::new("date_in_admin", 917, 9);
const RECEIVED: Column = Column::new("date_received", 926, 9);
const DELETED: Column = Column::new("deleted", 935, 1);
const DETAILS: Column = Column::new("details", 936, 500);
const DISSATISFIED: Column = Column::new("dissatisfaction", 1436, 1);

/// Columns that a complaint has no member for.
const UNREAD: [Column; 6] = [SOURCE, RECEIVER_ID, AGAINST_CODE, AGAINST_ENTITY, IN_ADMIN, DISSATISFIED];

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    if row.goes_on_after(ACPT.width) || UNREAD.iter().any(|column| !row.bytes(*column).is_empty()) {
        reading.unread("ACPT", row.line);
    }
    let closed_on = row.day(CLOSED)?;
    // A deleted complaint is treated as closed.
    let deleted = row.flag(DELETED)? == Some(true);
    let state = if closed_on.is_some() || deleted { MatterState::Closed } else { MatterState::Open };
    let mut document = Complaint::new(
        row.required_number(FILE_NUMBER)?,
        row.required_number(ID)?,
        row.required_day(RECEIVED)?,
        state,
    );
    document.line = Some(row.line);
    document.party = row.number(DEBTOR_SECOND)?;
    document.against = row.text(AGAINST)?;
    document.category = row.text(CATEGORY)?;
    document.compensation = row.amount_or_blank(COMPENSATION)?;
    if document.compensation.is_some_and(|paid| paid.get() < 0) {
        return Err(crate::money::negative(COMPENSATION));
    }
    document.currency = document.compensation.map(|_| reading.currency);
    document.resolution = row.text(CONCLUSION)?;
    document.closed_on = closed_on;
    document.text = row.text(DETAILS)?;
    Ok(Box::new(document).into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Complaint(document) = item else { return Err(to.unsupported(&item)) };
    if document.state == MatterState::Closed && document.closed_on.is_none() {
        return Err(refuse(
            "/closed_on",
            "a closed complaint needs the day; the record knows no other way to say it",
        ));
    }
    to.begin(&ACPT, &document.account)?;
    let sheet = &mut to.sheet;
    sheet.number_if(DEBTOR_SECOND, document.party.as_deref(), "/party")?;
    sheet.number(ID, &document.identifier, "/identifier")?;
    sheet.name_if(AGAINST, document.against.as_deref(), "/against")?;
    sheet.name_if(CATEGORY, document.category.as_deref(), "/category")?;
    if let Some(compensation) = document.compensation {
        sheet.amount(COMPENSATION, compensation, "/compensation")?;
    }
    if let Some(resolution) = &document.resolution {
        sheet.free(CONCLUSION, resolution);
    }
    sheet.day_if(CLOSED, document.closed_on, "/closed_on")?;
    sheet.day(RECEIVED, document.received_on, "/received_on")?;
    if let Some(text) = &document.text {
        sheet.free(DETAILS, text);
    }
    to.end(&ACPT, out);
    Ok(())
}
