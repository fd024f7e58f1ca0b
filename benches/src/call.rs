//! The cost of a plugin call: one kilobyte in, one kilobyte out, a fresh store each time.
//!
//! `native` is the same function without a sandbox; `sandboxed` adds the store, the guards and the
//! limits; `audited` adds the entry of the audit log, whose flush a batch of calls shares, as it
//! does in an exchange.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use bailiwick_bench::audit_log;
use bailiwick_bench::{component, components};
use bailiwick_host::audit::{CallEntry, CallOutcome, Entry, HashKeys};
use bailiwick_host::engine::{CancelToken, Decision, Engine, EngineOptions, Limits};
use criterion::Criterion;

/// Calls that share a flush.
const BATCH: u64 = 10_000;

pub(crate) fn run() {
    let folder = tempfile::tempdir().unwrap();
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(4))
        .warm_up_time(Duration::from_secs(1))
        .output_directory(folder.path());
    let (context, asked) = echo::question();
    let engine = Engine::new(EngineOptions::production()).unwrap();
    let plugin = engine.component(&component("echo"), None).unwrap();
    let limits = Limits::production();
    let answer = echo::answer(&context, &asked).unwrap();
    println!("{} bytes in, {} bytes out", context.len() + asked.len(), answer.len());

    let native = time(&mut criterion, folder.path(), "native", || echo::answer(&context, &asked).unwrap());
    let sandboxed = time(&mut criterion, folder.path(), "sandboxed", || {
        let mut session = plugin.session(limits, CancelToken::default()).unwrap();
        session.decide(Decision::Decide, &context, &asked).result.unwrap()
    });
    let mut session =
        plugin.session(Limits { fuel_base: u64::MAX / 2, ..limits }, CancelToken::default()).unwrap();
    let warm = time(&mut criterion, folder.path(), "warm", || {
        session.decide(Decision::Decide, &context, &asked).result.unwrap()
    });
    drop(session);
    let log = audit_log(folder.path());
    let keys = HashKeys::new(vec![[7; 32]]).unwrap();
    let mut calls = 0;
    let audited = time(&mut criterion, folder.path(), "audited", || {
        let mut session = plugin.session(limits, CancelToken::default()).unwrap();
        let called = session.decide(Decision::Decide, &context, &asked);
        let answer = called.result.unwrap();
        let entry = CallEntry {
            session: 1,
            function: Decision::Decide.name().to_owned(),
            account: Some(keys.value("account", "CP50010003")),
            context: Some(keys.digest(&context)),
            input: keys.digest(&asked),
            output: Some(keys.digest(&answer)),
            used: bailiwick_host::recorded::used(called.usage),
            outcome: CallOutcome::Ok,
        };
        log.append(&Entry::Call(Box::new(entry))).unwrap();
        calls += 1;
        if calls % BATCH == 0 {
            log.commit().unwrap();
        }
        answer
    });
    println!("native              {native:8.2} µs");
    println!("warm instance       {warm:8.2} µs   +{:.2} µs", warm - native);
    println!("fresh store         {sandboxed:8.2} µs   +{:.2} µs", sandboxed - native);
    println!("with audit entry    {audited:8.2} µs   +{:.2} µs (at most 10 is asked for)", audited - native);
    if let Some(extism) = extism() {
        let [loaded, loading] = extism;
        println!(
            "Extism, loaded      {loaded:8.2} µs   {:.1} times the audited call (2 is asked for)",
            loaded / audited
        );
        println!("Extism, loading it  {loading:8.2} µs   {:.0} times (50 is asked for)", loading / audited);
    }
}

/// The same work through Extism, if `cargo xtask bench extism` has built it: microseconds of a call of
/// a loaded plugin, and of loading it and calling it.
fn extism() -> Option<[f64; 2]> {
    let program = std::env::current_exe().ok()?.with_file_name("bailiwick-bench-extism");
    let ran = std::process::Command::new(program).arg(components()).output().ok()?;
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).ok()
}

/// Measures, and gives the median in microseconds.
fn time<R>(criterion: &mut Criterion, folder: &Path, name: &str, mut call: impl FnMut() -> R) -> f64 {
    criterion.benchmark_group("call").bench_function(name, |bencher| bencher.iter(|| black_box(call())));
    let path = folder.join(format!("call/{name}/new/estimates.json"));
    let estimates = std::fs::read(path).expect("what criterion found");
    let estimates: serde_json::Value = serde_json::from_slice(&estimates).expect("JSON");
    estimates["median"]["point_estimate"].as_f64().expect("a median") / 1000.0
}
