//! The contract of the model: versions of terms, each with the day from which it holds.

use crate::buckets::Allocation;

/// How a fraction of a minor unit becomes a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, a half to the even one.
    HalfEven,
    /// To the nearest, a half up.
    HalfAway,
    /// Down.
    Down,
    /// Up.
    Up,
}

impl Rounding {
    /// A quotient of numbers that are not below zero.
    pub fn divide(self, dividend: i128, divisor: i128) -> i64 {
        let (whole, rest) = (dividend / divisor, dividend % divisor);
        let up = match self {
            Self::Down => false,
            Self::Up => rest > 0,
            Self::HalfAway => rest * 2 >= divisor,
            Self::HalfEven => rest * 2 > divisor || rest * 2 == divisor && whole % 2 == 1,
        };
        i64::try_from(whole + i128::from(up)).expect("a sum that fits")
    }
}

/// The value that picks the step of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The age of the debt in days.
    Age,
    /// Days from the placement.
    Term,
    /// The placed amount.
    Balance,
    /// The payment.
    Payment,
    /// How many times the account was entrusted.
    Round,
}

/// A schedule: each step is the value with which it begins and its rate in parts per million. The first begins at 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name.
    pub name: &'static str,
    /// The value that picks the step.
    pub by: Measure,
    /// The steps, in order.
    pub steps: Vec<(i64, i64)>,
}

impl Schedule {
    /// The rate of a value.
    pub fn rate(&self, value: i64) -> i64 {
        self.steps.iter().rfind(|(from, _)| *from <= value.max(0)).expect("the first step is from 0").1
    }
}

/// How the agency receives its commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remits {
    /// It keeps the commission on its own money.
    Net,
    /// It keeps none.
    Gross,
    /// It keeps all that its money covers.
    Combined,
}

/// The terms of commission. Rates are parts per million, amounts minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commission {
    /// How sums are rounded.
    pub rounding: Rounding,
    /// How the agency receives it.
    pub remits: Remits,
    /// The schedules; the first is the ordinary one.
    pub schedules: Vec<Schedule>,
    /// Which buckets earn.
    pub earns: [bool; 6],
    /// First days that earn nothing.
    pub free_days: i32,
    /// Days after the end that still earn.
    pub grace_days: i32,
    /// The most for a placement.
    pub cap: Option<i64>,
    /// The most for a placement, of the placed amount.
    pub cap_ppm: Option<i64>,
    /// The least for a payment that earns.
    pub minimum: Option<i64>,
    /// The most for a payment.
    pub maximum: Option<i64>,
    /// Tax on the commission.
    pub tax_ppm: Option<i64>,
}

/// How far the day of a document may lie from the day of its exchange and from its placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Days after the exchange.
    pub ahead: i32,
    /// Days before the placement, for money.
    pub before_placement: i32,
    /// Days that a placement may lie ahead.
    pub placement_ahead: i32,
}

/// The windows where the contract states none.
pub const WINDOWS: Windows = Windows { ahead: 0, before_placement: 30, placement_ahead: 1_096 };

/// One version of the terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The length of the term.
    pub term_days: Option<i32>,
    /// Days after the end in which late payments are credited.
    pub grace_days: i32,
    /// Days that a payment keeps the account.
    pub extends_days: Option<i32>,
    /// Days to answer, and whether silence accepts.
    pub acceptance: Option<(i32, bool)>,
    /// Days from the placement to the announcement of a recall.
    pub recall_after: Option<i32>,
    /// Days from the announcement to the recall.
    pub recall_final: Option<i32>,
    /// Reasons to object, with their days. Empty: any reason, without end.
    pub objections: Vec<(&'static str, i32)>,
    /// How a payment without parts is spread.
    pub allocation: Allocation,
    /// The least part of the placed amount that a settlement needs, and the last day of the authority.
    pub settlement: Option<(i64, Option<i32>)>,
    /// The windows of days.
    pub windows: Windows,
    /// The commission.
    pub commission: Option<Commission>,
}

/// A version of the terms in the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The day on which the engagement file says it for the first time.
    pub taken: i32,
    /// The day from which it holds; none: from the beginning.
    pub from: Option<i32>,
    /// The terms.
    pub terms: Terms,
}

/// All versions, in the order in which they were taken. No version holds from an earlier day than the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract(pub Vec<Version>);

impl Contract {
    /// The place of the version that holds on a day, as it is known on the day `known`.
    pub fn at(&self, day: i32, known: i32) -> usize {
        let holds = |it: &Version| it.taken <= known && it.from.is_none_or(|from| from <= day);
        self.0.iter().rposition(holds).unwrap_or(0)
    }

    /// The terms of a day, as they are known on the day `known`.
    pub fn on(&self, day: i32, known: i32) -> &Terms {
        &self.0[self.at(day, known)].terms
    }

    /// The latest terms on a day.
    pub fn now(&self, today: i32) -> &Terms {
        let taken = |it: &&Version| it.taken <= today;
        &self.0.iter().rev().find(taken).expect("the first version is there from the beginning").terms
    }
}
