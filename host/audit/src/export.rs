//! Exporting the log: a folder with everything that is needed to verify it elsewhere, without the home.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use bailiwick_files::text::hex;
use bailiwick_files::{self as files, Regular};
use bailiwick_tlog::{Checkpoint, Entries, Tile, put_entry};
use serde::Serialize;

use crate::broken::Broken;
use crate::disk::{Disk, SystemDisk};
use crate::entry::Recorded;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::index::{Indexer, line};
use crate::keys::random;
use crate::names::{CHECKPOINT, CHECKPOINTS, VERIFIERS};
use crate::notes::published;
use crate::stored::Stored;
use crate::tiles::Tiles;
use crate::verify::{Verified, verify_stored};

/// The index of acts, one a line.
const INDEX: &str = "index.jsonl";
const README: &str = "README.txt";
const README_TEXT: &str = include_str!("export_readme.txt");
const SCHEMA: &str = "audit_entry.schema.json";
const SCHEMA_TEXT: &str = include_str!("../../../schemas/v1/audit_entry.schema.json");

/// The result of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Exported {
    /// How many entries.
    pub size: u64,
    /// The root of their tree, in base64.
    pub root: String,
    /// Lines of the index.
    pub acts: u64,
}

/// Checks that a folder can be exported to: it does not exist, or is empty.
///
/// # Errors
/// [`Error::FolderExists`], [`Error::Io`].
pub fn refuse_full(to: &Path) -> Result<()> {
    match fs::read_dir(to) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Error::FolderExists(to.to_owned())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("list", to)(error)),
    }
}

/// Copies the log in `from` up to its published checkpoint of `size` entries to a folder that is empty or does not
/// exist, and lets `more` add to it. The folder gets its name last: after a crash there is no folder, or a whole
/// one.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::{Error, SystemDisk, export, published};
///
/// let log = Path::new("./bailiwick/audit");
/// if let Some((_, checkpoint)) = published(&SystemDisk, log, None)? {
///     let exported = export(log, checkpoint.size, Path::new("./export"), |_| Ok::<_, Error>(()))?;
///     println!("{} entries of {} acts", exported.size, exported.acts);
/// }
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::FolderExists`], [`Error::NoEntry`], [`Error::Io`], [`Error::Log`]; errors of `more`.
pub fn export<E: From<Error>>(
    from: &Path,
    size: u64,
    to: &Path,
    more: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<Exported, E> {
    refuse_full(to)?;
    let name = to.file_name().ok_or_else(|| Error::Refused {
        code: "bad_folder".to_owned(),
        message: format!("{} is no name for a new folder", to.display()),
    })?;
    let suffix = hex(random(to)?.get(..8).unwrap_or_default());
    let part = to.with_file_name(format!(".{}.{suffix}.part", name.to_string_lossy()));
    files::make_folder(&part).map_err(Error::io("make", &part))?;
    let done = write(from, size, &part).map_err(E::from).and_then(|exported| {
        more(&part)?;
        let mut files = Vec::new();
        files_below(&part, &mut files).map_err(Error::io("list", &part))?;
        SystemDisk.flush(&files).map_err(Error::io("flush", &part))?;
        if to.exists() {
            fs::remove_dir(to).map_err(Error::io("replace", to))?;
        }
        fs::rename(&part, to).map_err(Error::io("move into place", to))?;
        Ok(exported)
    });
    if done.is_err() {
        // The caller gets the first error; an error of this removal would hide it.
        let _ = fs::remove_dir_all(&part);
    }
    done
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn write(from: &Path, size: u64, to: &Path) -> Result<Exported> {
    let disk = &SystemDisk;
    let (note, checkpoint) =
        published(disk, from, Some(size))?.ok_or(Error::NoEntry { index: size, size: 0 })?;
    let put = |path: &Path, bytes: &[u8]| {
        let path = to.join(path);
        disk.put(&path, bytes).map_err(Error::io("write", &path))
    };
    let read = |path: &Path| disk.read(&from.join(path)).map_err(Error::io("read", &from.join(path)));
    let tiles = Tiles { disk, folder: from, size };
    for level in 0.. {
        let mut indices = (0..).map_while(|index| Tile::at(level, index, size)).peekable();
        if indices.peek().is_none() {
            break;
        }
        for tile in indices {
            put(&tile.path(), &tiles.tile(tile)?)?;
            if level == 0 {
                put(&tile.entries_path(), &bundle(&tiles, tile)?)?;
            }
        }
    }
    for name in disk.list(&from.join(CHECKPOINTS)).map_err(Error::io("list", from))? {
        if name.parse().is_ok_and(|older: u64| older <= size) {
            let path = Path::new(CHECKPOINTS).join(name);
            put(&path, &read(&path)?)?;
        }
    }
    put(Path::new(CHECKPOINT), note.to_string().as_bytes())?;
    let keys = read(Path::new(VERIFIERS))?;
    put(Path::new(VERIFIERS), &keys)?;
    put(Path::new(SCHEMA), SCHEMA_TEXT.as_bytes())?;
    put(Path::new(README), readme(&checkpoint, &String::from_utf8_lossy(&keys)).as_bytes())?;
    let path = to.join(INDEX);
    let failed = |error| Error::io("write", &path)(error);
    let mut index = BufWriter::new(files::create(&path).map_err(failed)?);
    let mut acts = 0;
    each_line(&Stored::exported(disk, to)?, |line| {
        acts += 1;
        index.write_all(line).map_err(failed)
    })?;
    index.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
    Ok(Exported { size, root: checkpoint.root.to_string(), acts })
}

/// The bundle in a tree of this size; the log may have grown since.
fn bundle(tiles: &Tiles<'_>, tile: Tile) -> Result<Vec<u8>> {
    let whole = tiles.bundle(tile.index)?;
    let mut bundle = Vec::with_capacity(whole.len());
    for entry in Entries::of(&whole).take(usize::from(tile.width)) {
        let entry = entry.map_err(|error| Error::Log(error.to_string()))?;
        if !put_entry(&mut bundle, entry) {
            return Err(Error::Invariant(format!("an entry of {} bytes in the log", entry.len())));
        }
    }
    Ok(bundle)
}

fn readme(checkpoint: &Checkpoint, keys: &str) -> String {
    README_TEXT
        .replace("{entries}", &checkpoint.size.to_string())
        .replace("{root}", &checkpoint.root.to_string())
        .replace("{keys}", keys.trim_end())
        .replace("{origin}", &checkpoint.origin)
}

fn each_line(stored: &Stored<'_>, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut indexer = Indexer::default();
    for entry in stored.entries(0) {
        let (index, bytes) = entry?;
        if let Some(act) = indexer.entry(&Recorded::parse(index, &bytes)?) {
            each(&line(&act)?)?;
        }
    }
    indexer.finish().map_or(Ok(()), |act| each(&line(&act)?))
}

/// Checks an exported log: everything that [`verify`](crate::verify) checks, and that the index follows from
/// the entries. No home is needed.
///
/// ```no_run
/// use std::path::Path;
///
/// use bailiwick_audit::{Expected, verify_export};
///
/// let verified = verify_export(Path::new("./export"), &Expected::default())?;
/// println!("{} entries are whole", verified.mark.size);
/// # Ok::<(), bailiwick_audit::Error>(())
/// ```
///
/// # Errors
/// [`Error::Log`] names the first entry or file that is wrong, as [`Broken`] says it.
pub fn verify_export(folder: &Path, expected: &Expected) -> Result<Verified> {
    let stored = Stored::exported(&SystemDisk, folder)?;
    let verified = verify_stored(&stored, expected)?;
    let path = folder.join(INDEX);
    let wrong = |why: String| Error::from(Broken::File { path: INDEX.into(), why });
    let file = Regular::open(&path).map_err(|error| wrong(error.to_string()))?;
    let mut index = BufReader::new(file.reader());
    let mut found = Vec::new();
    let mut number = 0;
    each_line(&stored, |line| {
        number += 1;
        found.resize(line.len(), 0);
        match std::io::Read::read_exact(&mut index, &mut found) {
            Ok(()) if found == line => Ok(()),
            _ => Err(wrong(format!("line {number} does not follow from the entries"))),
        }
    })?;
    match index.fill_buf() {
        Ok([]) => Ok(verified),
        _ => Err(wrong("it has more lines than the entries make".to_owned())),
    }
}
