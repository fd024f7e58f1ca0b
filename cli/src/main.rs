//! The command: a thin layer over `bailiwick-host`.

#[macro_use]
mod output;

mod arguments;
mod command;
mod failure;
mod home;
mod pen;
mod progress;
mod samples;
mod show;
mod trace;

use std::process::ExitCode;

use bailiwick_host::printable;
use clap::Parser;

use arguments::{Arguments, Command, Ledger};
use failure::Failure;
use home::Home;

fn main() -> ExitCode {
    // First of all: a child that was started to compile a plugin does only that.
    bailiwick_host::engine::serve_compiler_if_asked();
    let (arguments, home_is_told) = Arguments::of_this_process().unwrap_or_else(|error| wrong_usage(&error));
    let json = arguments.json;
    let done = match trace::begin(&arguments) {
        Ok(sending) => {
            let done = run(arguments, home_is_told);
            sending.end();
            done
        }
        Err(failure) => Err(failure),
    };
    match done.and_then(|code| output::finish().map(|()| code)) {
        Ok(code) => code,
        Err(failure) => {
            failure.print(json);
            failure.exit_code()
        }
    }
}

/// Help, or an error in the arguments. The message repeats the arguments, so characters that a screen would obey are
/// escaped.
fn wrong_usage(error: &clap::Error) -> ! {
    let arguments = std::env::args_os().map(|it| printable(&it.to_string_lossy()).into_owned());
    match Arguments::try_parse_from(arguments) {
        Err(error) => error.exit(),
        Ok(_) => {
            errln!("{error}");
            std::process::exit(error.exit_code())
        }
    }
}

fn run(arguments: Arguments, home_is_told: bool) -> Result<ExitCode, Failure> {
    let Arguments { home, operator, plugin_log, json, command, .. } = arguments;
    let home = Home::new(home, operator, plugin_log);
    match command {
        Command::Init { folder, samples, plugins, origin } => {
            let folder = home.or_told(folder, home_is_told)?;
            command::init::run(&folder, samples, plugins, origin, json)
        }
        Command::Exchange(exchange) => command::exchange::run(&home, exchange, json),
        Command::Accounts { engagement, state } => {
            command::accounts::list(&home, &engagement, state.as_deref(), json)
        }
        Command::Account { engagement, account } => {
            command::accounts::one(&home, &engagement, &account, json)
        }
        Command::Tick { engagements, at } => command::tick::run(&home, engagements, at, json),
        Command::Status => command::status::run(&home, json),
        Command::Exceptions { engagement, all, candidates } => {
            command::exceptions::list(&home, &engagement, (all, candidates), json)
        }
        Command::Waiting { engagement } => command::waiting::list(&home, &engagement, json),
        Command::Disputes { engagement, overdue, all, at } => {
            command::disputes::list(&home, &engagement, overdue, all, at, json)
        }
        Command::Remit { engagement, from, to, identifier, at } => {
            command::remit::remit(&home, &engagement, identifier.as_deref(), (from, to), at, json)
        }
        Command::Reconcile { engagement, from, to, batch } => {
            command::remit::reconcile(&home, &engagement, (from, to), batch.as_deref(), json)
        }
        Command::Decide { engagement, number, decision, account, payment, at } => {
            let named = (account.as_deref(), payment.as_deref());
            command::exceptions::decide(&home, &engagement, number, (decision, named), at, json)
        }
        Command::Erase { engagement, account, due: _, at } => {
            command::erase::run(&home, &engagement, account.as_deref(), at, json)
        }
        Command::Engagement(engagement) => command::engagement::run(&home, engagement, json),
        Command::Plugin(plugin) => command::plugin::run(&home, plugin, json),
        Command::Audit(audit) => command::audit::run(&home, audit, json),
        Command::Ledger(Ledger::Check { full }) => command::ledger::check(&home, full, json),
        #[cfg(feature = "metrics")]
        Command::Metrics { out, listen } => command::metrics::run(&home, out.as_deref(), listen, json),
        Command::Demo { keep, plugins } => command::demo::run(keep.as_deref(), plugins, plugin_log, json),
    }
}
