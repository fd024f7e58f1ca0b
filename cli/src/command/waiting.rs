//! `bailiwick waiting`

use std::process::ExitCode;

use crate::failure::Failure;
use crate::home::Home;
use crate::show::{List, money};

pub(crate) fn list(home: &Home, engagement: &str, json: bool) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let waiting = host.acting_as(home.operator()).waiting(engagement)?;
    let head = &["NUMBER", "DOCUMENT", "WAITS FOR", "DAY", "AMOUNT", "SINCE", "FILE:LINE", "WHY"];
    List::new(json, head).items(waiting, |it| {
        vec![
            it.number.to_string(),
            [Some(it.kind), it.identifier].into_iter().flatten().collect::<Vec<_>>().join(" "),
            it.awaits.join(", "),
            it.on.unwrap_or_default(),
            it.minor.map(|minor| money(minor, &it.currency)).unwrap_or_default(),
            it.since,
            format!("{}{}", it.file, it.line.map(|line| format!(":{line}")).unwrap_or_default()),
            it.why.unwrap_or_default(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}
