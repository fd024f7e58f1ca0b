//! Components assembled byte by byte, which no builder of plugins would make.

/// A component's header: a magic number, version 13, layer 1.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
/// A core module's header.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";
/// The section that holds a plugin's manifest.
const MANIFEST: &str = "bailiwick:manifest";

/// A component of sections.
pub fn component(sections: &[Vec<u8>]) -> Vec<u8> {
    [COMPONENT, &sections.concat()].concat()
}

/// A core module of sections.
pub fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [MODULE, &sections.concat()].concat()
}

/// A section: its identifier, its length, its content.
pub fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &number(content.len()), content].concat()
}

/// A section with a manifest.
pub fn manifest_section(manifest: &str) -> Vec<u8> {
    section(0, &[&number(MANIFEST.len())[..], MANIFEST.as_bytes(), manifest.as_bytes()].concat())
}

/// A component with an instantiated module of this many functions, all with this body.
pub fn functions(many: usize, body: &[u8]) -> Vec<u8> {
    let body = [&[0][..], body, &[0x0b]].concat();
    let one = [number(body.len()), body].concat();
    let module = module(&[
        section(1, &[1, 0x60, 0, 0]),
        section(3, &[number(many), vec![0; many]].concat()),
        section(10, &[number(many), one.repeat(many)].concat()),
    ]);
    component(&[section(1, &module), section(2, &[1, 0, 0, 0])])
}

/// A number in LEB128.
pub fn number(value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = value;
    loop {
        let byte = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}
