//! Deciding an exception.

use bailiwick_sdk::context::Side;
use serde::Serialize;

use super::answers::Answers;
use super::booking::Booking;
use super::driver::Act;
use super::due::{Around, Moves};
use super::options::{ActOptions, Progress};
use super::report::ReportProblem;
use crate::audit::Entry;
use crate::booking::{Earns, Received, Stop};
use crate::error::{Error, Result};
use crate::home::ActingHost;

/// An operator's decision about a payment that came too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExceptionDecision {
    /// It is credited to the former holder, with commission as in the term.
    Credit,
    /// It is credited to the former holder, who earns nothing.
    CreditWithoutCommission,
    /// It is not booked; the money goes back.
    Refuse,
}

impl ExceptionDecision {
    /// Every decision.
    pub const ALL: [Self; 3] = [Self::Credit, Self::CreditWithoutCommission, Self::Refuse];

    /// The name, as in the JSON and in the book.
    pub fn name(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::CreditWithoutCommission => "credit_without_commission",
            Self::Refuse => "refuse",
        }
    }
}

/// An exception that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Decided {
    /// The engagement.
    pub engagement: String,
    /// The exception.
    pub exception: i64,
    /// What was decided.
    pub decision: ExceptionDecision,
    /// The files written for either side, below the home.
    pub answers: Vec<String>,
    /// Warnings: documents that no plugin of a side writes, an overpayment, a waived amount that is not owed any more.
    pub problems: Vec<ReportProblem>,
}

impl ActingHost<'_> {
    /// Decides an exception. All of it happens or nothing does.
    ///
    /// ```no_run
    /// use bailiwick_host::{ActOptions, ExceptionDecision, Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// for waiting in ngozi.exceptions("us-card", false)? {
    ///     let number = waiting?.number;
    ///     ngozi.decide("us-card", number, ExceptionDecision::Refuse, ActOptions::new())?;
    /// }
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoException`]; [`Error::Refused`] if the rules do not allow the decision.
    pub fn decide(
        &self,
        engagement: &str,
        exception: i64,
        decision: ExceptionDecision,
        mut options: ActOptions<'_>,
    ) -> Result<Decided> {
        let host = self.host;
        let engagement = host.engagement(engagement)?;
        let settings = host.settings()?;
        let cancel = settings.bounds.until(&options.cancel);
        let mut writing = host.write()?;
        let act = Act {
            host,
            by: self,
            engagement: &engagement,
            name: "decision",
            file_name: None,
            at: options.instant(),
            cancel: &cancel,
        };
        let entry = |fell_due: &Moves, act, answers| Entry::Decided {
            act,
            engagement: engagement.name.clone(),
            exception,
            verdict: decision.name().to_owned(),
            answers,
            answers_not_listed: 0,
            fell_due: fell_due.clone(),
        };
        // What one side sent goes on to the other.
        let from = writing.book.side_of_exception(&engagement.name, exception)?.unwrap_or(Side::Agency);
        let mut around = Around::new(act.at, &cancel);
        let work = |booking: &mut Booking<'_>, answers: &mut Answers<'_, '_>| {
            around.catch_up(booking, answers, &mut options)?;
            apply(booking, exception, decision)?;
            around.catch_up(booking, answers, &mut options)?;
            if let Some(progress) = options.progress.as_mut() {
                progress(Progress::Accounts { done: 1, all: Some(1) });
            }
            Ok(around.moves)
        };
        let done = act.by_itself(&mut writing, from, work, entry);
        writing.keep();
        let (_, written) = done?;
        Ok(Decided {
            engagement: engagement.name.clone(),
            exception,
            decision,
            answers: written.answers,
            problems: written.problems,
        })
    }
}

fn apply(booking: &mut Booking<'_>, exception: i64, decision: ExceptionDecision) -> Result<()> {
    let (transaction, file) = (booking.transaction, booking.file);
    let Some(waiting) = transaction.waiting_exception(booking.engagement_id, exception)? else {
        return Err(Error::NoException { engagement: booking.engagement.name.clone(), number: exception });
    };
    transaction.decide_exception(exception, decision.name(), file)?;
    let earns = match decision {
        ExceptionDecision::Refuse => return Ok(()),
        ExceptionDecision::Credit => Earns::AsInTerm,
        ExceptionDecision::CreditWithoutCommission => Earns::Nothing,
    };
    let Some(received) = Received::of(waiting.document()?) else {
        return Err(Error::column("exception", exception, "document", "it is no payment"));
    };
    let placed = transaction.placement(waiting.placement)?;
    booking.load(&placed.account)?;
    booking.draft(|draft| draft.credit(placed, received, earns)).map_err(Stop::into_error)
}
