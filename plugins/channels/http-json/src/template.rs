//! Templates: text with inserts in braces, the one way in which a mapping says what a value is.
//!
//! `{$.author.name}` inserts from the item, `{values.repo}` from the connection's settings, `{since}`, `{thread}` and
//! so on from what the host knows at that place. A template one of whose inserts has no value gives nothing, and then
//! the next in its list is tried: that is how fallbacks are written. Where it is put decides how an insert is escaped;
//! nobody who writes a mapping has to think of it. Every template is rendered in one pass, up to a number of bytes.

use crate::path::{Path, scalar};
use crate::times;
use jackfield_sdk::channel::percent;
use serde_json::Value;
use std::collections::BTreeMap;

/// Longer than any address or form of words in a mapping.
pub(crate) const MOST_BYTES: usize = 4096;
/// As many inserts as one template may have.
const MOST_INSERTS: usize = 32;

/// A template, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    pub(crate) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Text(String),
    Insert(Insert),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Insert {
    pub(crate) name: Name,
    pub(crate) path: Path,
    pub(crate) form: Form,
    pub(crate) json: Json,
}

/// What an insert begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    Item,
    Outer,
    Root,
    Values(String),
    Secret(String),
    Header(String),
    Plain(&'static str),
}

/// How an insert is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Last,
    Path,
    Html,
    Time(times::Written),
}

/// What an insert that stands alone becomes in a JSON body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Json {
    Text,
    Number,
    Boolean,
}

impl Json {
    /// The value; none where the text is none of the kind.
    pub(crate) fn of(self, text: &str) -> Option<Value> {
        match self {
            Self::Text => Some(Value::String(text.to_owned())),
            Self::Number => serde_json::from_str::<serde_json::Number>(text.trim())
                .ok()
                .map(Value::Number),
            Self::Boolean => match text.trim() {
                "true" | "1" => Some(Value::Bool(true)),
                "false" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
        }
    }

    /// As a mapping writes it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }
}

/// Names that stand for one value each, and where they can stand: see `mapping::scope`.
const PLAIN: [&str; 14] = [
    "account",
    "asked-at",
    "base",
    "body",
    "id",
    "key",
    "language",
    "now",
    "page",
    "parent",
    "since",
    "text",
    "thread",
    "visibility",
];
/// Those that may be a time.
const TIMES: [&str; 3] = ["asked-at", "now", "since"];

/// Where a template is put: how its inserts are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// As it is.
    Plain,
    /// In an address: percent-encoded.
    Url,
}

/// A value that the host or the call knows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Word {
    Text(String),
    Time(u64),
}

/// What the inserts of a template can find.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) item: Option<&'a Value>,
    pub(crate) outer: Option<&'a Value>,
    pub(crate) root: Option<&'a Value>,
    pub(crate) values: Option<&'a BTreeMap<String, String>>,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) words: Vec<(&'static str, Word)>,
}

impl Scope<'_> {
    pub(crate) fn set(&mut self, name: &'static str, word: Word) {
        self.words.retain(|(known, _)| *known != name);
        self.words.push((name, word));
    }

    fn word(&self, name: &str) -> Option<&Word> {
        self.words
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, word)| word)
    }
}

impl Template {
    /// Reads a template. `$.path` alone is short for `{$.path}`. `known` are the names that mean something here.
    pub(crate) fn read(text: &str, known: &[&'static str]) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("this is longer than {MOST_BYTES} bytes; shorten it"));
        }
        if text == "$" || text.starts_with("$.") || text.starts_with("$[") {
            let (insert, rest) = Insert::read(text, known)?;
            if rest.is_empty() {
                return Ok(Self {
                    parts: vec![Part::Insert(insert)],
                });
            }
            return Err(format!(
                "behind the path stands {rest:?}; write a path alone, or put it into braces: \"{{$.name}} and more\""
            ));
        }
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else if let Some(after) = from.strip_prefix('{') {
                let (insert, behind) = Insert::read(after, known)?;
                rest = behind.strip_prefix('}').ok_or_else(|| {
                    format!("`{{{after}`: the brace is not closed where the name ends; write `{{name}}`")
                })?;
                if !plain.is_empty() {
                    parts.push(Part::Text(core::mem::take(&mut plain)));
                }
                parts.push(Part::Insert(insert));
            } else {
                return Err("a `}` closes nothing; write `}}` for a brace of the text".to_owned());
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        if parts.iter().filter(|part| matches!(part, Part::Insert(_))).count() > MOST_INSERTS {
            return Err(format!("there are more than {MOST_INSERTS} inserts; take some away"));
        }
        Ok(Self { parts })
    }

    /// All inserts.
    pub(crate) fn inserts(&self) -> impl Iterator<Item = &Insert> {
        self.parts.iter().filter_map(|part| match part {
            Part::Insert(insert) => Some(insert),
            Part::Text(_) => None,
        })
    }

    /// Whether this name is inserted.
    pub(crate) fn uses(&self, name: &str) -> bool {
        self.inserts()
            .any(|insert| insert.name == Name::Plain(known_name(name)))
    }

    /// The text, at most `most` bytes of it; none where an insert has no value.
    pub(crate) fn render(&self, scope: &Scope<'_>, place: Place, most: usize) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Insert(insert) => out.push_str(&insert.render(scope, place)?),
            }
            if out.len() > most {
                let mut end = most;
                while !out.is_char_boundary(end) {
                    end -= 1;
                }
                out.truncate(end);
                break;
            }
        }
        Some(out)
    }

    /// The value for a JSON body: a number or true and false where the template is one insert of that form, else a
    /// string.
    pub(crate) fn json(&self, scope: &Scope<'_>, most: usize) -> Option<Value> {
        let text = self.render(scope, Place::Plain, most)?;
        match self.parts.as_slice() {
            [Part::Insert(insert)] => insert.json.of(&text),
            _ => Some(Value::String(text)),
        }
    }

    /// A word that is always the same, where there is no insert at all.
    pub(crate) fn fixed(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            [] => Some(""),
            _ => None,
        }
    }
}

fn known_name(name: &str) -> &'static str {
    PLAIN.iter().copied().find(|known| *known == name).unwrap_or("")
}

impl Insert {
    /// Reads `name`, its path and its form, up to what belongs to none of them.
    fn read<'t>(text: &'t str, known: &[&'static str]) -> Result<(Self, &'t str), String> {
        let end = text
            .find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_' || c == '$'))
            .unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let unknown = || {
            let known: Vec<_> = known.iter().map(|name| spelt(name)).collect();
            format!(
                "`{{{word}}}` means nothing here; known here: {}. Write `{{{{` for a brace of the text",
                known.join(", ")
            )
        };
        let name = match word {
            "$" => Name::Item,
            "outer" => Name::Outer,
            "root" => Name::Root,
            "values" | "secret" | "header" => {
                let after = rest.strip_prefix('.').unwrap_or_default();
                let end = after
                    .find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
                    .unwrap_or(after.len());
                let (name, behind) = after.split_at_checked(end).unwrap_or((after, ""));
                if name.is_empty() {
                    return Err(format!("`{{{word}}}` needs a name; write `{{{word}.NAME}}`"));
                }
                if !known.contains(&word) {
                    return Err(unknown());
                }
                let (form, json, rest) = Form::read(behind)?;
                let name = name.to_owned();
                let name = match word {
                    "values" => Name::Values(name),
                    "secret" => Name::Secret(name),
                    _ => Name::Header(name.to_ascii_lowercase()),
                };
                if matches!(form, Form::Time(_)) {
                    return Err(format!(
                        "`{{{word}.…}}` is no time of ours; take the form behind `:` away"
                    ));
                }
                return Ok((
                    Self {
                        name,
                        path: Path::default(),
                        form,
                        json,
                    },
                    rest,
                ));
            }
            other => match PLAIN.iter().find(|name| **name == other) {
                Some(name) => Name::Plain(name),
                None => return Err(unknown()),
            },
        };
        if !known.contains(&word) {
            return Err(unknown());
        }
        let takes_path = !matches!(name, Name::Plain(_));
        let (path, rest) = if takes_path {
            Path::read(rest)?
        } else {
            (Path::default(), rest)
        };
        if path.is_wide() {
            return Err("`[*]` picks many and one is wanted here; write a number, such as `[0]`".to_owned());
        }
        let (form, json, rest) = Form::read(rest)?;
        if TIMES.contains(&word) && json != Json::Text && !matches!(form, Form::Time(_)) {
            return Err(format!(
                "`{{{word}:{}}}` has never a value: a time is no {0} as it is usually written; write {{{word}:epoch-s:number}} or {{{word}:epoch-ms:number}}",
                json.word()
            ));
        }
        if matches!(form, Form::Time(_)) && !TIMES.contains(&word) {
            return Err(format!(
                "`{{{word}}}` is no time of ours; times can be written another way only of {{since}}, {{now}} and {{asked-at}}"
            ));
        }
        Ok((Self { name, path, form, json }, rest))
    }

    fn render(&self, scope: &Scope<'_>, place: Place) -> Option<String> {
        let within = |value: Option<&Value>| value.and_then(|value| self.path.get(value)).and_then(scalar);
        let text = match &self.name {
            Name::Item => within(scope.item)?,
            Name::Outer => within(scope.outer)?,
            Name::Root => within(scope.root)?,
            Name::Values(name) => scope.values?.get(name).filter(|value| !value.is_empty())?.clone(),
            Name::Header(name) => scope
                .headers
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, v)| v.clone())?,
            // A secret is put in by the host, and only in headers: see `mapping::request`.
            Name::Secret(_) => return None,
            Name::Plain(name) => match scope.word(name)? {
                Word::Text(text) => Some(text.clone()).filter(|text| !text.is_empty())?,
                Word::Time(ms) => {
                    let written = if let Form::Time(written) = self.form {
                        written
                    } else {
                        times::Written::Rfc3339
                    };
                    written.write(*ms)
                }
            },
        };
        let text = match self.form {
            Form::Last => last_part(&text).to_owned(),
            Form::Html => html(&text),
            Form::Plain | Form::Path | Form::Time(_) => text,
        };
        Some(match (place, self.form) {
            (Place::Plain, _) => text,
            (Place::Url, _) if self.name == Name::Plain("base") => text,
            (Place::Url, Form::Path) => text.split('/').map(percent).collect::<Vec<_>>().join("/"),
            (Place::Url, _) => percent(&text),
        })
    }
}

/// How a name is written in a mapping, for errors.
pub(crate) fn spelt(name: &str) -> String {
    match name {
        "$" => "{$.path}".to_owned(),
        "outer" | "root" => format!("{{{name}.path}}"),
        "values" | "secret" | "header" => format!("{{{name}.NAME}}"),
        other => format!("{{{other}}}"),
    }
}

impl Form {
    const KNOWN: &str = "number, boolean, last, path, html, rfc3339, rfc3339-ms, epoch-s, epoch-ms, date";

    /// Up to one form of each kind: how it is written, and what it becomes in JSON.
    fn read(text: &str) -> Result<(Self, Json, &str), String> {
        let (mut form, mut json, mut rest) = (Self::Plain, Json::Text, text);
        while let Some(after) = rest.strip_prefix(':') {
            let (word, behind) = Self::word(after);
            rest = behind;
            let twice = match word {
                "number" | "boolean" if json != Json::Text => true,
                "number" => core::mem::replace(&mut json, Json::Number) != Json::Text,
                "boolean" => core::mem::replace(&mut json, Json::Boolean) != Json::Text,
                other => core::mem::replace(&mut form, Self::named(other)?) != Self::Plain,
            };
            if twice {
                return Err(format!("`:{word}` is one form too many; keep one of them"));
            }
        }
        Ok((form, json, rest))
    }

    fn word(after: &str) -> (&str, &str) {
        let end = after
            .find(|c: char| !(c.is_alphanumeric() || c == '-'))
            .unwrap_or(after.len());
        after.split_at_checked(end).unwrap_or((after, ""))
    }

    fn named(word: &str) -> Result<Self, String> {
        Ok(match word {
            "last" => Self::Last,
            "path" => Self::Path,
            "html" => Self::Html,
            other => Self::Time(
                times::Written::named(other)
                    .ok_or_else(|| format!("`:{other}` is no form; write one of {}, or take it away", Self::KNOWN))?,
            ),
        })
    }
}

/// What stands behind the last slash: ids are the end of many addresses.
fn last_part(text: &str) -> &str {
    let text = text.split(['?', '#']).next().unwrap_or(text).trim_end_matches('/');
    text.rsplit('/').next().unwrap_or(text)
}

/// Plain text as HTML that shows the same.
fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("<br>\n"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests;
