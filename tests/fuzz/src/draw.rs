//! Structured input out of plain bytes: choices, texts, byte strings. When the bytes are used up every draw is the
//! first choice or empty, so that each input means something and a shorter one means something simpler.

pub(crate) struct Draw<'a>(pub(crate) &'a [u8]);

impl<'a> Draw<'a> {
    pub(crate) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    pub(crate) fn one_in(&mut self, n: u8) -> bool {
        self.byte() % n == n - 1
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }

    pub(crate) fn number(&mut self) -> u64 {
        (0..4).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    /// At most 255 bytes.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    /// Printable: what a header or an address can hold.
    pub(crate) fn word(&mut self) -> String {
        self.bytes().iter().map(|byte| char::from(b'!' + byte % 94)).collect()
    }
}
