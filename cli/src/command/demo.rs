//! `bailiwick demo`
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
pub(crate) fn run(_keep: Option<&Path>, _plugins: Option<PathBuf>, _json: bool) -> Result<ExitCode, Failure> {
    Err(Failure::usage("not yet"))
}
