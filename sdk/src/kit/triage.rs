//! The party that replies to a dispute or complaint, and by when, as a plugin's configuration says it.

use serde::{Deserialize, Serialize};

use crate::document::{Dispute, Level, Triage};
use crate::value::Code;

/// The party that replies to disputes and complaints, and by when. A plugin has it as a key of its configuration, and
/// gives back [`TriageRules::triage`] for `dispute.triage`.
///
/// ```
/// use bailiwick_sdk::document::{Dispute, Level, MatterState};
/// use bailiwick_sdk::kit::triage::TriageRules;
/// let rules: TriageRules = serde_json::from_str(
///     r#"{"days":15,"calendar":"US","codes":[{"code":"FRD","level":"bank","days":3,"hold":true}]}"#,
/// ).unwrap();
/// let mut dispute =
///     Dispute::new("A1".try_into().unwrap(), "D1".try_into().unwrap(), "2026-07-01".parse().unwrap(), MatterState::Open);
/// assert_eq!(rules.triage(&dispute).answer_within_days, 15);
/// dispute.code = "FRD".try_into().ok();
/// assert_eq!((rules.triage(&dispute).level, rules.triage(&dispute).answer_within_days), (Level::Bank, 3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TriageRules {
    /// The party that replies.
    pub level: Level,
    /// Working days to reply in.
    pub days: u32,
    /// Whether collection stops meanwhile.
    pub hold: bool,
    /// The calendar of the working days, one that the engagement names.
    pub calendar: Option<Code>,
    /// Disputes of some codes, which have rules of their own.
    pub codes: Vec<TriageCode>,
}

/// Disputes of a code, which have a rule of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TriageCode {
    /// The dispute's code or category code.
    pub code: Code,
    /// The party that replies.
    pub level: Level,
    /// Working days to reply in.
    pub days: u32,
    /// Whether collection stops meanwhile.
    pub hold: bool,
}

impl Default for TriageRules {
    /// The agency, in ten working days, on hold.
    fn default() -> Self {
        Self { level: Level::Agency, days: 10, hold: true, calendar: None, codes: Vec::new() }
    }
}

impl TriageRules {
    /// The triage for the dispute's code or category code, or the one for all others.
    pub fn triage(&self, dispute: &Dispute) -> Triage {
        let of = |code| self.codes.iter().find(|rule| Some(&rule.code) == code);
        let special = of(dispute.code.as_ref()).or_else(|| of(dispute.category_code.as_ref()));
        let mut triage = match special {
            Some(rule) => Triage::new(rule.level, rule.days, rule.hold),
            None => Triage::new(self.level, self.days, self.hold),
        };
        triage.calendar = self.calendar.clone();
        triage
    }
}
