//! Explaining a document that does not fit, by its JSON Schema.

use serde_json::{Value, json};

use crate::shown;

static ITEM: &str = include_str!("../../schemas/v1/item.schema.json");

/// The place and the error. Values are left out: they may be personal. `None` if the line is no JSON, or if the
/// schema finds nothing wrong with it.
pub(crate) fn explain(line: &[u8]) -> Option<(String, String)> {
    let document: Value = serde_json::from_slice(line).ok()?;
    let validator =
        jsonschema::options().should_validate_formats(true).build(&schema_for(&document)?).ok()?;
    let error = validator.iter_errors(&document).next()?;
    Some((shown(&error.instance_path().to_string()), shown(&error.masked().to_string())))
}

/// An item is one of many kinds. The schema of the kind that the document names says more than
/// "none of them fits".
fn schema_for(document: &Value) -> Option<Value> {
    let item: Value = serde_json::from_str(ITEM).ok()?;
    let kind = document.as_object().and_then(|object| object.keys().next());
    let alternatives = item.get("oneOf")?.as_array()?;
    let named = kind.and_then(|kind| {
        alternatives.iter().find(|one| one.pointer("/properties").is_some_and(|has| has.get(kind).is_some()))
    });
    let Some(named) = named else { return Some(item) };
    let mut schema = named.clone();
    schema
        .as_object_mut()?
        .insert("$defs".to_owned(), item.get("$defs").cloned().unwrap_or_else(|| json!({})));
    Some(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_named_and_the_value_is_not() {
        for (line, pointer) in [
            (r#"{"recall":{"account":"A1","stage":"soon"}}"#, "/recall/stage"),
            (r#"{"recall":{"account":"","stage":"final"}}"#, "/recall/account"),
            (r#"{"recall":{"account":"A1","stage":"final","on":"2026-02-31"}}"#, "/recall/on"),
            (r#"{"recall":{"stage":"final"}}"#, "/recall"),
            (r#"{"summons":{}}"#, ""),
        ] {
            let (at, message) = explain(line.as_bytes()).unwrap();
            assert_eq!(at, pointer, "{line}");
            assert!(!message.contains("soon") && !message.contains("02-31"), "{message}");
        }
        assert_eq!(explain(br#"{"recall":{"account":"A1","stage":"final"}}"#), None);
        assert_eq!(explain(b"{"), None);
    }
}
