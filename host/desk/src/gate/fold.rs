//! Letters as people read them: case, marks, width and hidden characters apart; and what a foreign letter looks like.
//!
//! What is hidden is Unicode's `Default_Ignorable_Code_Point`: a soft hyphen or a zero-width joiner changes nothing that
//! a reader sees. What looks alike is the table of Unicode's UTS 39, which crates keep, with a few small capitals and
//! squared letters beside it that the table leaves out since no name may hold them.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Nothing is shown for it.
pub(super) fn hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The letter in lower case without its marks: `É` is e, `ß` is ss, a wide `Ａ` is a. Nothing for what is hidden.
pub(super) fn plain(c: char, mut each: impl FnMut(char)) {
    if c.is_ascii() {
        return each(c.to_ascii_lowercase());
    }
    if hidden(c) {
        return;
    }
    for part in std::iter::once(c).nfkd().filter(|part| !is_combining_mark(*part)) {
        match part {
            'ß' | 'ẞ' => "ss".chars().for_each(&mut each),
            'æ' | 'Æ' => "ae".chars().for_each(&mut each),
            'œ' | 'Œ' => "oe".chars().for_each(&mut each),
            'ø' | 'Ø' => each('o'),
            'ł' | 'Ł' => each('l'),
            'đ' | 'Đ' => each('d'),
            'ı' => each('i'),
            'ſ' => each('s'),
            _ => part
                .to_lowercase()
                .filter(|part| !is_combining_mark(*part))
                .for_each(&mut each),
        }
    }
}

/// A word as it is compared.
pub(super) fn folded(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    word.chars().for_each(|c| plain(c, |p| out.push(p)));
    out
}

/// Small capitals, and letters in a black square or circle: beside the table of UTS 39.
const SMALL: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ";

/// The Latin letter that a letter of another script, or of no script, looks like.
pub(super) fn look(c: char) -> Option<char> {
    if c.is_ascii() || matches!(c, 'ß' | 'ẞ' | 'æ' | 'Æ' | 'œ' | 'Œ') {
        return None; // letters of their own, of two
    }
    if let Some(at) = SMALL.chars().position(|small| small == c) {
        return letter(at);
    }
    for first in ['\u{1f150}', '\u{1f170}', '\u{1f1e6}'] {
        if let Some(at) = u32::from(c).checked_sub(u32::from(first)).filter(|at| *at < 26) {
            return letter(at as usize);
        }
    }
    match c {
        'к' | 'κ' => return Some('k'), // in small they are drawn as the Latin letter; the table knows the capitals only
        'т' | 'τ' => return Some('t'),
        'м' => return Some('m'),
        'в' | 'β' => return Some('b'),
        'н' => return Some('h'),
        'и' | 'п' | 'η' => return Some('n'),
        'я' | 'г' => return Some('r'),
        'з' | 'э' | 'ε' | 'є' => return Some('e'),
        'ш' | 'щ' | 'ω' => return Some('w'),
        'у' => return Some('y'),
        'υ' | 'μ' | 'µ' => return Some('u'),
        'ν' => return Some('v'),
        'λ' | 'Λ' | 'Δ' => return Some('a'),
        'σ' => return Some('o'),
        'ρ' => return Some('p'),
        'ι' => return Some('i'),
        _ => {}
    }
    let prototype = |c: char| {
        let mut buffer = [0; 4];
        let mut found = unicode_security::skeleton(c.encode_utf8(&mut buffer));
        match (found.next(), found.next()) {
            (Some(one), None) if one.is_ascii_alphanumeric() => Some(one.to_ascii_lowercase()),
            _ => None,
        }
    };
    // A small letter may have no twin where its capital has one.
    prototype(c).or_else(|| c.to_uppercase().next().filter(|big| *big != c).and_then(prototype))
}

fn letter(at: usize) -> Option<char> {
    u8::try_from(at)
        .ok()
        .filter(|at| *at < 26)
        .map(|at| char::from(b'a' + at))
}

/// The letters that a digit or a sign is written for.
pub(super) fn stands_for(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' | '¡' => 'i',
        '2' => 'z',
        '3' | '€' | '£' => 'e',
        '4' | '@' => 'a',
        '5' | '$' | '§' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        '(' | '<' | '¢' => 'c',
        '¥' => 'y',
        _ => return None,
    })
}

/// Letters that disguises do not tell apart: a 1 is an i or an l.
pub(super) fn class(letter: char) -> char {
    if letter == 'l' { 'i' } else { letter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_as_people_read_them() {
        for (word, expected) in [
            ("Straße", "strasse"),
            ("ÉCOLE", "ecole"),
            ("ｆｒｅｅ", "free"),
            ("𝓯𝓻𝓮𝓮", "free"),
            ("ⓕⓡⓔⓔ", "free"),
            ("fr\u{ad}e\u{200b}e", "free"),
            ("f\u{335}r\u{335}ee", "free"),
            ("ﬁne", "fine"),
            ("Łódź", "lodz"),
        ] {
            assert_eq!(folded(word), expected, "{word}");
        }
    }

    #[test]
    fn a_letter_of_another_script_is_read_as_the_one_it_looks_like() {
        for (c, expected) in [
            ('а', Some('a')),
            ('ѕ', Some('s')),
            ('ο', Some('o')),
            ('Τ', Some('t')),
            ('ᴇ', Some('e')),
            ('🅵', Some('f')),
            ('é', None),
            ('e', None),
            ('中', None),
        ] {
            assert_eq!(look(c), expected, "{c}");
        }
    }
}
