//! What the story needs around it: plugins, a server of mail, a collector of spans.

use crate::echo::Echo;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jackfield_tests::host::Folder;
use jackfield_tests::places::{dist, root};
use std::sync::{Arc, Mutex};

/// The plugins of the tests, with what they ask for here.
pub(crate) fn plugins(folder: &Folder) {
    let bundle = folder.path().join("bundle/plugins");
    let guests = root().join("tests/guests/dist");
    for (name, from) in [
        ("hostile", guests.join("hostile")),
        ("http-json", dist().join("plugins/http-json")),
    ] {
        std::fs::create_dir_all(bundle.join(name)).unwrap();
        for file in ["plugin.toml", "plugin.wasm"] {
            std::fs::copy(from.join(file), bundle.join(name).join(file)).unwrap();
        }
    }
    let manifest = bundle.join("hostile/plugin.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let text = text.replace(
        "[egress]",
        "[[secret]]\nname = \"odd\"\nmeaning = \"Another one.\"\n\n[egress]",
    );
    std::fs::write(manifest, text).unwrap();
}

/// A server for `localhost` that speaks TLS from the first byte; its port, and who signed for it, as PEM.
pub(crate) async fn mail(echo: &Echo) -> (String, String) {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let of_server = CertificateParams::new(["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![of_server.der().clone()], key.into())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let echo = echo.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, echo) = (acceptor.clone(), echo.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    echo.say(stream).await;
                }
            });
        }
    });
    let pem = BASE64_STANDARD.encode(root.der());
    (
        port.to_string(),
        format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n"),
    )
}

/// Takes what is sent to it, whatever it is.
pub(crate) async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken: Arc<Mutex<Vec<u8>>> = Arc::default();
    let keeps = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let keeps = Arc::clone(&keeps);
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                loop {
                    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
                    let length = head.and_then(|head| {
                        let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
                        let length = text
                            .split("content-length: ")
                            .nth(1)?
                            .split("\r\n")
                            .next()?
                            .parse()
                            .ok();
                        Some(head + length.unwrap_or(0_usize))
                    });
                    if let Some(length) = length.filter(|length| bytes.len() >= *length) {
                        keeps.lock().unwrap().extend(bytes.drain(..length));
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                        if stream.write_all(answer).await.is_err() {
                            return;
                        }
                    } else if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
            });
        }
    });
    (url, taken)
}
