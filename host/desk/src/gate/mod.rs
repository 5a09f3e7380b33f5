//! The compose gate: everything that can be said about a reply before anybody reads it.
//!
//! [`Gate::new`] makes a brand's [`Voice`] ready once; [`Gate::check`] reads a [`Draft`] in its [`Context`] and gives
//! [`Finding`]s, each with the characters it is about, a reason in words, and what it does: note, ask, block. The rules
//! are small files that know nothing of one another; all of them read the same text, taken apart once:
//!
//! - `forbidden`, `disguise`, `inflect`, `fold`: words that are not used, however they hide
//! - `spelling`: by dictionaries that the caller has read
//! - `personal`: what identifies somebody, where strangers read it
//! - `acts`, `phrase`, `words`: what is promised, refunded, admitted; authority is asked about that
//! - `place`, `person`, `language`: written for another brand, conversation, person, in another language
//! - `network`, `form`: length, links, names, placeholders, capitals, nothing
//!
//! [`risk`] makes points of all that, and readers of points. [`PassRecord`] is what the reply carries.

mod acts;
mod context;
mod disguise;
mod finding;
mod fold;
mod forbidden;
mod form;
mod inflect;
mod language;
mod network;
mod pass;
mod person;
mod personal;
mod phrase;
mod place;
mod risk;
mod sign;
mod spelling;
mod text;
mod voice;
mod words;

pub use acts::{Act, Amount, Found};
pub use context::{Brand, Context, Draft, Thread};
pub use finding::{Finding, Rule, Severity};
pub use pass::{Override, PassRecord};
pub use risk::{Extra, Licence, Risk, RiskTable, risk};
pub(crate) use sign::join;
pub use sign::{By, Style, sign, signature, signing_adds};
pub use spelling::Dictionaries;
pub use voice::{Voice, Words};

use jackfield_protocol::Visibility;
use std::sync::Arc;
use text::Text;

/// A voice, ready to read drafts.
pub struct Gate {
    voice: Voice,
    forbidden: forbidden::Forbidden,
    acts: acts::Acts,
    dictionaries: Arc<Dictionaries>,
}

/// One reading of a draft with a voice that is used once.
pub fn gate(voice: &Voice, draft: &Draft, context: &Context) -> Vec<Finding> {
    Gate::new(voice.clone(), Arc::default()).check(draft, context)
}

impl Gate {
    /// Makes a voice ready. Takes milliseconds for a long list; a reading takes microseconds.
    pub fn new(voice: Voice, dictionaries: Arc<Dictionaries>) -> Self {
        Self {
            forbidden: forbidden::Forbidden::of(&voice),
            acts: acts::Acts::of(&voice),
            voice,
            dictionaries,
        }
    }

    /// The policy.
    pub fn voice(&self) -> &Voice {
        &self.voice
    }

    /// Everything that is to be said about a draft, in the order of the text.
    pub fn check(&self, draft: &Draft, context: &Context) -> Vec<Finding> {
        let text = Text::of(&draft.text);
        let voice = &self.voice;
        let guessed = language::of(&text);
        let (spoken, dictionary) = self.dictionary(&text, guessed, context);
        let known = |word: &str| {
            let dictionary = dictionary?;
            let letters = word.chars().all(char::is_alphabetic);
            Some(letters && (dictionary.check(word) || dictionary.check(&word.to_lowercase())))
        };
        let mut found = self.forbidden.find(&text, voice, &known);
        if let Some(dictionary) = dictionary {
            let meant = spelling::find(&text, voice, context, dictionary, spoken.starts_with("de"));
            // What is forbidden is no slip of the finger.
            let apart = |finding: &Finding| {
                !found
                    .iter()
                    .any(|other| finding.span.0 < other.span.1 && other.span.0 < finding.span.1)
            };
            let meant: Vec<Finding> = meant.into_iter().filter(apart).collect();
            found.extend(meant);
        }
        if draft.visibility != Visibility::Direct {
            found.extend(personal::find(&text, voice));
        }
        found.extend(acts::findings(&self.acts.find(&text), &text, voice));
        found.extend(place::account(&text, voice, context));
        found.extend(place::thread(&text, voice, context));
        found.extend(person::find(&text, voice, context));
        found.extend(language::find(&text, guessed, voice, context));
        found.extend(network::find(&text, draft, voice, context));
        found.extend(form::find(&text, draft, voice));
        found.sort_by(|a, b| (a.span, a.rule, &a.reason).cmp(&(b.span, b.rule, &b.reason)));
        found.dedup();
        found
    }

    /// The dictionary that knows most of the text: of its own language as guessed, of the person's, of the brand's. A
    /// guess on a short text is not to be trusted alone.
    fn dictionary(
        &self,
        text: &Text,
        guessed: Option<&str>,
        context: &Context,
    ) -> (String, Option<&spellbook::Dictionary>) {
        if self.dictionaries.languages().next().is_none() {
            return (String::new(), None);
        }
        let usual = self.voice.languages.first().cloned();
        let mut languages: Vec<String> = Vec::new();
        for language in [guessed.map(str::to_owned), language::expected(context), usual]
            .into_iter()
            .flatten()
        {
            let language = language.get(..2).unwrap_or(&language).to_owned();
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        let mut able: Vec<_> = languages
            .into_iter()
            .filter_map(|language| Some((self.dictionaries.of(&language)?, language)))
            .collect();
        if able.len() > 1 {
            // The first wins a tie.
            let knows = |dictionary: &spellbook::Dictionary| {
                text.prose()
                    .filter(|word| dictionary.check(&text.written(word)))
                    .count()
            };
            able.sort_by_cached_key(|(dictionary, _)| std::cmp::Reverse(knows(dictionary)));
        }
        able.into_iter()
            .next()
            .map_or((String::new(), None), |(dictionary, language)| {
                (language, Some(dictionary))
            })
    }

    /// What the text does, with the amounts it names: authority is asked about this.
    pub fn acts(&self, text: &str) -> Vec<Found> {
        self.acts.find(&Text::of(text))
    }
}
