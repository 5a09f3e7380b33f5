//! What another version of a plugin would newly be able to do, what it gives up, and how its contract changes.

use super::{Package, PackageError};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The difference between two packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// Name and version before.
    pub from: String,
    /// Name and version after.
    pub to: String,
    /// What it would newly be able to do. Anything here has to be approved.
    pub gains: Vec<String>,
    /// What it no longer asks for.
    pub gives_up: Vec<String>,
    /// Functions that it newly calls or offers, no longer does, or does with other types.
    pub contract: Vec<String>,
    digest: String,
}

impl Diff {
    /// Compares.
    pub fn between(from: &Package, to: &Package) -> Result<Self, PackageError> {
        let (a, b) = (from.capabilities()?, to.capabilities()?);
        let mut gains: Vec<String> = b.may.difference(&a.may).cloned().collect();
        if a.world != b.world {
            gains.push(format!("is a {} instead of a {}", b.world.name(), a.world.name()));
        }
        let gives_up: Vec<String> = a.may.difference(&b.may).cloned().collect();
        let mut contract = functions("calls", &a.calls, &b.calls);
        contract.extend(functions("offers", &a.offers, &b.offers));
        let mut hash = Sha256::new();
        // What is approved is this step, from these bytes to those, with these words.
        for part in [&from.digest(), &to.digest()].into_iter().chain(&gains) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest = hex::encode(hash.finalize()).chars().take(16).collect();
        Ok(Self {
            from: a.title,
            to: b.title,
            gains,
            gives_up,
            contract,
            digest,
        })
    }

    /// Somebody has to say yes to it.
    pub fn needs_approval(&self) -> bool {
        !self.gains.is_empty()
    }

    /// What the approval names: another package or another gain has another digest.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

fn functions(verb: &str, a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> Vec<String> {
    let mut told = Vec::new();
    for (name, now) in b {
        match a.get(name) {
            None => told.push(format!("newly {verb} {name}: {now}")),
            Some(before) if before != now => {
                told.push(format!("{verb} {name} with other types: before {before}, now {now}"));
            }
            Some(_) => {}
        }
    }
    told.extend(
        a.keys()
            .filter(|name| !b.contains_key(*name))
            .map(|name| format!("no longer {verb} {name}")),
    );
    told
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} -> {}", self.from, self.to)?;
        for (sign, lines) in [("+", &self.gains), ("-", &self.gives_up), ("~", &self.contract)] {
            for line in lines {
                writeln!(f, "  {sign} {line}")?;
            }
        }
        if self.needs_approval() {
            write!(
                f,
                "It would newly be able to do what stands after `+`. To agree: --approve {}",
                self.digest
            )
        } else {
            write!(f, "It can do nothing that it could not do before; nobody has to agree.")
        }
    }
}
