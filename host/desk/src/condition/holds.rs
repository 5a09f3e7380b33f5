//! The answer, and until when it stands.

use super::{Condition, Count, Facts, Field, Passed, Phrase, Weekday, later, plain};
use jackfield_protocol::Millis;

/// A time of the week on somebody's wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// The day.
    pub day: Weekday,
    /// The minute of the day, 0 to 1439.
    pub minute: u16,
    /// The milliseconds of that minute that are over.
    pub into: Millis,
}

/// What the desk asks of calendars. A name that no calendar has is answered with none.
pub trait Times {
    /// Whether the calendar is open at an instant.
    fn open(&self, calendar: &str, at: Millis) -> Option<bool>;
    /// The first instant after this one at which it opens or closes; none where it never does.
    fn next_change(&self, calendar: &str, at: Millis) -> Option<Millis>;
    /// The time on its wall.
    fn local(&self, calendar: &str, at: Millis) -> Option<Local>;
    /// The first instant after this one at which its wall clock jumps; none where it never does.
    fn next_shift(&self, calendar: &str, at: Millis) -> Option<Millis>;
    /// The instant at which it has been open for this long since `from`; none, too, where it never opens so long again.
    fn after(&self, calendar: &str, from: Millis, span: Millis) -> Option<Millis>;
}

/// No calendars at all.
#[derive(Debug, Clone, Copy)]
pub struct NoTimes;

impl Times for NoTimes {
    fn open(&self, _: &str, _: Millis) -> Option<bool> {
        None
    }
    fn next_change(&self, _: &str, _: Millis) -> Option<Millis> {
        None
    }
    fn local(&self, _: &str, _: Millis) -> Option<Local> {
        None
    }
    fn next_shift(&self, _: &str, _: Millis) -> Option<Millis> {
        None
    }
    fn after(&self, _: &str, _: Millis, _: Millis) -> Option<Millis> {
        None
    }
}

impl Condition {
    /// Whether it holds.
    pub fn holds(&self, facts: &Facts, times: &dyn Times) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(facts, times)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts, times)),
            Self::Not(part) => !part.holds(facts, times),
            Self::Is(field, values) => values.iter().any(|value| facts.is(*field, value)),
            Self::Known(fields) => fields.iter().any(|field| facts.knows(*field)),
            Self::Label { labels, margin, by } => facts.surest(labels, by.as_deref()).is_some_and(|m| m >= *margin),
            Self::Text(phrases) => phrases.iter().any(|phrase: &Phrase| facts.text.has(phrase)),
            Self::Count(count, bounds) => facts.count(*count).is_some_and(|value| bounds.hold(value)),
            Self::Passed(passed, bounds) => {
                let since = facts.since(*passed);
                since.is_some_and(|since| {
                    // As instants and not as lengths: what is added never overflows in the same way as `next_change`.
                    bounds.at_least.is_none_or(|least| facts.now >= later(since, least))
                        && bounds.below.is_none_or(|below| facts.now < later(since, below))
                })
            }
            Self::Within(calendar) => times.open(calendar, facts.now).unwrap_or(false),
            Self::Hours { from, to, calendar } => {
                let local = times.local(calendar, facts.now);
                local.is_some_and(|local| in_hours(local.minute, *from, *to))
            }
            Self::Days { days, calendar } => {
                let local = times.local(calendar, facts.now);
                local.is_some_and(|local| days.contains(&local.day))
            }
        }
    }

    /// The first instant after now at which the answer may become another, if nothing happens; none where it never
    /// will. It may be too early, which costs one question, and is never too late.
    pub fn next_change(&self, facts: &Facts, times: &dyn Times) -> Option<Millis> {
        let earliest = |all: &mut dyn Iterator<Item = Option<Millis>>| all.flatten().filter(|at| *at > facts.now).min();
        match self {
            Self::All(parts) | Self::Any(parts) => {
                earliest(&mut parts.iter().map(|part| part.next_change(facts, times)))
            }
            Self::Not(part) => part.next_change(facts, times),
            Self::Is(..) | Self::Known(_) | Self::Label { .. } | Self::Text(_) | Self::Count(..) => None,
            Self::Passed(passed, bounds) => {
                let since = facts.since(*passed)?;
                let edges = [bounds.at_least, bounds.below];
                earliest(&mut edges.into_iter().map(|edge| Some(later(since, edge?))))
            }
            Self::Within(calendar) => times.next_change(calendar, facts.now),
            Self::Hours { from, to, calendar } => next_on_the_wall(&[*from, *to], calendar, facts.now, times),
            Self::Days { calendar, .. } => next_on_the_wall(&[0], calendar, facts.now, times),
        }
    }
}

/// From `from` up to `to`, across midnight where that is later; the same twice is the whole day.
pub(super) fn in_hours(minute: u16, from: u16, to: u16) -> bool {
    if from < to {
        (from..to).contains(&minute)
    } else {
        minute >= from || minute < to
    }
}

/// The next time one of these minutes is on the wall, or the wall clock jumps, which comes first.
fn next_on_the_wall(minutes: &[u16], calendar: &str, now: Millis, times: &dyn Times) -> Option<Millis> {
    let local = times.local(calendar, now)?;
    let until = |minute: &u16| {
        let ahead = i64::from(*minute) - i64::from(local.minute);
        let ahead = if ahead > 0 { ahead } else { ahead + 24 * 60 };
        now.saturating_add(ahead * 60_000).saturating_sub(local.into)
    };
    let shift = times.next_shift(calendar, now);
    minutes.iter().map(until).chain(shift).filter(|at| *at > now).min()
}

impl Facts {
    /// Whether a field has this value.
    pub fn is(&self, field: Field, value: &str) -> bool {
        match field {
            Field::Author => self.author.as_deref() == Some(plain(field, value).as_str()),
            Field::Language => {
                let (wanted, found) = (plain(field, value), self.language.as_deref().unwrap_or_default());
                let rest = found.strip_prefix(wanted.as_str());
                !wanted.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            }
            Field::Tag => self.tags.contains(value),
            Field::Audience => self.audience.contains(value),
            _ => self.values(field).first() == Some(&value),
        }
    }

    /// What a field has.
    pub fn values(&self, field: Field) -> Vec<&str> {
        let one = match field {
            Field::Brand => Some(self.brand.as_str()),
            Field::Network => Some(self.network.as_str()),
            Field::Kind => Some(self.kind.as_str()),
            Field::Visibility => self.visibility.as_deref(),
            Field::Language => self.language.as_deref(),
            Field::Author => self.author.as_deref(),
            Field::Triage => Some(self.triage.as_str()),
            Field::Stage => Some(self.stage.as_str()),
            Field::Owner => self.owner.as_deref(),
            Field::Queue => self.queue.as_deref(),
            Field::Tier => self.tier.as_deref(),
            Field::Tag => return self.tags.iter().map(String::as_str).collect(),
            Field::Audience => return self.audience.iter().map(String::as_str).collect(),
        };
        one.into_iter().collect()
    }

    /// Whether a field has anything.
    pub fn knows(&self, field: Field) -> bool {
        self.values(field).iter().any(|value| !value.is_empty())
    }

    /// The greatest margin of any of these labels; none where nobody said one of them at all, or only against it.
    pub fn surest(&self, labels: &[String], by: Option<&str>) -> Option<f32> {
        let told = self.told.iter().filter(|told| by.is_none_or(|by| told.by == by));
        let margins = told
            .filter(|told| told.margin > 0.0 && labels.contains(&told.label))
            .map(|told| told.margin);
        margins.max_by(f32::total_cmp)
    }

    /// A number; none where it is not known.
    pub fn count(&self, count: Count) -> Option<i64> {
        let small = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        match count {
            Count::Reach => self.reach.map(small),
            Count::Replies => Some(small(self.replies)),
            Count::Priority => Some(self.priority),
        }
    }

    /// From when a time is counted; none where it is not running.
    pub fn since(&self, passed: Passed) -> Option<Millis> {
        match passed {
            Passed::Waited => self.waiting_since,
            Passed::Silent => self.last_at,
            Passed::Age => self.first_at,
        }
    }
}
