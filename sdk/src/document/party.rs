//! People and companies, and how to reach them.

use serde::{Deserialize, Serialize};

use crate::value::{AccountKey, Code, Day, Extra, Key, Name, PartyKey, Remark, Text};

/// The role of a person in the debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Role {
    /// Owes the debt.
    Primary,
    /// Owes it together with the primary debtor (共同借款人, co-maker).
    Joint,
    /// Signed for it (co-signer).
    CoSigner,
    /// Guarantees it (担保人).
    Guarantor,
    /// Is married to the debtor. `liable` says whether the spouse is liable.
    Spouse,
    /// May know where the debtor is, owes nothing (联系人).
    Contact,
    /// Represents the debtor at law.
    Attorney,
    /// Administers a dead debtor's estate.
    Executor,
}

crate::value::strict!(Role);

record! {
    /// A person or company of an account.
    pub struct Party {
        required {
            /// The role of the person in the debt.
            role: Role,
            /// Whether the law makes this person liable. Data about others may be forbidden to an agency.
            liable: bool,
        }
        personal {
            /// The name as the sender writes it.
            name: Name,
            /// The number of an identity document (身份证号, SSN).
            identity_number: Key,
            /// The day of birth.
            born_on: Day,
            /// The relation in the sender's own words, such as `SPOUSE` or `同事`.
            relation: Name,
            /// The marital status in the sender's own words.
            marital_status: Code,
            /// The employer.
            employer: Name,
        }
        optional {
            /// The sender's key of the person.
            key: PartyKey,
            /// The IANA zone where the person lives, if known. Unknown means that contact hours cannot be judged.
            zone: Text<64>,
            /// The language the person is addressed in, as a BCP 47 tag.
            language: Code,
        }
        lists {
            /// Addresses, the current home first.
            addresses: Vec<Address>,
            /// Telephone numbers.
            phones: Vec<Phone>,
            /// E-mail addresses.
            emails: Vec<Name>,
        }
    }
}

/// The kind of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum AddressKind {
    /// Where the person lives.
    Home,
    /// The address on the identity document (户籍地址).
    Registered,
    /// Where the person works.
    Work,
    /// Anything else.
    Other,
}

crate::value::strict!(AddressKind);

record! {
    /// A postal address, in parts or as one text.
    pub struct Address {
        required {
            /// The kind of the address.
            kind: AddressKind,
        }
        personal {
            /// The whole address, if the sender does not divide it.
            text: Name,
            /// Street and number.
            street: Name,
            /// Second line of the street.
            street2: Name,
        }
        optional {
            /// City.
            city: Name,
            /// State or province.
            region: Name,
            /// Postal code.
            postal_code: Text<16>,
            /// ISO 3166 country code.
            country: Text<2>,
        }
    }
}

/// The kind of a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum PhoneKind {
    /// At home.
    Home,
    /// At work.
    Work,
    /// Mobile.
    Mobile,
    /// Fax.
    Fax,
    /// A spouse's home.
    SpouseHome,
    /// A spouse's work.
    SpouseWork,
    /// Anything else.
    Other,
}

crate::value::strict!(PhoneKind);

/// Whether a number is known to reach the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum PhoneState {
    /// It is not known.
    Unknown,
    /// It does not reach the person.
    Bad,
    /// It reaches the person.
    Good,
}

crate::value::strict!(PhoneState);

record! {
    /// A telephone number and what may be done with it.
    pub struct Phone {
        required {
            /// The kind of the number.
            kind: PhoneKind,
        }
        personal {
            /// The number as the sender writes it.
            number: Text<40>,
            /// The extension.
            extension: Text<16>,
            /// The name it is listed under.
            listed_name: Name,
        }
        optional {
            /// Whether it reaches the person.
            state: PhoneState,
            /// Whether calling it is on hold.
            on_hold: bool,
            /// Where the number comes from, in the sender's code.
            source: Code,
            /// Whether a person may dial it.
            manual_calls: bool,
            /// Whether a machine may dial it.
            automatic_calls: bool,
            /// Whether texts may be sent to it.
            texts: bool,
        }
    }
}

record! {
    /// A note that travels inside a placement or alone.
    pub struct Note {
        located {
            /// The physical line of the file where it began, counted from 1. Absent when it came from no file.
            line: u64,
        }
        required {
            /// The account.
            account: AccountKey,
            /// When it was written.
            at: crate::value::Moment,
        }
        personal {
            /// The text of the note.
            text: Remark,
        }
        optional {
            /// The sender's code of the action.
            action: Code,
            /// The sender's code of the result.
            result: Code,
            /// Whether it must not be passed on.
            private: bool,
        }
        lists {
            /// Columns with no canonical meaning.
            extra: Extra,
        }
    }
}
