//! The policies of the simulated house, as they would stand in files, and its people.

use super::random::Random;
use super::time::Zone;
use jackfield_desk::floor::Agent;
use jackfield_desk::policy::House;
use std::collections::BTreeSet;

/// Two brands of one house, and one whose care is outsourced to it.
pub(crate) const BRANDS: [&str; 3] = ["north", "south", "arcade"];
pub(crate) const NETWORKS: [&str; 5] = ["mastodon", "mail", "matrix", "discourse", "sms"];
pub(crate) const LANGUAGES: [&str; 4] = ["en", "de", "fr", "nl"];

/// No rule of these asks which network it is.
const POLICY: &str = r#"{
  "queues": [
    { "name": "pr", "when": { "tier": "pr" }, "needs": { "product:press": 1 }, "licence": 2,
      "priority": [{ "points": 100, "words": "before everybody" }], "accept-within": "2min", "wrap-up": "1min" },
    { "name": "specialist", "when": { "tier": "specialist" }, "needs": { "product:repair": 2 }, "language": 1, "licence": 1,
      "priority": [{ "points": 40, "words": "was escalated" }],
      "relax": [{ "after": "2h", "skill": "product:repair", "to": 1 }, { "after": "6h", "skill": "language", "to": 0 }],
      "keep-for-last": "15min", "wrap-up": "1min" },
    { "name": "complaints", "when": { "label": "complaint", "margin": 0.2 }, "needs": { "product:billing": 1 },
      "language": 2, "licence": 1,
      "priority": [{ "points": 30, "words": "a complaint" }, { "after": "30min", "points": 20, "words": "waits for half an hour" }],
      "relax": [{ "after": "20min", "skill": "language", "to": 1 }, { "after": "2h", "skill": "product:billing", "to": 0 }],
      "keep-for-last": "10min", "wrap-up": "30s" },
    { "name": "care", "language": 1, "licence": 1, "weights": { "chat": 2, "sms": 1 },
      "priority": [
        { "when": { "visibility": "public" }, "points": 10, "words": "everybody can read it" },
        { "when": { "reach": { "at-least": 10000 } }, "points": 25, "words": "many read it" },
        { "when": { "kind": "chat" }, "points": 15, "words": "somebody sits there and waits" },
        { "after": "1h", "points": 20, "words": "waits for an hour" }],
      "relax": [{ "after": "1h" }, { "after": "3h", "skill": "language", "to": 0 }],
      "keep-for-last": "5min", "accept-within": "45s", "spare-for": "5min", "wrap-up": "20s" }
  ],
  "ladder": {
    "tiers": [
      { "name": "community", "within": "4h" },
      { "name": "super-user", "within": "4h" },
      { "name": "agent", "within": "8h" },
      { "name": "specialist", "within": "10h", "calendar": "office" },
      { "name": "pr" }],
    "starts": [
      { "when": { "kind": "forum" }, "tier": "community" },
      { "when": { "reach": { "at-least": 1000000 } }, "tier": "pr" },
      { "tier": "agent" }]
  },
  "overspill": [
    { "name": "nights-and-complaints", "brand": "arcade",
      "when": { "any": [{ "label": "complaint", "margin": 0.2 }, { "not": { "within": "office" } }] },
      "taken-by": "nightcall", "owed-to": "arcade-care",
      "acknowledge-within": "1h", "escalate-within": "90min", "follow-up-within": "20h", "calendar": "office",
      "waivers": ["chief"] }
  ]
}"#;

pub(crate) fn house() -> House {
    serde_json::from_str(POLICY).unwrap()
}

pub(crate) struct Person {
    pub(crate) agent: Agent,
    pub(crate) zone: Zone,
    /// The hour on their wall at which they begin, for eight hours.
    pub(crate) begins: i64,
    /// The first of two days off a week.
    pub(crate) off: i64,
}

/// So many agents: most of them generalists of one or two languages, some specialists, a few who speak to the press.
pub(crate) fn people(count: usize, random: &mut Random) -> Vec<Person> {
    let person = |n: usize| {
        let mut skills = std::collections::BTreeMap::new();
        let mut can = |skill: &str, level: i64| {
            skills.insert(skill.to_owned().try_into().unwrap(), level as u8);
        };
        can("language:en", random.within(1, 4));
        can(&format!("language:{}", LANGUAGES[1 + n % 3]), random.within(1, 4));
        for kind in ["social", "mail", "chat", "forum", "sms"] {
            if random.percent(75) {
                can(&format!("licence:{kind}"), random.within(1, 4));
            }
        }
        if random.percent(50) {
            can("product:billing", random.within(1, 4));
        }
        if random.percent(30) {
            can("product:repair", random.within(1, 4));
        }
        let press = n % 12 == 5;
        if press {
            can("product:press", 1);
            can("licence:social", 3);
        }
        let brands: BTreeSet<_> = match n % 4 {
            0 => [BRANDS[0].into(), BRANDS[1].into()].into(),
            1 => [BRANDS[1].into()].into(),
            2 => [BRANDS[2].into()].into(),
            _ => [BRANDS[0].into()].into(),
        };
        Person {
            agent: Agent {
                id: format!("a{n:03}").as_str().into(),
                brands,
                skills,
                capacity: random.within(3, 7) as u32,
                only: if n % 24 == 5 {
                    ["pr".to_owned()].into()
                } else {
                    BTreeSet::new()
                },
            },
            zone: random.pick(&[Zone::Berlin, Zone::Berlin, Zone::NewYork, Zone::Manila]),
            begins: random.pick(&[6, 8, 8, 9, 10, 14, 22]),
            off: random.within(0, 7),
        }
    };
    (0..count).map(person).collect()
}
