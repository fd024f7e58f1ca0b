//! The accounts that money in suspense may be for. They are looked for when the list is read, because the book changes
//! after the money came: a page of the list reads the placements of the engagement once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_sdk::document::{DirectPayment, Item};
use serde::Serialize;

use super::read::OPEN_STATES;
use super::{Book, stored};
use crate::booking::references_of;
use crate::error::Result;

/// Candidates of one receipt that are listed: those with the strongest reasons.
const CANDIDATES_MAX: usize = 10;
/// Candidates of one receipt that are looked at for one reason. Those found first count.
const LOOKED_AT_MAX: usize = 200;
/// The shortest part of a text that may be a number of an account.
const TOKEN_CHARS_MIN: usize = 6;
/// Parts of the texts of one receipt that are looked at.
const TOKENS_MAX: usize = 64;

/// Why an account may be the one. The strongest reason comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CandidateReason {
    /// A reference has its key or its number.
    Reference,
    /// The payer wrote its key or its number.
    Comment,
    /// A reference or the payer's words have its key or its number, but for leading zeros.
    WithoutZeros,
    /// The same bank account paid for it before.
    Payer,
    /// A promise of this amount is open.
    Promise,
    /// Just this amount is owed.
    Owed,
}

impl CandidateReason {
    /// The name, as in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Comment => "comment",
            Self::WithoutZeros => "without_zeros",
            Self::Payer => "payer",
            Self::Promise => "promise",
            Self::Owed => "owed",
        }
    }
}

/// An account that money in suspense may be for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Candidate {
    /// The account.
    pub account: String,
    /// CandidateReason, the strongest reason first.
    pub why: Vec<CandidateReason>,
}

/// The candidates of one receipt, while they are found.
#[derive(Debug, Default)]
struct Found {
    all: BTreeMap<String, BTreeSet<CandidateReason>>,
    /// How many each reason brought.
    by: [usize; 6],
}

impl Found {
    fn add(&mut self, account: &str, why: CandidateReason) {
        let Some(by) = self.by.get_mut(why as usize) else { return };
        if let Some(have) = self.all.get_mut(account) {
            have.insert(why);
        } else if *by < LOOKED_AT_MAX {
            *by += 1;
            self.all.insert(account.to_owned(), BTreeSet::from([why]));
        }
    }

    fn best(self) -> Vec<Candidate> {
        let all = self.all.into_iter();
        let mut all: Vec<Candidate> =
            all.map(|(account, why)| Candidate { account, why: why.into_iter().collect() }).collect();
        // The same reasons leave the order of the accounts.
        all.sort_by(|one, other| one.why.cmp(&other.why));
        all.truncate(CANDIDATES_MAX);
        all
    }
}

/// What a page of receipts is looked for by: each text or amount, with the places of the receipts that have it.
#[derive(Debug, Default)]
struct Sought {
    tokens: HashMap<String, Vec<(usize, CandidateReason)>>,
    payers: HashMap<String, Vec<usize>>,
    amounts: HashMap<i64, Vec<usize>>,
}

impl Sought {
    fn add(&mut self, at: usize, it: &DirectPayment) {
        self.amounts.entry(it.minor.get()).or_default().push(at);
        if let Some(payer) = &it.payer_account {
            self.payers.entry(payer.to_string()).or_default().push(at);
        }
        let named = it.account.iter().map(ToString::to_string);
        let number = it.account_number.iter().map(ToString::to_string);
        let references = references_of(&Item::from(it.clone())).into_iter().map(|(_, value)| value);
        let mut left = TOKENS_MAX;
        for text in named.chain(number).chain(references) {
            self.add_text(at, &text, CandidateReason::Reference, &mut left);
        }
        if let Some(comment) = &it.comment {
            self.add_text(at, comment, CandidateReason::Comment, &mut left);
        }
    }

    fn add_text(&mut self, at: usize, text: &str, why: CandidateReason, left: &mut usize) {
        for token in tokens(text).into_iter().take(*left) {
            *left -= 1;
            let plain = without_zeros(token);
            if !plain.is_empty() {
                self.tokens.entry(plain.to_owned()).or_default().push((at, CandidateReason::WithoutZeros));
            }
            // A whole token begins with a mark that no plain one has.
            self.tokens.entry(exactly(token)).or_default().push((at, why));
        }
    }

    /// An account's key or number.
    fn look(&self, account: &str, text: &str, found: &mut [Found]) {
        let exact = self.tokens.get(&exactly(text)).map(Vec::as_slice).unwrap_or_default();
        let plain = self.tokens.get(without_zeros(text)).map(Vec::as_slice).unwrap_or_default();
        let plain = plain.iter().filter(|(at, _)| !exact.iter().any(|(exact, _)| exact == at));
        for (at, why) in exact.iter().chain(plain) {
            if let Some(found) = found.get_mut(*at) {
                found.add(account, *why);
            }
        }
    }
}

fn exactly(token: &str) -> String {
    format!("={token}")
}

fn without_zeros(token: &str) -> &str {
    token.trim_start_matches('0')
}

/// The parts of a text that may be keys or numbers: words, and the runs of letters and digits in them.
fn tokens(text: &str) -> Vec<&str> {
    let words = text.split_whitespace().map(|word| word.trim_matches(|it: char| !it.is_alphanumeric()));
    let runs = text.split(|it: char| !it.is_alphanumeric());
    let mut tokens: Vec<&str> =
        words.chain(runs).filter(|token| token.chars().count() >= TOKEN_CHARS_MIN).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

impl Book {
    /// The candidates of receipts of an engagement, in their order: each by its number and its document.
    pub(super) fn candidates(&self, engagement: &str, of: &[(i64, Vec<u8>)]) -> Result<Vec<Vec<Candidate>>> {
        let mut sought = Sought::default();
        let mut found: Vec<Found> = Vec::new();
        for (at, (number, document)) in of.iter().enumerate() {
            found.push(Found::default());
            if let Item::DirectPayment(it) = stored::item(document, ("exception", *number))? {
                sought.add(at, &it);
            }
        }
        if !of.is_empty() {
            self.seek_placements(engagement, &sought, &mut found)?;
            self.seek_promises(engagement, &sought, &mut found)?;
            self.seek_payers(engagement, &sought, &mut found)?;
        }
        Ok(found.into_iter().map(Found::best).collect())
    }

    fn seek_placements(&self, engagement: &str, sought: &Sought, found: &mut [Found]) -> Result<()> {
        let sql = format!(
            "SELECT p.account, p.account_number, p.state IN ({}),
                    p.principal + p.interest + p.penalty + p.late_fee + p.costs + p.other
             FROM placement p JOIN engagement e ON e.id = p.engagement WHERE e.name = ?1 ORDER BY p.id",
            *OPEN_STATES
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([engagement])?;
        while let Some(row) = rows.next()? {
            let account: String = row.get(0)?;
            sought.look(&account, &account, found);
            if let Some(number) = row.get::<_, Option<String>>(1)? {
                sought.look(&account, &number, found);
            }
            let (open, owed): (bool, i64) = (row.get(2)?, row.get(3)?);
            if open {
                add_amount(sought, (&account, owed), CandidateReason::Owed, found);
            }
        }
        Ok(())
    }

    fn seek_promises(&self, engagement: &str, sought: &Sought, found: &mut [Found]) -> Result<()> {
        let sql = "SELECT p.account, o.minor - o.covered FROM promise o JOIN placement p ON p.id = o.placement
                   JOIN engagement e ON e.id = o.engagement WHERE e.name = ?1 AND o.state = 'open' ORDER BY o.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([engagement])?;
        while let Some(row) = rows.next()? {
            let (account, minor): (String, i64) = (row.get(0)?, row.get(1)?);
            add_amount(sought, (&account, minor), CandidateReason::Promise, found);
        }
        Ok(())
    }

    /// Accounts that were paid from the same bank account, by the documents of the payments.
    fn seek_payers(&self, engagement: &str, sought: &Sought, found: &mut [Found]) -> Result<()> {
        if sought.payers.is_empty() {
            return Ok(());
        }
        let sql = "SELECT v.id, p.account, v.document FROM event v JOIN placement p ON p.id = v.placement
                   JOIN engagement e ON e.id = p.engagement
                   WHERE e.name = ?1 AND v.kind = 'direct_payment' AND length(v.document) > 0 ORDER BY v.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([engagement])?;
        while let Some(row) = rows.next()? {
            let (event, account): (i64, String) = (row.get(0)?, row.get(1)?);
            let document = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            let Item::DirectPayment(it) = stored::item(document, ("event", event))? else { continue };
            let payer = it.payer_account.as_ref().and_then(|payer| sought.payers.get(payer.as_str()));
            for at in payer.into_iter().flatten() {
                if let Some(found) = found.get_mut(*at) {
                    found.add(&account, CandidateReason::Payer);
                }
            }
        }
        Ok(())
    }
}

fn add_amount(sought: &Sought, (account, minor): (&str, i64), why: CandidateReason, found: &mut [Found]) {
    for at in sought.amounts.get(&minor).into_iter().flatten() {
        if let Some(found) = found.get_mut(*at) {
            found.add(account, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_words_and_runs_that_are_long_enough() {
        assert_eq!(
            tokens("Acct 100000001, ref: AB-2026/000123; 12345"),
            ["000123", "100000001", "AB-2026/000123"]
        );
        assert!(tokens("rent July 5").is_empty());
    }

    #[test]
    fn the_strongest_reasons_come_first_and_ten_at_most() {
        let mut found = Found::default();
        (0..20).for_each(|number| found.add(&format!("A{number:02}"), CandidateReason::Owed));
        found.add("A19", CandidateReason::Payer);
        found.add("A18", CandidateReason::Reference);
        let best = found.best();
        let names: Vec<&str> = best.iter().map(|it| it.account.as_str()).collect();
        assert_eq!(names, ["A18", "A19", "A00", "A01", "A02", "A03", "A04", "A05", "A06", "A07"]);
        assert_eq!(best[0].why, [CandidateReason::Reference, CandidateReason::Owed]);
    }
}
