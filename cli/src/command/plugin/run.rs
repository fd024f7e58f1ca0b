//! `bailiwick plugin run`: one file through one plugin, at an author's desk.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use bailiwick_host::call::{PIECE_BYTES, Purpose, Session, Tape};
use bailiwick_host::engine::{CancelToken, Fault, Limits, Usage};
use bailiwick_host::files;
use bailiwick_host::plugin::{Decoded, HEAD_BYTES, Loaded, Message};
use bailiwick_host::replay::Case;
use bailiwick_host::sdk::context::Context;
use bailiwick_host::sdk::document::Subject;
use bailiwick_host::sdk::value::{Currency, Moment, Text, Utc, Zone};
use serde_json::json;

use super::{cases, engine};
use crate::arguments::{Direction, PluginRun};
use crate::failure::Failure;
use crate::output;

/// The most bytes of a file or of standard input that one run is given: all of it is in memory.
const INPUT_BYTES_MAX: u64 = 1 << 30;

pub(super) fn run(run: &PluginRun, json: bool) -> Result<ExitCode, Failure> {
    let subject = Subject::named(&run.subject).ok_or_else(|| {
        let known: Vec<&str> = Subject::ALL.into_iter().map(Subject::name).collect();
        Failure::usage(format!("there is no subject {:?}; there are: {}", run.subject, known.join(", ")))
    })?;
    let input = read_input(&run.input)?;
    let engine = engine()?;
    let limits = Limits::production();
    let loaded = Loaded::load(&run.file, &engine, None, limits)?;
    let message = message(&loaded, subject, run, &input)?;
    let config: serde_json::Value = serde_json::from_str(&run.config)
        .map_err(|error| Failure::usage(format!("--config is no JSON: {error}")))?;
    loaded.check_config(&config).map_err(|(pointer, message)| {
        Failure::usage(format!("the configuration at {pointer:?}: {message}"))
    })?;
    let context = context(run, &message, config)?;
    let mut tape = if run.record.is_some() { Tape::keeping_bytes() } else { Tape::default() };
    let done = call(run, (&loaded, &message, &context), (limits, &input), &mut tape);
    // The author needs the output and the log lines up to a fault.
    if let Some(path) = &run.record {
        cases::write(path, &Case::of_tape(&tape, &loaded.manifest, &message, limits))?;
    }
    for line in tape.log() {
        errln!("{}: {}", line.level, line.message);
    }
    report(&tape, &limits, input.len(), json);
    done.map(|()| ExitCode::SUCCESS)
}

/// Gives the file to the plugin and writes what comes out.
fn call(
    run: &PluginRun,
    (loaded, message, context): (&Loaded, &Message, &Context),
    (limits, input): (Limits, &[u8]),
    tape: &mut Tape,
) -> Result<(), Failure> {
    let mut out: Box<dyn Write> = match &run.out {
        Some(path) => Box::new(
            files::create(path).map_err(|error| Failure::host(format!("{}: {error}", path.display())))?,
        ),
        None => output::bytes(),
    };
    let mut decoded = Decoded::of(message, loaded.manifest.own());
    let mut take = |bytes: &[u8]| -> Result<(), Failure> {
        out.write_all(bytes).map_err(|error| Failure::host(error.to_string()))?;
        let held = match run.direction {
            Direction::Decode => decoded.items(bytes, |_, _| Ok::<_, Fault>(())),
            Direction::Encode => Ok(()),
        };
        let plugin = || loaded.manifest.name.clone();
        held.map_err(|fault| bailiwick_host::Error::Plugin { plugin: plugin(), fault }.into())
    };
    let purpose = match run.direction {
        Direction::Decode => Purpose::Decode(message),
        Direction::Encode => Purpose::Encode(message),
    };
    let mut session = Session::on_tape(loaded, purpose, context, limits, &CancelToken::default(), tape)?;
    for piece in pieces(input, run.direction) {
        take(&session.push(piece)?.bytes)?;
    }
    take(&session.finish()?.bytes)
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
    let head = input.get(..HEAD_BYTES.min(input.len())).unwrap_or_default();
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

fn report(tape: &Tape, limits: &Limits, bytes: usize, json: bool) {
    let (calls, used): (u64, Usage) = (tape.count(), tape.usage());
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
