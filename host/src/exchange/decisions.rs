//! Which plugin makes which decision: the engagement says so.

use bailiwick_sdk::context::{Context, Side};

use crate::call::{ActLog, Decider};
use crate::engagement::Engagement;
use crate::engine::{CancelToken, Decision};
use crate::error::Result;
use crate::plugin::Plugins;

/// The plugin of a side that makes the decision, if one does. `context` is that of the file or the act that leads to
/// the questions.
pub(crate) fn decider(
    decision: Decision,
    side: Side,
    (engagement, plugins, act): (&Engagement, &Plugins, &ActLog),
    context: &Context,
    cancel: &CancelToken,
) -> Result<Option<Decider>> {
    let Some(seat) = engagement.decider(side, decision) else { return Ok(None) };
    let plugin = plugins.get(&seat.plugin)?;
    let context = Context { config: seat.config.clone(), ..context.clone() };
    Decider::new(act, plugin, decision, context, cancel).map(Some)
}
