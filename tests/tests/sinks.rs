//! Copies of the audit log: shipped, forked, damaged, and used for repair.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use bailiwick_conformance::{PostgresServer, Ran, bailiwick, bailiwick_program, copy_folder};
use bailiwick_fixtures::{Absence, skip};
use bailiwick_host::audit::sink::{FolderSink, ObjectStoreSink, PostgresSink, Sink, SinkAddress};
use bailiwick_host::audit::{self, AuditLog, Entry, Expected, SystemDisk};
use bailiwick_host::tlog::{Note, SigningKey};
use bailiwick_host::{Booked, Host, InitOptions};
use object_store::memory::InMemory;
use tempfile::TempDir;

/// Entries of a log that fills two bundles and a part of the third.
const ENTRIES: u64 = 600;
/// The entries of one flush.
const BATCH: u64 = 7;

struct Place {
    folder: TempDir,
    host: Host,
}

impl Place {
    /// A home whose log has this many more entries.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::init(&folder.path().join("home"), &InitOptions::default()).unwrap();
        let place = Self { folder, host };
        place.add(ENTRIES, "an entry", 10);
        place
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn log(&self) -> PathBuf {
        self.path().join("audit")
    }

    fn book(&self) -> PathBuf {
        self.path().join("book.sqlite")
    }

    /// Entries without effect, `code` repeated so many times in each.
    fn add(&self, entries: u64, code: &str, times: usize) {
        let key = fs::read_to_string(self.path().join("keys/log.key")).unwrap();
        let signer = SigningKey::parse(key.trim_end()).unwrap();
        let log = AuditLog::open(&self.log(), Arc::new(SystemDisk), signer, 1).unwrap();
        for number in 0..entries {
            let (engagement, code) = ("test".to_owned(), code.repeat(times));
            log.append(&Entry::Failed { act: number, engagement, code }).unwrap();
            if number % BATCH == 0 {
                log.commit().unwrap();
            }
        }
        let mark = serde_json::to_string(&Booked { mark: log.commit().unwrap(), of_all: true }).unwrap();
        let book = rusqlite::Connection::open(self.book()).unwrap();
        book.execute("UPDATE meta SET value = ?1 WHERE key = 'audit'", [mark]).unwrap();
        log.sign_head().unwrap();
    }

    fn copy(&self) -> FolderSink {
        FolderSink::new(&self.folder.path().join("copy"))
    }

    fn entries(&self) -> Vec<String> {
        self.host.audit_entries().unwrap().map(Result::unwrap).collect()
    }

    fn segment(&self) -> PathBuf {
        let mut names: Vec<_> =
            fs::read_dir(self.log().join("wal")).unwrap().map(|it| it.unwrap().path()).collect();
        names.retain(|path| path.extension().is_some_and(|extension| extension == "wal"));
        names.sort();
        names.pop().unwrap()
    }
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|it| it.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn verify(place: &Place, sink: &mut dyn Sink) -> bailiwick_host::Result<u64> {
    place.host.verify_sink(sink, &Expected::default()).map(|checked| checked.mark.size)
}

#[test]
fn shipping_twice_changes_nothing() {
    let place = Place::new();
    let copy = place.folder.path().join("copy");
    let (had, has) = place.host.ship_to(&mut place.copy()).unwrap();
    assert_eq!((had, has), (0, ENTRIES + 2));
    let (log, shipped) = (files(&place.log()), files(&copy));
    assert_eq!(place.host.ship_to(&mut place.copy()).unwrap(), (has, has));
    assert!(files(&place.log()) == log, "nothing new was published");
    assert!(files(&copy) == shipped);
    assert_eq!(verify(&place, &mut place.copy()).unwrap(), has);
    // Further entries, across several tiles and a checkpoint that was not shipped.
    place.add(300, "more", 3);
    place.host.checkpoint().unwrap();
    place.add(5, "and more", 3);
    let (had, now) = place.host.ship_to(&mut place.copy()).unwrap();
    assert_eq!((had, now), (has, has + 307));
    assert_eq!(verify(&place, &mut place.copy()).unwrap(), now);
    for (path, bytes) in files(&place.log()) {
        if path.starts_with("tile") || path.starts_with("checkpoints") {
            // Partial tiles of checkpoints that were not shipped may be missing; the rest is the same.
            assert!(
                fs::read(copy.join(&path)).is_ok_and(|copied| copied == bytes)
                    || path.to_string_lossy().contains(".p/"),
                "{path:?}"
            );
        }
    }
    // An interrupted copy has no checkpoint, and is given everything again.
    fs::remove_file(copy.join("checkpoint")).unwrap();
    fs::remove_file(copy.join("tile/0/001")).unwrap();
    assert_eq!(place.host.ship_to(&mut place.copy()).unwrap(), (0, now));
    assert_eq!(verify(&place, &mut place.copy()).unwrap(), now);
}

#[test]
fn a_forked_copy_is_refused() {
    let place = Place::new();
    let fork = Place { folder: tempfile::tempdir().unwrap(), host: Host::open(place.path()).unwrap() };
    copy_folder(&place.path(), &fork.path());
    let fork = Place { host: Host::open(fork.path()).unwrap(), ..fork };
    place.add(50, "one", 1);
    fork.add(50, "other", 1);
    place.host.ship_to(&mut place.copy()).unwrap();
    let before = files(&place.folder.path().join("copy"));
    let error = fork.host.ship_to(&mut place.copy()).unwrap_err();
    assert_eq!(error.code(), "sink_forked", "{error}");
    let error = verify(&fork, &mut place.copy()).unwrap_err();
    assert_eq!(error.code(), "sink_forked", "{error}");
    // A fork is also refused if the checkpoint is gone and only the tiles differ.
    fs::remove_file(place.folder.path().join("copy/checkpoint")).unwrap();
    let error = fork.host.ship_to(&mut place.copy()).unwrap_err();
    assert_eq!(error.code(), "sink_forked", "{error}");
    let copy = place.folder.path().join("copy");
    for (path, bytes) in before.into_iter().filter(|(path, _)| !path.ends_with("checkpoint")) {
        assert_eq!(fs::read(copy.join(&path)).unwrap(), bytes, "{path:?}");
    }
}

#[test]
fn every_changed_file_of_a_copy_is_found() {
    let place = Place::new();
    place.host.ship_to(&mut place.copy()).unwrap();
    let copy = place.folder.path().join("copy");
    for (path, bytes) in files(&copy) {
        // A copy is not checked by its own keys and older checkpoints.
        if path == Path::new("log.vkey") || path.starts_with("checkpoints") {
            continue;
        }
        flip(&copy.join(&path), bytes.len() / 2);
        assert!(verify(&place, &mut place.copy()).is_err(), "{path:?}");
        fs::write(copy.join(&path), &bytes).unwrap();
        fs::remove_file(copy.join(&path)).unwrap();
        assert!(verify(&place, &mut place.copy()).is_err(), "{path:?}");
        fs::write(copy.join(&path), bytes).unwrap();
    }
    verify(&place, &mut place.copy()).unwrap();
}

/// The log refuses to open and is repaired. It then has the same entries as before, and one that records the
/// repair.
fn repaired(place: &Place, sink: &mut dyn Sink, entries: &[String]) -> bailiwick_host::audit::Repaired {
    let report = place.host.repair_audit(sink, &[]).unwrap();
    let now = place.entries();
    assert!(now[..entries.len()] == *entries, "the entries are others than before");
    assert_eq!(now.len(), entries.len() + 1);
    let last: serde_json::Value = serde_json::from_str(now.last().unwrap()).unwrap();
    assert_eq!(last["kind"], "repaired");
    place.host.verify_audit().unwrap();
    report
}

#[test]
fn a_flipped_byte_in_the_write_ahead_log_is_repaired() {
    let place = Place::new();
    place.host.ship_to(&mut place.copy()).unwrap();
    place.add(20, "not shipped", 1);
    let (entries, before) = (place.entries(), fs::read(place.segment()).unwrap());
    let head = fs::read(place.log().join("head")).unwrap();
    let book = fs::read(place.book()).unwrap();
    // In an entry, and in each field of the header of a frame: length, checksum, index, number of durable
    // entries, hash.
    let offset = before.windows(11).enumerate().filter(|(_, it)| it == b"{\"v\":1,\"seq").nth(300).unwrap().0;
    for at in [offset + 30, offset - 56, offset - 52, offset - 48, offset - 40, offset - 32] {
        let segment = place.segment();
        fs::write(&segment, &before).unwrap();
        fs::write(place.log().join("head"), &head).unwrap();
        fs::write(place.book(), &book).unwrap();
        flip(&segment, at);
        let refused = place.host.checkpoint().unwrap_err();
        assert!(refused.to_string().contains("audit repair"), "{refused}");
        let damaged = fs::read(&segment).unwrap();
        let report = repaired(&place, &mut place.copy(), &entries);
        assert_eq!((report.restored, report.entries), (1, Some((300, 300))));
        assert!(fs::read(&segment).unwrap()[..before.len()] == before, "byte for byte what it was");
        assert!(fs::read(place.log().join(report.damaged.unwrap())).unwrap() == damaged);
    }
    // A log without damage is not changed.
    let all = files(&place.log());
    let report = place.host.repair_audit(&mut place.copy(), &[]).unwrap();
    assert_eq!((report.entries, report.damaged), (None, None));
    assert!(files(&place.log()) == all);
}

#[test]
fn missing_and_wrong_tiles_and_bundles_are_repaired() {
    let place = Place::new();
    // A part of the log is only in tiles, with some entries after it.
    place.add(350, "long", 12_000);
    place.add(40, "short", 1);
    place.host.ship_to(&mut place.copy()).unwrap();
    place.add(20, "not shipped", 1);
    assert!(!place.segment().ends_with("0000000000000000.wal"), "the log has tiles");
    let entries = place.entries();
    let tiles: Vec<_> =
        files(&place.log()).into_iter().filter(|(path, _)| path.starts_with("tile")).collect();
    assert!(tiles.len() > 6);
    let needed = |path: &Path| !path.to_string_lossy().contains(".p/");
    let mut entries = entries;
    for (round, (path, bytes)) in tiles.iter().enumerate() {
        let file = place.log().join(path);
        if round % 2 == 0 && needed(path) {
            fs::remove_file(&file).unwrap();
        } else {
            flip(&file, bytes.len() / 2);
        }
        assert!(place.host.verify_audit().is_err(), "{path:?}");
        let report = repaired(&place, &mut place.copy(), &entries);
        assert_eq!(report.files, std::slice::from_ref(path));
        assert!(fs::read(&file).unwrap() == *bytes, "byte for byte what it was");
        entries = place.entries();
    }
    // All of them at once.
    fs::remove_dir_all(place.log().join("tile")).unwrap();
    assert!(place.host.verify_audit().is_err());
    repaired(&place, &mut place.copy(), &entries);
}

#[test]
fn a_removed_end_is_repaired() {
    let place = Place::new();
    place.host.ship_to(&mut place.copy()).unwrap();
    let (entries, before) = (place.entries(), fs::read(place.segment()).unwrap());
    let book = fs::read(place.book()).unwrap();
    for keep in [before.len() / 2, before.len() - 100, 0] {
        let segment = place.segment();
        let lengths = before.len() - keep;
        fs::write(&segment, &before[..keep]).unwrap();
        // Only shipped entries come back, so the head must be the one of that time.
        let head = fs::read(place.log().join("checkpoint")).unwrap();
        fs::write(place.log().join("head"), head).unwrap();
        fs::write(place.book(), &book).unwrap();
        assert!(place.host.checkpoint().unwrap_err().to_string().contains("end was removed"), "{lengths}");
        let report = repaired(&place, &mut place.copy(), &entries);
        assert!(report.restored > 0);
    }
    // The whole write-ahead log.
    let now = place.entries();
    place.host.ship_to(&mut place.copy()).unwrap();
    let shipped = place.entries();
    assert_eq!(shipped.len(), now.len() + 1);
    fs::remove_dir_all(place.log().join("wal")).unwrap();
    assert!(place.host.checkpoint().is_err());
    repaired(&place, &mut place.copy(), &shipped);
}

#[test]
fn entries_that_no_copy_has_are_not_made_up() {
    let place = Place::new();
    place.host.ship_to(&mut place.copy()).unwrap();
    place.add(20, "not shipped", 1);
    let bytes = fs::read(place.segment()).unwrap();
    fs::write(place.segment(), &bytes[..bytes.len() - 500]).unwrap();
    let before = files(&place.log());
    let error = place.host.repair_audit(&mut place.copy(), &[]).unwrap_err();
    assert!(error.to_string().contains("neither in the log nor in"), "{error}");
    assert!(files(&place.log()) == before);
}

#[test]
fn a_copy_with_other_content_repairs_nothing() {
    let place = Place::new();
    place.host.ship_to(&mut place.copy()).unwrap();
    let (entries, good) = (place.entries(), files(&place.folder.path().join("copy")));
    // Another log, whole and signed with its own key.
    let other = Place::new();
    other.host.ship_to(&mut other.copy()).unwrap();
    // The same log, which went on differently after it was copied.
    let fork = TempDir::new().unwrap();
    copy_folder(&place.path(), &fork.path().join("home"));
    let fork = Place { host: Host::open(fork.path().join("home")).unwrap(), folder: fork };
    fork.add(50, "another way", 1);
    fork.host.ship_to(&mut fork.copy()).unwrap();
    place.add(20, "one way", 1);
    place.host.checkpoint().unwrap();
    let longer = place.entries();
    assert!(longer.len() > entries.len());
    let segment = place.segment();
    flip(&segment, 100_000);
    let before = files(&place.log());
    for sink in [&mut other.copy(), &mut fork.copy()] {
        let error = place.host.repair_audit(sink, &[]).unwrap_err();
        assert!(["sink", "sink_forked"].contains(&error.code()), "{error}");
        assert!(files(&place.log()) == before, "nothing was changed");
    }
    // A changed byte in the right copy.
    let copy = place.folder.path().join("copy");
    for (path, bytes) in good.into_iter().filter(|(path, _)| path.starts_with("tile")) {
        flip(&copy.join(&path), bytes.len() / 3);
        assert!(place.host.repair_audit(&mut place.copy(), &[]).is_err());
        assert!(files(&place.log()) == before, "nothing was changed");
        fs::write(copy.join(path), bytes).unwrap();
    }
    repaired(&place, &mut place.copy(), &longer);
}

#[test]
fn an_object_store_keeps_a_copy() {
    let place = Place::new();
    let store: Arc<dyn object_store::ObjectStore> = Arc::new(InMemory::new());
    let open = || ObjectStoreSink::new("memory", Arc::clone(&store), "audit/bank").unwrap();
    let (_, has) = place.host.ship_to(&mut open()).unwrap();
    assert_eq!(place.host.ship_to(&mut open()).unwrap(), (has, has));
    assert_eq!(verify(&place, &mut open()).unwrap(), has);
    // The same objects as in a folder.
    place.host.ship_to(&mut place.copy()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (path, bytes) in files(&place.folder.path().join("copy")) {
        use object_store::ObjectStoreExt;
        let key = object_store::path::Path::from(format!("audit/bank/{}", path.display()));
        let found = runtime.block_on(async { store.get(&key).await.unwrap().bytes().await.unwrap() });
        assert_eq!(found, bytes, "{path:?}");
    }
    let entries = place.entries();
    flip(&place.segment(), 50_000);
    repaired(&place, &mut open(), &entries);
    // Another object under a path is a fork; without its checkpoint everything is offered again.
    let put = |path: &str, bytes: &'static [u8]| {
        use object_store::ObjectStoreExt;
        let key = object_store::path::Path::from(path);
        runtime.block_on(async { store.put(&key, bytes.into()).await.unwrap() });
    };
    put("audit/bank/tile/entries/001", b"other");
    assert!(verify(&place, &mut open()).is_err());
    put("audit/bank/tile/entries/003", b"other");
    place.add(600, "more", 1);
    let error = place.host.ship_to(&mut open()).unwrap_err();
    assert_eq!(error.code(), "sink_forked", "{error}");
}

/// The objects that a bucket received.
type Bucket = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A bucket that knows PUT, GET and lists, and refuses what S3 with object lock refuses.
fn bucket() -> (String, Bucket) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, bucket) = (format!("http://{}", listener.local_addr().unwrap()), Bucket::default());
    let objects = Arc::clone(&bucket);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let objects = Arc::clone(&objects);
            std::thread::spawn(move || answer(stream.unwrap(), &objects));
        }
    });
    (url, bucket)
}

fn answer(stream: TcpStream, objects: &Bucket) -> Option<()> {
    let mut reader = BufReader::new(&stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_lowercase());
    }
    let header = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let mut words = lines.first()?.split(' ');
    let (method, path) = (words.next()?, words.next()?.to_owned());
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let mut objects = objects.lock().unwrap();
    let (status, body) = match (method, objects.get(&path)) {
        ("get", _) if path.contains("list-type=2") => ("200 OK", listing(&path, &objects)),
        ("get", Some(bytes)) => ("200 OK", bytes.clone()),
        ("get", None) => ("404 Not Found", Vec::new()),
        ("put", _) if header("x-amz-checksum-sha256").is_none() || header("authorization").is_none() => {
            ("400 Bad Request", b"no checksum, or not signed".to_vec())
        }
        ("put", Some(_)) if header("if-none-match") == Some("*") => ("412 Precondition Failed", Vec::new()),
        ("put", _) => {
            objects.insert(path, body);
            ("200 OK", Vec::new())
        }
        _ => ("501 Not Implemented", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: \"1\"\r\nLast-Modified: Wed, 01 Jul 2026 12:00:00 GMT\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (&stream).write_all(&[head.as_bytes(), &body].concat()).ok()
}

/// The objects after a name, in the form of S3's list.
fn listing(query: &str, objects: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let part = |name: &str| {
        let value = query.split(['?', '&']).find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().replace("%2f", "/")
    };
    let (prefix, after) = (part("prefix"), part("start-after"));
    let keys = objects.keys().filter_map(|key| key.strip_prefix("/bank/"));
    let listed = keys.filter(|key| key.starts_with(&prefix) && *key > after.as_str());
    let listed: String = listed
        .map(|key| {
            let key = format!("<Key>{key}</Key><Size>1</Size>");
            format!("<Contents>{key}<LastModified>2026-07-01T12:00:00.000Z</LastModified></Contents>")
        })
        .collect();
    format!("<ListBucketResult>{listed}</ListBucketResult>").into_bytes()
}

#[test]
fn a_bucket_keeps_a_copy() {
    let place = Place::new();
    let settings = place.path().join("bailiwick.toml");
    let text = fs::read_to_string(&settings).unwrap() + "\n[audit]\nsinks = [\"s3://bank/audit/2026\"]\n";
    fs::write(&settings, text).unwrap();
    let (url, objects) = bucket();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(bailiwick_program());
        command.arg("--home").arg(place.path()).arg("--json").args(arguments);
        command.env("AWS_ENDPOINT", &url).env("AWS_ALLOW_HTTP", "true").env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "bank").env("AWS_SECRET_ACCESS_KEY", "hunter2");
        Ran::from(command.output().unwrap())
    };
    let ran = run(&["audit", "ship"]);
    if ran.out.contains("sink_unsupported") {
        let missing = "the command was built without object-store; `cargo xtask test` builds it with";
        skip(Absence::Untested, missing, "that a bucket keeps a copy of the audit log");
        return;
    }
    assert_eq!((ran.code, &ran.json()[0]["has"]), (Some(0), &(ENTRIES + 2).into()), "{}{}", ran.out, ran.err);
    place.host.ship_to(&mut place.copy()).unwrap();
    let copied = files(&place.folder.path().join("copy"));
    let sent = objects.lock().unwrap().clone();
    assert_eq!(sent.len(), copied.len());
    for (path, bytes) in copied {
        assert!(sent[&format!("/bank/audit/2026/{}", path.display())] == bytes, "{path:?}");
    }
    assert_eq!(run(&["audit", "ship"]).json()[0]["had"], ENTRIES + 2);
    assert_eq!(run(&["audit", "verify", "--sink", "s3"]).code, Some(0));
    // Heads lie beside it, each under its size, and are listed.
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + "heads = \"act\"\n").unwrap();
    assert_eq!(run(&["audit", "checkpoint"]).code, Some(0));
    let heads =
        objects.lock().unwrap().keys().filter(|key| key.starts_with("/bank/audit/2026/heads/")).count();
    assert!(heads > 0);
    let ran = run(&["audit", "verify", "--sink", "s3"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let bundle = "/bank/audit/2026/tile/entries/001";
    objects.lock().unwrap().get_mut(bundle).unwrap()[1000] ^= 1;
    let ran = run(&["audit", "verify", "--sink", "s3"]);
    assert!(ran.code == Some(4) && !ran.out.contains("hunter2"), "{}", ran.out);
}

/// A server without TLS, or an attacker in between, gets no user name and no password.
#[test]
fn a_database_without_tls_is_told_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(b"N").unwrap();
        let mut rest = Vec::new();
        // A client that breaks off sends nothing more either.
        let _ = stream.read_to_end(&mut rest);
        (request, rest)
    });
    for sslmode in ["sslmode=prefer", "sslmode=allow"] {
        let url = format!("postgresql://bank:hunter2@127.0.0.1:{port}/x?{sslmode}");
        let Err(audit::Error::Sink { message, .. }) = PostgresSink::open(&url, "shown", "test") else {
            panic!()
        };
        assert!(message.contains("sslmode") && message.contains("require"), "{message}");
    }
    let url = format!("postgresql://bank:hunter2@127.0.0.1:{port}/x");
    let Err(audit::Error::Sink { message, .. }) = PostgresSink::open(&url, "shown", "test") else { panic!() };
    assert!(message.contains("TLS"), "{message}");
    let (request, rest) = heard.join().unwrap();
    // The client sends the request for TLS, and then nothing.
    assert_eq!((request, rest), ([0, 0, 0, 8, 4, 210, 22, 47], Vec::new()));
}

#[test]
fn postgres_keeps_a_copy() {
    let Some(server) = PostgresServer::start_or_skip("that a database keeps a copy of the audit log") else {
        return;
    };
    let place = Place::new();
    let address = SinkAddress::parse(&format!("postgres:{}", server.url()), &place.path()).unwrap();
    let open = || place.host.open_sink(&address).unwrap();
    let (_, has) = place.host.ship_to(&mut *open()).unwrap();
    assert_eq!(place.host.ship_to(&mut *open()).unwrap(), (has, has));
    assert_eq!(verify(&place, &mut *open()).unwrap(), has);
    let mut client = server.client();
    let rows: i64 = client.query_one("SELECT count(*) FROM audit_entry", &[]).unwrap().get(0);
    assert_eq!(rows as u64, has);
    let failed: i64 =
        client.query_one("SELECT count(*) FROM audit_entry WHERE kind = 'failed'", &[]).unwrap().get(0);
    assert_eq!(failed as u64, ENTRIES);
    // Nobody changes a row, not even the owner.
    for change in [
        "UPDATE audit_entry SET kind = 'call' WHERE idx = 3",
        "DELETE FROM audit_entry WHERE idx = 3",
        "TRUNCATE audit_entry",
        "UPDATE audit_checkpoint SET note = ''",
        "DELETE FROM audit_checkpoint",
        "TRUNCATE audit_checkpoint",
        "UPDATE audit_head SET note = ''",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
    ] {
        let error = client.batch_execute(change).unwrap_err();
        assert!(error.as_db_error().unwrap().message().contains("append-only"), "{error}");
    }
    place.add(300, "more", 2);
    let (had, now) = place.host.ship_to(&mut *open()).unwrap();
    assert_eq!((had, now), (has, has + 301));
    // It repairs the log.
    let entries = place.entries();
    flip(&place.segment(), 50_000);
    let report = repaired(&place, &mut *open(), &entries);
    assert!(report.from.contains("password=***") && !report.from.contains("hunter2"), "{}", report.from);
    // Every head is kept, and another one of the same size is refused.
    let head = |log: &Place| Note::parse(&fs::read(log.log().join("head")).unwrap()).unwrap();
    open().put_head(&head(&place)).unwrap();
    place.add(10, "and more", 2);
    open().put_head(&head(&place)).unwrap();
    open().put_head(&head(&place)).unwrap();
    assert_eq!(open().heads(0).unwrap().len(), 2);
    assert_eq!(open().head().unwrap().unwrap().text, head(&place).text);
    verify(&place, &mut *open()).unwrap();
    let mut other = head(&place);
    let root = other.text.lines().nth(2).unwrap().to_owned();
    other.text = other.text.replace(&root, &bailiwick_host::tlog::empty_root().to_string());
    assert_eq!(open().put_head(&other).unwrap_err().code(), "sink_forked");
    for table in ["audit_head", "audit_checkpoint"] {
        client.batch_execute(&format!("ALTER TABLE {table} DISABLE TRIGGER append_only")).unwrap();
        assert!(place.host.open_sink(&address).unwrap_err().to_string().contains("append_only"), "{table}");
        client.batch_execute(&format!("ALTER TABLE {table} ENABLE TRIGGER append_only")).unwrap();
    }
    // A disabled trigger is reported, and a changed row is found.
    client.batch_execute("ALTER TABLE audit_entry DISABLE TRIGGER append_only").unwrap();
    let error = place.host.open_sink(&address).unwrap_err();
    assert!(error.to_string().contains("append_only") && !error.to_string().contains("hunter2"), "{error}");
    let mut change = |change: &str, back: &str| {
        let guard = |on: &str| format!("ALTER TABLE audit_entry {on} TRIGGER append_only");
        client.batch_execute(&format!("{}; {change}; {}", guard("DISABLE"), guard("ENABLE"))).unwrap();
        let found = verify(&place, &mut *open());
        client.batch_execute(&format!("{}; {back}; {}", guard("DISABLE"), guard("ENABLE"))).unwrap();
        found.unwrap_err().to_string()
    };
    let flip = "UPDATE audit_entry SET entry = set_byte(entry, 40, get_byte(entry, 40) # 1) WHERE idx = 77";
    let error = change(flip, flip);
    assert!(error.contains("entry 77") && !error.contains("hunter2"), "{error}");
    let flip = "UPDATE audit_entry SET leaf = set_byte(leaf, 3, get_byte(leaf, 3) # 1) WHERE idx = 78";
    assert!(change(flip, flip).contains("entry 78"));
    let error = change(
        "UPDATE audit_entry SET kind = 'call' WHERE idx = 79",
        "UPDATE audit_entry SET kind = 'failed' WHERE idx = 79",
    );
    assert!(error.contains("entry 79"), "{error}");
    let error = change(
        "UPDATE audit_entry SET idx = -1 WHERE idx = 80",
        "UPDATE audit_entry SET idx = 80 WHERE idx = -1",
    );
    assert!(error.contains("entry 80"), "{error}");
    verify(&place, &mut *open()).unwrap();
    // A fork: another entry under an index that the log comes to later.
    let next = place.entries().len();
    client
        .execute(
            "INSERT INTO audit_entry SELECT origin, $1, leaf, at, kind, entry FROM audit_entry WHERE idx = 5",
            &[&(next as i64)],
        )
        .unwrap();
    let error = place.host.ship_to(&mut *open()).unwrap_err();
    assert_eq!(error.code(), "sink_forked", "{error}");
}

#[test]
fn the_command_ships_to_all_and_shows_no_password() {
    let place = Place::new();
    let settings = place.path().join("bailiwick.toml");
    let original = fs::read_to_string(&settings).unwrap();
    let none = bailiwick(&place.path(), &["audit", "ship"]);
    assert_eq!(none.code, Some(2), "{}", none.err);
    let configure =
        |sinks: &str| fs::write(&settings, format!("{original}\n[audit]\nsinks = [{sinks}]\n")).unwrap();
    configure(
        "\"folder:copy\", \"postgres:postgresql://bank:hunter2@127.0.0.1:1/x?sslmode=disable\", \"folder:copy2\"",
    );
    let ran = bailiwick(&place.path(), &["--json", "audit", "ship"]);
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"), "{}", ran.out);
    let lines = ran.json();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[0]["had"], &lines[0]["has"]), (&0.into(), &(ENTRIES + 2).into()));
    assert!(lines[1]["error"]["code"].is_string(), "{}", lines[1]);
    assert_eq!(lines[2]["has"], ENTRIES + 2);
    configure("\"folder:copy\"");
    let ran = bailiwick(&place.path(), &["audit", "ship"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let ran = bailiwick(&place.path(), &["--json", "audit", "verify", "--sink", "folder"]);
    assert_eq!((ran.code, &ran.json()[0]["mark"]["size"]), (Some(0), &(ENTRIES + 2).into()), "{}", ran.err);
    let entries = place.entries();
    flip(&place.segment(), 50_000);
    assert_eq!(bailiwick(&place.path(), &["audit", "checkpoint"]).code, Some(4));
    let ran = bailiwick(&place.path(), &["audit", "repair", "--from", "folder"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(place.entries()[..entries.len()], entries);
    // An error about a wrong address names its place, and does not repeat its text.
    configure("\"folder:copy\", \"pg://bank:hunter2@db\"");
    let ran = bailiwick(&place.path(), &["audit", "ship"]);
    assert_eq!(ran.code, Some(2));
    let line = fs::read_to_string(&settings).unwrap().lines().count();
    assert!(
        ran.err.contains(&format!("bailiwick.toml:{line}:")) && !ran.err.contains("hunter2"),
        "{}",
        ran.err
    );
}
