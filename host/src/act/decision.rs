//! Deciding an exception, or a document that waits.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Item;
use bailiwick_sdk::value::{AccountKey, ItemKey};
use serde::Serialize;

use super::answers::Answers;
use super::booking::Booking;
use super::driver::{Act, Entered};
use super::due::{Around, Moves};
use super::options::{ActOptions, Progress};
use super::report::ReportProblem;
use super::unwritable::Origin;
use super::waiting::Of;
use crate::audit::Entry;
use crate::book::{Left, Undecided};
use crate::booking::{Earns, Received, Stop, references_of};
use crate::error::{Error, Result};
use crate::home::ActingHost;

/// An operator's decision about an exception, or about a document that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExceptionDecision {
    /// It is credited to the former holder, with commission as in the term.
    Credit,
    /// It is credited to the former holder, who earns nothing.
    CreditWithoutCommission,
    /// It is not booked; the money goes back.
    Refuse,
    /// Money in suspense goes back to its payer.
    Return,
    /// A document that waits for an account, or money in suspense, is for this account.
    Assign {
        /// The account, which is placed.
        account: AccountKey,
    },
    /// A reversal undoes this payment.
    Match {
        /// The identifier of the payment.
        payment: ItemKey,
    },
}

impl ExceptionDecision {
    /// Every decision that names nothing else.
    pub const ALL: [Self; 4] = [Self::Credit, Self::CreditWithoutCommission, Self::Refuse, Self::Return];

    /// The name, as in the JSON and in the book.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::CreditWithoutCommission => "credit_without_commission",
            Self::Refuse => "refuse",
            Self::Return => "return",
            Self::Assign { .. } => "assign",
            Self::Match { .. } => "match",
        }
    }

    /// The account and the payment that it names.
    fn target(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Assign { account } => (Some(account.as_str()), None),
            Self::Match { payment } => (None, Some(payment.as_str())),
            _ => (None, None),
        }
    }

    /// The names of the decisions that can be made about what has a code.
    fn names_for(code: &str) -> &'static [&'static str] {
        match code {
            "payment_after_term" => &["credit", "credit_without_commission", "refuse"],
            "waits_for_account" => &["assign", "refuse"],
            "unidentified_money" => &["assign", "return"],
            "waits_for_payment" | "ambiguous_reversal" => &["match", "refuse"],
            _ => &["refuse"],
        }
    }
}

impl Serialize for ExceptionDecision {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// An exception, or a document that waited, that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Decided {
    /// The engagement.
    pub engagement: String,
    /// Its number.
    pub exception: i64,
    /// What was decided.
    pub decision: ExceptionDecision,
    /// The code under which it must be decided still: the document is for the account that it was assigned to, and came
    /// after the end of its placement. None if it is decided.
    pub still: Option<String>,
    /// The files written for either side, below the home.
    pub answers: Vec<String>,
    /// Warnings: documents that no plugin of a side writes, an overpayment, a waived amount that is not owed any more.
    pub problems: Vec<ReportProblem>,
}

impl ActingHost<'_> {
    /// Decides an exception, or a document that waits. All of it happens or nothing does.
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
    /// [`Error::NoException`]; [`Error::Refused`] if the rules do not allow the decision, with `wrong_decision` if it is
    /// none for this exception, with `unknown_payment` if a reversal is to undo a payment that the book does not have, with
    /// `not_matched` if it cannot undo that payment, and with `not_writable` if the plugin of the side that is to receive the document declines
    /// to write it.
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
        let (keys, (account, payment)) = (host.keys(), decision.target());
        let entry = |(_, fell_due): &(Option<String>, Moves), of: Entered| Entry::Decided {
            act: of.act,
            engagement: engagement.name.clone(),
            exception,
            verdict: decision.name().to_owned(),
            account: account.map(|account| keys.value("account", account)),
            payment: payment.map(|payment| keys.value("payment", payment)),
            revived: of.revived,
            answers: of.answers,
            answers_not_listed: 0,
            fell_due: fell_due.clone(),
            rows: None,
        };
        // What one side sent goes on to the other.
        let from = writing.book.side_of_exception(&engagement.name, exception)?.unwrap_or(Side::Agency);
        let work = |booking: &mut Booking<'_>, answers: &mut Answers<'_, '_>| {
            let mut around = Around::new(act.at, &cancel);
            around.catch_up(booking, answers, &mut options)?;
            let still = apply(booking, answers, exception, &decision)?;
            booking.revive(answers)?;
            around.catch_up(booking, answers, &mut options)?;
            if let Some(progress) = options.progress.as_mut() {
                progress(Progress::Accounts { done: 1, all: Some(1) });
            }
            Ok((still, around.moves))
        };
        let done = act.by_itself(&mut writing, from, work, entry);
        writing.keep();
        let ((still, _), written) = done?;
        Ok(Decided {
            engagement: engagement.name.clone(),
            exception,
            decision,
            still,
            answers: written.answers,
            problems: written.problems,
        })
    }
}

/// Returns the code under which it must be decided still.
fn apply(
    booking: &mut Booking<'_>,
    answers: &mut Answers<'_, '_>,
    number: i64,
    decision: &ExceptionDecision,
) -> Result<Option<String>> {
    let (transaction, file) = (booking.transaction, booking.file);
    let Some(undecided) = transaction.undecided(booking.engagement_id, number)? else {
        return Err(Error::NoException { engagement: booking.engagement.name.clone(), number });
    };
    let possible = ExceptionDecision::names_for(&undecided.code);
    if !possible.contains(&decision.name()) {
        let (code, name) = (&undecided.code, decision.name());
        let message = format!(
            "number {number} is {code}, which is not decided by {name}, but by {}",
            possible.join(" or ")
        );
        return Err(Error::Refused { code: "wrong_decision".to_owned(), message });
    }
    transaction.decide_exception(number, decision.name(), file)?;
    let item = undecided.document()?;
    match decision {
        // Money that came too late may still be in suspense.
        ExceptionDecision::Refuse => booking.leave_suspense(number, Left::Returned)?,
        ExceptionDecision::Return => booking.give_back(number)?,
        ExceptionDecision::Credit => credit(booking, number, &undecided, item, Earns::AsInTerm)?,
        ExceptionDecision::CreditWithoutCommission => {
            credit(booking, number, &undecided, item, Earns::Nothing)?;
        }
        ExceptionDecision::Assign { account } => {
            let json = with(&item, ("account", account.as_str()), None)?;
            if !apply_waiting(booking, answers, (number, &undecided), &json)? {
                let still = transaction.undecided(booking.engagement_id, number)?;
                return Ok(still.map(|it| it.code));
            }
        }
        ExceptionDecision::Match { payment } => {
            if !transaction.has_payment(booking.engagement_id, payment)? {
                let message = format!("the book has no payment {payment}; nothing is decided");
                return Err(Error::Refused { code: "unknown_payment".to_owned(), message });
            }
            // The name that the sender gave stays, so that the same document is known when it comes again.
            let json = with(&item, ("reverses", payment.as_str()), Some("reference"))?;
            if !apply_waiting(booking, answers, (number, &undecided), &json)? {
                let message =
                    format!("number {number} cannot undo the payment {payment}; nothing is decided");
                return Err(Error::Refused { code: "not_matched".to_owned(), message });
            }
        }
    }
    Ok(None)
}

fn credit(
    booking: &mut Booking<'_>,
    number: i64,
    undecided: &Undecided,
    item: Item,
    earns: Earns,
) -> Result<()> {
    let references = references_of(&item);
    let Some(received) = Received::of(item) else {
        return Err(Error::column("exception", number, "document", "it is no payment"));
    };
    let Some(placement) = undecided.placement else {
        return Err(Error::column("exception", number, "placement", "it names none"));
    };
    let placed = booking.transaction.placement(placement)?;
    booking.load(&placed.account)?;
    let drafted = booking.draft(|draft| {
        draft.credit(placed, received, earns)?;
        draft.refer(references);
        Ok(())
    });
    drafted.map_err(Stop::into_error)?;
    booking.leave_suspense(number, Left::Cleared)
}

/// Books a document that waited, with what the operator said of it. Returns false if it must be decided still.
fn apply_waiting(
    booking: &mut Booking<'_>,
    answers: &mut Answers<'_, '_>,
    (number, undecided): (i64, &Undecided),
    json: &[u8],
) -> Result<bool> {
    let of = Of { number, file: undecided.file, side: undecided.side };
    let item: Item = serde_json::from_slice(json).map_err(|error| Error::Invariant(error.to_string()))?;
    booking.book_waiting((answers, Origin::Booked), of, item, json).map_err(Stop::into_error)
}

/// A document with another value of a member, as JSON. A free member takes the value of before.
fn with(item: &Item, (member, value): (&str, &str), free: Option<&str>) -> Result<Vec<u8>> {
    let wrong = |error: serde_json::Error| Error::Invariant(error.to_string());
    let mut document = serde_json::to_value(item).map_err(wrong)?;
    let of_kind = document.get_mut(item.kind()).and_then(|it| it.as_object_mut());
    if let Some(members) = of_kind {
        let before = members.insert(member.to_owned(), value.into()).filter(|before| before.is_string());
        if let (Some(before), Some(free)) = (before, free) {
            members.entry(free).or_insert(before);
        }
    }
    serde_json::to_vec(&document).map_err(wrong)
}
