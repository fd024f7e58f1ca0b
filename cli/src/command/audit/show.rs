//! `bailiwick audit show`

use std::collections::VecDeque;
use std::process::ExitCode;

use bailiwick_host::Host;

use crate::failure::Failure;

pub(crate) fn run(host: &Host, last: Option<usize>) -> Result<ExitCode, Failure> {
    match last {
        None => host.audit_entries(|entry| println!("{entry}"))?,
        Some(last) => {
            let mut kept = VecDeque::with_capacity(last);
            host.audit_entries(|entry| {
                if kept.len() == last {
                    kept.pop_front();
                }
                kept.push_back(entry.to_owned());
            })?;
            kept.iter().take(last).for_each(|entry| println!("{entry}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
