//! The messages: the content of their files, and how they are read and written.

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{Item, Subject};

use crate::fault::Fault;
use crate::layout::{Layout, Trailer};
use crate::placement;
use crate::reading::Reading;
use crate::records::*;
use crate::row::Row;
use crate::writing::Writing;

/// Whose clock stamps the notes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// There are no notes.
    None,
    /// The bank's.
    Bank,
    /// The agency's.
    Agency,
}

/// Reads a record that is a document.
pub(crate) type Read = fn(&Row<'_>, &mut Reading) -> Result<Item, Fault>;
/// Writes a document as a record or as several.
pub(crate) type Write = fn(Item, &mut Writing, &mut Vec<u8>) -> Result<(), Refusal>;

/// A kind of file.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its name in the manifest.
    pub(crate) name: &'static str,
    /// Its subject.
    pub(crate) subject: Subject,
    /// Records that are read.
    pub(crate) layouts: &'static [Layout],
    /// Records that are known to exist and are counted, not read.
    pub(crate) unmapped: &'static [&'static [u8; 4]],
    /// The width of a record that is not read.
    pub(crate) unmapped_width: usize,
    /// The trailer, if one was published.
    pub(crate) trailer: Option<Trailer>,
    /// Whose clock stamps the notes.
    pub(crate) clock: Clock,
    /// How a record is read, if a record is a document. An account of a placement has several records.
    pub(crate) read: Option<Read>,
    /// How a document is written.
    pub(crate) write: Write,
}

impl Message {
    const fn new(
        name: &'static str,
        subject: Subject,
        layouts: &'static [Layout],
        read: Read,
        write: Write,
    ) -> Self {
        Self {
            name,
            subject,
            layouts,
            unmapped: &[],
            unmapped_width: crate::layout::LINE_BYTES_MAX,
            trailer: None,
            clock: Clock::None,
            read: Some(read),
            write,
        }
    }

    const fn with_trailer(mut self, trailer: Trailer) -> Self {
        self.trailer = Some(trailer);
        self
    }

    const fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The message that a call is about.
    pub(crate) fn of(subject: Subject, context: &Context) -> Result<&'static Self, Refusal> {
        let name = context.message.as_str();
        MESSAGES
            .iter()
            .find(|message| message.name == name && message.subject == subject)
            .ok_or_else(|| Refusal::unsupported(format_args!("the message {name} of {subject}")))
    }

    /// The layout of a record.
    pub(crate) fn layout(&self, code: &[u8]) -> Option<&'static Layout> {
        self.layouts.iter().find(|layout| layout.code == code)
    }
}

/// All messages.
pub(crate) static MESSAGES: [Message; 16] = [
    Message {
        name: "CPLC",
        subject: Subject::Placement,
        layouts: &placement::LAYOUTS,
        unmapped: &[b"CDBT", b"CCPT", b"CAST", b"CJDG", b"CAAA", b"CARH", b"CBKP", b"CDEC"],
        unmapped_width: 3000,
        trailer: Some(Trailer::PLACEMENT),
        clock: Clock::Bank,
        read: None,
        write: placement::write,
    },
    Message::new("CRCL", Subject::Placement, &recall::LAYOUTS, recall::read, recall::write),
    Message {
        // The payments have a trailer, but its layout was not published.
        unmapped: &[b"CTRL"],
        ..Message::new(
            "CPAY",
            Subject::Remittance,
            &bank_payment::LAYOUTS,
            bank_payment::read,
            bank_payment::write,
        )
    },
    Message::new(
        "CNOT",
        Subject::StatusReporting,
        &note::FROM_BANK,
        note::read_from_bank,
        note::write_from_bank,
    )
    .with_trailer(Trailer::counting(b"CTRL", 339))
    .with_clock(Clock::Bank),
    Message::new(
        "AACK",
        Subject::Placement,
        &acknowledgment::LAYOUTS,
        acknowledgment::read,
        acknowledgment::write,
    ),
    Message::new("AOBJ", Subject::Placement, &objection::LAYOUTS, objection::read, objection::write),
    Message::new("ACLS", Subject::Placement, &closing::LAYOUTS, closing::read, closing::write),
    Message::new(
        "AREC",
        Subject::Remittance,
        &reconciliation::LAYOUTS,
        reconciliation::read,
        reconciliation::write,
    ),
    Message::new("APAY", Subject::Remittance, &payment::LAYOUTS, payment::read, payment::write),
    Message::new("APDT", Subject::StatusReporting, &post_dated::LAYOUTS, post_dated::read, post_dated::write),
    Message::new("ASTS", Subject::StatusReporting, &status::LAYOUTS, status::read, status::write),
    Message::new(
        "ANOT",
        Subject::StatusReporting,
        &note::FROM_AGENCY,
        note::read_from_agency,
        note::write_from_agency,
    )
    .with_trailer(Trailer::counting(b"ATRL", 340))
    .with_clock(Clock::Agency),
    Message::new(
        "AUDM",
        Subject::StatusReporting,
        &demographic::LAYOUTS,
        demographic::read,
        demographic::write,
    )
    .with_trailer(Trailer::counting(b"ATRL", 628)),
    Message::new("ABKP", Subject::StatusReporting, &bankruptcy::LAYOUTS, bankruptcy::read, bankruptcy::write)
        .with_trailer(Trailer::counting(b"ATRL", 2097)),
    Message::new("ADIS", Subject::Dispute, &dispute::LAYOUTS, dispute::read, dispute::write),
    Message::new("ACPT", Subject::Dispute, &complaint::LAYOUTS, complaint::read, complaint::write),
];
