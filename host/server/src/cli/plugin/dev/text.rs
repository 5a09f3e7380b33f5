//! Text for a terminal: widths, cuts, colours.

/// How many columns a text takes: characters of East Asian scripts and emoji take two, marks and selectors none.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x200b..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069 | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f000..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The text in at most so many columns; where it is longer, it ends with `…`.
pub(super) fn cut(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += width(c);
        if used > most {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// The text in lines of at most so many columns, broken at spaces where there are any.
pub(super) fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let mut word = word;
            if !line.is_empty() && columns(&line) + 1 + columns(word) > most {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            while columns(word) > most {
                let at = word
                    .char_indices()
                    .scan(0, |used, (at, c)| {
                        *used += width(c);
                        Some((at, *used))
                    })
                    .find(|(_, used)| *used > most)
                    .map_or(word.len(), |(at, _)| at);
                let (head, tail) = word.split_at_checked(at).unwrap_or((word, ""));
                lines.push(format!("{line}{head}"));
                line.clear();
                word = tail;
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} KB", bytes / 1_000, bytes / 100 % 10),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(bool);

impl Paint {
    /// Colours on a terminal, unless `NO_COLOR` says otherwise (https://no-color.org).
    pub(super) fn of_terminal() -> Self {
        use std::io::IsTerminal;
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self(std::io::stdout().is_terminal() && !refused)
    }

    /// None.
    #[cfg(test)]
    pub(super) fn plain() -> Self {
        Self(false)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    pub(super) fn warn(self, text: &str) -> String {
        self.with("33", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.with("1", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_fits_and_says_that_it_was_cut() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("shorter", 5), "shor…");
        assert_eq!(cut("終わりのない", 5), "終わ…");
        assert_eq!(columns("e\u{301}🌱"), 3);
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij xy", 4), ["abcd", "efgh", "ij", "xy"]);
        assert!(wrap(&"終".repeat(9), 4).iter().all(|line| columns(line) <= 4));
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [(999, "999 B"), (1_234, "1.2 KB"), (12_200_437, "12.2 MB")] {
            assert_eq!(size(bytes), text);
        }
    }
}
