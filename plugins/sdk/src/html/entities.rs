//! Character references. The named ones are those that networks' own software writes; the full table of HTML has two
//! thousand and would be most of a small plugin. An unknown name stays as it is written, so nothing is lost.

const NAMED: [(&str, &str); 26] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("euro", "€"),
    ("pound", "£"),
    ("deg", "°"),
    ("middot", "·"),
    ("bull", "•"),
    ("shy", "\u{ad}"),
    ("times", "×"),
    ("zwj", "\u{200d}"),
];

/// `text` with its character references replaced by the characters.
pub fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match reference(after) {
            Some((decoded, tail)) => {
                out.push_str(&decoded);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The characters of the reference behind a `&`, and what follows its `;`.
fn reference(after: &str) -> Option<(String, &str)> {
    // The longest reference that is read is `&#x10ffff;`.
    let end = after.bytes().take(12).position(|b| b == b';')?;
    let name = after.get(..end)?;
    let tail = after.get(end + 1..)?;
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        let c = char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}');
        return Some((c.to_string(), tail));
    }
    NAMED
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, c)| ((*c).to_owned(), tail))
}
