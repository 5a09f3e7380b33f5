//! An answer as a message (RFC 5322, 2045, 2047).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jackfield_sdk::time::format_ms;

/// What an answer is made of.
#[derive(Debug, Clone, Default)]
pub struct Answer<'a> {
    /// The host's key.
    pub key: &'a str,
    /// Our address and name.
    pub from: (&'a str, &'a str),
    /// The person's address.
    pub to: &'a str,
    /// The subject of what is answered.
    pub subject: &'a str,
    /// The message that is answered.
    pub parent: &'a str,
    /// What that one referred to.
    pub references: &'a [String],
    /// The words.
    pub text: &'a str,
    /// BCP 47.
    pub language: Option<&'a str>,
    /// In milliseconds.
    pub at: u64,
}

/// The id of an answer, without brackets: of the host's key, so that it is the same for every try.
pub fn message_id(key: &str, address: &str) -> String {
    format!("{key}@{}", address.rsplit('@').next().unwrap_or("localhost"))
}

/// References of one header: the first and the last ones, for lines have an end.
const REFERENCES: usize = 20;

/// The message, in lines of at most 998 bytes, with CRLF.
pub fn message(answer: &Answer<'_>) -> Vec<u8> {
    let subject = answer.subject.trim();
    let begins = subject.get(..3).is_some_and(|three| three.eq_ignore_ascii_case("re:"));
    let subject = if begins {
        subject.to_owned()
    } else {
        format!("Re: {subject}")
    };
    let (address, name) = answer.from;
    let from = if name.trim().is_empty() {
        format!("<{address}>")
    } else {
        format!("{} <{address}>", word(name.trim()))
    };
    let mut references: Vec<&str> = answer
        .references
        .iter()
        .map(String::as_str)
        .filter(|id| *id != answer.parent)
        .collect();
    if references.len() > REFERENCES {
        references.drain(1..references.len() - REFERENCES + 1);
    }
    references.push(answer.parent);
    let references: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
    let mut lines = vec![
        format!("From: {from}"),
        format!("To: <{}>", answer.to),
        format!("Subject: {}", word(&subject)),
        format!("Date: {}", date(answer.at)),
        format!("Message-ID: <{}>", message_id(answer.key, address)),
        format!("In-Reply-To: <{}>", answer.parent),
        format!("References: {}", references.join("\r\n ")),
        format!("{}: {}", crate::mail::MARK, answer.key),
    ];
    lines.extend(
        answer
            .language
            .map(|language| format!("Content-Language: {}", word(language))),
    );
    lines.extend([
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: base64".to_owned(),
        String::new(),
    ]);
    let text = answer
        .text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n");
    let encoded = BASE64_STANDARD.encode(format!("{text}\r\n"));
    let mut out = lines.join("\r\n");
    out.push_str("\r\n");
    for (at, sign) in encoded.chars().enumerate() {
        if at > 0 && at % 76 == 0 {
            out.push_str("\r\n");
        }
        out.push(sign);
    }
    out.push_str("\r\n");
    out.into_bytes()
}

/// A text in a header: as it stands where that is safe, else in encoded words of at most 75 bytes.
fn word(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_.!?:/+#&'".contains(c);
    if clean.len() <= 70 && clean.chars().all(plain) && !clean.contains("=?") {
        return clean;
    }
    let mut words: Vec<String> = vec![String::new()];
    for sign in clean.chars() {
        // 45 bytes become 60 signs; with `=?utf-8?B?` and `?=` around them, 72.
        if words.last().is_some_and(|word| word.len() + sign.len_utf8() > 45) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(sign);
        }
    }
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(word)))
        .collect();
    words.join("\r\n ")
}

/// `Sat, 01 Aug 2026 16:00:09 +0000`.
fn date(ms: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = format_ms(ms);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let day = usize::try_from(ms / 86_400_000 % 7)
        .ok()
        .and_then(|day| DAYS.get(day))
        .unwrap_or(&"Thu");
    let month = part(5, 7)
        .parse::<usize>()
        .ok()
        .and_then(|month| MONTHS.get(month.saturating_sub(1)))
        .unwrap_or(&"Jan");
    format!("{day}, {} {month} {} {} +0000", part(8, 10), part(0, 4), part(11, 19))
}
