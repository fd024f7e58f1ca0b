//! Statuses, new addresses and numbers, bankruptcies.

use bailiwick_sdk::document::{Bankruptcy, DemographicChange, Status, StatusKind};

use crate::cell::Cell;
use crate::walk::{Fields, Walk, document};

impl Fields for Status {
    fn blank() -> Self {
        Self::new(Cell::blank(), StatusKind::blank(), Cell::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.status(&mut self.status, &mut self.code);
        walk.required("on", &mut self.on);
        walk.optional("party", &mut self.party);
        walk.optional("queue", &mut self.queue);
        walk.optional("text", &mut self.text);
        walk.values("ends", &mut self.ends);
        walk.extra(&mut self.extra);
    }
}

document!(Status, "status");

impl Fields for DemographicChange {
    fn blank() -> Self {
        Self::new(Cell::blank())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.optional("party", &mut self.party);
        walk.optional("relation", &mut self.relation);
        walk.optional("on", &mut self.on);
        walk.group("new_address", &mut self.new_address);
        walk.group("old_address", &mut self.old_address);
        walk.group("new_phone", &mut self.new_phone);
        walk.group("old_phone", &mut self.old_phone);
    }
}

document!(Box<DemographicChange>, "demographic_change");

impl Fields for Bankruptcy {
    fn blank() -> Self {
        Self::new(Cell::blank(), 0)
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("chapter", &mut self.chapter);
        walk.optional("filed_on", &mut self.filed_on);
        walk.optional("party", &mut self.party);
        walk.optional("case_number", &mut self.case_number);
        walk.optional("court_district", &mut self.court_district);
        walk.optional("court_division", &mut self.court_division);
        walk.optional("court_phone", &mut self.court_phone);
        walk.group("court_address", &mut self.court_address);
        walk.optional("trustee", &mut self.trustee);
        walk.optional("trustee_phone", &mut self.trustee_phone);
        walk.group("trustee_address", &mut self.trustee_address);
        walk.optional("creditors_meeting_known", &mut self.creditors_meeting_known);
    }
}

document!(Box<Bankruptcy>, "bankruptcy");
