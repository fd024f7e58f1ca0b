//! Reads a file piece by piece.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::Problem;
use bailiwick_sdk::kit::head::Head;
use bailiwick_sdk::plugin::{Decode, Output};

use crate::config::Config;
use crate::fatal::{Fatal, fatal};
use crate::message::Message;
use crate::notification::{Booker, Notifications};
use crate::xml::{Elements, Tokens};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads a file.
pub(crate) struct Reader {
    tokens: Tokens,
    elements: Elements,
    notifications: Notifications,
    head: Head,
    refused: bool,
}

impl Reader {
    /// Nothing read yet.
    pub(crate) fn new(message: Message, config: Config) -> Self {
        Self {
            tokens: Tokens::new(),
            elements: Elements::default(),
            notifications: Notifications::new(message, config),
            head: Head::new(),
            refused: false,
        }
    }

    fn feed(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Fatal> {
        let (elements, notifications) = (&mut self.elements, &mut self.notifications);
        self.tokens.push(bytes, |token, line| {
            elements.token(token, line, &mut Booker { notifications: &mut *notifications, out: &mut *out })
        })
    }

    /// Looks for a byte order mark in the first bytes, and passes on all other bytes.
    fn begin(&mut self, head: &[u8], out: &mut Output) -> Result<(), Fatal> {
        if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") || head.contains(&0) {
            return Err(fatal("wrong_encoding", 1, "the file is in another encoding; expected UTF-8"));
        }
        match head.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => {
                let message = "the file begins with a byte order mark; leave it out";
                out.emit(Problem::warning("byte_order_mark", 1, message));
                self.feed(rest, out)
            }
            None => self.feed(head, out),
        }
    }

    fn read(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Fatal> {
        let (head, bytes) = self.head.push(bytes);
        if let Some(head) = head {
            self.begin(&head, out)?;
        }
        self.feed(bytes, out)
    }

    fn end(&mut self, out: &mut Output) -> Result<(), Fatal> {
        if let Some(head) = self.head.finish() {
            self.begin(&head, out)?;
        }
        let line = self.tokens.line();
        if !self.tokens.finish() {
            let message = "the file ends in the middle of a tag or text; send it again";
            return Err(fatal("truncated_record", line, message));
        }
        self.elements.finish(line)?;
        self.notifications.finish(line)
    }

    /// After the first fatal problem, nothing more is read.
    fn settle(&mut self, result: Result<(), Fatal>, out: &mut Output) {
        if let Err(problem) = result {
            self.refused = true;
            out.emit(*problem);
        }
    }
}

impl Decode for Reader {
    fn push(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), Refusal> {
        if !self.refused {
            let read = self.read(bytes, out);
            self.settle(read, out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Output) -> Result<(), Refusal> {
        if !self.refused {
            let ended = self.end(out);
            self.settle(ended, out);
        }
        Ok(())
    }
}
