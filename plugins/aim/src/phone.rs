//! Telephone columns, which CUPP and AUPP share.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Phone, PhoneKind, PhoneState};
use bailiwick_sdk::kit::fixed::Column;

use crate::fault::Fault;
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::Sheet;

pub(crate) const RELATIONSHIP: Column = Column::new("relationship", 23, 50);
const KIND: Column = Column::new("phone_type", 73, 1);
const STATE: Column = Column::new("phone_status_id", 74, 1);
const ON_HOLD: Column = Column::new("on_hold", 75, 1);
const NUMBER: Column = Column::new("phone_number", 76, 30);
const EXTENSION: Column = Column::new("phone_ext", 106, 10);
const LISTED_NAME: Column = Column::new("phone_name", 116, 30);
pub(crate) const SOURCE: Column = Column::new("source", 146, 30);

/// The types that the product fixes, 1 to 6.
const KINDS: [PhoneKind; 6] = [
    PhoneKind::Home,
    PhoneKind::Work,
    PhoneKind::Mobile,
    PhoneKind::Fax,
    PhoneKind::SpouseHome,
    PhoneKind::SpouseWork,
];

/// The states that the product fixes, 0 to 2.
const STATES: [PhoneState; 3] = [PhoneState::Unknown, PhoneState::Bad, PhoneState::Good];

/// Reads a phone type. A blank is a number of another kind; so is an unknown type, with a warning.
pub(crate) fn kind(row: &Row<'_>, column: Column, reading: &mut Reading) -> PhoneKind {
    let code = row.bytes(column);
    let known = code.first().and_then(|digit| KINDS.get(usize::from(digit.checked_sub(b'1')?)));
    if known.is_none() && !code.is_empty() {
        let message = "a phone type other than 1 to 6; the number is taken as one of another kind";
        reading.warn_once("unknown_code", "phone_type", "", row.line, || message.to_owned());
    }
    known.copied().unwrap_or(PhoneKind::Other)
}

/// Writes a phone type; another kind is a blank.
pub(crate) fn write_kind(sheet: &mut Sheet, column: Column, kind: Option<PhoneKind>) {
    digit(sheet, column, KINDS.iter().position(|known| Some(*known) == kind), b'1');
}

/// Reads a number with its state.
pub(crate) fn read(row: &Row<'_>, reading: &mut Reading) -> Result<Phone, Fault> {
    let mut phone = Phone::new(kind(row, KIND, reading));
    phone.number = row.text(NUMBER)?;
    phone.extension = row.text(EXTENSION)?;
    phone.listed_name = row.text(LISTED_NAME)?;
    phone.source = row.text(SOURCE)?;
    phone.on_hold = row.flag(ON_HOLD)?;
    phone.state = match row.bytes(STATE) {
        [] => None,
        [digit] => digit.checked_sub(b'0').and_then(|at| STATES.get(usize::from(at))).copied(),
        _ => None,
    };
    if phone.state.is_none() && !row.bytes(STATE).is_empty() {
        let message = "a phone status other than 0, 1 and 2; it was left out";
        reading.warn_once("unknown_code", "phone_status", "", row.line, || message.to_owned());
    }
    Ok(phone)
}

/// Writes a number with its state.
pub(crate) fn write(sheet: &mut Sheet, phone: &Phone, pointer: &str) -> Result<(), Refusal> {
    write_kind(sheet, KIND, Some(phone.kind));
    digit(sheet, STATE, STATES.iter().position(|known| Some(*known) == phone.state), b'0');
    sheet.flag(ON_HOLD, phone.on_hold, [b"0", b"1"]);
    sheet.key_if(NUMBER, phone.number.as_deref(), pointer)?;
    sheet.key_if(EXTENSION, phone.extension.as_deref(), pointer)?;
    sheet.name_if(LISTED_NAME, phone.listed_name.as_deref(), pointer)?;
    sheet.key_if(SOURCE, phone.source.as_deref(), pointer)
}

fn digit(sheet: &mut Sheet, column: Column, at: Option<usize>, first: u8) {
    if let Some(at) = at.and_then(|at| u8::try_from(at).ok()) {
        sheet.digit(column, first.saturating_add(at));
    }
}
