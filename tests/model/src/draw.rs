//! Contracts at random.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::buckets::Allocation;
use crate::contract::{
    Commission, Contract, Measure, Remits, Rounding, Schedule, Terms, Version, WINDOWS, Windows,
};

/// The names of schedules; a version has some of the first of them.
pub const SCHEDULES: [&str; 3] = ["first", "second", "third"];
/// Reasons to object that a contract may list.
pub const REASONS: [&str; 2] = ["PTP", "LAW"];

/// A value, or none one time in so many.
fn maybe<T>(rng: &mut StdRng, none: u32, draw: impl FnOnce(&mut StdRng) -> T) -> Option<T> {
    (!rng.random_ratio(1, none)).then(|| draw(rng))
}

/// A rate in parts per million: a whole percentage, or any rate.
fn rate(rng: &mut StdRng) -> i64 {
    match rng.random_range(0..6) {
        0 => 0,
        1 => 333_333,
        2 => rng.random_range(0..=1_000_000),
        _ => rng.random_range(1..60) * 10_000,
    }
}

/// A contract for a history of so many days.
pub fn contract(rng: &mut StdRng, days: i32) -> Contract {
    let mut versions = vec![Version { taken: i32::MIN, from: None, terms: terms(rng) }];
    let mut taken = 0;
    for _ in 0..rng.random_range(0..3) {
        let before = versions.last().expect("the first version").clone();
        let after = before.from.map_or(i32::MIN, |from| from + 1);
        // An amendment before the day of the one before would withdraw it.
        taken = after.max(taken + rng.random_range(2..days.max(3) / 2 + 2));
        // Terms that hold from a day that is over change nothing that falls due by itself.
        let is_late = rng.random_ratio(1, 3);
        let from = if is_late { taken - rng.random_range(1..6) } else { taken + rng.random_range(0..4) };
        let new = terms(rng);
        // Terms are not agreed on from a day further ahead than that of a placement may lie.
        let from = from.max(after).min(taken + new.windows.placement_ahead);
        let kept = if from < taken { before.terms } else { new.clone() };
        let terms = Terms {
            term_days: kept.term_days,
            grace_days: kept.grace_days,
            acceptance: kept.acceptance,
            recall_after: kept.recall_after,
            recall_final: kept.recall_final,
            ..new
        };
        versions.push(Version { taken, from: Some(from), terms });
    }
    Contract(versions)
}

fn terms(rng: &mut StdRng) -> Terms {
    let reasons = rng.random_range(0..=REASONS.len());
    Terms {
        term_days: maybe(rng, 6, |rng| rng.random_range(5..30)),
        grace_days: rng.random_range(0..10),
        extends_days: maybe(rng, 3, |rng| rng.random_range(0..10)),
        acceptance: maybe(rng, 4, |rng| (rng.random_range(0..6), rng.random_ratio(2, 3))),
        recall_after: maybe(rng, 2, |rng| rng.random_range(4..25)),
        recall_final: maybe(rng, 3, |rng| rng.random_range(0..8)),
        objections: REASONS.iter().take(reasons).map(|reason| (*reason, rng.random_range(0..9))).collect(),
        allocation: allocation(rng),
        settlement: maybe(rng, 2, |rng| {
            (rng.random_range(0..60) * 10_000, maybe(rng, 2, |rng| rng.random_range(10..40)))
        }),
        windows: windows(rng),
        commission: maybe(rng, 8, commission),
    }
}

fn windows(rng: &mut StdRng) -> Windows {
    if rng.random_ratio(1, 2) {
        return WINDOWS;
    }
    Windows {
        ahead: rng.random_range(0..3),
        before_placement: rng.random_range(0..10),
        placement_ahead: rng.random_range(0..8),
    }
}

fn allocation(rng: &mut StdRng) -> Allocation {
    let mut order: Vec<usize> = (0..6).collect();
    order.shuffle(rng);
    match rng.random_range(0..3) {
        0 => Allocation::Order(vec![4, 1, 2, 3, 5, 0]),
        1 => {
            order.truncate(rng.random_range(1..=6));
            Allocation::Order(order)
        }
        _ => {
            order.truncate(rng.random_range(1..=5));
            let mut left = 1_000_000;
            let last = order.len() - 1;
            let mut shares = Vec::new();
            for (at, bucket) in order.into_iter().enumerate() {
                let ppm = if at == last { left } else { rng.random_range(1..=left / 2) };
                left -= ppm;
                shares.push((bucket, ppm));
            }
            Allocation::Shares(shares)
        }
    }
}

fn commission(rng: &mut StdRng) -> Commission {
    let minimum = maybe(rng, 2, |rng| rng.random_range(0..800));
    let many = rng.random_range(1..=SCHEDULES.len());
    let all_earn = rng.random_ratio(1, 2);
    let mut earns: [bool; 6] = std::array::from_fn(|_| all_earn || rng.random());
    earns[0] |= earns == [false; 6];
    Commission {
        rounding: [Rounding::HalfEven, Rounding::HalfAway, Rounding::Down, Rounding::Up]
            [rng.random_range(0..4)],
        remits: match rng.random_range(0..3) {
            0 => Remits::Net,
            1 => Remits::Gross,
            _ => Remits::Combined,
        },
        schedules: SCHEDULES.iter().take(many).map(|name| schedule(rng, name)).collect(),
        earns,
        free_days: rng.random_range(0..4),
        grace_days: rng.random_range(0..6),
        cap: maybe(rng, 2, |rng| rng.random_range(0..90_000)),
        cap_ppm: maybe(rng, 2, |rng| rng.random_range(0..50) * 10_000),
        minimum,
        maximum: maybe(rng, 2, |rng| minimum.unwrap_or(0) + rng.random_range(0..30_000)),
        tax_ppm: maybe(rng, 3, rate),
    }
}

fn schedule(rng: &mut StdRng, name: &'static str) -> Schedule {
    let measures = [
        (Measure::Age, 40),
        (Measure::Term, 14),
        (Measure::Balance, 250_000),
        (Measure::Payment, 60_000),
        (Measure::Round, 2),
    ];
    let (by, width) = measures[rng.random_range(0..measures.len())];
    let mut from = 0;
    let mut steps = vec![(0, rate(rng))];
    for _ in 0..rng.random_range(0..3) {
        from += rng.random_range(1..=width);
        steps.push((from, rate(rng)));
    }
    Schedule { name, by, steps }
}
