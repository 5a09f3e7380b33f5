//! The way to the collector. It is the engine's way to networks, with one grant: the collector's origin. So nothing
//! leaves the host but through the one egress policy, and the HTTP client stays the engine's.

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{Request, Response};
use jackfield_engine::egress::{self, Exit, Grants, SystemResolver, Tls, Used, Value};
use jackfield_engine::{Limits, Scrubber};
use opentelemetry_http::{HttpClient, HttpError};
use std::fmt;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A batch of spans is at most this large: 512 spans of about a kibibyte, ten times over.
const BATCH: usize = 8 << 20;

/// Sends batches to one origin.
pub(super) struct Collector {
    exit: Arc<Exit>,
    limits: Limits,
    /// The exporter has a thread of its own and no runtime.
    runtime: Handle,
}

impl Collector {
    pub(super) fn at(origin: &str) -> Result<Self, String> {
        let grants = Grants::parse(&[format!("private:{origin}")]).map_err(|error| error.to_string())?;
        let tls = Tls::new(&[])?;
        let scrub = Arc::new(Scrubber::new(&[]));
        Ok(Self {
            exit: Arc::new(Exit::new(grants, Vec::new(), scrub, Arc::new(SystemResolver), &tls)),
            limits: Limits {
                request_body: BATCH,
                bytes_out: 2 * BATCH as u64,
                ..Limits::channel()
            },
            runtime: Handle::current(),
        })
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector(..)")
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let plain = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
            let text = value.to_str().ok()?.to_owned();
            // How the body is carried is the engine's to say.
            (name != "content-length" && name != "host").then(|| (name.as_str().to_owned(), Value::Plain(text)))
        };
        let asked = egress::Request {
            method: request.method().as_str().to_owned(),
            url: request.uri().to_string(),
            headers: request.headers().iter().filter_map(plain).collect(),
            body: request.body().to_vec(),
            timeout: std::time::Duration::ZERO,
        };
        let (exit, limits) = (Arc::clone(&self.exit), self.limits.clone());
        let sent = self
            .runtime
            .spawn(async move { exit.send(asked, &limits, &mut Used::default()).await });
        let answer = sent
            .await?
            .map_err(|failure| format!("the collector was not reached: {failure:?}"))?;
        Ok(Response::builder()
            .status(answer.status)
            .body(Bytes::from(answer.body))?)
    }
}
