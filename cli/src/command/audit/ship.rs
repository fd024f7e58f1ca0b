//! `bailiwick audit ship`

use std::process::ExitCode;

use bailiwick_host::Host;
use serde_json::json;

use crate::failure::{FAILED, Failure};

pub(crate) fn run(host: &Host, json: bool) -> Result<ExitCode, Failure> {
    if host.sinks()?.is_empty() {
        let message = "no sink is configured; add one to [audit] of bailiwick.toml, such as sinks = [\"folder:/mnt/audit\"]";
        return Err(Failure::usage(message));
    }
    let (size, shipped) = host.ship()?;
    let mut code = ExitCode::SUCCESS;
    if !json {
        outln!("The published checkpoint has {size} entries");
    }
    for it in shipped {
        match (it.outcome, json) {
            (Ok((had, has)), true) => outln!("{}", json!({ "sink": it.sink, "had": had, "has": has })),
            (Ok((had, has)), false) => outln!("  {}: had {had}, has {has}", it.sink),
            (Err(error), json) => {
                code = ExitCode::from(FAILED);
                let failure = Failure::from(error);
                match json {
                    true => outln!(
                        "{}",
                        json!({ "sink": it.sink, "error": { "code": failure.code(), "message": failure.message() } })
                    ),
                    false => outln!("  {}: {} [{}]", it.sink, failure.message(), failure.code()),
                }
            }
        }
    }
    Ok(code)
}
