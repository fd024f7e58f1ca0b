//! A summary as one HTML file: no scripts, nothing from elsewhere, every text escaped.

use std::fmt::Write;

use bailiwick_files::text::printable;

use crate::summary::{Listed, Noted, Summary};

const STYLE: &str = include_str!("report.css");

/// Shares from here on stand out, in hundredths of a percent.
const SHARE_HIGH: u64 = 8_000;

/// A cell of a table.
enum Cell {
    Text(String),
    Number(u64),
    /// Text that stands out.
    Bad(String),
}

/// A text escaped for HTML.
fn escaped(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    let text = lines.join("\n");
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// The page while it grows. Writing to a string does not fail.
struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn element(&mut self, name: &str, text: &str) {
        let _ = writeln!(self.0, "<{name}>{}</{name}>", escaped(text));
    }

    fn table(&mut self, title: &str, head: &[&str], rows: Vec<Vec<Cell>>, more: u64) {
        self.element("h2", title);
        if rows.is_empty() {
            self.element("p", "None.");
            return;
        }
        let numeric = |at: usize| rows.iter().all(|row| matches!(row.get(at), Some(Cell::Number(_))));
        self.raw("<table><thead><tr>");
        for (at, name) in head.iter().enumerate() {
            let class = if numeric(at) { " class=\"number\"" } else { "" };
            let _ = write!(self.0, "<th{class}>{}</th>", escaped(name));
        }
        self.raw("</tr></thead><tbody>\n");
        for row in &rows {
            self.raw("<tr>");
            for cell in row {
                let _ = match cell {
                    Cell::Text(text) => write!(self.0, "<td>{}</td>", escaped(text)),
                    Cell::Number(number) => write!(self.0, "<td class=\"number\">{number}</td>"),
                    Cell::Bad(text) => write!(self.0, "<td class=\"bad\">{}</td>", escaped(text)),
                };
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody></table>\n");
        if more > 0 {
            self.element("p", &format!("And {more} more; `bailiwick audit show` lists them all."));
        }
    }

    fn noted(&mut self, title: &str, listed: &Listed<Noted>) {
        let rows = listed.items.iter().map(|it| {
            vec![
                Cell::Number(it.seq),
                Cell::Text(second(it.at)),
                Cell::Text(it.kind.to_owned()),
                Cell::Text(it.whose.clone()),
                Cell::Text(it.detail.clone()),
            ]
        });
        self.table(title, &["Entry", "When (UTC)", "What", "Of", "Says"], rows.collect(), listed.more);
    }
}

/// An instant to the second.
fn second(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Hundredths of a percent as text.
fn percent(share: u64) -> String {
    format!("{}.{:02} %", share / 100, share % 100)
}

impl Summary {
    /// The summary as one HTML file, without other files.
    pub fn html(&self) -> String {
        let mut page = Page(String::new());
        let (from, to) = self.days;
        page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
        page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        let title = format!("Audit report {from} to {to}");
        page.element("title", &title);
        page.raw("<style>\n");
        page.raw(STYLE);
        page.raw("</style></head><body>\n");
        page.element("h1", &title);
        let range = self.range.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
        page.element(
            "p",
            &format!(
                "Log {}. {} entries of {} are of this period (days in UTC, {}){range}. Made {} UTC.",
                self.origin,
                self.entries,
                self.size,
                self.by.words(),
                second(self.made)
            ),
        );
        self.calls(&mut page);
        self.files(&mut page);
        self.limits(&mut page);
        let commands = self.commands.iter().map(|((command, operator), count)| {
            vec![Cell::Text(command.clone()), Cell::Text(operator.clone()), Cell::Number(*count)]
        });
        let title = "Commands that read or exported private data";
        page.table(title, &["Command", "Operator (keyed hash)", "Times"], commands.collect(), 0);
        page.noted("Findings: failed acts, entries without effect, cut ends, repairs", &self.findings);
        page.noted("Keys replaced", &self.rotations);
        page.noted("Engagements and plugins that changed", &self.changes);
        page.noted("Checkpoints", &self.checkpoints);
        self.verifying(&mut page);
        page.raw("</body></html>\n");
        page.0
    }

    fn calls(&self, page: &mut Page) {
        let rows = self.calls.iter().map(|(plugin, calls)| {
            let count = calls.ok + calls.faults;
            vec![
                Cell::Text(plugin.clone()),
                Cell::Number(count),
                Cell::Number(calls.ok),
                Cell::Number(calls.faults),
                Cell::Number(calls.wall_us / count.max(1)),
                Cell::Number(calls.longest_us),
            ]
        });
        let head = ["Plugin", "Calls", "Ok", "Faults", "Mean µs", "Longest µs"];
        page.table("Calls", &head, rows.collect(), 0);
        let rows = self.faults.iter().map(|((plugin, code), faults)| {
            vec![
                Cell::Text(plugin.clone()),
                Cell::Bad(code.clone()),
                Cell::Number(faults.count),
                Cell::Number(faults.last),
            ]
        });
        page.table("Faults", &["Plugin", "Code", "Times", "Last entry"], rows.collect(), 0);
    }

    fn files(&self, page: &mut Page) {
        let rows = self.files.iter().map(|((engagement, outcome), count)| {
            vec![Cell::Text(engagement.clone()), Cell::Text(outcome.clone()), Cell::Number(*count)]
        });
        page.table("Files", &["Engagement", "Outcome", "Files"], rows.collect(), 0);
        let rows = self.refused.items.iter().map(|it| {
            let problems = it.problems.iter().map(|(code, count)| format!("{code} {count}"));
            vec![
                Cell::Number(it.seq),
                Cell::Text(second(it.at)),
                Cell::Text(it.engagement.clone()),
                Cell::Text(it.message.clone()),
                Cell::Text(it.file.sha256.clone()),
                Cell::Text(it.outcome.clone()),
                Cell::Bad(problems.collect::<Vec<_>>().join(", ")),
            ]
        });
        let head = ["Entry", "When (UTC)", "Engagement", "Message", "SHA-256", "Outcome", "Problems"];
        page.table("Files refused, wholly or in part", &head, rows.collect(), self.refused.more);
    }

    fn limits(&self, page: &mut Page) {
        let mut peaks: Vec<_> = self.peaks.iter().filter(|(_, peak)| peak.used > 0).collect();
        peaks.sort_by_key(|(_, peak)| std::cmp::Reverse(peak.share()));
        let rows = peaks.into_iter().map(|((plugin, limit), peak)| {
            let share = percent(peak.share());
            vec![
                Cell::Text(plugin.clone()),
                Cell::Text(limit.clone()),
                if peak.share() >= SHARE_HIGH { Cell::Bad(share) } else { Cell::Text(share) },
                Cell::Number(peak.used),
                Cell::Number(peak.cap),
                Cell::Number(peak.seq),
            ]
        });
        let head = ["Plugin", "Limit", "Share", "Used", "Cap", "Entry"];
        page.table("Limits: the most that one call used", &head, rows.collect(), 0);
    }

    fn verifying(&self, page: &mut Page) {
        page.element("h2", "How to verify");
        let key = self.keys.iter().map(|key| format!(" --key '{key}'")).collect::<String>();
        page.element(
            "p",
            "This report repeats what the log says and is not signed. The log is: with the home, or with an \
             export of it, each entry and root above can be checked. Compare the keys with those that you were \
             given in another way.",
        );
        page.element(
            "pre",
            &format!(
                "bailiwick audit verify{key}\n\nbailiwick audit export DIR\nbailiwick audit verify --dir DIR{key}\n\n\
                 bailiwick audit prove ENTRY --out entry.proof\nbailiwick audit check entry.proof"
            ),
        );
        page.element("p", "The keys of the log, the current one last:");
        page.element("pre", &self.keys.join("\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::By;

    #[test]
    fn no_text_becomes_markup() {
        let days = ("2026-07-01".parse().unwrap(), "2026-07-31".parse().unwrap());
        let key = "<k>&'\"".to_owned();
        let mut summary = Summary::new(days, By::Clock, 7, "<script>alert(1)</script>".to_owned(), vec![key]);
        summary.files.insert(("a<b".to_owned(), "rejected".to_owned()), 1);
        let html = summary.html();
        assert!(!html.contains("<script") && !html.contains("a<b") && !html.contains("<k>"), "{html}");
        assert!(
            html.contains("&lt;script&gt;")
                && html.contains("a&lt;b")
                && html.contains("&lt;k&gt;&amp;&#39;&quot;")
        );
        assert!(!html.contains("http"), "nothing comes from elsewhere");
    }

    #[test]
    fn percentages_have_two_digits() {
        assert_eq!([5, 100, 9_999].map(percent), ["0.05 %", "1.00 %", "99.99 %"]);
    }
}
