//! ADIS, and CDIS inside a placement: a customer disputes the debt.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Dispute, Item, MatterState};
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{AccountKey, Code};

use crate::fault::Fault;
use crate::layout::{DEBTOR_SECOND, FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::{Dated, NO_DATE, Row};
use crate::sheet::{Sheet, refuse};
use crate::writing::Writing;

const ADIS: Layout = Layout::new(b"ADIS", 834, 834).open_ended();
pub(crate) static LAYOUTS: [Layout; 1] = [ADIS];

/// The columns of a dispute. The two records have the same columns in different places.
struct Columns {
    id: Column,
    type_code: Column,
    kind: Column,
    received: Column,
    referred_by_code: Column,
    referred_by: Column,
    details: Column,
    category_code: Column,
    category: Column,
    against_code: Column,
    against: Column,
    closed: Column,
    recourse: Column,
    justified: Column,
}

/// After `id`, and in ADIS the receiver's key, both records have the same columns.
const fn columns(id: usize, type_code: usize) -> Columns {
    Columns {
        id: Column::new("id", id, 9),
        type_code: Column::new("type_code", type_code, 10),
        kind: Column::new("type", type_code + 10, 50),
        received: Column::new("date_received", type_code + 60, 8),
        referred_by_code: Column::new("referred_by_code", type_code + 68, 10),
        referred_by: Column::new("referred_by", type_code + 78, 50),
        details: Column::new("details", type_code + 128, 500),
        category_code: Column::new("category_code", type_code + 628, 10),
        category: Column::new("category", type_code + 638, 50),
        against_code: Column::new("against_code", type_code + 688, 10),
        against: Column::new("against", type_code + 698, 50),
        closed: Column::new("date_closed", type_code + 748, 8),
        recourse: Column::new("recourse_date", type_code + 756, 8),
        justified: Column::new("justified", type_code + 764, 10),
    }
}

const OF_AGENCY: Columns = columns(43, 61);
const OF_BANK: Columns = columns(23, 32);
const SOURCE: Column = Column::new("source", 23, 20);
const RECEIVER_ID: Column = Column::new("receiver_dispute_id", 52, 9);
const OUTCOME: Column = Column::new("outcome_code", 806, 10);

/// The last column that a dispute inside a placement must have. The sample profile ends there.
pub(crate) const PLACED_END: usize = OF_BANK.details.end();
/// The last column that was published.
pub(crate) const PLACED_READ: usize = OUTCOME.end();

fn read_columns(row: &Row<'_>, at: &Columns, account: AccountKey) -> Result<Dispute, Fault> {
    let closed = row.date(at.closed)?;
    let recourse = row.date(at.recourse)?;
    let state = if closed.day().is_some() { MatterState::Closed } else { MatterState::Open };
    let mut document =
        Dispute::new(account, row.required_number(at.id)?, row.required_day(at.received)?, state);
    document.line = Some(row.line);
    document.party = row.number(DEBTOR_SECOND)?;
    document.code = row.text(at.type_code)?;
    document.kind = row.text(at.kind)?;
    document.referred_by_code = row.text(at.referred_by_code)?;
    document.referred_by = row.text(at.referred_by)?;
    document.text = row.text(at.details)?;
    document.category_code = row.text(at.category_code)?;
    document.category = row.text(at.category)?;
    document.against_code = row.text(at.against_code)?;
    document.against = row.text(at.against)?;
    document.closed_on = closed.day();
    document.recourse_on = recourse.day();
    document.justified = row.text(at.justified)?;
    for (column, date) in [(at.closed, closed), (at.recourse, recourse)] {
        if date == Dated::Never {
            document.extra.put(column.name, NO_DATE);
        }
    }
    Ok(document)
}

fn write_columns(sheet: &mut Sheet, at: &Columns, document: &Dispute) -> Result<(), Refusal> {
    if document.state == MatterState::Closed && document.closed_on.is_none() {
        return Err(refuse(
            "/closed_on",
            "a closed dispute needs the day; the record knows no other way to say it",
        ));
    }
    sheet.number_if(DEBTOR_SECOND, document.party.as_deref(), "/party")?;
    sheet.number(at.id, &document.identifier, "/identifier")?;
    sheet.key_if(at.type_code, document.code.as_deref(), "/code")?;
    sheet.name_if(at.kind, document.kind.as_deref(), "/kind")?;
    sheet.day(at.received, document.received_on, "/received_on")?;
    sheet.key_if(at.referred_by_code, document.referred_by_code.as_deref(), "/referred_by_code")?;
    sheet.name_if(at.referred_by, document.referred_by.as_deref(), "/referred_by")?;
    if let Some(text) = &document.text {
        sheet.free(at.details, text);
    }
    sheet.key_if(at.category_code, document.category_code.as_deref(), "/category_code")?;
    sheet.name_if(at.category, document.category.as_deref(), "/category")?;
    sheet.key_if(at.against_code, document.against_code.as_deref(), "/against_code")?;
    sheet.name_if(at.against, document.against.as_deref(), "/against")?;
    let kept = |column: Column| document.extra.get(column.name);
    sheet.day_or_never(at.closed, document.closed_on, kept(at.closed), "/closed_on")?;
    sheet.day_or_never(at.recourse, document.recourse_on, kept(at.recourse), "/recourse_on")?;
    sheet.key_if(at.justified, document.justified.as_deref(), "/justified")
}

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    if row.goes_on_after(ADIS.width) {
        reading.unread("ADIS", row.line);
    }
    let mut document = read_columns(row, &OF_AGENCY, row.required_number(FILE_NUMBER)?)?;
    document.source = row.text(SOURCE)?;
    document.receiver_identifier = row.number(RECEIVER_ID)?;
    Ok(Box::new(document).into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Dispute(document) = item else { return Err(to.unsupported(&item)) };
    to.begin(&ADIS, &document.account)?;
    to.sheet.key_if(SOURCE, document.source.as_deref(), "/source")?;
    to.sheet.number_if(RECEIVER_ID, document.receiver_identifier.as_deref(), "/receiver_identifier")?;
    write_columns(&mut to.sheet, &OF_AGENCY, &document)?;
    to.end(&ADIS, out);
    Ok(())
}

/// Reads a dispute that is known to the bank when it places the account.
pub(crate) fn read_placed(row: &Row<'_>, account: AccountKey) -> Result<Dispute, Fault> {
    let mut document = read_columns(row, &OF_BANK, account)?;
    if let Some(outcome) = row.text::<Code>(OUTCOME)? {
        document.extra.put(OUTCOME.name, &outcome);
    }
    Ok(document)
}

/// Writes such a dispute.
pub(crate) fn write_placed(sheet: &mut Sheet, document: &Dispute) -> Result<(), Refusal> {
    write_columns(sheet, &OF_BANK, document)?;
    sheet.key_if(OUTCOME, document.extra.get(OUTCOME.name), "/extra")
}
