//! How far an act is: a bar on a terminal, nothing in a pipe.

use bailiwick_host::{ActOptions, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::output;

/// Does an act and shows how far it is.
pub(crate) fn with<R>(
    json: bool,
    at: Option<Timestamp>,
    act: impl FnOnce(ActOptions<'_>) -> bailiwick_host::Result<R>,
) -> Result<R, Failure> {
    let mut bar: Option<ProgressBar> = None;
    let mut show = |progress| {
        let bar = bar.get_or_insert_with(|| made(json, progress));
        match progress {
            Progress::File { read, bytes, records } => {
                bar.set_length(bytes);
                bar.set_position(read);
                bar.set_message(format!("{records} records"));
            }
            Progress::Accounts { done, .. } => bar.set_position(done),
            _ => {}
        }
    };
    let mut options = ActOptions::new().progress(&mut show);
    options.at = at;
    let done = act(options);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(done?)
}

fn made(json: bool, progress: Progress) -> ProgressBar {
    if json || !output::on_screen() {
        return ProgressBar::hidden();
    }
    let (length, style) = match progress {
        Progress::Accounts { all: Some(all), .. } => (Some(all), "{bar:30} {pos}/{len} accounts"),
        Progress::Accounts { .. } => (None, "{spinner} {pos} accounts"),
        _ => (Some(0), "{bar:30} {bytes}/{total_bytes} {msg}"),
    };
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}
