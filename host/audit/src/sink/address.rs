//! The address of a sink, as in the settings and on the command line. It may hold a password, so it is never
//! shown in full.

use std::fmt;
use std::path::{Path, PathBuf};

/// The text that replaces a secret in a shown address.
const HIDDEN: &str = "***";
/// Parameters of a URL whose names contain one of these are secrets.
const SECRETS: [&str; 4] = ["password", "secret", "token", "key"];

/// The address of a sink: `folder:/path`, `postgres:postgresql://…` or `s3://bucket/prefix`. It is shown
/// without secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct SinkAddress {
    kind: Kind,
    text: String,
    shown: String,
}

/// The kind of a sink, with what opening it needs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder(PathBuf),
    Postgres(String),
    Bucket(String),
}

impl Kind {
    /// The feature that a program needs for this kind.
    pub(crate) fn feature(&self) -> &'static str {
        match self {
            Self::Folder(_) => "none",
            Self::Postgres(_) => "postgres",
            Self::Bucket(_) => "object-store",
        }
    }
}

impl SinkAddress {
    /// Reads an address. A folder that is not absolute is below `base`.
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// use bailiwick_audit::sink::SinkAddress;
    ///
    /// let home = Path::new("/srv/bailiwick");
    /// let copy = SinkAddress::parse("folder:copy", home)?;
    /// assert_eq!(copy.shown(), "folder:/srv/bailiwick/copy");
    /// let database = SinkAddress::parse("postgres:postgresql://log:secret@db/audit", home)?;
    /// assert_eq!(database.shown(), "postgres:postgresql://log:***@db/audit");
    /// assert!(database.is("postgres") && !database.is("folder"));
    /// assert!(SinkAddress::parse("ftp://host", home).is_err());
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// Says what was expected. It does not repeat the address, which may hold a password.
    pub fn parse(text: &str, base: &Path) -> Result<Self, String> {
        let kind = if let Some(path) = text.strip_prefix("folder:").filter(|path| !path.is_empty()) {
            Kind::Folder(base.join(path))
        } else if let Some(rest) = text.strip_prefix("postgres:").filter(|rest| is_postgres(rest)) {
            Kind::Postgres(rest.to_owned())
        } else if is_postgres(text) {
            Kind::Postgres(text.to_owned())
        } else if text.strip_prefix("s3://").is_some_and(is_bucket) {
            Kind::Bucket(text.trim_end_matches('/').to_owned())
        } else {
            return Err("expected a sink: folder:/path, postgres:postgresql://user@host/database or \
                        s3://bucket/prefix (its credentials come from the environment, AWS_…)"
                .to_owned());
        };
        let shown = match &kind {
            Kind::Folder(path) => format!("folder:{}", path.display()),
            Kind::Postgres(url) => format!("postgres:{}", redact(url)),
            Kind::Bucket(url) => url.clone(),
        };
        Ok(Self { kind, text: text.to_owned(), shown })
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The address without secrets, to be shown.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether a text names this sink: by its address with or without secrets, or by its kind.
    pub fn is(&self, name: &str) -> bool {
        let kind = match self.kind {
            Kind::Folder(_) => "folder",
            Kind::Postgres(_) => "postgres",
            Kind::Bucket(_) => "s3",
        };
        name == self.text || name == self.shown || name == kind
    }
}

impl fmt::Display for SinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for SinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SinkAddress({:?})", self.shown)
    }
}

fn is_postgres(text: &str) -> bool {
    text.starts_with("postgresql://") || text.starts_with("postgres://")
}

fn is_bucket(rest: &str) -> bool {
    !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['@', '?', '#'])
}

/// A URL without its secrets.
fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return HIDDEN.to_owned() };
    // With an @ after the ?, the parts of the address are ambiguous, so everything is hidden.
    if rest.find('?').is_some_and(|at| rest.rfind('@').is_some_and(|last| at < last)) {
        return format!("{scheme}://{HIDDEN}");
    }
    // At the last @, so that a password with an unescaped @ is hidden too.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, rest),
    };
    let user = user.map_or(String::new(), |user| match user.split_once(':') {
        Some((name, _)) => format!("{name}:{HIDDEN}@"),
        // These characters cannot be in a name, so the address is malformed and may show a secret.
        None if user.contains('/') => format!("{HIDDEN}@"),
        None => format!("{user}@"),
    });
    let Some((place, parameters)) = rest.split_once('?') else { return format!("{scheme}://{user}{rest}") };
    let shown: Vec<String> = parameters
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if SECRETS.iter().any(|secret| name.to_lowercase().contains(secret)) => {
                format!("{name}={HIDDEN}")
            }
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{scheme}://{user}{place}?{}", shown.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_ever_shown() {
        for address in [
            "postgres:postgresql://bank:hunter2@db/audit",
            "postgresql://bank:hunter2@db/audit?sslmode=require",
            "postgres://bank@db/audit?password=hunter2&sslmode=require",
            "postgres:postgresql://bank:hunt@er/hunter2@db/audit",
            "postgres:postgresql://bank:a?b/hunter2@db/audit",
            "postgres:postgresql:///audit?host=/run&user=bank&PASSWORD=hunter2",
            "postgres:postgresql:///audit?password=p@hunter2",
        ] {
            let read = SinkAddress::parse(address, Path::new("/home")).unwrap();
            assert!(!read.to_string().contains("hunter2"), "{read}");
            assert!(!format!("{read:?}").contains("hunter2"));
        }
        for wrong in
            ["pg://bank:hunter2@db", "postgres:host=db password=hunter2", "s3://k:hunter2@b", "folder:"]
        {
            let why = SinkAddress::parse(wrong, Path::new("/home")).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn folders_are_below_the_home_and_sinks_have_names() {
        let folder = SinkAddress::parse("folder:copy", Path::new("/home")).unwrap();
        assert_eq!(folder.shown(), "folder:/home/copy");
        assert!(folder.is("folder") && folder.is("folder:copy") && !folder.is("s3"));
        assert!(SinkAddress::parse("s3://bucket/a/b/", Path::new("/")).unwrap().is("s3://bucket/a/b"));
    }
}
