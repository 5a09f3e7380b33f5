//! Requests by `fetch`.

use jackfield_panel_core::wire::{self, Wire};
use jackfield_protocol::Problem;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

/// Why there is no answer to work with.
#[derive(Debug, Clone)]
pub(crate) enum NetError {
    /// Nothing came back: no network, no server, or the page's CSP forbids the address.
    Unreachable,
    /// The token is no longer good.
    Unauthorized(String),
    /// The server said no for good.
    Refused(Problem),
    /// The server said "later", with the seconds it asked for.
    Later(Option<u32>),
    /// The answer is not what this version understands.
    Strange(String),
}

/// A future of one type whatever it waits for: an `async fn` is copied into everything that awaits it.
pub(crate) type Soon<T> = core::pin::Pin<Box<dyn Future<Output = Result<T, NetError>>>>;

/// One request; gives the response whatever its status.
#[inline(never)]
pub(crate) fn request(
    method: &str,
    url: &str,
    token: &str,
    body: Option<&str>,
    signal: Option<&AbortSignal>,
) -> Soon<Response> {
    let sent = send(method, url, token, body, signal);
    Box::pin(async move {
        let response = JsFuture::from(sent.map_err(|_| NetError::Unreachable)?)
            .await
            .map_err(|_| NetError::Unreachable)?;
        response.dyn_into().map_err(|_| NetError::Unreachable)
    })
}

/// One request; gives the text of a good answer.
#[inline(never)]
pub(crate) fn text(method: &str, url: &str, token: &str, body: Option<&str>) -> Soon<String> {
    let response = request(method, url, token, body, None);
    Box::pin(async move { text_of(response.await?).await })
}

fn send(
    method: &str,
    url: &str,
    token: &str,
    body: Option<&str>,
    signal: Option<&AbortSignal>,
) -> Result<js_sys::Promise, JsValue> {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_signal(signal);
    let headers = Headers::new()?;
    let _ = headers.set("authorization", &format!("Bearer {token}"));
    if let Some(body) = body {
        let _ = headers.set("content-type", "application/json");
        init.set_body(&body.into());
    }
    init.set_headers(headers.as_ref());
    // No cookies travel: the token alone decides.
    let _ = js_sys::Reflect::set(init.as_ref(), &"credentials".into(), &"omit".into());
    let _ = js_sys::Reflect::set(init.as_ref(), &"cache".into(), &"no-store".into());
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    Ok(window.fetch_with_str_and_init(url, &init).unchecked_into())
}

/// Sorts a response by what is to be done about it.
async fn text_of(response: Response) -> Result<String, NetError> {
    let status = response.status();
    let after = response
        .headers()
        .get("retry-after")
        .ok()
        .flatten()
        .and_then(|s| s.trim().parse().ok());
    let promise = response.text().map_err(|_| NetError::Unreachable)?;
    let text = JsFuture::from(promise)
        .await
        .map_err(|_| NetError::Unreachable)?
        .as_string()
        .unwrap_or_default();
    match status {
        200..=299 => Ok(text),
        401 => Err(NetError::Unauthorized(problem(&text, status).message)),
        408 | 425 | 429 | 500..=599 => Err(NetError::Later(after)),
        _ => Err(NetError::Refused(problem(&text, status))),
    }
}

fn problem(text: &str, status: u16) -> Problem {
    wire::read(text).unwrap_or_else(|_| Problem {
        code: "http".into(),
        message: format!("HTTP {status}"),
        field: None,
    })
}

/// Reads JSON.
pub(crate) fn read<T: Wire>(text: &str) -> Result<T, NetError> {
    wire::read(text).map_err(|wrong| NetError::Strange(wrong.to_owned()))
}

/// A number in 0..1 for jitter.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}

/// Now, by the browser's clock.
pub(crate) fn now() -> i64 {
    js_sys::Date::now() as i64
}

/// Percent-encoded, for a query.
pub(crate) fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// In capitals; the browser has the tables.
pub(crate) fn upper(text: &str) -> String {
    js_sys::JsString::from(text).to_upper_case().into()
}

/// In small letters; the browser has the tables.
pub(crate) fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// An id for a command: 128 bits of chance.
pub(crate) fn new_id() -> String {
    let mut bytes = [0u8; 16];
    let filled = web_sys::window()
        .and_then(|w| w.crypto().ok())
        .and_then(|c| c.get_random_values_with_u8_array(&mut bytes).ok());
    if filled.is_none() {
        bytes.iter_mut().for_each(|b| *b = (random() * 256.0) as u8);
    }
    bytes.iter().fold(String::with_capacity(32), |mut out, byte| {
        for half in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(u32::from(half), 16));
        }
        out
    })
}

/// Calls back after some milliseconds.
pub(crate) fn later(ms: u32, then: impl FnOnce() + 'static) {
    let (window, ms) = (web_sys::window(), i32::try_from(ms).unwrap_or(i32::MAX));
    let then = Closure::once_into_js(then);
    if let Some(window) = window {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(then.unchecked_ref(), ms);
    }
}

/// Calls back before the next frame is drawn.
pub(crate) fn next_frame(then: impl FnOnce() + 'static) {
    let then = Closure::once_into_js(then);
    if let Some(window) = web_sys::window() {
        let _ = window.request_animation_frame(then.unchecked_ref());
    }
}
