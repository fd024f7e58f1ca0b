//! Money recovered and undone (回款, 冲正), as the agency reports it.

use std::rc::Rc;

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::{Item, PaidTo, Payment, Reversal};
use bailiwick_sdk::value::{Currency, Minor};

use super::Table;
use crate::config::Config;
use crate::sheet::{Layout, NewRow, Row, fields, in_yuan};

fields! {
    BATCH = "委外批次号" => "/batch",
    ACCOUNT = "案件编号" => "/account",
    DAY = "回款日期" => "/received_on",
    KIND = "类型" => "",
    AMOUNT = "回款金额" => "/minor",
    WAIVED = "减免金额" => "/waived",
    METHOD = "还款方式" => "/method",
    IDENTIFIER = "流水号" => "/identifier",
    REVERSES = "原流水号" => "/reverses",
    COMMENT = "备注" => "/comment",
}

static LAYOUT: Layout = Layout {
    message: "payments",
    fields: FIELDS,
    order: &[
        "序号",
        "委外批次号",
        "案件编号",
        "客户姓名",
        "身份证号",
        "账龄",
        "手数",
        "案件金额",
        "回款日期",
        "类型",
        "回款金额",
        "减免金额",
        "还款类型",
        "还款方式",
        "流水号",
        "原流水号",
        "备注",
    ],
    required: &[ACCOUNT, DAY, KIND, AMOUNT, IDENTIFIER],
    account: ACCOUNT,
    contacts: false,
};

const PAID: &str = "回款";
const UNDONE: &str = "冲正";
/// The type of a payment, such as a part payment. Only the types of settlements have a canonical meaning.
const SHARE: &str = "还款类型";

/// The payments of an agency.
pub(crate) struct Payments(pub(crate) Rc<Config>);

impl Payments {
    fn paid_to(&self, method: &str) -> PaidTo {
        let to_bank = self.0.words.paid_to_bank.iter().any(|word| word == method);
        if to_bank { PaidTo::Bank } else { PaidTo::Agency }
    }

    fn payment(&self, row: &mut Row<'_>) -> Option<Payment> {
        let paid_to = self.paid_to(row.text(METHOD));
        let (account, identifier) = (row.need(ACCOUNT), row.need(IDENTIFIER));
        let (minor, day) = (row.need_money(AMOUNT), row.need_day(DAY));
        let mut payment = Payment::new(account?, identifier?, paid_to, Currency::CNY, minor?, day?);
        payment.line = Some(row.line);
        payment.batch = row.get(BATCH);
        payment.method = row.get(METHOD);
        payment.comment = row.get(COMMENT);
        payment.waived = row.amount(WAIVED).filter(|waived| !waived.is_zero());
        if !row.text(REVERSES).is_empty() {
            row.fail("bad_row", REVERSES, "must be empty in a payment (回款)");
        }
        payment.extra = row.extra();
        let share = payment.extra.get(SHARE).unwrap_or_default();
        let settles = self.0.words.settlements.iter().any(|word| word == share.trim());
        payment.settlement = (settles || payment.waived.is_some()).then_some(true);
        Some(payment)
    }

    fn reversal(&self, row: &mut Row<'_>) -> Option<Reversal> {
        let identifier = row.need(IDENTIFIER);
        let (minor, day) = (row.need_money(AMOUNT), row.need_day(DAY));
        let mut reversal = Reversal::new(identifier?, Currency::CNY, minor?, day?);
        reversal.line = Some(row.line);
        reversal.account = row.need(ACCOUNT);
        reversal.reverses = row.need(REVERSES);
        reversal.paid_to = Some(self.paid_to(row.text(METHOD)));
        reversal.batch = row.get(BATCH);
        reversal.method = row.get(METHOD);
        reversal.comment = row.get(COMMENT);
        if row.amount(WAIVED).is_some_and(|waived| !waived.is_zero()) {
            row.fail("bad_row", WAIVED, "must be 0.00 in a reversal (冲正)");
        }
        reversal.extra = row.extra();
        Some(reversal)
    }
}

impl Table for Payments {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    fn read(&self, row: &mut Row<'_>) -> Option<Item> {
        match row.text(KIND) {
            PAID => self.payment(row).map(|payment| Box::new(payment).into()),
            UNDONE => self.reversal(row).map(|reversal| Box::new(reversal).into()),
            _ => {
                row.fail("unknown_code", KIND, "expected 回款 or 冲正");
                None
            }
        }
    }

    fn write<'a>(&'a self, item: &'a Item, number: u64, row: &mut NewRow<'a>) -> Result<bool, Refusal> {
        row.default("序号", Some(number.to_string()));
        match item {
            Item::Payment(payment) => {
                in_yuan(Some(payment.currency))?;
                row.extra = Some(&payment.extra);
                row.put(BATCH, payment.batch.as_deref());
                row.set(ACCOUNT, payment.account.as_str());
                row.show(DAY, Some(payment.received_on));
                row.set(KIND, PAID);
                row.money(AMOUNT, Some(payment.minor));
                row.money(WAIVED, Some(payment.waived.unwrap_or(Minor::ZERO)));
                row.put(METHOD, payment.method.as_deref());
                row.set(IDENTIFIER, payment.identifier.as_str());
                row.put(COMMENT, payment.comment.as_deref());
                // A waiver says by itself that the payment settles.
                let settled =
                    payment.settlement == Some(true) && payment.waived.is_none_or(|it| it.is_zero());
                row.default(SHARE, self.0.words.settlements.first().filter(|_| settled).cloned());
            }
            Item::Reversal(reversal) => {
                in_yuan(Some(reversal.currency))?;
                if reversal.account.is_none() || reversal.reverses.is_none() {
                    let message = "a 冲正 row names its account and the payment it undoes";
                    return Err(Refusal::new("bad_document", message).at("/reverses"));
                }
                row.extra = Some(&reversal.extra);
                row.put(BATCH, reversal.batch.as_deref());
                row.put(ACCOUNT, reversal.account.as_deref());
                row.show(DAY, Some(reversal.reversed_on));
                row.set(KIND, UNDONE);
                row.money(AMOUNT, Some(reversal.minor));
                row.money(WAIVED, Some(Minor::ZERO));
                row.put(METHOD, reversal.method.as_deref());
                row.set(IDENTIFIER, reversal.identifier.as_str());
                row.put(REVERSES, reversal.reverses.as_deref());
                row.put(COMMENT, reversal.comment.as_deref());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
