//! Measurements that take a whole file or a whole process. `cargo xtask bench` builds everything
//! and runs them; each prints ratios of things measured in the same run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(clippy::float_arithmetic)]

mod audit;
mod book;
mod call;
mod codec;
mod exchange;
mod reads;
mod start;

use bailiwick_bench::Kind;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measurements of Bailiwick, as ratios in one run", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// One call: one kilobyte in, one out, a fresh store, against the same function run natively.
    Call,
    /// Decoding and encoding a large file in the sandbox, against the same code run natively.
    Codec {
        /// The size of the file.
        #[arg(long, default_value_t = 100)]
        megabytes: u64,
    },
    /// The whole exchange of placement files: accounts a second, peak memory, multiples of a digest.
    Exchange {
        /// How many accounts; several sizes show whether memory grows with the file.
        #[arg(long, num_args = 1.., default_values_t = [100_000, 1_000_000])]
        accounts: Vec<u64>,
        /// Which files.
        #[arg(long, value_enum, num_args = 1.., default_values_t = [Kind::Aim, Kind::AimCompact, Kind::CnCases])]
        kind: Vec<Kind>,
    },
    /// Over a million ledger postings, and lifecycle events, through the book: how many a second, and how
    /// many bytes of the book each takes.
    Book,
    /// The audit log: appending from several callers until durable, verifying, proving.
    Audit {
        /// How many entries.
        #[arg(long, default_value_t = 1_000_000)]
        entries: u64,
    },
    /// A thousand audited reads of an account on a home that stays open: the last against the first.
    Reads {
        /// How many accounts the home has.
        #[arg(long, default_value_t = 100_000)]
        accounts: u64,
        /// How many entries the log has before.
        #[arg(long, default_value_t = 1_000_000)]
        entries: u64,
    },
    /// Opening a home and taking a plugin from the cache; starting the command.
    Start,
    /// Writes a placement file, for `paired.sh`.
    File {
        /// Which file.
        #[arg(value_enum)]
        kind: Kind,
        /// How many accounts.
        accounts: u64,
        /// Where to.
        path: std::path::PathBuf,
    },
    /// One exchange in this process, for `exchange`.
    #[command(hide = true)]
    One { home: std::path::PathBuf, engagement: String, file: std::path::PathBuf },
}

fn main() {
    bailiwick_host::engine::serve_compiler_if_asked();
    match Arguments::parse().what {
        What::Audit { entries } => audit::run(entries),
        What::Book => book::run(),
        What::Call => call::run(),
        What::Codec { megabytes } => codec::run(megabytes),
        What::Exchange { accounts, kind } => exchange::run(&accounts, &kind),
        What::File { kind, accounts, path } => kind.write_file(&path, accounts),
        What::Reads { accounts, entries } => reads::run(accounts, entries),
        What::Start => start::run(),
        What::One { home, engagement, file } => exchange::one(&home, &engagement, file),
    }
}
