//! What is written, to whom, and what else the agent has open.

use super::fold::folded;
use super::text::Text;
use crate::Conversation;
use jackfield_protocol::{Counting, RemoteId, Visibility};
use std::collections::BTreeSet;

/// What an agent wants to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The text as the agent sees it.
    pub text: String,
    /// Who will be able to read it.
    pub visibility: Visibility,
    /// How the network counts.
    pub counting: Counting,
    /// The greatest length; none where the network states none.
    pub max_length: Option<u32>,
    /// What a reply begins with so that the person is told, `@ana `.
    pub prefix: String,
    /// Characters that signing will add.
    pub signature: usize,
}

/// Where it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// The conversation that is answered.
    pub here: Thread,
    /// Other conversations that the agent has open.
    pub elsewhere: Vec<Thread>,
    /// Other brands of the house: names, and how their replies are signed.
    pub other_brands: Vec<Brand>,
    /// Name of the agent, as replies are signed.
    pub agent: String,
    /// The language to answer in, where somebody has said so; else it is read from what the person wrote.
    pub language: Option<String>,
}

/// Another brand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brand {
    /// Its names as people write them.
    pub names: Vec<String>,
    /// Lines that its replies end with.
    pub signatures: Vec<String>,
}

/// What is known of a conversation by reading it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// How people call it: the name of who wrote.
    pub title: String,
    /// Whom the reply answers: the names they show, folded words.
    pub names: BTreeSet<String>,
    /// Handles of everybody in it, lower case, without `@`.
    pub handles: BTreeSet<String>,
    /// Every word of it, folded.
    pub words: BTreeSet<String>,
    /// Numbers of four digits and more, and codes with digits in them.
    pub codes: BTreeSet<String>,
    /// What people who are not us wrote, newest last.
    pub said: Vec<String>,
}

impl Thread {
    /// Reads a conversation. `parent` is the message that is answered.
    pub fn of(state: &Conversation, parent: Option<&RemoteId>) -> Self {
        let mut thread = Self::default();
        let mut messages: Vec<_> = state.messages.iter().collect();
        messages.sort_by_key(|(id, message)| (message.posted_at, *id));
        let answered = parent.or_else(|| state.default_parent());
        for (id, message) in messages {
            let Some(said) = &message.newest else { continue };
            let author = &said.content.author;
            thread.add_handle(&author.handle);
            thread.add_text(&said.content.text);
            if let Some(title) = &said.content.title {
                thread.add_text(title);
            }
            if !message.ours {
                thread.said.push(said.content.text.clone());
                thread.add_text(author.name());
            }
            if Some(id) == answered {
                thread.person(author.name(), &author.handle);
            }
        }
        for reply in state.replies.values() {
            thread.add_text(&reply.text);
        }
        thread
    }

    /// The person whom the reply answers.
    pub fn person(&mut self, name: &str, handle: &str) {
        name.clone_into(&mut self.title);
        self.add_handle(handle);
        let text = Text::of(&format!("{name} {}", handle.replace(['_', '.', '-', '@'], " ")));
        self.names.extend(text.words.into_iter().map(|word| word.folded));
    }

    /// Somebody who takes part.
    pub fn add_handle(&mut self, handle: &str) {
        let handle = handle.trim_start_matches('@').to_lowercase();
        if !handle.is_empty() {
            self.handles.insert(handle);
        }
    }

    /// Something that stands in it.
    pub fn add_text(&mut self, text: &str) {
        let text = Text::of(text);
        for (start, end) in text.of_kind(super::text::Kind::Mention) {
            self.add_handle(&text.part(start, end));
        }
        self.codes.extend(codes(&text).into_iter().map(|(_, _, code)| code));
        self.words.extend(text.words.into_iter().map(|word| word.folded));
    }

    /// Something the person wrote.
    pub fn add_said(&mut self, text: &str) {
        self.add_text(text);
        self.said.push(text.to_owned());
    }

    /// Words of somebody's name.
    pub fn add_name(&mut self, name: &str) {
        self.names.extend(name.split_whitespace().map(folded));
    }
}

/// Order numbers and the like: four digits or more, with letters and hyphens around them; folded, with hyphens.
pub(super) fn codes(text: &Text) -> Vec<(usize, usize, String)> {
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    let mut at = 0;
    while at < text.chars.len() {
        let start = at;
        let inner = |at: usize| {
            text.at(at).is_some_and(|c| {
                c.is_ascii_alphanumeric()
                    || matches!(c, '-' | '_' | '/') && text.at(at + 1).is_some_and(|c| c.is_ascii_alphanumeric())
            })
        };
        while inner(at) {
            at += 1;
        }
        let part = text.chars.get(start..at).unwrap_or_default();
        let digits = part.iter().filter(|c| c.is_ascii_digit()).count();
        if digits >= 4 && !text.quiet(start, at) && !is_date(part) {
            found.push((start, at, part.iter().collect::<String>().to_ascii_lowercase()));
        }
        at = at.max(start) + 1;
    }
    found
}

/// A year, or a date: `2026`, `2026-11-24`, `24/11/2026`.
fn is_date(part: &[char]) -> bool {
    let text: String = part.iter().collect();
    let numbers: Option<Vec<u32>> = text.split(['-', '/']).map(|part| part.parse().ok()).collect();
    let year = |n: u32| (1900..2100).contains(&n);
    match numbers.as_deref() {
        Some([one]) => part.len() == 4 && year(*one),
        Some([one, two]) => year(*one) && year(*two) || year(*one) && *two <= 12 || year(*two) && *one <= 12,
        Some([one, two, three]) => {
            *two <= 12 && (year(*one) && *three <= 31 || *one <= 31 && year(*three))
                || *one <= 12 && *two <= 31 && year(*three)
        }
        _ => false,
    }
}
