//! The plugins of a side: the messages that each one reads and writes, and the decisions that it makes.

use std::sync::Arc;

use bailiwick_sdk::context::Side;
use bailiwick_sdk::document::Subject;
use serde::Deserialize;
use toml::Spanned;

use super::source::Source;
use super::writers::Writers;
use crate::engine::Decision;
use crate::error::Error;
use crate::plugin::{Loaded, Message, Plugins};

/// A plugin binding: a plugin of one side, with its messages, its decisions and its configuration.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Binding {
    /// The plugin's name.
    pub plugin: String,
    /// The subjects it serves here.
    pub subjects: Vec<Subject>,
    /// The messages of this side that it reads.
    pub reads: Vec<String>,
    /// The messages of the other side that it writes for this one. If two of them carry a kind of document, the first
    /// one is written.
    pub writes: Vec<String>,
    /// The decisions that it is asked for in this engagement.
    pub decides: Vec<Decision>,
    /// Its configuration.
    pub config: serde_json::Value,
}

/// The plugins of a side in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with the list `plugins`")]
pub(super) struct FileSide {
    plugins: Spanned<Vec<Spanned<FileSeat>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table that names a `plugin`")]
struct FileSeat {
    plugin: Spanned<String>,
    #[serde(default)]
    subjects: Option<Spanned<Vec<Spanned<Subject>>>>,
    #[serde(default)]
    reads: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    writes: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    decides: Option<Vec<Spanned<Decision>>>,
    #[serde(default)]
    config: Option<Spanned<toml::Table>>,
}

/// A plugin binding, its place in the file, and its plugin.
pub(super) struct Seated {
    pub(super) at: usize,
    pub(super) binding: Binding,
    pub(super) loaded: Arc<Loaded>,
}

/// The plugin bindings of a side, and the writer of each kind of document. Every error goes to `errors`.
pub(super) fn bindings(
    source: &Source<'_>,
    side: Side,
    file: FileSide,
    plugins: &Plugins,
    errors: &mut Vec<Error>,
) -> (Vec<Binding>, Writers) {
    let at = file.plugins.span().start;
    let file = file.plugins.into_inner();
    if file.is_empty() {
        errors.push(source.wrong(at, None, "expected at least one plugin"));
    }
    let mut seated = Vec::new();
    for binding in file {
        let checking = Checking { source, side, errors };
        seated.extend(checking.binding(binding, plugins));
    }
    let mut checking = Checking { source, side, errors };
    checking.readers(&seated);
    checking.deciders(&seated);
    let writers = checking.writers(&seated);
    (seated.into_iter().map(|it| it.binding).collect(), writers)
}

/// The decisions that the plugins of a side are asked for.
pub(crate) fn asked_of(side: Side) -> &'static [Decision] {
    match side {
        Side::Bank => &[Decision::Commission, Decision::Triage],
        Side::Agency => &[Decision::Decide],
    }
}

/// Whether a plugin reads or writes a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Read,
    Write,
}

impl Way {
    fn verb(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// The side that sends the files that the plugins of `side` read or write.
    fn sender(self, side: Side) -> Side {
        match self {
            Self::Read => side,
            Self::Write => side.other(),
        }
    }

    fn is_done(self, message: &Message) -> bool {
        match self {
            Self::Read => message.decode,
            Self::Write => message.encode,
        }
    }
}

struct Checking<'a> {
    source: &'a Source<'a>,
    side: Side,
    errors: &'a mut Vec<Error>,
}

impl Checking<'_> {
    fn wrong(&mut self, at: usize, message: impl Into<String>) {
        self.errors.push(self.source.wrong(at, None, message));
    }

    fn binding(mut self, binding: Spanned<FileSeat>, plugins: &Plugins) -> Option<Seated> {
        let at = binding.span().start;
        let FileSeat { plugin, subjects, reads, writes, decides, config } = binding.into_inner();
        let loaded = match plugins.get(plugin.get_ref()) {
            Ok(loaded) => loaded,
            Err(error @ Error::NoPlugin { .. }) => {
                self.wrong(plugin.span().start, error.to_string());
                return None;
            }
            Err(error) => {
                self.errors.push(error);
                return None;
            }
        };
        let plugin = plugin.into_inner();
        let subjects = self.subjects(&plugin, &loaded, subjects);
        let reads = self.messages(Way::Read, &plugin, &loaded, &subjects, reads);
        let writes = self.messages(Way::Write, &plugin, &loaded, &subjects, writes);
        let (config_at, config) = match config {
            Some(config) => match serde_json::to_value(config.get_ref()) {
                Ok(json) => (config.span().start, json),
                Err(error) => {
                    let message = format!("the configuration of {plugin} is no JSON: {error}");
                    self.errors.push(self.source.wrong(config.span().start, None, message));
                    return None;
                }
            },
            None => (at, serde_json::json!({})),
        };
        if let Err((pointer, message)) = loaded.check_config(&config) {
            let message = format!("the configuration of {plugin} at {pointer:?}: {message}");
            self.errors.push(self.source.wrong(config_at, Some(pointer), message));
        }
        let decides = self.decisions(&plugin, &loaded, &subjects, &config, decides);
        Some(Seated { at, binding: Binding { plugin, subjects, reads, writes, decides, config }, loaded })
    }

    fn subjects(
        &mut self,
        plugin: &str,
        loaded: &Loaded,
        listed: Option<Spanned<Vec<Spanned<Subject>>>>,
    ) -> Vec<Subject> {
        let Some(listed) = listed else {
            return loaded.manifest.own().collect();
        };
        let at = listed.span().start;
        let listed = listed.into_inner();
        if listed.is_empty() {
            let have = loaded.manifest.subjects.join(", ");
            let message =
                format!("`subjects` lists none; leave it out for all of {plugin}, or list some of: {have}");
            self.wrong(at, message);
            return loaded.manifest.own().collect();
        }
        let mut subjects = Vec::new();
        for subject in listed {
            if loaded.manifest.own().any(|own| own == *subject.get_ref()) {
                subjects.push(subject.into_inner());
            } else {
                let have = loaded.manifest.subjects.join(", ");
                let message = format!("{plugin} does not implement {}; it has: {have}", subject.get_ref());
                self.wrong(subject.span().start, message);
            }
        }
        subjects
    }

    /// The messages that are read or written: all that fit, or those that the file lists.
    fn messages(
        &mut self,
        way: Way,
        plugin: &str,
        loaded: &Loaded,
        subjects: &[Subject],
        listed: Option<Vec<Spanned<String>>>,
    ) -> Vec<String> {
        let sender = way.sender(self.side);
        let all = loaded.manifest.messages.iter().filter(|message| {
            way.is_done(message) && message.from == sender && subjects.contains(&message.subject)
        });
        let all: Vec<String> = all.map(|message| message.name.clone()).collect();
        let Some(listed) = listed else { return all };
        let mut chosen: Vec<String> = Vec::new();
        for name in listed {
            let verb = way.verb();
            let why = match loaded.manifest.message(name.get_ref()) {
                None => format!("has no message {:?}", name.get_ref()),
                Some(it) if it.from != sender => {
                    format!("has {} as a message of the {}, not of the {sender}", it.name, it.from)
                }
                Some(it) if !way.is_done(it) => format!("does not {verb} {}", it.name),
                Some(it) if !subjects.contains(&it.subject) => {
                    format!(
                        "has {} as a message of {}, which is not among its `subjects` here",
                        it.name, it.subject
                    )
                }
                Some(it) if chosen.contains(&it.name) => format!("has {} twice in this list", it.name),
                Some(_) => {
                    chosen.push(name.into_inner());
                    continue;
                }
            };
            let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
            let message = format!("{plugin} {why}; for the {} it can {verb}: {all}", self.side);
            self.wrong(name.span().start, message);
        }
        chosen
    }

    /// The decisions that it is asked for: all that fit, or those that the file lists.
    fn decisions(
        &mut self,
        plugin: &str,
        loaded: &Loaded,
        subjects: &[Subject],
        config: &serde_json::Value,
        listed: Option<Vec<Spanned<Decision>>>,
    ) -> Vec<Decision> {
        let asked = asked_of(self.side);
        let serves = |decision: Decision| decision.subject().is_none_or(|it| subjects.contains(&it));
        let all = asked.iter().copied().filter(|it| serves(*it) && loaded.manifest.decides(*it, config));
        let all: Vec<Decision> = all.collect();
        let Some(listed) = listed else { return all };
        let names = |decisions: &[Decision]| {
            let names: Vec<&str> = decisions.iter().map(|it| it.name()).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let mut chosen = Vec::new();
        for decision in listed {
            let (at, decision) = (decision.span().start, decision.into_inner());
            let declared = loaded.manifest.decisions.iter().find(|it| it.function == decision);
            let when = declared.and_then(|it| it.when.as_deref());
            let name = decision.name();
            let why = match (declared, when) {
                _ if all.contains(&decision) && chosen.contains(&decision) => {
                    format!("{name} stands twice in this list")
                }
                _ if all.contains(&decision) => {
                    chosen.push(decision);
                    continue;
                }
                _ if !asked.contains(&decision) => {
                    format!(
                        "a plugin of the {} is not asked for {name}, only for: {}",
                        self.side,
                        names(asked)
                    )
                }
                (None, _) => format!("the manifest of {plugin} does not declare {name}"),
                _ if !serves(decision) => {
                    format!("{plugin} does not serve the subject of {name} here (`subjects`)")
                }
                (_, when) => format!(
                    "{plugin} decides {name} only where its configuration has {:?}",
                    when.unwrap_or_default()
                ),
            };
            self.wrong(at, format!("{why}; {plugin} can decide here: {}", names(&all)));
        }
        chosen
    }

    /// Two readers of the same message claim the same files.
    fn readers(&mut self, seated: &[Seated]) {
        for (at, it) in seated.iter().enumerate() {
            let before = seated.iter().take(at).filter(|other| other.binding.plugin == it.binding.plugin);
            let mut twice: Vec<&str> = Vec::new();
            for other in before {
                twice.extend(
                    it.binding
                        .reads
                        .iter()
                        .filter(|name| other.binding.reads.contains(name))
                        .map(String::as_str),
                );
            }
            if !twice.is_empty() {
                let message = format!(
                    "{} reads {} in another entry of the {} already; list in `reads` what each entry reads",
                    it.binding.plugin,
                    twice.join(", "),
                    self.side
                );
                self.wrong(it.at, message);
            }
        }
    }

    fn deciders(&mut self, seated: &[Seated]) {
        for decision in asked_of(self.side) {
            let mut deciders = seated.iter().filter(|it| it.binding.decides.contains(decision));
            let Some(first) = deciders.next() else { continue };
            for other in deciders {
                let rest: Vec<String> = other
                    .binding
                    .decides
                    .iter()
                    .filter(|it| *it != decision)
                    .map(|it| format!("{:?}", it.name()))
                    .collect();
                let message = format!(
                    "{} is decided by {} already, and by {} as well; one plugin of a side decides: write `decides = [{}]` into the entry that is not to be asked",
                    decision.name(),
                    first.binding.plugin,
                    other.binding.plugin,
                    rest.join(", ")
                );
                self.wrong(other.at, message);
            }
        }
    }

    /// Finds the plugin binding and message that write each kind of document.
    fn writers(&mut self, seated: &[Seated]) -> Writers {
        let mut writers = Writers::default();
        for (number, it) in seated.iter().enumerate() {
            let clashes = writers.add(number, it);
            if clashes.is_empty() {
                continue;
            }
            let others: Vec<String> = clashes
                .iter()
                .map(|clash| {
                    let other = seated.get(clash.binding).map_or("", |other| other.binding.plugin.as_str());
                    format!(
                        "{} in {other}/{} and in {}/{}",
                        clash.kind, clash.other, it.binding.plugin, clash.message
                    )
                })
                .collect();
            let free: Vec<String> = it
                .binding
                .writes
                .iter()
                .filter(|name| clashes.iter().all(|clash| clash.message != **name))
                .map(|name| format!("{name:?}"))
                .collect();
            // Kinds that only this entry writes, in messages that the example leaves out.
            let carried = |kind: &str| {
                let names = it.binding.writes.iter().filter(|name| free.contains(&format!("{name:?}")));
                let mut free = names.filter_map(|name| it.loaded.manifest.message(name));
                free.any(|message| message.documents.iter().any(|document| document == kind))
            };
            let lost: Vec<&str> = writers
                .kinds()
                .filter(|kind| {
                    writers.of(kind).is_some_and(|(binding, _)| binding == number) && !carried(kind)
                })
                .collect();
            let but = match &lost[..] {
                [] => String::new(),
                lost => format!("; then no plugin writes {}", lost.join(", ")),
            };
            let message = format!(
                "two plugins would write the same for the {}: {}; list in `writes` of each entry the messages it writes, for example here `writes = [{}]`{but}",
                self.side,
                others.join(", "),
                free.join(", ")
            );
            self.wrong(it.at, message);
        }
        writers
    }
}
