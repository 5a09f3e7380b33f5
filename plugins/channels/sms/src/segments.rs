//! How many parts a text becomes (3GPP TS 23.038 and 23.040).
//!
//! Where every sign is in GSM's alphabet, a part has 160 units of 7 bits, 153 where there are several (a header joins
//! them). Signs of the extension table take two units and are not cut in half. One sign outside of both makes the whole
//! text UCS-2: 70 units of 16 bits, 67 where there are several; a sign beyond the first plane takes two, and stays whole
//! too.

/// The basic alphabet, in the order of its codes; the escape at 0x1B is no sign.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Reached by an escape: two units each.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The alphabet of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// 7 bits a unit.
    Gsm7,
    /// 16 bits a unit.
    Ucs2,
}

/// What a text costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// In which alphabet it goes out.
    pub alphabet: Alphabet,
    /// Units of that alphabet.
    pub units: usize,
    /// Parts; one for no words at all.
    pub parts: usize,
    /// The first sign that GSM's alphabet lacks.
    pub because: Option<char>,
}

/// Units of a sign in GSM's alphabet; none where it has no such sign.
pub fn gsm_units(sign: char) -> Option<usize> {
    if BASIC.contains(sign) {
        Some(1)
    } else {
        EXTENSION.contains(sign).then_some(2)
    }
}

/// Counts.
pub fn count(text: &str) -> Segments {
    let because = text.chars().find(|sign| gsm_units(*sign).is_none());
    let (alphabet, alone, joined) = match because {
        None => (Alphabet::Gsm7, 160, 153),
        Some(_) => (Alphabet::Ucs2, 70, 67),
    };
    let sizes = text.chars().map(|sign| match alphabet {
        Alphabet::Gsm7 => gsm_units(sign).unwrap_or(1),
        Alphabet::Ucs2 => sign.len_utf16(),
    });
    let units: usize = sizes.clone().sum();
    let parts = if units <= alone {
        1
    } else {
        let (mut parts, mut used) = (1, 0);
        for size in sizes {
            if used + size > joined {
                parts += 1;
                used = 0;
            }
            used += size;
        }
        parts
    };
    Segments {
        alphabet,
        units,
        parts,
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_borders_are_where_the_standard_has_them() {
        let cases: [(&str, Alphabet, usize, usize); 14] = [
            ("", Alphabet::Gsm7, 0, 1),
            ("hello", Alphabet::Gsm7, 5, 1),
            (&"a".repeat(160), Alphabet::Gsm7, 160, 1),
            (&"a".repeat(161), Alphabet::Gsm7, 161, 2),
            (&"a".repeat(306), Alphabet::Gsm7, 306, 2),
            (&"a".repeat(307), Alphabet::Gsm7, 307, 3),
            ("price: 5 €", Alphabet::Gsm7, 11, 1),
            (&"€".repeat(80), Alphabet::Gsm7, 160, 1),
            // 76 of them fill 152 of 153 units: the next one is not cut in half.
            (&"€".repeat(153), Alphabet::Gsm7, 306, 3),
            ("it’s", Alphabet::Ucs2, 4, 1),
            (&"ж".repeat(70), Alphabet::Ucs2, 70, 1),
            (&"ж".repeat(71), Alphabet::Ucs2, 71, 2),
            (&"👋".repeat(35), Alphabet::Ucs2, 70, 1),
            // 33 of them fill 66 of 67 units.
            (&"👋".repeat(67), Alphabet::Ucs2, 134, 3),
        ];
        for (text, alphabet, units, parts) in cases {
            let found = count(text);
            assert_eq!(
                (found.alphabet, found.units, found.parts),
                (alphabet, units, parts),
                "{text:?}"
            );
        }
        assert_eq!(count("so “what”").because, Some('“'));
        assert_eq!(BASIC.chars().count(), 127, "128 codes, one of which is the escape");
    }

    proptest! {
        #[test]
        fn parts_hold_all_units_and_never_more_than_they_can(text in "\\PC{0,400}") {
            let found = count(&text);
            let (alone, joined) = if found.alphabet == Alphabet::Gsm7 { (160, 153) } else { (70, 67) };
            let room = if found.parts == 1 { alone } else { found.parts * joined };
            prop_assert!(found.units <= room);
            // Each part but the last may lose one unit to a sign that is not cut.
            prop_assert!(found.parts == 1 || found.units > (found.parts - 1) * (joined - 1));
        }

        #[test]
        fn a_longer_text_has_no_fewer_parts(text in "[a-z€ж👋]{0,300}", more in "[a-z]{1,50}") {
            prop_assert!(count(&(text.clone() + &more)).parts >= count(&text).parts);
        }
    }
}
