//! `bailiwick disputes`

use std::process::ExitCode;

use bailiwick_host::book::Which;

use crate::failure::Failure;
use crate::home::Home;
use crate::show::table;

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
    let mut rows = Vec::new();
    let at = at.unwrap_or_else(jiff::Timestamp::now);
    home.open_engagement("disputes", engagement)?.disputes(engagement, which, at, |it| {
        if json {
            println!("{}", serde_json::to_string(&it).unwrap_or_default());
            return;
        }
        let late = if it.overdue { " (overdue)" } else { "" };
        rows.push(vec![
            format!("{}{late}", it.answer_by),
            it.level,
            it.kind,
            it.identifier,
            it.account,
            it.stage.to_string(),
            it.received_on,
            it.outcome.unwrap_or_default(),
        ]);
    })?;
    if !json {
        table(&["ANSWER BY", "WHO", "WHAT", "NUMBER", "ACCOUNT", "STAGE", "RECEIVED", "OUTCOME"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}
