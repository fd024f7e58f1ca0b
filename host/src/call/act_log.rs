//! The audit log as one act writes to it: the act, its sessions with plugins, their calls.

use std::sync::Arc;

use bailiwick_sdk::context::Context;
use serde::Deserialize;

use super::instance::Caller;
use super::outcome;
use super::purpose::{Function, Purpose};
use super::recorder::Given;
use crate::audit::{
    AccountsEntry, AuditLog, Begun, CallEntry, Entry, HashKeys, Keep, Keeping, Keyed, Mark, Pieces, PluginRef,
    SessionEntry, Vault,
};
use crate::engine::{Called, Limits, LogLevel};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::{CONTRACT, Loaded};

/// The version of the documents' schemas.
const SCHEMA: &str = "v1";
/// Accounts of one entry; further ones come in further entries.
const ACCOUNTS_MAX: usize = 1_000;
/// The subject of a session with a rule pack, which has none of the subjects of files.
const RULES: &str = "rules";

/// The audit log as one act writes to it. The act has begun.
#[derive(Debug, Clone)]
pub(crate) struct ActLog {
    pub(crate) log: AuditLog,
    /// The entry of the act.
    pub(crate) act: u64,
    pub(crate) engagement: String,
    /// What each call of the act may use.
    pub(crate) limits: Limits,
    keys: Arc<HashKeys>,
    keep: Keep,
    vault: Option<Vault>,
    plugin_log: Option<LogLevel>,
}

impl ActLog {
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
        let (log, keys) = (log.clone(), keys.clone());
        Ok(Self { log, act, engagement, limits, keys, keep, vault, plugin_log: None })
    }

    /// Shows lines of plugins that are at least so serious; none: no line.
    pub(crate) fn with_plugin_log(self, plugin_log: Option<LogLevel>) -> Self {
        Self { plugin_log, ..self }
    }

    /// Makes everything durable: what was kept, then the entries that name it.
    pub(crate) fn commit(&self) -> Result<Mark> {
        if let Some(vault) = &self.vault {
            vault.flush()?;
        }
        self.log.commit()
    }

    /// On whose behalf plugins are called.
    pub(super) fn caller(&self) -> Caller {
        Caller { engagement: Some(self.engagement.clone()), act: Some(self.act), plugin_log: self.plugin_log }
    }

    /// Begins a session with a plugin; `context` is what the plugin is told.
    pub(super) fn session(
        &self,
        plugin: &Loaded,
        purpose: Purpose<'_>,
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
            subject: purpose.subject().map_or(RULES, |subject| subject.name()).to_owned(),
            // A decision has the message of the file that led to it, or the host's own name.
            message: context.message.to_string(),
            task: purpose.name().to_owned(),
            limits: self.limits,
        })))?;
        let pieces = match purpose {
            Purpose::Decode(_) => Pieces::Decoded,
            Purpose::Encode(_) => Pieces::Encoded,
            Purpose::Decide(_) => Pieces::Asked,
        };
        let keeping = self.vault.as_ref().map(|vault| Keeping::new(vault, &self.engagement, pieces));
        Ok(AuditedSession { act: self.clone(), session, keeping })
    }

    /// Records which lines and accounts the documents of a call are about.
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

/// A plugin as entries name it.
pub(crate) fn plugin_ref(plugin: &Loaded) -> PluginRef {
    PluginRef {
        name: plugin.manifest.name.clone(),
        version: plugin.manifest.version.to_string(),
        component: hex(&plugin.component.digest()),
    }
}

/// A session that has its entry in the log.
pub(super) struct AuditedSession {
    act: ActLog,
    session: u64,
    keeping: Option<Keeping>,
}

impl AuditedSession {
    /// Puts a call into the log, and gives the number of its entry. The entry is durable before the call has any
    /// effect.
    pub(super) fn record(&mut self, given: &Given<'_>, called: &Called) -> Result<u64> {
        let act = &self.act;
        let keyed = |bytes: &[u8]| match act.keep {
            Keep::None => Keyed { hmac: String::new(), bytes: bytes.len() as u64 },
            Keep::Digests | Keep::Sealed => act.keys.digest(bytes),
        };
        let account = match given.function {
            Function::Decide(_) => account_of(given.input),
            _ => None,
        };
        let (context, input) = (given.context.map(keyed), keyed(given.input));
        let output = called.result.as_ref().ok().map(|bytes| keyed(bytes));
        if let Some(keeping) = &mut self.keeping {
            match given.function {
                Function::OpenDecoder(_) | Function::OpenEncoder(_) => keeping.context(&input, given.input)?,
                _ => {
                    if let Some((bytes, keyed)) = given.context.zip(context.as_ref()) {
                        keeping.context(keyed, bytes)?;
                    }
                    let out = output.as_ref().zip(called.result.as_deref().ok());
                    keeping.call((&input, given.input), out, account.as_deref())?;
                }
            }
            if called.result.is_err() || given.function == Function::Finish {
                keeping.finish()?;
            }
        }
        act.log.append(&Entry::Call(Box::new(CallEntry {
            session: self.session,
            function: given.function.name().to_owned(),
            account: account.map(|account| act.account(&account)),
            context,
            input,
            output,
            used: called.usage.into(),
            outcome: outcome(&called.result),
        })))
    }
}

impl Drop for AuditedSession {
    fn drop(&mut self) {
        // A session that was given up: its last piece is kept as well. If it cannot be, a replay says so.
        if let Some(keeping) = &mut self.keeping {
            let _ = keeping.finish();
        }
    }
}

/// The account that a question to a plugin is about.
fn account_of(question: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Question {
        #[serde(default)]
        account: Option<String>,
        #[serde(default)]
        payment: Option<Box<Question>>,
    }
    let question: Question = serde_json::from_slice(question).ok()?;
    question.account.or_else(|| question.payment.and_then(|payment| payment.account))
}
