//! Evidence by reference. The bytes stay in the store that the engagement names; what is there is checked
//! against the digest.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use bailiwick_sdk::document::{Evidence, EvidenceRequest, Problem};
use bailiwick_sdk::value::Key;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::booking::{Booked, Booking, Stop, refuse_at};
use crate::case::Step;
use crate::error::Error;
use crate::files::Regular;
use crate::hex;

/// The largest piece of evidence that is read to check it, in bytes.
const EVIDENCE_BYTES_MAX: u64 = 1 << 30;
/// Bytes of evidence read at a time.
const PIECE_BYTES: usize = 256 << 10;

impl Booking<'_> {
    pub(crate) fn evidence_request(&mut self, it: EvidenceRequest) -> Booked {
        let on = self.day_of(&it.at);
        let mut placed = self.holder_on(&it.account, Some(on))?;
        let before = placed.state;
        let mut matter = None;
        if let Some(identifier) = &it.matter {
            let Some((_, mut found)) = self.find_matter(placed.id, identifier)? else {
                return Err(refuse_at(
                    "unknown_matter",
                    "/matter",
                    "no dispute or complaint of that number is known for the account",
                ));
            };
            self.step(&mut found, Step::RequestEvidence)?;
            matter = Some(found.id);
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO evidence_request (placement, identifier, matter, kind, asked_at, answer_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (placement, identifier) DO NOTHING",
            )?
            .execute(params![
                placed.id,
                it.identifier.as_str(),
                matter,
                it.kind.as_str(),
                it.at.utc.to_string(),
                it.answer_by.map(|day| day.to_string())
            ])?;
        self.worked(&mut placed)?;
        self.keep(&placed, before, Some(on), it.into())
    }

    pub(crate) fn evidence(&mut self, it: Evidence) -> Booked {
        let on = it.given_at.as_ref().map(|at| self.day_of(at));
        let mut placed = self.holder_on(&it.account, on)?;
        let before = placed.state;
        let matter = self.answered_matter(placed.id, &it)?;
        let checked = self.check_evidence(&it)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO evidence (placement, matter, file, line, kind, media_type, bytes, sha256, location, asked_by,
                        given_by, given_at, checked)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                placed.id,
                matter,
                self.file,
                it.line.and_then(|line| i64::try_from(line).ok()),
                it.kind.as_str(),
                it.media_type.as_deref(),
                i64::try_from(it.size).map_err(|_| crate::money::Overflow)?,
                it.sha256.as_str(),
                it.location.as_deref(),
                it.asked_by.as_deref(),
                it.given_by.as_deref(),
                it.given_at.as_ref().map(|at| at.utc.to_string()),
                checked
            ])?;
        self.worked(&mut placed)?;
        self.keep(&placed, before, on, it.into())
    }

    /// The matter that evidence is for: named itself, or by the request that it answers.
    fn answered_matter(&self, placement: i64, it: &Evidence) -> Booked<Option<i64>> {
        let Some(answers) = &it.answers else { return Ok(None) };
        let request: Option<(i64, Option<String>)> = self
            .transaction
            .prepare_cached(
                "SELECT r.id, m.identifier FROM evidence_request r LEFT JOIN matter m ON m.id = r.matter
                 WHERE r.placement = ?1 AND r.identifier = ?2",
            )?
            .query_row(params![placement, answers.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let matter = match request {
            Some((request, matter)) => {
                self.transaction
                    .prepare_cached("UPDATE evidence_request SET given = 1 WHERE id = ?1")?
                    .execute([request])?;
                matter.and_then(|key| Key::mended(&key).ok())
            }
            None => Some(answers.clone()),
        };
        let Some(matter) = matter else { return Ok(None) };
        let Some((_, mut found)) = self.find_matter(placement, &matter)? else {
            let message = "it answers a dispute, complaint or request that is not known for the account";
            return Err(refuse_at("unknown_matter", "/answers", message));
        };
        self.step(&mut found, Step::GiveEvidence)?;
        Ok(Some(found.id))
    }

    /// Whether the bytes are there and are what the document says.
    fn check_evidence(&mut self, it: &Evidence) -> Booked<bool> {
        let (Some(store), Some(location)) = (&self.engagement.evidence, &it.location) else {
            return Ok(false);
        };
        let Some(path) = inside(store, location) else {
            let message = "a location is a path inside the store, without `..`";
            return Err(refuse_at("bad_location", "/location", message));
        };
        let file = match Regular::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let message = "the bytes are not in the store yet; the reference is kept";
                self.report.add(&Problem::warning("evidence_missing", it.line.unwrap_or(0), message));
                return Ok(false);
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
                let message = "what is in the store is no regular file";
                return Err(refuse_at("evidence_mismatch", "/location", message));
            }
            Err(error) => return Err(Stop::Failed(Error::io("read", &path)(error))),
        };
        if file.bytes() != it.size {
            let message = format!("the store has {} bytes, {} are stated", file.bytes(), it.size);
            return Err(refuse_at("evidence_mismatch", "/size", message));
        }
        if file.bytes() > EVIDENCE_BYTES_MAX {
            let message = format!("more than {EVIDENCE_BYTES_MAX} bytes are not checked");
            self.report.add(&Problem::warning("evidence_not_checked", it.line.unwrap_or(0), message));
            return Ok(false);
        }
        let digest = digest(&file).map_err(|error| Stop::Failed(Error::io("read", &path)(error)))?;
        if !digest.eq_ignore_ascii_case(it.sha256.as_str()) {
            let message = "the bytes in the store have another digest";
            return Err(refuse_at("evidence_mismatch", "/sha256", message));
        }
        Ok(true)
    }
}

/// A location as a path of the store, unless it leads out of it.
fn inside(store: &Path, location: &str) -> Option<PathBuf> {
    let path = Path::new(location);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !location.contains('\\')).then(|| store.join(path))
}

fn digest(file: &Regular) -> std::io::Result<String> {
    let mut file = file.reader();
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(piece.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_stays_inside_the_store() {
        let store = Path::new("/store");
        assert_eq!(inside(store, "2026/a.pdf"), Some(PathBuf::from("/store/2026/a.pdf")));
        for out in ["/etc/passwd", "../a", "a/../../b", "a\\..\\b", "./a"] {
            assert_eq!(inside(store, out), None, "{out}");
        }
    }
}
