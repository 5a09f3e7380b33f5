//! Why a condition held, or which part did not.

use super::words::{measure, or, subject, time, within};
use super::{Condition, Facts, Times};
use crate::policy::Span;

/// The answer of a condition with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// As [`Condition::holds`] says.
    pub holds: bool,
    /// Where it holds, what made it hold; where not, each part that stood in the way.
    pub because: Vec<String>,
}

impl Condition {
    /// The answer, with the parts that decided it and what was found.
    pub fn explain(&self, facts: &Facts, times: &dyn Times) -> Why {
        let each = |parts: &[Self], wanted: bool, nothing: &str| {
            let all: Vec<_> = parts.iter().map(|part| part.explain(facts, times)).collect();
            // All fail by any that fails, any hold by any that holds: those decided it. Else every one did.
            let decided = all.iter().any(|why| why.holds == wanted);
            let holds = decided == wanted;
            let because: Vec<_> = all
                .into_iter()
                .filter(|why| why.holds == holds)
                .flat_map(|why| why.because)
                .collect();
            let because = if parts.is_empty() {
                vec![nothing.to_owned()]
            } else {
                because
            };
            Why { holds, because }
        };
        match self {
            Self::All(parts) => each(parts, false, "nothing is asked"),
            Self::Any(parts) => each(parts, true, "none of nothing holds"),
            Self::Not(part) => {
                let why = part.explain(facts, times);
                Why {
                    holds: !why.holds,
                    because: why.because,
                }
            }
            _ => {
                let holds = self.holds(facts, times);
                Why {
                    holds,
                    because: vec![self.found(holds, facts, times)],
                }
            }
        }
    }

    /// What was found about one part.
    fn found(&self, holds: bool, facts: &Facts, times: &dyn Times) -> String {
        let asked = |found: String, asked: String| if holds { found } else { format!("{found}, not {asked}") };
        match self {
            Self::Is(field, values) => {
                let found = facts.values(*field);
                let met: Vec<_> = values.iter().filter(|value| facts.is(*field, value)).collect();
                match (met.as_slice(), found.as_slice()) {
                    ([], []) => format!("{} is not known; {} is asked for", subject(*field), or(values)),
                    ([], found) => format!("{} is {}, not {}", subject(*field), found.join(", "), or(values)),
                    (_, _) => format!("{} is {}", subject(*field), found.join(", ")),
                }
            }
            Self::Label { labels, margin, by } => match (holds, facts.surest(labels, by.as_deref())) {
                (true, Some(found)) => format!("it is labelled {} with a margin of {found}", or(labels)),
                (_, Some(found)) => {
                    format!(
                        "it is labelled {} with a margin of {found}; {margin} is asked for",
                        or(labels)
                    )
                }
                (_, None) => format!("it is not labelled {}", or(labels)),
            },
            Self::Text(phrases) => {
                let found: Vec<_> = phrases.iter().filter(|phrase| facts.text.has(phrase)).collect();
                let quoted: Vec<_> = found.iter().map(|phrase| format!("{:?}", phrase.as_str())).collect();
                if holds {
                    format!("the text has {}", quoted.join(", "))
                } else {
                    self.part(true)
                }
            }
            Self::Count(count, bounds) => match facts.count(*count) {
                Some(found) => asked(format!("{} is {found}", measure(*count)), within(bounds)),
                None => format!("{} is not known", measure(*count)),
            },
            Self::Passed(passed, bounds) => match facts.since(*passed) {
                Some(since) => {
                    let found = Span(facts.now.saturating_sub(since));
                    asked(format!("{} is {found}", time(*passed)), within(bounds))
                }
                None => format!("{} does not run", time(*passed)),
            },
            Self::Within(calendar) if times.open(calendar, facts.now).is_none() => no_calendar(calendar),
            Self::Hours { calendar, .. } | Self::Days { calendar, .. }
                if times.local(calendar, facts.now).is_none() =>
            {
                no_calendar(calendar)
            }
            _ => self.part(!holds),
        }
    }
}

fn no_calendar(name: &str) -> String {
    format!("there is no calendar {name}")
}
