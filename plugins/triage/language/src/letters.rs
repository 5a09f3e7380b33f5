//! What letters alone prove.

/// Scripts that one language of ours is written in, by their blocks in Unicode.
const SCRIPTS: [(u32, u32, &str); 14] = [
    (0x0370, 0x03ff, "el"),
    (0x0530, 0x058f, "hy"),
    (0x0590, 0x05ff, "he"),
    (0x0980, 0x09ff, "bn"),
    (0x0a80, 0x0aff, "gu"),
    (0x0b80, 0x0bff, "ta"),
    (0x0c00, 0x0c7f, "te"),
    (0x0e00, 0x0e7f, "th"),
    (0x10a0, 0x10ff, "ka"),
    (0x1780, 0x17ff, "km"),
    (0x1100, 0x11ff, "ko"),
    (0xac00, 0xd7af, "ko"),
    (0x3040, 0x30ff, "ja"),
    (0x0900, 0x097f, "hi"),
];
/// Scripts whose languages we do not know.
const STRANGE: [(u32, u32); 5] = [
    (0x0a00, 0x0a7f),
    (0x0b00, 0x0b7f),
    (0x0c80, 0x0d7f),
    (0x0d80, 0x0dff),
    (0x1000, 0x109f),
];
/// Letters that one language has and none of the sixteen of the table.
const OWN: [(&str, &str); 7] = [
    ("ієїґ", "uk"),
    ("łąęźż", "pl"),
    ("řěů", "cs"),
    ("őű", "hu"),
    ("țș", "ro"),
    ("پچگژ", "fa"),
    ("øæėųļņķģ", "unknown"), // Danish, Norwegian, the Baltic languages; not ð and þ, which Turkish becomes when it is read wrongly
];

/// Chinese, Japanese and Korean write a word with one.
pub(crate) fn is_syllable(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x9fff | 0xac00..=0xd7af)
}

/// The language that the letters prove, if any: of a script more than half, of a language's own letters more than one in
/// a hundred and no letter that speaks against it.
pub(crate) fn proof(words: &str) -> Option<&'static str> {
    if words.is_ascii() {
        return None;
    }
    let (mut all, mut scripts, mut own, mut strange) = (0u32, [0u32; SCRIPTS.len()], [0u32; OWN.len()], 0u32);
    let mut russian = false;
    for c in words.chars().filter(|c| c.is_alphabetic()) {
        all += 1;
        if c.is_ascii() {
            continue;
        }
        let low = c.to_lowercase().next().unwrap_or(c);
        let code = u32::from(low);
        russian |= matches!(low, 'ы' | 'э' | 'ъ' | 'ё');
        for (count, (first, last, _)) in scripts.iter_mut().zip(SCRIPTS) {
            *count += u32::from((first..=last).contains(&code));
        }
        strange += u32::from(STRANGE.iter().any(|(first, last)| (*first..=*last).contains(&code)));
        for (count, (letters, _)) in own.iter_mut().zip(OWN) {
            *count += u32::from(letters.contains(low));
        }
    }
    if strange * 2 > all {
        return Some("unknown");
    }
    // One sign of Japanese among ideographs is enough; the others need half.
    let script = scripts.iter().zip(SCRIPTS).find(|(count, (.., code))| {
        if *code == "ja" {
            **count * 8 > all
        } else {
            **count * 2 > all
        }
    });
    if let Some((_, (.., code))) = script {
        return Some(code);
    }
    let (count, (_, code)) = own.iter().zip(OWN).max_by_key(|(count, _)| **count)?;
    let alone = *code != *"uk" || !russian;
    (*count * 100 > all && *count > 0 && alone).then_some(code)
}
