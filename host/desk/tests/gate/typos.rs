//! Planted slips of the finger, against small dictionaries made of the ordinary replies themselves.

use super::stage::{context, draft, of, voice, words};
use jackfield_desk::gate::{Dictionaries, Gate, Rule};
use std::collections::BTreeSet;
use std::sync::Arc;

const TEXTS: [(&str, &str); 6] = [
    ("en", include_str!("ordinary/en.txt")),
    ("de", include_str!("ordinary/de.txt")),
    ("fr", include_str!("ordinary/fr.txt")),
    ("es", include_str!("ordinary/es.txt")),
    ("it", include_str!("ordinary/it.txt")),
    ("nl", include_str!("ordinary/nl.txt")),
];

/// Rules as a Hunspell file has them: which letters to try, which to swap, one ending.
const AFF: &str = "SET UTF-8\nTRY esianrtolcdugmphbyfvkwzxjqéèàçüöäßñíóúùìò'\nWORDCHARS '\nSFX S Y 1\nSFX S 0 s .\n";

fn all(text: &str) -> BTreeSet<String> {
    let split = text.split(|c: char| !c.is_alphabetic() && c != '\'');
    split
        .map(|word| word.trim_matches('\'').to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn dictionaries() -> Dictionaries {
    let mut made = Dictionaries::default();
    for (language, text) in TEXTS {
        let words = all(text);
        let dic: Vec<String> = words
            .iter()
            .flat_map(|word| [word.clone(), word.to_lowercase()])
            .collect();
        made.add(language, AFF, &format!("{}\n{}\n", dic.len(), dic.join("\n")))
            .unwrap();
    }
    made
}

/// A swap of neighbours, a letter left out, a letter twice, a wrong letter: in the middle of the word.
fn slips(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mid = letters.len() / 2;
    let with = |change: &dyn Fn(&mut Vec<char>)| {
        let mut letters = letters.clone();
        change(&mut letters);
        letters.into_iter().collect::<String>()
    };
    vec![
        with(&|l| l.swap(mid - 1, mid)),
        with(&|l| {
            l.remove(mid);
        }),
        with(&|l| l.insert(mid, l[mid])),
        with(&|l| l[mid] = if l[mid] == 'x' { 'q' } else { 'x' }),
    ]
}

#[test]
fn every_planted_slip_is_found_and_no_right_word_is() {
    let gate = Gate::new(voice(), Arc::new(dictionaries()));
    let (mut planted, mut missed) = (0, Vec::new());
    for (language, text) in TEXTS {
        let known: BTreeSet<String> = all(text).into_iter().map(|word| word.to_lowercase()).collect();
        let mut context = context();
        context.language = Some(language.to_owned());
        for line in text.lines().filter(|line| !line.contains("://")) {
            let clean = gate.check(&draft(line), &context);
            assert!(of(&clean, Rule::Spelling).is_empty(), "{line}: {clean:#?}");
            // The longest word of the line, where it is no name.
            let longest = all(line)
                .into_iter()
                .filter(|word| word.chars().count() >= 5 && word.chars().all(|c| c.is_lowercase()))
                .max_by_key(|word| word.chars().count());
            let Some(word) = longest else { continue };
            for slip in slips(&word) {
                if known.contains(&slip) || slip == word {
                    continue;
                }
                let typed = line.replacen(&word, &slip, 1);
                planted += 1;
                let findings = gate.check(&draft(&typed), &context);
                let found = of(&findings, Rule::Spelling);
                let hit = found.iter().any(|f| words(&typed, f) == slip && f.suggestion.is_some());
                if !hit {
                    missed.push(format!("{language}: {typed} ({slip})"));
                }
            }
        }
    }
    assert!(planted > 700, "{planted}");
    assert!(
        missed.is_empty(),
        "{} of {planted} are missed: {:#?}",
        missed.len(),
        &missed[..missed.len().min(40)]
    );
}

#[test]
fn names_terms_and_what_is_near_nothing_is_left_alone() {
    let gate = Gate::new(voice(), Arc::new(dictionaries()));
    for text in [
        "Hi Ana, thanks from Northwind and Mia Król",
        "The zyxwvut is in the box",
        "See #kettel, @kettel, www.kettel.example and kettel.example/x",
        "The HDMI2 of a SmartTV and an iPhonee",
        "Thanks, the Kettel is on the page",
    ] {
        let findings = gate.check(&draft(text), &context());
        assert!(of(&findings, Rule::Spelling).is_empty(), "{text}: {findings:#?}");
    }
    let found = gate.check(&draft("Thanks for the phto"), &context());
    assert_eq!(of(&found, Rule::Spelling)[0].suggestion.as_deref(), Some("photo"));
}

#[test]
fn a_dictionary_that_cannot_be_read_says_so() {
    let why = Dictionaries::default().add("en", "SFX S Y", "1\nword").unwrap_err();
    assert!(why.starts_with("the dictionary of en cannot be read: "), "{why}");
}
