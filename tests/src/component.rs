//! Components with an exchanged manifest.

use serde_json::Value;

const SECTION: &[u8] = b"bailiwick:manifest";

/// The component with another manifest. Nothing is compiled.
///
/// # Panics
/// If it is no component with a manifest.
pub fn with_manifest(wasm: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let (header, mut rest) = wasm.split_at(8);
    let mut made = header.to_vec();
    let mut edit = Some(edit);
    while let Some((id, after)) = rest.split_first() {
        let (length, body) = number(after);
        let (body, tail) = body.split_at(length);
        rest = tail;
        let (name_length, named) = number(body);
        if *id != 0 || named.get(..name_length) != Some(SECTION) {
            section(&mut made, *id, body);
            continue;
        }
        let mut manifest = serde_json::from_slice(&named[name_length..]).expect("a manifest");
        edit.take().expect("one manifest")(&mut manifest);
        let mut body = vec![SECTION.len() as u8];
        body.extend_from_slice(SECTION);
        body.extend_from_slice(manifest.to_string().as_bytes());
        section(&mut made, 0, &body);
    }
    assert!(edit.is_none(), "a manifest");
    made
}

fn section(made: &mut Vec<u8>, id: u8, body: &[u8]) {
    made.push(id);
    let mut length = body.len();
    while length > 0x7f {
        made.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    made.push(length as u8);
    made.extend_from_slice(body);
}

/// A number in LEB128, and what follows it.
fn number(bytes: &[u8]) -> (usize, &[u8]) {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).expect("the end of a number");
    let value = bytes[..=end].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
    (value, &bytes[end + 1..])
}
