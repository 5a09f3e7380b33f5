//! What a post, a topic and a webhook look like on the wire.

use super::cooked;
use super::world::{Forum, Post, PostId, Topic};
use crate::clock::rfc3339;
use serde_json::{Value, json};

pub(super) fn slug(title: &str) -> String {
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    if words.is_empty() {
        "topic".to_owned()
    } else {
        words.join("-")
    }
}

impl Forum {
    pub(super) fn post_json(&self, post: &Post) -> Value {
        let nobody = || json!(null);
        let user = self.user(&post.author);
        let topic = self.topic(post.topic);
        let title = topic.map(|topic| topic.title.clone()).unwrap_or_default();
        let above = self
            .posts
            .iter()
            .rev()
            .find(|other| other.topic == post.topic && Some(other.number) == post.answers);
        let likes = if post.likes > 0 {
            json!([{"id": 2, "count": post.likes}])
        } else {
            json!([])
        };
        json!({
            "id": post.id, "name": null, "username": post.author,
            "avatar_template": format!("/letter_avatar/{}/{{size}}/2.png", post.author),
            "created_at": rfc3339(post.created), "updated_at": rfc3339(post.updated),
            "cooked": cooked(&post.raw), "raw": post.raw,
            "post_number": post.number, "post_type": if post.whisper { 4 } else { 1 },
            "reply_count": 0, "reply_to_post_number": post.answers,
            "reply_to_user": above.map_or_else(nobody, |above| json!({"username": above.author})),
            "quote_count": 0, "incoming_link_count": 0, "reads": 1, "readers_count": 0, "score": 0.2,
            "yours": post.author == self.brand,
            "topic_id": post.topic, "topic_slug": slug(&title), "topic_title": title, "topic_html_title": title,
            "category_id": topic.map(|topic| topic.category), "display_username": null,
            "version": post.version, "can_edit": false, "can_delete": false,
            "actions_summary": likes,
            "moderator": false, "admin": false, "staff": user.is_some_and(|user| user.staff),
            "user_id": user.map(|user| user.id), "hidden": false, "trust_level": user.map(|user| user.trust),
            "deleted_at": post.deleted.map(rfc3339), "user_deleted": post.user_deleted, "edit_reason": null,
            "can_view_edit_history": true, "wiki": false,
            "accepted_answer": topic.is_some_and(|topic| topic.accepted == Some(post.id)),
        })
    }

    pub(super) fn topic_json(&self, topic: &Topic, posts: &[&Post]) -> Value {
        let shown: Vec<Value> = posts.iter().take(20).map(|post| self.post_json(post)).collect();
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        let accepted = topic.accepted.and_then(|id| self.post(id));
        let assigned = topic.assigned.as_ref();
        json!({
            "id": topic.id, "title": topic.title, "fancy_title": topic.title, "slug": slug(&topic.title),
            "posts_count": posts.len(), "closed": topic.closed, "archived": false, "category_id": topic.category,
            "archetype": if topic.allowed.is_some() { "private_message" } else { "regular" },
            "post_stream": {"posts": shown, "stream": ids},
            "accepted_answer": accepted.map(|post| json!({"post_number": post.number, "username": post.author})),
            "assigned_to_user": assigned.map(|name| json!({"username": name})),
        })
    }

    /// The body of a webhook about a post, as the forum sends it with `X-Discourse-Event: event`.
    pub fn hook(&self, event: &str, id: PostId) -> Value {
        let Some(post) = self.post(id) else {
            return json!({"ping": "OK"});
        };
        let Some(topic) = self.topic(post.topic) else {
            return json!({"ping": "OK"});
        };
        let mut body = self.post_json(post);
        let archetype = if topic.allowed.is_some() {
            "private_message"
        } else {
            "regular"
        };
        if let Some(fields) = body.as_object_mut() {
            fields.insert("topic_archetype".to_owned(), json!(archetype));
            fields.insert("topic_posts_count".to_owned(), json!(topic.highest));
        }
        match event {
            "post_liked" => json!({"like": {"post": body, "user": {"id": 77, "username": "fan", "trust_level": 2}}}),
            "accepted_solution" | "unaccepted_solution" => json!({"solved": body}),
            "assigned" | "unassigned" => json!({"assign": {
                "type": event, "topic_id": topic.id, "topic_title": topic.title,
                "assigned_to_id": 5, "assigned_to_username": topic.assigned, "assigned_by_username": "boss",
            }}),
            "topic_created" | "topic_destroyed" | "topic_recovered" | "topic_status_updated" => json!({"topic": {
                "id": topic.id, "title": topic.title, "slug": slug(&topic.title), "archetype": archetype,
                "category_id": topic.category, "closed": topic.closed, "created_at": rfc3339(post.created),
            }}),
            _ => json!({"post": body}),
        }
    }
}
