//! How long a start takes.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use bailiwick_bench::components;
use bailiwick_host::{Host, InitOptions};

/// How often each is tried. The median counts.
const ROUNDS: usize = 51;

pub(crate) fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    let host =
        Host::init(&home, &InitOptions { samples: Some(components().into()), ..InitOptions::default() })
            .expect("a home");
    let names = ["aim", "cn-case-table", "agency-csv", "iso20022"];
    for name in names {
        host.plugins().get(name).expect("a plugin");
    }
    drop(host);
    println!("open a home           {:7.2} ms", median(|| drop(Host::open(&home).expect("a home"))));
    for name in names {
        let time = {
            let mut times: Vec<f64> = (0..ROUNDS)
                .map(|_| {
                    let host = Host::open(&home).expect("a home");
                    let begun = Instant::now();
                    host.plugins().get(name).expect("a plugin");
                    begun.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        };
        println!("{name:<14} cached {time:7.2} ms   (under 5 is asked for)");
    }
    let program = std::env::current_exe()
        .ok()
        .map(|path| path.with_file_name("bailiwick"))
        .filter(|path| path.is_file());
    let Some(program) = program else {
        println!("bailiwick is not built beside this program: no figure for --version");
        return;
    };
    println!("bailiwick --version   {:7.2} ms   (under 10 is asked for)", median(|| version(&program)));
}

fn version(program: &PathBuf) {
    assert!(Command::new(program).arg("--version").output().expect("the command").status.success());
}

fn median(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}
