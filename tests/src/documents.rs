//! Documents made from their JSON Schema, valid and broken.

use proptest::prelude::*;
use proptest::test_runner::TestRng;
use serde_json::{Map, Value, json};

/// The committed schema of every item.
pub static ITEM_SCHEMA: &str = include_str!("../../schemas/v1/item.schema.json");

/// The bound of lists and texts, short so that thousands of documents are made quickly.
const LIST_MAX: u32 = 2;

/// Makes documents from a schema, by the keywords that the committed schemas use.
pub struct Maker<'a> {
    root: &'a Value,
    rng: TestRng,
}

impl<'a> Maker<'a> {
    /// A maker for a schema; it makes the same documents every time.
    pub fn new(root: &'a Value) -> Self {
        Self { root, rng: proptest::test_runner::TestRunner::deterministic().new_rng() }
    }

    /// A document of one kind: the value of the item's only member.
    ///
    /// # Panics
    /// If the schema has no such kind.
    pub fn of_kind(&mut self, kind: &str) -> Value {
        let alternatives = self.root["oneOf"].as_array().expect("the kinds");
        let one = alternatives.iter().find(|one| one["required"][0] == kind).expect("the kind").clone();
        self.value(&one)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        self.rng.random_range(0..bound.max(1))
    }

    /// A document that the schema accepts.
    pub fn value(&mut self, schema: &Value) -> Value {
        if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
            let target = self.root.pointer(path.trim_start_matches('#')).expect("a definition");
            return self.value(&target.clone());
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(alternatives) = schema.get(choice).and_then(Value::as_array) {
                let at = self.below(alternatives.len() as u32) as usize;
                return self.value(&alternatives[at].clone());
            }
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return values[self.below(values.len() as u32) as usize].clone();
        }
        let kinds = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.clone(),
            Some(kind) => vec![kind.clone()],
            None => vec![json!("null")],
        };
        let at = self.below(kinds.len() as u32) as usize;
        match kinds[at].as_str().expect("a type") {
            "null" => Value::Null,
            "boolean" => json!(self.below(2) == 0),
            "integer" => self.integer(schema),
            "string" => self.string(schema),
            "array" => {
                let count = self.below(LIST_MAX + 1);
                (0..count).map(|_| self.value(&schema["items"])).collect()
            }
            "object" => self.object(schema),
            other => panic!("the maker knows no {other}"),
        }
    }

    fn integer(&mut self, schema: &Value) -> Value {
        let low = schema["minimum"].as_i64().expect("every integer has a lower bound");
        let high = schema["maximum"].clone();
        match self.below(4) {
            0 => json!(low),
            1 => high,
            _ => json!(low.max(0) + i64::from(self.below(100))),
        }
    }

    fn string(&mut self, schema: &Value) -> Value {
        match (schema.get("format").and_then(Value::as_str), schema.get("pattern").and_then(Value::as_str)) {
            (Some("date"), _) => {
                json!(format!("20{:02}-{:02}-{:02}", self.below(99), 1 + self.below(12), 1 + self.below(28)))
            }
            (Some("date-time"), _) => {
                json!(format!(
                    "2026-{:02}-{:02}T{:02}:59:59Z",
                    1 + self.below(12),
                    1 + self.below(28),
                    self.below(24)
                ))
            }
            (_, Some("^[A-Z]{3}$")) => json!(["USD", "CNY", "CHF"][self.below(3) as usize]),
            (_, Some(pattern)) if pattern.starts_with("^[a-z]") => {
                json!(["bad_amount", "x", "trailer-2.b"][self.below(3) as usize])
            }
            (None, Some(pattern)) if pattern.starts_with("^[^") || pattern.starts_with("^ *[^") => {
                // A key does not begin or end with a no-break space.
                let key = pattern.starts_with("^ *");
                let lines = !key && !pattern.contains("\\u0000-\\u001f");
                let blank = if key { 'é' } else { '\u{a0}' };
                let most = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(20);
                let length =
                    if self.below(20) == 0 { most } else { 1 + u64::from(self.below(most.min(12) as u32)) };
                json!(
                    (0..length)
                        .map(|_| ['a', 'Z', '逾', '𠮷', '"', if lines { '\n' } else { blank }]
                            [self.below(6) as usize])
                        .collect::<String>()
                )
            }
            other => panic!("the maker knows no {other:?}"),
        }
    }

    fn object(&mut self, schema: &Value) -> Value {
        let mut object = Map::new();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if required.contains(&name.as_str()) || self.below(3) == 0 {
                object.insert(name.clone(), self.value(member));
            }
        }
        if let Some(extra @ Value::Object(_)) = schema.get("additionalProperties") {
            for at in 0..self.below(LIST_MAX + 1) {
                object.insert(format!("列{at}"), self.value(extra));
            }
        }
        Value::Object(object)
    }

    /// Breaks one place of a document.
    pub fn break_one(&mut self, value: &mut Value) {
        match value {
            Value::Object(object) if !object.is_empty() && self.below(4) != 0 => {
                let at = self.below(object.len() as u32) as usize;
                let name = object.keys().nth(at).cloned().unwrap_or_default();
                match self.below(6) {
                    0 => drop(object.remove(&name)),
                    1 => drop(object.insert("colour".to_owned(), json!("blue"))),
                    _ => {
                        if let Some(member) = object.get_mut(&name) {
                            self.break_one(member);
                        }
                    }
                }
            }
            Value::Array(items) if !items.is_empty() && self.below(4) != 0 => {
                let at = self.below(items.len() as u32) as usize;
                self.break_one(&mut items[at]);
            }
            _ => {
                *value = match self.below(20) {
                    0 => Value::Null,
                    1 => json!(true),
                    2 => json!(""),
                    3 => json!("x".repeat(5000)),
                    4 => json!("2026-02-30"),
                    5 => json!("2026-7-1"),
                    6 => json!("usd"),
                    7 => json!(-1),
                    8 => json!(1u64 << 53),
                    9 => json!(12.5),
                    10 => json!([]),
                    12 => json!("A\u{1b}[31m1"),
                    13 => json!("A1\nB2"),
                    14 => json!("A\u{202e}1"),
                    15 => json!("A\u{200f}1"),
                    16 => json!("4111111111111111"),
                    17 => json!(" \u{3000}"),
                    18 => json!("\u{2003}A1\u{a0}"),
                    // Serde's own form of an enum's name, which no schema allows.
                    11 => json!({ value.as_str().unwrap_or_default(): null }),
                    _ => json!({}),
                }
            }
        }
    }
}
