//! `bailiwick metrics`

mod serve;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::failure::Failure;
use crate::home::Home;
use crate::output;

pub(crate) fn run(
    home: &Home,
    out: Option<&Path>,
    listen: Option<SocketAddr>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    if let Some(address) = listen {
        return serve::serve(host, address, json);
    }
    let text = host.metrics()?;
    match out {
        Some(path) => {
            write(path, &text)
                .map_err(|error| Failure::host(format!("cannot write {}: {error}", path.display())))?;
            if json {
                outln!("{}", json!({ "file": path }));
            }
        }
        None if json => outln!("{}", json!({ "metrics": text })),
        None => output::text(&text),
    }
    Ok(ExitCode::SUCCESS)
}

/// A reader finds the whole old file or the whole new one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    // A collector of text files takes those that end in .prom, so this one must not.
    let mut part = path.to_owned();
    part.as_mut_os_string().push(format!(".part{}", std::process::id()));
    let written = bailiwick_host::files::create_public(&part)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // The caller gets the first error; an error of this removal would hide it.
        let _ = std::fs::remove_file(&part);
    }
    written
}
