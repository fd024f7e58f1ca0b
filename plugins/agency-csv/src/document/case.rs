//! Events of an entrusted account: acknowledgment, recall, objection, return.

use bailiwick_sdk::document::{
    Acceptance, Acknowledgment, ClosingReason, Recall, RecallObjection, RecallStage, Return,
};
use bailiwick_sdk::value::{Currency, Minor};

use crate::cell::Cell;
use crate::walk::{Fields, Walk, document};

impl Fields for Acknowledgment {
    fn blank() -> Self {
        Self::new(
            Cell::blank(),
            Acceptance::blank(),
            Currency::blank(),
            Minor::ZERO,
            Minor::ZERO,
            Cell::blank(),
        )
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("acceptance", &mut self.acceptance);
        walk.optional("reason", &mut self.reason);
        walk.required("received_on", &mut self.received_on);
        walk.currency(&mut self.currency);
        walk.amount("original_balance", &mut self.original_balance);
        walk.amount("current_balance", &mut self.current_balance);
        walk.optional("last_payment_on", &mut self.last_payment_on);
        walk.amount_if("last_payment", &mut self.last_payment);
        walk.optional("receiver_key", &mut self.receiver_key);
        walk.optional("account_number", &mut self.account_number);
        walk.optional("text", &mut self.text);
    }
}

document!(Acknowledgment, "acknowledgment");

impl Fields for Recall {
    fn blank() -> Self {
        Self::new(Cell::blank(), RecallStage::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("stage", &mut self.stage);
        walk.optional("reason", &mut self.reason);
        walk.optional("on", &mut self.on);
        walk.optional("objection_on", &mut self.objection_on);
        walk.optional("placed_in_error", &mut self.placed_in_error);
        walk.optional("account_number", &mut self.account_number);
    }
}

document!(Recall, "recall");

impl Fields for RecallObjection {
    fn blank() -> Self {
        Self::new(Cell::blank(), Cell::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("reason", &mut self.reason);
        walk.optional("on", &mut self.on);
        walk.optional("account_number", &mut self.account_number);
    }
}

document!(RecallObjection, "recall_objection");

impl Fields for Return {
    fn blank() -> Self {
        Self::new(Cell::blank(), ClosingReason::blank(), Cell::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("reason", &mut self.reason);
        walk.required("on", &mut self.on);
        walk.optional("code", &mut self.code);
        walk.currency_or_home(&mut self.currency);
        walk.amount_if("placed", &mut self.placed);
        walk.amount_if("paid", &mut self.paid);
        walk.amount_if("waived", &mut self.waived);
        walk.amount_if("remaining", &mut self.remaining);
        walk.optional("account_number", &mut self.account_number);
        walk.optional("text", &mut self.text);
        walk.extra(&mut self.extra);
    }
}

document!(Return, "return");
