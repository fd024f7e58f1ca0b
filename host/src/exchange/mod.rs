//! The path of a file: recognised, decoded, checked, booked and answered, in one transaction.

mod adjustments;
mod answer;
mod booking;
mod bounds;
mod comparing;
mod decide;
mod decisions;
mod evidence;
mod exceptions;
mod fees;
mod filing;
mod intake;
mod ledger;
mod matters;
mod own;
mod payments;
mod placed;
mod placements;
mod promises;
mod recalls;
mod remit;
mod report;
mod reversals;
mod run;
mod spans;
mod statuses;
mod stream;
mod tick;
mod writer;

pub use bounds::Bounds;
pub use decide::{Decided, Verdict};
pub use intake::Source;
pub use remit::Remitted;
pub use report::{DocumentCount, Outcome, Report, ReportProblem};
pub use run::{ExchangeOptions, Progress};
pub use tick::TickReport;
