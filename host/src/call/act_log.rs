//! The entries of one act in the audit log: the act, its sessions with plugins, their calls.

use std::sync::Arc;

use bailiwick_sdk::context::Context;
use serde::Deserialize;

use super::instance::Caller;
use super::purpose::{Function, Purpose};
use super::recorder::Given;
use crate::audit::{
    AccountsEntry, AuditLog, Begun, CallEntry, Entry, HashKeys, Keep, Keeping, Keyed, Mark, Pieces,
    PluginRef, SessionEntry, Vault,
};
use crate::engine::{Called, Limits, LogLevel};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::{CONTRACT, Loaded};
use crate::recorded;

/// The version of the documents' schemas.
const SCHEMA: &str = "v1";
/// The most accounts of one entry; further accounts go into further entries.
const ACCOUNTS_MAX: usize = 1_000;
/// The subject of a session with a rule pack, which has none of the subjects of files.
const RULES: &str = "rules";

/// The audit log for one act, whose entry is written already.
#[derive(Debug, Clone)]
pub(crate) struct ActLog {
    pub(crate) log: AuditLog,
    /// The entry of the act.
    pub(crate) act: u64,
    pub(crate) engagement: String,
    /// The limits of each call of the act.
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

    /// Shows the lines of plugins that are at least as serious as `plugin_log`. With none, no line is shown.
    pub(crate) fn with_plugin_log(self, plugin_log: Option<LogLevel>) -> Self {
        Self { plugin_log, ..self }
    }

    /// Makes everything durable: first the kept bytes, then the entries that name them.
    pub(crate) fn commit(&self) -> Result<Mark> {
        if let Some(vault) = &self.vault {
            vault.flush()?;
        }
        Ok(self.log.commit()?)
    }

    /// The caller that spans and logged lines name.
    pub(super) fn caller(&self) -> Caller {
        Caller { engagement: Some(self.engagement.clone()), act: Some(self.act), plugin_log: self.plugin_log }
    }

    /// Begins a session with a plugin; the plugin is given `context`.
    pub(super) fn session(
        &self,
        plugin: PluginRef,
        purpose: Purpose<'_>,
        context: &Context,
    ) -> Result<AuditedSession> {
        let configuration =
            serde_json::to_vec(&context.config).map_err(|error| Error::Invariant(error.to_string()))?;
        let session = self.log.append(&Entry::Session(Box::new(SessionEntry {
            act: Some(self.act),
            engagement: Some(self.engagement.clone()),
            plugin,
            contract: CONTRACT.to_string(),
            schema: SCHEMA.to_owned(),
            configuration: self.keys.digest(&configuration),
            subject: purpose.subject().map_or(RULES, |subject| subject.name()).to_owned(),
            // A decision has the message of the file that led to it, or the host's own name.
            message: context.message.to_string(),
            task: purpose.name().to_owned(),
            limits: recorded::limits(self.limits),
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
    pub(crate) fn accounts(
        &self,
        call: u64,
        lines: Option<(u64, u64)>,
        mut accounts: Vec<String>,
    ) -> Result<()> {
        while !accounts.is_empty() {
            let further = accounts.split_off(accounts.len().min(ACCOUNTS_MAX));
            let entry = AccountsEntry { call, lines, accounts };
            self.log.append(&Entry::Accounts(Box::new(entry)))?;
            accounts = further;
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
                Function::OpenDecoder(_) | Function::OpenEncoder(_) => {
                    keeping.context(&input, given.input)?
                }
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
        Ok(act.log.append(&Entry::Call(Box::new(CallEntry {
            session: self.session,
            function: given.function.name().to_owned(),
            account: account.map(|account| act.account(&account)),
            context,
            input,
            output,
            used: recorded::used(called.usage),
            outcome: recorded::outcome(called),
        })))?)
    }
}

impl Drop for AuditedSession {
    fn drop(&mut self) {
        // The last piece of a session that was given up is kept as well. If that fails, a replay reports that it is
        // missing.
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

#[cfg(test)]
mod tests {
    use bailiwick_sdk::context::{Refusal, Side};
    use bailiwick_sdk::document::Subject;
    use bailiwick_sdk::testing;
    use bailiwick_tlog::{Scheme, SigningKey};
    use serde_json::{Value, json};

    use super::*;
    use crate::audit::{Stored, SystemDisk};
    use crate::engine::{Decision, Fault, Limit, TrapKind, Usage};
    use crate::plugin::{Identity, Message};

    const ACCOUNT: &str = "A-77";

    fn message(name: &str, subject: Subject) -> Message {
        Message {
            name: name.to_owned(),
            title: String::new(),
            subject,
            from: Side::Bank,
            documents: Vec::new(),
            decode: true,
            encode: true,
            file_name: String::new(),
            identity: Identity::None,
            recognise: Vec::new(),
        }
    }

    /// A log with an act that has begun.
    struct Bench {
        folder: tempfile::TempDir,
        act: ActLog,
    }

    impl Bench {
        fn new(keep: Keep) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let signer = SigningKey::new("test", Scheme::Ed25519, [7; 32]).unwrap();
            AuditLog::create(folder.path(), &SystemDisk, &signer).unwrap();
            let log = AuditLog::open(folder.path(), Arc::new(SystemDisk), signer, 1).unwrap();
            let keys = Arc::new(HashKeys::new(vec![[7; 32]]).unwrap());
            let begun = Begun {
                act: "exchange".to_owned(),
                engagement: "us-card".to_owned(),
                configuration: keys.digest(b""),
                instant: "2026-07-01T12:00:00Z".to_owned(),
                file_name: None,
                operator: None,
            };
            let act = ActLog::begin(&log, &keys, Limits::production(), (keep, None), begun).unwrap();
            Self { folder, act }
        }

        fn session(&self, purpose: Purpose<'_>, message: &str) -> AuditedSession {
            let text = |text: &str| text.to_owned();
            let plugin = PluginRef { name: text("aim"), version: text("1.0.0"), component: text("00") };
            self.act.session(plugin, purpose, &testing::context(message, json!({"a": 1}))).unwrap()
        }

        /// The entries after the first ones, which the act begins with.
        fn entries(&self) -> Vec<Value> {
            self.act.commit().unwrap();
            let stored = Stored::open(&SystemDisk, self.folder.path()).unwrap();
            let entries = stored.entries(self.act.act + 1);
            entries.map(|entry| serde_json::from_slice(&entry.unwrap().1).unwrap()).collect()
        }
    }

    fn called(result: std::result::Result<&str, Fault>) -> Called {
        let result = result.map(|text| text.as_bytes().to_vec());
        Called { result, usage: Usage { fuel: 5, ..Usage::default() }, log: Vec::new() }
    }

    #[test]
    fn a_purpose_has_its_session_and_its_calls() {
        let (file, payment) =
            (message("APLC", Subject::Placement), json!({ "payment": { "account": ACCOUNT } }));
        let placement = json!({ "account": ACCOUNT }).to_string();
        let payment = payment.to_string();
        let decode = [Function::OpenDecoder(Subject::Placement), Function::Push, Function::Finish];
        let encode = [Function::OpenEncoder(Subject::Placement), Function::Push, Function::Finish];
        let asked = |decision| vec![Function::Decide(decision); 2];
        let cases = [
            (Purpose::Decode(&file), "APLC", "decode", "placement", decode.to_vec(), "bytes"),
            (Purpose::Encode(&file), "APLC", "encode", "placement", encode.to_vec(), "lines"),
            (
                Purpose::Decide(Decision::Decide),
                "APLC",
                "placement.decide",
                "placement",
                asked(Decision::Decide),
                &placement,
            ),
            // An act of the host leads to this decision: there is no file.
            (
                Purpose::Decide(Decision::Commission),
                "host",
                "remittance.commission",
                "remittance",
                asked(Decision::Commission),
                &payment,
            ),
            (
                Purpose::Decide(Decision::Triage),
                "APLC",
                "dispute.triage",
                "dispute",
                asked(Decision::Triage),
                &placement,
            ),
            (Purpose::Decide(Decision::Judge), "host", "rules.judge", "rules", asked(Decision::Judge), "{}"),
        ];
        for (purpose, message, task, subject, functions, input) in cases {
            let bench = Bench::new(Keep::Digests);
            let mut session = bench.session(purpose, message);
            let decides = matches!(purpose, Purpose::Decide(_));
            for function in &functions {
                let context = decides.then_some(&b"{}"[..]);
                let given = Given { function: *function, context, input: input.as_bytes() };
                session.record(&given, &called(Ok("out"))).unwrap();
            }
            let entries = bench.entries();
            let first = &entries[0];
            let known =
                ["kind", "task", "subject", "message", "engagement"].map(|key| first[key].as_str().unwrap());
            assert_eq!(known, ["session", task, subject, message, "us-card"]);
            assert_eq!((&first["act"], entries.len()), (&json!(bench.act.act), functions.len() + 1));
            let about = (decides && input != "{}").then(|| bench.act.account(ACCOUNT));
            for (entry, function) in entries.iter().skip(1).zip(functions) {
                assert_eq!((&entry["kind"], &entry["session"]), (&json!("call"), &first["seq"]), "{task}");
                assert_eq!(entry["function"], function.name());
                assert_eq!(entry.get("account").and_then(Value::as_str), about.as_deref(), "{task}");
                assert_eq!(entry.get("context").is_some(), decides, "{task}");
                assert_eq!((&entry["outcome"]["result"], &entry["used"]["fuel"]), (&json!("ok"), &json!(5)));
                assert_eq!(entry["output"]["bytes"], 3);
            }
        }
    }

    #[test]
    fn a_fault_of_any_call_is_in_its_entry_without_the_plugins_words() {
        let words = "Rosa Lindqvist";
        let faults = [
            (
                Fault::Declined(Refusal::new("bad_config", words)),
                json!({"code": "declined", "declined": "bad_config"}),
            ),
            (
                Fault::Trapped {
                    kind: TrapKind::Panic,
                    message: Some(words.to_owned()),
                    place: Some("a.rs:1:2".to_owned()),
                },
                json!({"code": "trapped", "place": "a.rs:1:2"}),
            ),
            (
                Fault::Exhausted { limit: Limit::Fuel, used: 9, cap: 8 },
                json!({"code": "exhausted", "limit": "fuel", "used": 9, "cap": 8}),
            ),
            (
                Fault::InvalidOutput { message: words.to_owned(), pointer: Some("/code".to_owned()) },
                json!({"code": "invalid_output"}),
            ),
            (Fault::Cancelled, json!({"code": "cancelled"})),
        ];
        let file = message("APLC", Subject::Remittance);
        let calls = [
            (Purpose::Decode(&file), Function::OpenDecoder(file.subject)),
            (Purpose::Encode(&file), Function::OpenEncoder(file.subject)),
            (Purpose::Decode(&file), Function::Push),
            (Purpose::Encode(&file), Function::Finish),
            (Purpose::Decide(Decision::Commission), Function::Decide(Decision::Commission)),
        ];
        for (purpose, function) in calls {
            let bench = Bench::new(Keep::None);
            for (fault, outcome) in &faults {
                let given = Given { function, context: None, input: words.as_bytes() };
                let mut session = bench.session(purpose, "APLC");
                let seq = session.record(&given, &called(Err(fault.clone()))).unwrap();
                let entry = bench.entries().pop().unwrap();
                let mut expected = outcome.clone();
                expected["result"] = "fault".into();
                assert_eq!((&entry["seq"], &entry["outcome"]), (&json!(seq), &expected));
                assert_eq!((&entry["function"], entry.get("output")), (&json!(function.name()), None));
                // Only the size is kept.
                assert_eq!(entry["input"], json!({"bytes": words.len()}));
                assert!(!entry.to_string().contains(words));
            }
        }
    }
}
