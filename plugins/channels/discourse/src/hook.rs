//! What the forum sends by itself. The host has verified the signature; `X-Discourse-Event` says what happened.
//!
//! The events of a request are made of the request and of what the forum says about places and categories, so that the
//! same request asked again gives the same. What a poll brings too is the same by id and revision.

use crate::api::Api;
use crate::known::Known;
use crate::map;
use crate::watch::Watch;
use crate::wire::Post;
use jackfield_sdk::channel::{Author, Event, Host, Kind, Trouble, Visibility, said};
use jackfield_sdk::debug;
use jackfield_sdk::webhook::WebhookRequest;
use serde_json::Value;

pub(crate) fn ingest(host: &dyn Host, settings: &str, request: &WebhookRequest) -> Result<Vec<Event>, Trouble> {
    let api = Api::new(host, settings)?;
    let header = request.headers.iter().find(|(name, _)| name == "x-discourse-event");
    let event = header.map(|(_, value)| value.trim()).unwrap_or_default();
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|error| Trouble::Unexpected(format!("The forum sent a webhook that is no JSON ({error}).")))?;
    let mut line = Line {
        api: &api,
        known: Known::load(host),
        watch: Watch::load(host),
        received: request.received_at,
    };
    let events = line.read(event, &body)?;
    line.known.save();
    line.watch.save(host.now_ms());
    if events.is_empty() {
        debug!(host, "nothing to take from a webhook {event:?}");
    }
    Ok(events)
}

struct Line<'a> {
    api: &'a Api<'a>,
    known: Known<'a>,
    watch: Watch<'a>,
    received: u64,
}

impl Line<'_> {
    fn read(&mut self, event: &str, body: &Value) -> Result<Vec<Event>, Trouble> {
        if let Some(post) = body.get("post") {
            return self.post(event, post);
        }
        if let Some(post) = body.get("solved") {
            let what = if event == "unaccepted_solution" {
                "unsolved"
            } else {
                "solved"
            };
            return self.about(post, "solved", what.to_owned());
        }
        if let Some(like) = body.get("like") {
            let who = text(like, "/user/username").unwrap_or("somebody");
            let what = format!("liked by @{who}");
            let prefix = format!("like:{}", like.pointer("/user/id").and_then(Value::as_i64).unwrap_or(0));
            return self.about(like.get("post").unwrap_or(&Value::Null), &prefix, what);
        }
        if let Some(assign) = body.get("assign") {
            return Ok(self.assigned(event, assign));
        }
        if let Some(promoted) = body.get("user_promoted") {
            return Ok(self.promoted(promoted));
        }
        if let Some(topic) = body.get("topic") {
            return Ok(self.topic(event, topic));
        }
        Ok(Vec::new())
    }

    fn parsed(post: &Value) -> Result<Post, Trouble> {
        serde_json::from_value(post.clone())
            .map_err(|error| Trouble::Unexpected(format!("The forum sent a post that cannot be read ({error}).")))
    }

    /// A post was written, changed, taken away or brought back.
    fn post(&mut self, name: &str, post: &Value) -> Result<Vec<Event>, Trouble> {
        let post = Self::parsed(post)?;
        let private = is_private(&post);
        if !private && !self.api.settings.watches(post.category_id) {
            return Ok(Vec::new());
        }
        let around = self.known.around(self.api, &post, private)?;
        let mut event = map::event(&post, &around, &self.api.settings);
        match name {
            "post_destroyed" => event.kind = Kind::Deleted,
            // Right after posting an edit leaves the version as it is; the time of the change tells them apart.
            "post_edited" | "post_recovered" => event.revision = event.revision.max(map::updated(&post)),
            _ => {}
        }
        if event.kind == Kind::Deleted {
            self.watch.drop(post.id);
        } else {
            self.watch.add(&post, &event, &around, self.api.host.now_ms());
        }
        Ok(vec![event])
    }

    /// Something that was done about a post. The moment of its arrival is its revision: it can be done and undone.
    fn about(&mut self, post: &Value, prefix: &str, what: String) -> Result<Vec<Event>, Trouble> {
        let post = Self::parsed(post)?;
        let private = is_private(&post);
        if !private && !self.api.settings.watches(post.category_id) {
            return Ok(Vec::new());
        }
        let around = self.known.around(self.api, &post, private)?;
        let id = format!("{prefix}:{}", post.id);
        Ok(vec![map::fact(&id, self.received, self.received, what, &post, &around)])
    }

    fn assigned(&self, name: &str, assign: &Value) -> Vec<Event> {
        let Some(topic) = assign.get("topic_id").and_then(Value::as_u64) else {
            return Vec::new();
        };
        let to = text(assign, "/assigned_to_username").or_else(|| text(assign, "/assigned_to_group_name"));
        let what = match (name, to) {
            ("unassigned", _) | (_, None) => "unassigned".to_owned(),
            (_, Some(to)) => format!("assigned to @{to}"),
        };
        vec![self.plain(&format!("assigned:{topic}"), &map::thread(topic), what)]
    }

    fn promoted(&mut self, promoted: &Value) -> Vec<Event> {
        let user = promoted.get("user_id").and_then(Value::as_i64);
        let level = promoted.get("new_trust_level").and_then(Value::as_u64);
        let (Some(user), Some(level)) = (user, level.and_then(|level| u8::try_from(level).ok())) else {
            return Vec::new();
        };
        let _ = self.known.risen(user, level);
        vec![self.plain(&format!("trust:{user}"), "trust", format!("trust-level {level}"))]
    }

    /// The topic as a whole: closed, opened, taken away.
    fn topic(&self, name: &str, topic: &Value) -> Vec<Event> {
        let Some(id) = topic.get("id").and_then(Value::as_u64) else {
            return Vec::new();
        };
        let category = topic.get("category_id").and_then(Value::as_u64);
        let private = text(topic, "/archetype") == Some("private_message");
        // A new topic comes with its first post, in a webhook of its own.
        if name == "topic_created" || (!private && !self.api.settings.watches(category)) {
            return Vec::new();
        }
        let closed = topic.get("closed").and_then(Value::as_bool).unwrap_or(false);
        let what = match name {
            "topic_status_updated" if closed => "topic closed",
            "topic_status_updated" => "topic open",
            "topic_destroyed" => "topic deleted",
            "topic_recovered" => "topic recovered",
            _ => "topic edited",
        };
        vec![self.plain(&format!("topic:{id}"), &map::thread(id), what.to_owned())]
    }

    fn plain(&self, id: &str, thread: &str, what: String) -> Event {
        let mut event = said(id, Author::named(""), "", self.received);
        event.kind = Kind::Other(what);
        event.revision = self.received;
        thread.clone_into(&mut event.thread);
        event.visibility = Visibility::Internal;
        event.context = true;
        event
    }
}

fn is_private(post: &Post) -> bool {
    post.topic_archetype.as_deref() == Some("private_message")
}

fn text<'v>(value: &'v Value, at: &str) -> Option<&'v str> {
    value
        .pointer(at)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
