//! The columns of every document.

mod case;
mod contact;
mod dispute;
mod evidence;
mod money;
mod party;
mod placement;
mod promise;
mod status;

use bailiwick_sdk::value::{Moment, Text, Utc};

use crate::cell::Cell;

/// The placeholder of an instant.
fn blank_moment() -> Moment {
    Moment { utc: Utc::new(bailiwick_sdk::jiff::Timestamp::UNIX_EPOCH), zone: Text::blank() }
}
