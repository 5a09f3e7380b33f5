//! Words that the brand does not use: the policy's list made into one automaton.

use super::disguise::{Hit, Mode, Pattern, Reading};
use super::finding::{Finding, Rule};
use super::fold::folded;
use super::inflect::forms;
use super::phrase::Phrases;
use super::text::Text;
use super::voice::Voice;
use aho_corasick::AhoCorasick;
use std::collections::BTreeMap;

/// The list, ready.
pub(super) struct Forbidden {
    automaton: Option<AhoCorasick>,
    patterns: Vec<Vec<Pattern>>,
    /// By entry: the word, and which part of the policy it is from.
    words: Vec<(String, usize)>,
    /// Some word of the list is written in another script.
    foreign: bool,
    allowed: Phrases,
    /// Allowed words that hold forbidden ones.
    exceptions: Vec<String>,
}

/// Words that hold a rude one and are none. What an operator allows is added.
const EXCEPTIONS: &str = "scunthorpe penistone lightwater essex sussex middlesex wessex unisex sextant sextet sexton \
    cocktail cocktails peacock peacocks hancock hitchcock woodcock shuttlecock cockpit cockpits cockerel \
    assassin assassins assess assessed assessing assessment assessments asset assets assign assigned assignment \
    assist assistance assistant assistants assisted associate associated association assume assumed assumption assure \
    assured assurance class classes classic classical classification classified pass passed passes passing passage \
    passenger passengers passion passport passports password passwords compass compassion embassy embarrass grass glass \
    glasses mass massage massive bass brass sassafras ambassador canvass harass molasses hello shell shells \
    analysis analyse analyst analysed analog canal manual titan title titles titled institute institution constitution \
    competition repetition petition arsenal parsed parse coarse hoarse sparse circumstance document documents \
    accumulate cucumber circumvent dickens dickinson matsushita mishit swastika therapist therapists grape grapes drape \
    scrape sparrow wristwatch takeshi shitake shiitake dumbbell buttress buttons button rebuttal butter butterfly \
    arschbombe klassenfahrt pissarro lapis fagott fagus nigeria niger denigrate snigger shipment pakistan";

/// As many hits as anybody reads; a text that is nothing but these needs no more.
const MOST: usize = 64;

impl Forbidden {
    pub(super) fn of(voice: &Voice) -> Self {
        let mut by_line: BTreeMap<String, Vec<Pattern>> = BTreeMap::new();
        let mut words = Vec::new();
        let mut foreign = false;
        for (group, list) in voice.forbidden.iter().enumerate() {
            let language = list
                .language
                .as_deref()
                .or(voice.languages.first().map(String::as_str))
                .unwrap_or("en");
            for word in &list.words {
                let entry = words.len();
                words.push((word.clone(), group));
                let word = folded(word);
                foreign |= word.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
                let all = if list.exact {
                    [word].into()
                } else {
                    forms(&word, language)
                };
                for form in all {
                    for (spelled, sound) in sounds(&form, list.exact) {
                        if let Some(pattern) = Pattern::of(&spelled, entry, list.anywhere, sound) {
                            by_line.entry(pattern.line()).or_default().push(pattern);
                        }
                    }
                }
            }
        }
        let automaton = AhoCorasick::new(by_line.keys()).ok().filter(|_| !by_line.is_empty());
        let mut exceptions: Vec<String> = EXCEPTIONS.split_whitespace().map(str::to_owned).collect();
        exceptions.extend(voice.allowed.iter().map(|word| folded(word)));
        exceptions.sort();
        exceptions.dedup();
        Self {
            automaton,
            patterns: by_line.into_values().collect(),
            words,
            foreign,
            allowed: Phrases::of(voice.allowed.iter().map(String::as_str)),
            exceptions,
        }
    }

    /// Every forbidden word of the draft, in the order of the text.
    pub(super) fn find(&self, text: &Text, voice: &Voice, known: &dyn Fn(&str) -> Option<bool>) -> Vec<Finding> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let mut hits: Vec<(Hit, usize)> = Vec::new();
        for mode in self.modes(text) {
            let reading = Reading::of(text, mode);
            for found in automaton.find_overlapping_iter(&reading.line) {
                let Some(patterns) = self.patterns.get(found.pattern().as_usize()) else {
                    continue;
                };
                for pattern in patterns {
                    if hits.len() >= MOST {
                        break;
                    }
                    if let Some(hit) = reading.hit(found.start(), found.len(), pattern, text, known)
                        && !self.excepted(text, &hit)
                    {
                        hits.push((hit, pattern.entry));
                    }
                }
            }
        }
        self.masked(text, &mut hits);
        // Of two that overlap the longer one says more.
        hits.sort_by_key(|(hit, entry)| (hit.start, std::cmp::Reverse(hit.end), hit.disguised, *entry));
        let mut until = 0;
        hits.retain(|(hit, _)| {
            let fresh = hit.start >= until;
            if fresh {
                until = hit.end;
            }
            fresh
        });
        hits.into_iter()
            .filter_map(|(hit, entry)| self.finding(text, voice, &hit, entry))
            .collect()
    }

    fn finding(&self, text: &Text, voice: &Voice, hit: &Hit, entry: usize) -> Option<Finding> {
        let (word, group) = self.words.get(entry)?;
        let list = voice.forbidden.get(*group)?;
        let written = text.part(hit.start, hit.end);
        let unseen = written.chars().any(super::fold::hidden);
        let mut reason = match (hit.disguised || unseen, unseen) {
            (true, true) => {
                format!("With hidden characters in it, “{word}” is written here, which the brand does not use")
            }
            (true, false) => format!("“{written}” reads as “{word}”, which the brand does not use"),
            _ if folded(&written) == folded(word) => format!("The brand does not use “{word}”"),
            _ => format!("“{written}” is a form of “{word}”, which the brand does not use"),
        };
        match &list.why {
            Some(why) => reason.push_str(&format!(": {}.", why.trim_end_matches('.'))),
            None => reason.push('.'),
        }
        Some(Finding {
            span: (hit.start, hit.end),
            rule: Rule::ForbiddenWord,
            reason,
            severity: list.severity.unwrap_or_else(|| voice.severity(Rule::ForbiddenWord)),
            suggestion: list.instead.clone(),
        })
    }

    /// One reading where the text has nothing to misread; more where a sign is a letter or a gap, a letter foreign.
    fn modes(&self, text: &Text) -> Vec<Mode> {
        let sign = |at: usize, c: char| {
            !c.is_alphanumeric() && super::fold::stands_for(c).is_some() && {
                let beside = |at: Option<usize>| at.and_then(|at| text.at(at)).is_some_and(|c| !c.is_whitespace());
                beside(Some(at + 1)) || beside(at.checked_sub(1))
            }
        };
        let signs = text.chars.iter().enumerate().any(|(at, c)| sign(at, *c));
        let foreign = text
            .chars
            .iter()
            .any(|c| !c.is_ascii() && super::fold::look(*c).is_some());
        // In a text of another script its letters are themselves; in a Latin one they are a disguise.
        let latin = text.chars.iter().filter(|c| c.is_ascii_alphabetic()).count();
        let other = text
            .chars
            .iter()
            .filter(|c| c.is_alphabetic() && !c.is_ascii() && folded(&c.to_string()).chars().all(|c| !c.is_ascii()))
            .count();
        let looks = foreign && (latin >= other || mixed(text));
        let mut modes = vec![Mode { signs: false, looks }];
        if signs {
            modes.push(Mode { signs: true, looks });
        }
        if looks && self.foreign {
            modes.push(Mode {
                signs: false,
                looks: false,
            });
        }
        modes
    }

    /// The word, or the words around, are allowed.
    fn excepted(&self, text: &Text, hit: &Hit) -> bool {
        let word = text
            .words
            .iter()
            .find(|word| word.start <= hit.start && hit.end <= word.end);
        if let Some(word) = word {
            let has = |word: &String| self.exceptions.binary_search(word).is_ok();
            if has(&word.folded) {
                return true;
            }
        }
        // `@rnaque` is a handle only if the word does not begin with its sign.
        let quiet = text.quiet(hit.start, hit.end) && text.at(hit.start) != Some('@');
        quiet
            || self
                .allowed
                .find(text)
                .iter()
                .any(|(start, end, _)| *start <= hit.start && hit.end <= *end)
    }

    /// `f*ck`: letters are covered. At least half of them are shown, the first among them.
    fn masked(&self, text: &Text, hits: &mut Vec<(Hit, usize)>) {
        let covers = |c: char| matches!(c, '*' | '#' | '•' | '●' | '█' | '_' | '×' | '?');
        if !text.chars.iter().copied().any(covers) {
            return;
        }
        let part = |c: char| c.is_alphanumeric() || covers(c);
        let mut at = 0;
        while at < text.chars.len() {
            let start = at;
            while text.at(at).is_some_and(part) {
                at += 1;
            }
            let mut end = at;
            // A question mark at the end asks.
            while end > start && text.at(end - 1) == Some('?') {
                end -= 1;
            }
            let token: Vec<char> = text
                .chars
                .get(start..end)
                .unwrap_or_default()
                .iter()
                .map(|c| c.to_ascii_lowercase())
                .collect();
            let shown = token.iter().filter(|c| !covers(**c)).count();
            let first = token.first().is_some_and(|c| !covers(*c));
            if first && shown < token.len() && shown >= 2 && shown * 2 >= token.len() && !text.quiet(start, end) {
                let fits = |pattern: &&Pattern| {
                    let letters = pattern
                        .runs
                        .iter()
                        .flat_map(|(c, count, _)| std::iter::repeat_n(*c, *count as usize));
                    letters.clone().count() == token.len()
                        && letters.zip(&token).all(|(letter, c)| covers(*c) || *c == letter)
                };
                if let Some(pattern) = self.patterns.iter().flatten().find(fits) {
                    hits.push((
                        Hit {
                            start,
                            end,
                            disguised: true,
                        },
                        pattern.entry,
                    ));
                }
            }
            at = at.max(start) + 1;
        }
    }
}

/// Some word has letters of two scripts.
fn mixed(text: &Text) -> bool {
    text.words.iter().any(|word| {
        word.folded.chars().any(|c| c.is_ascii_alphabetic())
            && word.folded.chars().any(|c| c.is_alphabetic() && !c.is_ascii())
    })
}

/// A form as it is written, and as it is written to sound the same.
fn sounds(form: &str, exact: bool) -> Vec<(String, bool)> {
    let mut all = vec![(form.to_owned(), false)];
    if exact || form.chars().count() < 4 {
        return all;
    }
    for (from, to) in [
        ("f", "ph"),
        ("w", "vv"),
        ("m", "rn"),
        ("u", "v"),
        ("ck", "kk"),
        ("ck", "k"),
        ("ck", "q"),
        ("x", "ks"),
        ("s", "z"),
    ] {
        if form.contains(from) && (from != "s" || form.ends_with('s')) {
            let other = if from == "s" {
                format!("{}z", form.strip_suffix('s').unwrap_or(form))
            } else {
                form.replace(from, to)
            };
            all.push((other, true));
        }
    }
    all
}
