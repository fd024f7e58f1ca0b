//! The terms as the engagement file has them.

use crate::buckets::{Allocation, BUCKETS};
use crate::contract::{Commission, Measure, Remits, Rounding, Schedule, Version, WINDOWS};

/// A rate as a percentage.
fn percent(ppm: i64) -> String {
    format!("\"{}.{:04}\"", ppm / 10_000, ppm % 10_000)
}

fn line(text: &mut String, key: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        text.push_str(&format!("{key} = {}\n", value.to_string()));
    }
}

/// The text below `[terms]` of a version. `day` writes a day as `YYYY-MM-DD`.
pub fn text(version: &Version, day: fn(i32) -> String) -> String {
    let terms = &version.terms;
    let mut text = String::new();
    line(&mut text, "from", version.from.map(|on| format!("\"{}\"", day(on))));
    line(&mut text, "term_days", terms.term_days);
    line(&mut text, "grace_days", Some(terms.grace_days));
    line(&mut text, "payment_extends_days", terms.extends_days);
    line(
        &mut text,
        "acceptance",
        terms.acceptance.map(|(days, accepts)| {
            let silence = if accepts { "accepts" } else { "refuses" };
            format!("{{ days = {days}, silence = \"{silence}\" }}")
        }),
    );
    line(&mut text, "allocation", Some(allocation(&terms.allocation)));
    line(&mut text, "recall.after_days", terms.recall_after);
    line(&mut text, "recall.final_days", terms.recall_final);
    let objections = terms.objections.iter();
    let objections: Vec<String> =
        objections.map(|(reason, days)| format!("{{ reason = \"{reason}\", days = {days} }}")).collect();
    line(&mut text, "recall.objections", Some(format!("[{}]", objections.join(", "))));
    if let Some((least, last)) = terms.settlement {
        line(&mut text, "settlement.least_percent", Some(percent(least)));
        line(&mut text, "settlement.expires_on", last.map(|on| format!("\"{}\"", day(on))));
    }
    if terms.windows != WINDOWS {
        line(&mut text, "days.ahead", Some(terms.windows.ahead));
        line(&mut text, "days.before_placement", Some(terms.windows.before_placement));
        line(&mut text, "days.placement_ahead", Some(terms.windows.placement_ahead));
    }
    if let Some(it) = &terms.commission {
        commission(&mut text, it);
    }
    text
}

fn allocation(it: &Allocation) -> String {
    let parts: Vec<String> = match it {
        Allocation::Order(order) => order.iter().map(|at| format!("\"{}\"", BUCKETS[*at])).collect(),
        Allocation::Shares(shares) => {
            shares.iter().map(|(at, ppm)| format!("{} = {}", BUCKETS[*at], percent(*ppm))).collect()
        }
    };
    match it {
        Allocation::Order(_) => format!("[{}]", parts.join(", ")),
        Allocation::Shares(_) => format!("{{ {} }}", parts.join(", ")),
    }
}

fn commission(text: &mut String, it: &Commission) {
    let rounding = match it.rounding {
        Rounding::HalfEven => "half_even",
        Rounding::HalfAway => "half_away",
        Rounding::Down => "down",
        Rounding::Up => "up",
    };
    let remits = match it.remits {
        Remits::Net => "net",
        Remits::Gross => "gross",
        Remits::Combined => "combined",
    };
    let earns: Vec<String> =
        (0..6).filter(|at| it.earns[*at]).map(|at| format!("\"{}\"", BUCKETS[at])).collect();
    text.push_str(&format!("[terms.commission]\nrounding = \"{rounding}\"\nremits = \"{remits}\"\n"));
    line(text, "earns", Some(format!("[{}]", earns.join(", "))));
    line(text, "free_days", Some(it.free_days));
    line(text, "grace_days", Some(it.grace_days));
    line(text, "cap", it.cap);
    line(text, "cap_percent", it.cap_ppm.map(percent));
    line(text, "minimum", it.minimum);
    line(text, "maximum", it.maximum);
    line(text, "tax_percent", it.tax_ppm.map(percent));
    it.schedules.iter().for_each(|schedule| steps(text, schedule));
}

fn steps(text: &mut String, it: &Schedule) {
    let by = match it.by {
        Measure::Age => "age",
        Measure::Term => "term",
        Measure::Balance => "balance",
        Measure::Payment => "payment",
        Measure::Round => "round",
    };
    let below = it.steps.iter().skip(1).map(|(from, _)| format!(", below = {from}"));
    let below = below.chain(std::iter::once(String::new()));
    let steps: Vec<String> = it
        .steps
        .iter()
        .zip(below)
        .map(|((from, ppm), below)| format!("{{ from = {from}{below}, percent = {} }}", percent(*ppm)))
        .collect();
    let name = it.name;
    text.push_str(&format!(
        "[[terms.commission.schedules]]\nname = \"{name}\"\nby = \"{by}\"\nsteps = [{}]\n",
        steps.join(", ")
    ));
}
