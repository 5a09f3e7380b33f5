//! Takes secret values out of what comes back: answers of networks, log lines, error texts.
//!
//! A server that echoes a request would hand the plugin the token that it was never given. So every byte on its way
//! in is searched for each value in the spellings that servers commonly use: as it stands, percent-encoded, in JSON,
//! in HTML, in hexadecimal, in small letters and in capitals, and in Base64 at each of the three alignments a longer text
//! can put it at. A value that is the Base64 of `USER:PASSWORD` is looked for as these, too. A server that spells it in a
//! way of its own is not caught; it was trusted with the secret by the operator.
//!
//! The search is one pass with a filter of the first two bytes, not an automaton, so that every copy of a value is
//! in memory that is wiped when it is dropped.

mod pieces;

pub(crate) use pieces::Pieces;

use crate::secret::Secret;
use base64::{
    Engine as _,
    alphabet::{Alphabet, STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::NO_PAD},
};
use pieces::Begins;
use std::{borrow::Cow, cmp::Reverse, collections::BTreeSet, fmt};
use zeroize::{Zeroize, Zeroizing};

/// Fewer bytes of Base64 than this say too little of a value, and would be found in ordinary text.
const MIN_BASE64: usize = 8;
/// A shorter password would be found in ordinary text; the pair that it belongs to is looked for all the same.
const MIN_PASSWORD: usize = 8;
/// With or without `=` at the end.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The values of one connection, in every spelling.
pub struct Scrubber {
    /// Longest first, so that the longest spelling at a place wins.
    patterns: Vec<Pattern>,
    /// Which pairs of bytes begin a pattern: one bit per pair.
    starts: Zeroizing<Vec<u64>>,
}

struct Pattern {
    spelling: Zeroizing<Vec<u8>>,
    instead: String,
}

impl Scrubber {
    /// Prepares the spellings of `secrets`.
    pub fn new(secrets: &[Secret]) -> Self {
        let mut patterns = Vec::new();
        for secret in secrets {
            for mut spelling in spellings(secret.value()) {
                let copy = Zeroizing::new(std::mem::take(&mut spelling));
                patterns.push(Pattern {
                    spelling: copy,
                    instead: format!("[secret {}]", secret.name()),
                });
            }
        }
        patterns.sort_by_key(|pattern| Reverse(pattern.spelling.len()));
        let mut starts = Zeroizing::new(vec![0_u64; if patterns.is_empty() { 0 } else { 1024 }]);
        for pattern in &patterns {
            if let [a, b, ..] = pattern.spelling.as_slice() {
                let (word, bit) = pair(*a, *b);
                if let Some(slot) = starts.get_mut(word) {
                    *slot |= bit;
                }
            }
        }
        Self { patterns, starts }
    }

    /// `bytes` without any value.
    pub fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let mut clean: Option<Vec<u8>> = None;
        let mut copied = 0;
        let mut at = 0;
        while let Some((found, length, instead)) = self.next(bytes, at) {
            let out = clean.get_or_insert_with(|| Vec::with_capacity(bytes.len()));
            out.extend_from_slice(bytes.get(copied..found).unwrap_or_default());
            out.extend_from_slice(instead.as_bytes());
            at = found + length;
            copied = at;
        }
        match clean {
            None => Cow::Borrowed(bytes),
            Some(mut out) => {
                out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
                Cow::Owned(out)
            }
        }
    }

    /// `text` without any value.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Spellings begin and end on character borders, so this never replaces anything.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    fn next(&self, bytes: &[u8], from: usize) -> Option<(usize, usize, &str)> {
        if self.patterns.is_empty() {
            return None;
        }
        let rest = bytes.get(from..)?;
        for (offset, window) in rest.windows(2).enumerate() {
            let &[a, b] = window else { continue };
            let (word, bit) = pair(a, b);
            if self.starts.get(word).is_some_and(|slot| slot & bit != 0) {
                let tail = rest.get(offset..).unwrap_or_default();
                let found = self.patterns.iter().find(|pattern| tail.starts_with(&pattern.spelling));
                if let Some(pattern) = found {
                    return Some((from + offset, pattern.spelling.len(), &pattern.instead));
                }
            }
        }
        None
    }
}

impl Scrubber {
    fn begins(&self, rest: &[u8]) -> Begins<'_> {
        if let &[a, b, ..] = rest {
            let (word, bit) = pair(a, b);
            if self.starts.get(word).is_none_or(|slot| slot & bit == 0) {
                return Begins::Nothing;
            }
        }
        // Longest first, as in a whole text: a longer spelling that may yet come wins over a shorter one that is there.
        for pattern in &self.patterns {
            if rest.starts_with(&pattern.spelling) {
                return Begins::Value(pattern.spelling.len(), &pattern.instead);
            }
            if pattern.spelling.starts_with(rest) {
                return Begins::Perhaps;
            }
        }
        Begins::Nothing
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrubber")
            .field("spellings", &self.patterns.len())
            .finish_non_exhaustive()
    }
}

fn pair(a: u8, b: u8) -> (usize, u64) {
    let index = usize::from(u16::from_be_bytes([a, b]));
    (index / 64, 1 << (index % 64))
}

/// Every spelling of a value, once each, and of what a server reads out of it.
fn spellings(value: &str) -> BTreeSet<Vec<u8>> {
    let mut all = spelled(value);
    if let Some((pair, password)) = pair_of(value) {
        all.append(&mut spelled(&pair));
        if password.chars().count() >= MIN_PASSWORD {
            all.append(&mut spelled(&password));
        }
    }
    // What is only a fragment of a value's own text would take ordinary words apart; none of the above is.
    all.retain(|spelling| spelling.len() >= MIN_BASE64);
    all
}

/// `USER:PASSWORD` and the password, where a value is what stands behind `Basic` (RFC 7617): a server decodes it, and
/// its words about it are about these.
fn pair_of(value: &str) -> Option<(Zeroizing<String>, Zeroizing<String>)> {
    let engine = GeneralPurpose::new(&STANDARD, LENIENT);
    let decoded = Zeroizing::new(engine.decode(value).ok()?);
    let pair = std::str::from_utf8(&decoded).ok()?;
    let (_, password) = pair.split_once(':')?;
    (!pair.chars().any(char::is_control))
        .then(|| (Zeroizing::new(pair.to_owned()), Zeroizing::new(password.to_owned())))
}

fn spelled(value: &str) -> BTreeSet<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut all = written(value);
    // Names of hosts, headers and schemes have no capitals, some texts nothing else.
    all.append(&mut written(&Zeroizing::new(value.to_ascii_lowercase())));
    all.append(&mut written(&Zeroizing::new(value.to_ascii_uppercase())));
    all.insert(hex::encode(bytes).into_bytes());
    all.insert(hex::encode_upper(bytes).into_bytes());
    for alphabet in [&STANDARD, &URL_SAFE] {
        for offset in 0..3 {
            let core = base64_core(bytes, alphabet, offset);
            if core.len() >= MIN_BASE64 {
                all.insert(percent(core.as_bytes(), "-_", false, true));
                all.insert(percent(core.as_bytes(), "-_", false, false));
                all.insert(core.replace('/', "\\/").into_bytes());
                all.insert(core.into_bytes());
            }
        }
    }
    all
}

/// A text as it stands in other text: an address, a form, JSON, JSON in JSON, HTML.
fn written(value: &str) -> BTreeSet<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut all = BTreeSet::new();
    all.insert(bytes.to_vec());
    for upper in [true, false] {
        for (keep, plus) in [
            ("-._~", false),
            ("-._~!*'()", false),
            ("-._~:/?@!$&'()*+,;=", false),
            ("*-._", true),
            ("", false),
        ] {
            all.insert(percent(bytes, keep, plus, upper));
        }
        all.insert(bytes.iter().flat_map(|byte| percent_byte(*byte, upper)).collect());
    }
    let json = in_json(value);
    // Some programs escape the slash, and some what is not ASCII.
    for json in [json.replace('/', "\\/"), ascii_json(&json), json] {
        let again = in_json(&json);
        all.insert(again.replace('/', "\\/").into_bytes());
        all.insert(again.into_bytes());
        all.insert(json.into_bytes());
    }
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    all.insert(html.replace('\'', "&#39;").into_bytes());
    all.insert(html.into_bytes());
    all
}

/// Between the quotation marks of a JSON string.
fn in_json(value: &str) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let inside = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    inside.unwrap_or(&json).to_owned()
}

fn percent_byte(byte: u8, upper: bool) -> Vec<u8> {
    if upper {
        format!("%{byte:02X}").into_bytes()
    } else {
        format!("%{byte:02x}").into_bytes()
    }
}

fn percent(bytes: &[u8], keep: &str, plus: bool, upper: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(byte) {
            out.push(*byte);
        } else if plus && *byte == b' ' {
            out.push(b'+');
        } else {
            out.extend(percent_byte(*byte, upper));
        }
    }
    out
}

fn ascii_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// The characters of Base64 that depend on `value` alone when `offset` bytes stand before it and anything may follow:
/// a character whose six bits reach into a neighbour is left out.
fn base64_core(value: &[u8], alphabet: &Alphabet, offset: usize) -> String {
    let engine = GeneralPurpose::new(alphabet, NO_PAD);
    let mut padded = Zeroizing::new(vec![0; offset]);
    padded.extend_from_slice(value);
    let mut encoded = engine.encode(padded.as_slice());
    let first = (offset * 8).div_ceil(6);
    let whole = (padded.len() * 8) / 6;
    let core = encoded.get(first..whole).unwrap_or_default().to_owned();
    encoded.zeroize();
    core
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::Grants;
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};
    use proptest::prelude::*;

    fn scrubber(value: &str) -> Scrubber {
        let hosts = Grants::parse(&["social.example"]).unwrap();
        let secret = Secret::new("token", Zeroizing::new(value.to_owned()), hosts).unwrap();
        Scrubber::new(&[secret])
    }

    #[test]
    fn a_value_is_found_in_every_common_spelling() {
        let value = "p/+ä\"s&c 'ret~1234";
        let scrub = scrubber(value);
        let json = serde_json::to_string(&format!("x{value}y")).unwrap();
        let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        for echoed in [
            format!("a {value} b"),
            format!("a {} b", hex::encode(value)),
            format!("a {} b", hex::encode_upper(value)),
            format!("a {form} b"),
            format!("a {} b", lower_escapes(&form)),
            json.clone(),
            json.replace('/', "\\/"),
            "p/+ä&quot;s&amp;c &#39;ret~1234".to_owned(),
            "p/+\\u00e4\\\"s&c 'ret~1234".to_owned(),
        ] {
            let clean = scrub.text(&echoed);
            assert!(clean.contains("[secret token]"), "{echoed} became {clean}");
            assert!(!clean.contains("1234"), "{echoed} became {clean}");
        }
    }

    fn lower_escapes(form: &str) -> String {
        let mut parts = form.split('%');
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |text, part| {
            format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..])
        })
    }

    #[test]
    fn what_stands_behind_basic_is_found_as_the_server_reads_it() {
        for padding in ["", "=="] {
            let value = format!("{}{padding}", BASE64_STANDARD_NO_PAD.encode("agent:open/sesame 7"));
            let scrub = scrubber(&value);
            for echoed in [
                "agent:open/sesame 7",
                "open/sesame 7",
                "OPEN/SESAME 7",
                "open%2Fsesame%207",
                "open\\/sesame 7",
            ] {
                assert_eq!(scrub.text(&format!("no {echoed}!")), "no [secret token]!", "{echoed}");
            }
        }
        let short = scrubber(&BASE64_STANDARD.encode("somebody:abc"));
        assert_eq!(short.text("abc of somebody:abc"), "abc of [secret token]");
    }

    #[test]
    fn two_values_side_by_side_are_both_found() {
        let scrub = scrubber("abcdefgh1");
        assert_eq!(scrub.text("abcdefgh1abcdefgh1!"), "[secret token][secret token]!");
        assert_eq!(scrub.text("abcdefgh"), "abcdefgh");
    }

    proptest! {
        #[test]
        fn base64_hides_a_value_at_no_alignment(
            value in "[ -~]{12,40}", before in proptest::collection::vec(any::<u8>(), 0..7),
            after in proptest::collection::vec(any::<u8>(), 0..7),
        ) {
            prop_assume!(value.trim().len() >= 12);
            let value = value.trim().to_owned();
            let scrub = scrubber(&value);
            let whole = [before.as_slice(), value.as_bytes(), after.as_slice()].concat();
            for encoded in [BASE64_STANDARD.encode(&whole), BASE64_STANDARD_NO_PAD.encode(&whole), BASE64_URL_SAFE.encode(&whole)] {
                let clean = scrub.text(&encoded);
                prop_assert!(clean.contains("[secret token]"), "{encoded} became {clean}");
                // What is left around the mark holds less than four bytes of the value on either side.
                prop_assert!(clean.len() <= encoded.len() - (value.len() * 8 / 6 - 3) + "[secret token]".len());
            }
        }

        #[test]
        fn text_without_a_value_is_left_alone(text in "\\PC{0,200}") {
            let scrub = scrubber("zq9-zq9-zq9-zq9");
            prop_assert_eq!(scrub.text(&text), text.as_str());
        }
    }
}
