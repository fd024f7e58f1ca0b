//! The typed documents accept exactly what the JSON Schemas accept: generated valid documents and
//! generated broken ones, both ways.

use bailiwick_conformance::{ITEM_SCHEMA, Maker};
use bailiwick_host::sdk::document::Item;
use bailiwick_host::sdk::value::AccountKey;
use serde_json::Value;

fn validator() -> (Value, jsonschema::Validator) {
    let schema: Value = serde_json::from_str(ITEM_SCHEMA).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    (schema, validator)
}

fn agree(validator: &jsonschema::Validator, document: &Value) -> Result<(), String> {
    let by_schema = validator.is_valid(document);
    let by_type = serde_json::from_str::<Item>(&document.to_string());
    if by_schema == by_type.is_ok() {
        return Ok(());
    }
    Err(format!("the schema says {by_schema}, the type says {:?}\n{document:#}", by_type.err()))
}

#[test]
fn types_and_schemas_accept_the_same_documents() {
    let (schema, validator) = validator();
    let mut maker = Maker::new(&schema);
    let (mut valid, mut broken) = (0, 0);
    for _ in 0..20_000 {
        let mut document = maker.value(&schema);
        assert!(validator.is_valid(&document), "the maker made an invalid document: {document:#}");
        agree(&validator, &document).unwrap_or_else(|why| panic!("{why}"));
        // The schema accepts every document that a type has read and written.
        let item: Item = serde_json::from_value(document.clone()).unwrap();
        assert!(validator.is_valid(&serde_json::to_value(&item).unwrap()));
        valid += 1;
        for _ in 0..=maker.below(2) {
            maker.break_one(&mut document);
        }
        agree(&validator, &document).unwrap_or_else(|why| panic!("{why}"));
        broken += usize::from(!validator.is_valid(&document));
    }
    assert!(valid == 20_000 && broken > 10_000, "{valid} valid, {broken} broken");
}

/// Every character of the basic plane alone, at each edge and inside: the pattern of a key is the rule of its type.
#[test]
fn a_key_and_its_pattern_take_the_same_characters() {
    let (schema, _) = validator();
    let key = schema.pointer("/$defs/Placement/properties/account").unwrap();
    let validator = jsonschema::validator_for(key).unwrap();
    let mut refused = 0;
    for letter in (0..=0xFFFF).filter_map(char::from_u32) {
        for text in [format!("{letter}"), format!("{letter}1"), format!("1{letter}"), format!("1{letter}1")] {
            let by_type = AccountKey::new(text.as_str());
            let document = Value::String(text);
            assert_eq!(validator.is_valid(&document), by_type.is_ok(), "{document:?}: {by_type:?}");
            refused += u32::from(by_type.is_err());
        }
    }
    assert!(refused > 300, "{refused}");
}

#[test]
fn every_kind_of_document_is_in_the_schema_and_personal_members_are_marked() {
    let (schema, _) = validator();
    let kinds: Vec<&str> =
        schema["oneOf"].as_array().unwrap().iter().map(|one| one["required"][0].as_str().unwrap()).collect();
    let known: Vec<&str> = Item::KINDS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, known);
    for pointer in [
        "/$defs/Party/properties/identity_number",
        "/$defs/Phone/properties/number",
        "/$defs/Note/properties/text",
    ] {
        assert_eq!(schema.pointer(pointer).unwrap()["x-sensitive"], true, "{pointer}");
    }
}
