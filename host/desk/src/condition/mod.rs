//! The one language in which a policy says "when": routing, targets, approval, authority and automation all use it.
//!
//! A condition is data. In a file it is nested tables, so that it can be drawn, compared and checked; there is no text
//! with a syntax of its own inside:
//!
//! ```toml
//! when = { all = [
//!     { network = ["mastodon", "matrix"] },
//!     { label = "complaint", margin = 0.2 },
//!     { not = { visibility = "direct" } },
//!     { reach = { at-least = 10000 } },
//!     { within = "weekdays" },
//! ] }
//! ```
//!
//! Several values mean "any of them"; several fields in one table mean "all of them"; an empty table always holds. What
//! is not known (the reach where the network tells none) makes its part not hold.
//!
//! It asks [`Facts`], which [`Facts::of`] makes of a conversation: nothing else in the desk looks at which network
//! something came from, so a rule that is written once works on all of them.
//!
//! - [`Condition::holds`]: the answer; [`Condition::explain`]: the answer in words, part by part.
//! - [`Condition::next_change`]: until when that answer stands if nothing happens, so that nobody has to ask again and again.
//! - [`Condition::check`]: what is wrong with it; [`Condition::words`]: what it asks, in words.

mod check;
mod explain;
mod facts;
mod file;
mod holds;
mod text;
mod words;

pub use explain::Why;
pub use facts::{Around, Facts, Kind, Stage, Told, Triage};
pub(crate) use file::OneOrMore;
pub use holds::{Local, NoTimes, Times};
pub use text::{Folded, Phrase};

use crate::policy::Span;
use jackfield_protocol::Millis;

/// Something that holds of a conversation at an instant, or does not.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Every part holds; with none, always.
    All(Vec<Condition>),
    /// Some part holds; with none, never.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// A field is one of these.
    Is(Field, Vec<String>),
    /// One of these fields is known.
    Known(Vec<Field>),
    /// Triage said one of these labels, surely enough.
    Label {
        /// The labels.
        labels: Vec<String>,
        /// How sure: the margin is above zero and not below this.
        margin: f32,
        /// Only this plugin's word counts; none for any plugin's.
        by: Option<String>,
    },
    /// One of these is in the text, as whole words.
    Text(Vec<Phrase>),
    /// A number lies within bounds.
    Count(Count, Bounds<i64>),
    /// A time that has passed lies within bounds.
    Passed(Passed, Bounds<Span>),
    /// The calendar of this name is open.
    Within(String),
    /// The local time of a calendar is from one time of day up to another; across midnight where the first is later.
    Hours {
        /// From this minute of the day.
        from: u16,
        /// Up to this minute of the day, itself outside.
        to: u16,
        /// Whose local time.
        calendar: String,
    },
    /// The local day of a calendar is one of these.
    Days {
        /// The days.
        days: Vec<Weekday>,
        /// Whose local time.
        calendar: String,
    },
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $case:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$of])* $case,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$case,)*];

            /// As a file says it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }

            /// The one of this word.
            pub fn read(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|case| case.as_str() == word)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let word = String::deserialize(from)?;
                Self::read(&word).ok_or_else(|| {
                    let all: Vec<_> = Self::ALL.iter().map(|case| case.as_str()).collect();
                    serde::de::Error::custom(format!("{word:?} is none of {}", all.join(", ")))
                })
            }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// What has one value, or several, out of words.
    Field {
        /// Whose conversation it is.
        Brand = "brand",
        /// The network's name: `mastodon`.
        Network = "network",
        /// What sort of network: [`Kind`].
        Kind = "kind",
        /// Who can read the newest message that waits.
        Visibility = "visibility",
        /// Its language, as the network says: `en` is met by `en-GB`.
        Language = "language",
        /// The handle of who wrote it, without `@`, in any case.
        Author = "author",
        /// What is known of that person: `journalist`.
        Audience = "audience",
        /// What came of triage: [`Triage`].
        Triage = "triage",
        /// Where the work stands: [`Stage`].
        Stage = "stage",
        /// Who has it.
        Owner = "owner",
        /// Where it waits.
        Queue = "queue",
        /// Who answers for it.
        Tier = "tier",
        /// What somebody marked it with.
        Tag = "tag",
    }
}

vocabulary! {
    /// What is counted.
    Count {
        /// People who would see a public post of the author's.
        Reach = "reach",
        /// Replies of ours that the network has.
        Replies = "replies",
        /// The sum of reasons for which it is urgent.
        Priority = "priority",
    }
}

vocabulary! {
    /// What takes time.
    Passed {
        /// Since the oldest message that waits for an answer.
        Waited = "waited",
        /// Since anything happened.
        Silent = "silent",
        /// Since the first message.
        Age = "age",
    }
}

vocabulary! {
    /// A day of the week.
    Weekday {
        /// Monday.
        Mon = "mon",
        /// Tuesday.
        Tue = "tue",
        /// Wednesday.
        Wed = "wed",
        /// Thursday.
        Thu = "thu",
        /// Friday.
        Fri = "fri",
        /// Saturday.
        Sat = "sat",
        /// Sunday.
        Sun = "sun",
    }
}

/// From one value up to another, either of which may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds<T> {
    /// This much or more.
    pub at_least: Option<T>,
    /// Less than this.
    pub below: Option<T>,
}

impl<T: PartialOrd + Copy> Bounds<T> {
    /// Whether the value lies within.
    pub fn hold(&self, value: T) -> bool {
        self.at_least.is_none_or(|least| value >= least) && self.below.is_none_or(|below| value < below)
    }
}

impl Default for Condition {
    /// It always holds.
    fn default() -> Self {
        Self::always()
    }
}

impl Condition {
    /// What always holds: a policy without a "when".
    pub fn always() -> Self {
        Self::All(Vec::new())
    }

    /// Whether it asks nothing.
    pub fn is_always(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }
}

/// The value of `Author` and `Language` in the form in which they are compared.
pub(crate) fn plain(field: Field, value: &str) -> String {
    match field {
        Field::Author => value.trim().trim_start_matches('@').to_lowercase(),
        Field::Language => value.trim().replace('_', "-").to_lowercase(),
        _ => value.to_owned(),
    }
}

/// An instant some way after another one.
pub(crate) fn later(at: Millis, span: Span) -> Millis {
    at.saturating_add(span.0)
}
