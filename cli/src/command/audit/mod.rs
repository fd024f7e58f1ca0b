//! `bailiwick audit`

mod export;
mod proofs;
mod repair;
mod replay;
mod settle;
mod ship;
mod show;
pub(super) mod verify;

use std::process::ExitCode;

use bailiwick_host::audit::verify_export;
use bailiwick_host::replay::Recording;
use bailiwick_host::tlog::VerifierKey;
use bailiwick_host::{HomeKey, Host};
use serde_json::json;

use crate::arguments::{Audit, HashClass, Rotated};
use crate::failure::Failure;
use crate::home::Home;

pub(crate) fn run(home: &Home, audit: Audit, json: bool) -> Result<ExitCode, Failure> {
    let host = || home.open();
    let operator = || home.operator();
    match audit {
        Audit::Show(asked) => show::run(&host()?.acting_as(operator()), asked, json),
        Audit::Verify { keys, checkpoints, sink: Some(sink), .. } => {
            verify::copy(&host()?, &sink, &keys, &checkpoints, json)
        }
        Audit::Verify { dir, keys, checkpoints, witnesses, sink: None } => {
            let expected = verify::expected(&keys, &checkpoints, &witnesses)?;
            verify::show(
                &match dir {
                    Some(dir) => verify_export(&dir, &expected)?,
                    None => host()?.verify_audit_against(expected)?,
                },
                json,
            )
        }
        Audit::Export(asked) => export::folder(&host()?.acting_as(operator()), asked, json),
        Audit::Report { from, to, by, out } => export::report(&host()?, (from, to), by.into(), &out, json),
        Audit::Ship => ship::run(&host()?, json),
        Audit::Repair { from, keys } => repair::run(&host()?, &from, &keys, json),
        Audit::Settle => settle::run(&host()?.acting_as(operator()), json),
        Audit::Checkpoint { out } => {
            let note = host()?.checkpoint()?.to_string();
            proofs::write(out.as_deref(), &note, json, "checkpoint")
        }
        Audit::Prove { entry, out } => {
            let proof = host()?.prove(entry)?.to_string();
            proofs::write(out.as_deref(), &proof, json, "proof")
        }
        Audit::Check { proof, key, witnesses } => {
            proofs::check(home, &proof, key.as_deref(), &witnesses, json)
        }
        Audit::Consistency { old, new, out } => {
            let proof = proofs::consistency(&host()?, &old, new)?;
            proofs::write(out.as_deref(), &proof.to_string(), json, "proof")
        }
        Audit::Witness { request, key, out } => {
            let note = proofs::witness(&host()?, &request, key.as_deref())?;
            proofs::write(out.as_deref(), &note.to_string(), json, "checkpoint")
        }
        Audit::Cosign { checkpoint, witness } => {
            let size = host()?.cosign(&proofs::note(&checkpoint)?, &key_of(&witness)?)?;
            match json {
                true => outln!("{}", json!({ "cosigned": size })),
                false => outln!("The checkpoint of {size} entries carries the witness's signature"),
            }
            Ok(ExitCode::SUCCESS)
        }
        Audit::Key { witness } => keys(&host()?, witness, json),
        Audit::Replay { entry, file, all: _, dir, against, values, case } => {
            let recording = match dir {
                Some(dir) => Recording::of_export(&dir)?,
                None => host()?.acting_as(operator()).recording()?,
            };
            match (entry, case) {
                (Some(entry), Some(case)) => replay::case(&recording, entry, &case, json),
                (entry, _) => replay::run(&recording, entry, file, against.as_deref(), values, json),
            }
        }
        Audit::Rotate { key } => {
            let now = host()?.acting_as(operator()).rotate_key(match key {
                Rotated::Log => HomeKey::Log,
                Rotated::Hash => HomeKey::Hash,
            })?;
            match json {
                true => outln!("{}", json!({ "now": now })),
                false => outln!("The key is replaced; it is now {now}"),
            }
            Ok(ExitCode::SUCCESS)
        }
        Audit::Hash { class, value } => {
            let class = match class {
                HashClass::Account => "account",
                HashClass::File => "file",
                HashClass::Payment => "payment",
                HashClass::Operator => "operator",
            };
            let hashes = host()?.acting_as(operator()).keyed_hashes(class, &value)?;
            match json {
                true => outln!("{}", json!({ "hashes": hashes })),
                false => hashes.iter().for_each(|hash| outln!("{hash}")),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn keys(host: &Host, witness: bool, json: bool) -> Result<ExitCode, Failure> {
    let keys: Vec<String> = match witness {
        true => vec![host.witness_key()?.verifier().to_string()],
        false => host.log_keys()?.iter().map(VerifierKey::to_string).collect(),
    };
    match json {
        true => outln!("{}", json!({ "keys": keys })),
        false => keys.iter().for_each(|key| outln!("{key}")),
    }
    Ok(ExitCode::SUCCESS)
}

/// A public key as it was given.
fn key_of(text: &str) -> Result<VerifierKey, Failure> {
    VerifierKey::parse(text.trim()).map_err(|error| Failure::usage(format!("{text:?}: {error}")))
}

fn keys_of(texts: &[String]) -> Result<Vec<VerifierKey>, Failure> {
    texts.iter().map(|text| key_of(text)).collect()
}
