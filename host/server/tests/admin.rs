//! The operator's door: shut unless a token is configured, open to nothing else, every route documented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fall"
)]

mod stage;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use jackfield_server::admin::{self, Admin, AdminKey};
use jackfield_server::config::SecretRef;
use serde_json::Value;
use stage::House;
use stage::ask::{claims, private, token};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

const TOKEN: &str = "an-admin-token-of-the-tests-0123456789";

fn key(folder: &Path, token: &str) -> Result<AdminKey, String> {
    let path = folder.join("admin.token");
    std::fs::write(&path, token).unwrap();
    private(&path);
    AdminKey::open(&SecretRef::File(path))
}

fn door(key: Option<AdminKey>) -> Router {
    let house = House::dark();
    admin::routes(Arc::new(Admin {
        key,
        desk: house.desk.clone(),
        board: Arc::clone(&house.board),
        registry: None,
    }))
}

async fn ask(door: &Router, method: Method, path: &str, token: Option<&str>) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = door
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn no_route_is_reached_without_the_admin_token() {
    let folder = tempfile::tempdir().unwrap();
    let door = door(Some(key(folder.path(), TOKEN).unwrap()));
    let agent = token(&claims());
    for (method, path) in admin::paths()
        .into_iter()
        .filter(|(_, path)| path.starts_with("/admin/v1"))
    {
        let path = path.replace("{name}", "poster").replace("{id}", "main");
        for (token, code) in [
            (None, "admin-token-missing"),
            (Some("wrong"), "admin-token-wrong"),
            (Some(agent.as_str()), "admin-token-wrong"),
            (Some(&TOKEN[1..]), "admin-token-wrong"),
        ] {
            let (status, body) = ask(&door, method.clone(), &path, token).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}: {body}");
            assert_eq!(body["code"], code, "{method} {path}");
        }
    }
    let (status, body) = ask(&door, Method::GET, "/admin/v1/nothing", Some(TOKEN)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(
        body["message"].as_str().unwrap().contains("/admin/openapi.json"),
        "{body}"
    );
}

#[tokio::test]
async fn without_a_token_in_the_configuration_the_door_is_shut_and_says_how_to_open_it() {
    let door = door(None);
    for (method, path) in admin::paths()
        .into_iter()
        .filter(|(_, path)| path.starts_with("/admin/v1"))
    {
        let path = path.replace("{name}", "poster").replace("{id}", "main");
        let (status, body) = ask(&door, method, &path, Some(TOKEN)).await;
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &"admin-off".into()));
        assert!(body["message"].as_str().unwrap().contains("[admin]"), "{body}");
    }
}

#[test]
fn a_token_that_can_be_guessed_or_read_by_others_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let why = key(folder.path(), "secret").err().unwrap();
    assert!(why.contains("openssl rand"), "{why}");
    let path = folder.path().join("admin.token");
    std::fs::write(&path, TOKEN).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let why = AdminKey::open(&SecretRef::File(path)).err().unwrap();
    assert!(why.contains("chmod 600"), "{why}");
}

#[test]
fn every_route_is_in_the_document_with_its_refusal_and_nothing_else_is() {
    let document = serde_json::to_value(admin::document()).unwrap();
    let mut told = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            told.insert(format!("{} {path}", method.to_uppercase()));
            let words = operation["summary"].as_str().unwrap_or("");
            assert!(words.len() > 10, "{method} {path}: {operation}");
            if path.starts_with("/admin/v1") {
                assert_eq!(
                    operation["security"][0]["admin"],
                    serde_json::json!([]),
                    "{method} {path}"
                );
                assert!(
                    operation["responses"]["401"].to_string().contains("Problem"),
                    "{method} {path}"
                );
            }
        }
    }
    let served: BTreeSet<String> = admin::paths()
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(told, served);
}
