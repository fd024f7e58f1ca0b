//! Attempts to reach somebody, and notes.

use bailiwick_sdk::document::{Channel, ContactAttempt, Direction, Note};

use super::blank_moment;
use crate::cell::Cell;
use crate::walk::{Fields, Walk, document};

/// The columns that attempts and notes share have one name each.
const AT: [&str; 2] = ["at", "zone"];

impl Fields for ContactAttempt {
    fn blank() -> Self {
        Self::new(Cell::blank(), Channel::blank(), Direction::blank(), blank_moment())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.moment(AT, &mut self.started);
        walk.required("channel", &mut self.channel);
        walk.required("direction", &mut self.direction);
        walk.optional("action", &mut self.action);
        walk.optional("result", &mut self.result);
        walk.optional("result_class", &mut self.result_class);
        walk.optional("connected", &mut self.connected);
        walk.optional("conversation", &mut self.conversation);
        walk.optional("seconds", &mut self.seconds);
        walk.optional("relation", &mut self.relation);
        walk.optional("person", &mut self.person);
        walk.optional("party", &mut self.party);
        walk.optional("number", &mut self.medium);
        walk.optional("number_state", &mut self.medium_state);
        walk.optional("text", &mut self.text);
        walk.currency_or_home(&mut self.currency);
        walk.amount_if("promised", &mut self.promised);
        walk.optional("promised_on", &mut self.promised_on);
        walk.optional("next_on", &mut self.next_on);
        walk.optional("consent", &mut self.consent);
        walk.optional("jurisdiction", &mut self.jurisdiction);
        walk.optional("recording", &mut self.recording);
        walk.optional("operator", &mut self.operator);
        walk.optional("private", &mut self.private);
        walk.extra(&mut self.extra);
    }
}

document!(Box<ContactAttempt>, "contact_attempt");

impl Fields for Note {
    fn blank() -> Self {
        Self::new(Cell::blank(), blank_moment())
    }

    fn walk(&mut self, walk: &mut impl Walk) {
        walk.required("account", &mut self.account);
        walk.moment(AT, &mut self.at);
        walk.optional("action", &mut self.action);
        walk.optional("result", &mut self.result);
        walk.optional("text", &mut self.text);
        walk.optional("private", &mut self.private);
        walk.extra(&mut self.extra);
    }
}

document!(Note, "note");
