//! `bailiwick tick`

use std::path::Path;
use std::process::ExitCode;

use bailiwick_host::Host;
use bailiwick_host::engine::CancelToken;

use crate::failure::Failure;

pub(crate) fn run(
    home: &Path,
    engagements: Vec<String>,
    at: Option<jiff::Timestamp>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let host = Host::open(home)?;
    let engagements = if engagements.is_empty() { host.engagements() } else { engagements };
    // A wrong name is told before anything is done.
    for engagement in &engagements {
        host.engagement(engagement)?;
    }
    let at = at.unwrap_or_else(jiff::Timestamp::now);
    for engagement in &engagements {
        let report = host.tick(engagement, at, &CancelToken::default())?;
        if json {
            println!("{}", serde_json::to_string(&report).unwrap_or_default());
            continue;
        }
        let moves: Vec<String> = report.moves.iter().map(|(by, count)| format!("{count} {by}")).collect();
        let moves = if moves.is_empty() { "nothing was due".to_owned() } else { moves.join(", ") };
        println!("{engagement} on {}: {moves}", report.today);
        for answer in &report.answers {
            println!("  wrote {answer}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
