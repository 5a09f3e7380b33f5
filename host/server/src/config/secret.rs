//! Secrets by reference: the configuration and the database say where a secret is, never what it is.

use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A secret in memory; wiped when dropped, never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// The value.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<Vec<u8>> for Secret {
    fn from(value: Vec<u8>) -> Self {
        Self(Zeroizing::new(value))
    }
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// The text of a file, without the line end.
    File(PathBuf),
    /// The value of an environment variable.
    Env(String),
}

/// Who else can read a secret's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Its owner alone.
    Owner,
    /// Its group.
    Group,
    /// Everybody on the machine.
    Everybody,
}

/// Why a secret cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The reference is not one.
    #[error("`{0}` does not say where the secret is. Write file:PATH or env:NAME; the secret itself never stands here")]
    Reference(String),
    /// The file cannot be read.
    #[error("the secret in {path} cannot be read: {why}. Put it there, readable by the user that runs jackfield")]
    File {
        /// The file.
        path: String,
        /// The system's words.
        why: String,
    },
    /// The variable is not set.
    #[error("the environment variable {0} is not set. Set it for the process that runs jackfield")]
    Env(String),
    /// There is nothing in it.
    #[error("{0} is empty. Put the secret there")]
    Empty(String),
    /// There is far too much in it.
    #[error("{0} holds more than 64 KiB. That is not a secret; check the path")]
    TooLarge(String),
    /// Others can read it and that is not borne.
    #[error("{path} can be read by {whom}. Run: chmod 600 {path}")]
    Exposed {
        /// The file.
        path: String,
        /// Who.
        whom: &'static str,
    },
}

const MOST: u64 = 64 << 10;

impl SecretRef {
    /// Reads a reference; a relative path counts from `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, SecretError> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(folder.join(path))),
            Some(("env", name)) if !name.is_empty() && !name.contains(['=', '\0']) => Ok(Self::Env(name.to_owned())),
            _ => Err(SecretError::Reference(masked(text))),
        }
    }

    /// Reads the value.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let value = match self {
            Self::File(path) => {
                let failed = |error: std::io::Error| SecretError::File {
                    path: self.to_string(),
                    why: error.to_string(),
                };
                if std::fs::metadata(path).map_err(failed)?.len() > MOST {
                    return Err(SecretError::TooLarge(self.to_string()));
                }
                std::fs::read(path).map_err(failed)?
            }
            Self::Env(name) => std::env::var_os(name)
                .ok_or_else(|| SecretError::Env(name.clone()))?
                .into_encoded_bytes(),
        };
        let mut value = Zeroizing::new(value);
        while matches!(value.last(), Some(b'\n' | b'\r')) {
            value.pop();
        }
        if value.is_empty() {
            return Err(SecretError::Empty(self.to_string()));
        }
        Ok(Secret(value))
    }

    /// Who else can read the file. A variable is its process's own.
    pub fn exposure(&self) -> Exposure {
        match self {
            Self::File(path) => exposure(path),
            Self::Env(_) => Exposure::Owner,
        }
    }

    /// Reads the value, unless others than the owner can too.
    pub fn read_private(&self) -> Result<Secret, SecretError> {
        let whom = match self.exposure() {
            Exposure::Owner => return self.read(),
            Exposure::Group => "its group",
            Exposure::Everybody => "everybody on this machine",
        };
        Err(SecretError::Exposed {
            path: self.to_string(),
            whom,
        })
    }
}

impl std::fmt::Display for SecretRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Env(name) => write!(f, "the environment variable {name}"),
        }
    }
}

#[cfg(unix)]
fn exposure(path: &Path) -> Exposure {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::metadata(path).map(|data| data.permissions().mode()) {
        Ok(mode) if mode & 0o004 != 0 => Exposure::Everybody,
        Ok(mode) if mode & 0o040 != 0 => Exposure::Group,
        _ => Exposure::Owner,
    }
}

#[cfg(not(unix))]
fn exposure(_: &Path) -> Exposure {
    Exposure::Owner
}

/// What was written where a reference should stand may be the secret itself: only its beginning is repeated.
fn masked(text: &str) -> String {
    let start: String = text.chars().take(4).collect();
    if start.len() == text.len() {
        start
    } else {
        format!("{start}…")
    }
}
