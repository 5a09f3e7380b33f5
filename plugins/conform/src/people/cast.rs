//! The people of one stand-in, their agenda, and what they do when its time comes.

use super::character::{Character, Move};
use super::read::read;
use super::words::{MATTERS, Matter, NAMES, SPAM, words_for};
use crate::mastodon::{AccountId, NewAccount, NewPost, PostId, Visibility, World};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everybody, and what they have in mind.
#[derive(Debug)]
pub struct Cast {
    brand: AccountId,
    people: Vec<Person>,
    talks: Vec<Talk>,
    /// By time, then by the order in which it came to mind.
    agenda: BTreeMap<(u64, u64), Act>,
    thoughts: u64,
    /// Mean milliseconds between two openings; none: the time of an act says only its order.
    pace_ms: Option<u64>,
    openings: usize,
    rng: SmallRng,
}

#[derive(Debug)]
struct Person {
    account: AccountId,
    character: Character,
}

/// One matter of one person with the brand.
#[derive(Debug)]
struct Talk {
    person: usize,
    matter: Matter,
    first: PostId,
    last: PostId,
    visibility: Visibility,
    answers: u32,
    /// A number that makes the words of this talk its own.
    number: u32,
}

#[derive(Debug, Clone, Copy)]
enum Act {
    /// Somebody begins.
    Open,
    /// Somebody reacts to an answer.
    React { talk: usize, answer: PostId },
    /// Somebody writes again, unless they were answered.
    Nag { talk: usize },
    /// Somebody mends a slip of the pen.
    Mend { talk: usize },
}

/// Without a pace the agenda still needs an order; one nominal second does.
const NOMINAL_MS: u64 = 1000;

impl Cast {
    /// Makes the people's accounts, and puts the first opening on the agenda.
    pub fn move_in(
        world: &mut World,
        brand: AccountId,
        people: usize,
        seed: u64,
        pace: Option<Duration>,
        now: u64,
    ) -> Self {
        let characters = Character::ALL.iter().cycle();
        let names = NAMES.iter().cycle();
        let people = characters
            .zip(names)
            .take(people)
            .enumerate()
            .map(|(n, (character, name))| {
                let (username, display_name, domain, followers) = *name;
                let round = n / NAMES.len();
                let username = if round == 0 {
                    username.to_owned()
                } else {
                    format!("{username}{round}")
                };
                let new = NewAccount {
                    username,
                    domain: domain.map(str::to_owned),
                    display_name: display_name.to_owned(),
                    bot: *character == Character::Spammer,
                    followers,
                };
                Person {
                    account: world.add_account(new, now),
                    character: *character,
                }
            });
        let people = people.collect();
        let pace_ms = pace.map(|p| u64::try_from(p.as_millis()).unwrap_or(u64::MAX));
        let rng = SmallRng::seed_from_u64(seed);
        let agenda = BTreeMap::new();
        let mut cast = Self {
            brand,
            people,
            talks: Vec::new(),
            agenda,
            thoughts: 0,
            pace_ms,
            openings: 0,
            rng,
        };
        cast.plan(now, 0.3, Act::Open);
        cast
    }

    /// Puts an act on the agenda, about `paces` paces from now.
    fn plan(&mut self, now: u64, paces: f64, act: Act) {
        let pace = self.pace_ms.unwrap_or(NOMINAL_MS) as f64;
        let spread = self.rng.random_range(0.6..1.4);
        self.thoughts += 1;
        self.agenda
            .insert((now + (pace * paces * spread) as u64, self.thoughts), act);
    }

    /// When something is next to happen; none where nobody has a pace or anything in mind.
    pub fn next_due(&self) -> Option<u64> {
        self.pace_ms?;
        self.agenda.keys().next().map(|(at, _)| *at)
    }

    /// Does everything that is due.
    pub fn catch_up(&mut self, world: &mut World, now: u64) {
        while self.next_due().is_some_and(|at| at <= now) {
            self.step(world, now);
        }
    }

    /// Does the next thing, whatever its time; what it was, in words.
    pub fn step(&mut self, world: &mut World, now: u64) -> Option<String> {
        let (_, act) = self.agenda.pop_first()?;
        match act {
            Act::Open => {
                self.plan(now, 1.0, Act::Open);
                self.open(world, now)
            }
            Act::React { talk, answer } => self.react(world, talk, answer, now),
            Act::Nag { talk } => self.nag(world, talk, now),
            Act::Mend { talk } => self.mend(world, talk, now),
        }
        // What came to nothing (the post is gone, the answer came first) is still a step.
        .or_else(|| Some("nothing".to_owned()))
    }

    /// Somebody posted something; who is meant thinks about it.
    pub fn heard(&mut self, world: &World, post: PostId, now: u64) {
        let Some(post) = world.post(post).filter(|p| p.author == self.brand) else {
            return;
        };
        let Some(talk) = self.talks.iter().position(|talk| {
            let by_thread = world
                .post(talk.last)
                .is_some_and(|last| last.conversation == post.conversation);
            let account = self.people.get(talk.person).map(|p| p.account);
            by_thread && account.is_some_and(|a| post.in_reply_to_account == Some(a) || post.mentions.contains(&a))
        }) else {
            return;
        };
        if let Some(talk) = self.talks.get_mut(talk) {
            talk.answers += 1;
        }
        self.plan(now, 0.8, Act::React { talk, answer: post.id });
    }

    fn open(&mut self, world: &mut World, now: u64) -> Option<String> {
        if self.people.is_empty() {
            return None;
        }
        let at = self.openings % self.people.len();
        self.openings += 1;
        let number = self.rng.random_range(2..9);
        let matter = *MATTERS.get(self.rng.random_range(0..MATTERS.len()))?;
        let spam = *SPAM.get(self.rng.random_range(0..SPAM.len()))?;
        let person = self.people.get(at)?;
        let (account, character) = (person.account, person.character);
        let private = character == Character::Private && matter.delicate;
        let opening = if character == Character::Spammer {
            spam
        } else {
            matter.opening
        };
        let mut text = self.fill(world, opening, number);
        if character == Character::Mender {
            text = slip(&text);
        }
        let visibility = if private {
            Visibility::Direct
        } else {
            Visibility::Public
        };
        let language = if character == Character::Spammer {
            "en"
        } else {
            matter.language
        };
        let new = NewPost {
            visibility,
            language: Some(language.to_owned()),
            ..NewPost::public(&text)
        };
        let first = world.publish(account, new, None, now).ok()?;
        self.talks.push(Talk {
            person: at,
            matter,
            first,
            last: first,
            visibility,
            answers: 0,
            number,
        });
        let talk = self.talks.len() - 1;
        if character.nags() {
            self.plan(now, 6.0, Act::Nag { talk });
        }
        if character == Character::Mender {
            self.plan(now, 1.2, Act::Mend { talk });
        }
        Some(format!("{} opens", self.name(world, talk)))
    }

    fn react(&mut self, world: &mut World, at: usize, answer: PostId, now: u64) -> Option<String> {
        let reading = read(&world.post(answer)?.now().text);
        let (person, turn) = self.talks.get(at).map(|t| (t.person, t.answers))?;
        let mv = self.people.get(person)?.character.reacts(reading, turn);
        self.do_move(world, at, answer, mv, now)?;
        Some(format!("{}: {mv:?}", self.name(world, at)))
    }

    fn do_move(&mut self, world: &mut World, at: usize, answer: PostId, mv: Move, now: u64) -> Option<()> {
        let talk = self.talks.get(at)?;
        let account = self.people.get(talk.person)?.account;
        let (first, matter, number, mut visibility) = (talk.first, talk.matter, talk.number, talk.visibility);
        let text = match mv {
            Move::Rest => return Some(()),
            Move::TakeAway => return world.delete(account, first, now).ok().map(drop),
            Move::MarkSolved => {
                let before = world.post(first)?.now();
                let text = format!("{}\n\nEdit: solved.", before.text);
                return world.edit(account, first, &text, &before.spoiler, now).ok();
            }
            Move::TellPrivately => {
                visibility = Visibility::Direct;
                matter.detail
            }
            Move::Tell => matter.detail,
            Move::AskMore => matter.question,
            Move::Thank | Move::ThankBitterly | Move::Complain => {
                let words = words_for(mv, matter.language);
                let pick = self.rng.random_range(0..words.len().max(1));
                words.get(pick)?
            }
        };
        // A direct answer never goes to more people than what it answers.
        if world.post(answer).is_some_and(|p| p.visibility == Visibility::Direct) {
            visibility = Visibility::Direct;
        }
        let text = self.fill(world, &format!("{{brand}} {text}"), number);
        let language = Some(matter.language.to_owned());
        let new = NewPost {
            in_reply_to: Some(answer),
            visibility,
            language,
            ..NewPost::public(&text)
        };
        let post = world.publish(account, new, None, now).ok()?;
        self.talks.get_mut(at)?.last = post;
        Some(())
    }

    fn nag(&mut self, world: &mut World, at: usize, now: u64) -> Option<String> {
        let talk = self.talks.get(at).filter(|t| t.answers == 0)?;
        let (account, last) = (self.people.get(talk.person)?.account, talk.last);
        let text = self.fill(world, &format!("{{brand}} {}", talk.matter.nag), talk.number);
        let (visibility, language) = (talk.visibility, Some(talk.matter.language.to_owned()));
        let new = NewPost {
            in_reply_to: Some(last),
            visibility,
            language,
            ..NewPost::public(&text)
        };
        let post = world.publish(account, new, None, now).ok()?;
        self.talks.get_mut(at)?.last = post;
        Some(format!("{} writes again", self.name(world, at)))
    }

    fn mend(&mut self, world: &mut World, at: usize, now: u64) -> Option<String> {
        let talk = self.talks.get(at)?;
        let account = self.people.get(talk.person)?.account;
        let text = self.fill(world, talk.matter.opening, talk.number);
        world.edit(account, talk.first, &text, "", now).ok()?;
        Some(format!("{} mends", self.name(world, at)))
    }

    fn fill(&self, world: &World, text: &str, number: u32) -> String {
        let brand = world
            .account(self.brand)
            .map_or_else(String::new, |a| format!("@{}", a.acct()));
        text.replace("{brand}", &brand).replace("{n}", &number.to_string())
    }

    fn name(&self, world: &World, talk: usize) -> String {
        let account = self
            .talks
            .get(talk)
            .and_then(|t| self.people.get(t.person))
            .map(|p| p.account);
        account
            .and_then(|a| world.account(a))
            .map_or_else(String::new, |a| a.acct())
    }

    /// Who lives here, for the overview.
    pub fn describe(&self, world: &World) -> Value {
        let one = |p: &Person| {
            let acct = world.account(p.account).map(|a| a.acct());
            json!({"acct": acct, "character": format!("{:?}", p.character).to_lowercase()})
        };
        self.people.iter().map(one).collect()
    }
}

/// A slip of the pen: the longest word loses its last letter but one.
fn slip(text: &str) -> String {
    let plain = |w: &&str| w.chars().all(char::is_alphabetic) && w.chars().count() > 4;
    let Some(word) = text.split([' ', '\n']).filter(plain).max_by_key(|w| w.chars().count()) else {
        return format!("{text} ,");
    };
    let letters: Vec<char> = word.chars().collect();
    let drop = letters.len() - 2;
    let slipped: String = letters
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != drop)
        .map(|(_, c)| *c)
        .collect();
    text.replacen(word, &slipped, 1)
}
