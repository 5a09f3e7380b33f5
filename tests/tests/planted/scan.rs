//! Looks for values through every disguise.
//!
//! The host takes values out by the spellings that it knows. This looks the other way round, so that the two do not share
//! a mistake: it takes disguises off, whatever is underneath, and looks for pieces of the values in what is left. Eight
//! characters of a value in a row, in any case of letters, are a find, so that half a value counts too.

use std::collections::{BTreeMap, HashMap};

/// Characters that make a find.
const PIECE: usize = 8;

/// By the name of a value and the disguise that it is in: what stands before it, for whoever has to find the leak.
pub(crate) type Found = BTreeMap<(&'static str, &'static str), String>;

/// What is looked for: values by name.
pub(crate) struct Scan {
    pieces: HashMap<u64, &'static str>,
    /// First two bytes of a piece: most places are passed by this.
    begins: Vec<bool>,
}

impl Scan {
    pub(crate) fn new(values: &[(&'static str, &str)]) -> Self {
        let mut pieces = HashMap::new();
        let mut begins = vec![false; 1 << 16];
        for (name, value) in values {
            assert!(value.len() >= 2 * PIECE, "{name} is too short to be told from chance");
            for piece in value.as_bytes().chunks_exact(PIECE) {
                let piece = piece.to_ascii_lowercase();
                begins[usize::from(u16::from_be_bytes([piece[0], piece[1]]))] = true;
                pieces.insert(number(&piece), *name);
            }
        }
        Self { pieces, begins }
    }

    /// The names of the values that are in these bytes, and under which disguise.
    pub(crate) fn of(&self, bytes: &[u8]) -> Found {
        let mut found = Found::new();
        let json = unescaped(bytes);
        let shown = [
            ("plain", bytes.to_vec()),
            ("percent", percent(bytes)),
            ("JSON in JSON", unescaped(&json)),
            ("JSON", json),
            ("HTML", html(bytes)),
        ];
        for (disguise, bytes) in &shown {
            self.plain(bytes, disguise, &mut found);
            for start in 0..2 {
                self.plain(&hex(bytes, start), "hexadecimal", &mut found);
            }
            for start in 0..4 {
                self.plain(&base64(bytes, start), "Base64", &mut found);
            }
        }
        found
    }

    fn plain(&self, bytes: &[u8], disguise: &'static str, found: &mut Found) {
        let folded = bytes.to_ascii_lowercase();
        for at in 0..(folded.len() + 1).saturating_sub(PIECE) {
            if self.begins[usize::from(u16::from_be_bytes([folded[at], folded[at + 1]]))]
                && let Some(name) = self.pieces.get(&number(&folded[at..at + PIECE]))
            {
                let before = bytes.get(at.saturating_sub(60)..at).unwrap_or_default();
                found
                    .entry((*name, disguise))
                    .or_insert_with(|| String::from_utf8_lossy(before).into_owned());
            }
        }
    }
}

fn number(piece: &[u8]) -> u64 {
    piece.iter().fold(0, |all, byte| all << 8 | u64::from(*byte))
}

fn digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn percent(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        match pair.and_then(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let code = bytes.get(at + 2..at + 6).filter(|_| bytes.get(at + 1) == Some(&b'u'));
        let code = code.and_then(|code| u32::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match code.and_then(char::from_u32) {
            Some(character) => {
                out.extend(character.to_string().bytes());
                at += 6;
            }
            None => {
                out.extend(bytes.get(at + 1));
                at += 2;
            }
        }
    }
    out
}

fn html(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let text = ["&lt;<", "&gt;>", "&quot;\"", "&#39;'", "&#x27;'", "&#x2F;/", "&amp;&"]
        .iter()
        .fold(text.into_owned(), |text, entity| {
            let (name, character) = entity.split_at(entity.len() - 1);
            text.replace(name, character)
        });
    text.into_bytes()
}

/// Runs of hexadecimal digits as what they spell, from their first or second digit on; something else between them.
fn hex(bytes: &[u8], start: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for run in bytes
        .split(|byte| digit(*byte).is_none())
        .filter(|run| run.len() >= 2 * PIECE)
    {
        let pairs = run[start..].chunks_exact(2);
        out.extend(pairs.filter_map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)));
        out.push(0);
    }
    out
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

/// Runs of Base64 of either alphabet as what they spell, from each of four places on.
fn base64(bytes: &[u8], start: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for run in bytes
        .split(|byte| sextet(*byte).is_none())
        .filter(|run| run.len() >= 12)
    {
        for four in run[start..].chunks(4).filter(|four| four.len() > 1) {
            let bits = four
                .iter()
                .filter_map(|byte| sextet(*byte))
                .fold(0, |all, six| all << 6 | six);
            let bits = bits << (6 * (4 - four.len()));
            let whole = bits.to_be_bytes();
            out.extend(&whole[1..four.len()]);
        }
        out.push(0);
    }
    out
}
