//! What holds for every command.

use clap::error::ErrorKind;
use clap::{Command, CommandFactory};

use super::Arguments;

/// Every command without commands of its own, as the words that call it.
fn leaves(command: &Command, words: &[String], found: &mut Vec<Vec<String>>) {
    for inner in command.get_subcommands() {
        let words: Vec<String> = words.iter().cloned().chain([inner.get_name().to_owned()]).collect();
        match inner.has_subcommands() {
            true => leaves(inner, &words, found),
            false => found.push(words),
        }
    }
}

/// The commands without anything that must be given.
fn lenient(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let command = command.mut_args(|argument| argument.required(false));
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, lenient))
}

#[test]
fn every_command_takes_what_is_said_for_all_before_and_after_its_name() {
    let command = lenient(Arguments::command());
    let globals: Vec<(String, bool)> = command
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .filter_map(|it| Some((it.get_long()?.to_owned(), it.get_action().takes_values())))
        .collect();
    assert!(globals.iter().any(|(name, _)| name == "home"), "{globals:?}");
    let mut words = Vec::new();
    leaves(&command, &[], &mut words);
    assert!(words.len() > 20, "{words:?}");
    for words in words {
        for (name, takes_value) in &globals {
            let mut option = vec![format!("--{name}")];
            option.extend(takes_value.then(|| "there".to_owned()));
            let before = [&["bailiwick".to_owned()][..], &option, &words].concat();
            let after = [&["bailiwick".to_owned()][..], &words, &option].concat();
            for line in [before, after] {
                match command.clone().try_get_matches_from(&line) {
                    Ok(matches) if *takes_value => {
                        let given = matches.get_raw(name).and_then(|mut values| values.next());
                        assert_eq!(given.and_then(|value| value.to_str()), Some("there"), "{line:?}");
                    }
                    Ok(matches) => assert!(matches.get_flag(name), "{line:?}"),
                    // `erase` wants an account or --due, whatever else is given.
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument, "{line:?}: {error}")
                    }
                }
            }
        }
    }
}

#[test]
fn the_command_line_is_what_clap_takes_for_sound() {
    Arguments::command().debug_assert();
}
