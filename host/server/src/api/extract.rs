//! What handlers take: a checked caller, a checked body, checked parameters.

use super::{Api, Fault, MAX_BODY};
use crate::auth::{Caller, Page, Refused, Why};
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use std::sync::Arc;

impl FromRequestParts<Arc<Api>> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Fault> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let token = bearer(&parts.headers).ok_or(Refused(Why::Missing))?;
        let page = Page {
            origin: text("origin"),
            site: text("sec-fetch-site"),
            host: text("host"),
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
pub(super) struct Body_<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Api>> for Body_<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, Fault> {
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
        let bytes = read(request.into_body()).await?;
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

async fn read(body: Body) -> Result<axum::body::Bytes, Fault> {
    to_bytes(body, MAX_BODY).await.map_err(|_| {
        Fault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            format!(
                "The body has more than {} KiB. Shorten it; a note has at most 10 000 characters.",
                MAX_BODY >> 10
            ),
            None,
        )
    })
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let wrong = |field: Option<String>, error: &serde_json::Error| {
        let told = error.to_string();
        let what = without_place(&told);
        let place = format!("line {}, column {}", error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Data => Fault::new(
                StatusCode::BAD_REQUEST,
                "body-field",
                format!(
                    "{} {what} ({place}). Mend that and send it again.",
                    field.as_deref().unwrap_or("The body:")
                ),
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
        // Serde names an unknown field only in its words: it becomes the path.
        let unknown = error
            .inner()
            .to_string()
            .strip_prefix("unknown field `")
            .and_then(|rest| Some(rest.split_once('`')?.0.to_owned()));
        let field = match (path.as_str(), unknown) {
            ("." | "", Some(name)) => Some(name),
            ("." | "", None) => None,
            (path, Some(name)) if !path.ends_with(&name) => Some(format!("{path}.{name}")),
            (path, _) => Some(path.to_owned()),
        };
        wrong(field, error.inner())
    })?;
    reader.end().map_err(|error| wrong(None, &error))?;
    Ok(value)
}

/// Serde's words end in the place, which is told apart.
fn without_place(text: &str) -> &str {
    text.split(" at line ").next().unwrap_or(text)
}

/// Query parameters, with the name where something is wrong.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Api>> for Asked<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Fault> {
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
            .map(Self)
            .map_err(|error| {
                let text = error.to_string();
                let field = text
                    .split('`')
                    .nth(1)
                    .filter(|_| text.starts_with("unknown field"))
                    .map(str::to_owned);
                Fault::new(
                    StatusCode::BAD_REQUEST,
                    "query-field",
                    format!("The address's parameters: {text}. GET /api/openapi.json lists what there is."),
                    field.as_deref(),
                )
            })
    }
}
