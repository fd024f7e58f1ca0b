//! The cost of checking a configuration against its schema, computed before the schema is used.
//!
//! A short schema can take for ever to check against: one part refers twice to another part, which refers twice to a
//! third, and so on. So a schema is weighed as if every reference were replaced by its target. Each part is weighed
//! once and the weights are summed, so weighing takes linear time however heavy the schema is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Wrong, escaped};

/// The most nodes of a schema with every reference replaced by its target.
pub const NODES_MAX: u64 = 50_000;
/// The most levels of nesting of a schema, including levels below references.
pub const DEPTH_MAX: usize = 64;
/// The most regular expressions of a schema, counted once for each reference to them.
pub const PATTERNS_MAX: u64 = 64;
/// The most bytes of one regular expression.
pub const PATTERN_BYTES_MAX: usize = 256;
/// The only dialect that a schema may name.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Checks that a schema is cheap to use. Whether it is a valid schema is not checked here.
///
/// Its references name its own parts only, with `$ref` and a JSON pointer, and no part refers to a part that contains
/// it: a configuration is at most as deep as its schema. Every object counts as a schema, also below `const` or
/// `examples`, because a property may have any name.
///
/// # Errors
/// The part that is too heavy, too deep or refers to itself, with its place.
pub fn check(schema: &Value) -> Result<(), Wrong> {
    let mut scale = Scale { root: schema, known: BTreeMap::new(), open: BTreeSet::new() };
    let weight = scale.weigh(schema, "", 0)?;
    if weight.nodes > NODES_MAX {
        return Err(Wrong::new(
            "",
            format!(
                "the schema has {} nodes with what it refers to, each time anew; the most is {NODES_MAX}",
                weight.nodes
            ),
        ));
    }
    if weight.patterns > PATTERNS_MAX {
        return Err(Wrong::new(
            "",
            format!("the schema has {} regular expressions; the most is {PATTERNS_MAX}", weight.patterns),
        ));
    }
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: u64,
    patterns: u64,
    /// How deep it is, itself included.
    height: usize,
}

impl Weight {
    fn add(&mut self, part: Self) {
        self.nodes = self.nodes.saturating_add(part.nodes);
        self.patterns = self.patterns.saturating_add(part.patterns);
        self.height = self.height.max(part.height + 1);
    }
}

struct Scale<'a> {
    root: &'a Value,
    /// The weights of the targets of references.
    known: BTreeMap<&'a str, Weight>,
    /// The references that are being weighed.
    open: BTreeSet<&'a str>,
}

impl<'a> Scale<'a> {
    fn weigh(&mut self, value: &'a Value, pointer: &str, depth: usize) -> Result<Weight, Wrong> {
        if depth >= DEPTH_MAX {
            return Err(too_deep(pointer));
        }
        let mut weight = Weight { nodes: 1, patterns: 0, height: 1 };
        match value {
            Value::Array(entries) => {
                for (number, entry) in entries.iter().enumerate() {
                    weight.add(self.weigh(entry, &format!("{pointer}/{number}"), depth + 1)?);
                }
            }
            Value::Object(entries) => {
                for (key, entry) in entries {
                    let at = format!("{pointer}/{}", escaped(key));
                    weight.patterns = weight.patterns.saturating_add(keyword(key, entry, &at, depth)?);
                    if let ("$ref", Value::String(reference)) = (key.as_str(), entry) {
                        weight.add(self.refer(reference, &at, depth + 1)?);
                    } else {
                        weight.add(self.weigh(entry, &at, depth + 1)?);
                    }
                }
                // For a keyword such as `unevaluatedProperties`, everything beside it is evaluated once more.
                if entries.keys().any(|key| key.starts_with("unevaluated")) {
                    weight.nodes = weight.nodes.saturating_mul(2);
                }
            }
            _ => {}
        }
        Ok(weight)
    }

    fn refer(&mut self, reference: &'a str, pointer: &str, depth: usize) -> Result<Weight, Wrong> {
        if let Some(known) = self.known.get(reference) {
            return if depth + known.height > DEPTH_MAX { Err(too_deep(pointer)) } else { Ok(*known) };
        }
        // A pointer with escaped letters could name the same part in many ways.
        let target = reference.strip_prefix('#').filter(|path| !path.contains('%'));
        let Some(target) = target.and_then(|path| self.root.pointer(path)) else {
            return Err(Wrong::new(
                pointer,
                "it refers to nothing in this schema; expected # and the JSON pointer of a part, such as #/$defs/code",
            ));
        };
        if !self.open.insert(reference) || std::ptr::eq(target, self.root) {
            return Err(Wrong::new(
                pointer,
                "what it refers to holds this reference; a schema of a configuration has an end",
            ));
        }
        let weight = self.weigh(target, reference.trim_start_matches('#'), depth)?;
        self.open.remove(reference);
        self.known.insert(reference, weight);
        Ok(weight)
    }
}

/// The number of regular expressions of a keyword. Refuses keywords that change the meaning of references.
fn keyword(key: &str, value: &Value, pointer: &str, depth: usize) -> Result<u64, Wrong> {
    match (key, value) {
        ("$schema", Value::String(dialect)) if dialect.trim_end_matches('#') != DIALECT || depth > 0 => {
            Err(Wrong::new(pointer, format!("expected {DIALECT}, at the top")))
        }
        ("$id", Value::String(_)) if depth > 0 => {
            Err(Wrong::new(pointer, "a name of its own within the schema; remove it"))
        }
        ("$dynamicRef" | "$recursiveRef" | "$vocabulary", _) => {
            Err(Wrong::new(pointer, "not known here; refer with $ref"))
        }
        ("pattern", Value::String(pattern)) => {
            pattern_fits(pattern, pointer)?;
            Ok(1)
        }
        ("patternProperties", Value::Object(entries)) => {
            entries.keys().try_for_each(|pattern| pattern_fits(pattern, pointer))?;
            Ok(entries.len() as u64)
        }
        _ => Ok(0),
    }
}

fn pattern_fits(pattern: &str, pointer: &str) -> Result<(), Wrong> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(Wrong::new(
            pointer,
            format!("a regular expression of {} bytes; the most is {PATTERN_BYTES_MAX}", pattern.len()),
        ));
    }
    Ok(())
}

fn too_deep(pointer: &str) -> Wrong {
    Wrong::new(pointer, format!("nested deeper than {DEPTH_MAX} with what it refers to"))
}

#[cfg(test)]
mod tests {
    use bailiwick_fixtures::schema::doubled;
    use serde_json::json;

    use super::*;

    fn nested(depth: usize) -> Value {
        (1..depth).fold(json!(true), |inner, _| json!({ "not": inner }))
    }

    #[test]
    fn a_schema_bomb_is_refused_without_expanding_it() {
        assert_eq!(check(&doubled(6)), Ok(()));
        for many in [16, 20] {
            let wrong = check(&doubled(many)).unwrap_err();
            assert!(wrong.message.contains("each time anew; the most is 50000"), "{wrong}");
        }
        // This schema is so deep that its depth is refused first.
        assert!(check(&doubled(30)).unwrap_err().message.contains("nested deeper than 64"));
    }

    #[test]
    fn the_weight_saturates() {
        // Each level is a hundred wide: 100^20 nodes.
        let mut definitions = serde_json::Map::new();
        for number in 0..20 {
            let next = json!({ "$ref": format!("#/$defs/a{}", number + 1) });
            definitions.insert(format!("a{number}"), json!({ "allOf": vec![next; 100] }));
        }
        definitions.insert("a20".to_owned(), json!(true));
        let wrong = check(&json!({ "$ref": "#/$defs/a0", "$defs": definitions })).unwrap_err();
        assert!(wrong.message.contains(&u64::MAX.to_string()), "{wrong}");
    }

    #[test]
    fn depth_and_nodes_are_bounded_exactly() {
        assert_eq!(check(&nested(DEPTH_MAX)), Ok(()));
        assert!(check(&nested(DEPTH_MAX + 1)).is_err());
        let nodes = |many: u64| json!({ "enum": vec![0; many as usize - 2] });
        assert_eq!(check(&nodes(NODES_MAX)), Ok(()));
        assert!(check(&nodes(NODES_MAX + 1)).unwrap_err().message.starts_with("the schema has 50001 nodes"));
        // A part that is evaluated a second time counts a second time.
        let mut twice = nodes(NODES_MAX / 2 + 10);
        twice["unevaluatedProperties"] = json!(false);
        assert!(check(&twice).is_err());
    }

    #[test]
    fn forbidden_references_are_refused() {
        let long = "a".repeat(PATTERN_BYTES_MAX + 1);
        for (schema, pointer) in [
            (json!({ "$ref": "#" }), "/$ref"),
            (json!({ "properties": { "a": { "$ref": "#" } } }), "/properties/a/$ref"),
            (json!({ "$defs": { "a": { "items": { "$ref": "#/$defs" } } } }), "/$defs/a/items/$ref"),
            (json!({ "$ref": "#/$defs/missing" }), "/$ref"),
            (json!({ "$ref": "#anchor" }), "/$ref"),
            (json!({ "$ref": "other.json#/a" }), "/$ref"),
            (json!({ "$ref": "https://json-schema.org/draft/2020-12/schema" }), "/$ref"),
            (json!({ "$ref": "#/%24defs/a", "$defs": { "a": true } }), "/$ref"),
            (json!({ "$dynamicRef": "#x" }), "/$dynamicRef"),
            (json!({ "not": { "$id": "https://example.org/" } }), "/not/$id"),
            (json!({ "$schema": "http://json-schema.org/draft-07/schema#" }), "/$schema"),
            (json!({ "pattern": long }), "/pattern"),
            (json!({ "patternProperties": { long.clone(): true } }), "/patternProperties"),
        ] {
            assert_eq!(check(&schema).map_err(|wrong| wrong.pointer), Err(pointer.to_owned()), "{schema}");
        }
        // The ring is refused whichever part is weighed first.
        let ring = json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } });
        assert!(check(&ring).unwrap_err().message.contains("holds this reference"));
        let many: Vec<Value> = (0..=PATTERNS_MAX).map(|_| json!({ "pattern": "a" })).collect();
        assert!(check(&json!({ "anyOf": many })).unwrap_err().message.contains("65 regular expressions"));
    }

    #[test]
    fn schemas_of_plugins_are_light() {
        for schema in [
            json!({ "$schema": DIALECT, "$id": "https://example.org/x", "type": "object",
                "properties": { "$ref": { "type": "string" }, "pattern": { "type": "string" }, "a": { "$ref": "#/$defs/a" },
                    "b": { "$ref": "#/$defs/a" } },
                "$defs": { "a": { "type": "object", "patternProperties": { "^x-": { "$ref": "#/$defs/b" } } }, "b": true },
                "unevaluatedProperties": false }),
            json!(true),
            json!({}),
        ] {
            assert_eq!(check(&schema), Ok(()), "{schema}");
        }
    }
}
