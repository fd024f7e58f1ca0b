//! The sessions of calls. The entry of a call names its session, which has the engagement and the plugin.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::entry::{Entry, Recorded, SessionEntry};
use crate::error::{Error, Result};
use crate::stored::Stored;

/// The most sessions that are kept in memory. An older one is read from the log again.
const SESSIONS_MAX: usize = 1_024;
/// The most calls whose session is kept in memory, in the same way.
const CALLS_MAX: usize = 16_384;

/// The sessions and calls that came last. Memory does not grow with the log.
pub struct Sessions<'a> {
    stored: Stored<'a>,
    sessions: BTreeMap<u64, Arc<SessionEntry>>,
    /// The session of a call.
    calls: BTreeMap<u64, u64>,
}

impl<'a> Sessions<'a> {
    /// For this log; no session is known yet.
    pub fn new(stored: &Stored<'a>) -> Self {
        Self { stored: stored.clone(), sessions: BTreeMap::new(), calls: BTreeMap::new() }
    }

    /// Takes note of a session or a call, and ignores other entries.
    pub fn met(&mut self, recorded: &Recorded) {
        match &recorded.entry {
            Entry::Session(session) => {
                self.keep(recorded.seq, Arc::new(SessionEntry::clone(session)));
            }
            Entry::Call(call) => self.keep_call(recorded.seq, call.session),
            _ => {}
        }
    }

    /// The session of this number.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Io`].
    pub fn session(&mut self, seq: u64) -> Result<Arc<SessionEntry>> {
        if let Some(known) = self.sessions.get(&seq) {
            return Ok(known.clone());
        }
        let recorded = Recorded::parse(seq, &self.stored.entry(seq)?)?;
        let Entry::Session(session) = recorded.entry else { return Err(other(seq, "session")) };
        let session = Arc::<SessionEntry>::from(session);
        self.keep(seq, session.clone());
        Ok(session)
    }

    /// The number of the session that the call of this number belongs to.
    pub(crate) fn of_call(&mut self, seq: u64) -> Result<u64> {
        if let Some(session) = self.calls.get(&seq) {
            return Ok(*session);
        }
        let recorded = Recorded::parse(seq, &self.stored.entry(seq)?)?;
        let Entry::Call(call) = recorded.entry else { return Err(other(seq, "call")) };
        self.keep_call(seq, call.session);
        Ok(call.session)
    }

    fn keep(&mut self, seq: u64, session: Arc<SessionEntry>) {
        self.sessions.insert(seq, session);
        if self.sessions.len() > SESSIONS_MAX {
            self.sessions.pop_first();
        }
    }

    fn keep_call(&mut self, seq: u64, session: u64) {
        self.calls.insert(seq, session);
        if self.calls.len() > CALLS_MAX {
            self.calls.pop_first();
        }
    }
}

fn other(seq: u64, expected: &str) -> Error {
    Error::Log(format!(
        "entry {seq} is wrong: a later entry names it as a {expected}, but it is another entry"
    ))
}

#[cfg(test)]
mod tests {
    use bailiwick_tlog::{Scheme, SigningKey};

    use super::*;
    use crate::{
        AccountsEntry, AuditLog, CallEntry, CallOutcome, Keyed, Limits, PluginRef, Selection, SystemDisk,
        Used, read,
    };

    fn session(number: usize) -> Entry {
        let text = String::new;
        Entry::Session(Box::new(SessionEntry {
            act: None,
            engagement: Some("e".to_owned()),
            plugin: PluginRef { name: format!("p{number}"), version: text(), component: text() },
            contract: text(),
            schema: text(),
            configuration: Keyed { hmac: text(), bytes: 0 },
            subject: text(),
            message: text(),
            task: text(),
            limits: Limits::UNLIMITED,
        }))
    }

    fn call(session: u64) -> Entry {
        Entry::Call(Box::new(CallEntry {
            session,
            function: "push".to_owned(),
            account: None,
            context: None,
            input: Keyed { hmac: String::new(), bytes: 0 },
            output: None,
            used: Used::default(),
            outcome: CallOutcome::Ok,
        }))
    }

    #[test]
    fn a_session_that_was_forgotten_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let signer = SigningKey::new("test", Scheme::Ed25519, [7; 32]).unwrap();
        AuditLog::create(folder.path(), &SystemDisk, &signer).unwrap();
        let log = AuditLog::open(folder.path(), Arc::new(SystemDisk), signer, 1).unwrap();
        for number in 0..SESSIONS_MAX + 10 {
            log.append(&session(number)).unwrap();
        }
        let called = log.append(&call(0)).unwrap();
        let about = AccountsEntry { call: called, lines: None, accounts: vec!["a".to_owned()] };
        log.append(&Entry::Accounts(Box::new(about))).unwrap();
        log.commit().unwrap();

        let stored = Stored::open(&SystemDisk, folder.path()).unwrap();
        let all = |selection: &Selection, hashes: Option<Vec<String>>| {
            let selected = read(&stored, selection, hashes).unwrap();
            selected.map(|selected| selected.unwrap().row.seq).collect::<Vec<_>>()
        };
        let plugin = Some("p0".to_owned());
        assert_eq!(all(&Selection { plugin, ..Selection::default() }, None), [0, called, called + 1]);
        let about = Some(vec!["a".to_owned()]);
        assert_eq!(all(&Selection::default(), about), [called, called + 1]);
        let mut sessions = Sessions::new(&stored);
        (0..SESSIONS_MAX as u64 + 5).for_each(|seq| drop(sessions.session(seq).unwrap()));
        assert_eq!(sessions.sessions.len(), SESSIONS_MAX);
        // If the named entry is no session, reading the call is an error.
        assert!(sessions.session(called).is_err());
    }
}
