//! Finds the message and version of the document by its namespace.

use quick_xml::events::BytesStart;
use quick_xml::name::PrefixDeclaration;

use crate::fatal::{Fatal, bad_xml, fatal};

/// The namespaces that are read.
const NAMESPACES: [&str; 3] = [
    "urn:iso:std:iso:20022:tech:xsd:camt.054.001.02",
    "urn:iso:std:iso:20022:tech:xsd:camt.054.001.04",
    "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08",
];

/// The namespace declarations of the elements around the document, the innermost last.
#[derive(Debug, Default)]
pub(crate) struct Namespaces {
    declared: Vec<(usize, String, String)>,
}

/// The most declarations; a file has no use for more.
const DECLARATIONS_MAX: usize = 64;

impl Namespaces {
    /// Notes the declarations of an element at this depth.
    pub(crate) fn open(&mut self, start: &BytesStart<'_>, depth: usize, line: u64) -> Result<(), Fatal> {
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| bad_xml(line, "expected attributes as name=\"value\""))?;
            let prefix = match attribute.key.as_namespace_binding() {
                Some(PrefixDeclaration::Default) => "",
                Some(PrefixDeclaration::Named(prefix)) => prefix,
                None => continue,
            };
            if self.declared.len() == DECLARATIONS_MAX {
                return Err(bad_xml(line, "too many namespaces are declared"));
            }
            self.declared.push((depth, prefix.to_owned(), attribute.value.to_string()));
        }
        Ok(())
    }

    /// Forgets the declarations of an element at this depth.
    pub(crate) fn close(&mut self, depth: usize) {
        self.declared.retain(|(declared, ..)| *declared < depth);
    }

    /// Checks the namespace of the document.
    pub(crate) fn check(&self, prefix: &str, line: u64) -> Result<(), Fatal> {
        let namespace = self.declared.iter().rev().find(|(_, declared, _)| declared == prefix);
        if namespace.is_some_and(|(.., namespace)| NAMESPACES.contains(&namespace.as_str())) {
            return Ok(());
        }
        let message = "the document is of another message or version; expected camt.054.001.02, \
                       camt.054.001.04 or camt.054.001.08";
        Err(fatal("unsupported_version", line, message))
    }
}
