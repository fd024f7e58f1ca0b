//! Homes for tests.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use bailiwick_host::audit::HashKeys;
use bailiwick_host::{ActOptions, ActingHost, Host, InitOptions, Operator, Report, Source, TickReport};
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

/// A home in a temporary folder, removed at the end of the test.
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
        let home = folder.path().join("home");
        copy_folder(&template(), &home);
        let host = Host::open(&home).expect("a home");
        Self { folder, host }
    }

    /// A home with one engagement, `test`, in which one plugin serves both sides.
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

    /// A home with one engagement, `test`, in dollars and UTC, whose two sides use canonical documents.
    /// `terms` is the TOML after the line `[terms]`.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn with_terms(terms: &str) -> Self {
        let home = Self::with_samples();
        home.engage("test", "Bank", "AG001", "{}", terms);
        home
    }

    /// Adds an engagement whose two sides use canonical documents.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn engage(&self, name: &str, creditor: &str, agency: &str, config: &str, terms: &str) {
        let seat = format!("plugins = [{{ plugin = \"canonical\", config = {config} }}]");
        let text = format!(
            "creditor = \"{creditor}\"\nagency = {{ code = \"{agency}\", name = \"Agency\" }}\ncurrency = \"USD\"\nzone = \"UTC\"\n\
             [bank]\n{seat}\n[agency-system]\n{seat}\n[terms]\n{terms}\n"
        );
        fs::write(self.path().join(format!("engagements/{name}.toml")), text).expect("an engagement");
    }

    /// Amends the terms of the engagement `test`: they hold from a day on.
    ///
    /// # Panics
    /// If its file cannot be written.
    pub fn amend(&self, from: &str, terms: &str) {
        self.engage("test", "Bank", "AG001", "{}", &format!("from = \"{from}\"\n{terms}"));
    }

    /// Exchanges canonical documents at noon of a day: `message` is `accounts`, `bank` or `agency`. Every
    /// file has a name of its own.
    ///
    /// # Errors
    /// The host's error.
    pub fn say(
        &self,
        message: &str,
        day: &str,
        items: &[serde_json::Value],
    ) -> bailiwick_host::Result<Report> {
        self.say_in("test", message, day, items)
    }

    /// The same in another engagement.
    ///
    /// # Errors
    /// The host's error.
    pub fn say_in(
        &self,
        engagement: &str,
        message: &str,
        day: &str,
        items: &[serde_json::Value],
    ) -> bailiwick_host::Result<Report> {
        let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
        let source =
            Source::Bytes { name: format!("{message}_{day}.jsonl"), bytes: lines.into_bytes().into() };
        let at = format!("{day}T12:00:00Z").parse().expect("a day");
        self.acting().exchange(engagement, source, ActOptions::new().at(at))
    }

    /// The home for somebody without a name.
    pub fn acting(&self) -> ActingHost<'_> {
        self.host.acting_as(Operator::unnamed())
    }

    /// How a value of a class stands in the log, under every hash key there was.
    ///
    /// # Panics
    /// If the home has no keys.
    pub fn hashes(&self, class: &str, value: &str) -> Vec<String> {
        let keys = HashKeys::read(&self.path().join("keys/hash.keys")).expect("the keys");
        keys.value_under_all(class, value)
    }

    /// Ticks at noon of a day.
    ///
    /// # Errors
    /// The host's error.
    pub fn tick(&self, engagement: &str, day: &str) -> bailiwick_host::Result<TickReport> {
        let at = format!("{day}T12:00:00Z").parse().expect("a day");
        self.acting().tick(engagement, ActOptions::new().at(at))
    }

    /// The documents of the files that were written, by side.
    ///
    /// # Panics
    /// If a file is no JSON Lines.
    pub fn written(&self, answers: &[String], side: &str) -> Vec<serde_json::Value> {
        let mut documents = Vec::new();
        for path in answers.iter().filter(|path| path.contains(&format!("/{side}/"))) {
            let text = fs::read_to_string(self.path().join(path)).expect("a file");
            documents.extend(text.lines().map(|line| serde_json::from_str(line).expect("a document")));
        }
        documents
    }

    /// Opens the home again, as after a restart.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub fn restart(&mut self) {
        self.host = Host::open(self.path()).expect("a home");
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
    /// The host's error.
    pub fn exchange(&self, engagement: &str, name: &str, bytes: &[u8]) -> bailiwick_host::Result<Report> {
        let source = Source::Bytes { name: name.to_owned(), bytes: bytes.into() };
        let at = "2026-07-01T12:00:00Z".parse().expect("an instant");
        self.acting().exchange(engagement, source, ActOptions::new().at(at))
    }

    /// Exchanges a file from disk at 1 July 2026, noon UTC: the day of the sample placements.
    ///
    /// # Errors
    /// The host's error.
    pub fn exchange_file(&self, engagement: &str, path: &Path) -> bailiwick_host::Result<Report> {
        self.exchange_file_on(engagement, path, "2026-07-01")
    }

    /// The same at noon of another day.
    ///
    /// # Errors
    /// The host's error.
    pub fn exchange_file_on(
        &self,
        engagement: &str,
        path: &Path,
        day: &str,
    ) -> bailiwick_host::Result<Report> {
        let at = format!("{day}T12:00:00Z").parse().expect("a day");
        self.acting().exchange(engagement, Source::Path(path.to_owned()), ActOptions::new().at(at))
    }

    /// The entries of the audit log as JSON.
    ///
    /// # Panics
    /// If the log is not whole.
    pub fn audit(&self) -> Vec<serde_json::Value> {
        let entries = self.host.audit_entries().expect("a whole log");
        entries.map(|entry| serde_json::from_str(&entry.expect("a whole log")).expect("an entry")).collect()
    }

    /// Every row of the book except its records about the audit log, and every file of the outbox with its
    /// bytes, to compare before and after.
    ///
    /// # Panics
    /// If the book cannot be read.
    pub fn book_and_outbox(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let book = self.path().join("book.sqlite");
        let mut files = Vec::new();
        files_below(&self.path().join("outbox"), &mut files);
        files.sort();
        let read = |path: PathBuf| (path.clone(), fs::read(&path).unwrap_or_default());
        std::iter::once((book.clone(), rows(&book).into_bytes())).chain(files.into_iter().map(read)).collect()
    }
}

/// Every row of the book, a line each, except the mark of the audit log and the names that the log has
/// recorded.
fn rows(book: &Path) -> String {
    let connection = rusqlite::Connection::open(book).expect("a book");
    let names = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).expect("the schema");
        let names = statement.query_map([], |row| row.get(0)).expect("the schema");
        names.map(|name| name.expect("a name")).collect()
    };
    let mut text = String::new();
    for table in names("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let values: Vec<rusqlite::types::Value> =
                (0..columns).map(|column| row.get(column).expect("a value")).collect();
            let of_log = matches!((table.as_str(), values.first()), ("meta", Some(rusqlite::types::Value::Text(key)))
                if key == "audit" || key.starts_with("engagement ") || key.starts_with("plugin "));
            if !of_log {
                text.push_str(&format!("{table} {values:?}\n"));
            }
        }
    }
    text
}

/// A home as `init --samples` makes it, with the plugins compiled. Made once for each build of the host and of the
/// plugins, since compiling takes longer than most tests.
fn template() -> PathBuf {
    let program = std::env::current_exe().expect("the test's own path");
    let built = program.parent().expect("the folder of what is built");
    let mut files = files_in(&components());
    // The workspace's own libraries, since the host that makes the home is built from them.
    let is_own = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libbailiwick") && name.ends_with(".rlib")
    };
    files.extend(files_in(built).into_iter().filter(is_own));
    files.sort();
    let mut key = DefaultHasher::new();
    for file in files {
        let about = fs::metadata(&file).expect("what is built");
        (file, about.len(), about.modified().ok()).hash(&mut key);
    }
    let folder = built.with_file_name("test-homes");
    let made = folder.join(format!("{:016x}", key.finish()));
    fs::create_dir_all(&folder).expect("a folder");
    let lock = fs::File::create(folder.with_extension("lock")).expect("a lock");
    lock.lock().expect("the lock");
    if !made.is_dir() {
        // Remove the homes of earlier builds.
        fs::remove_dir_all(&folder).expect("a folder");
        let part = made.with_extension("part");
        let _ = fs::remove_dir_all(&part);
        let host =
            Host::init(&part, &InitOptions { samples: Some(components().into()), ..InitOptions::default() })
                .expect("a home");
        fs::copy(components().join("canonical.wasm"), part.join("plugins/canonical.wasm"))
            .expect("the component");
        host.plugins().get("canonical").expect("the component");
        for engagement in host.engagements().expect("the engagements") {
            host.engagement(&engagement).expect("an engagement");
        }
        fs::rename(&part, &made).expect("a home");
    }
    made
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect()
}

/// Copies a folder and all that is in it.
///
/// # Panics
/// If a file cannot be copied.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// Adds every file below a folder; none if there is no folder.
pub fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}
