//! The agency's objections to recalls (撤案异议). The table is defined by this project.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, RecallObjection};

use super::Table;
use crate::sheet::{Layout, NewRow, Row, fields};

fields! {
    ACCOUNT = "案件编号" => "/account",
    ACCOUNT_NUMBER = "账户号" => "/account_number",
    REASON = "异议原因" => "/reason",
    DAY = "异议日期" => "/on",
}

static LAYOUT: Layout = Layout {
    message: "recall_objections",
    fields: FIELDS,
    order: &["案件编号", "账户号", "异议原因", "异议日期"],
    required: &[ACCOUNT, REASON],
    account: ACCOUNT,
    contacts: false,
};

/// The objections of an agency.
pub(crate) struct RecallObjections;

impl Table for RecallObjections {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        let (account, reason) = (row.need(ACCOUNT), row.need(REASON));
        let mut objection = RecallObjection::new(account?, reason?);
        objection.line = Some(row.line);
        objection.account_number = row.get(ACCOUNT_NUMBER);
        objection.on = row.day(DAY);
        Some(objection.into())
    }

    fn write<'a>(&'a self, item: &'a Item, _: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let Item::RecallObjection(objection) = item else { return Ok(false) };
        row.set(ACCOUNT, objection.account.as_str());
        row.put(ACCOUNT_NUMBER, objection.account_number.as_deref());
        row.set(REASON, objection.reason.as_str());
        row.show(DAY, objection.on);
        Ok(true)
    }
}
