//! Files and folders: one way to open what must be a regular file, one way to make what only the home's
//! owner may read, one way to move a file without replacing another, and whether others could change what is
//! there.

mod moving;
mod private;
mod regular;
mod trusted;

pub(crate) use moving::move_to_new;
pub(crate) use private::sync_folder;
pub use private::{
    Readers, append, copy, create, create_for, create_public, is_at, make_database, make_folder,
    make_folder_for, replace, replace_for, write,
};
pub use regular::{Reader, Regular, read, read_text};
pub use trusted::{Untrusted, UntrustedHome};
pub(crate) use trusted::{check, check_above};
