//! The agency's answer to each placed case (接收回执). The table is defined by this project.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Acceptance, Acknowledgment, Item};
use bailiwick_sdk::value::Currency;

use super::Table;
use crate::config::Config;
use crate::sheet::{Layout, NewRow, Row, fields, in_yuan};

fields! {
    ACCOUNT = "案件编号" => "/account",
    ACCOUNT_NUMBER = "账户号" => "/account_number",
    ORIGINAL = "案件金额" => "/original_balance",
    CURRENT = "当前余额" => "/current_balance",
    ACCEPTANCE = "接收结果" => "/acceptance",
    REASON = "拒收原因" => "/reason",
    TEXT = "拒收说明" => "/text",
    RECEIVED_ON = "接收日期" => "/received_on",
    LAST_PAYMENT_ON = "最近还款日期" => "/last_payment_on",
    LAST_PAYMENT = "最近还款金额" => "/last_payment",
    RECEIVER_KEY = "机构案件号" => "/receiver_key",
}

static LAYOUT: Layout = Layout {
    message: "acknowledgment",
    fields: FIELDS,
    order: &[
        "案件编号",
        "账户号",
        "案件金额",
        "当前余额",
        "接收结果",
        "拒收原因",
        "拒收说明",
        "接收日期",
        "最近还款日期",
        "最近还款金额",
        "机构案件号",
    ],
    required: &[ACCOUNT, ORIGINAL, ACCEPTANCE, RECEIVED_ON],
    account: ACCOUNT,
    contacts: false,
};

/// The acknowledgments of an agency.
pub(crate) struct Acknowledgments(pub(crate) Rc<Config>);

impl Table for Acknowledgments {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        let (account, original) = (row.need(ACCOUNT), row.need_amount(ORIGINAL));
        let current = row.amount(CURRENT).or(original);
        let acceptance = row.need_word(ACCEPTANCE, &self.0.words.acceptances);
        let received_on = row.need_day(RECEIVED_ON);
        let mut answer =
            Acknowledgment::new(account?, acceptance?, Currency::CNY, original?, current?, received_on?);
        answer.line = Some(row.line);
        answer.account_number = row.get(ACCOUNT_NUMBER);
        answer.reason = row.get(REASON);
        answer.text = row.get(TEXT);
        answer.last_payment_on = row.day(LAST_PAYMENT_ON);
        answer.last_payment = row.amount(LAST_PAYMENT);
        answer.receiver_key = row.get(RECEIVER_KEY);
        if answer.acceptance == Acceptance::Rejected && answer.reason.is_none() && answer.text.is_none() {
            row.fail("missing_field", REASON, "a case that is not taken needs a reason");
        }
        Some(answer.into())
    }

    fn write<'a>(&'a self, item: &'a Item, _: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let Item::Acknowledgment(answer) = item else { return Ok(false) };
        in_yuan(Some(answer.currency))?;
        row.set(ACCOUNT, answer.account.as_str());
        row.put(ACCOUNT_NUMBER, answer.account_number.as_deref());
        row.money(ORIGINAL, Some(answer.original_balance));
        row.money(CURRENT, Some(answer.current_balance));
        row.word(ACCEPTANCE, &self.0.words.acceptances, Some(answer.acceptance))?;
        row.put(REASON, answer.reason.as_deref());
        row.put(TEXT, answer.text.as_deref());
        row.show(RECEIVED_ON, Some(answer.received_on));
        row.show(LAST_PAYMENT_ON, answer.last_payment_on);
        row.money(LAST_PAYMENT, answer.last_payment);
        row.put(RECEIVER_KEY, answer.receiver_key.as_deref());
        Ok(true)
    }
}
