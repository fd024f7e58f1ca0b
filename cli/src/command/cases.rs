//! Recorded cases: written as files, run against a component.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_host::engine::Limits;
use bailiwick_host::files;
use bailiwick_host::plugin::Loaded;
use bailiwick_host::replay::Case;
use serde_json::json;

use crate::failure::{Failure, REFUSED};

/// The most bytes of a recorded case.
const CASE_BYTES_MAX: u64 = 1 << 30;

/// Writes a case.
pub(crate) fn write(path: &Path, case: &Case) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(case).map_err(|error| Failure::host(error.to_string()))?;
    text.push('\n');
    files::write(path, text.as_bytes())
        .map_err(|error| Failure::host(format!("cannot write {}: {error}", path.display())))
}

/// `bailiwick plugin check`
pub(crate) fn check(file: &Path, cases: &[PathBuf], json: bool) -> Result<ExitCode, Failure> {
    let engine = super::plugin::engine()?;
    let loaded = Loaded::load(file, &engine, None, Limits::production())?;
    let mut code = ExitCode::SUCCESS;
    for path in cases {
        let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
        let text = files::read(path, CASE_BYTES_MAX).map_err(|error| wrong(error.to_string()))?;
        let case: Case = serde_json::from_slice(&text).map_err(|error| wrong(format!("no case: {error}")))?;
        if case.plugin != loaded.manifest.name {
            return Err(wrong(format!("it is a case of {}, not of {}", case.plugin, loaded.manifest.name)));
        }
        let differences = case.check(&loaded).map_err(wrong)?;
        if !differences.is_empty() {
            code = ExitCode::from(REFUSED);
        }
        if json {
            let found: Vec<_> =
                differences.iter().map(|(call, it)| json!({ "call": call, "difference": it })).collect();
            outln!("{}", json!({ "case": path, "calls": case.calls.len(), "differences": found }));
            continue;
        }
        match differences.len() {
            0 => outln!("{}: {} calls, the same", path.display(), case.calls.len()),
            many => outln!("{}: {many} differences", path.display()),
        }
        for (call, it) in differences {
            let document = it.document.map(|number| format!(" document {number}")).unwrap_or_default();
            outln!("  call {call}{document} {}", it.at);
            outln!("    recorded {}", it.recorded.as_deref().unwrap_or("nothing"));
            outln!("    now      {}", it.now.as_deref().unwrap_or("nothing"));
        }
    }
    Ok(code)
}
