//! The group whose members fetch what is in the outbox.

#[cfg(unix)]
use std::path::Path;

use serde::Deserialize;

#[cfg(unix)]
use crate::files;

/// The system's file of groups. A group of a directory service is given by its number.
#[cfg(unix)]
const GROUPS: &str = "/etc/group";
/// The most bytes of that file.
#[cfg(unix)]
const GROUPS_BYTES_MAX: u64 = 16 << 20;

/// A group as `bailiwick.toml` names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum GroupName {
    /// By its number.
    Number(u32),
    /// By its name.
    Name(String),
}

/// A group of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// As it was named.
    pub(super) name: String,
    /// Its number.
    pub(super) number: u32,
}

impl Group {
    /// Looks a group up. The error says what is wrong and what to do.
    #[cfg(unix)]
    pub(super) fn find(name: GroupName) -> Result<Self, String> {
        match name {
            // For the system this number means that the group stays as it is.
            GroupName::Number(u32::MAX) => Err(format!("{} is no number of a group", u32::MAX)),
            GroupName::Number(number) => Ok(Self { name: number.to_string(), number }),
            GroupName::Name(name) => {
                let text = files::read_text(Path::new(GROUPS), GROUPS_BYTES_MAX).map_err(|error| {
                    format!("cannot read {GROUPS}: {error}; give the number of the group")
                })?;
                match named(&text, &name) {
                    Some(number) => Ok(Self { name, number }),
                    None => Err(format!(
                        "there is no group {name:?} in {GROUPS}; make it with `groupadd`, or give the number of one from a directory: `getent group NAME` shows it"
                    )),
                }
            }
        }
    }

    #[cfg(not(unix))]
    pub(super) fn find(_: GroupName) -> Result<Self, String> {
        Err("this system has no groups that files belong to; leave out the section outbox".to_owned())
    }
}

/// The number of a group in lines of `name:password:number:members`.
#[cfg(unix)]
fn named(text: &str, name: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (known, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        if known == name { number.parse().ok() } else { None }
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let text = "root:x:0:\ntransfer:x:990:alice,bob\nbroken\n:x:7:\n";
        assert_eq!(named(text, "transfer"), Some(990));
        for unknown in ["trans", "alice", "990", "broken", "transfer:x"] {
            assert_eq!(named(text, unknown), None, "{unknown}");
        }
        assert_eq!(Group::find(GroupName::Name("root".to_owned())).map(|it| it.number), Ok(0));
    }
}
