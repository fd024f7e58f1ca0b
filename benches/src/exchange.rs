//! The whole exchange of a placement file: decode, schema, totals, book, audit, answers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use bailiwick_bench::{Kind, components};
use bailiwick_host::{ActOptions, Host, InitOptions, Operator, Source};
use sha2::{Digest, Sha256};

pub(crate) fn run(sizes: &[u64], kinds: &[Kind]) {
    println!("kind          accounts   file MB   accounts/s   x sha256   peak MB   home MB");
    for kind in kinds {
        for accounts in sizes {
            let folder = tempfile::tempdir().expect("a folder");
            let home = folder.path().join("home");
            let host = Host::init(
                &home,
                &InitOptions { samples: Some(components().into()), ..InitOptions::default() },
            )
            .expect("a home");
            kind.agree_on(&home);
            // The plugins are compiled before the clock runs, as in any home that has been used once.
            host.engagement(kind.engagement()).expect("an engagement");
            drop(host);
            let file = folder.path().join(kind.file_name());
            kind.write_file(&file, *accounts);
            let bytes = std::fs::metadata(&file).expect("the file").len();
            let digest = digest_seconds(&file);
            let ran = Command::new(std::env::current_exe().expect("this program"))
                .arg("one")
                .args([home.as_os_str(), kind.engagement().as_ref(), file.as_os_str()])
                .output()
                .expect("this program runs");
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            let told: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
            assert_eq!(told["accepted"], *accounts);
            let seconds = told["seconds"].as_f64().expect("seconds");
            println!(
                "{:<12} {accounts:>9} {:9.1} {:12.0} {:10.1} {:9.0} {:9.0}",
                kind.name(),
                bytes as f64 / 1e6,
                *accounts as f64 / seconds,
                seconds / digest,
                told["peak_kib"].as_f64().unwrap_or_default() / 1024.0 * 1.048_576,
                size(&home) as f64 / 1e6,
            );
        }
    }
}

/// One exchange. Prints how long it took, and the peak memory of the process.
pub(crate) fn one(home: &Path, engagement: &str, file: PathBuf) {
    let host = Host::open(home).expect("a home");
    let begun = Instant::now();
    let acting = host.acting_as(Operator::unnamed());
    // The day of the files: by today's clock the terms of their accounts may be over.
    let options = ActOptions::new().at("2026-07-01T12:00:00Z".parse().expect("an instant"));
    let report = acting.exchange(engagement, Source::Path(file), options).expect("an exchange");
    let seconds = begun.elapsed().as_secs_f64();
    let told = serde_json::json!({ "accepted": report.accepted, "seconds": seconds, "peak_kib": peak_kib() });
    println!("{told}");
}

/// The peak resident memory of this process, as Linux reports it; 0 on other systems.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default()
}

/// The time of `sha256sum` on the file. Without that program, the time of the same digest in this process.
fn digest_seconds(file: &Path) -> f64 {
    let times = (0..3).map(|_| {
        let begun = Instant::now();
        let ran = Command::new("sha256sum").arg(file).output();
        if !ran.is_ok_and(|ran| ran.status.success()) {
            std::hint::black_box(Sha256::digest(std::fs::read(file).expect("the file")));
        }
        begun.elapsed().as_secs_f64()
    });
    times.fold(f64::MAX, f64::min)
}

fn size(folder: &Path) -> u64 {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| {
            if entry.path().is_dir() { size(&entry.path()) } else { entry.metadata().map_or(0, |m| m.len()) }
        })
        .sum()
}
