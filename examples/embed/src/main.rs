//! The host inside another program: open a home, exchange a file from memory, read the book.
//!
//! `cargo run --package embed -- HOME ENGAGEMENT < FILE`
#![allow(clippy::print_stdout)]

use std::io::Read;

use bailiwick_host::book::Filter;
use bailiwick_host::{ActOptions, Host, Operator, Source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Plugins are compiled in child processes of this program, within limits.
    bailiwick_host::engine::serve_compiler_if_asked();
    let mut arguments = std::env::args().skip(1);
    let (Some(home), Some(engagement)) = (arguments.next(), arguments.next()) else {
        return Err("usage: embed HOME ENGAGEMENT < FILE".into());
    };
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;

    let host = Host::open(home)?;
    let source = Source::Bytes { name: "from-memory.txt".to_owned(), bytes: bytes.into() };
    // Who asks: the audit log has the name as a keyed hash.
    let acting = host.acting_as(Operator::named("embed"));
    let report = acting.exchange(&engagement, source, ActOptions::new())?;
    println!("{} accounts taken, {} refused", report.accepted, report.rejected);
    let mut owed = 0;
    // That somebody lists the accounts is in the audit log before the first row.
    for account in acting.accounts(&engagement, &Filter::default())? {
        owed += account?.balance;
    }
    println!("{owed} minor units are owed");
    Ok(())
}
