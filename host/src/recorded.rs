//! A call and its limits as the audit log has them. The log has types of its own, which stay readable when the
//! engine's types change.

use crate::audit;
use crate::audit::{CallOutcome, Used};
use crate::engine::{Called, Fault, Limits, Usage};

/// The longest place of a panic, in characters.
const PLACE_MAX: usize = 128;

/// The outcome of a call, as the log stores it.
///
/// ```
/// use bailiwick_host::engine::{Called, Fault, Usage};
/// use bailiwick_host::{audit, recorded};
///
/// let called = Called { result: Err(Fault::Cancelled), usage: Usage::default(), log: Vec::new() };
/// assert!(matches!(recorded::outcome(&called), audit::CallOutcome::Fault { code, .. } if code == "cancelled"));
/// ```
pub fn outcome(called: &Called) -> CallOutcome {
    called.result.as_ref().map_or_else(fault, |_| CallOutcome::Ok)
}

/// A fault: its code, without the plugin's own words.
fn fault(fault: &Fault) -> CallOutcome {
    let (mut limit, mut used, mut cap, mut place, mut declined) = (None, None, None, None, None);
    match fault {
        Fault::Exhausted { limit: which, used: u, cap: c } => {
            (limit, used, cap) = (Some(which.name().to_owned()), Some(*u), Some(*c));
        }
        Fault::Trapped { place: at, .. } => place = at.as_deref().map(plain_place),
        Fault::Declined(refusal) => declined = Some(refusal.code.to_string()),
        _ => {}
    }
    CallOutcome::Fault { code: fault.code().to_owned(), limit, used, cap, place, declined }
}

/// The end of a place, with only the letters of source paths. The text comes from the plugin.
fn plain_place(place: &str) -> String {
    let plain = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' | '/' | ':' => letter,
        _ => '_',
    };
    let over = place.chars().count().saturating_sub(PLACE_MAX);
    place.chars().skip(over).map(plain).collect()
}

/// The usage of a call, without its input and output bytes.
pub fn used(usage: Usage) -> Used {
    let Usage { fuel, wall_us, memory_bytes, table_elements, log_bytes, host_calls, .. } = usage;
    Used { fuel, wall_us, memory_bytes, table_elements, log_bytes, host_calls }
}

/// The limits of a session's calls, to be stored.
pub fn limits(live: Limits) -> audit::Limits {
    let Limits {
        fuel_base,
        fuel_per_input_byte,
        wall_ms,
        memory_bytes,
        table_elements,
        input_bytes,
        output_bytes,
        log_bytes,
        host_calls,
    } = live;
    audit::Limits {
        fuel_base,
        fuel_per_input_byte,
        wall_ms,
        memory_bytes,
        table_elements,
        input_bytes,
        output_bytes,
        log_bytes,
        host_calls,
    }
}

/// The limits from their stored form, to call again under them.
pub fn limits_of(stored: audit::Limits) -> Limits {
    let audit::Limits {
        fuel_base,
        fuel_per_input_byte,
        wall_ms,
        memory_bytes,
        table_elements,
        input_bytes,
        output_bytes,
        log_bytes,
        host_calls,
    } = stored;
    Limits {
        fuel_base,
        fuel_per_input_byte,
        wall_ms,
        memory_bytes,
        table_elements,
        input_bytes,
        output_bytes,
        log_bytes,
        host_calls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_come_back_as_they_were_stored() {
        let limits = |of: &str| serde_json::from_str::<audit::Limits>(of).unwrap();
        let live = Limits { wall_ms: 7, host_calls: 9, ..Limits::production() };
        let stored = serde_json::to_string(&super::limits(live)).unwrap();
        assert_eq!(limits_of(limits(&stored)), live);
    }

    #[test]
    fn a_place_is_cut_and_has_the_letters_of_paths() {
        assert_eq!(plain_place("src/a b.rs:7:9"), "src/a_b.rs:7:9");
        assert_eq!(plain_place(&"x".repeat(200)), "x".repeat(PLACE_MAX));
    }
}
