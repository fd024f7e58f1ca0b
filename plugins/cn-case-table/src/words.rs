//! The words in cells, and their meaning. Banks define their own; these are the defaults.

use bailiwick_sdk::document::{
    Acceptance, AdjustmentDirection, Channel, ClosingReason, HoldReason, MatterOutcome, MatterState,
    RecallStage, Role, StatusKind,
};
use serde::{Deserialize, Serialize};

/// A word and its meaning. Of several words with one meaning the first is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Word<T> {
    /// The word in the cell.
    pub word: String,
    /// What it means.
    pub means: T,
}

/// A relation to the customer, and the person's role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The word in the cell.
    pub word: String,
    /// The person's role in the debt.
    pub role: Role,
    /// Whether the person owes it.
    pub liable: bool,
}

/// Every list of words. A list that is given replaces the whole default list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// The case number cell of the total row.
    pub total: String,
    /// The text after the number of cases in the total row.
    pub total_unit: String,
    /// 是 and 否 of 结清标志, 停催 and other flags.
    pub flags: Vec<Word<bool>>,
    /// 1 and 0 of 留案标志.
    pub kept: Vec<Word<bool>>,
    /// Relations other than a mere contact.
    pub relations: Vec<Relation>,
    /// Words of 案件状态 and 挂起标识 that are holds.
    pub holds: Vec<Word<HoldReason>>,
    /// Words for the round (手别) beside plain numbers.
    pub rounds: Vec<Word<u16>>,
    /// 撤案阶段.
    pub recall_stages: Vec<Word<RecallStage>>,
    /// 接收结果.
    pub acceptances: Vec<Word<Acceptance>>,
    /// 退案原因. A word that is not listed means `other`.
    pub return_reasons: Vec<Word<ClosingReason>>,
    /// 跟进方式.
    pub channels: Vec<Word<Channel>>,
    /// 催收反馈类: whether there was a conversation.
    pub conversations: Vec<Word<bool>>,
    /// Words of 催收反馈 for a number that was reached though there was no conversation.
    pub connected_results: Vec<String>,
    /// Words of 催收反馈 and 案件状态 that are canonical statuses.
    pub statuses: Vec<Word<StatusKind>>,
    /// Words of 还款类型 for a settlement.
    pub settlements: Vec<String>,
    /// Words of 还款方式 for money that went to the bank itself.
    pub paid_to_bank: Vec<String>,
    /// 处理状态.
    pub matter_states: Vec<Word<MatterState>>,
    /// 处理结果 of 异议.
    pub dispute_outcomes: Vec<Word<MatterOutcome>>,
    /// 处理结果 of 投诉.
    pub complaint_outcomes: Vec<Word<MatterOutcome>>,
    /// 调整方向.
    pub adjustment_directions: Vec<Word<AdjustmentDirection>>,
}

fn list<T: Copy>(pairs: &[(&str, T)]) -> Vec<Word<T>> {
    pairs.iter().map(|(word, means)| Word { word: (*word).to_owned(), means: *means }).collect()
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Default for Words {
    fn default() -> Self {
        let relation = |word: &str, role, liable| Relation { word: word.to_owned(), role, liable };
        Self {
            total: "合计".to_owned(),
            total_unit: "户".to_owned(),
            flags: list(&[("是", true), ("否", false), ("1", true), ("0", false)]),
            kept: list(&[
                ("1", true),
                ("0", false),
                ("留案", true),
                ("非留案", false),
                ("是", true),
                ("否", false),
            ]),
            relations: vec![
                relation("共同借款人", Role::Joint, true),
                relation("共同债务人", Role::Joint, true),
                relation("联名人", Role::CoSigner, true),
                relation("担保人", Role::Guarantor, true),
                relation("保证人", Role::Guarantor, true),
                relation("配偶", Role::Spouse, false),
                relation("律师", Role::Attorney, false),
                relation("遗产管理人", Role::Executor, false),
            ],
            holds: list(&[
                ("停催", HoldReason::Stopped),
                ("挂起", HoldReason::Stopped),
                ("留案", HoldReason::Kept),
            ]),
            rounds: list(&[("一手", 1), ("二手", 2), ("三手", 3), ("四手及以上", 4)]),
            recall_stages: list(&[
                ("预撤", RecallStage::Pending),
                ("撤案", RecallStage::Final),
                ("退案", RecallStage::Final),
            ]),
            acceptances: list(&[("接收", Acceptance::Accepted), ("拒收", Acceptance::Rejected)]),
            return_reasons: list(&[
                ("委外前已结清", ClosingReason::ClearedBefore),
                ("已还清", ClosingReason::PaidInFull),
                ("已还款", ClosingReason::PaidInFull),
                ("减免结清", ClosingReason::Settled),
                ("异议成立", ClosingReason::DisputeUpheld),
                ("债主死亡", ClosingReason::Deceased),
                ("失联退案", ClosingReason::Unlocatable),
                ("委外到期", ClosingReason::Expired),
                ("撤案", ClosingReason::Recalled),
                ("司法结案", ClosingReason::Legal),
                ("核销结案", ClosingReason::Uncollectible),
                ("欺诈", ClosingReason::Fraud),
                ("超过诉讼时效", ClosingReason::TimeBarred),
                ("拒收", ClosingReason::AgencyRefused),
                ("误委", ClosingReason::PlacedInError),
                ("停止联系", ClosingReason::Cease),
                ("其他", ClosingReason::Other),
            ]),
            channels: list(&[
                ("电话", Channel::Phone),
                ("外访", Channel::Visit),
                ("短信", Channel::Sms),
                ("信函", Channel::Letter),
                ("邮件", Channel::Email),
                ("微信", Channel::Chat),
                ("司法", Channel::Legal),
                ("协催", Channel::Other),
            ]),
            conversations: list(&[("有效联络", true), ("无效联络", false)]),
            connected_results: texts(&["他人转告"]),
            statuses: list(&[
                ("催收中", StatusKind::Working),
                ("协商跟进", StatusKind::Working),
                ("承诺还款", StatusKind::PromiseToPay),
                ("拒绝还款", StatusKind::RefusesToPay),
                ("失联", StatusKind::Unlocatable),
                ("已还款", StatusKind::PaidInFull),
                ("减免结清", StatusKind::Settled),
                ("债主死亡", StatusKind::Deceased),
                ("司法结案", StatusKind::Legal),
            ]),
            settlements: texts(&["减免逾期还款", "减免提前结清"]),
            paid_to_bank: Vec::new(),
            matter_states: list(&[
                ("处理中", MatterState::Open),
                ("已受理", MatterState::Acknowledged),
                ("调查中", MatterState::Investigating),
                ("已答复", MatterState::Answered),
                ("已办结", MatterState::Closed),
            ]),
            dispute_outcomes: list(&[
                ("异议成立", MatterOutcome::Upheld),
                ("异议部分成立", MatterOutcome::PartlyUpheld),
                ("异议不成立", MatterOutcome::Refused),
                ("异议撤回", MatterOutcome::Withdrawn),
            ]),
            complaint_outcomes: list(&[
                ("投诉属实", MatterOutcome::Upheld),
                ("投诉部分属实", MatterOutcome::PartlyUpheld),
                ("投诉不属实", MatterOutcome::Refused),
                ("投诉撤回", MatterOutcome::Withdrawn),
            ]),
            adjustment_directions: list(&[
                ("增加", AdjustmentDirection::Increase),
                ("减少", AdjustmentDirection::Decrease),
            ]),
        }
    }
}

/// The meaning of a word.
pub(crate) fn meaning<T: Copy>(words: &[Word<T>], text: &str) -> Option<T> {
    words.iter().find(|word| word.word == text).map(|word| word.means)
}

/// The word that is written for a meaning.
pub(crate) fn word_for<T: PartialEq>(words: &[Word<T>], means: T) -> Option<&str> {
    words.iter().find(|word| word.means == means).map(|word| word.word.as_str())
}
