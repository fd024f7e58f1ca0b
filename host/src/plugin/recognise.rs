//! Recognises the message of a file by its head and its name.

use super::manifest::{Message, Recogniser};

/// How many bytes of a file recognisers look at.
pub const HEAD_BYTES: usize = 4096;

/// How sure a recogniser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Only the name fits.
    Name,
    /// The content fits.
    Content,
}

impl Message {
    /// Whether this message claims a file with this name and head.
    pub fn recognises(&self, name: &str, head: &[u8]) -> Option<Strength> {
        self.recognise.iter().filter_map(|rule| rule.recognises(name, head)).max()
    }
}

impl Recogniser {
    fn recognises(&self, name: &str, head: &[u8]) -> Option<Strength> {
        let plain = without_mark(head);
        let fits =
            self.name.as_deref().is_none_or(|pattern| glob(&pattern.to_lowercase(), &name.to_lowercase()))
                && (self.starts_with.is_empty() && self.starts_with_hex.is_empty()
                    || self.starts_with.iter().any(|start| plain.starts_with(start.as_bytes()))
                    || self.starts_with_hex.iter().any(|start| starts_with_hex(head, start)))
                && has_all(&self.first_line_has, first_line(plain))
                && has_all(&self.contains, plain);
        let by_content = !self.starts_with.is_empty()
            || !self.starts_with_hex.is_empty()
            || !self.first_line_has.is_empty()
            || !self.contains.is_empty();
        match (fits, by_content, &self.name) {
            (true, true, _) => Some(Strength::Content),
            (true, false, Some(_)) => Some(Strength::Name),
            _ => None,
        }
    }
}

fn without_mark(head: &[u8]) -> &[u8] {
    let marks: [&[u8]; 2] = [b"\xEF\xBB\xBF", b"\x84\x31\x95\x33"];
    let plain = marks.iter().find_map(|mark| head.strip_prefix(*mark)).unwrap_or(head);
    without_separator(plain).unwrap_or(plain)
}

/// Spreadsheets put a line such as `sep=;` before a table. `None` if there is none.
fn without_separator(head: &[u8]) -> Option<&[u8]> {
    let (b',' | b';' | b'\t', rest) = head.strip_prefix(b"sep=")?.split_first()? else { return None };
    rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).or_else(|| rest.strip_prefix(b"\r"))
}

fn first_line(head: &[u8]) -> &[u8] {
    head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default()
}

fn has_all(texts: &[String], bytes: &[u8]) -> bool {
    use bailiwick_sdk::kit::text::Charset;
    let has = |text: &[u8]| memchr::memmem::find(bytes, text).is_some();
    texts
        .iter()
        .all(|text| has(text.as_bytes()) || Charset::Gb18030.encode(text).is_ok_and(|encoded| has(&encoded)))
}

fn starts_with_hex(head: &[u8], hex: &str) -> bool {
    let digits: Option<Vec<u8>> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    digits.is_some_and(|bytes| !bytes.is_empty() && head.starts_with(&bytes))
}

/// `*` stands for any letters. The text between two stars is searched once and taken at its first place: if the rest
/// of the pattern fits after a later place, it fits after the first one as well. So the time is linear in pattern and
/// name.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let within = name.strip_prefix(first).and_then(|name| name.strip_suffix(last));
    within.is_some_and(|within| {
        let mut rest = Some(within);
        for part in between.split('*') {
            rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, after)| after);
        }
        rest.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_heads() {
        let rule = |name: Option<&str>, starts: &[&str], line: &[&str]| Recogniser {
            name: name.map(str::to_owned),
            starts_with: starts.iter().map(|text| (*text).to_owned()).collect(),
            first_line_has: line.iter().map(|text| (*text).to_owned()).collect(),
            ..Recogniser::default()
        };
        let gbk = bailiwick_sdk::kit::text::Charset::Gbk.encode("案件编号,批次\r\n").unwrap().into_owned();
        for (rule, name, head, want) in [
            (rule(Some("APAY*.txt"), &[], &[]), "apay_1.TXT", &b"x"[..], Some(Strength::Name)),
            (rule(Some("APAY*.txt"), &["APAY"], &[]), "other.txt", b"APAY", None),
            (rule(None, &["APAY"], &[]), "other.txt", b"\xEF\xBB\xBFAPAY0", Some(Strength::Content)),
            (rule(None, &["APAY"], &[]), "other.txt", b"sep=;\r\nAPAY0", Some(Strength::Content)),
            (rule(None, &["APAY"], &[]), "other.txt", b"sep=|\r\nAPAY0", None),
            (rule(None, &[], &["案件编号"]), "cases.csv", &gbk, Some(Strength::Content)),
            (rule(None, &[], &["流水号"]), "cases.csv", &gbk, None),
            (rule(None, &[], &[]), "cases.csv", b"", None),
        ] {
            assert_eq!(rule.recognises(name, head), want, "{rule:?}");
        }
    }
    /// The plain meaning of a pattern, computed in exponential time.
    fn meaning(pattern: &[char], name: &[char]) -> bool {
        match (pattern, name) {
            ([], name) => name.is_empty(),
            (['*', after @ ..], name) => {
                meaning(after, name) || !name.is_empty() && meaning(pattern, &name[1..])
            }
            ([letter, after @ ..], [first, rest @ ..]) => letter == first && meaning(after, rest),
            _ => false,
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(20_000))]
        #[test]
        fn a_pattern_means_what_it_says(pattern in "[ab案*]{0,8}", name in "[ab案]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(glob(&pattern, &name), meaning(&letters(&pattern), &letters(&name)), "{pattern} {name}");
        }
    }

    /// A matcher that tries every place for every star would practically never end on these.
    #[test]
    fn hostile_patterns_are_answered() {
        let stars = "*".repeat(900_000);
        assert!(glob(&stars, "any.txt"));
        let name = "a".repeat(1 << 20);
        assert!(glob(&stars, &name));
        assert!(!glob(&("*a".repeat(500_000) + "b"), &name));
        assert!(!glob(&("*a".repeat(14) + "b"), &"a".repeat(200)));
        assert!(!glob(&format!("*{}b*", "a".repeat(1 << 19)), &name));
        assert!(glob(&"*a".repeat(500_000), &name));
    }
}
