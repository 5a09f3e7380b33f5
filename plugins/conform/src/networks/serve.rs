//! A network that listens.

use super::{Answered, Asked, Network, answer};
use crate::clock::now_ms;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A message of the kit may have 1 MB, and JSON makes it longer.
const MOST_BYTES: usize = 16 << 20;

/// Serves a network on a loopback address; the address, and the task to end.
pub async fn serve(mut network: Box<dyn Network>, listen: SocketAddr) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    if !listen.ip().is_loopback() {
        let words = format!("{listen} is no loopback address: a stand-in listens on 127.0.0.1 or ::1 only");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, words));
    }
    let listener = TcpListener::bind(listen).await?;
    let addr = listener.local_addr()?;
    network.lives_at(&format!("http://{addr}"));
    let network = Arc::new(Mutex::new(network));
    let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let network = network.clone();
        async move {
            let asked = read(&method, &uri, &headers, &body);
            let mut network = network.lock().unwrap_or_else(PoisonError::into_inner);
            written(answer(network.as_mut(), &asked, now_ms()))
        }
    };
    let app = Router::new()
        .fallback(handler)
        .layer(axum::extract::DefaultBodyLimit::max(MOST_BYTES));
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(%error, "the stand-in stopped listening");
        }
    });
    Ok((addr, task))
}

fn read(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Asked {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    Asked {
        headers: headers.collect(),
        body: body.to_vec(),
        ..Asked::new(method.as_str(), target)
    }
}

fn written(answered: Answered) -> Response {
    let mut response = Response::builder().status(answered.status);
    for (name, value) in &answered.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answered.body)).unwrap_or_else(|_| {
        let mut broken = Response::new(Body::empty());
        *broken.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
