//! Names of the files that a plugin writes, as its manifest gives them. They must be valid on every file system: an
//! answer with an impossible name could not be moved into place after it was booked.

use std::collections::BTreeMap;

use super::manifest::Message;

/// The most bytes of a name. File systems take 255; the rest is room for a number, if the name is taken.
pub(crate) const FILE_NAME_BYTES_MAX: usize = 200;
/// The name of a message's files if the manifest gives none.
const TEMPLATE: &str = "{message}_{date}";
/// The longest values of `{date}` and of `{id}`.
const LONGEST: (&str, &str) = ("99991231", "9223372036854775807");
/// Names that Windows reserves for devices, with or without an extension.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Checks the names of the files that a plugin writes. The error names the message.
pub(super) fn check(messages: &[Message]) -> Result<(), String> {
    let mut names: BTreeMap<(&str, String), &str> = BTreeMap::new();
    for message in messages.iter().filter(|message| message.encode) {
        let wrong = |why: String| {
            format!(
                "the file_name {:?} of message {:?} {why}",
                shortened(&message.file_name),
                shortened(&message.name)
            )
        };
        let name = expand(message, LONGEST.0, LONGEST.1);
        fits(&name).map_err(wrong)?;
        if let Some(letter) = name.chars().find(|letter| matches!(letter, '{' | '}')) {
            return Err(wrong(format!(
                "has a {letter:?}; what is replaced is {{message}}, {{date}} and {{id}}"
            )));
        }
        // Files of one direction are in one folder; some file systems do not tell cases apart.
        // Names that are the same only on a certain day or with a certain number are told apart when they are used: a
        // name that is taken gets a number.
        let template = expand(message, "{date}", "{id}").to_lowercase();
        let twin = names.insert((message.from.name(), template), &message.name);
        if let Some(twin) = twin {
            return Err(wrong(format!("is that of message {:?} too, apart from case", shortened(twin))));
        }
    }
    Ok(())
}

/// The name of a message's file.
pub(crate) fn expand(message: &Message, date: &str, id: &str) -> String {
    let template = if message.file_name.is_empty() { TEMPLATE } else { &message.file_name };
    // One pass: inserted text is not expanded again.
    let mut name = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        name.push_str(before);
        let known = [("{message}", message.name.as_str()), ("{date}", date), ("{id}", id)];
        let (length, with) = known
            .iter()
            .find(|(placeholder, _)| from.starts_with(placeholder))
            .map_or((1, "{"), |(placeholder, with)| (placeholder.len(), *with));
        name.push_str(with);
        rest = from.get(length..).unwrap_or_default();
        if name.len() > FILE_NAME_BYTES_MAX {
            break;
        }
    }
    name.push_str(rest);
    name
}

/// Checks that a file or a folder can have this name on every system. The error is the end of a sentence that begins
/// with the name.
pub(crate) fn fits(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("is empty".to_owned());
    }
    if name.len() > FILE_NAME_BYTES_MAX {
        return Err(format!("can have {} bytes; the most is {FILE_NAME_BYTES_MAX}", name.len()));
    }
    if let Some(letter) = name.chars().find(|letter| !is_plain(*letter)) {
        return Err(format!("has a {letter:?}, which not every file system takes or shows"));
    }
    if name.starts_with(['.', '-', ' ', '~']) || name.ends_with(['.', ' ']) {
        return Err("begins with a dot, a dash, a tilde or a space, or ends with a dot or a space".to_owned());
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let port = port.is_some_and(|number| {
        matches!(number.chars().collect::<Vec<_>>()[..], ['0'..='9' | '¹' | '²' | '³'])
    });
    if port || DEVICES.contains(&stem.as_str()) {
        return Err(format!("is what Windows calls a device ({stem})"));
    }
    Ok(())
}

/// Whether every file system takes a letter and every terminal shows it as itself.
fn is_plain(letter: char) -> bool {
    let hidden = matches!(letter,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !letter.is_control() && !hidden && !"/\\:*?\"<>|".contains(letter)
}

/// The beginning of a text, for error messages.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use bailiwick_sdk::context::Side;
    use bailiwick_sdk::document::Subject;

    use super::*;

    fn message(name: &str, from: Side, file_name: &str) -> Message {
        Message {
            name: name.to_owned(),
            title: String::new(),
            subject: Subject::Placement,
            from,
            documents: Vec::new(),
            decode: false,
            encode: true,
            file_name: file_name.to_owned(),
            identity: super::super::Identity::None,
            recognise: Vec::new(),
        }
    }

    fn one(file_name: &str) -> Result<(), String> {
        check(&[message("APAY", Side::Agency, file_name)])
    }

    #[test]
    fn names_of_real_formats_fit() {
        for file_name in
            ["", "{message}_{date}.txt", "回款_{date}_{id}.csv", "a b.tar.gz", "COM10.txt", "console.txt"]
        {
            one(file_name).unwrap_or_else(|why| panic!("{file_name}: {why}"));
        }
    }

    #[test]
    fn names_that_some_system_refuses_are_refused() {
        for (file_name, says) in [
            ("a".repeat(500), "500 bytes"),
            ("a".repeat(500), "the most is 200"),
            ("{message}".repeat(60), "bytes; the most"),
            ("催".repeat(67), "201 bytes"),
            ("../../etc/passwd".to_owned(), "'/'"),
            ("a\\b".to_owned(), r"'\\'"),
            ("a\u{1b}[2J".to_owned(), "'\\u{1b}'"),
            ("a\nb".to_owned(), "'\\n'"),
            ("a\u{202e}txt.exe".to_owned(), "'\\u{202e}'"),
            ("a\0".to_owned(), "'\\0'"),
            ("a:b".to_owned(), "':'"),
            (".hidden".to_owned(), "begins with a dot"),
            ("-rf".to_owned(), "a dash"),
            ("a.".to_owned(), "ends with a dot"),
            ("a ".to_owned(), "or a space"),
            ("CON".to_owned(), "device (CON)"),
            ("nul.txt".to_owned(), "device (NUL)"),
            ("Lpt1.{date}".to_owned(), "device (LPT1)"),
            ("com¹ .x".to_owned(), "device (COM¹)"),
            ("{day}.txt".to_owned(), "{message}, {date} and {id}"),
            ("a}".to_owned(), "'}'"),
        ] {
            let why = one(&file_name).expect_err(&file_name);
            assert!(why.contains(says), "{file_name}: {why}");
            assert!(why.len() < 400, "{why}");
        }
    }

    #[test]
    fn twins_are_refused_whatever_their_case() {
        let twins =
            |one: &str, two: &str, side| check(&[message("A", Side::Bank, one), message("B", side, two)]);
        assert!(twins("Pay_{date}.txt", "pay_{date}.TXT", Side::Bank).unwrap_err().contains("\"A\""));
        assert!(twins("ÄPFEL.txt", "äpfel.txt", Side::Bank).is_err());
        twins("pay_{date}.txt", "pay_{id}.txt", Side::Bank).unwrap();
        twins("pay_{date}", "pay_99991231", Side::Bank).unwrap();
        assert!(twins("{message}_{date}", "a_{date}", Side::Bank).is_err());
        // They go to different sides.
        twins("pay.txt", "pay.txt", Side::Agency).unwrap();
        twins("{message}.txt", "{message}.txt", Side::Bank).unwrap();
    }

    #[test]
    fn inserted_text_is_not_expanded_again() {
        let message = message("{date}", Side::Bank, "{message}_{date}");
        assert_eq!(expand(&message, "20260701", "7"), "{date}_20260701");
    }
}
