//! From facts to rows.

use super::board::Cell;
use super::fact::{Fact, Thanks, What};
use super::row::{Message, Talk};
use jackfield_desk::calendar::Calendar;
use jackfield_protocol::{BrandId, ConversationId, Millis};
use std::collections::BTreeMap;

/// The hours and the wall of each brand. A brand that is not here has UTC on its wall and no business time.
pub type House = BTreeMap<BrandId, Calendar>;

/// How long a resolution has to hold before it is one of first contact.
const HOLDS: Millis = 7 * 86_400_000;
const DAY: Millis = 86_400_000;

/// What is counted, as of a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Posts, by conversation, time and id.
    pub messages: Vec<Message>,
    /// Conversations that were resolved, by id.
    pub talks: Vec<Talk>,
}

/// A post so far.
#[derive(Debug, Clone, Default)]
struct Post {
    person: String,
    at: Option<Millis>,
    noise: bool,
    gone: Option<Millis>,
}

/// A reply so far.
#[derive(Debug, Clone)]
struct Reply {
    at: Millis,
    team: String,
    human: bool,
}

/// A conversation so far.
#[derive(Debug, Clone)]
struct Story<'a> {
    brand: &'a BrandId,
    channel: &'a str,
    posts: BTreeMap<&'a str, Post>,
    replies: BTreeMap<&'a str, Reply>,
    acknowledged: Vec<Millis>,
    thanks: Vec<Millis>,
    confirmed: bool,
    team: &'a str,
    issue: Option<&'a str>,
    resolved: Option<(Millis, bool)>,
    stands: bool,
    reopened: Option<Millis>,
}

impl<'a> Story<'a> {
    fn new(fact: &'a Fact) -> Self {
        Self {
            brand: &fact.brand,
            channel: &fact.channel,
            posts: BTreeMap::new(),
            replies: BTreeMap::new(),
            acknowledged: Vec::new(),
            thanks: Vec::new(),
            confirmed: false,
            team: "",
            issue: None,
            resolved: None,
            stands: false,
            reopened: None,
        }
    }

    fn tell(&mut self, fact: &'a Fact) {
        let at = fact.at;
        match &fact.what {
            What::Wrote { message, person } => {
                let post = self.posts.entry(message).or_default();
                post.at = Some(post.at.map_or(at, |before| before.min(at)));
                post.person.clone_from(person);
            }
            What::Judged { message, needs } => self.posts.entry(message).or_default().noise = !needs,
            What::Withdrawn { message } => {
                self.posts.entry(message).or_default().gone.get_or_insert(at);
            }
            What::Given { team } => self.team = team,
            What::Acknowledged => self.acknowledged.push(at),
            What::Answered { reply, team, human } => {
                let told = Reply {
                    at,
                    team: team.clone(),
                    human: *human,
                };
                self.replies.insert(reply, told);
            }
            What::Retracted { reply } => {
                self.replies.remove(reply.as_str());
            }
            What::Thanked { how: Thanks::Sincere } => self.thanks.push(at),
            What::Thanked { .. } => {}
            What::About { issue } => self.issue = Some(issue),
            What::Resolved { first_contact } => {
                self.resolved.get_or_insert((at, *first_contact));
                self.stands = true;
            }
            What::Reopened => {
                if self.resolved.is_some() {
                    self.reopened.get_or_insert(at);
                }
                self.stands = false;
            }
            What::Confirmed => self.confirmed = true,
        }
    }

    /// Answers that stand, in order of time.
    fn answers(&self) -> Vec<&Reply> {
        let mut answers: Vec<&Reply> = self.replies.values().filter(|reply| reply.human).collect();
        answers.sort_by_key(|reply| reply.at);
        answers
    }

    fn messages(&self, conversation: &ConversationId, house: &House, until: Millis) -> Vec<Message> {
        let answers = self.answers();
        let mut acknowledged = self.acknowledged.clone();
        acknowledged.extend(self.replies.values().map(|reply| reply.at));
        acknowledged.sort_unstable();
        let calendar = house.get(self.brand);
        let mut rows: Vec<Message> = Vec::new();
        for (id, post) in &self.posts {
            let Some(posted) = post.at else { continue };
            let first = answers.iter().find(|reply| reply.at >= posted);
            let answered = first.map(|reply| reply.at);
            let gone = post.gone.map(|gone| gone.max(posted));
            let withdrawn = gone.filter(|gone| answered.is_none_or(|at| *gone < at));
            // Nobody waits for an answer to what is gone, even where one comes.
            let answered = answered.filter(|_| withdrawn.is_none());
            let seen = answered.or(withdrawn).unwrap_or(until);
            let heard = acknowledged.iter().find(|at| **at >= posted).copied();
            let team = first
                .filter(|_| answered.is_some())
                .map_or(self.team, |reply| &reply.team);
            rows.push(Message {
                conversation: conversation.clone(),
                id: (*id).to_owned(),
                person: post.person.clone(),
                cell: self.cell(calendar, posted, team),
                posted,
                needs: !post.noise,
                answered,
                acknowledged: heard.filter(|at| *at <= seen),
                withdrawn,
                seen,
                business: calendar.map(|calendar| calendar.between(posted, seen)),
            });
        }
        rows.sort_by(|a, b| (a.posted, &a.id).cmp(&(b.posted, &b.id)));
        rows
    }

    fn cell(&self, calendar: Option<&Calendar>, at: Millis, team: &str) -> Cell {
        let (date, time) = calendar.map_or_else(
            || (utc(at), at.rem_euclid(DAY)),
            |calendar| {
                let wall = calendar.wall(at);
                (wall.date, wall.time)
            },
        );
        Cell {
            brand: self.brand.as_str().to_owned(),
            channel: self.channel.to_owned(),
            team: team.to_owned(),
            date,
            hour: u8::try_from(time / 3_600_000).unwrap_or(0),
        }
    }

    /// The one whose need it is.
    fn person(&self) -> &str {
        let first = |needs: bool| {
            let posts = self.posts.values().filter(|post| !needs || !post.noise);
            posts.filter_map(|post| Some((post.at?, post.person.as_str()))).min()
        };
        first(true).or_else(|| first(false)).map_or("", |(_, person)| person)
    }

    fn issue<'b>(&'b self, conversation: &'b ConversationId) -> &'b str {
        self.issue.unwrap_or(conversation.as_str())
    }

    fn episodes(&self, until: Millis) -> u64 {
        // False before true: of a post and a reply at the same time, the post is first.
        let posts = self.posts.values().filter_map(|post| Some((post.at?, false)));
        let answers = self.answers().into_iter().map(|reply| (reply.at, true));
        let mut turns: Vec<(Millis, bool)> = posts.chain(answers).filter(|(at, _)| *at <= until).collect();
        turns.sort_unstable();
        let ours = turns.iter().map(|(_, ours)| *ours);
        let before = core::iter::once(false).chain(ours.clone());
        ours.zip(before).filter(|(now, before)| *now && !*before).count() as u64
    }

    fn talk(&self, conversation: &ConversationId, house: &House, until: Millis, needs: &Needs<'_>) -> Option<Talk> {
        let (resolved, flagged) = self.resolved?;
        let ends = resolved + HOLDS;
        let (person, issue) = (self.person(), self.issue(conversation));
        let contacts = needs.get(&(person, issue)).into_iter().flatten().copied();
        let again = contacts.chain(self.reopened);
        let answers = self.answers();
        let before = answers.iter().rfind(|reply| reply.at <= resolved);
        let team = before.map_or(self.team, |reply| &reply.team);
        let first = answers.first().map(|reply| reply.at);
        Some(Talk {
            conversation: conversation.clone(),
            person: person.to_owned(),
            cell: self.cell(house.get(self.brand), resolved, team),
            issue: issue.to_owned(),
            resolved,
            stands: self.stands,
            thanked: first.is_some_and(|first| self.thanks.iter().any(|at| *at > first)),
            episodes: self.episodes(resolved),
            again: again.filter(|at| *at > resolved && *at <= ends).min(),
            known: ends <= until,
            flagged,
            confirmed: self.confirmed,
        })
    }
}

/// When each person needed something on each issue.
type Needs<'a> = BTreeMap<(&'a str, &'a str), Vec<Millis>>;

impl Rows {
    /// Folds facts to rows, as of `until`: what happened later is not seen.
    pub fn read(facts: &[Fact], house: &House, until: Millis) -> Self {
        let mut stories: BTreeMap<&ConversationId, Story<'_>> = BTreeMap::new();
        for fact in facts.iter().filter(|fact| fact.at <= until) {
            let story = stories.entry(&fact.conversation);
            story.or_insert_with(|| Story::new(fact)).tell(fact);
        }
        let mut needs: Needs<'_> = BTreeMap::new();
        for (conversation, story) in &stories {
            let issue = story.issue.unwrap_or(conversation.as_str());
            for post in story.posts.values().filter(|post| !post.noise) {
                if let Some(at) = post.at {
                    needs.entry((post.person.as_str(), issue)).or_default().push(at);
                }
            }
        }
        let mut rows = Self::default();
        for (conversation, story) in &stories {
            rows.messages.extend(story.messages(conversation, house, until));
            rows.talks.extend(story.talk(conversation, house, until, &needs));
        }
        rows
    }
}

/// The date of UTC (Hinnant's days-to-civil).
fn utc(at: Millis) -> (i16, i8, i8) {
    let z = at.div_euclid(DAY) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let day = doy - (153 * mp + 2) / 5 + 1;
    (
        i16::try_from(year).unwrap_or(0),
        i8::try_from(month).unwrap_or(1),
        i8::try_from(day).unwrap_or(1),
    )
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn dates_of_utc_are_those_of_the_calendar() {
        let check = |days: i64, expected| assert_eq!(utc(days * 86_400_000 + 5), expected);
        check(0, (1970, 1, 1));
        check(-1, (1969, 12, 31));
        check(11_016, (2000, 2, 29));
        check(20_541, (2026, 3, 29));
    }
}
