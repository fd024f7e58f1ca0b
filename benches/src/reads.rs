//! Audited reads of one account on a home that stays open: whether they grow with their number, the book or the log.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_host::audit::{AuditLog, Entry, SystemDisk, read_signer};
use bailiwick_host::{Host, Operator};

use crate::book::home_of;

/// Reads that the first and the last of are compared.
const READS: usize = 1_000;
/// The first and the last so many of them are taken together.
const COMPARED: usize = 50;

pub(crate) fn run(accounts: u64, entries: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    drop(home_of(&home, accounts));
    fill(&home, entries);
    let host = Host::open(&home).expect("a home");
    // The first write finds how far the log has come.
    host.checkpoint().expect("a checkpoint");
    let operator = host.acting_as(Operator::named("bench"));
    let mut taken = Vec::with_capacity(READS);
    for read in 0..READS as u64 {
        let account = format!("A{}", read * 7_919 % accounts);
        let begun = Instant::now();
        operator.account("bench", &account).expect("an account");
        taken.push(begun.elapsed());
    }
    let (first, last) = (median(&taken[..COMPARED]), median(&taken[READS - COMPARED..]));
    println!(
        "{READS} audited reads, {accounts} accounts, {entries} entries before: the first {:.0} µs each, the last {:.0} µs, \
         ratio {:.2}",
        first.as_secs_f64() * 1e6,
        last.as_secs_f64() * 1e6,
        last.as_secs_f64() / first.as_secs_f64()
    );
}

/// Adds entries that change nothing in the book.
fn fill(home: &Path, entries: u64) {
    let signer = read_signer(&home.join("keys/log.key")).expect("a key");
    let log = AuditLog::open(&home.join("audit"), Arc::new(SystemDisk), signer, 1).expect("a log");
    for _ in 0..entries {
        log.append(&Entry::SetAside { files: 1 }).expect("an entry");
    }
    log.commit().expect("a flush");
    log.sign_head().expect("a head");
}

fn median(taken: &[Duration]) -> Duration {
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    taken[taken.len() / 2]
}
