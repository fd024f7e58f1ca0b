//! What the host does by itself: in one transaction with its audit entry and the files that follow,
//! like an exchanged file.

use bailiwick_sdk::context::{Context, Side};
use jiff::Timestamp;
use rusqlite::TransactionBehavior;

use super::answer::Answers;
use super::booking::{Booking, Stop};
use super::filing::{begin_own, finish_own, own_context};
use super::report::{Report, ReportProblem};
use super::spans;
use crate::audit::{Digested, Entry};
use crate::book::Book;
use crate::call::ActLog;
use crate::engagement::Engagement;
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::home::{Host, Writing, expect_answers};

/// An act of the host.
pub(crate) struct Act<'a> {
    pub(crate) engagement: &'a Engagement,
    /// What it is, in one word.
    pub(crate) what: &'static str,
    /// For whom documents are booked: what is booked is forwarded to the other side.
    pub(crate) from: Side,
    pub(crate) at: Timestamp,
    /// With the deadline of the act.
    pub(crate) cancel: &'a CancelToken,
}

/// What an act left for either side.
pub(crate) struct Written {
    /// The files, below the home.
    pub(crate) answers: Vec<String>,
    /// What could not be written, and other warnings.
    pub(crate) problems: Vec<ReportProblem>,
}

/// What an act works with.
pub(crate) struct Acting<'a, 'b, 'scope, 'env> {
    pub(crate) booking: &'a mut Booking<'b>,
    pub(crate) answers: &'a mut Answers<'scope, 'env>,
}

impl Act<'_> {
    /// Its context.
    pub(crate) fn context(&self) -> Result<Context> {
        own_context(self.engagement, self.at)
    }

    /// Does it: all of it or nothing. `entry` makes the audit entry from what came of it and what was
    /// written. What came of it, and what was left for either side.
    pub(crate) fn carry_out<R: Send>(
        &self,
        host: &Host,
        writing: &mut Writing,
        work: impl FnOnce(Acting<'_, '_, '_, '_>) -> Result<R>,
        entry: impl FnOnce(&R, u64, Vec<Digested>) -> Entry,
    ) -> Result<(R, Written)> {
        let auditing = host.begin(writing, self.engagement, self.what, self.at, None)?;
        let span = spans::act(self.what, &self.engagement.name, auditing.act);
        let result = span.in_scope(|| self.transact(host, writing, &auditing, work, entry));
        let result = result.map_err(|error| host.bounds.late(error, self.cancel));
        span.record("outcome", result.as_ref().map_or_else(|error| error.code(), |_| "done"));
        host.end(writing, &auditing, result, |(_, written), warning| written.problems.push(warning.into()))
    }

    fn transact<R: Send>(
        &self,
        host: &Host,
        writing: &mut Writing,
        auditing: &ActLog,
        work: impl FnOnce(Acting<'_, '_, '_, '_>) -> Result<R>,
        entry: impl FnOnce(&R, u64, Vec<Digested>) -> Entry,
    ) -> Result<(R, Written)> {
        let context = self.context()?;
        let Writing { book, audit, changed, .. } = writing;
        let transaction = book.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ids = begin_own(&transaction, self.engagement, self.what, self.at)?;
        let report = Report::new(self.what);
        let mut booking = Booking::new(&transaction, self.engagement, ids, self.from, context.today, report);
        booking.cancel = self.cancel.clone();
        let answering =
            host.answering(self.engagement, &context, ids.1, (self.cancel, &*transaction), auditing);
        let (done, staged) = std::thread::scope(|scope| {
            let mut answers = Answers::begin(scope, answering, self.from)?;
            let acting = Acting { booking: &mut booking, answers: &mut answers };
            match work(acting) {
                Ok(done) => {
                    let staged = answers.complete(&transaction, false, &mut booking.report)?;
                    Ok((done, staged))
                }
                Err(error) => {
                    answers.abandon()?;
                    Err(error)
                }
            }
        })?;
        let mut report = std::mem::replace(&mut booking.report, Report::new(self.what));
        drop(booking);
        let committing = spans::stage("commit").entered();
        let mark = host.make_durable(&staged, || {
            let digests = staged.iter().map(|answer| answer.digest.clone()).collect();
            audit.append(&entry(&done, auditing.act, digests))?;
            auditing.commit()
        })?;
        finish_own(&transaction, ids.1, &staged)?;
        expect_answers(&transaction, ids.1)?;
        Book::set_audit_mark(&transaction, &mark)?;
        Book::remember(&transaction, changed)?;
        transaction.commit()?;
        drop(committing);
        host.place_all(&book.connection, &staged).iter().for_each(|warning| report.add(warning));
        let problems = report.problems;
        let answers = staged.iter().map(|answer| answer.path.to_string_lossy().into_owned()).collect();
        Ok((done, Written { answers, problems }))
    }
}

/// What the host itself does is never refused by its own rules.
pub(crate) fn failed(stop: Stop) -> Error {
    match stop {
        Stop::Failed(error) => error,
        Stop::Refused(refused) => Error::Invariant(format!("{}: {}", refused.code, refused.message)),
    }
}
