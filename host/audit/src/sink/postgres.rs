//! A copy in PostgreSQL: one row for each entry, to be queried. Rows are added and never changed; triggers
//! refuse changes by roles with more rights than the sink needs.

use std::path::Path;

use bailiwick_tlog::{Checkpoint, HASH_BYTES, Hash, Note, Tile, leaf_hash};
use jiff::Timestamp;
use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};
use serde::Deserialize;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Copied, HEADS_AT_ONCE_MAX, Published, Sink, failed, forked};
use crate::error::{Error, Result};
use crate::tls;

/// How long a connection may take.
const CONNECT: std::time::Duration = std::time::Duration::from_secs(10);
/// The number of the advisory lock that is held while the tables are made.
const MAKING: i64 = 0x6261_696c_6977;

/// The tables, made by the first `ship`. After that, a role that may insert and select is enough.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS audit_entry (
    origin text NOT NULL,
    idx bigint NOT NULL,
    leaf bytea NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    entry bytea NOT NULL,
    PRIMARY KEY (origin, idx)
);
CREATE TABLE IF NOT EXISTS audit_checkpoint (
    origin text NOT NULL,
    size bigint NOT NULL,
    signed text NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (origin, size)
);
CREATE TABLE IF NOT EXISTS audit_head (
    origin text NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (origin, size)
);
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME;
END $$;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
";

/// The query that counts the tables whose rows can be changed.
const UNGUARDED: &str = "
SELECT count(*) FROM (VALUES
    (to_regclass('audit_entry')), (to_regclass('audit_checkpoint')), (to_regclass('audit_head'))
) AS t(id) WHERE id IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = id AND tgname = 'append_only' AND tgenabled IN ('O', 'A'))";

const HAS_COPY: &str =
    "SELECT to_regclass('audit_entry') IS NOT NULL AND to_regclass('audit_checkpoint') IS NOT NULL";
const HAS_HEADS: &str = "SELECT to_regclass('audit_head') IS NOT NULL";

const INSERT: &str = "
INSERT INTO audit_entry
SELECT $1, idx, leaf, at::timestamptz, kind, entry
FROM unnest($2::bigint[], $3::bytea[], $4::text[], $5::text[], $6::bytea[]) AS t(idx, leaf, at, kind, entry)
ON CONFLICT DO NOTHING";

const OTHER: &str = "
SELECT t.idx FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) AS t(idx, leaf, entry)
JOIN audit_entry e ON e.origin = $1 AND e.idx = t.idx
WHERE e.leaf <> t.leaf OR e.entry <> t.entry
ORDER BY t.idx LIMIT 1";

const SELECT: &str = "
SELECT idx, leaf, entry, kind, (extract(epoch FROM at) * 1000000)::bigint FROM audit_entry
WHERE origin = $1 AND idx >= $2 AND idx < $3 ORDER BY idx";

/// A copy in PostgreSQL. It blocks, so do not use it inside an asynchronous task.
pub struct PostgresSink {
    client: Client,
    address: String,
    origin: String,
}

impl std::fmt::Debug for PostgresSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresSink").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The members of an entry that have a column of their own.
#[derive(Deserialize)]
struct Columns {
    at: Timestamp,
    kind: String,
}

impl PostgresSink {
    /// Connects, and makes the tables if they are missing. `shown` is the address without its password, which
    /// may also come from `PGPASSWORD`; `origin` is the name of the log.
    ///
    /// # Errors
    /// [`Error::Sink`].
    pub fn open(url: &str, shown: &str, origin: &str) -> Result<Self> {
        // The parser's message may repeat a part of the address, so it is not shown.
        let mut config: Config = url.parse().map_err(|_| {
            let why = "it is no PostgreSQL URL; special characters in it must be escaped (%40 for @), and sslmode is \
                       require (certificate and host name are checked) or disable";
            failed(shown, why)
        })?;
        if config.get_password().is_none()
            && let Ok(password) = std::env::var("PGPASSWORD")
        {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        config.application_name("bailiwick");
        let client = match transport(&config, url).map_err(|why| failed(shown, why))? {
            Transport::Plain => config.ssl_mode(SslMode::Disable).connect(NoTls),
            Transport::Tls => {
                let tls = tls::config().map_err(|error| failed(shown, error))?;
                config.ssl_mode(SslMode::Require).connect(MakeRustlsConnect::new(tls))
            }
        };
        let client = client.map_err(|error| say(shown, &error))?;
        let mut sink = Self { client, address: shown.to_owned(), origin: origin.to_owned() };
        sink.make()?;
        Ok(sink)
    }

    fn make(&mut self) -> Result<()> {
        let has_copy = self.has(HAS_COPY)?;
        if !(has_copy && self.has(HAS_HEADS)?) {
            match self.make_tables() {
                // Tables of an earlier release lack the table of heads, and this role may not be allowed to
                // make it.
                Err(error) if has_copy && error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {}
                made => made.map_err(|error| say(&self.address, &error))?,
            }
        }
        let unguarded = self.client.query_one(UNGUARDED, &[]).and_then(|row| row.try_get::<_, i64>(0));
        match unguarded.map_err(|error| say(&self.address, &error))? {
            0 => Ok(()),
            _ => {
                let why = "its tables can be changed: a trigger `append_only` of audit_entry, audit_checkpoint or audit_head is \
                           missing or disabled; put it back, and verify the copy";
                Err(failed(&self.address, why))
            }
        }
    }

    fn make_tables(&mut self) -> std::result::Result<(), postgres::Error> {
        let mut transaction = self.client.transaction()?;
        transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MAKING])?;
        transaction.batch_execute(TABLES)?;
        transaction.commit()
    }
}

impl PostgresSink {
    /// The note in the row that a statement finds.
    fn newest(&mut self, statement: &str, what: &str) -> Result<Option<Note>> {
        let Self { client, address, origin } = self;
        let row = client.query_opt(statement, &[origin]).map_err(|error| say(address, &error))?;
        let Some(row) = row else { return Ok(None) };
        let text: String = row.try_get(0).map_err(|error| say(address, &error))?;
        Note::parse(text.as_bytes())
            .map(Some)
            .map_err(|error| failed(address, format!("its {what}: {error}")))
    }

    fn has(&mut self, statement: &str) -> Result<bool> {
        let row = self.client.query_one(statement, &[]);
        row.and_then(|row| row.try_get(0)).map_err(|error| say(&self.address, &error))
    }
}

/// How the server is reached.
#[derive(Debug, PartialEq, Eq)]
enum Transport {
    Plain,
    /// With TLS. A server without TLS gets no data, not even the user's name. Certificate and host name are
    /// checked.
    Tls,
}

/// Without TLS: only if the address says so, or over a socket of this machine.
fn transport(config: &Config, url: &str) -> Result<Transport, &'static str> {
    let hosts = config.get_hosts();
    let stays = !hosts.is_empty() && config.get_hostaddrs().is_empty() && hosts.iter().all(local);
    match config.get_ssl_mode() {
        SslMode::Disable => Ok(Transport::Plain),
        _ if stays => Ok(Transport::Plain),
        // `prefer` is also the parser's default.
        SslMode::Prefer if url.contains("sslmode=") => Err(
            "sslmode=prefer lets the server turn TLS off: write sslmode=require, which is also what no sslmode \
             means, or sslmode=disable if plain text is meant",
        ),
        _ => Ok(Transport::Tls),
    }
}

#[cfg(unix)]
fn local(host: &postgres::config::Host) -> bool {
    matches!(host, postgres::config::Host::Unix(_))
}

#[cfg(not(unix))]
fn local(_: &postgres::config::Host) -> bool {
    false
}

/// The server's message.
fn say(address: &str, error: &postgres::Error) -> Error {
    match error.as_db_error() {
        Some(said) => failed(address, said.message()),
        None => {
            let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})"));
            failed(address, format!("{error}{}", cause.unwrap_or_default()))
        }
    }
}

impl Sink for PostgresSink {
    fn address(&self) -> &str {
        &self.address
    }

    fn latest(&mut self) -> Result<Option<Note>> {
        let latest = "SELECT note FROM audit_checkpoint WHERE origin = $1 ORDER BY size DESC LIMIT 1";
        self.newest(latest, "checkpoint")
    }

    fn put_entries(&mut self, entries: &[Copied]) -> Result<()> {
        let Self { client, address, origin } = self;
        let say = |error: postgres::Error| say(address, &error);
        let (mut at, mut kinds) = (Vec::new(), Vec::new());
        for it in entries {
            let columns: Columns = serde_json::from_slice(&it.entry)
                .map_err(|error| Error::Log(format!("entry {} is no entry ({error})", it.index)))?;
            at.push(columns.at.to_string());
            kinds.push(columns.kind);
        }
        let indices: Vec<i64> = entries.iter().map(|it| it.index.cast_signed()).collect();
        let leaves: Vec<&[u8]> = entries.iter().map(|it| it.leaf.0.as_slice()).collect();
        let bytes: Vec<&[u8]> = entries.iter().map(|it| it.entry.as_slice()).collect();
        let mut transaction = client.transaction().map_err(say)?;
        let added =
            transaction.execute(INSERT, &[origin, &indices, &leaves, &at, &kinds, &bytes]).map_err(say)?;
        if added < entries.len() as u64 {
            let other = transaction.query_opt(OTHER, &[origin, &indices, &leaves, &bytes]).map_err(say)?;
            if let Some(other) = other {
                let index: i64 = other.try_get(0).map_err(say)?;
                return Err(forked(address, format!("its entry {index} differs from the log's")));
            }
        }
        transaction.commit().map_err(say)
    }

    /// Tiles are not kept: they follow from the rows.
    fn put_file(&mut self, _: &Path, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn publish(&mut self, checkpoint: &Published<'_>) -> Result<()> {
        let Self { client, address, origin } = self;
        let say = |error: postgres::Error| say(address, &error);
        let Published { size, note, .. } = checkpoint;
        let insert = "INSERT INTO audit_checkpoint VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let (rows, text) = (size.cast_signed(), note.to_string());
        if client.execute(insert, &[origin, &rows, &note.text, &text]).map_err(say)? == 0 {
            let there = "SELECT signed FROM audit_checkpoint WHERE origin = $1 AND size = $2";
            let there: String =
                client.query_one(there, &[origin, &rows]).and_then(|row| row.try_get(0)).map_err(say)?;
            if there != note.text {
                return Err(forked(
                    address,
                    format!("its checkpoint of {size} entries differs from the log's"),
                ));
            }
        }
        Ok(())
    }

    fn entries(&mut self, from: u64, count: u64, _: u64) -> Result<Vec<Copied>> {
        let Self { client, address, origin } = self;
        let say = |error: postgres::Error| say(address, &error);
        let (first, end) = (from.cast_signed(), (from + count).cast_signed());
        let rows = client.query(SELECT, &[origin, &first, &end]).map_err(say)?;
        let mut entries = Vec::with_capacity(rows.len());
        for (index, row) in (from..).zip(rows) {
            let idx: i64 = row.try_get(0).map_err(say)?;
            let leaf: Vec<u8> = row.try_get(1).map_err(say)?;
            let entry: Vec<u8> = row.try_get(2).map_err(say)?;
            let kind: String = row.try_get(3).map_err(say)?;
            let at: i64 = row.try_get(4).map_err(say)?;
            if idx.cast_unsigned() != index {
                break;
            }
            let leaf: [u8; HASH_BYTES] = leaf.try_into().unwrap_or_default();
            let copied = Copied { index, leaf: Hash(leaf), entry };
            fits(&copied, &kind, at).map_err(|why| failed(address, why))?;
            entries.push(copied);
        }
        Ok(entries)
    }

    fn tile(&mut self, _: Tile) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn head(&mut self) -> Result<Option<Note>> {
        if !self.has(HAS_HEADS)? {
            return Ok(None);
        }
        self.newest("SELECT note FROM audit_head WHERE origin = $1 ORDER BY size DESC LIMIT 1", "head")
    }

    fn heads(&mut self, after: u64) -> Result<Vec<Note>> {
        if !self.has(HAS_HEADS)? {
            return Ok(Vec::new());
        }
        let Self { client, address, origin } = self;
        let say = |error: postgres::Error| say(address, &error);
        let (after, most) = (after.cast_signed(), HEADS_AT_ONCE_MAX as i64);
        let next = "SELECT note FROM audit_head WHERE origin = $1 AND size > $2 ORDER BY size LIMIT $3";
        let rows = client.query(next, &[origin, &after, &most]).map_err(say)?;
        let note = |row: postgres::Row| -> Result<Note> {
            let text: String = row.try_get(0).map_err(say)?;
            Note::parse(text.as_bytes()).map_err(|error| failed(address, format!("its head: {error}")))
        };
        rows.into_iter().map(note).collect()
    }

    fn put_head(&mut self, head: &Note) -> Result<()> {
        if !self.has(HAS_HEADS)? {
            let why = "it has no table audit_head: run `audit ship` once as a role that may make tables, and grant this one \
                       SELECT and INSERT on it";
            return Err(failed(&self.address, why));
        }
        let Self { client, address, origin } = self;
        let say = |error: postgres::Error| say(address, &error);
        let checkpoint = Checkpoint::parse(&head.text).map_err(|error| failed(address, error))?;
        let (size, text) = (checkpoint.size.cast_signed(), head.to_string());
        let insert = "INSERT INTO audit_head VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        if client.execute(insert, &[origin, &size, &text]).map_err(say)? == 0 {
            let there = "SELECT note FROM audit_head WHERE origin = $1 AND size = $2";
            let there: String =
                client.query_one(there, &[origin, &size]).and_then(|row| row.try_get(0)).map_err(say)?;
            if Note::parse(there.as_bytes()).map_or(true, |there| there.text != head.text) {
                return Err(forked(address, format!("its head of {size} entries differs from the log's")));
            }
        }
        Ok(())
    }
}

/// Checks the columns that are made from an entry, since people search by them.
fn fits(copied: &Copied, kind: &str, micros: i64) -> Result<(), String> {
    if leaf_hash(&copied.entry) != copied.leaf {
        // The check of the entry itself reports this.
        return Ok(());
    }
    let Ok(columns) = serde_json::from_slice::<Columns>(&copied.entry) else { return Ok(()) };
    // PostgreSQL keeps microseconds, and rounds.
    if columns.kind == kind && columns.at.as_microsecond().abs_diff(micros) <= 1 {
        return Ok(());
    }
    Err(format!("entry {} is wrong: its columns `kind` and `at` are not those of the entry", copied.index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_without_tls_must_be_asked_for() {
        let of = |rest: &str| {
            let url = format!("postgresql://{rest}");
            transport(&url.parse().unwrap(), &url)
        };
        for tls in [
            "b@db/a",
            "b@127.0.0.1/a",
            "b@db/a?sslmode=require",
            "/a?hostaddr=10.0.0.1",
            "b@db,%2Frun%2Fpg/a",
        ] {
            assert_eq!(of(tls), Ok(Transport::Tls), "{tls}");
        }
        for plain in ["b@db/a?sslmode=disable", "b@%2Frun%2Fpg/a", "/a?host=/run/pg"] {
            assert_eq!(of(plain), Ok(Transport::Plain), "{plain}");
        }
        assert!(of("b@db/a?sslmode=prefer").unwrap_err().contains("sslmode=require"));
        assert!("postgresql://b@db/a?sslmode=allow".parse::<Config>().is_err());
    }
}
