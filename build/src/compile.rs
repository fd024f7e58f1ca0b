//! Compiles the crate to a core module.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::clean;
use crate::manifest::Manifest;
use crate::package::Package;
use crate::shared;
use crate::toolchain::{TARGET, Toolchain};
use crate::{BuildError, Options, Progress};

/// The lines of compiler output that an error repeats.
const OUTPUT_LINES_MAX: usize = 400;

/// Set here and not in a profile, so that crates outside this workspace are built the same.
const PROFILE: [(&str, &str); 7] = [
    ("OPT_LEVEL", "3"),
    ("LTO", "fat"),
    ("CODEGEN_UNITS", "1"),
    ("PANIC", "abort"),
    ("DEBUG", "false"),
    // A trap is reported with the panic's message and line. Names of functions would only make the module
    // longer to read and hash.
    ("STRIP", "symbols"),
    ("OVERFLOW_CHECKS", "true"),
];

/// Decoders mostly search bytes; with SIMD they compare sixteen at once.
const SIMD: &str = "-Ctarget-feature=+simd128";

/// Everything besides sources and toolchain that decides the module, as one text.
pub(crate) fn settings(manifest: &Manifest) -> String {
    let profile: Vec<String> = PROFILE.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{TARGET} {} {SIMD} {}", profile.join(" "), stack(manifest))
}

fn stack(manifest: &Manifest) -> String {
    format!("-Clink-arg=-zstack-size={}", u64::from(manifest.build.stack_kib) * 1024)
}

/// Compiles the crate. Gives the bytes of the module.
pub(crate) fn compile(
    package: &Package,
    toolchain: &Toolchain,
    manifest: &Manifest,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<u8>, BuildError> {
    // A target folder of its own, so that it never waits for the lock of the outer build.
    let target_dir = package.target_dir.join("wasm-plugins");
    let flags = flags(package);
    let mut cargo = clean("cargo", &package.dir);
    cargo.args([
        "rustc",
        "--release",
        "--lib",
        "--target",
        TARGET,
        "--package",
        &package.name,
        "--color",
        "never",
    ]);
    cargo.arg("--target-dir").arg(&target_dir);
    if options.offline {
        cargo.arg("--offline");
    }
    for (key, value) in PROFILE {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{key}"), value);
    }
    // Each line of cargo is progress, so the author's terminal settings must not change its form.
    cargo
        .env("CARGO_TERM_QUIET", "false")
        .env("CARGO_TERM_VERBOSE", "false")
        .env("CARGO_TERM_PROGRESS_WHEN", "never");
    if let Some(folder) = shared::folder(&toolchain.identity(&package.dir), &flags) {
        cargo.env("CARGO_BUILD_BUILD_DIR", folder);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    if let Toolchain::Debian { rustc, linker } = toolchain {
        cargo.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
    cargo.arg("--").args(own_flags(package, manifest));
    run(package, cargo, progress)?;
    let module = target_dir.join(TARGET).join("release").join(format!("{}.wasm", package.library));
    fs::read(&module).map_err(BuildError::io("read the compiled module", &module))
}

/// The flags of every crate. They do not depend on the plugin, so crates that plugins share are compiled once.
/// Panics name their file: the paths are remapped, so that the text is the same on every machine and names no
/// user's folder.
fn flags(package: &Package) -> Vec<String> {
    let roots = package.dependencies_roots().into_iter().map(|root| remap(&root, "."));
    let cargo_home = shared::cargo_home().map(|home| remap(&home, "cargo"));
    std::iter::once(SIMD.to_owned()).chain(cargo_home).chain(roots).collect()
}

/// The flags of the plugin's own crate. One of them names its folder, so that cargo tells two crates of one name
/// apart.
fn own_flags(package: &Package, manifest: &Manifest) -> [String; 2] {
    [stack(manifest), remap(&package.workspace_root, ".")]
}

fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

/// Runs cargo. Cargo's own lines are progress; the compiler's lines are kept for the error.
fn run(package: &Package, mut cargo: Command, progress: &mut dyn FnMut(Progress)) -> Result<(), BuildError> {
    let failed = || BuildError::io("run cargo in", &package.dir);
    let mut child =
        cargo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(failed())?;
    let output = child.stderr.take().map(|stderr| read(stderr, progress)).unwrap_or_default();
    if child.wait().map_err(failed())?.success() {
        return Ok(());
    }
    Err(BuildError::Compile { name: package.name.clone(), dir: package.dir.clone(), output })
}

fn read(stderr: impl Read, progress: &mut dyn FnMut(Progress)) -> String {
    let mut output = Vec::new();
    let mut dropped = 0;
    let mut lines = BufReader::new(stderr);
    let mut bytes = Vec::new();
    while lines.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
        let text = String::from_utf8_lossy(&bytes);
        let line = text.trim_end();
        if is_status(line) {
            progress(Progress::Compiling(line.trim_start().to_owned()));
        } else if output.len() < OUTPUT_LINES_MAX {
            output.push(line.to_owned());
        } else {
            dropped += 1;
        }
        bytes.clear();
    }
    if dropped > 0 {
        output.push(format!(
            "… and {dropped} more lines; run cargo check in the plugin's folder for all of them"
        ));
    }
    output.join("\n")
}

/// Whether the line is cargo's own: cargo aligns a verb such as `Compiling` to the right in twelve columns.
fn is_status(line: &str) -> bool {
    let verb = line.get(..12).map(str::trim_start).unwrap_or_default();
    verb.starts_with(|letter: char| letter.is_ascii_uppercase())
        && verb.bytes().all(|letter| letter.is_ascii_alphabetic())
        && line.as_bytes().get(12) == Some(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &[u8]) -> (Vec<String>, String) {
        let mut lines = Vec::new();
        let output = read(text, &mut |progress| {
            if let Progress::Compiling(line) = progress {
                lines.push(line);
            }
        });
        (lines, output)
    }

    #[test]
    fn lines_of_cargo_and_of_the_compiler_are_told_apart() {
        let text = b"   Compiling aim v0.1.0 (/a)\nerror[E0308]: mismatched types\n --> src/lib.rs:1:1\n  |\n\
                     1 | x\n  = note: Expected\n\nerror: \xff\n    Finished `release` profile\n Downloading crates ...\n";
        let (lines, output) = parts(text);
        assert_eq!(
            lines,
            ["Compiling aim v0.1.0 (/a)", "Finished `release` profile", "Downloading crates ..."]
        );
        assert!(output.starts_with("error[E0308]: mismatched types\n --> src/lib.rs:1:1\n"), "{output}");
        assert!(output.ends_with("error: \u{fffd}"), "{output}");
    }

    #[test]
    fn long_compiler_output_is_cut_and_says_so() {
        let (_, output) = parts("error: x\n".repeat(OUTPUT_LINES_MAX + 3).as_bytes());
        assert_eq!(output.lines().count(), OUTPUT_LINES_MAX + 1);
        assert!(output.contains("and 3 more lines"));
    }
}
