//! Messages as a person reads them in a terminal, and what the mapping left out.

use crate::cli::say;
use jackfield_channel_http_json::sdk::{Content, Event, Kind, Trouble, Visibility};
use jackfield_channel_http_json::{Mapping, trial};

/// Of a long text this much is shown.
const MOST_TEXT: usize = 400;
/// Forgotten fields that are named; the rest is counted.
const MOST_FIELDS: usize = 40;

/// Everything that a try found.
pub(super) fn all(
    mapping: &Mapping,
    tried: &[trial::Tried],
    answers: &[(String, Vec<u8>)],
    told: &[String],
) -> Result<(), String> {
    let (mut count, mut failed) = (0, Vec::new());
    for (name, found) in tried {
        match found {
            Ok(batch) => {
                count += batch.events.len();
                say(&format!("poll.{name}: {} messages", batch.events.len()))?;
                for event in &batch.events {
                    say(&message(event))?;
                }
                if batch.more {
                    say("  There are more; a connection goes on from here.")?;
                }
            }
            Err(trouble) => {
                let words = trouble_words(trouble);
                say(&format!("poll.{name}: {words}"))?;
                failed.push(name.as_str());
            }
        }
    }
    for line in told {
        say(&format!("  ! {}", clean(line)))?;
    }
    fields(mapping, answers)?;
    say(&format!(
        "\n{count} messages from {} answers. Nothing was published.",
        answers.len()
    ))?;
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("not all polls worked: {}", failed.join(", ")))
    }
}

fn fields(mapping: &Mapping, answers: &[(String, Vec<u8>)]) -> Result<(), String> {
    let parsed = answers
        .iter()
        .filter_map(|(url, body)| Some((url.clone(), serde_json::from_slice(body).ok()?)));
    let unused = trial::unmapped(mapping, &parsed.collect::<Vec<_>>());
    if unused.is_empty() {
        return Ok(());
    }
    say("\nFields that no key of the mapping looks at:")?;
    for one in unused.iter().take(MOST_FIELDS) {
        say(&format!(
            "  message.{}  {}  ({})",
            one.message,
            one.path,
            clean(&one.example)
        ))?;
    }
    if unused.len() > MOST_FIELDS {
        say(&format!("  and {} more", unused.len() - MOST_FIELDS))?;
    }
    Ok(())
}

fn trouble_words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Later(_) => "the system does not answer, or asks to be asked later".to_owned(),
        Trouble::Credential(words) | Trouble::Refused(words) | Trouble::Unexpected(words) => clean(words),
    }
}

/// A message in a few lines.
fn message(event: &Event) -> String {
    let mut head = vec![when(event.at)];
    if let Kind::Said(content) = &event.kind {
        head.push(person(content));
    }
    head.push(readers(&event.visibility).to_owned());
    for (is_so, word) in [
        (event.ours, "ours"),
        (event.context, "context"),
        (event.revision > 0, "edited"),
    ] {
        if is_so {
            head.push(word.to_owned());
        }
    }
    let mut place = format!("id {}, thread {}", event.remote_id, event.thread);
    if let Some(parent) = &event.parent {
        place.push_str(&format!(", answers {parent}"));
    }
    let mut lines = vec![
        format!("  {}", clean(&head.join("  "))),
        format!("    {}", clean(&place)),
    ];
    match &event.kind {
        Kind::Said(content) => {
            lines.extend(content.title.iter().map(|title| format!("    # {}", clean(title))));
            let text: String = content.text.chars().take(MOST_TEXT).collect();
            lines.extend(text.lines().map(|line| format!("    | {}", clean(line))));
            lines.extend(
                content
                    .attachments
                    .iter()
                    .map(|file| format!("    file {}", clean(&file.url))),
            );
        }
        Kind::Deleted => lines.push("    was deleted".to_owned()),
        Kind::Other(word) => lines.push(format!("    {}", clean(word))),
    }
    lines.extend(event.url.iter().map(|url| format!("    at {}", clean(url))));
    lines.join("\n")
}

fn person(content: &Content) -> String {
    let author = &content.author;
    let name = author.display_name.as_deref().unwrap_or(&author.handle);
    let robot = if author.automated { ", a program" } else { "" };
    format!("{name} (@{}, id {}{robot})", author.handle, author.id)
}

fn readers(visibility: &Visibility) -> &str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Followers => "followers",
        Visibility::Direct => "direct",
        Visibility::Internal => "internal",
        Visibility::Other(word) => word,
    }
}

fn when(ms: u64) -> String {
    let at = i64::try_from(ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// Without what would move a terminal's cursor.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c })
        .collect()
}
