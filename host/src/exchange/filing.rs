//! What the book keeps of a file itself: that it came, what it was, what was written for it.

use bailiwick_sdk::context::Context;
use bailiwick_sdk::document::Problem;
use bailiwick_sdk::value::{Moment, Text, Utc};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::booking::Booking;
use super::intake::Found;
use super::report::{Outcome, Report};
use super::writer::Staged;
use crate::audit::Digested;
use crate::engagement::Engagement;
use crate::error::{Error, Result};
use crate::plugin::Identity;

pub(crate) fn context(engagement: &Engagement, found: &Found, at: Timestamp) -> Result<Context> {
    Ok(Context {
        message: Text::try_from(found.message.name.as_str()).map_err(wrong)?,
        from: found.side,
        config: found.seat.config.clone(),
        ..own_context(engagement, at)?
    })
}

fn wrong(error: bailiwick_sdk::value::TextError) -> Error {
    Error::Invariant(error.to_string())
}

/// The context of what the host does by itself.
pub(crate) fn own_context(engagement: &Engagement, at: Timestamp) -> Result<Context> {
    let zone = Text::try_from(engagement.zone.name()).map_err(wrong)?;
    Ok(Context {
        message: Text::try_from("host").map_err(wrong)?,
        from: bailiwick_sdk::context::Side::Bank,
        at: Moment { utc: Utc::new(at), zone },
        today: engagement.zone.time_zone().to_datetime(at).date().into(),
        currency: engagement.currency,
        agency: Some(engagement.agency.code.clone()),
        agency_name: Some(engagement.agency.name.clone()),
        creditor_name: Some(engagement.creditor.clone()),
        config: serde_json::Value::Null,
    })
}

/// Begins what the host does by itself: it has a row among the files, so that everything in the book
/// says where it came from.
pub(crate) fn begin_own(
    transaction: &Transaction<'_>,
    engagement: &Engagement,
    what: &str,
    at: Timestamp,
) -> Result<(i64, i64)> {
    let id = engagement_id(transaction, engagement)?;
    transaction.execute(
        "INSERT INTO file (engagement, side, message, name, sha256, bytes, at)
         VALUES (?1, 'host', ?2, ?2, 'own ' || hex(randomblob(16)), 0, ?3)",
        params![id, what, at.to_string()],
    )?;
    Ok((id, transaction.last_insert_rowid()))
}

/// Keeps what was written for either side.
pub(crate) fn finish_own(transaction: &Transaction<'_>, file: i64, staged: &[Staged]) -> Result<()> {
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

/// The engagement's row, made with the first thing that happens in it.
fn engagement_id(transaction: &Transaction<'_>, engagement: &Engagement) -> Result<i64> {
    let currency = engagement.currency.as_str();
    transaction.execute(
        "INSERT INTO engagement (name, currency, creditor, agency, terms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (name) DO UPDATE SET creditor = excluded.creditor, agency = excluded.agency",
        params![
            engagement.name,
            currency,
            engagement.creditor.as_str(),
            engagement.agency.code.as_str(),
            engagement.terms.fingerprint()
        ],
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
    Ok(id)
}

pub(crate) fn begin_file(
    transaction: &Transaction<'_>,
    engagement: &Engagement,
    found: &Found,
    name: &str,
    bytes: u64,
    at: Timestamp,
) -> Result<(i64, i64)> {
    let id = engagement_id(transaction, engagement)?;
    // The digest is known at the end of the file; until then its place is taken by its number.
    transaction.execute(
        "INSERT INTO file (engagement, side, message, name, sha256, bytes, at)
         VALUES (?1, ?2, ?3, ?4, 'being read ' || hex(randomblob(16)), ?5, ?6)",
        params![id, found.side.name(), found.message.name, name, bytes.cast_signed(), at.to_string()],
    )?;
    Ok((id, transaction.last_insert_rowid()))
}

/// Says what came of a file. One of which every record was refused is refused as a whole: only the refusals
/// that its sender receives come of it.
pub(crate) fn conclude(transaction: &Transaction<'_>, file: i64, report: &mut Report) -> Result<()> {
    report.outcome = match report.rejected {
        0 => Outcome::Accepted,
        _ if nothing_taken(transaction, file, report)? => {
            report.totals.clear();
            report.documents.clear();
            Outcome::Rejected
        }
        _ => Outcome::Partial,
    };
    Ok(())
}

/// Whether every record of a file was refused. Of a file that places accounts only those are counted; what
/// else it says leaves an event or an exception.
fn nothing_taken(transaction: &Transaction<'_>, file: i64, report: &Report) -> Result<bool> {
    if report.accepted > 0 || report.rejected == 0 {
        return Ok(false);
    }
    Ok(transaction.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM event WHERE file = ?1) AND NOT EXISTS (SELECT 1 FROM exception WHERE file = ?1)",
        [file],
        |row| row.get(0),
    )?)
}

/// A file of which nothing was taken gives its digest and identity up to the next that comes with them: the same
/// file, or a corrected one. Whether it did; its row stays, with the refusals that were written and with its number.
pub(crate) fn give_up(transaction: &Transaction<'_>, file: i64) -> Result<bool> {
    let report: String =
        transaction.query_row("SELECT report FROM file WHERE id = ?1", [file], |row| row.get(0))?;
    if !nothing_taken(transaction, file, &read_report(&report)?)? {
        return Ok(false);
    }
    transaction.execute(
        "UPDATE file SET sha256 = 'refused ' || id || ' ' || sha256, identity = NULL WHERE id = ?1",
        [file],
    )?;
    Ok(true)
}

/// A report as the book has it.
pub(crate) fn read_report(json: &str) -> Result<Report> {
    serde_json::from_str(json).map_err(|error| Error::Invariant(format!("a report of the book: {error}")))
}

pub(crate) fn finish_file(
    transaction: &Transaction<'_>,
    file: i64,
    digest: &Digested,
    identity: Option<&str>,
    sequence: Option<i64>,
    report: &Report,
    staged: &[Staged],
) -> Result<()> {
    let json = serde_json::to_string(report).map_err(|error| Error::Invariant(error.to_string()))?;
    transaction.execute(
        "UPDATE file SET sha256 = ?2, bytes = ?3, identity = ?4, report = ?5, sequence = ?6 WHERE id = ?1",
        params![file, digest.sha256, digest.bytes.cast_signed(), identity, json, sequence],
    )?;
    finish_own(transaction, file, staged)
}

pub(crate) fn identity(found: &Found, booking: &Booking<'_>, name: &str) -> Option<String> {
    match found.message.identity {
        Identity::None => None,
        Identity::Name => Some(name.to_owned()),
        Identity::Header => {
            booking.header.as_ref().and_then(|header| header.identity.as_ref()).map(ToString::to_string)
        }
    }
}

pub(crate) fn refuse_conflict(booking: &mut Booking<'_>, found: &Found, identity: &str) -> Result<()> {
    let other: Option<(i64, String)> = booking
        .transaction
        .query_row(
            "SELECT id, at FROM file WHERE engagement = ?1 AND side = ?2 AND message = ?3 AND identity = ?4 AND id <> ?5",
            params![booking.engagement_id, found.side.name(), found.message.name, identity, booking.file],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    if let Some((other, at)) = other
        && !give_up(booking.transaction, other)?
    {
        let message = format!(
            "a file with the same identity and other bytes was taken at {at}; a corrected file needs an identity of its own"
        );
        booking.problem(&Problem::fatal("file_conflict", 0, message));
    }
    Ok(())
}

/// The largest number of a file in its sequence: the book keeps it as a signed number.
const SEQUENCE_MAX: u64 = i64::MAX.cast_unsigned();

/// A file out of its sequence is held back: nothing of it counts until the ones before it came. One that was
/// refused wholly came: it may come again until a later one is taken, and those behind it do not wait for that.
pub(crate) fn refuse_gap(booking: &mut Booking<'_>, found: &Found) -> Result<Option<i64>> {
    let Some(sequence) = booking.header.as_ref().and_then(|header| header.sequence) else { return Ok(None) };
    let Ok(sequence) = i64::try_from(sequence) else {
        let message =
            format!("the file is number {sequence} of its sequence; the largest number is {SEQUENCE_MAX}");
        booking.problem(&Problem::fatal("bad_sequence", 0, message));
        return Ok(None);
    };
    if let Some(last) = last_taken(booking, found)?.filter(|last| sequence <= *last) {
        let message = format!(
            "the file is number {sequence} of its sequence, {last} was the last taken; a corrected file needs the next number"
        );
        booking.problem(&Problem::fatal("file_conflict", 0, message));
    } else if let Some(before) = last_seen(booking, found, sequence)?.filter(|it| sequence - it > 1) {
        let missing = match sequence - before {
            2 => format!("{} has", before + 1),
            _ => format!("{} to {} have", before + 1, sequence - 1),
        };
        let message = format!(
            "the file is number {sequence} of its sequence and {missing} not come; it is held back: exchange what is missing first, then this file again"
        );
        booking.problem(&Problem::fatal("sequence_gap", 0, message));
    } else {
        // A refused file of this number is replaced: one file has it.
        booking.transaction.execute(
            "UPDATE file SET sequence = NULL WHERE engagement = ?1 AND side = ?2 AND message = ?3 AND sequence = ?4",
            params![booking.engagement_id, found.side.name(), found.message.name, sequence],
        )?;
    }
    Ok(Some(sequence))
}

/// The number of the last file of a message of which anything was taken.
fn last_taken(booking: &Booking<'_>, found: &Found) -> Result<Option<i64>> {
    let mut newest_first = booking.transaction.prepare_cached(
        "SELECT id, sequence, report FROM file
         WHERE engagement = ?1 AND side = ?2 AND message = ?3 AND sequence >= 0
         ORDER BY sequence DESC",
    )?;
    let mut rows =
        newest_first.query(params![booking.engagement_id, found.side.name(), found.message.name])?;
    while let Some(row) = rows.next()? {
        let report: String = row.get(2)?;
        if !nothing_taken(booking.transaction, row.get(0)?, &read_report(&report)?)? {
            return Ok(Some(row.get(1)?));
        }
    }
    Ok(None)
}

/// The highest number up to this one of which a file came, taken or refused.
fn last_seen(booking: &Booking<'_>, found: &Found, sequence: i64) -> Result<Option<i64>> {
    Ok(booking.transaction.query_row(
        "SELECT max(sequence) FROM file
         WHERE engagement = ?1 AND side = ?2 AND message = ?3 AND sequence BETWEEN 0 AND ?4",
        params![booking.engagement_id, found.side.name(), found.message.name, sequence],
        |row| row.get(0),
    )?)
}
