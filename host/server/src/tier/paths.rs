//! The files that the plugin tier may read: what says how names resolve, and whose certificates are believed. Nothing in
//! it is secret; every program of the machine may read them.

use std::path::PathBuf;

/// Names: the resolver's configuration, and the libraries that it may load for it.
const NAMES: [&str; 12] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ld.so.cache",
    "/run/systemd/resolve",
    "/lib",
    "/lib64",
    "/usr/lib",
];
/// Certificates, as the distributions keep them; beside them on some lie private keys, so no whole `/etc/ssl`.
const CERTIFICATES: [&str; 9] = [
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/ca-trust/extracted",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

/// All of them, and what the environment says of certificates.
pub(super) fn read() -> Vec<PathBuf> {
    let told = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter_map(std::env::var_os);
    let told = told.flat_map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>());
    NAMES
        .into_iter()
        .chain(CERTIFICATES)
        .map(PathBuf::from)
        .chain(told)
        .collect()
}
