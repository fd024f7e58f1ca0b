//! A plugin's texts never get into the audit log in clear, and its call has an entry whatever it says.

use std::sync::Arc;

use bailiwick_conformance::TestHome;
use bailiwick_host::audit::{AuditLog, CODES_MAX, Entry, OTHERS, SystemDisk};
use bailiwick_host::engine::{Fault, TrapKind};
use bailiwick_host::tlog::{Scheme, SigningKey};
use bailiwick_host::{Error, Report};
use serde_json::{Map, Value, json};

const CARD: &str = "4111111111111111";
const NAME: &str = "Erika Mustermann";

/// An exchange through the plugin that does `misdeed` and says `says`.
fn said(misdeed: &str, says: &str) -> (TestHome, bailiwick_host::Result<Report>) {
    let config = format!("{{ misdeed = \"{misdeed}\", says = {} }}", json!(says));
    let home = TestHome::with_plugin("misbehaving", &config);
    let report = home.exchange("test", "wrong.txt", b"x");
    assert!(home.host.verify_audit().is_ok());
    let log = home.audit().into_iter().map(|entry| entry.to_string()).collect::<String>();
    assert!(!log.contains(CARD) && !log.contains("Mustermann"), "{log}");
    (home, report)
}

fn fault(report: bailiwick_host::Result<Report>) -> Fault {
    match report {
        Err(Error::Plugin { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

fn problem(code: &str) -> String {
    json!({"problem": {"line": 1, "code": code, "severity": "warning", "message": "odd"}}).to_string() + "\n"
}

#[test]
fn a_code_that_is_no_identifier_is_the_plugins_fault() {
    for code in [CARD, NAME, "odd\n", "Odd", ""] {
        let Fault::InvalidOutput { pointer, .. } = fault(said("say", &problem(code)).1) else {
            panic!("{code}")
        };
        assert_eq!(pointer.as_deref(), Some("/problem/code"), "{code}");
        let refusal = json!({ "code": code, "message": "no" }).to_string();
        let Fault::InvalidOutput { pointer, .. } = fault(said("refuse", &refusal).1) else {
            panic!("{code}")
        };
        assert_eq!(pointer.as_deref(), Some("/code"), "{code}");
    }
    let refusal = json!({ "code": "bad_config", "message": NAME }).to_string();
    let (home, report) = said("refuse", &refusal);
    assert!(matches!(fault(report), Fault::Declined(_)));
    let call = home.audit().into_iter().rfind(|entry| entry["kind"] == "call").unwrap();
    assert_eq!(call["outcome"]["declined"], "bad_config");
}

#[test]
fn the_place_of_a_panic_has_a_bound_and_the_letters_of_a_path() {
    // The longest message that a plugin may give.
    let file = format!("{}/odd name\n\u{1b}/src/lib.rs", "é".repeat(20_000));
    let (home, report) = said("panic-at", &file);
    let Fault::Trapped { kind: TrapKind::Panic, place: Some(place), .. } = fault(report) else { panic!() };
    assert!(place.starts_with('é'));
    let call = home.audit().into_iter().rfind(|entry| entry["kind"] == "call").unwrap();
    let place = call["outcome"]["place"].as_str().unwrap();
    assert_eq!(place.len(), 128);
    assert!(place.ends_with("/odd_name__/src/lib.rs:1:2"), "{place}");
}

#[test]
fn many_codes_are_counted_together() {
    let says: String = (0..200).map(|at| problem(&format!("{}{at}", "x".repeat(60)))).collect();
    let (home, report) = said("say", &says);
    assert_eq!(report.unwrap().problems.len(), 200);
    let file = home.audit().into_iter().rfind(|entry| entry["kind"] == "file").unwrap();
    let problems = file["problems"].as_array().unwrap();
    assert_eq!(problems.len(), CODES_MAX);
    assert_eq!(problems.last().unwrap(), &json!([OTHERS, 200 - CODES_MAX + 1]));
}

/// The largest entries of a schema: long texts that must be escaped, long lists, every member.
fn largest(root: &Value, schema: &Value, name: &str) -> Value {
    if let Some(path) = schema["$ref"].as_str() {
        let mut made = largest(root, root.pointer(path.trim_start_matches('#')).unwrap(), name);
        // Members beside a reference count too: the kind of an entry.
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            made[name] = largest(root, value, name);
        }
        return made;
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(choices) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
        let made = choices.as_array().unwrap().iter().map(|one| largest(root, one, name));
        return made.max_by_key(|made| made.to_string().len()).unwrap();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").unwrap(),
        kind => kind,
    };
    match kind.as_str() {
        Some("string") if schema["format"] == "date-time" => json!("2026-07-01T12:00:00Z"),
        Some("integer") => json!(i64::MAX),
        Some("null") => Value::Null,
        Some("array") if schema.get("prefixItems").is_some() => {
            let items = schema["prefixItems"].as_array().unwrap().iter();
            items.map(|item| largest(root, item, name)).collect()
        }
        // Accounts are hashes, and the host makes a further entry after so many.
        Some("array") if name == "accounts" => (0..1_000).map(|at| json!(format!("{at:032x}"))).collect(),
        Some("array") => {
            let item = largest(root, &schema["items"], name);
            (0..1_000).map(|_| item.clone()).collect()
        }
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let mut object: Map<String, Value> =
                properties.map(|(name, value)| (name.clone(), largest(root, value, name))).collect();
            if schema["additionalProperties"].is_object() {
                let value = largest(root, &schema["additionalProperties"], name);
                object.extend((0..1_000).map(|at| (format!("{at}\u{1}"), value.clone())));
            }
            Value::Object(object)
        }
        _ => json!("\u{1}\"𠮷".repeat(500)),
    }
}

#[test]
fn the_largest_entry_of_every_kind_fits() {
    let schema: Value =
        serde_json::from_str(include_str!("../../schemas/v1/audit_entry.schema.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let signer = || SigningKey::new("test", Scheme::Ed25519, [7; 32]).unwrap();
    AuditLog::create(folder.path(), &SystemDisk, &signer()).unwrap();
    let log = AuditLog::open(folder.path(), Arc::new(SystemDisk), signer(), 1).unwrap();
    let kinds = schema["oneOf"].as_array().unwrap();
    for (number, kind) in kinds.iter().enumerate() {
        let value = largest(&schema, kind, "");
        let entry: Entry = serde_json::from_value(value).unwrap();
        assert_eq!(log.append(&entry).unwrap(), number as u64, "{}", entry.kind());
    }
    log.sign_head().unwrap();
    let log = AuditLog::open(folder.path(), Arc::new(SystemDisk), signer(), 1).unwrap();
    assert_eq!(log.size().unwrap(), kinds.len() as u64);
}
