//! Writes words and keeps the white space between them right: a space or new lines are written only when words follow.

#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    space: bool,
    lines: usize,
    /// Above zero inside `<pre>`.
    pub(super) preformatted: u32,
}

impl Writer {
    /// A border of a block: at least this many new lines before what comes next.
    pub(super) fn block(&mut self, distance: u8) {
        if distance > 0 {
            self.lines = self.lines.max(usize::from(distance));
            self.space = false;
        }
    }

    /// `<br>`: one more new line; more than two in a row are two.
    pub(super) fn newline(&mut self) {
        self.lines = (self.lines + 1).min(2);
        self.space = false;
    }

    /// Writes text, and says where its first word begins; none where there is no word in it.
    pub(super) fn write(&mut self, text: &str) -> Option<usize> {
        if self.preformatted > 0 && !text.is_empty() {
            self.flush();
            let start = self.out.len();
            self.out.push_str(&text.replace('\r', ""));
            return (self.out.len() > start).then_some(start);
        }
        let mut start = None;
        for (n, word) in text.split([' ', '\n', '\t', '\r', '\x0c']).enumerate() {
            self.space |= n > 0;
            if !word.is_empty() {
                self.flush();
                start = start.or(Some(self.out.len()));
                self.out.push_str(word);
            }
        }
        start
    }

    /// Writes a sign such as a bullet as it stands.
    pub(super) fn write_exact(&mut self, sign: &str) {
        self.flush();
        self.out.push_str(sign);
    }

    fn flush(&mut self) {
        if self.out.is_empty() {
            // Nothing stands before the first word.
        } else if self.lines > 0 {
            for _ in 0..self.lines {
                self.out.push('\n');
            }
        } else if self.space && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
        self.lines = 0;
        self.space = false;
    }

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// The text between two byte positions that this writer has handed out.
    pub(super) fn slice(&self, start: usize, end: usize) -> Option<&str> {
        self.out.get(start..end).filter(|s| !s.is_empty())
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}
