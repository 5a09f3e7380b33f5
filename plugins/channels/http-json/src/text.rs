//! The words of a message: plain, from HTML, or from the common part of Markdown.

use crate::mapping::message::Format;
use jackfield_sdk::channel::{Mark, Span};
use jackfield_sdk::html::{Text, to_text};

/// As many spans as one text may have by the contract.
const MOST_SPANS: usize = 4096;

/// Plain text and what its stretches are.
pub(crate) fn of(raw: &str, format: Format) -> Text {
    match format {
        Format::Plain => Text {
            text: raw.replace("\r\n", "\n").trim().to_owned(),
            spans: Vec::new(),
        },
        Format::Html => to_text(raw),
        Format::Markdown => markdown(raw),
    }
}

/// Links, emphasis, code, quotes and headings; everything else stays as it was typed, which people can read. Each line
/// is walked once.
fn markdown(raw: &str) -> Text {
    let mut out = Text::default();
    let mut fenced: Option<usize> = None;
    for line in raw.replace("\r\n", "\n").trim().split('\n') {
        if line.trim_start().starts_with("```") {
            match fenced.take() {
                Some(start) => span(&mut out, start, 1, Mark::Code),
                None => fenced = Some(out.text.len()),
            }
            continue;
        }
        if fenced.is_some() {
            out.text.push_str(line);
            out.text.push('\n');
            continue;
        }
        let start = out.text.len();
        let heading = line.trim_start_matches('#');
        let (rest, mark) = match line.len() - heading.len() {
            1..=6 if heading.starts_with(' ') => (heading.trim_start(), Some(Mark::Strong)),
            _ => match line.strip_prefix('>') {
                Some(quoted) => (quoted.trim_start(), Some(Mark::Quote)),
                None => (line, None),
            },
        };
        inline(rest, &mut out);
        if let Some(mark) = mark {
            span(&mut out, start, 0, mark);
        }
        out.text.push('\n');
    }
    if let Some(start) = fenced {
        span(&mut out, start, 1, Mark::Code);
    }
    out.text.truncate(out.text.trim_end().len());
    let len = out.text.len();
    out.spans
        .retain(|s| s.start < s.end && usize::try_from(s.end).is_ok_and(|end| end <= len));
    out.spans.sort_by_key(|s| (s.start, core::cmp::Reverse(s.end)));
    out
}

/// The stretch from `start` to the end of the text, without its last `less` bytes.
fn span(out: &mut Text, start: usize, less: usize, mark: Mark) {
    let end = out.text.len().saturating_sub(less);
    if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end))
        && start < end
        && out.spans.len() < MOST_SPANS
    {
        out.spans.push(Span { start, end, mark });
    }
}

/// One line: what opens and closes within it.
fn inline(line: &str, out: &mut Text) {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some((text, mark, behind)) = marked(rest, out.text.chars().next_back()) {
            let start = out.text.len();
            out.text.push_str(text);
            span(out, start, 0, mark);
            rest = behind;
            continue;
        }
        let behind = rest.get(c.len_utf8()..).unwrap_or_default();
        match (c, behind.chars().next()) {
            // A backslash before punctuation means the sign itself.
            ('\\', Some(sign)) if sign.is_ascii_punctuation() => {
                out.text.push(sign);
                rest = behind.get(1..).unwrap_or_default();
            }
            _ => {
                out.text.push(c);
                rest = behind;
            }
        }
    }
}

/// `[text](address)`, `**strong**`, `*emphasis*` or code at the start of a text that has `before` in front of it.
fn marked(text: &str, before: Option<char>) -> Option<(&str, Mark, &str)> {
    // No line of a person needs more; a line of many openers must not be walked once for each of them.
    const FAR: usize = 2000;
    let near = |text: &str, sign: &str| {
        let mut end = text.len().min(FAR);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.get(..end)?.find(sign)
    };
    if let Some(inside) = text.strip_prefix('[') {
        let (shown, behind) = inside.split_at_checked(near(inside, "](")?)?;
        let behind = behind.strip_prefix("](")?;
        let (address, behind) = behind.split_at_checked(near(behind, ")")?)?;
        let address = address.split_whitespace().next()?;
        let fits = !shown.is_empty() && !shown.contains('[');
        return fits.then(|| {
            (
                shown,
                Mark::Link(address.to_owned()),
                behind.strip_prefix(')').unwrap_or_default(),
            )
        });
    }
    let signs = [
        ("**", Mark::Strong),
        ("__", Mark::Strong),
        ("`", Mark::Code),
        ("*", Mark::Emphasis),
        ("_", Mark::Emphasis),
    ];
    for (sign, mark) in signs {
        let Some(inside) = text.strip_prefix(sign) else {
            continue;
        };
        // An underscore inside a word is part of it.
        if sign.starts_with('_') && before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let Some(at) = near(inside, sign) else { continue };
        let (shown, behind) = inside.split_at_checked(at)?;
        let tight =
            !shown.is_empty() && !shown.starts_with(char::is_whitespace) && !shown.ends_with(char::is_whitespace);
        return tight.then(|| (shown, mark, behind.strip_prefix(sign).unwrap_or_default()));
    }
    None
}

/// Letters and digits alone, in lower case: what is left of a text whatever a network makes of its form.
pub(crate) fn reduced(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markdown_becomes_text_with_spans() {
        let text = of(
            "# Broken\n\nSee [the page](https://x.example/a \"t\") and **do** *not* `rm -rf` my_own_file.\n> quoted\n```\nlet x = 1;\n```\n\\*plain\\*",
            Format::Markdown,
        );
        assert_eq!(
            text.text,
            "Broken\n\nSee the page and do not rm -rf my_own_file.\nquoted\nlet x = 1;\n*plain*"
        );
        let shown: Vec<_> = text
            .spans
            .iter()
            .map(|s| (&text.text[s.start as usize..s.end as usize], s.mark.clone()))
            .collect();
        assert_eq!(
            shown,
            [
                ("Broken", Mark::Strong),
                ("the page", Mark::Link("https://x.example/a".to_owned())),
                ("do", Mark::Strong),
                ("not", Mark::Emphasis),
                ("rm -rf", Mark::Code),
                ("quoted", Mark::Quote),
                ("let x = 1;", Mark::Code),
            ]
        );
        assert_eq!(
            of("2 * 3 * 4 and ** and [x] (y)", Format::Markdown).text,
            "2 * 3 * 4 and ** and [x] (y)"
        );
    }

    #[test]
    fn a_long_line_of_openers_ends_soon() {
        let text = "[*_`".repeat(50_000);
        assert!(of(&text, Format::Markdown).text.len() <= text.len());
    }

    proptest! {
        #[test]
        fn every_span_is_a_stretch_of_its_text(raw in "[a-zé *_`\\[\\]()\\\\>#\n]{0,80}") {
            let text = of(&raw, Format::Markdown);
            for s in &text.spans {
                prop_assert!(s.start < s.end && text.text.get(s.start as usize..s.end as usize).is_some());
            }
        }
    }
}
