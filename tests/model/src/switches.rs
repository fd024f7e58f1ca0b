//! What the generator leaves out. The model does not know it.

use crate::story::Story;

/// Whether the last statement of a story is for a person to look at: a second document under the identifier of one that
/// waits.
pub fn needs_more(after: &Story) -> bool {
    after.doubled
}
