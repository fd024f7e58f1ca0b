//! Helpers of the measurements: accounts to place, the measured call, the components.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod kind;

pub use kind::Kind;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick_host::audit::{AuditLog, SystemDisk};
use bailiwick_host::sdk::context::Context;
use bailiwick_host::sdk::document::{Address, AddressKind, Item, Party, Phone, PhoneKind, Placement, Role};
use bailiwick_host::sdk::testing;
use bailiwick_host::sdk::value::{Bucket, Component, Currency, Day, Minor, Name, Text};
use bailiwick_host::tlog::{Scheme, SigningKey};

/// Where the components are; `cargo xtask bench` builds them first.
pub fn components() -> PathBuf {
    let told = std::env::var_os("BAILIWICK_PLUGINS").map(PathBuf::from);
    told.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins"))
}

/// The bytes of a component.
pub fn component(name: &str) -> Vec<u8> {
    let path = components().join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run cargo xtask bench", path.display()))
}

/// An empty audit log in a folder.
pub fn audit_log(folder: &Path) -> AuditLog {
    let folder = folder.join("audit");
    let key = || SigningKey::new("bank.example/audit", Scheme::Ed25519, [7; 32]).expect("a key");
    AuditLog::create(&folder, &SystemDisk, &key()).expect("a log");
    AuditLog::open(&folder, Arc::new(SystemDisk), key(), 1).expect("a log")
}

/// The context of a placement file.
pub fn context(message: &str, currency: Currency, config: serde_json::Value) -> Context {
    let mut context = testing::context(message, config);
    context.currency = currency;
    context.agency = Some(key("AG001"));
    context.agency_name = Some(name("Sample Recovery Partners"));
    context.creditor_name = Some(name("Example Card Bank"));
    context
}

/// `count` accounts as a bank places them, the same ones every time.
pub fn accounts(count: u64, currency: Currency) -> impl Iterator<Item = Item> {
    (1..=count).map(move |number| account(number, currency).into())
}

fn account(number: u64, currency: Currency) -> Placement {
    // Each account has another amount, without random numbers, so the file is the same every time. The
    // amounts are small, so that the sum of a million fits into the twelve columns of the AIM trailer.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    let principal = 10_000 + i64::try_from(spread).unwrap_or_default();
    let part = |bucket, minor| Component { bucket, code: None, minor: Minor::new(minor).expect("an amount") };
    let balance = vec![part(Bucket::Principal, principal), part(Bucket::Interest, principal / 10)];
    let mut placement = Placement::new(key(&(100_000_000 + number).to_string()), currency, balance);
    placement.account_number = Some(key(&format!("4000{:012}", number * 7919)));
    placement.customer = Some(key(&format!("C{number:010}")));
    placement.placed_on = Some(day("2026-07-01"));
    placement.term_ends_on = Some(day("2026-12-31"));
    placement.delinquent_on = Some(day("2025-12-01"));
    placement.charged_off_on = Some(day("2026-06-01"));
    placement.opened_on = Some(day("2019-03-04"));
    placement.product = Some(name("Card"));
    let mut party = Party::new(Role::Primary, true);
    party.name = Some(name(["Rosa Lindqvist", "Bram Okafor", "Ines Tanaka"][(number % 3) as usize]));
    party.key = Some(key(&(500_000_000 + number).to_string()));
    party.relation = Some(name("PRIMARY"));
    party.born_on = Some(day("1980-02-29"));
    let mut address = Address::new(AddressKind::Home);
    address.street = Some(name(&format!("{} Sample Street", number % 9999)));
    address.city = Some(name("Springfield"));
    address.region = Some(name("NY"));
    party.addresses.push(address);
    let mut phone = Phone::new(PhoneKind::Mobile);
    phone.number = Text::new(format!("555{:07}", number % 10_000_000)).ok();
    party.phones.push(phone);
    placement.parties.push(party);
    placement
}

fn key<K: From<Text<64>>>(text: &str) -> K {
    K::from(Text::new(text).expect("a key"))
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}
