//! Prints the states and moves of a placement as the documentation shows them.
#![allow(clippy::print_stdout)]

fn main() {
    print!("{}", bailiwick_host::case::diagram());
}
