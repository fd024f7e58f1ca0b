//! Payments, reversals, adjustments, statements and figures to compare.

use bailiwick_sdk::document::{
    Adjustment, AdjustmentDirection, DirectPayment, PaidTo, Payment, Reconciliation, RemittanceBasis,
    RemittanceStatement, Reversal,
};
use bailiwick_sdk::value::{Currency, Minor};

use crate::cell::Cell;
use crate::walk::{Fields, Walk, document};

impl Fields for Payment {
    fn blank() -> Self {
        Self::new(
            Cell::blank(),
            Cell::blank(),
            PaidTo::blank(),
            Currency::blank(),
            Minor::ZERO,
            Cell::blank(),
        )
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("identifier", &mut self.identifier);
        walk.required("account", &mut self.account);
        walk.required("paid_to", &mut self.paid_to);
        walk.required("received_on", &mut self.received_on);
        walk.currency(&mut self.currency);
        walk.amount("amount", &mut self.minor);
        walk.parts(None, &mut self.split);
        walk.optional("cleared_on", &mut self.cleared_on);
        walk.optional("method", &mut self.method);
        walk.optional("settlement", &mut self.settlement);
        walk.amount_if("waived", &mut self.waived);
        walk.optional("before_demand", &mut self.before_demand);
        walk.optional("batch", &mut self.batch);
        walk.optional("account_number", &mut self.account_number);
        walk.optional("comment", &mut self.comment);
        walk.extra(&mut self.extra);
    }
}

document!(Box<Payment>, "payment");

impl Fields for Reversal {
    fn blank() -> Self {
        Self::new(Cell::blank(), Currency::blank(), Minor::ZERO, Cell::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("identifier", &mut self.identifier);
        walk.optional("account", &mut self.account);
        walk.optional("paid_to", &mut self.paid_to);
        walk.optional("reverses", &mut self.reverses);
        walk.optional("reference", &mut self.reference);
        walk.required("reversed_on", &mut self.reversed_on);
        walk.currency(&mut self.currency);
        walk.amount("amount", &mut self.minor);
        walk.parts(None, &mut self.split);
        walk.optional("reason", &mut self.reason);
        walk.optional("reason_text", &mut self.reason_text);
        walk.optional("method", &mut self.method);
        walk.optional("batch", &mut self.batch);
        walk.optional("account_number", &mut self.account_number);
        walk.optional("comment", &mut self.comment);
        walk.extra(&mut self.extra);
    }
}

document!(Box<Reversal>, "reversal");

impl Fields for Adjustment {
    fn blank() -> Self {
        Self::new(
            Cell::blank(),
            Cell::blank(),
            AdjustmentDirection::blank(),
            Currency::blank(),
            Minor::ZERO,
            Cell::blank(),
        )
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("identifier", &mut self.identifier);
        walk.required("direction", &mut self.direction);
        walk.required("on", &mut self.on);
        walk.currency(&mut self.currency);
        walk.amount("amount", &mut self.minor);
        walk.parts(None, &mut self.split);
        walk.optional("code", &mut self.code);
        walk.optional("account_number", &mut self.account_number);
        walk.optional("comment", &mut self.comment);
    }
}

document!(Adjustment, "adjustment");

impl Fields for DirectPayment {
    fn blank() -> Self {
        Self::new(Cell::blank(), Currency::blank(), Minor::ZERO, Cell::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("identifier", &mut self.identifier);
        walk.optional("account", &mut self.account);
        walk.optional("reference", &mut self.reference);
        walk.required("booked_on", &mut self.booked_on);
        walk.optional("value_on", &mut self.value_on);
        walk.currency(&mut self.currency);
        walk.amount("amount", &mut self.minor);
        walk.parts(None, &mut self.split);
        walk.optional("before_demand", &mut self.before_demand);
        walk.optional("batch", &mut self.batch);
        walk.optional("bank_reference", &mut self.bank_reference);
        walk.optional("payer", &mut self.payer);
        walk.optional("payer_account", &mut self.payer_account);
        walk.optional("account_number", &mut self.account_number);
        walk.optional("comment", &mut self.comment);
    }
}

document!(Box<DirectPayment>, "direct_payment");

impl Fields for RemittanceStatement {
    fn blank() -> Self {
        let (zero, currency) = (Minor::ZERO, Currency::blank());
        Self::new(
            Cell::blank(),
            currency,
            Cell::blank(),
            Cell::blank(),
            zero,
            zero,
            zero,
            zero,
            RemittanceBasis::blank(),
        )
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("identifier", &mut self.identifier);
        walk.required("from", &mut self.from);
        walk.required("to", &mut self.to);
        walk.required("basis", &mut self.basis);
        walk.currency(&mut self.currency);
        walk.amount("gross", &mut self.gross);
        walk.amount("reversed", &mut self.reversed);
        walk.amount("commission", &mut self.commission);
        walk.amount_if("tax", &mut self.tax);
        walk.amount_if("costs", &mut self.costs);
        walk.amount("net", &mut self.net);
        walk.amount_if("invoiced", &mut self.invoiced);
        walk.optional("payments", &mut self.payments);
    }
}

document!(RemittanceStatement, "remittance_statement");

impl Fields for Reconciliation {
    fn blank() -> Self {
        Self::new(Cell::blank(), Currency::blank(), Minor::ZERO)
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.currency(&mut self.currency);
        walk.amount("placed", &mut self.placed);
        walk.amount_if("paid", &mut self.paid);
        walk.amount_if("balance", &mut self.balance);
        walk.optional("as_of", &mut self.as_of);
        walk.optional("received_on", &mut self.received_on);
        walk.optional("last_payment_on", &mut self.last_payment_on);
        walk.amount_if("last_payment", &mut self.last_payment);
        walk.optional("account_number", &mut self.account_number);
        walk.extra(&mut self.extra);
    }
}

document!(Reconciliation, "reconciliation");
