//! The path of a file: recognised, decoded, checked, booked and answered, in one transaction.

mod answer;
mod asking;
mod booking;
mod filing;
mod intake;
mod matters;
mod payments;
mod placements;
mod report;
mod run;
mod statuses;
mod stream;
mod writer;

pub use intake::Source;
pub use report::{DocumentCount, Outcome, Report, ReportProblem};
pub use run::{ExchangeOptions, Progress};
