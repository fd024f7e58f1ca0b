//! Writes the JSON Schemas of the documents. `cargo xtask schemas` runs it.

use std::path::PathBuf;
use std::{env, fs, process};

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{
    Commission, CommissionQuestion, Item, Judgment, PlacementDecision, Question, Triage,
};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

const VERSION: &str = "v1";

fn schema<T: JsonSchema>(name: &str) -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), format!("urn:bailiwick:{VERSION}:{name}").into());
    schema
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
