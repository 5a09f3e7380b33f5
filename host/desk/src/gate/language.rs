//! The language of a text, and whether it is the person's.
//!
//! A guess on few words is often wrong, so one is made only on a text of some length, and counts only where both halves
//! of the text are guessed alike.

use super::context::Context;
use super::finding::{Finding, Rule};
use super::text::Text;
use super::voice::Voice;
use whichlang::Lang;

/// Below this many letters or words nothing is said.
const LETTERS: usize = 24;
const WORDS: usize = 5;

/// The language of the text, as `en`; none where it is not sure.
pub(super) fn of(text: &Text) -> Option<&'static str> {
    let words: Vec<String> = text
        .prose()
        .filter(|word| !word.folded.starts_with(|c: char| c.is_ascii_digit()))
        .map(|word| text.written(word))
        .collect();
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    // Languages without spaces have few words and say much with each letter.
    let dense = words
        .iter()
        .flat_map(|word| word.chars())
        .filter(|c| u32::from(*c) > 0x3000)
        .count()
        * 2
        > letters;
    if !dense && (letters < LETTERS || words.len() < WORDS) || dense && letters < 8 {
        return None;
    }
    let whole = whichlang::detect_language(&words.join(" "));
    if !dense {
        let (one, other) = words.split_at(words.len() / 2);
        let alike = [one, other]
            .iter()
            .all(|half| whichlang::detect_language(&half.join(" ")) == whole);
        if !alike {
            return None;
        }
    }
    Some(code(whole))
}

/// A finding where the person writes one language and the draft is in another.
pub(super) fn find(text: &Text, is: Option<&'static str>, voice: &Voice, context: &Context) -> Vec<Finding> {
    let Some(is) = is else { return Vec::new() };
    let wanted = expected(context);
    let Some(wanted) = wanted.as_deref().and_then(|wanted| wanted.get(..2)) else {
        return Vec::new();
    };
    // Whom the brand cannot answer in their own language is answered in one of the brand's.
    let writes = |language: &str| voice.languages.iter().any(|own| own == language);
    if is == wanted || !writes(wanted) && writes(is) {
        return Vec::new();
    }
    let start = text.words.first().map_or(0, |word| word.start);
    let end = text.words.last().map_or(0, |word| word.end);
    vec![Finding {
        span: (start, end),
        rule: Rule::WrongLanguage,
        reason: format!("The person writes {}, and this is {}.", name(wanted), name(is)),
        severity: voice.severity(Rule::WrongLanguage),
        suggestion: None,
    }]
}

/// The language to answer in: as somebody said, else as the person's newest messages read.
pub(super) fn expected(context: &Context) -> Option<String> {
    if let Some(language) = &context.language {
        return Some(language.to_lowercase());
    }
    let newest: Vec<&str> = context.here.said.iter().rev().take(3).map(String::as_str).collect();
    newest
        .first()
        .and_then(|text| of(&Text::of(text)))
        .or_else(|| of(&Text::of(&newest.join(" "))))
        .map(str::to_owned)
}

fn code(lang: Lang) -> &'static str {
    match lang {
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

fn name(code: &str) -> &str {
    match code {
        "ar" => "Arabic",
        "zh" => "Chinese",
        "de" => "German",
        "en" => "English",
        "fr" => "French",
        "hi" => "Hindi",
        "it" => "Italian",
        "ja" => "Japanese",
        "ko" => "Korean",
        "nl" => "Dutch",
        "pt" => "Portuguese",
        "ru" => "Russian",
        "es" => "Spanish",
        "sv" => "Swedish",
        "tr" => "Turkish",
        "vi" => "Vietnamese",
        other => other,
    }
}
