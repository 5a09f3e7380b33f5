//! The wrong person is greeted or named.

use super::context::Context;
use super::finding::{Finding, Rule};
use super::fold::folded;
use super::spelling::distance;
use super::text::{Kind, Text};
use super::voice::Voice;

/// Words that begin a greeting, folded.
const GREETINGS: [&str; 38] = [
    "hi",
    "hello",
    "hey",
    "dear",
    "hiya",
    "howdy",
    "morning",
    "afternoon",
    "evening", // en
    "hallo",
    "liebe",
    "lieber",
    "moin",
    "servus",
    "tag",
    "guten",
    "herr",
    "frau",
    "geehrte",
    "geehrter", // de
    "bonjour",
    "bonsoir",
    "salut",
    "cher",
    "chere", // fr
    "hola",
    "querido",
    "querida",
    "estimado",
    "estimada",
    "buenos",
    "buenas", // es
    "ciao",
    "buongiorno",
    "gentile",
    "cara", // it
    "beste",
    "hoi", // nl
];

/// Words that stand after a greeting and are no name, folded.
const NO_NAMES: [&str; 86] = [
    "all",
    "again",
    "and",
    "back",
    "customer",
    "everyone",
    "everybody",
    "folks",
    "guys",
    "friend",
    "good",
    "great",
    "how",
    "i",
    "it",
    "just",
    "madam",
    "morning",
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "no",
    "our",
    "please",
    "quick",
    "sir",
    "so",
    "sorry",
    "team",
    "thank",
    "thanks",
    "that",
    "the",
    "there",
    "this",
    "to",
    "we",
    "welcome",
    "what",
    "yes",
    "you",
    "your",
    "day", // en
    "alle",
    "abend",
    "danke",
    "frau",
    "herr",
    "ihr",
    "kunde",
    "kundin",
    "leider",
    "morgen",
    "mittag",
    "nochmal",
    "tag",
    "team",
    "vielen",
    "wir",
    "zusammen",
    "damen",
    "herren",
    "und",
    "das",
    "die",
    "der",
    "es",
    "geehrte",
    "geehrter",
    "liebe",
    "lieber", // de
    "madame",
    "monsieur",
    "merci",
    "nous",
    "tous",
    "dias",
    "tardes",
    "noches",
    "gracias",
    "signora",
    "signore",
    "allemaal",
    "bedankt",
];

pub(super) fn find(text: &Text, voice: &Voice, context: &Context) -> Vec<Finding> {
    let mut found = Vec::new();
    greeted(text, voice, context, &mut found);
    if !context.here.handles.is_empty() {
        for (start, end) in text.of_kind(Kind::Mention) {
            let handle = text.part(start, end).trim_start_matches('@').to_lowercase();
            let short = handle.split('@').next().unwrap_or_default();
            let knows = |known: &String| *known == handle || known.split('@').next() == Some(short);
            let ours = voice.names.iter().any(|name| folded(name).replace(' ', "") == short);
            if !context.here.handles.iter().any(knows) && !ours {
                let elsewhere = context.elsewhere.iter().find(|other| other.handles.iter().any(knows));
                let reason = match elsewhere {
                    Some(_) => format!("@{handle} is in another conversation that you have open, not in this one."),
                    None => format!("@{handle} is not in this conversation."),
                };
                found.push(finding(voice, (start, end), reason, None));
            }
        }
    }
    found
}

fn finding(voice: &Voice, span: (usize, usize), reason: String, suggestion: Option<String>) -> Finding {
    Finding {
        span,
        rule: Rule::WrongPerson,
        reason,
        severity: voice.severity(Rule::WrongPerson),
        suggestion,
    }
}

/// A greeting at the beginning of the text, or of a line, with a name in it that the person does not have.
fn greeted(text: &Text, voice: &Voice, context: &Context, found: &mut Vec<Finding>) {
    let here = &context.here;
    if here.names.is_empty() {
        return;
    }
    let words: Vec<_> = text.prose().take(8).collect();
    let Some(begin) = words
        .iter()
        .take(4)
        .rposition(|word| GREETINGS.contains(&word.folded.as_str()))
    else {
        return;
    };
    if !words
        .first()
        .is_some_and(|word| GREETINGS.contains(&word.folded.as_str()))
        || words.get(begin).is_some_and(|word| word.stop)
    {
        return;
    }
    let mut name = Vec::new();
    for word in words.iter().skip(begin + 1).take(3) {
        let capital = text.at(word.start).is_some_and(char::is_uppercase);
        if !capital || NO_NAMES.contains(&word.folded.as_str()) || !word.folded.chars().all(char::is_alphabetic) {
            break;
        }
        name.push(*word);
        if word.stop {
            break;
        }
    }
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return;
    };
    // A greeting ends here: "Hi Support is closed" greets nobody, "Hi Anna," does.
    if !last.stop && name.len() > 2 {
        return;
    }
    let signed = |word: &str| {
        here.words.contains(word)
            || here
                .handles
                .iter()
                .any(|handle| word.len() >= 3 && handle.contains(word))
    };
    let fits = |word: &str| here.names.iter().any(|name| same(name, word)) || signed(word);
    if name.iter().any(|word| fits(&word.folded)) {
        return;
    }
    let written = text.part(first.start, last.end);
    let near = here
        .names
        .iter()
        .find(|name| name.chars().count() >= 3 && distance(name, &first.folded) == 1);
    let person = here.title.trim();
    let elsewhere = context
        .elsewhere
        .iter()
        .any(|other| name.iter().any(|word| other.names.contains(&word.folded)));
    let reason = match (near, elsewhere) {
        (Some(_), _) => format!("The person calls themselves {person}: “{written}” is written differently."),
        (None, true) => {
            format!("{written} is the person of another conversation that you have open; this is {person}.")
        }
        (None, false) => format!("You answer {person}, and greet {written}."),
    };
    let meant = person
        .split_whitespace()
        .next()
        .filter(|_| near.is_some())
        .map(str::to_owned);
    found.push(finding(voice, (first.start, last.end), reason, meant));
}

/// The name, or its short form: Alex for Alexandra.
fn same(name: &str, word: &str) -> bool {
    name == word
        || word.chars().count() >= 3 && name.starts_with(word)
        || name.chars().count() >= 3 && word.starts_with(name)
}
