//! Writes a file: the records as the documents come, and the trailer at the end.

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{Header, Item};
use bailiwick_sdk::plugin::Encode;
use bailiwick_sdk::value::{Code, Day, Minor, Name};

use crate::config::Config;
use crate::layout::Trailer;
use crate::message::Message;
use crate::sheet::refuse;
use crate::writing::Writing;

/// A writer for `message`.
pub(crate) fn writer(
    message: &'static Message,
    config: Config,
    context: &Context,
) -> Result<Box<dyn Encode>, Refusal> {
    let writing = Writing::new(message, config, context)?;
    Ok(Box::new(Writer {
        message,
        writing,
        header: None,
        agency: context.agency.clone(),
        agency_name: context.agency_name.clone(),
        today: context.today,
    }))
}

/// Writes one file.
struct Writer {
    message: &'static Message,
    writing: Writing,
    header: Option<Box<Header>>,
    agency: Option<Code>,
    agency_name: Option<Name>,
    today: Day,
}

impl Encode for Writer {
    fn push(&mut self, item: Item, out: &mut Vec<u8>) -> Result<(), Refusal> {
        match item {
            Item::Header(header) => {
                self.header = Some(header);
                Ok(())
            }
            // The trailer is counted and summed here; controls of another file are ignored.
            Item::Control(_) => Ok(()),
            item => {
                self.writing.check_currency(&item)?;
                (self.message.write)(item, &mut self.writing, out)
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        match &self.message.trailer {
            Some(trailer) => self.trailer(trailer, out),
            None => Ok(()),
        }
    }
}

impl Writer {
    fn trailer(&mut self, trailer: &Trailer, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let header = self.header.take();
        let header = header.as_deref();
        let agency = header.and_then(|header| header.agency.as_deref()).or(self.agency.as_deref());
        let agency_name =
            header.and_then(|header| header.agency_name.as_deref()).or(self.agency_name.as_deref());
        let created = header.and_then(|header| header.created_on).unwrap_or(self.today);
        let sheet = &mut self.writing.sheet;
        sheet.begin(trailer.code);
        sheet.key_if(Trailer::AGENCY, agency, "/agency")?;
        sheet.name_if(Trailer::AGENCY_NAME, agency_name, "/agency_name")?;
        sheet.count(Trailer::RECORDS, self.writing.records, "/records")?;
        if let Some(column) = trailer.total {
            let total = i64::try_from(self.writing.total).ok().and_then(Minor::new);
            let message =
                "the placed amounts sum to more than the trailer holds; place fewer accounts in a file";
            let total = total.ok_or_else(|| refuse("/placement_total", message))?;
            sheet
                .amount(column, total, "/placement_total")
                .map_err(|_| refuse("/placement_total", message))?;
        }
        sheet.day(trailer.created, created, "/created_on")?;
        sheet.end([trailer.compact(), trailer.compact(), trailer.width], out);
        Ok(())
    }
}
