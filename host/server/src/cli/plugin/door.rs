//! Where a change of plugins is made: by the admin API of a host that runs, or on its files and database.
//!
//! A host that runs holds the lock beside its database. Where its admin API is on, the change goes through it and works at
//! once. Where it is off, the change is made beside it, as `connection add` does, with the same checks and in the same
//! transaction, and the host takes it up within seconds.

use super::super::{store, wait};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::plugins::Plugins;
use crate::registry::{By, Refused, Registry};
use jackfield_protocol::{PluginLogEntry, Problem};
use jackfield_store::Store;
use serde::de::DeserializeOwned;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// A large plugin may be compiled before the host answers.
const PATIENCE: Duration = Duration::from_secs(300);
/// The longest answer that is read.
const MOST: u64 = 64 << 20;

/// A change.
pub(super) enum Change<'a> {
    Install(&'a [u8]),
    Upgrade(&'a str, &'a [u8]),
    Rollback(&'a str),
    Remove(&'a str),
    TrialBegin(&'a str, &'a [u8]),
    TrialShare(&'a str, u8),
    TrialPromote(&'a str),
    TrialEnd(&'a str),
}

/// Makes a change; `approve` is the digest of the difference that the caller agrees to.
pub(super) fn change(config: &Config, change: &Change<'_>, approve: Option<&str>) -> Result<PluginLogEntry, String> {
    let who = who();
    if let Some(host) = Remote::of(config)? {
        let (method, path, body) = change.request(approve);
        return host.ask(method, &path, body, &who);
    }
    let by = By {
        who: format!("{who}, command line"),
        approve: approve.map(str::to_owned),
    };
    let registry = here(config)?;
    wait(async { change.make(&registry, &by).await.map_err(|refused| refused.to_string()) })
}

/// Who types.
pub(in crate::cli) fn who() -> String {
    let who = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    who.unwrap_or_else(|_| "somebody".to_owned())
}

/// The registry on the files and database of a configuration.
pub(super) fn here(config: &Config) -> Result<Registry, String> {
    let store: Arc<dyn Store> = Arc::new(store(config)?);
    let plugins = Arc::new(Plugins::new(config)?);
    let registry = Registry::new(plugins, store, Arc::new(SystemClock), config.plugins.clone());
    wait(async { registry.follow().await.map_err(|refused| refused.to_string()) })?;
    Ok(registry)
}

impl<'a> Change<'a> {
    async fn make(&self, registry: &Registry, by: &By) -> Result<PluginLogEntry, Refused> {
        match self {
            Self::Install(bytes) => registry.install(bytes, by).await,
            Self::Upgrade(_, bytes) => registry.upgrade(bytes, by).await,
            Self::Rollback(name) => registry.rollback(name, by).await,
            Self::Remove(name) => registry.remove(name, by).await,
            Self::TrialBegin(_, bytes) => registry.trial_begin(bytes, by).await,
            Self::TrialShare(name, share) => registry.trial_share(name, *share, by).await,
            Self::TrialPromote(name) => registry.trial_promote(name, by).await,
            Self::TrialEnd(name) => registry.trial_end(name, by).await,
        }
    }

    fn request(&self, approve: Option<&str>) -> (&'static str, String, &'a [u8]) {
        let agreed = approve
            .map(|digest| format!("?approve={}", escaped(digest)))
            .unwrap_or_default();
        let at = |name: &str, rest: &str| format!("/admin/v1/plugins/{}{rest}", escaped(name));
        match self {
            Self::Install(bytes) => ("POST", "/admin/v1/plugins".to_owned(), bytes),
            Self::Upgrade(name, bytes) => ("PUT", at(name, &agreed), bytes),
            Self::Rollback(name) => ("POST", at(name, "/rollback"), b""),
            Self::Remove(name) => ("DELETE", at(name, ""), b""),
            Self::TrialBegin(name, bytes) => ("POST", at(name, &format!("/trial{agreed}")), bytes),
            Self::TrialShare(name, share) => ("PUT", at(name, &format!("/trial?share={share}")), b""),
            Self::TrialPromote(name) => ("POST", at(name, "/trial/promote"), b""),
            Self::TrialEnd(name) => ("DELETE", at(name, "/trial"), b""),
        }
    }
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A host that runs, and its token.
pub(in crate::cli) struct Remote {
    address: SocketAddr,
    token: crate::config::Secret,
}

impl Remote {
    /// The host of this configuration, where one runs and lets an operator in.
    pub(in crate::cli) fn of(config: &Config) -> Result<Option<Self>, String> {
        let Some(source) = &config.admin else { return Ok(None) };
        if !crate::serve::runs_beside(&config.database) {
            return Ok(None);
        }
        let token = source.read_private().map_err(|error| format!("admin.token: {error}"))?;
        let mut address = crate::serve::address_beside(&config.database).unwrap_or(config.listen);
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        Ok(Some(Self { address, token }))
    }

    /// A host somewhere else.
    pub(in crate::cli) fn at(address: SocketAddr, token: crate::config::Secret) -> Self {
        Self { address, token }
    }

    /// Sends JSON.
    pub(in crate::cli) fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<T, String> {
        let body = serde_json::to_vec(body).map_err(|error| error.to_string())?;
        self.ask(method, path, &body, &who())
    }

    /// Reads something.
    pub(in crate::cli) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        self.ask("GET", path, b"", "")
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, path: &str, body: &[u8], who: &str) -> Result<T, String> {
        let at = self.address;
        let (status, answer) = self.exchange(method, path, body, who).map_err(|error| {
            format!("the host at {at} did not answer: {error}. Look whether it still runs: jackfield doctor")
        })?;
        if status / 100 == 2 {
            return serde_json::from_slice(&answer).map_err(|error| {
                format!("the host at {at} answered in a way that this version does not know: {error}")
            });
        }
        let problem: Result<Problem, _> = serde_json::from_slice(&answer);
        Err(problem.map_or_else(
            |_| format!("the host at {at} answered {status}"),
            |problem| problem.message,
        ))
    }

    /// HTTP/1.0: one question, one answer, the end.
    fn exchange(&self, method: &str, path: &str, body: &[u8], who: &str) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(Duration::from_secs(30)))?;
        let kind = if body.starts_with(b"{") {
            "application/json"
        } else {
            "application/octet-stream"
        };
        let who: String = who.chars().filter(char::is_ascii_graphic).collect();
        let mut request = format!(
            "{method} {path} HTTP/1.0\r\nhost: {}\r\njackfield-operator: {who}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nauthorization: Bearer ",
            self.address,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(self.token.expose());
        request.extend_from_slice(b"\r\n\r\n");
        stream.write_all(&request)?;
        // A host that refuses at once may close before it has read everything; its answer is worth more than the error.
        let sent = stream.write_all(body);
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer)?;
        let split = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let status = answer
            .get(9..12)
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        match (status, split) {
            (Some(status), Some(split)) => Ok((status, answer.get(split + 4..).unwrap_or_default().to_vec())),
            _ => Err(sent.err().unwrap_or_else(|| std::io::ErrorKind::InvalidData.into())),
        }
    }
}
