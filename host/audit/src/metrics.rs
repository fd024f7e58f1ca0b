//! Counts of the log's entries for Prometheus, as OpenMetrics text. The names are documented in
//! docs/watching.md and never change. The log itself is counted, so no process needs to run all the time, and
//! no count is lost when one ends. The text holds nothing personal.

use std::collections::BTreeMap;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use serde::{Deserialize, Serialize};

use crate::entry::{CallEntry, CallOutcome, Entry, FileEntry, Recorded, SessionEntry};
use crate::error::{Error, Result};
use crate::groups::{OTHERS, group};
use crate::sessions::Sessions;
use crate::stored::Stored;

/// The version of the file that is kept between two counts.
const VERSION: u32 = 1;
/// Upper ends of the histogram's buckets, in microseconds.
const BUCKETS: [u64; 8] = [30, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 30_000_000];

/// Values by their labels, up to a bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Vec<String>, T)>", into = "Vec<(Vec<String>, T)>")]
struct Family<T: Clone>(BTreeMap<Vec<String>, T>);

impl<T: Clone> Default for Family<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Clone> From<Vec<(Vec<String>, T)>> for Family<T> {
    fn from(groups: Vec<(Vec<String>, T)>) -> Self {
        Self(groups.into_iter().collect())
    }
}

impl<T: Clone> From<Family<T>> for Vec<(Vec<String>, T)> {
    fn from(family: Family<T>) -> Self {
        family.0.into_iter().collect()
    }
}

impl<T: Clone + Default> Family<T> {
    /// The labels for further groups when there are too many: each is `others`.
    fn group(&mut self, labels: &[&str]) -> &mut T {
        let key = labels.iter().map(|&label| label.to_owned()).collect();
        group(&mut self.0, key, vec![OTHERS.to_owned(); labels.len()])
    }
}

impl Family<u64> {
    fn add(&mut self, labels: &[&str], more: u64) {
        let count = self.group(labels);
        *count = count.saturating_add(more);
    }
}

/// How long calls took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Durations {
    count: u64,
    sum_us: u64,
    /// Calls by bucket; calls longer than the last bucket are only in `count`.
    buckets: [u64; BUCKETS.len()],
}

impl Durations {
    fn add(&mut self, us: u64) {
        self.count += 1;
        self.sum_us = self.sum_us.saturating_add(us);
        let bucket = BUCKETS.iter().position(|&end| us <= end);
        if let Some(bucket) = bucket.and_then(|at| self.buckets.get_mut(at)) {
            *bucket += 1;
        }
    }
}

/// The counts of a log, and up to which entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    v: u32,
    /// How many entries were counted, and their root. A log with another root is counted from the beginning.
    size: u64,
    root: String,
    entries: Family<u64>,
    calls: Family<u64>,
    durations: Family<Durations>,
    fuel: Family<u64>,
    input: Family<u64>,
    output: Family<u64>,
    files: Family<u64>,
    accounts: Family<u64>,
    problems: Family<u64>,
    failures: Family<u64>,
    /// Seconds since 1970.
    last_file: Family<i64>,
    last_entry: i64,
    checkpoint_at: i64,
    checkpoint_size: u64,
}

impl Counts {
    /// Continues from the remembered counts if they are of this log; otherwise counts from the beginning.
    ///
    /// # Errors
    /// [`Error::Log`] if the log cannot be read; it is not verified.
    pub fn of(stored: &Stored<'_>, remembered: Option<&[u8]>) -> Result<Self> {
        let known = remembered.and_then(|bytes| serde_json::from_slice::<Self>(bytes).ok());
        let mut counts = match known {
            Some(known)
                if known.v == VERSION
                    && known.size <= stored.size()
                    && stored.root(known.size)?.to_string() == known.root =>
            {
                known
            }
            _ => Self { v: VERSION, ..Self::default() },
        };
        let mut sessions = Sessions::new(stored);
        for entry in stored.entries(counts.size) {
            let (seq, bytes) = entry?;
            let recorded = Recorded::parse(seq, &bytes)?;
            sessions.met(&recorded);
            counts.entry(&recorded, &mut sessions)?;
        }
        counts.size = stored.size();
        counts.root = stored.root(counts.size)?.to_string();
        Ok(counts)
    }

    /// The counts as bytes, to be kept until the next count.
    ///
    /// # Errors
    /// [`Error::Invariant`].
    pub fn remembered(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| Error::Invariant(error.to_string()))
    }

    fn entry(&mut self, recorded: &Recorded, sessions: &mut Sessions<'_>) -> Result<()> {
        self.entries.add(&[recorded.entry.kind()], 1);
        let at = recorded.at.as_second();
        self.last_entry = self.last_entry.max(at);
        match &recorded.entry {
            Entry::Call(call) => {
                let session = sessions.session(call.session)?;
                self.call(call, &session);
            }
            Entry::File(file) => self.file(at, file),
            Entry::Failed { engagement, code, .. } => self.failures.add(&[engagement, code], 1),
            Entry::Checkpoint { size, .. } => (self.checkpoint_at, self.checkpoint_size) = (at, *size),
            _ => {}
        }
        Ok(())
    }

    fn call(&mut self, call: &CallEntry, session: &SessionEntry) {
        let plugin = [session.plugin.name.as_str(), session.plugin.version.as_str()];
        let [name, version] = plugin;
        let outcome = match &call.outcome {
            CallOutcome::Ok => "ok",
            CallOutcome::Fault { code, .. } => code,
        };
        self.calls.add(&[name, version, &call.function, outcome], 1);
        self.durations.group(&[name, version, &call.function]).add(call.used.wall_us);
        self.fuel.add(&plugin, call.used.fuel);
        self.input.add(&plugin, call.input_bytes());
        self.output.add(&plugin, call.output.as_ref().map_or(0, |output| output.bytes));
    }

    fn file(&mut self, at: i64, file: &FileEntry) {
        let engagement = file.engagement.as_str();
        self.files.add(&[engagement, &file.from, file.outcome.name()], 1);
        self.accounts.add(&[engagement, "accepted"], file.accepted);
        self.accounts.add(&[engagement, "rejected"], file.rejected);
        for (code, count) in &file.problems {
            self.problems.add(&[engagement, code], *count);
        }
        let last = self.last_file.group(&[engagement]);
        *last = at.max(*last);
    }

    /// OpenMetrics 1.0 text.
    ///
    /// # Errors
    /// [`Error::Invariant`].
    pub fn text(self) -> Result<String> {
        let mut registry = Registry::with_prefix("bailiwick");
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        text::encode(&mut text, &registry).map_err(|error| Error::Invariant(error.to_string()))?;
        Ok(text)
    }
}

type Encoded = std::result::Result<(), std::fmt::Error>;

/// How a family is encoded: name, help, unit, names of the labels.
struct Named<'a>(&'a str, &'a str, Option<Unit>, &'a [&'static str]);

/// The labels of a group.
fn labels<'a>(names: &[&'static str], values: &'a [String]) -> Vec<(&'static str, &'a str)> {
    names.iter().copied().zip(values.iter().map(String::as_str)).collect()
}

fn counters(encoder: &mut DescriptorEncoder<'_>, named: &Named<'_>, family: &Family<u64>) -> Encoded {
    let Named(name, help, unit, names) = named;
    let mut metric = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Counter)?;
    for (values, count) in &family.0 {
        let labels = labels(names, values);
        metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(count, None)?;
    }
    Ok(())
}

fn gauges(encoder: &mut DescriptorEncoder<'_>, named: &Named<'_>, family: &Family<i64>) -> Encoded {
    let Named(name, help, unit, names) = named;
    let mut metric = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?;
    for (values, value) in &family.0 {
        metric.encode_family(&labels(names, values))?.encode_gauge(value)?;
    }
    Ok(())
}

/// A gauge without labels; it is left out if it has no value.
fn gauge(encoder: &mut DescriptorEncoder<'_>, named: &Named<'_>, value: Option<i64>) -> Encoded {
    let (Named(name, help, unit, _), Some(value)) = (named, value) else { return Ok(()) };
    encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?.encode_gauge(&value)
}

fn histograms(encoder: &mut DescriptorEncoder<'_>, named: &Named<'_>, family: &Family<Durations>) -> Encoded {
    let seconds = |us| Duration::from_micros(us).as_secs_f64();
    let Named(name, help, unit, names) = named;
    let mut metric = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Histogram)?;
    for (values, durations) in &family.0 {
        // The encoder adds the buckets up.
        let ends = BUCKETS.iter().map(|&end| seconds(end)).chain([f64::INFINITY]);
        let longer = durations.count.saturating_sub(durations.buckets.iter().sum());
        let buckets: Vec<(f64, u64)> = ends.zip(durations.buckets.iter().copied().chain([longer])).collect();
        let (sum, count) = (seconds(durations.sum_us), durations.count);
        let labels = labels(names, values);
        metric.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
    }
    Ok(())
}

impl Collector for Counts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Encoded {
        let it = &mut encoder;
        let plugin: &[&str] = &["plugin", "version"];
        let count = |size: u64| i64::try_from(size).ok();
        let instant = |second: i64| (second > 0).then_some(second);
        let version = vec![env!("CARGO_PKG_VERSION").to_owned()];
        let build = Named("build_info", "The version of the host", None, &["version"]);
        gauges(it, &build, &Family([(version, 1)].into()))?;
        counters(it, &Named("log_entries", "Entries of the audit log", None, &["kind"]), &self.entries)?;
        gauge(it, &Named("log_size", "Entries of the audit log, of all kinds", None, &[]), count(self.size))?;
        let seconds = || Some(Unit::Seconds);
        let newest = Named("log_newest_timestamp", "When the newest entry was made", seconds(), &[]);
        gauge(it, &newest, instant(self.last_entry))?;
        let held = Named("checkpoint_size", "Entries that the newest published checkpoint holds", None, &[]);
        gauge(it, &held, count(self.checkpoint_size))?;
        let published =
            Named("checkpoint_timestamp", "When the newest checkpoint was published", seconds(), &[]);
        gauge(it, &published, instant(self.checkpoint_at))?;
        let calls = Named("calls", "Calls of plugins", None, &["plugin", "version", "function", "outcome"]);
        counters(it, &calls, &self.calls)?;
        let durations = &["plugin", "version", "function"];
        let durations = Named("call_duration", "Wall-clock time of calls", seconds(), durations);
        histograms(it, &durations, &self.durations)?;
        counters(it, &Named("call_fuel", "Fuel that calls burnt", None, plugin), &self.fuel)?;
        let bytes = || Some(Unit::Bytes);
        counters(it, &Named("call_input", "What calls were given", bytes(), plugin), &self.input)?;
        counters(it, &Named("call_output", "What calls gave back", bytes(), plugin), &self.output)?;
        let files = Named("files", "Files that were exchanged", None, &["engagement", "from", "outcome"]);
        counters(it, &files, &self.files)?;
        let last = Named("file_newest_timestamp", "When the newest file came", seconds(), &["engagement"]);
        gauges(it, &last, &self.last_file)?;
        let accounts = Named("accounts", "Accounts of files", None, &["engagement", "result"]);
        counters(it, &accounts, &self.accounts)?;
        let problems = Named("problems", "Problems of files", None, &["engagement", "code"]);
        counters(it, &problems, &self.problems)?;
        let failures = Named("failures", "Acts that failed", None, &["engagement", "code"]);
        counters(it, &failures, &self.failures)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bailiwick_tlog::{Scheme, SigningKey};

    use super::*;
    use crate::groups::GROUPS_MAX;
    use crate::{AuditLog, SystemDisk};

    fn failed(engagement: &str) -> Entry {
        Entry::Failed { act: 0, engagement: engagement.to_owned(), code: "io".to_owned() }
    }

    #[test]
    fn groups_have_an_end() {
        let mut family = Family::default();
        (0..GROUPS_MAX + 3).for_each(|at| family.add(&[&at.to_string(), "x"], 1));
        family.add(&["0", "x"], 1);
        assert_eq!(family.0.len(), GROUPS_MAX + 1);
        assert_eq!(*family.group(&["0", "x"]), 2);
        assert_eq!(*family.group(&[OTHERS, OTHERS]), 3);
    }

    #[test]
    fn a_duration_falls_into_one_bucket() {
        let mut durations = Durations::default();
        for us in [0, 30, 31, 1_000_000, 30_000_001, u64::MAX] {
            durations.add(us);
        }
        assert_eq!(durations.buckets, [2, 1, 0, 0, 0, 1, 0, 0]);
        assert_eq!((durations.count, durations.sum_us), (6, u64::MAX));
    }

    #[test]
    fn counting_goes_on_where_it_ended_and_begins_anew_with_another_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = |name: &str| {
            let path = folder.path().join(name);
            let signer = SigningKey::new("test", Scheme::Ed25519, [7; 32]).unwrap();
            AuditLog::create(&path, &SystemDisk, &signer).unwrap();
            (AuditLog::open(&path, Arc::new(SystemDisk), signer, 1).unwrap(), path)
        };
        let (first, path) = log("first");
        first.append(&failed("a")).unwrap();
        first.append(&failed("a")).unwrap();
        first.commit().unwrap();
        let count = |path: &std::path::Path, remembered: Option<&[u8]>| {
            Counts::of(&Stored::open(&SystemDisk, path).unwrap(), remembered).unwrap()
        };
        let counts = count(&path, None);
        let remembered = counts.remembered().unwrap();
        assert_eq!(count(&path, Some(&remembered)), counts);
        first.append(&failed("b")).unwrap();
        first.commit().unwrap();
        // A changed remembered count shows that the next count starts from it.
        let mut told = counts.clone();
        told.failures.add(&["a", "io"], 100);
        let gone_on = count(&path, Some(&told.remembered().unwrap()));
        let expected = [(["a", "io"], 102), (["b", "io"], 1)];
        for (labels, expected) in expected {
            assert_eq!(gone_on.failures.0[&labels.map(str::to_owned).to_vec()], expected);
        }
        assert_eq!(gone_on.size, 3);
        let (second, path) = log("second");
        for _ in 0..3 {
            second.append(&failed("c")).unwrap();
        }
        second.commit().unwrap();
        let anew = count(&path, Some(&remembered));
        assert_eq!(anew, count(&path, None));
        assert_eq!(anew.failures.0.len(), 1);
        for bad in [&b""[..], b"{}", b"{\"v\":1}"] {
            assert_eq!(count(&path, Some(bad)), anew);
        }
    }

    #[test]
    fn labels_are_escaped() {
        let mut counts = Counts { last_entry: 1_782_864_000, ..Counts::default() };
        counts.failures.add(&["a\"b\\c\nd", "io"], 7);
        let text = counts.text().unwrap();
        assert!(
            text.contains("bailiwick_failures_total{engagement=\"a\\\"b\\\\c\\nd\",code=\"io\"} 7\n"),
            "{text}"
        );
        assert!(text.contains("bailiwick_log_newest_timestamp_seconds 1782864000\n"), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
