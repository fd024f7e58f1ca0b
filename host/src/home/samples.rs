//! Five engagements to start from.

use std::path::Path;

use super::layout::{ENGAGEMENTS, PLUGINS};
use crate::error::{Error, Result};
use crate::files;

const COMPONENTS: [&str; 4] = ["aim", "agency-csv", "cn-case-table", "iso20022"];

const FILES: [(&str, &str); 5] = [
    ("us-card", include_str!("samples/us-card.toml")),
    ("cn-card", include_str!("samples/cn-card.toml")),
    ("ch-card", include_str!("samples/ch-card.toml")),
    ("us-bank", include_str!("samples/us-bank.toml")),
    ("cn-bank", include_str!("samples/cn-bank.toml")),
];

/// Whether every reference component is there, before anything is made.
pub(super) fn check(from: &Path) -> Result<()> {
    for name in COMPONENTS {
        if !from.join(format!("{name}.wasm")).is_file() {
            return Err(Error::NoPlugin {
                name: name.to_owned(),
                folder: from.to_owned(),
                known: Vec::new(),
            });
        }
    }
    Ok(())
}

pub(super) fn copy(home: &Path, from: &Path) -> Result<()> {
    for name in COMPONENTS {
        let file = format!("{name}.wasm");
        let to = home.join(PLUGINS).join(&file);
        files::copy(&from.join(&file), &to).map_err(Error::io("copy to", &to))?;
    }
    for (name, text) in FILES {
        let to = home.join(ENGAGEMENTS).join(format!("{name}.toml"));
        files::write(&to, text.as_bytes()).map_err(Error::io("write", &to))?;
    }
    Ok(())
}
