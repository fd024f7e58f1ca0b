//! Documents of money that come again under the same identifier.

use super::*;

/// The members of the message that says what differs, for a document that comes after another one.
fn differs(before: &str, now: &str) -> String {
    let mut world = at(Active).after("placement account=A2").after(before);
    match world.tell(&doc(now)) {
        Ok(changes) => shown(&changes).join("; "),
        Err(Stop::Refused(it)) => {
            assert_eq!((&*it.code, it.pointer), ("payment_conflict", Some("/identifier")), "{now}");
            let (_, differs) = it.message.split_once("differs in: ").unwrap();
            differs.split(';').next().unwrap().to_owned()
        }
        Err(Stop::Waits(it)) => panic!("{now}: it waits: {}", it.refused.message),
        Err(Stop::Failed(error)) => panic!("{now}: {error}"),
    }
}

#[test]
fn everything_that_matters_is_compared_and_what_differs_is_named() {
    let same = "warning duplicate_payment";
    let parts = r#"split=[{"bucket":"principal","minor":10000}]"#;
    let booked = r#"split=[{"bucket":"costs","minor":5000},{"bucket":"interest","minor":5000}]"#;
    let (stated, as_booked) = (&format!("payment {parts}"), &format!("payment {booked}"));
    for (before, now, want) in [
        ("payment", "payment", same),
        ("payment", "payment line=7, comment=again, batch=B, account_number=N1", same),
        ("payment", "bank:payment", same),
        ("payment", "payment waived=0, settlement=false, before_demand=false", same),
        ("payment", "payment paid_to=bank", "paid_to was agency and is bank"),
        ("payment", "payment received_on=2026-07-07", "the day was 2026-07-06 and is 2026-07-07"),
        ("payment", "payment minor=9999", "minor was 10000 and is 9999"),
        ("payment", "payment waived=300", "waived was 0 and is 300"),
        ("payment waived=300", "payment", "waived was 300 and is 0"),
        ("payment", "payment settlement=true", "settlement was false and is true"),
        ("payment", "payment before_demand=true", "before_demand was false and is true"),
        ("payment", "payment account=A2", "account"),
        ("payment", "payment account=A2, minor=1", "account, minor was 10000 and is 1"),
        // Parts are held against the parts that were booked.
        ("payment", stated, "split"),
        ("payment", as_booked, same),
        (stated, stated, same),
        (stated, as_booked, "split"),
        (stated, "payment", "split"),
        // A payment to the bank is the same whoever reports it and in which document.
        ("payment paid_to=bank", "direct_payment identifier=P1", same),
        ("direct_payment", "payment paid_to=bank, identifier=B1", same),
        ("direct_payment", "direct_payment account=null, reference=A1, payer=X", same),
        ("direct_payment", "direct_payment account=null, reference=A2", "account"),
        ("direct_payment", "payment identifier=B1", "paid_to was bank and is agency"),
        ("direct_payment", "direct_payment booked_on=2026-07-05", "the day was 2026-07-06 and is 2026-07-05"),
        ("direct_payment", "direct_payment before_demand=true", "before_demand was false and is true"),
        ("adjustment", "adjustment", same),
        ("adjustment", "adjustment code=X", same),
        ("adjustment", "adjustment direction=increase", "direction was decrease and is increase"),
        ("adjustment", "adjustment on=2026-07-05", "the day was 2026-07-06 and is 2026-07-05"),
        ("adjustment", r#"adjustment split=[{"bucket":"principal","minor":700}]"#, "split"),
        ("adjustment", r#"adjustment split=[{"bucket":"costs","minor":700}]"#, same),
        ("adjustment", "payment identifier=J1, minor=700", "kind was adjustment and is payment"),
    ] {
        assert_eq!(differs(before, now), want, "{before}, then {now}");
    }
}

/// The agency knows what is waived, whether it settles the account, and the parts; the notice of the bank does not.
#[test]
fn a_payment_that_both_sides_report_counts_once_whichever_says_more() {
    let same = "warning duplicate_payment";
    let other = r#"split=[{"bucket":"principal","minor":10000}]"#;
    let parts = r#"split=[{"bucket":"costs","minor":5000},{"bucket":"interest","minor":5000}]"#;
    let references = r#"references=[{"kind":"uetr","value":"U1"}], extra={"Purpose":"card"}"#;
    let of_agency = "payment paid_to=bank, identifier=B1";
    for (more, of_bank, want) in [
        ("waived=300", "", same),
        ("settlement=true", "", same),
        ("waived=300, settlement=true", parts, same),
        (parts, "", same),
        ("", parts, same),
        (parts, parts, same),
        (other, parts, "split"),
        ("", references, same),
        (references, "", same),
        ("waived=300", "booked_on=2026-07-05", "the day"),
        ("waived=300", "minor=9999", "minor"),
        ("waived=300", "account=A2", "account"),
        ("settlement=true", "before_demand=true", "before_demand"),
        ("paid_to=agency, waived=300", "", "paid_to"),
    ] {
        let (agency, bank) = (format!("{of_agency}, {more}"), format!("direct_payment {of_bank}"));
        for (before, now) in [(&agency, &bank), (&bank, &agency)] {
            let found = differs(before, now);
            let is_wanted = found == want || found.starts_with(&format!("{want} was "));
            assert!(is_wanted, "{before}, then {now}: {found}");
        }
    }
    // Parts that the bank did not state are those that were booked.
    assert_eq!(differs("direct_payment", &format!("{of_agency}, {other}")), "split");
    // A payment counts once, with what its first document waived.
    for (before, now, waives_more) in [
        ("payment paid_to=bank, identifier=B1, waived=300", "direct_payment", false),
        ("direct_payment", "payment paid_to=bank, identifier=B1, waived=300", true),
    ] {
        let mut world = at(Active).after(before);
        let changes = world.tell(&doc(now)).unwrap();
        assert!(changes.transfers.is_empty(), "{now}");
        let said = changes.warnings[0].message.as_str();
        assert_eq!(said.contains("What only this document waives is not booked"), waives_more, "{said}");
    }
}

#[test]
fn a_reversal_that_comes_again_must_undo_the_same() {
    let after = |words: &str| {
        let mut world = at(Active).after("payment").after("payment identifier=P2").after("reversal");
        world.told(words)
    };
    let conflict = "! payment_conflict /identifier";
    for (now, want) in [
        ("reversal", "warning duplicate_payment"),
        ("reversal account=null", "warning duplicate_payment"),
        ("reversal reverses=null, reference=P1", "warning duplicate_payment"),
        ("bank:reversal reason=AC04", "warning duplicate_payment"),
        ("reversal reverses=P2", conflict),
        ("reversal minor=3999", conflict),
        ("reversal reversed_on=2026-07-09", conflict),
        (r#"reversal split=[{"bucket":"costs","minor":4000}]"#, conflict),
    ] {
        assert_eq!(after(now), want, "{now}");
    }
}

#[test]
fn a_payment_that_waits_is_compared_as_well() {
    let late = "received_on=2026-07-11";
    let after = |words: &str| at(Returned).after(&format!("payment {late}")).told(words);
    for (now, want) in [
        ("payment received_on=2026-07-11", "warning duplicate_payment"),
        ("payment received_on=2026-07-12", "! payment_conflict /identifier"),
        ("payment received_on=2026-07-11, paid_to=bank", "! payment_conflict /identifier"),
        ("payment received_on=2026-07-11, waived=1", "! payment_conflict /identifier"),
        ("direct_payment identifier=P1, booked_on=2026-07-11", "! payment_conflict /identifier"),
        ("adjustment identifier=P1, minor=10000", "! payment_conflict /identifier"),
    ] {
        assert_eq!(after(now), want, "{now}");
    }
    // The same money of both sides. Nothing is booked yet that stated parts could contradict.
    let says = r#"waived=300, settlement=true, split=[{"bucket":"principal","minor":10000}]"#;
    let agency = &format!("payment paid_to=bank, identifier=B1, {late}, {says}");
    let bank = "direct_payment booked_on=2026-07-11";
    for (before, now) in [(agency.as_str(), bank), (bank, agency)] {
        assert_eq!(at(Returned).after(before).told(now), "warning duplicate_payment", "{now}");
    }
}
