//! CMIS: a title and a text. In the sample profile some titles carry data that has no published record.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::Placement;
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{Day, Text};

use super::body::Open;
use super::{CMIS, debtor};
use crate::fault::Fault;
use crate::reading::Reading;
use crate::row::Row;
use crate::sheet::refuse;
use crate::writing::Writing;

const TITLE: Column = Column::new("title", 44, 30);
/// The text. The published page calls it a date.
pub(super) const DATA: Column = Column::new("misc_date", 74, 100);
/// The last column that was published.
pub(super) const END: usize = DATA.end();
/// The prefix of the title of a text that stays in `extra`.
const KEPT: &str = "CMIS.";
/// The prefix of the number and title of a text whose title came before.
const KEPT_AGAIN: &str = "CMIS:";

/// Reads a text into the account.
pub(super) fn read(row: &Row<'_>, open: &mut Open, reading: &mut Reading) -> Result<(), Fault> {
    if row.goes_on_after(END) {
        reading.unread("CMIS", row.line);
    }
    let title = row.bytes(TITLE);
    let number = title.strip_prefix(reading.config.debtor_title.as_bytes());
    if let Some(number) = number.and_then(|rest| rest.strip_prefix(b" ")).filter(|rest| is_number(rest)) {
        open.debtors += 1;
        if !is(number, open.debtors) {
            return Err(Fault::new("bad_row", TITLE, "debtors numbered from 1 without a gap"));
        }
        return debtor::read(row, open.debtors == 1, &mut open.placement, reading);
    }
    if title == reading.config.cleared_title.as_bytes() {
        return cleared(row, &mut open.placement);
    }
    let title = row.text::<Text<30>>(TITLE)?;
    let data = row.text::<Text<100>>(DATA)?;
    // An empty text would be dropped, so a blank text is kept as one blank.
    keep(&mut open.placement, title.as_deref().unwrap_or_default(), data.as_deref().unwrap_or(" "));
    Ok(())
}

fn is_number(digits: &[u8]) -> bool {
    (1..=4).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}

fn is(digits: &[u8], number: usize) -> bool {
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()) == Some(number)
}

/// `Y|CCYYMMDD`, `Y|` or `N|`.
fn cleared(row: &Row<'_>, placement: &mut Placement) -> Result<(), Fault> {
    let fault = || Fault::new("bad_row", DATA, "Y or N, a bar, and the day as CCYYMMDD");
    let (flag, day) = match row.bytes(DATA) {
        [flag, b'|', day @ ..] => (*flag, day),
        _ => return Err(fault()),
    };
    placement.cleared = Some(match flag {
        b'Y' => true,
        b'N' => false,
        _ => return Err(fault()),
    });
    if !day.is_empty() {
        let day = Day::from_compact(day);
        let expected = "a day of the calendar as CCYYMMDD after the bar";
        placement.cleared_on = Some(day.ok_or_else(|| Fault::new("bad_date", DATA, expected))?);
    }
    Ok(())
}

#[cold]
fn keep(placement: &mut Placement, title: &str, data: &str) {
    let mut name = format!("{KEPT}{title}");
    let mut times = 2;
    while placement.extra.get(&name).is_some() {
        name = format!("{KEPT_AGAIN}{times}.{title}");
        times += 1;
    }
    placement.extra.put(&name, data);
}

/// The title under which a text was kept.
fn title_of(name: &str) -> Option<&str> {
    if let Some(title) = name.strip_prefix(KEPT) {
        return Some(title);
    }
    name.strip_prefix(KEPT_AGAIN)?.split_once('.').map(|(_, title)| title)
}

/// Writes the debtors, the cleared balance and the texts that were kept.
pub(super) fn write(placement: &Placement, to: &mut Writing, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let mut number = 0;
    for (at, party) in placement.parties.iter().enumerate() {
        let pointer = format!("/parties/{at}");
        if let Some(text) = debtor::text(party, &pointer)? {
            number += 1;
            begin(placement, to, &format!("{} {number}", to.config.debtor_title), "")?;
            to.sheet.key(DATA, text.trim_end_matches(' '), &pointer)?;
            to.end(&CMIS, out);
        }
    }
    let cleared = placement.cleared.or(placement.cleared_on.map(|_| true));
    if let Some(cleared) = cleared {
        let title = to.config.cleared_title.clone();
        begin(placement, to, &title, "")?;
        let day = placement.cleared_on.map(Day::to_compact).unwrap_or_default();
        to.sheet.key(DATA, &format!("{}|{day}", if cleared { 'Y' } else { 'N' }), "/cleared_on")?;
        to.end(&CMIS, out);
    }
    for (name, data) in placement.extra.iter() {
        if let Some(title) = title_of(name) {
            begin(placement, to, title, "/extra")?;
            to.sheet.free(DATA, data);
            to.end(&CMIS, out);
        }
    }
    Ok(())
}

fn begin(placement: &Placement, to: &mut Writing, title: &str, pointer: &str) -> Result<(), Refusal> {
    to.begin_account(&CMIS, &placement.account, placement.account_number.as_deref())?;
    if title.len() > TITLE.width {
        return Err(refuse(pointer, "the title of a text has at most 30 characters"));
    }
    to.sheet.key(TITLE, title, pointer)
}
