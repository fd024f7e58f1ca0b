//! `bailiwick audit`

use std::collections::VecDeque;
use std::path::Path;
use std::process::ExitCode;

use bailiwick_host::Host;

use crate::arguments::Audit;
use crate::failure::Failure;

pub(crate) fn run(home: &Path, audit: &Audit, json: bool) -> Result<ExitCode, Failure> {
    let host = Host::open(home)?;
    match audit {
        Audit::Show { last: None } => host.audit_entries(|entry| println!("{entry}"))?,
        Audit::Show { last: Some(last) } => {
            let mut kept = VecDeque::with_capacity(*last);
            host.audit_entries(|entry| {
                if kept.len() == *last {
                    kept.pop_front();
                }
                kept.push_back(entry.to_owned());
            })?;
            kept.iter().take(*last).for_each(|entry| println!("{entry}"));
        }
        Audit::Verify => {
            let verified = host.verify_audit()?;
            if json {
                println!("{}", serde_json::to_string(&verified).unwrap_or_default());
            } else {
                let kinds: Vec<String> =
                    verified.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
                println!("The audit log is whole: {} entries ({})", verified.mark.seq, kinds.join(", "));
                println!("  {} calls ended in a fault", verified.faults);
                println!("  last entry {}", verified.mark.hash);
                if verified.torn_bytes > 0 {
                    println!(
                        "  {} bytes after it are no whole entry: a writer was stopped, or writes now",
                        verified.torn_bytes
                    );
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
