//! The crate into a core module.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::package::Package;
use crate::toolchain::{TARGET, Toolchain, clean};
use crate::{BuildError, Progress};

/// The lines of compiler output that an error repeats.
const OUTPUT_LINES_MAX: usize = 200;

pub(crate) fn compile(
    package: &Package,
    toolchain: &Toolchain,
    stack_kib: u32,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<u8>, BuildError> {
    // A folder of its own, so that it never waits for the lock of the build that runs it.
    let target_dir = package.target_dir.join("wasm");
    let mut cargo = clean("cargo");
    cargo.args(["build", "--release", "--lib", "--target", TARGET, "--package", &package.name]);
    cargo.arg("--target-dir").arg(&target_dir);
    cargo.current_dir(&package.dir);
    cargo.env("RUSTFLAGS", format!("-C link-arg=-zstack-size={}", u64::from(stack_kib) * 1024));
    // Set here and not in a profile, so that crates outside this workspace are built the same.
    for (key, value) in [
        ("OPT_LEVEL", "3"),
        ("LTO", "fat"),
        ("CODEGEN_UNITS", "1"),
        ("PANIC", "abort"),
        ("DEBUG", "false"),
        ("STRIP", "debuginfo"),
        ("OVERFLOW_CHECKS", "true"),
    ] {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{key}"), value);
    }
    if let Toolchain::Debian { linker } = toolchain {
        cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
    let mut child = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(BuildError::io("run cargo in", &package.dir))?;
    let mut output = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            progress(Progress::Compiling(line.trim().to_owned()));
            if output.len() < OUTPUT_LINES_MAX && !line.trim_start().starts_with("Compiling") {
                output.push(line);
            }
        }
    }
    let status = child.wait().map_err(BuildError::io("wait for cargo in", &package.dir))?;
    if !status.success() {
        return Err(BuildError::Compile { name: package.name.clone(), output: output.join("\n") });
    }
    let module =
        target_dir.join(TARGET).join("release").join(format!("{}.wasm", package.name.replace('-', "_")));
    fs::read(&module).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => BuildError::NotAPlugin {
            path: package.dir.clone(),
            why: "its library is no cdylib; add crate-type = [\"cdylib\", \"rlib\"] under [lib]".to_owned(),
        },
        _ => BuildError::io("read", &module)(error),
    })
}
