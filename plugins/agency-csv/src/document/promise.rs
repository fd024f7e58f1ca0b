//! Promises, post-dated items and plans.

use bailiwick_sdk::document::{Frequency, PaymentPlan, Promise, PromiseKind};
use bailiwick_sdk::value::{Currency, Minor};

use crate::cell::Cell;
use crate::walk::{Fields, Walk, document};

impl Fields for Promise {
    fn blank() -> Self {
        Self::new(Cell::blank(), PromiseKind::blank(), Cell::blank(), Currency::blank(), Minor::ZERO)
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.currency(&mut self.currency);
        walk.amount("amount", &mut self.minor);
        walk.required("due_on", &mut self.due_on);
        walk.required("kind", &mut self.kind);
        walk.optional("made_on", &mut self.made_on);
        walk.optional("party", &mut self.party);
    }
}

document!(Promise, "promise");

impl Fields for PaymentPlan {
    fn blank() -> Self {
        let (zero, day) = (Minor::ZERO, Cell::blank());
        Self::new(Cell::blank(), day, Currency::blank(), zero, Frequency::blank(), 0, Cell::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.currency(&mut self.currency);
        walk.amount("amount", &mut self.total);
        walk.required("agreed_on", &mut self.agreed_on);
        walk.required("frequency", &mut self.frequency);
        walk.required("instalments", &mut self.instalments);
        walk.required("first_on", &mut self.first_on);
        walk.amount_if("first", &mut self.first);
        walk.amount_if("regular", &mut self.regular);
        walk.amount_if("last", &mut self.last);
        walk.optional("last_on", &mut self.last_on);
    }
}

document!(PaymentPlan, "payment_plan");
