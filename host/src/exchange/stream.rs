//! Plugin sessions over a whole file, with an audit entry for every call.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use bailiwick_sdk::context::Context;
use sha2::{Digest, Sha256};

use super::intake::Source;
use crate::audit::{CallEntry, Digested, Entry, Outcome, PluginRef};
use crate::engine::{Called, CancelToken, Fault, Limits, Session};
use crate::error::{Error, Result};
use crate::hex;
use crate::plugin::{Loaded, Message};

/// Bytes of the file given to one call.
pub(crate) const PIECE_BYTES: usize = 256 << 10;

/// Audit entries of one plugin's calls: what is the same in all of them, and the digests that
/// differ.
pub(crate) struct Entries {
    pub(crate) plugin: Arc<Loaded>,
    template: CallEntry,
}

impl Entries {
    pub(crate) fn new(
        plugin: &Arc<Loaded>,
        engagement: Option<&str>,
        message: &Message,
        limits: Limits,
    ) -> Self {
        let template = CallEntry {
            engagement: engagement.map(str::to_owned),
            plugin: PluginRef {
                name: plugin.manifest.name.clone(),
                version: plugin.manifest.version.to_string(),
                component: hex(&plugin.component.digest()),
            },
            function: String::new(),
            subject: message.subject.name().to_owned(),
            message: message.name.clone(),
            input: Digested::of(b""),
            output: None,
            usage: crate::engine::Usage::default(),
            limits,
            outcome: Outcome::Ok,
        };
        Self { plugin: plugin.clone(), template }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.template.limits
    }

    pub(crate) fn entry(&self, function: &str, input: &[u8], called: &Called) -> Entry {
        Entry::Call(Box::new(CallEntry {
            function: function.to_owned(),
            input: Digested::of(input),
            output: called.result.as_ref().ok().map(|bytes| Digested::of(bytes)),
            usage: called.usage,
            outcome: match &called.result {
                Ok(_) => Outcome::Ok,
                Err(fault) => Outcome::from(fault),
            },
            ..self.template.clone()
        }))
    }
}

/// A session with one plugin for one message; makes an audit entry of each call.
pub(crate) struct Calls {
    session: Session,
    entries: Entries,
}

impl Calls {
    pub(crate) fn begin(
        plugin: &Arc<Loaded>,
        engagement: Option<&str>,
        message: &Message,
        limits: Limits,
        cancel: &CancelToken,
    ) -> std::result::Result<Self, Fault> {
        let session = plugin.component.session(limits, cancel.clone())?;
        Ok(Self { session, entries: Entries::new(plugin, engagement, message, limits) })
    }

    pub(crate) fn open_decoder(&mut self, message: &Message, context: &[u8]) -> (Called, Entry) {
        let called = self.session.open_decoder(message.subject, context);
        let entry = self.entries.entry("open-decoder", context, &called);
        (called, entry)
    }

    pub(crate) fn open_encoder(&mut self, message: &Message, context: &[u8]) -> (Called, Entry) {
        let called = self.session.open_encoder(message.subject, context);
        let entry = self.entries.entry("open-encoder", context, &called);
        (called, entry)
    }

    pub(crate) fn push(&mut self, input: &[u8]) -> (Called, Entry) {
        let called = self.session.push(input);
        let entry = self.entries.entry("push", input, &called);
        (called, entry)
    }

    pub(crate) fn finish(&mut self) -> (Called, Entry) {
        let called = self.session.finish();
        let entry = self.entries.entry("finish", b"", &called);
        (called, entry)
    }

    pub(crate) fn fault(&self, fault: Fault) -> Error {
        plugin_error(&self.entries.plugin, fault)
    }
}

pub(crate) fn plugin_error(plugin: &Loaded, fault: Fault) -> Error {
    match fault {
        Fault::Cancelled => Error::Cancelled,
        fault => Error::Plugin { plugin: plugin.manifest.name.clone(), fault },
    }
}

/// What the decoding thread hands over.
pub(crate) enum Piece {
    /// An audit entry, to be written before anything takes effect.
    Entry(Box<Entry>),
    /// Items as JSON Lines, and how much of the file is read.
    Items { lines: Vec<u8>, read: u64 },
    /// The end of the file: its digest and size.
    End { sha256: String, bytes: u64 },
    /// The end of the session.
    Failed(Error),
}

/// Reads the file through the plugin and sends what comes out. It ends when the receiver does.
pub(crate) fn decode(
    mut calls: Calls,
    source: &Source,
    message: &Message,
    context: &Context,
    to: &SyncSender<Piece>,
) {
    let mut work = || -> Result<()> {
        let context = serde_json::to_vec(context).map_err(|error| Error::Invariant(error.to_string()))?;
        let mut reader = source.open()?;
        let mut digest = Sha256::new();
        let mut read = 0u64;
        let mut piece = vec![0; PIECE_BYTES];
        let (called, entry) = calls.open_decoder(message, &context);
        hand_over(&calls, called, entry, read, to)?;
        loop {
            let length = fill(reader.as_mut(), &mut piece).map_err(Error::io("read", source.path()))?;
            let bytes = piece.get(..length).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            digest.update(bytes);
            read += length as u64;
            let (called, entry) = calls.push(bytes);
            hand_over(&calls, called, entry, read, to)?;
        }
        let (called, entry) = calls.finish();
        hand_over(&calls, called, entry, read, to)?;
        send(to, Piece::End { sha256: hex(&digest.finalize()), bytes: read })
    };
    if let Err(error) = work() {
        // Nobody listens any more: the booking side has its own reason to stop.
        let _ = to.send(Piece::Failed(error));
    }
}

fn hand_over(calls: &Calls, called: Called, entry: Entry, read: u64, to: &SyncSender<Piece>) -> Result<()> {
    send(to, Piece::Entry(Box::new(entry)))?;
    let lines = called.result.map_err(|fault| calls.fault(fault))?;
    send(to, Piece::Items { lines, read })
}

fn send(to: &SyncSender<Piece>, piece: Piece) -> Result<()> {
    to.send(piece).map_err(|_| Error::Cancelled)
}

/// Fills the piece as far as the file goes, so that pieces do not depend on how the system reads.
fn fill(reader: &mut dyn Read, piece: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while let Some(room) = piece.get_mut(length..).filter(|room| !room.is_empty()) {
        match reader.read(room) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
