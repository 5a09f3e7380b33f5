//! A whole host with the real sandbox and the bundled plugin, one line for each thing that can go wrong between it and a
//! network: what the API says of each line names that thing and no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_protocol::ConnectionView;
use jackfield_server::lines::budget::{Allowance, Amounts};
use jackfield_server::serve::Host;
use serde_json::json;
use stage::whole::{answer, get, house, line, misbehaving, network, to};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

async fn views(address: SocketAddr) -> Vec<ConnectionView> {
    let (status, body) = get(address, "/api/v1/connections", &stage::whole::mia()).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// Waits until every line is as expected: (id, health, cause, words of the action).
async fn expect(host: &Host, expected: &[(&str, &str, &str, &str)]) -> Vec<ConnectionView> {
    let begun = Instant::now();
    loop {
        let found = views(host.address).await;
        let is = |(id, health, cause, words): &&(&str, &str, &str, &str)| {
            found.iter().any(|view| {
                view.id.as_str() == *id
                    && view.health.word() == *health
                    && view.cause.map(|cause| cause.word()) == Some(*cause)
                    && view.action.contains(words)
            })
        };
        let missing: Vec<_> = expected.iter().filter(|line| !is(line)).collect();
        if missing.is_empty() {
            return found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "never: {missing:#?}\nbut: {found:#?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_that_goes_wrong_is_called_by_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (ok, bad) = (answer("200 OK", ""), answer("503 Service Unavailable", ""));
    let lines = vec![
        to("no-name", "https://nothing.invalid"),
        to("no-listener", &format!("http://{closed}")),
        to("no-tls", &format!("https://{}", network(Some(ok)).await)),
        to("no-answer", &format!("http://{}", network(None).await)),
        to("all-503", &format!("http://{}", network(Some(bad)).await)),
        to(
            "all-429",
            &format!(
                "http://{}",
                network(Some(answer("429 Too Many Requests", "retry-after: 120\r\n"))).await
            ),
        ),
        to(
            "all-401",
            &format!("http://{}", network(Some(answer("401 Unauthorized", ""))).await),
        ),
        to(
            "odd",
            &format!("http://{}", network(Some(answer("418 I'm a teapot", ""))).await),
        ),
        line(
            "no-grant",
            "mastodon",
            &json!({"server": "https://elsewhere.example"}),
            &["other.example".to_owned()],
        ),
        misbehaving("traps", "panic"),
        misbehaving("computes", "loop"),
        misbehaving("lies", "cursor"),
    ];
    let host = house(folder.path(), lines, |_| {}).await;
    let down = "network-down";
    let views = expect(
        &host,
        &[
            (
                "no-name",
                "degraded",
                down,
                "The network is down: the name nothing.invalid does not resolve",
            ),
            ("no-listener", "degraded", down, "cannot be reached: Connection refused"),
            (
                "no-tls",
                "degraded",
                down,
                "cannot be reached: received corrupt message",
            ),
            (
                "no-answer",
                "degraded",
                down,
                "had not answered when the call's time was over",
            ),
            ("all-503", "degraded", down, "answered 503"),
            ("all-429", "degraded", "network-limits", "asks for patience"),
            (
                "all-401",
                "credential-needed",
                "credential-expired",
                "Put a good credential",
            ),
            ("odd", "degraded", "network-refuses", ""),
            ("no-grant", "degraded", "not-granted", "elsewhere.example"),
            ("traps", "quarantined", "plugin-broken", "it gave up"),
            (
                "computes",
                "quarantined",
                "plugin-broken",
                "hostile 0.1.0 broke in `poll`: it ",
            ),
            ("lies", "quarantined", "plugin-broken", "outside the contract"),
        ],
    )
    .await;
    assert_eq!(views.len(), 12);
    for view in &views {
        assert!(view.since > 0, "{view:?}");
        assert!(view.next_try.is_some_and(|at| at > view.since), "{view:?}");
        assert!(!view.action.contains("a-token-of-nobody"), "{view:?}");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_is_used_up_is_no_fault_of_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let host = house(folder.path(), vec![misbehaving("calm", "?")], |config| {
        let usual = Allowance::default();
        let none = Allowance {
            hour: Amounts {
                stored_bytes: 0,
                ..usual.hour
            },
            ..usual
        };
        config.budgets.own.insert("calm".into(), none);
    })
    .await;
    expect(&host, &[("calm", "degraded", "budget", "0 stored bytes of this hour")]).await;
    host.stop().await;
}
