//! Explaining a document that does not fit, by its JSON Schema.

use std::sync::OnceLock;

static ITEM: &str = include_str!("../../schemas/v1/item.schema.json");

/// The place and what is wrong there. Values are left out: they may be personal.
pub(crate) fn explain(line: &[u8]) -> Option<(String, String)> {
    static VALIDATOR: OnceLock<Option<jsonschema::Validator>> = OnceLock::new();
    let validator = VALIDATOR
        .get_or_init(|| {
            let schema: serde_json::Value = serde_json::from_str(ITEM).ok()?;
            jsonschema::options().should_validate_formats(true).build(&schema).ok()
        })
        .as_ref()?;
    let document: serde_json::Value = serde_json::from_slice(line).ok()?;
    // An item is one of many kinds; the kind that is named is the one to explain.
    let kind = document.as_object().and_then(|object| object.keys().next()).cloned();
    let error = validator.iter_errors(&document).next()?;
    let masked = error.masked().to_string();
    let at = error.instance_path().to_string();
    match kind {
        Some(kind) if at.is_empty() => Some((format!("/{kind}"), masked)),
        _ => Some((at, masked)),
    }
}
