//! ASTS: a change of status, with a note.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{HoldReason, Item, Status, StatusKind};
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::Code;

use crate::config::Config;
use crate::fault::Fault;
use crate::layout::{DEBTOR_FIRST, FILE_NUMBER_SECOND, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const ASTS: Layout = Layout::of_debtor(b"ASTS", 111, 111);
pub(crate) static LAYOUTS: [Layout; 1] = [ASTS];

const STATUS: Column = Column::new("status", 23, 3);
const NOTE: Column = Column::new("note", 26, 75);
const DATE: Column = Column::new("note_date", 101, 8);
const QUEUE: Column = Column::new("notification", 109, 3);

/// The canonical status of a code.
pub(crate) fn kind_of(config: &Config, code: &str) -> Option<StatusKind> {
    config.status_codes.iter().find(|row| row.code == code).map(|row| row.status)
}

/// The first code of a canonical status.
pub(crate) fn code_of(config: &Config, status: StatusKind) -> Option<&Code> {
    config.status_codes.iter().find(|row| row.status == status).map(|row| &row.code)
}

pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let code: Code = row.required(STATUS)?;
    let kind = kind_of(&reading.config, &code);
    if kind.is_none() {
        reading.unknown_code("status_codes", &code, row.line);
    }
    let mut document = Status::new(
        row.required_number(FILE_NUMBER_SECOND)?,
        kind.unwrap_or(StatusKind::Other),
        row.required_day(DATE)?,
    );
    document.line = Some(row.line);
    document.text = row.text(NOTE)?;
    document.code = Some(code);
    document.party = row.number(DEBTOR_FIRST)?;
    document.queue = row.text(QUEUE)?;
    Ok(document.into())
}

pub(crate) fn write(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Status(document) = item else { return Err(to.unsupported(&item)) };
    check_ends(&document)?;
    let own = document.code.as_ref().filter(|code| match kind_of(&to.config, code) {
        Some(kind) => kind == document.status,
        // An unlisted code is passed on unchanged.
        None => document.status == StatusKind::Other,
    });
    let missing =
        || refuse("/status", "status_codes has no code for this status; add one to the configuration");
    let code = own.or_else(|| code_of(&to.config, document.status)).cloned().ok_or_else(missing)?;
    to.begin(&ASTS, &document.account)?;
    to.sheet.number_if(DEBTOR_FIRST, document.party.as_deref(), "/party")?;
    to.sheet.key(STATUS, &code, "/code")?;
    if let Some(text) = &document.text {
        to.sheet.free(NOTE, text);
    }
    to.sheet.day(DATE, document.on, "/on")?;
    to.sheet.key_if(QUEUE, document.queue.as_deref(), "/queue")?;
    to.end(&ASTS, out);
    Ok(())
}

/// Refuses a status that says that holds end: the record has no column for it. A status of work ends the hold `legal` by
/// itself.
fn check_ends(status: &Status) -> Result<(), Refusal> {
    let is_of_work =
        matches!(status.status, StatusKind::Working | StatusKind::PromiseToPay | StatusKind::PaymentPlan);
    if status.ends.iter().all(|reason| is_of_work && *reason == HoldReason::Legal) {
        return Ok(());
    }
    let message = "the record cannot say that a hold ends, only that legal does: by a status of work; tell the bank in \
                   another way and send the status without ends";
    Err(refuse("/ends", message))
}
