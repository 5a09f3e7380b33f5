//! A guest that takes webhooks, in the real sandbox: found by what it exports, handed no secret, and no better off
//! than in any other call when it breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod support;

use jackfield_engine::bindings::{Kind, RawRequest};
use jackfield_engine::egress::Grants;
use jackfield_engine::{
    BreakKind, CallError, ChannelConnection, ChannelPlugin, ConnectionSpec, Limits, Manifest, Secret,
};
use std::sync::{Arc, OnceLock};
use support::{Names, broken, made};

const SECRET: &str = "s3cr3t-of-the-hook";

fn plugin() -> ChannelPlugin {
    static PLUGIN: OnceLock<ChannelPlugin> = OnceLock::new();
    PLUGIN
        .get_or_init(|| {
            let (wasm, manifest) = made("tests/guests/dist", "hook");
            support::engine(Arc::default()).load_channel(&wasm, manifest).unwrap()
        })
        .clone()
}

fn connect(plugin: &ChannelPlugin, settings: &str) -> ChannelConnection {
    let spec = ConnectionSpec {
        id: "hook".to_owned(),
        settings: settings.to_owned(),
        grants: Grants::default(),
        secrets: Secret::lines(
            "signing-secret",
            &format!("the next value\n{SECRET}"),
            &Grants::default(),
        )
        .unwrap(),
        // Far above what it needs, on a machine that is busy with other tests too.
        limits: Limits {
            cpu: std::time::Duration::from_secs(20),
            ..Limits::channel()
        },
        resolver: Arc::new(Names::default()),
        recorder: None,
    };
    plugin.connect(spec).unwrap()
}

fn request(body: &str) -> RawRequest {
    RawRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: String::new(),
        headers: vec![("x-event".to_owned(), "post".to_owned())],
        body: body.as_bytes().to_vec(),
        received_at: 1_795_510_800_000,
    }
}

fn message(id: &str, text: &str) -> String {
    format!(r#"{{"id":"{id}","thread":"t","from":"ana","text":"{text}","at":1795510800000}}"#)
}

#[tokio::test]
async fn a_request_gives_all_its_events_and_the_values_that_go_with_them() {
    let plugin = plugin();
    assert!(plugin.takes_webhooks());
    let connection = connect(&plugin, "{}");
    let body = format!(
        r#"{{"messages":[{},{}]}}"#,
        message("1", "hello"),
        message("2", "again")
    );
    let kv = vec![("count".to_owned(), b"5".to_vec())];
    let found = connection.ingest(request(&body), kv).await.unwrap();
    let ids: Vec<_> = found.events.iter().map(|event| event.remote_id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    assert_eq!(found.kv_writes, [("count".to_owned(), Some(b"7".to_vec()))]);
    // Asked again with what was stored before, it gives the same.
    let again = connection
        .ingest(request(&body), vec![("count".to_owned(), b"5".to_vec())])
        .await
        .unwrap();
    assert_eq!((again.events, again.kv_writes), (found.events, found.kv_writes));
}

#[tokio::test]
async fn a_secret_that_a_network_echoes_does_not_reach_the_guest() {
    let connection = connect(&plugin(), "{}");
    let body = format!(
        r#"{{"messages":[{}]}}"#,
        message("1", &format!("your secret is {SECRET}"))
    );
    let found = connection.ingest(request(&body), Vec::new()).await.unwrap();
    let Kind::Said(content) = &found.events[0].kind else {
        panic!("{:?}", found.events[0].kind);
    };
    assert_eq!(content.text, "your secret is [secret signing-secret]");
}

#[tokio::test]
async fn what_breaks_in_ingest_is_told_like_every_breakdown_and_the_next_call_works() {
    let connection = connect(&plugin(), "{}");
    let broke = broken(
        connection
            .ingest(request(r#"{"trap":true}"#), Vec::new())
            .await
            .unwrap_err(),
    );
    assert_eq!((broke.kind, broke.function.as_str()), (BreakKind::Trap, "ingest"));
    let unread = connection.ingest(request("<html>"), Vec::new()).await.unwrap_err();
    assert!(
        matches!(&unread, CallError::Unexpected(text) if text.contains("JSON")),
        "{unread}"
    );
    let later = connection
        .ingest(request(r#"{"ask":"later"}"#), Vec::new())
        .await
        .unwrap_err();
    assert_eq!(later, CallError::Later { after_ms: Some(100) });
    let bad = connection
        .ingest(
            request(&format!(r#"{{"messages":[{}]}}"#, message("", "x"))),
            Vec::new(),
        )
        .await;
    let bad = broken(bad.unwrap_err());
    assert!(
        bad.kind == BreakKind::BadAnswer && bad.detail.contains("remote-id"),
        "{bad}"
    );
    assert!(
        connection
            .ingest(request("{}"), Vec::new())
            .await
            .unwrap()
            .events
            .is_empty()
    );
}

#[tokio::test]
async fn a_plugin_verifies_by_itself_and_never_sees_the_secret() {
    let (wasm, _) = made("tests/guests/dist", "hook");
    let text = "name = \"hook\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"x\"\n[[secret]]\nname = \"signing-secret\"\nmeaning = \"x\"\n[webhook]\nverify = \"plugin\"\nsecret = \"signing-secret\"\n";
    let plugin = support::engine(Arc::default())
        .load_channel(&wasm, Manifest::parse(text).unwrap())
        .unwrap();
    let connection = connect(&plugin, "{}");
    let signed = |secret: &str, body: &str| {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let mut request = request(body);
        request
            .headers
            .push(("x-hook-plain".to_owned(), hex::encode(mac.finalize().into_bytes())));
        request
    };
    // Both values of the secret count while it is renewed.
    for secret in [SECRET, "the next value"] {
        assert_eq!(
            connection.verify(signed(secret, "{}")).await.unwrap(),
            Ok(()),
            "{secret}"
        );
    }
    let forged = connection.verify(signed("somebody else's", "{}")).await.unwrap();
    assert!(forged.unwrap_err().contains("something else"));
    let mut other = signed(SECRET, "{}");
    other.body = b"{ }".to_vec();
    assert!(connection.verify(other).await.unwrap().is_err());
    assert!(
        connection
            .verify(request("{}"))
            .await
            .unwrap()
            .unwrap_err()
            .contains("x-hook-plain")
    );
}

#[tokio::test]
async fn a_recipe_without_the_export_is_refused_and_so_is_the_call() {
    let (wasm, manifest) = made("tests/guests/dist", "hostile");
    let engine = support::engine(Arc::default());
    let text = "name = \"hostile\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"x\"\n[[secret]]\nname = \"token\"\nmeaning = \"x\"\n[webhook]\nscheme = \"hmac-sha256\"\nsecret = \"token\"\nheader = \"X-Signature\"\n";
    let refused = engine
        .load_channel(&wasm, Manifest::parse(text).unwrap())
        .map(drop)
        .unwrap_err();
    assert!(
        refused
            .what
            .contains("does not export `jackfield:plugin/webhook@0.1.0`"),
        "{refused}"
    );
    let plugin = engine.load_channel(&wasm, manifest).unwrap();
    assert!(!plugin.takes_webhooks());
    let connection = connect(&plugin, r#"{"mode":"good"}"#);
    assert_eq!(
        broken(connection.ingest(request("{}"), Vec::new()).await.unwrap_err()).kind,
        BreakKind::WrongTypes
    );
}

#[tokio::test]
async fn a_poll_can_be_asked_to_spare_what_is_outside_the_contract() {
    let connection = connect(&plugin(), r#"{"clumsy":true}"#);
    let refused = broken(connection.poll(None, Vec::new(), 10).await.unwrap_err());
    assert_eq!(refused.kind, BreakKind::BadAnswer);
    let (polled, spared) = connection.poll_sparing(None, Vec::new(), 10).await.unwrap();
    assert_eq!(polled.events.len(), 1);
    assert_eq!(polled.cursor, Some(b"past both".to_vec()));
    assert_eq!(spared.len(), 1);
    assert!(spared[0].what.contains("`events[1].remote-id`"), "{}", spared[0].what);
    assert!(spared[0].looks.contains("one without an id"), "{}", spared[0].looks);
}
