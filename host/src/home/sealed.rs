//! The kept parts of plugin calls: their bytes, sealed, and the components that ran.

use super::{Host, layout};
use crate::audit::{Disk, Keep, Persons, Store, SystemDisk, Vault};
use crate::error::{Error, Result};
use crate::plugin::Loaded;

impl Host {
    /// How much of calls is kept, and the vault if their bytes are.
    pub(crate) fn vault(&self, keep: Keep) -> Result<(Keep, Option<Vault>)> {
        match keep {
            Keep::Sealed => Ok((Keep::Sealed, Some(self.open_vault()?))),
            keep => Ok((keep, None)),
        }
    }

    /// The vault with all bytes that were ever kept, whatever the setting is now.
    pub(crate) fn open_vault(&self) -> Result<Vault> {
        let persons = Persons::open(&self.home().join(layout::PERSONS), self.keys())?;
        let secret = layout::seal_key(self.home())?;
        let store = Store::open(&self.home().join(layout::SEALED))?;
        Ok(Vault::new(store, self.keys(), secret, persons))
    }

    /// Where the components that ran are kept, by digest.
    pub(crate) fn kept_components(&self) -> std::path::PathBuf {
        self.home().join(layout::COMPONENTS)
    }

    /// Keeps a component that will run, if calls are kept: without it nothing can be replayed.
    pub(crate) fn keep_component(&self, plugin: &Loaded, keep: Keep) -> Result<()> {
        let digest = crate::hex(&plugin.component.digest());
        let path = self.kept_components().join(format!("{digest}.wasm"));
        if keep != Keep::Sealed || path.is_file() {
            return Ok(());
        }
        SystemDisk.replace(&path, &plugin.wasm).map_err(Error::io("write", &path))
    }
}
