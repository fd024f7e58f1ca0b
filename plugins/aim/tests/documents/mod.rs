//! Documents that the records can carry.

#![allow(unreachable_pub)]

mod agency;
mod bank;
mod parts;

pub use agency::*;
pub use bank::*;

use bailiwick_sdk::document::Item;
use proptest::collection::vec;
use proptest::prelude::*;

/// A message and documents of it.
pub fn any_file() -> impl Strategy<Value = (&'static str, Vec<Item>)> {
    fn of(message: &'static str, items: BoxedStrategy<Item>) -> BoxedStrategy<(&'static str, Vec<Item>)> {
        vec(items, 0..4).prop_map(move |items| (message, items)).boxed()
    }
    prop_oneof![
        4 => of("CPLC", placement(false)),
        1 => of("CRCL", recall()),
        1 => of("CPAY", bank_payment()),
        1 => of("CNOT", note(false)),
        1 => of("AACK", acknowledgment()),
        1 => of("APAY", payment()),
        1 => of("ASTS", status()),
        1 => of("ANOT", note(true)),
        1 => of("AUDM", demographic()),
        1 => of("ABKP", bankruptcy()),
        1 => of("ADIS", dispute()),
        1 => of("ACPT", complaint()),
    ]
}
