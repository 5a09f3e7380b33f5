//! A list that cannot be read, among others that can: named with its address, and no reason to leave the others alone.

use crate::net::Net;
use jackfield_sdk::channel::Trouble;

/// The trouble of one list.
#[derive(Debug)]
pub(crate) struct Broken {
    /// `poll.NAME`, as the mapping has it.
    pub(crate) section: String,
    /// What was asked; empty where nothing could be.
    pub(crate) url: String,
    pub(crate) trouble: Trouble,
}

impl Broken {
    /// Whether the network wants to be left alone, whichever list is asked for.
    pub(crate) fn is_for_all(&self) -> bool {
        matches!(self.trouble, Trouble::Later(Some(_)))
    }

    /// In words, with the name and the address.
    fn words(&self) -> String {
        let words = match &self.trouble {
            Trouble::Later(_) => "it gives no answer, or asks to be asked later".to_owned(),
            Trouble::Credential(words) | Trouble::Refused(words) | Trouble::Unexpected(words) => words.clone(),
        };
        let place = if words.contains(&self.section) {
            String::new()
        } else {
            format!("`{}`: ", self.section)
        };
        if self.url.is_empty() || words.contains(&self.url) {
            format!("{place}{words}")
        } else {
            format!("{place}{}: {words}", self.url)
        }
    }
}

/// What is told of the lists that failed, `worked` of them having answered. Where one did, the network is there and the
/// credential is good: the trouble is the list's own, and the line is not stopped for it.
pub(crate) fn told(net: &Net<'_>, broken: &[Broken], worked: usize) -> Trouble {
    let words: Vec<_> = broken.iter().map(Broken::words).collect();
    let words = words.join(" ");
    let first = broken.iter().find(|one| one.is_for_all()).or(broken.first());
    match first.map(|one| &one.trouble) {
        Some(Trouble::Later(Some(ms))) => Trouble::Later(Some(*ms)),
        Some(Trouble::Later(None)) if worked == 0 => Trouble::Later(None),
        Some(Trouble::Credential(_)) if worked == 0 => Trouble::Credential(words),
        Some(Trouble::Refused(_)) if worked == 0 => Trouble::Refused(words),
        _ if worked == 0 => Trouble::Unexpected(words),
        _ => Trouble::Unexpected(format!(
            "{words} The other lists of {} are read. Mend the mapping: jackfield connection remap LINE --mapping FILE.",
            net.setup.mapping.name
        )),
    }
}
