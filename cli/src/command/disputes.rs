//! `bailiwick disputes`

use std::process::ExitCode;

use bailiwick_host::book::Which;

use crate::failure::Failure;
use crate::home::Home;
use crate::show::List;

pub(crate) fn list(
    home: &Home,
    engagement: &str,
    overdue: bool,
    all: bool,
    at: Option<jiff::Timestamp>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let which = match (overdue, all) {
        (true, _) => Which::Overdue,
        (_, true) => Which::All,
        _ => Which::Open,
    };
    let head = &["REPLY BY", "WHO", "WHAT", "NUMBER", "ACCOUNT", "STAGE", "RECEIVED", "OUTCOME"];
    let at = at.unwrap_or_else(jiff::Timestamp::now);
    let disputes = home.open()?.acting_as(home.operator()).disputes(engagement, which, at)?;
    List::new(json, head).items(disputes, |it| {
        let late = if it.overdue { " (overdue)" } else { "" };
        vec![
            format!("{}{late}", it.answer_by),
            it.level,
            it.kind,
            it.identifier,
            it.account,
            it.stage.to_string(),
            it.received_on,
            it.outcome.unwrap_or_default(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}
