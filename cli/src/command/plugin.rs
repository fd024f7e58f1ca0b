//! `bailiwick plugin`

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bailiwick_build::{Options, Progress, build_plugin};
use bailiwick_host::Error;
use bailiwick_host::engine::{Called, CancelToken, Engine, EngineOptions, Fault, Limits, Usage};
use bailiwick_host::files;
use bailiwick_host::plugin::{Decoded, Loaded, Manifest, Message, read_component};
use bailiwick_host::replay::{Case, CaseBytes, CaseCall};
use bailiwick_host::sdk::context::Context;
use bailiwick_host::sdk::document::Subject;
use bailiwick_host::sdk::value::{Currency, Moment, Text, Utc, Zone};
use bailiwick_host::{printable, recorded};
use indicatif::ProgressBar;
use serde_json::json;

use super::cases;
use crate::arguments::{Direction, Plugin, PluginRun};
use crate::failure::Failure;
use crate::home::Home;
use crate::output;
use crate::show::table;

/// Bytes given to one call.
const PIECE_BYTES: usize = 256 << 10;
/// The most bytes of a file or of standard input that one run is given: all of it is in memory.
const INPUT_BYTES_MAX: u64 = 1 << 30;

pub(crate) fn run(home: &Home, plugin: Plugin, json: bool) -> Result<ExitCode, Failure> {
    match plugin {
        Plugin::Build { dir, out, offline } => build(home, &dir, out, offline, json),
        Plugin::List => list(home, json),
        Plugin::Inspect { file } => inspect(&file, json),
        Plugin::Run(run) => run_one(run, json),
        Plugin::Check { file, cases } => cases::check(&file, &cases, json),
    }
}

fn build(
    home: &Home,
    dir: &Path,
    out: Option<PathBuf>,
    offline: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let in_home = home.path().join("plugins");
    let out = out.unwrap_or_else(|| if in_home.is_dir() { in_home } else { PathBuf::from(".") });
    // Shown on a terminal only.
    let bar = if json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    let mut show = |progress: Progress| match progress {
        Progress::Toolchain(text) if !json => bar.suspend(|| errln!("{text}")),
        Progress::Compiling(line) => {
            bar.set_message(printable(&line).into_owned());
            bar.tick();
        }
        _ => {}
    };
    let built = build_plugin(dir, &out, &Options { offline }, &mut show);
    bar.finish_and_clear();
    let built = built?;
    if json {
        outln!(
            "{}",
            json!({
                "name": built.name, "version": built.version, "component": built.component,
                "sha256": built.digest, "bytes": built.size, "cached": built.cached,
            })
        );
    } else {
        let state = if built.cached { "unchanged" } else { "built" };
        outln!(
            "{} {} {state}: {} ({} KiB)",
            built.name,
            built.version,
            built.component.display(),
            built.size / 1024
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn list(home: &Home, json: bool) -> Result<ExitCode, Failure> {
    let host = home.open()?;
    let mut rows = Vec::new();
    for name in host.plugins().names() {
        let path = host.plugins().path(&name);
        let manifest = host.plugins().manifest(&name)?;
        if json {
            outln!(
                "{}",
                json!({ "name": manifest.name, "version": manifest.version, "title": manifest.title,
                "contract": manifest.contract, "subjects": manifest.subjects, "component": path })
            );
            continue;
        }
        let messages: Vec<&str> = manifest.messages.iter().map(|message| message.name.as_str()).collect();
        rows.push(vec![name, manifest.version.to_string(), manifest.subjects.join(","), messages.join(",")]);
    }
    if !json {
        table(&["PLUGIN", "VERSION", "SUBJECTS", "MESSAGES"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn read_manifest(path: &Path) -> Result<Manifest, Failure> {
    let wasm = read_component(path).map_err(|error| match error {
        error @ Error::Io { .. } => Failure::usage(error.to_string()),
        error => error.into(),
    })?;
    Ok(Manifest::read(path, &wasm)?)
}

fn inspect(file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let manifest = read_manifest(file)?;
    if json {
        output::json(&manifest);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("{} {}  {}", manifest.name, manifest.version, manifest.title);
    outln!("  contract      {}", manifest.contract);
    outln!("  subjects      {}", manifest.subjects.join(", "));
    outln!(
        "  capabilities  {}",
        if manifest.capabilities.is_empty() { "none".to_owned() } else { manifest.capabilities.join(", ") }
    );
    let rows: Vec<Vec<String>> = manifest
        .messages
        .iter()
        .map(|message| {
            let does = match (message.decode, message.encode) {
                (true, true) => "reads, writes",
                (true, false) => "reads",
                (false, true) => "writes",
                (false, false) => "",
            };
            vec![
                message.name.clone(),
                message.from.to_string(),
                message.subject.to_string(),
                does.to_owned(),
                message.documents.join(","),
            ]
        })
        .collect();
    table(&["MESSAGE", "FROM", "SUBJECT", "PLUGIN", "DOCUMENTS"], &rows);
    Ok(ExitCode::SUCCESS)
}

fn run_one(run: PluginRun, json: bool) -> Result<ExitCode, Failure> {
    let subject = Subject::named(&run.subject).ok_or_else(|| {
        let known: Vec<&str> = Subject::ALL.into_iter().map(Subject::name).collect();
        Failure::usage(format!("there is no subject {:?}; there are: {}", run.subject, known.join(", ")))
    })?;
    let input = read_input(&run.input)?;
    let engine = engine()?;
    let limits = Limits::production();
    let loaded = Loaded::load(&run.file, &engine, None, limits)?;
    let message = message(&loaded, subject, &run, &input)?;
    let config: serde_json::Value = serde_json::from_str(&run.config)
        .map_err(|error| Failure::usage(format!("--config is no JSON: {error}")))?;
    loaded.check_config(&config).map_err(|(pointer, message)| {
        Failure::usage(format!("the configuration at {pointer:?}: {message}"))
    })?;
    let context = context(&run, &message, config)?;
    let context = serde_json::to_vec(&context).unwrap_or_default();
    let fault =
        |fault| Failure::from(bailiwick_host::Error::Plugin { plugin: loaded.manifest.name.clone(), fault });
    let mut session = loaded.component.session(limits, CancelToken::default()).map_err(fault)?;
    let mut out: Box<dyn Write> = match &run.out {
        Some(path) => Box::new(
            files::create(path).map_err(|error| Failure::host(format!("{}: {error}", path.display())))?,
        ),
        None => output::bytes(),
    };
    let mut total = Usage::default();
    let mut calls = 0u64;
    let mut case = run.record.as_ref().map(|_| Case {
        v: Case::VERSION,
        plugin: loaded.manifest.name.clone(),
        version: loaded.manifest.version.to_string(),
        subject: subject.name().to_owned(),
        message: message.name.clone(),
        limits,
        calls: Vec::new(),
    });
    let mut decoded = Decoded::of(&message, loaded.manifest.own());
    let mut take = |function: &str, given: &[u8], called: Called| -> Result<(), Failure> {
        calls += 1;
        add(&mut total, &called.usage);
        if let Some(case) = &mut case {
            case.calls.push(CaseCall {
                function: function.to_owned(),
                context: None,
                input: CaseBytes::of(given),
                output: called.result.as_ref().ok().map(|bytes| CaseBytes::of(bytes)),
                outcome: recorded::outcome(&called),
            });
        }
        let bytes = called.result.map_err(fault)?;
        out.write_all(&bytes).map_err(|error| Failure::host(error.to_string()))?;
        match run.direction {
            Direction::Decode => decoded.items(&bytes, |_, _| Ok::<_, Fault>(())).map_err(fault),
            Direction::Encode => Ok(()),
        }
    };
    let (function, opened) = match run.direction {
        Direction::Decode => ("open-decoder", session.open_decoder(subject, &context)),
        Direction::Encode => ("open-encoder", session.open_encoder(subject, &context)),
    };
    let done = take(function, &context, opened).and_then(|()| {
        for piece in pieces(&input, run.direction) {
            take("push", piece, session.push(piece))?;
        }
        take("finish", b"", session.finish())
    });
    if let Some((path, case)) = run.record.as_ref().zip(case) {
        cases::write(path, &case)?;
    }
    for line in session.take_log() {
        errln!("{:?}: {}", line.level, line.message);
    }
    report(&total, &limits, calls, input.len(), json);
    done.map(|()| ExitCode::SUCCESS)
}

/// An engine as in production.
pub(super) fn engine() -> Result<Engine, Failure> {
    let failed = |fault| Error::Plugin { plugin: "engine".to_owned(), fault };
    Ok(Engine::new(EngineOptions::production()).map_err(failed)?)
}

/// Documents are cut between lines, files anywhere.
fn pieces(input: &[u8], direction: Direction) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = input;
    while !rest.is_empty() {
        let mut length = PIECE_BYTES.min(rest.len());
        if direction == Direction::Encode {
            let within = rest.get(..length).unwrap_or_default();
            let cut = within.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
            length = cut
                .or_else(|| rest.iter().position(|byte| *byte == b'\n').map(|at| at + 1))
                .unwrap_or(rest.len());
        }
        let (piece, tail) = rest.split_at(length);
        pieces.push(piece);
        rest = tail;
    }
    pieces
}

/// Reads standard input to its end.
fn stdin(bytes: &mut Vec<u8>) -> std::io::Result<()> {
    let read = std::io::stdin().lock().take(INPUT_BYTES_MAX + 1).read_to_end(bytes)?;
    match read as u64 > INPUT_BYTES_MAX {
        true => Err(std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            format!("it has more than {INPUT_BYTES_MAX} bytes"),
        )),
        false => Ok(()),
    }
}

fn read_input(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        stdin(&mut bytes).map(|()| bytes)
    } else {
        files::read(path, INPUT_BYTES_MAX)
    };
    read.map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
}

fn message(loaded: &Loaded, subject: Subject, run: &PluginRun, input: &[u8]) -> Result<Message, Failure> {
    let decoding = run.direction == Direction::Decode;
    let fits: Vec<&Message> = loaded
        .manifest
        .messages
        .iter()
        .filter(|message| {
            message.subject == subject && if decoding { message.decode } else { message.encode }
        })
        .filter(|message| run.message.as_ref().is_none_or(|name| *name == message.name))
        .collect();
    let head = input.get(..bailiwick_host::plugin::HEAD_BYTES.min(input.len())).unwrap_or_default();
    let name = run.input.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let claims: Vec<&&Message> =
        fits.iter().filter(|message| decoding && message.recognises(&name, head).is_some()).collect();
    match (fits.as_slice(), claims.as_slice()) {
        (_, [message]) => Ok((**message).clone()),
        ([message], _) => Ok((*message).clone()),
        _ => {
            let names: Vec<&str> = fits.iter().map(|message| message.name.as_str()).collect();
            Err(Failure::usage(format!(
                "name the message with --as; {} has: {}",
                loaded.manifest.name,
                names.join(", ")
            )))
        }
    }
}

fn context(run: &PluginRun, message: &Message, config: serde_json::Value) -> Result<Context, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let zone = Zone::named(&run.zone).map_err(|error| wrong(&error))?;
    let currency = Currency::new(&run.currency)
        .ok_or_else(|| Failure::usage(format!("{:?} is no ISO 4217 code", run.currency)))?;
    let at = run.at.unwrap_or_else(jiff::Timestamp::now);
    Ok(Context {
        message: Text::new(message.name.as_str()).map_err(|error| wrong(&error))?,
        from: message.from,
        at: Moment { utc: Utc::new(at), zone: Text::new(zone.name()).map_err(|error| wrong(&error))? },
        today: zone.time_zone().to_datetime(at).date().into(),
        currency,
        agency: None,
        agency_name: None,
        creditor_name: None,
        config,
    })
}

fn add(total: &mut Usage, usage: &Usage) {
    total.fuel += usage.fuel;
    total.wall_us += usage.wall_us;
    total.memory_bytes = total.memory_bytes.max(usage.memory_bytes);
    total.table_elements = total.table_elements.max(usage.table_elements);
    total.input_bytes += usage.input_bytes;
    total.output_bytes += usage.output_bytes;
    total.log_bytes = usage.log_bytes;
    total.host_calls = usage.host_calls;
}

fn report(used: &Usage, limits: &Limits, calls: u64, bytes: usize, json: bool) {
    if json {
        errln!("{}", json!({ "calls": calls, "usage": used, "limits": limits }));
        return;
    }
    errln!(
        "{calls} calls, {bytes} bytes in, {} out, fuel {}, {} ms, memory {} of {} KiB, log {} of {} bytes",
        used.output_bytes,
        used.fuel,
        used.wall_us / 1000,
        used.memory_bytes >> 10,
        limits.memory_bytes >> 10,
        used.log_bytes,
        limits.log_bytes
    );
}
