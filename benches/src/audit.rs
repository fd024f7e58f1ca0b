//! The audit log: many callers append and wait until their entries are durable; then it is verified, and
//! proofs are made.

use std::path::Path;
use std::time::Instant;

use bailiwick_bench::audit_log;
use bailiwick_host::audit::{
    AuditLog, CallEntry, CallOutcome, Entry, Expected, HashKeys, SystemDisk, Used, prove, verify,
};

/// Callers that append at once.
const CALLERS: u64 = 4;
/// Entries that a caller adds before it waits for them: the calls of one file.
const CALLS: u64 = 512;
/// How many proofs are made.
const PROOFS: u64 = 2_000;

pub(crate) fn run(entries: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = audit_log(folder.path());
    let keys = HashKeys::new(vec![[7; 32]]).expect("a key");
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (log, keys) = (log.clone(), &keys);
            scope.spawn(move || append(&log, keys, caller, entries / CALLERS));
        }
    });
    let appended = begun.elapsed().as_secs_f64();
    let size = log.size().expect("a log");
    let begun = Instant::now();
    log.checkpoint().expect("a checkpoint");
    let published = begun.elapsed().as_secs_f64();
    drop(log);
    let folder = folder.path().join("audit");
    let begun = Instant::now();
    let verified = verify(&SystemDisk, &folder, &Expected::default()).expect("a whole log");
    let verifying = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    for number in 0..PROOFS {
        let entry = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % size;
        prove(&SystemDisk, &folder, entry).expect("a proof");
    }
    let proving = begun.elapsed().as_secs_f64() / PROOFS as f64;
    println!(
        "entries             {size:10}   {} bytes each, {} on disk",
        verified.entry_bytes / size,
        disk(&folder) / size
    );
    println!("built to durable    {:10.0}/s (100,000 is asked for)", size as f64 / appended);
    println!("checkpoint          {:10.1} ms", published * 1000.0);
    println!("verified            {:10.0}/s (500,000 is asked for)", size as f64 / verifying);
    println!("proof               {:10.1} µs (1,000 is asked for)", proving * 1e6);
}

fn append(log: &AuditLog, keys: &HashKeys, caller: u64, entries: u64) {
    let (question, answer) = (vec![b'q'; 700], vec![b'a'; 60]);
    for number in 0..entries {
        let entry = CallEntry {
            session: caller + 1,
            function: "placement.decide".to_owned(),
            account: Some(keys.value("account", &format!("A{caller}-{number}"))),
            context: None,
            input: keys.digest(&question),
            output: Some(keys.digest(&answer)),
            used: Used {
                fuel: 48_000 + number % 1_000,
                wall_us: 12,
                memory_bytes: 1 << 20,
                ..Used::default()
            },
            outcome: CallOutcome::Ok,
        };
        let seq = log.append(&Entry::Call(Box::new(entry))).expect("appended");
        if number % CALLS == CALLS - 1 {
            log.commit_entry(seq).expect("durable");
        }
    }
    log.commit().expect("durable");
}

/// Bytes of every file below a folder.
fn disk(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => disk(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}
