//! An account's server (PDS) and the AppView behind it, in one: sessions that rotate, repositories with keys of their
//! writers' choice, notifications, threads, profiles. The AppView can be taken away: then it answers 502, as a PDS does.

use super::{Answered, Asked, Network, Said};
use crate::clock::rfc3339;
use serde_json::{Value, json};

/// What a test gives a plugin as its secret.
const REFRESH: &str = "first-refresh-token-of-the-account-0001";
const POSTS: &str = "app.bsky.feed.post";

#[derive(Debug, Clone)]
struct Post {
    who: String,
    key: String,
    record: Value,
    indexed: u64,
    gone: bool,
}

/// The network.
#[derive(Debug, Clone)]
pub struct Sky {
    brand: String,
    posts: Vec<Post>,
    /// Sessions so far: the number in the newest tokens.
    sessions: u64,
    /// The newest session whose tokens are over.
    expired: u64,
    revoked: bool,
    appview: bool,
    next: u64,
}

impl Default for Sky {
    fn default() -> Self {
        Self {
            brand: "northwind.test".to_owned(),
            posts: Vec::new(),
            sessions: 1,
            expired: 0,
            revoked: false,
            appview: true,
            next: 0,
        }
    }
}

fn did(handle: &str) -> String {
    let name: String = handle.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("did:plc:{name}")
}

impl Post {
    fn did(&self) -> String {
        did(&self.who)
    }
    fn uri(&self) -> String {
        format!("at://{}/{POSTS}/{}", self.did(), self.key)
    }
    fn cid(&self) -> String {
        format!("bafy{}", self.key)
    }
    fn text(&self) -> &str {
        self.record.get("text").and_then(Value::as_str).unwrap_or_default()
    }
}

fn actor(handle: &str) -> Value {
    json!({"did": did(handle), "handle": handle, "displayName": "", "labels": []})
}

fn no(status: u16, error: &str, message: &str) -> Answered {
    Answered::json(status, &json!({"error": error, "message": message}))
}

impl Sky {
    /// The access tokens of all sessions so far are over.
    pub fn expire(&mut self) {
        self.expired = self.sessions;
    }

    /// The account's sessions are revoked, refresh tokens too.
    pub fn revoke(&mut self) {
        self.revoked = true;
    }

    /// The AppView is there, or answers 502.
    pub fn appview(&mut self, there: bool) {
        self.appview = there;
    }

    /// The record of a post, as it was written.
    pub fn record(&self, uri: &str) -> Option<&Value> {
        self.find(uri).map(|post| &post.record)
    }

    /// Somebody writes a record of their own.
    pub fn write(&mut self, who: &str, record: Value, at: u64) -> String {
        self.next += 1;
        // A time and a count: sorts as the keys of the protocol do.
        let key = format!("3{:0>12}", base32(at.saturating_mul(1000) + self.next));
        self.put(who, key, record, at)
    }

    fn put(&mut self, who: &str, key: String, record: Value, at: u64) -> String {
        let post = Post {
            who: who.to_owned(),
            key,
            record,
            indexed: at,
            gone: false,
        };
        let uri = post.uri();
        self.posts.push(post);
        uri
    }

    fn find(&self, uri: &str) -> Option<&Post> {
        let key = uri.rsplit('/').next().unwrap_or_default();
        let mut posts = self.posts.iter().rev();
        posts.find(|post| post.key == key && !post.gone && post.uri() == uri)
    }

    fn view(post: &Post) -> Value {
        json!({
            "uri": post.uri(), "cid": post.cid(), "author": actor(&post.who), "record": post.record,
            "indexedAt": rfc3339(post.indexed), "likeCount": 0,
        })
    }

    /// Why the brand hears of a post; none where it does not.
    fn reason(&self, post: &Post) -> Option<&'static str> {
        let us = did(&self.brand);
        if post.gone || post.did() == us {
            return None;
        }
        let of_us = |at: &str| {
            let uri = post.record.pointer(at).and_then(Value::as_str);
            uri.is_some_and(|uri| uri.starts_with(&format!("at://{us}/")))
        };
        if of_us("/reply/parent/uri") {
            Some("reply")
        } else if post.text().contains(&format!("@{}", self.brand)) {
            Some("mention")
        } else if of_us("/embed/record/uri") {
            Some("quote")
        } else {
            None
        }
    }

    fn notifications(&self, asked: &Asked) -> Answered {
        let mut all: Vec<(usize, &Post, &str)> = Vec::new();
        for (number, post) in self.posts.iter().enumerate() {
            all.extend(self.reason(post).map(|reason| (number, post, reason)));
        }
        all.sort_by_key(|(number, post, _)| core::cmp::Reverse((post.indexed, *number)));
        let from = usize::try_from(asked.number("cursor").unwrap_or(0)).unwrap_or(0);
        let limit = usize::try_from(asked.number("limit").unwrap_or(50).min(100)).unwrap_or(50);
        let shown: Vec<Value> = all
            .iter()
            .skip(from)
            .take(limit)
            .map(|(_, post, reason)| {
                json!({
                    "uri": post.uri(), "cid": post.cid(), "author": actor(&post.who), "reason": reason,
                    "record": post.record, "isRead": false, "indexedAt": rfc3339(post.indexed), "labels": [],
                })
            })
            .collect();
        let mut body = json!({"notifications": shown, "priority": false});
        if let (true, Some(fields)) = (from + limit < all.len(), body.as_object_mut()) {
            fields.insert("cursor".to_owned(), json!((from + limit).to_string()));
        }
        Answered::json(200, &body)
    }

    fn thread(&self, asked: &Asked) -> Answered {
        let Some(post) = self.find(asked.field("uri").unwrap_or_default()) else {
            return no(400, "NotFound", "Post not found");
        };
        let height = asked.number("parentHeight").unwrap_or(80);
        let mut above = Vec::new();
        let mut here = post;
        for _ in 0..height {
            let Some(uri) = here.record.pointer("/reply/parent/uri").and_then(Value::as_str) else {
                break;
            };
            match self.find(uri) {
                Some(parent) => {
                    above.push(json!({"$type": "app.bsky.feed.defs#threadViewPost", "post": Self::view(parent)}));
                    here = parent;
                }
                None => {
                    above.push(json!({"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": true}));
                    break;
                }
            }
        }
        let mut node = Value::Null;
        for mut one in above.into_iter().rev() {
            if let (false, Some(fields)) = (node.is_null(), one.as_object_mut()) {
                fields.insert("parent".to_owned(), node);
            }
            node = one;
        }
        let mut top = json!({"$type": "app.bsky.feed.defs#threadViewPost", "post": Self::view(post)});
        if let (false, Some(fields)) = (node.is_null(), top.as_object_mut()) {
            fields.insert("parent".to_owned(), node);
        }
        Answered::json(200, &json!({"thread": top}))
    }

    fn refresh(&mut self, bearer: &str) -> Answered {
        let number = bearer
            .strip_prefix("refresh-")
            .and_then(|number| number.parse::<u64>().ok());
        let good = bearer == REFRESH || number.is_some_and(|number| number <= self.sessions);
        if self.revoked || !good {
            return no(400, "ExpiredToken", "Token has been revoked");
        }
        self.sessions += 1;
        let number = self.sessions;
        Answered::json(
            200,
            &json!({
                "accessJwt": format!("access-{number}"), "refreshJwt": format!("refresh-{number}"),
                "did": did(&self.brand), "handle": self.brand, "active": true,
            }),
        )
    }

    fn create(&mut self, body: &Value, now: u64) -> Answered {
        let record = body.get("record").cloned().unwrap_or_default();
        let text = record.get("text").and_then(Value::as_str).unwrap_or_default();
        if text.chars().count() > 3_000 {
            return no(
                400,
                "InvalidRequest",
                "Invalid app.bsky.feed.post record: Record/text must not be longer than 300 graphemes",
            );
        }
        let handle = self.brand.clone();
        if body.get("repo").and_then(Value::as_str) != Some(&did(&handle)) {
            return no(400, "InvalidRequest", "Could not find repo");
        }
        let key = body.get("rkey").and_then(Value::as_str).map(str::to_owned);
        if self
            .posts
            .iter()
            .any(|post| post.who == handle && Some(&post.key) == key.as_ref())
        {
            return no(500, "InternalServerError", "Internal Server Error");
        }
        let uri = match key {
            Some(key) => self.put(&handle, key, record, now),
            None => self.write(&handle, record, now),
        };
        let cid = self.find(&uri).map(Post::cid);
        Answered::json(200, &json!({"uri": uri, "cid": cid, "validationStatus": "valid"}))
    }

    fn records(&self, asked: &Asked) -> Answered {
        let repo = asked.field("repo").unwrap_or_default();
        let mut own: Vec<&Post> = self
            .posts
            .iter()
            .filter(|post| !post.gone && post.did() == repo)
            .collect();
        own.sort_by(|one, other| other.key.cmp(&one.key));
        let before = asked.field("cursor").unwrap_or("~");
        let limit = usize::try_from(asked.number("limit").unwrap_or(50)).unwrap_or(50);
        let shown: Vec<&Post> = own
            .into_iter()
            .filter(|post| post.key.as_str() < before)
            .take(limit)
            .collect();
        let records: Vec<Value> = shown
            .iter()
            .map(|post| json!({"uri": post.uri(), "cid": post.cid(), "value": post.record}))
            .collect();
        Answered::json(
            200,
            &json!({"records": records, "cursor": shown.last().map(|post| post.key.clone())}),
        )
    }
}

fn base32(mut number: u64) -> String {
    const ALPHABET: &[u8] = b"234567abcdefghijklmnopqrstuvwxyz";
    let mut letters = Vec::new();
    while number > 0 {
        let at = usize::try_from(number % 32).unwrap_or(0);
        letters.extend(ALPHABET.get(at).map(|byte| char::from(*byte)));
        number /= 32;
    }
    letters.iter().rev().collect()
}

impl Network for Sky {
    fn lives_at(&mut self, _url: &str) {}

    fn token(&self) -> String {
        REFRESH.to_owned()
    }

    fn api(&mut self, asked: &Asked, now_ms: u64) -> Answered {
        let method = asked.path.strip_prefix("/xrpc/").unwrap_or_default().to_owned();
        let bearer = asked
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        let bearer = bearer.unwrap_or_default().to_owned();
        if method == "com.atproto.server.refreshSession" {
            return self.refresh(&bearer);
        }
        let number = bearer
            .strip_prefix("access-")
            .and_then(|number| number.parse::<u64>().ok());
        match number {
            Some(number) if number > self.sessions || self.revoked => {
                return no(401, "AuthMissing", "Authentication Required");
            }
            Some(number) if number <= self.expired => return no(400, "ExpiredToken", "Token has expired"),
            None => return no(401, "AuthMissing", "Authentication Required"),
            Some(_) => {}
        }
        if method.starts_with("app.bsky.") && !self.appview {
            return no(502, "UpstreamFailure", "Upstream service unreachable");
        }
        match method.as_str() {
            "com.atproto.server.getSession" => Answered::json(
                200,
                &json!({"did": did(&self.brand), "handle": self.brand, "active": true}),
            ),
            "app.bsky.notification.listNotifications" => self.notifications(asked),
            "app.bsky.feed.getPostThread" => self.thread(asked),
            "app.bsky.feed.getPosts" => {
                let found = asked.fields("uris").into_iter().filter_map(|uri| self.find(uri));
                let posts: Vec<Value> = found.map(Self::view).collect();
                Answered::json(200, &json!({"posts": posts}))
            }
            "app.bsky.actor.getProfiles" => {
                let known = |did: &&str| self.posts.iter().find(|post| post.did() == *did);
                let profiles: Vec<Value> = asked
                    .fields("actors")
                    .iter()
                    .filter_map(known)
                    .map(|post| json!({"did": post.did(), "handle": post.who, "followersCount": 41}))
                    .collect();
                Answered::json(200, &json!({"profiles": profiles}))
            }
            "com.atproto.identity.resolveHandle" => match asked.field("handle").unwrap_or_default() {
                handle if handle.ends_with(".test") => Answered::json(200, &json!({"did": did(handle)})),
                _ => no(400, "InvalidRequest", "Unable to resolve handle"),
            },
            "com.atproto.repo.listRecords" => self.records(asked),
            "com.atproto.repo.getRecord" => {
                let part = |name: &str| asked.field(name).unwrap_or_default();
                let uri = format!("at://{}/{}/{}", part("repo"), part("collection"), part("rkey"));
                match self.find(&uri) {
                    Some(post) => Answered::json(200, &json!({"uri": uri, "cid": post.cid(), "value": post.record})),
                    None => no(400, "RecordNotFound", &format!("Could not locate record: {uri}")),
                }
            }
            "com.atproto.repo.createRecord" => self.create(&asked.json(), now_ms),
            _ => no(501, "MethodNotImplemented", "Method Not Implemented"),
        }
    }

    fn speak(&mut self, said: Said<'_>) -> Result<String, String> {
        let mut record = json!({"$type": POSTS, "text": said.text, "createdAt": rfc3339(said.at_ms), "langs": ["en"]});
        if let Some(uri) = said.parent {
            let parent = self.find(uri).ok_or_else(|| format!("there is no post {uri}"))?;
            let itself = json!({"uri": uri, "cid": parent.cid()});
            let root = parent
                .record
                .pointer("/reply/root")
                .cloned()
                .unwrap_or_else(|| itself.clone());
            if let Some(fields) = record.as_object_mut() {
                fields.insert("reply".to_owned(), json!({"root": root, "parent": itself}));
            }
        }
        let who = if said.who.contains('.') {
            said.who.to_owned()
        } else {
            format!("{}.test", said.who)
        };
        Ok(self.write(&who, record, said.at_ms))
    }

    fn edit(&mut self, _id: &str, _text: &str, _now_ms: u64) -> bool {
        false
    }

    fn take_away(&mut self, id: &str, _now_ms: u64) -> bool {
        match self.posts.iter_mut().find(|post| post.uri() == id) {
            Some(post) => {
                post.gone = true;
                true
            }
            None => false,
        }
    }

    fn messages(&self) -> Vec<(String, String)> {
        let there = self.posts.iter().filter(|post| !post.gone);
        there.map(|post| (post.uri(), post.text().to_owned())).collect()
    }
}
