//! The total row (合计): the number of cases and the sum of every column of money.

use bailiwick_sdk::document::{Control, Severity};
use bailiwick_sdk::kit::amount;
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::{Identifier, MINOR_MAX, Name};

use super::layout::{LAYOUT, MONEY, NAME, PLACED};
use crate::sheet::{Columns, Fatal, Row};

/// A column of money and its sum.
#[derive(Debug)]
struct Sum {
    cell: usize,
    field: Option<usize>,
    found: i64,
    /// The amount of the current row.
    last: Option<i64>,
}

/// The counts and sums so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    cases: u64,
    sums: Vec<Sum>,
}

impl Totals {
    /// Nothing yet, in a file of these columns.
    pub(super) fn new(columns: &Columns) -> Self {
        let money = columns.names.iter().enumerate().filter(|(_, name)| MONEY.contains(&name.as_str()));
        let sum =
            |(cell, name): (usize, &String)| Sum { cell, field: LAYOUT.field(name), found: 0, last: None };
        Self { cases: 0, sums: money.map(sum).collect() }
    }

    /// Adds a case. An amount that cannot be read counts as zero and is the row's problem; one
    /// below zero counts and is the row's problem too.
    pub(super) fn add(&mut self, row: &mut Row<'_>) {
        self.cases += 1;
        for sum in &mut self.sums {
            let text = row.plain_cell(sum.cell);
            sum.last = None;
            if text.is_empty() {
                continue;
            }
            let minor = amount::parse(text.as_bytes(), 2).ok().filter(|minor| minor.abs() <= MINOR_MAX);
            match minor {
                None => row.wrong("bad_amount", sum.cell, "expected an amount such as 1234.50"),
                Some(minor) if minor < 0 => {
                    row.wrong("negative_amount", sum.cell, "expected an amount of zero or more");
                }
                Some(_) => {}
            }
            sum.last = minor;
            sum.found = sum.found.saturating_add(minor.unwrap_or_default());
        }
    }

    /// The amount of a known column in the row that was added last.
    pub(super) fn amount(&self, field: usize) -> Option<i64> {
        self.sums.iter().find(|sum| sum.field == Some(field)).and_then(|sum| sum.last)
    }

    /// Compares with the total row: one control for the count, and one for every stated sum.
    ///
    /// # Errors
    /// The problem that refuses the file: the row is incomplete or cannot be read.
    pub(super) fn compare(&self, row: &mut Row<'_>, unit: &str, out: &mut Output) -> Result<(), Fatal> {
        if !row.is_good() {
            return Err(refused(row));
        }
        let stated = row.plain(NAME).strip_suffix(unit).and_then(|count| count.trim().parse::<u32>().ok());
        let Some(stated) = stated else {
            row.fail("bad_row", NAME, format_args!("the total row must hold the number of cases and {unit}"));
            return Err(refused(row));
        };
        let found = i64::try_from(self.cases).unwrap_or(i64::MAX);
        emit(out, row.line, "trailer_count_mismatch", "accounts", i64::from(stated), found);
        for sum in &self.sums {
            let text = row.plain_cell(sum.cell);
            let placed = sum.field == Some(PLACED);
            if text.is_empty() && !placed {
                continue;
            }
            let Ok(stated) = amount::parse(text.as_bytes(), 2) else {
                row.wrong(
                    "bad_amount",
                    sum.cell,
                    "the total row must hold the sum of the column, such as 1234.50",
                );
                return Err(refused(row));
            };
            let what =
                if placed { "placed" } else { row.columns.names.get(sum.cell).map_or("", String::as_str) };
            emit(out, row.line, "trailer_amount_mismatch", what, stated, sum.found);
        }
        Ok(())
    }
}

fn emit(out: &mut Output, line: u64, code: &str, what: &str, stated: i64, found: i64) {
    if let (Ok(code), Some(what)) = (Identifier::new(code), Name::trimmed(what)) {
        let mut control = Control::new(code, what, stated, found);
        control.line = Some(line);
        out.emit(control);
    }
}

/// A fault of the total row refuses the file.
fn refused(row: &mut Row<'_>) -> Fatal {
    match row.problem() {
        Some(mut problem) => {
            problem.severity = Severity::Fatal;
            Box::new(problem)
        }
        None => crate::sheet::fatal("bad_row", row.line, "the total row cannot be read"),
    }
}
