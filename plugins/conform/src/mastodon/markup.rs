//! From what people type to the HTML that Mastodon serves, and the length that it counts.

use super::{Account, AccountId};

/// The HTML of a text, and what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// As Mastodon serves it.
    pub html: String,
    /// Accounts it names, each once, in order.
    pub mentions: Vec<AccountId>,
    /// Hashtags without their sign, lower case, each once, in order.
    pub tags: Vec<String>,
}

/// Every link counts as this many characters, however long it is.
const LINK_LENGTH: usize = 23;

/// A stretch of a text.
enum Piece<'a> {
    Plain(&'a str),
    Link(&'a str),
    Mention(&'a str),
    Tag(&'a str),
}

/// The HTML of `text`; `find` knows accounts by `name` or `name@domain`.
pub fn render<'a>(text: &str, base: &str, find: impl Fn(&str) -> Option<&'a Account>) -> Marked {
    let mut marked = Marked {
        html: String::new(),
        mentions: Vec::new(),
        tags: Vec::new(),
    };
    let mut html = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => html.push_str(&escape(plain)),
            Piece::Link(url) => html.push_str(&link(url)),
            Piece::Mention(name) => match find(name) {
                Some(account) => {
                    let (url, user) = (escape(&account.url(base)), escape(&account.username));
                    html.push_str(&format!(
                        "<span class=\"h-card\" translate=\"no\"><a href=\"{url}\" class=\"u-url mention\">@<span>{user}</span></a></span>"
                    ));
                    if !marked.mentions.contains(&account.id) {
                        marked.mentions.push(account.id);
                    }
                }
                None => html.push_str(&escape(&format!("@{name}"))),
            },
            Piece::Tag(tag) => {
                let name = tag.to_lowercase();
                html.push_str(&format!(
                    "<a href=\"{base}/tags/{name}\" class=\"mention hashtag\" rel=\"tag\">#<span>{tag}</span></a>"
                ));
                if !marked.tags.contains(&name) {
                    marked.tags.push(name);
                }
            }
        }
    }
    let paragraphs = html.trim().split("\n\n").filter(|p| !p.trim().is_empty());
    marked.html = paragraphs
        .map(|p| format!("<p>{}</p>", p.trim().replace('\n', "<br />")))
        .collect();
    marked
}

/// The length of a text as Mastodon counts it: a link is 23, a mention counts without its domain.
pub fn counted_length(text: &str) -> usize {
    pieces(text)
        .map(|piece| match piece {
            Piece::Plain(plain) => plain.chars().count(),
            Piece::Link(_) => LINK_LENGTH,
            Piece::Mention(name) => 1 + name.split('@').next().unwrap_or_default().chars().count(),
            Piece::Tag(tag) => 1 + tag.chars().count(),
        })
        .sum()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A link with its scheme hidden and its tail cut for the eye, but whole in the text.
fn link(url: &str) -> String {
    let scheme = if url.starts_with("https://") {
        "https://"
    } else {
        "http://"
    };
    let rest = url.strip_prefix(scheme).unwrap_or(url);
    let shown: String = rest.chars().take(30).collect();
    let hidden = rest.strip_prefix(shown.as_str()).unwrap_or_default();
    let class = if hidden.is_empty() { "" } else { "ellipsis" };
    format!(
        "<a href=\"{0}\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">{scheme}</span><span class=\"{class}\">{1}</span><span class=\"invisible\">{2}</span></a>",
        escape(url),
        escape(&shown),
        escape(hidden)
    )
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    let mut before = ' ';
    core::iter::from_fn(move || {
        let mut plain = 0;
        for (at, c) in rest.char_indices() {
            let border = !(before.is_alphanumeric() || before == '_');
            let tail = rest.get(at..).unwrap_or_default();
            let found = if border { special(tail) } else { 0 };
            if found > 0 {
                if at > 0 {
                    plain = at;
                    break;
                }
                let (piece, after) = rest.split_at_checked(found)?;
                (rest, before) = (after, 'x');
                return Some(match c {
                    '@' => Piece::Mention(piece.trim_start_matches('@')),
                    '#' => Piece::Tag(piece.trim_start_matches('#')),
                    _ => Piece::Link(piece),
                });
            }
            before = c;
            plain = at + c.len_utf8();
        }
        let (piece, after) = rest.split_at_checked(plain).filter(|(piece, _)| !piece.is_empty())?;
        rest = after;
        before = piece.chars().next_back().unwrap_or(' ');
        Some(Piece::Plain(piece))
    })
}

/// The length of a link, mention or hashtag at the front; 0 where none stands there.
fn special(text: &str) -> usize {
    let word = |s: &str| {
        s.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .map(char::len_utf8)
            .sum::<usize>()
    };
    if text.starts_with("https://") || text.starts_with("http://") {
        let raw = text
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .unwrap_or(text.len());
        return text.get(..raw).map_or(0, |url| {
            url.trim_end_matches(['.', ',', '!', '?', ':', ';', ')', '\'']).len()
        });
    }
    if let Some(rest) = text.strip_prefix('#') {
        let len = word(rest);
        let letters = rest.get(..len).is_some_and(|w| w.chars().any(char::is_alphabetic));
        return if letters { 1 + len } else { 0 };
    }
    if let Some(rest) = text.strip_prefix('@') {
        let len = word(rest);
        if len == 0 {
            return 0;
        }
        let domain = rest.get(len..).and_then(|r| r.strip_prefix('@')).map_or(0, |domain| {
            let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
            let raw = domain.find(|c| !host(c)).unwrap_or(domain.len());
            domain
                .get(..raw)
                .map_or(0, |d| d.trim_end_matches(['.', '-', ':']).len())
        });
        return 1 + len + if domain > 0 { 1 + domain } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_counted_as_mastodon_counts() {
        let cases = [
            ("hello", 5),
            ("größe", 5),
            ("@ana hi", 7),
            ("@ana@social.example hi", 7),
            (
                "see https://shop.example/a/very/long/path?with=much&more=of-it now",
                4 + 23 + 4,
            ),
            ("https://a.example.", 24),
            ("mail a@b.example", 16),
            ("#tag and #1", 11),
        ];
        for (text, expected) in cases {
            assert_eq!(counted_length(text), expected, "{text}");
        }
    }

    #[test]
    fn markup_is_what_mastodon_serves() {
        let html = |text: &str| render(text, "http://x", |_| None).html;
        assert_eq!(html("a & b\nc\n\nd"), "<p>a &amp; b<br />c</p><p>d</p>");
        assert_eq!(html("@nobody"), "<p>@nobody</p>");
        assert!(html("#Coffee").contains(
            "<a href=\"http://x/tags/coffee\" class=\"mention hashtag\" rel=\"tag\">#<span>Coffee</span></a>"
        ));
        assert_eq!(render("#A #a", "http://x", |_| None).tags, ["a"]);
    }
}
