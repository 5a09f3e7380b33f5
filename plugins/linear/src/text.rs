//! A text as tokens: lower case, one space between two, runs of a letter cut, each with its place in the text.

/// At most so much of a text is read: what a person says stands at its beginning, and a judge's time is bounded.
pub const MOST_BYTES: usize = 4096;
/// At most so many tokens are kept.
pub const MOST_TOKENS: usize = 512;
/// A longer word is cut: nobody means it, and pieces of it are made in proportion.
const LONGEST_WORD: u32 = 40;
/// `sooooo` and `sooo` are one word.
const LONGEST_RUN: u32 = 3;

/// Stand in for whole tokens. They lie in a private-use plane, where no text has letters.
const LINK: u32 = 0x10_0000;
const MENTION: u32 = 0x10_0001;
/// A digit, whichever.
const DIGIT: u32 = '0' as u32;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word or a number.
    Word,
    /// A word after `#`.
    Tag,
    /// `@somebody`, whoever.
    Mention,
    /// A link, wherever to.
    Link,
    /// Signs: `!!`, an emoji.
    Sign,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte in the text.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// Its first character in [`Reading::chars`], a space.
    pub from: u32,
    /// One past its last character there, a space too.
    pub to: u32,
    /// All letters of it are capitals, and there are at least two.
    pub loud: bool,
}

/// A stretch that the channel marked: `(start, end, kind)`, bytes of the text. In order.
pub type Marked = (u32, u32, Kind);

/// A text as it was read. Reused from text to text, so that reading allocates nothing.
#[derive(Debug, Default)]
pub struct Reading {
    chars: Vec<u32>,
    tokens: Vec<Token>,
}

impl Reading {
    /// All tokens in lower case with a space before, between and after them.
    pub fn chars(&self) -> &[u32] {
        &self.chars
    }

    /// The tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The characters of a token, without the spaces around it.
    pub fn word(&self, token: &Token) -> &[u32] {
        self.chars
            .get(token.from as usize + 1..token.to as usize - 1)
            .unwrap_or_default()
    }

    /// Reads a text. What `marked` says of a stretch goes before what it looks like.
    pub fn read(&mut self, text: &str, marked: &[Marked]) {
        self.chars.clear();
        self.tokens.clear();
        self.chars.push(u32::from(b' '));
        let mut marked = marked.iter().copied().peekable();
        let mut at = 0usize;
        while at < text.len().min(MOST_BYTES) && self.tokens.len() < MOST_TOKENS {
            while marked.next_if(|&(start, ..)| (start as usize) < at).is_some() {}
            let here = |&(start, end, _): &Marked| {
                start as usize == at && text.get(at..end as usize).is_some_and(|s| !s.is_empty())
            };
            if let Some((start, end, kind)) = marked.next_if(here) {
                match kind {
                    Kind::Link => self.whole(Kind::Link, LINK, start, end),
                    Kind::Mention => self.whole(Kind::Mention, MENTION, start, end),
                    Kind::Tag | Kind::Word | Kind::Sign => {
                        let inner = text.get(at..end as usize).unwrap_or_default();
                        self.stretch(kind, inner, start);
                    }
                }
                at = end as usize;
                continue;
            }
            let Some(rest) = text.get(at..) else { break };
            at += self.one(rest, at);
        }
    }

    /// Reads what stands at the front of `rest`, and says how many bytes it was.
    fn one(&mut self, rest: &str, at: usize) -> usize {
        let Some(first) = rest.chars().next() else { return 1 };
        let place = u32::try_from(at).unwrap_or(u32::MAX);
        if first.is_ascii_whitespace() {
            return 1;
        }
        if matches!(first, 'h' | 'H' | 'w' | 'W') && is_link(rest) {
            let len = until(rest, char::is_whitespace);
            self.whole(Kind::Link, LINK, place, place + len);
            return len as usize;
        }
        if matches!(first, '@' | '#') {
            let name = rest.get(1..).unwrap_or_default();
            let len = until(name, |c| !(is_inside(c) || first == '@' && matches!(c, '@' | '.')));
            if len > 0 {
                if first == '@' {
                    self.whole(Kind::Mention, MENTION, place, place + 1 + len);
                } else {
                    self.stretch(Kind::Tag, name.get(..len as usize).unwrap_or_default(), place + 1);
                }
                return 1 + len as usize;
            }
        }
        if is_inside(first) {
            let len = until(rest, |c| !is_inside(c));
            self.stretch(Kind::Word, rest.get(..len as usize).unwrap_or_default(), place);
            return len as usize;
        }
        if first.is_whitespace() {
            return first.len_utf8();
        }
        // A run of one sign is one token.
        let len = until(rest, |c| c != first);
        self.stretch(Kind::Sign, rest.get(..len as usize).unwrap_or_default(), place);
        len as usize
    }

    fn whole(&mut self, kind: Kind, sign: u32, start: u32, end: u32) {
        let from = self.count() - 1;
        self.chars.extend([sign, u32::from(b' ')]);
        self.tokens.push(Token {
            kind,
            start,
            end,
            from,
            to: self.count(),
            loud: false,
        });
    }

    fn stretch(&mut self, kind: Kind, text: &str, start: u32) {
        let from = self.count() - 1;
        let (mut last, mut run, mut loud, mut letters) = (0u32, 0u32, true, 0u32);
        for c in text.chars() {
            let (low, capital) = lower(c);
            if low == 0 {
                continue;
            }
            loud &= capital || !c.is_alphabetic();
            letters += u32::from(capital);
            run = if low == last { run + 1 } else { 1 };
            last = low;
            // Numbers keep their length: it says what they are.
            if run <= LONGEST_RUN || low == DIGIT {
                self.chars.push(low);
            }
            if self.count() - from > LONGEST_WORD {
                break;
            }
        }
        if self.count() - from == 1 {
            return;
        }
        self.chars.push(u32::from(b' '));
        let end = start + u32::try_from(text.len()).unwrap_or(0);
        let loud = loud && letters >= 2;
        self.tokens.push(Token {
            kind,
            start,
            end,
            from,
            to: self.count(),
            loud,
        });
    }

    fn count(&self) -> u32 {
        u32::try_from(self.chars.len()).unwrap_or(u32::MAX)
    }
}

/// A character as it is compared, and whether it was a capital. Nothing is left of what only changes how another one
/// looks.
fn lower(c: char) -> (u32, bool) {
    match c {
        'a'..='z' => (c as u32, false),
        'A'..='Z' => (c as u32 + 32, true),
        '0'..='9' => (DIGIT, false),
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => (u32::from(b'\''), false),
        '\u{fe0e}' | '\u{fe0f}' | '\u{200d}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{1f3fb}'..='\u{1f3ff}' => {
            (0, false)
        }
        _ if c.is_ascii() => (c as u32, false),
        _ => {
            let low = c.to_lowercase().next().unwrap_or(c);
            (low as u32, low != c)
        }
    }
}

fn is_inside(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '\'' | '_' | '\u{2019}')
        || !c.is_ascii() && (c.is_alphanumeric() || is_mark(c))
}

/// Vowel signs of the scripts of India and Thailand, Hebrew and Arabic points, combining accents: they belong to the
/// letter before.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36f | 0x591..=0x5c7 | 0x610..=0x61a | 0x64b..=0x65f | 0x670 | 0x900..=0x903
        | 0x93a..=0x94f | 0x981..=0x983 | 0x9bc..=0x9cd | 0xe31..=0xe4e)
}

fn is_link(rest: &str) -> bool {
    let starts = |with: &str| rest.get(..with.len()).is_some_and(|s| s.eq_ignore_ascii_case(with));
    starts("http://") || starts("https://") || starts("www.")
}

fn until(text: &str, stop: impl Fn(char) -> bool) -> u32 {
    u32::try_from(text.find(stop).unwrap_or(text.len())).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test may say: this cannot be"
    )]
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut reading = Reading::default();
        reading.read(text, &[]);
        let word = |t: &Token| reading.word(t).iter().map(|&c| char::from_u32(c).unwrap()).collect();
        reading.tokens().iter().map(word).collect()
    }

    #[test]
    fn a_text_is_read_as_people_mean_it() {
        let (link, at) = (char::from_u32(LINK).unwrap(), char::from_u32(MENTION).unwrap());
        let cases: [(&str, Vec<String>); 5] = [
            (
                "It's SOOOOO good!!!!!",
                ["it's", "sooo", "good", "!!!"].map(str::to_owned).to_vec(),
            ),
            (
                "@Ana see https://x.example/?a=1 now",
                vec![at.to_string(), "see".into(), link.to_string(), "now".into()],
            ),
            (
                "#FAIL order 5077",
                ["fail", "order", "0000"].map(str::to_owned).to_vec(),
            ),
            ("Größe 👍🏽 don’t", ["größe", "👍", "don't"].map(str::to_owned).to_vec()),
            ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"].map(str::to_owned).to_vec()),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_text_and_marks_go_before_looks() {
        let text = "see here, Ana: BROKEN";
        let mut reading = Reading::default();
        reading.read(text, &[(4, 8, Kind::Link), (10, 13, Kind::Mention)]);
        let found: Vec<(&str, Kind)> = reading
            .tokens()
            .iter()
            .map(|t| (&text[t.start as usize..t.end as usize], t.kind))
            .collect();
        assert_eq!(found[1], ("here", Kind::Link));
        assert_eq!(found[3], ("Ana", Kind::Mention));
        assert!(reading.tokens().last().unwrap().loud);
    }

    #[test]
    fn a_text_without_an_end_is_read_to_its_bound() {
        let mut reading = Reading::default();
        reading.read(&"word ".repeat(100_000), &[]);
        assert_eq!(reading.tokens().len(), MOST_TOKENS);
        reading.read(&"x".repeat(1 << 20), &[]);
        assert!(reading.chars().len() < 64);
    }
}
