//! The messages: which subject each belongs to, and who reads and writes it.

use std::rc::Rc;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::Subject;
use bailiwick_sdk::plugin::{Decode, Encode};

use crate::case::{self, CaseRows, CaseWriter};
use crate::config::Config;
use crate::sheet::SheetReader;

/// A message of the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    Cases,
}

impl Message {
    pub(crate) const NAMES: [&str; 1] = ["cases"];
    pub(crate) fn of(_subject: Subject, _context: &Context) -> Result<Self, Refusal> {
        Ok(Self::Cases)
    }
    pub(crate) fn decoder(self, config: &Rc<Config>) -> Result<Box<dyn Decode>, Refusal> {
        let rows = Box::new(CaseRows::new(Rc::clone(config))?);
        Ok(Box::new(SheetReader::new(&case::LAYOUT, config, rows)?))
    }
    pub(crate) fn encoder(self, config: &Rc<Config>, context: &Context) -> Result<Box<dyn Encode>, Refusal> {
        Ok(Box::new(CaseWriter::new(Rc::clone(config), context)?))
    }
}
