//! What a condition may ask of a conversation, taken out of it once.
//!
//! This is the one place that looks at messages and networks. Where several messages wait for an answer, its words and
//! labels are those of all of them, its reach the greatest; where none waits, of the newest that addresses us.

use super::{Field, Folded, plain, vocabulary};
use crate::{Conversation, Message, ReplyState};
use jackfield_protocol::{Millis, RemoteId, Status, Visibility};
use std::collections::BTreeSet;

vocabulary! {
    /// What sort of network it is. A condition on this outlives the network.
    Kind {
        /// Posts to followers and strangers.
        Social = "social",
        /// Topics with answers.
        Forum = "forum",
        /// Electronic mail.
        Mail = "mail",
        /// Text messages on the telephone.
        Sms = "sms",
        /// Conversations in an app or a room.
        Chat = "chat",
        /// Reviews with a rating.
        Review = "review",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// Where the work on a conversation stands.
    Stage {
        /// Nobody and nothing has looked at it.
        New = "new",
        /// It needs nobody.
        Noise = "noise",
        /// It waits for somebody who can do it.
        Waiting = "waiting",
        /// Somebody was asked to take it.
        Offered = "offered",
        /// Somebody has it.
        Assigned = "assigned",
        /// The person was answered or asked.
        WaitingForPerson = "waiting-for-person",
        /// Somebody outside has to do something first.
        WaitingForOthers = "waiting-for-others",
        /// Put away until a time.
        Snoozed = "snoozed",
        /// Done.
        Resolved = "resolved",
        /// Done; only the next message of the person opens it again.
        Closed = "closed",
        /// Done, and then not.
        Reopened = "reopened",
    }
}

vocabulary! {
    /// What came of triage.
    Triage {
        /// No plugin has read what waits.
        Unread = "unread",
        /// Some plugin had an opinion.
        Judged = "judged",
        /// Every plugin that read it abstained.
        Abstained = "abstained",
        /// The host abstained for a plugin that broke.
        Trouble = "trouble",
    }
}

impl Kind {
    /// What a network is known to be; `Other` where it is not known.
    pub fn of_network(network: &str) -> Self {
        match network {
            "mastodon" | "bluesky" | "facebook" | "instagram" | "linkedin" | "x" | "twitter" | "threads" | "tiktok"
            | "youtube" | "vimeo" | "pinterest" => Self::Social,
            "discourse" | "lemmy" | "reddit" | "flarum" | "nodebb" | "phpbb" | "forum" | "isso" | "blog" => Self::Forum,
            "mail" | "email" | "imap" | "jmap" => Self::Mail,
            "sms" | "twilio" | "vonage" => Self::Sms,
            "matrix" | "xmpp" | "irc" | "telegram" | "whatsapp" | "messenger" | "signal" | "line" | "webchat" => {
                Self::Chat
            }
            "app-store" | "google-play" | "trustpilot" => Self::Review,
            _ => Self::Other,
        }
    }
}

/// One opinion of one plugin on the newest revision of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What it said.
    pub label: String,
    /// How sure it was.
    pub margin: f32,
    /// The plugin, without its version.
    pub by: String,
}

/// What stands around a conversation and is not in its events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Around {
    /// What sort of network its line says it is; none for what the network's name says.
    pub kind: Option<Kind>,
    /// Where the work stands; none for what the conversation itself says.
    pub stage: Option<Stage>,
    /// Where it waits.
    pub queue: Option<String>,
    /// Who answers for it.
    pub tier: Option<String>,
    /// What somebody marked it with.
    pub tags: BTreeSet<String>,
    /// The sum of reasons for which it is urgent.
    pub priority: i64,
    /// What is known of the person.
    pub audience: BTreeSet<String>,
    /// The message that is asked about; none for all that wait.
    pub message: Option<RemoteId>,
    /// Where all that wait are asked about, one more: what a reply answers. It counts as the newest.
    pub besides: Option<RemoteId>,
}

impl Around {
    /// What a conversation's own events say of it.
    pub fn of(conversation: &Conversation) -> Self {
        Self {
            stage: conversation.work.stage.as_ref().map(|work| work.stage),
            // What a rule said counts before what the policy's own routing found.
            queue: conversation
                .queue
                .clone()
                .or_else(|| conversation.work.queue.as_ref().map(|queue| queue.name.clone())),
            tier: conversation.work.tier.as_ref().map(|standing| standing.tier.clone()),
            tags: conversation.tags.clone(),
            priority: conversation.weights.values().sum(),
            ..Self::default()
        }
    }
}

/// Everything that a condition may ask, as of one instant.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each is the field of the same name")]
pub struct Facts {
    pub now: Millis,
    pub brand: String,
    pub network: String,
    pub kind: Kind,
    pub visibility: Option<String>,
    pub language: Option<String>,
    pub author: Option<String>,
    pub audience: BTreeSet<String>,
    pub triage: Triage,
    pub told: Vec<Told>,
    pub text: Folded,
    pub reach: Option<u64>,
    pub replies: u64,
    pub priority: i64,
    pub stage: Stage,
    pub owner: Option<String>,
    pub queue: Option<String>,
    pub tier: Option<String>,
    pub tags: BTreeSet<String>,
    pub waiting_since: Option<Millis>,
    pub last_at: Option<Millis>,
    pub first_at: Option<Millis>,
}

impl Facts {
    /// What holds of a conversation and what stands around it, now.
    pub fn of(conversation: &Conversation, around: &Around, now: Millis) -> Self {
        let waiting = conversation.waiting();
        let asked = asked(conversation, around);
        let newest = asked.last().and_then(|m| m.newest.as_ref());
        let mut text = Folded::default();
        for said in asked.iter().filter_map(|m| m.newest.as_ref()) {
            let content = &said.content;
            content
                .title
                .iter()
                .chain(&content.warning)
                .for_each(|part| text.add(part));
            text.add(&content.text);
        }
        let (triage, told) = judged(&asked);
        let of_content = |value: Option<&String>, field| value.map(|v| plain(field, v)).filter(|v| !v.is_empty());
        Self {
            now,
            brand: conversation.place.brand.0.clone(),
            network: conversation.place.network.clone(),
            kind: around
                .kind
                .unwrap_or_else(|| Kind::of_network(&conversation.place.network)),
            visibility: asked
                .last()
                .and_then(|m| m.visibility())
                .map(|v| visibility(v).to_owned()),
            language: of_content(newest.and_then(|said| said.content.language.as_ref()), Field::Language),
            author: of_content(newest.map(|said| &said.content.author.handle), Field::Author),
            audience: around.audience.clone(),
            triage,
            told,
            text,
            reach: asked
                .iter()
                .filter_map(|m| m.newest.as_ref()?.content.author.reach)
                .max(),
            replies: sent(conversation),
            priority: around.priority,
            stage: around.stage.unwrap_or_else(|| stage(conversation, waiting.is_empty())),
            owner: conversation.owner.as_ref().map(|owner| owner.0.clone()),
            queue: around.queue.clone(),
            tier: around.tier.clone(),
            tags: around.tags.clone(),
            waiting_since: waiting.first().map(|(_, m)| m.posted_at),
            last_at: instants(conversation).max(),
            first_at: conversation.messages.values().map(|m| m.posted_at).min(),
        }
    }

    /// The same at another instant, where nothing happened in between.
    #[must_use]
    pub fn at(&self, now: Millis) -> Self {
        Self { now, ..self.clone() }
    }
}

/// What is asked about, oldest first.
fn asked<'a>(conversation: &'a Conversation, around: &Around) -> Vec<&'a Message> {
    let one = |id: &Option<RemoteId>| id.as_ref().and_then(|id| conversation.messages.get(id));
    if let Some(message) = one(&around.message) {
        return vec![message];
    }
    let waiting = conversation.waiting();
    let besides = one(&around.besides);
    if !waiting.is_empty() || besides.is_some() {
        let others = waiting.into_iter().map(|(_, m)| m);
        return others
            .filter(|m| besides.is_none_or(|one| !std::ptr::eq(*m, one)))
            .chain(besides)
            .collect();
    }
    let addressed = conversation.addressed();
    let newest = addressed.iter().rev().find(|(_, m)| m.deleted.is_none());
    newest.or(addressed.last()).map(|(_, m)| *m).into_iter().collect()
}

/// Of each message what was said about its newest revision.
fn judged(asked: &[&Message]) -> (Triage, Vec<Told>) {
    let mut told = Vec::new();
    let (mut read, mut trouble) = (false, false);
    for message in asked {
        let revision = message.newest.as_ref().map(|said| said.revision);
        for verdict in message.verdicts.values().filter(|v| Some(v.revision) == revision) {
            read = true;
            trouble |= verdict.trouble.is_some();
            let by = verdict.by.split('@').next().unwrap_or_default();
            told.extend(verdict.opinions.iter().map(|opinion| Told {
                label: opinion.label.clone(),
                margin: opinion.margin,
                by: by.to_owned(),
            }));
        }
    }
    let triage = match (read, told.is_empty(), trouble) {
        (false, ..) => Triage::Unread,
        (true, false, _) => Triage::Judged,
        (true, true, true) => Triage::Trouble,
        (true, true, false) => Triage::Abstained,
    };
    (triage, told)
}

/// What a conversation says of itself, where the floor says nothing.
fn stage(conversation: &Conversation, nobody_waits: bool) -> Stage {
    match (conversation.status, &conversation.owner) {
        (Status::Resolved, _) => Stage::Resolved,
        (Status::Open, _) if nobody_waits && conversation.answered_at().is_some() => Stage::WaitingForPerson,
        (Status::Open, Some(_)) => Stage::Assigned,
        (Status::Open, None) if conversation.untriaged().is_empty() => Stage::Waiting,
        (Status::Open, None) => Stage::New,
    }
}

fn sent(conversation: &Conversation) -> u64 {
    let sent = |state: &ReplyState| matches!(state, ReplyState::Sent { .. });
    let count = conversation.replies.values().filter(|reply| sent(&reply.state)).count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// When anything happened, as far as the conversation remembers.
fn instants(conversation: &Conversation) -> impl Iterator<Item = Millis> {
    let said = conversation.messages.values();
    let replies = conversation.replies.values().map(|reply| match reply.state {
        ReplyState::Sent { at, .. } => at.max(reply.asked_at),
        _ => reply.asked_at,
    });
    said.map(|m| m.posted_at.max(m.deleted.as_ref().map_or(Millis::MIN, |gone| gone.at)))
        .chain(replies)
        .chain(conversation.notes.values().map(|note| note.at))
        .chain(conversation.turns.iter().map(|turn| turn.at))
}

/// The word of a visibility in a condition.
fn visibility(of: &Visibility) -> &'static str {
    match of {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Followers => "followers",
        Visibility::Direct => "direct",
        Visibility::Internal => "internal",
        Visibility::Other(_) => "other",
    }
}
