//! `bailiwick audit replay`

use std::path::Path;
use std::process::ExitCode;

use bailiwick_host::replay::{Comparison, Recording, ReplayOptions, Replayed, Which};
use serde_json::json;

use crate::command::cases;
use crate::failure::{Failure, REFUSED};
use crate::output;

pub(crate) fn run(
    recording: &Recording,
    entry: Option<u64>,
    file: Option<String>,
    against: Option<&Path>,
    values: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let which = match (entry, file) {
        (Some(entry), _) => Which::Entry(entry),
        (None, Some(sha256)) => Which::File(sha256),
        (None, None) => Which::All,
    };
    let mut replay = recording.replay(&which, &ReplayOptions { against })?;
    for replayed in &mut replay {
        let mut replayed = replayed?;
        if !values {
            hide(&mut replayed);
        }
        match json {
            true => output::json(&replayed),
            false => show(&replayed),
        }
    }
    let summary = replay.summary();
    match json {
        true => outln!("{}", json!({ "summary": summary })),
        false => outln!(
            "{} calls the same, {} different, {} not run",
            summary.same,
            summary.different,
            summary.not_run
        ),
    }
    Ok(if summary.different > 0 { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
}

/// Writes the session of an entry as a case.
pub(crate) fn case(recording: &Recording, entry: u64, path: &Path, json: bool) -> Result<ExitCode, Failure> {
    let case = recording.case(entry)?;
    cases::write(path, &case)?;
    match json {
        true => outln!("{}", json!({ "case": path, "calls": case.calls.len() })),
        false => {
            outln!("{}: {} calls of {} {}", path.display(), case.calls.len(), case.plugin, case.version)
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Values inside documents may be personal; outcomes, sizes and fuel are not.
fn hide(replayed: &mut Replayed) {
    if let Comparison::Different { differences } = &mut replayed.comparison {
        for difference in differences.iter_mut().filter(|difference| difference.document.is_some()) {
            let hidden = |value: &mut Option<String>| {
                if let Some(value) = value {
                    "(hidden; --values shows it)".clone_into(value);
                }
            };
            hidden(&mut difference.recorded);
            hidden(&mut difference.now);
        }
    }
}

fn show(replayed: &Replayed) {
    let Replayed { seq, plugin, version, function, comparison, .. } = replayed;
    let said = match comparison {
        // Calls without a difference are only counted.
        Comparison::Same => return,
        Comparison::Different { .. } => "different".to_owned(),
        Comparison::Erased { bytes } => format!("{bytes} bytes of it belonged to somebody who was erased"),
        Comparison::NotKept { what } => format!("not kept: {what}"),
        Comparison::NotRepeatable => "ended by the clock, the load or the caller".to_owned(),
        Comparison::AfterAnother => "comes after a call that could not run".to_owned(),
        _ => "compared in a way that this command does not know".to_owned(),
    };
    outln!("entry {seq}  {plugin} {version}  {function}: {said}");
    if let Comparison::Different { differences } = comparison {
        for it in differences {
            let document = it.document.map(|number| format!("document {number} ")).unwrap_or_default();
            outln!(
                "  {document}{}: recorded {}, now {}",
                it.at,
                it.recorded.as_deref().unwrap_or("nothing"),
                it.now.as_deref().unwrap_or("nothing")
            );
        }
    }
}
