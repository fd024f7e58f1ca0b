//! The misdeeds.

use std::hint::black_box;

use bailiwick_sdk::log;

/// A misdeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    /// Loops for ever.
    Loop,
    /// Allocates memory for ever.
    Allocate,
    /// Calls itself for ever.
    Recurse,
    /// Gives back more bytes than its limit.
    Flood,
    /// Gives back bytes that are no JSON.
    BrokenJson,
    /// Gives back bytes that are no UTF-8.
    BrokenUtf8,
    /// Gives back a document with an amount in cents and a half.
    HalfCent,
    /// Gives back a document with an unknown member.
    UnknownMember,
    /// Panics in the middle of the stream.
    Panic,
    /// Logs for ever.
    Chatter,
    /// Declines with bytes that are no refusal.
    BrokenRefusal,
    /// Finds two accounts and hands over one.
    LoseAccount,
    /// Gives back a document of a kind that its manifest does not list.
    OtherKind,
    /// Gives back a header with every piece.
    SecondHeader,
    /// Gives back the text of the configuration unchanged.
    Say,
    /// Declines with the text of the configuration unchanged.
    Refuse,
    /// Panics with the place that the configuration gives.
    PanicAt,
    /// Logs the text of the configuration at every level through the SDK, and commits no misdeed.
    Murmur,
    /// Logs more lines through the SDK than any host takes, and commits no misdeed.
    Ramble,
    /// Commits no misdeed.
    Nothing,
}

impl Misdeed {
    /// The misdeed of that name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "loop" => Self::Loop,
            "allocate" => Self::Allocate,
            "recurse" => Self::Recurse,
            "flood" => Self::Flood,
            "broken-json" => Self::BrokenJson,
            "broken-utf8" => Self::BrokenUtf8,
            "half-cent" => Self::HalfCent,
            "unknown-member" => Self::UnknownMember,
            "panic" => Self::Panic,
            "chatter" => Self::Chatter,
            "broken-refusal" => Self::BrokenRefusal,
            "lose-account" => Self::LoseAccount,
            "other-kind" => Self::OtherKind,
            "second-header" => Self::SecondHeader,
            "say" => Self::Say,
            "refuse" => Self::Refuse,
            "panic-at" => Self::PanicAt,
            "murmur" => Self::Murmur,
            "ramble" => Self::Ramble,
            "nothing" => Self::Nothing,
            _ => return None,
        })
    }
}

/// More bytes than any host takes from one call.
const FLOOD_BYTES: usize = 40 << 20;

/// More lines than any host takes from one session.
const LINES: usize = 5_000;

/// Commits a misdeed. `says` is the text of the configuration; `chat` logs without the SDK.
///
/// # Errors
/// Bytes that are no refusal, for [`Misdeed::BrokenRefusal`].
#[allow(clippy::panic)]
pub fn commit(misdeed: Misdeed, says: &str, chat: &mut dyn FnMut(&str)) -> Result<Vec<u8>, Vec<u8>> {
    let text = |text: &str| Ok(text.as_bytes().to_vec());
    match misdeed {
        Misdeed::Loop => spin(),
        Misdeed::Allocate => {
            let mut taken: Vec<Vec<u8>> = Vec::new();
            loop {
                taken.push(vec![1; 1 << 20]);
                black_box(&taken);
            }
        }
        Misdeed::Recurse => Ok(vec![u8::from(recurse(1) == 0)]),
        Misdeed::Flood => Ok(vec![b' '; FLOOD_BYTES]),
        Misdeed::BrokenJson => text("{\"payment\":{\"account\":\n"),
        Misdeed::BrokenUtf8 => Ok(b"{\"payment\":{\"account\":\"\xC3\x28\"}}\n".to_vec()),
        Misdeed::HalfCent => text(concat!(
            r#"{"payment":{"account":"A1","identifier":"P1","paid_to":"agency","#,
            r#""currency":"USD","minor":1250.5,"received_on":"2026-07-03"}}"#,
            "\n"
        )),
        Misdeed::UnknownMember => {
            text(concat!(r#"{"recall":{"account":"A1","stage":"final","colour":"blue"}}"#, "\n"))
        }
        Misdeed::Panic => panic!("the third record is not to my liking"),
        Misdeed::Chatter => loop {
            chat("and another thing");
        },
        Misdeed::Murmur => {
            [log::debug, log::info, log::warn, log::error].iter().for_each(|line| line(says));
            Ok(Vec::new())
        }
        Misdeed::Ramble => {
            (0..LINES).for_each(|_| log::info("and so on"));
            Ok(Vec::new())
        }
        Misdeed::BrokenRefusal => Err(b"no".to_vec()),
        Misdeed::LoseAccount => text(concat!(
            r#"{"placement":{"line":1,"account":"A1","currency":"USD","#,
            r#""balance":[{"bucket":"principal","minor":100}]}}"#,
            "\n",
            r#"{"control":{"line":3,"code":"trailer_count_mismatch","what":"accounts","stated":2,"found":2}}"#,
            "\n"
        )),
        Misdeed::OtherKind => text(concat!(r#"{"recall":{"account":"A1","stage":"final"}}"#, "\n")),
        Misdeed::SecondHeader => text("{\"header\":{}}\n"),
        // These misdeeds need the text of the configuration, which only the exports have.
        Misdeed::Say | Misdeed::Refuse | Misdeed::PanicAt | Misdeed::Nothing => Ok(Vec::new()),
    }
}

fn spin() -> ! {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// A recursion that is deep enough to exhaust any stack, and that no compiler turns into a loop.
fn recurse(depth: u64) -> u64 {
    let here = black_box([depth; 64]);
    if black_box(depth) == 0 {
        return 0;
    }
    recurse(depth + 1) + here.iter().sum::<u64>()
}
