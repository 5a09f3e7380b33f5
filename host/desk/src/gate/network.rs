//! What the network and the policy count: length, people named, links and where they lead.

use super::context::{Context, Draft};
use super::finding::{Finding, Rule};
use super::text::{Kind, Text};
use super::voice::Voice;

/// Services that hide where a link leads.
const SHORTENERS: [&str; 16] = [
    "bit.ly",
    "tinyurl.com",
    "t.co",
    "goo.gl",
    "ow.ly",
    "buff.ly",
    "is.gd",
    "rebrand.ly",
    "cutt.ly",
    "lnkd.in",
    "t.ly",
    "shorturl.at",
    "rb.gy",
    "tiny.cc",
    "bl.ink",
    "s.id",
];

pub(super) fn find(text: &Text, draft: &Draft, voice: &Voice, context: &Context) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |span, rule: Rule, reason: String| {
        found.push(Finding {
            span,
            rule,
            reason,
            severity: voice.severity(rule),
            suggestion: None,
        });
    };
    let length = draft.counting.length(&draft.text) + draft.signature;
    if let Some(max) = draft.max_length.map(|max| max as usize).filter(|max| length > *max) {
        let over = length - max;
        let count = text.chars.len();
        let signed = if draft.signature > 0 {
            ", its signature counted"
        } else {
            ""
        };
        let reason = format!("The network takes {max}, and this is {length}{signed}: shorten it by {over}.");
        add((count.saturating_sub(over), count), Rule::Length, reason);
    }
    let mentions: Vec<_> = text.of_kind(Kind::Mention).collect();
    if let Some(most) = voice.most_mentions.map(|most| most as usize)
        && let (Some(first), Some(last)) = (mentions.get(most), mentions.last())
    {
        let reason = format!(
            "It names {} people, and {most} is the most here: each of them is told of it.",
            mentions.len()
        );
        add((first.0, last.1), Rule::Mentions, reason);
    }
    let links: Vec<_> = text.of_kind(Kind::Link).collect();
    if let Some(most) = voice.most_links.map(|most| most as usize)
        && let (Some(first), Some(last)) = (links.get(most), links.last())
    {
        add(
            (first.0, last.1),
            Rule::Links,
            format!("It has {} links, and {most} is the most here.", links.len()),
        );
    }
    for (start, end) in links {
        let link = text.part(start, end);
        let Some(host) = host(&link) else { continue };
        let below = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        let allowed = voice.link_domains.iter().any(|domain| below(&domain.to_lowercase()));
        if SHORTENERS.iter().any(|short| below(short)) && !allowed {
            add(
                (start, end),
                Rule::LinkTarget,
                format!("{host} hides where the link leads: write the whole address."),
            );
        } else if !voice.link_domains.is_empty()
            && !allowed
            && !context.here.said.iter().any(|said| said.contains(&link))
        {
            let where_to = voice
                .link_domains
                .iter()
                .take(4)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            add(
                (start, end),
                Rule::LinkTarget,
                format!("Links lead to {where_to}, and {host} is none of them."),
            );
        }
    }
    found
}

/// The host of an address, lower case; the part before an `@` is not it.
fn host(link: &str) -> Option<String> {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority
        .rsplit('@')
        .next()?
        .split(':')
        .next()?
        .trim_end_matches('.')
        .to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_host_is_what_is_dialled() {
        for (link, expected) in [
            ("https://www.Example.org/a", "example.org"),
            ("https://example.org@evil.test/", "evil.test"),
            ("https://example.org:8443?x", "example.org"),
            ("www.example.org", "example.org"),
        ] {
            assert_eq!(host(link).as_deref(), Some(expected), "{link}");
        }
    }
}
