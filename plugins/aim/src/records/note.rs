//! ANOT and CNOT: notes of the agency and of the bank. Some of the agency's are attempts to reach somebody.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{ContactAttempt, Item, Note};
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{AccountKey, Code, Extra, Moment, Zone};

use crate::fault::Fault;
use crate::layout::{FILE_NUMBER, Layout};
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::{Sheet, refuse};
use crate::writing::Writing;

const ANOT: Layout = Layout::new(b"ANOT", 340, 340);
const CNOT: Layout = Layout::new(b"CNOT", 339, 339);
pub(crate) static FROM_AGENCY: [Layout; 1] = [ANOT];
pub(crate) static FROM_BANK: [Layout; 1] = [CNOT];

const CREATED: Column = Column::new("created_datetime", 14, 14);
const ACTION: Column = Column::new("note_action", 28, 6);
const RESULT: Column = Column::new("note_result", 34, 6);
const COMMENT: Column = Column::new("note_comment", 40, 300);
const PRIVATE: Column = Column::new("is_private", 340, 1);
/// The last column of a note inside a placement.
pub(crate) const NOTE_END: usize = COMMENT.end();

/// Reads the columns that every note has.
pub(crate) fn read_note(row: &Row<'_>, account: AccountKey, zone: Option<&Zone>) -> Result<Note, Fault> {
    let (at, date_only) = moment(row, zone)?;
    let mut note = Note::new(account, at);
    note.line = Some(row.line);
    note.text = row.text(COMMENT)?;
    note.action = row.text(ACTION)?;
    note.result = row.text(RESULT)?;
    if date_only {
        keep_date(row, &mut note.extra);
    }
    Ok(note)
}

fn moment(row: &Row<'_>, zone: Option<&Zone>) -> Result<(Moment, bool), Fault> {
    let zone = zone.ok_or_else(|| Fault::new("bad_date", CREATED, "no moment, this message has no clock"))?;
    row.moment(CREATED, zone)
}

/// Midnight can be a time or mean that there is no time; the text tells which.
#[cold]
fn keep_date(row: &Row<'_>, extra: &mut Extra) {
    if let Ok(text) = std::str::from_utf8(row.bytes(CREATED)) {
        extra.put(CREATED.name, text);
    }
}

pub(crate) fn read_from_bank(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    read_note(row, row.required_number(FILE_NUMBER)?, reading.zone.as_ref()).map(Item::from)
}

pub(crate) fn read_from_agency(row: &Row<'_>, reading: &mut Reading) -> Result<Item, Fault> {
    let account = row.required_number(FILE_NUMBER)?;
    let private = row.flag(PRIVATE)?;
    let code = row.bytes(ACTION);
    let Some(action) = reading.config.contact_actions.iter().find(|row| row.code.as_bytes() == code) else {
        let mut note = read_note(row, account, reading.zone.as_ref())?;
        note.private = private;
        return Ok(note.into());
    };
    let (at, date_only) = moment(row, reading.zone.as_ref())?;
    let mut attempt = ContactAttempt::new(account, action.channel, action.direction, at);
    attempt.line = Some(row.line);
    attempt.text = row.text(COMMENT)?;
    attempt.action = Some(action.code.clone());
    attempt.result = row.text(RESULT)?;
    attempt.private = private;
    let result = attempt.result.as_ref();
    if let Some(meaning) = reading.config.contact_results.iter().find(|row| Some(&row.code) == result) {
        attempt.connected = Some(meaning.connected);
        attempt.conversation = Some(meaning.conversation);
    }
    if date_only {
        keep_date(row, &mut attempt.extra);
    }
    Ok(Box::new(attempt).into())
}

/// Writes the columns that every note has.
pub(crate) fn write_note(sheet: &mut Sheet, zone: &Zone, note: &Note) -> Result<(), Refusal> {
    sheet.moment(CREATED, &note.at, zone, note.extra.get(CREATED.name));
    sheet.key_if(ACTION, note.action.as_deref(), "/action")?;
    sheet.key_if(RESULT, note.result.as_deref(), "/result")?;
    if let Some(text) = &note.text {
        sheet.free(COMMENT, text);
    }
    Ok(())
}

pub(crate) fn write_from_bank(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let Item::Note(note) = item else { return Err(to.unsupported(&item)) };
    let zone = to.zone()?;
    to.begin(&CNOT, &note.account)?;
    write_note(&mut to.sheet, &zone, &note)?;
    to.end(&CNOT, out);
    Ok(())
}

pub(crate) fn write_from_agency(item: Item, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let zone = to.zone()?;
    let private = match item {
        Item::Note(note) => {
            to.begin(&ANOT, &note.account)?;
            write_note(&mut to.sheet, &zone, &note)?;
            note.private
        }
        Item::ContactAttempt(attempt) => {
            let action = action(to, &attempt)?;
            let result = result(to, &attempt);
            to.begin(&ANOT, &attempt.account)?;
            to.sheet.moment(CREATED, &attempt.started, &zone, attempt.extra.get(CREATED.name));
            to.sheet.key(ACTION, &action, "/action")?;
            to.sheet.key_if(RESULT, result.as_deref(), "/result")?;
            if let Some(text) = &attempt.text {
                to.sheet.free(COMMENT, text);
            }
            attempt.private
        }
        other => return Err(to.unsupported(&other)),
    };
    to.sheet.flag(PRIVATE, private, [b"N", b"Y"]);
    to.end(&ANOT, out);
    Ok(())
}

/// The bank's code for the means of contact: the sender's code if it means the same.
fn action(to: &Writing, attempt: &ContactAttempt) -> Result<Code, Refusal> {
    let actions = &to.config.contact_actions;
    let fitting = |row: &&crate::config::ContactAction| {
        row.channel == attempt.channel && row.direction == attempt.direction
    };
    let same = actions.iter().filter(fitting).find(|row| Some(&row.code) == attempt.action.as_ref());
    let message =
        "contact_actions has no action for this channel and direction; add one to the configuration";
    let found = same.or_else(|| actions.iter().find(fitting));
    found.map(|row| row.code.clone()).ok_or_else(|| refuse("/channel", message))
}

/// The bank's code for the result of a contact: the sender's code if it is listed or has no meaning, otherwise a code
/// with the same meaning.
fn result(to: &Writing, attempt: &ContactAttempt) -> Option<Code> {
    let results = &to.config.contact_results;
    let own = attempt.result.as_ref();
    let (Some(connected), conversation) = (attempt.connected, attempt.conversation.unwrap_or(false)) else {
        return own.filter(|code| code.len() <= RESULT.width && code.is_ascii()).cloned();
    };
    let fitting =
        |row: &&crate::config::ContactResult| row.connected == connected && row.conversation == conversation;
    let same = results.iter().filter(fitting).find(|row| Some(&row.code) == own);
    same.or_else(|| results.iter().find(fitting)).map(|row| row.code.clone())
}
