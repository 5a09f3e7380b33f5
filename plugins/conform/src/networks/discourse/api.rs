//! The calls of the API that a connector makes, with the words of a refusal as a forum says them.

use super::super::{Answered, Asked};
use super::KEY;
use super::world::{Forum, Post};
use crate::networks::Network as _;
use serde_json::{Value, json};

/// Posts of one list.
const PAGE: usize = 50;
/// The same words again within this time are refused.
const SIMILAR_MS: u64 = 300_000;

pub(super) fn answer(forum: &mut Forum, asked: &Asked, now: u64) -> Answered {
    if asked.header("api-key") != Some(KEY) || asked.header("api-username").is_none_or(str::is_empty) {
        return no(
            403,
            "invalid_access",
            "You are not permitted to view the requested resource. The API username or key is invalid.",
        );
    }
    let parts = asked.parts();
    let numbered = |text: &str| text.strip_suffix(".json").unwrap_or(text).parse::<u64>().ok();
    match (asked.method.as_str(), parts.as_slice()) {
        ("GET", ["session", "current.json"]) => current(forum),
        ("GET", ["posts.json"]) => list(forum, asked, "latest_posts", false),
        ("GET", ["private-posts.json"]) => list(forum, asked, "private_posts", true),
        ("GET", ["posts", id]) => shown(forum, numbered(id).and_then(|id| forum.post(id))),
        ("GET", ["posts", "by_number", topic, number]) => {
            let (topic, number) = (numbered(topic), numbered(number));
            let found = forum.posts.iter();
            let mut found = found.filter(|post| Some(post.topic) == topic && Some(post.number) == number);
            shown(forum, found.next())
        }
        ("GET", ["t", id]) => topic(forum, numbered(id), asked),
        ("GET", ["t", id, "posts.json"]) => some(forum, numbered(id), asked),
        ("GET", ["c", id, "show.json"]) => {
            let id = numbered(id).unwrap_or(0);
            let category =
                json!({"id": id, "name": format!("category {id}"), "read_restricted": forum.restricted.contains(&id)});
            Answered::json(200, &json!({"category": category}))
        }
        ("POST", ["posts.json"]) => create(forum, &asked.json(), now),
        _ => no(404, "not_found", "The requested URL or resource could not be found."),
    }
}

fn no(status: u16, kind: &str, words: &str) -> Answered {
    Answered::json(status, &json!({"errors": [words], "error_type": kind}))
}

fn not_found() -> Answered {
    no(404, "not_found", "The requested URL or resource could not be found.")
}

fn current(forum: &Forum) -> Answered {
    let user = forum.user(&forum.brand);
    let user = json!({"id": user.map(|user| user.id), "username": forum.brand, "trust_level": 4});
    Answered::json(200, &json!({"current_user": user}))
}

/// A post that its own author removed is shown as such; one that staff removed is not.
fn visible(forum: &Forum, post: &Post) -> bool {
    post.deleted.is_none() && forum.topic(post.topic).is_some_and(|topic| forum.sees(topic))
}

fn list(forum: &Forum, asked: &Asked, root: &str, private: bool) -> Answered {
    let before = asked.number("before").unwrap_or(u64::MAX);
    let of_kind = |post: &&Post| {
        let is_private = forum.topic(post.topic).is_some_and(|topic| topic.allowed.is_some());
        is_private == private && visible(forum, post) && !post.whisper && post.id <= before
    };
    let posts: Vec<Value> = forum
        .posts
        .iter()
        .rev()
        .filter(of_kind)
        .take(PAGE)
        .map(|post| forum.post_json(post))
        .collect();
    Answered::json(200, &json!({root: posts}))
}

fn shown(forum: &Forum, post: Option<&Post>) -> Answered {
    match post.filter(|post| visible(forum, post)) {
        Some(post) => Answered::json(200, &forum.post_json(post)),
        None => not_found(),
    }
}

fn topic(forum: &Forum, id: Option<u64>, asked: &Asked) -> Answered {
    let Some(topic) = id.and_then(|id| forum.topic(id)).filter(|topic| forum.sees(topic)) else {
        return not_found();
    };
    let only = asked.field("username_filters");
    let posts = forum
        .posts
        .iter()
        .filter(|post| post.topic == topic.id && visible(forum, post));
    let posts: Vec<&Post> = posts
        .filter(|post| post.number == 1 || only.is_none_or(|name| name == post.author))
        .collect();
    Answered::json(200, &forum.topic_json(topic, &posts))
}

fn some(forum: &Forum, id: Option<u64>, asked: &Asked) -> Answered {
    let wanted = asked.fields("post_ids[]");
    let Some(topic) = id.and_then(|id| forum.topic(id)).filter(|topic| forum.sees(topic)) else {
        return not_found();
    };
    let posts = forum.posts.iter();
    let posts = posts.filter(|post| post.topic == topic.id && visible(forum, post));
    let posts = posts.filter(|post| wanted.contains(&post.id.to_string().as_str()));
    let posts: Vec<Value> = posts.map(|post| forum.post_json(post)).collect();
    Answered::json(200, &json!({"post_stream": {"posts": posts}, "id": topic.id}))
}

fn create(forum: &mut Forum, body: &Value, now: u64) -> Answered {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let refused = |words: &str| Answered::json(422, &json!({"action": "create_post", "errors": [words]}));
    let raw = text("raw");
    if raw.trim().is_empty() {
        return refused("Body can't be blank");
    }
    let brand = forum.brand.clone();
    let similar = |post: &Post| post.author == brand && post.raw == raw.trim_end() && now < post.created + SIMILAR_MS;
    if forum.posts.iter().any(similar) {
        return refused("Body is too similar to what you recently posted");
    }
    if forum.approving {
        return Answered::json(200, &json!({"action": "enqueued", "success": true, "pending_count": 1}));
    }
    let id = match body.get("topic_id").and_then(Value::as_u64) {
        Some(topic) => {
            let Some(known) = forum.topic(topic).filter(|topic| forum.sees(topic)) else {
                return no(
                    403,
                    "invalid_access",
                    "You are not permitted to view the requested resource.",
                );
            };
            if known.closed {
                return refused("You are not permitted to reply: the topic is closed.");
            }
            let answers = body.get("reply_to_post_number").and_then(Value::as_u64);
            let whisper = body
                .get("whisper")
                .is_some_and(|value| value == "true" || value == true);
            forum.add(&brand, topic, answers, &raw, now, whisper)
        }
        None => {
            let (title, to) = (text("title"), text("target_recipients"));
            let to: Vec<&str> = to.split(',').filter(|name| !name.is_empty()).collect();
            if title.trim().is_empty() {
                return refused("Title can't be blank");
            }
            match text("archetype").as_str() {
                "private_message" if to.is_empty() => return refused("You must select a valid user."),
                "private_message" => forum.write_to(&brand, &to, &title, &raw, now),
                _ => forum.open(&brand, &title, &raw, now),
            }
        }
    };
    shown(forum, forum.post(id))
}

impl Forum {
    /// A request with the brand's key, as a test makes one.
    pub fn ask(&mut self, method: &str, target: &str, now_ms: u64) -> Answered {
        let headers = [("api-key", KEY), ("api-username", self.brand.as_str())];
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        self.api(
            &Asked {
                headers,
                ..Asked::new(method, target)
            },
            now_ms,
        )
    }
}
