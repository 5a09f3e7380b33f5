//! Secrets by reference: a plugin names one, the host places its value, and only towards the secret's own hosts.
//!
//! The value lives here, in memory that is wiped when it is dropped; it never enters a guest, and `Debug` never
//! prints it. What a careless server echoes is taken out by the scrubber.

use crate::egress::{Grants, Origin};
use std::fmt;
use zeroize::Zeroizing;

/// One secret of one connection.
#[derive(Clone)]
pub struct Secret {
    name: String,
    value: Zeroizing<String>,
    hosts: Grants,
}

/// Why a secret is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing in it.
    #[error("the secret {0:?} is empty; put its value where the configuration points")]
    Empty(String),
    /// Scrubbing a value this short would take ordinary text apart.
    #[error(
        "the secret {0:?} has fewer than 8 characters, too few to be found again in answers and logs; use a longer one"
    )]
    Short(String),
    /// It could end a header early.
    #[error("the secret {0:?} holds a line break or another control character; remove it")]
    Control(String),
    /// A secret that may go nowhere, or anywhere, is a mistake.
    #[error("the secret {0:?} names no host it may be sent to; write NAME=file:PATH@HOST")]
    NoHost(String),
}

impl Secret {
    /// A secret that may be sent to `hosts` and nowhere else. White space around the value is taken off: files end
    /// with a line break.
    pub fn new(name: &str, value: Zeroizing<String>, hosts: Grants) -> Result<Self, SecretError> {
        if hosts.is_empty() && !value.trim().is_empty() {
            return Err(SecretError::NoHost(name.to_owned()));
        }
        Self::kept(name, value, hosts)
    }

    /// The values of a secret that verifies what others sign: one a line, the current one first, while it is renewed
    /// each of them counts. Such a secret need not go anywhere, so `hosts` may be empty.
    pub fn lines(name: &str, value: &str, hosts: &Grants) -> Result<Vec<Self>, SecretError> {
        let lines = value.lines().map(str::trim).filter(|line| !line.is_empty());
        let values: Vec<_> = lines
            .map(|line| Self::kept(name, Zeroizing::new(line.to_owned()), hosts.clone()))
            .collect::<Result<_, _>>()?;
        match values.is_empty() {
            true => Err(SecretError::Empty(name.to_owned())),
            false => Ok(values),
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "the caller's copy ends here and is wiped")]
    fn kept(name: &str, value: Zeroizing<String>, hosts: Grants) -> Result<Self, SecretError> {
        let named = || name.to_owned();
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return Err(SecretError::Empty(named()));
        }
        if trimmed.chars().any(char::is_control) {
            return Err(SecretError::Control(named()));
        }
        if trimmed.chars().count() < 8 {
            return Err(SecretError::Short(named()));
        }
        Ok(Self {
            name: named(),
            value: Zeroizing::new(trimmed.to_owned()),
            hosts,
        })
    }

    /// Its name, as the plugin writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it may be sent to `origin`.
    pub fn may_go_to(&self, origin: &Origin) -> bool {
        self.hosts.find(origin).is_some()
    }

    /// Where it may be sent.
    pub fn hosts(&self) -> &Grants {
        &self.hosts
    }

    /// Its value, for the process that places it in this one's stead, and for nobody else.
    pub fn entrust(&self) -> &str {
        &self.value
    }

    /// Where it may be sent, in words.
    pub(crate) fn hosts_in_words(&self) -> String {
        self.hosts
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants() -> Grants {
        Grants::parse(&["social.example"]).unwrap()
    }

    #[test]
    fn debug_never_prints_a_value() {
        let secret = Secret::new("token", Zeroizing::new("hunter2-hunter2\n".to_owned()), grants()).unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret.value(), "hunter2-hunter2");
    }

    #[test]
    fn a_useless_secret_is_refused_in_words() {
        for (value, hosts, word) in [
            ("  \n", grants(), "empty"),
            ("short", grants(), "8 characters"),
            ("good-enough\r\nX-Evil: 1", grants(), "control"),
            ("good-enough", Grants::default(), "@HOST"),
        ] {
            let error = Secret::new("token", Zeroizing::new(value.to_owned()), hosts).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}
