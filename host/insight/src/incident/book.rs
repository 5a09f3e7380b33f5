//! The groups, and what people do with them.

use super::copies::Copies;
use super::words::{Rarity, Weights, words};
use jackfield_protocol::Millis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A post that says what somebody has against us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Millis,
    /// Who: one key for one person, over all channels and accounts that are known to be theirs.
    pub person: String,
    /// What.
    pub text: String,
}

/// Something of our own doing that people will talk about: what they say is no grievance by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// A word by which its posts are known, as `#sale`.
    pub word: String,
    /// From when.
    pub from: Millis,
    /// To when.
    pub to: Millis,
}

/// Posts with one grievance.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// What people call it.
    pub name: Option<String>,
    /// Its posts by number, in order of coming.
    pub posts: Vec<usize>,
    /// Who has it, and since when: each person once.
    pub people: BTreeMap<String, Millis>,
    /// The newest post.
    pub newest: Millis,
    sum: Weights,
    length: f64,
}

/// Why a post is where it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum How {
    /// It is a copy of that post.
    Copy {
        /// The post's number.
        of: usize,
        /// How alike, 0 to 1.
        like: f64,
    },
    /// It says the like in other words.
    Words {
        /// How alike its words are to the group's, 0 to 1.
        like: f64,
    },
    /// Nobody said so before.
    New,
}

/// Where a post was put.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// The post's number.
    pub post: usize,
    /// The group's number.
    pub group: usize,
    /// Why.
    pub how: How,
}

/// From this likeness on, words say the same. On banking77 (77 intents that share most of their words) this and the next one
/// give a B-cubed F1 of 0.31: a group is a proposal that people merge and split, and copies are what it is sure of.
const SAME: f64 = 0.34;
/// From this likeness on, two groups are one; asked when a group has doubled, and every eighth post. At 0.46 a
/// grievance in twelve wordings stays two groups; at this, complaints made of the same parts run together as well.
const ONE: f64 = 0.42;
/// A group that has been quiet for so long takes no other words any more; a copy it still takes.
const QUIET: Millis = 14 * 86_400_000;

/// All groups.
#[derive(Debug, Clone, Default)]
pub struct Book {
    posts: Vec<Post>,
    weights: Vec<Weights>,
    group_of: Vec<usize>,
    groups: BTreeMap<usize, Group>,
    next: usize,
    copies: Copies,
    rarity: Rarity,
    /// Groups by word.
    by_word: BTreeMap<u64, BTreeSet<usize>>,
    plans: Vec<Plan>,
    /// Posts that somebody moved by hand; nothing else moves them.
    by_hand: BTreeSet<usize>,
}

impl Book {
    /// Says that something of our own will be talked about.
    pub fn plan(&mut self, plan: Plan) {
        self.plans.push(plan);
    }

    /// One more post. It is put with its copy, else with the group whose words it shares, else by itself.
    pub fn add(&mut self, post: Post) -> Placed {
        let number = self.posts.len();
        let copy = self.copies.add(&post.text);
        let weights = self.rarity.add(&words(&post.text));
        let (at, person) = (post.at, post.person.clone());
        self.posts.push(post);
        let (group, how) = match copy.and_then(|(of, like)| Some((*self.group_of.get(of)?, How::Copy { of, like }))) {
            Some(found) => found,
            None => match self.nearest(&weights, at, None) {
                Some((group, like)) if like >= SAME => (group, How::Words { like }),
                _ => {
                    self.next += 1;
                    (self.next - 1, How::New)
                }
            },
        };
        self.weights.push(weights);
        self.group_of.push(group);
        self.put(number, group, at, person);
        let size = self.groups.get(&group).map_or(0, |group| group.posts.len());
        let group = if size.is_power_of_two() || size.is_multiple_of(8) {
            self.unite(group, at)
        } else {
            group
        };
        Placed {
            post: number,
            group,
            how,
        }
    }

    fn put(&mut self, number: usize, at_group: usize, at: Millis, person: String) {
        let Some(weights) = self.weights.get(number) else {
            return;
        };
        let group = self.groups.entry(at_group).or_default();
        group.posts.push(number);
        let since = group.people.entry(person).or_insert(at);
        *since = at.min(*since);
        group.newest = group.newest.max(at);
        for (word, weight) in weights {
            *group.sum.entry(*word).or_default() += weight;
            self.by_word.entry(*word).or_default().insert(at_group);
        }
        group.length = group.sum.values().map(|weight| weight * weight).sum::<f64>().sqrt();
    }

    /// The group whose words are most alike, and how much.
    fn nearest(&self, weights: &Weights, now: Millis, but: Option<usize>) -> Option<(usize, f64)> {
        let length = weights.values().map(|weight| weight * weight).sum::<f64>().sqrt();
        let mut dots: BTreeMap<usize, f64> = BTreeMap::new();
        for (word, weight) in weights {
            for group in self
                .by_word
                .get(word)
                .into_iter()
                .flatten()
                .filter(|group| Some(**group) != but)
            {
                let there = self
                    .groups
                    .get(group)
                    .and_then(|group| group.sum.get(word))
                    .copied()
                    .unwrap_or(0.0);
                *dots.entry(*group).or_default() += weight * there;
            }
        }
        let alike = dots.into_iter().filter_map(|(number, dot)| {
            let group = self.groups.get(&number)?;
            let fresh = now - group.newest <= QUIET;
            (fresh && group.length > 0.0).then(|| (number, dot / (length.max(1e-9) * group.length)))
        });
        alike.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    /// Makes one of a group and the one most like it, where they are alike enough. Named groups stay as they are.
    fn unite(&mut self, number: usize, now: Millis) -> usize {
        let Some(group) = self.groups.get(&number).filter(|group| group.posts.len() > 1) else {
            return number;
        };
        let near = self
            .nearest(&group.sum, now, Some(number))
            .filter(|(_, like)| *like >= ONE);
        let Some((other, _)) = near else { return number };
        let fixed = |number: &usize| {
            let held =
                |group: &Group| group.name.is_some() || group.posts.iter().any(|post| self.by_hand.contains(post));
            self.groups.get(number).is_none_or(held)
        };
        if fixed(&number) || fixed(&other) {
            return number;
        }
        let (into, from) = (number.min(other), number.max(other));
        self.pour(from, into);
        into
    }

    fn pour(&mut self, from: usize, into: usize) {
        let Some(poured) = self.take_away(from) else { return };
        for number in poured.posts {
            self.settle(number, into);
        }
    }

    fn settle(&mut self, number: usize, group: usize) {
        let Some(post) = self.posts.get(number) else { return };
        let (at, person) = (post.at, post.person.clone());
        if let Some(place) = self.group_of.get_mut(number) {
            *place = group;
        }
        self.put(number, group, at, person);
    }

    fn take_away(&mut self, number: usize) -> Option<Group> {
        let group = self.groups.remove(&number)?;
        for word in group.sum.keys() {
            if let Some(groups) = self.by_word.get_mut(word) {
                groups.remove(&number);
            }
        }
        Some(group)
    }

    /// Makes one of two groups, as somebody said; the first keeps its number and its name. False where one is not there.
    pub fn merge(&mut self, into: usize, from: usize) -> bool {
        if into == from || !self.groups.contains_key(&into) || !self.groups.contains_key(&from) {
            return false;
        }
        let moved = self
            .groups
            .get(&from)
            .map(|group| group.posts.clone())
            .unwrap_or_default();
        self.by_hand.extend(moved);
        self.pour(from, into);
        true
    }

    /// Takes these posts out of a group into a new one, as somebody said; its number. None where a post is not in the
    /// group, or nothing would be left of it.
    pub fn split(&mut self, group: usize, posts: &[usize]) -> Option<usize> {
        let there: BTreeSet<usize> = self.groups.get(&group)?.posts.iter().copied().collect();
        let taken: BTreeSet<usize> = posts.iter().copied().collect();
        if taken.is_empty() || !taken.is_subset(&there) || taken.len() == there.len() {
            return None;
        }
        let before = self.take_away(group)?;
        self.next += 1;
        let new = self.next - 1;
        for number in before.posts {
            self.settle(number, if taken.contains(&number) { new } else { group });
        }
        if let Some(kept) = self.groups.get_mut(&group) {
            kept.name = before.name;
        }
        self.by_hand.extend(taken);
        Some(new)
    }

    /// Names a group; false where it is not there.
    pub fn name(&mut self, group: usize, name: &str) -> bool {
        let found = self.groups.get_mut(&group);
        found.map(|group| group.name = Some(name.to_owned())).is_some()
    }

    /// A group.
    pub fn group(&self, number: usize) -> Option<&Group> {
        self.groups.get(&number)
    }

    /// All groups, by number.
    pub fn groups(&self) -> impl Iterator<Item = (usize, &Group)> {
        self.groups.iter().map(|(number, group)| (*number, group))
    }

    /// Where a post is now.
    pub fn group_of(&self, post: usize) -> Option<usize> {
        self.group_of.get(post).copied()
    }

    /// The plan that a group is the talk of: one of whose words half of its posts have, in its time.
    pub fn planned(&self, number: usize) -> Option<&Plan> {
        let posts = &self.groups.get(&number)?.posts;
        let has = |plan: &Plan, post: usize| {
            let post = self.posts.get(post);
            post.is_some_and(|post| {
                (plan.from..plan.to).contains(&post.at) && post.text.to_lowercase().contains(&plan.word.to_lowercase())
            })
        };
        let half = |plan: &&Plan| 2 * posts.iter().filter(|post| has(plan, **post)).count() >= posts.len();
        self.plans.iter().find(half)
    }

    /// Groups that are incidents: so many people came to them since then, and no plan explains it; the largest first.
    pub fn incidents(&self, since: Millis, people: usize) -> Vec<usize> {
        let came = |group: &Group| {
            let recent = group
                .posts
                .iter()
                .filter_map(|post| self.posts.get(*post))
                .filter(|post| post.at >= since);
            recent.map(|post| post.person.as_str()).collect::<BTreeSet<_>>().len()
        };
        let counted = self.groups().map(|(number, group)| (came(group), number));
        let mut found: Vec<(usize, usize)> = counted
            .filter(|(came, number)| *came >= people && self.planned(*number).is_none())
            .collect();
        found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        found.into_iter().map(|(_, number)| number).collect()
    }
}
