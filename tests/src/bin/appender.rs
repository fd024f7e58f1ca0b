//! Appends to an audit log as fast as it can, and prints how many entries are durable. The test
//! `killed_processes_lose_nothing_they_acknowledged` kills this process.
//!
//! Usage: `appender FOLDER`, the folder of a log that [`numbered::signer`] signs.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::PathBuf;
use std::sync::Arc;

use bailiwick_conformance::numbered;
use bailiwick_host::audit::{AuditLog, Mark, SystemDisk};

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let disk = Arc::new(SystemDisk);
    let log = AuditLog::open_with(&folder, disk, numbered::signer(), 1, numbered::SEGMENT_BYTES).unwrap();
    for number in 0.. {
        log.append(&numbered::entry(number)).unwrap();
        if number % 5 == 0 {
            let Mark { size, root } = log.commit().unwrap();
            println!("durable {size} {root}");
        }
        if number % 200 == 199 {
            log.checkpoint().unwrap();
        }
    }
}
