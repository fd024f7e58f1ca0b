//! Who answers a dispute, and by when.

use bailiwick_sdk::document::{Dispute, Triage};

use crate::config;

/// The answer for the dispute's code or category code, or the one for all others.
pub(crate) fn triage(rules: &config::Triage, dispute: &Dispute) -> Triage {
    let of = |code| rules.codes.iter().find(|rule| Some(&rule.code) == code);
    let special = of(dispute.code.as_ref()).or_else(|| of(dispute.category_code.as_ref()));
    let mut triage = match special {
        Some(rule) => Triage::new(rule.level, rule.days, rule.hold),
        None => Triage::new(rules.level, rules.days, rules.hold),
    };
    triage.calendar = rules.calendar.clone();
    triage
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::document::{Level, MatterState};
    use bailiwick_sdk::value::{Code, Key};

    #[test]
    fn a_code_has_its_own_answer() {
        let rules: config::Triage = serde_json::from_str(
            r#"{"days":15,"calendar":"US","codes":[{"code":"FRAUD","level":"bank","days":3,"hold":true}]}"#,
        )
        .unwrap();
        let key = |text: &str| Key::new(text).unwrap();
        let mut dispute =
            Dispute::new(key("A1"), key("D1"), "2026-07-01".parse().unwrap(), MatterState::Open);
        let plain = triage(&rules, &dispute);
        assert_eq!((plain.level, plain.answer_within_days, plain.hold), (Level::Agency, 15, true));
        assert_eq!(plain.calendar.as_deref(), Some("US"));
        dispute.category_code = Code::trimmed("FRAUD");
        let special = triage(&rules, &dispute);
        assert_eq!((special.level, special.answer_within_days, special.hold), (Level::Bank, 3, true));
    }
}
