//! What an agency remits for a period: every payment once, less what it keeps, with the ledger cleared.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{Item, RemittanceBasis, RemittanceStatement};
use bailiwick_sdk::value::{Day, Key, Minor};
use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use super::booking::{Booked, Booking, Stop};
use super::ledger::Transfer;
use super::own::{Act, Acting, failed};
use super::report::ReportProblem;
use crate::audit::Entry;
use crate::book::buckets;
use crate::engine::CancelToken;
use crate::error::{Error, Result};
use crate::home::Host;
use crate::money::{Buckets, Overflow, Remits};

/// What is remitted for a period. Amounts are minor units of `currency`.
/// `gross - reversed - commission - tax = net`, always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// Who keeps the commission.
    pub remits: Remits,
    /// Payments the agency received.
    pub gross: i64,
    /// Reversals of such payments.
    pub reversed: i64,
    /// Commission the agency keeps.
    pub commission: i64,
    /// Tax on it.
    pub tax: i64,
    /// What is remitted. Below zero: the creditor owes it, because more was undone than came in.
    pub net: i64,
    /// Commission and tax that are invoiced.
    pub invoiced: i64,
    /// Payments counted.
    pub payments: u64,
    /// Payments and reversals of days before the period that were told late.
    pub earlier: u64,
    /// Accounts with anything of it.
    pub accounts: u64,
    /// The files written for either side, below the home.
    pub answers: Vec<String>,
    /// Warnings: what no plugin of a side writes.
    pub problems: Vec<ReportProblem>,
}

impl Host {
    /// Remits for a period what was not remitted before: every payment, reversal, commission and tax up to its
    /// last day. The ledger's accounts of it return to zero, and both sides receive the statement.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is nothing to remit, or the identifier was used. The book is then as it was.
    pub fn remit(
        &self,
        engagement: &str,
        identifier: Option<&str>,
        (from, to): (Day, Day),
        at: Timestamp,
    ) -> Result<Remitted> {
        let engagement = self.engagement(engagement)?;
        let cancel = self.bounds.until(&CancelToken::default());
        let act = Act { engagement: &engagement, what: "remittance", from: Side::Bank, at, cancel: &cancel };
        let identifier =
            identifier.map_or_else(|| format!("R-{}-{}", from.to_compact(), to.to_compact()), str::to_owned);
        if from > to {
            return Err(refused("bad_period", "the first day of the period lies after its last"));
        }
        let mut writing = self.write()?;
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
        let (mut remitted, written) =
            act.carry_out(self, &mut writing, |acting| apply(acting, &identifier, from, to), entry)?;
        (remitted.answers, remitted.problems) = (written.answers, written.problems);
        Ok(remitted)
    }
}

fn refused(code: &str, message: impl Into<String>) -> Error {
    Error::Refused { code: code.to_owned(), message: message.into() }
}

/// Rows of the ledger up to the last day that were never remitted.
const DUE: &str = "FROM transfer t JOIN placement p ON p.id = t.placement
    LEFT JOIN transfer r ON r.id = t.cause
    WHERE t.engagement = ?1 AND t.kind IN ('payment', 'reversal', 'entitlement', 'commission', 'tax')
      AND coalesce(t.effect_on, p.placed_on) <= ?2
      AND NOT EXISTS (SELECT 1 FROM remitted m WHERE m.transfer = t.id)";

/// Whether the money went straight to the bank: the payment itself or what followed from it.
const DIRECT: &str = "'bank_cash' IN (coalesce(r.debit, t.debit), coalesce(r.credit, t.credit))";

fn apply(acting: Acting<'_, '_, '_, '_>, identifier: &str, from: Day, to: Day) -> Result<Remitted> {
    let Acting { booking, answers } = acting;
    let engagement = booking.engagement;
    let remits = engagement.terms.commission.as_ref().map_or(Remits::Gross, |terms| terms.remits);
    let used: bool = booking.transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM remittance WHERE engagement = ?1 AND identifier = ?2)",
        params![booking.engagement_id, identifier],
        |row| row.get(0),
    )?;
    if used {
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
    booking.sums(&mut it).map_err(failed)?;
    if it.accounts == 0 {
        return Err(refused("nothing_to_remit", format!("nothing is left to remit up to {to}")));
    }
    // What would be kept of money that is not there is invoiced.
    let it = match it.remits {
        Remits::Combined if it.net < 0 => {
            let mut net = Remitted { remits: Remits::Net, ..it };
            booking.sums(&mut net).map_err(failed)?;
            net
        }
        _ => it,
    };
    let document = statement(&it, engagement.currency).map_err(failed)?;
    booking.clear(&it, &document).map_err(failed)?;
    for side in [Side::Bank, Side::Agency] {
        answers.send(side, "remittance_statement", &document)?;
    }
    Ok(it)
}

impl Booking<'_> {
    fn sums(&self, it: &mut Remitted) -> Booked {
        let sql = format!(
            "SELECT t.kind, {DIRECT}, t.credit = t.kind,
                    sum(t.principal + t.interest + t.penalty + t.late_fee + t.costs + t.other), count(*),
                    count(*) FILTER (WHERE coalesce(t.effect_on, p.placed_on) < ?3)
             {DUE} AND t.kind <> 'entitlement' GROUP BY 1, 2, 3"
        );
        let mut statement = self.transaction.prepare(&sql)?;
        let mut rows =
            statement.query(params![self.engagement_id, it.to.to_string(), it.from.to_string()])?;
        (it.gross, it.reversed, it.commission, it.tax, it.invoiced, it.payments, it.earlier) =
            (0, 0, 0, 0, 0, 0, 0);
        while let Some(row) = rows.next()? {
            let kind: String = row.get(0)?;
            let (direct, earned, minor): (bool, bool, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let (count, earlier): (i64, i64) = (row.get(4)?, row.get(5)?);
            let kept = match it.remits {
                Remits::Net => !direct,
                Remits::Gross => false,
                Remits::Combined => true,
            };
            let fee = if earned { minor } else { -minor };
            match kind.as_str() {
                "payment" if !direct => {
                    it.gross += minor;
                    it.payments += count.unsigned_abs();
                }
                "reversal" if !direct => it.reversed += minor,
                "commission" if kept => it.commission += fee,
                "tax" if kept => it.tax += fee,
                "commission" | "tax" => it.invoiced += fee,
                _ => {}
            }
            if matches!(kind.as_str(), "payment" | "reversal") && !direct {
                it.earlier += earlier.unsigned_abs();
            }
        }
        it.net = it.gross - it.reversed - it.commission - it.tax;
        let sql = format!("SELECT count(DISTINCT t.placement) {DUE}");
        let accounts: i64 =
            self.transaction
                .query_row(&sql, params![self.engagement_id, it.to.to_string()], |row| row.get(0))?;
        it.accounts = accounts.unsigned_abs();
        Ok(())
    }

    /// Brings the ledger accounts of what is remitted back to zero, placement by placement, and marks every
    /// row as remitted.
    fn clear(&self, it: &Remitted, document: &[u8]) -> Booked {
        self.transaction.execute(
            "INSERT INTO remittance (engagement, file, identifier, from_on, to_on, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![self.engagement_id, self.file, it.identifier, it.from.to_string(), it.to.to_string(), document],
        )?;
        let remittance = self.transaction.last_insert_rowid();
        // Debits less credits of one ledger account by placement; of fees, of money the agency had or not.
        let sum = |account: &str, bucket: &str| {
            format!("sum(((t.debit = '{account}') - (t.credit = '{account}')) * t.{bucket})")
        };
        let columns = ["principal", "interest", "penalty", "late_fee", "costs", "other"];
        let sums: Vec<String> = ["agency_cash", "commission", "tax"]
            .iter()
            .flat_map(|account| columns.map(|bucket| sum(account, bucket)))
            .collect();
        let sql =
            format!("SELECT t.placement, {DIRECT}, {} {DUE} GROUP BY 1, 2 ORDER BY 1, 2", sums.join(", "));
        let mut statement = self.transaction.prepare(&sql)?;
        let mut rows = statement.query(params![self.engagement_id, it.to.to_string()])?;
        let mut cleared = 0i128;
        while let Some(row) = rows.next()? {
            let (placement, direct): (i64, bool) = (row.get(0)?, row.get(1)?);
            let account = |at: usize| buckets(row, 2 + at * 6);
            let (cash, commission, tax) = (account(0)?, account(1)?, account(2)?);
            cleared += i128::from(self.clear_one(placement, direct, it, cash, commission, tax)?);
        }
        if cleared != i128::from(it.net) {
            return Err(Stop::Failed(Error::Invariant(format!(
                "the ledger clears {cleared}, the statement says {}",
                it.net
            ))));
        }
        let sql = format!("INSERT INTO remitted (transfer, remittance) SELECT t.id, {remittance} {DUE} ");
        self.transaction.execute(&sql, params![self.engagement_id, it.to.to_string()])?;
        Ok(())
    }

    /// Clears one placement; what of it is remitted.
    fn clear_one(
        &self,
        placement: i64,
        direct: bool,
        it: &Remitted,
        cash: Buckets,
        commission: Buckets,
        tax: Buckets,
    ) -> Booked<i64> {
        let kept = match it.remits {
            Remits::Net => !direct,
            Remits::Gross => false,
            Remits::Combined => true,
        };
        let on = Some(it.to);
        let row = |kind, debit, credit, buckets: Buckets| -> Booked {
            if buckets == Buckets::default() {
                return Ok(());
            }
            let moved =
                Transfer { kind, identifier: None, on, debit, credit, buckets, reverses: None, cause: None };
            self.transfer(placement, None, &moved).map(|_| ())
        };
        // Fees are credits: what was earned stands below zero.
        let fees = Buckets::default().minus(&commission.plus(&tax)?)?;
        let mut net = cash;
        if kept {
            row("fee_kept", "commission", "agency_cash", Buckets::default().minus(&commission)?)?;
            row("fee_kept", "tax", "agency_cash", Buckets::default().minus(&tax)?)?;
            net = cash.minus(&fees)?;
        } else {
            row("invoice", "invoiced", "creditor_payable", fees)?;
        }
        row("remittance", "creditor_payable", "agency_cash", net)?;
        Ok(net.sum()?)
    }
}

/// The statement both sides receive.
fn statement(it: &Remitted, currency: bailiwick_sdk::value::Currency) -> Booked<Vec<u8>> {
    let minor = |minor: i64| Minor::new(minor).ok_or(Overflow);
    let identifier = Key::try_from(it.identifier.as_str())
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
