//! A shortage of the machine is the host's fault, never a plugin's, and the exit code says so.

use std::path::Path;
use std::process::Command;

use bailiwick_conformance::binary::{functions, manifest_section};
use bailiwick_conformance::{Ran, bailiwick_program, components};
use bailiwick_host::engine::{CancelToken, Engine, EngineOptions, Fault, Limit, Limits};

/// Runs a plugin under a limit that a shell has set.
fn run_under(limit: &str, plugin: &Path) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("notes.jsonl");
    std::fs::write(&input, "").unwrap();
    let text = format!("{limit}; exec \"$@\"");
    let command = Command::new("sh")
        .args(["-c", &text, "sh"])
        .arg(bailiwick_program())
        .args(["--json", "plugin", "run"])
        .arg(plugin)
        .args(["placement", "decode"])
        .arg(&input)
        .args(["--as", "accounts"])
        .output()
        .unwrap();
    command.into()
}

#[test]
fn shortages_are_the_hosts() {
    let canonical = components().join("canonical.wasm");
    let free = run_under("true", &canonical);
    assert_eq!(free.code, Some(0), "{}{}", free.out, free.err);
    for limit in [
        // No file may grow, and the memory image of an instance is a file.
        "trap '' XFSZ; ulimit -f 0",
        // No address space for the pool.
        "ulimit -v 400000",
        // No descriptors for the compiler's pipes.
        "ulimit -n 8",
    ] {
        let ran = run_under(limit, &canonical);
        assert_eq!(ran.code, Some(4), "{limit}: {}{}", ran.out, ran.err);
        assert_eq!(ran.json()[0]["error"]["code"], "host", "{limit}: {}", ran.out);
    }
}

/// Compiling takes more CPU time than the system allows, and less than the host allows.
#[test]
fn a_lack_of_cpu_time_is_the_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heavy.wasm");
    let manifest = r#"{"name":"heavy","version":"1.0.0","contract":"1","config_schema":{}}"#;
    // Numbers added and dropped, over and over.
    let heavy = functions(50_000, &[0x41, 1, 0x41, 2, 0x6a, 0x1a].repeat(150));
    std::fs::write(&path, [heavy, manifest_section(manifest)].concat()).unwrap();
    let ran = run_under("ulimit -t 2", &path);
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    assert_eq!(ran.json()[0]["error"]["code"], "host", "{}", ran.out);
    assert!(
        ran.out.contains("the system lets it have 2 s of CPU time, compiling may need 120"),
        "{}",
        ran.out
    );
}

/// A plugin whose `describe` is this core function; its result lies at address 16.
fn describing(memory: &str, body: &str, given: &str) -> String {
    format!(
        r#"(component
            (core module $m
                (memory (export "memory") {memory})
                (data (i32.const 16) "{given}")
                (func (export "describe") (result i32) {body} i32.const 16))
            (core instance $i (instantiate $m))
            (func $describe (result (list u8))
                (canon lift (core func $i "describe") (memory (core memory $i "memory"))))
            (instance $identity (export "describe" (func $describe)))
            (export "bailiwick:plugin/identity@1.0.0" (instance $identity)))"#
    )
}

fn describe(text: &str) -> Result<Vec<u8>, Fault> {
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let component = engine.component(&wat::parse_str(text).unwrap(), None)?;
    component.session(Limits::production(), CancelToken::default())?.describe().result
}

#[test]
fn a_plugins_own_misdeed_stays_its_own_fault() {
    let one_byte = r"\10\00\00\00\01\00\00\00";
    assert_eq!(describe(&describing("1", "", one_byte)), Ok(vec![0x10]));
    // A list outside of its memory.
    let outside = describe(&describing("1", "", r"\f0\ff\ff\7f\64\00\00\00")).unwrap_err();
    assert!(matches!(outside, Fault::InvalidOutput { .. }), "{outside}");
    let trapped = describe(&describing("1", "unreachable", one_byte)).unwrap_err();
    assert!(matches!(trapped, Fault::Trapped { .. }), "{trapped}");
    // More memory than an instance may have, and more memories.
    let memories = "(component (core module $m (memory 1)) (core instance (instantiate $m)) (core instance (instantiate $m)))";
    for text in [&describing("2000", "", one_byte), memories] {
        let fault = describe(text).unwrap_err();
        assert!(matches!(fault, Fault::Incompatible { .. }), "{fault}");
    }
}

/// Growing beyond the plugin's own maximum only fails, as WebAssembly defines it.
#[test]
fn growing_beyond_the_plugins_own_maximum_is_no_fault() {
    let grow = "(if (i32.ne (memory.grow (i32.const 5)) (i32.const -1)) (then unreachable))";
    assert_eq!(describe(&describing("1 2", grow, r"\10\00\00\00\01\00\00\00")), Ok(vec![0x10]));
    let limit = "(drop (memory.grow (i32.const 5000)))";
    let fault = describe(&describing("1", limit, r"\10\00\00\00\01\00\00\00")).unwrap_err();
    assert!(matches!(fault, Fault::Exhausted { limit: Limit::MemoryBytes, .. }), "{fault}");
}
