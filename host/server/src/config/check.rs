//! From what is written to what is meant: every value checked, every path resolved.

use super::error::{ConfigError, Place};
use super::file::{Raw, RawBudget, RawIssuer, RawLimits};
use super::{
    Algorithm, Config, Confine, IssuerConfig, Limits, Overrides, PluginsConfig, PolicyConfig, SecretRef, TierForm,
    TriageConfig, TrustedKey, WebhookConfig,
};
use crate::lines::budget::{Allowance, Allowances};
use jackfield_engine::package::PublicKey;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// The file in which something stands.
struct Here<'a> {
    path: &'a Path,
    text: &'a str,
    folder: PathBuf,
}

impl Here<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, key: &str, message: String) -> ConfigError {
        ConfigError::at(self.path, self.text, at.span().start, key, message)
    }
}

pub(super) fn check(path: &Path, text: &str, raw: &Raw, over: &Overrides) -> Result<Config, ConfigError> {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let here = Here {
        path,
        text,
        folder: folder.to_owned(),
    };
    let resolve = |given: &Option<PathBuf>, written: &Option<Spanned<String>>, otherwise: Option<&str>| {
        // A path on the command line counts from where the command is typed, one in the file from the file.
        given.clone().or_else(|| {
            written
                .as_ref()
                .map(|w| w.get_ref().as_str())
                .or(otherwise)
                .map(|p| here.folder.join(p))
        })
    };
    let config = Config {
        file: path.to_owned(),
        listen: listen(&here, raw.listen.as_ref(), over)?,
        public_origin: public_origin(&here, raw.public_origin.as_ref())?,
        database: resolve(&over.database, &raw.database, Some("jackfield.db")).unwrap_or_default(),
        cache: resolve(&over.cache, &raw.cache, Some("cache")).unwrap_or_default(),
        bundle: resolve(&over.bundle, &raw.bundle, None),
        issuers: issuers(&here, raw)?,
        triage: triage(&here, raw)?,
        webhooks: raw.webhooks.as_ref().map_or(Ok(WebhookConfig::default()), |written| {
            let wrong =
                |(key, at, message): (&'static str, usize, String)| ConfigError::at(path, text, at, key, message);
            written.check().map_err(wrong)
        })?,
        limits: raw
            .limits
            .as_ref()
            .map_or(Ok(Limits::default()), |written| limits(&here, written))?,
        admin: admin(&here, raw)?,
        plugins: plugins(&here, raw)?,
        policy: policy(&here, raw)?,
        metrics: metrics(&here, raw)?,
        telemetry: telemetry(&here, raw)?,
        budgets: budgets(&here, &raw.budget)?,
    };
    Ok(config)
}

fn listen(here: &Here<'_>, written: Option<&Spanned<String>>, over: &Overrides) -> Result<SocketAddr, ConfigError> {
    let repair = |value: &str| {
        format!("`{value}` is not an address to listen on. Write IP:PORT, for example 127.0.0.1:7070 or 0.0.0.0:7070")
    };
    if let Some(given) = &over.listen {
        return given.parse().map_err(|_| ConfigError {
            place: Place::Given("--listen or JACKFIELD_LISTEN"),
            key: String::new(),
            message: repair(given),
        });
    }
    match written {
        Some(value) => value
            .get_ref()
            .parse()
            .map_err(|_| here.wrong(value, "listen", repair(value.get_ref()))),
        None => Ok(SocketAddr::from(([127, 0, 0, 1], 7070))),
    }
}

fn public_origin(here: &Here<'_>, written: Option<&Spanned<String>>) -> Result<Option<String>, ConfigError> {
    let Some(value) = written else { return Ok(None) };
    check_origin(value.get_ref()).map_err(|message| here.wrong(value, "public-origin", message))?;
    Ok(Some(value.get_ref().clone()))
}

fn issuers(here: &Here<'_>, raw: &Raw) -> Result<Vec<IssuerConfig>, ConfigError> {
    if raw.issuer.is_empty() {
        let message = "nobody's tokens are believed, so nobody could sign in. Add an [[issuer]] section; \
                       `jackfield init` writes one";
        return Err(ConfigError::missing(here.path, "issuer", message.to_owned()));
    }
    let mut found: Vec<IssuerConfig> = Vec::new();
    for written in &raw.issuer {
        let issuer = issuer(here, written.get_ref())?;
        if found.iter().any(|other| other.name == issuer.name) {
            let message = format!("there are two issuers called `{}`. Give each its own name", issuer.name);
            return Err(here.wrong(&written.get_ref().name, "issuer.name", message));
        }
        found.push(issuer);
    }
    Ok(found)
}

fn issuer(here: &Here<'_>, raw: &RawIssuer) -> Result<IssuerConfig, ConfigError> {
    let algorithm = match raw.algorithm.get_ref().as_str() {
        "HS256" => Algorithm::Hs256,
        "RS256" => Algorithm::Rs256,
        "EdDSA" => Algorithm::EdDsa,
        other => {
            let message = format!("`{other}` is not one of the algorithms. Write HS256, RS256 or EdDSA");
            return Err(here.wrong(&raw.algorithm, "issuer.algorithm", message));
        }
    };
    let key = SecretRef::parse(raw.key.get_ref(), &here.folder)
        .map_err(|error| here.wrong(&raw.key, "issuer.key", error.to_string()))?;
    name(here, &raw.name, "issuer.name")?;
    name(here, &raw.workspace, "issuer.workspace")?;
    for brand in raw.brands.get_ref() {
        name(here, brand, "issuer.brands")?;
    }
    if raw.brands.get_ref().is_empty() {
        let message = "an issuer needs at least one brand. Write brands = [\"NAME\"]";
        return Err(here.wrong(&raw.brands, "issuer.brands", message.to_owned()));
    }
    for origin in raw.origins.get_ref() {
        check_origin(origin.get_ref()).map_err(|message| here.wrong(origin, "issuer.origins", message))?;
    }
    Ok(IssuerConfig {
        name: raw.name.get_ref().clone(),
        algorithm,
        key,
        workspace: raw.workspace.get_ref().clone().into(),
        brands: raw
            .brands
            .get_ref()
            .iter()
            .map(|b| b.get_ref().clone().into())
            .collect(),
        origins: raw.origins.get_ref().iter().map(|o| o.get_ref().clone()).collect(),
    })
}

/// An origin exactly as browsers write it, or what to write instead.
pub fn check_origin(text: &str) -> Result<(), String> {
    let url = url::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"))
        .ok_or_else(|| {
            format!("`{text}` is not an origin. Write SCHEME://HOST[:PORT], for example https://crm.example")
        })?;
    let right = url.origin().ascii_serialization();
    if right == text {
        Ok(())
    } else {
        Err(format!(
            "`{text}` is not written as browsers write an origin. Write {right}"
        ))
    }
}

/// Names of workspaces, brands, issuers and connections: short, and safe in a URL, a log and a shell.
pub fn check_name(text: &str) -> Result<(), String> {
    let fine = !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
        && !text.starts_with('-');
    if fine {
        Ok(())
    } else {
        Err(format!("`{text}` is not a name. Write 1 to 64 of a-z 0-9 - _"))
    }
}

fn name(here: &Here<'_>, at: &Spanned<String>, key: &str) -> Result<(), ConfigError> {
    check_name(at.get_ref()).map_err(|message| here.wrong(at, key, message))
}

fn triage(here: &Here<'_>, raw: &Raw) -> Result<TriageConfig, ConfigError> {
    let Some(written) = &raw.triage else {
        return Ok(TriageConfig::default());
    };
    for plugin in &written.plugins {
        name(here, plugin, "triage.plugins")?;
    }
    let terms = written.brand_terms.iter().map(|(brand, terms)| {
        (
            brand.as_str().into(),
            terms.iter().map(|term| term.to_lowercase()).collect(),
        )
    });
    Ok(TriageConfig {
        plugins: written.plugins.iter().map(|p| p.get_ref().clone()).collect(),
        brand_terms: terms.collect(),
    })
}

fn admin(here: &Here<'_>, raw: &Raw) -> Result<Option<SecretRef>, ConfigError> {
    let Some(written) = &raw.admin else {
        return Ok(None);
    };
    SecretRef::parse(written.token.get_ref(), &here.folder)
        .map(Some)
        .map_err(|error| here.wrong(&written.token, "admin.token", error.to_string()))
}

/// Who may reach the listener may read it, so it is for this machine alone.
fn metrics(here: &Here<'_>, raw: &Raw) -> Result<Option<SocketAddr>, ConfigError> {
    let Some(written) = raw.metrics.as_ref().map(|written| &written.listen) else {
        return Ok(None);
    };
    let address: Option<SocketAddr> = written.get_ref().parse().ok();
    address.filter(|address| address.ip().is_loopback()).map(Some).ok_or_else(|| {
        let message = format!(
            "`{}` is not an address of this machine alone, and this listener asks for no token. Write 127.0.0.1:PORT; from elsewhere, /metrics of the host is read with the admin token",
            written.get_ref()
        );
        here.wrong(written, "metrics.listen", message)
    })
}

fn telemetry(here: &Here<'_>, raw: &Raw) -> Result<Option<String>, ConfigError> {
    let Some(written) = raw.telemetry.as_ref().map(|written| &written.otlp) else {
        return Ok(None);
    };
    check_origin(written.get_ref()).map_err(|message| {
        here.wrong(
            written,
            "telemetry.otlp",
            format!("{message}. It is the collector's origin, without a path: http://127.0.0.1:4318"),
        )
    })?;
    Ok(Some(written.get_ref().clone()))
}

/// Installed plugins stand beside the configuration unless it says otherwise.
fn plugins(here: &Here<'_>, raw: &Raw) -> Result<PluginsConfig, ConfigError> {
    let written = raw.plugins.as_ref();
    let folder = written
        .and_then(|w| w.folder.as_ref())
        .map_or("plugins", |f| f.get_ref());
    let mut trusted: Vec<TrustedKey> = Vec::new();
    for one in written.map(|w| w.trusted_keys.as_slice()).unwrap_or_default() {
        name(here, &one.name, "plugins.trusted-keys.name")?;
        let key = PublicKey::parse(one.key.get_ref())
            .map_err(|error| here.wrong(&one.key, "plugins.trusted-keys.key", error.to_string()))?;
        let name = one.name.get_ref().clone();
        if trusted.iter().any(|other| other.name == name) {
            let message = format!("there are two keys called `{name}`. Give each its own name");
            return Err(here.wrong(&one.name, "plugins.trusted-keys.name", message));
        }
        trusted.push(TrustedKey { name, key });
    }
    Ok(PluginsConfig {
        folder: here.folder.join(folder),
        trusted,
        allow_unsigned: written.and_then(|w| w.allow_unsigned).unwrap_or(false),
        tier: word(
            here,
            "plugins.tier",
            written.and_then(|w| w.tier.as_ref()),
            TierForm::parse,
        )?,
        confine: word(
            here,
            "plugins.confine",
            written.and_then(|w| w.confine.as_ref()),
            Confine::parse,
        )?,
        program: None,
    })
}

/// Folders that are not there are refused here: a misspelt one would be a host without rules.
fn policy(here: &Here<'_>, raw: &Raw) -> Result<PolicyConfig, ConfigError> {
    let folder = |written: Option<&Spanned<String>>, key: &str| {
        let Some(written) = written else { return Ok(None) };
        let path = here.folder.join(written.get_ref());
        if path.is_dir() {
            return Ok(Some(path));
        }
        let message = format!("there is no folder {}. Make it, or name another", path.display());
        Err(here.wrong(written, key, message))
    };
    let written = raw.policy.as_ref();
    Ok(PolicyConfig {
        folder: folder(written.and_then(|w| w.folder.as_ref()), "policy.folder")?,
        dictionaries: folder(written.and_then(|w| w.dictionaries.as_ref()), "policy.dictionaries")?,
    })
}

fn word<T: Default>(
    here: &Here<'_>,
    key: &str,
    written: Option<&Spanned<String>>,
    parse: fn(&str) -> Result<T, String>,
) -> Result<T, ConfigError> {
    written.map_or(Ok(T::default()), |word| {
        parse(word.get_ref()).map_err(|message| here.wrong(word, key, message))
    })
}

fn limits(here: &Here<'_>, raw: &RawLimits) -> Result<Limits, ConfigError> {
    let usual = Limits::default();
    let read = |at: &Option<Spanned<u64>>, key: &str, least: u64, most: u64| match at {
        Some(value) if *value.get_ref() < least || *value.get_ref() > most => {
            let message = format!(
                "{} is out of range. Write a number from {least} to {most}",
                value.get_ref()
            );
            Err(here.wrong(value, key, message))
        }
        Some(value) => Ok(Some(*value.get_ref())),
        None => Ok(None),
    };
    let size = |value: Option<u64>, usual: usize| value.and_then(|v| usize::try_from(v).ok()).unwrap_or(usual);
    let seconds = |value: Option<u64>, usual: Duration| value.map_or(usual, Duration::from_secs);
    let memory = read(&raw.plugin_memory_mib, "limits.plugin-memory-mib", 2, 1024)?.map(|mib| mib << 20);
    let events = read(&raw.poll_events, "limits.poll-events", 1, 1000)?;
    Ok(Limits {
        poll_interval: read(&raw.poll_interval_ms, "limits.poll-interval-ms", 50, 3_600_000)?
            .map_or(usual.poll_interval, Duration::from_millis),
        poll_events: events.and_then(|v| u32::try_from(v).ok()).unwrap_or(usual.poll_events),
        calls_at_once: size(
            read(&raw.calls_at_once, "limits.calls-at-once", 1, 1024)?,
            usual.calls_at_once,
        ),
        seal_interval: seconds(
            read(&raw.seal_seconds, "limits.seal-seconds", 1, 86_400)?,
            usual.seal_interval,
        ),
        feeds: size(read(&raw.feeds, "limits.feeds", 1, 100_000)?, usual.feeds),
        plugin_memory: size(memory, usual.plugin_memory),
        plugin_call: seconds(
            read(&raw.plugin_call_seconds, "limits.plugin-call-seconds", 1, 300)?,
            usual.plugin_call,
        ),
        triage_threads: size(
            read(&raw.triage_threads, "limits.triage-threads", 1, 64)?,
            usual.triage_threads,
        ),
    })
}

/// `[budget."*"]` is what each connection may use, `[budget.NAME]` what one may; what is not said there is as for all.
fn budgets(here: &Here<'_>, raw: &BTreeMap<Spanned<String>, RawBudget>) -> Result<Allowances, ConfigError> {
    let mut all = Allowances::default();
    let every = raw.iter().find(|(id, _)| id.get_ref() == "*");
    if let Some((_, written)) = every {
        all.usual = allowance(here, written, "*", &all.usual)?;
    }
    for (id, written) in raw.iter().filter(|(id, _)| id.get_ref() != "*") {
        check_name(id.get_ref())
            .map_err(|message| here.wrong(id, "budget", format!("{message}; or \"*\" for every connection")))?;
        let own = allowance(here, written, id.get_ref(), &all.usual)?;
        all.own.insert(id.get_ref().as_str().into(), own);
    }
    Ok(all)
}

fn allowance(here: &Here<'_>, raw: &RawBudget, id: &str, usual: &Allowance) -> Result<Allowance, ConfigError> {
    let mut own = usual.clone();
    if let Some(weight) = &raw.weight {
        own.weight = u32::try_from(*weight.get_ref())
            .ok()
            .filter(|weight| (1..=1000).contains(weight))
            .ok_or_else(|| {
                let message = format!("{} is out of range. Write a number from 1 to 1000", weight.get_ref());
                here.wrong(weight, &format!("budget.{id}.weight"), message)
            })?;
    }
    let amounts = [
        (&raw.cpu_ms_per_hour, &mut own.hour.cpu_ms),
        (&raw.cpu_ms_per_day, &mut own.day.cpu_ms),
        (&raw.requests_per_hour, &mut own.hour.requests),
        (&raw.requests_per_day, &mut own.day.requests),
        (&raw.bytes_per_hour, &mut own.hour.bytes),
        (&raw.bytes_per_day, &mut own.day.bytes),
        (&raw.stored_bytes_per_hour, &mut own.hour.stored_bytes),
        (&raw.stored_bytes_per_day, &mut own.day.stored_bytes),
    ];
    for (written, amount) in amounts {
        if let Some(written) = written {
            *amount = *written.get_ref();
        }
    }
    Ok(own)
}
