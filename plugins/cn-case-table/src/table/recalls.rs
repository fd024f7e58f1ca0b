//! Notices that the bank takes cases back (预撤, 撤案). The table is defined by this project.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, Recall};

use super::Table;
use crate::config::Config;
use crate::sheet::{Layout, NewRow, Row, fields};

fields! {
    ACCOUNT = "案件编号" => "/account",
    ACCOUNT_NUMBER = "账户号" => "/account_number",
    STAGE = "撤案阶段" => "/stage",
    REASON = "撤案原因" => "/reason",
    DAY = "撤案日期" => "/on",
    OBJECTION_ON = "异议截止日期" => "/objection_on",
    IN_ERROR = "误委" => "/placed_in_error",
}

static LAYOUT: Layout = Layout {
    message: "recalls",
    fields: FIELDS,
    order: &["案件编号", "账户号", "撤案阶段", "撤案原因", "撤案日期", "异议截止日期", "误委"],
    required: &[ACCOUNT, STAGE],
    account: ACCOUNT,
    contacts: false,
};

/// The recalls of a bank.
pub(crate) struct Recalls(pub(crate) Rc<Config>);

impl Table for Recalls {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        let words = &self.0.words;
        let (account, stage) = (row.need(ACCOUNT), row.need_word(STAGE, &words.recall_stages));
        let mut recall = Recall::new(account?, stage?);
        recall.line = Some(row.line);
        recall.account_number = row.get(ACCOUNT_NUMBER);
        recall.reason = row.get(REASON);
        recall.on = row.day(DAY);
        recall.objection_on = row.day(OBJECTION_ON);
        recall.placed_in_error = row.word(IN_ERROR, &words.flags);
        Some(recall.into())
    }

    fn write<'a>(&'a self, item: &'a Item, _: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let Item::Recall(recall) = item else { return Ok(false) };
        let words = &self.0.words;
        row.set(ACCOUNT, recall.account.as_str());
        row.put(ACCOUNT_NUMBER, recall.account_number.as_deref());
        row.word(STAGE, &words.recall_stages, Some(recall.stage))?;
        row.put(REASON, recall.reason.as_deref());
        row.show(DAY, recall.on);
        row.show(OBJECTION_ON, recall.objection_on);
        row.word(IN_ERROR, &words.flags, recall.placed_in_error)?;
        Ok(true)
    }
}
