//! Errors: a status for programs that look no further, a [`Problem`] for everybody else.

use crate::auth::Refused;
use crate::work::{Undone, for_people};
use axum::Json;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jackfield_desk::Refusal;
use jackfield_protocol::Problem;
use jackfield_store::StoreError;
use serde_json::{Value, json};

/// Why a request was not answered as hoped.
#[derive(Debug)]
pub struct Fault {
    /// The HTTP status.
    pub status: StatusCode,
    /// What to say.
    pub problem: Problem,
    /// What stands beside it in the answer: an object, or nothing.
    pub more: Value,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>, field: Option<&str>) -> Self {
        let problem = Problem {
            code: code.to_owned(),
            message: message.into(),
            field: field.map(str::to_owned),
        };
        Self {
            status,
            problem,
            more: Value::Null,
        }
    }

    /// The same, with this beside it in the answer.
    pub(crate) fn along(mut self, more: Value) -> Self {
        self.more = more;
        self
    }

    /// The same words for what does not exist and for what is somebody else's.
    pub(super) fn no_conversation(id: &str) -> Self {
        let shown: String = id.chars().take(64).collect();
        Self::new(
            StatusCode::NOT_FOUND,
            "conversation-unknown",
            format!("There is no conversation {shown} here. Read the list again."),
            Some("id"),
        )
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut body = serde_json::to_value(self.problem).unwrap_or_default();
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), self.more) {
            body.extend(more);
        }
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        let status = if refused.is_about_the_token() {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::FORBIDDEN
        };
        Self {
            status,
            problem: refused.problem(),
            more: Value::Null,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let (status, code) = match &error {
            StoreError::NotFound(_) => (StatusCode::NOT_FOUND, "not-found"),
            StoreError::Conflict(_) => (StatusCode::CONFLICT, "busy"),
            StoreError::Full { .. } => (StatusCode::INSUFFICIENT_STORAGE, "storage-full"),
            StoreError::Disk { .. } | StoreError::Busy { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "storage-unavailable")
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "storage-broken"),
        };
        let message = for_people(&error);
        if let StoreError::PageUnknown(_) = error {
            return Self::new(StatusCode::BAD_REQUEST, "query-field", message, Some("after"));
        }
        if status.is_server_error() {
            tracing::error!(%error, "storage");
        }
        Self::new(status, code, message, None)
    }
}

impl From<Undone> for Fault {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Store(error) => error.into(),
            Undone::Refused(Refusal::NoConversation) => Self::no_conversation(""),
            Undone::Refused(refusal) => {
                let status = match &refusal {
                    Refusal::NotYours(_) => StatusCode::FORBIDDEN,
                    _ => StatusCode::CONFLICT,
                };
                let more = match &refusal {
                    Refusal::Findings(judged) => json!({ "judgement": super::judgement::view(judged) }),
                    _ => Value::Null,
                };
                Self {
                    status,
                    problem: (&refusal).into(),
                    more,
                }
            }
        }
    }
}

pub(crate) async fn no_route(uri: Uri) -> Fault {
    let path: String = uri.path().chars().take(200).collect();
    Fault::new(
        StatusCode::NOT_FOUND,
        "route-unknown",
        format!(
            "There is nothing at {path}. GET {} lists what there is.",
            document(&path)
        ),
        None,
    )
}

pub(crate) async fn no_method(method: Method, uri: Uri) -> Fault {
    let path: String = uri.path().chars().take(200).collect();
    Fault::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-unknown",
        format!("{method} is not for {path}. GET {} lists what is.", document(&path)),
        None,
    )
}

/// Where the routes beside this one are described.
fn document(path: &str) -> &'static str {
    if path.starts_with("/admin") {
        "/admin/openapi.json"
    } else {
        "/api/openapi.json"
    }
}
