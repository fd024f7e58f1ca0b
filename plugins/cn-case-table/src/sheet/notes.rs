//! How texts of cells are read, and what is told of them beside the documents.

use std::cell::RefCell;

use bailiwick_sdk::document::Problem;
use bailiwick_sdk::kit::resaved::Traces;
use bailiwick_sdk::kit::shape::{Named, Shape, Shapes};
use bailiwick_sdk::plugin::Output;
use bailiwick_sdk::value::{AccountKey, Code, CustomerKey, ItemKey, Key, PartyKey, Text, TextError};

use crate::config::{Config, identity_shape};

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Free text: only the blanks around it do not count.
    Text,
    /// A code: no character in it is unseen.
    Code,
    /// A key: as a code, and it is not damaged and has its shape.
    Key(Named),
}

/// A text that a cell may hold.
pub(crate) trait Taken<'a>: TryFrom<&'a str, Error = TextError> {
    /// How it is read.
    const ROLE: Role;
}

impl<const MAX: usize> Taken<'_> for Text<MAX> {
    const ROLE: Role = Role::Text;
}

macro_rules! taken {
    ($( $key:ident: $role:expr; )*) => { $(
        impl Taken<'_> for $key {
            const ROLE: Role = $role;
        }
    )* };
}

taken! {
    AccountKey: Role::Key(Named::Account);
    CustomerKey: Role::Key(Named::Customer);
    ItemKey: Role::Key(Named::Identifier);
    PartyKey: Role::Key(Named::Other);
    Key: Role::Key(Named::Other);
    Code: Role::Code;
}

/// The traces of spreadsheets seen so far, and the warnings of the present row.
#[derive(Debug)]
pub(crate) struct Notes {
    pub(crate) traces: Traces,
    pub(crate) shapes: Shapes,
    pub(crate) resident: Shape,
    row: RefCell<Vec<Problem>>,
}

impl Notes {
    /// Nothing seen yet.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            traces: Traces::trimming(),
            shapes: config.shapes.clone(),
            resident: identity_shape(),
            row: RefCell::default(),
        }
    }

    /// Notes a warning of the present row.
    #[cold]
    pub(crate) fn warn(&self, warning: Problem) {
        self.row.borrow_mut().push(warning);
    }

    /// Tells all that is new after a row.
    pub(crate) fn tell(&self, line: u64, out: &mut Output) {
        for warning in self.traces.warnings(line) {
            out.emit(warning);
        }
        for warning in self.row.take() {
            out.emit(warning);
        }
    }
}
