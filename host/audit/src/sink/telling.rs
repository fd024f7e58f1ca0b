//! Gives sinks every new head, if the settings say so. A sink that fails or does not reply stops no act: the
//! failure is remembered, and `audit verify` reports it.

use std::collections::BTreeSet;
use std::fmt::{self, Debug, Formatter};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bailiwick_tlog::{Checkpoint, Note};
use jiff::{SignedDuration, Timestamp};

use super::heads::give_head;
use super::{SinkAddress, failed, open};
use crate::error::{Error, Result};
use crate::mark::Mark;
use crate::taken::{remember, unanswered};

/// How long all sinks together may take.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// How long a sink that did not reply is not tried again, by the machine's clock.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// A function that gives a sink a head of the log in a folder; the text is the log's name.
type Give = dyn Fn(&SinkAddress, &Path, &str, &Note) -> Result<()> + Send + Sync;

/// Gives heads to a list of sinks.
pub struct Telling {
    sinks: Vec<SinkAddress>,
    give: Arc<Give>,
    answer_max: Duration,
    pause: SignedDuration,
    /// The sinks that have not replied yet. A sink is given one head at a time.
    busy: Arc<Mutex<BTreeSet<usize>>>,
}

impl Debug for Telling {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telling").field("sinks", &self.sinks).finish_non_exhaustive()
    }
}

impl Telling {
    /// For these sinks.
    pub fn new(sinks: Vec<SinkAddress>) -> Self {
        let give = |address: &SinkAddress, log: &Path, origin: &str, head: &Note| {
            give_head(log, &mut *open(address, origin)?, head)
        };
        Self { sinks, give: Arc::new(give), answer_max: ANSWER_MAX, pause: PAUSE, busy: Arc::default() }
    }

    /// Gives every sink a head of the log in a folder. The result is remembered in that folder.
    pub fn tell(&self, log: &Path, origin: &str, head: &Note) {
        let Ok(Checkpoint { size, root, .. }) = Checkpoint::parse(&head.text) else { return };
        let given = Mark::of(size, root);
        let now = Timestamp::now();
        let remembering = |at: usize, failed: Option<&Error>, unanswered: Option<Timestamp>| {
            let shown = self.sinks.get(at).map(SinkAddress::shown).unwrap_or_default();
            // If the result cannot be remembered, the home only underestimates what the sink has seen.
            let _ = remember(log, shown, &given, failed, unanswered);
        };
        let (done, answers) = channel();
        let mut waiting = BTreeSet::new();
        for (at, address) in self.sinks.iter().enumerate() {
            // Only since when the sink did not reply. A file that cannot be read is replaced with the result below.
            let unanswered = unanswered(log, address.shown()).filter(|since| self.pauses(*since, now));
            if unanswered.is_some() {
                let why = format!("it did not reply, and is not tried again for {} s", self.pause.as_secs());
                remembering(at, Some(&self.failed(at, why)), unanswered);
                continue;
            }
            match self.begin(at, address, log, origin, head, done.clone()) {
                Ok(()) => {
                    waiting.insert(at);
                }
                Err(error) => remembering(at, Some(&error), None),
            }
        }
        let begun = Instant::now();
        while !waiting.is_empty() {
            let Ok((at, result)) = answers.recv_timeout(self.answer_max.saturating_sub(begun.elapsed()))
            else {
                break;
            };
            waiting.remove(&at);
            remembering(at, result.as_ref().err(), None);
        }
        for at in waiting {
            let late = self.failed(at, format!("it did not reply within {} s", self.answer_max.as_secs()));
            remembering(at, Some(&late), Some(Timestamp::now()));
        }
    }

    /// Whether a sink that did not reply at that instant is not tried yet. A sink is tried if the instant lies in
    /// the future, because the clock was put back.
    fn pauses(&self, since: Timestamp, now: Timestamp) -> bool {
        let age = now.duration_since(since);
        age >= SignedDuration::ZERO && age < self.pause
    }

    /// A thread for each sink, since a network share that hangs cannot be interrupted.
    fn begin(
        &self,
        at: usize,
        address: &SinkAddress,
        log: &Path,
        origin: &str,
        head: &Note,
        done: Sender<(usize, Result<()>)>,
    ) -> Result<()> {
        let lock = move |busy: &Mutex<BTreeSet<usize>>, works: bool| match busy.lock() {
            Ok(mut busy) if works => busy.insert(at),
            Ok(mut busy) => busy.remove(&at),
            Err(_) => false,
        };
        if !lock(&self.busy, true) {
            return Err(self.failed(at, "it has not replied yet to an earlier head".to_owned()));
        }
        let (busy, give) = (Arc::clone(&self.busy), Arc::clone(&self.give));
        let (address, log, origin, head) = (address.clone(), log.to_owned(), origin.to_owned(), head.clone());
        let work = move || {
            let result = give(&address, &log, &origin, &head);
            lock(&busy, false);
            // If the receiver is gone, nobody waits for the result.
            let _ = done.send((at, result));
        };
        let thread = std::thread::Builder::new().name("bailiwick-head".to_owned()).spawn(work);
        thread.map(drop).map_err(|error| {
            lock(&self.busy, false);
            self.failed(at, error.to_string())
        })
    }

    fn failed(&self, at: usize, message: String) -> Error {
        failed(self.sinks.get(at).map(SinkAddress::shown).unwrap_or_default(), message)
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_tlog::{Scheme, SigningKey, empty_root};

    use super::*;
    use crate::taken::remembered;

    fn head(size: u64) -> Note {
        let key = SigningKey::new("bank.example/audit", Scheme::Ed25519, [7; 32]).unwrap();
        let mut note = Checkpoint::new("bank.example/audit", size, empty_root()).note();
        key.sign(&mut note, 0);
        note
    }

    #[test]
    fn a_sink_that_does_not_answer_is_waited_for_once_and_not_given_more() {
        let log = tempfile::tempdir().unwrap();
        let address = |name| SinkAddress::parse(&format!("folder:{name}"), log.path()).unwrap();
        let (let_go, hangs) = channel::<()>();
        let hangs = Mutex::new(hangs);
        let give = move |address: &SinkAddress, _: &Path, _: &str, _: &Note| {
            if address.shown().ends_with("hangs") {
                // Blocks until the test drops its end of the channel, also if the test fails.
                let _ = hangs.lock().unwrap().recv();
            }
            Ok(())
        };
        let telling = |answer_max, give: &Arc<Give>, busy: &Arc<Mutex<BTreeSet<usize>>>| Telling {
            sinks: vec![address("hangs"), address("answers")],
            give: Arc::clone(give),
            answer_max,
            pause: SignedDuration::ZERO,
            busy: Arc::clone(busy),
        };
        let (give, busy): (Arc<Give>, _) = (Arc::new(give), Arc::default());
        let errors = || -> Vec<(u64, Option<String>)> {
            let taken = remembered(log.path()).unwrap();
            taken.into_iter().map(|it| (it.failures, it.error)).collect()
        };
        // With no time at all, the hanging sink has not replied.
        telling(Duration::ZERO, &give, &busy).tell(log.path(), "bank.example/audit", &head(1));
        let hanging =
            errors().into_iter().find(|(_, error)| error.as_ref().is_some_and(|it| it.contains("hangs")));
        assert!(hanging.unwrap().1.unwrap().contains("did not reply within 0 s"));
        // With unlimited time: a second wait for the hanging sink would never end.
        while busy.lock().unwrap().len() > 1 {
            std::thread::yield_now();
        }
        telling(Duration::MAX, &give, &busy).tell(log.path(), "bank.example/audit", &head(2));
        let hanging = errors().into_iter().find(|(_, error)| error.is_some()).unwrap();
        assert_eq!(hanging.0, 2);
        assert!(hanging.1.unwrap().contains("has not replied yet"));
        drop(let_go);
        while !busy.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        telling(Duration::MAX, &give, &busy).tell(log.path(), "bank.example/audit", &head(3));
        assert_eq!(errors(), [(0, None), (0, None)]);
    }

    /// Each command is a process. If one of them has waited for a sink in vain, the next ones do not wait for
    /// it.
    #[test]
    fn a_sink_that_did_not_answer_is_left_alone_for_a_while() {
        let log = tempfile::tempdir().unwrap();
        let address = SinkAddress::parse("folder:hangs", log.path()).unwrap();
        let tries = Arc::new(Mutex::new(0));
        let (let_go, hangs) = channel::<()>();
        let (counted, hangs) = (Arc::clone(&tries), Mutex::new(hangs));
        let give = move |_: &SinkAddress, _: &Path, _: &str, _: &Note| {
            *counted.lock().unwrap() += 1;
            // Blocks until the test drops its end of the channel, also if the test fails.
            let _ = hangs.lock().unwrap().recv();
            Ok(())
        };
        let give: Arc<Give> = Arc::new(give);
        // Another process knows only what the home remembers.
        let process = |answer_max| Telling {
            sinks: vec![address.clone()],
            give: Arc::clone(&give),
            answer_max,
            pause: SignedDuration::MAX,
            busy: Arc::default(),
        };
        let first = process(Duration::ZERO);
        first.tell(log.path(), "bank.example/audit", &head(1));
        let last = || remembered(log.path()).unwrap().remove(0);
        let since = last().unanswered.unwrap();
        for failures in 2..4 {
            process(Duration::MAX).tell(log.path(), "bank.example/audit", &head(failures));
            let now = last();
            assert_eq!((now.failures, now.unanswered), (failures, Some(since)));
            assert!(now.error.unwrap().contains("not tried again"));
        }
        drop(let_go);
        while !first.busy.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(*tries.lock().unwrap(), 1);
        // It is tried later, or if the clock was put back.
        let mut later = process(Duration::MAX);
        later.pause = SignedDuration::ZERO;
        later.tell(log.path(), "bank.example/audit", &head(4));
        assert_eq!(*tries.lock().unwrap(), 2);
        assert_eq!((last().failures, last().unanswered), (0, None));
        assert!(!process(Duration::ZERO).pauses(since, since - SignedDuration::from_secs(1)));
    }
}
