//! Status reporting: contacts, promises, plans, statuses and evidence of an account.

use serde::{Deserialize, Serialize};

use super::{Address, HoldReason, Phone};
use crate::value::{
    AccountKey, Code, Currency, Day, Extra, ItemKey, Key, Minor, Moment, Name, PartyKey, Remark, Text,
};

/// The means of contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Channel {
    /// A call (电话).
    Phone,
    /// A letter.
    Letter,
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// A visit (外访).
    Visit,
    /// An instant message.
    Chat,
    /// Through a court or lawyer.
    Legal,
    /// Anything else.
    Other,
}

crate::value::strict!(Channel);

/// Who began a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Direction {
    /// The agency or the bank.
    Outbound,
    /// The customer.
    Inbound,
}

crate::value::strict!(Direction);

record! {
    /// An attempt to reach a person, successful or not. It has the facts that contact rules count.
    pub struct ContactAttempt {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The means.
            channel: Channel,
            /// Who began it.
            direction: Direction,
            /// When it began.
            started: Moment,
        }
        personal {
            /// The name of the person contacted.
            person: Name,
            /// The number or address used.
            medium: Name,
            /// What was said or written.
            text: Remark,
        }
        optional {
            /// The sender's key of the person contacted.
            party: PartyKey,
            /// The person's relation to the debtor, in the sender's words (本人, 配偶).
            relation: Name,
            /// How long it took, in seconds.
            seconds: u32,
            /// Whether the number dialled was reached.
            connected: bool,
            /// Whether there was a conversation about the debt.
            conversation: bool,
            /// The sender's code of the action.
            action: Code,
            /// The sender's code of the result.
            result: Code,
            /// The class of the result in the sender's words (有效联络).
            result_class: Code,
            /// The state of the number in the sender's words (空号).
            medium_state: Code,
            /// The consent on which the contact is based.
            consent: Key,
            /// The jurisdiction whose rules govern.
            jurisdiction: Code,
            /// Where the recording is.
            recording: Text<512>,
            /// The person who made the attempt for the sender.
            operator: Name,
            /// A promise made in it.
            promised: Minor,
            /// The day promised.
            promised_on: Day,
            /// The currency of the promise.
            currency: Currency,
            /// The day of the next attempt.
            next_on: Day,
            /// Whether it must not be passed on.
            private: bool,
        }
        lists {
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}

/// The kind of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum PromiseKind {
    /// A promise in words.
    Promise,
    /// A post-dated cheque or debit.
    PostDated,
}

crate::value::strict!(PromiseKind);

record! {
    /// A promise to pay, or a post-dated item.
    pub struct Promise {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// Promise or post-dated item.
            kind: PromiseKind,
            /// The day it falls due.
            due_on: Day,
            /// The currency.
            currency: Currency,
            /// How much.
            minor: Minor,
        }
        optional {
            /// The day it was made.
            made_on: Day,
            /// The person who made it.
            party: PartyKey,
        }
    }
}

/// How often an instalment falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Frequency {
    /// Every week.
    Weekly,
    /// Every two weeks.
    Biweekly,
    /// Every month.
    Monthly,
}

crate::value::strict!(Frequency);

record! {
    /// A payment plan.
    pub struct PaymentPlan {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The day it was agreed.
            agreed_on: Day,
            /// The currency.
            currency: Currency,
            /// The total to be paid.
            total: Minor,
            /// How often.
            frequency: Frequency,
            /// How many instalments, first and last included.
            instalments: u32,
            /// The day of the first.
            first_on: Day,
        }
        optional {
            /// The first instalment.
            first: Minor,
            /// Each regular instalment.
            regular: Minor,
            /// The last instalment.
            last: Minor,
            /// The day of the last.
            last_on: Day,
        }
    }
}

/// The canonical statuses of an account at the agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum StatusKind {
    /// Being worked.
    Working,
    /// The customer promised to pay.
    PromiseToPay,
    /// A plan runs.
    PaymentPlan,
    /// The customer disputes the debt.
    Disputed,
    /// The customer asked for contact to cease.
    CeaseContact,
    /// An attorney represents the customer.
    AttorneyRepresents,
    /// The customer cannot be found.
    Unlocatable,
    /// The customer refuses to pay.
    RefusesToPay,
    /// A payment came back unpaid.
    PaymentReturned,
    /// Everything is paid.
    PaidInFull,
    /// Settled for less.
    Settled,
    /// Bankruptcy, chapter 7.
    #[serde(rename = "bankruptcy_7")]
    Bankruptcy7,
    /// Bankruptcy, chapter 11.
    #[serde(rename = "bankruptcy_11")]
    Bankruptcy11,
    /// Bankruptcy, chapter 13.
    #[serde(rename = "bankruptcy_13")]
    Bankruptcy13,
    /// The debtor is dead.
    Deceased,
    /// With a court.
    Legal,
    /// Anything else; `code` says what.
    Other,
}

crate::value::strict!(StatusKind);

record! {
    /// A change of status.
    pub struct Status {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The canonical status.
            status: StatusKind,
            /// The day of it.
            on: Day,
        }
        personal {
            /// A note with it.
            text: Remark,
        }
        optional {
            /// The sender's own code.
            code: Code,
            /// The person it concerns.
            party: PartyKey,
            /// The receiver's work queue to notify.
            queue: Code,
        }
        lists {
            /// Holds that end with this day. A side ends what it began, the bank ends all.
            ends: Vec<HoldReason>,
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}

record! {
    /// A new address, number or name.
    pub struct DemographicChange {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
        }
        personal {
            /// The new address.
            new_address: Address,
            /// The old address.
            old_address: Address,
            /// The new number.
            new_phone: Phone,
            /// The old number.
            old_phone: Phone,
            /// The person's relation, in the sender's words.
            relation: Name,
        }
        optional {
            /// The person it concerns.
            party: PartyKey,
            /// The day it became known.
            on: Day,
        }
    }
}

record! {
    /// A bankruptcy.
    pub struct Bankruptcy {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The chapter of title 11 of the United States Code: 7, 11, 12 or 13.
            chapter: u8,
        }
        personal {
            /// The court's number of the case.
            case_number: Key,
            /// The trustee.
            trustee: Name,
            /// The trustee's address.
            trustee_address: Address,
            /// The trustee's telephone.
            trustee_phone: Text<40>,
        }
        optional {
            /// The person who filed.
            party: PartyKey,
            /// The day it was filed.
            filed_on: Day,
            /// The district of the court.
            court_district: Name,
            /// The division of the court.
            court_division: Name,
            /// The court's address.
            court_address: Address,
            /// The court's telephone.
            court_phone: Text<40>,
            /// Whether the meeting of creditors (section 341) is known.
            creditors_meeting_known: bool,
        }
    }
}

record! {
    /// A reference to evidence. The bytes stay in their store.
    pub struct Evidence {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The kind of evidence, such as `statement` or `agreement`.
            kind: Code,
            /// SHA-256 of the bytes, as 64 hexadecimal digits.
            sha256: Text<64>,
            /// The size in bytes.
            size: u64,
        }
        optional {
            /// The media type, such as `application/pdf`.
            media_type: Name,
            /// Where the bytes are, inside the store that the engagement names.
            location: Text<512>,
            /// Who asked for it.
            asked_by: Name,
            /// Who gave it.
            given_by: Name,
            /// When it was given.
            given_at: Moment,
            /// The dispute or request that it replies to.
            answers: ItemKey,
        }
    }
}
