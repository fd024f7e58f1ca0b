//! The code tables of an installation.

use bailiwick_sdk::document::{Channel, ClosingReason, Direction, Role, StatusKind};
use bailiwick_sdk::value::{Code, Name};
use serde::{Deserialize, Serialize};

use super::text;

macro_rules! table {
    ($(#[$doc:meta])* pub struct $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty, )* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name { $( $(#[$field_doc])* pub $field: $type, )* }
    };
}

table! {
    /// A relationship of a person to the account.
    pub struct Relationship {
        /// As the CUPP record says it, up to 50 characters.
        code: Code,
        /// The person's role in the debt.
        role: Role,
        /// Whether the person is liable.
        liable: bool,
    }
}

table! {
    /// A status of ASTS.
    pub struct StatusCode {
        /// Up to three characters.
        code: Code,
        /// The canonical status. Where several codes have the same, the first is written.
        status: StatusKind,
    }
}

table! {
    /// A close code of ACLS.
    pub struct CloseCode {
        /// Up to three characters.
        code: Code,
        /// The canonical reason. Where several codes have the same, the first is written.
        reason: ClosingReason,
    }
}

table! {
    /// A recall reason of CPEN and CFIN.
    pub struct RecallReason {
        /// Up to three characters.
        code: Code,
        /// A description for people.
        text: Name,
        /// The account was placed in error.
        placed_in_error: bool,
    }
}

table! {
    /// An objection reason of AOBJ.
    pub struct ObjectionReason {
        /// Up to three characters.
        code: Code,
        /// A description for people.
        text: Name,
    }
}

/// The kind of a CPAY batch, from the agency's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BatchKind {
    /// The customer paid the bank.
    DirectPayment,
    /// Such a payment is undone.
    DirectPaymentReversal,
    /// Less is owed, without money.
    Decrease,
    /// More is owed, without money.
    Increase,
}

table! {
    /// A batch type of CPAY.
    pub struct BatchType {
        /// Up to three characters.
        code: Code,
        /// What it is. Where several types are the same, the first is written.
        kind: BatchKind,
    }
}

table! {
    /// An action of ANOT that is an attempt to reach somebody.
    pub struct ContactAction {
        /// Up to six characters.
        code: Code,
        /// The means.
        channel: Channel,
        /// Who began it.
        direction: Direction,
    }
}

table! {
    /// A result of such an attempt.
    pub struct ContactResult {
        /// Up to six characters.
        code: Code,
        /// Whether the number or address was reached.
        connected: bool,
        /// Whether there was a conversation about the debt.
        conversation: bool,
    }
}

pub(super) fn relationships() -> Vec<Relationship> {
    [
        ("PRIMARY", Role::Primary, true),
        ("SPOUSE", Role::Spouse, true),
        ("CO-SIGNER", Role::CoSigner, true),
        ("CO-MAKER", Role::Joint, true),
    ]
    .into_iter()
    .map(|(code, role, liable)| Relationship { code: text(code), role, liable })
    .collect()
}

pub(super) fn status_codes() -> Vec<StatusCode> {
    [
        ("PTP", StatusKind::PromiseToPay),
        ("PPA", StatusKind::PaymentPlan),
        ("DSP", StatusKind::Disputed),
        ("CND", StatusKind::CeaseContact),
        ("ATT", StatusKind::AttorneyRepresents),
        ("SKP", StatusKind::Unlocatable),
        ("RTP", StatusKind::RefusesToPay),
        ("NSF", StatusKind::PaymentReturned),
        ("PIF", StatusKind::PaidInFull),
        ("SIF", StatusKind::Settled),
        ("B7", StatusKind::Bankruptcy7),
        ("B11", StatusKind::Bankruptcy11),
        ("B13", StatusKind::Bankruptcy13),
        ("DEC", StatusKind::Deceased),
    ]
    .into_iter()
    .map(|(code, status)| StatusCode { code: text(code), status })
    .collect()
}

pub(super) fn close_codes() -> Vec<CloseCode> {
    [
        ("PIF", ClosingReason::PaidInFull),
        ("SIF", ClosingReason::Settled),
        ("B7", ClosingReason::Bankruptcy7),
        ("B11", ClosingReason::Bankruptcy11),
        ("B13", ClosingReason::Bankruptcy13),
        ("DEC", ClosingReason::Deceased),
        ("UNC", ClosingReason::Uncollectible),
        ("CLR", ClosingReason::ClearedBefore),
        // This code is not of the sample profile. Every code of the profile says something about the debt:
        // UNC would report an account as uncollectible that nobody tried to collect. And a code can have only
        // one reason.
        ("REF", ClosingReason::AgencyRefused),
        // Nor are these: the host reports with them that it ended placements by their dates.
        ("EXP", ClosingReason::Expired),
        ("RCL", ClosingReason::Recalled),
    ]
    .into_iter()
    .map(|(code, reason)| CloseCode { code: text(code), reason })
    .collect()
}

pub(super) fn recall_reasons() -> Vec<RecallReason> {
    [("TRM", "placement term ends"), ("BNK", "creditor takes the account back")]
        .into_iter()
        .map(|(code, what)| RecallReason { code: text(code), text: text(what), placed_in_error: false })
        .collect()
}

pub(super) fn objection_reasons() -> Vec<ObjectionReason> {
    [
        ("PTP", "promise or plan is running"),
        ("PMT", "payment received recently"),
        ("PDC", "post-dated item on file"),
    ]
    .into_iter()
    .map(|(code, what)| ObjectionReason { code: text(code), text: text(what) })
    .collect()
}

pub(super) fn batch_types() -> Vec<BatchType> {
    [
        ("PC", BatchKind::DirectPayment),
        ("PCR", BatchKind::DirectPaymentReversal),
        ("DA", BatchKind::Decrease),
        ("DAR", BatchKind::Increase),
    ]
    .into_iter()
    .map(|(code, kind)| BatchType { code: text(code), kind })
    .collect()
}

pub(super) fn contact_actions() -> Vec<ContactAction> {
    [("CALL", Channel::Phone), ("LTR", Channel::Letter)]
        .into_iter()
        .map(|(code, channel)| ContactAction { code: text(code), channel, direction: Direction::Outbound })
        .collect()
}

pub(super) fn contact_results() -> Vec<ContactResult> {
    [
        ("NOANS", false, false),
        ("BUSY", false, false),
        ("LM", true, false),
        ("WRONG", true, false),
        ("RPC", true, true),
    ]
    .into_iter()
    .map(|(code, connected, conversation)| ContactResult { code: text(code), connected, conversation })
    .collect()
}
