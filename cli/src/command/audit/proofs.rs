//! Proofs: made, checked, sent to a witness.

use std::path::Path;
use std::process::ExitCode;

use bailiwick_host::Host;
use bailiwick_host::audit::Growth;
use bailiwick_host::files;
use bailiwick_host::tlog::{Checkpoint, Note, ProofFile};
use serde_json::json;

use super::{key_of, keys_of};
use crate::failure::Failure;
use crate::home::Home;
use crate::output;

/// The longest proof or checkpoint that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("cannot read {}: {error}", path.display()));
    files::read(path, FILE_BYTES_MAX).map_err(failed)
}

/// Reads a checkpoint.
pub(crate) fn note(path: &Path) -> Result<Note, Failure> {
    Note::parse(&read(path)?)
        .map_err(|error| Failure::refused("bad_checkpoint", format!("{}: {error}", path.display())))
}

/// Writes a proof or a checkpoint where it was asked for.
pub(crate) fn write(out: Option<&Path>, text: &str, json: bool, what: &str) -> Result<ExitCode, Failure> {
    if let Some(path) = out {
        files::write(path, text.as_bytes())
            .map_err(|error| Failure::host(format!("cannot write {}: {error}", path.display())))?;
    }
    match (json, out) {
        (true, _) => outln!("{}", json!({ what: text, "file": out })),
        (false, Some(path)) => outln!("{}", path.display()),
        (false, None) => output::text(text),
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks a proof of an entry.
pub(crate) fn check(
    home: &Home,
    path: &Path,
    key: Option<&str>,
    witnesses: &[String],
    json: bool,
) -> Result<ExitCode, Failure> {
    let refused = |message: String| Failure::refused("bad_proof", message);
    let proof = ProofFile::parse(&read(path)?).map_err(|error| refused(error.to_string()))?;
    let keys = match key {
        Some(key) => vec![key_of(key)?],
        None => home.open()?.log_keys()?,
    };
    let entry =
        proof.extra.as_deref().ok_or_else(|| refused("the proof does not carry its entry".to_owned()))?;
    let mut verdict = Err(refused("the log has no key".to_owned()));
    for key in &keys {
        verdict = proof.verify(entry, key).map_err(|error| refused(error.to_string()));
        if verdict.is_ok() {
            break;
        }
    }
    let checkpoint = verdict?;
    for witness in keys_of(witnesses)? {
        witness.verify(&proof.checkpoint).map_err(|error| refused(format!("the checkpoint has {error}")))?;
    }
    let entry = String::from_utf8_lossy(entry);
    if json {
        // The entry of another log may be no JSON: then it is told as a text.
        let entry: serde_json::Value =
            serde_json::from_str(&entry).unwrap_or_else(|_| entry.into_owned().into());
        outln!(
            "{}",
            json!({ "holds": true, "index": proof.index, "origin": checkpoint.origin, "size": checkpoint.size, "entry": entry })
        );
    } else {
        outln!(
            "The proof holds: entry {} of {}, in the checkpoint of {} entries",
            proof.index,
            checkpoint.origin,
            checkpoint.size
        );
        outln!("{entry}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Proves growth since an older checkpoint.
pub(crate) fn consistency(host: &Host, old: &str, new: Option<u64>) -> Result<Growth, Failure> {
    if let Ok(old) = old.parse() {
        return Ok(host.prove_growth(old, new)?);
    }
    let note = note(Path::new(old))?;
    let older = Checkpoint::parse(&note.text)
        .map_err(|error| Failure::refused("bad_checkpoint", format!("{old}: {error}")))?;
    let growth = host.prove_growth(older.size, new)?;
    let keys = host.log_keys()?;
    let mut verdicts = keys.iter().rev().map(|key| growth.verify(key, older.root));
    match verdicts.next() {
        Some(Err(first)) if verdicts.all(|verdict| verdict.is_err()) => Err(first.into()),
        _ => Ok(growth),
    }
}

/// Cosigns.
pub(crate) fn witness(host: &Host, request: &Path, key: Option<&str>) -> Result<Note, Failure> {
    let request = Growth::parse(&read(request)?)?;
    let key = key.map(key_of).transpose()?;
    Ok(host.witness(&request, key.as_ref())?)
}
