//! Clients that can dial nothing but the addresses that were checked.
//!
//! The usual hole is between the check and the dial: the client resolves the name a second time and gets another
//! answer. Here a client is made for one destination and one set of checked addresses; its resolver knows that name
//! and those addresses and refuses all else. When the name server's answer changes, it is another client, and the
//! connections of the old one are closed with it. Clients, and so pooled connections and TLS sessions, belong to one
//! connection of the host and are never shared.

use super::{Origin, tls::Tls};
use reqwest::{Client, dns, redirect, retry};
use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Destinations kept warm by one connection; a connector talks to one or two.
const WARM: usize = 4;
/// A dial that takes longer than this will not become useful; the exchange has 10 s.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// Servers close idle connections after a minute or so; closing first avoids the race.
const IDLE: Duration = Duration::from_secs(45);
/// More header bytes than any network sends, and few enough to hold.
const MAX_HEADERS: u32 = 64 * 1024;

/// The clients of one connection.
pub(crate) struct Dialler {
    tls: rustls::ClientConfig,
    warm: Mutex<Vec<Warm>>,
}

struct Warm {
    origin: Origin,
    pinned: Vec<SocketAddr>,
    client: Client,
}

impl Dialler {
    pub(crate) fn new(tls: &Tls) -> Self {
        Self {
            tls: tls.for_connection(),
            warm: Mutex::new(Vec::new()),
        }
    }

    /// For a stream: it speaks no HTTP.
    pub(super) fn stream_tls(&self) -> rustls::ClientConfig {
        let mut tls = self.tls.clone();
        tls.alpn_protocols.clear();
        tls
    }

    /// A client that dials `pinned` and nothing else.
    pub(crate) fn client(&self, origin: &Origin, pinned: &[SocketAddr]) -> Result<Client, String> {
        let mut pinned = pinned.to_vec();
        pinned.sort_unstable();
        pinned.dedup();
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = warm.iter().position(|w| w.origin == *origin && w.pinned == pinned) {
            // Most recently used last.
            let found = warm.remove(at);
            let client = found.client.clone();
            warm.push(found);
            return Ok(client);
        }
        let client = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .dns_resolver(Refuse)
            .resolve_to_addrs(&origin.host, &pinned)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(2)
            .http2_max_header_list_size(MAX_HEADERS)
            .build()
            .map_err(|error| format!("no client for {origin}: {error}"))?;
        warm.retain(|w| w.origin != *origin);
        if warm.len() >= WARM {
            warm.remove(0);
        }
        warm.push(Warm {
            origin: origin.clone(),
            pinned,
            client: client.clone(),
        });
        Ok(client)
    }
}

/// The resolver behind the pinned names: it is never asked while the policy works, and answers no when it is.
struct Refuse;

impl dns::Resolve for Refuse {
    fn resolve(&self, _name: dns::Name) -> dns::Resolving {
        Box::pin(async { Err("this name was not checked".into()) })
    }
}
