//! What the server's answers have more for a desk, and the commands that only a desk gives.

use super::approval::{ReplyMore, reply_more};
use super::check::Meant;
use super::work::{Looking, RowMore, Work, row_more};
use crate::json::{Json, quote};
use crate::wire::{Wire, maybe_text};
use jackfield_protocol::ConversationId;

pub use crate::wire::read;

/// What an answer says more: of rows by conversation, of replies by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct More {
    /// Rows.
    pub rows: Vec<(String, RowMore)>,
    /// Replies.
    pub replies: Vec<(String, ReplyMore)>,
    /// The work on the open conversation.
    pub work: Option<Work>,
}

/// What a message of the feed means for a desk.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// A conversation changed.
    Changed(ConversationId, Box<More>),
    /// Somebody looks, or looks no longer.
    Looking(ConversationId, Looking),
}

fn many(json: &Json, name: &str) -> Vec<Json> {
    match json.get(name) {
        Some(Json::List(all)) => all.clone(),
        _ => Vec::new(),
    }
}

fn replies(json: &Json) -> Vec<(String, ReplyMore)> {
    let mut out = Vec::new();
    for item in many(json, "items") {
        let more = reply_more(&item).unwrap_or_default();
        if let Some(key) = maybe_text(&item, "key").filter(|_| more != ReplyMore::default()) {
            out.push((key, more));
        }
    }
    out
}

fn of_entry(json: &Json) -> More {
    More {
        rows: json
            .get("summary")
            .and_then(|row| row_more(row).ok())
            .into_iter()
            .collect(),
        replies: replies(json),
        work: json.get("work").and_then(|work| Work::of(work).ok()),
    }
}

/// Of a page of the list.
pub fn more_of_page(text: &str) -> More {
    let json = Json::read(text).unwrap_or(Json::Null);
    More {
        rows: many(&json, "items")
            .iter()
            .filter_map(|row| row_more(row).ok())
            .collect(),
        ..More::default()
    }
}

/// Of a conversation, or of what a command did.
pub fn more_of_view(text: &str) -> More {
    of_entry(&Json::read(text).unwrap_or(Json::Null))
}

/// Of a message of the feed; none where it means nothing here.
pub fn hear(text: &str) -> Option<Heard> {
    let json = Json::read(text).ok()?;
    let conversation = ConversationId(maybe_text(&json, "conversation")?);
    match maybe_text(&json, "type")?.as_str() {
        "entry" => Some(Heard::Changed(conversation, Box::new(of_entry(&json)))),
        "looking" => Some(Heard::Looking(conversation, Looking::of(&json).ok()?)),
        _ => None,
    }
}

/// A command as JSON: its name, its texts, its numbers, what is said to be meant.
pub fn act(id: &str, name: &str, texts: &[(&str, &str)], numbers: &[(&str, i64)], meant: Option<&[Meant]>) -> String {
    let mut out = String::from("{\"id\":");
    quote(id, &mut out);
    out.push_str(",\"command\":{\"do\":");
    quote(name, &mut out);
    for (name, text) in texts {
        out.push(',');
        quote(name, &mut out);
        out.push(':');
        quote(text, &mut out);
    }
    for (name, number) in numbers {
        out.push(',');
        quote(name, &mut out);
        out.push(':');
        out.push_str(&number.to_string());
    }
    if let Some(meant) = meant {
        out.push(',');
        all_meant(meant, &mut out);
    }
    out.push_str("}}");
    out
}

/// `"meant":[…]`.
pub fn all_meant(meant: &[Meant], out: &mut String) {
    out.push_str("\"meant\":[");
    for (at, one) in meant.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        for (before, text) in [
            ("{\"rule\":", &one.rule),
            (",\"words\":", &one.words),
            (",\"why\":", &one.why),
        ] {
            out.push_str(before);
            quote(text, out);
        }
        out.push('}');
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Approval, Became, Due, Home, PolicyWords, Stands};

    #[test]
    fn a_page_a_view_and_the_feed_say_more_to_a_desk() {
        let row = r#"{"id":"c1","version":7,"stage":"assigned","queue":"public","tier":"agent","due":{"clock":"answer","at":50,"warn_at":40}}"#;
        let page = more_of_page(&format!(r#"{{"items":[{row}],"total":1}}"#));
        let (id, more) = &page.rows[0];
        let due = Due {
            clock: "answer".into(),
            at: 50,
            warn_at: Some(40),
        };
        assert_eq!((id.as_str(), more.due.as_ref()), ("c1", Some(&due)));
        let approval = r#"{"edition":2,"readers":1,"approved":[],"stands":"waiting","said":3,"overtaken":true,"expires_at":9,"may":["approve"],"difference":[{"change":"same","text":"a "},{"change":"added","text":"b"}]}"#;
        let item = format!(r#"{{"key":"o:1","type":"reply","approval":{approval}}}"#);
        let entry = format!(r#"{{"type":"entry","n":4,"conversation":"c1","summary":{row},"items":[{item}]}}"#);
        let Some(Heard::Changed(id, more)) = hear(&entry) else {
            panic!("no change")
        };
        let waiting: &Approval = more.replies[0].1.approval.as_ref().unwrap();
        assert_eq!((id.0.as_str(), waiting.missing(), waiting.overtaken), ("c1", 1, true));
        assert_eq!(
            (waiting.stands, waiting.difference[1].0),
            (Stands::Waiting, Became::Added)
        );
        let looking = r#"{"type":"looking","conversation":"c1","others":[{"agent":"tom","writing":true,"until":9}]}"#;
        let Some(Heard::Looking(_, looking)) = hear(looking) else {
            panic!("nobody")
        };
        assert!(looking.others[0].writing);
        assert_eq!(hear(r#"{"type":"hello","n":3}"#), None);
        assert_eq!(more_of_page("<html>"), More::default());
    }

    #[test]
    fn the_opening_numbers_and_the_policies_are_read() {
        let home = r#"{"mine":4,"next":{"conversation":"c1","clock":"answer","at":50},"queues":[{"name":"public","waiting":3}],"presence":{"is":"free"},"feed":1}"#;
        let home: Home = read(home).unwrap();
        assert_eq!(
            (home.mine, home.queues[0].waiting, home.presence.as_deref()),
            (4, 3, Some("free"))
        );
        let words = r#"{"version":"ab","at":5,"who":"sue","why":"Christmas","promises":["We answer."],"parts":[{"title":"Routing","lines":["One.","Two."]}]}"#;
        let words: PolicyWords = read(words).unwrap();
        assert_eq!((words.parts[0].1.len(), words.applied.unwrap().0), (2, 5));
    }

    #[test]
    fn a_command_is_json_whatever_is_written_in_it() {
        let meant = Meant {
            rule: "spelling".into(),
            words: "a\"b".into(),
            why: String::new(),
        };
        let text = act("k", "change", &[("text", "line\nline")], &[("said", 4)], Some(&[meant]));
        let json = Json::read(&text).unwrap();
        let command = json.get("command").unwrap();
        assert_eq!(command.get("text"), Some(&Json::Text("line\nline".into())));
        assert_eq!(command.get("said"), Some(&Json::Int(4)));
        let Some(Json::List(meant)) = command.get("meant") else {
            panic!("no list")
        };
        assert_eq!(meant[0].get("words"), Some(&Json::Text("a\"b".into())));
    }
}
