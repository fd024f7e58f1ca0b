//! Contacts (催记), as the agency reports them.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{ContactAttempt, Direction, Item};
use bailiwick_sdk::jiff::civil::{DateTime, Time};
use bailiwick_sdk::value::{Currency, Day, Moment, Zone};

use super::Table;
use crate::config::Config;
use crate::sheet::{Layout, NewRow, Row, fields, in_yuan, is_plain_number};
use crate::words::{meaning, word_for};

fields! {
    ACCOUNT = "案件编号" => "/account",
    STARTED = "跟进时间" => "/started",
    CHANNEL = "跟进方式" => "/channel",
    RELATION = "跟进对象" => "/relation",
    PERSON = "跟进对象姓名" => "/person",
    MEDIUM = "联系电话" => "/medium",
    MEDIUM_STATE = "电话联系状态" => "/medium_state",
    RESULT_CLASS = "催收反馈类" => "/result_class",
    RESULT = "催收反馈" => "/result",
    TEXT = "跟进内容" => "/text",
    PROMISED = "承诺还款金额" => "/promised",
    PROMISED_ON = "承诺还款日期" => "/promised_on",
    NEXT_ON = "下次跟进提醒日期" => "/next_on",
    SECONDS = "通话时长" => "/seconds",
    RECORDING = "录音地址" => "/recording",
    OPERATOR = "操作人" => "/operator",
    ACTION = "行动代码" => "/action",
}

static LAYOUT: Layout = Layout {
    message: "followups",
    fields: FIELDS,
    order: &[
        "案件编号",
        "跟进时间",
        "跟进方式",
        "跟进对象",
        "跟进对象姓名",
        "联系电话",
        "电话联系状态",
        "催收反馈类",
        "催收反馈",
        "跟进内容",
        "承诺还款金额",
        "承诺还款日期",
        "下次跟进提醒日期",
        "通话时长",
        "录音地址",
        "操作人",
    ],
    required: &[ACCOUNT, STARTED, CHANNEL],
    account: ACCOUNT,
    contacts: false,
};

/// The contacts of an agency.
pub(crate) struct Followups {
    config: Rc<Config>,
    zone: Zone,
}

impl Followups {
    /// The table of an installation.
    ///
    /// # Errors
    /// `bad_config` for an unknown zone.
    pub(crate) fn new(config: Rc<Config>) -> Result<Self, Refusal> {
        let zone = crate::case::zone(&config)?;
        Ok(Self { config, zone })
    }

    fn started(&self, row: &mut Row<'_>) -> Option<Moment> {
        let text = row.plain(STARTED);
        if text.is_empty() {
            row.fail("missing_field", STARTED, "must not be empty");
            return None;
        }
        let moment = local(text).and_then(|local| Moment::from_local(local, &self.zone).ok());
        if moment.is_none() {
            row.fail("bad_date", STARTED, "expected a local time as YYYY-MM-DD HH:MM:SS");
        }
        moment
    }

    fn attempt(&self, row: &mut Row<'_>) -> Option<ContactAttempt> {
        let words = &self.config.words;
        let (account, started) = (row.need(ACCOUNT), self.started(row));
        let channel = row.need_word(CHANNEL, &words.channels);
        let mut attempt = ContactAttempt::new(account?, channel?, Direction::Outbound, started?);
        attempt.line = Some(row.line);
        attempt.person = row.get(PERSON);
        attempt.medium = row.phone(MEDIUM);
        attempt.text = row.get(TEXT);
        attempt.relation = row.get(RELATION);
        attempt.seconds = row.number(SECONDS);
        if !is_plain_number(row.text(SECONDS)) {
            row.keep(SECONDS);
        }
        attempt.action = row.get(ACTION);
        attempt.result = row.get(RESULT);
        attempt.result_class = row.get(RESULT_CLASS);
        attempt.medium_state = row.get(MEDIUM_STATE);
        attempt.recording = row.get(RECORDING);
        attempt.operator = row.get(OPERATOR);
        attempt.promised = row.amount(PROMISED);
        attempt.promised_on = row.day(PROMISED_ON);
        attempt.currency = attempt.promised.map(|_| Currency::CNY);
        attempt.next_on = row.day(NEXT_ON);
        attempt.conversation = meaning(&words.conversations, row.text(RESULT_CLASS));
        let reached = words.connected_results.iter().any(|word| word == row.text(RESULT));
        attempt.connected = if reached { Some(true) } else { attempt.conversation };
        attempt.extra = row.extra();
        Some(attempt)
    }
}

impl Table for Followups {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        self.attempt(row).map(|attempt| Box::new(attempt).into())
    }

    fn write<'a>(&'a self, item: &'a Item, _: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        let Item::ContactAttempt(attempt) = item else { return Ok(false) };
        in_yuan(attempt.currency)?;
        let words = &self.config.words;
        let local = attempt.started.local(&self.zone);
        let (date, time) = (Day::from(local.date()), local.time());
        row.extra = Some(&attempt.extra);
        row.set(ACCOUNT, attempt.account.as_str());
        row.set(STARTED, format!("{date} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()));
        row.word(CHANNEL, &words.channels, Some(attempt.channel))?;
        row.put(RELATION, attempt.relation.as_deref());
        row.put(PERSON, attempt.person.as_deref());
        row.put(MEDIUM, attempt.medium.as_deref());
        row.put(MEDIUM_STATE, attempt.medium_state.as_deref());
        let class = attempt.conversation.and_then(|spoken| word_for(&words.conversations, spoken));
        row.put(RESULT_CLASS, attempt.result_class.as_deref().or(class));
        row.put(RESULT, attempt.result.as_deref());
        row.put(TEXT, attempt.text.as_deref());
        row.money(PROMISED, attempt.promised);
        row.show(PROMISED_ON, attempt.promised_on);
        row.show(NEXT_ON, attempt.next_on);
        row.show(SECONDS, attempt.seconds);
        row.own(SECONDS, |text| text.parse().is_ok_and(|said: u32| Some(said) == attempt.seconds));
        row.put(RECORDING, attempt.recording.as_deref());
        row.put(OPERATOR, attempt.operator.as_deref());
        row.put(ACTION, attempt.action.as_deref());
        Ok(true)
    }
}

/// Reads `YYYY-MM-DD HH:MM:SS`.
fn local(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(' ')?;
    let day: Day = date.parse().ok()?;
    let &[a, b, b':', c, d, b':', e, f] = <&[u8; 8]>::try_from(time.as_bytes()).ok()? else { return None };
    let two = |tens: u8, ones: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()).flatten()
    };
    let time = Time::new(two(a, b)?, two(c, d)?, two(e, f)?, 0).ok()?;
    Some(day.date().to_datetime(time))
}
