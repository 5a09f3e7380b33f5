//! The account's messages.

use serde_json::{Value, json};

use super::api::{ACCOUNT, NUMBER};

/// One message, in or out.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) sid: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) body: String,
    /// In whole seconds: Twilio writes no parts of them.
    pub(super) at: i64,
    pub(super) media: Vec<(String, String)>,
    pub(super) segments: usize,
}

impl Message {
    pub(super) fn inbound(&self) -> bool {
        self.to == NUMBER
    }

    /// As the API shows it.
    pub(super) fn json(&self) -> Value {
        let uri = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{}", self.sid);
        json!({
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.at),
            "date_sent": rfc2822(self.at),
            "date_updated": rfc2822(self.at),
            "direction": if self.inbound() { "inbound" } else { "outbound-api" },
            "error_code": null,
            "error_message": null,
            "from": self.from,
            "messaging_service_sid": null,
            "num_media": self.media.len().to_string(),
            "num_segments": self.segments.to_string(),
            "price": null,
            "price_unit": "USD",
            "sid": self.sid,
            "status": if self.inbound() { "received" } else { "delivered" },
            "subresource_uris": {"media": format!("{uri}/Media.json")},
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Oldest first.
    pub(super) messages: Vec<Message>,
    /// Who has written STOP.
    pub(super) stopped: Vec<String>,
    last: u64,
}

impl State {
    pub(super) fn add(&mut self, from: &str, to: &str, body: &str, at: i64, media: Vec<(String, String)>) -> Message {
        self.last += 1;
        let kind = if media.is_empty() { "SM" } else { "MM" };
        let message = Message {
            sid: format!("{kind}{:032x}", self.last),
            from: from.to_owned(),
            to: to.to_owned(),
            body: body.to_owned(),
            at,
            segments: body.chars().count().div_ceil(153).max(1),
            media,
        };
        if message.inbound() && ["stop", "unsubscribe"].contains(&body.trim().to_lowercase().as_str()) {
            self.stopped.push(from.to_owned());
        }
        self.messages.push(message.clone());
        message
    }

    pub(super) fn find(&self, sid: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.sid == sid)
    }

    /// Newest first.
    pub(super) fn list(&self, to: Option<&str>, from: Option<&str>, since: Option<&str>) -> Vec<&Message> {
        let mut found: Vec<&Message> = self
            .messages
            .iter()
            .filter(|m| to.is_none_or(|to| m.to == to) && from.is_none_or(|from| m.from == from))
            .filter(|m| since.is_none_or(|day| day_of(m.at).as_str() >= day))
            .collect();
        found.sort_by_key(|m| core::cmp::Reverse((m.at, m.sid.clone())));
        found
    }
}

fn time(at: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(at).unwrap_or_default()
}

fn rfc2822(at: i64) -> String {
    time(at).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn day_of(at: i64) -> String {
    time(at).strftime("%Y-%m-%d").to_string()
}
