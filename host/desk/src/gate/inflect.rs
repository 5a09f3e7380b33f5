//! The forms of a word. Endings by language, tried on every word: a form that no one writes costs nothing.
//!
//! This is no grammar: umlauts of a German plural, strong verbs and Spanish stem changes are not made. Whoever forbids
//! such a word lists its forms.

use std::collections::BTreeSet;

/// Endings that are put on.
fn endings(language: &str) -> &'static [&'static str] {
    match language {
        "de" => &[
            "e", "en", "er", "es", "em", "n", "s", "t", "st", "te", "ten", "test", "tet", "end", "ung", "ungen",
            "erin", "innen", "ern", "nde", "ste", "sten", "ster", "stes",
        ],
        "fr" => &[
            "s", "e", "es", "x", "ment", "ement", "er", "ez", "ent", "ons", "ee", "ees", "ait", "aient", "ais", "era",
            "erons", "eur", "eurs", "euse",
        ],
        "es" => &[
            "s", "es", "a", "as", "os", "mente", "amente", "ito", "ita", "itos", "ado", "ada", "ados", "adas", "ando",
            "amos", "an", "ero", "eros",
        ],
        "it" => &[
            "i", "e", "a", "o", "mente", "amente", "ato", "ata", "ati", "ate", "ando", "iamo", "ano", "one", "oni",
            "ino", "ini",
        ],
        "nl" => &[
            "e", "en", "s", "er", "ers", "t", "te", "ten", "de", "den", "je", "jes", "end", "ing", "ste",
        ],
        _ => &[
            "s", "es", "d", "ed", "ing", "ings", "er", "ers", "ly", "y", "ies", "ish", "in", "est", "ful", "less",
            "ness", "able",
        ],
    }
}

/// Endings that a stem loses before it takes another.
fn drops(language: &str) -> &'static [&'static str] {
    match language {
        "de" => &["en", "e", "n"],
        "fr" => &["er", "e", "eux", "ir", "re"],
        "es" => &["o", "a", "ar", "er", "ir", "e"],
        "it" => &["o", "a", "e", "are", "ere", "ire"],
        "nl" => &["en", "e"],
        _ => &["e", "y"],
    }
}

/// The folded word and its forms. A multi-word entry is inflected in its last word.
pub(super) fn forms(word: &str, language: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([word.to_owned()]);
    let last = word.split(' ').next_back().unwrap_or(word);
    let letters = last.chars().count();
    if letters < 3 || !last.is_ascii() {
        return forms;
    }
    let mut put = |stem: &str, ends: &[&str]| {
        for end in ends {
            forms.insert(format!("{stem}{end}"));
        }
    };
    put(word, endings(language));
    for drop in drops(language) {
        match word.strip_suffix(drop) {
            // Of an English y only "ies" and "ied" remain; "ier" and "iest" are adjectives'.
            Some(stem) if *drop == "y" => put(stem, &["ies", "ied", "ier", "iest", "ily", "iness"]),
            Some(stem) if last.len() >= drop.len() + 3 => put(stem, endings(language)),
            _ => {}
        }
    }
    let mut tail = last.chars().rev();
    if let (Some(consonant), Some(vowel)) = (tail.next(), tail.next())
        && matches!(language, "en" | "nl" | "")
        && "bdgklmnprstz".contains(consonant)
        && "aeiou".contains(vowel)
    {
        put(
            &format!("{word}{consonant}"),
            &["ed", "ing", "er", "ers", "y", "en", "ish", "est", "in"],
        );
    }
    if language == "de" && !word.contains(' ') {
        let stem = word.strip_suffix("en").unwrap_or(word);
        put(&format!("ge{stem}"), &["t", "en", "te", "ter", "tes", "ten"]);
        put(&format!("ver{stem}"), &["t", "en", "te", "ter", "tes", "ten"]);
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::forms;

    #[test]
    fn a_word_has_the_forms_of_its_language() {
        let check = |word: &str, language: &str, expected: &[&str], never: &[&str]| {
            let forms = forms(word, language);
            for form in expected {
                assert!(forms.contains(*form), "{word}: {form} is missing in {forms:?}");
            }
            for form in never {
                assert!(!forms.contains(*form), "{word}: {form}");
            }
        };
        check(
            "scam",
            "en",
            &["scam", "scams", "scammed", "scamming", "scammer", "scammers"],
            &["scamp", "scan"],
        );
        check("guarantee", "en", &["guarantees", "guaranteed", "guaranteeing"], &[]);
        check("hassle", "en", &["hassles", "hassled", "hassling"], &[]);
        check("penalty", "en", &["penalties"], &["penal"]);
        check("cheap deal", "en", &["cheap deals"], &["cheaps deal"]);
        check("mist", "de", &["mists", "miste"], &["ist"]);
        check(
            "pfusch",
            "de",
            &["pfuscher", "gepfuscht", "verpfuscht", "pfuschen"],
            &[],
        );
        check("gratuit", "fr", &["gratuite", "gratuits", "gratuitement"], &[]);
        check("barato", "es", &["baratos", "barata", "baratas"], &["bar"]);
        check("gratis", "nl", &["gratis"], &[]);
        check("no", "en", &["no"], &["nos"]);
    }
}
