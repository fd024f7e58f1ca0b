//! Evidence asked for and given.

use bailiwick_sdk::document::{Evidence, EvidenceRequest};

use super::blank_moment;
use crate::cell::Cell;
use crate::walk::{Fields, Walk, document};

impl Fields for Evidence {
    fn blank() -> Self {
        Self::new(Cell::blank(), Cell::blank(), Cell::blank(), 0)
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("kind", &mut self.kind);
        walk.required("sha256", &mut self.sha256);
        walk.required("size", &mut self.size);
        walk.optional("media_type", &mut self.media_type);
        walk.optional("location", &mut self.location);
        walk.optional("answers", &mut self.answers);
        walk.optional("asked_by", &mut self.asked_by);
        walk.optional("given_by", &mut self.given_by);
        walk.moment_if(["given_at", "given_zone"], &mut self.given_at);
    }
}

document!(Evidence, "evidence");

impl Fields for EvidenceRequest {
    fn blank() -> Self {
        Self::new(Cell::blank(), Cell::blank(), Cell::blank(), blank_moment())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.required("identifier", &mut self.identifier);
        walk.required("kind", &mut self.kind);
        walk.moment(["at", "zone"], &mut self.at);
        walk.optional("matter", &mut self.matter);
        walk.optional("answer_by", &mut self.answer_by);
        walk.optional("text", &mut self.text);
    }
}

document!(EvidenceRequest, "evidence_request");
