//! The Graph API as far as a Page, an Instagram account and a WhatsApp number are answered through it, with Meta's numbered
//! errors; and the bodies of its webhooks.

use super::{Answered, Asked, Network, Said};
use crate::clock::rfc3339;
use serde_json::{Value, json};

const TOKEN: &str = "EAAstandin0access0token0of0a0system0user";
/// The Page, the account, the number.
const PAGE: &str = "100";
const INSTAGRAM: &str = "200";
const NUMBER: &str = "300";
const DAY_MS: u64 = 86_400_000;

/// Something that was said: a comment below another, or a message between two.
#[derive(Debug, Clone)]
struct One {
    id: String,
    /// The comment or post above it, or the person that it is between.
    place: String,
    from: String,
    text: String,
    at: u64,
    message: bool,
    gone: bool,
}

/// Meta.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    said: Vec<One>,
    next: u64,
    /// What WhatsApp was asked to send, as it came.
    sent: Vec<Value>,
    revoked: bool,
}

fn no(status: u16, code: u64, sub: u64, words: &str) -> Answered {
    let error =
        json!({"message": words, "type": "OAuthException", "code": code, "error_subcode": sub, "fbtrace_id": "x"});
    Answered::json(status, &json!({"error": error}))
}

impl Graph {
    /// The token is no longer good.
    pub fn revoke(&mut self) {
        self.revoked = true;
    }

    /// What WhatsApp was asked to send.
    pub fn sent(&self) -> &[Value] {
        &self.sent
    }

    /// A person writes in Messenger, on Instagram or WhatsApp.
    pub fn message(&mut self, person: &str, text: &str, at: u64) -> String {
        self.add("m", person, person, text, at, true)
    }

    fn add(&mut self, kind: &str, place: &str, from: &str, text: &str, at: u64, message: bool) -> String {
        self.next += 1;
        let id = if kind == "c" {
            format!("500_{}", self.next)
        } else {
            format!("{kind}_{}", self.next)
        };
        self.said.push(One {
            id: id.clone(),
            place: place.to_owned(),
            from: from.to_owned(),
            text: text.to_owned(),
            at,
            message,
            gone: false,
        });
        id
    }

    fn find(&self, id: &str) -> Option<&One> {
        self.said.iter().find(|one| one.id == id && !one.gone)
    }

    /// The time of the last message of a person.
    fn last(&self, person: &str) -> Option<u64> {
        let theirs = self.said.iter().filter(|one| one.message && one.from == person);
        theirs.map(|one| one.at).max()
    }

    /// The webhook of a comment or message; `verb` is `add`, `edited` or `remove`.
    pub fn hook(&self, id: &str, verb: &str, at: u64) -> Value {
        let Some(one) = self.said.iter().find(|one| one.id == id) else {
            return json!({"object": "page", "entry": []});
        };
        if one.message {
            let message = json!({
                "sender": {"id": one.from}, "recipient": {"id": PAGE}, "timestamp": one.at,
                "message": {"mid": one.id, "text": one.text},
            });
            return json!({"object": "page", "entry": [{"id": PAGE, "time": at, "messaging": [message]}]});
        }
        let value = json!({
            "item": "comment", "verb": verb, "comment_id": one.id, "post_id": "500_1", "parent_id": one.place,
            "from": {"id": one.from, "name": one.from}, "message": one.text, "created_time": one.at / 1000,
        });
        let change = json!({"field": "feed", "value": value});
        json!({"object": "page", "entry": [{"id": PAGE, "time": at / 1000, "changes": [change]}]})
    }

    fn shown(one: &One, words: &str) -> Value {
        json!({"id": one.id, words: one.text, "from": {"id": one.from, "name": one.from},
            "created_time": rfc3339(one.at), "timestamp": rfc3339(one.at)})
    }

    fn below(&self, id: &str, words: &str) -> Answered {
        if id != "500_1" && self.find(id).is_none() {
            return no(400, 100, 33, "Unsupported get request. Object with ID does not exist");
        }
        let said = self
            .said
            .iter()
            .rev()
            .filter(|one| one.place == id && !one.message && !one.gone);
        let said: Vec<Value> = said.take(50).map(|one| Self::shown(one, words)).collect();
        Answered::json(200, &json!({"data": said}))
    }

    fn comment(&mut self, id: &str, own: &str, body: &Value, now: u64) -> Answered {
        if self.find(id).is_none() {
            return no(400, 100, 33, "Unsupported post request. Object with ID does not exist");
        }
        let text = body.get("message").and_then(Value::as_str).unwrap_or_default();
        let id = self.add("c", id, own, text, now, false);
        Answered::json(200, &json!({"id": id}))
    }

    fn send(&mut self, own: &str, body: &Value, now: u64) -> Answered {
        let text = body
            .pointer("/message/text")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let about = body.pointer("/recipient/comment_id").and_then(Value::as_str);
        let person = match about {
            Some(comment) => match self.find(comment) {
                Some(one) => one.from.clone(),
                None => return no(400, 100, 33, "Object with ID does not exist"),
            },
            None => {
                let person = body
                    .pointer("/recipient/id")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                match self.last(person) {
                    Some(at) if now.saturating_sub(at) <= DAY_MS => person.to_owned(),
                    Some(_) => return no(400, 10, 2_018_278, "This message is sent outside of allowed window."),
                    None => return no(400, 100, 2_018_001, "No matching user found"),
                }
            }
        };
        let id = self.add("m", &person, own, text, now, true);
        Answered::json(200, &json!({"recipient_id": person, "message_id": id}))
    }

    fn whatsapp(&mut self, body: &Value, now: u64) -> Answered {
        let to = body.get("to").and_then(Value::as_str).unwrap_or_default().to_owned();
        let template = body.get("type").and_then(Value::as_str) == Some("template");
        let open = self.last(&to).is_some_and(|at| now.saturating_sub(at) <= DAY_MS);
        if !template && !open {
            return no(400, 131_047, 0, "Re-engagement message");
        }
        let text = body
            .pointer("/text/body")
            .and_then(Value::as_str)
            .unwrap_or("[template]")
            .to_owned();
        self.sent.push(body.clone());
        let id = self.add("wamid.x", &to, NUMBER, &text, now, true);
        Answered::json(
            200,
            &json!({"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}], "messages": [{"id": id}]}),
        )
    }

    fn conversations(&self, asked: &Asked) -> Answered {
        let only = asked.field("user_id");
        let mut people: Vec<&str> = self
            .said
            .iter()
            .filter(|one| one.message)
            .map(|one| one.place.as_str())
            .collect();
        people.sort_unstable();
        people.dedup();
        let people = people
            .into_iter()
            .filter(|person| only.is_none_or(|only| only == *person));
        let talks: Vec<Value> = people
            .map(|person| {
                let between = self.said.iter().rev().filter(|one| one.message && one.place == person);
                let messages: Vec<Value> = between.take(25).map(|one| Self::shown(one, "message")).collect();
                json!({"id": format!("t_{person}"), "messages": {"data": messages}})
            })
            .collect();
        Answered::json(200, &json!({"data": talks}))
    }
}

impl Network for Graph {
    fn lives_at(&mut self, _url: &str) {}

    fn token(&self) -> String {
        TOKEN.to_owned()
    }

    fn api(&mut self, asked: &Asked, now_ms: u64) -> Answered {
        if self.revoked || asked.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return no(401, 190, 463, "Error validating access token: Session has expired.");
        }
        let parts = asked.parts();
        let (method, body) = (asked.method.as_str(), asked.json());
        match (method, parts.as_slice()) {
            ("GET", [_, "100"]) => Answered::json(200, &json!({"id": PAGE, "name": "Northwind"})),
            ("GET", [_, "200"]) if asked.field("fields") == Some("username") => {
                Answered::json(200, &json!({"id": INSTAGRAM, "username": "northwind"}))
            }
            ("GET", [_, "200"]) => Answered::json(
                200,
                &json!({"id": INSTAGRAM, "mentioned_comment": {"text": "ask @northwind", "username": "ana", "timestamp": rfc3339(now_ms)}}),
            ),
            ("GET", [_, "300"]) => Answered::json(200, &json!({"id": NUMBER, "display_phone_number": "+1 555 0100"})),
            ("GET", [_, _, "conversations"]) => self.conversations(asked),
            ("GET", [_, id, "comments"]) => self.below(id, "message"),
            ("GET", [_, id, "replies"]) => self.below(id, "text"),
            ("GET", [_, id]) => match self.find(id) {
                Some(one) => Answered::json(200, &Self::shown(one, "message")),
                None => no(404, 100, 33, "Object with ID does not exist"),
            },
            ("POST", [_, id, "comments"]) => self.comment(id, PAGE, &body, now_ms),
            ("POST", [_, id, "replies"]) => self.comment(id, INSTAGRAM, &body, now_ms),
            ("POST", [_, "300", "messages"]) => self.whatsapp(&body, now_ms),
            ("POST", [_, own, "messages"]) => {
                let own = (*own).to_owned();
                self.send(&own, &body, now_ms)
            }
            _ => no(400, 2500, 0, "Unknown path components"),
        }
    }

    fn speak(&mut self, said: Said<'_>) -> Result<String, String> {
        let place = said.parent.unwrap_or("500_1").to_owned();
        Ok(self.add("c", &place, said.who, said.text, said.at_ms, false))
    }

    fn edit(&mut self, id: &str, text: &str, _now_ms: u64) -> bool {
        match self.said.iter_mut().find(|one| one.id == id && !one.gone) {
            Some(one) => {
                text.clone_into(&mut one.text);
                true
            }
            None => false,
        }
    }

    fn take_away(&mut self, id: &str, _now_ms: u64) -> bool {
        match self.said.iter_mut().find(|one| one.id == id) {
            Some(one) => {
                one.gone = true;
                true
            }
            None => false,
        }
    }

    fn messages(&self) -> Vec<(String, String)> {
        let there = self.said.iter().filter(|one| !one.gone);
        there.map(|one| (one.id.clone(), one.text.clone())).collect()
    }
}
