//! The bounds of a manifest: one set of rules for the build that writes it and for the host that reads it.
//!
//! A manifest is read before anything of its plugin is trusted, so everything in it is bounded: the number of
//! entries, their length, and the cost of using them.

mod schema;

pub use schema::{
    DEPTH_MAX as SCHEMA_DEPTH_MAX, NODES_MAX as SCHEMA_NODES_MAX,
    PATTERN_BYTES_MAX as SCHEMA_PATTERN_BYTES_MAX, PATTERNS_MAX as SCHEMA_PATTERNS_MAX,
    check as check_schema,
};

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::Subject;
use crate::value::is_text;

/// The custom section of a component that holds the manifest.
pub const SECTION: &str = "bailiwick:manifest";
/// The most bytes of a manifest, as JSON.
pub const BYTES_MAX: usize = 1 << 20;
/// The most letters of an identifier.
pub const IDENTIFIER_MAX: usize = 64;
/// The most bytes of any text outside the schema of the configuration.
pub const TEXT_BYTES_MAX: usize = 512;
/// The most letters of a version.
pub const VERSION_MAX: usize = 64;
/// The entry of `subjects` that stands for rules, beside the subjects of documents.
pub const RULES: &str = "rules";
/// The most entries of `subjects`, `capabilities`, `facts` and `decisions` each.
pub const ENTRIES_MAX: usize = 64;
/// The most messages.
pub const MESSAGES_MAX: usize = 128;
/// The most kinds of documents of a message, and the most recognisers.
pub const MESSAGE_ENTRIES_MAX: usize = 64;
/// The most texts that all recognisers of a manifest look for, patterns of names among them: every one is looked
/// for in the head of every file.
pub const RECOGNISE_TEXTS_MAX: usize = 1_024;

/// The code of a manifest that breaks a rule.
pub const BAD_MANIFEST: &str = "bad_manifest";
/// The code of a manifest that asks for a capability.
pub const UNKNOWN_CAPABILITY: &str = "unknown_capability";
/// The code of a manifest whose rules need a fact.
pub const UNKNOWN_FACT: &str = "unknown_fact";

/// What is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
#[non_exhaustive]
pub struct Wrong {
    /// The stable code: [`BAD_MANIFEST`], [`UNKNOWN_CAPABILITY`] or [`UNKNOWN_FACT`].
    pub code: &'static str,
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl Wrong {
    fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: BAD_MANIFEST, pointer: pointer.into(), message: message.into() }
    }
}

/// Whether a text may be the name of a plugin, a message, a fact: letters and digits of ASCII, `_`, `.` and `-`,
/// at most 64, neither `.` nor `-` first.
pub fn is_identifier(text: &str) -> bool {
    let first = text.bytes().next();
    first.is_some_and(|first| first != b'.' && first != b'-')
        && text.len() <= IDENTIFIER_MAX
        && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"_.-".contains(&letter))
}

/// Checks a manifest against every bound, and refuses what no host of this contract offers yet: capabilities and facts.
/// Its keys and types are not looked at here: what is missing or of another type passes.
///
/// # Errors
/// The first thing that is too long, too many, no name, or not offered.
pub fn check(manifest: &Value) -> Result<(), Wrong> {
    bounds(manifest)?;
    offered(manifest)
}

/// The first capability, else the first fact: there is none to be had yet.
fn offered(manifest: &Value) -> Result<(), Wrong> {
    let first = |key: &str| list(manifest, key).first().and_then(Value::as_str);
    if let Some(capability) = first("capabilities") {
        let message =
            format!("there is no capability {capability:?}; hosts offer none but logging yet: remove it");
        return Err(Wrong { code: UNKNOWN_CAPABILITY, ..Wrong::new("/capabilities/0", message) });
    }
    if let Some(fact) = first("facts") {
        let message = format!("there is no fact {fact:?}; hosts compute none yet: remove it");
        return Err(Wrong { code: UNKNOWN_FACT, ..Wrong::new("/facts/0", message) });
    }
    Ok(())
}

fn bounds(manifest: &Value) -> Result<(), Wrong> {
    identifier(manifest, "name", "")?;
    if manifest.get("version").and_then(Value::as_str).is_some_and(|version| version.len() > VERSION_MAX) {
        return Err(Wrong::new("/version", format!("a version of more than {VERSION_MAX} letters")));
    }
    for (key, value) in manifest.as_object().into_iter().flatten() {
        let pointer = format!("/{}", escaped(key));
        match key.as_str() {
            "config_schema" => {
                schema::check(value).map_err(|wrong| Wrong { pointer: pointer + &wrong.pointer, ..wrong })?;
            }
            _ => texts(value, &pointer, true)?,
        }
    }
    for key in ["subjects", "capabilities", "facts", "decisions"] {
        at_most(manifest, key, "", ENTRIES_MAX)?;
    }
    for key in ["subjects", "capabilities", "facts"] {
        identifiers(manifest, key, "")?;
    }
    subjects(manifest)?;
    decisions(manifest)?;
    at_most(manifest, "messages", "", MESSAGES_MAX)?;
    let mut names = BTreeSet::new();
    let mut looked_for = 0;
    for (number, message) in list(manifest, "messages").iter().enumerate() {
        let pointer = format!("/messages/{number}");
        identifier(message, "name", &pointer)?;
        if let Some(name) = message.get("name").and_then(Value::as_str)
            && !names.insert(name.to_ascii_lowercase())
        {
            return Err(Wrong::new(
                pointer + "/name",
                format!("there is a message {name:?} already; upper and lower case are one"),
            ));
        }
        at_most(message, "documents", &pointer, MESSAGE_ENTRIES_MAX)?;
        identifiers(message, "documents", &pointer)?;
        once(list(message, "documents"), &format!("{pointer}/documents"))?;
        at_most(message, "recognise", &pointer, MESSAGE_ENTRIES_MAX)?;
        for (number, recogniser) in list(message, "recognise").iter().enumerate() {
            looked_for += recogniser_texts(recogniser, &format!("{pointer}/recognise/{number}"))?;
        }
    }
    if looked_for > RECOGNISE_TEXTS_MAX {
        return Err(Wrong::new(
            "/messages",
            format!(
                "all recognisers together look for {looked_for} texts; the most is {RECOGNISE_TEXTS_MAX}"
            ),
        ));
    }
    Ok(())
}

fn subjects(manifest: &Value) -> Result<(), Wrong> {
    let subjects = list(manifest, "subjects");
    once(subjects, "/subjects")?;
    let unknown = subjects.iter().position(|subject| {
        subject.as_str().is_some_and(|subject| Subject::named(subject).is_none() && subject != RULES)
    });
    unknown.map_or(Ok(()), |number| {
        let known = Subject::ALL.map(Subject::name).join(", ");
        Err(Wrong::new(
            format!("/subjects/{number}"),
            format!("no subject of the contract; expected {known} or {RULES}"),
        ))
    })
}

fn decisions(manifest: &Value) -> Result<(), Wrong> {
    let mut functions = BTreeSet::new();
    for (number, decides) in list(manifest, "decisions").iter().enumerate() {
        let pointer = format!("/decisions/{number}");
        if let Some(function) = decides.get("function").and_then(Value::as_str)
            && !functions.insert(function)
        {
            return Err(Wrong::new(pointer + "/function", "this decision is listed already"));
        }
        let when = decides.get("when").and_then(Value::as_str).unwrap_or_default();
        if !when.is_empty() && !when.starts_with('/') {
            return Err(Wrong::new(
                pointer + "/when",
                "no JSON pointer; expected / and a key of the configuration, such as /triage",
            ));
        }
    }
    Ok(())
}

/// Refuses a list that holds a text twice.
fn once(entries: &[Value], pointer: &str) -> Result<(), Wrong> {
    let mut known = BTreeSet::new();
    let twice = entries.iter().position(|entry| entry.as_str().is_some_and(|text| !known.insert(text)));
    twice.map_or(Ok(()), |number| Err(Wrong::new(format!("{pointer}/{number}"), "this is listed already")))
}

/// How many texts a recogniser looks for.
fn recogniser_texts(recogniser: &Value, pointer: &str) -> Result<usize, Wrong> {
    for (number, hex) in list(recogniser, "starts_with_hex").iter().enumerate() {
        let bytes = |text: &str| {
            !text.is_empty()
                && text.len().is_multiple_of(2)
                && text.bytes().all(|digit| digit.is_ascii_hexdigit())
        };
        if hex.as_str().is_some_and(|text| !bytes(text)) {
            return Err(Wrong::new(
                format!("{pointer}/starts_with_hex/{number}"),
                "expected bytes as pairs of hexadecimal digits, such as EFBBBF",
            ));
        }
    }
    let mut many = usize::from(recogniser.get("name").is_some_and(Value::is_string));
    for key in ["starts_with", "starts_with_hex", "first_line_has", "contains"] {
        many += list(recogniser, key).len();
        if let Some(number) = list(recogniser, key).iter().position(|text| text.as_str() == Some("")) {
            return Err(Wrong::new(
                format!("{pointer}/{key}/{number}"),
                "an empty text, which every file has",
            ));
        }
    }
    Ok(many)
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn at_most(of: &Value, key: &str, pointer: &str, most: usize) -> Result<(), Wrong> {
    let many = list(of, key).len();
    if many > most {
        return Err(Wrong::new(format!("{pointer}/{key}"), format!("{many} entries; the most is {most}")));
    }
    Ok(())
}

fn identifier(of: &Value, key: &str, pointer: &str) -> Result<(), Wrong> {
    match of.get(key).and_then(Value::as_str) {
        Some(text) if !is_identifier(text) => Err(no_identifier(format!("{pointer}/{key}"))),
        _ => Ok(()),
    }
}

fn identifiers(of: &Value, key: &str, pointer: &str) -> Result<(), Wrong> {
    let wrong =
        list(of, key).iter().position(|entry| entry.as_str().is_some_and(|text| !is_identifier(text)));
    wrong.map_or(Ok(()), |number| Err(no_identifier(format!("{pointer}/{key}/{number}"))))
}

fn no_identifier(pointer: String) -> Wrong {
    Wrong::new(
        pointer,
        format!(
            "expected a name of 1 to {IDENTIFIER_MAX} of the letters A-Z, a-z, 0-9, _, . and -, \
             neither . nor - first"
        ),
    )
}

/// Checks every text of a value, at any depth: JSON is read with a bound on its depth. The texts of recognisers may
/// hold any letters, such as tabs, because they are never shown.
fn texts(value: &Value, pointer: &str, shown: bool) -> Result<(), Wrong> {
    match value {
        Value::String(text) if text.len() > TEXT_BYTES_MAX => {
            Err(Wrong::new(pointer, format!("a text of {} bytes; the most is {TEXT_BYTES_MAX}", text.len())))
        }
        Value::String(text) if shown && !text.chars().all(|letter| is_text(letter, false)) => {
            Err(Wrong::new(
                pointer,
                "a text with control characters or marks of direction; expected one line of plain text",
            ))
        }
        Value::Array(entries) => entries
            .iter()
            .enumerate()
            .try_for_each(|(number, entry)| texts(entry, &format!("{pointer}/{number}"), shown)),
        // The name of a file has rules of its own, which are narrower.
        Value::Object(entries) => {
            entries.iter().filter(|(key, _)| *key != "file_name").try_for_each(|(key, entry)| {
                texts(entry, &format!("{pointer}/{}", escaped(key)), shown && key != "recognise")
            })
        }
        _ => Ok(()),
    }
}

/// A key as a part of a JSON pointer, cut: keys are as hostile as texts.
fn escaped(key: &str) -> String {
    key.chars().take(IDENTIFIER_MAX).collect::<String>().replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_may_be_a_name() {
        for (text, may) in [
            ("aim", true),
            ("APAY", true),
            ("direct_payments", true),
            ("cn-case-table", true),
            ("status.v2", true),
            (&"a".repeat(64), true),
            (&"a".repeat(65), false),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("..", false),
            ("-x", false),
            ("案件", false),
            ("a\u{1b}[2J", false),
        ] {
            assert_eq!(is_identifier(text), may, "{text:?}");
        }
    }

    /// Each bound: a value at the bound passes, a value just beyond it is refused with its place.
    #[test]
    fn every_bound_is_kept_and_named() {
        let many = |count: usize| Value::from(vec!["x"; count]);
        let messages = |count: usize| -> Value {
            (0..count).map(|number| json!({ "name": format!("m{number}") })).collect::<Vec<_>>().into()
        };
        let recognising = |count: usize| {
            let each: Vec<Value> = (0..count / 64)
                .map(
                    |number| json!({ "name": format!("m{number}"), "recognise": [{ "contains": many(64) }] }),
                )
                .collect();
            json!({ "messages": each })
        };
        let one = |recogniser: Value| json!({ "messages": [{ "name": "m", "recognise": [recogniser] }] });
        for (within, beyond, pointer) in [
            (json!({ "name": "a".repeat(64) }), json!({ "name": "a".repeat(65) }), "/name"),
            (
                json!({ "title": "t".repeat(TEXT_BYTES_MAX) }),
                json!({ "title": "t".repeat(TEXT_BYTES_MAX + 1) }),
                "/title",
            ),
            (json!({ "title": "t" }), json!({ "title": "t\u{1b}[2J" }), "/title"),
            (json!({ "later": [{}] }), json!({ "later": [{ "a/b": "\0" }] }), "/later/0/a~1b"),
            (json!({ "facts": many(ENTRIES_MAX) }), json!({ "facts": many(ENTRIES_MAX + 1) }), "/facts"),
            (json!({ "facts": ["x"] }), json!({ "facts": ["x", "y z"] }), "/facts/1"),
            (
                json!({ "subjects": ["placement", "rules"] }),
                json!({ "subjects": ["placement", "placing"] }),
                "/subjects/1",
            ),
            (
                json!({ "subjects": ["placement"] }),
                json!({ "subjects": ["placement", "dispute", "placement"] }),
                "/subjects/2",
            ),
            (
                json!({ "messages": [{ "documents": ["payment", "recall"] }] }),
                json!({ "messages": [{ "documents": ["payment", "payment"] }] }),
                "/messages/0/documents/1",
            ),
            (
                json!({ "decisions": [{ "function": "dispute.triage", "when": "/a" }] }),
                json!({ "decisions": [{ "function": "dispute.triage", "when": "a" }] }),
                "/decisions/0/when",
            ),
            (
                json!({ "decisions": [{ "function": "dispute.triage", "when": "" }] }),
                json!({ "decisions": [{ "function": "dispute.triage" }, { "function": "dispute.triage" }] }),
                "/decisions/1/function",
            ),
            (
                json!({ "version": "1".repeat(VERSION_MAX) }),
                json!({ "version": "1".repeat(VERSION_MAX + 1) }),
                "/version",
            ),
            (json!({ "title": "催收" }), json!({ "title": "a\u{202e}b" }), "/title"),
            (json!({ "title": "Zoë" }), json!({ "title": "a\u{200f}" }), "/title"),
            (
                json!({ "messages": messages(MESSAGES_MAX) }),
                json!({ "messages": messages(MESSAGES_MAX + 1) }),
                "/messages",
            ),
            (
                json!({ "messages": [{ "name": "A" }, { "name": "B" }] }),
                json!({ "messages": [{ "name": "A" }, { "name": "a" }] }),
                "/messages/1/name",
            ),
            (
                one(json!({ "name": "*".repeat(TEXT_BYTES_MAX) })),
                one(json!({ "name": "*".repeat(900_000) })),
                "/messages/0/recognise/0/name",
            ),
            (
                one(json!({ "starts_with_hex": ["00ff"] })),
                one(json!({ "starts_with_hex": ["00f"] })),
                "/messages/0/recognise/0/starts_with_hex/0",
            ),
            (
                one(json!({ "contains": ["x"] })),
                one(json!({ "contains": ["x", ""] })),
                "/messages/0/recognise/0/contains/1",
            ),
            (
                one(json!({ "starts_with": ["a\tb"] })),
                json!({ "messages": [{ "title": "a\tb" }] }),
                "/messages/0/title",
            ),
            (recognising(RECOGNISE_TEXTS_MAX), recognising(RECOGNISE_TEXTS_MAX + 64), "/messages"),
            (
                json!({ "config_schema": { "type": "object" } }),
                json!({ "config_schema": { "$ref": "#" } }),
                "/config_schema/$ref",
            ),
        ] {
            assert_eq!(bounds(&within), Ok(()), "{pointer}");
            assert_eq!(check(&beyond).map_err(|wrong| wrong.pointer), Err(pointer.to_owned()));
        }
    }

    #[test]
    fn what_no_host_offers_is_refused_by_name() {
        for (manifest, code, said) in [
            (
                json!({ "capabilities": ["clock"] }),
                UNKNOWN_CAPABILITY,
                "/capabilities/0: there is no capability \"clock\"; hosts offer none but logging yet: remove it",
            ),
            (
                json!({ "facts": ["calls_7d", "calls_1d"] }),
                UNKNOWN_FACT,
                "/facts/0: there is no fact \"calls_7d\"; hosts compute none yet: remove it",
            ),
        ] {
            let wrong = check(&manifest).unwrap_err();
            assert_eq!((wrong.code, wrong.to_string().as_str()), (code, said));
        }
        assert_eq!(check(&json!({ "capabilities": [], "facts": [] })), Ok(()));
    }
}
