//! Placement: accounts entrusted, acknowledged, recalled and returned.

use serde::{Deserialize, Serialize};

use super::{Dispute, Evidence, Note, Party};
use crate::value::{
    AccountKey, Code, Component, Currency, CustomerKey, Day, Extra, Key, Minor, Name, Remark, sum,
};

record! {
    /// An account that the bank entrusts to the agency (委案).
    pub struct Placement {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The key by which both sides name the account: file number, 案件编号.
            account: AccountKey,
            /// The currency of every amount in the document.
            currency: Currency,
            /// The parts of the balance. They sum to the placed amount.
            balance: Vec<Component>,
        }
        personal {
            /// The account or card number at the bank.
            account_number: Key,
            /// The bank's key of the customer (客户号).
            customer: CustomerKey,
        }
        optional {
            /// The batch it was entrusted in (批次).
            batch: Key,
            /// The day it is entrusted (委案日期).
            placed_on: Day,
            /// The last day of the entrusted term (委外到期日期).
            term_ends_on: Day,
            /// How many times it has been entrusted, this time included (手别).
            round: u16,
            /// The age band in the sender's words, such as `M3` (账龄).
            age_band: Code,
            /// The first day of delinquency (逾期日期).
            delinquent_on: Day,
            /// Days overdue when entrusted (逾期天数).
            days_overdue: u32,
            /// The day it was charged off.
            charged_off_on: Day,
            /// The day the account was opened.
            opened_on: Day,
            /// The day of the last charge.
            last_charge_on: Day,
            /// The day of the last payment before placement.
            last_payment_on: Day,
            /// The last payment before placement.
            last_payment: Minor,
            /// How the amount came about, as it is shown to the customer.
            itemization: Itemization,
            /// Commission for this account, if it differs from the engagement's terms.
            commission: CommissionTerms,
            /// The product that was sold.
            product: Name,
            /// The family of the product.
            product_family: Name,
            /// The number of the credit contract.
            contract: Key,
            /// The jurisdiction whose rules govern, such as `US-NY` (ISO 3166-2).
            jurisdiction: Code,
            /// The creditor cleared the balance before placement, on this day.
            cleared_on: Day,
            /// The creditor cleared the balance before placement.
            cleared: bool,
            /// The sender's own status of the case (案件状态).
            status: Code,
        }
        lists {
            /// The people and companies, the primary debtor first.
            parties: Vec<Party>,
            /// Holds the account is placed with (停催, 留案).
            holds: Vec<HoldReason>,
            /// Disputes the bank knows of.
            disputes: Vec<Dispute>,
            /// Notes.
            notes: Vec<Note>,
            /// Evidence that exists.
            evidence: Vec<Evidence>,
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}

impl Placement {
    /// The placed amount: the sum of the balance, or `None` beyond the bound of [`Minor`].
    pub fn placed(&self) -> Option<Minor> {
        sum(self.balance.iter().map(|part| part.minor))
    }
}

/// Why collection is on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum HoldReason {
    /// The customer disputes the debt.
    Dispute,
    /// A complaint is open (停催 after a complaint).
    Complaint,
    /// A bankruptcy was filed.
    Bankruptcy,
    /// The debtor is dead.
    Deceased,
    /// The customer asked for contact to cease.
    Cease,
    /// An attorney represents the customer.
    Attorney,
    /// The account is with a court.
    Legal,
    /// The bank stopped collection (停催, 停留).
    Stopped,
    /// The case is kept with the holder beyond the term (留案). Collection goes on.
    Kept,
}

crate::value::strict!(HoldReason);

impl HoldReason {
    /// The name, as in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::Complaint => "complaint",
            Self::Bankruptcy => "bankruptcy",
            Self::Deceased => "deceased",
            Self::Cease => "cease",
            Self::Attorney => "attorney",
            Self::Legal => "legal",
            Self::Stopped => "stopped",
            Self::Kept => "kept",
        }
    }
}

/// Which of the five dates an itemization starts from (12 CFR 1006.34(b)(3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum ItemizationBasis {
    /// The last statement.
    LastStatement,
    /// The charge-off.
    ChargeOff,
    /// The last payment.
    LastPayment,
    /// The transaction that gave rise to the debt.
    Transaction,
    /// The judgment.
    Judgment,
}

crate::value::strict!(ItemizationBasis);

record! {
    /// How the amount came about: amount on a day, plus interest and fees, less payments and
    /// credits, is the amount now (12 CFR 1006.34(c)(2)(viii)).
    pub struct Itemization {
        required {
            /// Which date it starts from.
            basis: ItemizationBasis,
            /// That date.
            on: Day,
            /// The amount owed on that day.
            amount: Minor,
            /// Interest since.
            interest: Minor,
            /// Fees since.
            fees: Minor,
            /// Payments and credits since.
            payments: Minor,
        }
    }
}

/// How the agency receives its commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum RemittanceBasis {
    /// The agency keeps its commission and remits the rest.
    Net,
    /// The agency remits everything and invoices its commission.
    Gross,
}

crate::value::strict!(RemittanceBasis);

record! {
    /// Commission terms of an account.
    pub struct CommissionTerms {
        optional {
            /// The schedule of the contract that applies.
            schedule: Code,
            /// A rate in parts per million of the money received: 12.5 % is 125,000.
            rate_ppm: u32,
            /// The schedule once the account is with a court.
            legal_schedule: Code,
            /// The most commission for the account, in minor units.
            cap: Minor,
            /// The most commission for the account, in parts per million of the placed amount.
            cap_ppm: u32,
            /// Days after placement during which payments earn nothing.
            free_days: u32,
            /// Days after the term during which late payments still earn.
            grace_days: u32,
            /// How the agency receives its commission.
            basis: RemittanceBasis,
        }
    }
}

/// The receiver's decision about a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Acceptance {
    /// Taken.
    Accepted,
    /// Not taken; `reason` says why.
    Rejected,
}

crate::value::strict!(Acceptance);

record! {
    /// The receiver's reply to one placed account, with the balance it booked.
    pub struct Acknowledgment {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// Taken or not.
            acceptance: Acceptance,
            /// The currency.
            currency: Currency,
            /// The placed balance as the receiver has it.
            original_balance: Minor,
            /// The balance now.
            current_balance: Minor,
            /// The day it was received.
            received_on: Day,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
        }
        optional {
            /// Why it was not taken, as a problem code or the receiver's own.
            reason: Code,
            /// The reason in words.
            text: Remark,
            /// The day of the last payment.
            last_payment_on: Day,
            /// The last payment.
            last_payment: Minor,
            /// The receiver's own key of the account.
            receiver_key: Key,
        }
    }
}

/// How final a recall is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum RecallStage {
    /// Announced; the agency may object.
    Pending,
    /// Done; the agency no longer holds the account.
    Final,
}

crate::value::strict!(RecallStage);

record! {
    /// The bank takes an account back.
    pub struct Recall {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// Announced or done.
            stage: RecallStage,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
        }
        optional {
            /// The reason, from the bank's table.
            reason: Code,
            /// The day of the recall.
            on: Day,
            /// The last day to object, or the day of the objection that it replies to.
            objection_on: Day,
            /// The account was placed in error and counts in no report.
            placed_in_error: bool,
        }
    }
}

record! {
    /// The agency objects to a pending recall.
    pub struct RecallObjection {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The reason, from the contract's table.
            reason: Code,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
        }
        optional {
            /// The day of the objection.
            on: Day,
        }
    }
}

/// Why the placement of an account ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum ClosingReason {
    /// Everything was paid.
    PaidInFull,
    /// A part was paid and the rest waived.
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
    /// The customer asked for contact to cease.
    Cease,
    /// A dispute was upheld.
    DisputeUpheld,
    /// Fraud.
    Fraud,
    /// Nothing can be collected.
    Uncollectible,
    /// The debtor cannot be found (失联).
    Unlocatable,
    /// The debt is time-barred.
    TimeBarred,
    /// The bank took it back.
    Recalled,
    /// The term ended.
    Expired,
    /// The account goes to court.
    Legal,
    /// The agency refused it.
    AgencyRefused,
    /// It was placed in error.
    PlacedInError,
    /// The balance had been cleared before placement.
    ClearedBefore,
    /// Anything else; `code` says what.
    Other,
}

crate::value::strict!(ClosingReason);

record! {
    /// The agency closes an account and gives it back (退案).
    pub struct Return {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// Why.
            reason: ClosingReason,
            /// The day it ends.
            on: Day,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
            /// Why, in words.
            text: Remark,
        }
        optional {
            /// The sender's own code or word of the reason.
            code: Code,
            /// The currency of the amounts.
            currency: Currency,
            /// The placed amount.
            placed: Minor,
            /// The amount paid under this placement.
            paid: Minor,
            /// The waived amount.
            waived: Minor,
            /// The remaining balance.
            remaining: Minor,
        }
        lists {
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}
