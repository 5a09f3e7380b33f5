//! The API's answers out of JSON, and commands into it. The same types and the same names as `jackfield-protocol` gives
//! them through serde; the tests hold the two together. What a newer server adds is passed over.

use crate::json::{Json, quote};
use jackfield_protocol::*;

/// What is missing or of the wrong kind.
pub type Wrong = &'static str;
pub(crate) type Read<T> = Result<T, Wrong>;

/// A type that can be read out of an answer.
pub trait Wire: Sized {
    /// Reads it.
    fn of(json: &Json) -> Read<Self>;
}

/// Reads an answer.
pub fn read<T: Wire>(text: &str) -> Read<T> {
    T::of(&Json::read(text).map_err(|_| "no JSON")?)
}

pub(crate) fn text(json: &Json, name: Wrong) -> Read<String> {
    maybe_text(json, name).ok_or(name)
}

pub(crate) fn maybe_text(json: &Json, name: &str) -> Option<String> {
    match json.get(name) {
        Some(Json::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

pub(crate) fn int<T: TryFrom<i64>>(json: &Json, name: Wrong) -> Read<T> {
    maybe_int(json, name).ok_or(name)
}

pub(crate) fn maybe_int<T: TryFrom<i64>>(json: &Json, name: &str) -> Option<T> {
    match json.get(name) {
        Some(Json::Int(n)) => T::try_from(*n).ok(),
        _ => None,
    }
}

pub(crate) fn yes(json: &Json, name: &str) -> bool {
    json.get(name) == Some(&Json::Bool(true))
}

// Function pointers and plain loops: a chain of adapters is compiled anew for each type.
pub(crate) fn list<T>(json: &Json, name: &str, one: fn(&Json) -> Read<T>) -> Read<Vec<T>> {
    let mut out = Vec::new();
    if let Some(Json::List(list)) = json.get(name) {
        for json in list {
            out.push(one(json)?);
        }
    }
    Ok(out)
}

pub(crate) fn words(json: &Json, name: &str) -> Read<Vec<String>> {
    list(json, name, |one| match one {
        Json::Text(text) => Ok(text.clone()),
        _ => Err("a text in a list"),
    })
}

pub(crate) fn inner<T>(json: &Json, name: Wrong, of: fn(&Json) -> Read<T>) -> Read<T> {
    of(json.get(name).ok_or(name)?)
}

fn visibility(json: &Json) -> Read<Visibility> {
    let word = match json {
        Json::Text(word) => word.as_str(),
        _ => return text(json, "other").map(Visibility::Other),
    };
    Ok(match word {
        "public" => Visibility::Public,
        "unlisted" => Visibility::Unlisted,
        "followers" => Visibility::Followers,
        "direct" => Visibility::Direct,
        "internal" => Visibility::Internal,
        other => Visibility::Other(other.to_owned()),
    })
}

fn author(json: &Json) -> Read<Author> {
    Ok(Author {
        id: text(json, "id")?,
        handle: text(json, "handle")?,
        display_name: maybe_text(json, "display_name"),
        profile_url: maybe_text(json, "profile_url"),
        reach: maybe_int(json, "reach"),
        automated: yes(json, "automated"),
    })
}

fn mark(json: &Json) -> Read<Mark> {
    if let Json::Text(word) = json {
        return Ok(match word.as_str() {
            "quote" => Mark::Quote,
            "strong" => Mark::Strong,
            "emphasis" => Mark::Emphasis,
            "code" => Mark::Code,
            other => Mark::Other(other.to_owned()),
        });
    }
    type Make = fn(String) -> Mark;
    let kinds: [(Wrong, Make); 3] = [("link", Mark::Link), ("mention", Mark::Mention), ("tag", Mark::Tag)];
    for (name, make) in kinds {
        if let Some(text) = maybe_text(json, name) {
            return Ok(make(text));
        }
    }
    Ok(Mark::Other(maybe_text(json, "other").unwrap_or_default()))
}

fn span(json: &Json) -> Read<Span> {
    Ok(Span {
        start: int(json, "start")?,
        end: int(json, "end")?,
        mark: inner(json, "mark", mark)?,
    })
}

fn attachment(json: &Json) -> Read<Attachment> {
    Ok(Attachment {
        url: text(json, "url")?,
        media_type: maybe_text(json, "media_type"),
        size: maybe_int(json, "size"),
        alt: maybe_text(json, "alt"),
    })
}

fn content(json: &Json) -> Read<Content> {
    Ok(Content {
        author: inner(json, "author", author)?,
        title: maybe_text(json, "title"),
        text: text(json, "text")?,
        spans: list(json, "spans", span)?,
        attachments: list(json, "attachments", attachment)?,
        language: maybe_text(json, "language"),
        warning: maybe_text(json, "warning"),
    })
}

fn opinion(json: &Json) -> Read<Opinion> {
    let margin = match json.get("margin") {
        Some(Json::Float(margin)) => *margin as f32,
        Some(Json::Int(margin)) => *margin as f32,
        _ => return Err("margin"),
    };
    let because = match json.get("because") {
        Some(Json::List(pair)) => match pair.as_slice() {
            [Json::Int(start), Json::Int(end)] => u32::try_from(*start).ok().zip(u32::try_from(*end).ok()),
            _ => None,
        },
        _ => None,
    };
    Ok(Opinion {
        label: text(json, "label")?,
        margin,
        because,
    })
}

fn verdict(json: &Json) -> Read<Verdict> {
    Ok(Verdict {
        by: text(json, "by")?,
        revision: int(json, "revision")?,
        opinions: list(json, "opinions", opinion)?,
        trouble: maybe_text(json, "trouble"),
    })
}

fn delivery(json: &Json) -> Read<Delivery> {
    Ok(match text(json, "state")?.as_str() {
        "queued" => Delivery::Queued {
            reason: maybe_text(json, "reason"),
        },
        "sending" => Delivery::Sending,
        "sent" => Delivery::Sent {
            remote_id: text(json, "remote_id")?.into(),
            url: maybe_text(json, "url"),
            at: int(json, "at")?,
        },
        "failed" => Delivery::Failed {
            reason: text(json, "reason")?,
            cause: None, // the panel shows the words
        },
        "unknown" => Delivery::Unknown {
            reason: text(json, "reason")?,
        },
        _ => return Err("state"),
    })
}

fn turn(json: &Json) -> Read<Turn> {
    Ok(match text(json, "turn")?.as_str() {
        "taken" => Turn::Taken,
        "handed-over" => Turn::HandedOver {
            to: maybe_text(json, "to").map(AgentId),
            why: text(json, "why")?,
        },
        "resolved" => Turn::Resolved,
        "reopened" => Turn::Reopened,
        _ => return Err("turn"),
    })
}

fn parent(json: &Json) -> Option<RemoteId> {
    maybe_text(json, "parent").map(RemoteId)
}

fn message(json: &Json) -> Read<MessageItem> {
    Ok(MessageItem {
        remote_id: text(json, "remote_id")?.into(),
        parent: parent(json),
        visibility: inner(json, "visibility", visibility)?,
        ours: yes(json, "ours"),
        context: yes(json, "context"),
        url: maybe_text(json, "url"),
        content: json.get("content").map(content).transpose()?,
        edits: int(json, "edits")?,
        deleted: yes(json, "deleted"),
        verdict: json.get("verdict").map(verdict).transpose()?,
    })
}

fn reply(json: &Json) -> Read<ReplyItem> {
    Ok(ReplyItem {
        command: text(json, "command")?.into(),
        by: text(json, "by")?.into(),
        text: text(json, "text")?,
        visibility: inner(json, "visibility", visibility)?,
        parent: parent(json),
        delivery: inner(json, "delivery", delivery)?,
        deleted: yes(json, "deleted"),
        edited_text: maybe_text(json, "edited_text"),
    })
}

fn item(json: &Json) -> Read<Item> {
    let kind = match text(json, "type")?.as_str() {
        "message" => ItemKind::Message(message(json)?),
        "reply" => ItemKind::Reply(reply(json)?),
        "note" => ItemKind::Note(NoteItem {
            by: text(json, "by")?.into(),
            text: text(json, "text")?,
        }),
        "turn" => ItemKind::Turn(TurnItem {
            by: maybe_text(json, "by").map(AgentId),
            what: inner(json, "what", turn)?,
        }),
        "gone" => ItemKind::Gone,
        _ => return Err("type"),
    };
    Ok(Item {
        key: text(json, "key")?,
        at: int(json, "at")?,
        kind,
    })
}

fn summary(json: &Json) -> Read<Summary> {
    Ok(Summary {
        id: text(json, "id")?.into(),
        connection: text(json, "connection")?.into(),
        network: text(json, "network")?,
        status: match text(json, "status")?.as_str() {
            "open" => Status::Open,
            "resolved" => Status::Resolved,
            _ => return Err("status"),
        },
        owner: maybe_text(json, "owner").map(AgentId),
        person: inner(json, "person", author)?,
        snippet: text(json, "snippet")?,
        visibility: inner(json, "visibility", visibility)?,
        labels: words(json, "labels")?,
        inbound: int(json, "inbound")?,
        unread: int(json, "unread")?,
        replies: int(json, "replies")?,
        trouble: maybe_text(json, "trouble"),
        last_inbound_at: int(json, "last_inbound_at")?,
        waiting_since: maybe_int(json, "waiting_since"),
        version: int(json, "version")?,
        work: None,
    })
}

fn compose(json: &Json) -> Read<Compose> {
    let counting = match text(json, "counting")?.as_str() {
        "mastodon" => Counting::Mastodon,
        "bytes" => Counting::Bytes,
        _ => Counting::Characters,
    };
    Ok(Compose {
        max_length: maybe_int(json, "max_length"),
        counting,
        visibilities: list(json, "visibilities", visibility)?,
        parent: parent(json),
        prefix: text(json, "prefix")?,
        closed: maybe_text(json, "closed"),
    })
}

fn line(json: &Json) -> Read<ConnectionView> {
    let health = match text(json, "health")?.as_str() {
        "healthy" => Health::Healthy,
        "credential-needed" => Health::CredentialNeeded,
        "quarantined" => Health::Quarantined,
        _ => Health::Degraded,
    };
    Ok(ConnectionView {
        id: text(json, "id")?.into(),
        network: text(json, "network")?,
        name: text(json, "name")?,
        health,
        action: maybe_text(json, "action").unwrap_or_default(),
        cause: None, // the panel shows the words; they say all of this
        since: 0,
        next_try: None,
    })
}
impl Wire for ConversationPage {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            items: list(json, "items", summary)?,
            next: maybe_text(json, "next"),
            total: int(json, "total")?,
            feed: int(json, "feed")?,
        })
    }
}
impl Wire for ConversationView {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            summary: inner(json, "summary", summary)?,
            items: list(json, "items", item)?,
            compose: inner(json, "compose", compose)?,
            feed: int(json, "feed")?,
            work: None,
        })
    }
}
impl Wire for CommandDone {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            conversation: text(json, "conversation")?.into(),
            summary: inner(json, "summary", summary)?,
            items: list(json, "items", item)?,
        })
    }
}
impl Wire for Me {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            agent: text(json, "agent")?.into(),
            workspace: text(json, "workspace")?.into(),
            brand: text(json, "brand")?.into(),
            expires_at: int(json, "expires_at")?,
            connections: list(json, "connections", line)?,
        })
    }
}
impl Wire for Problem {
    fn of(json: &Json) -> Read<Self> {
        Ok(Self {
            code: text(json, "code")?,
            message: text(json, "message")?,
            field: maybe_text(json, "field"),
        })
    }
}
impl Wire for FeedMessage {
    fn of(json: &Json) -> Read<Self> {
        Ok(match text(json, "type")?.as_str() {
            "hello" => Self::Hello { n: int(json, "n")? },
            "entry" => Self::Entry(Box::new(FeedEntry {
                n: int(json, "n")?,
                conversation: text(json, "conversation")?.into(),
                summary: inner(json, "summary", summary)?,
                items: list(json, "items", item)?,
            })),
            "connection" => Self::Connection(line(json)?),
            "resync" => Self::Resync { n: int(json, "n")? },
            "token-expired" => Self::TokenExpired,
            _ => return Err("type"),
        })
    }
}

impl Wire for CommandRequest {
    fn of(json: &Json) -> Read<Self> {
        let what = json.get("command").ok_or("command")?;
        let command = match text(what, "do")?.as_str() {
            "take" => Command::Take,
            "hand-over" => Command::HandOver {
                to: maybe_text(what, "to").map(AgentId),
                why: text(what, "why")?,
            },
            "note" => Command::Note {
                text: text(what, "text")?,
            },
            "reply" => Command::Reply {
                text: text(what, "text")?,
                visibility: inner(what, "visibility", visibility)?,
                parent: parent(what),
            },
            "retry" => Command::Retry {
                reply: text(what, "reply")?.into(),
            },
            "resolve" => Command::Resolve,
            "reopen" => Command::Reopen,
            "seen" => Command::Seen {
                version: int(what, "version")?,
            },
            _ => return Err("do"),
        };
        Ok(Self {
            id: text(json, "id")?.into(),
            command,
        })
    }
}

/// A command as JSON.
pub fn write(request: &CommandRequest) -> String {
    let mut out = String::from("{\"id\":");
    quote(request.id.as_str(), &mut out);
    out.push_str(",\"command\":{\"do\":");
    let mut pair = |name: &str, value: &str| {
        if name != "do" {
            out.push(',');
            quote(name, &mut out);
            out.push(':');
        }
        quote(value, &mut out);
    };
    match &request.command {
        Command::Take => pair("do", "take"),
        Command::HandOver { to, why } => {
            pair("do", "hand-over");
            pair("why", why);
            match to {
                Some(to) => pair("to", to.as_str()),
                None => out.push_str(",\"to\":null"),
            }
        }
        Command::Note { text } => {
            pair("do", "note");
            pair("text", text);
        }
        Command::Reply {
            text,
            visibility,
            parent,
        } => {
            pair("do", "reply");
            pair("text", text);
            if let Some(parent) = parent {
                pair("parent", parent.as_str());
            }
            out.push_str(",\"visibility\":");
            match visibility {
                Visibility::Other(word) => {
                    out.push_str("{\"other\":");
                    quote(word, &mut out);
                    out.push('}');
                }
                known => quote(visibility_word(known), &mut out),
            }
        }
        Command::Retry { reply } => {
            pair("do", "retry");
            pair("reply", reply.as_str());
        }
        Command::Resolve => pair("do", "resolve"),
        Command::Reopen => pair("do", "reopen"),
        Command::Seen { version } => {
            pair("do", "seen");
            out.push_str(",\"version\":");
            out.push_str(&version.to_string());
        }
    }
    out.push_str("}}");
    out
}

/// The wire's word for a visibility.
pub fn visibility_word(visibility: &Visibility) -> &str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Followers => "followers",
        Visibility::Direct => "direct",
        Visibility::Internal => "internal",
        Visibility::Other(word) => word,
    }
}
