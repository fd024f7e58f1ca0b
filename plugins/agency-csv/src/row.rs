//! A document into cells and back.

use bailiwick_sdk::kit::amount;
use bailiwick_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::columns::{Column, Kind};

/// The cell that holds what has no column.
pub(crate) const MORE: &str = "more";

/// What is wrong with a cell: the header and what was expected.
pub(crate) struct BadCell {
    pub(crate) code: &'static str,
    pub(crate) header: String,
    pub(crate) message: String,
}

/// Writes the cells of a document, in the order of its columns, `more` last.
pub(crate) fn cells(item: &Item, columns: &[Column], decimals: usize) -> Result<Vec<String>, Refusal> {
    let value = serde_json::to_value(item).map_err(|error| Refusal::new("bad_document", error.to_string()))?;
    let mut document = match value {
        Value::Object(mut outer) => outer.remove(item.kind()).unwrap_or_default(),
        _ => Value::Null,
    };
    if let Some(object) = document.as_object_mut() {
        object.remove("line");
    }
    let mut cells = Vec::with_capacity(columns.len() + 1);
    for (_, pointer, kind) in columns {
        cells.push(match kind {
            Kind::Bucket(bucket) => bucket_sum(&document, pointer, bucket, decimals),
            kind => take(&mut document, pointer).map(|value| text(&value, *kind, decimals)).unwrap_or_default(),
        });
    }
    if let Some(list) = columns.iter().find_map(|(_, pointer, kind)| matches!(kind, Kind::Bucket(_)).then_some(*pointer)) {
        drop_plain_list(&mut document, list);
    }
    let more = document.as_object().is_some_and(|object| !object.is_empty());
    cells.push(if more { document.to_string() } else { String::new() });
    Ok(cells)
}

/// Reads a document from cells found by header.
pub(crate) fn item<'a>(
    kind: &str,
    columns: &[Column],
    cell: impl Fn(&str) -> Option<&'a str>,
    line: u64,
    decimals: usize,
) -> Result<Item, BadCell> {
    let bad = |code, header: &str, message: &str| BadCell {
        code,
        header: header.to_owned(),
        message: message.to_owned(),
    };
    let mut document = match cell(MORE).filter(|text| !text.is_empty()) {
        None => Value::Object(Map::new()),
        Some(text) => serde_json::from_str(text)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| bad("bad_row", MORE, "expected a JSON object or nothing"))?,
    };
    for (header, pointer, kind) in columns {
        let Some(text) = cell(header).filter(|text| !text.is_empty()) else { continue };
        let value = match kind {
            Kind::Text => Value::from(text),
            Kind::Money | Kind::Bucket(_) => amount::parse(text.as_bytes(), decimals)
                .map(Value::from)
                .map_err(|error| bad("bad_amount", header, &format!("{error}; expected decimal text with {decimals} decimals")))?,
            Kind::Count => text
                .parse::<i64>()
                .map(Value::from)
                .map_err(|_| bad("bad_row", header, "expected a whole number"))?,
            Kind::Flag => match text {
                "yes" => Value::from(true),
                "no" => Value::from(false),
                _ => return Err(bad("bad_row", header, "expected yes or no")),
            },
        };
        match kind {
            Kind::Bucket(bucket) => add_bucket(&mut document, pointer, bucket, value),
            _ => put(&mut document, pointer, value),
        }
    }
    sum_up(&mut document, columns);
    fill_in(&mut document);
    if let Some(object) = document.as_object_mut() {
        object.insert("line".to_owned(), line.into());
    }
    let mut outer = Map::new();
    outer.insert(kind.to_owned(), document);
    serde_json::from_value(Value::Object(outer)).map_err(|error| {
        // Serde names the member; the cell is not repeated.
        let message = error.to_string();
        let (code, message) = match message.split_once('`') {
            Some((before, rest)) if before.starts_with("missing field") => {
                ("missing_field", format!("the column for {} is empty", rest.trim_end_matches('`')))
            }
            _ if message.contains("YYYY-MM-DD") => ("bad_date", "expected a day of the calendar as YYYY-MM-DD".to_owned()),
            _ => ("bad_row", "a cell does not fit its column; the README lists what each takes".to_owned()),
        };
        BadCell { code, header: String::new(), message }
    })
}

fn text(value: &Value, kind: Kind, decimals: usize) -> String {
    match (kind, value) {
        (Kind::Money, Value::Number(number)) => {
            number.as_i64().map(|minor| amount::format(minor, decimals as u32)).unwrap_or_default()
        }
        (Kind::Flag, Value::Bool(true)) => "yes".to_owned(),
        (Kind::Flag, Value::Bool(false)) => "no".to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Null) => String::new(),
        (_, other) => other.to_string(),
    }
}

/// Takes the value at a pointer out of the document; objects that are empty then stay, so that the
/// way back finds its place.
fn take(document: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let parent = document.pointer_mut(parent)?;
    let taken = parent.as_object_mut()?.remove(name)?;
    let emptied = parent.as_object().is_some_and(Map::is_empty);
    if let (true, Some((above, middle))) = (emptied, pointer.rsplit_once('/').and_then(|(parent, _)| parent.rsplit_once('/')))
        && let Some(above) = document.pointer_mut(above).and_then(Value::as_object_mut)
    {
        above.remove(middle);
    }
    Some(taken)
}

/// Puts a value at a pointer, making the objects and lists on the way.
fn put(document: &mut Value, pointer: &str, value: Value) {
    let mut place = document;
    for name in pointer.split('/').skip(1) {
        place = match name {
            "0" => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                let Value::Array(items) = place else { return };
                if items.is_empty() {
                    items.push(Value::Object(Map::new()));
                }
                let Some(first) = items.first_mut() else { return };
                first
            }
            name => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                let Value::Object(object) = place else { return };
                object.entry(name.to_owned()).or_insert(Value::Null)
            }
        };
    }
    *place = value;
}

fn bucket_sum(document: &Value, pointer: &str, bucket: &str, decimals: usize) -> String {
    let parts = document.pointer(pointer).and_then(Value::as_array);
    let of_bucket = parts.into_iter().flatten().filter(|part| part.get("bucket").and_then(Value::as_str) == Some(bucket));
    let amounts: Vec<i64> = of_bucket.filter_map(|part| part.get("minor").and_then(Value::as_i64)).collect();
    match amounts.is_empty() {
        true => String::new(),
        false => amount::format(amounts.iter().sum(), decimals as u32),
    }
}

/// A list that the bucket columns say in full need not stand in `more` as well.
fn drop_plain_list(document: &mut Value, pointer: &str) {
    let name = pointer.trim_start_matches('/');
    let buckets: Vec<&str> = match document.get(name).and_then(Value::as_array) {
        None => return,
        Some(parts) if parts.iter().any(|part| part.get("code").is_some()) => return,
        Some(parts) => parts.iter().filter_map(|part| part.get("bucket").and_then(Value::as_str)).collect(),
    };
    let order = ["principal", "interest", "penalty", "late_fee", "costs", "other"];
    let places: Vec<Option<usize>> = buckets.iter().map(|bucket| order.iter().position(|name| name == bucket)).collect();
    // Each bucket at most once and in the order of the columns: then the way back gives the same list.
    if places.windows(2).all(|pair| matches!(pair, [a, b] if a < b))
        && let Some(object) = document.as_object_mut()
    {
        object.remove(name);
    }
}

/// The list of `more` stands if there is one: it has the codes.
fn add_bucket(document: &mut Value, pointer: &str, bucket: &str, minor: Value) {
    let name = pointer.trim_start_matches('/');
    let Some(object) = document.as_object_mut() else { return };
    if object.contains_key(name) {
        return;
    }
    let parts = object.entry(format!("{name} of columns")).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(parts) = parts {
        parts.push(serde_json::json!({ "bucket": bucket, "minor": minor }));
    }
}

/// A debtor written by hand has no `more` to say what the schema requires.
fn fill_in(document: &mut Value) {
    for (parent, name, value) in [
        ("/parties/0", "role", Value::from("primary")),
        ("/parties/0", "liable", Value::from(true)),
        ("/parties/0/phones/0", "kind", Value::from("other")),
        ("/parties/0/addresses/0", "kind", Value::from("home")),
        ("/new_address", "kind", Value::from("home")),
        ("/old_address", "kind", Value::from("home")),
        ("/new_phone", "kind", Value::from("other")),
        ("/old_phone", "kind", Value::from("other")),
    ] {
        if let Some(object) = document.pointer_mut(parent).and_then(Value::as_object_mut) {
            object.entry(name.to_owned()).or_insert(value);
        }
    }
}

fn sum_up(document: &mut Value, columns: &[Column]) {
    let Some(list) = columns.iter().find_map(|(_, pointer, kind)| matches!(kind, Kind::Bucket(_)).then_some(*pointer)) else {
        return;
    };
    let name = list.trim_start_matches('/');
    let Some(object) = document.as_object_mut() else { return };
    if let Some(parts) = object.remove(&format!("{name} of columns")) {
        object.insert(name.to_owned(), parts);
    }
    // A placement that owes nothing has an empty balance, and must say so.
    if name == "balance" {
        object.entry(name.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
    }
}
