//! A text cut into stretches that are drawn alike: links, mentions, and the words that made triage decide.

use jackfield_protocol::{Mark, Span};

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Segment<'a> {
    /// The words.
    pub text: &'a str,
    /// Where it leads; only `http`, `https` and `mailto` are ever links.
    pub link: Option<&'a str>,
    /// The mark that says how it is set, where there is one besides the link.
    pub strong: bool,
    /// Set in italics.
    pub emphasis: bool,
    /// Set in a fixed width.
    pub code: bool,
    /// Somebody else's words.
    pub quote: bool,
    /// Triage decided by these words.
    pub because: bool,
}

/// Cuts `text` at the borders of `spans` and of `because` (all in bytes). Spans that do not fit the text are left out:
/// they come from a network, and words are never lost for the sake of a mark.
pub fn segments<'a>(text: &'a str, spans: &'a [Span], because: &[(u32, u32)]) -> Vec<Segment<'a>> {
    let fits = |start: u32, end: u32| start < end && text.get(start as usize..end as usize).is_some();
    let spans: Vec<&Span> = spans.iter().filter(|s| fits(s.start, s.end)).collect();
    let because: Vec<(u32, u32)> = because
        .iter()
        .copied()
        .filter(|&(start, end)| fits(start, end))
        .collect();
    let mut cuts: Vec<u32> = spans.iter().flat_map(|s| [s.start, s.end]).collect();
    cuts.extend(because.iter().flat_map(|&(start, end)| [start, end]));
    cuts.extend([0, text.len() as u32]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut out = Vec::new();
    for pair in cuts.windows(2) {
        let &[start, end] = pair else { continue };
        let Some(words) = text.get(start as usize..end as usize) else {
            continue;
        };
        let mut segment = Segment {
            text: words,
            ..Segment::default()
        };
        segment.because = because.iter().any(|&(s, e)| s <= start && end <= e);
        for span in spans.iter().filter(|s| s.start <= start && end <= s.end) {
            match &span.mark {
                Mark::Link(url) => segment.link = safe_link(url).or(segment.link),
                Mark::Strong => segment.strong = true,
                Mark::Emphasis => segment.emphasis = true,
                Mark::Code => segment.code = true,
                Mark::Quote => segment.quote = true,
                Mark::Mention(_) | Mark::Tag(_) => segment.strong = true,
                Mark::Other(_) => {}
            }
        }
        out.push(segment);
    }
    out
}

/// The address if a browser may follow it: never `javascript:`, never a file.
pub fn safe_link(url: &str) -> Option<&str> {
    let scheme = url.split_once(':')?.0;
    let known = ["https", "http", "mailto"];
    known.iter().any(|k| scheme.eq_ignore_ascii_case(k)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_reason_is_marked_under_its_words_and_inside_a_link() {
        let spans = [Span {
            start: 0,
            end: 9,
            mark: Mark::Link("https://a.example".into()),
        }];
        let got = segments("late late parcel", &spans, &[(5, 16)]);
        let got: Vec<_> = got.iter().map(|s| (s.text, s.link.is_some(), s.because)).collect();
        assert_eq!(
            got,
            [("late ", true, false), ("late", true, true), (" parcel", false, true)]
        );
    }

    #[test]
    fn only_addresses_a_browser_may_follow_are_links() {
        for (url, good) in [
            ("https://a.example", true),
            ("HTTP://a.example", true),
            ("mailto:a@b.example", true),
            ("javascript:alert(1)", false),
            (" javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("file:///etc/passwd", false),
            ("//a.example", false),
            ("", false),
        ] {
            assert_eq!(safe_link(url).is_some(), good, "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_word_is_lost_or_doubled_whatever_the_spans(text in "[a-zé\u{1f600} ]{0,20}", raw in prop::collection::vec((0u32..40, 0u32..40), 0..6)) {
            let spans: Vec<Span> = raw.iter().map(|&(start, end)| Span { start, end, mark: Mark::Strong }).collect();
            let joined: String = segments(&text, &spans, &raw).iter().map(|s| s.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
