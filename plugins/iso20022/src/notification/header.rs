//! The group header.

use bailiwick_sdk::document::{Header, Problem};
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::{Code, Day, ItemKey};

use crate::fatal::{Fatal, fatal};
use crate::xml::Tag;

/// The group header.
#[derive(Debug, Default)]
pub(crate) struct GroupHeader {
    pub(crate) line: u64,
    /// `MsgId`.
    pub(crate) identity: Option<ItemKey>,
    created_on: Option<Day>,
    bad_day: bool,
    /// The message is one page of several, so totals may be of all pages.
    pub(crate) paged: bool,
    /// Whether it was complete and has been emitted.
    pub(crate) emitted: bool,
}

impl GroupHeader {
    /// Takes a text of the header.
    pub(crate) fn text(&mut self, path: &[Tag], text: &str, line: u64) -> Result<(), Fatal> {
        match path {
            [Tag::MsgId] => {
                let identity = ItemKey::new(text);
                let message = "expected a message identification of 1 to 64 characters in one line";
                self.identity = Some(identity.map_err(|_| fatal("bad_header", line, message))?);
            }
            [Tag::CreDtTm] => {
                self.created_on = day(text);
                self.bad_day = self.created_on.is_none();
            }
            [Tag::MsgPgntn, below @ ..] => self.paged |= is_one_of_several(below, text),
            _ => {}
        }
        Ok(())
    }

    /// Emits the header.
    pub(crate) fn close(&mut self, line: u64, out: &mut Output) -> Result<(), Fatal> {
        if self.emitted {
            return Err(fatal("bad_header", line, "the document has a second group header"));
        }
        if self.identity.is_none() {
            let message = "the group header has no message identification";
            return Err(fatal("bad_header", self.line, message));
        }
        self.emitted = true;
        if self.bad_day {
            let message = "expected the day the message was created; it is left open";
            out.emit(Problem::warning("bad_date", self.line, message));
        }
        let mut header = Header::new();
        header.line = Some(self.line);
        header.identity = self.identity.clone();
        header.created_on = self.created_on;
        header.encoding = Code::trimmed("utf-8");
        out.emit(header);
        Ok(())
    }
}

/// Whether an element of the pagination says that the message has further pages.
pub(crate) fn is_one_of_several(path: &[Tag], text: &str) -> bool {
    match path {
        [Tag::PgNb] => text.trim_start_matches('0') != "1",
        [Tag::LastPgInd] => !is_true(text),
        _ => false,
    }
}

/// A boolean of XML Schema.
pub(crate) fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}

/// The day of a date or of a date with time, as it is written: in the sender's own zone.
pub(crate) fn day(text: &str) -> Option<Day> {
    let (day, rest) = text.split_at_checked(10)?;
    let zone_or_time = rest.is_empty() || rest.starts_with(['T', 'Z', '+', '-']);
    if zone_or_time { day.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_as_it_is_written() {
        for text in ["2020-11-24", "2020-11-24Z", "2020-11-24+01:00", "2020-11-24T23:59:59.5-11:00"] {
            assert_eq!(day(text).map(|day| day.to_string()).as_deref(), Some("2020-11-24"), "{text}");
        }
        for text in ["", "2020-11-31", "24.11.2020", "2020-11-24 10:00", "2020-11-240", "２０２０-11-24"]
        {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
