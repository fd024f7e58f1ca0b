//! Files and folders: one way to open what must be a regular file, one way to make what only the home's
//! owner may read.

mod private;
mod regular;

pub use private::{append, copy, create, make_folder, others_can_write, replace, write};
pub use regular::{Reader, Regular, read, read_text};
