//! Reads the rows of a case table.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{CommissionTerms, Placement};
use bailiwick_sdk::kit::shape::damaged;
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::{AccountKey, Bucket, Code, Component, Currency, Minor, Text};

use super::layout::{
    ACCOUNT, ACCOUNT_NUMBER, AGE_BAND, BATCH, CLEARED, CONTRACT, CUSTOMER, DAYS_OVERDUE, DELINQUENT_ON,
    FAMILY, INTEREST, LAST_PAYMENT, LAST_PAYMENT_ON, LATE_FEE, MANAGEMENT, OPENED_ON, OTHER, PENALTY, PLACED,
    PLACED_ON, PRINCIPAL, PRODUCT, RATE, ROUND, STATUS, TERM_ENDS_ON,
};
use super::totals::Totals;
use super::{holds, people, rate};
use crate::config::Config;
use crate::sheet::{Columns, Fatal, Row, Rows, fatal, is_plain_number};
use crate::words::meaning;

/// The parts of the balance: column, bucket, and the code of a part that has no bucket of its own.
pub(super) const PARTS: [(usize, Bucket, Option<&str>); 6] = [
    (PRINCIPAL, Bucket::Principal, None),
    (INTEREST, Bucket::Interest, None),
    (PENALTY, Bucket::Penalty, None),
    (LATE_FEE, Bucket::LateFee, None),
    (OTHER, Bucket::Other, Some("其他费用")),
    (MANAGEMENT, Bucket::Other, Some("逾期管理费")),
];

/// The rows of a case table.
pub(crate) struct CaseRows {
    config: Rc<Config>,
    zone: Text<64>,
    totals: Totals,
    groups: Vec<usize>,
    suspended: Option<usize>,
    total_seen: bool,
}

impl CaseRows {
    /// Nothing read yet.
    ///
    /// # Errors
    /// `bad_config`.
    pub(crate) fn new(config: Rc<Config>) -> Result<Self, Refusal> {
        let zone = super::zone(&config)?;
        let zone = Text::new(zone.name()).map_err(|_| crate::config::bad("zone is too long", "/zone"))?;
        let (totals, groups) = (Totals::default(), Vec::new());
        Ok(Self { config, zone, totals, groups, suspended: None, total_seen: false })
    }

    fn case(&mut self, row: &mut Row<'_>) -> Option<Placement> {
        let placed = self.totals.amount(PLACED);
        if placed.is_none() {
            row.fail("missing_field", PLACED, "must hold the placed amount");
        }
        let balance = self.balance(row, placed);
        let account: AccountKey = row.need(ACCOUNT)?;
        let words = &self.config.words;
        let mut case = Placement::new(account, Currency::CNY, balance);
        case.line = Some(row.line);
        case.account_number = row.get(ACCOUNT_NUMBER);
        case.customer = row.get(CUSTOMER);
        case.batch = row.get(BATCH);
        case.placed_on = row.day(PLACED_ON);
        case.term_ends_on = row.day(TERM_ENDS_ON);
        case.age_band = row.get(AGE_BAND);
        case.delinquent_on = row.day(DELINQUENT_ON);
        case.days_overdue = row.number(DAYS_OVERDUE);
        case.opened_on = row.day(OPENED_ON);
        case.last_payment_on = row.day(LAST_PAYMENT_ON);
        case.last_payment = self.totals.amount(LAST_PAYMENT).and_then(Minor::new);
        case.product = row.get(PRODUCT);
        case.product_family = row.get(FAMILY);
        case.contract = row.get(CONTRACT);
        case.status = row.get(STATUS);
        case.cleared = row.word(CLEARED, &words.flags);
        case.round = self.round(row);
        case.commission = commission(row);
        case.holds = holds::read(row, words, self.suspended);
        case.parties = people::read(row, words, &self.groups, &self.zone);
        case.extra = row.extra();
        row.is_good().then_some(case)
    }

    fn balance(&self, row: &mut Row<'_>, placed: Option<i64>) -> Vec<Component> {
        let mut balance = Vec::with_capacity(PARTS.len());
        let mut sum = 0i64;
        for (field, bucket, code) in PARTS {
            let minor = self.totals.amount(field).unwrap_or_default();
            sum = sum.saturating_add(minor);
            if let Some(minor) = Minor::new(minor).filter(|minor| !minor.is_zero()) {
                balance.push(Component { bucket, code: code.and_then(Code::trimmed), minor });
            }
        }
        if row.is_good() && placed.is_some_and(|placed| placed != sum) {
            row.fail("balance_mismatch", PLACED, "must be the sum of the overdue amounts it is made of");
        }
        balance
    }

    fn round(&self, row: &mut Row<'_>) -> Option<u16> {
        let text = row.plain(ROUND);
        if let Some(round) = meaning(&self.config.words.rounds, text) {
            row.keep(ROUND);
            return Some(round);
        }
        if !is_plain_number(text) {
            row.keep(ROUND);
        }
        row.number(ROUND)
    }
}

fn commission(row: &mut Row<'_>) -> Option<CommissionTerms> {
    let text = row.plain(RATE);
    if text.is_empty() {
        return None;
    }
    let Some((ppm, plain)) = rate::parse(text) else {
        row.fail("bad_amount", RATE, "expected a percentage from 0 to 100 such as 12.50");
        return None;
    };
    if !plain {
        row.keep(RATE);
    }
    let mut terms = CommissionTerms::new();
    terms.rate_ppm = Some(ppm);
    Some(terms)
}

impl Rows for CaseRows {
    fn begin(&mut self, columns: &Columns) {
        self.totals = Totals::new(columns);
        self.groups = people::groups(columns);
        self.suspended = columns.names.iter().position(|name| name == holds::SUSPENDED);
    }

    fn row(&mut self, mut row: Row<'_>, out: &mut Output) -> Result<(), Fatal> {
        if self.total_seen {
            let message = "this row follows the total row; the total row must be the last";
            return Err(fatal("data_after_trailer", row.line, message));
        }
        let key = row.plain(ACCOUNT);
        let words = &self.config.words;
        if key == words.total {
            self.total_seen = true;
            return self.totals.compare(&mut row, &words.total_unit, out);
        }
        let told = row.is_faulty(ACCOUNT) || damaged(key).is_some();
        if !key.bytes().any(|byte| byte.is_ascii_digit()) && !told {
            let message =
                "the case number has no digit and is not the word of the total row; expected a case";
            return Err(fatal("unknown_record_type", row.line, message));
        }
        self.totals.add(&mut row);
        if row.is_good()
            && let Some(case) = self.case(&mut row)
        {
            out.emit(Box::new(case));
            return Ok(());
        }
        let readable = self.totals.amount(PLACED).unwrap_or_default();
        if let Some(mut problem) = row.problem() {
            problem.account = row.account();
            out.emit(problem.readable(readable));
        }
        Ok(())
    }

    fn end(&mut self, line: u64) -> Result<(), Fatal> {
        if self.config.total_row && !self.total_seen {
            let message = "the table has no total row (合计); send the whole file";
            return Err(fatal("missing_trailer", line, message));
        }
        Ok(())
    }
}
