//! Remittance: money paid, reversed, adjusted and reported.

use serde::{Deserialize, Serialize};

use super::RemittanceBasis;
use crate::value::{AccountKey, Code, Component, Currency, Day, Extra, ItemKey, Key, Minor, Name, Remark};

/// To whom the customer paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum PaidTo {
    /// To the agency (PA).
    Agency,
    /// To the bank (PC as the agency sees it, PU as the bank does).
    Bank,
}

crate::value::strict!(PaidTo);

/// What a reference of money names, the most exact kind first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum ReferenceKind {
    /// The unique reference of a payment between all banks (UETR).
    Uetr,
    /// The account servicer's reference of the transaction (AcctSvcrRef of the transaction).
    BankTransaction,
    /// The clearing's identification of the transaction (TxId).
    Transaction,
    /// The payer's identification, which goes from end to end (EndToEndId).
    EndToEnd,
    /// The identification of the instruction (InstrId).
    Instruction,
    /// The mandate of a direct debit (MndtId).
    Mandate,
    /// The account servicer's reference of the entry (AcctSvcrRef of the entry).
    BankEntry,
    /// The creditor's reference, which the payer repeats, such as a QR reference.
    Creditor,
}

crate::value::strict!(ReferenceKind);

impl ReferenceKind {
    /// Every kind, the most exact first.
    pub const ALL: [Self; 8] = [
        Self::Uetr,
        Self::BankTransaction,
        Self::Transaction,
        Self::EndToEnd,
        Self::Instruction,
        Self::Mandate,
        Self::BankEntry,
        Self::Creditor,
    ];

    /// The name, as in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uetr => "uetr",
            Self::BankTransaction => "bank_transaction",
            Self::Transaction => "transaction",
            Self::EndToEnd => "end_to_end",
            Self::Instruction => "instruction",
            Self::Mandate => "mandate",
            Self::BankEntry => "bank_entry",
            Self::Creditor => "creditor",
        }
    }

    /// The kind of that name.
    ///
    /// ```
    /// use bailiwick_sdk::document::ReferenceKind;
    /// assert!(ReferenceKind::Uetr < ReferenceKind::EndToEnd);
    /// assert_eq!(ReferenceKind::named("end_to_end"), Some(ReferenceKind::EndToEnd));
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

record! {
    /// A reference under which money moved. A payment and its return share some: by the most exact one that only one open
    /// payment has, the host finds the payment that a reversal undoes.
    pub struct Reference {
        required {
            /// What it names.
            kind: ReferenceKind,
            /// The reference, without the value that stands for none (`NOTPROVIDED`).
            value: Key,
        }
    }
}

record! {
    /// Money received for an account. The amount is positive; `split` sums to it where given.
    pub struct Payment {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// Names the payment uniquely; the same identifier twice is the same payment.
            identifier: ItemKey,
            /// To whom it was paid.
            paid_to: PaidTo,
            /// The currency.
            currency: Currency,
            /// How much, above zero.
            minor: Minor,
            /// The day it was received.
            received_on: Day,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
            /// A remark.
            comment: Remark,
        }
        optional {
            /// The day the money cleared.
            cleared_on: Day,
            /// How it was paid, in the sender's words.
            method: Name,
            /// The payment settles the account for less.
            settlement: bool,
            /// The amount waived with it.
            waived: Minor,
            /// The batch it was sent in.
            batch: Key,
            /// Paid before the agency's first demand: no commission is owed.
            before_demand: bool,
        }
        lists {
            /// How it is spread over the buckets.
            split: Vec<Component>,
            /// All references that it has, for matching a reversal with its payment. At most 64.
            references: Vec<Reference>,
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}

record! {
    /// A payment undone, wholly or in part. The amount is positive.
    pub struct Reversal {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// Names the reversal uniquely.
            identifier: ItemKey,
            /// The currency.
            currency: Currency,
            /// How much is undone, above zero.
            minor: Minor,
            /// The day of it.
            reversed_on: Day,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
            /// A remark.
            comment: Remark,
        }
        optional {
            /// The account, unless only `reverses` or `reference` names it.
            account: AccountKey,
            /// The identifier of the payment it undoes.
            reverses: ItemKey,
            /// The reference under which the money moved, if no identifier is known.
            reference: ItemKey,
            /// To whom the payment had been made.
            paid_to: PaidTo,
            /// Why, as a code (ISO 20022 external reason code where it came so).
            reason: Code,
            /// Why, in words.
            reason_text: Name,
            /// How the payment had been made, in the sender's words.
            method: Name,
            /// The batch it was sent in.
            batch: Key,
        }
        lists {
            /// How it is spread over the buckets.
            split: Vec<Component>,
            /// All references that it has, for matching a reversal with its payment. At most 64.
            references: Vec<Reference>,
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}

/// The direction in which a balance changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum AdjustmentDirection {
    /// More is owed.
    Increase,
    /// Less is owed.
    Decrease,
}

crate::value::strict!(AdjustmentDirection);

record! {
    /// A balance changed without money: interest, fees, waivers, corrections. It earns no commission.
    pub struct Adjustment {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// Names the adjustment uniquely.
            identifier: ItemKey,
            /// More or less.
            direction: AdjustmentDirection,
            /// The currency.
            currency: Currency,
            /// How much, above zero.
            minor: Minor,
            /// The day of it.
            on: Day,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
            /// A remark.
            comment: Remark,
        }
        optional {
            /// The sender's code.
            code: Code,
        }
        lists {
            /// How it is spread over the buckets.
            split: Vec<Component>,
        }
    }
}

record! {
    /// Money that the customer paid straight to the bank after placement.
    pub struct DirectPayment {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// Names the payment uniquely.
            identifier: ItemKey,
            /// The currency.
            currency: Currency,
            /// How much, above zero.
            minor: Minor,
            /// The day it was booked.
            booked_on: Day,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
            /// Who paid.
            payer: Name,
            /// The payer's bank account.
            payer_account: Key,
            /// What the payer wrote.
            comment: Remark,
        }
        optional {
            /// The account, if the file names it.
            account: AccountKey,
            /// The reference that the payer gave; the engagement says how the account follows from it.
            reference: Key,
            /// The value date of the money.
            value_on: Day,
            /// Paid before the agency's first demand: no commission is owed.
            before_demand: bool,
            /// Batch or type in the sender's code.
            batch: Code,
            /// The bank's own reference of the booking.
            bank_reference: Key,
        }
        lists {
            /// How it is spread over the buckets.
            split: Vec<Component>,
            /// All references that it has, for matching a reversal with its payment. At most 64.
            references: Vec<Reference>,
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}

record! {
    /// The remittance of an agency for a period: gross = commission + tax + costs + net.
    pub struct RemittanceStatement {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// Names the statement.
            identifier: ItemKey,
            /// The currency.
            currency: Currency,
            /// First day of the period.
            from: Day,
            /// Last day of the period.
            to: Day,
            /// Payments of the period.
            gross: Minor,
            /// Reversals of the period.
            reversed: Minor,
            /// Commission earned.
            commission: Minor,
            /// The remitted amount.
            net: Minor,
            /// How the agency receives its commission.
            basis: RemittanceBasis,
        }
        optional {
            /// Tax on the commission.
            tax: Minor,
            /// Costs returned.
            costs: Minor,
            /// Commission and tax that the agency invoices instead of keeping them.
            invoiced: Minor,
            /// Payments counted.
            payments: u64,
        }
    }
}

record! {
    /// One side's figures of an account, for the other side to compare.
    pub struct Reconciliation {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// The currency.
            currency: Currency,
            /// The placed amount.
            placed: Minor,
        }
        personal {
            /// The account number at the bank.
            account_number: Key,
        }
        optional {
            /// The amount paid under this placement.
            paid: Minor,
            /// The balance now.
            balance: Minor,
            /// The day it was received.
            received_on: Day,
            /// The day of the last payment.
            last_payment_on: Day,
            /// The last payment.
            last_payment: Minor,
            /// The day of the figures.
            as_of: Day,
        }
        lists {
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}
