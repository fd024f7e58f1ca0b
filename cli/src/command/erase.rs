//! `bailiwick erase`

use std::process::ExitCode;

use crate::failure::Failure;
use crate::home::Home;
use crate::output;

pub(crate) fn run(
    home: &Home,
    engagement: &str,
    account: Option<&str>,
    at: Option<jiff::Timestamp>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let host = host.acting_as(home.operator());
    let at = at.unwrap_or_else(jiff::Timestamp::now);
    let Some(account) = account else {
        for due in host.due_for_erasure(engagement, at)? {
            let due = due?;
            match json {
                true => output::json(&due),
                false => outln!("{}  since {}", due.account, due.since),
            }
            if output::is_over() {
                break;
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    let erased = host.erase(engagement, account, at)?;
    match json {
        true => output::json(&erased),
        false => outln!("Erased: {} accounts of one person ({})", erased.accounts, erased.rule),
    }
    Ok(ExitCode::SUCCESS)
}
