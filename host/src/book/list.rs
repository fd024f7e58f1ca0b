//! Lists of any length: rows that are read a page at a time, all of one moment of the book.

use std::collections::VecDeque;

use rusqlite::{Connection, Row};

use super::Book;
use crate::error::Result;

/// Rows of a page. No more than these are in memory.
const PAGE_ROWS: usize = 1_000;

/// Rows of a list, in its order. Reading can stop at any row. After an error it has ended.
///
/// All rows are of one moment of the book: the one at which the first of them was read. Others write meanwhile, and their
/// changes are not in this list. A list that is longer than 1,000 rows keeps its moment until its last row was read or it is
/// dropped. Until then SQLite's own log, `book.sqlite-wal`, grows with every change, and `book.sqlite` alone is not whole:
/// a copy of the home needs both. So read a list to its end, or drop it.
pub struct Rows<T> {
    /// With the transaction in which the pages are read. None: there is nothing more to read.
    book: Option<Book>,
    read: Box<Read<T>>,
    page: VecDeque<T>,
    /// Where the next page begins.
    after: After,
}

/// Reads the rows of a page: those that come after a place, and the place of the last one.
type Read<T> = dyn Fn(&Book, &After, i64) -> Result<Vec<(After, T)>> + Send;

/// A place in a list: a day and a number, by which it is in order. A list without days has empty ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct After {
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
    /// A list of a book, which stays open until its last page is read.
    pub(crate) fn of(
        book: Book,
        read: impl Fn(&Book, &After, i64) -> Result<Vec<(After, T)>> + Send + 'static,
    ) -> Self {
        Self { book: Some(book), read: Box::new(read), page: VecDeque::new(), after: After::default() }
    }

    /// A list that has ended.
    pub(crate) fn none() -> Self {
        let read = |_: &Book, _: &After, _: i64| Ok(Vec::new());
        Self { book: None, read: Box::new(read), page: VecDeque::new(), after: After::default() }
    }

    /// Reads the next page, if there is one. The book is closed with the last page, and with an error.
    fn read(&mut self) -> Result<()> {
        let Some(book) = self.book.take() else { return Ok(()) };
        // Before the first page. The transaction ends when the book is closed.
        if book.connection.is_autocommit() {
            book.connection.execute_batch("BEGIN DEFERRED")?;
        }
        let rows = (self.read)(&book, &self.after, PAGE_ROWS as i64)?;
        if rows.len() == PAGE_ROWS
            && let Some((after, _)) = rows.last()
        {
            self.after = after.clone();
            self.book = Some(book);
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
        let mut list = numbers(9_999, Some(1_500));
        let rows: Vec<bool> = list.by_ref().map(|row| row.is_ok()).collect();
        assert_eq!(rows.len(), PAGE_ROWS + 1);
        assert!(rows[..PAGE_ROWS].iter().all(|ok| *ok) && !rows[PAGE_ROWS]);
        assert!(list.book.is_none(), "it holds nothing");
    }

    #[test]
    fn the_book_is_closed_with_the_last_page() {
        let mut list = numbers(PAGE_ROWS as i64 + 1, None);
        for _ in 0..PAGE_ROWS {
            list.next().unwrap().unwrap();
            assert!(list.book.is_some());
        }
        list.next().unwrap().unwrap();
        assert!(list.book.is_none());
    }
}
