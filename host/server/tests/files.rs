//! Files for browsers: types, caching, compression, policies, and the demo's tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use jackfield_server::auth::{Keyring, Page};
use jackfield_server::bundle::Bundle;
use jackfield_server::clock::{Clock, TokioClock};
use jackfield_server::pages::{self, DEMO_POLICY, Demo, Pages};
use serde_json::Value;
use stage::START;
use stage::ask::{PAGE, config};
use std::sync::Arc;
use tower::ServiceExt;

struct Site {
    router: Router,
    keyring: Keyring,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for name in [
            "jackfield.js",
            "panel-0123456789abcdef.wasm",
            "panel-0123456789abcdef.js",
            "embed.html",
            "manifest.json",
        ] {
            write(&format!("panel/{name}"), name);
            write(&format!("panel/{name}.br"), &format!("small {name}"));
        }
        write("www/index.html", "the ticket");
        write("www/crm.css", "body {}");
        write("plugins/mastodon/plugin.toml", "secret of nobody");
        let config = config(folder.path());
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(START));
        let keyring = || Keyring::open(&config, Arc::clone(&clock)).unwrap();
        let site = Arc::new(Pages::new(Bundle::new(Some(folder.path().to_owned())), &keyring()));
        let demo = Demo::new(Arc::clone(&site), keyring(), Arc::clone(&clock)).unwrap();
        Self {
            router: pages::panel(site).merge(pages::demo(Arc::new(demo))),
            keyring: keyring(),
            _folder: folder,
        }
    }

    async fn get(&self, path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
        self.send(
            Request::get(path)
                .header("accept-encoding", accept)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn panel_files_have_their_type_their_life_in_caches_and_any_page_may_load_them() {
    let site = Site::new();
    for (path, kind, life) in [
        ("/jackfield.js", "text/javascript; charset=utf-8", "public, max-age=300"),
        (
            "/panel/panel-0123456789abcdef.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
        (
            "/panel/panel-0123456789abcdef.js",
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
    ] {
        let (status, headers, _) = site.get(path, "identity").await;
        assert_eq!(status, StatusCode::OK, "{path}");
        for (name, value) in [
            ("content-type", kind),
            ("cache-control", life),
            ("access-control-allow-origin", "*"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("x-content-type-options", "nosniff"),
            ("vary", "accept-encoding"),
        ] {
            assert_eq!(headers[name], value, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn what_the_build_compressed_goes_to_who_takes_it_and_to_nobody_else() {
    let site = Site::new();
    for (accept, small) in [
        ("gzip, br", true),
        ("br;q=0.5", true),
        ("gzip", false),
        ("br;q=0, gzip", false),
        ("", false),
    ] {
        let (_, headers, body) = site.get("/jackfield.js", accept).await;
        assert_eq!(body.starts_with("small "), small, "{accept}");
        assert_eq!(headers.contains_key("content-encoding"), small, "{accept}");
        assert_eq!(headers["content-type"], "text/javascript; charset=utf-8", "{accept}");
    }
}

#[tokio::test]
async fn the_frame_page_may_be_framed_by_the_issuers_pages_only() {
    let (status, headers, _) = Site::new().get("/embed", "").await;
    assert_eq!(
        (status, &headers["content-type"]),
        (StatusCode::OK, &"text/html; charset=utf-8".parse().unwrap())
    );
    let policy = headers["content-security-policy"].to_str().unwrap();
    let ancestors =
        "frame-ancestors https://crm.example https://desk.example https://forum.example https://shop.example";
    assert!(policy.ends_with(ancestors), "{policy}");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "require-trusted-types-for 'script'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
}

#[tokio::test]
async fn the_demo_pages_have_exactly_the_strict_policy() {
    let site = Site::new();
    let strict = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; frame-ancestors 'none'";
    assert_eq!(DEMO_POLICY, strict);
    for (path, body) in [
        ("/", "the ticket"),
        ("/index.html", "the ticket"),
        ("/crm.css", "body {}"),
    ] {
        let (status, headers, found) = site.get(path, "").await;
        assert_eq!((status, found.as_str()), (StatusCode::OK, body), "{path}");
        assert_eq!(headers["content-security-policy"], strict, "{path}");
    }
}

#[tokio::test]
async fn nothing_else_of_the_bundle_is_served() {
    let site = Site::new();
    for path in [
        "/panel/manifest.json",
        "/panel/nothing.js",
        "/panel/..%2Fplugins%2Fmastodon%2Fplugin.toml",
        "/plugins/mastodon/plugin.toml",
        "/..%2Fplugins%2Fmastodon%2Fplugin.toml",
        "/%2e%2e/plugins/mastodon/plugin.toml",
    ] {
        let (status, _, body) = site.get(path, "br").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(!body.contains("secret of nobody"), "{path}");
    }
}

#[tokio::test]
async fn the_demo_gives_a_token_that_works_on_its_own_page() {
    let site = Site::new();
    let ask = |body: &str, origin: &str| {
        Request::builder()
            .method(Method::POST)
            .uri("/demo/token")
            .header("origin", origin)
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    for (body, agent, brand) in [
        ("", "mia", "northwind"),
        ("{}", "mia", "northwind"),
        (r#"{"agent":"noor","brand":"southwind"}"#, "noor", "southwind"),
    ] {
        let (status, headers, made) = site.send(ask(body, PAGE)).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        assert_eq!(headers["cache-control"], "no-store");
        let made: Value = serde_json::from_str(&made).unwrap();
        let page = Page {
            origin: Some(PAGE),
            ..Page::default()
        };
        let caller = site.keyring.check(made["token"].as_str().unwrap(), page).unwrap();
        assert_eq!((caller.agent.as_str(), caller.brand.as_str()), (agent, brand));
    }
    for (body, origin, code) in [
        ("{}", "http://rebound.example", "origin-unknown"),
        (r#"{"brand":"nobody"}"#, PAGE, "origin-unknown"),
        (r#"{"agent":""}"#, PAGE, "body-field"),
        (r#"{"role":"admin"}"#, PAGE, "body-not-json"),
        ("agent=mia", PAGE, "body-not-json"),
    ] {
        let (status, _, told) = site.send(ask(body, origin)).await;
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(
            (status, told["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some(code)),
            "{body}: {told}"
        );
    }
}
