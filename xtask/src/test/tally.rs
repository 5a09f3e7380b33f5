//! Counts of several test runners, added up.

use std::fmt;

/// How many passed and failed, and what was skipped for want of what.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    /// One line for each thing skipped: what, and what was missing.
    pub(crate) reasons: Vec<String>,
}

impl Tally {
    /// Adds another runner's.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.reasons.extend(other.reasons);
    }

    /// A single check.
    pub(crate) fn check(good: bool) -> Self {
        Self {
            passed: u64::from(good),
            failed: u64::from(!good),
            ..Self::default()
        }
    }

    /// Something that could not be run at all.
    pub(crate) fn missing(what: &str, why: &str) -> Self {
        Self {
            skipped: 1,
            reasons: vec![format!("{what}: {why}")],
            ..Self::default()
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

/// What a runner printed, read. A runner that failed without naming a failed test has itself failed.
pub(crate) fn read(lines: &[String], reader: fn(&str, &mut Tally), succeeded: bool) -> Tally {
    let mut tally = Tally::default();
    for line in lines {
        reader(line, &mut tally);
        if let Some(reason) = line.trim().strip_prefix("skipped: ") {
            tally.reasons.push(reason.to_owned());
        }
    }
    if !succeeded && tally.failed == 0 {
        tally.failed = 1;
    }
    tally
}

/// `     Summary [   1.2s] 12 tests run: 11 passed (1 slow), 1 failed, 3 skipped`. What nextest calls skipped are
/// binaries that run by themselves (ignored tests do not exist here: a lint), so they are not counted.
pub(crate) fn nextest(line: &str, tally: &mut Tally) {
    let Some((_, counts)) = line
        .split_once(" tests run: ")
        .or_else(|| line.split_once(" test run: "))
    else {
        return;
    };
    if line.trim_start().starts_with("Summary") {
        tally.passed += number(counts, "passed");
        tally.failed += number(counts, "failed") + number(counts, "timed out") + number(counts, "exec failed");
    }
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s`
pub(crate) fn libtest(line: &str, tally: &mut Tally) {
    if let Some(counts) = line
        .strip_prefix("test result: ")
        .and_then(|rest| rest.split_once(". "))
        .map(|(_, counts)| counts)
    {
        tally.passed += number(counts, "passed");
        tally.failed += number(counts, "failed");
        tally.skipped += number(counts, "ignored");
    }
}

/// The closing lines of node's TAP, and the reason beside each skip.
pub(crate) fn tap(line: &str, tally: &mut Tally) {
    let count = |word: &str| {
        line.strip_prefix(word)
            .and_then(|rest| rest.trim().parse::<u64>().ok())
            .unwrap_or(0)
    };
    tally.passed += count("# pass ");
    tally.failed += count("# fail ") + count("# cancelled ");
    tally.skipped += count("# skipped ") + count("# todo ");
    let line = line.trim_start();
    if let Some((test, reason)) = line.strip_prefix("ok ").and_then(|rest| rest.split_once(" # SKIP")) {
        let name = test.split_once(" - ").map_or(test, |(_, name)| name);
        tally.reasons.push(format!("{name}: {}", reason.trim()));
    }
}

/// The number before a word: `number("3 passed; 1 failed", "failed")` is 1.
fn number(counts: &str, word: &str) -> u64 {
    let Some(before) = counts.split(word).next().filter(|before| before.len() < counts.len()) else {
        return 0;
    };
    before
        .trim_end()
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, reader: fn(&str, &mut Tally), succeeded: bool) -> Tally {
        read(&text.lines().map(str::to_owned).collect::<Vec<_>>(), reader, succeeded)
    }

    #[test]
    fn each_runner_is_read_as_it_speaks() {
        let nextest_says =
            "     PASS [ 0.1s] a b\n     Summary [   1.2s] 12 tests run: 11 passed (1 slow), 1 failed, 3 skipped\n";
        assert_eq!(
            read_text(nextest_says, nextest, false).to_string(),
            "11 passed, 1 failed, 0 skipped"
        );
        let timed = "     Summary [ 61.2s] 2 tests run: 1 passed, 1 timed out, 0 skipped";
        assert_eq!(
            read_text(timed, nextest, false).to_string(),
            "1 passed, 1 failed, 0 skipped"
        );
        let libtest_says = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\nskipped: recorded: JACKFIELD_RECORDED is not set\ntest result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        let tally = read_text(libtest_says, libtest, false);
        assert_eq!(tally.to_string(), "4 passed, 2 failed, 1 skipped");
        assert_eq!(tally.reasons, ["recorded: JACKFIELD_RECORDED is not set"]);
        let tap_says = "TAP version 13\n    ok 1 - a\n    ok 2 - b # SKIP no browser\n# tests 3\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0";
        let tally = read_text(tap_says, tap, false);
        assert_eq!(tally.to_string(), "1 passed, 1 failed, 1 skipped");
        assert_eq!(tally.reasons, ["b: no browser"]);
    }

    #[test]
    fn a_runner_that_dies_without_a_word_has_failed() {
        assert_eq!(read_text("error: could not compile", nextest, false).failed, 1);
        assert_eq!(read_text("", tap, true), Tally::default());
    }
}
