//! Hostile manifests: reading one always ends soon, with a named error.

use std::fs;
use std::path::Path;

use bailiwick_conformance::binary::{component, manifest_section, module, section};
use bailiwick_conformance::{TestHome, bailiwick, components, with_manifest};
use bailiwick_fixtures::schema::doubled;
use bailiwick_host::engine::{Engine, EngineOptions, Limits};
use bailiwick_host::plugin::{Loaded, Manifest};
use bailiwick_host::{Blame, Error};
use serde_json::{Value, json};

/// A manifest with these keys beside the required ones.
fn manifest(more: &Value) -> Value {
    let mut all = json!({ "name": "bomb", "version": "1.0.0", "contract": "1", "subjects": ["placement"],
        "config_schema": { "type": "object" } });
    for (key, value) in more.as_object().expect("an object") {
        all[key] = value.clone();
    }
    all
}

fn read(sections: &[Vec<u8>]) -> Result<Manifest, String> {
    Manifest::read(Path::new("bomb.wasm"), &component(sections)).map_err(|error| {
        assert_eq!(error.code(), "bad_manifest");
        error.to_string()
    })
}

fn message(recogniser: Value) -> Value {
    json!({ "messages": [{ "name": "m", "subject": "placement", "from": "bank", "documents": ["placement"],
        "recognise": [recogniser] }] })
}

#[test]
fn bombs_are_refused_with_their_place() {
    assert!(read(&[manifest_section(&manifest(&json!({})).to_string())]).is_ok());
    let deep = "[".repeat(200) + &"]".repeat(200);
    for (bomb, said) in [
        (
            message(json!({ "name": "*".repeat(900_000) })),
            "/messages/0/recognise/0/name: a text of 900000 bytes",
        ),
        (json!({ "config_schema": doubled(30) }), "/config_schema"),
        (json!({ "config_schema": doubled(16) }), "the most is 50000"),
        (
            json!({ "config_schema": { "properties": { "a": { "$ref": "#" } } } }),
            "a schema of a configuration has an end",
        ),
        (json!({ "config_schema": { "enum": vec![0; 60_000] } }), "60002 nodes"),
        (
            json!({ "messages": vec![message(json!({}))["messages"][0].clone(); 2] }),
            "upper and lower case are one",
        ),
        (json!({ "name": "a\u{1b}[2J" }), "/name: expected a name"),
        (json!({ "name": "../../outside" }), "/name: expected a name"),
        (json!({ "facts": vec!["x"; 65] }), "/facts: 65 entries; the most is 64"),
        (message(json!({ "contains": vec!["x"; 1_100] })), "look for 1100 texts; the most is 1024"),
    ] {
        let error = read(&[manifest_section(&manifest(&bomb).to_string())]).unwrap_err();
        assert!(error.contains(said), "{said}: {error}");
    }
    let nested = manifest(&json!({})).to_string().replace("{\"type\":\"object\"}", &deep);
    assert!(read(&[manifest_section(&nested)]).unwrap_err().contains("recursion limit"));
    let long = manifest_section(&" ".repeat((1 << 20) + 1));
    assert!(read(&[long]).unwrap_err().contains("longer than 1048576 bytes"));
}

#[test]
fn what_no_host_offers_is_refused_when_a_component_is_loaded() {
    for (more, code, entry) in [
        (
            json!({ "capabilities": ["clock"] }),
            "unknown_capability",
            "/capabilities/0: there is no capability \"clock\"",
        ),
        (json!({ "facts": ["calls_7d"] }), "unknown_fact", "/facts/0: there is no fact \"calls_7d\""),
    ] {
        let wasm = component(&[manifest_section(&manifest(&more).to_string())]);
        let error = Manifest::read(Path::new("bomb.wasm"), &wasm).unwrap_err();
        assert_eq!((error.code(), error.blame()), (code, Blame::Plugin));
        assert!(error.to_string().contains(entry), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.wasm");
        fs::write(&path, wasm).unwrap();
        let inspected = bailiwick(folder.path(), &["plugin", "inspect", &path.to_string_lossy()]);
        assert_eq!(inspected.code, Some(3), "{}", inspected.err);
        assert!(inspected.err.contains(entry), "{}", inspected.err);
    }
}

#[test]
fn a_component_has_one_manifest_of_its_own() {
    let own = || manifest_section(&manifest(&json!({})).to_string());
    let other = || manifest_section(&manifest(&json!({ "name": "other" })).to_string());
    let within_module = || section(1, &module(&[other()]));
    let within_component = || section(4, &component(&[other()]));
    for (sections, found) in [
        (vec![own()], Ok("bomb")),
        (vec![within_module(), own()], Ok("bomb")),
        (vec![own(), within_component(), within_module()], Ok("bomb")),
        (vec![section(4, &component(&[within_module(), other()])), own()], Ok("bomb")),
        (vec![within_module(), within_component()], Err("no custom section")),
        (vec![own(), own()], Err("two custom sections")),
        (vec![own(), within_module(), other()], Err("two custom sections")),
        (vec![], Err("no custom section")),
    ] {
        match (read(&sections), found) {
            (Ok(manifest), Ok(name)) => assert_eq!(manifest.name, name),
            (Err(error), Err(said)) => assert!(error.contains(said), "{error}"),
            (read, found) => panic!("{found:?}: {read:?}"),
        }
    }
}

/// Nested modules and components are skipped, and nothing of them is kept.
#[test]
fn nested_components_are_skipped() {
    let own = || manifest_section(&manifest(&json!({})).to_string());
    // Components one in the other, and a module that is none.
    let deep = (0..2_000).fold(component(&[]), |inner, _| component(&[section(4, &inner)]));
    let sections = [section(4, &deep), section(1, b"no module"), own()];
    assert_eq!(read(&sections).unwrap().name, "bomb");
    // Compiling it is refused.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.wasm");
    fs::write(&path, component(&sections)).unwrap();
    let inspected = bailiwick(folder.path(), &["plugin", "inspect", &path.to_string_lossy()]);
    assert_eq!(inspected.code, Some(0), "{}", inspected.err);
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let error = Loaded::load(&path, &engine, None, Limits::production()).unwrap_err();
    assert!(error.to_string().contains("components inside one another"), "{error}");
    // A component that is cut within a skipped part.
    let whole = component(&[own(), section(4, &component(&[]))]);
    let error = Manifest::read(Path::new("bomb.wasm"), &whole[..whole.len() - 1]).unwrap_err();
    assert!(error.to_string().contains("not a WebAssembly component"), "{error}");
}

#[test]
fn in_a_home_a_plugin_has_the_name_of_its_file() {
    let home = TestHome::with_samples();
    let renamed = home.path().join("plugins/renamed.wasm");
    fs::copy(components().join("canonical.wasm"), &renamed).unwrap();
    let error = home.host.plugins().get("renamed").unwrap_err();
    assert!(matches!(error, Error::Manifest { .. }), "{error}");
    assert!(
        error.to_string().contains("this is the plugin canonical; name its file canonical.wasm"),
        "{error}"
    );
    let listed = bailiwick(&home.path(), &["plugin", "list"]);
    assert_eq!(listed.code, Some(3), "{}", listed.err);
    // Outside of a home, a plugin's file may have any name.
    let inspected = bailiwick(&home.path(), &["plugin", "inspect", &renamed.to_string_lossy()]);
    assert_eq!(inspected.code, Some(0), "{}", inspected.err);
    let engine = Engine::new(EngineOptions::production()).unwrap();
    assert_eq!(
        Loaded::load(&renamed, &engine, None, Limits::production()).unwrap().manifest.name,
        "canonical"
    );
}

#[test]
fn a_pipe_in_the_place_of_a_plugin_is_no_plugin() {
    let home = TestHome::with_samples();
    let pipe = home.path().join("plugins/pipe.wasm");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(home.host.plugins().get("pipe").unwrap_err().code(), "no_plugin");
    let inspected = bailiwick(&home.path(), &["plugin", "inspect", &pipe.to_string_lossy()]);
    assert_eq!(inspected.code, Some(2), "{}", inspected.err);
    assert!(inspected.err.contains("a pipe"), "{}", inspected.err);
}

/// The canonical plugin with another schema of its configuration.
fn load(schema: Value) -> Result<Loaded, Error> {
    let bytes = fs::read(components().join("canonical.wasm")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("canonical.wasm");
    fs::write(&path, with_manifest(&bytes, |manifest| manifest["config_schema"] = schema)).unwrap();
    let engine = Engine::new(EngineOptions::production()).unwrap();
    Loaded::load(&path, &engine, None, Limits::production())
}

/// With an engine that tries again, none of these would end.
#[test]
fn regular_expressions_take_linear_time() {
    let schema = json!({ "properties": { "a": { "pattern": "^(a+)+$" }, "b": { "pattern": "^(a|a)*$" } } });
    let loaded = load(schema).unwrap();
    let hostile = "a".repeat(20_000) + "!";
    let (pointer, _) = loaded.check_config(&json!({ "a": hostile })).unwrap_err();
    assert_eq!(pointer, "/a");
    assert!(loaded.check_config(&json!({ "b": hostile })).is_err());
    assert!(loaded.check_config(&json!({ "a": "aaa", "b": "" })).is_ok());
    for pattern in ["^(?=a)(a+)+$", r"(a)\1", "(a{1000}){1000}", r"(?i)\pL{30}x"] {
        let error = load(json!({ "properties": { "a": { "pattern": pattern } } })).unwrap_err();
        assert!(error.to_string().contains("neither look-around nor back-references"), "{error}");
    }
}

#[test]
fn an_error_of_a_configuration_does_not_repeat_its_values() {
    let loaded = load(json!({ "properties": { "a": { "type": "integer" }, "b": { "pattern": "^x$" },
        "c": { "enum": ["x"] }, "d": { "items": { "maxLength": 1 } } }, "additionalProperties": false }))
    .unwrap();
    let secret = "SECRET".repeat(1_000);
    for (config, at) in [
        (json!({ "a": secret }), "/a"),
        (json!({ "b": secret }), "/b"),
        (json!({ "c": { "x": secret } }), "/c"),
        (json!({ "d": [secret] }), "/d/0"),
    ] {
        let (pointer, message) = loaded.check_config(&config).unwrap_err();
        assert_eq!(pointer, at);
        assert!(!message.contains("SECRET") && !message.is_empty(), "{message}");
    }
    // The error has the beginning of a long key.
    let (_, message) = loaded.check_config(&json!({ "x".repeat(10_000): 1 })).unwrap_err();
    assert!(message.contains("xxx") && message.len() < 520, "{message}");
}

/// The error has the beginning of a long import.
#[test]
fn a_denied_import_is_cut() {
    let name = format!("a{}:b/c", "a".repeat(10_000));
    let text = format!(r#"(component (import "{name}" (instance)))"#);
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let fault = engine.component(&wat::parse_str(text).unwrap(), None).unwrap_err();
    assert_eq!(fault.code(), "denied", "{fault}");
    assert!(fault.to_string().len() < 700, "{fault}");
}

/// The heaviest schemas that are let in: as many nodes, as deep, as many expressions as may be.
#[test]
fn the_heaviest_allowed_schemas_are_used_soon() {
    use bailiwick_host::sdk::manifest::{SCHEMA_DEPTH_MAX, SCHEMA_PATTERNS_MAX, check_schema};
    let deep = (1..SCHEMA_DEPTH_MAX).fold(json!(true), |inner, _| json!({ "not": inner }));
    let unevaluated = (0..4).fold(
        json!({ "properties": { "a": true } }),
        |inner, _| json!({ "anyOf": [inner, inner], "unevaluatedProperties": false }),
    );
    let patterns: Vec<Value> =
        (0..SCHEMA_PATTERNS_MAX).map(|number| json!({ "pattern": format!("^[a-z]{{{number}}}$") })).collect();
    for schema in [deep, doubled(10), unevaluated, json!({ "allOf": patterns })] {
        assert_eq!(check_schema(&schema), Ok(()));
        let loaded = load(schema).unwrap();
        let _ = loaded.check_config(&json!({ "a": 1, "b": { "c": [1, 2, 3] } }));
    }
}

/// A folder that cannot be read is not taken for one without plugins.
#[test]
fn plugins_that_cannot_be_listed_are_an_error_that_names_the_folder() {
    let home = TestHome::with_samples();
    let folder = home.path().join("plugins");
    let elsewhere = home.path().join("elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    for (blocks, what) in [(false, "a folder that is gone"), (true, "a file in its place")] {
        if blocks {
            fs::write(&folder, b"").unwrap();
        }
        let error = home.host.plugins().names().unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().contains(folder.to_str().unwrap())),
            ("io", true),
            "{error}"
        );
        assert_eq!(home.host.plugins().manifest("aim").unwrap_err().code(), "io", "{what}");
        let ran = bailiwick(&home.path(), &["plugin", "list"]);
        assert_eq!(ran.code, Some(4), "{what}: {}", ran.err);
        assert!(ran.err.contains("cannot list") && ran.err.contains("plugins"), "{what}: {}", ran.err);
    }
    fs::remove_file(&folder).unwrap();
    fs::rename(&elsewhere, &folder).unwrap();
    let missing = home.host.plugins().manifest("elsewhere").unwrap_err();
    assert_eq!(missing.code(), "no_plugin");
    assert!(missing.to_string().contains("aim"), "{missing}");
}
