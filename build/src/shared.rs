//! The shared folder of compiled crates, above all the standard library. They are compiled once for each user,
//! compiler and set of flags, for all plugins of the user.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::cache::hex;

/// The name of the folder in cargo's home.
const FOLDER: &str = "bailiwick-plugins";
/// How many sets of compiled crates are kept. One has 100 to 300 MB.
const KEPT_MAX: usize = 6;
/// A set that was used more recently may be in use, and stays.
const IDLE_MIN: Duration = Duration::from_secs(24 * 60 * 60);
/// The file whose age says when a set was last used.
const USED: &str = "used";

/// Cargo's home, where the sources of crates are.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let told = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    told.or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

/// The folder for crates of this compiler and these flags. `None` if it cannot be made; then each plugin crate
/// uses a folder of its own.
pub(crate) fn folder(compiler: &str, flags: &[String]) -> Option<PathBuf> {
    claim(&cargo_home()?.join(FOLDER), compiler, flags).ok()
}

fn claim(all: &Path, compiler: &str, flags: &[String]) -> io::Result<PathBuf> {
    let mut digest = Sha256::new();
    for part in std::iter::once(compiler).chain(flags.iter().map(String::as_str)) {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let folder = all.join(&hex(&digest.finalize())[..16]);
    let is_new = !folder.is_dir();
    make_private(&folder)?;
    [all, &folder].into_iter().try_for_each(refuse_others)?;
    fs::write(folder.join(USED), b"")?;
    if is_new {
        evict(all, SystemTime::now());
    }
    Ok(folder)
}

/// The crates may be a bank's own, so only the owner can read the folder.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Cargo trusts compiled crates that it finds, so nobody else may have put any there: refuses a folder that belongs to
/// another user, that others can change, or that is a link.
#[cfg(unix)]
fn refuse_others(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(folder)?;
    let is_own = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw();
    if is_own && found.mode() & 0o077 == 0 { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Elsewhere the folder has the permissions of the user's own folder that it lies in.
#[cfg(not(unix))]
fn refuse_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes the least recently used sets. A set that cannot be removed is tried again when the next set is made.
fn evict(all: &Path, now: SystemTime) {
    let used = |folder: &Path| fs::metadata(folder.join(USED)).and_then(|file| file.modified()).ok();
    let entries = fs::read_dir(all).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut sets: Vec<(SystemTime, PathBuf)> =
        entries.filter_map(|path| Some((used(&path)?, path))).collect();
    sets.sort();
    let idle = |since: SystemTime| now.duration_since(since).is_ok_and(|idle| idle >= IDLE_MIN);
    let surplus = sets.len().saturating_sub(KEPT_MAX);
    for (_, folder) in sets.iter().take(surplus).filter(|(since, _)| idle(*since)) {
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::Folder;

    fn sets(all: &Path) -> usize {
        fs::read_dir(all).unwrap().count()
    }

    #[test]
    fn a_set_belongs_to_its_compiler_and_flags() {
        let temp = Folder::new("shared");
        let claim = |compiler: &str, flags: &[&str]| {
            let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
            claim(&temp.path().join("all"), compiler, &flags).unwrap()
        };
        let one = claim("1.95", &["a", "b"]);
        assert_eq!(claim("1.95", &["a", "b"]), one);
        let others = [claim("1.96", &["a", "b"]), claim("1.95", &["ab"]), claim("1.95", &["a"])];
        assert!(!others.contains(&one));
        assert_eq!(sets(&temp.path().join("all")), 4);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_folder() {
        use std::os::unix::fs::PermissionsExt;
        let temp = Folder::new("shared-private");
        let folder = claim(&temp.path().join("all"), "1.95", &[]).unwrap();
        for folder in [folder.parent().unwrap(), &folder] {
            assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_change_is_not_used() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let temp = Folder::new("shared-others");
        let all = temp.path().join("all");
        let folder = claim(&all, "1.95", &[]).unwrap();
        let claimed = || claim(&all, "1.95", &[]).is_ok();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for path in [&folder, &all] {
            set(path, 0o777);
            assert!(!claimed(), "{path:?}");
            set(path, 0o700);
            assert!(claimed());
        }
        let away = temp.path().join("away");
        fs::rename(&folder, &away).unwrap();
        symlink(&away, &folder).unwrap();
        assert!(!claimed(), "a link");
    }

    #[test]
    fn the_least_recently_used_sets_go_and_those_in_use_stay() {
        let temp = Folder::new("shared-evict");
        let (now, day) = (SystemTime::now(), Duration::from_secs(24 * 60 * 60));
        let used = |name: &str, days: u32| {
            temp.write(&format!("{name}/{USED}"), "");
            let file = fs::File::options().write(true).open(temp.path().join(name).join(USED)).unwrap();
            file.set_modified(now - day * days).unwrap();
        };
        (0..KEPT_MAX).for_each(|at| used(&format!("new{at}"), 0));
        used("old", 30);
        used("older", 60);
        evict(temp.path(), now);
        assert_eq!(sets(temp.path()), KEPT_MAX, "the oldest two went");
        used("in-use", 0);
        evict(temp.path(), now);
        assert_eq!(sets(temp.path()), KEPT_MAX + 1, "nothing was idle");
    }
}
