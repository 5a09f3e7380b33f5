//! What a condition asks, as a person says it.

use super::file::clock;
use super::{Bounds, Condition, Count, Field, Passed};
use std::fmt::Display;

impl Condition {
    /// What it asks: "the network is mastodon or matrix, and it is labelled complaint".
    pub fn words(&self) -> String {
        match self {
            Self::All(parts) if parts.is_empty() => "always".to_owned(),
            Self::Any(parts) if parts.is_empty() => "never".to_owned(),
            Self::All(parts) => join(parts, ", and "),
            Self::Any(parts) => join(parts, ", or "),
            Self::Not(part) => part.denied(),
            _ => self.part(false),
        }
    }

    fn denied(&self) -> String {
        match self {
            Self::All(parts) if parts.is_empty() => "never".to_owned(),
            Self::Any(parts) if parts.is_empty() => "always".to_owned(),
            Self::All(_) | Self::Any(_) => format!("it is not so that ({})", self.words()),
            Self::Not(part) => part.words(),
            _ => self.part(true),
        }
    }

    /// One part, said or denied.
    pub(super) fn part(&self, denied: bool) -> String {
        let is = if denied { "is not" } else { "is" };
        match self {
            Self::Is(field, values) => format!("{} {is} {}", subject(*field), or(values)),
            Self::Known(fields) => {
                let fields: Vec<_> = fields.iter().map(|field| subject(*field)).collect();
                format!("{} {is} known", or(&fields))
            }
            Self::Label { labels, margin, by } => {
                let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
                let sure = if *margin > 0.0 {
                    format!(" with a margin of {margin} or more")
                } else {
                    String::new()
                };
                format!("it {is} labelled {}{by}{sure}", or(labels))
            }
            Self::Text(phrases) => {
                let quoted: Vec<_> = phrases.iter().map(|phrase| format!("{:?}", phrase.as_str())).collect();
                format!(
                    "the text {} {}",
                    if denied { "does not have" } else { "has" },
                    or(&quoted)
                )
            }
            Self::Count(count, bounds) => format!("{} {is} {}", measure(*count), within(bounds)),
            Self::Passed(passed, bounds) => format!("{} {is} {}", time(*passed), within(bounds)),
            Self::Within(calendar) => format!("{calendar} {is} open"),
            Self::Hours { from, to, calendar } => {
                format!("the time of {calendar} {is} from {} to {}", clock(*from), clock(*to))
            }
            Self::Days { days, calendar } => {
                let days: Vec<_> = days.iter().map(|day| day.as_str()).collect();
                format!("the day of {calendar} {is} {}", or(&days))
            }
            Self::All(_) | Self::Any(_) | Self::Not(_) => self.words(),
        }
    }
}

fn join(parts: &[Condition], with: &str) -> String {
    let said = |part: &Condition| match part {
        Condition::All(inner) | Condition::Any(inner) if inner.len() > 1 && parts.len() > 1 => {
            format!("({})", part.words())
        }
        _ => part.words(),
    };
    parts.iter().map(said).collect::<Vec<_>>().join(with)
}

/// `a, b or c`.
pub(super) fn or<T: AsRef<str>>(values: &[T]) -> String {
    match values {
        [] => "nothing".to_owned(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<_> = most.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", most.join(", "), last.as_ref())
        }
    }
}

pub(super) fn within<T: Display>(bounds: &Bounds<T>) -> String {
    match (&bounds.at_least, &bounds.below) {
        (Some(least), Some(below)) => format!("at least {least} and below {below}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(below)) => format!("below {below}"),
        (None, None) => "anything".to_owned(),
    }
}

pub(super) fn subject(field: Field) -> &'static str {
    match field {
        Field::Brand => "the brand",
        Field::Network => "the network",
        Field::Kind => "the kind of channel",
        Field::Visibility => "the visibility",
        Field::Language => "the language",
        Field::Author => "the author",
        Field::Audience => "the audience",
        Field::Triage => "triage",
        Field::Stage => "the stage",
        Field::Owner => "the owner",
        Field::Queue => "the queue",
        Field::Tier => "the tier",
        Field::Tag => "a tag",
    }
}

pub(super) fn measure(count: Count) -> &'static str {
    match count {
        Count::Reach => "the author's reach",
        Count::Replies => "the number of our replies",
        Count::Priority => "the priority",
    }
}

pub(super) fn time(passed: Passed) -> &'static str {
    match passed {
        Passed::Waited => "the person's wait",
        Passed::Silent => "the silence",
        Passed::Age => "the age of the conversation",
    }
}
