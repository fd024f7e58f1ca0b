//! Custom sections of a component, read without compiling or running anything.

use wasmparser::{Chunk, Encoding, Parser, Payload};

/// Why a section cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionError {
    /// The bytes end before the component does.
    #[error("not a WebAssembly component: it ends too early")]
    Cut,
    /// The bytes are no component.
    #[error("not a WebAssembly component: {0}")]
    Malformed(String),
    /// The bytes are a core module, not a component.
    #[error("a core module, not a component; make one with `bailiwick plugin build DIR`")]
    CoreModule,
    /// There is more than one section of this name.
    #[error("there are two custom sections {0:?}; a component has one: build it again")]
    Twice(String),
}

/// The custom section of this name of the component itself; none if it has none. Nested modules and components
/// are skipped, at any number and depth; their sections do not count.
///
/// ```
/// use bailiwick_engine::custom_section;
///
/// let empty = [0x00, b'a', b's', b'm', 0x0d, 0x00, 0x01, 0x00];
/// let named = [&empty[..], &[0, 8, 4], b"noteabc"].concat();
/// assert_eq!(custom_section(&named, "note")?, Some(&b"abc"[..]));
/// assert_eq!(custom_section(&empty, "note")?, None);
/// # Ok::<(), bailiwick_engine::SectionError>(())
/// ```
///
/// # Errors
/// [`SectionError`], if the bytes are no component, or if the section comes twice.
pub fn custom_section<'a>(wasm: &'a [u8], name: &str) -> Result<Option<&'a [u8]>, SectionError> {
    let mut parser = Parser::new(0);
    let mut rest = wasm;
    let mut found = None;
    loop {
        let parsed = parser.parse(rest, true).map_err(|error| SectionError::Malformed(error.to_string()))?;
        let Chunk::Parsed { payload, consumed } = parsed else { return Err(SectionError::Cut) };
        rest = rest.get(consumed..).ok_or(SectionError::Cut)?;
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } => return Err(SectionError::CoreModule),
            Payload::ModuleSection { unchecked_range: within, .. }
            | Payload::ComponentSection { unchecked_range: within, .. } => {
                rest = rest.get(within.end.saturating_sub(within.start)..).ok_or(SectionError::Cut)?;
            }
            Payload::CustomSection(custom) if custom.name() == name => match found {
                None => found = Some(custom.data()),
                Some(_) => return Err(SectionError::Twice(name.to_owned())),
            },
            Payload::End(_) => return Ok(found),
            _ => {}
        }
    }
}
