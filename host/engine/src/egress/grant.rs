//! The grammar of a grant: where a connection may talk to, as an operator writes it.
//!
//! | written | means |
//! |---|---|
//! | `example.org` | `https` on 443 |
//! | `example.org:8443` | `https` on that port |
//! | `https://example.org[:port]` | the same, spelled out |
//! | `http://example.org[:port]` | plain `http`, only because it is written |
//! | `*.example.org` | `https` on 443 to every name below it, not to `example.org` itself |
//! | `tls://example.org:993` | an encrypted stream (import `stream`) to that port, also one that begins in the clear |
//! | `tcp://example.org:6667` | a stream without encryption, only because it is written |
//! | `private:` before any of these but `*.` | the host may resolve to private and loopback addresses |
//!
//! An empty list denies everything. There is no form that grants everything, none that grants a path (this is a
//! policy of hosts, not of URLs), and no wildcard inside a label, where `*foo.org` would also be `evilfoo.org`.

use std::{fmt, net::IpAddr, str::FromStr};
use url::{Host, Url};

/// The scheme of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// Plain.
    Http,
    /// TLS.
    Https,
    /// A stream with TLS.
    Tls,
    /// A stream without.
    Tcp,
}

impl Scheme {
    /// As a URL writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Tls => "tls",
            Self::Tcp => "tcp",
        }
    }

    /// The port that a URL leaves out. A stream's port is never left out.
    pub fn default_port(self) -> Option<u16> {
        match self {
            Self::Http => Some(80),
            Self::Https => Some(443),
            Self::Tls | Self::Tcp => None,
        }
    }
}

/// A destination in canonical form: the host lower case, without a trailing dot, an address as one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The scheme.
    pub scheme: Scheme,
    /// The name, or the address (IPv6 without brackets).
    pub host: String,
    /// The port, never left out.
    pub port: u16,
}

impl Origin {
    /// The address, where the host is written as one.
    pub fn literal(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme.as_str())?;
        write_host(f, &self.host)?;
        if Some(self.port) != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

fn write_host(f: &mut fmt::Formatter<'_>, host: &str) -> fmt::Result {
    if host.contains(':') {
        write!(f, "[{host}]")
    } else {
        f.write_str(host)
    }
}

/// One line of the list. Shows as it is best written, and parses back to itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    origin: Origin,
    subdomains: bool,
    private: bool,
}

/// Why a grant is not taken: what was written, what is wrong, what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the grant {written:?} {wrong}; {repair}")]
pub struct GrantError {
    written: String,
    wrong: &'static str,
    repair: String,
}

impl Grant {
    /// Whether this grant is for `origin`.
    pub fn covers(&self, origin: &Origin) -> bool {
        if self.origin.scheme != origin.scheme || self.origin.port != origin.port {
            return false;
        }
        if self.subdomains {
            origin.literal().is_none()
                && origin
                    .host
                    .strip_suffix(&self.origin.host)
                    .and_then(|rest| rest.strip_suffix('.'))
                    .is_some_and(|label| !label.is_empty())
        } else {
            self.origin.host == origin.host
        }
    }

    /// Whether the host may resolve to private and loopback addresses.
    pub fn allows_private(&self) -> bool {
        self.private
    }

    /// Whether it is for a stream, and not for requests.
    pub fn is_stream(&self) -> bool {
        matches!(self.origin.scheme, Scheme::Tls | Scheme::Tcp)
    }

    /// The grant for one destination, as an operator would write it.
    pub fn for_origin(origin: Origin, private: bool) -> Self {
        Self {
            origin,
            subdomains: false,
            private,
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.private {
            f.write_str("private:")?;
        }
        match (self.subdomains, self.origin.scheme) {
            (true, _) => write!(f, "*.{}", self.origin.host),
            (false, Scheme::Http | Scheme::Tls | Scheme::Tcp) => write!(f, "{}", self.origin),
            (false, Scheme::Https) => {
                // A host of this name alone would be read as the mark.
                if self.origin.host == "private" {
                    f.write_str("https://")?;
                }
                write_host(f, &self.origin.host)?;
                if self.origin.port == 443 {
                    Ok(())
                } else {
                    write!(f, ":{}", self.origin.port)
                }
            }
        }
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(written: &str) -> Result<Self, GrantError> {
        let error = |wrong, repair: &str| GrantError {
            written: written.to_owned(),
            wrong,
            repair: repair.to_owned(),
        };
        let (private, rest) = match private(written) {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        if rest.is_empty() {
            return Err(error("names no host", "write a host, such as `example.org`"));
        }
        if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(error("has a space or a control character", "write one host per grant"));
        }
        if rest.contains('@') {
            return Err(error(
                "has user information",
                "write the host alone; a credential is a secret of the connection",
            ));
        }
        let (scheme, host_port) = match rest.split_once("://") {
            None => (Scheme::Https, rest),
            Some((scheme, host)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, host),
            Some((scheme, host)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Http, host),
            Some((scheme, host)) if scheme.eq_ignore_ascii_case("tls") => (Scheme::Tls, host),
            Some((scheme, host)) if scheme.eq_ignore_ascii_case("tcp") => (Scheme::Tcp, host),
            Some(_) => {
                return Err(error(
                    "has a scheme that is not http, https, tls or tcp",
                    "write `https://` or `http://`, or none; a stream is `tls://host:port`",
                ));
            }
        };
        if let Some(at) = host_port.find(['/', '\\', '?', '#']) {
            let host = host_port.get(..at).unwrap_or_default();
            let prefix = match scheme {
                Scheme::Https => "",
                Scheme::Http => "http://",
                Scheme::Tls => "tls://",
                Scheme::Tcp => "tcp://",
            };
            return Err(error(
                "has a path or a query",
                &format!("grants are for whole hosts: write `{prefix}{host}`"),
            ));
        }
        let (subdomains, host_port) = match host_port.strip_prefix("*.") {
            Some(base) => (true, base),
            None => (false, host_port),
        };
        if host_port.contains('*') {
            return Err(error(
                "has a `*` that does not stand for whole labels at the start",
                "write `*.example.org`, or the host in full",
            ));
        }
        if subdomains && (scheme != Scheme::Https || host_port.contains(':') || private) {
            return Err(error(
                "joins `*.` with a scheme, a port or `private:`",
                "write those hosts one by one",
            ));
        }
        // The same parser as the one that reads the plugin's URLs, so that both sides have one spelling.
        let read_as = if scheme == Scheme::Http { "http" } else { "https" };
        let url = Url::parse(&format!("{read_as}://{host_port}/")).map_err(|_| {
            error(
                "is no host that a URL could name",
                "write a host, such as `example.org` or `[2001:db8::1]:8443`",
            )
        })?;
        let mut origin =
            origin_of(&url).ok_or_else(|| error("names no host", "write a host, such as `example.org`"))?;
        // Its wide form becomes one only when the parser has read it.
        if origin.host.contains('*') {
            return Err(error(
                "has a `*` that does not stand for whole labels at the start",
                "write `*.example.org`, or the host in full",
            ));
        }
        if scheme.default_port().is_none() {
            // The parser leaves 443 out; a stream's port is written in any case.
            if url.port().is_none() && !host_port.trim_end_matches('/').ends_with(":443") {
                return Err(error(
                    "is a stream without a port",
                    &format!(
                        "write `{}://{}:993`, with the port that is meant",
                        scheme.as_str(),
                        origin.host
                    ),
                ));
            }
            origin.scheme = scheme;
        }
        if subdomains && (origin.literal().is_some() || !origin.host.contains('.')) {
            return Err(error(
                "grants everything below a top-level domain or an address",
                "write at least two labels: `*.example.org`",
            ));
        }
        Ok(Self {
            origin,
            subdomains,
            private,
        })
    }
}

/// What follows `private:`, in whatever case it is written: a host cannot be called so, or it would be read as the mark
/// when its grant is written down and read again.
pub(crate) fn private(written: &str) -> Option<&str> {
    let (mark, rest) = written.split_at_checked("private:".len())?;
    mark.eq_ignore_ascii_case("private:").then_some(rest)
}

/// The canonical destination of a parsed `http` or `https` URL.
pub(crate) fn origin_of(url: &Url) -> Option<Origin> {
    let scheme = match url.scheme() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let host = match url.host()? {
        Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    // `example.org` and `example.org.` are one host; a second dot makes a name that no name server has.
    if host.is_empty() || host.split('.').any(str::is_empty) {
        return None;
    }
    Some(Origin {
        scheme,
        host,
        port: url.port_or_known_default()?,
    })
}

/// What one connection may talk to. Empty denies everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants(Vec<Grant>);

impl Grants {
    /// Reads a list, one grant per item.
    pub fn parse<S: AsRef<str>>(lines: &[S]) -> Result<Self, GrantError> {
        lines
            .iter()
            .map(|line| line.as_ref().parse())
            .collect::<Result<Vec<Grant>, _>>()
            .map(Self)
    }

    /// The grant for `origin`, the one with `private:` first where two cover it.
    pub fn find(&self, origin: &Origin) -> Option<&Grant> {
        let mut covering = self.0.iter().filter(|grant| grant.covers(origin));
        let first = covering.next()?;
        if first.allows_private() {
            Some(first)
        } else {
            covering.find(|grant| grant.allows_private()).or(Some(first))
        }
    }

    /// The list.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }

    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        Self(grants.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_grammar_shows_as_it_is_best_written() {
        for (written, shown) in [
            ("example.org", "example.org"),
            ("EXAMPLE.org.", "example.org"),
            ("example.org:8443", "example.org:8443"),
            ("https://example.org", "example.org"),
            ("https://example.org:443", "example.org"),
            ("http://example.org", "http://example.org"),
            ("http://example.org:3000", "http://example.org:3000"),
            ("*.example.org", "*.example.org"),
            ("private:forum.intern", "private:forum.intern"),
            ("PRIvate:forum.intern", "private:forum.intern"),
            ("https://private:25", "https://private:25"),
            ("private:http://127.0.0.1:3100", "private:http://127.0.0.1:3100"),
            ("private:http://0x7f.1:3100", "private:http://127.0.0.1:3100"),
            ("[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("tls://IMAP.example.org:993", "tls://imap.example.org:993"),
            ("tls://imap.example.org:443", "tls://imap.example.org:443"),
            ("private:tls://[::1]:993", "private:tls://[::1]:993"),
            ("tcp://irc.example.org:6667", "tcp://irc.example.org:6667"),
        ] {
            let grant: Grant = written.parse().unwrap();
            assert_eq!(grant.to_string(), shown);
            assert_eq!(shown.parse::<Grant>().unwrap(), grant, "{shown} parses back");
        }
    }

    #[test]
    fn what_is_not_in_the_grammar_is_refused_with_a_repair() {
        for (written, word) in [
            ("", "host"),
            ("private:", "host"),
            ("*", "*.example.org"),
            ("*foo.org", "*.example.org"),
            ("foo.*.org", "*.example.org"),
            ("*.org", "two labels"),
            ("*.example.org:8443", "one by one"),
            ("http://*.example.org", "one by one"),
            ("private:*.example.org", "one by one"),
            ("https://example.org/path", "`example.org`"),
            ("http://example.org/path", "`http://example.org`"),
            ("example.org?x", "whole hosts"),
            ("user:pw@example.org", "secret"),
            ("ftp://example.org", "https://"),
            ("tls://imap.example.org", "with the port"),
            ("tcp://irc.example.org:80/x", "`tcp://irc.example.org:80`"),
            ("tls://*.example.org:993", "one by one"),
            ("two hosts", "one host"),
            ("example.org:99999", "URL"),
            ("example.org..", "names no host"),
            ("a..example.org", "names no host"),
            ("exa mple.org", "one host"),
            ("*.127.0.0.1", "two labels"),
        ] {
            let error = written.parse::<Grant>().unwrap_err().to_string();
            assert!(error.contains(word), "{written}: {error}");
        }
    }
}
