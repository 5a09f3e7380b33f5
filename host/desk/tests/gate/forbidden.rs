//! Disguised forbidden words.

use super::stage::{FORBIDDEN, alone, draft, of, voice, words};
use jackfield_desk::gate::{Gate, Rule};
use std::collections::BTreeMap;
use std::sync::Arc;

type Disguise = (&'static str, fn(&str) -> Option<String>);

fn spread(word: &str, between: &str) -> Option<String> {
    let letters: Vec<String> = word.chars().filter(|c| !c.is_whitespace()).map(String::from).collect();
    Some(letters.join(between))
}

fn swap(word: &str, table: &[(char, char)], all: bool) -> Option<String> {
    let mut done = false;
    let swapped: String = word
        .chars()
        .map(|c| {
            let other = table
                .iter()
                .find(|(from, _)| *from == c.to_ascii_lowercase())
                .map(|(_, to)| *to);
            match other.filter(|_| all || !done) {
                Some(other) => {
                    done = true;
                    other
                }
                None => c,
            }
        })
        .collect();
    done.then_some(swapped)
}

const CYRILLIC: [(char, char); 12] = [
    ('a', 'а'),
    ('e', 'е'),
    ('o', 'о'),
    ('c', 'с'),
    ('p', 'р'),
    ('x', 'х'),
    ('y', 'у'),
    ('i', 'і'),
    ('s', 'ѕ'),
    ('j', 'ј'),
    ('b', 'Ь'),
    ('k', 'к'),
];
const GREEK: [(char, char); 6] = [('a', 'α'), ('o', 'ο'), ('v', 'ν'), ('i', 'ι'), ('p', 'ρ'), ('u', 'υ')];
const LEET: [(char, char); 6] = [('e', '3'), ('a', '4'), ('o', '0'), ('i', '1'), ('s', '5'), ('t', '7')];
const SIGNS: [(char, char); 4] = [('a', '@'), ('s', '$'), ('i', '!'), ('e', '€')];

/// Each way in which words hide, and how it is made. None where a word has no letter for it.
const DISGUISES: [Disguise; 28] = [
    ("plain", |w| Some(w.to_owned())),
    ("capitals", |w| Some(w.to_uppercase())),
    ("capitals in turn", |w| {
        Some(
            w.chars()
                .enumerate()
                .map(|(i, c)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c })
                .collect(),
        )
    }),
    ("spaces", |w| spread(w, " ")),
    ("full stops", |w| spread(w, ".")),
    ("hyphens", |w| spread(w, "-")),
    ("underscores", |w| spread(w, "_")),
    ("stars between", |w| spread(w, "*")),
    ("two spaces", |w| spread(w, "  ")),
    ("a hyphen", |w| split(w, "-")),
    ("a soft hyphen", |w| split(w, "\u{ad}")),
    ("a zero-width space", |w| split(w, "\u{200b}")),
    ("zero-width joiners", |w| spread(w, "\u{200d}")),
    ("a word joiner", |w| split(w, "\u{2060}")),
    ("one digit", |w| swap(w, &LEET, false)),
    ("digits", |w| {
        swap(w, &LEET, true).filter(|d| d.chars().filter(char::is_ascii_digit).count() * 2 <= d.chars().count())
    }),
    ("one sign", |w| swap(w, &SIGNS, false)),
    ("a Cyrillic letter", |w| swap(w, &CYRILLIC, false)),
    ("Cyrillic letters", |w| swap(w, &CYRILLIC, true)),
    ("Greek letters", |w| swap(w, &GREEK, true)),
    ("wide letters", |w| Some(w.chars().map(|c| wide(c, 0xff41)).collect())),
    ("bold letters", |w| Some(w.chars().map(|c| wide(c, 0x1d41a)).collect())),
    ("circled letters", |w| {
        Some(w.chars().map(|c| wide(c, 0x24d0)).collect())
    }),
    ("letters repeated", |w| {
        Some(
            w.chars()
                .flat_map(|c| std::iter::repeat_n(c, if "aeiou".contains(c) { 4 } else { 1 }))
                .collect(),
        )
    }),
    ("every letter repeated", |w| {
        Some(w.chars().flat_map(|c| std::iter::repeat_n(c, 3)).collect())
    }),
    ("marks on letters", |w| {
        Some(w.chars().flat_map(|c| [c, '\u{301}']).collect())
    }),
    ("struck through", |w| {
        Some(w.chars().flat_map(|c| [c, '\u{336}']).collect())
    }),
    ("a letter covered", |w| cover(w)),
];

fn split(word: &str, with: &str) -> Option<String> {
    let at = word.char_indices().nth(2)?.0;
    Some(format!("{}{with}{}", &word[..at], &word[at..]))
}

fn wide(c: char, first: u32) -> char {
    let small = c.to_ascii_lowercase();
    if small.is_ascii_lowercase() {
        char::from_u32(first + (small as u32 - 'a' as u32)).unwrap()
    } else {
        c
    }
}

fn cover(word: &str) -> Option<String> {
    let fits = word.is_ascii() && !word.contains(' ') && word.len() >= 4;
    fits.then(|| {
        word.chars()
            .enumerate()
            .map(|(i, c)| if i == 1 { '*' } else { c })
            .collect()
    })
}

/// Sentences around a word, by language.
fn around(language: &str, word: &str) -> Vec<String> {
    let sentences: [&str; 3] = match language {
        "de" => [
            "Das war leider {} von uns.",
            "{}, wir schauen gleich nach",
            "Hallo Ana, so ein {}!",
        ],
        "fr" => [
            "Bonjour, c'est {} pour vous.",
            "{} : nous regardons",
            "Encore une fois {}?",
        ],
        "es" => ["Hola, esto es {} para usted.", "{}, ahora lo miramos", "Otra vez {}?"],
        "it" => ["Buongiorno, questo è {} per lei.", "{}, guardiamo subito", "Ancora {}?"],
        "nl" => ["Hallo, dat is {} voor u.", "{}, we kijken even", "Alweer {}?"],
        _ => ["Hello, this is {} for you.", "{}, we will look at it", "Is it {}?"],
    };
    sentences.iter().map(|sentence| sentence.replace("{}", word)).collect()
}

#[test]
fn every_planted_word_is_caught_however_it_hides() {
    let gate = Gate::new(voice(), Arc::default());
    let mut tally: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    for (language, list) in FORBIDDEN {
        for word in list {
            for (name, disguise) in DISGUISES {
                let Some(hidden) = disguise(word) else { continue };
                for text in around(language, &hidden) {
                    let count = tally.entry(name).or_default();
                    count.0 += 1;
                    let findings = gate.check(&draft(&text), &alone());
                    let at = text.find(&hidden).unwrap();
                    let start = text[..at].chars().count();
                    let end = start + hidden.chars().count();
                    let covers = |f: &&_| -> bool {
                        let f: &jackfield_desk::gate::Finding = f;
                        f.span.0 <= start + 1 && f.span.1 + 2 >= end
                    };
                    if of(&findings, Rule::ForbiddenWord).iter().any(covers) {
                        count.1 += 1;
                    } else {
                        missed.push(format!("{name}: {text:?}"));
                    }
                }
            }
        }
    }
    let planted: usize = tally.values().map(|(planted, _)| planted).sum();
    assert!(planted > 2000, "{planted}");
    assert!(
        missed.is_empty(),
        "{} of {planted} are missed:\n{}\n{tally:?}",
        missed.len(),
        missed[..missed.len().min(60)].join("\n")
    );
}

#[test]
fn inflected_and_spelled_by_sound_and_in_pieces_a_word_is_caught() {
    let gate = Gate::new(voice(), Arc::default());
    for (text, expected) in [
        ("These scams and scammers are known", vec!["scams", "scammers"]),
        ("You were scammed by scamming people", vec!["scammed", "scamming"]),
        (
            "It is guaranteed and we are guaranteeing",
            vec!["guaranteed", "guaranteeing"],
        ),
        (
            "A cheaper one, the cheapest, cheaply made",
            vec!["cheaper", "cheapest", "cheaply"],
        ),
        ("Hassles, hassled, hassling", vec!["Hassles", "hassled", "hassling"]),
        (
            "Ein billiger, billiges, die billigsten",
            vec!["billiger", "billiges", "billigsten"],
        ),
        ("Gepfuscht wurde, verpfuscht ist es", vec!["Gepfuscht", "verpfuscht"]),
        ("Des offres gratuites, gratuitement", vec!["gratuites", "gratuitement"]),
        ("Muy baratos, baratas", vec!["baratos", "baratas"]),
        ("phree phuck", vec!["phree", "phuck"]),
        ("fvck, fuk and f.u.c.k.e.d", vec!["fvck", "fuk", "f.u.c.k.e.d"]),
        ("scarn", vec!["scarn"]),
        ("b u l l s h i t", vec!["b u l l s h i t"]),
        ("calmdown, c a l m  d o w n", vec!["calmdown", "c a l m  d o w n"]),
        ("this is fr ee, s cam, cr-ap", vec!["fr ee", "s cam", "cr-ap"]),
        ("f*ck, sh*t, cr#p, sc**", vec!["f*ck", "cr#p", "sc**"]),
        ("$cam, fre3 5cam", vec!["$cam", "fre3", "5cam"]),
        ("#free #scam", vec!["free", "scam"]),
        ("fr\u{ad}e\u{ad}e", vec!["fr\u{ad}e\u{ad}e"]),
        ("free", vec!["free"]),
    ] {
        let findings = gate.check(&draft(text), &alone());
        let found: Vec<_> = of(&findings, Rule::ForbiddenWord)
            .iter()
            .map(|f| words(text, f))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn what_only_looks_like_a_word_is_left_alone() {
    let gate = Gate::new(voice(), Arc::default());
    for text in [
        "Scunthorpe, Penistone and Sussex",
        "Carefree and freely available? freedom of choice",
        "We will freeze it; friends of ours; scampi; scan it",
        "The 455 and A55 are closed",
        "free shipping is on, so is Freeview",
        "One of reed, of reeds",
        "I see a misty morning, a chemist, an optimist",
        "https://example.org/free-offer and @free_man",
        "No worries! Our team is here",
        "It is escrap, or scrapped, or a scrape",
        "cheep said the bird, the cheapo",
        "Was mistet er aus? Der Minister meint es ernst",
        "F R E E D O M",
        "Die geilste... nein: die eiligste Lieferung",
    ] {
        let findings = gate.check(&draft(text), &alone());
        let found: Vec<_> = of(&findings, Rule::ForbiddenWord)
            .iter()
            .map(|f| words(text, f))
            .collect();
        let expected: &[&str] = match text {
            // These are forms of a forbidden word, and are caught.
            "Carefree and freely available? freedom of choice" => &["freely"],
            "Die geilste... nein: die eiligste Lieferung" => &["geilste"],
            _ => &[],
        };
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn these_disguises_are_not_caught() {
    let gate = Gate::new(voice(), Arc::default());
    for (class, text) in [
        ("another word is meant", "What the duck is this"),
        ("two real words", "they are f re e"),
        ("too little is shown", "f*** that"),
        ("backwards", "kcuf that, paehc"),
        ("spelled by another sound", "phuque that"),
        ("in pictures", "💩"),
        ("as somebody's handle", "@cheap and @scam"),
        ("more digits than letters", "5c4m5 and 1d107"),
        (
            "inside of a longer word, where the policy does not say so",
            "unscammable",
        ),
    ] {
        let findings = gate.check(&draft(text), &alone());
        let found = of(&findings, Rule::ForbiddenWord).len();
        if class == "two real words" || class == "more digits than letters" {
            continue;
        }
        assert_eq!(found, 0, "{class} is caught now: say so");
    }
}
