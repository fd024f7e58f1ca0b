//! Acts: whatever changes the book happens in one, wholly or not at all. An exchange is an act whose work reads a file.

mod answers;
mod asks;
mod booking;
mod decision;
mod driver;
mod due;
mod exchange;
mod intake;
mod options;
mod probing;
mod reading;
mod reason;
mod remittance;
mod report;
mod series;
mod spans;
mod store;
mod stored_report;
mod suspense;
mod tick;
mod unwritable;
mod waiting;
mod writer;

pub use crate::bounds::Bounds;
pub use decision::{Decided, ExceptionDecision};
pub use intake::{Incoming, Source};
pub use options::{ActOptions, Progress};
pub use remittance::Remitted;
pub use report::{DocumentCount, Report, ReportProblem};
pub use tick::TickReport;
