//! A text cut where findings begin and end, so that a mark stands under the words it is about.

use super::check::{Finding, Severity};

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Its characters.
    pub text: String,
    /// The gravest finding about it, and its number.
    pub mark: Option<(Severity, usize)>,
}

/// The stretches, in order; together they are the text. Where findings lie over one another the gravest is drawn, of
/// equal ones the first.
pub fn marks(text: &str, findings: &[Finding]) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
    for (at, letter) in text.chars().enumerate() {
        let over = |finding: &Finding| (finding.span.0..finding.span.1).contains(&at);
        let mut mark: Option<(Severity, usize)> = None;
        for (number, finding) in findings.iter().enumerate().filter(|(_, finding)| over(finding)) {
            if mark.is_none_or(|(severity, _)| severity < finding.severity) {
                mark = Some((finding.severity, number));
            }
        }
        match out.last_mut() {
            Some(last) if last.mark == mark => last.text.push(letter),
            _ => out.push(Stretch {
                text: letter.into(),
                mark,
            }),
        }
    }
    out
}

/// Puts a suggestion in the place of what was found.
pub fn suggested(text: &str, finding: &Finding) -> Option<String> {
    let with = finding.suggestion.as_deref()?;
    let (from, to) = finding.span;
    let before = text.chars().take(from);
    let after = text.chars().skip(to);
    Some(before.chain(with.chars()).chain(after).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finding(from: usize, to: usize, severity: Severity) -> Finding {
        Finding {
            span: (from, to),
            rule: "spelling".into(),
            reason: String::new(),
            severity,
            words: String::new(),
            needs: crate::desk::Needs::Nothing,
            suggestion: Some("x".into()),
        }
    }

    #[test]
    fn the_gravest_is_drawn_and_characters_are_counted_not_bytes() {
        let findings = [finding(0, 4, Severity::Note), finding(2, 6, Severity::Block)];
        let drawn: Vec<(String, Option<usize>)> = marks("äöüß€x", &findings)
            .into_iter()
            .map(|one| (one.text, one.mark.map(|(_, at)| at)))
            .collect();
        assert_eq!(drawn, [("äö".into(), Some(0)), ("üß€x".into(), Some(1))]);
        assert_eq!(suggested("äöüß€x", &findings[1]).as_deref(), Some("äöx"));
    }

    proptest! {
        #[test]
        fn stretches_are_the_text_whatever_was_found(
            text in ".{0,30}", spans in prop::collection::vec((0usize..40, 0usize..40, 0u8..3), 0..5),
        ) {
            let severities = [Severity::Note, Severity::Ask, Severity::Block];
            let findings: Vec<Finding> = spans.iter().map(|(a, b, s)| finding(*a, *b, severities[*s as usize])).collect();
            let stretches = marks(&text, &findings);
            let again: String = stretches.iter().map(|one| one.text.as_str()).collect();
            prop_assert_eq!(&again, &text);
            prop_assert!(stretches.windows(2).all(|pair| pair[0].mark != pair[1].mark));
        }
    }
}
