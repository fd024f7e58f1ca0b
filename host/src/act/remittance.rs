//! The remittance of an agency for a period: every payment once, less the fees that it keeps. The ledger is cleared.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Item, RemittanceBasis, RemittanceStatement};
use bailiwick_sdk::value::{Currency, Day, ItemKey, Minor};
use serde::Serialize;

use super::answers::Answers;
use super::booking::Booking;
use super::driver::Act;
use super::options::{ActOptions, Progress};
use super::report::ReportProblem;
use crate::audit::Entry;
use crate::book::NewRemittance;
use crate::booking::{Booked, Stop, keeps};
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
    /// How the agency receives its commission.
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
    /// Warnings: documents that no plugin of a side writes.
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
        let entry = |it: &Remitted, act, answers| Entry::Remitted {
            act,
            engagement: engagement.name.clone(),
            identifier: it.identifier.clone(),
            from: from.to_string(),
            to: to.to_string(),
            net: it.net,
            answers,
            answers_not_listed: 0,
        };
        let work = |booking: &mut Booking<'_>, answers: &mut Answers<'_, '_>| {
            let mut told = |done, all| {
                if let Some(progress) = options.progress.as_mut() {
                    progress(Progress::Accounts { done, all: Some(all) });
                }
            };
            apply(booking, answers, &identifier, (from, to), (&cancel, &mut told))
        };
        let done = act.by_itself(&mut writing, Side::Bank, work, entry);
        writing.keep();
        let (mut remitted, written) = done?;
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
    let mut it = Remitted {
        identifier: identifier.to_owned(),
        engagement: engagement.name.clone(),
        currency: engagement.currency.to_string(),
        from,
        to,
        remits,
        gross: 0,
        reversed: 0,
        commission: 0,
        tax: 0,
        net: 0,
        invoiced: 0,
        payments: 0,
        earlier: 0,
        accounts: 0,
        answers: Vec::new(),
        problems: Vec::new(),
    };
    sums(booking, &mut it)?;
    if it.accounts == 0 {
        return Err(refused("nothing_to_remit", format!("nothing is left to remit up to {to}")));
    }
    // The agency cannot keep fees from money that it does not have: they are invoiced.
    if it.remits == Remits::Combined && it.net < 0 {
        it.remits = Remits::Net;
        sums(booking, &mut it)?;
    }
    let document = statement(&it, engagement.currency).map_err(Stop::into_error)?;
    clear(booking, &it, &document, going)?;
    for side in [Side::Bank, Side::Agency] {
        answers.send(side, "remittance_statement", &document)?;
    }
    Ok(it)
}

/// Sums the rows that are due into the remittance.
fn sums(booking: &Booking<'_>, it: &mut Remitted) -> Result<()> {
    (it.gross, it.reversed, it.commission, it.tax, it.invoiced, it.payments, it.earlier) =
        (0, 0, 0, 0, 0, 0, 0);
    for sum in booking.transaction.due_sums(booking.engagement_id, it.from, it.to)? {
        let kept = keeps(it.remits, sum.direct);
        let fee = if sum.earned { sum.minor } else { -sum.minor };
        match sum.kind.as_str() {
            "payment" if !sum.direct => {
                it.gross += sum.minor;
                it.payments += sum.rows;
            }
            "reversal" if !sum.direct => it.reversed += sum.minor,
            "commission" if kept => it.commission += fee,
            "tax" if kept => it.tax += fee,
            "commission" | "tax" => it.invoiced += fee,
            _ => {}
        }
        if matches!(sum.kind.as_str(), "payment" | "reversal") && !sum.direct {
            it.earlier += sum.earlier;
        }
    }
    it.net = it.gross - it.reversed - it.commission - it.tax;
    it.accounts = booking.transaction.due_placements(booking.engagement_id, it.to)?;
    Ok(())
}

/// Brings the ledger accounts of the remittance back to zero, placement by placement, and marks every row as
/// remitted.
fn clear(booking: &mut Booking<'_>, it: &Remitted, document: &[u8], (cancel, told): Going<'_>) -> Result<()> {
    let (transaction, engagement, file) = (booking.transaction, booking.engagement_id, booking.file);
    let (identifier, from, to) = (it.identifier.as_str(), it.from, it.to);
    let remittance =
        transaction.begin_remittance(&NewRemittance { engagement, file, identifier, from, to, document })?;
    let mut cleared = 0i128;
    // What is of one account comes one after the other.
    let (mut last, mut done) = (None, 0);
    transaction.each_due(engagement, to, |due| {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if last.replace(due.placement) != Some(due.placement) {
            done += 1;
            told(done, it.accounts);
        }
        let clears = booking.draft(|draft| draft.clear(due, it.remits, to)).map_err(Stop::into_error)?;
        cleared += i128::from(clears);
        Ok(())
    })?;
    if cleared != i128::from(it.net) {
        return Err(Error::figures(format!("the ledger clears {cleared}, the statement says {}", it.net)));
    }
    transaction.mark_remitted(engagement, to, remittance)
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
