//! The command: a thin layer over `bailiwick-host`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod command;
mod failure;
mod show;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, Ledger};
use failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.trace {
        trace();
    }
    let json = arguments.json;
    match run(arguments) {
        Ok(code) => code,
        Err(failure) => {
            failure.print(json);
            failure.exit_code()
        }
    }
}

/// Spans as JSON, a line each when it ends, to standard error.
fn trace() {
    tracing_subscriber::fmt()
        .json()
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_max_level(tracing::Level::INFO)
        .with_writer(std::io::stderr)
        .init();
}

fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let Arguments { home, json, command, trace: _ } = arguments;
    match command {
        Command::Init { home: folder, samples, plugins, origin } => {
            command::init::run(&folder.unwrap_or(home), samples, plugins, origin, json)
        }
        Command::Exchange(exchange) => command::exchange::run(&home, exchange, json),
        Command::Accounts { engagement, state } => {
            command::accounts::list(&home, &engagement, state.as_deref(), json)
        }
        Command::Account { engagement, account } => {
            command::accounts::one(&home, &engagement, &account, json)
        }
        Command::Tick { engagements, at } => command::tick::run(&home, engagements, at, json),
        Command::Exceptions { engagement, all } => command::exceptions::list(&home, &engagement, all, json),
        Command::Disputes { engagement, overdue, all, at } => {
            command::disputes::list(&home, &engagement, overdue, all, at, json)
        }
        Command::Remit { engagement, from, to, identifier, at } => {
            command::remit::remit(&home, &engagement, identifier.as_deref(), (from, to), at, json)
        }
        Command::Reconcile { engagement, from, to, batch } => {
            command::remit::reconcile(&home, &engagement, (from, to), batch.as_deref(), json)
        }
        Command::Decide { engagement, number, verdict, at } => {
            command::exceptions::decide(&home, &engagement, number, verdict, at, json)
        }
        Command::Erase { engagement, account, due: _, at } => {
            command::erase::run(&home, &engagement, account.as_deref(), at, json)
        }
        Command::Plugin(plugin) => command::plugin::run(&home, plugin, json),
        Command::Audit(audit) => command::audit::run(&home, audit, json),
        Command::Ledger(Ledger::Check) => command::ledger::check(&home, json),
        Command::Demo { keep, plugins } => command::demo::run(keep.as_deref(), plugins, json),
    }
}
