//! The parts that documents are made of.

use std::fmt::Debug;

use bailiwick_sdk::document::{Address, AddressKind};
use bailiwick_sdk::jiff::civil::date;
use bailiwick_sdk::value::{
    Bucket, Code, Component, Currency, Day, Minor, Moment, Name, Text, TextError, Zone,
};
use proptest::option;
use proptest::prelude::*;

pub(super) const CURRENCY: Currency = Currency::USD;

/// Text of at most `bytes` bytes in UTF-8, without blanks around it.
pub(super) fn text<T>(bytes: usize) -> BoxedStrategy<T>
where
    T: for<'t> TryFrom<&'t str, Error = TextError> + Debug + 'static,
{
    "[A-Za-z0-9é,.'#/-]([A-Za-z0-9é ,.'#/-]{0,40}[A-Za-z0-9é])?"
        .prop_map(move |mut text: String| {
            while text.len() > bytes {
                text.pop();
            }
            T::try_from(text.trim()).unwrap_or_else(|_| T::try_from("x").unwrap())
        })
        .boxed()
}

/// The same, or nothing.
pub(super) fn maybe<T>(bytes: usize) -> BoxedStrategy<Option<T>>
where
    T: for<'t> TryFrom<&'t str, Error = TextError> + Debug + 'static,
{
    option::of(text(bytes)).boxed()
}

/// A key of nine digits.
pub(super) fn number<K: From<Text<64>> + Debug + 'static>() -> BoxedStrategy<K> {
    (0u32..1_000_000_000).prop_map(|number| K::from(Text::new(format!("{number:09}")).unwrap())).boxed()
}

pub(super) fn day() -> BoxedStrategy<Day> {
    (1i16..=9999, 1u8..=12, 1u8..=28)
        .prop_filter_map("19000101 is no day", |(year, month, day)| {
            Day::new(year, month, day).filter(|day| day.to_string() != "1900-01-01")
        })
        .boxed()
}

/// An amount above zero that twelve columns hold.
pub(super) fn above_zero() -> BoxedStrategy<Minor> {
    (1i64..=99_999_999_999).prop_map(|minor| Minor::new(minor).unwrap()).boxed()
}

/// A time between eight and twenty in Chicago, to the second: no clock skips or repeats it.
pub(super) fn moment() -> BoxedStrategy<Moment> {
    (1970i16..2100, 1i8..=12, 1i8..=28, 8i8..20, 0i8..60, 0i8..60)
        .prop_map(|(year, month, day, hour, minute, second)| {
            let zone = Zone::named("America/Chicago").unwrap();
            Moment::from_local(date(year, month, day).at(hour, minute, second, 0), &zone).unwrap()
        })
        .boxed()
}

/// The parts of an amount in the first `columns` money columns, and their sum.
pub(super) fn split(columns: usize) -> BoxedStrategy<(Vec<Component>, Minor)> {
    const COLUMNS: [(&str, Bucket); 9] = [
        ("principal", Bucket::Principal),
        ("interest", Bucket::Interest),
        ("other3", Bucket::LateFee),
        ("other4", Bucket::Costs),
        ("other5", Bucket::Other),
        ("other6", Bucket::Other),
        ("other7", Bucket::Other),
        ("other8", Bucket::Other),
        ("other9", Bucket::Other),
    ];
    proptest::collection::vec(option::weighted(0.4, 1i64..=999_999_999), columns)
        .prop_map(|amounts| {
            let parts = amounts.iter().zip(COLUMNS).filter_map(|(minor, (code, bucket))| {
                let minor = Minor::new((*minor)?).unwrap();
                Some(Component { bucket, code: Some(Code::new(code).unwrap()), minor })
            });
            let total = amounts.iter().flatten().sum();
            (parts.collect(), Minor::new(total).unwrap())
        })
        .boxed()
}

/// An address in parts, or nothing.
pub(super) fn address(kind: AddressKind, second_line: bool) -> BoxedStrategy<Option<Address>> {
    let street2 = if second_line { maybe::<Name>(40) } else { Just(None).boxed() };
    (maybe(20), street2, maybe(15), maybe(3), maybe(9))
        .prop_map(move |(street, street2, city, region, postal_code)| {
            let mut address = Address::new(kind);
            (address.street, address.street2, address.city) = (street, street2, city);
            (address.region, address.postal_code) = (region, postal_code);
            if address == Address::new(kind) {
                return None;
            }
            address.country = Some(Text::new("US").unwrap());
            Some(address)
        })
        .boxed()
}
