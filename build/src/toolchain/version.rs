//! Versions of compilers, compared as cargo compares `rust-version`.

use std::fmt;

/// A version of Rust. A suffix after a hyphen does not count, as in cargo's own comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version([u32; 3]);

impl Version {
    /// Reads `1.95`, `1.95.0` or `1.97.0-nightly`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-').next()?.split('.').map(|part| part.parse().ok());
        let version = [parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?];
        parts.next().is_none().then_some(Self(version))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// The oldest compiler that suffices, and the crate that requires it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needed {
    pub(crate) version: Version,
    pub(crate) by: String,
}

impl Needed {
    /// The newest `rust-version` of these crates; the SDK's if no crate has one.
    pub(crate) fn of<'a>(crates: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let sdk = ("bailiwick-sdk", env!("CARGO_PKG_RUST_VERSION"));
        let read = |(by, text): (&str, &str)| Some((Version::parse(text)?, by.to_owned()));
        let newest = crates.filter_map(read).max_by_key(|(version, _)| *version).or_else(|| read(sdk));
        let (version, by) = newest.unwrap_or((Version([1, 95, 0]), sdk.0.to_owned()));
        Self { version, by }
    }
}

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} needs Rust {} or newer", self.by, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers_and_a_missing_part_is_zero() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("1.100") > version("1.95.2"));
        assert_eq!(version("1.95"), version("1.95.0-nightly"));
        for wrong in ["", "one", "1.x", "1.2.3.4"] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_newest_rust_version_is_needed_else_the_sdks() {
        let needed = Needed::of([("a", "1.60"), ("b", "1.99"), ("c", "1.70")].into_iter());
        assert_eq!(needed.to_string(), "b needs Rust 1.99.0 or newer");
        let none = Needed::of(std::iter::empty());
        assert_eq!((none.by.as_str(), Some(none.version)), ("bailiwick-sdk", Version::parse("1.95")));
    }
}
