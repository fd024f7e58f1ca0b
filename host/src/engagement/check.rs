//! An engagement checked as a whole.

use std::path::Path;

use serde::Serialize;

use super::file::{Read, read};
use super::routes::{Routes, SideRoutes};
use crate::error::{Error, Result};
use crate::plugin::Plugins;

/// The result of checking an engagement.
#[derive(Debug)]
#[non_exhaustive]
pub struct Checked {
    /// The errors of every part of the file.
    pub errors: Vec<Error>,
    /// Warnings. Nothing is refused because of them.
    pub warnings: Vec<Warning>,
}

/// A warning about an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// The stable code.
    pub code: &'static str,
    /// What was found, and what to do.
    pub message: String,
}

impl Checked {
    /// Checks the engagement `name` of a folder: its file, its plugins, and the folders that it names on this
    /// machine.
    pub fn of(folder: &Path, name: &str, plugins: &Plugins) -> Self {
        let Read { engagement, mut errors, absent } = read(folder, name, plugins);
        errors.extend(absent);
        let routes: Option<Result<Routes>> = engagement.map(|it| it.routes(plugins));
        let warnings = match routes.transpose() {
            Ok(routes) => routes.iter().flat_map(|it| &it.sides).flat_map(warnings).collect(),
            Err(error) => {
                errors.push(error);
                Vec::new()
            }
        };
        Self { errors, warnings }
    }
}

fn warnings(side: &SideRoutes) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let name = &side.side;
    if side.reads.is_empty() {
        let message = format!("no plugin reads files of the {name}; none can be exchanged");
        warnings.push(Warning { code: "nothing_read", message });
    }
    if !side.not_forwarded.is_empty() {
        let kinds = side.not_forwarded.join(", ");
        let message =
            format!("no plugin writes for the {name}: {kinds}; what comes of it is booked, not forwarded");
        warnings.push(Warning { code: "not_forwarded", message });
    }
    warnings
}
