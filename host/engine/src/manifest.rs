//! `plugin.toml`: what a plugin says of itself before any of its code runs.
//!
//! The manifest asks, the operator grants. Nothing in it opens a host or a secret: it is what `connection add` reads
//! to say what a connection of this plugin will need.
//!
//! | table | what it asks for |
//! |---|---|
//! | `[[secret]]` | a value that the plugin names and never sees. `http` takes the name with each header; guests that use `fetch` write it as a mark in the value of a header: `Bearer {{secret:access-token}}` |
//! | `[egress]` | hosts of `http` and of `wasi:http`: `hosts`, and `from-settings`, fields of the settings that hold a URL |
//! | `[stream]` | hosts of `stream`, each `host:port`: `hosts`, and `from-settings`, fields of the settings that hold one |

use crate::{
    egress::{Grant, private as private_part},
    webhook,
};
use serde::Deserialize;
use std::ops::Range;

/// A manifest, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The plugin's name: lower case letters, digits and `-`.
    pub name: String,
    /// Its version, semver.
    pub version: String,
    /// The world it is written for.
    pub world: World,
    /// One sentence for people.
    pub summary: String,
    /// Secrets that a connection of it uses.
    pub secrets: Vec<SecretNeed>,
    /// Fields of the settings whose URL's origin the operator grants when a connection is added.
    pub hosts_from_settings: Vec<String>,
    /// Fixed hosts it needs besides.
    pub hosts: Vec<Grant>,
    /// How what the network sends by itself is verified; none where it takes no webhooks.
    pub webhook: Option<webhook::Recipe>,
    /// Fields of the settings that name the `host:port` of a stream.
    pub streams_from_settings: Vec<String>,
    /// Fixed streams it needs besides: `tls://host:port`.
    pub streams: Vec<Grant>,
}

/// The world a plugin is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// A line to a network.
    ChannelPlugin,
    /// A judge of messages.
    TriagePlugin,
}

impl World {
    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChannelPlugin => "channel-plugin",
            Self::TriagePlugin => "triage-plugin",
        }
    }
}

/// A secret that a connection uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretNeed {
    /// Its name, as the plugin's code writes it.
    pub name: String,
    /// What it is and where to get it, for people.
    pub meaning: String,
    /// Whether the plugin works without it.
    #[serde(default)]
    pub required: bool,
}

/// Why a manifest is not taken. Shows as `plugin.toml, line 3: ...`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("plugin.toml, line {line}: {what}")]
pub struct ManifestError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to write.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: toml::Spanned<String>,
    version: toml::Spanned<String>,
    world: World,
    summary: toml::Spanned<String>,
    #[serde(default)]
    secret: Vec<toml::Spanned<SecretNeed>>,
    #[serde(default)]
    egress: RawEgress,
    webhook: Option<toml::Spanned<webhook::Raw>>,
    #[serde(default)]
    stream: RawEgress,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawEgress {
    #[serde(default)]
    from_settings: Vec<toml::Spanned<String>>,
    #[serde(default)]
    hosts: Vec<toml::Spanned<String>>,
}

impl Manifest {
    /// Reads the text of a `plugin.toml`.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let raw: Raw = toml::from_str(text).map_err(|error| ManifestError {
            line: line_of(text, error.span().as_ref()),
            what: error.message().to_owned(),
        })?;
        let at = |span: Range<usize>, what: String| ManifestError {
            line: line_of(text, Some(&span)),
            what,
        };

        if !is_name(raw.name.get_ref()) {
            let said = raw.name.get_ref();
            return Err(at(
                raw.name.span(),
                format!("`name` is {said:?}: write 1 to 64 of a-z, 0-9 and `-`, starting with a letter"),
            ));
        }
        if !is_version(raw.version.get_ref()) {
            let said = raw.version.get_ref();
            return Err(at(
                raw.version.span(),
                format!("`version` is {said:?}: write three numbers with dots, such as \"0.1.0\""),
            ));
        }
        if raw.summary.get_ref().trim().is_empty() || raw.summary.get_ref().len() > 300 {
            return Err(at(
                raw.summary.span(),
                "`summary` is one sentence of at most 300 bytes".to_owned(),
            ));
        }
        one_line(&raw.summary, "summary").map_err(|(span, what)| at(span, what))?;
        for (list, key) in [
            (&raw.egress, "egress.from-settings"),
            (&raw.stream, "stream.from-settings"),
        ] {
            let mut fields = list.from_settings.iter();
            let checked = fields.try_for_each(|field| one_line(field, key));
            checked.map_err(|(span, what)| at(span, what))?;
        }
        let mut secrets: Vec<SecretNeed> = Vec::new();
        for spanned in raw.secret {
            let span = spanned.span();
            let need = spanned.into_inner();
            if !is_name(&need.name) {
                return Err(at(
                    span,
                    format!("`secret.name` is {:?}: write 1 to 64 of a-z, 0-9 and `-`", need.name),
                ));
            }
            if need.meaning.chars().any(char::is_control) {
                return Err(at(span, unprintable("secret.meaning")));
            }
            if secrets.iter().any(|other| other.name == need.name) {
                return Err(at(
                    span,
                    format!("the secret {:?} is listed twice: remove one", need.name),
                ));
            }
            secrets.push(need);
        }
        let hosts = granted(&raw.egress.hosts, "egress.hosts", str::to_owned).map_err(|(span, what)| at(span, what))?;
        // `imap.example.org:993` is written for people; the grant says that it is a stream.
        let stream = |written: &str| match written.contains("://") {
            true => written.to_owned(),
            false => format!("tls://{written}"),
        };
        let streams = granted(&raw.stream.hosts, "stream.hosts", stream).map_err(|(span, what)| at(span, what))?;
        for (spanned, grant) in raw.stream.hosts.iter().zip(&streams) {
            if !grant.is_stream() {
                let what = format!(
                    "`stream.hosts` has {:?}: write `host:port`, such as `imap.example.org:993`",
                    spanned.get_ref()
                );
                return Err(at(spanned.span(), what));
            }
        }
        let webhook = raw.webhook.map(|section| {
            let whole = section.span();
            section.into_inner().check(whole, &secrets)
        });
        let webhook = webhook.transpose().map_err(|error| at(error.span, error.what))?;
        Ok(Self {
            name: raw.name.into_inner(),
            version: raw.version.into_inner(),
            world: raw.world,
            summary: raw.summary.into_inner(),
            secrets,
            hosts_from_settings: names(raw.egress.from_settings),
            hosts,
            webhook,
            streams_from_settings: names(raw.stream.from_settings),
            streams,
        })
    }

    /// `name version`, as breakdowns and verdicts write it.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

/// An operator reads it on a terminal, above a question: it must not be able to move the cursor or to begin a line.
fn one_line(text: &toml::Spanned<String>, key: &str) -> Result<(), (Range<usize>, String)> {
    match text.get_ref().chars().any(char::is_control) {
        true => Err((text.span(), unprintable(key))),
        false => Ok(()),
    }
}

fn unprintable(key: &str) -> String {
    format!("`{key}` has a line break or another control character: write it on one line, without")
}

fn names(list: Vec<toml::Spanned<String>>) -> Vec<String> {
    list.into_iter().map(toml::Spanned::into_inner).collect()
}

/// Grants as a manifest may ask for them.
fn granted(
    list: &[toml::Spanned<String>],
    field: &str,
    read: impl Fn(&str) -> String,
) -> Result<Vec<Grant>, (Range<usize>, String)> {
    let mut grants = Vec::new();
    for spanned in list {
        let private = || {
            let what = format!(
                "`{field}` has {:?}: only an operator may grant private addresses; remove `private:` and say in the \
                 plugin's page what to grant",
                spanned.get_ref()
            );
            (spanned.span(), what)
        };
        if private_part(spanned.get_ref()).is_some() {
            return Err(private());
        }
        let grant: Grant = read(spanned.get_ref())
            .parse()
            .map_err(|error| (spanned.span(), format!("`{field}`: {error}")))?;
        grants.push(grant);
    }
    Ok(grants)
}

fn line_of(text: &str, span: Option<&Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start.min(text.len()));
    text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 64
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_version(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && version.len() <= 64
        && version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"name = "mastodon"
version = "0.1.0"
world = "channel-plugin"
summary = "Mentions and direct messages of one Mastodon account."

[[secret]]
name = "access-token"
meaning = "A token with the scopes read and write."
required = true

[egress]
from-settings = ["server"]
hosts = ["files.example.org"]

[stream]
hosts = ["imap.example.org:993"]
"#;

    #[test]
    fn a_manifest_says_what_a_connection_will_need() {
        let manifest = Manifest::parse(GOOD).unwrap();
        assert_eq!(manifest.title(), "mastodon 0.1.0");
        assert_eq!(manifest.world, World::ChannelPlugin);
        assert!(manifest.secrets[0].required);
        assert_eq!(manifest.hosts_from_settings, ["server"]);
        assert_eq!(manifest.hosts[0].to_string(), "files.example.org");
        assert_eq!(manifest.streams[0].to_string(), "tls://imap.example.org:993");
    }

    #[test]
    fn an_error_names_the_key_and_the_line() {
        let cases: &[(&str, &str, usize, &str)] = &[
            ("name = \"mastodon\"", "name = \"Masto don\"", 1, "`name`"),
            ("version = \"0.1.0\"", "version = \"one\"", 2, "`version`"),
            ("world = \"channel-plugin\"", "world = \"chanel\"", 3, "channel-plugin"),
            ("world = \"channel-plugin\"", "wrold = \"channel-plugin\"", 3, "wrold"),
            ("name = \"access-token\"", "name = \"\"", 6, "`secret.name`"),
            (
                "[\"files.example.org\"]",
                "[\"https://files.example.org/x\"]",
                13,
                "`egress.hosts`",
            ),
            (
                "[\"files.example.org\"]",
                "[\"private:files.example.org\"]",
                13,
                "operator",
            ),
            (
                "[\"imap.example.org:993\"]",
                "[\"imap.example.org\"]",
                16,
                "with the port",
            ),
            (
                "[\"imap.example.org:993\"]",
                "[\"private:10.0.0.1:993\"]",
                16,
                "operator",
            ),
            (
                "[\"imap.example.org:993\"]",
                "[\"https://example.org\"]",
                16,
                "`host:port`",
            ),
            (
                "[\"files.example.org\"]",
                "[\"PRIVATE:files.example.org\"]",
                13,
                "operator",
            ),
            (
                "one Mastodon account.",
                "one\\nMastodon account.",
                4,
                "`summary` has a line break",
            ),
            ("scopes read and write.", "scopes\\u001b[2K.", 6, "`secret.meaning` has"),
            ("[\"server\"]", "[\"ser\\rver\"]", 12, "`egress.from-settings` has"),
            ("required = true", "required = maybe", 9, ""),
        ];
        for (from, to, line, word) in cases {
            let error = Manifest::parse(&GOOD.replace(from, to)).unwrap_err();
            assert_eq!(error.line, *line, "{to}: {error}");
            assert!(error.to_string().contains(word), "{to}: {error}");
        }
    }

    #[test]
    fn a_missing_key_is_named() {
        let error = Manifest::parse("name = \"x\"\n").unwrap_err();
        assert!(error.what.contains("version"), "{error}");
    }
}
