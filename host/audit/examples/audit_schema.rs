//! Writes the JSON Schema of an entry of the audit log. `cargo xtask schemas` runs it.

#![allow(clippy::print_stderr)]

use std::path::PathBuf;
use std::{env, fs, process};

use bailiwick_audit::Recorded;
use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

const NAME: &str = "audit_entry";

/// `format: uint32` is a remark in JSON Schema; the bounds it stands for are not.
fn bounded(schema: &mut Schema) {
    let (minimum, maximum) = match schema.get("format").and_then(Value::as_str) {
        Some("uint32") => (json!(0), json!(u32::MAX)),
        Some("uint64") => (json!(0), json!(u64::MAX)),
        Some("int64") => (json!(i64::MIN), json!(i64::MAX)),
        _ => return,
    };
    schema.remove("format");
    schema.insert("minimum".to_owned(), minimum);
    schema.insert("maximum".to_owned(), maximum);
}

fn main() {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: audit_schema FOLDER");
        process::exit(2);
    };
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(bounded));
    let mut schema = settings.into_generator().into_root_schema_for::<Recorded>();
    schema.insert("$id".to_owned(), format!("urn:bailiwick:v1:{NAME}").into());
    schema.insert("title".to_owned(), "AuditEntry".into());
    let write = || -> Result<(), Box<dyn std::error::Error>> {
        fs::create_dir_all(&folder)?;
        let text = serde_json::to_string_pretty(&schema)? + "\n";
        Ok(fs::write(folder.join(format!("{NAME}.schema.json")), text)?)
    };
    if let Err(error) = write() {
        eprintln!("audit_schema: {error}");
        process::exit(1);
    }
}
