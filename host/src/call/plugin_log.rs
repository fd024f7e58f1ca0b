//! Lines that a plugin logs, as events for the operator.
//!
//! The contract forbids personal data in them, and no host can check that: the text is the plugin's own. So they are
//! shown only to an operator who asked for them. They have a target of their own, which a subscriber can leave out,
//! and they are neither in the audit log nor in the fields of a span.

use tracing::Level;

use super::purpose::Function;
use crate::engine::{LogLevel, LogLine};
use crate::shown;

/// The target of the events for plugins' lines.
pub const PLUGIN_LOG: &str = "bailiwick::plugin";
/// The most lines of one call that are shown; further ones are counted. A line is cut at 512 bytes.
pub const LINES_SHOWN_MAX: usize = 100;

/// Makes an event of every line that is at least as serious as `from`. Characters that control a screen are escaped.
pub(super) fn show(plugin: &str, function: Function, lines: &[LogLine], from: LogLevel) {
    let function = function.name();
    let mut wanted = lines.iter().filter(|line| line.level >= from);
    for line in wanted.by_ref().take(LINES_SHOWN_MAX) {
        let text = shown(&line.message);
        match line.level {
            LogLevel::Debug => tracing::event!(target: PLUGIN_LOG, Level::DEBUG, plugin, function, "{text}"),
            LogLevel::Info => tracing::event!(target: PLUGIN_LOG, Level::INFO, plugin, function, "{text}"),
            LogLevel::Warn => tracing::event!(target: PLUGIN_LOG, Level::WARN, plugin, function, "{text}"),
            LogLevel::Error => tracing::event!(target: PLUGIN_LOG, Level::ERROR, plugin, function, "{text}"),
        }
    }
    let more = wanted.count();
    if more > 0 {
        tracing::event!(target: PLUGIN_LOG, Level::WARN, plugin, function, "{more} more lines are not shown");
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;
    use bailiwick_files::text::SHOWN_BYTES_MAX;

    /// Keeps level, fields and text of every event.
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<String>>>);

    struct Text(String);

    impl Visit for Text {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            self.0.push_str(&format!(" {}={value:?}", field.name()));
        }
    }

    impl Subscriber for Seen {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            let mut text = Text(format!("{} {}", event.metadata().target(), event.metadata().level()));
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    fn seen(lines: &[LogLine], from: LogLevel) -> Vec<String> {
        let seen = Seen::default();
        tracing::subscriber::with_default(seen.clone(), || show("aim", Function::Push, lines, from));
        let lines = seen.0.lock().unwrap();
        lines.clone()
    }

    fn line(level: LogLevel, message: &str) -> LogLine {
        LogLine { level, message: message.to_owned() }
    }

    #[test]
    fn only_lines_as_serious_as_asked_for_are_shown() {
        let lines = LogLevel::ALL.map(|level| line(level, "a line"));
        for (number, from) in LogLevel::ALL.into_iter().enumerate() {
            assert_eq!(seen(&lines, from).len(), lines.len() - number, "{from}");
        }
        let shown = &seen(&lines, LogLevel::Error)[0];
        assert_eq!(shown, "bailiwick::plugin ERROR message=a line plugin=\"aim\" function=\"push\"");
    }

    #[test]
    fn a_line_is_escaped_and_cut_and_lines_have_a_bound() {
        for (message, text) in [
            ("red \u{1b}[31m\nforged", r"red \u001b[31m\nforged".to_owned()),
            (&"a".repeat(SHOWN_BYTES_MAX + 1), "a".repeat(SHOWN_BYTES_MAX) + "…"),
        ] {
            let shown = &seen(&[line(LogLevel::Info, message)], LogLevel::Debug)[0];
            assert!(shown.contains(&format!("message={text} plugin")), "{shown}");
        }
        let many = vec![line(LogLevel::Info, "again"); LINES_SHOWN_MAX + 7];
        let shown = seen(&many, LogLevel::Debug);
        assert_eq!(shown.len(), LINES_SHOWN_MAX + 1);
        assert!(shown[LINES_SHOWN_MAX].contains("WARN message=7 more lines are not shown"), "{shown:?}");
        assert_eq!(seen(&many[..LINES_SHOWN_MAX], LogLevel::Debug).len(), LINES_SHOWN_MAX);
    }
}
