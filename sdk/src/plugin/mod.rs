//! The traits a plugin implements.
//!
//! A plugin is a type with no state that implements [`Plugin`] and those of the five subject traits that it has.
//! [`export!`](crate::export) turns it into a component.

mod session;
mod subjects;

pub use session::{Decode, Encode, Output};
pub use subjects::{Dispute, Placement, Remittance, Rules, StatusReporting};

use crate::context::{Context, Refusal};
use crate::document::Subject;

/// The version of the contract this SDK was made for.
pub const CONTRACT: &str = "1.0.0";

/// A plugin: reads and writes the files of its subjects.
pub trait Plugin {
    /// Begins to read a file of `subject`; `context.message` says which message it is.
    ///
    /// # Errors
    /// A [`Refusal`] if the plugin does not have the subject or the message, or cannot use the configuration.
    fn decoder(subject: Subject, context: &Context) -> Result<Box<dyn Decode>, Refusal> {
        let _ = context;
        Err(Refusal::unsupported(format_args!("reading {subject}")))
    }

    /// Begins to write a file of `subject`; `context.message` says which message it is.
    ///
    /// # Errors
    /// A [`Refusal`] if the plugin does not have the subject or the message, or cannot use the configuration.
    fn encoder(subject: Subject, context: &Context) -> Result<Box<dyn Encode>, Refusal> {
        let _ = context;
        Err(Refusal::unsupported(format_args!("writing {subject}")))
    }
}
