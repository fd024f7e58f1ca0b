//! The plugin `echo`, built with Extism's kit: the same decision on the same bytes.

use echo_question::answer;
use extism_pdk::{FnResult, plugin_fn};

/// Four bytes say how long the context is; context and question follow.
#[plugin_fn]
pub fn decide(input: Vec<u8>) -> FnResult<Vec<u8>> {
    let (length, rest) = input.split_first_chunk::<4>().ok_or_else(|| extism_pdk::Error::msg("no length"))?;
    let (context, question) = rest
        .split_at_checked(u32::from_le_bytes(*length) as usize)
        .ok_or_else(|| extism_pdk::Error::msg("no context"))?;
    answer(context, question).map_err(|_| extism_pdk::Error::msg("refused").into())
}
