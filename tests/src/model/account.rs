//! An account: everything that was said about it.

use std::rc::Rc;

use super::contract::Contract;
use super::round::Refusal;
use super::story::{Fact, Story};

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

    /// The stories before a statement and with it.
    pub fn with(&self, fact: &Fact) -> (Story, Story) {
        let mut facts = self.facts.clone();
        let before = self.story(fact.today);
        facts.push(fact.clone());
        (before, Story::of(&self.contract, &facts, fact.today))
    }

    /// Takes a statement, or refuses it.
    ///
    /// # Errors
    /// The code of the rule that refuses it.
    pub fn say(&mut self, fact: Fact) -> Result<(), Refusal> {
        let today = fact.today;
        self.facts.push(fact);
        self.story = self.story(today);
        self.story.verdicts.last().copied().unwrap_or(Ok(()))
    }

    /// Everything that was said, to show it.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }
}
