//! `bailiwick audit verify`

use std::path::PathBuf;
use std::process::ExitCode;

use bailiwick_host::audit::{Expected, Verified};

use super::{keys_of, proofs};
use crate::failure::Failure;

/// What the log is held against.
pub(crate) fn expected(
    keys: &[String],
    checkpoints: &[PathBuf],
    witnesses: &[String],
) -> Result<Expected, Failure> {
    let checkpoints = checkpoints.iter().map(|path| proofs::note(path)).collect::<Result<_, _>>()?;
    Ok(Expected { keys: keys_of(keys)?, checkpoints, witnesses: keys_of(witnesses)?, mark: None })
}

pub(crate) fn show(verified: &Verified, json: bool) -> Result<ExitCode, Failure> {
    if json {
        println!("{}", serde_json::to_string(verified).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    println!("The audit log is whole: {} entries", verified.mark.size);
    for (kind, count) in &verified.kinds {
        println!("  {count:>9}  {kind}");
    }
    println!("  {} calls ended in a fault", verified.faults);
    println!("  root {}", verified.mark.root);
    println!(
        "  {} signed heads agree, {} cosignatures; published up to entry {}",
        verified.checkpoints, verified.cosignatures, verified.published
    );
    if verified.torn_bytes > 0 {
        println!(
            "  {} bytes at the end are no whole entry: a writer was stopped, or writes now",
            verified.torn_bytes
        );
    }
    Ok(ExitCode::SUCCESS)
}
