//! The canonical documents: the one language in which banks and agencies meet.
//!
//! Documents travel as JSON Lines. A line is an [`Item`]: an object with one member, whose name is
//! the kind and whose value is the document, `{"payment":{…}}`. A decoder emits items, the host
//! checks and books them, an encoder takes them. The Rust types here are the source; the JSON
//! Schemas under `schemas/v1/` are generated from them.

#[macro_use]
mod record;
mod dispute;
mod file;
mod party;
mod placement;
mod remittance;
mod rules;

mod status;

pub use dispute::*;
pub use file::*;
pub use party::*;
pub use placement::*;
pub(crate) use record::Absent;
pub use remittance::*;
pub use rules::*;
pub use status::*;

use serde::{Deserialize, Serialize};

use crate::value::{AccountKey, Currency};

/// The four subjects of the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "kebab-case")]
pub enum Subject {
    /// Accounts entrusted, acknowledged, recalled, returned.
    Placement,
    /// Contacts, promises, plans, statuses and evidence of an account.
    StatusReporting,
    /// Money paid, reversed, adjusted, reported.
    Remittance,
    /// Disputes, complaints and their decisions.
    Dispute,
}

crate::value::strict!(Subject);

impl Subject {
    /// All four, in the order of the contract.
    pub const ALL: [Self; 4] = [Self::Placement, Self::StatusReporting, Self::Remittance, Self::Dispute];

    /// The name used in manifests, on the command line and in WIT.
    pub fn name(self) -> &'static str {
        match self {
            Self::Placement => "placement",
            Self::StatusReporting => "status-reporting",
            Self::Remittance => "remittance",
            Self::Dispute => "dispute",
        }
    }

    /// The subject of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.name() == name)
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! items {
    ($( $(#[$doc:meta])* $variant:ident($type:ty) = $name:literal, $subject:expr, $account:expr, $currency:expr; )*) => {
        /// One line between a plugin and the host.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Item {
            $( $(#[$doc])* $variant($type), )*
        }

        impl Item {
            /// Every kind: its name and the subject it belongs to.
            pub const KINDS: &'static [(&'static str, Option<Subject>)] = &[$( ($name, $subject), )*];

            /// The name of the kind, as in the JSON.
            pub fn kind(&self) -> &'static str {
                match self { $( Self::$variant(_) => $name, )* }
            }

            /// The subject, or `None` for items about the file itself.
            pub fn subject(&self) -> Option<Subject> {
                match self { $( Self::$variant(_) => $subject, )* }
            }

            /// The physical line of the file where the document began, counted from 1.
            pub fn line(&self) -> Option<u64> {
                match self { $( Self::$variant(document) => document.line, )* }
            }

            /// The account the document is about.
            pub fn account(&self) -> Option<&AccountKey> {
                match self { $( Self::$variant(document) => {
                    let account: for<'a> fn(&'a $type) -> Option<&'a AccountKey> = $account;
                    account(document)
                } )* }
            }

            /// The currency of the document's amounts.
            pub fn currency(&self) -> Option<Currency> {
                match self { $( Self::$variant(document) => {
                    let currency: fn(&$type) -> Option<Currency> = $currency;
                    currency(document)
                } )* }
            }
        }

        $( impl From<$type> for Item {
            fn from(document: $type) -> Self { Self::$variant(document) }
        } )*
    };
}

items! {
    /// The description of the file by its sender.
    Header(Box<Header>) = "header", None, |_| None, |it| it.currency;
    /// A control total: what the file states and what was found.
    Control(Control) = "control", None, |_| None, |_| None;
    /// Something wrong, with its place.
    Problem(Problem) = "problem", None, |it| it.account.as_ref(), |_| None;

    /// An account entrusted by the bank (委案).
    Placement(Box<Placement>) = "placement", Some(Subject::Placement), |it| Some(&it.account), |it| Some(it.currency);
    /// The receiver's reply to a placement.
    Acknowledgment(Acknowledgment) = "acknowledgment", Some(Subject::Placement), |it| Some(&it.account), |it| Some(it.currency);
    /// The bank takes an account back.
    Recall(Recall) = "recall", Some(Subject::Placement), |it| Some(&it.account), |_| None;
    /// The agency's objection to a pending recall.
    RecallObjection(RecallObjection) = "recall_objection", Some(Subject::Placement), |it| Some(&it.account), |_| None;
    /// The agency closes and gives an account back (退案).
    Return(Return) = "return", Some(Subject::Placement), |it| Some(&it.account), |it| it.currency;

    /// An attempt to reach a person, successful or not.
    ContactAttempt(Box<ContactAttempt>) = "contact_attempt", Some(Subject::StatusReporting), |it| Some(&it.account), |_| None;
    /// A note on the account.
    Note(Note) = "note", Some(Subject::StatusReporting), |it| Some(&it.account), |_| None;
    /// A promise to pay, or a post-dated item.
    Promise(Promise) = "promise", Some(Subject::StatusReporting), |it| Some(&it.account), |it| Some(it.currency);
    /// A payment plan.
    PaymentPlan(PaymentPlan) = "payment_plan", Some(Subject::StatusReporting), |it| Some(&it.account), |it| Some(it.currency);
    /// A change of status.
    Status(Status) = "status", Some(Subject::StatusReporting), |it| Some(&it.account), |_| None;
    /// A new address or number.
    DemographicChange(Box<DemographicChange>) = "demographic_change", Some(Subject::StatusReporting), |it| Some(&it.account), |_| None;
    /// A bankruptcy.
    Bankruptcy(Box<Bankruptcy>) = "bankruptcy", Some(Subject::StatusReporting), |it| Some(&it.account), |_| None;
    /// A reference to evidence.
    Evidence(Evidence) = "evidence", Some(Subject::StatusReporting), |it| Some(&it.account), |_| None;

    /// Money received for an account.
    Payment(Box<Payment>) = "payment", Some(Subject::Remittance), |it| Some(&it.account), |it| Some(it.currency);
    /// A payment undone.
    Reversal(Box<Reversal>) = "reversal", Some(Subject::Remittance), |it| it.account.as_ref(), |it| Some(it.currency);
    /// A balance changed without money.
    Adjustment(Adjustment) = "adjustment", Some(Subject::Remittance), |it| Some(&it.account), |it| Some(it.currency);
    /// Money the customer paid straight to the bank.
    DirectPayment(Box<DirectPayment>) = "direct_payment", Some(Subject::Remittance), |it| it.account.as_ref(), |it| Some(it.currency);
    /// The remittance of an agency for a period.
    RemittanceStatement(RemittanceStatement) = "remittance_statement", Some(Subject::Remittance), |_| None, |it| Some(it.currency);
    /// One side's figures of an account, to compare.
    Reconciliation(Reconciliation) = "reconciliation", Some(Subject::Remittance), |it| Some(&it.account), |it| Some(it.currency);

    /// A customer disputes the debt.
    Dispute(Box<Dispute>) = "dispute", Some(Subject::Dispute), |it| Some(&it.account), |it| it.currency;
    /// A customer complains about the collection.
    Complaint(Box<Complaint>) = "complaint", Some(Subject::Dispute), |it| Some(&it.account), |it| it.currency;
    /// A dispute or complaint goes to the next level.
    Escalation(Escalation) = "escalation", Some(Subject::Dispute), |it| Some(&it.account), |_| None;
    /// A dispute or complaint is decided.
    Decision(Decision) = "decision", Some(Subject::Dispute), |it| Some(&it.account), |it| it.currency;
    /// A request for evidence.
    EvidenceRequest(EvidenceRequest) = "evidence_request", Some(Subject::Dispute), |it| Some(&it.account), |_| None;
}

macro_rules! boxed {
    ($( $variant:ident ),*) => { $(
        impl From<$variant> for Item {
            fn from(document: $variant) -> Self { Self::$variant(Box::new(document)) }
        }
    )* };
}

boxed!(
    Header,
    Placement,
    ContactAttempt,
    DemographicChange,
    Bankruptcy,
    Payment,
    Reversal,
    DirectPayment,
    Dispute,
    Complaint
);

impl Item {
    /// Writes the item as one JSON line, line feed included.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        // Serialising these types into memory cannot fail: no map has a key that is not text.
        let wrote = serde_json::to_writer(&mut *out, self);
        debug_assert!(wrote.is_ok());
        out.push(b'\n');
    }
}
