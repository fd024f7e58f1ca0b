//! One file from beginning to end.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

use bailiwick_sdk::context::{Context, Side};
use bailiwick_sdk::document::{Item, Problem};
use bailiwick_sdk::value::{Moment, Text, Utc};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::answer::Answering;
use super::asking::Asking;
use super::booking::Booking;
use super::intake::{Found, Source, find};
use super::report::{Outcome, Report};
use super::stream::{Calls, Piece, decode, plugin_error};
use super::writer::Staged;
use crate::audit::{AuditLog, Digested, Entry, FileEntry};
use crate::book::Book;
use crate::engagement::Engagement;
use crate::engine::{CancelToken, Decision, Fault};
use crate::error::{Error, Result};
use crate::home::{Host, Writing};
use crate::plugin::Identity;

/// Pieces that may wait between decoding and booking.
const PIECES_WAITING_MAX: usize = 4;
/// The longest document, in bytes of JSON.
const DOCUMENT_BYTES_MAX: usize = 1 << 20;

/// How far an exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file read.
    pub read: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Records booked.
    pub records: u64,
}

/// How to exchange a file. The default finds out everything for itself, at this instant.
#[derive(Default)]
pub struct ExchangeOptions<'a> {
    /// Only what this side sends.
    pub from: Option<Side>,
    /// The message it is, as `APAY` or `aim/APAY`, instead of finding out.
    pub message: Option<String>,
    /// The instant of the exchange.
    pub at: Option<Timestamp>,
    /// Stops the exchange; nothing of it counts then.
    pub cancel: CancelToken,
    /// Told about every piece of the file.
    pub progress: Option<&'a mut dyn FnMut(Progress)>,
}

impl std::fmt::Debug for ExchangeOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExchangeOptions")
            .field("from", &self.from)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl Host {
    /// Exchanges one file: reads it through the sender's plugin, checks it, books it and writes what
    /// either side receives. All of it happens or nothing does. What is wrong with the file is in
    /// the report; an error means that the exchange could not be carried out.
    ///
    /// # Errors
    /// The engagement, a plugin, the machine. The book is then as it was, and the audit log says so.
    pub fn exchange(
        &self,
        engagement: &str,
        source: &Source,
        options: ExchangeOptions<'_>,
    ) -> Result<Report> {
        let engagement = self.engagement(engagement)?;
        let mut writing = self.write()?;
        let result = self.run(&engagement, source, options, &mut writing);
        if let Err(error) = &result {
            // The calls that led here are in the log as well. If the log itself failed, that is the error.
            let entry = Entry::Failed {
                engagement: engagement.name.clone(),
                name_hmac: self.keyed(&source.name()),
                code: error.code().to_owned(),
            };
            writing.audit.append(&entry)?;
            writing.audit.sync()?;
        }
        result
    }

    fn run(
        &self,
        engagement: &Engagement,
        source: &Source,
        mut options: ExchangeOptions<'_>,
        writing: &mut Writing,
    ) -> Result<Report> {
        let name = source.name();
        let at = options.at.unwrap_or_else(Timestamp::now);
        let bytes = source.bytes()?;
        let Writing { book, audit, .. } = writing;
        if bytes == 0 {
            let report = Report::refused(&name, "empty_file", 0, "the file is empty; send it again");
            return self.refuse(engagement, source, None, report, audit);
        }
        let found = match find(engagement, &self.plugins, source, options.from, options.message.as_deref()) {
            Ok(found) => found,
            Err(error @ (Error::Unrecognised { .. } | Error::Ambiguous { .. })) => {
                let report = Report::refused(&name, error.code(), 0, error.to_string());
                return self.refuse(engagement, source, None, report, audit);
            }
            Err(error) => return Err(error),
        };
        if let Some(report) = self.duplicate(engagement, source, &found, book, audit, bytes)? {
            return Ok(report);
        }
        let transaction = book.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ids = begin_file(&transaction, engagement, &found, &name, bytes, at)?;
        let context = context(engagement, &found, at)?;
        let report = Report::new(&name);
        let mut booking = Booking::new(&transaction, engagement, ids, found.side, context.today, report);
        if found.message.documents.iter().any(|kind| kind == "placement") {
            booking.places();
            booking.asking = Asking::of(
                Decision::Decide,
                found.side.other(),
                (engagement, &self.plugins, self.limits),
                &found.message,
                &context,
                &options.cancel,
            )?;
        }
        let (sha256, read) = self.read(&mut booking, audit, source, &found, &context, bytes, &mut options)?;
        if read != bytes {
            return Err(Error::Io {
                what: "read the whole of",
                path: source.path().to_owned(),
                error: std::io::Error::other("the file changed while it was read"),
            });
        }
        booking.close()?;
        let identity = identity(&found, &booking, &name);
        if let Some(identity) = &identity {
            refuse_conflict(&mut booking, ids, &found, identity)?;
        }
        let fatal = booking.fatal;
        let total = booking.total()?;
        let mut report = std::mem::replace(&mut booking.report, Report::new(&name));
        drop(booking);
        report.message = Some(found.message.name.clone());
        if fatal {
            report.reject();
            transaction.rollback()?;
            return self.refuse(engagement, source, Some((&found, sha256, read)), report, audit);
        }
        if found.message.documents.iter().any(|kind| kind == "placement") {
            report.totals.insert(engagement.currency.to_string(), total);
        }
        report.outcome = if report.rejected > 0 { Outcome::Partial } else { Outcome::Accepted };
        let staged = self.answers(
            &transaction,
            engagement,
            &found,
            &context,
            ids.1,
            audit,
            &options.cancel,
            &mut report,
        )?;
        report.answers = staged.iter().map(|answer| answer.path.to_string_lossy().into_owned()).collect();
        let file = Digested { sha256, bytes: read };
        // From here: the entry is durable, then the book commits, then the files are moved into place.
        // A crash between any two of them is put right when the home is next opened to write.
        audit.append(&self.file_entry(engagement, &found, &file, &name, &report, &staged))?;
        let mark = audit.sync()?;
        finish_file(&transaction, ids.1, &file, identity.as_deref(), &report, &staged)?;
        Book::set_audit_mark(&transaction, &mark)?;
        transaction.commit()?;
        self.place(&staged)?;
        Ok(report)
    }

    #[allow(clippy::too_many_arguments)]
    fn read(
        &self,
        booking: &mut Booking<'_>,
        audit: &mut AuditLog,
        source: &Source,
        found: &Found,
        context: &Context,
        bytes: u64,
        options: &mut ExchangeOptions<'_>,
    ) -> Result<(String, u64)> {
        let fault = |fault| plugin_error(&found.plugin, fault);
        let calls = Calls::begin(
            &found.plugin,
            Some(&booking.engagement.name),
            &found.message,
            self.limits,
            &options.cancel,
        )
        .map_err(fault)?;
        let (to, pieces) = sync_channel(PIECES_WAITING_MAX);
        std::thread::scope(|scope| {
            // Decoding and booking overlap: one thread each, joined before this returns.
            std::thread::Builder::new()
                .name("bailiwick-decode".to_owned())
                .spawn_scoped(scope, move || decode(calls, source, &found.message, context, &to))
                .map_err(|error| Error::Invariant(format!("no thread to decode with: {error}")))?;
            for piece in pieces {
                match piece {
                    Piece::Entry(entry) => {
                        audit.append(&entry)?;
                    }
                    Piece::Items { lines, read } => {
                        let taken = take_lines(booking, &lines);
                        for entry in booking.entries.drain(..) {
                            audit.append(&entry)?;
                        }
                        taken.map_err(|stop| match stop {
                            Taken::Failed(error) => error,
                            Taken::Invalid(message, pointer) => {
                                fault(Fault::InvalidOutput { message, pointer })
                            }
                        })?;
                        let records = booking.report.records;
                        if let Some(progress) = options.progress.as_mut() {
                            progress(Progress { read, bytes, records });
                        }
                    }
                    Piece::End { sha256, bytes } => return Ok((sha256, bytes)),
                    Piece::Failed(error) => return Err(error),
                }
            }
            Err(Error::Invariant("decoding ended without a word".to_owned()))
        })
    }

    #[allow(clippy::too_many_arguments)]
    fn answers(
        &self,
        transaction: &Transaction<'_>,
        engagement: &Engagement,
        found: &Found,
        context: &Context,
        file: i64,
        audit: &mut AuditLog,
        cancel: &CancelToken,
        report: &mut Report,
    ) -> Result<Vec<Staged>> {
        let mut answering = Answering {
            home: self.home(),
            engagement,
            plugins: &self.plugins,
            limits: self.limits,
            cancel,
            context,
            file,
            stage: self.home().join("outbox/.staging").join(file.to_string()),
            taken: Vec::new(),
        };
        if answering.stage.exists() {
            fs::remove_dir_all(&answering.stage).map_err(Error::io("clear", &answering.stage))?;
        }
        let mut staged = answering.write(found.side, transaction, audit, report)?;
        if report.rejected > 0 {
            staged.push(answering.refusals(found.side, report)?);
        }
        Ok(staged)
    }

    /// The same file twice changes nothing and gives the same answer.
    fn duplicate(
        &self,
        engagement: &Engagement,
        source: &Source,
        found: &Found,
        book: &Book,
        audit: &mut AuditLog,
        bytes: u64,
    ) -> Result<Option<Report>> {
        let known: bool = book.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM file f JOIN engagement e ON e.id = f.engagement WHERE e.name = ?1 AND f.bytes = ?2)",
            params![engagement.name, bytes.cast_signed()],
            |row| row.get(0),
        )?;
        // Only a file of the same size can be the same; most are read once.
        if !known {
            return Ok(None);
        }
        let sha256 = source.sha256()?;
        let report: Option<String> = book
            .connection
            .query_row(
                "SELECT f.report FROM file f JOIN engagement e ON e.id = f.engagement
                 WHERE e.name = ?1 AND f.side = ?2 AND f.sha256 = ?3",
                params![engagement.name, found.side.name(), sha256],
                |row| row.get(0),
            )
            .optional()?;
        let Some(report) = report else { return Ok(None) };
        let mut report: Report = serde_json::from_str(&report)
            .map_err(|error| Error::Invariant(format!("a report of the book: {error}")))?;
        report.file = source.name();
        report.outcome = Outcome::Duplicate;
        let file = Digested { sha256, bytes };
        audit.append(&self.file_entry(engagement, found, &file, &report.file, &report, &[]))?;
        audit.sync()?;
        Ok(Some(report))
    }

    /// A refused file leaves nothing but its entry in the audit log.
    fn refuse(
        &self,
        engagement: &Engagement,
        source: &Source,
        found: Option<(&Found, String, u64)>,
        report: Report,
        audit: &mut AuditLog,
    ) -> Result<Report> {
        let name = source.name();
        let entry = match found {
            Some((found, sha256, bytes)) => {
                let file = Digested { sha256, bytes };
                self.file_entry(engagement, found, &file, &name, &report, &[])
            }
            None => Entry::File(Box::new(FileEntry {
                engagement: engagement.name.clone(),
                from: String::new(),
                message: String::new(),
                file: Digested { sha256: source.sha256()?, bytes: source.bytes()? },
                name_hmac: self.keyed(&name),
                outcome: report.outcome.name().to_owned(),
                accepted: 0,
                rejected: 0,
                problems: report.codes(),
                answers: Vec::new(),
            })),
        };
        audit.append(&entry)?;
        audit.sync()?;
        Ok(report)
    }

    fn file_entry(
        &self,
        engagement: &Engagement,
        found: &Found,
        file: &Digested,
        name: &str,
        report: &Report,
        staged: &[Staged],
    ) -> Entry {
        Entry::File(Box::new(FileEntry {
            engagement: engagement.name.clone(),
            from: found.side.name().to_owned(),
            message: found.message.name.clone(),
            file: file.clone(),
            name_hmac: self.keyed(name),
            outcome: report.outcome.name().to_owned(),
            accepted: report.accepted,
            rejected: report.rejected,
            problems: report.codes(),
            answers: staged.iter().map(|answer| answer.digest.clone()).collect(),
        }))
    }

    /// Moves written files into place.
    fn place(&self, staged: &[Staged]) -> Result<()> {
        for answer in staged {
            self.move_into_place(&answer.staged, &answer.path)?;
        }
        if let Some(folder) = staged.first().and_then(|answer| answer.staged.parent()) {
            let folder: PathBuf = self.home().join(folder);
            fs::remove_dir_all(&folder).map_err(Error::io("clear", &folder))?;
        }
        Ok(())
    }
}

enum Taken {
    Failed(Error),
    Invalid(String, Option<String>),
}

fn take_lines(booking: &mut Booking<'_>, lines: &[u8]) -> std::result::Result<(), Taken> {
    let mut rest = lines;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        rest = tail.get(1..).unwrap_or_default();
        if line.is_empty() {
            continue;
        }
        if line.len() > DOCUMENT_BYTES_MAX {
            return Err(Taken::Invalid(
                format!("a document of {} bytes; the most is {DOCUMENT_BYTES_MAX}", line.len()),
                None,
            ));
        }
        let item: Item = serde_json::from_slice(line).map_err(|error| explain(line, &error))?;
        booking.take(item, line).map_err(Taken::Failed)?;
    }
    Ok(())
}

/// Why a line is no document. The text of the line is not repeated: it may be personal.
fn explain(line: &[u8], error: &serde_json::Error) -> Taken {
    if std::str::from_utf8(line).is_err() {
        return Taken::Invalid("a line that is not UTF-8".to_owned(), None);
    }
    match crate::schema::explain(line) {
        Some((pointer, message)) => Taken::Invalid(message, Some(pointer)),
        None => Taken::Invalid(
            format!("a line that is no document ({:?} at column {})", error.classify(), error.column()),
            None,
        ),
    }
}

fn context(engagement: &Engagement, found: &Found, at: Timestamp) -> Result<Context> {
    let wrong = |error: bailiwick_sdk::value::TextError| Error::Invariant(error.to_string());
    let zone = Text::try_from(engagement.zone.name()).map_err(wrong)?;
    Ok(Context {
        message: Text::try_from(found.message.name.as_str()).map_err(wrong)?,
        from: found.side,
        at: Moment { utc: Utc::new(at), zone },
        today: engagement.zone.time_zone().to_datetime(at).date().into(),
        currency: engagement.currency,
        agency: Some(engagement.agency.code.clone()),
        agency_name: Some(engagement.agency.name.clone()),
        creditor_name: Some(engagement.creditor.clone()),
        config: found.seat.config.clone(),
    })
}

fn begin_file(
    transaction: &Transaction<'_>,
    engagement: &Engagement,
    found: &Found,
    name: &str,
    bytes: u64,
    at: Timestamp,
) -> Result<(i64, i64)> {
    let currency = engagement.currency.as_str();
    transaction.execute(
        "INSERT INTO engagement (name, currency) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        params![engagement.name, currency],
    )?;
    let (id, have): (i64, String) = transaction.query_row(
        "SELECT id, currency FROM engagement WHERE name = ?1",
        [&engagement.name],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if have != currency {
        return Err(Error::Invariant(format!(
            "the book has {} in {have}, the engagement says {currency}",
            engagement.name
        )));
    }
    // The digest is known at the end of the file; until then its place is taken by its number.
    transaction.execute(
        "INSERT INTO file (engagement, side, message, name, sha256, bytes, at)
         VALUES (?1, ?2, ?3, ?4, 'being read ' || hex(randomblob(16)), ?5, ?6)",
        params![id, found.side.name(), found.message.name, name, bytes.cast_signed(), at.to_string()],
    )?;
    Ok((id, transaction.last_insert_rowid()))
}

fn finish_file(
    transaction: &Transaction<'_>,
    file: i64,
    digest: &Digested,
    identity: Option<&str>,
    report: &Report,
    staged: &[Staged],
) -> Result<()> {
    let json = serde_json::to_string(report).map_err(|error| Error::Invariant(error.to_string()))?;
    transaction.execute(
        "UPDATE file SET sha256 = ?2, bytes = ?3, identity = ?4, report = ?5 WHERE id = ?1",
        params![file, digest.sha256, digest.bytes.cast_signed(), identity, json],
    )?;
    for answer in staged {
        transaction.execute(
            "INSERT INTO answer (file, path, staged, sha256, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                file,
                answer.path.to_string_lossy(),
                answer.staged.to_string_lossy(),
                answer.digest.sha256,
                answer.digest.bytes.cast_signed()
            ],
        )?;
    }
    Ok(())
}

fn identity(found: &Found, booking: &Booking<'_>, name: &str) -> Option<String> {
    match found.message.identity {
        Identity::None => None,
        Identity::Name => Some(name.to_owned()),
        Identity::Header => {
            booking.header.as_ref().and_then(|header| header.identity.as_ref()).map(ToString::to_string)
        }
    }
}

fn refuse_conflict(booking: &mut Booking<'_>, ids: (i64, i64), found: &Found, identity: &str) -> Result<()> {
    let other: Option<String> = booking
        .transaction
        .query_row(
            "SELECT at FROM file WHERE engagement = ?1 AND side = ?2 AND message = ?3 AND identity = ?4 AND id <> ?5",
            params![ids.0, found.side.name(), found.message.name, identity, ids.1],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(at) = other {
        let message = format!(
            "a file with the same identity and other bytes was taken at {at}; a corrected file needs an identity of its own"
        );
        booking.problem(&Problem::fatal("file_conflict", 0, message));
    }
    Ok(())
}
