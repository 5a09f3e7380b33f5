//! What handlers take: a checked caller, a checked body, checked parameters.

use super::{Api, Fault, MAX_BODY};
use crate::auth::{Caller, Page, Refused, Why};
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Fault> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let token = bearer(&parts.headers).ok_or(Refused(Why::Missing))?;
        let page = Page {
            origin: text("origin"),
            site: text("sec-fetch-site"),
            host: text("host"),
            own: None,
        };
        Ok(api.keyring.check(token, page)?)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim())
}

/// A JSON body: bounded, UTF-8, without unknown fields, and with the field named where something is wrong.
pub(crate) struct Body_<T, const MOST: usize = MAX_BODY>(pub(crate) T);

impl<T: DeserializeOwned + Serialize, S: Send + Sync, const MOST: usize> FromRequest<S> for Body_<T, MOST> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                value
                    .split(';')
                    .next()
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(Fault::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "body-not-json",
                "Send the body as JSON, with the header `Content-Type: application/json`.",
                None,
            ));
        }
        let bytes = read(request.into_body(), MOST).await?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let message = format!(
                "The body is not UTF-8: byte {} does not fit. Send it as UTF-8.",
                error.valid_up_to()
            );
            Fault::new(StatusCode::BAD_REQUEST, "body-not-utf8", message, None)
        })?;
        parse(text).map(Self)
    }
}

/// A body that dribbles in holds a connection for this long at most.
const PATIENCE: Duration = Duration::from_secs(20);

async fn read(body: Body, most: usize) -> Result<axum::body::Bytes, Fault> {
    let too_large = || {
        Fault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            format!(
                "The body has more than {} KiB. Shorten it{}.",
                most >> 10,
                if most == MAX_BODY {
                    "; a note has at most 10 000 characters"
                } else {
                    ""
                }
            ),
            None,
        )
    };
    // What says beforehand that it is too large is not waited for.
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let read = tokio::time::timeout(PATIENCE, to_bytes(body, most)).await;
    let read = read.map_err(|_| {
        let message = format!(
            "The body did not come in {} seconds. Send it again.",
            PATIENCE.as_secs()
        );
        Fault::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", message, None)
    })?;
    read.map_err(|_| too_large())
}

fn parse<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let wrong = |field: Option<String>, error: &serde_json::Error| {
        let told = error.to_string();
        let what = without_place(&told);
        let place = format!("line {}, column {}", error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Data => Fault::new(
                StatusCode::BAD_REQUEST,
                "body-field",
                match &field {
                    Some(field) => format!("`{field}`: {what} ({place}). Mend that and send it again."),
                    None => format!("The body: {what} ({place}). Mend that and send it again."),
                },
                field.as_deref(),
            ),
            _ => Fault::new(
                StatusCode::BAD_REQUEST,
                "body-not-json",
                format!("The body is not JSON: {what} ({place}). Mend that and send it again."),
                None,
            ),
        }
    };
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let field = match (path.as_str(), named(&error.inner().to_string())) {
            ("." | "", Some(name)) => Some(name),
            ("." | "", None) => None,
            (path, Some(name)) if !path.ends_with(&name) => Some(format!("{path}.{name}")),
            (path, _) => Some(path.to_owned()),
        };
        wrong(field, error.inner())
    })?;
    reader.end().map_err(|error| wrong(None, &error))?;
    match surplus(text, &value) {
        None => Ok(value),
        Some(field) => Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "body-field",
            format!("There is no field `{field}` here. Remove it and send the rest again."),
            Some(&field),
        )),
    }
}

/// A field that was sent and means nothing. Serde overlooks those beside a bare word (`{"do": "take", "force": true}`),
/// and whoever wrote one believes that it does something.
fn surplus<T: Serialize>(text: &str, value: &T) -> Option<String> {
    let sent: Value = serde_json::from_str(text).ok()?;
    let meant = serde_json::to_value(value).ok()?;
    beyond(&sent, &meant, "")
}

fn beyond(sent: &Value, meant: &Value, place: &str) -> Option<String> {
    let (Value::Object(sent), Value::Object(meant)) = (sent, meant) else {
        return None;
    };
    sent.iter().find_map(|(name, value)| {
        let place = if place.is_empty() {
            name.clone()
        } else {
            format!("{place}.{name}")
        };
        match meant.get(name) {
            Some(meant) => beyond(value, meant, &place),
            // What is sent as absent is absent.
            None => (!value.is_null()).then_some(place),
        }
    })
}

/// Serde's words end in the place, which is told apart.
fn without_place(text: &str) -> &str {
    text.split(" at line ").next().unwrap_or(text)
}

/// An id in the path.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| {
            let message = "The id in the address is not UTF-8. Take it as the list gave it.";
            Fault::new(StatusCode::BAD_REQUEST, "path-not-utf8", message, Some("id"))
        })
    }
}

/// Query parameters, with the name where something is wrong.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let query = parts.uri.query().unwrap_or_default();
        let not_utf8 = query.split('&').find(|pair| !is_utf8(pair));
        if let Some(pair) = not_utf8 {
            let name = pair.split('=').next().filter(|name| is_utf8(name));
            return Err(Fault::new(
                StatusCode::BAD_REQUEST,
                "query-not-utf8",
                "A parameter of the address is not UTF-8. Escape the bytes of its UTF-8 form.",
                name,
            ));
        }
        let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(reader).map(Self).map_err(|error| {
            let told = error.inner().to_string();
            let path = error.path().to_string();
            let field = named(&told).or((path != "." && !path.is_empty()).then_some(path));
            let place = field.as_ref().map_or(String::new(), |field| format!(" (`{field}`)"));
            Fault::new(
                StatusCode::BAD_REQUEST,
                "query-field",
                format!("The address's parameters{place}: {told}. GET /api/openapi.json lists what there is."),
                field.as_deref(),
            )
        })
    }
}

/// What the escapes stand for is UTF-8.
fn is_utf8(escaped: &str) -> bool {
    percent_encoding::percent_decode_str(escaped).decode_utf8().is_ok()
}

/// Serde names an unknown or missing field only in its words.
fn named(told: &str) -> Option<String> {
    let rest = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| told.strip_prefix(start))?;
    Some(rest.split_once('`')?.0.to_owned())
}
