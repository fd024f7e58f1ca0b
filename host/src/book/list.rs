//! Lists of any length: rows that are read a page at a time, so that nothing is locked while the caller thinks.

use std::collections::VecDeque;

use rusqlite::{Connection, Row};

use super::Book;
use crate::error::Result;

/// Rows of a page. No more than these are in memory.
const PAGE_ROWS: usize = 1_000;

/// Rows of a list, in its order. Reading can stop at any row. Between two pages no statement runs and nothing is locked:
/// what is written meanwhile may be in the pages that come later, and no row comes twice. After an error it has ended.
pub struct Rows<T> {
    book: Book,
    read: Box<Read<T>>,
    page: VecDeque<T>,
    /// What is read next. None: there is nothing more.
    next: Option<After>,
}

/// Reads the rows of a page: those that come after a place, and the place of the last one.
type Read<T> = dyn Fn(&Connection, &After, i64) -> Result<Vec<(After, T)>> + Send;

/// A place in a list: a day and a number, by which it is in order. A list without days has empty ones.
#[derive(Debug, Clone, Default)]
pub(super) struct After {
    pub(super) day: String,
    pub(super) id: i64,
}

impl After {
    /// After the row of this number, in a list without days.
    pub(super) fn number(id: i64) -> Self {
        Self { day: String::new(), id }
    }
}

impl<T> Rows<T> {
    /// A list of a book, which stays open until it ends.
    pub(super) fn of(
        book: Book,
        read: impl Fn(&Connection, &After, i64) -> Result<Vec<(After, T)>> + Send + 'static,
    ) -> Self {
        Self { book, read: Box::new(read), page: VecDeque::new(), next: Some(After::default()) }
    }

    /// Reads the next page, if all of the last one was given out.
    fn read(&mut self) -> Result<()> {
        let Some(after) = self.next.take().filter(|_| self.page.is_empty()) else { return Ok(()) };
        let rows = (self.read)(&self.book.connection, &after, PAGE_ROWS as i64)?;
        if rows.len() == PAGE_ROWS {
            self.next = rows.last().map(|(after, _)| after.clone());
        }
        self.page.extend(rows.into_iter().map(|(_, row)| row));
        Ok(())
    }
}

impl<T> Iterator for Rows<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty()
            && let Err(error) = self.read()
        {
            return Some(Err(error));
        }
        self.page.pop_front().map(Ok)
    }
}

impl<T> std::iter::FusedIterator for Rows<T> {}

impl<T> std::fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("waiting", &self.page.len()).finish_non_exhaustive()
    }
}

/// The rows of a statement, each with its place.
pub(super) fn collect<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<(After, T)>,
) -> Result<Vec<(After, T)>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn numbers(last: i64, wrong: Option<i64>) -> Rows<i64> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.sqlite");
        Book::create(&path).unwrap();
        Rows::of(Book::open(&path).unwrap(), move |_, after, most| {
            let page: Vec<i64> = (after.id + 1..=last).take(most as usize).collect();
            match wrong.is_some_and(|wrong| page.contains(&wrong)) {
                true => Err(Error::Cancelled),
                false => Ok(page.into_iter().map(|id| (After::number(id), id)).collect()),
            }
        })
    }

    #[test]
    fn every_row_comes_once_whatever_the_pages() {
        let page = PAGE_ROWS as i64;
        for last in [0, 1, page - 1, page, page + 1, 3 * page, 3 * page + 7] {
            let rows: Vec<i64> = numbers(last, None).map(Result::unwrap).collect();
            assert_eq!(rows, (1..=last).collect::<Vec<_>>());
        }
        assert_eq!(numbers(i64::from(u32::MAX), None).take(3).count(), 3, "it can stop");
    }

    #[test]
    fn after_an_error_it_has_ended() {
        let rows: Vec<bool> = numbers(9_999, Some(1_500)).map(|row| row.is_ok()).collect();
        assert_eq!(rows.len(), PAGE_ROWS + 1);
        assert!(rows[..PAGE_ROWS].iter().all(|ok| *ok) && !rows[PAGE_ROWS]);
    }
}
