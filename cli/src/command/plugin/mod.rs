//! `bailiwick plugin`

mod run;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_build::{Options, Progress, build_plugin};
use bailiwick_host::Error;
use bailiwick_host::engine::{Engine, EngineOptions};
use bailiwick_host::plugin::{Manifest, read_component};
use bailiwick_host::printable;
use indicatif::ProgressBar;
use serde_json::json;

use super::cases;
use crate::arguments::Plugin;
use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::show::table;

pub(crate) fn run(home: &Home, plugin: Plugin, json: bool) -> Result<ExitCode, Failure> {
    match plugin {
        Plugin::Build { dir, out, offline } => build(home, &dir, out, offline, json),
        Plugin::List => list(home, json),
        Plugin::Inspect { file } => inspect(&file, json),
        Plugin::Run(run) => run::run(&run, json),
        Plugin::Check { file, cases } => cases::check(&file, &cases, json),
    }
}

fn build(
    home: &Home,
    dir: &Path,
    out: Option<PathBuf>,
    offline: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let in_home = home.path().join("plugins");
    let out = out.unwrap_or_else(|| if in_home.is_dir() { in_home } else { PathBuf::from(".") });
    // Shown on a terminal only.
    let bar = if json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    let mut show = |progress: Progress| match progress {
        Progress::Toolchain(text) if !json => bar.suspend(|| errln!("{text}")),
        Progress::Compiling(line) => {
            bar.set_message(printable(&line).into_owned());
            bar.tick();
        }
        _ => {}
    };
    let built = build_plugin(dir, &out, &Options { offline }, &mut show);
    bar.finish_and_clear();
    let built = built?;
    if json {
        outln!(
            "{}",
            json!({
                "name": built.name, "version": built.version, "component": built.component,
                "sha256": built.digest, "bytes": built.size, "cached": built.cached,
            })
        );
    } else {
        let state = if built.cached { "unchanged" } else { "built" };
        outln!(
            "{} {} {state}: {} ({} KiB)",
            built.name,
            built.version,
            built.component.display(),
            built.size / 1024
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn list(home: &Home, json: bool) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let mut rows = Vec::new();
    for name in host.plugins().names()? {
        let path = host.plugins().path(&name);
        let manifest = host.plugins().manifest(&name)?;
        if json {
            outln!(
                "{}",
                json!({ "name": manifest.name, "version": manifest.version, "title": manifest.title,
                "contract": manifest.contract, "subjects": manifest.subjects, "component": path })
            );
            continue;
        }
        let messages: Vec<&str> = manifest.messages.iter().map(|message| message.name.as_str()).collect();
        rows.push(vec![name, manifest.version.to_string(), manifest.subjects.join(","), messages.join(",")]);
    }
    if !json {
        table(&["PLUGIN", "VERSION", "SUBJECTS", "MESSAGES"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn read_manifest(path: &Path) -> Result<Manifest, Failure> {
    let wasm = read_component(path).map_err(|error| match error {
        error @ Error::Io { .. } => Failure::usage(error.to_string()),
        error => error.into(),
    })?;
    Ok(Manifest::read(path, &wasm)?)
}

fn inspect(file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let manifest = read_manifest(file)?;
    if json {
        output::json(&manifest);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("{} {}  {}", manifest.name, manifest.version, manifest.title);
    outln!("  contract      {}", manifest.contract);
    outln!("  subjects      {}", manifest.subjects.join(", "));
    outln!(
        "  capabilities  {}",
        if manifest.capabilities.is_empty() { "none".to_owned() } else { manifest.capabilities.join(", ") }
    );
    let rows: Vec<Vec<String>> = manifest
        .messages
        .iter()
        .map(|message| {
            let does = match (message.decode, message.encode) {
                (true, true) => "reads, writes",
                (true, false) => "reads",
                (false, true) => "writes",
                (false, false) => "",
            };
            vec![
                message.name.clone(),
                message.from.to_string(),
                message.subject.to_string(),
                does.to_owned(),
                message.documents.join(","),
            ]
        })
        .collect();
    table(&["MESSAGE", "FROM", "SUBJECT", "PLUGIN", "DOCUMENTS"], &rows);
    Ok(ExitCode::SUCCESS)
}

/// An engine as in production.
pub(super) fn engine() -> Result<Engine, Failure> {
    let failed = |fault| Error::Plugin { plugin: "engine".to_owned(), fault };
    Ok(Engine::new(EngineOptions::production()).map_err(failed)?)
}
