//! What a text looks like, whatever its words.

use crate::cues::Label;
use crate::find::Found;
use crate::token::{Kind, Token};

/// A question mark asks by itself.
const MARK: f32 = 1.0;

/// Signs of advertising; together they pass the threshold only when there are many.
const LINK: f32 = 0.3;
const MONEY: f32 = 0.4;
const CALL: f32 = 0.5;
const TAGS: f32 = 0.3;
const LOUD: f32 = 0.3;

/// More hashtags than people use who want to say something.
const MANY_TAGS: usize = 3;

/// A number of a telephone or a short code that one shall call or write to.
const NUMBER_DIGITS: core::ops::RangeInclusive<usize> = 5..=13;

pub(crate) fn look(text: &str, tokens: &[Token]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut put = |label, weight, token: &Token| {
        found.push(Found {
            label,
            weight,
            start: token.start,
            end: token.end,
        });
    };
    if let Some(mark) = tokens
        .iter()
        .find(|t| t.kind == Kind::Question && text.get(t.start..t.end) != Some("¿"))
    {
        put(Label::Question, MARK, mark);
    }
    if let Some(link) = tokens.iter().find(|t| t.kind == Kind::Link) {
        put(Label::Spam, LINK, link);
    }
    let is_number = |t: &&Token| {
        t.word()
            .is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit()) && NUMBER_DIGITS.contains(&w.len()))
    };
    if let Some(number) = tokens.iter().find(is_number) {
        put(Label::Spam, CALL, number);
    }
    if let Some(money) = tokens.iter().find(|t| t.kind == Kind::Money) {
        put(Label::Spam, MONEY, money);
    }
    let mut tags = tokens.iter().filter(|t| t.kind == Kind::Tag);
    if let Some(tag) = tags.nth(MANY_TAGS - 1) {
        put(Label::Spam, TAGS, tag);
    }
    let exclamations = tokens.iter().filter(|t| t.kind == Kind::Exclamation).count();
    if let Some(loud) = tokens
        .iter()
        .rfind(|t| t.kind == Kind::Exclamation)
        .filter(|_| exclamations >= 2)
    {
        put(Label::Spam, LOUD, loud);
        put(Label::Complaint, 0.2, loud);
    }
    found
}
