//! Compiling is bounded: the contents of a component, and the resources of the child process that compiles
//! it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use bailiwick_conformance::binary::{component, functions, module, number, section};
use bailiwick_conformance::{bailiwick_program, components, with_manifest};
use bailiwick_host::engine::{
    CancelToken, CompileLimits, Compiler, Component, Engine, EngineOptions, Fault, Limit, Limits, Program,
};
use bailiwick_host::plugin::Plugins;

/// An engine whose components are compiled by the command in a child process.
fn engine(compile: CompileLimits) -> Engine {
    engine_of(bailiwick_program(), compile)
}

fn engine_of(program: PathBuf, compile: CompileLimits) -> Engine {
    // SAFETY: it is the command of this build, a script that runs it, or one that makes no machine code.
    #[allow(unsafe_code, reason = "a test does not serve the compiler itself")]
    let compiler = Compiler::Child(unsafe { Program::trusted(program) });
    Engine::new(EngineOptions { compiler, compile, ..EngineOptions::production() }).unwrap()
}

/// A program that runs this script instead of compiling.
fn script(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("compiler");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

fn echo() -> Vec<u8> {
    fs::read(components().join("echo.wasm")).unwrap()
}

fn describes_itself(component: &Component) {
    let mut session = component.session(Limits::production(), CancelToken::default()).unwrap();
    assert!(session.describe().result.is_ok());
}

#[test]
fn a_child_compiles_what_this_process_compiles() {
    assert_eq!(Compiler::of_this_program(), Compiler::InProcess, "a test does not serve");
    let in_process = Engine::new(EngineOptions::production()).unwrap();
    let child = engine(CompileLimits::production());
    assert_eq!(in_process.compatibility(), child.compatibility());
    for engine in [&in_process, &child] {
        describes_itself(&engine.component(&echo(), None).unwrap());
    }
}

#[test]
fn a_component_beyond_a_bound_is_refused_with_the_bound_before_it_is_compiled() {
    // If the component were compiled, the fault would be another.
    let folder = tempfile::tempdir().unwrap();
    let refusing = |compile| engine_of(script(&folder, "exit 9"), compile);
    let most = CompileLimits::production();
    let code = |bytes: usize| functions(1, &[0x01].repeat(bytes));
    let modules = |many: usize| component(&vec![section(1, &module(&[])); many]);
    let nested = |deep: usize| {
        let inner = (1..deep).fold(component(&[]), |inner, _| component(&[section(4, &inner)]));
        component(&[section(4, &inner)])
    };
    let types = |many: u8| {
        let types = [&[many][..], &[0x60, 0, 0].repeat(usize::from(many))].concat();
        component(&[section(1, &module(&[section(1, &types)]))])
    };
    // Each is one entry of its section.
    let instance_type = |many: usize| {
        let declarations = [0x01, 0x7f].repeat(many);
        component(&[section(7, &[&[1, 0x42][..], &number(many), &declarations].concat())])
    };
    let record = |many: usize| {
        let fields = [1, b'a', 0x7f].repeat(many);
        component(&[section(7, &[&[1, 0x72][..], &number(many), &fields].concat())])
    };
    let core_module_type = |many: usize| {
        let declarations = [0x01, 0x60, 0, 0].repeat(many);
        component(&[section(3, &[&[1, 0x50][..], &number(many), &declarations].concat())])
    };
    let rec_group = |many: usize| {
        let types = [0x60, 0, 0].repeat(many);
        let group = [&[1, 0x4e][..], &number(many), &types].concat();
        component(&[section(1, &module(&[section(1, &group)]))])
    };
    let segment = |many: usize| {
        let segment = [&[1, 1, 0][..], &number(many), &vec![0; many]].concat();
        component(&[section(1, &module(&[section(9, &segment)]))])
    };
    let few = CompileLimits { entries: 100, ..most };
    for (limits, within, beyond, said) in [
        (most, functions(50_000, &[]), functions(50_001, &[]), "50001 functions"),
        (CompileLimits { component_bytes: 45, ..most }, functions(1, &[]), echo(), "the component has "),
        (CompileLimits { function_bytes: 102, ..most }, code(100), code(101), "103 bytes in one function"),
        (CompileLimits { parts: 3, ..most }, modules(3), modules(4), "4 modules and components in it"),
        (
            CompileLimits { nesting: 3, ..most },
            nested(3),
            nested(4),
            "4 modules and components inside one another",
        ),
        (few, types(90), types(110), "entries in its sections"),
        (few, instance_type(90), instance_type(110), "112 entries in its sections"),
        (few, record(90), record(110), "112 entries in its sections"),
        (few, core_module_type(90), core_module_type(110), "112 entries in its sections"),
        (few, rec_group(90), rec_group(110), "entries in its sections"),
        (few, segment(90), segment(110), "entries in its sections"),
        (most, instance_type(1_000), instance_type(300_000), "300002 entries in its sections"),
        (most, instance_type(1_000), instance_type(900_000), "bytes of types"),
    ] {
        let engine = refusing(limits);
        let fault = engine.component(&within, None).unwrap_err();
        assert!(matches!(&fault, Fault::Host(why) if why.contains("exit status: 9")), "{said}: {fault}");
        let fault = engine.component(&beyond, None).unwrap_err();
        assert!(matches!(&fault, Fault::Incompatible { have, .. } if have.contains(said)), "{said}: {fault}");
        assert!(fault.blames_plugin());
    }
}

/// 50,000 functions are within the bounds, and take more than the one second of CPU time that this test
/// gives.
#[test]
fn a_component_that_takes_too_long_to_compile_is_named_and_the_others_go_on() {
    let engine = engine(CompileLimits { cpu_s: 1, ..CompileLimits::production() });
    // Numbers added and dropped, over and over.
    let heavy = functions(50_000, &[0x41, 1, 0x41, 2, 0x6a, 0x1a].repeat(200));
    let other = Engine::new(EngineOptions::production()).unwrap().component(&echo(), None).unwrap();
    let fault = engine.component(&heavy, None).unwrap_err();
    assert!(matches!(fault, Fault::Exhausted { limit: Limit::CompileCpuS, used: 1, cap: 1 }), "{fault}");
    assert!(fault.blames_plugin());
    assert!(
        fault.to_string().contains("compile_cpu_s: 1 of 1: it was not compiled; build it with"),
        "{fault}"
    );
    describes_itself(&other);
}

#[test]
fn a_component_that_takes_too_much_memory_to_compile_is_named() {
    let cap = 40 << 20;
    let folder = tempfile::tempdir().unwrap();
    // Each thread takes memory, so the test must not depend on the number of processors.
    let one_thread = format!(
        "RAYON_NUM_THREADS=1; export RAYON_NUM_THREADS; exec '{}' \"$@\"",
        bailiwick_program().display()
    );
    let compile = CompileLimits { memory_bytes: cap, ..CompileLimits::production() };
    let engine = engine_of(script(&folder, &one_thread), compile);
    let heavy = functions(50_000, &[0x41, 1, 0x41, 2, 0x6a, 0x1a].repeat(30));
    let fault = engine.component(&heavy, None).unwrap_err();
    assert_eq!(fault, Fault::Exhausted { limit: Limit::CompileMemoryBytes, used: cap, cap });
}

#[test]
fn machine_code_has_a_bound_wherever_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let compile = CompileLimits { code_bytes: 1_000, ..CompileLimits::production() };
    let endless = script(&folder, "echo bailiwick compiles; exec cat /dev/zero");
    let in_process =
        Engine::new(EngineOptions { compiler: Compiler::InProcess, compile, ..EngineOptions::production() });
    for engine in [engine(compile), engine_of(endless, compile), in_process.unwrap()] {
        let fault = engine.component(&echo(), None).unwrap_err();
        assert!(matches!(fault, Fault::Exhausted { limit: Limit::CodeBytes, cap: 1_000, .. }), "{fault}");
    }
}

#[test]
fn a_compiler_that_dies_hangs_or_lies_is_the_hosts_fault_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for (text, said) in [
        ("kill -9 $$", "signal: 9"),
        ("kill -SEGV $$", "signal: 11"),
        ("echo no such thing >&2; exit 7", "exit status: 7: no such thing"),
        ("exec sleep 1000", "killed after 1 s"),
        ("cat > /dev/null; exec sleep 1000", "killed after 1 s"),
        ("echo this is no machine code", "does not serve the compiler"),
        ("cat > /dev/null", "`main` must begin with serve_compiler_if_asked"),
        ("exec cat /dev/zero", "does not serve the compiler"),
        // These exit codes have a meaning only from a program that serves the compiler.
        ("exit 3", "does not serve the compiler"),
        ("exit 4", "exit status: 4"),
        ("echo bailiwick compiles; kill -9 $$", "the compiler ended with signal: 9"),
        ("echo bailiwick compiles; echo no such thing >&2; exit 7", "the compiler ended with exit status: 7"),
        ("yes 'too many words' | head -c 1000000 >&2; exit 7", "too many words"),
    ] {
        let compile = CompileLimits { wall_s: 1, ..CompileLimits::production() };
        // Only the script that hangs waits for the clock.
        let compile = if text.contains("sleep") { compile } else { CompileLimits::production() };
        let fault = engine_of(script(&folder, text), compile).component(&echo(), None).unwrap_err();
        assert!(
            matches!(&fault, Fault::Host(why) if why.contains(said) && why.len() < 5_000),
            "{text}: {fault}"
        );
        assert!(!fault.blames_plugin());
    }
    let fault = engine_of("/nowhere/compiler".into(), CompileLimits::production()).component(&echo(), None);
    assert!(matches!(&fault, Err(Fault::Host(why)) if why.contains("cannot be started")), "{fault:?}");
}

#[test]
fn a_child_has_no_environment_no_files_and_no_folder_of_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let _open = fs::File::open(components().join("echo.wasm")).unwrap();
    let text = "cat > /dev/null; { pwd; env; ls -l /proc/self/fd; } >&2; exit 7";
    let fault = engine_of(script(&folder, text), CompileLimits::production()).component(&echo(), None);
    let Err(Fault::Host(said)) = fault else { panic!("{fault:?}") };
    let libraries = said.lines().any(|line| line.starts_with("LD_LIBRARY_PATH="));
    assert_eq!(libraries, std::env::var_os("LD_LIBRARY_PATH").is_some(), "{said}");
    let mut lines = said.lines();
    assert!(lines.next().unwrap().ends_with(": /"), "{said}");
    // The test runner may have left descriptors open to this process. Descriptors that the host opened must
    // not be inherited.
    assert!(!said.contains("echo.wasm"), "{said}");
    // `sh` adds what it needs itself.
    for line in lines.filter(|line| line.contains('=')) {
        let own = ["RAYON_NUM_THREADS=", "LD_LIBRARY_PATH=", "PWD=", "OLDPWD=", "SHLVL=", "_="];
        assert!(own.iter().any(|name| line.starts_with(name)), "{line} in {said}");
    }
}

#[test]
fn bytes_that_are_no_component_are_told_apart_from_a_failing_compiler() {
    let engine = engine(CompileLimits::production());
    let bad_body = functions(1, &[0x6a]);
    for wasm in [b"hello".to_vec(), wat::parse_str("(module)").unwrap(), Vec::new(), bad_body] {
        let fault = engine.component(&wasm, None).unwrap_err();
        assert!(
            matches!(&fault, Fault::Incompatible { help, .. } if help.contains("plugin build")),
            "{fault}"
        );
    }
}

/// The compiler of one plugin waits until another one is loaded.
#[test]
fn a_plugin_that_takes_long_to_compile_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for pipe in ["begun", "go"] {
        assert!(std::process::Command::new("mkfifo").arg(at(pipe)).status().unwrap().success());
    }
    let slow = fs::read(components().join("canonical.wasm")).unwrap();
    let slow = with_manifest(&slow, |manifest| manifest["title"] = "THE SLOW ONE".into());
    fs::write(at("canonical.wasm"), slow).unwrap();
    fs::write(at("echo.wasm"), echo()).unwrap();
    let text = format!(
        "cd '{}'; cat > given.$$; if grep -q 'THE SLOW ONE' given.$$; then echo > begun; cat go; fi >&2; \
         exec '{}' \"$@\" < given.$$",
        folder.path().display(),
        bailiwick_program().display()
    );
    // If one plugin held up the other, this timeout would end the test.
    let compile = CompileLimits { wall_s: 60, ..CompileLimits::production() };
    let engine = engine_of(script(&folder, &text), compile);
    let plugins = Plugins::new(folder.path(), engine, None, Limits::production());
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| plugins.get("canonical").map(|loaded| loaded.manifest.title.clone()));
        fs::read(at("begun")).unwrap();
        assert_eq!(plugins.get("echo").unwrap().manifest.name, "echo");
        assert!(!slow.is_finished());
        fs::write(at("go"), "").unwrap();
        assert_eq!(slow.join().unwrap().unwrap(), "THE SLOW ONE");
    });
}
