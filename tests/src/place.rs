//! Homes to try things in.

use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_host::{ExchangeOptions, Host, InitOptions, Report, Source};
use tempfile::TempDir;

/// Where the built components are.
///
/// # Panics
/// If they are not built; `cargo xtask plugins` builds them.
pub fn components() -> PathBuf {
    let told = std::env::var_os("BAILIWICK_PLUGINS").map(PathBuf::from);
    let folder = told.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins"));
    assert!(
        folder.join("misbehaving.wasm").is_file(),
        "no components in {}; run `cargo xtask plugins`",
        folder.display()
    );
    folder
}

/// A home in a temporary folder, gone with the test.
pub struct TestHome {
    folder: TempDir,
    /// The home, open.
    pub host: Host,
}

impl TestHome {
    /// A home with the reference plugins and the five engagements.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn with_samples() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = InitOptions { samples: Some(components()) };
        let host = Host::init(&folder.path().join("home"), &options).expect("a home");
        Self { folder, host }
    }

    /// A home with one engagement, `test`, of which one plugin serves both sides.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn with_plugin(plugin: &str, config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = folder.path().join("home");
        let host = Host::init(&home, &InitOptions::default()).expect("a home");
        let file = format!("{plugin}.wasm");
        fs::copy(components().join(&file), home.join("plugins").join(&file)).expect("the component");
        let seat = format!("plugins = [{{ plugin = \"{plugin}\", config = {config} }}]");
        let text = format!(
            "creditor = \"Bank\"\nagency = {{ code = \"AG001\", name = \"Agency\" }}\ncurrency = \"USD\"\nzone = \"UTC\"\n\
             [bank]\n{seat}\n[agency-system]\n{seat}\n"
        );
        fs::write(home.join("engagements/test.toml"), text).expect("an engagement");
        Self { folder, host }
    }

    /// The home's folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A folder beside the home for files to exchange.
    pub fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// Exchanges bytes from memory at 1 July 2026, noon UTC.
    ///
    /// # Errors
    /// What the host says.
    pub fn exchange(&self, engagement: &str, name: &str, bytes: &[u8]) -> bailiwick_host::Result<Report> {
        let source = Source::Bytes { name: name.to_owned(), bytes: bytes.into() };
        let at = "2026-07-01T12:00:00Z".parse().ok();
        self.host.exchange(engagement, &source, ExchangeOptions { at, ..ExchangeOptions::default() })
    }

    /// Exchanges a file from disk.
    ///
    /// # Errors
    /// What the host says.
    pub fn exchange_file(&self, engagement: &str, path: &Path) -> bailiwick_host::Result<Report> {
        self.host.exchange(engagement, &Source::Path(path.to_owned()), ExchangeOptions::default())
    }

    /// The entries of the audit log as JSON.
    ///
    /// # Panics
    /// If the log is not whole.
    pub fn audit(&self) -> Vec<serde_json::Value> {
        let mut entries = Vec::new();
        self.host
            .audit_entries(|entry| entries.push(serde_json::from_str(entry).expect("an entry")))
            .expect("a whole log");
        entries
    }

    /// Every file of the book and the outbox with its bytes, to compare before and after.
    pub fn book_and_outbox(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = vec![self.path().join("book.sqlite")];
        collect(&self.path().join("outbox"), &mut files);
        files.sort();
        files.into_iter().map(|path| (path.clone(), fs::read(&path).unwrap_or_default())).collect()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
