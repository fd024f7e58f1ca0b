//! Opens and makes files and folders for every crate of the host, and makes foreign text safe to show.
//!
//! There is one way to open a file that must be regular, one way to make a file that only its owner may read, one
//! way to move a file without replacing another, and one check whether other users could change a file. [`text`]
//! turns bytes into digits, and unchecked text into text that is safe to show.
//!
//! ```
//! use bailiwick_files::{read_text, replace, text};
//!
//! # let folder = std::env::temp_dir().join(format!("bailiwick-files-{}", std::process::id()));
//! # bailiwick_files::make_folder(&folder)?;
//! let path = folder.join("settings");
//! // Only the owner can read the file. After a crash it has the whole old or the whole new content.
//! replace(&path, b"a = 1\x1b[31m\n")?;
//! // Reads regular files only, of at most this many bytes.
//! let settings = read_text(&path, 1 << 20)?;
//! assert_eq!(text::printable(&settings), r"a = 1\u001b[31m\n");
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), std::io::Error>(())
//! ```

#![deny(missing_docs, unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod moving;
mod private;
mod regular;
pub mod text;
mod trusted;

pub use moving::move_to_new;
pub use private::{
    Readers, append, copy, create, create_for, create_public, is_at, make_database, make_folder,
    make_folder_for, replace, replace_for, sync_folder, write,
};
pub use regular::{Reader, Regular, read, read_text};
pub use trusted::{Untrusted, UntrustedHome, check, check_above};
