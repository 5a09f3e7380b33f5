//! `[plugins] tier`, `confine`: where plugins run, and what the kernel has to hold.

use std::fmt;

/// Where plugins run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TierForm {
    /// In the host's own process.
    #[default]
    Inside,
    /// In a process of their own, without the host's files, keys and database.
    Process,
}

/// Whether a host works where the kernel cannot hold a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confine {
    /// It says so once and goes on with what there is.
    #[default]
    Able,
    /// It does not start.
    Required,
}

impl TierForm {
    pub(super) fn parse(word: &str) -> Result<Self, String> {
        match word {
            "inside" => Ok(Self::Inside),
            "process" => Ok(Self::Process),
            other => Err(format!(
                "`{other}` is no place for plugins. Write \"process\" (a process of their own) or \"inside\" (the host's)"
            )),
        }
    }
}

impl fmt::Display for TierForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inside => "inside",
            Self::Process => "process",
        })
    }
}

impl Confine {
    pub(super) fn parse(word: &str) -> Result<Self, String> {
        match word {
            "able" => Ok(Self::Able),
            "required" => Ok(Self::Required),
            other => Err(format!(
                "`{other}` is no way to confine. Write \"required\" (no start without landlock and seccomp) or \"able\" (what the kernel can)"
            )),
        }
    }
}
