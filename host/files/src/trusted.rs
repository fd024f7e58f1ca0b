//! Checks whether another user than the owner could change a file.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that another user could change, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {why}; {mend}", path.display())]
#[non_exhaustive]
pub struct Untrusted {
    /// The file or folder.
    pub path: PathBuf,
    /// The finding, as the end of a sentence that begins with the path.
    pub why: String,
    /// The advice, with the command.
    pub mend: String,
}

/// The files of a home that another user could change or replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntrustedHome {
    /// The home.
    pub home: PathBuf,
    /// The findings.
    pub found: Vec<Untrusted>,
    /// How many further findings there are.
    pub more: usize,
}

/// From this many findings on, one command for all of them is named as well.
const MANY: usize = 3;

impl UntrustedHome {
    /// The message, a line for each finding.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.found.iter().map(ToString::to_string).collect();
        if self.more > 0 {
            lines.push(format!("{} more are like these", self.more));
        }
        if self.found.len() + self.more >= MANY {
            let home = shown(&self.home);
            lines.push(format!("take everything in the home from others with: chmod -R go-w {home}"));
        }
        lines
    }
}

impl Display for UntrustedHome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

/// Checks a file or folder, and the target of a symbolic link. It must belong to the user of this process or
/// to root, and nobody else may write to it. Gives the finding; `None` if all is well or the path does not
/// exist.
///
/// # Errors
/// The system's error.
#[cfg(unix)]
pub fn check(path: &Path) -> io::Result<Option<Untrusted>> {
    let link = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        link => link?,
    };
    if let Some(untrusted) = judge(path, &link, false) {
        return Ok(Some(untrusted));
    }
    if !link.is_symlink() {
        return Ok(None);
    }
    // A link without a target is no finding; opening the file fails later.
    let Ok(target) = path.canonicalize() else { return Ok(None) };
    let folder = target.parent().unwrap_or(&target);
    Ok(match judge(&target, &target.metadata()?, false) {
        None => judge(folder, &folder.metadata()?, true),
        untrusted => untrusted,
    })
}

/// With `shared`, others may write to the folder if they cannot replace files of other users.
#[cfg(unix)]
fn judge(path: &Path, metadata: &std::fs::Metadata, shared: bool) -> Option<Untrusted> {
    judge_for(rustix::process::geteuid().as_raw(), path, metadata, shared)
}

/// The same for a program of this user.
#[cfg(unix)]
fn judge_for(user: u32, path: &Path, metadata: &std::fs::Metadata, shared: bool) -> Option<Untrusted> {
    use std::os::unix::fs::MetadataExt;

    let untrusted = |why: String, mend: String| Some(Untrusted { path: path.to_owned(), why, mend });
    let shown = shown(path);
    let owner = metadata.uid();
    if owner != user && owner != 0 {
        let why = format!("belongs to the user {owner}, and this program runs as the user {user}");
        return untrusted(
            why,
            format!("run it as that user, or make it yours with: chown -h {user} {shown}"),
        );
    }
    // The mode of a link has no meaning. A path that is neither a file nor a folder is never read.
    if !(metadata.is_file() || metadata.is_dir())
        || metadata.mode() & 0o022 == 0
        || shared && sticky(metadata)
    {
        return None;
    }
    let who = if metadata.mode() & 0o002 == 0 { "its group" } else { "everybody" };
    untrusted(format!("can be written by {who}"), format!("take it from others with: chmod go-w {shown}"))
}

/// The sticky bit: in a folder with it, nobody can remove or replace files of other users.
#[cfg(unix)]
fn sticky(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.is_dir() && metadata.mode() & 0o1000 != 0
}

/// The nearest folder above a path in which every user could replace it.
///
/// # Errors
/// The system's error.
#[cfg(unix)]
pub fn check_above(path: &Path) -> io::Result<Option<Untrusted>> {
    use std::os::unix::fs::MetadataExt;

    let path = path.canonicalize()?;
    for folder in path.ancestors().skip(1) {
        let metadata = folder.metadata()?;
        if metadata.mode() & 0o002 != 0 && !sticky(&metadata) {
            let why = format!("can be written by everybody, who could replace {}", path.display());
            let mend = format!("take it from them with: chmod o-w {}", shown(folder));
            return Ok(Some(Untrusted { path: folder.to_owned(), why, mend }));
        }
    }
    Ok(None)
}

#[cfg(not(unix))]
pub fn check(_: &Path) -> io::Result<Option<Untrusted>> {
    Ok(None)
}

#[cfg(not(unix))]
pub fn check_above(_: &Path) -> io::Result<Option<Untrusted>> {
    Ok(None)
}

/// A path quoted for a shell.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:@%".contains(letter);
    match !text.starts_with('-') && text.chars().all(plain) {
        true => text,
        false => format!("-- '{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_that_others_can_write_is_named_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's");
        fs::write(&path, b"x").unwrap();
        set(&path, 0o644);
        assert_eq!(check(&path).unwrap(), None);
        set(&path, 0o664);
        let untrusted = check(&path).unwrap().unwrap();
        assert_eq!(untrusted.why, "can be written by its group");
        assert!(untrusted.mend.contains(": chmod go-w -- '/"), "{}", untrusted.mend);
        assert!(untrusted.mend.ends_with(r"/it'\''s'"), "{}", untrusted.mend);
        set(&path, 0o646);
        assert_eq!(check(&path).unwrap().unwrap().why, "can be written by everybody");
        assert_eq!(check(&folder.path().join("none")).unwrap(), None);
    }

    /// Every user may trust root's files; but a program of another user must not trust this user's files.
    #[test]
    fn a_file_of_another_user_is_named() {
        use std::os::unix::fs::MetadataExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"x").unwrap();
        set(&path, 0o600);
        let metadata = path.metadata().unwrap();
        let owner = metadata.uid();
        assert_eq!(judge_for(owner, &path, &metadata, false), None);
        let other = judge_for(owner + 1, &path, &metadata, false);
        if owner == 0 {
            assert_eq!(other, None);
        } else {
            let other = other.unwrap();
            assert!(other.why.starts_with(&format!("belongs to the user {owner}, ")), "{}", other.why);
            assert!(other.mend.contains(&format!("chown -h {}", owner + 1)), "{}", other.mend);
        }
    }

    #[test]
    fn of_many_findings_the_rest_is_counted_and_one_command_is_named() {
        let one = Untrusted { path: "/h/a".into(), why: "is open".to_owned(), mend: "close it".to_owned() };
        let lines = |found: usize, more| {
            UntrustedHome { home: "/h".into(), found: vec![one.clone(); found], more }.lines()
        };
        assert_eq!(lines(2, 0), ["/h/a is open; close it", "/h/a is open; close it"]);
        assert_eq!(lines(3, 0)[3], "take everything in the home from others with: chmod -R go-w /h");
        assert_eq!(lines(16, 7)[16], "7 more are like these");
        assert_eq!(lines(16, 7).len(), 18);
    }

    #[test]
    fn a_link_is_as_safe_as_where_it_leads() {
        let folder = tempfile::tempdir().unwrap();
        let (open, link) = (folder.path().join("open"), folder.path().join("link"));
        fs::create_dir(&open).unwrap();
        fs::write(open.join("file"), b"x").unwrap();
        set(&open.join("file"), 0o600);
        symlink(open.join("file"), &link).unwrap();
        set(&open, 0o700);
        assert_eq!(check(&link).unwrap(), None);
        // Users who can write to the folder can replace the file.
        set(&open, 0o777);
        assert_eq!(check(&link).unwrap().unwrap().path, open.canonicalize().unwrap());
        set(&open, 0o1777);
        assert_eq!(check(&link).unwrap(), None);
    }

    #[test]
    fn a_folder_above_that_everybody_can_write_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("above/home");
        fs::create_dir_all(&home).unwrap();
        assert_eq!(check_above(&home).unwrap(), None);
        set(&folder.path().join("above"), 0o777);
        let untrusted = check_above(&home).unwrap().unwrap();
        assert_eq!(untrusted.path, folder.path().join("above").canonicalize().unwrap());
        set(&folder.path().join("above"), 0o1777);
        assert_eq!(check_above(&home).unwrap(), None);
    }
}
