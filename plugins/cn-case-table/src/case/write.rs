//! Writes a case table and its total row.

use std::rc::Rc;

use bailiwick_sdk::context::{Context, Refusal};
use bailiwick_sdk::document::{HoldReason, Item, Placement};
use bailiwick_sdk::kit::amount;
use bailiwick_sdk::plugin::Encode;
use bailiwick_sdk::value::{Bucket, Component, Minor, Name};

use super::layout::{
    ACCOUNT, ACCOUNT_NUMBER, AGE_BAND, BATCH, CLEARED, CONTRACT, CUSTOMER, DAYS_OVERDUE, DELINQUENT_ON,
    FAMILY, INTEREST, KEPT, LAST_PAYMENT, LAST_PAYMENT_ON, LATE_FEE, LAYOUT, MONEY, NAME, OPENED_ON, OTHER,
    PENALTY, PLACED, PLACED_ON, PRINCIPAL, PRODUCT, RATE, ROUND, STATUS, TERM_ENDS_ON,
};
use super::read::PARTS;
use super::{holds, people_out, rate};
use crate::config::Config;
use crate::sheet::{CONTACT_GROUPS, NewRow, SheetWriter, Source, in_yuan};
use crate::words::meaning;

/// The column that names the agency; it travels in `extra`.
const AGENCY: &str = "委外方";

/// Writes a case table.
pub(crate) struct CaseWriter {
    config: Rc<Config>,
    sheet: SheetWriter,
    agency: Option<Name>,
    groups: Vec<usize>,
    cases: u64,
    /// The sum of each written column; `None` where it is not money.
    sums: Vec<Option<i64>>,
}

impl CaseWriter {
    /// Nothing written yet.
    ///
    /// # Errors
    /// `bad_config`.
    pub(crate) fn new(config: Rc<Config>, context: &Context) -> Result<Self, Refusal> {
        let sheet = SheetWriter::new(&LAYOUT, &config)?;
        let agency = context.agency_name.clone();
        let mut writer = Self { config, sheet, agency, groups: Vec::new(), cases: 0, sums: Vec::new() };
        writer.columns_changed();
        Ok(writer)
    }

    fn columns_changed(&mut self) {
        let columns = self.sheet.columns();
        let has = |group: &usize| {
            let name = LAYOUT.contact_field(*group, 0);
            columns.iter().any(|column| matches!(column.source, Source::Field(field) if field == name))
        };
        self.groups = (0..CONTACT_GROUPS).filter(has).collect();
        self.sums = columns.iter().map(|column| MONEY.contains(&column.name.as_str()).then_some(0)).collect();
    }

    fn case(&mut self, case: &Placement, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let words = &self.config.words;
        if case.account.as_str() == words.total || !case.account.bytes().any(|byte| byte.is_ascii_digit()) {
            let message = "a case number holds a digit and is not the word of the total row";
            return Err(Refusal::new("bad_document", message).at("/account"));
        }
        in_yuan(Some(case.currency))?;
        let mut row = NewRow::new(&LAYOUT);
        row.extra = Some(&case.extra);
        terms(case, &mut row);
        row.word(CLEARED, &words.flags, case.cleared)?;
        let said = case.extra.get(holds::SUSPENDED).and_then(|word| meaning(&words.holds, word.trim()));
        row.set(STATUS, holds::status_word(words, case.status.as_deref(), &case.holds, said));
        row.word(KEPT, &words.kept, Some(case.holds.contains(&HoldReason::Kept)))?;
        row.own(ROUND, |text| {
            let round = meaning(&words.rounds, text).or_else(|| text.parse().ok());
            round.is_some() && round == case.round
        });
        people_out::write(&case.parties, words, &self.groups, &mut row)?;
        balance(case, &mut row)?;
        if !self.sheet.as_read {
            row.default(AGENCY, self.agency.as_deref().map(str::to_owned));
        }
        for (column, sum) in self.sheet.columns().iter().zip(&self.sums) {
            let text = row.text(column).trim();
            if sum.is_some() && !text.is_empty() && amount::parse(text.as_bytes(), 2).is_err() {
                let message = format!("column {}: expected an amount such as 1234.50", column.name);
                return Err(Refusal::new("bad_document", message).at(&format!("/extra/{}", column.name)));
            }
        }
        self.sheet.row(&row, out)?;
        self.cases += 1;
        for (column, sum) in self.sheet.columns().iter().zip(&mut self.sums) {
            if let Some(sum) = sum {
                *sum = sum
                    .saturating_add(amount::parse(row.text(column).trim().as_bytes(), 2).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn total_row(&self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let words = &self.config.words;
        let count = format!("{}{}", self.cases, words.total_unit);
        let sums: Vec<String> =
            self.sums.iter().map(|sum| sum.map_or_else(String::new, |sum| amount::format(sum, 2))).collect();
        let columns = self.sheet.columns();
        let text = |at: usize| match columns.get(at).map(|column| &column.source) {
            Some(Source::Field(ACCOUNT)) => words.total.as_str(),
            Some(Source::Field(NAME)) => count.as_str(),
            _ => sums.get(at).map_or("", String::as_str),
        };
        self.sheet.cells(out, |at, _| text(at))
    }
}

impl Encode for CaseWriter {
    fn push(&mut self, item: Item, out: &mut Vec<u8>) -> Result<(), Refusal> {
        match item {
            Item::Header(header) => {
                self.sheet.header(&header);
                if self.cases == 0 {
                    self.columns_changed();
                }
                Ok(())
            }
            Item::Placement(case) => self.case(&case, out),
            item => Err(Refusal::unsupported(format_args!("items of the kind {} in `cases`", item.kind()))),
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.sheet.begin(out)?;
        if self.config.total_row { self.total_row(out) } else { Ok(()) }
    }
}

fn terms<'a>(case: &'a Placement, row: &mut NewRow<'a>) {
    row.set(ACCOUNT, case.account.as_str());
    row.put(ACCOUNT_NUMBER, case.account_number.as_deref());
    row.put(CUSTOMER, case.customer.as_deref());
    row.put(BATCH, case.batch.as_deref());
    row.show(PLACED_ON, case.placed_on);
    row.show(TERM_ENDS_ON, case.term_ends_on);
    row.show(ROUND, case.round);
    row.put(AGE_BAND, case.age_band.as_deref());
    row.show(DELINQUENT_ON, case.delinquent_on);
    row.show(DAYS_OVERDUE, case.days_overdue);
    row.show(OPENED_ON, case.opened_on);
    row.show(LAST_PAYMENT_ON, case.last_payment_on);
    row.money(LAST_PAYMENT, case.last_payment);
    row.put(PRODUCT, case.product.as_deref());
    row.put(FAMILY, case.product_family.as_deref());
    row.put(CONTRACT, case.contract.as_deref());
    let ppm = case.commission.as_ref().and_then(|terms| terms.rate_ppm);
    row.show(RATE, ppm.map(rate::format));
    row.own(RATE, |text| rate::parse(text).is_some_and(|(said, _)| Some(said) == ppm));
}

fn balance(case: &Placement, row: &mut NewRow<'_>) -> Result<(), Refusal> {
    let beyond = || Refusal::new("bad_document", "the balance is out of bounds").at("/balance");
    let mut parts = [Minor::ZERO; PARTS.len()];
    for component in &case.balance {
        if component.minor < Minor::ZERO {
            return Err(Refusal::new("bad_document", "a part of the balance is below zero").at("/balance"));
        }
        let field = column_of(component);
        let place = PARTS.iter().position(|(have, ..)| *have == field).and_then(|at| parts.get_mut(at));
        if let Some(place) = place {
            *place = place.checked_add(component.minor).ok_or_else(beyond)?;
        }
    }
    row.money(PLACED, Some(case.placed().ok_or_else(beyond)?));
    for ((field, ..), minor) in PARTS.into_iter().zip(parts) {
        row.money(field, Some(minor));
    }
    Ok(())
}

/// The column of a part. A part without a column of its own goes to 其他费用.
fn column_of(component: &Component) -> usize {
    match component.bucket {
        Bucket::Principal => PRINCIPAL,
        Bucket::Interest => INTEREST,
        Bucket::Penalty => PENALTY,
        Bucket::LateFee => LATE_FEE,
        Bucket::Costs => OTHER,
        Bucket::Other => {
            let same = |(_, _, code): &&(usize, Bucket, Option<&str>)| {
                code.is_some() && *code == component.code.as_deref()
            };
            PARTS.iter().find(same).map_or(OTHER, |(field, ..)| *field)
        }
    }
}
