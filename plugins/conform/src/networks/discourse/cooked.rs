//! From what a person types to the HTML that the forum shows: paragraphs, escapes, names, links. As much Markdown as a
//! test needs.

/// The HTML of a post.
pub fn cooked(raw: &str) -> String {
    let paragraphs = raw.split("\n\n").filter(|part| !part.trim().is_empty());
    let shown: Vec<String> = paragraphs
        .map(|part| {
            let lines: Vec<String> = part.trim().lines().map(line).collect();
            format!("<p>{}</p>", lines.join("<br>\n"))
        })
        .collect();
    shown.join("\n")
}

fn line(raw: &str) -> String {
    let words: Vec<String> = raw.split(' ').map(word).collect();
    words.join(" ")
}

fn word(raw: &str) -> String {
    let name = raw
        .strip_prefix('@')
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c)));
    if let Some(name) = name {
        let name = escaped(name);
        return format!("<a class=\"mention\" href=\"/u/{name}\">@{name}</a>");
    }
    if raw.starts_with("https://") || raw.starts_with("http://") {
        let address = escaped(raw);
        return format!("<a href=\"{address}\" rel=\"noopener nofollow ugc\">{address}</a>");
    }
    escaped(&unescaped(raw))
}

/// A backslash before a sign makes it a sign.
fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut letters = raw.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next) if letter == '\\' && next.is_ascii_punctuation() => {}
            _ => out.push(letter),
        }
        if letter == '\\' && letters.peek().is_some_and(char::is_ascii_punctuation) {
            out.extend(letters.next());
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_names_and_links_are_shown_as_a_forum_shows_them() {
        let cases = [
            ("a <b> & c", "<p>a &lt;b&gt; &amp; c</p>"),
            (r"two \*stars\* \\", r"<p>two *stars* \</p>"),
            (
                "@ana hi\n\nthere",
                "<p><a class=\"mention\" href=\"/u/ana\">@ana</a> hi</p>\n<p>there</p>",
            ),
        ];
        for (raw, expected) in cases {
            assert_eq!(cooked(raw), expected);
        }
    }
}
