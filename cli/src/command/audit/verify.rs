//! `bailiwick audit verify`

use std::path::PathBuf;
use std::process::ExitCode;

use bailiwick_host::Host;
use bailiwick_host::audit::{Expected, Outside, Verified};

use super::{keys_of, proofs};
use crate::failure::Failure;
use crate::output;

/// Keys and checkpoints that the log is checked against.
pub(crate) fn expected(
    keys: &[String],
    checkpoints: &[PathBuf],
    witnesses: &[String],
) -> Result<Expected, Failure> {
    let checkpoints = checkpoints.iter().map(|path| proofs::note(path)).collect::<Result<_, _>>()?;
    Ok(Expected { keys: keys_of(keys)?, checkpoints, witnesses: keys_of(witnesses)?, ..Expected::default() })
}

pub(crate) fn show(verified: &Verified, json: bool) -> Result<ExitCode, Failure> {
    if json {
        output::json(verified);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("The audit log is whole: {} entries", verified.mark.size);
    for (kind, count) in &verified.kinds {
        outln!("  {count:>9}  {kind}");
    }
    outln!("  {} calls ended in a fault", verified.faults);
    outln!("  root {}", verified.mark.root);
    outln!(
        "  {} signed heads agree, {} cosignatures; published up to entry {}",
        verified.checkpoints,
        verified.cosignatures,
        verified.published
    );
    if verified.torn_bytes > 0 {
        outln!(
            "  {} bytes at the end are no whole entry: a writer was stopped, or writes now",
            verified.torn_bytes
        );
    }
    show_outside(&verified.outside);
    Ok(ExitCode::SUCCESS)
}

/// A rollback of entries that nobody outside has seen would not be found.
pub(crate) fn show_outside(outside: &Outside) {
    match outside.since {
        None => outln!("  somebody outside has seen all of it"),
        Some(since) => outln!(
            "  nobody outside has seen the {} entries from {} on, made since {since}: `audit ship`, heads = \"act\" or a witness \
             shows them",
            outside.unseen,
            outside.seen
        ),
    }
    for taken in &outside.sinks {
        let entries = taken.newest.as_ref().map_or(0, |newest| newest.size);
        outln!("  {} has seen {entries} entries", taken.sink);
        if let Some(error) = &taken.error {
            outln!("    it failed {} times since: {error}", taken.failures);
        }
    }
}

/// Checks a copy.
pub(crate) fn copy(
    host: &Host,
    sink: &str,
    keys: &[String],
    checkpoints: &[PathBuf],
    json: bool,
) -> Result<ExitCode, Failure> {
    let checkpoints = checkpoints.iter().map(|path| proofs::note(path)).collect::<Result<_, _>>()?;
    let expected = Expected { keys: keys_of(keys)?, checkpoints, ..Expected::default() };
    let mut sink = host.open_sink(&host.sink(sink)?)?;
    let checked = host.verify_sink(&mut *sink, &expected)?;
    if json {
        output::json(&checked);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("The copy {} is whole and the log's: {} entries", checked.sink, checked.mark.size);
    outln!("  root {}", checked.mark.root);
    outln!("  {} signed heads agree", checked.heads);
    if let Some(head) = &checked.head {
        outln!("  it has seen the log of {} entries", head.size);
    }
    Ok(ExitCode::SUCCESS)
}
