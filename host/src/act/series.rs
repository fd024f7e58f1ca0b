//! A file among the files of its kind: whether it came before, its identity, its number in a sequence.

use bailiwick_sdk::document::Problem;

use super::booking::Booking;
use super::intake::Found;
use super::report::Report;
use super::stored_report;
use crate::audit::FileOutcome;
use crate::book::{FileBefore, Series, Transaction};
use crate::error::Result;
use crate::plugin::Identity;

/// The largest number of a file in its sequence: the book keeps it as a signed number.
const SEQUENCE_MAX: u64 = i64::MAX.cast_unsigned();

/// The series of files that a recognised file belongs to.
pub(super) fn series(engagement: i64, found: &Found) -> Series<'_> {
    Series { engagement, side: found.side, message: &found.message.name }
}

/// Says what came of a file. One of which every record was refused is refused as a whole: only the refusals
/// that its sender receives come of it.
pub(super) fn conclude(transaction: &Transaction<'_>, file: i64, report: &mut Report) -> Result<()> {
    report.outcome = match report.rejected + report.waiting {
        0 => FileOutcome::Accepted,
        _ if refused_as_a_whole(transaction, file, report)? => {
            report.totals.clear();
            report.documents.clear();
            FileOutcome::Rejected
        }
        _ => FileOutcome::Partial,
    };
    Ok(())
}

/// Whether nothing of a file is kept.
fn refused_as_a_whole(transaction: &Transaction<'_>, file: i64, report: &Report) -> Result<bool> {
    Ok(every_record_refused(report) && !transaction.left_something(file)?)
}

/// Whether every record that counts was refused. In a file that places accounts only the placements count; any other
/// record leaves an event, an exception, or a document that waits.
fn every_record_refused(report: &Report) -> bool {
    report.accepted == 0 && report.waiting == 0 && report.rejected > 0
}

/// Whether no record that counts was taken when the file came.
fn none_taken_at_first(file: &FileBefore) -> Result<bool> {
    let report = stored_report::read(file.id, &file.report)?;
    Ok(report.accepted == 0 && report.rejected + report.waiting > 0)
}

/// Whether nothing of a file was taken, and nothing of it waits.
fn nothing_taken(transaction: &Transaction<'_>, file: &FileBefore) -> Result<bool> {
    Ok(none_taken_at_first(file)? && !transaction.left_something(file.id)?)
}

/// A file of the same identity, of which nothing is booked: the documents of the corrected file replace those of it that
/// wait. It counts if the corrected file does.
pub(super) struct Replaced {
    file: FileBefore,
    /// How many.
    count: u64,
}

/// Replaces what waits of an earlier file of an identity, if nothing of it is booked.
pub(super) fn replace_waiting(
    transaction: &Transaction<'_>,
    series: Series<'_>,
    identity: &str,
    by: i64,
) -> Result<Option<Replaced>> {
    let Some(file) = transaction.file_of_identity(series, identity, by)? else { return Ok(None) };
    if !none_taken_at_first(&file)? || !transaction.only_waits(file.id)? {
        return Ok(None);
    }
    let count = transaction.replace_waiting(file.id, by)?;
    Ok(Some(Replaced { file, count }))
}

/// Whether an earlier file is the one that is replaced.
fn is_replaced(booking: &Booking<'_>, file: &FileBefore) -> bool {
    booking.replaced.as_ref().is_some_and(|it| it.file.id == file.id)
}

/// When a file is read and booked: the file that it corrects gives it its identity, and the report says what was replaced.
/// If every record of it is refused, the earlier file stays as it was, with its identity and its number.
pub(super) fn settle_replaced(
    booking: &mut Booking<'_>,
    (identity, sequence): (&mut Option<String>, &mut Option<i64>),
) -> Result<()> {
    let Some(Replaced { file, count }) = booking.replaced.take() else { return Ok(()) };
    let transaction = booking.transaction;
    if refused_as_a_whole(transaction, booking.file, &booking.report)? {
        transaction.undo_replaced(file.id, booking.file)?;
        transaction.number_file(file.id, file.sequence)?;
        *identity = None;
        *sequence = sequence.filter(|number| file.sequence != Some(*number));
        return Ok(());
    }
    transaction.confirm_replaced(file.id)?;
    transaction.give_up_file(file.id)?;
    if count > 0 {
        let name = transaction.name_of_file(file.id)?;
        let message = format!(
            "{count} documents of the earlier file {name} of the same identity waited; this file takes their place, and they are not booked"
        );
        booking.report.replaced = count;
        booking.problem(&Problem::warning("waiting_replaced", 0, message));
    }
    Ok(())
}

/// If nothing of a file was taken, frees its digest and identity for the next file that comes with them: the same
/// file, or a corrected one. The row stays, with its number and the refusals that were written. Returns whether they
/// were freed.
pub(super) fn give_up(transaction: &Transaction<'_>, file: &FileBefore) -> Result<bool> {
    let gives_up = nothing_taken(transaction, file)?;
    if gives_up {
        transaction.give_up_file(file.id)?;
    }
    Ok(gives_up)
}

/// The identity of a file, if its message has one.
pub(super) fn identity(found: &Found, booking: &Booking<'_>, name: &str) -> Option<String> {
    match found.message.identity {
        Identity::None => None,
        Identity::Name => Some(name.to_owned()),
        Identity::Header => {
            booking.header.as_ref().and_then(|header| header.identity.as_ref()).map(ToString::to_string)
        }
    }
}

/// Refuses a file whose identity another file has.
pub(super) fn refuse_conflict(booking: &mut Booking<'_>, found: &Found, identity: &str) -> Result<()> {
    let series = series(booking.engagement_id, found);
    let other = booking.transaction.file_of_identity(series, identity, booking.file)?;
    if let Some(other) = other
        && !is_replaced(booking, &other)
        && !give_up(booking.transaction, &other)?
    {
        let message = format!(
            "a file with the same identity and other bytes was taken at {}; a corrected file needs an identity of its own",
            other.at
        );
        booking.problem(&Problem::fatal("file_conflict", 0, message));
    }
    Ok(())
}

/// Refuses a file out of its sequence: nothing of it counts until the files before it came. A file that was refused
/// as a whole did come: later files do not wait for it, and it may come again until a later file is taken.
pub(super) fn refuse_gap(booking: &mut Booking<'_>, found: &Found) -> Result<Option<i64>> {
    let Some(sequence) = booking.header.as_ref().and_then(|header| header.sequence) else { return Ok(None) };
    let Ok(sequence) = i64::try_from(sequence) else {
        let message =
            format!("the file is number {sequence} of its sequence; the largest number is {SEQUENCE_MAX}");
        booking.problem(&Problem::fatal("bad_sequence", 0, message));
        return Ok(None);
    };
    let (transaction, series) = (booking.transaction, series(booking.engagement_id, found));
    let taken = transaction
        .find_latest(series, |file| Ok(!is_replaced(booking, file) && !nothing_taken(transaction, file)?))?;
    let last_taken = taken.and_then(|file| file.sequence);
    if let Some(last) = last_taken.filter(|last| sequence <= *last) {
        let message = format!(
            "the file is number {sequence} of its sequence, {last} was the last taken; a corrected file needs the next number"
        );
        booking.problem(&Problem::fatal("file_conflict", 0, message));
    } else if let Some(before) = transaction.last_number(series, sequence)?.filter(|it| sequence - it > 1) {
        let missing = match sequence - before {
            2 => format!("{} has", before + 1),
            _ => format!("{} to {} have", before + 1, sequence - 1),
        };
        let message = format!(
            "the file is number {sequence} of its sequence and {missing} not come; it is held back: exchange what is missing first, then this file again"
        );
        booking.problem(&Problem::fatal("sequence_gap", 0, message));
    } else {
        // A refused file of this number is replaced: only one file has a number.
        transaction.free_number(series, sequence)?;
    }
    Ok(Some(sequence))
}
