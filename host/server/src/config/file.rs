//! The file as it is written: TOML with the place of every value kept, so that a check made later can name its line.

use super::error::ConfigError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) listen: Option<Spanned<String>>,
    #[serde(rename = "public-origin")]
    pub(super) public_origin: Option<Spanned<String>>,
    pub(super) database: Option<Spanned<String>>,
    pub(super) cache: Option<Spanned<String>>,
    pub(super) bundle: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) issuer: Vec<Spanned<RawIssuer>>,
    pub(super) triage: Option<RawTriage>,
    pub(super) webhooks: Option<super::webhooks::RawWebhooks>,
    pub(super) limits: Option<RawLimits>,
    pub(super) admin: Option<RawAdmin>,
    pub(super) plugins: Option<RawPlugins>,
    pub(super) policy: Option<RawPolicy>,
    pub(super) metrics: Option<RawMetrics>,
    pub(super) telemetry: Option<RawTelemetry>,
    /// By connection; `*` is every one.
    #[serde(default)]
    pub(super) budget: BTreeMap<Spanned<String>, RawBudget>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawBudget {
    pub(super) weight: Option<Spanned<u64>>,
    pub(super) cpu_ms_per_hour: Option<Spanned<u64>>,
    pub(super) cpu_ms_per_day: Option<Spanned<u64>>,
    pub(super) requests_per_hour: Option<Spanned<u64>>,
    pub(super) requests_per_day: Option<Spanned<u64>>,
    pub(super) bytes_per_hour: Option<Spanned<u64>>,
    pub(super) bytes_per_day: Option<Spanned<u64>>,
    pub(super) stored_bytes_per_hour: Option<Spanned<u64>>,
    pub(super) stored_bytes_per_day: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIssuer {
    pub(super) name: Spanned<String>,
    pub(super) algorithm: Spanned<String>,
    pub(super) key: Spanned<String>,
    pub(super) workspace: Spanned<String>,
    pub(super) brands: Spanned<Vec<Spanned<String>>>,
    pub(super) origins: Spanned<Vec<Spanned<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTriage {
    #[serde(default)]
    pub(super) plugins: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) brand_terms: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawLimits {
    pub(super) poll_interval_ms: Option<Spanned<u64>>,
    pub(super) poll_events: Option<Spanned<u64>>,
    pub(super) calls_at_once: Option<Spanned<u64>>,
    pub(super) seal_seconds: Option<Spanned<u64>>,
    pub(super) feeds: Option<Spanned<u64>>,
    pub(super) plugin_memory_mib: Option<Spanned<u64>>,
    pub(super) plugin_call_seconds: Option<Spanned<u64>>,
    pub(super) triage_threads: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAdmin {
    pub(super) token: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPlugins {
    pub(super) folder: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) trusted_keys: Vec<RawTrusted>,
    pub(super) allow_unsigned: Option<bool>,
    pub(super) tier: Option<Spanned<String>>,
    pub(super) confine: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub(super) folder: Option<Spanned<String>>,
    pub(super) dictionaries: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTrusted {
    pub(super) name: Spanned<String>,
    pub(super) key: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetrics {
    pub(super) listen: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTelemetry {
    pub(super) otlp: Spanned<String>,
}

/// Reads the text; an error names the key and the line.
pub(super) fn read(path: &Path, text: &str) -> Result<Raw, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let key = key_at(text, offset);
        ConfigError::at(path, text, offset, &key, sentence(error.message(), &key))
    })
}

/// The parser's words, with the repair where it is known.
fn sentence(message: &str, key: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let known = rest.split_once("expected ").map_or("", |(_, known)| known);
        return format!(
            "there is no such key. Here the keys are {}",
            known.trim_start_matches("one of ")
        );
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("{field} is missing here. Add the line");
    }
    if message.starts_with("invalid type") {
        return format!("{message}. Change the value of `{key}`");
    }
    format!("this is not TOML as it should be: {message}")
}

/// The key on the line of a byte, with the section it stands in: `issuer.algorithm`.
fn key_at(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..).unwrap_or("").lines().next().unwrap_or("");
    if line.trim_start().starts_with('[') {
        return line.trim().trim_matches(['[', ']']).to_owned();
    }
    let key = line.split('=').next().unwrap_or("").trim();
    let section = before.lines().rev().skip(1).find_map(|line| {
        let line = line.trim();
        line.starts_with('[').then(|| line.trim_matches(['[', ']']).to_owned())
    });
    match section {
        Some(section) if !key.is_empty() => format!("{section}.{key}"),
        Some(section) => section,
        None => key.to_owned(),
    }
}
