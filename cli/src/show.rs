//! Words and tables for people.

use bailiwick_host::sdk::kit::amount;
use bailiwick_host::sdk::kit::currency::minor_digits;
use bailiwick_host::sdk::value::Currency;

/// A table whose columns are as wide as they need be.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(cell));
        cells.chain([columns(head.get(at).copied().unwrap_or_default())]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(width.saturating_sub(columns(cell)) + 2));
        }
        println!("{}", text.trim_end());
    };
    line(&mut head.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
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
