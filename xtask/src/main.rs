//! Project tasks. `cargo xtask --help` lists them.
#![allow(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod compile;
mod plugins;
mod program;
mod schemas;
mod steps;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use watch::Screen;

#[derive(Parser)]
#[command(
    about = "Tasks of the project: build, plugins, demo, test, bench, schemas, ci",
    max_term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the plugins and the command `bailiwick`, which carries them.
    Build {
        /// With optimisation, as for users.
        #[arg(long)]
        release: bool,
        /// Arguments for `cargo build`, such as `--features metrics`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Builds the reference plugins and the faulty plugins of the tests into target/plugins.
    Plugins {
        /// Fetch nothing: neither the wasm standard library nor crates.
        #[arg(long)]
        offline: bool,
    },
    /// Builds the plugins and plays the sample month.
    Demo {
        /// Arguments for `bailiwick demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Builds the plugins and runs every test.
    Test {
        /// Arguments for the test runner; the tests in documentation run without them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Builds everything with optimisation and measures it: calls, codecs, exchanges, starts.
    Bench {
        /// Measures only this: `call`, or `codec`, `exchange`, `book`, `reads`, `audit` or `start` with their options. `extism`
        /// is `call` with the same work through Extism beside it, which takes a long build the first time.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Stops the audit log at random moments, many times, by a failing disk and by kill -9, and checks that
    /// no acknowledged entry was lost.
    Campaign {
        /// How many rounds.
        #[arg(long, default_value_t = 2_000)]
        rounds: u64,
    },
    /// Writes the JSON Schemas of the documents and of the audit log to schemas/v1.
    Schemas {
        /// Compare with the committed schemas instead, and fail if they differ.
        #[arg(long)]
        check: bool,
    },
    /// Runs everything that must pass before a change lands: formatting, lints, documentation, schemas,
    /// tests.
    Ci,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Build { release, rest } => program::run(release, &rest),
        Task::Plugins { offline } => plugins::build(&Screen::new(), offline),
        Task::Demo { rest } => steps::demo(&rest),
        Task::Test { rest } => steps::test(&rest),
        Task::Bench { rest } => steps::bench(&rest),
        Task::Campaign { rounds } => steps::campaign(rounds),
        Task::Schemas { check } => schemas::run(check),
        Task::Ci => steps::ci(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
