//! The messages: the subject, the reader and the writer of each.

use std::rc::Rc;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::Subject;
use bailiwick_sdk::plugin::{Decode, Encode};

use crate::case::{self, CaseRows, CaseWriter};
use crate::config::Config;
use crate::sheet::SheetReader;
use crate::table::{
    Acknowledgments, Adjustments, Complaints, DirectPayments, Followups, Payments, RecallObjections, Recalls,
    Reconciliations, Returns, Table, TableRows, TableWriter,
};

/// A message of the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    Cases,
    Recalls,
    RecallObjections,
    Acknowledgment,
    Returns,
    Followups,
    Payments,
    DirectPayments,
    Adjustments,
    Reconciliation,
    Complaints,
}

impl Message {
    const ALL: [(&str, Self, Subject); 11] = [
        ("cases", Self::Cases, Subject::Placement),
        ("recalls", Self::Recalls, Subject::Placement),
        ("recall_objections", Self::RecallObjections, Subject::Placement),
        ("acknowledgment", Self::Acknowledgment, Subject::Placement),
        ("returns", Self::Returns, Subject::Placement),
        ("followups", Self::Followups, Subject::StatusReporting),
        ("payments", Self::Payments, Subject::Remittance),
        ("direct_payments", Self::DirectPayments, Subject::Remittance),
        ("adjustments", Self::Adjustments, Subject::Remittance),
        ("reconciliation", Self::Reconciliation, Subject::Remittance),
        ("complaints", Self::Complaints, Subject::Dispute),
    ];

    /// The names of all messages.
    pub(crate) const NAMES: [&str; 11] = {
        let mut names = [""; 11];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::ALL[at].0;
            at += 1;
        }
        names
    };

    /// The message of a call.
    ///
    /// # Errors
    /// `unsupported` for a message that is not there or belongs to another subject.
    pub(crate) fn of(subject: Subject, context: &Context) -> Result<Self, Refusal> {
        let named = Self::ALL.iter().find(|(name, _, of)| context.message == **name && *of == subject);
        named
            .map(|(_, message, _)| *message)
            .ok_or_else(|| Refusal::unsupported(format_args!("the message {} of {subject}", context.message)))
    }

    /// The reader of the message.
    ///
    /// # Errors
    /// `bad_config`.
    pub(crate) fn decoder(self, config: &Rc<Config>) -> Result<Box<dyn Decode>, Refusal> {
        Ok(Box::new(match self.table(config)? {
            None => SheetReader::new(&case::LAYOUT, config, Box::new(CaseRows::new(Rc::clone(config))?))?,
            Some(table) => SheetReader::new(table.layout(), config, Box::new(TableRows(table)))?,
        }))
    }

    /// The writer of the message.
    ///
    /// # Errors
    /// `bad_config`.
    pub(crate) fn encoder(self, config: &Rc<Config>, context: &Context) -> Result<Box<dyn Encode>, Refusal> {
        Ok(match self.table(config)? {
            None => Box::new(CaseWriter::new(Rc::clone(config), context)?),
            Some(table) => Box::new(TableWriter::new(table, config)?),
        })
    }

    /// The table, if the message has one document a row; none for the case table.
    fn table(self, config: &Rc<Config>) -> Result<Option<Box<dyn Table>>, Refusal> {
        let config = || Rc::clone(config);
        Ok(Some(match self {
            Self::Cases => return Ok(None),
            Self::Recalls => Box::new(Recalls(config())),
            Self::RecallObjections => Box::new(RecallObjections),
            Self::Acknowledgment => Box::new(Acknowledgments(config())),
            Self::Returns => Box::new(Returns(config())),
            Self::Followups => Box::new(Followups::new(config())?),
            Self::Payments => Box::new(Payments(config())),
            Self::DirectPayments => Box::new(DirectPayments(config())),
            Self::Adjustments => Box::new(Adjustments(config())),
            Self::Reconciliation => Box::new(Reconciliations),
            Self::Complaints => Box::new(Complaints(config())),
        }))
    }
}
