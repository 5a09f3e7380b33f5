//! `jackfield token`.

use super::{At, say};
use crate::auth::{Issuer, MAX_LIFETIME, SigningKey, Wish};
use crate::clock::{Clock, SystemClock};
use crate::config::{SecretRef, check_origin};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(flatten)]
    at: At,
    /// For whom: the agent's id in your own system.
    #[arg(long)]
    agent: String,
    /// Their name, as replies are signed.
    #[arg(long)]
    name: Option<String>,
    /// For which brand.
    #[arg(long)]
    brand: String,
    /// For which page, as browsers write an origin; none makes a token for programs.
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// A role in the brand, as the policy's authority names them; may be given several times.
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
    /// In whose name; the first issuer of the brand unless given.
    #[arg(long)]
    issuer: Option<String>,
    /// For how long: 30s, 15m, 1h at most.
    #[arg(long, default_value = "15m", value_parser = seconds)]
    ttl: i64,
    /// The private key of an issuer that signs with RS256 or EdDSA: file:PATH.
    #[arg(long, value_name = "file:PATH")]
    key: Option<String>,
}

impl Token {
    pub(super) fn run(&self) -> Result<(), String> {
        let config = self.at.config()?;
        if let Some(origin) = &self.origin {
            check_origin(origin).map_err(|why| format!("--origin: {why}"))?;
        }
        let fits = |issuer: &&crate::config::IssuerConfig| {
            self.issuer.as_ref().is_none_or(|name| *name == issuer.name)
                && issuer.brands.iter().any(|brand| brand.as_str() == self.brand)
        };
        let issuer = config.issuers.iter().find(fits).ok_or_else(|| {
            let known: Vec<_> = config
                .issuers
                .iter()
                .flat_map(|i| i.brands.iter().map(move |b| format!("{} ({b})", i.name)))
                .collect();
            format!(
                "no issuer speaks for brand {}. Known are: {}. Mend --brand or --issuer",
                self.brand,
                known.join(", ")
            )
        })?;
        if let Some(origin) = &self.origin
            && !issuer.origins.contains(origin)
        {
            return Err(format!(
                "{origin} is not among the origins of issuer {}: {}. Mend --origin, or add it in {}",
                issuer.name,
                issuer.origins.join(", "),
                config.file.display()
            ));
        }
        let key = match &self.key {
            Some(key) => {
                let key = SecretRef::parse(key, std::path::Path::new("")).map_err(|error| format!("--key: {error}"))?;
                SigningKey::open(issuer.algorithm, &key).map_err(|error| format!("--key: {error}"))?
            }
            None => Issuer::open(issuer).map_err(|error| error.to_string())?.signing_key().ok_or_else(|| {
                format!("issuer {} signs with {}, and the configuration has only its public key. Give the private one with --key file:PATH", issuer.name, issuer.algorithm.as_str())
            })?,
        };
        let wish = Wish {
            issuer,
            agent: &self.agent,
            name: self.name.as_deref(),
            brand: &self.brand,
            origin: self.origin.as_deref(),
            roles: &self.role,
            now_seconds: SystemClock.now() / 1000,
            ttl_seconds: self.ttl,
        };
        say(&key.mint(&wish)?)
    }
}

fn seconds(text: &str) -> Result<i64, String> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("write it as 30s, 15m or 1h".to_owned()),
    };
    let seconds = number
        .parse::<i64>()
        .ok()
        .and_then(|n| n.checked_mul(unit))
        .ok_or("write it as 30s, 15m or 1h")?;
    if (1..=MAX_LIFETIME).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(format!("a token lives 1 to {MAX_LIFETIME} seconds"))
    }
}
