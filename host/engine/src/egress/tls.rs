//! The TLS configuration: ring, the machine's roots read once, HTTP/2 and HTTP/1.1.

use rustls::{ClientConfig, RootCertStore, client::Resumption, crypto::ring, pki_types::CertificateDer};
use std::sync::Arc;

/// Sessions kept for resumption by one connection: it talks to a handful of hosts.
const SESSIONS: usize = 8;

/// What all connections share: the roots and the ciphers.
#[derive(Clone)]
pub struct Tls {
    base: ClientConfig,
    roots: usize,
}

impl Tls {
    /// Reads the roots of the machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured) and adds `extra`: the
    /// authority of a company that signs its own. A root that cannot be read is left out.
    pub fn new(extra: &[CertificateDer<'static>]) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let native = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(native.certs);
        roots.add_parsable_certificates(extra.iter().cloned());
        let count = roots.len();
        let mut base = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        base.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { base, roots: count })
    }

    /// Without a root no certificate is believed; `doctor` says so.
    pub fn roots(&self) -> usize {
        self.roots
    }

    /// A configuration with a session cache of its own, so that no two connections share one.
    pub(crate) fn for_connection(&self) -> ClientConfig {
        let mut config = self.base.clone();
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        config
    }
}
