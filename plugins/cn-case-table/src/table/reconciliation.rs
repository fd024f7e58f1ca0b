//! The agency's figures of each case, to compare (对账).

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Reconciliation};
use bailiwick_sdk::value::Currency;

use super::Table;
use crate::sheet::{Layout, NewRow, Row, fields, in_yuan};

fields! {
    ACCOUNT = "案件编号" => "/account",
    PLACED = "案件金额" => "/placed",
    PAID = "已还款金额" => "/paid",
}

static LAYOUT: Layout = Layout {
    message: "reconciliation",
    fields: FIELDS,
    order: &["序号", "案件编号", "客户姓名", "身份证号", "案件金额", "已还款金额"],
    required: &[ACCOUNT, PLACED, PAID],
    account: ACCOUNT,
    contacts: false,
};

/// The figures of an agency.
pub(crate) struct Reconciliations;

impl Table for Reconciliations {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        let (account, placed) = (row.need(ACCOUNT), row.need_amount(PLACED));
        let mut figures = Reconciliation::new(account?, Currency::CNY, placed?);
        figures.line = Some(row.line);
        figures.paid = row.amount(PAID);
        figures.extra = row.extra();
        Some(figures.into())
    }

    fn write<'a>(&'a self, item: &'a Item, number: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let Item::Reconciliation(figures) = item else { return Ok(false) };
        in_yuan(Some(figures.currency))?;
        row.extra = Some(&figures.extra);
        row.default("序号", Some(number.to_string()));
        row.set(ACCOUNT, figures.account.as_str());
        row.money(PLACED, Some(figures.placed));
        row.money(PAID, figures.paid);
        Ok(true)
    }
}
