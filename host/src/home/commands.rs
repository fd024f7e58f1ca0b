//! Commands that read or export private data: the audit log has the command and its operator before the data is
//! shown.
//!
//! If nobody else writes, the command is put into the log at once, together with commands of other threads. A command
//! must not wait for a running exchange, and only one process may write the log. So during an exchange the command is
//! written to a file and flushed; the next writer puts it into the log and removes the file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::waiting::{self, Seal};
use super::{Host, Writing, layout, permissions};
use crate::audit::{CommandEntry, Disk, Entry, SystemDisk, random};
use crate::error::{Error, Result};
use crate::{files, hex};

/// Commands that may wait until they are in the log.
const WAITING_MAX: usize = 10_000;
/// Files that are set aside; further ones are removed.
const REFUSED_MAX: usize = 100;
/// The end of the name of a command's file that is whole.
pub(super) const WHOLE: &str = ".json";
/// How long the writing of a command's file may take.
const BEING_WRITTEN_MAX: Duration = Duration::from_secs(3_600);

/// A command of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Command<'a> {
    /// The command's name: `accounts`, `audit export`, …
    pub(super) name: &'static str,
    /// The engagement, if it is about one.
    pub(super) engagement: Option<&'a str>,
    /// The account, if it is about one.
    pub(super) account: Option<&'a str>,
}

impl Host {
    /// Records a command, durably, before it is carried out. It does not wait for a running exchange: the entry is
    /// then made when the exchange has ended. After a crash there may be a second entry with the same `id`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Audit`] if it cannot be recorded, or the log, the book and the signed head do not agree:
    /// then it must not be carried out.
    /// [`Error::NoEngagement`]; [`Error::Config`] if `bailiwick.toml` has changed and is wrong.
    pub(super) fn record(&self, operator: Option<String>, command: Command<'_>) -> Result<()> {
        // With wrong settings, a read is refused as well.
        self.settings()?;
        if let Some(name) = command.engagement {
            let known = self.engagements()?;
            if !known.iter().any(|known| known == name) {
                return Err(Error::NoEngagement { name: name.to_owned(), known });
            }
        }
        let keys = self.keys();
        let id = hex(random(&self.waiting())?.get(..8).unwrap_or_default());
        let asked_at = Timestamp::now();
        let entry = CommandEntry {
            id,
            command: command.name.to_owned(),
            asked_at: asked_at.to_string(),
            operator,
            engagement: command.engagement.map(str::to_owned),
            account: command.account.map(|account| keys.value("account", account)),
        };
        let recorded = self
            .together
            .record(entry.clone(), |commands, recorded| self.record_now(commands, recorded).is_ok());
        match recorded {
            true => Ok(()),
            false => self.record_later(&entry, asked_at),
        }
    }

    /// Puts commands into the log at once, if nobody else writes. Calls `recorded` when they are durable: the head and the
    /// sinks, which may not reply, keep no other thread waiting.
    fn record_now(&self, commands: &[CommandEntry], recorded: &dyn Fn()) -> Result<()> {
        let mut writing = self.write_within(Duration::ZERO)?;
        for command in commands {
            writing.audit.append(&Entry::Command(Box::new(command.clone())))?;
        }
        writing.audit.commit()?;
        recorded();
        // The commands are recorded. If signing the head fails, the error is only traced.
        let _ = writing.conclude_done();
        writing.keep();
        Ok(())
    }

    /// Writes a command to a file; the next writer puts it into the log.
    fn record_later(&self, entry: &CommandEntry, asked_at: Timestamp) -> Result<()> {
        // While the home was open, other users may have got access to it, or the book may have been replaced by an
        // older one.
        permissions::refuse_unsafe(self.home())?;
        self.agree()?;
        let folder = self.waiting();
        let name = format!("{:020}-{}{WHOLE}", asked_at.as_nanosecond(), entry.id);
        let bytes = self.seal()?.write(&name, entry)?;
        if SystemDisk.list(&folder).map_err(Error::io("list", &folder))?.len() >= WAITING_MAX {
            return Err(Error::log(format!(
                "{WAITING_MAX} commands wait in {} to be put into the log; no other process may write now",
                folder.display()
            )));
        }
        if !folder.is_dir() {
            files::make_folder(&folder).map_err(Error::io("make", &folder))?;
            let log = self.audit_path();
            File::open(&log).and_then(|log| log.sync_all()).map_err(Error::io("sync", &log))?;
        }
        let path = folder.join(name);
        SystemDisk.replace(&path, &bytes).map_err(Error::io("write", &path))?;
        // The command is recorded. If the other writer has ended, it goes into the log now, else with the next write.
        let _ = self.write_within(Duration::ZERO).map(Writing::keep);
        Ok(())
    }

    /// Puts the waiting commands into the log. Files that this home has not made are set aside, and an entry says so.
    pub(super) fn absorb(&self, writing: &mut Writing) -> Result<()> {
        let folder = self.waiting();
        // If the folder cannot be listed, no command can be recorded either, and the rest of the write goes on.
        let names = SystemDisk.list(&folder).unwrap_or_default();
        let (whole, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name.ends_with(WHOLE));
        others.iter().for_each(|name| forget_old(&folder.join(name)));
        if whole.is_empty() {
            return Ok(());
        }
        let seal = self.seal()?;
        let (mut done, mut aside) = (Vec::new(), Vec::new());
        for name in whole {
            let path = folder.join(&name);
            let bytes = files::read(&path, waiting::BYTES_MAX).ok();
            match bytes.and_then(|bytes| seal.read(&name, &bytes)) {
                Some(command) => {
                    writing.audit.append(&Entry::Command(Box::new(command)))?;
                    done.push(path);
                }
                None => aside.push((path, name)),
            }
        }
        if !aside.is_empty() {
            writing.audit.append(&Entry::SetAside { files: aside.len() as u64 })?;
        }
        // The files are moved and removed after this: after a crash in between, the log has the commands twice.
        writing.conclude()?;
        aside.iter().for_each(|(path, name)| self.set_aside(path, name));
        done.iter().try_for_each(|path| fs::remove_file(path).map_err(Error::io("remove", path)))
    }

    /// Moves a file out of the folder of waiting commands. If that fails, the next write tries again.
    fn set_aside(&self, path: &Path, name: &str) {
        let folder = self.home().join(layout::REFUSED);
        let there = SystemDisk.list(&folder).map_or(0, |names| names.len());
        if there < REFUSED_MAX {
            // The folder may exist already, and a file that cannot be moved stays.
            let _ = files::make_folder(&folder);
            let _ = fs::rename(path, folder.join(name));
        } else {
            let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
        }
    }

    fn seal(&self) -> Result<Seal> {
        Seal::new(&layout::read_key(self.home())?)
    }

    fn waiting(&self) -> PathBuf {
        self.home().join(layout::COMMANDS)
    }
}

/// Removes the unfinished file of a command, which a crash left. A young file may be one that is being written now.
fn forget_old(path: &Path) {
    let age = path.metadata().and_then(|it| it.modified()).map(|it| it.elapsed().unwrap_or_default());
    if age.is_ok_and(|age| age > BEING_WRITTEN_MAX) {
        // A file that cannot be removed only counts among the waiting files.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::InitOptions;
    use crate::audit::{Appending, Recorded, Stored};

    /// The system's disk, which counts the bytes that are read of the log.
    #[derive(Debug, Default)]
    struct Counting(AtomicU64);

    impl Counting {
        fn read_so_far(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Disk for Counting {
        fn append(&self, path: &Path) -> io::Result<Box<dyn Appending>> {
            SystemDisk.append(path)
        }

        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            let bytes = SystemDisk.read(path)?;
            self.0.fetch_add(1 + bytes.len() as u64, Ordering::Relaxed);
            Ok(bytes)
        }

        fn put(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            SystemDisk.put(path, bytes)
        }

        fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            SystemDisk.replace(path, bytes)
        }

        fn flush(&self, files: &[PathBuf]) -> io::Result<()> {
            SystemDisk.flush(files)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            SystemDisk.remove(path)
        }

        fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
            SystemDisk.list(folder)
        }
    }

    const LISTED: Command<'_> = Command { name: "accounts", engagement: None, account: None };

    /// A home that is open, and what counts the bytes it reads of its log.
    fn home(folder: &Path) -> (Host, Arc<Counting>) {
        let counting = Arc::new(Counting::default());
        let mut host = Host::init(&folder.join("home"), &InitOptions::default()).unwrap();
        host.disk = counting.clone();
        (host, counting)
    }

    fn commands(host: &Host) -> usize {
        let stored = Stored::open(&SystemDisk, &host.audit_path()).unwrap();
        let entries = stored.entries(0).map(|entry| {
            let (seq, bytes) = entry.unwrap();
            Recorded::parse(seq, &bytes).unwrap().entry
        });
        let found = entries.filter(|entry| matches!(entry, Entry::Command(_))).count();
        host.verify_audit().unwrap();
        found
    }

    #[test]
    fn an_open_host_records_without_reading_the_log_again() {
        let folder = tempfile::tempdir().unwrap();
        let (host, counting) = home(folder.path());
        host.record(None, LISTED).unwrap();
        let opened = counting.read_so_far();
        assert!(opened > 0);
        for _ in 0..100 {
            host.record(None, LISTED).unwrap();
        }
        assert_eq!(counting.read_so_far(), opened);
        assert_eq!(commands(&host), 101);
    }

    #[test]
    fn what_another_process_wrote_in_between_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (host, counting) = home(folder.path());
        host.record(None, LISTED).unwrap();
        let opened = counting.read_so_far();
        let other = Host::open(host.home()).unwrap();
        other.record(None, LISTED).unwrap();
        host.record(None, LISTED).unwrap();
        assert!(counting.read_so_far() > opened);
        other.record(None, LISTED).unwrap();
        assert_eq!(commands(&host), 4);
    }

    #[test]
    fn what_is_recorded_by_many_threads_is_there_once_each() {
        let folder = tempfile::tempdir().unwrap();
        let (host, _) = home(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10).for_each(|_| host.record(None, LISTED).unwrap()));
            }
        });
        drop(host.write().unwrap());
        assert_eq!(commands(&host), 80);
    }

    /// The files of a home that is open and idle are touched by somebody else.
    #[test]
    fn harm_to_an_open_home_is_noticed_before_anything_is_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let (host, _) = home(folder.path());
        host.record(None, LISTED).unwrap();
        let head = host.audit_path().join("head");
        let kept = fs::read(&head).unwrap();
        fs::remove_file(&head).unwrap();
        let refused = host.record(None, LISTED).unwrap_err().to_string();
        assert!(refused.contains("head of the log is gone"), "{refused}");
        fs::write(&head, kept).unwrap();
        host.record(None, LISTED).unwrap();

        let book = host.home().join(layout::BOOK);
        fs::rename(&book, book.with_extension("away")).unwrap();
        assert!(host.record(None, LISTED).is_err());
        fs::rename(book.with_extension("away"), &book).unwrap();
        host.record(None, LISTED).unwrap();
        assert_eq!(commands(&host), 3);
    }
}
