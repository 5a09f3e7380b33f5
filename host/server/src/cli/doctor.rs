//! `jackfield doctor`: everything a host needs, a line each, with what to do.

use super::connection::words;
use super::{At, plugins, say, store, wait};
use crate::auth::Keyring;
use crate::bundle::Bundle;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Exposure};
use jackfield_store::Store;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

pub(super) fn run(at: &At) -> Result<(), String> {
    let config = at.config()?;
    let mut wrong = 0_usize;
    let mut told = |what: &str, found: Result<String, String>| match found {
        Ok(detail) => say(&format!("ok    {what}: {detail}")),
        Err(repair) => {
            wrong += 1;
            say(&format!("WRONG {what}: {repair}"))
        }
    };
    told("configuration", Ok(config.file.display().to_string()))?;
    for issuer in &config.issuers {
        let exposed = matches!(issuer.key.exposure(), Exposure::Everybody | Exposure::Group);
        let private = issuer.algorithm == crate::config::Algorithm::Hs256;
        let found = if exposed && private {
            Err(format!("others can read {0}. Run: chmod 600 {0}", issuer.key))
        } else {
            Ok(issuer.algorithm.as_str().to_owned())
        };
        told(&format!("key of issuer {}", issuer.name), found)?;
    }
    told(
        "issuers",
        Keyring::open(&config, Arc::new(SystemClock))
            .map(|_| "all keys can be used".to_owned())
            .map_err(|error| error.to_string()),
    )?;
    told("database", database(&config))?;
    told("address", address(&config))?;
    told("clock", clock())?;
    let bundle = Bundle::new(config.bundle.clone());
    let panel = bundle.file("panel/jackfield.js").map(|_| "there".to_owned());
    told(
        "panel",
        panel.ok_or_else(|| {
            "its files are missing; `cargo xtask build` makes them, or name a bundle with --bundle".to_owned()
        }),
    )?;
    match plugins(&config) {
        Err(why) => told("sandbox", Err(why))?,
        Ok(plugins) => {
            told("sandbox", Ok("starts".to_owned()))?;
            for name in &config.triage.plugins {
                told(
                    &format!("triage plugin {name}"),
                    plugins.judge(name).map(|judge| judge.title()),
                )?;
            }
            let records = if config.database.exists() {
                wait(async { store(&config)?.connections().await.map_err(|error| error.to_string()) })
                    .unwrap_or_default()
            } else {
                Vec::new()
            };
            for record in records {
                let found = plugins
                    .connect(&record)
                    .map(|_| format!("{}, secrets readable", record.plugin));
                told(&format!("line {}", record.id), found.map_err(|outcome| words(&outcome)))?;
            }
        }
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(format!("{wrong} of these to mend"))
    }
}

fn database(config: &Config) -> Result<String, String> {
    wait(async {
        let records = store(config)?.connections().await.map_err(|error| error.to_string())?;
        Ok(format!("{} opens, {} lines", config.database.display(), records.len()))
    })
}

fn address(config: &Config) -> Result<String, String> {
    match std::net::TcpListener::bind(config.listen) {
        Ok(_) => Ok(format!("{} is free", config.listen)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && runs(config.listen) => {
            Ok(format!("a host runs on {} already", config.listen))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(format!(
            "another program listens on {}. Stop it, or mend `listen` in {}",
            config.listen,
            config.file.display()
        )),
        Err(error) => Err(format!(
            "{}: {error}. Mend `listen` in {}",
            config.listen,
            config.file.display()
        )),
    }
}

/// Who answers there says that it is a host.
fn runs(address: SocketAddr) -> bool {
    let ask = || {
        let wait = Duration::from_secs(2);
        let mut stream = TcpStream::connect_timeout(&address, wait)?;
        stream.set_read_timeout(Some(wait))?;
        stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.take(16 << 10).read_to_end(&mut answer)?;
        std::io::Result::Ok(String::from_utf8_lossy(&answer).contains("\"storage\""))
    };
    ask().unwrap_or(false)
}

/// Tokens live by the clock; one that is years off refuses them all.
fn clock() -> Result<String, String> {
    // 2025-01-01: before this program was written.
    const BUILT: i64 = 1_735_689_600_000;
    let now = SystemClock.now();
    let shown = jiff::Timestamp::from_millisecond(now)
        .map(|time| time.to_string())
        .unwrap_or_default();
    if now > BUILT {
        Ok(shown)
    } else {
        Err(format!(
            "it says {shown}. Set this machine's clock; tokens are refused otherwise"
        ))
    }
}
