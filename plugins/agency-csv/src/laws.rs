//! Properties of reading and writing that hold for every file.

use bailiwick_sdk::context::Context;
use bailiwick_sdk::document::{Item, Severity};
use bailiwick_sdk::testing::{self, decode_in_pieces, encode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::AgencyCsv;
use crate::generate::Entropy;
use crate::message::{Kind, MESSAGES, Message};

fn context(message: &Message) -> Context {
    testing::context(message.name, json!({}))
}

fn decode(message: &Message, file: &[u8], piece: usize) -> Vec<Item> {
    decode_in_pieces::<AgencyCsv>(message.subject, &context(message), file, piece).unwrap()
}

/// The items without the header, and without the line numbers of documents.
fn documents(items: Vec<Item>) -> Vec<Item> {
    let documents = items.into_iter().filter(|item| !matches!(item, Item::Header(_)));
    documents.map(without_line).collect()
}

fn without_line(item: Item) -> Item {
    let mut json = serde_json::to_value(&item).unwrap();
    json[item.kind()].as_object_mut().unwrap().remove("line");
    serde_json::from_value(json).unwrap()
}

fn samples(message: &Message, seeds: &[Vec<u8>]) -> Vec<Item> {
    let kinds = message.kinds.iter().cycle();
    seeds.iter().zip(kinds).map(|(seed, kind)| (kind.sample)(&mut Entropy::new(seed))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn documents_and_bytes_come_back(
        which in 0..MESSAGES.len(),
        seeds in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..1500), 0..4),
        piece in 1usize..200,
    ) {
        let message = &MESSAGES[which];
        let items = samples(message, &seeds);
        let file = encode::<AgencyCsv>(message.subject, &context(message), items.clone()).unwrap();
        let read = decode(message, &file, usize::MAX);
        prop_assert_eq!(documents(read.clone()), items, "{}", String::from_utf8_lossy(&file));
        prop_assert_eq!(&decode(message, &file, piece), &read);
        let again = encode::<AgencyCsv>(message.subject, &context(message), read).unwrap();
        prop_assert_eq!(again, file);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        which in 0..MESSAGES.len(),
        seeds in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..3),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), any::<u8>()]), 1..20),
        cut in any::<prop::sample::Index>(),
        piece in 1usize..50,
    ) {
        let message = &MESSAGES[which];
        let mut file = encode::<AgencyCsv>(message.subject, &context(message), samples(message, &seeds)).unwrap();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        file.truncate(cut.index(file.len()) + 1);
        let whole = decode(message, &file, usize::MAX);
        prop_assert_eq!(decode(message, &file, piece), whole.clone());
        let fatal = |item: &Item| matches!(item, Item::Problem(problem) if problem.severity == Severity::Fatal);
        let fatals = whole.iter().filter(|item| fatal(item)).count();
        prop_assert!(fatals <= 1 && (fatals == 0 || fatal(&whole[whole.len() - 1])));
    }
}

/// A row has every member that the schema of its document has.
#[test]
fn rows_have_every_member_of_their_documents() {
    let mut seen = Vec::new();
    for kind in MESSAGES.iter().flat_map(|message| message.kinds) {
        if !seen.contains(&kind.name) {
            seen.push(kind.name);
            check_members(kind);
        }
    }
    // Items that describe the file itself have no row.
    let rows = Item::KINDS.iter().filter(|(_, subject)| subject.is_some()).count();
    assert_eq!(seen.len(), rows);
}

fn check_members(kind: &Kind) {
    let mut entropy = Entropy::new(&[1; 3000]);
    entropy.full = true;
    let item = serde_json::to_value((kind.sample)(&mut entropy)).unwrap();
    let schema = schemars::schema_for!(Item).to_value();
    let of_kind = schema["oneOf"].as_array().unwrap().iter().find_map(|one| one["properties"].get(kind.name));
    compare(&schema, of_kind.unwrap(), &item[kind.name], kind.name);
}

/// Compares the members of a value with those of its schema, all the way down.
fn compare(root: &Value, schema: &Value, value: &Value, at: &str) {
    let refers = schema.get("$ref").or_else(|| schema["anyOf"][0].get("$ref"));
    if let Some(name) = refers.and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap();
        return compare(root, &root["$defs"][name], value, at);
    }
    if let Some(members) = schema.get("properties").and_then(Value::as_object) {
        for (name, member) in members {
            let below = format!("{at}/{name}");
            match value.get(name) {
                Some(value) => compare(root, member, value, &below),
                None => assert!(
                    // References and what a bank adds serve to match money that the bank reports; an agency reports none.
                    name == "line"
                        || name == "references"
                        || name == "extra" && at == "direct_payment"
                        || name == "code" && at.contains("balance/"),
                    "{below} is not in the row"
                ),
            }
        }
    }
    if let (Some(items), Some(first)) = (schema.get("items"), value.get(0)) {
        compare(root, items, first, &format!("{at}/0"));
    }
}
