//! Disputes, complaints, their escalation and their decisions.

use bailiwick_sdk::document::{Complaint, Decision, Dispute, Escalation, Level, MatterOutcome, MatterState};

use super::blank_moment;
use crate::cell::Cell;
use crate::walk::{Fields, Walk, document};

impl Fields for Dispute {
    fn blank() -> Self {
        Self::new(Cell::blank(), Cell::blank(), Cell::blank(), MatterState::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("identifier", &mut self.identifier);
        walk.required("received_on", &mut self.received_on);
        walk.required("state", &mut self.state);
        walk.optional("party", &mut self.party);
        walk.optional("code", &mut self.code);
        walk.optional("kind", &mut self.kind);
        walk.optional("category_code", &mut self.category_code);
        walk.optional("category", &mut self.category);
        walk.optional("source", &mut self.source);
        walk.optional("receiver_identifier", &mut self.receiver_identifier);
        walk.optional("referred_by_code", &mut self.referred_by_code);
        walk.optional("referred_by", &mut self.referred_by);
        walk.optional("against_code", &mut self.against_code);
        walk.optional("against", &mut self.against);
        walk.currency_or_home(&mut self.currency);
        walk.amount_if("disputed", &mut self.disputed);
        walk.optional("hold", &mut self.hold);
        walk.optional("closed_on", &mut self.closed_on);
        walk.optional("recourse_on", &mut self.recourse_on);
        walk.optional("justified", &mut self.justified);
        walk.optional("outcome", &mut self.outcome);
        walk.optional("duplicative", &mut self.duplicative);
        walk.optional("text", &mut self.text);
        walk.optional("resolution", &mut self.resolution);
        walk.extra(&mut self.extra);
    }
}

document!(Box<Dispute>, "dispute");

impl Fields for Complaint {
    fn blank() -> Self {
        Self::new(Cell::blank(), Cell::blank(), Cell::blank(), MatterState::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("identifier", &mut self.identifier);
        walk.required("received_on", &mut self.received_on);
        walk.required("state", &mut self.state);
        walk.optional("party", &mut self.party);
        walk.optional("category_code", &mut self.category_code);
        walk.optional("category", &mut self.category);
        walk.optional("against", &mut self.against);
        walk.currency_or_home(&mut self.currency);
        walk.amount_if("compensation", &mut self.compensation);
        walk.optional("hold", &mut self.hold);
        walk.optional("closed_on", &mut self.closed_on);
        walk.optional("outcome", &mut self.outcome);
        walk.optional("text", &mut self.text);
        walk.optional("resolution", &mut self.resolution);
        walk.extra(&mut self.extra);
    }
}

document!(Box<Complaint>, "complaint");

impl Fields for Escalation {
    fn blank() -> Self {
        Self::new(Cell::blank(), Cell::blank(), Level::blank(), blank_moment())
    }

    /// The number of the matter stands in the column of the number of disputes and complaints.
    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("identifier", &mut self.matter);
        walk.required("to", &mut self.to);
        walk.moment(["at", "zone"], &mut self.at);
        walk.optional("answer_by", &mut self.answer_by);
        walk.optional("text", &mut self.text);
    }
}

document!(Escalation, "escalation");

impl Fields for Decision {
    fn blank() -> Self {
        Self::new(Cell::blank(), Cell::blank(), MatterOutcome::blank(), Cell::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("matter", &mut self.matter);
        walk.required("outcome", &mut self.outcome);
        walk.required("on", &mut self.on);
        walk.optional("by", &mut self.by);
        walk.currency_or_home(&mut self.currency);
        walk.amount_if("reduce", &mut self.reduce);
        walk.optional("text", &mut self.text);
    }
}

document!(Decision, "decision");
