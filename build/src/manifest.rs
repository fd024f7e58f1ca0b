//! Makes the manifest that a component carries from `plugin.toml`.

use std::fs;
use std::path::Path;

use bailiwick_sdk::manifest::{BAD_MANIFEST, BYTES_MAX};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::BuildError;
use crate::package::Package;
use crate::value::{from_toml, sorted};

/// The content of `plugin.toml`.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// The section's bytes: JSON with sorted keys.
    pub(crate) json: Vec<u8>,
    /// The table `[build]`.
    pub(crate) build: Build,
}

/// The table `[build]`. Only this crate reads it; the manifest does not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Build {
    /// The guest's stack in KiB.
    pub(crate) stack_kib: u32,
}

impl Default for Build {
    fn default() -> Self {
        // The stack is memory that is wiped after each call, so a small one keeps calls cheap.
        Self { stack_kib: 64 }
    }
}

const STACK_KIB_MIN: u32 = 16;
const STACK_KIB_MAX: u32 = 4096;

/// Reads `plugin.toml` of a crate and the schema it names.
pub(crate) fn read(package: &Package) -> Result<Manifest, BuildError> {
    let path = package.dir.join("plugin.toml");
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => BuildError::NotAPlugin {
            path: package.dir.clone(),
            why:
                "there is no plugin.toml beside Cargo.toml; write one with at least `contract` and `subjects`"
                    .to_owned(),
        },
        _ => BuildError::io("read", &path)(error),
    })?;
    parse(&text, &path, &package.name, &package.version)
}

fn parse(text: &str, path: &Path, name: &str, version: &str) -> Result<Manifest, BuildError> {
    let wrong = |why: String| BuildError::Manifest { path: path.to_owned(), why };
    let mut table: toml::Table = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if !table.contains_key("contract") {
        return Err(wrong("`contract` is missing; write contract = \"1\"".to_owned()));
    }
    for key in ["name", "version"] {
        if table.contains_key(key) {
            return Err(wrong(format!("`{key}` comes from [package] in Cargo.toml; remove it here")));
        }
    }
    let build = build(&mut table).map_err(wrong)?;
    let schema = config_schema(&mut table, path)?;
    let mut manifest = from_toml(toml::Value::Table(table)).map_err(wrong)?;
    manifest["name"] = json!(name);
    manifest["version"] = json!(version);
    manifest["config_schema"] = schema;
    // The build refuses what a host would refuse, with the same words.
    bailiwick_sdk::manifest::check(&manifest).map_err(|error| match error.code {
        BAD_MANIFEST => wrong(error.to_string()),
        _ => BuildError::NotOffered { path: path.to_owned(), wrong: error },
    })?;
    let json = sorted(manifest).to_string().into_bytes();
    if json.len() > BYTES_MAX {
        return Err(wrong(format!(
            "the manifest is {} bytes of JSON with its schema; a host reads at most {BYTES_MAX}",
            json.len()
        )));
    }
    Ok(Manifest { json, build })
}

fn build(table: &mut toml::Table) -> Result<Build, String> {
    let Some(value) = table.remove("build") else { return Ok(Build::default()) };
    let build: Build =
        value.try_into().map_err(|error: toml::de::Error| format!("[build]: {}", error.message()))?;
    if !(STACK_KIB_MIN..=STACK_KIB_MAX).contains(&build.stack_kib) {
        return Err(format!(
            "[build] stack_kib is {}; expected {STACK_KIB_MIN} to {STACK_KIB_MAX}",
            build.stack_kib
        ));
    }
    Ok(build)
}

/// The schema in the named file; without a file, the schema of a plugin without configuration.
fn config_schema(table: &mut toml::Table, path: &Path) -> Result<Value, BuildError> {
    let file = match table.remove("config_schema") {
        None => return Ok(json!({ "type": "object", "additionalProperties": false })),
        Some(toml::Value::String(file)) => path.with_file_name(file),
        Some(other) => {
            let why =
                format!("`config_schema` is of type {}; expected the name of a JSON file", other.type_str());
            return Err(BuildError::Manifest { path: path.to_owned(), why });
        }
    };
    let bytes = fs::read(&file).map_err(BuildError::io("read the config schema", &file))?;
    let wrong = |why: String| BuildError::Manifest { path: file.clone(), why };
    let schema: Value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if schema.is_object() {
        Ok(schema)
    } else {
        Err(wrong("expected a JSON Schema, which is an object".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::Folder;

    fn manifest(text: &str) -> Result<String, BuildError> {
        let manifest = parse(text, Path::new("plugin.toml"), "aim", "1.2.3")?;
        Ok(String::from_utf8(manifest.json).unwrap())
    }

    fn refused(text: &str) -> String {
        let error = manifest(text).unwrap_err();
        assert_eq!(error.code(), "build_manifest");
        error.to_string()
    }

    #[test]
    fn name_version_and_a_schema_are_added_and_build_is_dropped() {
        let text = "title = \"t\"\ncontract = \"1\"\nfuture = [1]\n[build]\nstack_kib = 128\n";
        assert_eq!(
            manifest(text).unwrap(),
            r#"{"config_schema":{"additionalProperties":false,"type":"object"},"contract":"1","future":[1],"#
                .to_owned()
                + r#""name":"aim","title":"t","version":"1.2.3"}"#
        );
        let build = parse(text, Path::new("plugin.toml"), "aim", "1.2.3").unwrap().build;
        assert_eq!(build, Build { stack_kib: 128 });
    }

    #[test]
    fn the_schema_file_is_read_beside_it() {
        let temp = Folder::new("manifest");
        temp.write("s.json", r#"{"type":"object","$id":"x"}"#);
        let parse = |text: &str| parse(text, &temp.path().join("plugin.toml"), "aim", "1.2.3");
        let json = parse("contract = \"1\"\nconfig_schema = \"s.json\"").unwrap().json;
        assert!(json.starts_with(br#"{"config_schema":{"$id":"x","type":"object"},"#));
        let missing = parse("contract = \"1\"\nconfig_schema = \"t.json\"").unwrap_err();
        assert_eq!(missing.code(), "build_io");
        assert!(missing.to_string().contains("t.json"), "{missing}");
        temp.write("s.json", "[]");
        let wrong = parse("contract = \"1\"\nconfig_schema = \"s.json\"").unwrap_err().to_string();
        assert!(wrong.ends_with("s.json: expected a JSON Schema, which is an object"), "{wrong}");
    }

    #[test]
    fn errors_say_what_was_expected() {
        assert!(refused("title = \"t\"").contains("write contract = \"1\""));
        assert!(refused("contract = \"1\"\nname = \"x\"").contains("comes from [package]"));
        assert!(refused("contract = ").contains("line 1, column 12"));
        assert!(refused("contract = \"1\"\nconfig_schema = 3").contains("is of type integer"));
        assert!(refused("contract = \"1\"\n[build]\nstack_kib = 8").contains("expected 16 to 4096"));
        assert!(refused("contract = \"1\"\n[build]\nstack = 8").contains("unknown field `stack`"));
        assert!(refused("contract = \"1\"\n[build]\nstack_kib = \"8\"").contains("[build]: invalid type"));
        // Each text is within its bound, but all together exceed the manifest's.
        let texts: String =
            (0..=BYTES_MAX / 512).map(|number| format!("k{number} = \"{}\"\n", "x".repeat(512))).collect();
        assert!(refused(&format!("contract = \"1\"\n{texts}")).contains("at most 1048576"));
    }

    #[test]
    fn what_no_host_offers_has_a_code_of_its_own() {
        for (text, code, entry) in [
            (
                "capabilities = [\"clock\"]",
                "unknown_capability",
                "/capabilities/0: there is no capability \"clock\"",
            ),
            ("facts = [\"calls_7d\"]", "unknown_fact", "/facts/0: there is no fact \"calls_7d\""),
        ] {
            let error = manifest(&format!("contract = \"1\"\n{text}")).unwrap_err();
            assert_eq!(error.code(), code);
            assert!(error.to_string().contains(entry), "{error}");
        }
    }

    #[test]
    fn what_a_host_would_refuse_is_refused_with_its_place() {
        for (text, place) in [
            ("title = \"a\\u001b[2Jb\"", "/title: a text with control characters"),
            ("[[messages]]\nname = \"a b\"", "/messages/0/name: expected a name"),
            (
                "[[messages]]\nname = \"a\"\n[[messages.recognise]]\nstarts_with_hex = [\"0g\"]",
                "/messages/0/recognise/0/starts_with_hex/0: expected bytes",
            ),
        ] {
            let said = refused(&format!("contract = \"1\"\n{text}"));
            assert!(said.contains(place), "{said}");
        }
        let stars = "*".repeat(900_000);
        let said = refused(&format!(
            "contract = \"1\"\n[[messages]]\nname = \"a\"\n[[messages.recognise]]\nname = \"{stars}\""
        ));
        assert!(said.contains("/messages/0/recognise/0/name: a text of 900000 bytes"), "{said}");
        let temp = Folder::new("heavy");
        temp.write("s.json", r##"{"properties":{"a":{"$ref":"#"}}}"##);
        let heavy = parse(
            "contract = \"1\"\nconfig_schema = \"s.json\"",
            &temp.path().join("plugin.toml"),
            "aim",
            "1.2.3",
        );
        let heavy = heavy.unwrap_err().to_string();
        assert!(heavy.contains("/config_schema/properties/a/$ref: what it refers to holds"), "{heavy}");
    }
}
