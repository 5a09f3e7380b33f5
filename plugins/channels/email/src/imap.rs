//! IMAP (RFC 3501), as much as it takes to read a mailbox without changing it.

use crate::settings::Settings;
use jackfield_sdk::channel::*;

/// The secret's name in `plugin.toml`; sending has one of its own, for a secret goes to one place.
const PASSWORD: &str = "imap-password";

/// How long a server may take for one line.
const LINE_MS: u32 = 9_000;
/// Of a longer message the beginning is fetched: its headers and words stand there, before its files.
pub(crate) const LONGEST: usize = 3 << 20;
/// Lines of one answer; a mailbox with more is asked for in parts.
const LINES: usize = 100_000;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum No {
    /// In the contract's words.
    Trouble(Trouble),
    /// The stream broke.
    Stream(StreamFailure),
}

impl From<StreamFailure> for No {
    fn from(failure: StreamFailure) -> Self {
        Self::Stream(failure)
    }
}

impl From<Trouble> for No {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<No> for Trouble {
    fn from(no: No) -> Self {
        match no {
            No::Trouble(trouble) => trouble,
            No::Stream(failure) => stream_trouble(&failure),
        }
    }
}

pub(crate) struct Imap {
    talk: Conversation,
    /// Of which settings it is.
    pub(crate) of: Settings,
    tags: u32,
}

/// One answer: its lines, each with the literal that ended it, and how it ended.
struct Answer {
    lines: Vec<(String, Vec<u8>)>,
    end: String,
}

/// A message of the mailbox.
pub(crate) struct Fetched {
    pub(crate) raw: Vec<u8>,
    /// The server took it in.
    pub(crate) arrived: Option<u64>,
}

impl Imap {
    /// Connects and signs in.
    pub(crate) fn open(host: &dyn Host, of: &Settings) -> Result<Self, No> {
        let (name, port) = of.imap()?;
        let mut talk = Conversation::new(host.connect(name, port, Security::Tls)?);
        let greeting = talk.line(LINE_MS)?.ok_or(StreamFailure::Closed)?;
        if !greeting.starts_with("* OK") {
            let words: String = greeting.chars().take(200).collect();
            return Err(
                Trouble::Unexpected(format!("The IMAP server begins with {words:?} and not with `* OK`.")).into(),
            );
        }
        let mut imap = Self {
            talk,
            of: of.clone(),
            tags: 0,
        };
        imap.talk.say(&[bytes("a0 AUTHENTICATE PLAIN\r\n")])?;
        let asked = imap.line()?;
        if asked.starts_with('+') {
            let before = format!("\0{}\0", of.user());
            imap.talk.say(&[base64_with_secret(before, PASSWORD), bytes("\r\n")])?;
        }
        let end = if asked.starts_with("a0 ") {
            asked
        } else {
            imap.until("a0")?.end
        };
        if end.starts_with("OK") || end.starts_with("a0 OK") {
            return Ok(imap);
        }
        if end.contains("[UNAVAILABLE]") {
            return Err(Trouble::Later(None).into());
        }
        let words: String = end.chars().take(200).collect();
        Err(Trouble::Credential(format!(
            "The IMAP server does not let {} in: {words}. Put the mailbox's password, or an app password, where this \
             connection's secret `{PASSWORD}` is kept.",
            of.user()
        ))
        .into())
    }

    fn line(&mut self) -> Result<String, No> {
        Ok(self.talk.line(LINE_MS)?.ok_or(StreamFailure::Closed)?)
    }

    /// Reads until the line with this tag.
    fn until(&mut self, tag: &str) -> Result<Answer, No> {
        let mut lines = Vec::new();
        while lines.len() < LINES {
            let line = self.line()?;
            if let Some(end) = line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
                return Ok(Answer {
                    lines,
                    end: end.to_owned(),
                });
            }
            let literal = match literal_of(&line) {
                Some(length) if length > LONGEST + 65_536 => {
                    return Err(Trouble::Unexpected(format!(
                        "The server sends {length} bytes where less was asked for."
                    ))
                    .into());
                }
                Some(length) => self.talk.exactly(length, LINE_MS)?,
                None => Vec::new(),
            };
            lines.push((line, literal));
        }
        Err(Trouble::Unexpected(format!("The server's answer has more than {LINES} lines.")).into())
    }

    /// Says a command and reads its answer; what is not OK is refused in the server's words.
    fn ask(&mut self, command: &str) -> Result<Vec<(String, Vec<u8>)>, No> {
        self.tags += 1;
        let tag = format!("a{}", self.tags);
        self.talk.say(&[bytes(format!("{tag} {command}\r\n"))])?;
        let answer = self.until(&tag)?;
        if answer.end.starts_with("OK") {
            return Ok(answer.lines);
        }
        let words: String = answer.end.chars().take(200).collect();
        Err(Trouble::Refused(format!("The IMAP server says to `{command}`: {words}")).into())
    }

    /// Opens a mailbox to read it: the number by which its UIDs are valid, and the greatest UID there was until now.
    pub(crate) fn examine(&mut self, mailbox: &str) -> Result<(u64, u64), No> {
        let lines = self.ask(&format!("EXAMINE \"{mailbox}\""))?;
        let said = |word: &str| lines.iter().find_map(|(line, _)| number_after(line, word));
        let validity = said("[UIDVALIDITY ");
        let validity =
            validity.ok_or_else(|| Trouble::Unexpected("The IMAP server names no UIDVALIDITY.".to_owned()))?;
        Ok((validity, said("[UIDNEXT ").unwrap_or(1).saturating_sub(1)))
    }

    /// UIDs that fit, in order.
    pub(crate) fn search(&mut self, what: &str) -> Result<Vec<u64>, No> {
        let lines = self.ask(&format!("UID SEARCH {what}"))?;
        let numbers = lines.iter().filter_map(|(line, _)| line.strip_prefix("* SEARCH"));
        let mut uids: Vec<u64> = numbers
            .flat_map(str::split_whitespace)
            .filter_map(|word| word.parse().ok())
            .collect();
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// A message, its head alone where that is enough. None where it is not there any more.
    pub(crate) fn fetch(&mut self, uid: u64, head: bool) -> Result<Option<Fetched>, No> {
        let what = if head {
            "BODY.PEEK[HEADER]".to_owned()
        } else {
            format!("BODY.PEEK[]<0.{LONGEST}>")
        };
        let lines = self.ask(&format!("UID FETCH {uid} (INTERNALDATE {what})"))?;
        let mut lines = lines.into_iter();
        let Some((line, raw)) = lines.find(|(line, raw)| line.contains("FETCH (") && !raw.is_empty()) else {
            return Ok(None);
        };
        // The date may stand before the text or behind it.
        let behind = lines.next().map(|(line, _)| line).unwrap_or_default();
        let arrived = [&line, &behind].into_iter().find_map(|text| internal_date(text));
        Ok(Some(Fetched { raw, arrived }))
    }

    /// Puts a copy into a mailbox.
    pub(crate) fn append(&mut self, mailbox: &str, raw: &[u8]) -> Result<(), No> {
        self.talk
            .say(&[bytes(format!("ap APPEND \"{mailbox}\" (\\Seen) {{{}}}\r\n", raw.len()))])?;
        let go = self.line()?;
        if !go.starts_with('+') {
            return Err(Trouble::Refused(format!("The IMAP server takes no copy into {mailbox:?}: {go}")).into());
        }
        self.talk.say(&[bytes(raw), bytes("\r\n")])?;
        let answer = self.until("ap")?;
        if answer.end.starts_with("OK") {
            return Ok(());
        }
        Err(Trouble::Refused(format!(
            "The IMAP server takes no copy into {mailbox:?}: {}",
            answer.end
        ))
        .into())
    }
}

/// The length of the literal that a line ends with.
fn literal_of(line: &str) -> Option<usize> {
    line.strip_suffix('}')?.rsplit_once('{')?.1.parse().ok()
}

fn number_after(line: &str, word: &str) -> Option<u64> {
    let rest = line.split(word).nth(1)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// `INTERNALDATE "17-Jul-1996 02:44:25 -0700"`.
fn internal_date(line: &str) -> Option<u64> {
    let text = line.split("INTERNALDATE \"").nth(1)?.split('"').next()?.trim();
    let (date, rest) = text.split_once(' ')?;
    let (clock, zone) = rest.split_once(' ')?;
    let date = date.replace('-', " ");
    let local = jackfield_sdk::time::http_date_ms(&format!("Day, {date} {clock} GMT"))?;
    let sign: i64 = if zone.starts_with('-') { -1 } else { 1 };
    let number: i64 = zone.get(1..)?.parse().ok()?;
    let minutes = number / 100 * 60 + number % 100;
    local.checked_add_signed(-sign * minutes * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_and_literals_are_read() {
        assert_eq!(
            internal_date("x INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" y"),
            Some(837_596_665_000)
        );
        assert_eq!(
            internal_date("INTERNALDATE \" 7-Jul-1996 02:44:25 +0000\""),
            Some(836_707_465_000)
        );
        assert_eq!(literal_of("* 1 FETCH (BODY[] {310}"), Some(310));
        assert_eq!(literal_of("* OK {none}"), None);
        assert_eq!(
            number_after("* OK [UIDVALIDITY 3857529045] valid", "[UIDVALIDITY "),
            Some(3_857_529_045)
        );
    }

    proptest! {
        #[test]
        fn no_line_breaks_it(line in "\\PC{0,60}") {
            let _ = (internal_date(&line), literal_of(&line), number_after(&line, "["));
            let _ = internal_date(&format!("INTERNALDATE \"{line}\""));
        }
    }
}
