//! Files for browsers: the panel's shell and program, the frame page, and in the demo the pages around it.
//!
//! Panel files are for every page of the world and hold nothing of anybody: any origin may load them. The frame page may
//! be framed by the pages of the issuers only. Everything compressed was compressed by the build; nothing is at run time.

use crate::auth::{Keyring, Wish};
use crate::bundle::Bundle;
use crate::clock::Clock;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jackfield_protocol::Problem;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The policy of the demo pages: what a careful administrator would send.
pub const DEMO_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; frame-ancestors 'none'";

/// Life of a token of the demo, seconds: short, so that its renewal is seen at work.
const DEMO_TOKEN: i64 = 900;

/// What pages are made of.
pub struct Pages {
    /// The files.
    pub bundle: Bundle,
    /// The policy of the frame page.
    frame_policy: String,
}

impl Pages {
    /// Pages that the issuers' origins may frame.
    pub fn new(bundle: Bundle, keyring: &Keyring) -> Self {
        let mut ancestors: Vec<&str> = keyring.origins().collect();
        ancestors.sort_unstable();
        ancestors.dedup();
        let ancestors = if ancestors.is_empty() {
            "'none'".to_owned()
        } else {
            ancestors.join(" ")
        };
        let frame_policy = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'; require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
        );
        Self { bundle, frame_policy }
    }
}

/// The panel's files and the frame page.
pub fn panel(pages: Arc<Pages>) -> Router {
    Router::new()
        .route("/jackfield.js", get(shell))
        .route("/panel/{name}", get(program))
        .route("/embed", get(frame))
        .with_state(pages)
}

async fn shell(State(pages): State<Arc<Pages>>, headers: HeaderMap) -> Response {
    // The one name that pages write: short-lived in caches, so that a new version reaches them within minutes.
    open(file(
        &pages.bundle,
        "panel/jackfield.js",
        &headers,
        "public, max-age=300",
    ))
}

async fn program(State(pages): State<Arc<Pages>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    // The program's files and nothing else: a page served here would lack the policy it is served with at /embed.
    if is_words(&name) {
        return open(file(
            &pages.bundle,
            &format!("panel/{name}"),
            &headers,
            "public, max-age=300",
        ));
    }
    if !is_program(&name) {
        return missing();
    }
    // A name with a hash in it always means the same bytes.
    open(file(
        &pages.bundle,
        &format!("panel/{name}"),
        &headers,
        "public, max-age=31536000, immutable",
    ))
}

/// `panel-` or `desk-` and a hash, `.js` or `.wasm`.
fn is_program(name: &str) -> bool {
    let hash = name
        .strip_prefix("panel-")
        .or_else(|| name.strip_prefix("desk-"))
        .and_then(|rest| rest.strip_suffix(".js").or_else(|| rest.strip_suffix(".wasm")));
    hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `words-` and a language, `.json`; what only the desk says is `words-desk-` and a language.
fn is_words(name: &str) -> bool {
    let lang = name.strip_prefix("words-").and_then(|rest| rest.strip_suffix(".json"));
    let lang = lang.map(|lang| lang.strip_prefix("desk-").unwrap_or(lang));
    lang.is_some_and(|lang| lang.len() == 2 && lang.bytes().all(|byte| byte.is_ascii_lowercase()))
}

async fn frame(State(pages): State<Arc<Pages>>, headers: HeaderMap) -> Response {
    let mut response = file(&pages.bundle, "panel/embed.html", &headers, "no-cache");
    put(&mut response, "content-security-policy", &pages.frame_policy);
    response
}

/// Any origin may load it.
fn open(mut response: Response) -> Response {
    put(&mut response, "access-control-allow-origin", "*");
    put(&mut response, "cross-origin-resource-policy", "cross-origin");
    response
}

fn put(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn file(bundle: &Bundle, name: &str, asked: &HeaderMap, caching: &'static str) -> Response {
    let brotli = asked
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(accepts_brotli));
    let small = brotli.then(|| bundle.file(&format!("{name}.br"))).flatten();
    let packed = small.is_some();
    let Some(bytes) = small.or_else(|| bundle.file(name)) else {
        return missing();
    };
    let mut response = Body::from(bytes.into_owned()).into_response();
    put(&mut response, "content-type", kind(name));
    put(&mut response, "cache-control", caching);
    put(&mut response, "x-content-type-options", "nosniff");
    put(&mut response, "referrer-policy", "no-referrer");
    put(&mut response, "vary", "accept-encoding");
    if packed {
        put(&mut response, "content-encoding", "br");
    }
    response
}

/// `br`, `br;q=0.8`, but not `br;q=0`.
fn accepts_brotli(coding: &str) -> bool {
    let mut parts = coding.split(';').map(str::trim);
    parts.next() == Some("br") && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
}

fn missing() -> Response {
    let text = "There is nothing here. In a development build, `cargo xtask build` makes the panel.\n";
    (StatusCode::NOT_FOUND, text).into_response()
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// The demo: the pages, and tokens for whoever asks. Only ever on a loopback address.
pub struct Demo {
    pages: Arc<Pages>,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
}

impl Demo {
    /// Needs an issuer that signs with a shared secret.
    pub fn new(pages: Arc<Pages>, keyring: Keyring, clock: Arc<dyn Clock>) -> Result<Self, String> {
        if keyring.issuers().iter().any(|issuer| issuer.signing_key().is_some()) {
            Ok(Self { pages, keyring, clock })
        } else {
            Err("the demo makes tokens itself and needs an issuer with algorithm = \"HS256\"; `jackfield init` writes one".to_owned())
        }
    }
}

/// The demo's routes.
pub fn demo(demo: Arc<Demo>) -> Router {
    Router::new()
        .route(
            "/",
            get(|state, headers| page(state, Path("index.html".to_owned()), headers)),
        )
        .route("/demo/token", post(token))
        .route("/{*name}", get(page))
        .with_state(demo)
}

async fn page(State(demo): State<Arc<Demo>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let mut response = file(&demo.pages.bundle, &format!("www/{name}"), &headers, "no-cache");
    put(&mut response, "content-security-policy", DEMO_POLICY);
    response
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TokenWish {
    agent: Option<String>,
    brand: Option<String>,
}

#[derive(Debug, Serialize)]
struct TokenMade {
    token: String,
}

/// A token as the page's own server would make it for its signed-in agent.
async fn token(State(demo): State<Arc<Demo>>, headers: HeaderMap, body: Bytes) -> Response {
    demo.token(&headers, &body).unwrap_or_else(|(code, message)| {
        let problem = Problem {
            code: code.to_owned(),
            message,
            field: None,
        };
        (StatusCode::BAD_REQUEST, Json(problem)).into_response()
    })
}

type Refusal = (&'static str, String);

impl Demo {
    fn token(&self, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
        let wish: TokenWish = if body.is_empty() {
            TokenWish::default()
        } else {
            serde_json::from_slice(body).map_err(|error| {
                (
                    "body-not-json",
                    format!("Send {{\"agent\": \"mia\"}} or nothing: {error}."),
                )
            })?
        };
        let agent = wish.agent.as_deref().unwrap_or("mia");
        if agent.is_empty() || agent.len() > 64 {
            return Err(("body-field", "`agent` has 1 to 64 bytes.".to_owned()));
        }
        // A page that only pretends to be on this machine (its name was made to point here) has another origin.
        let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
        let found = self.keyring.issuers().iter().find_map(|issuer| {
            let config = issuer.config();
            let brand = match &wish.brand {
                Some(brand) => config.brands.iter().find(|known| known.as_str() == brand)?,
                None => config.brands.first()?,
            };
            let shown = origin.is_none_or(|origin| config.origins.iter().any(|known| known == origin));
            Some((issuer, issuer.signing_key().filter(|_| shown)?, brand))
        });
        let (issuer, key, brand) = found.ok_or_else(|| {
            let message = "No issuer of the demo speaks for this brand on this page. Open the demo under an address that the configuration lists in `origins`.";
            ("origin-unknown", message.to_owned())
        })?;
        let made = key.mint(&Wish {
            issuer: issuer.config(),
            agent,
            name: None,
            brand: brand.as_str(),
            origin,
            roles: &[],
            now_seconds: self.clock.now() / 1000,
            ttl_seconds: DEMO_TOKEN,
        });
        let token = made.map_err(|error| ("token-not-made", error))?;
        let mut response = Json(TokenMade { token }).into_response();
        put(&mut response, "cache-control", "no-store");
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_of_the_programs_are_given_to_every_page() {
        for name in ["panel-49113dac78627417.wasm", "desk-9b2573cc481f867f.js"] {
            assert!(is_program(name), "{name}");
        }
        for name in [
            "embed.html",
            "jackfield.js",
            "manifest.json",
            "panel-49113dac78627417.wasm.br",
            "panel-.js",
            "panel-../..........js",
        ] {
            assert!(!is_program(name) && !is_words(name), "{name}");
        }
        assert!(is_words("words-ar.json") && is_words("words-desk-de.json"));
    }
}
