//! The small exact types that every document is made of: text with a bound, days, moments, money.
//!
//! Each type accepts exactly what its JSON Schema accepts, so a document that deserialises is a
//! document that validates.

mod day;
mod extra;
mod identifier;
mod key;
mod moment;
mod money;
mod strict;
mod text;

pub use day::{Day, DayError};
pub use extra::Extra;
pub use identifier::{Identifier, IdentifierError};
pub use key::{AccountKey, Code, CustomerKey, ItemKey, Key, PartyKey};
pub use moment::{Moment, MomentError, Utc, UtcError, Zone};
pub use money::{Bucket, Component, Currency, MINOR_MAX, Minor, sum};
pub(crate) use strict::{Strict, strict};
pub use text::{Name, Remark, Text, TextError};
pub(crate) use text::{is_no_break, is_text, is_unseen, is_zero_width};
