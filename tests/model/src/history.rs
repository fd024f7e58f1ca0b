//! Histories at random. The statements about an account on a day follow from seed, account and day alone, so a history
//! with fewer accounts or days is a part of the longer one.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::buckets::{Buckets, share};
use crate::draw::{REASONS, SCHEDULES};
use crate::said::{Adjust, Own, Pay, Placing, Said, Side, Undo};

/// The most days that a document is late.
const DELAY_MAX: i32 = 7;
/// How far back a reversal looks for its payment.
const UNDO_BACK: i32 = 12;
/// A day far beyond every window.
const FAR: i32 = 5_000;

/// A source of randomness that follows from these numbers only.
pub fn source(seed: u64, parts: &[i64]) -> StdRng {
    let mix =
        |state: u64, part: &i64| (state ^ *part as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    StdRng::seed_from_u64(parts.iter().fold(seed, mix))
}

/// A statement with its sender and the days by which its document is late.
struct Told {
    side: Side,
    said: Said,
    late: i32,
}

/// The statements about an account that arrive on a day, in the order in which they happened.
pub fn arrive(seed: u64, account: usize, today: i32) -> Vec<(Side, Said)> {
    let mut all = Vec::new();
    for on in (today - DELAY_MAX).max(0)..=today {
        let told = happen(seed, account, on).into_iter().filter(|it| on + it.late == today);
        all.extend(told.map(|it| (it.side, it.said)));
    }
    all
}

fn happen(seed: u64, account: usize, on: i32) -> Vec<Told> {
    let mut rng = source(seed, &[account as i64, i64::from(on), 1]);
    let mut told = Vec::new();
    if on == 0 {
        told.push(placed(&mut rng, on));
    }
    told.extend(payments(seed, account, on));
    if on > 0 {
        for turn in 0..rng.random_range(0..3u8) {
            told.push(other(&mut rng, seed, account, on, turn));
        }
    }
    told
}

fn late(rng: &mut StdRng) -> i32 {
    if rng.random_ratio(3, 4) { 0 } else { rng.random_range(1..=DELAY_MAX) }
}

/// The day that a document states: nearly always the right one.
fn stated(rng: &mut StdRng, on: i32) -> i32 {
    match rng.random_range(0..40) {
        0 => on + rng.random_range(1..6),
        1 => on - rng.random_range(1..40),
        2 => on + FAR,
        3 => on - FAR,
        _ => on,
    }
}

/// Parts of an amount, which sum to it but for a mistake.
fn parts(rng: &mut StdRng, minor: i64) -> Option<Buckets> {
    if rng.random_ratio(2, 3) {
        return None;
    }
    let mut weights: Buckets = std::array::from_fn(|_| rng.random_range(0..3));
    weights[rng.random_range(0..6)] += 1;
    let mut split = share(&weights, minor);
    if rng.random_ratio(1, 20) {
        split[rng.random_range(0..6)] += 1;
    }
    Some(split)
}

fn payments(seed: u64, account: usize, on: i32) -> Vec<Told> {
    let mut rng = source(seed, &[account as i64, i64::from(on), 2]);
    let many = if on == 0 { 0 } else { [0, 0, 0, 1, 1, 2][rng.random_range(0..6)] };
    (0..many)
        .map(|turn| {
            let side = if rng.random_ratio(1, 4) { Side::Bank } else { Side::Agency };
            let minor = if rng.random_ratio(1, 60) { 0 } else { rng.random_range(1..120_000) };
            let settles = side == Side::Agency && rng.random_ratio(1, 25);
            let pay = Pay {
                identifier: format!("P{account}-{on}-{turn}"),
                minor,
                on: stated(&mut rng, on),
                at_bank: side == Side::Bank || rng.random_ratio(1, 10),
                split: parts(&mut rng, minor).filter(|_| minor > 0),
                waived: if settles { rng.random_range(0..20_000) } else { 0 },
                settles,
                before_demand: rng.random_ratio(1, 15),
            };
            Told { side, said: Said::Pay(pay), late: late(&mut rng) }
        })
        .collect()
}

/// A payment of the last days, with its sender.
fn earlier(rng: &mut StdRng, seed: u64, account: usize, on: i32) -> Option<(Side, Pay)> {
    let first = rng.random_range(0..UNDO_BACK);
    (0..UNDO_BACK).find_map(|back| {
        let day = on - (first + back) % UNDO_BACK;
        payments(seed, account, day.max(0)).into_iter().find_map(|it| match it.said {
            Said::Pay(pay) => Some((it.side, pay)),
            _ => None,
        })
    })
}

fn placed(rng: &mut StdRng, on: i32) -> Told {
    let mut balance = [rng.random_range(1..400_000), 0, 0, 0, 0, 0];
    for part in balance.iter_mut().skip(1) {
        *part = if rng.random_ratio(1, 3) { rng.random_range(0..60_000) } else { 0 };
    }
    let own = if rng.random_ratio(1, 4) { own(rng) } else { Own::default() };
    let ahead = if rng.random_ratio(1, 12) { rng.random_range(1..9) } else { 0 };
    let day = stated(rng, on) + ahead;
    let mut holds = Vec::new();
    if rng.random_ratio(1, 12) {
        holds.push(["kept", "stopped"][rng.random_range(0..2)]);
    }
    let term = if rng.random_ratio(1, 8) { Some(day + rng.random_range(-3..30)) } else { None };
    let it = Placing {
        balance,
        on: day,
        term_ends_on: term,
        charged_off_on: rng.random_ratio(1, 4).then(|| day - rng.random_range(0..90)),
        days_overdue: rng.random_ratio(1, 4).then(|| rng.random_range(0..90)),
        holds,
        own,
    };
    Told {
        side: Side::Bank,
        said: Said::Place(it),
        late: if rng.random_ratio(9, 10) { 0 } else { late(rng) },
    }
}

fn own(rng: &mut StdRng) -> Own {
    let mut own = Own::default();
    match rng.random_range(0..3) {
        0 => own.rate_ppm = Some(rng.random_range(0..1_000_000)),
        1 => own.schedule = Some(SCHEDULES[rng.random_range(0..SCHEDULES.len())]),
        _ => own.cap = Some(rng.random_range(0..50_000)),
    }
    match rng.random_range(0..4) {
        0 => own.cap_ppm = Some(rng.random_range(0..500_000)),
        1 => own.free_days = Some(rng.random_range(0..5)),
        2 => own.grace_days = Some(rng.random_range(0..5)),
        _ => {}
    }
    own
}

fn other(rng: &mut StdRng, seed: u64, account: usize, on: i32, turn: u8) -> Told {
    let key = |kind: &str| format!("{kind}{account}-{on}-{turn}");
    let late = late(rng);
    let told = |side, said| Told { side, said, late };
    let (bank, agency) = (Side::Bank, Side::Agency);
    let kind = rng.random_range(0..30u8);
    match kind {
        0 | 1 => placed(rng, on),
        2..=6 => {
            let (accepts, differs) = (rng.random_ratio(4, 5), rng.random_ratio(1, 6));
            told(agency, Said::Answer { accepts, differs, on: stated(rng, on) })
        }
        7..=9 => {
            let kinds = [
                "working",
                "working",
                "disputed",
                "cease_contact",
                "attorney_represents",
                "deceased",
                "bankruptcy_13",
            ];
            let kind = kinds[rng.random_range(0..kinds.len())];
            let side = if rng.random_ratio(1, 4) { bank } else { agency };
            told(side, Said::Status { kind, on: stated(rng, on) })
        }
        10..=14 => match earlier(rng, seed, account, on) {
            Some((side, pay)) => undo(rng, key("R"), side, &pay, on, late),
            None => told(agency, Said::Status { kind: "working", on }),
        },
        15 | 16 => match earlier(rng, seed, account, on) {
            Some((side, pay)) => again(rng, side, pay, late),
            None => told(agency, Said::Status { kind: "working", on }),
        },
        17..=19 => {
            let minor = rng.random_range(1..40_000);
            let split = parts(rng, minor);
            let adjust =
                Adjust { identifier: key("X"), minor, raises: rng.random(), on: stated(rng, on), split };
            told(bank, Said::Adjust(adjust))
        }
        20 | 21 => told(bank, Said::Recall { last: rng.random_ratio(1, 3), on: stated(rng, on) }),
        22 | 23 => {
            let reason =
                if rng.random_ratio(1, 6) { "WHY" } else { REASONS[rng.random_range(0..REASONS.len())] };
            told(agency, Said::Object { reason, on: stated(rng, on) })
        }
        24 => told(agency, Said::Return { refuses: rng.random_ratio(1, 4), on: stated(rng, on) }),
        _ => {
            let matter = Said::Matter {
                kind: ["dispute", "complaint"][rng.random_range(0..2)],
                number: rng.random_range(0..2),
                open: rng.random(),
                on: stated(rng, on),
            };
            told(if rng.random_ratio(1, 3) { bank } else { agency }, matter)
        }
    }
}

/// A reversal of a payment: of all of it, of a part, or of too much; by the side that reported it or by the other.
fn undo(rng: &mut StdRng, identifier: String, side: Side, pay: &Pay, on: i32, late: i32) -> Told {
    let minor = match rng.random_range(0..4) {
        0 => rng.random_range(1..120_000),
        1 => pay.minor.max(1),
        _ => rng.random_range(1..=pay.minor.max(1)),
    };
    let split = parts(rng, minor).filter(|_| rng.random_ratio(1, 3));
    let other = if side == Side::Bank { Side::Agency } else { Side::Bank };
    let side = if rng.random_ratio(1, 5) { other } else { side };
    let undo = Undo { identifier, of: pay.identifier.clone(), minor, on: stated(rng, on.max(pay.on)), split };
    Told { side, said: Said::Undo(undo), late }
}

/// The same payment again, or another under its identifier.
fn again(rng: &mut StdRng, side: Side, pay: Pay, late: i32) -> Told {
    let mut pay = pay;
    match rng.random_range(0..8) {
        0 => pay.minor += 1,
        1 => pay.on -= 1,
        2 if side == Side::Agency => pay.at_bank = !pay.at_bank,
        3 => pay.before_demand = !pay.before_demand,
        _ => {}
    }
    Told { side, said: Said::Pay(pay), late }
}
