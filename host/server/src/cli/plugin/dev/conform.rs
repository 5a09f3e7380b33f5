//! What `plugin dev` reads of conform.toml: which stand-in there is, and the settings and secrets of a line to it. The
//! kit reads more in the same file.

use jackfield_engine::Manifest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The stand-ins that come with the program: two faces of one server.
const STAND_INS: [&str; 2] = ["guestbook", "mastodon"];

/// A stand-in of the network.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum StandIn {
    /// One that comes with the program.
    Inside(String),
    /// A program of the author's, with its arguments: it prints `{"url": "…", "token": "…"}` as its first line.
    Program(Vec<String>),
}

/// The file, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Conform {
    pub(super) stand_in: Option<StandIn>,
    #[serde(default)]
    settings: toml::Table,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
}

/// What a line is added with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) settings: String,
    pub(super) grants: Vec<String>,
    /// Name and source: `file:PATH` or `env:NAME`.
    pub(super) secrets: Vec<(String, String)>,
}

impl Conform {
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let file = folder.join("conform.toml");
        let text = std::fs::read_to_string(&file).map_err(|error| {
            format!(
                "{}: {error}. It says which network the plugin is run against; write:\n  stand-in = \"guestbook\"\n  [settings]\n  server = \"{{server}}\"\n  [secrets]\n  token = \"{{token}}\"",
                file.display()
            )
        })?;
        let conform: Self = toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        match &conform.stand_in {
            Some(StandIn::Inside(name)) if !STAND_INS.contains(&name.as_str()) => Err(format!(
                "{}: `stand-in` is {name:?}; there are {}. A program of yours is named so: stand-in = [\"node\", \"standin.mjs\"]. Leave it out to talk to the network in [settings]",
                file.display(),
                STAND_INS.join(" and ")
            )),
            Some(StandIn::Program(words)) if words.is_empty() => Err(format!(
                "{}: `stand-in` is an empty list; write the program and its arguments",
                file.display()
            )),
            _ => Ok(conform),
        }
    }

    /// The line to a stand-in at `server` whose token lies in `token_file`, or to the network that the settings name.
    pub(super) fn line(&self, manifest: &Manifest, server: &str, token_file: &Path) -> Result<Line, String> {
        let settings = toml::Value::Table(self.settings.clone());
        let mut settings = serde_json::to_value(settings).map_err(|error| format!("[settings]: {error}"))?;
        fill(&mut settings, server);
        let mut grants: Vec<String> = manifest.hosts.iter().map(ToString::to_string).collect();
        for name in &manifest.hosts_from_settings {
            let url = settings
                .get(name)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default();
            grants.extend(grant(url));
        }
        let own_host = grants.last().cloned();
        let mut secrets = Vec::new();
        for (name, value) in &self.secrets {
            let source = match value.as_str() {
                "{token}" if self.stand_in.is_some() => format!("file:{}", token_file.display()),
                source if source.starts_with("file:") || source.starts_with("env:") => source.to_owned(),
                _ => {
                    return Err(format!(
                        "conform.toml: the secret {name:?} stands there in plain text or names no stand-in. Write \"file:PATH\" or \"env:NAME\", or \"{{token}}\" with a stand-in"
                    ));
                }
            };
            secrets.push((name.clone(), source));
        }
        if !secrets.is_empty() && own_host.is_none() {
            return Err(
                "conform.toml has secrets and plugin.toml names no host they may go to. Write in plugin.toml: [egress] from-settings = [\"server\"]"
                    .to_owned(),
            );
        }
        Ok(Line {
            settings: settings.to_string(),
            grants,
            secrets,
        })
    }
}

fn fill(value: &mut serde_json::Value, server: &str) {
    match value {
        serde_json::Value::String(text) => *text = text.replace("{server}", server),
        serde_json::Value::Array(list) => list.iter_mut().for_each(|inner| fill(inner, server)),
        serde_json::Value::Object(map) => map.values_mut().for_each(|inner| fill(inner, server)),
        _ => {}
    }
}

/// The origin of a URL as a grant. On the author's own machine a private address is granted by its very name.
fn grant(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let private = match url.host()? {
        url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        url::Host::Ipv4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        url::Host::Ipv6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    let origin = url.origin().ascii_serialization();
    Some(if private { format!("private:{origin}") } else { origin })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest::parse(
            "name = \"x\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"x\"\n[egress]\nfrom-settings = [\"server\"]\n",
        )
        .unwrap()
    }

    fn line(text: &str) -> Result<Line, String> {
        let conform: Conform = toml::from_str(text).unwrap();
        conform.line(&manifest(), "http://127.0.0.1:3100", Path::new("t/token"))
    }

    #[test]
    fn a_stand_in_gets_its_address_and_token_into_the_line() {
        let line = line("stand-in = \"guestbook\"\n[settings]\nserver = \"{server}\"\n[secrets]\ntoken = \"{token}\"")
            .unwrap();
        assert_eq!(line.settings, r#"{"server":"http://127.0.0.1:3100"}"#);
        assert_eq!(line.grants, ["private:http://127.0.0.1:3100"]);
        assert_eq!(line.secrets, [("token".to_owned(), "file:t/token".to_owned())]);
    }

    #[test]
    fn a_network_outside_is_granted_by_its_name_and_its_secret_stays_where_it_is() {
        let line = line("[settings]\nserver = \"https://book.example/x\"\n[secrets]\ntoken = \"env:TOKEN\"").unwrap();
        assert_eq!(line.grants, ["https://book.example"]);
        assert_eq!(line.secrets, [("token".to_owned(), "env:TOKEN".to_owned())]);
        for url in ["http://localhost:8008", "http://192.168.1.5", "http://[::1]:80"] {
            assert!(grant(url).unwrap().starts_with("private:"), "{url}");
        }
    }

    #[test]
    fn a_secret_in_plain_text_is_refused() {
        let no = line("[settings]\nserver = \"https://b.example\"\n[secrets]\ntoken = \"s3cret\"").unwrap_err();
        assert!(no.contains("env:NAME") && !no.contains("s3cret"), "{no}");
    }

    #[test]
    fn an_unknown_stand_in_and_a_missing_file_say_what_to_write() {
        let dir = tempfile::tempdir().unwrap();
        assert!(
            Conform::read(dir.path())
                .unwrap_err()
                .contains("stand-in = \"guestbook\"")
        );
        std::fs::write(dir.path().join("conform.toml"), "stand-in = \"irc\"").unwrap();
        assert!(
            Conform::read(dir.path())
                .unwrap_err()
                .contains("guestbook and mastodon")
        );
    }
}
