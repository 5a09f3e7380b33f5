//! Replies are signed by a person: people trust people.

use jackfield_protocol::Counting;
use serde::{Deserialize, Serialize};

/// How replies are signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Style {
    /// By what.
    pub by: By,
    /// What stands before it: `^`, `- `.
    pub before: String,
    /// What stands after it: ` from Northwind`.
    pub after: String,
    /// Networks on which it is another: `mail = "name"`.
    pub on: std::collections::BTreeMap<String, By>,
}

/// By what a reply is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Not at all.
    #[default]
    Nothing,
    /// By initials: `MK`.
    Initials,
    /// By the first name: `Mia`.
    FirstName,
    /// By the whole name.
    Name,
}

/// What is put at the end; empty where nothing is.
pub fn signature(agent: &str, style: &Style, network: &str) -> String {
    let by = style.on.get(network).copied().unwrap_or(style.by);
    let words = || agent.split_whitespace();
    let who = match by {
        By::Nothing => String::new(),
        By::Initials => words()
            .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
            .flat_map(char::to_uppercase)
            .collect(),
        By::FirstName => words().next().unwrap_or_default().to_owned(),
        By::Name => words().collect::<Vec<_>>().join(" "),
    };
    if who.is_empty() {
        String::new()
    } else {
        format!("{}{who}{}", style.before, style.after)
    }
}

/// The text with its signature, once: what ends with it already is left as it is.
pub fn sign(text: &str, agent: &str, style: &Style, network: &str) -> String {
    join(text, &signature(agent, style, network))
}

/// The text with this at its end, once.
pub(crate) fn join(text: &str, signature: &str) -> String {
    let text = text.trim_end();
    if signature.is_empty() || text.ends_with(signature) {
        return text.to_owned();
    }
    let gap = if text.contains('\n') { "\n" } else { " " };
    format!("{text}{gap}{signature}")
}

/// What signing adds to the length of this text.
pub fn signing_adds(text: &str, agent: &str, style: &Style, network: &str, counting: Counting) -> usize {
    let signed = counting.length(&sign(text, agent, style, network));
    signed.saturating_sub(counting.length(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_signed_once_as_the_policy_says() {
        let style = Style {
            by: By::Initials,
            before: "^".to_owned(),
            after: String::new(),
            on: [("mail".to_owned(), By::Name)].into(),
        };
        for (text, network, expected) in [
            ("Good day.", "mastodon", "Good day. ^MK"),
            ("Good day. ^MK", "mastodon", "Good day. ^MK"),
            ("Good\nday.\n", "mastodon", "Good\nday.\n^MK"),
            ("Good day.", "mail", "Good day. ^Mia Król"),
        ] {
            assert_eq!(sign(text, "Mia Król", &style, network), expected);
        }
        assert_eq!(sign("Good day.", "Mia Król", &Style::default(), "mail"), "Good day.");
        assert_eq!(
            signing_adds("Good day.", "Mia Król", &style, "mastodon", Counting::Characters),
            4
        );
        assert_eq!(
            signing_adds("Good day. ^MK", "Mia Król", &style, "mastodon", Counting::Characters),
            0
        );
    }
}
