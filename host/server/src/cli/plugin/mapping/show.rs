//! Messages as a person reads them in a terminal, and what the mapping left out.

use crate::cli::say;
use jackfield_channel_http_json::sdk::{Content, Event, Kind, Trouble, Visibility};
use jackfield_channel_http_json::{Mapping, trial};
use std::path::Path;

/// Of a long text this much is shown.
const MOST_TEXT: usize = 400;
/// Forgotten fields that are named; the rest is counted.
const MOST_FIELDS: usize = 40;

/// A body that was given as if a network had sent it: its file, itself, what the mapping made of it.
type Sent = (String, Vec<u8>, Result<Vec<Event>, Trouble>);

/// Everything that a try found.
pub(super) struct Found<'m> {
    mapping: &'m Mapping,
    trying: trial::Trying,
    tried: Vec<trial::Tried>,
    looked: Option<Result<String, Trouble>>,
    answers: Vec<(String, Vec<u8>)>,
    told: Vec<String>,
    sent: Vec<Sent>,
}

impl<'m> Found<'m> {
    pub(super) fn new(mapping: &'m Mapping, trying: trial::Trying) -> Self {
        Self {
            mapping,
            trying,
            tried: Vec::new(),
            looked: None,
            answers: Vec::new(),
            told: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub(super) fn polls(&mut self, tried: Vec<trial::Tried>) {
        self.tried = tried;
    }

    /// Asks after the first message that was found and stands.
    pub(super) fn reconcile(&mut self, ask: impl FnOnce(&Event) -> Option<Result<String, Trouble>>) {
        let all = self.tried.iter().filter_map(|(_, found)| found.as_ref().ok());
        let event = all
            .flat_map(|batch| &batch.events)
            .find(|event| event.kind != Kind::Deleted);
        self.looked = event.and_then(ask);
    }

    /// Address and body of each answer, and what the plugin told the operator.
    pub(super) fn asked(&mut self, answers: Vec<(String, Vec<u8>)>, told: Vec<String>) {
        (self.answers, self.told) = (answers, told);
    }

    pub(super) fn sent(&mut self, file: &Path, body: &[u8], found: Result<Vec<Event>, Trouble>) {
        self.sent.push((file.display().to_string(), body.to_vec(), found));
    }

    /// Prints it; an error where something did not work.
    pub(super) fn show(&self) -> Result<(), String> {
        let (mut count, mut failed) = (0, Vec::new());
        for (name, found) in &self.tried {
            match found {
                Ok(batch) => {
                    count += batch.events.len();
                    say(&format!("poll.{name}: {} messages", batch.events.len()))?;
                    for event in &batch.events {
                        say(&message(event))?;
                    }
                    if batch.more {
                        say(&format!(
                            "  It stops here, at {} messages of this list, and there are more: --most NUMBER shows others, --from TIME leaves the old ones alone.",
                            batch.events.len()
                        ))?;
                    }
                }
                Err(trouble) => {
                    say(&format!("poll.{name}: {}", trouble_words(trouble)))?;
                    failed.push(format!("poll.{name}"));
                }
            }
        }
        for (file, _, found) in &self.sent {
            match found {
                Ok(events) => {
                    count += events.len();
                    say(&format!("webhook {file}: {} messages", events.len()))?;
                    for event in events {
                        say(&message(event))?;
                    }
                }
                Err(trouble) => {
                    say(&format!("webhook {file}: {}", trouble_words(trouble)))?;
                    failed.push(format!("webhook {file}"));
                }
            }
        }
        match &self.looked {
            Some(Ok(words)) => say(&format!("{}.", clean(words)))?,
            Some(Err(trouble)) => {
                say(&format!("reconcile: {}", trouble_words(trouble)))?;
                failed.push("reconcile".to_owned());
            }
            None => {}
        }
        for line in &self.told {
            say(&format!("  ! {}", clean(line)))?;
        }
        self.fields()?;
        self.end(count)?;
        if failed.is_empty() {
            Ok(())
        } else {
            Err(format!("not everything worked: {}", failed.join(", ")))
        }
    }

    fn end(&self, count: usize) -> Result<(), String> {
        if !self.tried.is_empty() {
            let begin = match self.trying.begin {
                0 => "1970, however long the history is".to_owned(),
                at => when(at),
            };
            say(&format!(
                "\nThis began at {begin}; a connection begins {} days back (`history-days`).",
                self.mapping.history_days()
            ))?;
        }
        say(&format!(
            "{count} messages from {} answers. Nothing was published.",
            self.answers.len()
        ))
    }

    fn fields(&self) -> Result<(), String> {
        let parsed = self
            .answers
            .iter()
            .filter_map(|(url, body)| Some((url.clone(), serde_json::from_slice(body).ok()?)));
        let mut parsed: Vec<(String, serde_json::Value)> = parsed.collect();
        // The question after an answer may be one that a poll asked.
        parsed.sort_by(|a, b| a.0.cmp(&b.0));
        parsed.dedup();
        let sent = self
            .sent
            .iter()
            .filter_map(|(_, body, _)| serde_json::from_slice(body).ok());
        let nowhere = trial::nowhere(self.mapping, &parsed, &sent.collect::<Vec<_>>());
        if !nowhere.is_empty() {
            say("\nPaths of the mapping that lead nowhere:")?;
        }
        for one in nowhere {
            let near = one
                .near
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            say(&format!(
                "  {}  {} is in none of {} items{}",
                one.key,
                clean(&one.path),
                one.items,
                clean(&near)
            ))?;
        }
        fields(self.mapping, &parsed)
    }
}

fn fields(mapping: &Mapping, answers: &[(String, serde_json::Value)]) -> Result<(), String> {
    let unused = trial::unmapped(mapping, answers);
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
