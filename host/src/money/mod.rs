//! Money: buckets, how a payment is spread over them, rates, rounding and commission. All amounts are whole minor
//! units; every product is taken in 128 bits and divided once, by a named rule.

#![deny(clippy::float_arithmetic)]

mod allocation;
mod buckets;
mod commission;
mod plan;
mod rate;
mod schedule;
mod standing;

pub use allocation::Allocation;
pub use buckets::{Buckets, Overflow};
pub use commission::{Basis, CommissionTerms, Earned, Facts, LegalBy, NoFee, Quote, Remits};
pub use plan::{PlanError, instalments};
pub use rate::{Rate, RateError, Rounding};
pub use schedule::{Measure, RateStep, Schedule, ScheduleError};
pub use standing::totals;
