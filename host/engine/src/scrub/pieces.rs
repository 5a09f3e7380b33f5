//! Scrubs what arrives in pieces: a value that lies across a border is found too.
//!
//! What could be the beginning of a value is held back until the next bytes say what it is. It is never handed on before,
//! or a server that pauses in the middle of a value would have it through.

use super::Scrubber;
use std::{borrow::Cow, sync::Arc};
use zeroize::Zeroizing;

/// One stream of bytes.
pub(crate) struct Pieces {
    scrub: Arc<Scrubber>,
    held: Zeroizing<Vec<u8>>,
}

/// What stands at the front of some bytes.
pub(super) enum Begins<'a> {
    Nothing,
    Value(usize, &'a str),
    /// All of them are the beginning of a value.
    Perhaps,
}

impl Pieces {
    pub(crate) fn new(scrub: Arc<Scrubber>) -> Self {
        Self {
            scrub,
            held: Zeroizing::default(),
        }
    }

    /// What is known to be clean after these bytes.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Vec<u8> {
        let whole = if self.held.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            self.held.extend_from_slice(bytes);
            Cow::Owned(std::mem::take(&mut *self.held))
        };
        let mut clean = Vec::with_capacity(whole.len());
        let mut at = 0;
        while let Some(rest) = whole.get(at..).filter(|rest| !rest.is_empty()) {
            match self.scrub.begins(rest) {
                Begins::Nothing => {
                    clean.extend_from_slice(rest.get(..1).unwrap_or_default());
                    at += 1;
                }
                Begins::Value(length, instead) => {
                    clean.extend_from_slice(instead.as_bytes());
                    at += length;
                }
                Begins::Perhaps => {
                    self.held.extend_from_slice(rest);
                    break;
                }
            }
        }
        clean
    }

    /// The rest: nothing follows that could complete it.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        let rest = std::mem::take(&mut *self.held);
        self.scrub.bytes(&rest).into_owned()
    }

    /// Whether something is held back.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{egress::Grants, secret::Secret};
    use proptest::prelude::*;

    fn scrubber() -> Arc<Scrubber> {
        let hosts = Grants::parse(&["social.example"]).unwrap();
        let secret = Secret::new("t", Zeroizing::new("abababab1".to_owned()), hosts).unwrap();
        Arc::new(Scrubber::new(&[secret]))
    }

    #[test]
    fn the_beginning_of_a_value_waits_for_its_end() {
        let mut pieces = Pieces::new(scrubber());
        assert_eq!(
            pieces.add(b"* OK\r\n"),
            b"* OK\r\n",
            "an ordinary line is not held back"
        );
        assert_eq!(pieces.add(b"say abab"), b"say ");
        assert!(pieces.is_holding());
        assert_eq!(pieces.add(b"abab1 twice"), b"[secret t] twice");
        assert_eq!(pieces.add(b"ab"), b"");
        assert_eq!(pieces.end(), b"ab");
    }

    proptest! {
        #[test]
        fn the_borders_of_pieces_change_nothing(
            parts in proptest::collection::vec("(ab|abab|abababab1|b1|x|[a-c]{1,3})", 0..12),
            cuts in proptest::collection::vec(1_usize..6, 1..40),
        ) {
            let scrub = scrubber();
            let whole = parts.concat().into_bytes();
            let mut pieces = Pieces::new(scrub.clone());
            let mut got = Vec::new();
            let mut rest = whole.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                got.extend(pieces.add(now));
                rest = later;
            }
            got.extend(pieces.end());
            prop_assert_eq!(String::from_utf8(got), String::from_utf8(scrub.bytes(&whole).into_owned()));
        }
    }
}
