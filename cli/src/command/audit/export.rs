//! `bailiwick audit export` and `bailiwick audit report`

use std::path::Path;
use std::process::ExitCode;

use bailiwick_host::audit::By;
use bailiwick_host::sdk::value::Day;
use bailiwick_host::{ActingHost, Host};
use serde_json::json;

use crate::arguments::AuditExport;
use crate::failure::Failure;

pub(crate) fn folder(host: &ActingHost<'_>, asked: AuditExport, json: bool) -> Result<ExitCode, Failure> {
    if let Some(dir) = &asked.dir {
        let exported = host.export_audit(dir, asked.replayable)?;
        match json {
            true => {
                outln!("{}", json!({ "folder": dir, "exported": exported, "private": asked.replayable }))
            }
            false => {
                let (size, acts, root) = (exported.size, exported.acts, exported.root);
                outln!("{size} entries and {acts} acts are in {}; root {root}", dir.display());
                outln!("Verify them with `bailiwick audit verify --dir {}`", dir.display());
            }
        }
        if asked.replayable && !json {
            outln!("Its folder replay opens what calls were given: it is private");
        }
    }
    #[cfg(feature = "parquet")]
    if let Some(path) = &asked.parquet {
        let selection = bailiwick_host::audit::Selection {
            from: asked.from,
            to: asked.to,
            by: asked.by.into(),
            ..bailiwick_host::audit::Selection::default()
        };
        let rows = host.audit_parquet(&selection, path)?;
        match json {
            true => outln!("{}", json!({ "file": path, "rows": rows })),
            false => outln!("{rows} rows are in {}", path.display()),
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn report(
    host: &Host,
    days: (Day, Day),
    by: By,
    out: &Path,
    json: bool,
) -> Result<ExitCode, Failure> {
    let summary = host.audit_summary(days, by)?;
    bailiwick_host::files::write(out, summary.html().as_bytes())
        .map_err(|error| Failure::host(format!("cannot write {}: {error}", out.display())))?;
    match json {
        true => outln!("{}", json!({ "file": out, "entries": summary.entries, "by": by })),
        false => outln!("{} entries, {}, are summed up in {}", summary.entries, by.words(), out.display()),
    }
    Ok(ExitCode::SUCCESS)
}
