//! Replays the calls that the audit log recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::case::{Case, CaseBytes, CaseCall};
use super::differ::{Difference, compare};
use super::player::{Player, is_deterministic};
use super::recording::Recording;
use crate::audit;
use crate::audit::{
    CallEntry, CallOutcome, Entry, Keyed, Recorded, SessionEntry, Stored, StoredEntries, Unsealed,
};
use crate::engine::Component;
use crate::error::{Error, Result};
use crate::plugin::Loaded;
use crate::recorded::{self, limits_of};

/// The most sessions that are replayed side by side. The host itself never has more open at once.
const SESSIONS_MAX: usize = 256;

/// The calls to replay.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Which {
    /// One call, and the calls of its session before it; or a whole session; or all of an act.
    Entry(u64),
    /// Every call that a file with this SHA-256 led to.
    File(String),
    /// Everything.
    All,
}

/// How to replay.
#[derive(Debug, Clone, Default)]
pub struct ReplayOptions<'a> {
    /// Another version of the plugin, in place of the recorded one. Then only the calls of this plugin run, and fuel
    /// is not compared.
    pub against: Option<&'a Path>,
}

/// How a call that was made again compares with its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Comparison {
    /// The same bytes or the same fault, with the same fuel.
    Same,
    /// Other bytes, another fault or other fuel.
    Different {
        /// The differences.
        differences: Vec<Difference>,
    },
    /// Its input belonged to a person who was erased.
    Erased {
        /// The size of the erased input, in bytes.
        bytes: u64,
    },
    /// Its input was not kept, or the component is missing.
    NotKept {
        /// What is missing.
        what: String,
    },
    /// The clock, the load or the caller ended it: it may end differently each time.
    NotRepeatable,
    /// A call before it in the same session could not run.
    AfterAnother,
}

/// A call that was replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Replayed {
    /// The entry of the call.
    pub seq: u64,
    /// The plugin.
    pub plugin: String,
    /// The version that ran now.
    pub version: String,
    /// The function.
    pub function: String,
    /// The comparison with the record.
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// The number of calls by result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReplaySummary {
    /// As recorded.
    pub same: u64,
    /// Differently than recorded.
    pub different: u64,
    /// Not run: the input is erased or was not kept, or the call cannot be repeated.
    pub not_run: u64,
}

/// How a call ended, as one word.
pub(super) fn fault_name(outcome: &CallOutcome) -> String {
    match outcome {
        CallOutcome::Ok => "ok".to_owned(),
        CallOutcome::Fault { code, limit: Some(limit), .. } => format!("{code} ({limit})"),
        CallOutcome::Fault { code, declined: Some(declined), .. } => format!("{code} ({declined})"),
        CallOutcome::Fault { code, .. } => code.clone(),
    }
}

/// A session that is being replayed.
struct Playing {
    entry: SessionEntry,
    /// None if the session cannot go on.
    player: Option<Player>,
    version: String,
    /// The missing part because of which the first call cannot run.
    missing: Option<String>,
}

/// Recorded calls that are made again, in their order: each is made when it is asked for. Reading can stop at any call.
/// After an error it has ended.
pub struct Replay<'r> {
    recording: &'r Recording,
    entries: StoredEntries<'static>,
    chosen: Chosen,
    /// The plugin that runs in place of the recorded one.
    against: Option<Loaded>,
    components: BTreeMap<String, Option<Component>>,
    sessions: BTreeMap<u64, Playing>,
    summary: ReplaySummary,
    ended: bool,
}

impl Replay<'_> {
    /// The calls so far, by result.
    pub fn summary(&self) -> ReplaySummary {
        self.summary
    }

    /// Makes the next call again.
    fn replayed(&mut self) -> Result<Option<Replayed>> {
        loop {
            let Some(next) = self.entries.next() else { return Ok(None) };
            let (seq, bytes) = next?;
            if seq > self.chosen.to {
                return Ok(None);
            }
            match entry(seq, &bytes)? {
                Entry::Session(it) if self.chosen.has(seq, it.act) => self.begin(seq, *it)?,
                Entry::Call(call) => {
                    if let Some(replayed) = self.call(seq, &call)? {
                        return Ok(Some(replayed));
                    }
                }
                Entry::File(it) => self.end(it.act),
                Entry::Failed { act, .. } => self.end(act),
                _ => {}
            }
        }
    }

    fn begin(&mut self, seq: u64, session: SessionEntry) -> Result<()> {
        let playing = match &self.against {
            Some(loaded) if loaded.manifest.name != session.plugin.name => return Ok(()),
            Some(loaded) => Playing::begin(session, Some(loaded.component.clone()), Some(loaded)),
            None => {
                let component = self.recording.component_of(&mut self.components, &session)?;
                Playing::begin(session, component, None)
            }
        };
        if self.sessions.len() >= SESSIONS_MAX {
            self.sessions.pop_first();
        }
        self.sessions.insert(seq, playing);
        Ok(())
    }

    /// Makes a call of a chosen session again.
    fn call(&mut self, seq: u64, call: &CallEntry) -> Result<Option<Replayed>> {
        let Some(playing) = self.sessions.get_mut(&call.session) else { return Ok(None) };
        let comparison = playing.call(self.recording, call, self.against.is_some())?;
        match comparison {
            Comparison::Same => self.summary.same += 1,
            Comparison::Different { .. } => self.summary.different += 1,
            _ => self.summary.not_run += 1,
        }
        let replayed = Replayed {
            seq,
            plugin: playing.entry.plugin.name.clone(),
            version: playing.version.clone(),
            function: call.function.clone(),
            comparison,
        };
        let over = call.function == "finish" || call.outcome != CallOutcome::Ok;
        if over && call.context.is_none() {
            self.sessions.remove(&call.session);
        }
        Ok(Some(replayed))
    }

    /// Ends the sessions of an act.
    fn end(&mut self, act: u64) {
        self.sessions.retain(|_, playing| playing.entry.act != Some(act));
    }
}

impl Iterator for Replay<'_> {
    type Item = Result<Replayed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.replayed().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl std::iter::FusedIterator for Replay<'_> {}

impl std::fmt::Debug for Replay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("summary", &self.summary).finish_non_exhaustive()
    }
}

impl Recording {
    /// Runs recorded calls again, in their order, with the recorded instants, configuration and results. Their inputs are
    /// kept only with `[audit] keep = "sealed"`.
    ///
    /// ```no_run
    /// use bailiwick_host::replay::{Comparison, ReplayOptions, Which};
    /// use bailiwick_host::{Host, Operator};
    ///
    /// let host = Host::open("./bailiwick")?;
    /// let recording = host.acting_as(Operator::named("nina")).recording()?;
    /// let mut replay = recording.replay(&Which::All, &ReplayOptions::default())?;
    /// for replayed in &mut replay {
    ///     let replayed = replayed?;
    ///     if let Comparison::Different { .. } = replayed.comparison {
    ///         println!("{} of {} gives something else now", replayed.function, replayed.plugin);
    ///     }
    /// }
    /// println!("{} calls are as recorded", replay.summary().same);
    /// # Ok::<(), bailiwick_host::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`audit::Error::NoEntry`](crate::audit::Error::NoEntry); [`Error::Refused`] if no such file is in the log; [`Error::Audit`].
    pub fn replay(&self, which: &Which, options: &ReplayOptions<'_>) -> Result<Replay<'_>> {
        let stored = self.stored()?;
        let chosen = chosen(&stored, which)?;
        let against = options
            .against
            .map(|path| Loaded::load(path, &self.engine, self.cache(), self.limits))
            .transpose()?;
        Ok(Replay {
            recording: self,
            entries: stored.entries(chosen.from),
            chosen,
            against,
            components: BTreeMap::new(),
            sessions: BTreeMap::new(),
            summary: ReplaySummary::default(),
            ended: false,
        })
    }

    /// The session that an entry belongs to, up to that entry, as a file for a plugin's tests.
    ///
    /// # Errors
    /// [`Error::Refused`] if the entry is no call, or if its input is not kept any more.
    pub fn case(&self, seq: u64) -> Result<Case> {
        let refused = |message: String| Error::Refused { code: "no_case".to_owned(), message };
        let stored = self.stored()?;
        let session = match entry(seq, &stored.entry(seq)?)? {
            Entry::Call(call) => call.session,
            Entry::Session(_) => seq,
            other => return Err(refused(format!("entry {seq} is no call but {:?}", other.kind()))),
        };
        let Entry::Session(of) = entry(session, &stored.entry(session)?)? else {
            return Err(refused(format!("entry {session} is no session")));
        };
        let mut case = Case {
            v: Case::VERSION,
            plugin: of.plugin.name.clone(),
            version: of.plugin.version.clone(),
            subject: of.subject.clone(),
            message: of.message.clone(),
            limits: limits_of(of.limits),
            calls: Vec::new(),
        };
        let bytes = |what: &str, keyed: &Keyed| match self.vault.get(keyed)? {
            Unsealed::Whole(bytes) => Ok(CaseBytes::of(&bytes)),
            Unsealed::Erased { .. } => {
                Err(refused(format!("the {what} belonged to somebody who was erased")))
            }
            Unsealed::Missing => Err(refused(format!("the {what} was not kept ([audit] keep = \"sealed\")"))),
        };
        // For the entry of a session: all of its calls. For a decision: only the call that was asked for.
        let last = if session == seq { u64::MAX } else { seq };
        for stored in stored.entries(session) {
            let (at, line) = stored?;
            if at > last {
                break;
            }
            if let Entry::Call(call) = entry(at, &line)?
                && call.session == session
                && (call.context.is_none() || at == seq || session == seq)
            {
                case.calls.push(CaseCall {
                    function: call.function.clone(),
                    context: call.context.as_ref().map(|it| bytes("context", it)).transpose()?,
                    input: bytes("input", &call.input)?,
                    output: call.output.as_ref().map(|it| bytes("output", it)).transpose()?,
                    outcome: call.outcome,
                });
            }
        }
        Ok(case)
    }
}

fn entry(seq: u64, bytes: &[u8]) -> Result<Entry> {
    let recorded: Recorded = serde_json::from_slice(bytes)
        .map_err(|error| Error::log(format!("entry {seq} cannot be read ({error})")))?;
    Ok(recorded.entry)
}

/// The chosen sessions, and the range of entries with their calls.
struct Chosen {
    from: u64,
    to: u64,
    sessions: Option<BTreeSet<u64>>,
    acts: Option<BTreeSet<u64>>,
}

impl Chosen {
    fn has(&self, session: u64, act: Option<u64>) -> bool {
        match (&self.sessions, &self.acts) {
            (None, None) => true,
            (sessions, acts) => {
                sessions.as_ref().is_some_and(|sessions| sessions.contains(&session))
                    || acts.as_ref().zip(act).is_some_and(|(acts, act)| acts.contains(&act))
            }
        }
    }
}

fn chosen(stored: &Stored<'_>, which: &Which) -> Result<Chosen> {
    let all = Chosen { from: 0, to: u64::MAX, sessions: None, acts: None };
    match which {
        Which::All => Ok(all),
        Which::Entry(seq) => {
            if *seq >= stored.size() {
                return Err(audit::Error::NoEntry { index: *seq, size: stored.size() }.into());
            }
            Ok(match entry(*seq, &stored.entry(*seq)?)? {
                Entry::Call(call) => {
                    let from = call.session;
                    Chosen { from, to: *seq, sessions: Some([from].into()), acts: None }
                }
                Entry::Session(_) => Chosen { from: *seq, sessions: Some([*seq].into()), ..all },
                Entry::Begun(_) => Chosen { from: *seq, acts: Some([*seq].into()), ..all },
                Entry::File(it) => Chosen { from: it.act, acts: Some([it.act].into()), ..all },
                Entry::Failed { act, .. } => Chosen { from: act, acts: Some([act].into()), ..all },
                other => {
                    return Err(Error::Refused {
                        code: "nothing_to_replay".to_owned(),
                        message: format!("entry {seq} is {:?}: no call, session, act or file", other.kind()),
                    });
                }
            })
        }
        Which::File(sha256) => {
            let mut acts = BTreeSet::new();
            for stored in stored.entries(0) {
                let (seq, bytes) = stored?;
                if let Entry::File(it) = entry(seq, &bytes)?
                    && it.file.sha256 == *sha256
                {
                    acts.insert(it.act);
                }
            }
            let from = acts.first().copied().ok_or_else(|| Error::Refused {
                code: "unknown_file".to_owned(),
                message: format!("no file with SHA-256 {sha256} is in the log"),
            })?;
            Ok(Chosen { from, acts: Some(acts), ..all })
        }
    }
}

impl Playing {
    fn begin(entry: SessionEntry, component: Option<Component>, other: Option<&Loaded>) -> Self {
        let missing = component.is_none().then(|| format!("component {}", entry.plugin.component));
        let player = component.map(|component| {
            let player = Player::new(&entry.plugin.name, component, limits_of(entry.limits), &entry.subject);
            match other {
                Some(loaded) => player.held_to(loaded, &entry.message),
                None => player,
            }
        });
        let version = match other {
            Some(loaded) => loaded.manifest.version.to_string(),
            None => entry.plugin.version.clone(),
        };
        Self { entry, player, version, missing }
    }

    fn call(&mut self, recording: &Recording, call: &CallEntry, other: bool) -> Result<Comparison> {
        let Some(player) = &mut self.player else {
            return Ok(match self.missing.take() {
                Some(what) => Comparison::NotKept { what },
                None => Comparison::AfterAnother,
            });
        };
        let open = |what: &str, keyed: &Keyed| {
            Ok::<_, Error>(match recording.vault.get(keyed)? {
                Unsealed::Whole(bytes) => Ok(bytes),
                Unsealed::Erased { bytes } => Err(Comparison::Erased { bytes }),
                Unsealed::Missing => Err(Comparison::NotKept { what: what.to_owned() }),
            })
        };
        let context = match &call.context {
            Some(keyed) => open("context", keyed)?.map(Some),
            None => Ok(None),
        };
        let given = context.map(|context| (context, open("input", &call.input)));
        let (context, input) = match given {
            Ok((context, input)) => match input? {
                Ok(input) => (context, input),
                Err(comparison) => return Ok(self.stop(call, comparison)),
            },
            Err(comparison) => return Ok(self.stop(call, comparison)),
        };
        if !is_deterministic(&call.outcome) {
            return Ok(self.stop(call, Comparison::NotRepeatable));
        }
        let called = player.call(&call.function, context.as_deref(), &input);
        let now = recorded::outcome(&called);
        let mut differences = Vec::new();
        if fault_name(&now) != fault_name(&call.outcome) {
            differences.push(Difference::of("outcome", fault_name(&call.outcome), fault_name(&now)));
        } else if let (Some(recorded), Ok(bytes)) = (&call.output, &called.result)
            && !recording.keys.matches(recorded, bytes)
        {
            differences.extend(match recording.vault.get(recorded)? {
                Unsealed::Whole(recorded) => compare(&recorded, bytes),
                _ => vec![Difference::of(
                    "output",
                    format!("{} bytes", recorded.bytes),
                    format!("{} other bytes", bytes.len()),
                )],
            });
        }
        if !other && called.usage.fuel != call.used.fuel {
            differences.push(Difference::of("fuel", call.used.fuel, called.usage.fuel));
        }
        Ok(if differences.is_empty() { Comparison::Same } else { Comparison::Different { differences } })
    }

    /// Ends the session, since later calls depend on this one. Decisions do not depend on each other.
    fn stop(&mut self, call: &CallEntry, comparison: Comparison) -> Comparison {
        if call.context.is_none() {
            self.player = None;
        }
        comparison
    }
}
