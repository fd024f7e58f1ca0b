//! Books of earlier layouts are brought to this one when they are opened, a layout at a time.
//!
//! All steps of a book are one transaction, so that a program that stops at any moment leaves the layout of before or
//! this one, whole. The layout is read again inside it: of two programs that open a book at once, one waits and finds
//! nothing left to do.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior};

use crate::error::{Error, Result};

/// The layout that this program reads and writes.
pub(super) const LAYOUT: u32 = 5;
/// The oldest layout that can be brought to it.
const OLDEST: u32 = 2;

/// The step to each layout, from the one before.
const STEPS: [(u32, &str); 3] =
    [(3, include_str!("layout_3.sql")), (4, include_str!("layout_4.sql")), (5, include_str!("layout_5.sql"))];

/// Brings the book at a path to this layout, if it has an older one.
///
/// # Errors
/// [`Error::Refused`] with `book_newer` or `book_unreadable` if no step leads from its layout to this one;
/// [`Error::Busy`] while somebody else writes.
pub(super) fn bring_up(connection: &mut Connection, path: &Path) -> Result<()> {
    bring_up_by(&STEPS, connection, path)
}

fn bring_up_by(steps: &[(u32, &str)], connection: &mut Connection, path: &Path) -> Result<()> {
    if layout(connection, path)? == LAYOUT {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = transaction.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => {
            let home = path.parent().unwrap_or(path).to_owned();
            Error::Busy { home, waited_s: super::BUSY.as_secs() }
        }
        _ => error.into(),
    })?;
    let found = layout(&transaction, path)?;
    for (to, sql) in steps.iter().filter(|(to, _)| *to > found) {
        transaction.execute_batch(sql)?;
        transaction.execute("UPDATE meta SET value = ?1 WHERE key = 'layout'", [to.to_string()])?;
    }
    // The rows of all layouts so far came without sums.
    super::sums::sum_anew(&transaction)?;
    Ok(transaction.commit()?)
}

/// The layout of a book, if this program can read it or bring it up.
fn layout(connection: &Connection, path: &Path) -> Result<u32> {
    let refused = |code: &str, message: String| Error::Refused { code: code.to_owned(), message };
    let sql = "SELECT value FROM meta WHERE key = 'layout'";
    let found: Option<String> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    match found.as_deref().map(str::parse) {
        Some(Ok(layout @ OLDEST..=LAYOUT)) => Ok(layout),
        Some(Ok(layout)) if layout > LAYOUT => Err(refused(
            "book_newer",
            format!(
                "{} has layout {layout}, this program reads layouts up to {LAYOUT}: a newer release has written it; use that \
                 release or a later one. Nothing was changed",
                path.display()
            ),
        )),
        _ => Err(refused(
            "book_unreadable",
            format!(
                "{} says that its layout is {}, this program reads layouts {OLDEST} to {LAYOUT}; restore the book from a \
                 backup. Nothing was changed",
                path.display(),
                found.as_deref().map_or("nothing".to_owned(), |found| format!("{found:?}"))
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Book;

    /// The tables and indices of a book: names, columns, keys and references.
    fn shape(connection: &Connection) -> Vec<String> {
        let sql = "
            SELECT 'column ' || t.name || ' ' || c.name || ' ' || c.type || c.\"notnull\" || c.pk || coalesce(c.dflt_value, '') AS it
            FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'
            UNION ALL
            SELECT 'index ' || i.name || ' ' || i.tbl_name || ' ' || coalesce(i.sql, '') || group_concat(c.name)
            FROM sqlite_schema i, pragma_index_info(i.name) c WHERE i.type = 'index' GROUP BY i.name
            UNION ALL
            SELECT 'reference ' || t.name || ' ' || r.\"table\" || ' ' || r.\"from\"
            FROM sqlite_schema t, pragma_foreign_key_list(t.name) r WHERE t.type = 'table'
            ORDER BY it";
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// The tables of layout 2 that the step changes or reads, as the release made them.
    const LAYOUT_2: &str = include_str!("layout_2.sql");

    fn connection(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection
    }

    fn book_of_layout_2(path: &Path) -> Connection {
        let book = connection(path);
        book.execute_batch(LAYOUT_2).unwrap();
        book
    }

    fn place(book: &Connection, id: i64, engagement: i64, account: &str, customer: Option<&str>) {
        let document = serde_json::json!({"placement": {"account": account, "customer": customer}});
        let sql = "INSERT INTO placement
            (id, engagement, account, round, file, line, state, placed, principal, interest, penalty, late_fee, costs, other, document)
            VALUES (?1, ?2, ?3, ?1, 1, ?1, 'sent', 5, 5, 0, 0, 0, 0, 0, CAST(?4 AS BLOB))";
        book.execute(sql, (id, engagement, account, document.to_string())).unwrap();
    }

    /// Two engagements of a creditor, one of another, with keys that are customers' here and accounts' there.
    fn fill(book: &Connection) {
        book.execute_batch(
            "INSERT INTO engagement VALUES (1, 'x', 'USD', 'B', 'AX', ''), (2, 'y', 'USD', 'B', 'AY', ''),
                                           (3, 'z', 'USD', 'Other', 'AZ', '')",
        )
        .unwrap();
        place(book, 1, 1, "A1", Some("C1"));
        place(book, 2, 2, "A2", Some("C1"));
        place(book, 3, 3, "A1", Some("C1"));
        place(book, 5, 1, "C1", None);
        place(book, 6, 2, "C1", None);
        place(book, 7, 1, "it's \"A\"", None);
        place(book, 8, 1, "A8", Some("A1"));
        book.execute_batch(
            "INSERT INTO exception (id, engagement, placement, file, line, code, identifier, minor, effect_on, document)
             VALUES (7, 1, 1, 1, 3, 'payment_after_term', 'P1', 5, '2026-07-01', x'7b7d')",
        )
        .unwrap();
        book.execute("UPDATE placement SET customer = 'C1' WHERE id = 2", []).unwrap();
        // What a contract wanted of an account that has ended may be long ago.
        book.execute("UPDATE placement SET customer = 'C1', state = 'closed' WHERE id = 3", []).unwrap();
    }

    fn persons(book: &Connection) -> Vec<(i64, String, String, String)> {
        let sql = "SELECT p.id, h.creditor, h.kind, h.key FROM placement p JOIN person h ON h.id = p.person ORDER BY p.id";
        let mut statement = book.prepare(sql).unwrap();
        let rows =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn a_book_of_layout_2_gets_persons_terms_and_the_shape_of_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fill(&book_of_layout_2(&old));
        let earned = "UPDATE placement SET earned = 7, earned_micro = 5, commission = 7, tax = 1 WHERE id = 2;
            INSERT INTO transfer (id, engagement, placement, file, kind, debit, credit, principal, interest, penalty,
                                  late_fee, costs, other)
            VALUES (1, 2, 2, 1, 'payment', 'a', 'b', 9, 0, 0, 0, 0, 0), (2, 2, 2, 1, 'commission', 'a', 'b', 7, 0, 0, 0, 0, 0);
            INSERT INTO earning (payment, schedule, rate_ppm, base, whole, micro) VALUES (1, 's', 1, 9, 7, 5);
            UPDATE placement SET holds = 320 WHERE id = 2;
            UPDATE placement SET holds = 1 WHERE id = 5;";
        connection(&old).execute_batch(earned).unwrap();
        drop(Book::open(&old).unwrap());
        let book = Book::open(&old).unwrap();
        let want = [
            (1, "B", "customer", "C1"),
            (2, "B", "customer", "C1"),
            (3, "Other", "customer", "C1"),
            (5, "B", "account", "C1"),
            (6, "B", "account", "C1"),
            (7, "B", "account", "it's \"A\""),
            (8, "B", "customer", "A1"),
        ];
        let own = |(id, creditor, kind, key): (i64, &str, &str, &str)| {
            (id, creditor.to_owned(), kind.to_owned(), key.to_owned())
        };
        assert_eq!(persons(&book.connection), want.map(own));
        let count = |sql: &str| book.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM person"), 5);
        // An exception is the payment that it was.
        let same = "SELECT count(*) FROM exception WHERE id = 7 AND side = 'agency' AND kind = 'payment' AND account = 'A1'
                      AND identifier = 'P1' AND minor = 5 AND line = 3 AND decision IS NULL";
        assert_eq!(count(same), 1);
        assert_eq!(count("SELECT group_concat(id) = '2' FROM engagement WHERE one_agency"), 1);
        // Each engagement has its first terms, still empty, and what was booked is of them.
        let terms = "SELECT count(*) FROM terms t JOIN engagement e ON e.id = t.engagement WHERE body = '' AND from_on IS NULL";
        assert_eq!((count(terms), count("SELECT count(*) FROM terms")), (3, 3));
        let of = "(SELECT id FROM terms WHERE engagement = p.engagement)";
        let placements = format!("SELECT count(*) FROM placement p WHERE terms = {of}");
        assert_eq!(count(&placements), 7);
        assert_eq!(count(&format!("SELECT count(*) FROM transfer p WHERE terms = {of} AND id = 2")), 1);
        assert_eq!(count("SELECT terms IS NULL FROM transfer WHERE id = 1"), 1);
        let earning = "SELECT count(*) FROM earning x JOIN transfer t ON t.id = 2 AND t.terms = x.terms";
        let standing = "SELECT group_concat(placement || ' ' || earned || ' ' || earned_micro || ' ' || commission || ' ' || tax)
            = '2 7 5 7 1' FROM standing";
        assert_eq!((count(earning), count(standing)), (1, 1));
        let quoted = "SELECT group_concat(payment || ' ' || nth || ' ' || whole || ' ' || micro) = '1 0 7 5' FROM earning";
        let holds = "SELECT group_concat(it, ', ') = '2 legal, 2 kept, 5 dispute' FROM (
            SELECT placement || ' ' || reason AS it FROM hold
            WHERE side = 'bank' AND effect_on IS NULL AND begins AND file = 1 ORDER BY id)";
        assert_eq!((count(quoted), count(holds)), (1, 1));
        Book::create(&new).unwrap();
        assert_eq!(shape(&book.connection), shape(&Book::open(&new).unwrap().connection));
        assert_eq!(count("SELECT count(*) FROM sqlite_temp_schema"), 0);
    }

    /// Whatever statement of the step fails, the book has the layout of before, and is brought up by the next that opens
    /// it.
    #[test]
    fn a_step_that_stops_anywhere_leaves_the_layout_of_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        let old = book_of_layout_2(&path);
        fill(&old);
        let before = shape(&old);
        for (at, (to, sql)) in STEPS.into_iter().enumerate() {
            let mut ends: Vec<usize> = sql.match_indices(";\n").map(|(at, _)| at + 1).collect();
            ends.push(sql.len());
            assert!(!ends.is_empty());
            for end in ends {
                let failing = format!("{}\nSELECT * FROM nothing_of_this_name;", &sql[..end]);
                let mut stopped = connection(&path);
                let steps = [&STEPS[..at], &[(to, failing.as_str())]].concat();
                let error = bring_up_by(&steps, &mut stopped, &path).unwrap_err();
                assert!(error.to_string().contains("nothing_of_this_name"), "{to} {end}: {error}");
                drop(stopped);
                assert_eq!(shape(&old), before, "{to} {end}");
                assert_eq!(layout(&old, &path).unwrap(), OLDEST, "{to} {end}");
            }
        }
        drop(old);
        assert_eq!(persons(&Book::open(&path).unwrap().connection).len(), 7);
    }

    #[test]
    fn of_two_that_open_a_book_at_once_one_brings_it_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        let old = book_of_layout_2(&path);
        old.pragma_update(None, "journal_mode", "WAL").unwrap();
        fill(&old);
        drop(old);
        let both = std::sync::Barrier::new(2);
        let open = || {
            both.wait();
            persons(&Book::open(&path).unwrap().connection).len()
        };
        let counted = std::thread::scope(|scope| {
            let threads = [scope.spawn(open), scope.spawn(open)];
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(counted, [7, 7]);
    }

    #[test]
    fn a_layout_that_no_step_leads_from_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        Book::create(&path).unwrap();
        let write = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        for (layout, code) in [
            ("'6'", "book_newer"),
            ("'4294967295'", "book_newer"),
            ("'1'", "book_unreadable"),
            ("'x'", "book_unreadable"),
        ] {
            write(&format!("UPDATE meta SET value = {layout} WHERE key = 'layout'"));
            let error = Book::open(&path).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(!error.to_string().contains("report"), "{error}");
        }
        write("DELETE FROM meta");
        assert_eq!(Book::open(&path).unwrap_err().code(), "book_unreadable");
    }

    #[test]
    fn a_new_book_has_large_pages() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        Book::create(&path).unwrap();
        let book = Book::open(&path).unwrap();
        let pages = book.connection.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0));
        assert_eq!(pages.unwrap(), 16 << 10);
    }
}
