//! From conform.toml, which the kit reads, to the line that `plugin dev` adds: its settings, grants and secrets.

use jackfield_engine::Manifest;
use jackfield_kit::Conform;
use std::path::Path;

/// What a line is added with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) settings: String,
    pub(super) grants: Vec<String>,
    /// Name and source: `file:PATH` or `env:NAME`.
    pub(super) secrets: Vec<(String, String)>,
}

/// The file of a project.
pub(super) fn read(folder: &Path) -> Result<Conform, String> {
    let file = folder.join("conform.toml");
    let text = std::fs::read_to_string(&file).map_err(|error| {
        format!(
            "{}: {error}. It says which network the plugin is run against; write:\n  stand-in = \"guestbook\"\n  [settings]\n  server = \"{{server}}\"\n  [secrets]\n  token = \"{{token}}\"",
            file.display()
        )
    })?;
    Conform::parse(&text).map_err(|error| format!("{error} ({})", file.display()))
}

/// The line to a stand-in at `server` whose token lies in `token_file`, or to the network that the settings name.
pub(super) fn line(conform: &Conform, manifest: &Manifest, server: &str, token_file: &Path) -> Result<Line, String> {
    let settings = conform.settings(server);
    let mut grants: Vec<String> = manifest.hosts.iter().map(ToString::to_string).collect();
    for name in &manifest.hosts_from_settings {
        let url = settings
            .get(name)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        grants.extend(grant(url));
    }
    grants.extend(manifest.streams.iter().map(ToString::to_string));
    for name in &manifest.streams_from_settings {
        let place = settings
            .get(name)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        grants.extend(grant(&format!("tls://{place}")));
    }
    let own_host = grants.last().cloned();
    let mut secrets = Vec::new();
    for (name, value) in &conform.secrets {
        let source = match value.as_str() {
            "{token}" if conform.standin.is_some() => format!("file:{}", token_file.display()),
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
            "conform.toml has secrets and plugin.toml names no host they may go to. Write in plugin.toml: [egress] from-settings = [\"server\"], or [stream] where it speaks over one"
                .to_owned(),
        );
    }
    Ok(Line {
        settings: settings.to_string(),
        grants,
        secrets,
    })
}

/// The origin of a URL as a grant. On the author's own machine a private address is granted by its very name.
fn grant(url: &str) -> Option<String> {
    // Read as the egress policy reads the address of a stream: only so is an address known as one.
    let (stream, url) = match url.strip_prefix("tls://") {
        Some(place) => (true, url::Url::parse(&format!("https://{place}")).ok()?),
        None => (false, url::Url::parse(url).ok()?),
    };
    let private = match url.host()? {
        url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        url::Host::Ipv4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        url::Host::Ipv6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    let origin = if stream {
        format!("tls://{}:{}", url.host_str()?, url.port_or_known_default()?)
    } else {
        url.origin().ascii_serialization()
    };
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
        let conform = Conform::parse(text).unwrap();
        super::line(&conform, &manifest(), "http://127.0.0.1:3100", Path::new("t/token"))
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
        assert_eq!(grant("tls://irc.example:6697").unwrap(), "tls://irc.example:6697");
        assert_eq!(grant("tls://localhost:6697").unwrap(), "private:tls://localhost:6697");
        assert_eq!(grant("tls://127.0.0.1:6697").unwrap(), "private:tls://127.0.0.1:6697");
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
        assert!(read(dir.path()).unwrap_err().contains("stand-in = \"guestbook\""));
        std::fs::write(dir.path().join("conform.toml"), "stand-in = \"irc\"").unwrap();
        assert!(read(dir.path()).unwrap_err().contains("\"mastodon\" and \"guestbook\""));
    }
}
