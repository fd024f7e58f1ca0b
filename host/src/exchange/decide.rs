//! Deciding an exception.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Item;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::booking::Stop;
use super::fees::Earns;
use super::own::{Act, Acting};
use super::report::ReportProblem;
use crate::audit::Entry;
use crate::book::stored;
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::home::Host;

/// What somebody decides about a payment that came too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is credited to the former holder, with commission as in the term.
    Credit,
    /// It is credited to the former holder, who earns nothing.
    CreditWithoutCommission,
    /// It is not booked; the money goes back.
    Refuse,
}

impl Verdict {
    /// Every verdict.
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
pub struct Decided {
    /// The engagement.
    pub engagement: String,
    /// The exception.
    pub exception: i64,
    /// What was decided.
    pub verdict: Verdict,
    /// The files written for either side, below the home.
    pub answers: Vec<String>,
    /// Warnings: what no plugin of a side writes, an overpayment.
    pub problems: Vec<ReportProblem>,
}

impl Host {
    /// Decides an exception. All of it happens or nothing does.
    ///
    /// # Errors
    /// [`Error::NoException`]; [`Error::Refused`] if the rules do not allow what was decided.
    pub fn decide(
        &self,
        engagement: &str,
        exception: i64,
        verdict: Verdict,
        at: Timestamp,
    ) -> Result<Decided> {
        let engagement = self.engagement(engagement)?;
        let cancel = self.bounds.until(&CancelToken::default());
        let mut writing = self.write()?;
        // What the agency sent goes on to the bank.
        let act = Act { engagement: &engagement, what: "decision", from: Side::Agency, at, cancel: &cancel };
        let entry = |(): &(), act, answers| Entry::Decided {
            act,
            engagement: engagement.name.clone(),
            exception,
            verdict: verdict.name().to_owned(),
            answers,
            answers_not_listed: 0,
        };
        let ((), written) =
            act.carry_out(self, &mut writing, |acting| apply(acting, exception, verdict), entry)?;
        Ok(Decided {
            engagement: engagement.name.clone(),
            exception,
            verdict,
            answers: written.answers,
            problems: written.problems,
        })
    }
}

fn apply(acting: Acting<'_, '_, '_, '_>, exception: i64, verdict: Verdict) -> Result<()> {
    let booking = acting.booking;
    let found: Option<(i64, Vec<u8>)> = booking
        .transaction
        .query_row(
            "SELECT placement, document FROM exception WHERE id = ?1 AND engagement = ?2 AND decision IS NULL",
            params![exception, booking.engagement_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((placement, json)) = found else {
        return Err(Error::NoException { engagement: booking.engagement.name.clone(), number: exception });
    };
    booking.transaction.execute(
        "UPDATE exception SET decision = ?2, decided_by = ?3 WHERE id = ?1",
        params![exception, verdict.name(), booking.file],
    )?;
    let earns = match verdict {
        Verdict::Refuse => return Ok(()),
        Verdict::Credit => Earns::AsInTerm,
        Verdict::CreditWithoutCommission => Earns::Nothing,
    };
    let Item::Payment(payment) = stored::item(&json)? else {
        return Err(Error::Invariant(format!("exception {exception} is no payment")));
    };
    let credited =
        booking.placement_by_id(placement).and_then(|placed| booking.credit(placed, *payment, earns));
    credited.map_err(|stop| match stop {
        Stop::Failed(error) => error,
        Stop::Refused(refused) => {
            Error::Refused { code: refused.code.into_owned(), message: refused.message }
        }
    })
}
