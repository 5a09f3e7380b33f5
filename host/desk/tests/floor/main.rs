//! Matching: what every step promises, for any history of small floors, and the rules one by one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod promises;
mod rules;

use jackfield_desk::floor::{Agent, Item, Reason, Skill, Terms};
use jackfield_protocol::Millis;

pub(crate) const MIN: Millis = 60_000;

/// `language:de 2, licence:mail 1`
pub(crate) fn skills(text: &str) -> std::collections::BTreeMap<Skill, u8> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (skill, level) = part.split_once(' ').unwrap();
            (Skill::try_from(skill.to_owned()).unwrap(), level.parse().unwrap())
        })
        .collect()
}

pub(crate) fn agent(id: &str, has: &str, capacity: u32) -> Agent {
    Agent {
        id: id.into(),
        brands: ["north".into()].into(),
        skills: skills(has),
        capacity,
        only: Default::default(),
    }
}

pub(crate) fn item(id: &str, needs: &str, points: i32, since: Millis) -> Item {
    Item {
        id: id.into(),
        brand: "north".into(),
        queue: "care".to_owned(),
        needs: skills(needs),
        weight: 1,
        reasons: vec![Reason {
            points,
            words: "as planted".to_owned(),
        }],
        raises: Vec::new(),
        relaxations: Vec::new(),
        since,
        last: None,
        terms: Terms::default(),
    }
}
