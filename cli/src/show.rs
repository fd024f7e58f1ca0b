//! Words and tables for people.

use std::io::{self, BufWriter, Write};

use bailiwick_host::sdk::kit::amount;
use bailiwick_host::sdk::kit::currency::minor_digits;
use bailiwick_host::sdk::value::Currency;
use serde::Serialize;

use crate::output::{Standard, much};

/// Rows that a table holds before it prints them: its columns are as wide as these need.
const PAGE_ROWS: usize = 1_000;

/// A table whose columns are as wide as they need be.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) {
    let mut list = List::new(false, head);
    rows.iter().for_each(|row| list.item(row, Vec::clone));
    list.finish();
}

/// A list of any length on standard output while its items come: JSON, an object a line, or a table.
pub(crate) struct List {
    out: BufWriter<Standard>,
    /// None for JSON.
    table: Option<Table>,
}

impl List {
    pub(crate) fn new(json: bool, head: &[&str]) -> Self {
        Self { out: much(), table: (!json).then(|| Table::new(head)) }
    }

    /// The next item. Writing to standard output does not fail.
    pub(crate) fn item<T: Serialize>(&mut self, item: T, row: impl FnOnce(T) -> Vec<String>) {
        let _ = match &mut self.table {
            Some(table) => table.push(&mut self.out, row(item)),
            None => serde_json::to_writer(&mut self.out, &item)
                .map_err(io::Error::from)
                .and_then(|()| self.out.write_all(b"\n")),
        };
    }

    pub(crate) fn finish(mut self) {
        let _ = self.table.map_or(Ok(()), |table| table.finish(&mut self.out));
        let _ = self.out.flush();
    }
}

/// A table of any length: it prints a page whenever it has one, and its columns only grow wider.
pub(crate) struct Table {
    head: Vec<String>,
    widths: Vec<usize>,
    page: Vec<Vec<String>>,
    begun: bool,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
        let widths = head.iter().map(|name| columns(name)).collect();
        Self { head, widths, page: Vec::new(), begun: false }
    }

    pub(crate) fn push(&mut self, out: &mut dyn Write, row: Vec<String>) -> io::Result<()> {
        for (width, cell) in self.widths.iter_mut().zip(&row) {
            *width = columns(cell).max(*width);
        }
        self.page.push(row);
        if self.page.len() < PAGE_ROWS { Ok(()) } else { self.print(out) }
    }

    pub(crate) fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.begun && self.page.is_empty() { Ok(()) } else { self.print(out) }
    }

    fn print(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let head = (!self.begun).then_some(&self.head);
        for row in head.into_iter().chain(&self.page) {
            let mut text = String::new();
            for (cell, width) in row.iter().zip(&self.widths) {
                text.push_str(cell);
                text.push_str(&" ".repeat(width.saturating_sub(columns(cell)) + 2));
            }
            writeln!(out, "{}", text.trim_end())?;
        }
        self.begun = true;
        self.page.clear();
        Ok(())
    }
}

/// Terminal columns: a character of the Chinese, Japanese and Korean blocks takes two.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|letter| if ('\u{1100}'..='\u{FFE6}').contains(&letter) || letter > '\u{1FFFF}' { 2 } else { 1 })
        .sum()
}

/// An amount with its currency.
pub(crate) fn money(minor: i64, currency: &str) -> String {
    let decimals = Currency::new(currency).map_or(2, minor_digits);
    format!("{} {currency}", amount::format(minor, decimals.into()))
}
