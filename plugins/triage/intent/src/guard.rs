//! Words that look like thanks and are none, and words of danger that must not be missed.

use jackfield_linear::text::{Reading, Token};

/// Refusals, requests, closing formulas and scorn, in five languages.
const NO_THANKS: [&str; 37] = [
    "no thanks",
    "no thank",
    "no thanx",
    "no thx",
    "no ta",
    "nah thanks",
    "nope thanks",
    "thanks for nothing",
    "thank you for nothing",
    "thanx 0 nothing",
    "thx for nothing",
    "cheers for nothing",
    "thanks in advance",
    "thx in advance",
    "ta in advance",
    "thank you in advance",
    "thanking you in advance",
    "thanks for contacting",
    "thank you for contacting",
    "thank you for your interest",
    "thanks but",
    "thanks i guess",
    "thank god",
    "thanks to you",
    "nein danke",
    "danke für nichts",
    "danke im voraus",
    "vielen dank im voraus",
    "no gracias",
    "gracias por nada",
    "gracias de antemano",
    "non merci",
    "merci pour rien",
    "merci d'avance",
    "não obrigado",
    "não obrigada",
    "obrigado por nada",
];

/// Fire, gas, current, things in food, people who are hurt. The table saw few such reports, and one that is missed is the
/// dearest error of all.
const DANGER: [&str; 40] = [
    "caught fire",
    "catches fire",
    "on fire",
    "fire exit",
    "smoke",
    "gas leak",
    "smell of gas",
    "smells of gas",
    "smell gas",
    "smelling gas",
    "electric shock",
    "got a shock",
    "shock from",
    "sparks",
    "smell of burning",
    "burning smell",
    "exploded",
    "melted",
    "glass in",
    "metal in the",
    "piece of metal",
    "allergic",
    "hives",
    "carbon monoxide",
    "can't breathe",
    "cant breathe",
    "cannot breathe",
    "ambulance",
    "injured",
    "bleeding",
    "brakes failed",
    "brake failed",
    "taken ill",
    "got burned",
    "got burnt",
    "swelled up",
    "es brennt",
    "huele a gas",
    "odeur de gaz",
    "pegou fogo",
];

/// Whether the words of a reading are no thanks.
pub(crate) fn is_no_thanks(reading: &Reading) -> bool {
    find(reading, &NO_THANKS).is_some()
}

/// Where a reading speaks of danger, in bytes of the text.
pub(crate) fn danger(reading: &Reading) -> Option<(u32, u32)> {
    find(reading, &DANGER)
}

/// The first of some phrases, word after word, signs between them not counted.
fn find(reading: &Reading, phrases: &[&str]) -> Option<(u32, u32)> {
    let is_word = |token: &&Token| {
        let first = reading.word(token).first().copied().and_then(char::from_u32);
        first.is_some_and(char::is_alphanumeric)
    };
    let tokens: Vec<&Token> = reading.tokens().iter().filter(is_word).collect();
    (0..tokens.len()).find_map(|from| {
        let rest = tokens.get(from..)?;
        // Hardly any phrase begins as a word does: its first letter is looked at before anything is taken apart.
        let first = rest.first().and_then(|token| reading.word(token).first().copied())?;
        let likely = |phrase: &&&str| phrase.chars().next().map(u32::from) == Some(first);
        phrases
            .iter()
            .filter(likely)
            .find_map(|phrase| begins(reading, rest, phrase))
    })
}

/// The place of a phrase at the front of some words.
fn begins(reading: &Reading, tokens: &[&Token], phrase: &str) -> Option<(u32, u32)> {
    let mut left = tokens.iter();
    let mut end = 0;
    for wanted in phrase.split(' ') {
        let token = left.next()?;
        if !reading.word(token).iter().copied().eq(wanted.chars().map(u32::from)) {
            return None;
        }
        end = token.end;
    }
    Some((tokens.first()?.start, end))
}
