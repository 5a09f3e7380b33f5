//! The rule by which a bad upgrade is taken back.
//!
//! For ten minutes after an upgrade, the first line that its breaker sets aside for the new version's breakdowns (three in
//! a row) brings the version before back, for every line. Ten minutes are 120 polls of a line with the usual interval:
//! whatever breaks on ordinary traffic breaks in them. What breaks later is as likely the network's news as the plugin's,
//! and an operator decides. Trouble of the network or of a credential never counts: no version mends it.

use super::{By, Registry};
use jackfield_protocol::{ConnectionId, Millis, PluginAction, PluginInstall};

/// How long an upgrade is watched.
pub const WATCH: Millis = 600_000;

/// Whether a breakdown of this revision at this time takes the upgrade back.
pub fn watched(install: &PluginInstall, revision: u64, now: Millis) -> bool {
    install.revision == revision
        && install.previous.is_some()
        && install.watched_until.is_some_and(|until| now <= until)
}

impl Registry {
    /// A line was set aside because this revision of a plugin broke.
    pub async fn broke(&self, plugin: &str, revision: u64, line: &ConnectionId, why: &str) {
        let installs = match self.store.plugin_installs().await {
            Ok(installs) => installs,
            Err(error) => return tracing::warn!(%error, "what is installed could not be read"),
        };
        let watched = installs
            .iter()
            .any(|install| install.name == plugin && watched(install, revision, self.now_ms()));
        if !watched {
            return;
        }
        let by = By {
            who: "the host".to_owned(),
            approve: None,
        };
        let short: String = why.chars().take(300).collect();
        let why = format!("the line {line} was set aside within 10 minutes of the upgrade: {short}");
        match self.back(plugin, &by, PluginAction::AutoRollback, &why).await {
            Ok(done) => tracing::error!(plugin, version = done.deed.version, why, "the upgrade was taken back"),
            Err(error) => tracing::error!(plugin, %error, "the upgrade broke and could not be taken back"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_protocol::PluginVersion;

    #[test]
    fn only_a_fresh_upgrade_that_is_still_in_place_is_taken_back() {
        let version = |version: &str| PluginVersion {
            version: version.to_owned(),
            digest: String::new(),
            file: None,
            signer: None,
        };
        let install = PluginInstall {
            name: "poster".to_owned(),
            current: version("0.2.0"),
            previous: Some(version("0.1.0")),
            watched_until: Some(1_000),
            candidate: None,
            revision: 4,
        };
        assert!(watched(&install, 4, 1_000));
        assert!(!watched(&install, 4, 1_001), "later an operator decides");
        assert!(!watched(&install, 3, 500), "the version before broke, not this one");
        let alone = PluginInstall {
            previous: None,
            ..install.clone()
        };
        assert!(!watched(&alone, 4, 500));
        let taken_back = PluginInstall {
            watched_until: None,
            ..install
        };
        assert!(!watched(&taken_back, 4, 500));
    }
}
