//! Entries of the audit log for one act of the host, its sessions and their calls.

use std::sync::Arc;

use bailiwick_sdk::context::Context;
use serde::Deserialize;

use crate::audit::{
    AccountsEntry, AuditLog, Begun, CallEntry, Entry, HashKeys, Keyed, Outcome, PluginRef, SessionEntry,
};
use crate::engagement::Engagement;
use crate::engine::{Called, Limits};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::{CONTRACT, Loaded, Message};

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
}

impl Auditing {
    /// Begins an act.
    pub(crate) fn begin(
        log: &AuditLog,
        keys: &Arc<HashKeys>,
        limits: Limits,
        engagement: &Engagement,
        begun: Begun,
    ) -> Result<Self> {
        let act = log.append(&Entry::Begun(Box::new(begun)))?;
        let engagement = engagement.name.clone();
        Ok(Self { log: log.clone(), keys: keys.clone(), act, limits, engagement })
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
            limits: self.limits,
        })))?;
        Ok(AuditedSession { auditing: self.clone(), plugin: plugin.clone(), session })
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
        let keyed = |bytes: &[u8]| -> Keyed { self.auditing.keys.digest(bytes) };
        self.auditing.log.append(&Entry::Call(Box::new(CallEntry {
            session: self.session,
            function: given.function.to_owned(),
            account: given.account.map(|account| self.auditing.account(account)),
            context: given.context.map(keyed),
            input: keyed(given.input),
            output: called.result.as_ref().ok().map(|bytes| keyed(bytes)),
            used: called.usage.into(),
            outcome: match &called.result {
                Ok(_) => Outcome::Ok,
                Err(fault) => Outcome::from(fault),
            },
        })))
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
