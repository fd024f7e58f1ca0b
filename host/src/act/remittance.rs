//! The remittance of an agency for a period: every payment once, less the fees that it keeps. The ledger is cleared.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Item, Problem, RemittanceBasis, RemittanceStatement};
use bailiwick_sdk::value::{Currency, Day, ItemKey, Minor};
use serde::Serialize;

use super::answers::Answers;
use super::booking::Booking;
use super::driver::{Act, Entered};
use super::due::{Around, Moves};
use super::options::{ActOptions, Progress};
use super::report::ReportProblem;
use crate::audit::Entry;
use crate::book::NewRemittance;
use crate::booking::{Booked, Cleared, Keeping, Stop, Total};
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::home::ActingHost;
use crate::money::{Overflow, Remits};

/// The remittance of a period. Amounts are minor units of `currency`. `gross - reversed - commission - tax = net`,
/// always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Remitted {
    /// Names the remittance.
    pub identifier: String,
    /// The engagement.
    pub engagement: String,
    /// The currency.
    pub currency: String,
    /// First day of the period.
    pub from: Day,
    /// Last day of the period.
    pub to: Day,
    /// How the agency receives its commission, as the contract says.
    pub remits: Remits,
    /// Payments the agency received.
    pub gross: i64,
    /// Reversals of such payments.
    pub reversed: i64,
    /// Commission the agency keeps.
    pub commission: i64,
    /// Tax on it.
    pub tax: i64,
    /// The remitted amount. Below zero: the creditor owes it, because more was reversed than came in.
    pub net: i64,
    /// Commission and tax that are invoiced.
    pub invoiced: i64,
    /// Payments counted.
    pub payments: u64,
    /// Payments and reversals of days before the period that were reported late.
    pub earlier: u64,
    /// Accounts with a part in the remittance.
    pub accounts: u64,
    /// The files written for either side, below the home.
    pub answers: Vec<String>,
    /// Warnings: a period that is not over, documents that no plugin of a side writes.
    pub problems: Vec<ReportProblem>,
}

impl ActingHost<'_> {
    /// Remits for a period what was not remitted before: every payment, reversal, commission and tax up to its
    /// last day. The ledger's accounts of it return to zero, and both sides receive the statement.
    ///
    /// ```no_run
    /// use bailiwick_host::{ActOptions, Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let ngozi = host.acting_as(Operator::named("ngozi"));
    /// let july = (jiff::civil::date(2026, 7, 1).into(), jiff::civil::date(2026, 7, 31).into());
    /// let remitted = ngozi.remit("us-card", None, july, ActOptions::new())?;
    /// println!("{}: {} {} for {} payments", remitted.identifier, remitted.net, remitted.currency, remitted.payments);
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if there is nothing to remit, the identifier was used, or the sums are more than a document holds
    /// (`amount_too_large`). The book is then as it was.
    pub fn remit(
        &self,
        engagement: &str,
        identifier: Option<&str>,
        (from, to): (Day, Day),
        mut options: ActOptions<'_>,
    ) -> Result<Remitted> {
        let host = self.host;
        let engagement = host.engagement(engagement)?;
        let settings = host.settings()?;
        let cancel = settings.bounds.until(&options.cancel);
        let act = Act {
            host,
            by: self,
            engagement: &engagement,
            name: "remittance",
            file_name: None,
            at: options.instant(),
            cancel: &cancel,
        };
        let identifier =
            identifier.map_or_else(|| format!("R-{}-{}", from.to_compact(), to.to_compact()), str::to_owned);
        if from > to {
            return Err(refused("bad_period", "the first day of the period lies after its last"));
        }
        let mut writing = host.write()?;
        let entry = |(it, fell_due): &(Remitted, Moves), of: Entered| Entry::Remitted {
            act: of.act,
            engagement: engagement.name.clone(),
            identifier: it.identifier.clone(),
            from: from.to_string(),
            to: to.to_string(),
            net: it.net,
            answers: of.answers,
            answers_not_listed: 0,
            fell_due: fell_due.clone(),
            rows: None,
        };
        let work = |booking: &mut Booking<'_>, answers: &mut Answers<'_, '_>| {
            let mut around = Around::new(act.at, &cancel);
            around.catch_up(booking, answers, &mut options)?;
            let mut told = |done, all| {
                if let Some(progress) = options.progress.as_mut() {
                    progress(Progress::Accounts { done, all: Some(all) });
                }
            };
            let remitted = apply(booking, answers, &identifier, (from, to), (&cancel, &mut told))?;
            around.catch_up(booking, answers, &mut options)?;
            Ok((remitted, around.moves))
        };
        let done = act.by_itself(&mut writing, Side::Bank, work, entry);
        writing.keep();
        let ((mut remitted, _), written) = done?;
        (remitted.answers, remitted.problems) = (written.answers, written.problems);
        Ok(remitted)
    }
}

fn refused(code: &str, message: impl Into<String>) -> Error {
    Error::Refused { code: code.to_owned(), message: message.into() }
}

/// What stops it, and who is told of accounts that are done, of so many.
type Going<'a> = (&'a CancelToken, &'a mut dyn FnMut(u64, u64));

fn apply(
    booking: &mut Booking<'_>,
    answers: &mut Answers<'_, '_>,
    identifier: &str,
    (from, to): (Day, Day),
    going: Going<'_>,
) -> Result<Remitted> {
    let engagement = booking.engagement;
    // The terms of the last day of the period.
    let terms = booking.contract.on(to).terms.commission.as_ref();
    let remits = terms.map_or(Remits::Gross, |terms| terms.remits);
    if booking.transaction.has_remittance(booking.engagement_id, identifier)? {
        return Err(refused(
            "duplicate_remittance",
            format!("the remittance {identifier:?} was made before"),
        ));
    }
    let accounts = booking.transaction.due_placements(booking.engagement_id, to)?;
    if accounts == 0 {
        return Err(refused("nothing_to_remit", format!("nothing is left to remit up to {to}")));
    }
    let cleared = clear(booking, (from, to), (remits, accounts), going)?;
    // The ledger has a statement's sums, because they are the sums of what was cleared.
    if i128::from(cleared.gross)
        - i128::from(cleared.reversed)
        - i128::from(cleared.commission)
        - i128::from(cleared.tax)
        != i128::from(cleared.net)
    {
        return Err(Error::figures(format!(
            "the ledger clears {}, its payments and reversals say otherwise",
            cleared.net
        )));
    }
    let Cleared { gross, reversed, commission, tax, net, invoiced, payments, earlier } = cleared;
    let it = Remitted {
        identifier: identifier.to_owned(),
        engagement: engagement.name.clone(),
        currency: engagement.currency.to_string(),
        from,
        to,
        remits,
        gross,
        reversed,
        commission,
        tax,
        net,
        invoiced,
        payments,
        earlier,
        accounts,
        answers: Vec::new(),
        problems: Vec::new(),
    };
    let document = statement(&it, engagement.currency).map_err(Stop::into_error)?;
    let made = NewRemittance {
        engagement: booking.engagement_id,
        file: booking.file,
        identifier,
        from,
        to,
        document: &document,
    };
    let number = booking.transaction.begin_remittance(&made)?;
    booking.transaction.mark_remitted(booking.engagement_id, to, number)?;
    if to >= booking.today {
        let message = format!(
            "the period is not over: its last day is {to}; money of its days that comes later is in the next remittance, as `earlier`"
        );
        booking.report.add(&Problem::warning("period_not_over", 0, message));
    }
    for side in [Side::Bank, Side::Agency] {
        answers.send(side, "remittance_statement", &document)?;
    }
    Ok(it)
}

/// Brings the ledger accounts of what is due back to zero, placement by placement. Returns what was cleared.
fn clear(
    booking: &mut Booking<'_>,
    period: (Day, Day),
    (remits, accounts): (Remits, u64),
    (cancel, told): Going<'_>,
) -> Result<Cleared> {
    let (transaction, engagement, to) = (booking.transaction, booking.engagement_id, period.1);
    let mut all = Total::default();
    if remits == Remits::Combined {
        transaction.each_due(engagement, period, |due| {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            all.add(due).map_err(too_large)
        })?;
    }
    let mut keeping = Keeping::of(remits, &all);
    let mut cleared = Cleared::default();
    // What is of one account comes one after the other.
    let (mut last, mut done) = (None, 0);
    transaction.each_due(engagement, period, |due| {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if last.replace(due.placement) != Some(due.placement) {
            done += 1;
            told(done, accounts);
        }
        let clears = booking.draft(|draft| draft.clear(due, &mut keeping, to)).map_err(Stop::into_error)?;
        cleared = cleared.plus(&clears).map_err(too_large)?;
        Ok(())
    })?;
    Ok(cleared)
}

fn too_large(error: Overflow) -> Error {
    refused("amount_too_large", error.to_string())
}

/// The statement both sides receive.
fn statement(it: &Remitted, currency: Currency) -> Booked<Vec<u8>> {
    let minor = |minor: i64| Minor::new(minor).ok_or(Overflow);
    let identifier = ItemKey::try_from(it.identifier.as_str())
        .map_err(|error| Stop::Failed(refused("bad_identifier", error.to_string())))?;
    let basis = match it.remits {
        Remits::Gross => RemittanceBasis::Gross,
        Remits::Net | Remits::Combined => RemittanceBasis::Net,
    };
    let (gross, reversed, commission, net) =
        (minor(it.gross)?, minor(it.reversed)?, minor(it.commission)?, minor(it.net)?);
    let mut document = RemittanceStatement::new(
        identifier, currency, it.from, it.to, gross, reversed, commission, net, basis,
    );
    document.tax = Some(minor(it.tax)?);
    document.invoiced = Some(minor(it.invoiced)?).filter(|minor| !minor.is_zero());
    document.payments = Some(it.payments);
    let mut json = Vec::new();
    Item::from(document).write_line(&mut json);
    json.pop();
    Ok(json)
}
