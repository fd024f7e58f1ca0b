//! Words and tables for people.

use bailiwick_host::printable;
use bailiwick_host::sdk::kit::amount;
use bailiwick_host::sdk::kit::currency::minor_digits;
use bailiwick_host::sdk::value::Currency;
use serde::Serialize;

use crate::output::{self, Lines};

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
    out: Lines,
    /// None for JSON.
    table: Option<Table>,
}

impl List {
    pub(crate) fn new(json: bool, head: &[&str]) -> Self {
        Self { out: Lines::new(), table: (!json).then(|| Table::new(head)) }
    }

    /// The next item. Writing to standard output does not fail.
    pub(crate) fn item<T: Serialize>(&mut self, item: T, row: impl FnOnce(T) -> Vec<String>) {
        match &mut self.table {
            Some(table) => table.push(&mut self.out, row(item)),
            None => self.out.put(&serde_json::to_string(&item).unwrap_or_default()),
        }
    }

    /// All items, until one cannot be read or nobody reads the output any more.
    pub(crate) fn items<T: Serialize>(
        mut self,
        items: impl Iterator<Item = bailiwick_host::Result<T>>,
        row: impl Fn(T) -> Vec<String>,
    ) -> bailiwick_host::Result<()> {
        for item in items {
            match item {
                Ok(item) => self.item(item, &row),
                Err(error) => {
                    self.finish();
                    return Err(error);
                }
            }
            if output::is_over() {
                break;
            }
        }
        self.finish();
        Ok(())
    }

    pub(crate) fn finish(mut self) {
        if let Some(table) = self.table {
            table.finish(&mut self.out);
        }
        self.out.finish();
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

    pub(crate) fn push(&mut self, out: &mut Lines, row: Vec<String>) {
        // A cell is as wide as what is printed of it.
        let row: Vec<String> = row.iter().map(|cell| printable(cell).into_owned()).collect();
        for (width, cell) in self.widths.iter_mut().zip(&row) {
            *width = columns(cell).max(*width);
        }
        self.page.push(row);
        if self.page.len() >= PAGE_ROWS {
            self.print(out);
        }
    }

    pub(crate) fn finish(mut self, out: &mut Lines) {
        if !self.begun || !self.page.is_empty() {
            self.print(out);
        }
    }

    fn print(&mut self, out: &mut Lines) {
        let head = (!self.begun).then_some(&self.head);
        for row in head.into_iter().chain(&self.page) {
            let mut text = String::new();
            for (cell, width) in row.iter().zip(&self.widths) {
                text.push_str(cell);
                text.push_str(&" ".repeat(width.saturating_sub(columns(cell)) + 2));
            }
            out.put(text.trim_end());
        }
        self.begun = true;
        self.page.clear();
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
