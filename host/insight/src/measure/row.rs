//! What is counted, row by row.

use super::board::Cell;
use jackfield_protocol::{ConversationId, Millis};
use serde::{Deserialize, Serialize};

/// A post of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its id there.
    pub id: String,
    /// Who wrote it.
    pub person: String,
    /// Where it counts. Its team is that of the first answer, else the one that has the conversation.
    pub cell: Cell,
    /// Network time.
    pub posted: Millis,
    /// It needs a reply.
    pub needs: bool,
    /// The first human reply after it.
    pub answered: Option<Millis>,
    /// The first acknowledgement after it; an answer is one.
    pub acknowledged: Option<Millis>,
    /// Taken away before it was answered.
    pub withdrawn: Option<Millis>,
    /// When the waiting was last seen: the answer, the taking away, or the end of what was looked at.
    pub seen: Millis,
    /// Business time from post to `seen`; none where the brand has no hours.
    pub business: Option<Millis>,
}

/// A conversation that was resolved at least once. It counts in the hour of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// The conversation.
    pub conversation: ConversationId,
    /// Whose need it was: the author of the first post that needs a reply, else of the first post.
    pub person: String,
    /// Where it counts. Its team is that of the last answer before, else the one that had it.
    pub cell: Cell,
    /// What it is about.
    pub issue: String,
    /// First said to be resolved.
    pub resolved: Millis,
    /// It still stands as resolved.
    pub stands: bool,
    /// A sincere thanks after a human reply.
    pub thanked: bool,
    /// Reply episodes before `resolved`: replies with no post of a person between them are one.
    pub episodes: u64,
    /// The same person had a need on the same issue again, or the conversation was reopened, within seven days.
    pub again: Option<Millis>,
    /// Seven days have been seen since.
    pub known: bool,
    /// An agent called it resolved at first contact.
    pub flagged: bool,
    /// The person confirmed it.
    pub confirmed: bool,
}

/// A share that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Number {
    /// Posts that need a reply, of all posts.
    Needs,
    /// Needs that got a human reply, of needs that were not taken away before.
    Responses,
    /// Needs that were acknowledged, of the same.
    Acknowledged,
    /// Needs that were taken away unanswered, of all needs.
    Withdrawn,
    /// Conversations with sincere thanks after a reply, of those that stand as resolved.
    Gratitude,
    /// First-contact resolutions by what happened, of those resolved at least seven days ago.
    FirstContact,
    /// The same as agents flagged it, of the same.
    FirstContactFlagged,
    /// The same as people confirmed it, of the same.
    FirstContactConfirmed,
}

/// A wait that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// To the first answer, by the calendar.
    Answer,
    /// To the first answer, while the brand was open.
    AnswerBusiness,
    /// To the first acknowledgement, by the calendar.
    Acknowledgement,
}

impl Number {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Needs,
        Self::Responses,
        Self::Acknowledged,
        Self::Withdrawn,
        Self::Gratitude,
        Self::FirstContact,
        Self::FirstContactFlagged,
        Self::FirstContactConfirmed,
    ];

    /// As it stands in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Needs => "needs",
            Self::Responses => "responses",
            Self::Acknowledged => "acknowledged",
            Self::Withdrawn => "withdrawn",
            Self::Gratitude => "gratitude",
            Self::FirstContact => "first-contact",
            Self::FirstContactFlagged => "first-contact-flagged",
            Self::FirstContactConfirmed => "first-contact-confirmed",
        }
    }
}

impl Wait {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Answer, Self::AnswerBusiness, Self::Acknowledgement];

    /// As it stands in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::AnswerBusiness => "answer-business",
            Self::Acknowledgement => "acknowledgement",
        }
    }
}

impl Message {
    /// Whether it counts for a number: `None` not at all, else for it or against it.
    pub fn counts(&self, number: Number) -> Option<bool> {
        let stands = self.needs && self.withdrawn.is_none();
        match number {
            Number::Needs => Some(self.needs),
            Number::Responses => stands.then_some(self.answered.is_some()),
            Number::Acknowledged => stands.then_some(self.acknowledged.is_some()),
            Number::Withdrawn => self.needs.then_some(self.withdrawn.is_some()),
            _ => None,
        }
    }

    /// How long it waited, and whether that is over; none for noise.
    pub fn waited(&self, wait: Wait) -> Option<(Millis, bool)> {
        if !self.needs {
            return None;
        }
        let span = |end: Option<Millis>| (end.unwrap_or(self.seen) - self.posted, end.is_some());
        match wait {
            Wait::Answer => Some(span(self.answered)),
            Wait::AnswerBusiness => Some((self.business?, self.answered.is_some())),
            Wait::Acknowledgement => Some(span(self.acknowledged)),
        }
    }
}

impl Talk {
    /// Whether it counts for a number: `None` not at all, else for it or against it.
    pub fn counts(&self, number: Number) -> Option<bool> {
        match number {
            Number::Gratitude => self.stands.then_some(self.thanked),
            Number::FirstContact => self.known.then_some(self.again.is_none() && self.episodes <= 1),
            Number::FirstContactFlagged => self.known.then_some(self.flagged),
            Number::FirstContactConfirmed => self.known.then_some(self.confirmed),
            _ => None,
        }
    }
}
