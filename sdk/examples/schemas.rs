//! Writes the JSON Schemas of the documents. `cargo xtask schemas` runs it.

#![allow(clippy::print_stderr)]

use std::path::PathBuf;
use std::{env, fs, process};

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{
    Commission, CommissionQuestion, Item, Judgment, PlacementDecision, Question, Triage,
};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

const VERSION: &str = "v1";

fn schema<T: JsonSchema>(name: &str) -> Schema {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(bounded));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), format!("urn:bailiwick:{VERSION}:{name}").into());
    schema
}

/// `format: uint32` is a remark in JSON Schema; the bounds it stands for are not.
fn bounded(schema: &mut Schema) {
    let (minimum, maximum) = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => (json!(0), json!(u8::MAX)),
        Some("uint16") => (json!(0), json!(u16::MAX)),
        Some("uint32") => (json!(0), json!(u32::MAX)),
        Some("uint64") => (json!(0), json!(u64::MAX)),
        Some("int32") => (json!(i32::MIN), json!(i32::MAX)),
        Some("int64") => (json!(i64::MIN), json!(i64::MAX)),
        _ => return,
    };
    schema.remove("format");
    schema.insert("minimum".to_owned(), minimum);
    schema.insert("maximum".to_owned(), maximum);
}

fn main() {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: schemas FOLDER");
        process::exit(2);
    };
    let schemas = [
        ("item", schema::<Item>("item")),
        ("context", schema::<Context>("context")),
        ("refusal", schema::<Refusal>("refusal")),
        ("placement-decision", schema::<PlacementDecision>("placement-decision")),
        ("commission-question", schema::<CommissionQuestion>("commission-question")),
        ("commission", schema::<Commission>("commission")),
        ("triage", schema::<Triage>("triage")),
        ("question", schema::<Question>("question")),
        ("judgment", schema::<Judgment>("judgment")),
    ];
    let write = || -> Result<(), Box<dyn std::error::Error>> {
        fs::create_dir_all(&folder)?;
        for (name, schema) in &schemas {
            let text = serde_json::to_string_pretty(schema)? + "\n";
            fs::write(folder.join(format!("{name}.schema.json")), text)?;
        }
        Ok(())
    };
    if let Err(error) = write() {
        eprintln!("schemas: {error}");
        process::exit(1);
    }
}
