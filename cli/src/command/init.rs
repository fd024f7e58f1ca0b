//! `bailiwick init`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_host::{Host, InitOptions};
use serde_json::json;

use crate::failure::Failure;

pub(crate) fn run(
    home: &Path,
    samples: bool,
    plugins: Option<PathBuf>,
    origin: Option<String>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let samples = if samples { Some(reference_plugins(plugins)?) } else { None };
    let host = Host::init(home, &InitOptions { samples, origin })?;
    let key = host.log_keys()?.pop().ok_or_else(|| Failure::host("the log has no key"))?;
    let (plugins, engagements) = (host.plugins().names(), host.engagements());
    if json {
        let key = key.to_string();
        outln!("{}", json!({ "home": home, "plugins": plugins, "engagements": engagements, "log_key": key }));
    } else {
        outln!("A new home in {}", home.display());
        if !engagements.is_empty() {
            outln!("  plugins      {}", plugins.join(", "));
            outln!("  engagements  {}", engagements.join(", "));
        }
        outln!("  log key      {key}");
        outln!(
            "Give the log key to whoever will check the audit log: it says that checkpoints are this home's."
        );
        outln!("Next: bailiwick --home {} exchange ENGAGEMENT FILE", home.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the reference components are: as told, or beside the program.
pub(crate) fn reference_plugins(told: Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(folder) = told {
        return Ok(folder);
    }
    let program = std::env::current_exe().map_err(|error| Failure::host(error.to_string()))?;
    let beside = program.parent().unwrap_or(Path::new("."));
    let places =
        [beside.join("plugins"), beside.join("../plugins"), beside.join("../share/bailiwick/plugins")];
    places.iter().find(|place| place.join("aim.wasm").is_file()).cloned().ok_or_else(|| {
        let looked: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        Failure::usage(format!(
            "the reference plugins are not built; looked in {}; run `cargo xtask plugins`, or name their folder with --plugins",
            looked.join(", ")
        ))
    })
}
