//! `bailiwick audit repair`

use std::process::ExitCode;

use bailiwick_host::Host;

use super::keys_of;
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(host: &Host, from: &str, keys: &[String], json: bool) -> Result<ExitCode, Failure> {
    let mut sink = host.open_sink(&host.sink(from)?)?;
    let repaired = host.repair_audit(&mut *sink, &keys_of(keys)?)?;
    if json {
        output::json(&repaired);
        return Ok(ExitCode::SUCCESS);
    }
    let Some((first, last)) = repaired.entries else {
        outln!("Nothing was wrong: the log has its {} entries, as it signed them", repaired.size);
        return Ok(ExitCode::SUCCESS);
    };
    outln!(
        "The log is repaired from {}; what was wrong was about the entries {first} to {last}",
        repaired.from
    );
    outln!("  {} entries of the write-ahead log restored", repaired.restored);
    for file in &repaired.files {
        outln!("  {} restored", file.display());
    }
    if let Some(damaged) = &repaired.damaged {
        outln!("  the damaged segment is kept as {}", damaged.display());
    }
    Ok(ExitCode::SUCCESS)
}
