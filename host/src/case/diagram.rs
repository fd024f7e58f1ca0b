//! The table of moves as the documentation shows it.

use std::fmt::Write as _;

use super::state::{MOVES, Move, State};

/// The states and moves as a Mermaid state diagram and a table, in Markdown. Moves that do not change the state are
/// in the table only.
pub fn diagram() -> String {
    let mut text = String::from("```mermaid\nstateDiagram-v2\n    [*] --> draft\n    [*] --> sent\n");
    for (from, by, to) in MOVES.iter().filter(|(from, _, to)| from != to) {
        let _ = writeln!(text, "    {from} --> {to}: {}", by.name());
    }
    for state in State::ALL.into_iter().filter(|state| state.is_final()) {
        let _ = writeln!(text, "    {state} --> [*]");
    }
    text.push_str("```\n\n| move | from | to |\n|---|---|---|\n");
    let mut seen: Vec<Move> = Vec::new();
    for (_, by, _) in MOVES {
        if seen.contains(by) {
            continue;
        }
        seen.push(*by);
        for state in State::ALL {
            let from: Vec<&str> = MOVES
                .iter()
                .filter(|(from, with, to)| with == by && *to == state && from != to)
                .map(|(from, _, _)| from.name())
                .collect();
            if !from.is_empty() {
                let _ = writeln!(text, "| `{}` | {} | {state} |", by.name(), from.join(", "));
            }
        }
        let stays: Vec<&str> = MOVES
            .iter()
            .filter(|(from, with, to)| with == by && from == to)
            .map(|(from, _, _)| from.name())
            .collect();
        if !stays.is_empty() {
            let _ = writeln!(text, "| `{}` | {} | stays |", by.name(), stays.join(", "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_move_is_shown() {
        let text = diagram();
        for (from, by, to) in MOVES {
            if from == to {
                assert!(text.lines().any(|line| line.starts_with(&format!("| `{}`", by.name()))
                    && line.ends_with("| stays |")
                    && line.contains(from.name())));
            } else {
                assert!(text.contains(&format!("    {from} --> {to}: {}", by.name())));
            }
        }
    }
}
