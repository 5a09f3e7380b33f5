//! The text of a status: its HTML made plain, its poll and its quote put into words; and the length Mastodon counts.

use crate::wire::{Poll, Status};
use jackfield_sdk::channel::{Mark, Span};
use jackfield_sdk::html::{Anchor, Text, to_text_with};

/// A text longer than this is cut. No server's own posts come near it (500 characters are usual, some allow 64 Ki);
/// a hostile one must not fill the record.
const MOST_BYTES: usize = 256 * 1024;

/// Every link counts as this many characters (`characters_reserved_per_url`).
const LINK_LENGTH: usize = 23;

/// The text of a status, with its spans.
pub fn of(status: &Status) -> Text {
    let mut text = match (&status.content, &status.text) {
        (Some(html), _) => to_text_with(html, &|anchor| mark(status, anchor)),
        (None, Some(typed)) => Text {
            text: typed.clone(),
            spans: Vec::new(),
        },
        (None, None) => Text::default(),
    };
    cut(&mut text);
    mark_names(&mut text, status);
    mark_emoji(&mut text, status);
    if let Some(poll) = &status.poll {
        add(&mut text, &poll_words(poll), None);
    }
    let quoted = status.quote.as_ref().and_then(|q| q.quoted_status.as_ref());
    if let Some((quoted, url)) = quoted.and_then(|q| Some((q, q.url.as_deref()?)))
        && !text.text.contains(url)
    {
        add(&mut text, &format!("Quotes @{}: ", quoted.account.acct), None);
        let start = text.text.len();
        text.text.push_str(url);
        push_span(&mut text, start, Mark::Link(url.to_owned()));
    }
    if let Some(passed_on) = &status.reblog {
        let words = of(passed_on);
        add(&mut text, &format!("Passes on @{}:", passed_on.account.acct), None);
        add(&mut text, &words.text, Some(Mark::Quote));
    }
    text
}

/// What a link in the words is: the status lists the accounts and hashtags that it names.
fn mark(status: &Status, anchor: Anchor<'_>) -> Mark {
    let class = |word: &str| anchor.class.split_whitespace().any(|c| c == word);
    let hashtag = class("hashtag") || anchor.text.starts_with('#');
    if hashtag {
        let shown = anchor.text.trim_start_matches('#');
        let known = status
            .tags
            .iter()
            .find(|t| t.url == anchor.href || t.name.eq_ignore_ascii_case(shown));
        return Mark::Tag(known.map_or_else(|| shown.to_owned(), |t| t.name.clone()));
    }
    let named = status
        .mentions
        .iter()
        .find(|m| !m.url.is_empty() && m.url == anchor.href);
    match named {
        Some(mention) => Mark::Mention(mention.acct.clone()),
        // Somebody the server does not know: what is shown is all there is.
        None if class("mention") && anchor.text.starts_with('@') => {
            Mark::Mention(anchor.text.trim_start_matches('@').to_owned())
        }
        None => Mark::Link(anchor.href.to_owned()),
    }
}

/// Servers that write names without a link still list them: the first place of each is marked.
fn mark_names(text: &mut Text, status: &Status) {
    for mention in &status.mentions {
        let marked = |m: &Mark| matches!(m, Mark::Mention(acct) if *acct == mention.acct);
        if text.spans.iter().any(|s| marked(&s.mark)) {
            continue;
        }
        let short = mention.acct.split('@').next().unwrap_or_default();
        let found = [mention.acct.as_str(), short]
            .into_iter()
            .filter(|name| !name.is_empty())
            .find_map(|name| {
                let sign = format!("@{name}");
                let start = text.text.find(&sign)?;
                let after = text.text.get(start + sign.len()..).and_then(|rest| rest.chars().next());
                let ends = after.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
                ends.then_some((start, start + sign.len()))
            });
        if let Some((start, end)) = found
            && let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end))
        {
            text.spans.push(Span {
                start,
                end,
                mark: Mark::Mention(mention.acct.clone()),
            });
        }
    }
}

/// The server's own emoji stay as `:shortcode:`; the span says that it is one.
fn mark_emoji(text: &mut Text, status: &Status) {
    for emoji in status.emojis.iter().filter(|e| !e.shortcode.is_empty()) {
        let sign = format!(":{}:", emoji.shortcode);
        let starts: Vec<usize> = text.text.match_indices(&sign).map(|(at, _)| at).take(100).collect();
        for start in starts {
            if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(start + sign.len())) {
                text.spans.push(Span {
                    start,
                    end,
                    mark: Mark::Other("emoji".to_owned()),
                });
            }
        }
    }
}

fn poll_words(poll: &Poll) -> String {
    let how = if poll.multiple {
        "several may be chosen"
    } else {
        "one may be chosen"
    };
    let choices: String = poll.options.iter().map(|c| format!("\n• {}", c.title)).collect();
    format!("Poll ({how}):{choices}")
}

/// A paragraph more.
fn add(text: &mut Text, words: &str, mark: Option<Mark>) {
    if !text.text.is_empty() {
        text.text.push_str("\n\n");
    }
    let start = text.text.len();
    text.text.push_str(words);
    if let Some(mark) = mark {
        push_span(text, start, mark);
    }
}

/// A span from `start` to the end.
fn push_span(text: &mut Text, start: usize, mark: Mark) {
    if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(text.text.len()))
        && start < end
    {
        text.spans.push(Span { start, end, mark });
    }
}

fn cut(text: &mut Text) {
    let kept = bounded(&text.text, MOST_BYTES).len();
    if kept < text.text.len() {
        text.text.truncate(kept);
        text.spans.retain(|s| s.end as usize <= kept);
        text.text.push_str(" […]");
    }
}

/// The beginning of a text, at most so many bytes, cut on a character border.
pub(crate) fn bounded(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// The length of a text as Mastodon counts it: what people see as one character is one, a link is 23, a mention
/// counts without its domain. What joins or colours the character before it is not counted; that is close to the
/// grapheme clusters the server counts by, without the tables, and the server has the last word.
pub fn counted_length(text: &str) -> usize {
    let mut length = 0;
    let mut rest = text;
    let mut before = ' ';
    let mut joined = false;
    let mut flag_open = false;
    while let Some(c) = rest.chars().next() {
        let free = !(before.is_alphanumeric() || before == '_');
        let special = if free { special(rest) } else { None };
        let (bytes, counts) = match special {
            Some((bytes, counts)) => (bytes, counts),
            None => {
                let flag = ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
                let second_half = flag && flag_open;
                flag_open = flag && !second_half;
                (c.len_utf8(), usize::from(!(joined || second_half || extends(c))))
            }
        };
        joined = c == '\u{200d}';
        length += counts;
        before = rest.get(..bytes).and_then(|s| s.chars().next_back()).unwrap_or(' ');
        rest = rest.get(bytes..).unwrap_or_default();
    }
    length
}

/// A character that belongs to the one before it.
fn extends(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{200c}'..='\u{200d}'
        | '\u{20d0}'..='\u{20f0}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

/// Bytes and counted length of the link or mention at the front.
fn special(text: &str) -> Option<(usize, usize)> {
    if text.starts_with("https://") || text.starts_with("http://") {
        let raw = text
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .unwrap_or(text.len());
        let url = text
            .get(..raw)?
            .trim_end_matches(['.', ',', '!', '?', ':', ';', ')', '\'']);
        let scheme = if text.starts_with("https://") { 8 } else { 7 };
        return (url.len() > scheme).then_some((url.len(), LINK_LENGTH));
    }
    let rest = text.strip_prefix('@')?;
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let name = rest.find(|c| !word(c)).unwrap_or(rest.len());
    (name > 0).then_some(())?;
    let counts = 1 + rest.get(..name)?.chars().count();
    let domain = rest.get(name..)?.strip_prefix('@').map_or(0, |domain| {
        let raw = domain
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | ':')))
            .unwrap_or(domain.len());
        domain
            .get(..raw)
            .map_or(0, |d| d.trim_end_matches(['.', '-', ':']).len())
    });
    Some((1 + name + if domain > 0 { 1 + domain } else { 0 }, counts))
}

/// A text reduced to what both the typed and the shown form have: mentions without their domains, single spaces.
pub(crate) fn reduced(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let named = word.strip_prefix('@').and_then(|w| w.split_once('@'));
        named.map_or_else(
            || word.to_owned(),
            |(name, domain)| {
                let end = domain.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':'));
                format!("@{name}{end}")
            },
        )
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::said;
    use jackfield_sdk::channel::Kind;
    use proptest::prelude::*;
    use serde_json::json;

    fn status(more: &serde_json::Value) -> Status {
        let mut value = json!({
            "id": "1", "created_at": "2026-08-01T13:51:39.138Z", "visibility": "public",
            "account": {"id": "2", "acct": "ana@social.example"},
        });
        for (key, field) in more.as_object().unwrap() {
            value[key] = field.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_words_name_people_tags_and_links() {
        let html = "<p><span class=\"h-card\"><a href=\"https://a.example/@b\" class=\"u-url mention\">@<span>b</span></a></span> \
            see <a href=\"https://x.example/tags/tea\" class=\"mention hashtag\" rel=\"tag\">#<span>Tea</span></a> \
            <a href=\"https://long.example/a\"><span class=\"invisible\">https://</span><span>long.example/a</span></a></p>";
        let read = status(&json!({
            "content": html,
            "mentions": [{"id": "3", "acct": "b@a.example", "url": "https://a.example/@b"}],
            "tags": [{"name": "tea", "url": "https://x.example/tags/tea"}],
        }));
        let got = of(&read);
        assert_eq!(got.text, "@b see #Tea https://long.example/a");
        let marks: Vec<Mark> = got.spans.into_iter().map(|s| s.mark).collect();
        assert_eq!(
            marks,
            [
                Mark::Mention("b@a.example".to_owned()),
                Mark::Tag("tea".to_owned()),
                Mark::Link("https://long.example/a".to_owned()),
            ]
        );
    }

    #[test]
    fn a_name_without_a_link_is_marked_where_it_stands() {
        let names = json!([{"id": "3", "acct": "b@a.example"}, {"id": "4", "acct": "al"}]);
        let got = of(&status(
            &json!({"content": "<p>@alan and @b, hi</p>", "mentions": names}),
        ));
        assert_eq!(
            got.spans,
            [Span {
                start: 10,
                end: 12,
                mark: Mark::Mention("b@a.example".to_owned())
            }]
        );
    }

    #[test]
    fn polls_quotes_and_emoji_can_be_read() {
        let read = status(&json!({
            "content": "<p>which? :blob: RE</p>",
            "emojis": [{"shortcode": "blob"}],
            "poll": {"multiple": true, "options": [{"title": "tea"}, {"title": "coffee"}]},
            "quote": {"quoted_status": {"id": "9", "created_at": "2026-08-01T00:00:00Z", "url": "https://q.example/9",
                "account": {"id": "4", "acct": "q"}}},
        }));
        let got = of(&read);
        assert_eq!(
            got.text,
            "which? :blob: RE\n\nPoll (several may be chosen):\n• tea\n• coffee\n\nQuotes @q: https://q.example/9"
        );
        assert!(
            got.spans
                .iter()
                .any(|s| s.mark == Mark::Other("emoji".to_owned()) && s.start == 7 && s.end == 13)
        );
    }

    #[test]
    fn a_passed_on_post_says_whose_words_they_are() {
        let inner = json!({"id": "8", "created_at": "2026-08-01T00:00:00Z", "content": "<p>theirs</p>", "account": {"id": "5", "acct": "eve"}});
        let got = of(&status(&json!({"content": "", "reblog": inner})));
        assert_eq!(got.text, "Passes on @eve:\n\ntheirs");
    }

    #[test]
    fn text_is_counted_as_mastodon_counts() {
        let cases = [
            ("hello", 5),
            ("größe", 5),
            ("e\u{301}", 1),
            ("👩‍👩‍👧", 1),
            ("👍🏽", 1),
            ("🇩🇪🇫🇷", 2),
            ("❤️", 1),
            ("@ana hi", 7),
            ("@ana@social.example hi", 7),
            ("@ana@social.example. hi", 8),
            ("see https://shop.example/a/very/long/path?with=much&more=of-it now", 31),
            ("https://a.example.", 24),
            ("mail a@b.example", 16),
            ("https:// is short", 17),
        ];
        for (text, expected) in cases {
            assert_eq!(counted_length(text), expected, "{text}");
        }
    }

    #[test]
    fn typed_and_shown_are_reduced_to_the_same() {
        assert_eq!(reduced("@ana@social.example, hi\n\nthere "), reduced("@ana, hi there"));
        assert_ne!(reduced("@ana hi"), reduced("@ben hi"));
    }

    #[test]
    fn a_hostile_length_is_cut_on_a_border() {
        let got = of(&status(&json!({"content": "é".repeat(MOST_BYTES)})));
        assert!(got.text.len() <= MOST_BYTES + 10 && got.text.ends_with(" […]"));
    }

    proptest! {
        #[test]
        fn no_status_makes_it_panic_and_spans_fit(html in "\\PC{0,120}", emoji in "[a-z]{0,4}", title in "\\PC{0,20}") {
            let read = status(&json!({
                "content": html, "emojis": [{"shortcode": emoji}], "poll": {"options": [{"title": title}]},
                "spoiler_text": title, "edited_at": html,
            }));
            let event = said(&read, "t", "me");
            let Kind::Said(content) = event.kind else { panic!("not said") };
            for span in content.spans {
                prop_assert!(content.text.get(span.start as usize..span.end as usize).is_some_and(|s| !s.is_empty()));
            }
        }

        #[test]
        fn the_length_never_exceeds_the_characters(text in "[a-z@#:/. éा👍🏽‍]{0,80}") {
            let links = text.matches("http").count();
            prop_assert!(counted_length(&text) <= text.chars().count() + links * LINK_LENGTH);
        }
    }
}
