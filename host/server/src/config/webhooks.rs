//! `[webhooks]`: where networks reach this host, how much they may send, and how long it is kept.

use serde::Deserialize;
use std::time::Duration;
use toml::Spanned;

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The address that networks were told, without `/hooks/…` and without a `/` at its end. Some sign it, so it has to
    /// be the one they see and not the one that a proxy passes on.
    pub public_url: Option<String>,
    /// How long input that was ingested is kept, to be ingested again after a repair. What waits or is set aside is
    /// kept for as long as it does.
    pub keep: Duration,
    /// Bytes of one request's body.
    pub most_bytes: usize,
}

impl Default for WebhookConfig {
    /// Two weeks: a fault that nobody saw over a weekend and a holiday can still be mended. A MiB is several times the
    /// largest body that a network documents (Slack and Meta batch up to a few hundred KiB).
    fn default() -> Self {
        Self {
            public_url: None,
            keep: Duration::from_secs(14 * 86_400),
            most_bytes: 1 << 20,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawWebhooks {
    public_url: Option<Spanned<String>>,
    keep_days: Option<Spanned<u64>>,
    max_kib: Option<Spanned<u64>>,
}

/// A key, the byte where its value stands, and the sentence about it.
pub(super) type Wrong = (&'static str, usize, String);

impl RawWebhooks {
    pub(super) fn check(&self) -> Result<WebhookConfig, Wrong> {
        let usual = WebhookConfig::default();
        let number = |at: &Option<Spanned<u64>>, key, least: u64, most: u64| match at {
            Some(value) if !(least..=most).contains(value.get_ref()) => Err((
                key,
                value.span().start,
                format!(
                    "{} is out of range. Write a number from {least} to {most}",
                    value.get_ref()
                ),
            )),
            other => Ok(other.as_ref().map(|value| *value.get_ref())),
        };
        let public_url = match &self.public_url {
            Some(url) => Some(address(url.get_ref()).map_err(|what| ("webhooks.public-url", url.span().start, what))?),
            None => None,
        };
        let days = number(&self.keep_days, "webhooks.keep-days", 1, 3650)?;
        let kib = number(&self.max_kib, "webhooks.max-kib", 1, 16 * 1024)?;
        Ok(WebhookConfig {
            public_url,
            keep: days.map_or(usual.keep, |days| Duration::from_secs(days * 86_400)),
            most_bytes: kib
                .and_then(|kib| usize::try_from(kib << 10).ok())
                .unwrap_or(usual.most_bytes),
        })
    }
}

fn address(text: &str) -> Result<String, String> {
    let good = url::Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    match good {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err(format!(
            "`{text}` is not an address that networks could be told. Write https://HOST, and a path only where a proxy takes it off; no query"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_path_and_loses_its_last_stroke() {
        assert_eq!(
            address("https://care.example/jack/"),
            Ok("https://care.example/jack".to_owned())
        );
        assert_eq!(address("http://127.0.0.1:7070"), Ok("http://127.0.0.1:7070".to_owned()));
        for bad in [
            "care.example",
            "ftp://care.example",
            "https://care.example/?x=1",
            "https://me@care.example",
            "",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
