//! An account: everything that was said about it.

use std::rc::Rc;

use crate::contract::Contract;
use crate::round::Refusal;
use crate::story::{Fact, Story};

/// An account of a home.
pub struct Account {
    contract: Rc<Contract>,
    facts: Vec<Fact>,
    story: Story,
}

impl Account {
    /// An account of which nothing was said.
    pub fn new(contract: Rc<Contract>) -> Self {
        Self { contract, facts: Vec::new(), story: Story::default() }
    }

    /// The story up to the end of a day, told from its beginning.
    pub fn story(&self, until: i32) -> Story {
        Story::of(&self.contract, &self.facts, until)
    }

    /// The story up to the last statement.
    pub fn so_far(&self) -> &Story {
        &self.story
    }

    /// The story with one more statement, told from its beginning.
    pub fn with(&self, fact: &Fact) -> Story {
        let facts: Vec<Fact> = self.facts.iter().chain([fact]).cloned().collect();
        Story::of(&self.contract, &facts, fact.today)
    }

    /// Takes a statement, or refuses it.
    ///
    /// # Errors
    /// The code of the rule that refuses it.
    pub fn say(&mut self, fact: Fact) -> Result<(), Refusal> {
        let story = self.with(&fact);
        self.take(fact, story)
    }

    /// The same, where the story with the statement was told already.
    ///
    /// # Errors
    /// The code of the rule that refuses it.
    pub fn take(&mut self, fact: Fact, story: Story) -> Result<(), Refusal> {
        self.facts.push(fact);
        self.story = story;
        self.story.verdicts.last().copied().unwrap_or(Ok(()))
    }

    /// Everything that was said, to show it.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }
}
