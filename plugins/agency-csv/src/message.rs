//! The kinds of files, and the documents in each.

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{
    Acknowledgment, Adjustment, Bankruptcy, Complaint, ContactAttempt, Decision, DemographicChange,
    DirectPayment, Dispute, Escalation, Evidence, EvidenceRequest, Item, Note, Payment, PaymentPlan,
    Placement, Problem, Promise, Recall, RecallObjection, Reconciliation, RemittanceStatement, Return,
    Reversal, Status, Subject,
};

use crate::table::{Column, Layout, RowReader, RowWriter, Settings, columns_of};
use crate::walk::Document;

/// A kind of document, and the functions that read and write its rows.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// The name, as in the column `type`.
    pub(crate) name: &'static str,
    /// Its columns.
    pub(crate) columns: fn() -> Vec<Column>,
    /// Reads its document from a row.
    pub(crate) read: fn(RowReader<'_>) -> Result<Item, Box<Problem>>,
    /// Writes a row from its document.
    pub(crate) write: Write,
    /// Makes a random document.
    #[cfg(test)]
    pub(crate) sample: fn(&mut crate::generate::Entropy<'_>) -> Item,
}

type Write = fn(Item, &mut RowWriter, &Layout, &[usize], &mut Settings) -> Result<(), Refusal>;

const fn kind<T: Document>() -> Kind {
    Kind {
        name: T::KIND,
        columns: columns_of::<T>,
        read: read::<T>,
        write: write::<T>,
        #[cfg(test)]
        sample: crate::generate::sample::<T>,
    }
}

fn read<T: Document>(row: RowReader<'_>) -> Result<Item, Box<Problem>> {
    row.read::<T>()
}

fn write<T: Document>(
    item: Item,
    row: &mut RowWriter,
    layout: &Layout,
    places: &[usize],
    settings: &mut Settings,
) -> Result<(), Refusal> {
    let name = item.kind();
    match T::of(item) {
        Some(mut document) => row.fill(&mut document, layout.columns.len(), places, settings),
        None => Err(Refusal::unsupported(format_args!("items of the kind {name} here"))),
    }
}

/// A file.
pub(crate) struct Message {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its subject.
    pub(crate) subject: Subject,
    /// The kinds of its documents.
    pub(crate) kinds: &'static [Kind],
}

const PLACEMENT: Kind = kind::<Placement>();
const NOTE: Kind = kind::<Note>();
const REVERSAL: Kind = kind::<Reversal>();
const STATEMENT: Kind = kind::<RemittanceStatement>();
const EVIDENCE: Kind = kind::<Evidence>();
const EVIDENCE_REQUEST: Kind = kind::<EvidenceRequest>();
const MATTERS: [Kind; 3] = [kind::<Dispute>(), kind::<Complaint>(), kind::<Escalation>()];

const fn message(name: &'static str, subject: Subject, kinds: &'static [Kind]) -> Message {
    Message { name, subject, kinds }
}

/// Every file, first those to the agency, then those from it.
pub(crate) static MESSAGES: [Message; 24] = [
    message("placements", Subject::Placement, &[PLACEMENT]),
    message("recalls", Subject::Placement, &[kind::<Recall>()]),
    message("direct_payments", Subject::Remittance, &[kind::<DirectPayment>(), REVERSAL]),
    message("adjustments", Subject::Remittance, &[kind::<Adjustment>()]),
    message("remittances", Subject::Remittance, &[STATEMENT]),
    message("notes", Subject::StatusReporting, &[NOTE]),
    message("evidence", Subject::StatusReporting, &[EVIDENCE]),
    message("matters", Subject::Dispute, &MATTERS),
    message("decisions", Subject::Dispute, &[kind::<Decision>()]),
    message("evidence_requests", Subject::Dispute, &[EVIDENCE_REQUEST]),
    message("acceptance", Subject::Placement, &[kind::<Acknowledgment>()]),
    message("returns", Subject::Placement, &[kind::<Return>()]),
    message("objections", Subject::Placement, &[kind::<RecallObjection>()]),
    message("activity", Subject::StatusReporting, &[kind::<ContactAttempt>(), NOTE]),
    message("statuses", Subject::StatusReporting, &[kind::<Status>()]),
    message("promises", Subject::StatusReporting, &[kind::<Promise>(), kind::<PaymentPlan>()]),
    message("demographics", Subject::StatusReporting, &[kind::<DemographicChange>()]),
    message("bankruptcies", Subject::StatusReporting, &[kind::<Bankruptcy>()]),
    message("evidence_given", Subject::StatusReporting, &[EVIDENCE]),
    message("payments", Subject::Remittance, &[kind::<Payment>(), REVERSAL]),
    message("reconciliation", Subject::Remittance, &[kind::<Reconciliation>()]),
    message("statements", Subject::Remittance, &[STATEMENT]),
    message("disputes", Subject::Dispute, &MATTERS),
    message("evidence_wanted", Subject::Dispute, &[EVIDENCE_REQUEST]),
];

impl Message {
    /// The message of a call.
    ///
    /// # Errors
    /// `unsupported`.
    pub(crate) fn of(subject: Subject, context: &Context) -> Result<&'static Self, Refusal> {
        let name = &context.message;
        MESSAGES
            .iter()
            .find(|message| name == message.name && message.subject == subject)
            .ok_or_else(|| Refusal::unsupported(format_args!("the message `{name}` of {subject}")))
    }
}

/// The columns of `placements`.
pub(crate) fn placement_columns() -> Vec<String> {
    (PLACEMENT.columns)().into_iter().map(|column| column.name).collect()
}
