//! The sums of the book's rows, by which any change from outside is found.
//!
//! Each table has a sum: the sum of a hash of each of its rows, modulo 2^1024. A row that is written adds its hash, a row
//! that goes takes it away. Triggers of the connection do that for every statement, so none can forget it; they are
//! temporary, so the book's file does not have them. The sums are rows of the book themselves, and the audit log has
//! their keyed hash with every act: rows that were changed, removed, added or put back by anything else no longer have
//! the sums that the log has.
//!
//! A sum does not depend on the order of rows, so it costs the same for every row, however large the book is. Finding
//! other rows with the same sum is the generalized birthday problem (D. Wagner, "A Generalized Birthday Problem",
//! CRYPTO 2002): with a sum of n bits and 2^t free rows it takes about 2^(n/(1+t)) steps. With 1,024 bits and a thousand
//! free rows that is 2^93. The schema is summed as a table of its own, so that no index, trigger or column is another one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use super::{Book, Transaction};
use crate::agreement::Booked;
use crate::error::{Error, Result};

/// Tables that change outside of acts: the book's mark of the log, which is compared with the log itself, the files that
/// are not in their places yet, and the sums.
const APART: [&str; 3] = ["held_back", "meta", "row_sum"];
/// Numbers of 64 bits in a sum.
const LIMBS: usize = 16;
const SUM_BYTES: usize = LIMBS * 8;
/// SQLite's own table of tables and indices, whose rows no trigger sees. Acts do not change them.
const SCHEMA: &str = "sqlite_schema";
const SCHEMA_COLUMNS: [&str; 4] = ["type", "name", "tbl_name", "sql"];
/// The table of the sums, if it is not there.
const ROW_SUM: &str =
    "CREATE TABLE IF NOT EXISTS row_sum (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID";
/// What is listed of a damaged file.
const DAMAGES_MAX: usize = 20;
/// The function that the triggers call: the place of the table, 1 or -1, the values of the row.
const FUNCTION: &str = "count_row";

/// A sum of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sum([u64; LIMBS]);

impl Sum {
    const NONE: Self = Self([0; LIMBS]);

    fn of_bytes(bytes: &[u8; SUM_BYTES]) -> Self {
        let mut sum = Self::NONE;
        for (limb, bytes) in sum.0.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        sum
    }

    fn to_bytes(self) -> [u8; SUM_BYTES] {
        let mut bytes = [0; SUM_BYTES];
        for (bytes, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *bytes = limb.to_le_bytes();
        }
        bytes
    }

    fn add(&mut self, other: &Self) {
        let mut carry = false;
        for (limb, other) in self.0.iter_mut().zip(other.0) {
            (*limb, carry) = limb.carrying_add(other, carry);
        }
    }

    fn take(&mut self, other: &Self) {
        let mut borrow = false;
        for (limb, other) in self.0.iter_mut().zip(other.0) {
            (*limb, borrow) = limb.borrowing_sub(other, borrow);
        }
    }
}

/// A row as bytes: its table, then its values, each with its type and length, so that no two rows have the same bytes.
#[derive(Debug, Default)]
struct Row(Vec<u8>);

impl Row {
    fn begin(&mut self, table: &str) {
        self.0.clear();
        self.value(ValueRef::Text(table.as_bytes()));
    }

    fn value(&mut self, value: ValueRef<'_>) {
        let (kind, bytes): (u8, &[u8]) = match value {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(number) => return self.number(1, number.to_le_bytes()),
            ValueRef::Real(number) => return self.number(2, number.to_bits().to_le_bytes()),
            ValueRef::Text(text) => (3, text),
            ValueRef::Blob(bytes) => (4, bytes),
        };
        self.0.push(kind);
        if kind != 0 {
            self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            self.0.extend_from_slice(bytes);
        }
    }

    fn number(&mut self, kind: u8, bytes: [u8; 8]) {
        self.0.push(kind);
        self.0.extend_from_slice(&bytes);
    }

    fn hash(&self) -> Sum {
        let mut bytes = [0; SUM_BYTES];
        blake3::Hasher::new().update(&self.0).finalize_xof().fill(&mut bytes);
        Sum::of_bytes(&bytes)
    }
}

/// A table whose rows are summed.
#[derive(Debug)]
struct Summed {
    name: String,
    columns: Vec<String>,
    sum: Sum,
    changed: bool,
}

/// The sums of all tables while a transaction runs.
#[derive(Debug, Default)]
struct Counting {
    tables: Vec<Summed>,
    row: Row,
}

/// The sums that a connection keeps up to date.
#[derive(Debug, Clone)]
pub(super) struct Counter(Arc<Mutex<Counting>>);

impl Counter {
    /// Keeps the sums of everything that is written through a connection from now on.
    pub(super) fn begin(connection: &Connection) -> Result<Self> {
        let tables = tables(connection)?;
        let triggers: String = tables.iter().enumerate().map(|(at, table)| table.triggers(at)).collect();
        let counter = Self(Arc::new(Mutex::new(Counting { tables, row: Row::default() })));
        let counted = counter.clone();
        connection.create_scalar_function(FUNCTION, -1, FunctionFlags::SQLITE_UTF8, move |call| {
            let (at, sign) = (call.get::<u32>(0)?, call.get::<i64>(1)?);
            counted.lock().count(at as usize, sign > 0, (2..call.len()).map(|at| call.get_raw(at)));
            Ok(None::<i64>)
        })?;
        connection.execute_batch(&triggers)?;
        Ok(counter)
    }

    fn lock(&self) -> MutexGuard<'_, Counting> {
        // No code panics while it holds the lock; if one did, the sums would be read again with the next transaction.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with the sums that the book has.
    pub(super) fn load(&self, connection: &Connection) -> Result<()> {
        let mut counting = self.lock();
        for table in &mut counting.tables {
            (table.sum, table.changed) = (stored(connection, &table.name)?, false);
        }
        Ok(())
    }

    /// Writes the sums that have changed.
    fn store(&self, connection: &Connection) -> Result<()> {
        let counting = self.lock();
        counting
            .tables
            .iter()
            .filter(|table| table.changed)
            .try_for_each(|table| store(connection, &table.name, table.sum))
    }
}

impl Counting {
    fn count<'a>(&mut self, at: usize, added: bool, values: impl Iterator<Item = ValueRef<'a>>) {
        let Some(table) = self.tables.get_mut(at) else { return };
        self.row.begin(&table.name);
        values.for_each(|value| self.row.value(value));
        let hash = self.row.hash();
        match added {
            true => table.sum.add(&hash),
            false => table.sum.take(&hash),
        }
        table.changed = true;
    }
}

impl Summed {
    fn new(name: String, columns: Vec<String>) -> Self {
        Self { name, columns, sum: Sum::NONE, changed: false }
    }

    /// The triggers of a table: its rows are counted when they are added, removed and changed.
    fn triggers(&self, at: usize) -> String {
        let name = &self.name;
        if name == SCHEMA {
            return String::new();
        }
        let count = |sign: i64, row: &str| {
            let values: String = self.columns.iter().map(|column| format!(", {row}.\"{column}\"")).collect();
            format!("SELECT {FUNCTION}({at}, {sign}{values});")
        };
        let (added, removed) = (count(1, "NEW"), count(-1, "OLD"));
        format!(
            "CREATE TEMP TRIGGER IF NOT EXISTS \"{name} added\" AFTER INSERT ON main.\"{name}\" BEGIN {added} END;
             CREATE TEMP TRIGGER IF NOT EXISTS \"{name} removed\" AFTER DELETE ON main.\"{name}\" BEGIN {removed} END;
             CREATE TEMP TRIGGER IF NOT EXISTS \"{name} changed\" AFTER UPDATE ON main.\"{name}\" BEGIN {removed} {added} END;"
        )
    }

    /// The sum of the rows that are in the table.
    fn recount(&self, connection: &Connection) -> Result<Sum> {
        let columns: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        let sql = format!("SELECT {} FROM \"{}\"", columns.join(", "), self.name);
        let mut statement = connection.prepare(&sql)?;
        let (mut rows, mut row, mut sum) = (statement.query([])?, Row::default(), Sum::NONE);
        while let Some(values) = rows.next()? {
            row.begin(&self.name);
            for at in 0..self.columns.len() {
                row.value(values.get_ref(at)?);
            }
            sum.add(&row.hash());
        }
        Ok(sum)
    }
}

/// The tables whose rows are summed, by name, with their columns.
fn tables(connection: &Connection) -> Result<Vec<Summed>> {
    let sql = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut tables: Vec<Summed> = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, column): (String, String) = (row.get(0)?, row.get(1)?);
        if APART.contains(&name.as_str()) {
            continue;
        }
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Summed::new(name, vec![column])),
        }
    }
    tables.push(Summed::new(SCHEMA.to_owned(), SCHEMA_COLUMNS.map(str::to_owned).into()));
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(tables)
}

/// The sum that the book has of a table.
fn stored(connection: &Connection, table: &str) -> Result<Sum> {
    let sql = "SELECT value FROM row_sum WHERE name = ?1";
    let bytes: Option<Vec<u8>> =
        connection.prepare_cached(sql)?.query_row([table], |row| row.get(0)).optional()?;
    match bytes.as_deref().map(<&[u8; SUM_BYTES]>::try_from) {
        Some(Ok(bytes)) => Ok(Sum::of_bytes(bytes)),
        Some(Err(_)) => Err(unfit(table, "is unreadable")),
        None => Err(unfit(table, "is missing")),
    }
}

fn unfit(table: &str, why: &str) -> Error {
    Error::book(format!(
        "the sum of its table {table}, in `row_sum`, {why}; restore the book from a backup, or go on with it by `audit settle`, which \
         is recorded"
    ))
}

fn store(connection: &Connection, table: &str, sum: Sum) -> Result<()> {
    let sql = "INSERT INTO row_sum (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    connection.prepare_cached(sql)?.execute((table, sum.to_bytes().as_slice()))?;
    Ok(())
}

/// Sums the rows that are there, as a part of the running transaction: of a new book, of one that was brought up from a
/// layout without sums, of one that an operator accepts as it is.
pub(super) fn sum_anew(connection: &Connection) -> Result<()> {
    // Somebody may have removed it.
    connection.execute_batch(ROW_SUM)?;
    connection.execute("DELETE FROM row_sum", [])?;
    tables(connection)?
        .iter()
        .try_for_each(|table| store(connection, &table.name, table.recount(connection)?))
}

/// What was found when every row was summed.
pub(crate) struct RowsFound {
    pub(crate) booked: Booked,
    /// The sums that the book has, as bytes that the log has the keyed hash of.
    pub(crate) sums: Vec<u8>,
    /// The tables whose rows have other sums, and the names of sums without a table.
    pub(crate) changed: Vec<String>,
    /// What SQLite finds wrong with the file: an index without a row, a page that cannot be read.
    pub(crate) damaged: Vec<String>,
}

/// The tables whose rows do not have the sum that the book has of them, and the names of sums without a table.
fn changed(connection: &Connection) -> Result<Vec<String>> {
    let tables = tables(connection)?;
    if !has_sums(connection)? {
        return Ok(vec!["row_sum".to_owned()]);
    }
    let mut changed = Vec::new();
    for table in &tables {
        if stored(connection, &table.name).ok() != Some(table.recount(connection)?) {
            changed.push(table.name.clone());
        }
    }
    let mut statement = connection.prepare("SELECT name FROM row_sum ORDER BY name")?;
    for name in statement.query_map([], |row| row.get::<_, String>(0))? {
        let name = name?;
        if !tables.iter().any(|table| table.name == name) {
            changed.push(name);
        }
    }
    Ok(changed)
}

/// What SQLite finds wrong with the file.
fn damaged(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA main.integrity_check({DAMAGES_MAX})"))?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().filter(|found| found != "ok").collect())
}

/// Whether the book has a table of sums.
fn has_sums(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'row_sum')";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

impl Transaction<'_> {
    /// The sums of the rows as they are now, as bytes that the log has the keyed hash of.
    pub(crate) fn sums(&self) -> Vec<u8> {
        let counting = self.counter.lock();
        counting.tables.iter().flat_map(|table| bytes_of(&table.name, table.sum)).collect()
    }

    /// Writes the sums, before the commit.
    pub(super) fn store_sums(&self) -> Result<()> {
        self.counter.store(&self.inner)
    }
}

impl Book {
    /// The sums that the book has, as bytes that the log has the keyed hash of. Nothing, if somebody removed them.
    pub(crate) fn stored_sums(&self) -> Result<Vec<u8>> {
        if !has_sums(&self.connection)? {
            return Ok(Vec::new());
        }
        let mut statement =
            self.connection.prepare_cached("SELECT name, value FROM row_sum ORDER BY name")?;
        let mut rows = statement.query([])?;
        let mut bytes = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, value): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
            bytes.extend(entry(&name, &value));
        }
        Ok(bytes)
    }

    /// Sums every row, all of one moment.
    pub(crate) fn rows_found(&self) -> Result<RowsFound> {
        let moment = self.moment()?;
        Ok(RowsFound {
            booked: self.booked()?,
            sums: self.stored_sums()?,
            changed: changed(&moment)?,
            damaged: damaged(&moment)?,
        })
    }

    /// Sums the rows that are there, and gives the sums as bytes that the log has the keyed hash of.
    pub(crate) fn accept_rows(&self) -> Result<Vec<u8>> {
        let transaction = self.connection.unchecked_transaction()?;
        sum_anew(&transaction)?;
        transaction.commit()?;
        self.stored_sums()
    }
}

/// A table's sum, as the log's keyed hash is made of it.
fn bytes_of(table: &str, sum: Sum) -> Vec<u8> {
    entry(table, &sum.to_bytes())
}

fn entry(table: &str, sum: &[u8]) -> Vec<u8> {
    let mut row = Row::default();
    row.begin(table);
    row.value(ValueRef::Blob(sum));
    row.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Mark;
    use proptest::prelude::*;

    fn book() -> (tempfile::TempDir, Book) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        Book::create(&path).unwrap();
        let book = Book::open(&path).unwrap();
        (folder, book)
    }

    fn write(book: &mut Book, statements: &[String]) {
        let transaction = book.begin().unwrap();
        // A statement that fails is the end of its transaction: rows that it counted before are not taken back alone.
        if statements.iter().all(|statement| transaction.inner.execute_batch(statement).is_ok()) {
            transaction.commit(&Mark::empty(), &[]).unwrap();
        }
    }

    fn wrong(book: &Book) -> Vec<String> {
        book.rows_found().unwrap().changed
    }

    /// Statements of every kind, on tables with and without numbers of their own.
    fn statement() -> impl Strategy<Value = String> {
        let key = 0..4i64;
        prop_oneof![
            (key.clone(), "[a-c]{0,2}")
                .prop_map(|(id, key)| format!("INSERT INTO person VALUES ({id}, 'B', 'account', '{key}')")),
            (key.clone(), "[a-c]{0,2}").prop_map(|(id, key)| format!(
                "INSERT INTO person VALUES ({id}, 'B', 'customer', '{key}')
                 ON CONFLICT (id) DO UPDATE SET key = excluded.key || 'x', creditor = 'C'"
            )),
            (key.clone(), key.clone())
                .prop_map(|(id, to)| format!("UPDATE person SET id = {to} WHERE id = {id}")),
            key.clone().prop_map(|id| format!("DELETE FROM person WHERE id >= {id}")),
            Just("DELETE FROM person".to_owned()),
            (key.clone(), key.clone())
                .prop_map(|(key, of)| format!("INSERT INTO awaits VALUES (1, 'account:{key}', {of})")),
            key.clone().prop_map(|of| format!("UPDATE awaits SET key = key || '!' WHERE exception = {of}")),
            Just("DELETE FROM awaits".to_owned()),
            (key.clone(), proptest::option::of(key)).prop_map(|(of, line)| {
                let line = line.map_or("NULL".to_owned(), |line| line.to_string());
                format!("INSERT INTO repeated VALUES ({of}, 1, {line}), ({of}, 1, {line})")
            }),
            Just("DELETE FROM repeated WHERE rowid = (SELECT min(rowid) FROM repeated)".to_owned()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_sums_are_those_of_the_rows_whatever_is_written(
            acts in proptest::collection::vec((proptest::collection::vec(statement(), 1..12), any::<bool>()), 1..4)
        ) {
            let (_folder, mut book) = book();
            for (statements, counts) in acts {
                let before = book.stored_sums().unwrap();
                if counts {
                    write(&mut book, &statements);
                } else {
                    let transaction = book.begin().unwrap();
                    for statement in statements {
                        let _ = transaction.inner.execute_batch(&statement);
                    }
                    drop(transaction);
                    prop_assert_eq!(book.stored_sums().unwrap(), before);
                }
                prop_assert_eq!(wrong(&book), Vec::<String>::new());
            }
        }

        #[test]
        fn what_is_added_can_be_taken_away_in_any_order(rows in proptest::collection::vec(any::<[u8; 16]>(), 1..20)) {
            let hashes: Vec<Sum> = rows
                .iter()
                .map(|bytes| {
                    let mut row = Row::default();
                    row.value(ValueRef::Blob(bytes));
                    row.hash()
                })
                .collect();
            let mut sum = Sum::NONE;
            hashes.iter().for_each(|hash| sum.add(hash));
            prop_assert_ne!(sum, Sum::NONE);
            prop_assert_eq!(Sum::of_bytes(&sum.to_bytes()), sum);
            hashes.iter().rev().for_each(|hash| sum.take(hash));
            prop_assert_eq!(sum, Sum::NONE);
        }
    }

    #[test]
    fn rows_that_look_alike_have_other_hashes() {
        let of = |table: &str, values: &[ValueRef<'_>]| {
            let mut row = Row::default();
            row.begin(table);
            values.iter().for_each(|value| row.value(*value));
            row.hash()
        };
        let text = |text: &'static str| ValueRef::Text(text.as_bytes());
        let rows = [
            of("t", &[text("ab"), text("c")]),
            of("t", &[text("a"), text("bc")]),
            of("ta", &[text("b"), text("c")]),
            of("t", &[text("ab"), ValueRef::Blob(b"c")]),
            of("t", &[ValueRef::Null, text("")]),
            of("t", &[text(""), ValueRef::Null]),
            of("t", &[ValueRef::Integer(1)]),
            of("t", &[ValueRef::Real(1.0)]),
            of("t", &[text("1")]),
        ];
        for (at, row) in rows.iter().enumerate() {
            assert!(rows[..at].iter().all(|other| other != row), "{at}");
        }
    }

    /// A trigger or view that somebody put into the file does not run, and is named.
    #[test]
    fn a_trigger_in_the_file_does_not_run() {
        let (folder, book) = book();
        let outside = Connection::open(folder.path().join("book")).unwrap();
        outside
            .execute_batch(
                "CREATE TRIGGER more AFTER INSERT ON person BEGIN
                     UPDATE person SET key = 'another' WHERE id = NEW.id; SELECT count_row(0, 1, 7); END;
                 CREATE VIEW looks AS SELECT 1;",
            )
            .unwrap();
        drop((outside, book));
        let mut book = Book::open(&folder.path().join("book")).unwrap();
        write(&mut book, &["INSERT INTO person VALUES (1, 'B', 'account', 'A1')".to_owned()]);
        let key: String = book.connection.query_row("SELECT key FROM person", [], |row| row.get(0)).unwrap();
        assert_eq!(key, "A1");
        assert_eq!(wrong(&book), ["sqlite_schema"]);
    }

    #[test]
    fn a_table_and_a_sum_too_many_are_named() {
        let (folder, book) = book();
        let outside = Connection::open(folder.path().join("book")).unwrap();
        let change = |sql: &str| outside.execute_batch(sql).unwrap();
        assert_eq!(wrong(&book), Vec::<String>::new());
        change("CREATE TABLE another (x); INSERT INTO person VALUES (1, 'B', 'account', 'A1');");
        assert_eq!(wrong(&book), ["another", "person", "sqlite_schema"]);
        change("DROP TABLE another; DELETE FROM person; INSERT INTO row_sum VALUES ('nothing', x'00');");
        assert_eq!(wrong(&book), ["nothing"]);
        change("DELETE FROM row_sum WHERE name IN ('nothing', 'event');");
        assert_eq!(wrong(&book), ["event"]);
        let mut book = book;
        assert!(book.begin().map(drop).unwrap_err().to_string().contains("audit settle"));
        change("INSERT INTO row_sum VALUES ('event', x'00');");
        assert!(book.begin().map(drop).unwrap_err().to_string().contains("unreadable"));
        change("DROP TABLE row_sum");
        assert_eq!((wrong(&book), book.stored_sums().unwrap()), (vec!["row_sum".to_owned()], Vec::new()));
        book.accept_rows().unwrap();
        assert_eq!(wrong(&book), Vec::<String>::new());
        write(&mut book, &["INSERT INTO person VALUES (1, 'B', 'account', 'A1')".to_owned()]);
        assert_eq!(wrong(&book), Vec::<String>::new());
    }

    /// An index that does not have the rows that it must have hides that a file came before.
    #[test]
    fn another_index_or_column_is_found() {
        let (folder, mut book) = book();
        write(&mut book, &["INSERT INTO person VALUES (1, 'B', 'account', 'A1')".to_owned()]);
        let outside = Connection::open(folder.path().join("book")).unwrap();
        let change = |sql: &str| outside.execute_batch(sql).unwrap();
        change("DROP INDEX file_sha256");
        assert_eq!(wrong(&book), ["sqlite_schema"]);
        change("CREATE UNIQUE INDEX file_sha256 ON file (engagement, side, sha256)");
        assert_eq!(wrong(&book), Vec::<String>::new());
        change("ALTER TABLE person RENAME COLUMN key TO creditor_; ALTER TABLE person RENAME COLUMN creditor TO key;
                ALTER TABLE person RENAME COLUMN creditor_ TO creditor;");
        assert_eq!(wrong(&book), ["sqlite_schema"]);
        change("ALTER TABLE person RENAME COLUMN key TO creditor_; ALTER TABLE person RENAME COLUMN creditor TO key;
                ALTER TABLE person RENAME COLUMN creditor_ TO creditor;");
        // The text of the index is as it was, and its rows are not.
        change("DROP INDEX placement_person; CREATE INDEX placement_person ON person (key) WHERE id > 7;
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE INDEX placement_person ON person (key)' WHERE name = 'placement_person';
                PRAGMA writable_schema = RESET;");
        let found = Book::open(&folder.path().join("book")).unwrap().rows_found().unwrap();
        assert!(found.damaged.iter().any(|it| it.contains("placement_person")), "{:?}", found.damaged);
    }
}
