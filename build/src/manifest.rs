//! `plugin.toml` into the manifest that a component carries.

use std::fs;

use serde_json::{Map, Value, json};

use crate::BuildError;
use crate::package::Package;

pub(crate) struct Manifest {
    /// The section's bytes: JSON with sorted keys.
    pub(crate) json: Vec<u8>,
    /// The guest's stack.
    pub(crate) stack_kib: u32,
}

/// A small stack keeps a fresh instance cheap: it is memory that must be wiped after each call.
const STACK_KIB: u32 = 64;
const STACK_KIB_MAX: u32 = 4096;

pub(crate) fn read(package: &Package) -> Result<Manifest, BuildError> {
    let path = package.dir.join("plugin.toml");
    let wrong = |why: String| BuildError::Manifest { path: path.clone(), why };
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => BuildError::NotAPlugin {
            path: package.dir.clone(),
            why: "there is no plugin.toml beside Cargo.toml".to_owned(),
        },
        _ => BuildError::io("read", &path)(error),
    })?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let Ok(Value::Object(mut manifest)) = serde_json::to_value(&table) else {
        return Err(wrong("expected a table".to_owned()));
    };
    for key in ["contract", "subjects"] {
        if !manifest.contains_key(key) {
            return Err(wrong(format!("the key {key:?} is missing")));
        }
    }
    let build = manifest.remove("build").unwrap_or_default();
    let stack_kib = build.get("stack_kib").and_then(Value::as_u64).unwrap_or(u64::from(STACK_KIB));
    let stack_kib = u32::try_from(stack_kib)
        .ok()
        .filter(|kib| (16..=STACK_KIB_MAX).contains(kib))
        .ok_or_else(|| wrong(format!("build.stack_kib is {stack_kib}; expected 16 to {STACK_KIB_MAX}")))?;
    let schema = match manifest.remove("config_schema") {
        None => json!({ "type": "object", "additionalProperties": false }),
        Some(Value::String(file)) => {
            let file = package.dir.join(file);
            let schema = fs::read(&file).map_err(BuildError::io("read", &file))?;
            serde_json::from_slice(&schema)
                .map_err(|error| BuildError::Manifest { path: file, why: error.to_string() })?
        }
        Some(_) => return Err(wrong("config_schema names a JSON file".to_owned())),
    };
    manifest.insert("config_schema".to_owned(), schema);
    manifest.insert("name".to_owned(), json!(package.name));
    manifest.insert("version".to_owned(), json!(package.version));
    let json =
        serde_json::to_vec(&sorted(Value::Object(manifest))).map_err(|error| wrong(error.to_string()))?;
    Ok(Manifest { json, stack_kib })
}

/// The same value with the keys of every object in order, whatever map the JSON library uses.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
