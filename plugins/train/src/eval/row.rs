//! One measured figure and what it stands beside.
#![allow(clippy::print_stdout, reason = "this is what prints")]

/// What a figure should reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// At least.
    AtLeast(f64),
    /// At most.
    AtMost(f64),
    /// Nobody set one.
    None,
}

impl Mark {
    fn holds(self, value: f64) -> Option<bool> {
        match self {
            Self::AtLeast(mark) => Some(value >= mark),
            Self::AtMost(mark) => Some(value <= mark),
            Self::None => None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::AtLeast(mark) => format!(">= {mark}"),
            Self::AtMost(mark) => format!("<= {mark}"),
            Self::None => String::new(),
        }
    }
}

/// A figure.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was done, and the measure.
    pub what: String,
    /// What it was measured on.
    pub on: String,
    /// The figure.
    pub value: f64,
    /// What others reached; on test parts, where it says nothing else.
    pub beside: &'static str,
    /// What it must reach.
    pub must: Mark,
    /// What is ahead of comparable systems.
    pub ahead: Mark,
}

impl Row {
    /// A row without a mark.
    pub fn plain(what: &str, on: &str, value: f64) -> Self {
        Self {
            what: what.to_owned(),
            on: on.to_owned(),
            value,
            beside: "",
            must: Mark::None,
            ahead: Mark::None,
        }
    }

    /// With what it stands beside.
    #[must_use]
    pub fn beside(mut self, beside: &'static str, must: Mark, ahead: Mark) -> Self {
        (self.beside, self.must, self.ahead) = (beside, must, ahead);
        self
    }

    fn verdict(&self) -> &'static str {
        match (self.must.holds(self.value), self.ahead.holds(self.value)) {
            (Some(false), _) => "MISSED",
            (_, Some(true)) => "ahead",
            (Some(true), _) => "must met",
            (None, _) => "",
        }
    }
}

/// Prints the rows as a table.
pub(super) fn print(rows: &[Row]) {
    println!("| what | on | here | beside (test parts) | must | ahead | |");
    println!("|---|---|---|---|---|---|---|");
    for row in rows {
        println!(
            "| {} | {} | {:.3} | {} | {} | {} | {} |",
            row.what,
            row.on,
            row.value,
            row.beside,
            row.must.words(),
            row.ahead.words(),
            row.verdict()
        );
    }
}

/// Says a line.
pub(super) fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_missed_met_or_ahead() {
        let of = |value, must, ahead| Row::plain("x", "y", value).beside("", must, ahead).verdict();
        assert_eq!(of(0.5, Mark::AtLeast(0.6), Mark::AtLeast(0.7)), "MISSED");
        assert_eq!(of(0.65, Mark::AtLeast(0.6), Mark::AtLeast(0.7)), "must met");
        assert_eq!(of(0.7, Mark::AtLeast(0.6), Mark::AtLeast(0.7)), "ahead");
        assert_eq!(of(0.002, Mark::AtMost(0.003), Mark::AtMost(0.0015)), "must met");
        assert_eq!(of(0.9, Mark::None, Mark::None), "");
    }
}
