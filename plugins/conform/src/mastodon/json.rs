//! The JSON of the client API, field by field as a Mastodon 4.6 writes it.

use super::{Account, AccountId, Notice, Post, Revision, World, render};
use crate::clock::rfc3339;
use serde_json::{Map, Value, json};

/// Writes JSON as one viewer gets it.
#[derive(Debug, Clone, Copy)]
pub struct Render<'a> {
    /// The server.
    pub world: &'a World,
    /// Who looks; none: a stranger.
    pub viewer: Option<AccountId>,
}

impl Render<'_> {
    /// An account.
    pub fn account(&self, account: &Account) -> Value {
        let base = &self.world.base;
        let own = || self.world.posts().filter(|p| p.author == account.id);
        let last = own()
            .last()
            .map(|p| rfc3339(p.created_ms).chars().take(10).collect::<String>());
        let following = self
            .world
            .accounts()
            .filter(|a| a.followers.contains(&account.id))
            .count();
        let created: String = rfc3339(account.created_ms).chars().take(10).collect();
        json!({
            "id": account.id.0.to_string(),
            "username": account.username,
            "acct": account.acct(),
            "display_name": account.display_name,
            "locked": false,
            "bot": account.bot,
            "discoverable": true,
            "indexable": false,
            "group": false,
            "created_at": format!("{created}T00:00:00.000Z"),
            "note": account.note,
            "url": account.url(base),
            "uri": account.uri(base),
            "avatar": format!("{base}/avatars/original/missing.png"),
            "avatar_static": format!("{base}/avatars/original/missing.png"),
            "avatar_description": "",
            "header": format!("{base}/headers/original/missing.png"),
            "header_static": format!("{base}/headers/original/missing.png"),
            "header_description": "",
            "followers_count": account.followers_elsewhere + account.followers.len() as u64,
            "following_count": following,
            "statuses_count": own().count(),
            "last_status_at": last,
            "hide_collections": null,
            "show_media": true,
            "show_media_replies": true,
            "show_featured": true,
            "noindex": false,
            "feature_approval": {"automatic": ["public"], "manual": [], "current_user": "automatic"},
            "emojis": [],
            "roles": [],
            "fields": [],
        })
    }

    /// One's own account, as `verify_credentials` shows it.
    pub fn own_account(&self, account: &Account) -> Value {
        let mut value = self.account(account);
        if let Some(map) = value.as_object_mut() {
            map.insert(
                "source".to_owned(),
                json!({
                    "privacy": "public", "sensitive": false, "language": null, "note": "", "fields": [],
                    "follow_requests_count": 0, "hide_collections": null, "discoverable": true, "indexable": false,
                    "attribution_domains": [], "quote_policy": "public",
                }),
            );
            map.insert(
                "role".to_owned(),
                json!({
                    "id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": false,
                    "collection_limit": 10,
                }),
            );
        }
        value
    }

    fn known(&self, id: AccountId) -> Value {
        self.world
            .account(id)
            .map_or(Value::Null, |account| self.account(account))
    }

    /// A post.
    pub fn post(&self, post: &Post) -> Value {
        let world = self.world;
        let now = post.now();
        let marked = render(&now.text, &world.base, |name| world.by_acct(name));
        let answers = world.posts().filter(|p| p.in_reply_to == Some(post.id)).count();
        let mine = self.viewer == Some(post.author);
        let liked = self.viewer.is_some_and(|v| post.favourited_by.contains(&v));
        let (uri, url) = self.addresses(post);
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| {
            map.insert(key.to_owned(), value);
        };
        put("id", json!(post.id.0.to_string()));
        put("created_at", json!(rfc3339(post.created_ms)));
        put("in_reply_to_id", json!(post.in_reply_to.map(|id| id.0.to_string())));
        put(
            "in_reply_to_account_id",
            json!(post.in_reply_to_account.map(|id| id.0.to_string())),
        );
        put("sensitive", json!(!now.spoiler.is_empty()));
        put("spoiler_text", json!(now.spoiler));
        put("visibility", json!(post.visibility.word()));
        put("language", json!(post.language));
        put("uri", json!(uri));
        put("url", json!(url));
        put("replies_count", json!(answers));
        put("reblogs_count", json!(0));
        put("favourites_count", json!(post.favourited_by.len()));
        put("quotes_count", json!(0));
        put("edited_at", json!(post.edited_ms().map(rfc3339)));
        put("favourited", json!(liked));
        put("reblogged", json!(false));
        put("muted", json!(false));
        put("bookmarked", json!(false));
        if mine {
            put("pinned", json!(false));
        }
        put("content", json!(marked.html));
        put("filtered", json!([]));
        put("reblog", Value::Null);
        put(
            "application",
            json!(
                post.application
                    .as_ref()
                    .map(|name| json!({"name": name, "website": null}))
            ),
        );
        put("account", self.known(post.author));
        put("media_attachments", json!([]));
        put(
            "mentions",
            post.mentions.iter().filter_map(|id| self.mention(*id)).collect(),
        );
        let tag = |name: &String| json!({"name": name, "url": format!("{}/tags/{name}", world.base)});
        put("tags", marked.tags.iter().map(tag).collect());
        put("emojis", json!([]));
        put("tagged_collections", json!([]));
        put("quote", Value::Null);
        put("card", Value::Null);
        put("poll", poll(post));
        put(
            "quote_approval",
            json!({"automatic": [], "manual": [], "current_user": "denied"}),
        );
        Value::Object(map)
    }

    /// A post that its author has just taken away: the words as typed instead of the HTML.
    pub fn deleted(&self, post: &Post) -> Value {
        let mut value = self.post(post);
        if let Some(map) = value.as_object_mut() {
            map.remove("content");
            map.insert("text".to_owned(), json!(post.now().text));
        }
        value
    }

    /// Every wording of a post.
    pub fn history(&self, post: &Post) -> Value {
        let entry = |revision: &Revision| {
            let html = render(&revision.text, &self.world.base, |name| self.world.by_acct(name)).html;
            json!({
                "content": html,
                "spoiler_text": revision.spoiler,
                "sensitive": !revision.spoiler.is_empty(),
                "created_at": rfc3339(revision.at_ms),
                "account": self.known(post.author),
                "media_attachments": [],
                "emojis": [],
            })
        };
        post.revisions.iter().map(entry).collect()
    }

    /// A notification; none where its post is gone or hidden.
    pub fn notice(&self, notice: &Notice) -> Option<Value> {
        let post = self.world.seen_by(self.viewer, notice.post)?;
        Some(json!({
            "id": notice.id.to_string(),
            "type": notice.kind.word(),
            "created_at": rfc3339(notice.at_ms),
            "group_key": format!("ungrouped-{}", notice.id),
            "account": self.known(notice.from),
            "status": self.post(post),
        }))
    }

    fn mention(&self, id: AccountId) -> Option<Value> {
        let account = self.world.account(id)?;
        Some(json!({
            "id": id.0.to_string(),
            "username": account.username,
            "url": account.url(&self.world.base),
            "acct": account.acct(),
        }))
    }

    fn addresses(&self, post: &Post) -> (String, String) {
        let base = &self.world.base;
        match self.world.account(post.author) {
            Some(author) => (
                format!("{}/statuses/{}", author.uri(base), post.id.0),
                format!("{}/{}", author.url(base), post.id.0),
            ),
            None => (String::new(), String::new()),
        }
    }
}

fn poll(post: &Post) -> Value {
    if post.poll.is_empty() {
        return Value::Null;
    }
    let option = |title: &String| json!({"title": title, "votes_count": 0});
    json!({
        "id": post.id.0.to_string(),
        "expires_at": rfc3339(post.created_ms + 86_400_000),
        "expired": false,
        "multiple": false,
        "votes_count": 0,
        "voters_count": 0,
        "voted": false,
        "own_votes": [],
        "options": post.poll.iter().map(option).collect::<Value>(),
        "emojis": [],
    })
}
