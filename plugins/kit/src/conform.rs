//! `conform.toml`: what the kit needs to know of a plugin. All of it may be left out where the plugin's folder holds
//! traces under `fixtures/`.

use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, ops::Range};

/// A `conform.toml`, read and checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conform {
    /// The network to talk to.
    pub standin: Option<Standin>,
    /// The settings of a line to the real network, where no stand-in is named: the kit does not talk to it, whoever runs
    /// the plugin by hand does.
    pub settings: Value,
    /// And its secrets, by name.
    pub secrets: BTreeMap<String, String>,
    /// Traces to run against, as paths from the plugin's folder; `fixtures/*.trace` where none is named.
    pub traces: Vec<String>,
    /// How deep the network's threads are, where it says so: with 2, an answer to an answer hangs on the first message.
    pub levels: Option<u32>,
    /// Cases that are not run, and why.
    pub skips: Vec<Skip>,
}

/// A stand-in of the plugin's network.
#[derive(Debug, Clone, PartialEq)]
pub struct Standin {
    /// Which.
    pub which: Which,
    /// The settings of a connection; `{server}` in a text becomes the stand-in's address.
    pub settings: Value,
    /// Secrets by name; `{token}` becomes the stand-in's token.
    pub secrets: BTreeMap<String, String>,
    /// What a person writes to address the account; `{text}` becomes the message.
    pub address: String,
    /// What an answer of the account looks like; `{text}` becomes the words, `{handle}` whom it answers.
    pub reply: String,
    /// The visibility of an answer.
    pub visibility: String,
}

/// Where a stand-in comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The project's own, in this process: a small Mastodon that is a guestbook, too.
    Inside,
    /// A program that prints `{"url": "http://127.0.0.1:PORT", "token": "…"}` and answers under `/_standin/`.
    Program(Vec<String>),
}

/// A case that is not run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// Its name.
    pub case: String,
    /// Why, for everybody who reads the report.
    pub reason: String,
}

/// Why a `conform.toml` is not taken. Shows as `conform.toml, line 3: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("conform.toml, line {line}: {what}")]
pub struct ConformError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to write.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    stand_in: Option<toml::Spanned<Named>>,
    #[serde(default)]
    settings: toml::Table,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    people: Option<toml::Spanned<People>>,
    #[serde(default)]
    traces: Vec<String>,
    levels: Option<toml::Spanned<u32>>,
    #[serde(default)]
    skip: Vec<toml::Spanned<Skip>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Inside(String),
    Program(Vec<String>),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    address: Option<String>,
    reply: Option<String>,
    visibility: Option<String>,
}

/// A reason is a sentence, not a word.
const REASON: usize = 15;

impl Conform {
    /// Reads the text of a `conform.toml`.
    pub fn parse(text: &str) -> Result<Self, ConformError> {
        let raw: Raw = toml::from_str(text).map_err(|error| ConformError {
            line: line_of(text, error.span()),
            what: error.message().to_owned(),
        })?;
        let at = |span: Range<usize>, what: String| ConformError {
            line: line_of(text, Some(span)),
            what,
        };
        let people_at = raw.people.as_ref().map_or(0..0, toml::Spanned::span);
        let people = raw.people.map(toml::Spanned::into_inner).unwrap_or_default();
        let settings = serde_json::to_value(raw.settings).unwrap_or_default();
        let secrets = raw.secrets;
        let standin = match raw.stand_in {
            None => None,
            Some(spanned) => {
                let span = spanned.span();
                let (which, addressed) = which(spanned.into_inner()).map_err(|what| at(span, what))?;
                let or = |given: Option<String>, usual: &str| given.unwrap_or_else(|| usual.to_owned());
                let standin = Standin {
                    which,
                    settings: settings.clone(),
                    secrets: secrets.clone(),
                    address: or(people.address, if addressed { "@northwind {text}" } else { "{text}" }),
                    reply: or(people.reply, if addressed { "@{handle} {text}" } else { "{text}" }),
                    visibility: or(people.visibility, "public"),
                };
                standin.check().map_err(|what| at(people_at, what))?;
                Some(standin)
            }
        };
        let levels = match raw.levels {
            Some(levels) if *levels.get_ref() < 2 => {
                let what = "`levels` is how deep threads are, from 2: a message and its answers. Where the network has no threads, leave it out and do not say `threads`";
                return Err(at(levels.span(), what.to_owned()));
            }
            other => other.map(toml::Spanned::into_inner),
        };
        let mut skips: Vec<Skip> = Vec::new();
        for spanned in raw.skip {
            let span = spanned.span();
            let skip = spanned.into_inner();
            if skip.reason.trim().len() < REASON {
                let what = format!(
                    "the skip of `{}` has the reason {:?}: write a sentence that says why the case does not hold here",
                    skip.case, skip.reason
                );
                return Err(at(span, what));
            }
            if skips.iter().any(|other| other.case == skip.case) {
                return Err(at(span, format!("`{}` is skipped twice: remove one", skip.case)));
            }
            skips.push(skip);
        }
        Ok(Self {
            standin,
            settings,
            secrets,
            traces: raw.traces,
            levels,
            skips,
        })
    }
}

impl Conform {
    /// The settings of a line to a stand-in at `url`, or to the network that they name.
    pub fn settings(&self, url: &str) -> Value {
        filled(&self.settings, url)
    }
}

/// The stand-in of this name, and whether people there address an account by its name.
fn which(named: Named) -> Result<(Which, bool), String> {
    match named {
        Named::Inside(name) if name == "mastodon" => Ok((Which::Inside, true)),
        Named::Inside(name) if name == "guestbook" => Ok((Which::Inside, false)),
        Named::Inside(name) => Err(format!(
            "`stand-in` is {name:?}; the kit has \"mastodon\" and \"guestbook\" in it. A program of yours is named so: stand-in = [\"node\", \"standin.mjs\"]"
        )),
        Named::Program(program) if program.is_empty() => {
            Err("`stand-in` is an empty list; write the program and its arguments".to_owned())
        }
        Named::Program(program) => Ok((Which::Program(program), false)),
    }
}

/// Settings with the stand-in's address in the place of `{server}`.
fn filled(settings: &Value, url: &str) -> Value {
    fn fill(value: &mut Value, url: &str) {
        match value {
            Value::String(text) => *text = text.replace("{server}", url),
            Value::Array(list) => list.iter_mut().for_each(|inner| fill(inner, url)),
            Value::Object(map) => map.values_mut().for_each(|inner| fill(inner, url)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut settings = settings.clone();
    fill(&mut settings, url);
    settings
}

impl Standin {
    /// The settings as JSON text, for a stand-in at `url`.
    pub fn settings(&self, url: &str) -> String {
        filled(&self.settings, url).to_string()
    }

    fn check(&self) -> Result<(), String> {
        for (name, text) in [("address", &self.address), ("reply", &self.reply)] {
            if !text.contains("{text}") {
                return Err(format!(
                    "`people.{name}` is {text:?} and has no place for the words: write {{text}} into it"
                ));
            }
        }
        if !["public", "unlisted", "followers", "direct"].contains(&self.visibility.as_str()) {
            return Err(format!(
                "`people.visibility` is {:?}; write public, unlisted, followers or direct",
                self.visibility
            ));
        }
        Ok(())
    }
}

impl Conform {
    /// The parent that the last of a chain of answers has on this network; none for a first message.
    pub(crate) fn parent<'a>(&self, chain: &[&'a str]) -> Option<&'a str> {
        let depth = self
            .levels
            .map_or(chain.len(), |levels| chain.len().min(levels as usize));
        chain.get(depth.checked_sub(2)?).copied()
    }
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start.min(text.len()));
    text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"stand-in = "mastodon"

[settings]
server = "{server}"
history-days = 7

[secrets]
access-token = "{token}"

[people]
address = "@northwind {text}"

[[skip]]
case = "edits"
reason = "The network has no edits, only deletions."
"#;

    #[test]
    fn it_says_what_to_talk_to_and_what_to_leave_out() {
        let conform = Conform::parse(GOOD).unwrap();
        let standin = conform.standin.unwrap();
        assert_eq!(standin.which, Which::Inside);
        assert_eq!(
            standin.settings("http://x:1"),
            r#"{"history-days":7,"server":"http://x:1"}"#
        );
        assert_eq!(standin.reply, "@{handle} {text}");
        assert_eq!(conform.skips[0].case, "edits");
        assert_eq!(Conform::parse("").unwrap().standin, None);
        let program = Conform::parse("stand-in = [\"node\", \"standin.mjs\"]")
            .unwrap()
            .standin
            .unwrap();
        assert_eq!(
            (program.address.as_str(), program.which),
            ("{text}", Which::Program(vec!["node".into(), "standin.mjs".into()]))
        );
    }

    #[test]
    fn an_answer_hangs_where_the_network_s_depth_lets_it() {
        let chain = ["root", "second", "third", "fourth"];
        for (text, parents) in [
            ("", [None, Some("root"), Some("second"), Some("third")]),
            ("levels = 2", [None, Some("root"), Some("root"), Some("root")]),
            ("levels = 3", [None, Some("root"), Some("second"), Some("second")]),
        ] {
            let conform = Conform::parse(text).unwrap();
            for (depth, parent) in parents.into_iter().enumerate() {
                assert_eq!(conform.parent(&chain[..=depth]), parent, "{text}, {depth}");
            }
        }
    }

    #[test]
    fn an_error_names_the_line_and_the_repair() {
        for (from, to, line, word) in [
            ("\"mastodon\"", "\"irc\"", 1, "node"),
            ("\"mastodon\"", "[]", 1, "empty list"),
            ("@northwind {text}", "@northwind", 10, "{text}"),
            (
                "The network has no edits, only deletions.",
                "later",
                13,
                "write a sentence",
            ),
            ("case = \"edits\"", "cas = \"edits\"", 14, "cas"),
            ("[secrets]", "[secret]", 7, "secret"),
            ("[settings]", "levels = 1\n[settings]", 3, "from 2"),
        ] {
            let error = Conform::parse(&GOOD.replace(from, to)).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
