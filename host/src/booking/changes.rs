//! The changes of booking a document.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Acknowledgment, Level, Problem, ReferenceKind};
use bailiwick_sdk::value::Day;

use super::due::Notice;
use super::known::Numbers;
use super::ledger::Transfer;
use super::person::Person;
use super::record::Placed;
use super::references::Named;
use super::repeats::Said;
use super::suspense::{Undone, Unidentified};
use crate::case::{HoldStep, Stage, State};
use crate::money::Earned;

/// Everything that one document changes. The book writes it, all of it or nothing.
#[derive(Debug)]
pub(crate) struct Changes<'d> {
    /// The next numbers of rows, once these changes are written.
    pub(crate) numbers: Numbers,
    /// The side that sent the document.
    pub(crate) by: Side,
    /// What matters of a document of money, to know its repetition.
    pub(crate) said: Option<Said>,
    /// The number of the same document, which waits: this one is booked if that one is, and changes nothing itself.
    pub(crate) again: Option<i64>,
    /// A placement that begins.
    pub(crate) entrusted: Option<Box<Entrusted<'d>>>,
    /// Placements that changed.
    pub(crate) placed: Vec<Placed>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) earnings: Vec<Earning>,
    /// What placements earned under a version of the terms, where that is new or changed.
    pub(crate) standings: Vec<Standing>,
    /// Holds that begin or end.
    pub(crate) holds: Vec<Hold>,
    /// Ends by statuses of work of a placement that never was with a court: they are not written.
    pub(crate) worked: Vec<Hold>,
    /// Promises that are new or changed.
    pub(crate) promises: Vec<Promise>,
    /// Disputes and complaints that are new or changed.
    pub(crate) matters: Vec<Matter>,
    /// Requests for evidence that are new or changed.
    pub(crate) requests: Vec<Request>,
    pub(crate) evidence: Vec<Given>,
    pub(crate) exceptions: Vec<Exception>,
    /// Money that goes to suspense.
    pub(crate) suspended: Option<Unidentified>,
    /// The reversal of money in suspense.
    pub(crate) undone: Option<Undone>,
    pub(crate) figures: Vec<Figures>,
    /// References of payments: what each names, its text, the payment's row of the ledger.
    pub(crate) references: Vec<(ReferenceKind, String, i64)>,
    pub(crate) events: Vec<Event>,
    /// What the sides are told of moves that fell due with the document.
    pub(crate) notices: Vec<Notice>,
    /// Warnings for the report.
    pub(crate) warnings: Vec<Problem>,
    /// Documents counted for the report: kind and amount.
    pub(crate) counted: Option<(&'static str, Option<i64>)>,
}

impl Changes<'_> {
    pub(crate) fn new(numbers: Numbers, by: Side) -> Self {
        Self {
            numbers,
            by,
            said: None,
            again: None,
            entrusted: None,
            placed: Vec::new(),
            transfers: Vec::new(),
            earnings: Vec::new(),
            standings: Vec::new(),
            holds: Vec::new(),
            worked: Vec::new(),
            promises: Vec::new(),
            matters: Vec::new(),
            requests: Vec::new(),
            evidence: Vec::new(),
            exceptions: Vec::new(),
            suspended: None,
            undone: None,
            figures: Vec::new(),
            references: Vec::new(),
            events: Vec::new(),
            notices: Vec::new(),
            warnings: Vec::new(),
            counted: None,
        }
    }
}

/// A placement that begins.
#[derive(Debug)]
pub(crate) struct Entrusted<'d> {
    pub(crate) placed: Placed,
    pub(crate) line: Option<u64>,
    /// The latest day that the document gives for a past event.
    pub(crate) latest_on: Option<Day>,
    /// Whose the account is.
    pub(crate) person: Person,
    pub(crate) batch: Option<String>,
    /// The document as it came.
    pub(crate) document: &'d [u8],
    /// Whether it waits: its day has not come, so the agency does not receive it yet.
    pub(crate) waits: bool,
    /// The receiver's acknowledgment.
    pub(crate) acknowledgment: Acknowledgment,
}

/// The commission of a payment: its rate, its base, its exact amount. A payment that is quoted anew has one more, with the
/// difference; in [`Entered`](super::Entered) it is the last of them with the sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Earning {
    pub(crate) payment: i64,
    /// How often the payment was quoted before.
    pub(crate) nth: i64,
    pub(crate) schedule: String,
    pub(crate) rate_ppm: u32,
    pub(crate) base: i64,
    pub(crate) earned: Earned,
    pub(crate) no_fee: Option<&'static str>,
    /// The version of the terms that it follows, by its number.
    pub(crate) terms: i64,
}

/// What the payments of a placement earned under one version of the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) placement: i64,
    /// The version, by its number.
    pub(crate) terms: i64,
    /// The exact sum.
    pub(crate) earned: Earned,
    /// The commission that is booked of it, in minor units.
    pub(crate) commission: i64,
    /// The tax that is booked on it, in minor units.
    pub(crate) tax: i64,
}

/// A hold of a placement begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) placement: i64,
    pub(crate) step: HoldStep,
}

/// Whether a promise was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PromiseState {
    Open,
    Kept,
    Broken,
    Replaced,
}

impl PromiseState {
    pub(crate) const ALL: [Self; 4] = [Self::Open, Self::Kept, Self::Broken, Self::Replaced];

    /// The name, as in the book.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Replaced => "replaced",
        }
    }
}

/// A promise, a post-dated item or an instalment of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Promise {
    pub(crate) id: i64,
    pub(crate) placement: i64,
    pub(crate) line: Option<u64>,
    pub(crate) kind: PromiseKind,
    pub(crate) due_on: Day,
    pub(crate) minor: i64,
    pub(crate) covered: i64,
    pub(crate) state: PromiseState,
}

/// What kind of promise it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PromiseKind {
    Promise,
    PostDated,
    Instalment,
}

impl PromiseKind {
    pub(crate) const ALL: [Self; 3] = [Self::Promise, Self::PostDated, Self::Instalment];

    /// The name, as in the book.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Promise => "promise",
            Self::PostDated => "post_dated",
            Self::Instalment => "instalment",
        }
    }
}

/// A dispute or a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatterKind {
    Dispute,
    Complaint,
}

impl MatterKind {
    pub(crate) const ALL: [Self; 2] = [Self::Dispute, Self::Complaint];

    /// The name, as in the book.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::Complaint => "complaint",
        }
    }
}

/// A dispute or complaint as the book has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matter {
    pub(crate) id: i64,
    pub(crate) placement: i64,
    pub(crate) kind: MatterKind,
    pub(crate) identifier: String,
    pub(crate) stage: Stage,
    /// Whether it stops collection of the whole account.
    pub(crate) hold: bool,
    /// The part of the balance that it freezes.
    pub(crate) disputed: Option<i64>,
    pub(crate) level: Level,
    /// Working days to reply in.
    pub(crate) days: u32,
    pub(crate) calendar: Option<String>,
    pub(crate) answer_by: Day,
    pub(crate) received_on: Day,
    pub(crate) closed_on: Option<Day>,
    pub(crate) outcome: Option<String>,
    /// A fingerprint of the content, by which a repetition is recognised.
    pub(crate) said: String,
}

/// A request for evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: i64,
    pub(crate) placement: i64,
    pub(crate) identifier: String,
    pub(crate) matter: Option<i64>,
    pub(crate) kind: String,
    pub(crate) asked_at: String,
    pub(crate) answer_by: Option<Day>,
    pub(crate) given: bool,
}

/// Evidence that was given, by reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) placement: i64,
    pub(crate) matter: Option<i64>,
    pub(crate) line: Option<u64>,
    pub(crate) kind: String,
    pub(crate) media_type: Option<String>,
    pub(crate) bytes: i64,
    pub(crate) sha256: String,
    pub(crate) location: Option<String>,
    pub(crate) asked_by: Option<String>,
    pub(crate) given_by: Option<String>,
    pub(crate) given_at: Option<String>,
    /// Whether the bytes were there and had this digest.
    pub(crate) checked: bool,
}

/// Money that somebody must decide: a payment that came after the placement and its days of grace, or a reversal that
/// several payments fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    /// None if it may be of several placements.
    pub(crate) placement: Option<i64>,
    pub(crate) account: Option<String>,
    pub(crate) line: Option<u64>,
    /// The kind of the document.
    pub(crate) kind: &'static str,
    /// The identifiers of the payments that it may be about.
    pub(crate) candidates: Vec<String>,
    pub(crate) code: &'static str,
    pub(crate) identifier: String,
    pub(crate) minor: i64,
    pub(crate) on: Day,
    pub(crate) document: Vec<u8>,
    /// Of a payment: its references.
    pub(crate) references: Vec<Named>,
}

/// One side's figures of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) placement: i64,
    pub(crate) line: Option<u64>,
    pub(crate) as_of: Day,
    pub(crate) placed: i64,
    pub(crate) paid: Option<i64>,
    pub(crate) balance: Option<i64>,
}

/// Something that happened, in the order it was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// None for an event that is about no placement, such as a statement for a period.
    pub(crate) placement: Option<i64>,
    pub(crate) line: Option<u64>,
    pub(crate) kind: &'static str,
    pub(crate) on: Option<Day>,
    /// The states before and after, if the placement moved.
    pub(crate) moved: Option<(State, State)>,
    /// The document; empty if the host made the event without one.
    pub(crate) document: Vec<u8>,
}
