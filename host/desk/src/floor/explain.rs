//! Why an item waits: what stands between it and an agent, and when something of that gives way.

use super::fit::{qualifies, spared};
use super::item::{Item, Relaxed};
use super::people::Seat;
use super::state::{Entry, Floor, Whereabouts};
use jackfield_protocol::{ConversationId, Millis};

impl Floor {
    /// Why an item waits, in words; nothing where it does not wait.
    pub fn why_waits(&self, item: &ConversationId, now: Millis) -> Vec<String> {
        let Some(entry) = self.items.get(item).filter(|entry| entry.place == Whereabouts::Waiting) else {
            return Vec::new();
        };
        let mut words = vec![self.hindrance(entry, now)];
        words.extend(gives_way(&entry.item, now));
        words
    }

    fn hindrance(&self, entry: &Entry, now: Millis) -> String {
        let shape = entry.item.shape_at(now);
        if let Some(last) = self.kept_for(entry, &shape, now)
            && let Some(until) = entry.item.kept_until()
        {
            let left = span_in_words(until.saturating_sub(now));
            return format!("it is kept for {last}, who had it last and has no room, for {left} more");
        }
        let ours: Vec<&Seat> = self
            .seats
            .values()
            .filter(|s| s.agent.brands.contains(&shape.brand))
            .collect();
        if ours.is_empty() {
            return format!("nobody works for {}", shape.brand);
        }
        let qualified: Vec<&Seat> = ours.iter().copied().filter(|s| qualifies(&shape, &s.agent)).collect();
        if qualified.is_empty() {
            return lacking(&ours, &shape.needs, "works for this brand");
        }
        let present = present(&qualified, now);
        if present.is_empty() {
            return match self::present(&ours, now).as_slice() {
                [] => "nobody of this brand is present".to_owned(),
                some => lacking(some, &shape.needs, "is present"),
            };
        }
        let all = present.len();
        let full = present.iter().filter(|s| s.room() < shape.weight).count();
        let paused = present.iter().filter(|s| s.busy_with(now).is_some()).count();
        let passed = present.iter().filter(|s| spared(entry, &s.agent.id, now)).count();
        format!(
            "{all} who could take it {}: {full} without {} {} of room, {paused} paused or wrapping up, {passed} let it pass; the first who is free gets it",
            if all == 1 { "is present" } else { "are present" },
            shape.weight,
            if shape.weight == 1 { "unit" } else { "units" },
        )
    }
}

fn present<'a>(seats: &[&'a Seat], now: Millis) -> Vec<&'a Seat> {
    let there = seats.iter().filter(|seat| seat.busy_with(now) != Some("away"));
    there.copied().collect()
}

/// The first need that nobody of these meets; else that nobody meets all.
fn lacking(seats: &[&Seat], needs: &super::Needs, where_they_are: &str) -> String {
    let unmet = needs
        .iter()
        .find(|(skill, level)| seats.iter().all(|s| s.agent.level(skill) < **level));
    match unmet {
        Some((skill, level)) => format!("nobody who {} at {level} or better {where_they_are}", skill.doing()),
        None if needs.is_empty() => format!("everybody who {where_they_are} is reserved for other queues"),
        None => format!("nobody with all that it needs together {where_they_are}"),
    }
}

/// What is given up next, and when.
fn gives_way(item: &Item, now: Millis) -> Option<String> {
    let coming = item.relaxations.iter().filter_map(|relaxation| {
        let left = item.since.saturating_add(relaxation.after).saturating_sub(now);
        (left > 0).then_some((left, &relaxation.what))
    });
    let (left, what) = coming.min_by_key(|(left, _)| *left)?;
    let left = span_in_words(left);
    Some(match what {
        Relaxed::Level { skill, to: 0 } if !matches!(skill, super::Skill::Licence(_)) => {
            format!("in {left} {skill} is no longer asked for")
        }
        Relaxed::Level { skill, to } => format!("in {left} {skill} relaxes to level {}", (*to).max(1)),
        Relaxed::Reserved => format!("in {left} agents reserved for other queues may take it"),
    })
}

/// A span as people say it: the two greatest units that count.
pub(crate) fn span_in_words(ms: Millis) -> String {
    let seconds = ms.max(0) / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes, seconds % 60) {
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, 0) => format!("{m} min"),
        (0, 0, m, s) => format!("{m} min {s} s"),
        (0, h, 0, _) => format!("{h} h"),
        (0, h, m, _) => format!("{h} h {m} min"),
        (1, 0, _, _) => "1 day".to_owned(),
        (d, 0, _, _) => format!("{d} days"),
        (1, h, _, _) => format!("1 day {h} h"),
        (d, h, _, _) => format!("{d} days {h} h"),
    }
}
