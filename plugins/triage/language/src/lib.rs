//! Triage `language`: which language is a message in?
//!
//! Letters first: a script that one language is written in, or letters that only one has, are proof. Then `whichlang`
//! (MIT), a table of 16 languages by its authors. It always names one of its sixteen; so it is asked for both halves of a
//! text too, and where neither half agrees with the whole the answer is `unknown`. Links, names and signs are not read.

mod letters;

use jackfield_linear::judge::{Desk, verdict};
use jackfield_linear::text::{Kind, Reading};
use jackfield_sdk::triage::{Description, Judge, Subject, Verdict};
use std::cell::RefCell;

/// The judge.
#[derive(Debug)]
pub struct Language;

/// Languages by their codes (BCP 47); the last is the answer where none fits.
pub const CODES: [&str; 33] = [
    "ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pt", "ru", "sv", "tr", "vi", "zh", "uk", "el", "he",
    "th", "pl", "cs", "hu", "ro", "fa", "bn", "ta", "te", "ka", "hy", "gu", "km", "unknown",
];
/// The letters leave no doubt.
const PROVEN: f32 = 1.0;
/// The table says so.
const LIKELY: f32 = 0.5;
/// Fewer letters say nothing.
const FEWEST: usize = 3;
/// Halves of a shorter text are too short to be asked.
const HALVED: usize = 6;
/// What comes after changes nothing any more, and costs time.
const ENOUGH: usize = 400;

thread_local! {
    static DESK: RefCell<(Desk, String)> = RefCell::default();
}

impl Judge for Language {
    fn describe() -> Description {
        let bare = Description::new("language", env!("CARGO_PKG_VERSION"));
        CODES.iter().fold(bare, |all, code| {
            let meaning = if *code == "unknown" {
                "No language that this plugin knows."
            } else {
                "The message is in this language."
            };
            all.label(&format!("language/{code}"), meaning, LIKELY)
        })
    }

    fn classify(subject: &Subject) -> Vec<Verdict> {
        DESK.with_borrow_mut(|(desk, words)| {
            let reading = desk.read(&subject.content);
            if reading.tokens().is_empty() {
                return Vec::new();
            }
            let (code, margin) = language(&subject.content.text, reading, words);
            vec![verdict(&format!("language/{code}"), margin, None)]
        })
    }
}

/// The code of a reading, and how sure that is.
fn language(text: &str, reading: &Reading, words: &mut String) -> (&'static str, f32) {
    words.clear();
    let said = reading
        .tokens()
        .iter()
        .filter(|token| matches!(token.kind, Kind::Word | Kind::Tag));
    let mut count = 0usize;
    for word in said.filter_map(|token| text.get(token.start as usize..token.end as usize)) {
        if words.len() > ENOUGH {
            break;
        }
        words.push_str(word);
        words.push(' ');
        count += 1;
    }
    if words.chars().filter(|c| c.is_alphabetic()).count() < FEWEST && !words.chars().any(letters::is_syllable) {
        return ("unknown", PROVEN);
    }
    if let Some(code) = letters::proof(words) {
        return (code, PROVEN);
    }
    let whole = whichlang::detect_language(words);
    if count >= HALVED {
        let middle = words
            .char_indices()
            .filter(|(_, c)| *c == ' ')
            .nth(count / 2)
            .map_or(0, |(at, _)| at);
        if let Some((first, second)) = words.split_at_checked(middle)
            && [first, second]
                .iter()
                .all(|half| whichlang::detect_language(half) != whole)
        {
            return ("unknown", LIKELY);
        }
    }
    (code_of(whole), LIKELY)
}

fn code_of(language: whichlang::Lang) -> &'static str {
    use whichlang::Lang;
    match language {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    }
}

jackfield_sdk::triage!(Language);
