//! Complaints and disputes (投诉, 异议), as the agency reports them.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Complaint, Dispute, Item, MatterState};
use bailiwick_sdk::value::{AccountKey, Day, ItemKey, Remark};

use super::{Table, outcome};
use crate::config::Config;
use crate::sheet::{Layout, NewRow, Row, fields};

fields! {
    IDENTIFIER = "编号" => "/identifier",
    ACCOUNT = "案件编号" => "/account",
    RECEIVED_ON = "受理日期" => "/received_on",
    KIND = "类型" => "",
    CATEGORY = "类别" => "/category",
    TEXT = "内容" => "/text",
    STATE = "处理状态" => "/state",
    HOLD = "停催" => "/hold",
    CLOSED_ON = "办结日期" => "/closed_on",
    RESOLUTION = "处理结果" => "/resolution",
}

static LAYOUT: Layout = Layout {
    message: "complaints",
    fields: FIELDS,
    order: &[
        "编号",
        "案件编号",
        "客户姓名",
        "受理日期",
        "类型",
        "类别",
        "内容",
        "处理状态",
        "停催",
        "办结日期",
        "处理结果",
    ],
    required: &[IDENTIFIER, ACCOUNT, RECEIVED_ON, KIND, STATE],
    account: ACCOUNT,
    contacts: false,
};

const COMPLAINT: &str = "投诉";
const DISPUTE: &str = "异议";

/// The complaints and disputes of an agency.
pub(crate) struct Complaints(pub(crate) Rc<Config>);

impl Complaints {
    fn head(&self, row: &mut Row<'_>) -> Option<(AccountKey, ItemKey, Day, MatterState)> {
        let (account, identifier) = (row.need(ACCOUNT), row.need(IDENTIFIER));
        let (received_on, state) =
            (row.need_day(RECEIVED_ON), row.need_word(STATE, &self.0.words.matter_states));
        Some((account?, identifier?, received_on?, state?))
    }

    fn complaint(&self, row: &mut Row<'_>) -> Option<Complaint> {
        let words = &self.0.words;
        let (account, identifier, received_on, state) = self.head(row)?;
        let mut complaint = Complaint::new(account, identifier, received_on, state);
        complaint.line = Some(row.line);
        complaint.category = row.get(CATEGORY);
        complaint.text = row.get(TEXT);
        complaint.hold = row.word(HOLD, &words.flags);
        complaint.closed_on = row.day(CLOSED_ON);
        let resolution = row.get::<Remark>(RESOLUTION);
        (complaint.outcome, complaint.resolution) =
            outcome::read(resolution.as_deref().unwrap_or_default(), &words.complaint_outcomes);
        complaint.extra = row.extra();
        Some(complaint)
    }

    fn dispute(&self, row: &mut Row<'_>) -> Option<Dispute> {
        let words = &self.0.words;
        let (account, identifier, received_on, state) = self.head(row)?;
        let mut dispute = Dispute::new(account, identifier, received_on, state);
        dispute.line = Some(row.line);
        dispute.category = row.get(CATEGORY);
        dispute.text = row.get(TEXT);
        dispute.hold = row.word(HOLD, &words.flags);
        dispute.closed_on = row.day(CLOSED_ON);
        let resolution = row.get::<Remark>(RESOLUTION);
        (dispute.outcome, dispute.resolution) =
            outcome::read(resolution.as_deref().unwrap_or_default(), &words.dispute_outcomes);
        dispute.extra = row.extra();
        Some(dispute)
    }
}

impl Table for Complaints {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        match row.text(KIND) {
            COMPLAINT => self.complaint(row).map(|complaint| Box::new(complaint).into()),
            DISPUTE => self.dispute(row).map(|dispute| Box::new(dispute).into()),
            _ => {
                row.fail("unknown_code", KIND, "expected 投诉 or 异议");
                None
            }
        }
    }

    fn write<'a>(&'a self, item: &'a Item, _: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let words = &self.0.words;
        macro_rules! matter {
            ($matter:expr, $kind:expr, $outcomes:expr) => {{
                let matter = $matter;
                row.extra = Some(&matter.extra);
                row.set(IDENTIFIER, matter.identifier.as_str());
                row.set(ACCOUNT, matter.account.as_str());
                row.show(RECEIVED_ON, Some(matter.received_on));
                row.set(KIND, $kind);
                row.put(CATEGORY, matter.category.as_deref());
                row.put(TEXT, matter.text.as_deref());
                row.word(STATE, &words.matter_states, Some(matter.state))?;
                row.word(HOLD, &words.flags, matter.hold)?;
                row.show(CLOSED_ON, matter.closed_on);
                row.set(RESOLUTION, outcome::write(matter.outcome, matter.resolution.as_deref(), $outcomes));
            }};
        }
        match item {
            Item::Complaint(complaint) => matter!(complaint, COMPLAINT, &words.complaint_outcomes),
            Item::Dispute(dispute) => matter!(dispute, DISPUTE, &words.dispute_outcomes),
            _ => return Ok(false),
        }
        Ok(true)
    }
}
