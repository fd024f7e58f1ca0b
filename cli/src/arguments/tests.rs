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
    // With a value, for those that take one.
    let globals: Vec<(String, Option<String>)> = command
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .filter_map(|it| {
            let listed = it.get_possible_values().first().map(|value| value.get_name().to_owned());
            let value = it.get_action().takes_values().then(|| listed.unwrap_or("there".to_owned()));
            Some((it.get_long()?.to_owned(), value))
        })
        .collect();
    assert!(globals.iter().any(|(name, _)| name == "home"), "{globals:?}");
    let mut words = Vec::new();
    leaves(&command, &[], &mut words);
    assert!(words.len() > 20, "{words:?}");
    for words in words {
        for (name, value) in &globals {
            let mut option = vec![format!("--{name}")];
            option.extend(value.clone());
            let before = [&["bailiwick".to_owned()][..], &option, &words].concat();
            let after = [&["bailiwick".to_owned()][..], &words, &option].concat();
            for line in [before, after] {
                match command.clone().try_get_matches_from(&line) {
                    Ok(matches) if value.is_some() => {
                        // The identifier of an argument is the name of its field.
                        let given = matches.get_raw(&name.replace('-', "_")).and_then(|mut all| all.next());
                        assert_eq!(given.and_then(|given| given.to_str()), value.as_deref(), "{line:?}");
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
