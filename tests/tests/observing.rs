//! Metrics, spans and recorded commands of a home. Nothing in them is personal.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use bailiwick_conformance::{Ran, TestHome, bailiwick, bailiwick_program};
use serde_json::{Value, json};

const NAME: &str = "Rosa Lindqvist";
const ACCOUNT: &str = "ACC-7731-0042";

fn placement(account: &str) -> Value {
    json!({"placement": {"account": account, "currency": "USD", "placed_on": "2026-07-01",
        "parties": [{"role": "primary", "name": NAME, "liable": true}],
        "balance": [{"bucket": "principal", "minor": 100_000}]}})
}

fn ran(home: &TestHome, arguments: &[&str]) -> Ran {
    let ran = bailiwick(&home.path(), arguments);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    ran
}

/// The value of a sample, by its name and labels.
fn sample(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// The sum of all samples of a name.
fn sum(text: &str, name: &str) -> u64 {
    let lines = text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// A file with one account, outside the home.
fn file(home: &TestHome, account: &str) -> String {
    let file = home.outside().join("accounts_2026-07-01.jsonl");
    fs::write(&file, format!("{}\n", placement(account))).unwrap();
    file.to_string_lossy().into_owned()
}

fn is_private(text: &[u8]) -> bool {
    let has = |what: &str| memchr::memmem::find(text, what.as_bytes()).is_some();
    has(NAME) || has("Lindqvist") || has(ACCOUNT)
}

#[test]
fn metrics_count_the_entries_of_the_log_and_go_on() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement(ACCOUNT), placement("A2")]).unwrap();
    let first = ran(&home, &["metrics"]).out;
    let entries = home.audit();
    let kinds = |kind: &str| entries.iter().filter(|entry| entry["kind"] == kind).count() as u64;
    assert_eq!(sample(&first, "bailiwick_log_size"), Some(entries.len() as u64));
    for kind in ["created", "begun", "session", "call", "file"] {
        let name = format!("bailiwick_log_entries_total{{kind=\"{kind}\"}}");
        assert_eq!(sample(&first, &name), Some(kinds(kind)), "{kind}\n{first}");
    }
    assert_eq!(sum(&first, "bailiwick_calls_total"), kinds("call"));
    assert_eq!(sum(&first, "bailiwick_call_duration_seconds_count"), kinds("call"));
    // The last bucket of a histogram holds everything.
    let all = first.lines().filter(|line| line.contains("_bucket{le=\"+Inf\""));
    let all = all.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum::<u64>();
    assert_eq!(all, kinds("call"), "{first}");
    let fuel: u64 = entries.iter().filter_map(|entry| entry["used"]["fuel"].as_u64()).sum();
    assert_eq!(sum(&first, "bailiwick_call_fuel_total"), fuel);
    let taken = "bailiwick_accounts_total{engagement=\"test\",result=\"accepted\"}";
    assert_eq!(sample(&first, taken), Some(2), "{first}");
    assert!(first.ends_with("# EOF\n"));

    // The next count goes on, and equals a count from the beginning.
    home.say("accounts", "2026-07-02", &[placement("A3")]).unwrap();
    let second = ran(&home, &["metrics"]).out;
    assert_eq!(sample(&second, taken), Some(3));
    fs::remove_file(home.path().join("cache/metrics.json")).unwrap();
    assert_eq!(ran(&home, &["metrics"]).out, second);
    fs::write(home.path().join("cache/metrics.json"), b"{\"v\":1,").unwrap();
    assert_eq!(ran(&home, &["metrics"]).out, second);
    assert!(!is_private(second.as_bytes()));

    // A file is replaced as a whole, and nothing is left beside it.
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bailiwick.prom");
    fs::write(&out, "old").unwrap();
    ran(&home, &["metrics", "--out", out.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&out).unwrap(), second);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let nowhere = folder.path().join("nowhere/x.prom");
    let refused = bailiwick(&home.path(), &["metrics", "--out", nowhere.to_str().unwrap()]);
    assert_eq!(refused.code, Some(4), "{}", refused.err);
}

/// A program that is stopped at the end of its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn asked(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The endpoint of a home, and its address.
fn listening(home: &TestHome) -> (Running, String) {
    let mut child = Command::new(bailiwick_program())
        .args(["--json", "--home"])
        .arg(home.path())
        .args(["metrics", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let running = Running(child);
    let said: Value = serde_json::from_str(&line).unwrap();
    let url = said["listening"].as_str().unwrap();
    let address = url.strip_prefix("http://").unwrap().strip_suffix("/metrics").unwrap();
    (running, address.to_owned())
}

#[test]
fn an_endpoint_answers_prometheus_and_nobody_else() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement(ACCOUNT)]).unwrap();
    let (_running, address) = listening(&home);
    let address = address.as_str();
    let get =
        |path: &str| asked(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));

    // A client that sends nothing does not block others.
    let silent: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();
    let answer = get("/metrics");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
    assert!(answer.contains("bailiwick_accounts_total{engagement=\"test\",result=\"accepted\"} 1\n"));
    assert!(!is_private(answer.as_bytes()));
    drop(silent);

    // An exchange meanwhile is counted.
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    assert!(
        get("/metrics").contains("bailiwick_accounts_total{engagement=\"test\",result=\"accepted\"} 2\n")
    );
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        ("GET /metrics/../keys/hash.keys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "405"),
        ("what is this\r\n\r\n", "400"),
    ] {
        let answer = asked(address, request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
    }
}

#[test]
fn a_slow_client_blocks_no_other() {
    /// More connections than the endpoint keeps open.
    const SLOW: usize = 100;
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement(ACCOUNT)]).unwrap();
    let (_running, address) = listening(&home);
    let ask = || asked(&address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut slow: Vec<TcpStream> = (0..SLOW).map(|_| TcpStream::connect(&address).unwrap()).collect();
    assert!(ask().starts_with("HTTP/1.1 200 OK\r\n"));
    // Clients that send an endless header, a letter at a time. The closed ones notice it.
    for stream in &mut slow {
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nX: ");
    }
    assert!(ask().starts_with("HTTP/1.1 200 OK\r\n"));
    let mut gone = [0; 1];
    slow[0].set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    assert!(matches!(slow[0].read(&mut gone), Ok(0) | Err(_)), "the oldest went");
    // Many that ask at the same time are all answered, one after the other.
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..20).map(|_| scope.spawn(ask)).collect();
        assert!(asking.into_iter().all(|it| it.join().unwrap().starts_with("HTTP/1.1 200 OK\r\n")));
    });
}

/// Takes spans as a collector does; gives paths and bodies of the requests.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            // The body is kept before the answer, so it is there when the program ends.
            if sender.send((head, body)).is_err() {
                return;
            }
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
        }
    });
    (address, receiver)
}

#[test]
fn spans_go_to_a_collector_and_nothing_personal_with_them() {
    let home = TestHome::with_terms("");
    let file = file(&home, ACCOUNT);
    let (address, posted) = collector();
    let done = ran(&home, &["--otlp", &address, "exchange", "test", &file]);
    assert!(!done.err.contains("collector"), "{}", done.err);
    let (mut heads, mut bodies) = (String::new(), Vec::new());
    for (head, body) in posted.try_iter() {
        heads.push_str(&head);
        bodies.extend(body);
    }
    assert!(heads.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{heads}");
    let has = |what: &str| memchr::memmem::find(&bodies, what.as_bytes()).is_some();
    for what in ["service.name", "bailiwick.act", "bailiwick.stage", "bailiwick.call", "fuel", "outcome"] {
        assert!(has(what), "{what} is not sent");
    }
    // Neither personal data, nor the place where the program was built or runs.
    let personal = [env!("CARGO_MANIFEST_DIR"), "accounts_2026", "code.file", "thread.name", "src/"];
    for what in personal {
        assert!(!has(what), "{what} is sent");
    }
    assert!(!is_private(&bodies));
}

#[test]
fn a_plugins_log_lines_are_sent_to_no_collector() {
    let says = format!("{{ misdeed = \"murmur\", says = \"{NAME}\" }}");
    let home = TestHome::with_plugin("misbehaving", &says);
    let file = home.outside().join("wrong.txt");
    fs::write(&file, "x").unwrap();
    let (address, posted) = collector();
    let arguments = ["--otlp", &address, "--plugin-log", "debug", "exchange", "test", file.to_str().unwrap()];
    let ran = bailiwick(&home.path(), &arguments);
    assert_eq!(ran.err.matches(NAME).count(), 4, "{}", ran.err);
    let bodies: Vec<u8> = posted.try_iter().flat_map(|(_, body)| body).collect();
    assert!(memchr::memmem::find(&bodies, b"bailiwick.call").is_some());
    assert!(!is_private(&bodies));
}

#[test]
fn a_collector_that_refuses_spans_is_reported_and_changes_nothing() {
    let home = TestHome::with_terms("");
    let file = file(&home, ACCOUNT);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let done = bailiwick(&home.path(), &["--otlp", &format!("http://{closed}"), "exchange", "test", &file]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.err.contains("the collector did not take all spans"), "{}", done.err);
    for wrong in ["nonsense", "ftp://x"] {
        let refused = bailiwick(&home.path(), &["--otlp", wrong, "tick"]);
        assert_eq!(refused.code, Some(2), "{wrong}: {}", refused.err);
    }
}

fn commands(home: &TestHome) -> Vec<Value> {
    home.audit().into_iter().filter(|entry| entry["kind"] == "command").collect()
}

#[test]
fn a_command_that_reads_private_data_is_in_the_log_before_it_shows_anything() {
    const OPERATOR: &str = "Ngozi Adichie-Brandt";
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement(ACCOUNT), placement("A2")]).unwrap();
    let hash = |class: &str, value: &str| home.hashes(class, value).pop().unwrap();
    let asked: [(&[&str], &str); 7] = [
        (&["accounts", "test"], "accounts"),
        (&["account", "test", ACCOUNT], "account"),
        (&["exceptions", "test"], "exceptions"),
        (&["waiting", "test"], "waiting"),
        (&["disputes", "test"], "disputes"),
        (&["audit", "hash", "account", ACCOUNT], "audit hash"),
        (&["ledger", "check"], "ledger check"),
    ];
    for (number, (arguments, command)) in asked.iter().enumerate() {
        ran(&home, &[&["--operator", OPERATOR], *arguments].concat());
        let entries = commands(&home);
        assert_eq!(entries.len(), number + 1);
        let last = entries.last().unwrap();
        assert_eq!(last["command"], *command);
        assert_eq!(last["operator"], hash("operator", OPERATOR));
    }
    let about = &commands(&home)[1];
    assert_eq!((&about["engagement"], &about["account"]), (&json!("test"), &json!(hash("account", ACCOUNT))));
    // An act has its operator in its own entry.
    let file = file(&home, "A3");
    ran(&home, &["--operator", OPERATOR, "exchange", "test", &file]);
    let begun = home.audit().into_iter().rfind(|entry| entry["kind"] == "begun").unwrap();
    assert_eq!(begun["operator"], hash("operator", OPERATOR));
    // A command may name anything; only an existing engagement gets into the log.
    let size = home.audit().len();
    assert_eq!(bailiwick(&home.path(), &["accounts", NAME]).code, Some(2));
    assert_eq!(home.audit().len(), size);
    let mut files = Vec::new();
    bailiwick_conformance::files_below(&home.path().join("audit"), &mut files);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let known = is_private(&bytes) || memchr::memmem::find(&bytes, OPERATOR.as_bytes()).is_some();
        assert!(!known, "{}", file.display());
    }
    ran(&home, &["audit", "verify"]);
}

#[test]
fn an_empty_name_of_the_user_does_not_hide_the_next_one() {
    let home = TestHome::with_terms("");
    let mut command = Command::new(bailiwick_program());
    command.arg("--home").arg(home.path()).args(["accounts", "test"]);
    command.env_remove("BAILIWICK_OPERATOR").env("USER", "").env("LOGNAME", "ngozi");
    assert!(command.output().unwrap().status.success());
    assert_eq!(commands(&home)[0]["operator"], home.hashes("operator", "ngozi")[0]);
}

#[test]
fn a_reader_does_not_wait_for_a_writer_and_is_recorded_when_it_ends() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement(ACCOUNT)]).unwrap();
    let lock = fs::File::open(home.path()).unwrap();
    lock.lock().unwrap();
    ran(&home, &["accounts", "test"]);
    ran(&home, &["account", "test", ACCOUNT]);
    assert!(commands(&home).is_empty());
    // A file that is being written, and a file that a crash left long ago.
    let waiting = home.path().join("audit/commands");
    let old = std::time::SystemTime::now() - Duration::from_secs(86_400);
    fs::write(waiting.join("1-young.new"), b"{\"kind\":\"comm").unwrap();
    fs::write(waiting.join("0-old.new"), b"").unwrap();
    fs::File::options().write(true).open(waiting.join("0-old.new")).unwrap().set_modified(old).unwrap();
    lock.unlock().unwrap();
    home.say("accounts", "2026-07-02", &[placement("A2")]).unwrap();
    let entries = commands(&home);
    let names: Vec<&str> = entries.iter().map(|entry| entry["command"].as_str().unwrap()).collect();
    assert_eq!(names, ["accounts", "account"]);
    let left: Vec<_> = fs::read_dir(&waiting).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["1-young.new"]);
    ran(&home, &["audit", "verify"]);
}

#[test]
fn no_command_is_lost_or_doubled_among_many_readers_and_a_writer() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement(ACCOUNT)]).unwrap();
    let (path, done) = (home.path(), std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..6 {
                        assert_eq!(bailiwick(&path, &["accounts", "test"]).code, Some(0));
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            for number in 0.. {
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                home.say("accounts", "2026-07-02", &[placement(&format!("B{number}"))]).unwrap();
            }
        });
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    home.say("accounts", "2026-07-03", &[placement("A3")]).unwrap();
    let mut ids: Vec<String> = commands(&home).iter().map(|entry| entry["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), commands(&home).len()), (18, 18));
    ran(&home, &["audit", "verify"]);
    ran(&home, &["ledger", "check"]);
}

#[test]
fn data_is_not_shown_if_the_command_cannot_be_recorded() {
    let home = TestHome::with_terms("");
    home.say("accounts", "2026-07-01", &[placement(ACCOUNT)]).unwrap();
    // Another process writes, and the folder of waiting commands is a file, so no command can be written.
    fs::write(home.path().join("audit/commands"), b"").unwrap();
    let lock = fs::File::open(home.path()).unwrap();
    lock.lock().unwrap();
    for arguments in [&["account", "test", ACCOUNT][..], &["accounts", "test"]] {
        let refused = bailiwick(&home.path(), arguments);
        assert_eq!(refused.code, Some(4), "{}", refused.out);
        assert!(refused.out.is_empty(), "{}", refused.out);
    }
}
