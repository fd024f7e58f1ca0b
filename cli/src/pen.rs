//! Writes the documents of a side as the files that it would send, through its own plugin.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_host::Host;
use bailiwick_host::call::{Purpose, Session, Tape};
use bailiwick_host::engine::CancelToken;
use bailiwick_host::plugin::Message;
use bailiwick_host::sdk::context::{Context, Side};
use bailiwick_host::sdk::document::Item;
use bailiwick_host::sdk::value::{Moment, Text, Utc};

use crate::failure::Failure;

/// A file that a side sends.
pub(crate) struct Written {
    /// Its name, as the plugin names such files.
    pub(crate) name: String,
    /// Its title, from the plugin's manifest.
    pub(crate) title: String,
    pub(crate) bytes: Vec<u8>,
}

/// The files that carry these documents, and the kinds that no plugin of the side writes.
pub(crate) fn write(
    host: &Host,
    engagement: &str,
    from: Side,
    at: jiff::Timestamp,
    items: Vec<Item>,
) -> Result<(Vec<Written>, BTreeSet<&'static str>), Failure> {
    let engagement = host.engagement(engagement)?;
    let mut groups: BTreeMap<(usize, String), Vec<Item>> = BTreeMap::new();
    let mut unwritten = BTreeSet::new();
    let bindings = engagement.bindings(from);
    for item in items {
        let mut carrier = None;
        for (at, binding) in bindings.iter().enumerate() {
            let plugin = host.plugins().get(&binding.plugin)?;
            let mut read = binding.reads.iter().filter_map(|name| plugin.manifest.message(name));
            let message = read.find(|message| writes(message, item.kind()));
            carrier = carrier.or_else(|| message.map(|message| (at, message.name.clone())));
        }
        match carrier {
            Some(carrier) => groups.entry(carrier).or_default().push(item),
            None => {
                unwritten.insert(item.kind());
            }
        }
    }
    let mut files = Vec::new();
    for ((binding, message), items) in groups {
        let Some(binding) = bindings.get(binding) else { continue };
        let plugin = host.plugins().get(&binding.plugin)?;
        let Some(message) = plugin.manifest.message(&message) else { continue };
        let text = |text: &str| Text::new(text).map_err(|error| Failure::host(error.to_string()));
        let context = Context {
            message: text(&message.name)?,
            from,
            at: Moment { utc: Utc::new(at), zone: text(engagement.zone.name())? },
            today: engagement.zone.time_zone().to_datetime(at).date().into(),
            currency: engagement.currency,
            agency: Some(engagement.agency.code.clone()),
            agency_name: Some(engagement.agency.name.clone()),
            creditor_name: Some(engagement.creditor.clone()),
            config: binding.config.clone(),
        };
        let name = message
            .file_name
            .replace("{date}", &context.today.to_compact())
            .replace("{message}", &message.name)
            .replace("{id}", "1");
        let (purpose, cancel, mut tape) = (Purpose::Encode(message), CancelToken::default(), Tape::default());
        let mut session = Session::on_tape(&plugin, purpose, &context, host.limits(), &cancel, &mut tape)?;
        let mut lines = Vec::new();
        items.iter().for_each(|item| item.write_line(&mut lines));
        let mut bytes = session.push(&lines)?.bytes;
        bytes.extend(session.finish()?.bytes);
        files.push(Written { name, title: message.title.clone(), bytes });
    }
    Ok((files, unwritten))
}

fn writes(message: &Message, kind: &str) -> bool {
    message.encode && message.documents.iter().any(|carried| carried == kind)
}
