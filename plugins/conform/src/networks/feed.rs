//! A site with a feed, in three kinds: `/feed.xml` (Atom), `/rss.xml`, `/feed.json`. The newest stands first; a request
//! that says what it has gets 304 where nothing changed.

use super::{Answered, Asked, Network, Said};
use crate::clock::rfc3339;
use serde_json::json;

#[derive(Debug, Clone)]
struct Entry {
    id: u64,
    author: String,
    text: String,
    at: u64,
    updated: u64,
}

/// The site.
#[derive(Debug, Clone, Default)]
pub struct Site {
    base: String,
    entries: Vec<Entry>,
    next: u64,
    /// Counts changes: the ETag.
    state: u64,
}

impl Site {
    fn newest_first(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    fn page(&self, id: u64) -> String {
        format!("{}/posts/{id}", self.base)
    }

    fn name(&self, id: u64) -> String {
        format!("tag:site.example,2026:{id}")
    }

    fn atom(&self) -> String {
        let entries: Vec<String> = self
            .newest_first()
            .map(|entry| {
                format!(
                    "<entry><id>{}</id><title>{}</title><link href=\"{}\"/><published>{}</published><updated>{}</updated>\
                     <author><name>{}</name></author><content type=\"text\">{}</content></entry>\n",
                    self.name(entry.id),
                    escaped(&title(&entry.text)),
                    self.page(entry.id),
                    rfc3339(entry.at),
                    rfc3339(entry.updated),
                    escaped(&entry.author),
                    escaped(&entry.text)
                )
            })
            .collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{0}</id>\
             <title>Site</title><link href=\"{0}\"/>{1}</feed>",
            self.base,
            entries.concat()
        )
    }

    fn rss(&self) -> String {
        let entries: Vec<String> = self
            .newest_first()
            .map(|entry| {
                format!(
                    "<item><guid isPermaLink=\"false\">{}</guid><title>{}</title><link>{}</link><pubDate>{}</pubDate>\
                     <dc:creator>{}</dc:creator><description>{}</description></item>\n",
                    self.name(entry.id),
                    escaped(&title(&entry.text)),
                    self.page(entry.id),
                    rfc3339(entry.at),
                    escaped(&entry.author),
                    escaped(&escaped(&entry.text))
                )
            })
            .collect();
        format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>\
             <title>Site</title><link>{}</link>{}</channel></rss>",
            self.base,
            entries.concat()
        )
    }

    fn json(&self) -> String {
        let items: Vec<serde_json::Value> = self
            .newest_first()
            .map(|entry| {
                json!({
                    "id": self.name(entry.id), "url": self.page(entry.id), "title": title(&entry.text),
                    "content_text": entry.text, "date_published": rfc3339(entry.at),
                    "date_modified": rfc3339(entry.updated), "authors": [{"name": entry.author}],
                })
            })
            .collect();
        json!({"version": "https://jsonfeed.org/version/1.1", "title": "Site", "items": items}).to_string()
    }
}

fn title(text: &str) -> String {
    text.chars().take(40).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Network for Site {
    fn lives_at(&mut self, url: &str) {
        url.clone_into(&mut self.base);
    }

    fn token(&self) -> String {
        "a-feed-needs-no-token".to_owned()
    }

    fn api(&mut self, asked: &Asked, _now_ms: u64) -> Answered {
        let state = format!("\"{}\"", self.state);
        if asked.header("if-none-match") == Some(&state) {
            return Answered {
                status: 304,
                ..Answered::default()
            };
        }
        let (kind, body) = match asked.path.as_str() {
            "/feed.xml" => ("application/atom+xml; charset=utf-8", self.atom()),
            "/rss.xml" => ("application/rss+xml", self.rss()),
            "/feed.json" => ("application/feed+json", self.json()),
            _ => return Answered::of(404, "text/plain", "There is no such page."),
        };
        Answered::of(200, kind, body).header("etag", &state)
    }

    fn speak(&mut self, said: Said<'_>) -> Result<String, String> {
        self.next += 1;
        self.state += 1;
        self.entries.push(Entry {
            id: self.next,
            author: said.who.to_owned(),
            text: said.text.to_owned(),
            at: said.at_ms,
            updated: said.at_ms,
        });
        Ok(self.name(self.next))
    }

    fn edit(&mut self, id: &str, text: &str, now_ms: u64) -> bool {
        let name = |entry: &Entry| format!("tag:site.example,2026:{}", entry.id) == id;
        self.state += 1;
        match self.entries.iter_mut().find(|entry| name(entry)) {
            Some(entry) => {
                text.clone_into(&mut entry.text);
                entry.updated = now_ms;
                true
            }
            None => false,
        }
    }

    fn take_away(&mut self, id: &str, _now_ms: u64) -> bool {
        let before = self.entries.len();
        self.entries
            .retain(|entry| format!("tag:site.example,2026:{}", entry.id) != id);
        self.state += 1;
        self.entries.len() < before
    }

    fn messages(&self) -> Vec<(String, String)> {
        let all = self.entries.iter();
        all.map(|entry| (self.name(entry.id), entry.text.clone())).collect()
    }
}
