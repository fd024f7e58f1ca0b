//! `bailiwick audit show`

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use bailiwick_host::audit::{Row, Selected, Selection};
use bailiwick_host::{Error, Host};
use clap::ValueEnum;

use crate::arguments::{AuditFormat, AuditShow};
use crate::failure::Failure;
use crate::show::Table;

const HEAD: [&str; 9] =
    ["SEQ", "AT", "KIND", "ENGAGEMENT", "PLUGIN", "FUNCTION", "OUTCOME", "DURATION", "DETAIL"];
/// Digits of a hash that a table shows.
const HASH_DIGITS: usize = 12;

/// Where the entries go.
enum Printed<W: Write> {
    Table(Table, W),
    Jsonl(W),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Printed<W> {
    fn entry(&mut self, selected: Selected<'_>) -> io::Result<()> {
        match self {
            Self::Table(table, out) => table.push(out, cells(selected.row)),
            Self::Jsonl(out) => out.write_all(selected.stored).and_then(|()| out.write_all(b"\n")),
            Self::Csv(out) => out.serialize(selected.row).map_err(from_csv),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Table(table, mut out) => table.finish(&mut out).and_then(|()| out.flush()),
            Self::Jsonl(mut out) => out.flush(),
            Self::Csv(mut out) => out.flush(),
        }
    }
}

fn unwritable(error: &io::Error) -> Failure {
    Failure::host(format!("standard output cannot be written: {error}"))
}

/// What the system said, which the CSV writer wraps.
fn from_csv(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

pub(crate) fn run(host: &Host, asked: AuditShow, json: bool) -> Result<ExitCode, Failure> {
    let AuditShow { from, to, by, engagement, plugin, account, outcome, fault, kind, last, format } = asked;
    let outcome = outcome.and_then(|outcome| Some(outcome.to_possible_value()?.get_name().to_owned()));
    let by = by.into();
    let selection = Selection { from, to, by, engagement, plugin, account, outcome, fault, kind, last };
    let out = BufWriter::new(io::stdout().lock());
    let mut printed = match (json, format) {
        (true, _) | (_, AuditFormat::Jsonl) => Printed::Jsonl(out),
        (_, AuditFormat::Table) => Printed::Table(Table::new(&HEAD), out),
        (_, AuditFormat::Csv) => {
            // The names are there even if no entry fits.
            let mut out = csv::WriterBuilder::new().has_headers(false).from_writer(out);
            out.write_record(Row::COLUMNS).map_err(|error| unwritable(&from_csv(error)))?;
            Printed::Csv(Box::new(out))
        }
    };
    let mut failed = None;
    let read = host.audit_rows(&selection, |selected| {
        printed.entry(selected).map_err(|error| {
            failed = Some(error);
            Error::Cancelled
        })
    });
    let written = match (failed, read) {
        (Some(error), _) => Err(error),
        (None, read) => {
            let written = printed.finish();
            read?;
            written
        }
    };
    match written {
        // Whoever reads has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritable(&error)),
        _ => Ok(ExitCode::SUCCESS),
    }
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
