//! What the settings of a new line name and nobody granted, host or stream: the first call would say so, and sooner is
//! kinder.

use jackfield_engine::Manifest;
use jackfield_engine::egress::{Denied, Destination, Grants, Scheme, policy};
use jackfield_protocol::ConnectionRecord;

/// In words, with the grant that is missing.
pub(super) fn first(manifest: &Manifest, record: &ConnectionRecord) -> Option<String> {
    let settings: serde_json::Value = serde_json::from_str(&record.settings).ok()?;
    let grants = Grants::parse(&record.hosts).ok()?;
    let text = |field: &String| settings.get(field).and_then(serde_json::Value::as_str);
    let streams = manifest.streams_from_settings.iter();
    let stream = streams
        .filter_map(|field| Some((field, text(field)?)))
        .find_map(|(field, place)| {
            let denied = stream(place, &grants)?;
            Some(format!(
                "the setting `{field}`: {denied}. Streams are granted with --grant tls://{place}"
            ))
        });
    let hosts = manifest.hosts_from_settings.iter();
    let host = || {
        hosts
            .filter_map(|field| Some((field, text(field)?)))
            .find_map(|(field, url)| {
                let denied = policy::check(url, &grants).and_then(|there| reached(&there)).err()?;
                Some(format!(
                    "the setting `{field}`: {denied}. Hosts are granted with --grant HOST"
                ))
            })
    };
    stream.or_else(host)
}

/// Why there is no stream to this place; none where one is granted, in the clear or not.
fn stream(place: &str, grants: &Grants) -> Option<String> {
    let Some((host, Ok(port))) = place.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>())) else {
        return Some(format!("{place:?} has no port; write it as host:port"));
    };
    let to = |scheme| policy::check_stream(host, port, scheme, grants).and_then(|there| reached(&there));
    match (to(Scheme::Tls), to(Scheme::Tcp)) {
        (Ok(()), _) | (_, Ok(())) => None,
        (Err(denied), _) => Some(denied.to_string()),
    }
}

/// An address needs no name server: whether it may be dialled is known now.
fn reached(there: &Destination) -> Result<(), Denied> {
    there
        .origin
        .literal()
        .map_or(Ok(()), |address| there.pin(&[address]).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(setting: &str, grants: &[&str]) -> Option<String> {
        let manifest = "name = \"irc\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"x\"\n[stream]\nfrom-settings = [\"server\"]\n[egress]\nfrom-settings = [\"pages\"]\n";
        let record = ConnectionRecord {
            id: "main".into(),
            workspace: "demo".into(),
            brand: "northwind".into(),
            plugin: "irc".to_owned(),
            name: "main".to_owned(),
            settings: setting.to_owned(),
            hosts: grants.iter().map(|grant| (*grant).to_owned()).collect(),
            secrets: Vec::new(),
            paused: false,
            touched_at: 0,
            closing: false,
        };
        first(&Manifest::parse(manifest).unwrap(), &record)
    }

    #[test]
    fn a_stream_that_nobody_granted_is_refused_with_the_grant_that_is_missing() {
        let irc = r#"{"server":"irc.example:6697"}"#;
        for grants in [
            &[][..],
            &["irc.example:6697"],
            &["tls://irc.example:6698"],
            &["tls://other.example:6697"],
        ] {
            let told = said(irc, grants).unwrap();
            assert!(
                told.contains("`server`") && told.contains("--grant tls://irc.example:6697"),
                "{grants:?}: {told}"
            );
        }
        for grant in ["tls://irc.example:6697", "tcp://irc.example:6697"] {
            assert_eq!(said(irc, &[grant]), None, "{grant}");
        }
        let here = r#"{"server":"127.0.0.1:6697"}"#;
        assert!(
            said(here, &["tls://127.0.0.1:6697"]).is_some(),
            "a private address is granted by that word"
        );
        assert_eq!(said(here, &["private:tls://127.0.0.1:6697"]), None);
        assert!(
            said(r#"{"server":"irc.example"}"#, &["tls://irc.example:6697"])
                .unwrap()
                .contains("no port")
        );
    }

    #[test]
    fn a_host_that_nobody_granted_is_refused_as_before() {
        let pages = r#"{"pages":"https://pages.example/x"}"#;
        assert!(said(pages, &["https://other.example"]).unwrap().contains("`pages`"));
        assert_eq!(said(pages, &["https://pages.example"]), None);
    }
}
