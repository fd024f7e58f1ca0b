//! Decides whether the agency takes a placed account.

use bailiwick_sdk::document::{Acceptance, Placement, PlacementDecision};
use bailiwick_sdk::value::{Identifier, Remark};

use crate::config::Refuse;

/// Accepts the account, or rejects it for the first of the agency's limits that it breaks.
pub(crate) fn decide(refuse: &Refuse, placement: &Placement) -> PlacementDecision {
    let placed = placement.placed().map(|placed| placed.get());
    let over = refuse.max_balance_minor.is_some_and(|max| placed.is_none_or(|placed| placed > max));
    let under = refuse.min_balance_minor.is_some_and(|min| placed.is_some_and(|placed| placed < min));
    if over {
        rejected("balance_too_high", "the placed amount is above what the agency takes")
    } else if under {
        rejected("balance_too_low", "the placed amount is below what the agency takes")
    } else if refuse.regions.iter().any(|region| in_region(placement, region)) {
        rejected("region_refused", "the agency does not collect in this region")
    } else {
        PlacementDecision::new(Acceptance::Accepted)
    }
}

fn rejected(reason: &str, text: &str) -> PlacementDecision {
    let mut decision = PlacementDecision::new(Acceptance::Rejected);
    decision.reason = Identifier::new(reason).ok();
    decision.text = Remark::trimmed(text);
    decision
}

/// Whether the account's jurisdiction or an address of a person who owes lies in `region`: `NY` or `US-NY`.
fn in_region(placement: &Placement, region: &str) -> bool {
    let (country, part) = match region.split_once('-') {
        Some((country, part)) => (Some(country), part),
        None => (None, region),
    };
    let governs = placement.jurisdiction.as_deref().is_some_and(|jurisdiction| {
        jurisdiction == region
            || (country.is_none() && jurisdiction.split_once('-').is_some_and(|(_, ours)| ours == part))
    });
    let mut homes = placement.parties.iter().filter(|party| party.liable).flat_map(|party| &party.addresses);
    governs
        || homes.any(|address| {
            let there = country.is_none_or(|country| {
                address.country.as_deref().is_none_or(|ours| ours.eq_ignore_ascii_case(country))
            });
            there && address.region.as_deref().is_some_and(|ours| ours.eq_ignore_ascii_case(part))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_sdk::document::{Address, AddressKind, Party, Role};
    use bailiwick_sdk::value::{AccountKey, Bucket, Code, Component, Currency, Minor, Name};

    fn account(minor: i64, region: Option<&str>, jurisdiction: Option<&str>) -> Placement {
        let part = Component { bucket: Bucket::Principal, code: None, minor: Minor::new(minor).unwrap() };
        let mut placement = Placement::new(AccountKey::new("A1").unwrap(), Currency::USD, vec![part]);
        placement.jurisdiction = jurisdiction.and_then(Code::trimmed);
        let mut debtor = Party::new(Role::Primary, true);
        let mut home = Address::new(AddressKind::Home);
        home.region = region.and_then(Name::trimmed);
        debtor.addresses.push(home);
        placement.parties.push(debtor);
        placement
    }

    fn reason(refuse: &str, placement: &Placement) -> Option<String> {
        let refuse: Refuse = serde_json::from_str(refuse).unwrap();
        let decision = decide(&refuse, placement);
        assert_eq!(decision.reason.is_some(), decision.acceptance == Acceptance::Rejected);
        decision.reason.map(|reason| reason.to_string())
    }

    #[test]
    fn every_account_is_taken_unless_limits_say_otherwise() {
        assert_eq!(reason("{}", &account(1, Some("NY"), Some("US-NY"))), None);
        let limits = r#"{"max_balance_minor":1000,"min_balance_minor":100,"regions":["NY","US-CA"]}"#;
        for (minor, region, jurisdiction, expected) in [
            (1001, None, None, Some("balance_too_high")),
            (1000, None, None, None),
            (99, None, None, Some("balance_too_low")),
            (100, None, None, None),
            (500, Some("NY"), None, Some("region_refused")),
            (500, Some("ny"), None, Some("region_refused")),
            (500, Some("CA"), None, Some("region_refused")),
            (500, None, Some("US-CA"), Some("region_refused")),
            (500, None, Some("US-NY"), Some("region_refused")),
            (500, None, Some("CA-NS"), None),
            (500, Some("TX"), Some("US-TX"), None),
        ] {
            let found = reason(limits, &account(minor, region, jurisdiction));
            assert_eq!(found.as_deref(), expected, "{minor} {region:?} {jurisdiction:?}");
        }
    }

    #[test]
    fn a_contact_in_a_region_refuses_nothing() {
        let mut placement = account(500, Some("NY"), None);
        placement.parties[0].liable = false;
        assert_eq!(reason(r#"{"regions":["NY"]}"#, &placement), None);
    }
}
