//! A month of traffic of two brands, drawn from a seed: a brand in Berlin and one in New York, both of whose clocks change
//! in it, five channels, teams, noise, silence, machines that acknowledge, people who thank in every way, come back on
//! another channel, take posts away and edit them, replies that are retracted, conversations that are reopened.

use jackfield_desk::calendar::Written;
use jackfield_desk::policy::Faults;
use jackfield_insight::draw::Draw;
use jackfield_insight::measure::{Fact, House, Thanks, What};
use jackfield_protocol::{BrandId, ConversationId};

/// 2026-03-01T00:00Z; New York's clocks change on the 8th, Berlin's on the 29th.
pub(crate) const FROM: i64 = 1_772_323_200_000;
/// 2026-04-03T00:00Z: a week after some resolutions and not after others.
pub(crate) const UNTIL: i64 = FROM + 33 * DAY;
const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// Brand, zone, days and their hours, holidays.
pub(crate) type Hours = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

/// Hours of both brands; nights and a holiday in Berlin.
pub(crate) const HOURS: [Hours; 2] = [
    (
        "krone",
        "Europe/Berlin",
        &[("mon-fri", "08:00-18:00"), ("sat", "22:00-04:00")],
        &["2026-03-19"],
    ),
    ("eagle", "America/New_York", &[("mon-sun", "07:00-23:00")], &[]),
];

pub(crate) fn house() -> House {
    let mut faults = Faults::default();
    let one = |(brand, zone, week, holidays): Hours| {
        let written = Written {
            zone: zone.to_owned(),
            week: week
                .iter()
                .map(|(days, hours)| ((*days).to_owned(), vec![(*hours).to_owned()]))
                .collect(),
            holidays: holidays.iter().map(|day| (*day).to_owned()).collect(),
            ..Written::default()
        };
        let calendar = written.read("calendars.one", &mut faults).expect("a calendar");
        (BrandId::from(brand), calendar)
    };
    HOURS.into_iter().map(one).collect()
}

const CHANNELS: [&str; 5] = ["mastodon", "bluesky", "sms", "mail", "forum, \"old\""];
const TEAMS: [&str; 3] = ["north", "south", "night"];
const THANKS: [Thanks; 5] = [
    Thanks::Sincere,
    Thanks::Sarcastic,
    Thanks::InAdvance,
    Thanks::Refusal,
    Thanks::Formula,
];

struct Writer {
    draw: Draw,
    facts: Vec<Fact>,
    conversation: ConversationId,
    brand: BrandId,
    channel: String,
    count: usize,
}

impl Writer {
    fn tell(&mut self, at: i64, what: What) {
        self.facts.push(Fact {
            conversation: self.conversation.clone(),
            brand: self.brand.clone(),
            channel: self.channel.clone(),
            at,
            what,
        });
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.draw.below(100) < percent
    }

    fn soon(&mut self, mean: i64) -> i64 {
        1 + self.draw.exponential(mean as f64) as i64
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.draw.below(all.len() as u64) as usize]
    }

    fn wrote(&mut self, at: i64, person: &str) -> String {
        self.count += 1;
        let message = format!("m{}", self.count);
        let person = person.to_owned();
        self.tell(
            at,
            What::Wrote {
                message: message.clone(),
                person: person.clone(),
            },
        );
        if self.chance(5) {
            let edited = at + self.soon(HOUR);
            self.tell(
                edited,
                What::Wrote {
                    message: message.clone(),
                    person,
                },
            );
        }
        if !self.chance(5) {
            let needs = self.chance(70);
            self.tell(
                at + 50,
                What::Judged {
                    message: message.clone(),
                    needs,
                },
            );
            if self.chance(4) {
                // An agent corrects it.
                self.tell(
                    at + 90_000,
                    What::Judged {
                        message: message.clone(),
                        needs: !needs,
                    },
                );
            }
        }
        if self.chance(6) {
            let gone = at + self.soon(2 * HOUR);
            self.tell(
                gone,
                What::Withdrawn {
                    message: message.clone(),
                },
            );
        }
        message
    }

    fn answered(&mut self, at: i64, human: bool) {
        self.count += 1;
        let (reply, team) = (format!("r{}", self.count), self.one_of(&TEAMS).to_owned());
        self.tell(
            at,
            What::Answered {
                reply: reply.clone(),
                team,
                human,
            },
        );
        if self.chance(3) {
            let later = at + self.soon(HOUR);
            self.tell(later, What::Retracted { reply });
        }
    }

    fn conversation(&mut self, number: usize, people: u64) {
        self.conversation = format!("c{number:05}").as_str().into();
        self.brand = self.one_of(&["krone", "eagle"]).into();
        self.channel = self.one_of(&CHANNELS).to_owned();
        let person = format!("p{}", self.draw.below(people));
        let mut at = FROM + self.draw.below(31 * 24 * 60) as i64 * 60_000 + self.draw.below(60_000) as i64;
        if self.chance(60) {
            let team = self.one_of(&TEAMS).to_owned();
            self.tell(at, What::Given { team });
        }
        if self.chance(70) {
            let issue = format!("issue{}", self.draw.below(6));
            self.tell(at, What::About { issue });
        }
        let rounds = 1 + self.draw.below(4);
        for _ in 0..rounds {
            self.wrote(at, &person);
            if self.chance(20) {
                // Somebody else in the thread, or the same once more.
                let other = format!("p{}", self.draw.below(people));
                at += self.soon(20 * 60_000);
                self.wrote(at, &other);
            }
            if self.chance(30) {
                let soon = self.soon(60_000);
                if self.chance(50) {
                    self.tell(at + soon, What::Acknowledged)
                } else {
                    self.answered(at + soon, false)
                }
            }
            if self.chance(12) {
                let how = THANKS[self.draw.below(5) as usize];
                self.tell(at + 10, What::Thanked { how });
            }
            if self.chance(80) {
                at += if self.chance(2) { 0 } else { self.soon(4 * HOUR) };
                self.answered(at, true);
                if self.chance(40) {
                    let how = THANKS[self.draw.below(5) as usize];
                    at += self.soon(HOUR);
                    self.tell(at, What::Thanked { how });
                }
            }
            if self.chance(45) {
                at += self.soon(HOUR);
                let first_contact = self.chance(50);
                self.tell(at, What::Resolved { first_contact });
                if self.chance(20) {
                    self.tell(at + 5_000, What::Confirmed);
                }
                if self.chance(25) {
                    at += self.soon(3 * DAY);
                    self.tell(at, What::Reopened);
                }
            }
            at += self.soon(DAY);
        }
    }
}

/// So many conversations.
pub(crate) fn month(seed: u64, conversations: usize) -> Vec<Fact> {
    let mut writer = Writer {
        draw: Draw::new(seed),
        facts: Vec::new(),
        conversation: "".into(),
        brand: "".into(),
        channel: String::new(),
        count: 0,
    };
    for number in 0..conversations {
        writer.conversation(number, (conversations as u64 / 2).max(1));
    }
    writer.facts
}
