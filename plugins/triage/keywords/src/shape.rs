//! What a text looks like, whatever its words.

use crate::cues::Label;
use crate::find::Found;
use crate::token::{Kind, Token};

/// A question mark asks by itself.
const MARK: f32 = 1.0;

/// Signs of advertising; together they pass the threshold only when there are many.
const LINK: f32 = 0.3;
const MONEY: f32 = 0.4;
const SHORT_CODE: f32 = 0.4;
const PREMIUM: f32 = 0.8;
const TAGS: f32 = 0.3;
const LOUD: f32 = 0.3;

/// More hashtags than people use who want to say something.
const MANY_TAGS: usize = 3;

/// What a number weighs that one may be meant to call or to write to: a British service number (08, 09 and nine digits
/// more) much, a short code of five digits less, anything else nothing: orders and parcels have numbers too.
fn number(word: &str) -> f32 {
    if !word.bytes().all(|b| b.is_ascii_digit()) {
        return 0.0;
    }
    match word.len() {
        10..=11 if word.starts_with("08") || word.starts_with("09") => PREMIUM,
        5 => SHORT_CODE,
        _ => 0.0,
    }
}

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
    let weight = |t: &Token| t.word().map_or(0.0, number);
    if let Some(call) = tokens
        .iter()
        .max_by(|a, b| weight(a).total_cmp(&weight(b)))
        .filter(|t| weight(t) > 0.0)
    {
        put(Label::Spam, weight(call), call);
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
