//! The payment that a reversal undoes: by its identifier, or by its references. A reference that is of one payment
//! decides: if its payment cannot be undone, the reversal is of no other. References that payments share decide only if
//! nothing says that the payment is another one.

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::{PaidTo, ReferenceKind, Reversal};

use super::draft::Draft;
use super::ledger::{AGENCY_CASH, BANK_CASH, Entered};
use super::references::{Named, is_exact, lists_repeated, references_of_reversal};
use super::refused::{Awaited, Booked, Refused, Stop, Waits, invariant, refuse_at};

/// Payments of one reference that are looked at. A reference that more payments have names none of them.
pub(crate) const PAYMENTS_OF_REFERENCE_MAX: usize = 64;
/// Payments of which a message says how much of them is left.
const PAYMENTS_TOLD_MAX: usize = 8;

/// By what the payment of a reversal was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Identifier,
    Reference(ReferenceKind),
}

impl By {
    /// The name, as in the book.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Reference(kind) => kind.name(),
        }
    }
}

/// What a reversal's names lead to.
pub(super) enum Found {
    One(Box<Entered>, By),
    /// The identifiers of several open payments that fit equally.
    Many(Vec<String>),
    /// No payment of an account. It may be money in suspense with a reference of one of the kinds up to `least`;
    /// otherwise the reversal waits.
    NoneBooked {
        waits: Waits,
        least: ReferenceKind,
    },
}

/// Payments with references of one kind.
#[derive(Default)]
struct With<'a> {
    /// Those that are booked.
    booked: Vec<&'a Entered>,
    /// Money that is not booked has one, and the reversal may be of it.
    waits: bool,
    /// Money had one that went back or was refused.
    is_gone: bool,
}

impl With<'_> {
    fn is_empty(&self) -> bool {
        self.booked.is_empty() && !self.waits && !self.is_gone
    }
}

impl Draft<'_, '_> {
    /// The payment that a reversal undoes.
    pub(super) fn payment_of(&self, it: &Reversal) -> Booked<Found> {
        if it.reverses.is_none() && it.reference.is_none() && it.references.is_empty() {
            let message = "a reversal names the payment it undoes";
            return Err(refuse_at("reversal_without_payment", "/reverses", message));
        }
        if let Some(name) = &it.reverses {
            if let Some(payment) = self.known.transfer(name)? {
                return Ok(Found::One(Box::new(payment.clone()), By::Identifier));
            }
            let is_payment = |it: &&super::KnownException| it.kind == "payment" && !it.decided;
            let suspended = self.known.suspended.values().any(|money| money.identifier == name.as_str());
            if suspended || self.known.exception(name)?.filter(is_payment).is_some() {
                let waits = waits(WAITS_ITSELF, vec![Awaited::Identifier(name.to_string())]);
                return Ok(Found::NoneBooked { waits, least: ReferenceKind::Uetr });
            }
        }
        self.by_references(it)
    }

    /// Each kind of references leaves fewer payments, the most exact kind first. A kind that no payment has says
    /// nothing: banks give a return references of its own.
    fn by_references(&self, it: &Reversal) -> Booked<Found> {
        let references = references_of_reversal(it);
        let mut left: Vec<&Entered> = Vec::new();
        for kind in ReferenceKind::ALL.into_iter().filter(|kind| is_exact(*kind)) {
            let with = self.with(it, kind, &references)?;
            let fits = self.fitting(it, &with.booked)?;
            if left.is_empty() && fits.is_empty() && !with.is_empty() {
                return self.none_fits(it, kind, &with, &references);
            }
            if left.is_empty() && with.waits {
                return Err(Stop::Waits(self.awaiting(it, &references, WAITS_ITSELF)?));
            }
            left = narrowed(left, fits);
            if let [payment] = left.as_slice() {
                // It may be of money with the reference that went back.
                return Ok(if with.is_gone { self.many(&left) } else { one(payment, kind) });
            }
        }
        if left.is_empty() {
            // Before payments had references, one of these was the identifier.
            let (with, kind) = self.named_by_references(&references)?;
            left = self.fitting(it, &with.booked)?;
            match (left.as_slice(), kind) {
                ([payment], Some(kind)) => return Ok(one(payment, kind)),
                ([], Some(kind)) => return self.none_fits(it, kind, &with, &references),
                _ => {}
            }
        }
        if left.is_empty() {
            return self.by_shared(it, &references);
        }
        for kind in ReferenceKind::ALL.into_iter().filter(|kind| !is_exact(*kind)) {
            let fits = self.fitting(it, &self.with(it, kind, &references)?.booked)?;
            left = narrowed(left, fits);
            if let [payment] = left.as_slice() {
                return Ok(one(payment, kind));
            }
        }
        Ok(self.many(&left))
    }

    /// By references that payments share, if no other is known here. They name a payment alone only if nothing else can
    /// have been meant.
    fn by_shared(&self, it: &Reversal, references: &[Named]) -> Booked<Found> {
        let waits = self.awaiting(it, references, "the payment it undoes was never booked")?;
        // A reference that only its payment can have is not known: the payment has not come yet.
        if lists_repeated(it) || self.names_unknown(it)? {
            return Ok(Found::NoneBooked { waits, least: ReferenceKind::Instruction });
        }
        let (mut left, mut not_booked, mut gone): (Vec<&Entered>, bool, bool) = (Vec::new(), false, false);
        let mut by = ReferenceKind::Creditor;
        for kind in ReferenceKind::ALL.into_iter().filter(|kind| !is_exact(*kind)) {
            let with = self.with(it, kind, references)?;
            not_booked |= with.waits;
            gone |= with.is_gone;
            let mut meant = Vec::new();
            for payment in with.booked {
                if self.is_of(it, payment)? && self.side_may_undo(payment) {
                    meant.push(payment);
                }
            }
            let before = left.len();
            left = narrowed(left, meant);
            if left.len() != before {
                by = kind;
            }
        }
        let fits = self.fitting(it, &left)?;
        match (fits.as_slice(), left.len()) {
            ([], 0) => Ok(Found::NoneBooked { waits, least: ReferenceKind::Creditor }),
            ([], _) => Err(Stop::Waits(self.awaiting(it, references, &remaining(it, &left)?)?)),
            (_, _) if not_booked => Err(Stop::Waits(self.awaiting(it, references, WAITS_ITSELF)?)),
            ([payment], 1) if !gone => Ok(one(payment, by)),
            _ => Ok(self.many(&fits)),
        }
    }

    /// Whether `reverses` or `reference` names a payment that is not here: nothing has it as a reference that payments
    /// share either.
    fn names_unknown(&self, it: &Reversal) -> Booked<bool> {
        for name in it.reverses.iter().chain(&it.reference) {
            let shared = self.known.references(name)?.iter().any(|(kind, _)| !is_exact(*kind));
            let not_booked = self.known.unbooked(name)?.iter().any(|it| !is_exact(it.kind));
            if !shared && !not_booked {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// References of one kind are known here, and no booked payment with one can be undone: the reversal is of no other
    /// payment.
    fn none_fits(
        &self,
        it: &Reversal,
        kind: ReferenceKind,
        with: &With<'_>,
        references: &[Named],
    ) -> Booked<Found> {
        let mut meant = Vec::new();
        for payment in &with.booked {
            if self.is_of(it, payment)? {
                meant.push(*payment);
            }
        }
        let own = with.waits || with.is_gone || meant.iter().any(|payment| self.side_may_undo(payment));
        if let Some(payment) = meant.first().filter(|_| !own) {
            self.may_undo(payment)?;
        }
        let message = match (with.waits, with.booked.is_empty()) {
            (true, _) => WAITS_ITSELF.to_owned(),
            (false, true) => "the payment it undoes is not booked: it was refused or went back".to_owned(),
            (false, false) => remaining(it, &with.booked)?,
        };
        let waits = self.awaiting(it, references, &message)?;
        if !with.waits && !with.is_gone {
            return Err(Stop::Waits(waits));
        }
        Ok(Found::NoneBooked { waits, least: kind })
    }

    /// The payments with references of a kind.
    fn with(&self, it: &Reversal, kind: ReferenceKind, references: &[Named]) -> Booked<With<'_>> {
        let mut with = With::default();
        for (_, value) in references.iter().filter(|(of, _)| *of == kind) {
            for payment in self.payments_with(kind, value)? {
                if !with.booked.iter().any(|have| have.id == payment.id) {
                    with.booked.push(payment);
                }
            }
            for money in self.known.unbooked(value)? {
                // A person gave it back: the bank's own report of that is still to come.
                let expected = self.known.suspended.values().any(|have| {
                    have.returned && have.identifier == money.identifier && have.minor == it.minor.get()
                });
                match (money.kind == kind && money.may_be_of(it), money.is_gone && !expected) {
                    (true, false) => with.waits = true,
                    (true, true) => with.is_gone = true,
                    (false, _) => {}
                }
            }
        }
        Ok(with)
    }

    /// The payments with a reference; none if too many have it.
    fn payments_with(&self, kind: ReferenceKind, value: &str) -> Booked<Vec<&Entered>> {
        let rows = self.known.references(value)?;
        let of_kind: Vec<i64> = rows.iter().filter(|(of, _)| *of == kind).map(|(_, id)| *id).collect();
        if of_kind.len() > PAYMENTS_OF_REFERENCE_MAX {
            return Ok(Vec::new());
        }
        of_kind
            .into_iter()
            .map(|id| {
                let found = self.known.by_number(id);
                found.ok_or_else(|| invariant("a payment with a reference was not loaded".to_owned()))
            })
            .collect()
    }

    /// The payments that have one of these references as their identifier, with the most exact kind of them. A reference
    /// may be an identifier of the other side by chance.
    fn named_by_references(&self, references: &[Named]) -> Booked<(With<'_>, Option<ReferenceKind>)> {
        let (mut with, mut by) = (With::default(), None);
        for (kind, value) in references {
            let Some(payment) = self.known.transfer(value)? else { continue };
            let is_own = payment.kind == "payment" && payment.by == self.setting.side;
            if is_own && !with.booked.iter().any(|have| have.id == payment.id) {
                with.booked.push(payment);
                by = by.or(Some(*kind));
            }
        }
        Ok((with, by))
    }

    /// Those of the payments that the reversal can undo.
    fn fitting<'p>(&self, it: &Reversal, payments: &[&'p Entered]) -> Booked<Vec<&'p Entered>> {
        let mut fits = Vec::new();
        for payment in payments {
            let left = payment.buckets.minus(&payment.undone)?.sum()?;
            if self.is_of(it, payment)? && self.side_may_undo(payment) && left >= it.minor.get() {
                fits.push(*payment);
            }
        }
        Ok(fits)
    }

    /// Whether a reversal can be of this payment, if nothing of it was undone: the same account and side, no earlier day,
    /// no larger amount.
    fn is_of(&self, it: &Reversal, payment: &Entered) -> Booked<bool> {
        let day = payment.on.is_none_or(|on| on <= it.reversed_on);
        let large = payment.buckets.sum()? >= it.minor.get();
        Ok(self.of_account_and_party(it, payment) && day && large && payment.kind == "payment")
    }

    /// The agency does not see the bank's account: money there it takes back only if it reported it itself.
    pub(super) fn side_may_undo(&self, payment: &Entered) -> bool {
        self.setting.side != Side::Agency || payment.by != Side::Bank || payment.debit != BANK_CASH
    }

    fn of_account_and_party(&self, it: &Reversal, payment: &Entered) -> bool {
        it.account.as_ref().is_none_or(|account| self.known.is_for(payment, account.as_str()))
            && of_party(it, payment)
    }

    fn many(&self, payments: &[&Entered]) -> Found {
        let names = payments.iter().filter_map(|it| self.known.identifiers.get(&it.id).cloned());
        Found::Many(names.collect())
    }

    /// Why the reversal waits, and for what: for any of its names.
    fn awaiting(&self, it: &Reversal, references: &[Named], message: &str) -> Booked<Waits> {
        let named = it.reverses.iter().chain(&it.reference).map(|it| Awaited::Identifier(it.to_string()));
        let mut awaited: Vec<Awaited> = named.collect();
        awaited.dedup();
        for (_, value) in references {
            let identifier = Awaited::Identifier(value.clone());
            let open = self.known.exception(value)?.is_some_and(|it| it.kind == "payment" && !it.decided);
            if open && !awaited.contains(&identifier) {
                awaited.push(identifier);
            }
        }
        awaited.extend(references.iter().map(|(kind, value)| Awaited::Reference(*kind, value.clone())));
        Ok(waits(message, awaited))
    }
}

const WAITS_ITSELF: &str = "the payment it undoes waits itself (`bailiwick waiting`, `bailiwick exceptions`)";

fn waits(message: &str, awaited: Vec<Awaited>) -> Waits {
    let (code, message) = ("waits_for_payment".into(), message.to_owned());
    Waits { refused: Refused { code, message, pointer: Some("/reverses") }, awaited }
}

fn one(payment: &Entered, kind: ReferenceKind) -> Found {
    Found::One(Box::new(payment.clone()), By::Reference(kind))
}

/// The payments that are left by one more kind of references. A kind that fits none of them says nothing.
fn narrowed<'p>(left: Vec<&'p Entered>, fits: Vec<&'p Entered>) -> Vec<&'p Entered> {
    if left.is_empty() {
        return fits;
    }
    let both: Vec<&Entered> =
        left.iter().copied().filter(|it| fits.iter().any(|have| have.id == it.id)).collect();
    if both.is_empty() { left } else { both }
}

/// What is left of payments, in words: of those of the account and the party that the reversal states.
fn remaining(it: &Reversal, payments: &[&Entered]) -> Booked<String> {
    let mut told = Vec::new();
    let of_account = |payment: &Entered| it.account.as_ref().is_none_or(|it| it.as_str() == payment.account);
    for payment in payments.iter().filter(|payment| of_account(payment) && of_party(it, payment)) {
        let left = payment.buckets.minus(&payment.undone)?.sum()?;
        told.push(format!("of a payment with its reference {left} remain"));
    }
    if told.is_empty() {
        return Ok("its references are of payments of another account, or to another party".to_owned());
    }
    told.truncate(PAYMENTS_TOLD_MAX);
    Ok(format!("it undoes {} minor units of {}; {}", it.minor, it.reversed_on, told.join(", ")))
}

fn of_party(it: &Reversal, payment: &Entered) -> bool {
    it.paid_to.is_none_or(|to| match to {
        PaidTo::Agency => payment.debit == AGENCY_CASH,
        PaidTo::Bank => payment.debit == BANK_CASH,
    })
}
