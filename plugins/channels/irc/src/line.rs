//! A line of IRC (RFC 1459, and the tags of IRCv3 that come before it), and the words that people put into it.

/// One line from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who says it: the nick of a person, or the name of the server.
    pub from: String,
    /// The command, or the three digits of a reply.
    pub command: String,
    /// What stands behind it.
    pub words: Vec<String>,
}

impl Line {
    /// Reads a line without its end; none where it is no line of IRC.
    pub fn read(text: &str) -> Option<Self> {
        let rest = match text.strip_prefix('@') {
            Some(tagged) => tagged.split_once(' ')?.1.trim_start(),
            None => text,
        };
        let (from, rest) = match rest.strip_prefix(':') {
            Some(named) => named.split_once(' ')?,
            None => ("", rest),
        };
        let (head, last) = match rest.split_once(" :") {
            Some((head, last)) => (head, Some(last)),
            None => (rest, None),
        };
        let mut words = head.split(' ').filter(|word| !word.is_empty()).map(str::to_owned);
        let command = words.next()?;
        Some(Self {
            from: from.split('!').next().unwrap_or(from).to_owned(),
            command,
            words: words.chain(last.map(str::to_owned)).collect(),
        })
    }

    /// The word at this place; empty where there is none.
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// What was said last: the words of a message, the reason of a refusal.
    pub fn said(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }
}

/// The words without what terminals of the nineties coloured them with; none for what only programs say to one another.
pub fn plain(said: &str) -> Option<String> {
    let (said, acts) = match said.strip_prefix('\u{1}') {
        Some(inner) => (inner.trim_end_matches('\u{1}').strip_prefix("ACTION ")?, true),
        None => (said, false),
    };
    let (mut out, mut letters) = (String::new(), said.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            // A colour: up to two digits, a comma, up to two more.
            '\u{3}' => {
                for part in 0..2 {
                    let mut digits = 0;
                    while digits < 2 && letters.next_if(char::is_ascii_digit).is_some() {
                        digits += 1;
                    }
                    if part == 1 || digits == 0 || letters.peek() != Some(&',') {
                        break;
                    }
                    letters.next();
                }
            }
            '\u{2}' | '\u{f}' | '\u{11}' | '\u{16}' | '\u{1d}' | '\u{1e}' | '\u{1f}' => {}
            other => out.push(other),
        }
    }
    Some(if acts { format!("* {out}") } else { out })
}

/// An answer in lines of at most `most` bytes, cut between words where there are some.
pub fn folded(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for mut rest in text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()) {
        while rest.len() > most {
            let mut end = most;
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let (head, _) = rest.split_at(end);
            let cut = head.rfind(' ').filter(|at| *at > 0).unwrap_or(end);
            let (line, behind) = rest.split_at(cut);
            lines.push(line.trim_end().to_owned());
            rest = behind.trim_start();
        }
        if !rest.is_empty() {
            lines.push(rest.to_owned());
        }
    }
    lines
}

/// Whether somebody is spoken to in these words.
pub fn names(text: &str, nick: &str) -> bool {
    let part = |c: char| !(c.is_alphanumeric() || "_-[]{}\\`^|".contains(c));
    text.split(part).any(|word| word.eq_ignore_ascii_case(nick))
}
