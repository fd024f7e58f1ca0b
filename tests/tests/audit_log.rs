//! The audit log itself: no acknowledged entry is ever lost, and every change is found.
//!
//! `BAILIWICK_ROUNDS` sets how many rounds the campaigns run (`cargo xtask campaign`).

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bailiwick_conformance::numbered::{SEGMENT_BYTES, entry, signer};
use bailiwick_conformance::torn_disk::{DiskFault, TornDisk};
use bailiwick_host::audit::{AuditLog, Disk, Entry, Expected, Mark, SystemDisk, prove, verify};
use bailiwick_host::tlog::{Checkpoint, Note};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn folder() -> PathBuf {
    PathBuf::from("audit")
}

fn open(disk: &TornDisk) -> bailiwick_host::audit::Result<AuditLog> {
    AuditLog::open_with(&folder(), Arc::new(disk.clone()), signer(), 1, SEGMENT_BYTES)
}

fn rounds(default: u64) -> u64 {
    std::env::var("BAILIWICK_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(default)
}

/// Power cuts, full disks and errors at any moment: the log opens again, holds every entry that was
/// acknowledged, verifies, and goes on.
#[test]
fn no_fault_of_the_disk_loses_an_acknowledged_entry() {
    let (rounds, mut acknowledged, mut cuts) = (rounds(400), 0, 0);
    for seed in 0..rounds {
        let disk = TornDisk::new(seed);
        let mut random = StdRng::seed_from_u64(seed);
        AuditLog::create(&folder(), &disk, &signer()).unwrap();
        // The numbers of the durable entries, in the order of the log, with recorded cuts in between.
        let mut durable = Mark { size: 0, root: String::new() };
        let mut published: Vec<Note> = Vec::new();
        for life in 0..6 {
            let fault = [DiskFault::Full, DiskFault::Broken, DiskFault::PowerCut][random.random_range(0..3)];
            disk.fail_after(random.random_range(0..120), fault);
            let mut number = 0;
            let mut work = || -> bailiwick_host::Result<()> {
                let log = open(&disk)?;
                for _ in 0..40 {
                    for _ in 0..random.random_range(1..20) {
                        log.append(&entry(number))?;
                        number += 1;
                    }
                    durable = log.commit()?;
                    if random.random_bool(0.1) {
                        published.push(log.checkpoint()?);
                        durable = log.mark()?;
                    }
                    if random.random_bool(0.1) {
                        log.sign_head()?;
                    }
                }
                Ok(())
            };
            let _failed_or_not = work();
            disk.restart();
            let before = durable.size;
            let log = open(&disk).unwrap_or_else(|error| panic!("seed {seed}, life {life}: {error}"));
            let found = log.mark().unwrap();
            assert!(found.size >= before, "seed {seed}, life {life}: {} of {before} entries", found.size);
            drop(log);
            let expected = Expected {
                checkpoints: published.clone(),
                mark: Some(durable.clone()).filter(|mark| mark.size > 0),
                ..Expected::default()
            };
            let verified = verify(&disk, &folder(), &expected)
                .unwrap_or_else(|error| panic!("seed {seed}, life {life}: {error}"));
            cuts += u64::from(life == 5) * verified.kinds.get("cut").copied().unwrap_or_default();
            let latest = disk.read(&folder().join("checkpoint")).ok();
            if let Some(latest) = latest.map(|note| Note::parse(&note).unwrap()) {
                let size = Checkpoint::parse(&latest.text).unwrap().size;
                let index = random.random_range(0..size);
                let proof = prove(&disk, &folder(), index).unwrap();
                proof.verify(proof.extra.as_deref().unwrap(), &signer().verifier()).unwrap();
            }
            durable = verified.mark;
        }
        acknowledged += durable.size;
    }
    assert!(cuts > 0, "no torn end in any round: the campaign tests nothing");
    println!(
        "{rounds} rounds of 6 lives: {acknowledged} entries, none of the acknowledged lost; {cuts} torn ends cut"
    );
}

/// A log with full tiles on two levels, partial ones, two published checkpoints and a segment.
fn whole() -> (TornDisk, Expected) {
    let disk = TornDisk::new(1);
    AuditLog::create(&folder(), &disk, &signer()).unwrap();
    let log = open(&disk).unwrap();
    for number in 0..700 {
        log.append(&entry(number)).unwrap();
        if number % 100 == 99 {
            log.commit().unwrap();
        }
        if number == 300 || number == 650 {
            log.checkpoint().unwrap();
        }
    }
    let mark = log.commit().unwrap();
    log.sign_head().unwrap();
    drop(log);
    (disk, Expected { mark: Some(mark), keys: vec![signer().verifier()], ..Expected::default() })
}

#[test]
fn the_log_of_these_tests_is_whole_and_has_every_kind_of_file() {
    let (disk, expected) = whole();
    verify(&disk, &folder(), &expected).unwrap();
    let paths: Vec<String> =
        disk.files().into_iter().map(|(path, _)| path.to_string_lossy().into_owned()).collect();
    for part in [
        "tile/0/000",
        "tile/entries/001",
        "tile/1/000.p/",
        "tile/entries/002.p/",
        "wal/",
        "checkpoints/",
        "head",
        "log.vkey",
    ] {
        assert!(paths.iter().any(|path| path.contains(part)), "{part} in {paths:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    /// One changed byte in any file is found.
    #[test]
    fn a_changed_byte_anywhere_is_found(file: prop::sample::Index, at: prop::sample::Index, bits in 1_u8..) {
        thread_local!(static WHOLE: (TornDisk, Expected) = whole());
        WHOLE.with(|(disk, expected)| {
            let changed = disk.copy();
            let files: Vec<_> = changed.files().into_iter().filter(|(_, length)| *length > 0).collect();
            let (path, length) = file.get(&files);
            let at = at.index(*length);
            changed.flip(path, at, bits);
            let verdict = verify(&changed, &folder(), expected);
            assert!(verdict.is_err(), "byte {at} of {} by {bits:#x}", path.display());
        });
    }

    /// A removed end is found with any checkpoint that was kept elsewhere. A reordered or rewritten log is
    /// found with any checkpoint after the change.
    #[test]
    fn a_log_that_was_made_anew_is_found(size in 1_u64..600, at: prop::sample::Index, change in 0..3) {
        let make = |numbers: &[u64]| {
            let disk = TornDisk::new(1);
            AuditLog::create(&folder(), &disk, &signer()).unwrap();
            let log = open(&disk).unwrap();
            for (seq, number) in numbers.iter().enumerate() {
                let entry = Entry::Failed { act: *number, engagement: String::new(), code: format!("{seq}") };
                log.append(&entry).unwrap();
            }
            log.commit().unwrap();
            (disk, log)
        };
        let numbers: Vec<u64> = (0..size).collect();
        let (_, log) = make(&numbers);
        let kept = log.checkpoint().unwrap();
        let mut other = numbers.clone();
        let at = at.index(other.len());
        match change {
            0 => other.truncate(at),
            1 if size > 1 => other.swap(at, (at + 1) % size as usize),
            _ => other[at] += 1_000_000,
        }
        let (disk, log) = make(&other);
        // The forger has the key, signs and publishes.
        if change == 0 { log.sign_head().unwrap(); } else { log.checkpoint().unwrap(); }
        drop(log);
        verify(&disk, &folder(), &Expected::default()).unwrap();
        let expected = Expected { checkpoints: vec![kept], ..Expected::default() };
        prop_assert!(verify(&disk, &folder(), &expected).is_err());
    }
}

#[test]
fn rot_in_the_middle_refuses_to_start_and_names_the_entry() {
    let disk = TornDisk::new(1);
    AuditLog::create(&folder(), &disk, &signer()).unwrap();
    let log = open(&disk).unwrap();
    for number in 0..10 {
        log.append(&entry(number)).unwrap();
        log.commit().unwrap();
    }
    drop(log);
    let (wal, length) = disk.files().into_iter().find(|(path, _)| path.starts_with("audit/wal")).unwrap();
    disk.flip(&wal, length / 2, 1);
    let error = open(&disk).unwrap_err();
    assert!(error.to_string().contains("entries 5 to 5"), "{error}");
    assert_eq!(error.code(), "audit");
    let error = verify(&disk, &folder(), &Expected::default()).unwrap_err();
    assert!(error.to_string().contains("entry 5 is wrong"), "{error}");
}

#[test]
fn after_a_failed_flush_the_log_takes_nothing_more() {
    for fault in [DiskFault::Full, DiskFault::Broken] {
        let disk = TornDisk::new(3);
        AuditLog::create(&folder(), &disk, &signer()).unwrap();
        let log = open(&disk).unwrap();
        log.append(&entry(1)).unwrap();
        disk.fail_after(0, fault);
        assert_eq!(log.commit().unwrap_err().code(), "audit");
        // The disk works again, but the log does not try it.
        assert!(log.append(&entry(2)).is_err());
        assert!(log.commit().is_err());
        drop(log);
        open(&disk).unwrap().append(&entry(3)).unwrap();
    }
}

#[test]
fn many_callers_share_the_log_and_each_finds_its_entries() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("audit");
    AuditLog::create(&folder, &SystemDisk, &signer()).unwrap();
    let log = AuditLog::open_with(&folder, Arc::new(SystemDisk), signer(), 1, 200_000).unwrap();
    let mine: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8_u64)
            .map(|caller| {
                let log = log.clone();
                scope.spawn(move || {
                    (0..400)
                        .map(|number| {
                            let seq = log.append(&entry(caller * 1_000 + number)).unwrap();
                            if number % 7 == 0 {
                                assert!(log.commit_entry(seq).unwrap().size > seq);
                            }
                            seq
                        })
                        .collect()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    let size = log.commit().unwrap().size;
    assert_eq!(size, 3_200);
    log.checkpoint().unwrap();
    drop(log);
    verify(&SystemDisk, &folder, &Expected::default()).unwrap();
    for (caller, entries) in mine.iter().enumerate() {
        for (number, seq) in entries.iter().enumerate().step_by(40) {
            let entry = prove(&SystemDisk, &folder, *seq).unwrap().extra.unwrap();
            let entry: serde_json::Value = serde_json::from_slice(&entry).unwrap();
            assert_eq!((&entry["seq"], &entry["act"]), (&(*seq).into(), &(caller * 1_000 + number).into()));
        }
    }
}

#[test]
fn killed_processes_lose_nothing_they_acknowledged() {
    let rounds = rounds(60);
    let folder = tempfile::tempdir().unwrap();
    let folder: &Path = &folder.path().join("audit");
    AuditLog::create(folder, &SystemDisk, &signer()).unwrap();
    let mut random = StdRng::seed_from_u64(11);
    let mut last = Mark { size: 0, root: String::new() };
    for round in 0..rounds {
        let mut child = Command::new(env!("CARGO_BIN_EXE_appender"))
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        // The process is killed after a random line. Every entry that it has reported as durable must be in
        // the log.
        let mut left = random.random_range(1..60);
        for line in out.lines().map_while(Result::ok) {
            let mut words = line.split(' ').skip_while(|word| *word != "durable").skip(1);
            if let (Some(size), Some(root)) = (words.next(), words.next()) {
                last = Mark { size: size.parse().unwrap(), root: root.to_owned() };
                left -= 1;
                if left == 0 {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        let expected = Expected { mark: Some(last.clone()), ..Expected::default() };
        verify(&SystemDisk, folder, &expected).unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
    println!("{rounds} kills: {} entries, none of the acknowledged lost", last.size);
    let disk: &dyn Disk = &SystemDisk;
    assert!(!disk.list(&folder.join("tile/0")).unwrap().is_empty());
}
