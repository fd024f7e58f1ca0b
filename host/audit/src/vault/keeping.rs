//! Finds the owner of each byte of a session.
//!
//! A decoded document says on which line of the file it begins. The lines from there to the beginning of the
//! next document belong to its account. A record at the end of a piece becomes a document only with the next
//! piece, so a piece is sealed after the next one was read. Bytes that may be about several persons are
//! sealed under the keys of all of them.

use serde::Deserialize;

use super::{Part, Vault};
use crate::error::Result;
use crate::keys::Keyed;

/// The most owners of a part.
const OWNERS_MAX: usize = 1_000;

/// The members of a document that tell its owner.
#[derive(Debug, Default, Deserialize)]
struct DocumentOwner {
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    customer: Option<String>,
    #[serde(default)]
    line: Option<u64>,
}

/// A piece of a decoder's input that waits for the next piece.
#[derive(Debug)]
struct Waiting {
    keyed: Keyed,
    bytes: Vec<u8>,
    /// The number of its first line, from 1. A line that began in an earlier piece counts.
    first_line: u64,
}

/// The kind of a session, which tells where its bytes have owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pieces {
    /// A file comes in, documents come out.
    Decoded,
    /// Documents come in, a file comes out.
    Encoded,
    /// One decision about one account.
    Asked,
}

/// Keeps the bytes of one session.
#[derive(Debug)]
pub struct Keeping {
    vault: Vault,
    engagement: String,
    pieces: Pieces,
    line: u64,
    waiting: Option<Waiting>,
    /// Where documents begin: the line and the account, in the order of the lines.
    begins: Vec<(u64, String)>,
    /// Accounts of the documents of the last call and of the call before. If documents have no lines, the
    /// bytes of a call may be about any of these accounts.
    recent: Vec<String>,
    before: Vec<String>,
}

impl Keeping {
    /// For a session of this engagement.
    pub fn new(vault: &Vault, engagement: &str, pieces: Pieces) -> Self {
        Self {
            vault: vault.clone(),
            engagement: engagement.to_owned(),
            pieces,
            line: 1,
            waiting: None,
            begins: Vec::new(),
            recent: Vec::new(),
            before: Vec::new(),
        }
    }

    /// Keeps a context, which is about no person.
    ///
    /// # Errors
    /// [`Error::Vault`](crate::Error::Vault), [`Error::Io`](crate::Error::Io).
    pub fn context(&self, keyed: &Keyed, bytes: &[u8]) -> Result<()> {
        self.vault.put(&self.engagement, keyed, bytes, &[Part { bytes: bytes.len(), accounts: Vec::new() }])
    }

    /// Keeps the input and the output of a call.
    ///
    /// # Errors
    /// As [`Keeping::context`].
    pub fn call(
        &mut self,
        (input, given): (&Keyed, &[u8]),
        output: Option<(&Keyed, &[u8])>,
        account: Option<&str>,
    ) -> Result<()> {
        self.before = std::mem::take(&mut self.recent);
        match self.pieces {
            Pieces::Decoded => {
                if let Some((keyed, bytes)) = output {
                    let parts = self.documents(bytes)?;
                    self.vault.put(&self.engagement, keyed, bytes, &parts)?;
                }
                self.settle()?;
                let lines = memchr::memchr_iter(b'\n', given).count() as u64;
                let waiting = Waiting { keyed: input.clone(), bytes: given.to_vec(), first_line: self.line };
                self.line += lines;
                self.waiting = Some(waiting);
            }
            Pieces::Encoded => {
                let parts = self.documents(given)?;
                self.vault.put(&self.engagement, input, given, &parts)?;
                if let Some((keyed, bytes)) = output {
                    let part = Part { bytes: bytes.len(), accounts: self.anybody() };
                    self.vault.put(&self.engagement, keyed, bytes, &[part])?;
                }
            }
            Pieces::Asked => {
                let accounts: Vec<String> = account.map(str::to_owned).into_iter().collect();
                for (keyed, bytes) in std::iter::once((input, given)).chain(output) {
                    let part = Part { bytes: bytes.len(), accounts: accounts.clone() };
                    self.vault.put(&self.engagement, keyed, bytes, &[part])?;
                }
            }
        }
        Ok(())
    }

    /// Keeps the last piece at the end of the session.
    ///
    /// # Errors
    /// As [`Keeping::context`].
    pub fn finish(&mut self) -> Result<()> {
        self.settle()
    }

    /// The parts of documents, one for each line.
    fn documents(&mut self, lines: &[u8]) -> Result<Vec<Part>> {
        let mut parts: Vec<Part> = Vec::new();
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let about = about(line);
            if let (Some(account), Some(customer)) = (&about.account, &about.customer) {
                self.vault.persons()?.belongs(&self.engagement, account, customer)?;
            }
            if let (Some(account), Some(line)) = (&about.account, about.line) {
                self.begins.push((line, account.clone()));
            }
            if let Some(account) = about.account.as_ref().filter(|it| self.recent.last() != Some(it)) {
                self.recent.push(account.clone());
            }
            let accounts: Vec<String> = about.account.into_iter().collect();
            match parts.last_mut().filter(|part| part.accounts == accounts) {
                Some(part) => part.bytes += line.len(),
                None => parts.push(Part { bytes: line.len(), accounts }),
            }
        }
        Ok(parts)
    }

    /// Every account that bytes of this call may be about.
    fn anybody(&self) -> Vec<String> {
        let mut accounts = [self.before.as_slice(), self.recent.as_slice()].concat();
        accounts.sort();
        accounts.dedup();
        accounts.truncate(OWNERS_MAX);
        accounts
    }

    /// Keeps the waiting piece. The documents that begin in it are known by now.
    fn settle(&mut self) -> Result<()> {
        let Some(Waiting { keyed, bytes, first_line }) = self.waiting.take() else { return Ok(()) };
        self.begins.sort();
        let mut parts: Vec<Part> = Vec::new();
        // Without lines in the documents, the piece is one part of all accounts.
        if self.begins.is_empty() {
            parts.push(Part { bytes: bytes.len(), accounts: self.anybody() });
        } else {
            let mut at = 0;
            let texts = bytes.split_inclusive(|byte| *byte == b'\n');
            for (line, text) in (first_line..).zip(texts) {
                while self.begins.get(at + 1).is_some_and(|(begins, _)| *begins <= line) {
                    at += 1;
                }
                let owner = self.begins.get(at).filter(|(begins, _)| *begins <= line);
                let accounts: Vec<String> = owner.map(|(_, account)| account.clone()).into_iter().collect();
                match parts.last_mut().filter(|part| part.accounts == accounts) {
                    Some(part) => part.bytes += text.len(),
                    None => parts.push(Part { bytes: text.len(), accounts }),
                }
            }
            // The last document that began may go on in the next piece.
            self.begins.drain(..at.min(self.begins.len()));
        }
        self.vault.put(&self.engagement, &keyed, &bytes, &parts)
    }
}

fn about(line: &[u8]) -> DocumentOwner {
    let documents: Option<std::collections::BTreeMap<String, DocumentOwner>> =
        serde_json::from_slice(line).ok();
    documents.and_then(|documents| documents.into_values().next()).unwrap_or_default()
}
