//! Which bytes of a session belong to whom.
//!
//! The documents of a decoder say on which line of the file they begin; from there to where the next begins
//! the lines are one account's. A record at the end of a piece comes out as a document with the next piece,
//! so a piece is sealed when the next one was read. What a format does not let us tell apart is sealed under
//! the keys of everybody it may be about.

use serde::Deserialize;

use super::{Part, Vault};
use crate::error::Result;
use crate::keys::Keyed;

/// Owners of a part that may be about many.
const OWNERS_MAX: usize = 1_000;

/// What a document says of itself.
#[derive(Debug, Default, Deserialize)]
struct About {
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    customer: Option<String>,
    #[serde(default)]
    line: Option<u64>,
}

/// A piece of a decoder's input that waits for the next.
#[derive(Debug)]
struct Waiting {
    keyed: Keyed,
    bytes: Vec<u8>,
    /// The number of its first line, from 1; a line that began before counts.
    first_line: u64,
}

/// How a session's bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pieces {
    /// A file comes in, documents come out.
    Decoded,
    /// Documents come in, a file comes out.
    Encoded,
    /// One account is asked about.
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
    /// Accounts of the documents of the last call, and of the one before: where nothing says which bytes are
    /// whose, those of a call may be about any of them.
    recent: Vec<String>,
    before: Vec<String>,
}

impl Keeping {
    /// Of a session of this engagement.
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

    /// Keeps a context, which is about nobody.
    ///
    /// # Errors
    /// [`Error::Vault`](crate::Error::Vault), [`Error::Io`](crate::Error::Io).
    pub fn context(&self, keyed: &Keyed, bytes: &[u8]) -> Result<()> {
        self.vault.put(&self.engagement, keyed, bytes, &[Part { bytes: bytes.len(), accounts: Vec::new() }])
    }

    /// Keeps what a call was given and what it gave back.
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

    /// The session is over: the last piece is kept.
    ///
    /// # Errors
    /// As [`Keeping::context`].
    pub fn finish(&mut self) -> Result<()> {
        self.settle()
    }

    /// Documents, a line each: each part is one document's.
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

    /// Everybody that bytes of this call may be about.
    fn anybody(&self) -> Vec<String> {
        let mut accounts = [self.before.as_slice(), self.recent.as_slice()].concat();
        accounts.sort();
        accounts.dedup();
        accounts.truncate(OWNERS_MAX);
        accounts
    }

    /// Keeps the piece that waited: the documents that began in it are known now.
    fn settle(&mut self) -> Result<()> {
        let Some(Waiting { keyed, bytes, first_line }) = self.waiting.take() else { return Ok(()) };
        self.begins.sort();
        let mut parts: Vec<Part> = Vec::new();
        // Without lines in the documents nothing can be told apart.
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
            // The last that began may go on in the next piece.
            self.begins.drain(..at.min(self.begins.len()));
        }
        self.vault.put(&self.engagement, &keyed, &bytes, &parts)
    }
}

fn about(line: &[u8]) -> About {
    let documents: Option<std::collections::BTreeMap<String, About>> = serde_json::from_slice(line).ok();
    documents.and_then(|documents| documents.into_values().next()).unwrap_or_default()
}
