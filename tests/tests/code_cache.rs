//! Compiled code belongs to one component, and the component that is named and kept is the one that ran.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_conformance::{TestHome, components, with_manifest};
use bailiwick_host::engine::{
    CancelToken, CodeCache, Compiler, Engine, EngineOptions, Fault, Limits, Program,
};
use bailiwick_host::{ActOptions, Host, InitOptions, Operator, Source};
use sha2::{Digest, Sha256};

const KEY: [u8; 32] = [7; 32];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn name(engine: &Engine, wasm: &[u8], cache: &CodeCache) -> String {
    let component = engine.component(wasm, Some(cache)).unwrap();
    let mut session = component.session(Limits::production(), CancelToken::default()).unwrap();
    let said: serde_json::Value = serde_json::from_slice(&session.describe().result.unwrap()).unwrap();
    said["name"].as_str().unwrap().to_owned()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

/// Two components whose entries are swapped: each still runs its own code.
#[test]
fn code_under_the_name_of_another_component_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let cache = CodeCache::new(folder.path(), KEY);
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let (one, two) = (
        fs::read(components().join("canonical.wasm")).unwrap(),
        fs::read(components().join("echo.wasm")).unwrap(),
    );
    assert_eq!(name(&engine, &one, &cache), "canonical");
    assert_eq!(name(&engine, &two, &cache), "echo");
    let kept = entries(folder.path());
    assert_eq!(kept.len(), 2, "{kept:?}");
    let swapped = [fs::read(&kept[1]).unwrap(), fs::read(&kept[0]).unwrap()];
    for (path, bytes) in kept.iter().zip(swapped) {
        fs::write(path, bytes).unwrap();
    }
    assert_eq!(name(&engine, &one, &cache), "canonical");
    assert_eq!(name(&engine, &two, &cache), "echo");
}

/// The engine cannot compile, so it can run only code from the cache.
#[test]
fn only_an_entry_of_this_home_this_engine_and_this_component_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let cache = CodeCache::new(folder.path(), KEY);
    let wasm = fs::read(components().join("echo.wasm")).unwrap();
    let engine = Engine::new(EngineOptions::production()).unwrap();
    engine.component(&wasm, Some(&cache)).unwrap();
    // SAFETY: there is no such program.
    #[allow(unsafe_code, reason = "without a compiler, only cached code can run")]
    let compiler = Compiler::Child(unsafe { Program::trusted("/nowhere/compiler") });
    let idle = Engine::new(EngineOptions { compiler, ..EngineOptions::production() }).unwrap();
    let taken = |cache: &CodeCache| match idle.component(&wasm, Some(cache)) {
        Ok(_) => true,
        Err(Fault::Host(why)) if why.contains("/nowhere/compiler cannot be started") => false,
        Err(fault) => panic!("{fault}"),
    };
    assert!(taken(&cache));
    assert!(!taken(&CodeCache::new(folder.path(), [8; 32])));
    let path = entries(folder.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    for bad in
        [Vec::new(), whole[..whole.len() - 1].to_vec(), [&whole[..], b"x"].concat(), whole[..40].to_vec()]
    {
        fs::write(&path, bad).unwrap();
        assert!(!taken(&cache));
    }
    fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert!(!taken(&cache));
    // An entry that cannot be used is made again.
    engine.component(&wasm, Some(&cache)).unwrap();
    assert!(taken(&cache));
    assert_eq!(entries(folder.path()), [path]);
}

/// The file of a plugin is replaced after it was loaded. The component that ran is kept and named, not the
/// new file.
#[test]
fn the_kept_component_is_the_one_that_ran() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    Host::init(&path, &InitOptions { samples: Some(components().into()), ..InitOptions::default() }).unwrap();
    let settings = fs::read_to_string(path.join("bailiwick.toml")).unwrap();
    fs::write(path.join("bailiwick.toml"), settings + "\n[audit]\nkeep = \"sealed\"\n").unwrap();
    let host = Host::open(&path).unwrap();
    let engagement = host.engagements().unwrap().remove(0);
    let plugins: BTreeSet<String> = {
        let engagement = host.engagement(&engagement).unwrap();
        engagement.bank.iter().chain(&engagement.agency_plugins).map(|seat| seat.plugin.clone()).collect()
    };
    let mut ran = Vec::new();
    for plugin in &plugins {
        let file = host.plugins().path(plugin);
        let bytes = fs::read(&file).unwrap();
        ran.push(hex(&Sha256::digest(&bytes)));
        fs::write(&file, with_manifest(&bytes, |manifest| manifest["title"] = "another".into())).unwrap();
    }
    // Any act suffices; this one is refused.
    let empty = Source::Bytes { name: "empty.txt".to_owned(), bytes: Vec::new().into() };
    host.acting_as(Operator::unnamed()).exchange(&engagement, empty, ActOptions::new()).unwrap();
    for digest in &ran {
        let kept = fs::read(path.join(format!("audit/components/{digest}.wasm"))).unwrap();
        assert_eq!(hex(&Sha256::digest(&kept)), *digest);
    }
    let named: Vec<String> = host.audit_entries().unwrap().map(Result::unwrap).collect();
    for digest in &ran {
        assert!(named.iter().any(|entry| entry.contains(digest)), "{digest}");
    }
}

/// A home takes from its cache what an earlier process compiled, and nothing that another home compiled.
#[test]
fn another_homes_code_is_not_taken() {
    let (one, two) = (TestHome::with_samples(), TestHome::with_plugin("echo", "{}"));
    let foreign = entries(&one.path().join("cache"));
    assert!(!foreign.is_empty());
    two.host.plugins().get("echo").unwrap();
    for path in foreign {
        fs::copy(&path, two.path().join("cache").join(path.file_name().unwrap())).unwrap();
    }
    fs::copy(components().join("canonical.wasm"), two.path().join("plugins/canonical.wasm")).unwrap();
    let before = fs::read(&entries(&two.path().join("cache"))[0]).unwrap();
    let loaded = two.host.plugins().get("canonical").unwrap();
    assert_eq!(loaded.manifest.name, "canonical");
    // The foreign entry of the plugin was replaced by one of this home.
    let digest = hex(&loaded.component.digest());
    let entry = |home: &TestHome| {
        let entries = entries(&home.path().join("cache"));
        let path = entries.into_iter().find(|path| path.to_string_lossy().contains(&digest)).unwrap();
        fs::read(path).unwrap()
    };
    assert_ne!(entry(&one), entry(&two));
    assert!(!before.is_empty());
}
