//! The namespace of the document.

use quick_xml::events::BytesStart;
use quick_xml::name::PrefixDeclaration;

use crate::fatal::{Fatal, bad_xml};

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

    /// The namespace that a prefix stands for.
    pub(crate) fn of(&self, prefix: &str) -> Option<&str> {
        let found = self.declared.iter().rev().find(|(_, declared, _)| declared == prefix);
        found.map(|(.., namespace)| namespace.as_str())
    }
}
