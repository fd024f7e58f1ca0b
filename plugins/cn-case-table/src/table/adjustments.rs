//! Balances that the bank changes without money (调账). The table is defined by this project.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Adjustment, Item};
use bailiwick_sdk::value::Currency;

use super::Table;
use crate::config::Config;
use crate::sheet::{Layout, NewRow, Row, fields, in_yuan};

fields! {
    IDENTIFIER = "调整编号" => "/identifier",
    ACCOUNT = "案件编号" => "/account",
    ACCOUNT_NUMBER = "账户号" => "/account_number",
    DIRECTION = "调整方向" => "/direction",
    AMOUNT = "调整金额" => "/minor",
    DAY = "调整日期" => "/on",
    CODE = "调整代码" => "/code",
    COMMENT = "备注" => "/comment",
}

static LAYOUT: Layout = Layout {
    message: "adjustments",
    fields: FIELDS,
    order: &["调整编号", "案件编号", "账户号", "调整方向", "调整金额", "调整日期", "调整代码", "备注"],
    required: &[IDENTIFIER, ACCOUNT, DIRECTION, AMOUNT, DAY],
    account: ACCOUNT,
    contacts: false,
};

/// The adjustments of a bank.
pub(crate) struct Adjustments(pub(crate) Rc<Config>);

impl Table for Adjustments {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        let (account, identifier) = (row.need(ACCOUNT), row.need(IDENTIFIER));
        let direction = row.need_word(DIRECTION, &self.0.words.adjustment_directions);
        let (minor, day) = (row.need_money(AMOUNT), row.need_day(DAY));
        let mut adjustment = Adjustment::new(account?, identifier?, direction?, Currency::CNY, minor?, day?);
        adjustment.line = Some(row.line);
        adjustment.account_number = row.get(ACCOUNT_NUMBER);
        adjustment.code = row.get(CODE);
        adjustment.comment = row.get(COMMENT);
        Some(adjustment.into())
    }

    fn write<'a>(&'a self, item: &'a Item, _: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let Item::Adjustment(adjustment) = item else { return Ok(false) };
        in_yuan(Some(adjustment.currency))?;
        row.set(IDENTIFIER, adjustment.identifier.as_str());
        row.set(ACCOUNT, adjustment.account.as_str());
        row.put(ACCOUNT_NUMBER, adjustment.account_number.as_deref());
        row.word(DIRECTION, &self.0.words.adjustment_directions, Some(adjustment.direction))?;
        row.money(AMOUNT, Some(adjustment.minor));
        row.show(DAY, Some(adjustment.on));
        row.put(CODE, adjustment.code.as_deref());
        row.put(COMMENT, adjustment.comment.as_deref());
        Ok(true)
    }
}
