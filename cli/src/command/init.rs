//! `bailiwick init`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_host::{Components, Host, InitOptions};
use serde_json::json;

use crate::failure::Failure;
use crate::samples;

pub(crate) fn run(
    home: &Path,
    with_samples: bool,
    plugins: Option<PathBuf>,
    origin: Option<String>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let components = if with_samples { Some(reference_plugins(plugins)?) } else { None };
    let host = Host::init(home, &InitOptions { samples: components, origin })?;
    if with_samples {
        samples::write(&host)?;
    }
    let key = host.log_keys()?.pop().ok_or_else(|| Failure::host("the log has no key"))?;
    let (plugins, engagements) = (host.plugins().names()?, host.engagements()?);
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
        if with_samples {
            outln!("Files to try: {}, one folder for each engagement", home.join(samples::README).display());
        }
        outln!("Next: bailiwick --home {} exchange ENGAGEMENT FILE", home.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The components that the program was built with: all reference components, or none.
const CARRIED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// The reference components: from the given folder, else those that the program carries, else those beside it.
pub(crate) fn reference_plugins(told: Option<PathBuf>) -> Result<Components, Failure> {
    if let Some(folder) = told {
        return Ok(Components::Folder(folder));
    }
    if !CARRIED.is_empty() {
        return Ok(Components::Carried(CARRIED));
    }
    let program = std::env::current_exe().map_err(|error| Failure::host(error.to_string()))?;
    let beside = program.parent().unwrap_or(Path::new("."));
    let places =
        [beside.join("plugins"), beside.join("../plugins"), beside.join("../share/bailiwick/plugins")];
    let found = places.iter().find(|place| place.join("aim.wasm").is_file()).cloned();
    found.map(Components::Folder).ok_or_else(|| {
        let looked: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        Failure::usage(format!(
            "this program carries no reference plugins, and there are none in {}; name their folder with --plugins, \
             or build one that carries them: cargo xtask build --release",
            looked.join(", ")
        ))
    })
}
