//! `bailiwick audit settle`

use std::process::ExitCode;

use bailiwick_host::ActingHost;

use crate::failure::Failure;
use crate::output;

pub(crate) fn run(acting: &ActingHost<'_>, json: bool) -> Result<ExitCode, Failure> {
    let settled = acting.settle_audit()?;
    if json {
        output::json(&settled);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("Settled: the home goes on as it is, and the log says so");
    outln!("  {}", settled.why);
    let head = settled.head.map_or_else(|| "none".to_owned(), |head| head.to_string());
    outln!("  entries of the log {}, of the book's mark {}, of the head {head}", settled.log, settled.book);
    outln!("  {} acts are in the log and not in the book: exchange their files again", settled.acts);
    if settled.checkpoints > 0 {
        outln!("  {} checkpoints are not of this log: they end in .settled now", settled.checkpoints);
    }
    if !acting.host().sinks()?.is_empty() {
        outln!(
            "  a sink that has seen what is not in this log refuses it (`sink_forked`): leave its copy as evidence, and give"
        );
        outln!("  the log a new place in `sinks`");
    }
    Ok(ExitCode::SUCCESS)
}
