//! Thousands of random histories through the real host and through a model without the host's code. Contracts, days,
//! orders of files, ticks, repeated files, decisions, remittances and restarts are drawn at random. Both must have the
//! same states and cents, and the ledger must be consistent.
//!
//! A failure names the seed of its home, and then the accounts and the days that are enough for it.
//! `BAILIWICK_HISTORIES` is the number of histories, over all tests of this file; `BAILIWICK_SEED` is the first seed.
//! `BAILIWICK_ACCOUNTS` is the number of accounts of a home: many in one home are faster, but fewer contracts are tried.

mod play;

use std::panic::{AssertUnwindSafe, catch_unwind};

use play::Play;
use rand::Rng;

/// Histories of a run where nothing else is asked for.
const HISTORIES: usize = 5_120;
/// Accounts of a home where nothing else is asked for: each is a history.
const ACCOUNTS: usize = 256;
/// Days of a history.
const DAYS: i32 = 26;
/// Tests that share the histories and can run at the same time.
const PARTS: usize = 20;

/// Plays the histories of accounts of one home. Gives the number of statements.
fn play_home(seed: u64, accounts: &[usize], days: i32) -> u64 {
    let mut play = Play::new(seed, accounts, DAYS);
    let mut rng = bailiwick_model::source(seed, &[-5]);
    for today in 0..days {
        play.day(today);
        let look = rng.random_ratio(1, 3);
        if look && !play.fresh && rng.random() {
            play.tick(today);
        }
        if look && play.fresh {
            play.compare(today);
            // The check reads the whole book.
            if rng.random_ratio(1, 4) {
                play.compare_ledger(today);
            }
        }
    }
    play.amend(days);
    play.remit((0, days), days);
    play.tick(days);
    play.compare(days);
    play.compare_ledger(days);
    play.home.host.verify_audit().unwrap();
    play.facts
}

/// Plays, and gives the text of a failure.
fn attempt(seed: u64, accounts: &[usize], days: i32) -> Result<u64, String> {
    catch_unwind(AssertUnwindSafe(|| play_home(seed, accounts, days))).map_err(|why| {
        let text = why.downcast_ref::<String>().cloned();
        text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

/// Looks for fewer accounts and days that fail as well.
fn shrink(seed: u64, mut accounts: Vec<usize>, mut why: String) -> String {
    let mut days = DAYS;
    let mut size = accounts.len();
    while size > 1 {
        size = size.div_ceil(2);
        let fails = |some: &[usize]| Some((attempt(seed, some, days).err()?, some.to_vec()));
        let smaller = accounts.chunks(size).find_map(fails);
        if let Some((text, some)) = smaller {
            (why, accounts) = (text, some);
            size = accounts.len();
        } else if size == 1 {
            break;
        }
    }
    for less in [days / 2, days / 4, 1].into_iter().chain((2..8).rev()) {
        while days > less
            && let Err(text) = attempt(seed, &accounts, days - less)
        {
            (why, days) = (text, days - less);
        }
    }
    format!("seed {seed}, accounts {accounts:?}, {days} days: {why}")
}

/// Plays every home of a part.
fn part(nth: usize) {
    let asked = |name: &str| std::env::var(name).ok().map(|text| text.parse::<usize>().unwrap());
    let of_home = asked("BAILIWICK_ACCOUNTS").unwrap_or(ACCOUNTS);
    let homes = asked("BAILIWICK_HISTORIES").unwrap_or(HISTORIES).div_ceil(of_home);
    let first = asked("BAILIWICK_SEED").unwrap_or(0);
    let accounts: Vec<usize> = (0..of_home).collect();
    let mut facts = 0;
    for home in (nth..homes).step_by(PARTS) {
        let seed = (first + home) as u64;
        match attempt(seed, &accounts, DAYS) {
            Ok(said) => facts += said,
            Err(why) => panic!("{}", shrink(seed, accounts, why)),
        }
    }
    println!("part {nth}: {facts} statements agree");
}

/// A test for each part.
macro_rules! parts {
    ($($name:ident: $nth:literal;)*) => {
        $(
            #[test]
            fn $name() {
                part($nth);
            }
        )*
    };
}

parts! {
    the_host_and_the_model_agree_on_part_1: 0;
    the_host_and_the_model_agree_on_part_2: 1;
    the_host_and_the_model_agree_on_part_3: 2;
    the_host_and_the_model_agree_on_part_4: 3;
    the_host_and_the_model_agree_on_part_5: 4;
    the_host_and_the_model_agree_on_part_6: 5;
    the_host_and_the_model_agree_on_part_7: 6;
    the_host_and_the_model_agree_on_part_8: 7;
    the_host_and_the_model_agree_on_part_9: 8;
    the_host_and_the_model_agree_on_part_10: 9;
    the_host_and_the_model_agree_on_part_11: 10;
    the_host_and_the_model_agree_on_part_12: 11;
    the_host_and_the_model_agree_on_part_13: 12;
    the_host_and_the_model_agree_on_part_14: 13;
    the_host_and_the_model_agree_on_part_15: 14;
    the_host_and_the_model_agree_on_part_16: 15;
    the_host_and_the_model_agree_on_part_17: 16;
    the_host_and_the_model_agree_on_part_18: 17;
    the_host_and_the_model_agree_on_part_19: 18;
    the_host_and_the_model_agree_on_part_20: 19;
}
