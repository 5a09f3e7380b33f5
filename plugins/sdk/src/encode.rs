//! Percent-encoding for queries and form bodies, by RFC 3986: everything but unreserved characters is encoded.

/// `text` with everything but `A-Z a-z 0-9 - . _ ~` percent-encoded.
pub fn percent(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.push(HEX.get(usize::from(nibble)).copied().map_or('0', char::from));
            }
        }
    }
    out
}

/// `name=value` pairs, encoded and joined by `&`: a form body, or a query without its `?`.
pub fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    pairs.join("&")
}

/// `base` with the pairs as its query.
pub fn query(base: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        base.to_owned()
    } else {
        format!("{base}?{}", form(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_unreserved_characters_is_encoded() {
        assert_eq!(percent("a-Z.0_~"), "a-Z.0_~");
        assert_eq!(percent("é &=+/%"), "%C3%A9%20%26%3D%2B%2F%25");
        assert_eq!(
            query("u", &[("types[]", "mention"), ("q", "a b")]),
            "u?types%5B%5D=mention&q=a%20b"
        );
        assert_eq!(query("u", &[]), "u");
    }
}
