//! `bailiwick status`

use std::process::ExitCode;

use bailiwick_host::book::{Missing, SuspenseCount};

use super::audit::verify::show_outside;
use crate::failure::{Failure, REFUSED};
use crate::home::Home;
use crate::output;
use crate::show::money;

pub(crate) fn run(home: &Home, json: bool) -> Result<ExitCode, Failure> {
    let status = home.open()?.status()?;
    if json {
        output::json(&status);
    } else {
        outln!("Commands that wait for the audit log  {}", status.commands_waiting);
        outln!("Files that are no command of this home {}", status.commands_refused.len());
        for name in &status.commands_refused {
            outln!("  audit/commands/refused/{name}  (look into it, then remove it)");
        }
        outln!("Answers that are held back            {}", status.held_back.len());
        for answer in &status.held_back {
            let waits =
                if answer.gone { String::new() } else { format!("  (it waits in {})", answer.staged) };
            outln!("  {}  {}{waits}", answer.path, answer.why);
        }
        let since = status
            .waiting
            .oldest
            .as_ref()
            .map(|day| format!("  (the oldest since {day}; `bailiwick waiting`)"));
        outln!("Documents that wait                   {}{}", status.waiting.count, since.unwrap_or_default());
        outln!(
            "Receipts in suspense                  {}{}",
            status.suspense.count,
            of_suspense(&status.suspense)
        );
        outln!("Engagements without a file            {}", status.missing.len());
        for missing in &status.missing {
            outln!("  {} [{}]", missing.message(), Missing::CODE);
        }
        outln!("Readable by others                    {}", status.readable.len());
        for path in &status.readable {
            outln!("  {path}  (the next write takes it from others, if this user owns it)");
        }
        if let Some(why) = &status.disagrees {
            outln!("The home refuses every write");
            outln!("  {why}");
        }
        outln!("The audit log");
        show_outside(&status.outside);
    }
    Ok(if status.is_well() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

/// The sums of the money in suspense, and since when the oldest is there.
fn of_suspense(it: &SuspenseCount) -> String {
    let Some(oldest) = &it.oldest else { return String::new() };
    let sums: Vec<String> = it.minor.iter().map(|(currency, minor)| money(*minor, currency)).collect();
    format!("  ({}; the oldest of {oldest}; `bailiwick exceptions`)", sums.join(", "))
}
