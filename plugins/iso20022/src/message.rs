//! The messages that are read, and their versions.

use crate::xml::Tag;

/// The oldest version that is read.
const OLDEST: u8 = 2;
/// The newest version that is read.
const NEWEST: u8 = 13;

/// A message that a bank sends to the customer who holds an account with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    /// camt.052, the account report of a day that is not over.
    Report,
    /// camt.053, the statement.
    Statement,
    /// camt.054, the debit/credit notification.
    Notification,
}

impl Message {
    /// All three.
    const ALL: [Self; 3] = [Self::Report, Self::Statement, Self::Notification];

    /// The message of that name in the manifest.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|message| message.name() == name)
    }

    /// Its name in the manifest.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Report => "camt.052",
            Self::Statement => "camt.053",
            Self::Notification => "camt.054",
        }
    }

    /// The element below `Document`.
    pub(crate) fn root(self) -> Tag {
        match self {
            Self::Report => Tag::BkToCstmrAcctRpt,
            Self::Statement => Tag::BkToCstmrStmt,
            Self::Notification => Tag::BkToCstmrDbtCdtNtfctn,
        }
    }

    /// The element that holds the entries of one account.
    fn sheet(self) -> Tag {
        match self {
            Self::Report => Tag::Rpt,
            Self::Statement => Tag::Stmt,
            Self::Notification => Tag::Ntfctn,
        }
    }

    /// The place of an element, by its path from `Document`.
    pub(crate) fn place(self, path: &[Tag]) -> Place<'_> {
        match path {
            [root, Tag::GrpHdr, below @ ..] if *root == self.root() => Place::Header(below),
            [root, sheet, below @ ..] if *root == self.root() && *sheet == self.sheet() => {
                Place::Sheet(below)
            }
            _ => Place::Elsewhere,
        }
    }

    /// Whether the namespace is that of a version that is read.
    pub(crate) fn has_namespace(self, namespace: &str) -> bool {
        let version = namespace
            .strip_prefix("urn:iso:std:iso:20022:tech:xsd:")
            .and_then(|rest| rest.strip_prefix(self.name()))
            .and_then(|rest| rest.strip_prefix(".001."));
        let digits = version.filter(|it| it.len() == 2 && it.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|it| it.parse().ok()).is_some_and(|it: u8| (OLDEST..=NEWEST).contains(&it))
    }

    /// The versions that are read, for a person.
    pub(crate) fn versions(self) -> String {
        let name = self.name();
        format!("{name}.001.{OLDEST:02} to {name}.001.{NEWEST:02}")
    }
}

/// The place of an element in its message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// In the group header, with the path from there.
    Header(&'a [Tag]),
    /// In the part of one account (`Ntfctn`, `Stmt`, `Rpt`), with the path from there.
    Sheet(&'a [Tag]),
    /// At a place that is not read.
    Elsewhere,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_by_their_number() {
        for (namespace, read) in [
            ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.01", false),
            ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", true),
            ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.13", true),
            ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.14", false),
            ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.2", false),
            ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.+8", false),
            ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.008", false),
            ("urn:iso:std:iso:20022:tech:xsd:camt.053.002.08", false),
            ("urn:iso:std:iso:20022:tech:xsd:camt.054.001.08", false),
            ("urn:swift:xsd:camt.053.001.08", false),
            ("", false),
        ] {
            assert_eq!(Message::Statement.has_namespace(namespace), read, "{namespace}");
        }
    }

    #[test]
    fn a_place_is_that_of_its_message() {
        use Tag::{BkToCstmrStmt, GrpHdr, MsgId, Ntfctn, Ntry, Stmt};
        let place = |path| Message::Statement.place(path);
        assert_eq!(place(&[BkToCstmrStmt, GrpHdr, MsgId]), Place::Header(&[MsgId]));
        assert_eq!(place(&[BkToCstmrStmt, Stmt, Ntry]), Place::Sheet(&[Ntry]));
        assert_eq!(place(&[BkToCstmrStmt, Ntfctn, Ntry]), Place::Elsewhere);
        assert_eq!(Message::Notification.place(&[BkToCstmrStmt, Stmt]), Place::Elsewhere);
    }
}
