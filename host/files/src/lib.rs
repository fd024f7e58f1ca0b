//! Files and folders as every crate of the host opens and makes them, and what is found in them as text.
//!
//! There is one way to open what must be a regular file, one way to make what only its owner may read, one way to
//! move a file without replacing another, and one judgement whether others could change what is there. [`text`] has
//! bytes as digits, and texts that nothing has checked as they may be shown.
//!
//! ```
//! use bailiwick_files::{read_text, replace, text};
//!
//! # let folder = std::env::temp_dir().join(format!("bailiwick-files-{}", std::process::id()));
//! # bailiwick_files::make_folder(&folder)?;
//! let path = folder.join("settings");
//! // Readable by its owner alone, and after a crash there is the old or the new one, whole.
//! replace(&path, b"a = 1\x1b[31m\n")?;
//! // Never a pipe or a device, and never more than so many bytes.
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
