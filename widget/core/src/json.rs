//! JSON without a generic in sight. `serde_json` writes a parser for every type it reads, which in the browser came to
//! a third of the whole program; here is one parser, and [`crate::wire`] picks what it needs out of the tree.

/// Deeper than anything the API says; a depth bound keeps a hostile answer from the end of the stack.
const DEEPEST: usize = 64;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without fraction or exponent that fits: every count and time of the API.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Names and values, in order.
    Object(Vec<(String, Json)>),
}

/// Where a text is no JSON: the byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoJson(pub usize);

impl Json {
    /// Reads a whole text.
    pub fn read(text: &str) -> Result<Self, NoJson> {
        let mut reader = Reader {
            bytes: text.as_bytes(),
            text,
            at: 0,
        };
        let value = reader.value(0)?;
        reader.blank();
        if reader.at == text.len() {
            Ok(value)
        } else {
            Err(NoJson(reader.at))
        }
    }

    /// The value of a name of an object; none for `null` too.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(pairs) => pairs
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value)
                .filter(|v| **v != Self::Null),
            _ => None,
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn blank(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn no<T>(&self) -> Result<T, NoJson> {
        Err(NoJson(self.at))
    }

    fn peek(&mut self) -> Option<u8> {
        self.blank();
        self.bytes.get(self.at).copied()
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, NoJson> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            return Ok(value);
        }
        self.no()
    }

    fn value(&mut self, depth: usize) -> Result<Json, NoJson> {
        if depth > DEEPEST {
            return self.no();
        }
        match self.peek() {
            Some(b'{') => {
                let mut pairs = Vec::new();
                self.many(b'}', |reader| {
                    reader.blank();
                    let name = reader.string()?;
                    if reader.peek() != Some(b':') {
                        return reader.no();
                    }
                    reader.at += 1;
                    pairs.push((name, reader.value(depth + 1)?));
                    Ok(())
                })?;
                Ok(Json::Object(pairs))
            }
            Some(b'[') => {
                let mut list = Vec::new();
                self.many(b']', |reader| {
                    list.push(reader.value(depth + 1)?);
                    Ok(())
                })?;
                Ok(Json::List(list))
            }
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => self.number(),
        }
    }

    fn many(&mut self, end: u8, mut one: impl FnMut(&mut Self) -> Result<(), NoJson>) -> Result<(), NoJson> {
        self.at += 1;
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(());
        }
        loop {
            one(self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == end => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.no(),
            }
        }
    }

    fn number(&mut self) -> Result<Json, NoJson> {
        let start = self.at;
        while matches!(
            self.bytes.get(self.at),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
        ) {
            self.at += 1;
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        if let Ok(whole) = digits.parse() {
            return Ok(Json::Int(whole));
        }
        float(digits).map(Json::Float).ok_or(NoJson(start))
    }

    fn string(&mut self) -> Result<String, NoJson> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return self.no();
        }
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.bytes.get(self.at), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escaped()?);
                }
                _ => return self.no(),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, NoJson> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        Ok(match byte {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'u') => {
                let high = self.hex()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                self.at += 2;
                let low = self.hex()?;
                let both = 0x10000 + ((high - 0xd800) << 10) + low.wrapping_sub(0xdc00);
                char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return self.no(),
        })
    }

    fn hex(&mut self) -> Result<u32, NoJson> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(NoJson(self.at))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| NoJson(self.at))
    }
}

/// A number with fraction or exponent, to within its last digits. The exact reading of the standard library brings ten
/// kilobytes of tables, and no fraction in the API is more than a margin.
fn float(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or((1.0, whole), |rest| (-1.0, rest));
    let all = || whole.bytes().chain(fraction.bytes());
    if whole.is_empty() || !all().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let exponent: i32 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let mut value = all().fold(0.0, |value, digit| value * 10.0 + f64::from(digit - b'0'));
    let shift = exponent
        .saturating_sub(i32::try_from(fraction.len()).ok()?)
        .clamp(-400, 400);
    for _ in 0..shift.unsigned_abs() {
        value = if shift < 0 { value / 10.0 } else { value * 10.0 };
    }
    Some(sign * value)
}

/// Adds a text in quotes.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => {
                out.push_str("\\u00");
                for half in [c as u32 >> 4, c as u32 & 15] {
                    out.extend(char::from_digit(half, 16));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn as_serde(json: &Json) -> serde_json::Value {
        match json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(on) => (*on).into(),
            Json::Int(n) => serde_json::from_str(&n.to_string()).unwrap(),
            Json::Float(n) => (*n).into(),
            Json::Text(text) => text.clone().into(),
            Json::List(list) => list.iter().map(as_serde).collect::<Vec<_>>().into(),
            Json::Object(pairs) => {
                serde_json::Value::Object(pairs.iter().map(|(n, v)| (n.clone(), as_serde(v))).collect())
            }
        }
    }

    /// Equal, fractions to within their last digits.
    fn alike(one: &serde_json::Value, other: &serde_json::Value) -> bool {
        use serde_json::Value::{Array, Number, Object};
        match (one, other) {
            (Number(a), Number(b)) if a.is_f64() || b.is_f64() => {
                let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
                (a - b).abs() <= a.abs().max(b.abs()) * 1e-12
            }
            (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
            (Object(a), Object(b)) => {
                a.len() == b.len() && a.iter().all(|(n, v)| b.get(n).is_some_and(|w| alike(v, w)))
            }
            (a, b) => a == b,
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1e9f64..1e9).prop_map(Into::into),
            ".{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::hash_map(".{0,6}", inner, 0..6)
                    .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_serde_writes_is_read_alike(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let read = as_serde(&Json::read(&text).unwrap());
            prop_assert!(alike(&read, &value), "{read} is not {value}");
        }

        #[test]
        fn no_text_breaks_the_reader(text in "[\\[\\]{}:,\"\\\\u0-9eE.truefalsn é+-]{0,40}") {
            if Json::read(&text).is_ok() {
                prop_assert!(!text.trim().is_empty());
            }
        }

        #[test]
        fn a_quoted_text_is_the_text(text in ".{0,30}") {
            let mut out = String::new();
            quote(&text, &mut out);
            prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn escapes_depth_and_ends_are_kept_to() {
        for (text, expected) in [
            (r#""\u00e9\ud83d\ude00\n""#, Some("é😀\n")),
            (r#""\ud83d""#, Some("\u{fffd}")),
            (r#""\x""#, None),
            ("\"a", None),
            ("\"a\nb\"", None),
        ] {
            let read = Json::read(text).ok();
            assert_eq!(read, expected.map(|t| Json::Text(t.into())), "{text}");
        }
        assert!(Json::read(&"[".repeat(1000)).is_err());
        assert!(Json::read("1 2").is_err() && Json::read("").is_err() && Json::read("[1,]").is_err());
    }
}
