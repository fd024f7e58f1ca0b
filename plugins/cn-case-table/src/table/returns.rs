//! Cases handed back (退案), as the agency reports them.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{ClosingReason, Item, Return};
use bailiwick_sdk::value::Currency;

use super::Table;
use crate::config::Config;
use crate::sheet::{Layout, NewRow, Row, fields, in_yuan};
use crate::words::{meaning, word_for};

fields! {
    ACCOUNT = "案件编号" => "/account",
    DAY = "退案日期" => "/on",
    REASON = "退案原因" => "/code",
    PLACED = "案件金额" => "/placed",
    PAID = "已还款金额" => "/paid",
    WAIVED = "减免金额" => "/waived",
    REMAINING = "退案余额" => "/remaining",
    TEXT = "回收说明" => "/text",
}

static LAYOUT: Layout = Layout {
    message: "returns",
    fields: FIELDS,
    order: &[
        "案件编号",
        "委外批次号",
        "退回来源",
        "委外方",
        "委外时间",
        "委外到期日期",
        "退案日期",
        "退案原因",
        "案件金额",
        "已还款金额",
        "减免金额",
        "退案余额",
        "回收说明",
    ],
    required: &[ACCOUNT, DAY, REASON],
    account: ACCOUNT,
    contacts: false,
};

/// The returns of an agency.
pub(crate) struct Returns(pub(crate) Rc<Config>);

impl Table for Returns {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        let (account, day, code) = (row.need(ACCOUNT), row.need_day(DAY), row.need(REASON));
        let reason = meaning(&self.0.words.return_reasons, row.text(REASON)).unwrap_or(ClosingReason::Other);
        let mut returned = Return::new(account?, reason, day?);
        returned.line = Some(row.line);
        returned.code = code;
        returned.text = row.get(TEXT);
        returned.placed = row.amount(PLACED);
        returned.paid = row.amount(PAID);
        returned.waived = row.amount(WAIVED);
        returned.remaining = row.amount(REMAINING);
        let amounts = [returned.placed, returned.paid, returned.waived, returned.remaining];
        returned.currency = amounts.iter().any(Option::is_some).then_some(Currency::CNY);
        returned.extra = row.extra();
        Some(returned.into())
    }

    fn write<'a>(&'a self, item: &'a Item, _: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let Item::Return(returned) = item else { return Ok(false) };
        in_yuan(returned.currency)?;
        let reasons = &self.0.words.return_reasons;
        // The sender's own word stands only where it says the same as the canonical reason.
        let own = returned.code.as_deref().filter(|code| match meaning(reasons, code) {
            Some(reason) => reason == returned.reason,
            None => returned.reason == ClosingReason::Other,
        });
        let Some(reason) = own.or_else(|| word_for(reasons, returned.reason)).or(returned.code.as_deref())
        else {
            let message = "the configuration lists no word for this reason under `words.return_reasons`";
            return Err(Refusal::new("bad_document", message).at("/reason"));
        };
        row.extra = Some(&returned.extra);
        row.set(ACCOUNT, returned.account.as_str());
        row.show(DAY, Some(returned.on));
        row.set(REASON, reason);
        row.money(PLACED, returned.placed);
        row.money(PAID, returned.paid);
        row.money(WAIVED, returned.waived);
        row.money(REMAINING, returned.remaining);
        row.put(TEXT, returned.text.as_deref());
        Ok(true)
    }
}
