//! Entries of the audit log for one act of the host, its sessions and their calls.

use std::sync::{Arc, Mutex};

use bailiwick_sdk::context::Context;
use serde::Deserialize;

use crate::audit::{
    AccountsEntry, AuditLog, Begun, CallEntry, Entry, HashKeys, Keep, Keeping, Keyed, Mark, Pieces,
    PluginRef, SessionEntry, Vault,
};
use crate::engine::{Called, Limits};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::{CONTRACT, Loaded, Message};
use crate::recorded;

/// The version of the documents' schemas.
const SCHEMA: &str = "v1";
/// Accounts of one entry; further ones come in further entries.
const ACCOUNTS_MAX: usize = 1_000;

/// One act, begun in the log.
#[derive(Debug, Clone)]
pub(crate) struct Auditing {
    pub(crate) log: AuditLog,
    pub(crate) keys: Arc<HashKeys>,
    pub(crate) act: u64,
    pub(crate) limits: Limits,
    pub(crate) engagement: String,
    keep: Keep,
    vault: Option<Vault>,
}

impl Auditing {
    /// Begins an act.
    pub(crate) fn begin(
        log: &AuditLog,
        keys: &Arc<HashKeys>,
        limits: Limits,
        (keep, vault): (Keep, Option<Vault>),
        begun: Begun,
    ) -> Result<Self> {
        let engagement = begun.engagement.clone();
        let act = log.append(&Entry::Begun(Box::new(begun)))?;
        Ok(Self { log: log.clone(), keys: keys.clone(), act, limits, engagement, keep, vault })
    }

    /// Makes everything durable: what was kept, then the entries that name it.
    pub(crate) fn commit(&self) -> Result<Mark> {
        if let Some(vault) = &self.vault {
            vault.flush()?;
        }
        Ok(self.log.commit()?)
    }

    /// Begins a session with a plugin; `context` is what it is told.
    pub(crate) fn session(
        &self,
        plugin: &Arc<Loaded>,
        message: &Message,
        task: &str,
        context: &Context,
    ) -> Result<AuditedSession> {
        let configuration =
            serde_json::to_vec(&context.config).map_err(|error| Error::Invariant(error.to_string()))?;
        let session = self.log.append(&Entry::Session(Box::new(SessionEntry {
            act: Some(self.act),
            engagement: Some(self.engagement.clone()),
            plugin: plugin_ref(plugin),
            contract: CONTRACT.to_string(),
            schema: SCHEMA.to_owned(),
            configuration: self.keys.digest(&configuration),
            subject: message.subject.name().to_owned(),
            message: message.name.clone(),
            task: task.to_owned(),
            limits: recorded::limits(self.limits),
        })))?;
        let pieces = match task {
            "decode" => Pieces::Decoded,
            "encode" => Pieces::Encoded,
            _ => Pieces::Asked,
        };
        let keeping =
            self.vault.as_ref().map(|vault| Mutex::new(Keeping::new(vault, &self.engagement, pieces)));
        Ok(AuditedSession { auditing: self.clone(), plugin: plugin.clone(), session, keeping })
    }

    /// What the documents of a call are about.
    pub(crate) fn accounts(&self, call: u64, lines: Option<(u64, u64)>, accounts: &[String]) -> Result<()> {
        for accounts in accounts.chunks(ACCOUNTS_MAX) {
            let entry = AccountsEntry { call, lines, accounts: accounts.to_vec() };
            self.log.append(&Entry::Accounts(Box::new(entry)))?;
        }
        Ok(())
    }

    /// An account as entries name it.
    pub(crate) fn account(&self, account: &str) -> String {
        self.keys.value("account", account)
    }
}

pub(crate) fn plugin_ref(plugin: &Loaded) -> PluginRef {
    PluginRef {
        name: plugin.manifest.name.clone(),
        version: plugin.manifest.version.to_string(),
        component: hex(&plugin.component.digest()),
    }
}

/// A session that is in the log.
pub(crate) struct AuditedSession {
    pub(crate) auditing: Auditing,
    pub(crate) plugin: Arc<Loaded>,
    session: u64,
    keeping: Option<Mutex<Keeping>>,
}

/// What a call was given, as its entry has it.
pub(crate) struct Given<'a> {
    pub(crate) function: &'a str,
    pub(crate) account: Option<&'a str>,
    pub(crate) context: Option<&'a [u8]>,
    pub(crate) input: &'a [u8],
}

impl AuditedSession {
    /// Puts a call into the log, and gives its entry. It is durable before anything follows from the call.
    pub(crate) fn called(&self, given: &Given<'_>, called: &Called) -> Result<u64> {
        let keyed = |bytes: &[u8]| match self.auditing.keep {
            Keep::None => Keyed { hmac: String::new(), bytes: bytes.len() as u64 },
            Keep::Digests | Keep::Sealed => self.auditing.keys.digest(bytes),
        };
        let (context, input) = (given.context.map(keyed), keyed(given.input));
        let output = called.result.as_ref().ok().map(|bytes| keyed(bytes));
        if let Some(keeping) = &self.keeping {
            let mut keeping = keeping.lock().map_err(|_| broken())?;
            let out = output.as_ref().zip(called.result.as_deref().ok());
            match (given.context.zip(context.as_ref()), given.function) {
                (None, "open-decoder" | "open-encoder") => keeping.context(&input, given.input)?,
                (asked, _) => {
                    if let Some((bytes, keyed)) = asked {
                        keeping.context(keyed, bytes)?;
                    }
                    keeping.call((&input, given.input), out, given.account)?;
                }
            }
            if called.result.is_err() || given.function == "finish" {
                keeping.finish()?;
            }
        }
        Ok(self.auditing.log.append(&Entry::Call(Box::new(CallEntry {
            session: self.session,
            function: given.function.to_owned(),
            account: given.account.map(|account| self.auditing.account(account)),
            context,
            input,
            output,
            used: recorded::used(called.usage),
            outcome: recorded::outcome(called),
        })))?)
    }
}

fn broken() -> Error {
    Error::Invariant("a keeper of calls panicked".to_owned())
}

impl Drop for AuditedSession {
    fn drop(&mut self) {
        // A session that was given up: its last piece is kept as well. If it cannot be, a replay says so.
        if let Some(Ok(mut keeping)) = self.keeping.as_ref().map(Mutex::lock) {
            let _ = keeping.finish();
        }
    }
}

/// The account that a question to a plugin is about.
pub(crate) fn account_of(question: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct About {
        #[serde(default)]
        account: Option<String>,
        #[serde(default)]
        payment: Option<Box<About>>,
    }
    let about: About = serde_json::from_slice(question).ok()?;
    about.account.or_else(|| about.payment.and_then(|payment| payment.account))
}
