//! How much of its fees an agency keeps in a remittance.

use proptest::prelude::*;

use super::*;
use crate::booking::{Cleared, Draft, DueToRemit, Keeping, Total, Transfer};
use crate::money::Remits;

/// Money of a placement that is due: cash, commission and tax of which buckets, as sums of the ledger.
fn due(placement: i64, direct: bool, cash: Buckets, commission: Buckets, tax: Buckets) -> DueToRemit {
    let minus = |it: Buckets| Buckets::default().minus(&it).unwrap();
    let sum = cash.sum().unwrap();
    DueToRemit {
        placement,
        direct,
        cash,
        commission: minus(commission),
        tax: minus(tax),
        gross: sum.max(0),
        payments: u64::from(sum > 0),
        reversed: (-sum).max(0),
        earlier: 0,
    }
}

/// What is cleared of all that is due, and the ledger's rows.
fn clear(remits: Remits, all: &[DueToRemit]) -> (Cleared, Vec<Transfer>) {
    let mut total = Total::default();
    all.iter().for_each(|due| total.add(due).unwrap());
    let mut keeping = Keeping::of(remits, &total);
    let World { engagement, contract, known, mut results, .. } = empty();
    let today = day("2026-08-01");
    let (engagement, contract) = (&engagement, &contract);
    let setting = Setting {
        engagement,
        contract,
        side: Side::Bank,
        file: 2,
        today,
        said_on: today,
        file_day: None,
        siblings: &[],
    };
    let mut draft = Draft::new(&setting, &known, &mut results);
    let mut cleared = Cleared::default();
    for due in all {
        cleared = cleared.plus(&draft.clear(due, &mut keeping, today).unwrap()).unwrap();
    }
    (cleared, draft.changes.transfers)
}

fn principal(minor: i64) -> Buckets {
    Buckets([minor, 0, 0, 0, 0, 0])
}

#[test]
fn combined_keeps_what_the_money_covers_and_invoices_the_rest() {
    let none = Buckets::default();
    let of = |cash: i64, own: i64, directly: i64| {
        [due(1, false, principal(cash), principal(own), none), due(1, true, none, principal(directly), none)]
    };
    for (remits, all, want) in [
        // Kept, invoiced, net.
        (Remits::Combined, of(100, 10, 200), (100, 110, 0)),
        (Remits::Combined, of(210, 10, 200), (210, 0, 0)),
        (Remits::Combined, of(211, 10, 200), (210, 0, 1)),
        (Remits::Combined, of(0, 0, 200), (0, 200, 0)),
        // More was reversed than came in.
        (Remits::Combined, of(-50, 0, 200), (0, 200, -50)),
        // Fees that are given back cover others.
        (Remits::Combined, of(-50, -5, 200), (0, 195, -50)),
        (Remits::Combined, of(-50, -5, 3), (-2, 0, -48)),
        (Remits::Combined, of(0, 0, -53), (-53, 0, 53)),
        (Remits::Net, of(100, 10, 200), (10, 200, 90)),
        (Remits::Net, of(-50, -5, -3), (-5, -3, -45)),
        (Remits::Gross, of(100, 10, 200), (0, 210, 100)),
    ] {
        let (it, _) = clear(remits, &all);
        assert_eq!((it.commission + it.tax, it.invoiced, it.net), want, "{remits:?} {all:?}");
    }
}

#[test]
fn commission_is_kept_before_tax() {
    let all = [due(1, false, principal(105), principal(100), principal(6))];
    let (it, _) = clear(Remits::Combined, &all);
    assert_eq!((it.commission, it.tax, it.invoiced, it.net), (100, 5, 1, 0));
}

/// Whether the money came straight to the bank; the cash, commission and tax of each bucket.
type Drawn = (bool, [i64; 6], [i64; 6], [i64; 6]);

proptest! {
    #[test]
    fn nothing_is_kept_twice_and_every_account_returns_to_zero(
        all in prop::collection::vec(
            (any::<bool>(), prop::array::uniform6(-90i64..200), prop::array::uniform6(-20i64..60), prop::array::uniform6(-5i64..9)),
            0..9,
        ),
    ) {
        let of = |(at, drawn): (usize, Drawn)| {
            let (direct, cash, commission, tax) = drawn;
            let cash = if direct { Buckets::default() } else { Buckets(cash) };
            due(i64::try_from(at).unwrap(), direct, cash, Buckets(commission), Buckets(tax))
        };
        let all: Vec<DueToRemit> = all.into_iter().enumerate().map(of).collect();
        let sum = |of: fn(&DueToRemit) -> Buckets| all.iter().map(|due| of(due).sum().unwrap()).sum::<i64>();
        let (cash, fees) = (sum(|it| it.cash), -sum(|it| it.commission) - sum(|it| it.tax));
        for remits in [Remits::Net, Remits::Gross, Remits::Combined] {
            let (it, rows) = clear(remits, &all);
            let kept = it.commission + it.tax;
            prop_assert_eq!(kept + it.invoiced, fees);
            prop_assert_eq!(it.gross - it.reversed - kept, it.net);
            prop_assert_eq!(it.gross - it.reversed, cash);
            if remits == Remits::Combined {
                prop_assert_eq!(kept, fees.min(cash.max(0)));
                prop_assert!(it.invoiced >= 0);
            }
            for (due, bucket) in all.iter().flat_map(|due| (0..6).map(move |bucket| (due, bucket))) {
                let moved = |account: &str| -> i64 {
                    let of = rows.iter().filter(|row| row.placement == due.placement);
                    of.map(|row| {
                        let sign = i64::from(row.debit == account) - i64::from(row.credit == account);
                        sign * row.buckets.0[bucket]
                    })
                    .sum()
                };
                let [cash, commission, tax] = [due.cash, due.commission, due.tax].map(|it| it.0[bucket]);
                // The agency owes the creditor the money less what it earned.
                prop_assert_eq!(moved("agency_cash") + cash, 0);
                prop_assert_eq!(moved("creditor_payable") - cash - commission - tax, 0);
                let left = moved("commission") + moved("tax") + moved("invoiced") + commission + tax;
                prop_assert_eq!(left, 0);
            }
        }
    }

    /// After any decrease that is taken, no bucket is below what it was, or below nothing.
    #[test]
    fn a_decrease_leaves_no_bucket_below_nothing(
        owed in prop::array::uniform6(-50i64..200),
        parts in prop::array::uniform6(0i64..90),
        stated in any::<bool>(),
    ) {
        let mut world = at(Active);
        let placed = world.placed();
        (placed.balance, placed.placed) = (Buckets(owed), owed.iter().sum());
        let minor: i64 = parts.iter().sum();
        let names = ["principal", "interest", "penalty", "late_fee", "costs", "other"];
        let split: Vec<Value> =
            names.iter().zip(parts).map(|(bucket, minor)| json!({"bucket": bucket, "minor": minor})).collect();
        let mut given = doc(&format!("adjustment minor={minor}"));
        if stated {
            given.document["adjustment"]["split"] = json!(split);
        }
        let fits = minor > 0 && match stated {
            true => owed.iter().zip(parts).all(|(owed, part)| part <= *owed.max(&0)),
            false => minor <= owed.iter().map(|part| part.max(&0)).sum::<i64>(),
        };
        prop_assert_eq!(world.tell(&given).is_ok(), fits);
        for (now, before) in world.placed().balance.0.iter().zip(owed) {
            prop_assert!(*now >= before.min(0));
        }
    }
}
