//! The policy itself, as two pure questions: is this URL granted, and are these answers of the name server fit to be
//! dialled? The exchange asks both, in this order, for the first URL and again for every redirect.

use super::{
    Grants, Origin, Scheme,
    address::{Reach, reach},
    grant::origin_of,
};
use std::net::{IpAddr, SocketAddr};
use url::Url;

/// Longer URLs are cut by servers anyhow.
const MAX_URL: usize = 8 * 1024;

/// The longest name there is has 253 characters (RFC 1035), and one dot at its end.
const MAX_HOST: usize = 254;

/// Why a request does not go out. The texts are for the plugin's author and the operator; they name hosts, never
/// addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Not without a grant; the text says which.
    #[error("{0}")]
    NotGranted(String),
    /// The request itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// The name has no address.
    #[error("{0}")]
    Unreachable(String),
}

/// A destination that is granted, in canonical form. Not yet dialled: its addresses must be pinned first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The URL as it will be asked: canonical host, no fragment.
    pub url: Url,
    /// Where it goes.
    pub origin: Origin,
    private: bool,
}

/// Reads `url` as the client that dials it will (WHATWG), and asks whether it is granted.
pub fn check(url: &str, grants: &Grants) -> Result<Destination, Denied> {
    if url.len() > MAX_URL {
        return Err(Denied::Invalid(format!("the URL is longer than {MAX_URL} bytes")));
    }
    let url = Url::parse(url).map_err(|error| Denied::Invalid(format!("this is no URL: {error}")))?;
    check_parsed(url, grants)
}

/// The same for a URL that is parsed already: a redirect's target, joined to the URL it came from.
pub fn check_parsed(mut url: Url, grants: &Grants) -> Result<Destination, Denied> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Denied::Invalid(
            "the URL holds user information; a credential is a secret of the connection".to_owned(),
        ));
    }
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme();
        return Err(Denied::Invalid(format!(
            "`{scheme}:` is not asked; only http and https are"
        )));
    }
    let nameless = || Denied::Invalid("the URL names no host, or one with an empty part between two dots".to_owned());
    let origin = origin_of(&url).ok_or_else(nameless)?;
    let Some(grant) = grants.find(&origin) else {
        return Err(Denied::NotGranted(not_granted(&origin, grants)));
    };
    url.set_fragment(None);
    // One spelling on the wire too: a trailing dot would change Host and the name in the TLS hello.
    if origin.literal().is_none() && url.set_host(Some(&origin.host)).is_err() {
        return Err(Denied::Invalid(format!("{} is no host that can be asked", origin.host)));
    }
    Ok(Destination {
        url,
        private: grant.allows_private(),
        origin,
    })
}

/// The same for a stream: `host` is a name or an address, written as in a URL or (IPv6) without brackets.
pub fn check_stream(host: &str, port: u16, scheme: Scheme, grants: &Grants) -> Result<Destination, Denied> {
    let invalid =
        || Denied::Invalid("the host must be a name or an address, without a scheme, a port or a path".to_owned());
    if host.is_empty() || host.len() > MAX_HOST || port == 0 {
        return Err(invalid());
    }
    let written = match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_owned(),
    };
    if written.contains(['/', '\\', '?', '#', '@']) || (written.contains(':') && !written.starts_with('[')) {
        return Err(invalid());
    }
    // Read by the same parser as grants are, so that both sides have one spelling.
    let url = Url::parse(&format!("https://{written}:{port}/")).map_err(|_| invalid())?;
    let mut origin = origin_of(&url).ok_or_else(invalid)?;
    origin.scheme = scheme;
    let Some(grant) = grants.find(&origin) else {
        return Err(Denied::NotGranted(not_granted(&origin, grants)));
    };
    Ok(Destination {
        url,
        private: grant.allows_private(),
        origin,
    })
}

fn not_granted(origin: &Origin, grants: &Grants) -> String {
    let wanted = super::Grant::for_origin(origin.clone(), false);
    if grants.is_empty() {
        format!("this connection may talk to no host; an operator who means {origin} grants `{wanted}`")
    } else {
        format!("this connection may not talk to {origin}; an operator who means it grants `{wanted}`")
    }
}

impl Destination {
    /// Checks every answer of the name server, and gives what may be dialled: all of them, or none. One answer that
    /// is not fit spoils the rest, because which one a client takes is up to chance.
    pub fn pin(&self, answers: &[IpAddr]) -> Result<Vec<SocketAddr>, Denied> {
        let host = &self.origin.host;
        if answers.is_empty() {
            return Err(Denied::Unreachable(format!("{host} has no address")));
        }
        let mut kinds = answers.iter().map(|address| reach(*address));
        if let Some(word) = kinds.find_map(|kind| {
            if let Reach::Never(word) = kind {
                Some(word)
            } else {
                None
            }
        }) {
            return Err(Denied::NotGranted(format!(
                "{host} leads to {word}, which no grant opens"
            )));
        }
        let private = answers.iter().find_map(|address| match reach(*address) {
            Reach::Private(word) => Some(word),
            _ => None,
        });
        let public = answers.iter().any(|address| reach(*address) == Reach::Public);
        match (private, public) {
            (Some(_), true) => Err(Denied::NotGranted(format!(
                "{host} leads to public and private addresses at the same time, which is refused whatever is granted"
            ))),
            (Some(word), false) if !self.private => {
                let wanted = super::Grant::for_origin(self.origin.clone(), true);
                Err(Denied::NotGranted(format!(
                    "{host} leads to {word}; an operator who means that host grants `{wanted}`"
                )))
            }
            _ => Ok(answers
                .iter()
                .map(|address| SocketAddr::new(*address, self.origin.port))
                .collect()),
        }
    }
}
