//! From a message's content to one text, its marks and its files.

use crate::wire::Event;
use jackfield_sdk::channel::{AttachmentRef, Mark, Span};
use jackfield_sdk::html::{self, Text};
use serde_json::Value;

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    /// Words and their marks.
    pub text: Text,
    /// Files by reference.
    pub files: Vec<AttachmentRef>,
    /// The message says of itself that a program wrote it.
    pub automated: bool,
}

/// Reads `content`, which is the event's own or the new one of an edit. `server` is where files are fetched.
pub fn of(event: &Event, content: &Value, server: &str) -> Said {
    let field = |pointer: &str| {
        content
            .pointer(pointer)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let body = field("/body").unwrap_or_default();
    let kind = match event.kind.as_str() {
        "m.room.encrypted" => return Said::plain("(This message is encrypted, and this line has no keys.)"),
        "m.sticker" => "m.image",
        _ => field("/msgtype").unwrap_or_default(),
    };
    match kind {
        "m.image" | "m.file" | "m.audio" | "m.video" => file(content, body, server),
        "m.emote" => Said::plain(&format!("* {body}")),
        kind => {
            let answers = field("/m.relates_to/m.in_reply_to/event_id").is_some() || event.answers().is_some();
            let rich = field("/format") == Some("org.matrix.custom.html");
            let text = match field("/formatted_body").filter(|_| rich) {
                Some(html) => html::to_text_with(without_quote(html), &link),
                None => Text {
                    text: if answers { without_fallback(body) } else { body }.to_owned(),
                    spans: Vec::new(),
                },
            };
            Said {
                text,
                files: Vec::new(),
                automated: kind == "m.notice",
            }
        }
    }
}

impl Said {
    fn plain(words: &str) -> Self {
        Self {
            text: Text {
                text: words.to_owned(),
                spans: Vec::new(),
            },
            ..Self::default()
        }
    }
}

fn file(content: &Value, body: &str, server: &str) -> Said {
    let field = |pointer: &str| {
        content
            .pointer(pointer)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let name = field("/filename").unwrap_or(body);
    // Since version 1.10 the body is a caption where a file name stands beside it.
    let caption = if name == body { "" } else { body };
    let Some(url) = field("/url").and_then(|mxc| address(mxc, server)) else {
        let why = if content.get("file").is_some() {
            "encrypted"
        } else {
            "without an address"
        };
        return Said::plain(format!("{caption} (A file {why}: {name})").trim());
    };
    let file = AttachmentRef {
        url,
        media_type: field("/info/mimetype").map(str::to_owned),
        size: content.pointer("/info/size").and_then(Value::as_u64),
        alt: Some(body.to_owned()).filter(|body| !body.is_empty()),
    };
    Said {
        files: vec![file],
        ..Said::plain(caption)
    }
}

/// Where the bytes of `mxc://server/id` can be had.
pub fn address(mxc: &str, server: &str) -> Option<String> {
    let (place, id) = mxc.strip_prefix("mxc://")?.split_once('/')?;
    let part = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    (part(place, ".:-[]") && part(id, "-_")).then(|| format!("{server}/_matrix/client/v1/media/download/{place}/{id}"))
}

/// HTML without the quotation that older clients put before an answer.
fn without_quote(html: &str) -> &str {
    let end = html
        .trim_start()
        .starts_with("<mx-reply>")
        .then(|| html.find("</mx-reply>"))
        .flatten();
    end.and_then(|end| html.get(end + "</mx-reply>".len()..))
        .unwrap_or(html)
}

/// The same for plain text: lines that begin with `>`, and the empty one behind them.
fn without_fallback(body: &str) -> &str {
    if !body.starts_with("> <@") && !body.starts_with("> * <@") {
        return body;
    }
    let mut rest = body;
    while rest.starts_with('>') {
        rest = rest.split_once('\n').map_or("", |(_, behind)| behind);
    }
    let rest = rest.strip_prefix('\n').unwrap_or(rest);
    // Somebody who only quotes has said that.
    if rest.trim().is_empty() { body } else { rest }
}

fn link(anchor: html::Anchor<'_>) -> Mark {
    let target = anchor
        .href
        .strip_prefix("https://matrix.to/#/")
        .map(|rest| rest.replace("%40", "@").replace("%3A", ":").replace("%3a", ":"));
    match target.as_deref().and_then(|target| target.strip_prefix('@')) {
        Some(user) if !user.is_empty() => Mark::Mention(user.split('?').next().unwrap_or(user).to_owned()),
        _ => Mark::Link(anchor.href.to_owned()),
    }
}

/// The mark of a whole text, for tests and for who looks at spans.
pub fn fits(text: &str, span: &Span) -> bool {
    span.start < span.end && text.get(span.start as usize..span.end as usize).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[allow(clippy::needless_pass_by_value)] // the cases read better so
    fn event(content: Value) -> Event {
        Event::read(&json!({"event_id": "$1", "type": "m.room.message", "sender": "@a:b", "origin_server_ts": 1, "content": content}))
            .unwrap()
    }

    fn said(content: Value) -> Said {
        let event = event(content);
        of(&event, &event.content, "https://m.example")
    }

    #[test]
    fn words_come_without_the_quotation_that_clients_put_before_them() {
        let relates = json!({"m.in_reply_to": {"event_id": "$0"}});
        let plain =
            json!({"msgtype": "m.text", "body": "> <@b:c> is it open?\n> today\n\nyes", "m.relates_to": relates});
        assert_eq!(said(plain).text.text, "yes");
        let rich = json!({"msgtype": "m.text", "body": "x", "format": "org.matrix.custom.html", "m.relates_to": relates,
            "formatted_body": "<mx-reply><blockquote>is it open?</blockquote></mx-reply><p>yes, <a href=\"https://matrix.to/#/%40b%3Ac\">Ben</a></p><script>x()</script>"});
        let rich = said(rich);
        assert_eq!(rich.text.text, "yes, Ben");
        assert_eq!(rich.text.spans[0].mark, Mark::Mention("b:c".to_owned()));
        assert_eq!(
            said(json!({"msgtype": "m.text", "body": "> a saying"})).text.text,
            "> a saying"
        );
    }

    #[test]
    fn files_are_named_by_where_they_can_be_had() {
        let image = said(
            json!({"msgtype": "m.image", "body": "a red parcel", "filename": "p.jpg", "url": "mxc://b.example/Ab_9",
            "info": {"mimetype": "image/jpeg", "size": 7}}),
        );
        assert_eq!(image.text.text, "a red parcel");
        assert_eq!(
            image.files[0].url,
            "https://m.example/_matrix/client/v1/media/download/b.example/Ab_9"
        );
        assert_eq!(
            (image.files[0].size, image.files[0].alt.as_deref()),
            (Some(7), Some("a red parcel"))
        );
        for bad in [
            "mxc://b/../x",
            "mxc:///x",
            "mxc://b/",
            "https://b/x",
            "mxc://b/x?y",
            "mxc://b c/x",
        ] {
            assert_eq!(address(bad, "s"), None, "{bad}");
        }
        let locked = said(json!({"msgtype": "m.file", "body": "bill.pdf", "file": {"url": "mxc://b/x"}}));
        assert_eq!(locked.text.text, "(A file encrypted: bill.pdf)");
    }

    proptest! {
        #[test]
        fn no_content_breaks_it_and_marks_stand_in_the_text(body in "\\PC{0,80}", html in "(<[a-z/]{0,6} ?|>|&|[a-zé👋 ]{0,4}|href=\"){0,30}") {
            let content = json!({"msgtype": "m.text", "body": body, "format": "org.matrix.custom.html", "formatted_body": html,
                "m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}});
            let said = said(content);
            for span in &said.text.spans {
                prop_assert!(fits(&said.text.text, span));
            }
            let _ = (without_fallback(&body), address(&body, "s"));
        }
    }
}
