//! The audit log for an auditor: proofs that need no home, witnesses, keys, and acts that fail if the log
//! cannot be written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick_conformance::{Ran, TestHome, bailiwick};
use bailiwick_host::audit::{AuditLog, Entry, SystemDisk};
use bailiwick_host::tlog::SigningKey;
use bailiwick_host::{ActOptions, ActingHost, HomeKey, Host, Operator, Progress, Source};
use serde_json::Value;

const FILE: &[u8] = b"{\"placement\":{\"account\":\"A1\",\"currency\":\"USD\",\"placed_on\":\"2026-07-01\",\"balance\":[{\"bucket\":\"principal\",\"minor\":1000}]}}\n";

fn home() -> TestHome {
    let home = TestHome::with_plugin("canonical", "{}");
    home.exchange("test", "accounts.jsonl", FILE).unwrap();
    home
}

fn ran(home: &Path, arguments: &[&str]) -> Ran {
    let ran = bailiwick(home, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}{}", ran.out, ran.err);
    ran
}

/// The book and the outbox, to compare.
fn unchanged(home: &TestHome, before: &[(PathBuf, Vec<u8>)]) {
    for (now, before) in home.book_and_outbox().iter().zip(before) {
        assert_eq!(now.0, before.0);
        let at = now.1.iter().zip(&before.1).position(|(now, before)| now != before);
        assert_eq!((now.1.len(), at), (before.1.len(), None), "{}", now.0.display());
    }
    assert_eq!(home.book_and_outbox().len(), before.len());
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

#[test]
fn a_proof_is_checked_without_the_home() {
    let home = home();
    let entries = home.audit();
    let file = entries.iter().position(|entry| entry["kind"] == "file").unwrap();
    let proof = path(home.outside(), "file.tlog-proof");
    ran(&home.path(), &["audit", "prove", &file.to_string(), "--out", &proof]);
    let key = ran(&home.path(), &["audit", "key"]).out.trim().to_owned();
    let nowhere = home.outside().join("nowhere");
    let checked = ran(&nowhere, &["--json", "audit", "check", &proof, "--key", &key]);
    assert_eq!(checked.json()[0]["entry"], entries[file]);
    assert!(fs::metadata(&proof).unwrap().len() < 4_096);

    let text = fs::read_to_string(&proof).unwrap();
    let forged = text.replacen("\nindex ", "\nindex 1", 1);
    fs::write(&proof, forged).unwrap();
    let refused = bailiwick(&nowhere, &["audit", "check", &proof, "--key", &key]);
    assert_eq!(refused.code, Some(1), "{}", refused.err);
    assert!(refused.err.contains("bad_proof"), "{}", refused.err);

    let beyond = bailiwick(&home.path(), &["audit", "prove", "100000"]);
    assert_eq!(beyond.code, Some(1), "{}", beyond.err);
    assert!(beyond.err.contains("no_entry"), "{}", beyond.err);
}

#[test]
fn a_witness_signs_only_growth() {
    let (log, other) = (home(), TestHome::with_plugin("canonical", "{}"));
    let file = |name: &str| path(log.outside(), name);
    ran(&log.path(), &["audit", "checkpoint", "--out", &file("first")]);
    ran(&log.path(), &["audit", "consistency", "0", "--out", &file("request")]);
    let key = ran(&log.path(), &["audit", "key"]).out.trim().to_owned();
    let witness_key = ran(&other.path(), &["audit", "key", "--witness"]).out.trim().to_owned();

    // The first time, the log's key must be given.
    let unknown = bailiwick(&other.path(), &["audit", "witness", &file("request")]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("unknown_log"), "{}", unknown.err);
    ran(&other.path(), &["audit", "witness", &file("request"), "--key", &key, "--out", &file("cosigned")]);
    ran(&log.path(), &["audit", "cosign", &file("cosigned"), "--witness", &witness_key]);
    let verified = ran(&log.path(), &["--json", "audit", "verify", "--witness", &witness_key]);
    // The cosigned checkpoint is stored in two files, so its cosignature counts twice.
    assert_eq!(verified.json()[0]["cosignatures"], 2);

    // The log grows, and a request starts at the size that the witness has seen.
    log.exchange("test", "more.jsonl", &FILE.to_ascii_uppercase()).ok();
    ran(&log.path(), &["audit", "checkpoint"]);
    let stale = bailiwick(&other.path(), &["audit", "witness", &file("request")]);
    assert!(stale.err.contains("other_size"), "{}", stale.err);
    ran(&log.path(), &["audit", "consistency", &file("first"), "--out", &file("request")]);
    ran(&other.path(), &["audit", "witness", &file("request"), "--out", &file("cosigned")]);
    ran(&log.path(), &["audit", "cosign", &file("cosigned"), "--witness", &witness_key]);
    let signed: Vec<_> = other.audit().into_iter().filter(|entry| entry["kind"] == "witnessed").collect();
    assert_eq!(signed.len(), 2);
    ran(&other.path(), &["audit", "verify"]);

    // The witness does not sign another history, even if a forger has signed it with the log's key.
    let forged = TestHome::with_plugin("canonical", "{}");
    for part in ["keys/log.key", "audit/log.vkey"] {
        fs::copy(log.path().join(part), forged.path().join(part)).unwrap();
    }
    fs::remove_file(forged.path().join("audit/head")).unwrap();
    forged.acting().settle_audit().unwrap();
    for number in 0..30 {
        let line = String::from_utf8_lossy(FILE).replace("A1", &format!("B{number}"));
        forged.exchange("test", &format!("f{number}.jsonl"), line.as_bytes()).unwrap();
    }
    ran(&forged.path(), &["audit", "checkpoint"]);
    let size = signed[1]["size"].as_u64().unwrap().to_string();
    ran(&forged.path(), &["audit", "consistency", &size, "--out", &file("forged")]);
    let refused = bailiwick(&other.path(), &["audit", "witness", &file("forged")]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("not_consistent"), "{}", refused.err);
    let found = bailiwick(&forged.path(), &["audit", "verify", "--checkpoint", &file("first")]);
    assert_eq!(found.code, Some(4), "{}", found.err);
}

#[test]
fn keys_are_replaced_and_old_signatures_still_verify() {
    let home = home();
    let old = ran(&home.path(), &["audit", "hash", "account", "A1"]).out;
    ran(&home.path(), &["audit", "checkpoint"]);
    ran(&home.path(), &["audit", "rotate", "log"]);
    ran(&home.path(), &["audit", "rotate", "hash"]);
    let line = String::from_utf8_lossy(FILE).replace("1000", "2000").replace("A1", "A2");
    let file = path(home.outside(), "accounts_2.jsonl");
    fs::write(&file, line).unwrap();
    ran(&home.path(), &["exchange", "test", &file, "--as", "accounts", "--at", "2026-07-01T12:00:00Z"]);
    ran(&home.path(), &["audit", "checkpoint"]);
    let verified = ran(&home.path(), &["--json", "audit", "verify"]);
    assert_eq!(verified.json()[0]["kinds"]["key_rotated"], 2);
    let keys = ran(&home.path(), &["audit", "key"]).out;
    assert_eq!(keys.lines().count(), 2);
    let hashes = ran(&home.path(), &["audit", "hash", "account", "A1"]).out;
    assert_eq!((hashes.lines().count(), hashes.lines().next()), (2, old.lines().next()));
    let entries = home.audit();
    let accounts: Vec<_> = entries.iter().filter(|entry| entry["kind"] == "accounts").collect();
    assert_eq!(accounts[0]["accounts"][0], old.trim());
    assert_eq!((&accounts[0]["kid"], &accounts[1]["kid"]), (&1.into(), &2.into()));
}

/// Exchanges a file with another account.
fn exchange(acting: &ActingHost<'_>, account: &str, options: ActOptions<'_>) {
    let bytes = String::from_utf8_lossy(FILE).replace("A1", account).into_bytes();
    let source = Source::Bytes { name: format!("accounts_{account}.jsonl"), bytes: bytes.into() };
    let report =
        acting.exchange("test", source, options.at("2026-07-02T12:00:00Z".parse().unwrap())).unwrap();
    assert_eq!(report.accepted, 1, "{:?}", report.problems);
}

#[test]
fn a_host_that_is_open_uses_a_hash_key_that_was_made_meanwhile() {
    let home = home();
    let other = Host::open(home.path()).unwrap();
    let ngozi = home.host.acting_as(Operator::named("Ngozi"));
    ngozi.account("test", "A1").unwrap();
    other.acting_as(Operator::unnamed()).rotate_key(HomeKey::Hash).unwrap();

    // The first thing that it does is an act, then a read.
    exchange(&ngozi, "A2", ActOptions::new());
    let last =
        |kind: &str| -> Value { home.audit().into_iter().rev().find(|entry| entry["kind"] == kind).unwrap() };
    let begun = last("begun");
    assert_eq!(begun["kid"], 2);
    assert_eq!(begun["operator"], home.hashes("operator", "Ngozi")[1]);
    let hashes = ngozi.keyed_hashes("account", "A1").unwrap();
    assert_eq!((hashes.len(), &hashes), (2, &home.hashes("account", "A1")));

    // It replaces the key itself, and reads first.
    ngozi.rotate_key(HomeKey::Hash).unwrap();
    ngozi.account("test", "A1").unwrap();
    let read = last("command");
    assert_eq!(read["kid"], 3);
    assert_eq!(read["account"], home.hashes("account", "A1")[2]);
    assert_eq!(ngozi.keyed_hashes("account", "A1").unwrap().len(), 3);
    home.host.verify_audit().unwrap();
}

#[test]
fn keys_that_are_put_back_during_an_act_are_read_again_with_the_next() {
    let home = home();
    let files = ["keys/log.key", "audit/log.vkey"].map(|file| home.path().join(file));
    let old: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    home.acting().rotate_key(HomeKey::Log).unwrap();
    let mut told = 0;
    let mut put_back = |_: Progress| {
        told += 1;
        files.iter().zip(&old).for_each(|(file, bytes)| fs::write(file, bytes).unwrap());
    };
    exchange(&home.acting(), "A2", ActOptions::new().progress(&mut put_back));
    assert!(told > 0);
    let read = |host: &Host| {
        let read = host.acting_as(Operator::unnamed()).account("test", "A1");
        read.map(|_| ()).map_err(|error| error.to_string())
    };
    // The head has a signature of a key that the log does not have.
    let refused = read(&home.host).unwrap_err();
    assert_eq!(read(&Host::open(home.path()).unwrap()).unwrap_err(), refused);
}

#[cfg(unix)]
#[test]
fn a_log_that_cannot_be_written_refuses_the_call_and_nothing_changes() {
    let home = home();
    let before = home.book_and_outbox();
    let wal = fs::read_dir(home.path().join("audit/wal")).unwrap().next().unwrap().unwrap().path();
    // A folder takes the place of the segment, since permissions would not stop root.
    let kept = home.outside().join("kept.wal");
    fs::rename(&wal, &kept).unwrap();
    fs::create_dir(&wal).unwrap();
    let file = path(home.outside(), "accounts_2.jsonl");
    fs::write(&file, String::from_utf8_lossy(FILE).replace("A1", "A2")).unwrap();
    let refused = bailiwick(&home.path(), &["exchange", "test", &file]);
    assert_eq!(refused.code, Some(4), "{}", refused.err);
    unchanged(&home, &before);
    fs::remove_dir(&wal).unwrap();
    fs::rename(&kept, &wal).unwrap();
    ran(&home.path(), &["audit", "verify"]);
    unchanged(&home, &before);
}

/// A disk that is full in the middle of an exchange: the log's file may not grow (RLIMIT_FSIZE).
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_the_exchange_whole() {
    let home = home();
    let before = home.book_and_outbox();
    let wal = fs::read_dir(home.path().join("audit/wal")).unwrap().next().unwrap().unwrap().path();
    // The log is made longer than every other file, so that only the log reaches the limit.
    let key = fs::read_to_string(home.path().join("keys/log.key")).unwrap();
    let signer = SigningKey::parse(key.trim()).unwrap();
    let log = AuditLog::open(&home.path().join("audit"), Arc::new(SystemDisk), signer, 1).unwrap();
    for _ in 0..3_500 {
        let code = "x".repeat(4_000);
        log.append(&Entry::Failed { act: 0, engagement: String::new(), code }).unwrap();
    }
    log.commit().unwrap();
    drop(log);
    let file = path(home.outside(), "accounts_2.jsonl");
    fs::write(&file, String::from_utf8_lossy(FILE).replace("A1", "A2")).unwrap();
    let program = bailiwick_conformance::bailiwick_program();
    let blocks = fs::metadata(&wal).unwrap().len() / 512;
    let script = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec {} --home {} exchange test {file}",
        program.display(),
        home.path().display()
    );
    let ran = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(ran.status.code(), Some(4), "{}", String::from_utf8_lossy(&ran.stderr));
    unchanged(&home, &before);
    let verified = bailiwick(&home.path(), &["exchange", "test", &file, "--at", "2026-07-01T12:00:00Z"]);
    assert_eq!(verified.code, Some(0), "{}", verified.err);
    assert_eq!(bailiwick(&home.path(), &["audit", "verify"]).code, Some(0));
}
