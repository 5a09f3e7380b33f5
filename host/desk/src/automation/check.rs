//! What is wrong with a rule.

use super::{Action, Assign, On, Rule, Slot, overlaps};
use crate::condition::Condition;
use crate::policy::{Faults, House, Name};
use std::collections::BTreeMap;

/// As long as a note by hand may be.
const NOTE_MAX: usize = 10_000;
/// Beyond this a priority says nothing that a person could weigh.
const POINTS_MAX: i64 = 1_000;

/// Everything that is wrong with rules, each by itself and with one another.
pub fn check(rules: &BTreeMap<String, Rule>, house: &House, at: &str, faults: &mut Faults) {
    for (name, rule) in rules {
        let at = format!("{at}.{name}");
        faults.name(&at, name);
        rule.check(house, &at, faults);
    }
    for overlap in overlaps(rules).iter().filter(|overlap| overlap.undecided) {
        let what = format!(
            "{} and {} set the {} differently of the same conversations, and only their names say which goes first",
            overlap.first,
            overlap.second,
            overlap.slot.as_str()
        );
        let repair = "give one of them another `priority`, or conditions that do not meet";
        faults.add(format!("{at}.{}.priority", overlap.second), what, repair);
    }
}

impl Rule {
    /// Everything that is wrong with it.
    pub fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        if self.on.is_empty() {
            faults.add(
                format!("{at}.on"),
                "no event is named: the rule never looks",
                "write on = \"message\"",
            );
        }
        if self.acts.is_empty() {
            faults.add(
                format!("{at}.do"),
                "the rule does nothing",
                "write do = [{ tag = \"...\" }], or take the rule out",
            );
        }
        self.when.check(house, &format!("{at}.when"), faults);
        if self.on.contains(&On::TimePassed) && !tells_time(&self.when) {
            let what = "no passing of time makes this condition hold";
            let repair = "add waited, silent, age, within, hours or days to it, or take time-passed out of `on`";
            faults.add(format!("{at}.when"), what, repair);
        }
        let mut set: BTreeMap<Slot, usize> = BTreeMap::new();
        for (index, action) in self.acts.iter().enumerate() {
            let at = format!("{at}.do[{index}]");
            action.check(house, &at, faults);
            if let Some(slot) = action.slot()
                && let Some(before) = set.insert(slot, index)
            {
                let what = format!("do[{before}] of the same rule sets the {} already", slot.as_str());
                faults.add(at, what, "take one of the two out");
            }
        }
    }
}

impl Action {
    fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        let mut text = |field: &str, text: &str, most: usize| {
            let at = format!("{at}.{field}");
            let length = text.chars().count();
            if text.trim().is_empty() {
                faults.add(at, "nothing is there", "write a text, or take the action out");
            } else if length > most {
                faults.add(
                    at,
                    format!("{length} characters are too many"),
                    format!("write at most {most}"),
                );
            } else if text.contains(char::is_control) && field != "note" {
                faults.add(at, "a control character is in it", "write it in one line");
            }
        };
        match self {
            Self::Tag(tag) => text("tag", tag, 64),
            Self::Untag(tag) => text("untag", tag, 64),
            Self::Note(note) => text("note", note, NOTE_MAX),
            Self::Notify(who) => text("notify", who, 128),
            Self::Assign(Assign::Agent { agent }) => text("assign.agent", agent, 128),
            Self::Queue(queue) => house.check_name(Name::Queue, queue, &format!("{at}.queue"), faults),
            Self::Escalate(tier) => house.check_name(Name::Tier, tier, &format!("{at}.escalate"), faults),
            Self::Draft(canned) => house.check_name(Name::Canned, canned, &format!("{at}.draft"), faults),
            Self::Assign(Assign::Skill { skill, level }) => {
                house.check_name(Name::Skill, skill, &format!("{at}.assign.skill"), faults);
                if *level == 0 {
                    faults.add(
                        format!("{at}.assign.level"),
                        "level 0 asks for nothing",
                        "write 1 or more",
                    );
                }
            }
            Self::Priority(points) if *points == 0 || points.abs() > POINTS_MAX => {
                let what = format!("{points} points say nothing");
                let repair = format!("write -{POINTS_MAX} to {POINTS_MAX}, and not 0");
                faults.add(format!("{at}.priority"), what, repair);
            }
            Self::Snooze(span) if span.0 <= 0 => {
                faults.add(
                    format!("{at}.snooze"),
                    "no time is put away",
                    "write a length such as 2h",
                );
            }
            Self::Priority(_) | Self::Snooze(_) | Self::CloseAsNoise => {}
        }
    }
}

/// Whether time alone can change its answer.
fn tells_time(when: &Condition) -> bool {
    match when {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(tells_time),
        Condition::Not(part) => tells_time(part),
        Condition::Passed(..) | Condition::Within(_) | Condition::Hours { .. } | Condition::Days { .. } => true,
        _ => false,
    }
}
