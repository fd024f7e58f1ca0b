//! An account entrusted.

use bailiwick_sdk::document::{
    CommissionTerms, Itemization, ItemizationBasis, Placement, RemittanceBasis, Role,
};
use bailiwick_sdk::value::{Currency, Minor};

use crate::cell::Cell;
use crate::walk::{Fields, Walk, document};

impl Fields for Placement {
    fn blank() -> Self {
        Self::new(Cell::blank(), Currency::blank(), Vec::new())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.currency(&mut self.currency);
        walk.parts(Some("placed"), &mut self.balance);
        walk.optional("account_number", &mut self.account_number);
        walk.optional("customer", &mut self.customer);
        walk.optional("batch", &mut self.batch);
        walk.optional("placed_on", &mut self.placed_on);
        walk.optional("term_ends_on", &mut self.term_ends_on);
        walk.optional("round", &mut self.round);
        walk.optional("age_band", &mut self.age_band);
        walk.optional("delinquent_on", &mut self.delinquent_on);
        walk.optional("days_overdue", &mut self.days_overdue);
        walk.optional("charged_off_on", &mut self.charged_off_on);
        walk.optional("opened_on", &mut self.opened_on);
        walk.optional("last_charge_on", &mut self.last_charge_on);
        walk.optional("last_payment_on", &mut self.last_payment_on);
        walk.amount_if("last_payment", &mut self.last_payment);
        walk.group("itemization", &mut self.itemization);
        walk.group("commission", &mut self.commission);
        walk.optional("product", &mut self.product);
        walk.optional("product_family", &mut self.product_family);
        walk.optional("contract", &mut self.contract);
        walk.optional("jurisdiction", &mut self.jurisdiction);
        walk.optional("cleared_on", &mut self.cleared_on);
        walk.optional("cleared", &mut self.cleared);
        walk.optional("status", &mut self.status);
        let primary = self.parties.first().is_some_and(|party| party.role == Role::Primary);
        let mut debtor = primary.then(|| self.parties.remove(0));
        walk.group("debtor", &mut debtor);
        walk.documents("parties", &mut self.parties);
        if let Some(debtor) = debtor {
            self.parties.insert(0, debtor);
        }
        walk.values("holds", &mut self.holds);
        walk.documents("disputes", &mut self.disputes);
        walk.documents("notes", &mut self.notes);
        walk.documents("evidence", &mut self.evidence);
        walk.extra(&mut self.extra);
    }
}

document!(Box<Placement>, "placement");

impl Fields for Itemization {
    fn blank() -> Self {
        let zero = Minor::ZERO;
        Self::new(ItemizationBasis::blank(), Cell::blank(), zero, zero, zero, zero)
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("basis", &mut self.basis);
        walk.required("on", &mut self.on);
        walk.amount("amount", &mut self.amount);
        walk.amount("interest", &mut self.interest);
        walk.amount("fees", &mut self.fees);
        walk.amount("payments", &mut self.payments);
    }
}

impl Fields for CommissionTerms {
    fn blank() -> Self {
        Self::new()
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.optional("schedule", &mut self.schedule);
        walk.percent_if("rate_percent", &mut self.rate_ppm);
        walk.optional("legal_schedule", &mut self.legal_schedule);
        walk.amount_if("cap", &mut self.cap);
        walk.percent_if("cap_percent", &mut self.cap_ppm);
        walk.optional("free_days", &mut self.free_days);
        walk.optional("grace_days", &mut self.grace_days);
        walk.optional::<RemittanceBasis>("basis", &mut self.basis);
    }
}
