//! What the server's answers have more for a desk, and the requests that only a desk makes.

use super::check::Meant;
use super::work::{Looking, RowMore, Work, row_more};
use crate::json::{Json, quote};
use crate::wire::{Wire, maybe_text};
use jackfield_protocol::{CommandDone, ConversationId};

pub use crate::wire::read;

/// What an answer says more: of rows by conversation, and of the work on the open one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct More {
    /// Rows.
    pub rows: Vec<(String, RowMore)>,
    /// The work.
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

fn of_entry(json: &Json) -> More {
    More {
        rows: json.get("summary").and_then(row_more).into_iter().collect(),
        work: json.get("work").and_then(|work| Work::of(work).ok()),
    }
}

/// Of a page of the list.
pub fn more_of_page(text: &str) -> More {
    let json = Json::read(text).unwrap_or(Json::Null);
    let rows = match json.get("items") {
        Some(Json::List(rows)) => rows.iter().filter_map(row_more).collect(),
        _ => Vec::new(),
    };
    More { rows, work: None }
}

/// Of a conversation, or of what a command did.
pub fn more_of_view(text: &str) -> More {
    of_entry(&Json::read(text).unwrap_or(Json::Null))
}

/// What a reply did, out of the answer that says where it stands.
pub fn done_of_reply(text: &str) -> Option<(CommandDone, More)> {
    let json = Json::read(text).ok()?;
    let done = json.get("done")?;
    Some((CommandDone::of(done).ok()?, of_entry(done)))
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

/// A value of a request.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// What is said to be meant.
    Meant(&'a [Meant]),
}

/// The values of a request as JSON, without the braces.
pub fn pairs(values: &[(&str, Value<'_>)]) -> String {
    let mut out = String::new();
    for (at, (name, value)) in values.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        quote(name, &mut out);
        out.push(':');
        match value {
            Value::Text(text) => quote(text, &mut out),
            Value::Number(number) => out.push_str(&number.to_string()),
            Value::Meant(meant) => all_meant(meant, &mut out),
        }
    }
    out
}

/// A request that may be sent twice: its id, and under `name` what is to be done.
pub fn act(id: &str, name: &str, values: &[(&str, Value<'_>)]) -> String {
    let mut out = String::from("{\"id\":");
    quote(id, &mut out);
    out.push(',');
    quote(name, &mut out);
    out.push_str(":{");
    out.push_str(&pairs(values));
    out.push_str("}}");
    out
}

fn all_meant(meant: &[Meant], out: &mut String) {
    out.push('[');
    for (at, one) in meant.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push('{');
        out.push_str(&pairs(&[
            ("rule", Value::Text(&one.rule)),
            ("words", Value::Text(&one.words)),
            ("why", Value::Text(&one.why)),
        ]));
        out.push('}');
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Due, PolicyWords, Stand, Standings, Stands};

    #[test]
    fn a_page_a_view_and_the_feed_say_more_to_a_desk() {
        let row = r#"{"id":"c1","version":7,"work":{"stage":"assigned","queue":"public","tier":"agent","due":{"what":"answer","at":50,"warn":40}}}"#;
        let page = more_of_page(&format!(r#"{{"items":[{row}],"total":1}}"#));
        let (id, more) = &page.rows[0];
        let due = Due {
            what: "answer".into(),
            at: 50,
            warn: Some(40),
        };
        assert_eq!((id.as_str(), more.version, more.due.as_ref()), ("c1", 7, Some(&due)));
        let entry = format!(r#"{{"type":"entry","n":4,"conversation":"c1","summary":{row},"items":[]}}"#);
        let Some(Heard::Changed(id, more)) = hear(&entry) else {
            panic!("no change")
        };
        assert_eq!((id.0.as_str(), more.rows.len()), ("c1", 1));
        let work = r#"{"row":{"stage":"snoozed"},"because":["It is Mia's."],"clocks":[{"kind":"answer","due":9,"paused":3},{"kind":"resolve","ended":4}],"tier":{"tier":"agent","since":1,"due":8,"then":"specialist","because":"why"}}"#;
        let view = more_of_view(&format!(r#"{{"summary":{row},"items":[],"work":{work}}}"#));
        let work = view.work.unwrap();
        assert_eq!(
            (work.clocks[0].stand, work.clocks[1].stand),
            (Stand::Paused, Stand::Over)
        );
        assert_eq!(work.tier_due, Some((8, "specialist".into())));
        let looking = r#"{"type":"looking","conversation":"c1","others":[{"agent":"tom","writing":true,"until":9}]}"#;
        let Some(Heard::Looking(_, looking)) = hear(looking) else {
            panic!("nobody")
        };
        assert!(looking.others[0].writing);
        assert_eq!(hear(r#"{"type":"hello","n":3}"#), None);
        assert_eq!(more_of_page("<html>"), More::default());
    }

    #[test]
    fn a_host_of_before_says_nothing_more() {
        let row = r#"{"id":"c1","version":7}"#;
        assert!(more_of_page(&format!(r#"{{"items":[{row}]}}"#)).rows.is_empty());
    }

    #[test]
    fn where_replies_stand_and_the_policies_are_read() {
        let one = r#"{"conversation":"c1","reply":"k","by":"mia","text":"b","visibility":"public","asked_at":1,"stands":"waiting","words":"It waits for one reader.","edition":2,"readers":1,"approved":[],"suggested":[{"by":"tom","text":"c","why":"shorter","difference":[{"change":"removed","text":"b"},{"change":"added","text":"c"}]}],"policy":"h","signature":"","findings":[],"overrides":[{"rule":"spelling","words":"x","by":"mia","why":""}],"risk":{"points":[["public",1]],"total":1,"readers":1},"may":["approve"]}"#;
        let Standings(all) = read(&format!("[{one}]")).unwrap();
        assert_eq!(
            (all[0].stands, all[0].missing(), all[0].may("approve")),
            (Stands::Waiting, 1, true)
        );
        assert_eq!((all[0].suggested[0].difference.len(), all[0].meant.len()), (2, 1));
        let words: PolicyWords = read(
            r#"{"version":"ab","signs":"^MI","roles":["lead"],"may":["reply"],"authority":["One.","Two."],"voice":[]}"#,
        )
        .unwrap();
        assert_eq!((words.authority.len(), words.signs.as_deref()), (2, Some("^MI")));
    }

    #[test]
    fn a_request_is_json_whatever_is_written_in_it() {
        let meant = Meant {
            rule: "spelling".into(),
            words: "a\"b".into(),
            why: String::new(),
        };
        let (meant, values) = ([meant], Value::Text("line\nline"));
        let values = [
            ("do", Value::Text("supersede")),
            ("text", values),
            ("seen", Value::Number(4)),
            ("meant", Value::Meant(&meant)),
        ];
        let json = Json::read(&act("k", "act", &values)).unwrap();
        let what = json.get("act").unwrap();
        assert_eq!(what.get("text"), Some(&Json::Text("line\nline".into())));
        assert_eq!(what.get("seen"), Some(&Json::Int(4)));
        let Some(Json::List(meant)) = what.get("meant") else {
            panic!("no list")
        };
        assert_eq!(meant[0].get("words"), Some(&Json::Text("a\"b".into())));
    }
}
