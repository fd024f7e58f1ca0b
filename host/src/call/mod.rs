//! The one way to call a plugin.
//!
//! A [`Purpose`] is the reason of a call: to read or to write a file of a message, or to make a decision. A
//! [`Session`] reads or writes one file with one instance of the plugin. A `Decider` asks for decisions, each with a
//! fresh instance. Both record every call before its output has any effect: within an act in the audit log
//! (`ActLog`), outside of a home on a [`Tape`]. A replay repeats recorded calls and uses `Instance` directly.
//!
//! Nothing else drives [`engine::Session`](crate::engine::Session), except the call `describe` when a component is
//! loaded.
//!
//! Every call has a span `bailiwick.call`. Lines that a plugin logs are events in it, of the target
//! [`PLUGIN_LOG`], if the host shows them: see [`Host::with_plugin_log`](crate::Host::with_plugin_log).

mod act_log;
mod decider;
mod instance;
mod plugin_log;
mod purpose;
mod recorder;
mod session;
mod tape;

pub(crate) use act_log::{ActLog, plugin_ref};
pub(crate) use decider::Decider;
pub(crate) use instance::{Caller, Instance};
pub use plugin_log::{LINES_SHOWN_MAX, PLUGIN_LOG};
pub use purpose::{Function, Purpose};
pub use session::{Made, Session};
pub use tape::{Tape, Taped};

use crate::engine::Fault;
use crate::error::Error;

/// The most bytes of a file in one call.
pub const PIECE_BYTES: usize = 256 << 10;

/// A fault of a plugin as an error of the host.
pub(crate) fn plugin_error(plugin: &str, fault: Fault) -> Error {
    match fault {
        Fault::Cancelled => Error::Cancelled,
        fault => Error::Plugin { plugin: plugin.to_owned(), fault },
    }
}
