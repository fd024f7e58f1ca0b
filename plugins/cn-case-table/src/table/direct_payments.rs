//! Money that customers paid straight to the bank (直接入账). The table is defined by this project.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{DirectPayment, Item};
use bailiwick_sdk::value::Currency;

use super::Table;
use crate::config::Config;
use crate::sheet::{Layout, NewRow, Row, fields, in_yuan};

fields! {
    IDENTIFIER = "入账流水号" => "/identifier",
    ACCOUNT = "案件编号" => "/account",
    ACCOUNT_NUMBER = "账户号" => "/account_number",
    BOOKED_ON = "入账日期" => "/booked_on",
    VALUE_ON = "起息日期" => "/value_on",
    AMOUNT = "入账金额" => "/minor",
    PAYER = "付款人" => "/payer",
    PAYER_ACCOUNT = "付款账号" => "/payer_account",
    REFERENCE = "还款参考号" => "/reference",
    BANK_REFERENCE = "银行参考号" => "/bank_reference",
    BATCH = "入账批次" => "/batch",
    BEFORE_DEMAND = "首次催告前" => "/before_demand",
    COMMENT = "附言" => "/comment",
}

static LAYOUT: Layout = Layout {
    message: "direct_payments",
    fields: FIELDS,
    order: &[
        "入账流水号",
        "案件编号",
        "账户号",
        "入账日期",
        "起息日期",
        "入账金额",
        "付款人",
        "付款账号",
        "还款参考号",
        "银行参考号",
        "入账批次",
        "首次催告前",
        "附言",
    ],
    required: &[IDENTIFIER, BOOKED_ON, AMOUNT],
    account: ACCOUNT,
    contacts: false,
};

/// The direct payments of a bank.
pub(crate) struct DirectPayments(pub(crate) Rc<Config>);

impl Table for DirectPayments {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        let (identifier, minor) = (row.need(IDENTIFIER), row.need_money(AMOUNT));
        let booked_on = row.need_day(BOOKED_ON);
        let mut payment = DirectPayment::new(identifier?, Currency::CNY, minor?, booked_on?);
        payment.line = Some(row.line);
        payment.account = row.get(ACCOUNT);
        payment.account_number = row.get(ACCOUNT_NUMBER);
        payment.value_on = row.day(VALUE_ON);
        payment.payer = row.get(PAYER);
        payment.payer_account = row.get(PAYER_ACCOUNT);
        payment.reference = row.get(REFERENCE);
        payment.bank_reference = row.get(BANK_REFERENCE);
        payment.batch = row.get(BATCH);
        payment.before_demand = row.word(BEFORE_DEMAND, &self.0.words.flags);
        payment.comment = row.get(COMMENT);
        let named =
            payment.account.is_some() || payment.account_number.is_some() || payment.reference.is_some();
        if !named {
            row.fail("missing_field", ACCOUNT, "a payment needs 案件编号, 账户号 or 还款参考号");
        }
        Some(Box::new(payment).into())
    }

    fn write<'a>(&'a self, item: &'a Item, _: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let Item::DirectPayment(payment) = item else { return Ok(false) };
        in_yuan(Some(payment.currency))?;
        row.set(IDENTIFIER, payment.identifier.as_str());
        row.put(ACCOUNT, payment.account.as_deref());
        row.put(ACCOUNT_NUMBER, payment.account_number.as_deref());
        row.show(BOOKED_ON, Some(payment.booked_on));
        row.show(VALUE_ON, payment.value_on);
        row.money(AMOUNT, Some(payment.minor));
        row.put(PAYER, payment.payer.as_deref());
        row.put(PAYER_ACCOUNT, payment.payer_account.as_deref());
        row.put(REFERENCE, payment.reference.as_deref());
        row.put(BANK_REFERENCE, payment.bank_reference.as_deref());
        row.put(BATCH, payment.batch.as_deref());
        row.word(BEFORE_DEMAND, &self.0.words.flags, payment.before_demand)?;
        row.put(COMMENT, payment.comment.as_deref());
        Ok(true)
    }
}
