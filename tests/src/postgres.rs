//! A PostgreSQL server for one test, on a socket in a temporary folder, removed at the end of the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bailiwick_fixtures::{Absence, skip};
use tempfile::TempDir;

/// How long the server may take to start.
const START: Duration = Duration::from_secs(60);

/// A server that runs.
pub struct PostgresServer {
    child: Child,
    folder: TempDir,
}

impl PostgresServer {
    /// Starts a server. If this machine has no PostgreSQL, the test is skipped and says what is not tested.
    ///
    /// # Panics
    /// If the installed server does not start.
    pub fn start_or_skip(not_tested: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            skip(Absence::Untested, "there is no PostgreSQL; install it, or let .ci/run do so", not_tested);
            return None;
        };
        let folder = tempfile::Builder::new().prefix("bailiwick-pg").tempdir_in("/tmp").expect("a folder");
        if root() {
            let owned = Command::new("chown").arg("postgres").arg(folder.path()).status();
            assert!(owned.expect("chown runs").success(), "there is no user postgres");
        }
        let data = folder.path().join("data");
        let made = unprivileged(&programs.join("initdb"))
            .args(["--auth=trust", "--username=bank", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("initdb runs").success(), "initdb failed");
        let child = unprivileged(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres runs");
        let server = Self { child, folder };
        let begun = Instant::now();
        while ::postgres::Client::connect(&server.url(), ::postgres::NoTls).is_err() {
            assert!(begun.elapsed() < START, "postgres does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// The URL of the server.
    pub fn url(&self) -> String {
        format!("postgresql:///postgres?host={}&user=bank&password=hunter2", self.folder.path().display())
    }

    /// A connection with all rights.
    ///
    /// # Panics
    /// If no connection is made.
    pub fn client(&self) -> ::postgres::Client {
        ::postgres::Client::connect(&self.url(), ::postgres::NoTls).expect("a connection")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Fast shutdown: its own child processes end with it.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    folders.sort();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    id.stdout.trim_ascii() == b"0"
}

/// The server refuses to run as root.
fn unprivileged(program: &Path) -> Command {
    if !root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command.current_dir("/");
    command
}
