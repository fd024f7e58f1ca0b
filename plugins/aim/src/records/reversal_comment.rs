//! The comment of a reversal: a word, the identifier of the payment it undoes, and the rest of the comment.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::kit::fixed::Column;
use bailiwick_sdk::value::{ItemKey, Remark};

use crate::sheet::refuse;
use crate::writing::Writing;

/// Splits `REV P1-01 returned` into the identifier and the rest. `None` for any other comment.
pub(super) fn read(comment: Option<Remark>, word: &str) -> (Option<ItemKey>, Option<Remark>) {
    let rest = comment.as_deref().and_then(|comment| comment.strip_prefix(word)?.strip_prefix(' '));
    let Some(rest) = rest else { return (None, comment) };
    let (identifier, text) = rest.split_once(' ').unwrap_or((rest, ""));
    match ItemKey::new(identifier) {
        Ok(identifier) => (Some(identifier), Remark::new(text).ok()),
        Err(_) => (None, comment),
    }
}

/// Writes such a comment. The identifier must fit as a whole; the rest may be cut.
pub(super) fn write(
    to: &mut Writing,
    column: Column,
    reverses: Option<&str>,
    comment: Option<&str>,
) -> Result<(), Refusal> {
    let text = match (reverses, comment) {
        (None, None) => return Ok(()),
        (None, Some(comment)) => comment.to_owned(),
        (Some(identifier), rest) => {
            if identifier.contains(' ') {
                return Err(refuse("/reverses", "the comment column takes no identifier with blanks"));
            }
            let link = format!("{} {identifier}", to.config.reversal_word);
            to.sheet.key(column, &link, "/reverses")?;
            rest.map_or(link.clone(), |rest| format!("{link} {rest}"))
        }
    };
    to.sheet.free(column, &text);
    Ok(())
}
