//! `bailiwick audit show`

use std::process::ExitCode;

use bailiwick_host::ActingHost;
use bailiwick_host::audit::{Row, Selected, Selection};
use clap::ValueEnum;

use crate::arguments::{AuditFormat, AuditShow};
use crate::failure::Failure;
use crate::output::{self, Lines};
use crate::show::Table;

const HEAD: [&str; 9] =
    ["SEQ", "AT", "KIND", "ENGAGEMENT", "PLUGIN", "FUNCTION", "OUTCOME", "DURATION", "DETAIL"];
/// Digits of a hash that a table shows.
const HASH_DIGITS: usize = 12;

/// What the entries become.
enum Printed {
    Table(Table),
    Jsonl,
    Csv,
}

impl Printed {
    fn entry(&mut self, selected: Selected, out: &mut Lines) {
        match self {
            Self::Table(table) => table.push(out, cells(selected.row)),
            Self::Jsonl => out.put(&String::from_utf8_lossy(&selected.stored)),
            Self::Csv => out.put(&csv_line(|line| line.serialize(selected.row))),
        }
    }
}

/// A line of CSV. No entry holds characters that could break it, and they would be escaped.
fn csv_line(write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> String {
    let mut line = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = write(&mut line);
    let line = line.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned()
}

pub(crate) fn run(host: &ActingHost<'_>, asked: AuditShow, json: bool) -> Result<ExitCode, Failure> {
    let AuditShow { from, to, by, engagement, plugin, account, outcome, fault, kind, last, format } = asked;
    let outcome = outcome.and_then(|outcome| Some(outcome.to_possible_value()?.get_name().to_owned()));
    let by = by.into();
    let selection = Selection { from, to, by, engagement, plugin, account, outcome, fault, kind, last };
    let mut out = Lines::new();
    let mut printed = match (json, format) {
        (true, _) | (_, AuditFormat::Jsonl) => Printed::Jsonl,
        (_, AuditFormat::Table) => Printed::Table(Table::new(&HEAD)),
        (_, AuditFormat::Csv) => {
            // The names are there even if no entry fits.
            out.put(&csv_line(|line| line.write_record(Row::COLUMNS)));
            Printed::Csv
        }
    };
    let read = print(host, &selection, &mut printed, &mut out);
    if let Printed::Table(table) = printed {
        table.finish(&mut out);
    }
    out.finish();
    read?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the selected entries, until one cannot be read or nobody reads the output any more.
fn print(
    host: &ActingHost<'_>,
    selection: &Selection,
    printed: &mut Printed,
    out: &mut Lines,
) -> bailiwick_host::Result<()> {
    for selected in host.audit_rows(selection)? {
        printed.entry(selected?, out);
        if output::is_over() {
            break;
        }
    }
    Ok(())
}

fn cells(row: Row) -> Vec<String> {
    let short = |hash: String| format!("{}…", hash.chars().take(HASH_DIGITS).collect::<String>());
    let outcome = [row.outcome, row.code, row.limit].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let details = [
        row.account.map(|account| format!("account {}", short(account))),
        row.accounts.map(|count| format!("{count} accounts")),
        row.accepted.zip(row.rejected).map(|(taken, refused)| format!("{taken} taken, {refused} refused")),
        row.file.map(|file| format!("file {}", short(file))),
        Some(row.detail).filter(|detail| !detail.is_empty()),
    ];
    vec![
        row.seq.to_string(),
        row.at.strftime("%Y-%m-%d %H:%M:%S%.3fZ").to_string(),
        row.kind.to_owned(),
        row.engagement.unwrap_or_default(),
        row.plugin.unwrap_or_default(),
        [row.message, row.function].into_iter().flatten().collect::<Vec<_>>().join(" "),
        outcome,
        row.duration_us.map(|us| format!("{us} µs")).unwrap_or_default(),
        details.into_iter().flatten().collect::<Vec<_>>().join(", "),
    ]
}
