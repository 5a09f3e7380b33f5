//! A plugin on the network: it reaches what was granted and nothing else, whatever servers and name servers say, and
//! a secret that a server echoes never comes back.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use jackfield_engine::{CallError, bindings::Level};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use support::{Names, Stage, TOKEN, Web, ok, poll, redirect, text};

/// What the hostile plugin's fetch of `url` told it.
async fn fetch(mode: &str, url: &str, grants: &[&str], secret_for: &[&str], names: Names) -> String {
    let stage = Stage::new();
    let connection = stage.fetcher("net", mode, url, grants, secret_for, names);
    let polled = poll(&connection).await.unwrap();
    text(&polled).to_owned()
}

#[tokio::test]
async fn a_granted_host_is_reached_with_its_secret() {
    let web = Web::start(|_| ok("hello")).await;
    let (url, grant) = (
        format!("http://forum.test:{}/x", web.port),
        format!("private:http://forum.test:{}", web.port),
    );
    let names = Names::default().with("forum.test", &["127.0.0.1"]);
    assert_eq!(fetch("fetch", &url, &[&grant], &[&grant], names).await, "200 hello");
    let request = web.requests().remove(0).to_lowercase();
    assert!(
        request.contains(&format!("authorization: bearer {}", TOKEN.to_lowercase())),
        "{request}"
    );
    assert!(request.contains("accept-encoding: identity"), "{request}");
    assert!(request.contains("user-agent: jackfield/"), "{request}");
    assert!(request.contains(&format!("host: forum.test:{}", web.port)), "{request}");
}

#[tokio::test]
async fn a_forbidden_host_is_refused_before_anything_is_sent() {
    let web = Web::echo().await;
    let url = format!("http://127.0.0.1:{}/", web.port);
    for (grants, word) in [
        (vec![], "this connection may talk to no host"),
        (vec!["social.example"], "this connection may not talk to"),
        (vec![url.trim_end_matches('/')], "leads to a loopback address"),
    ] {
        let said = fetch("fetch", &url, &grants, &[url.trim_end_matches('/')], Names::default()).await;
        assert!(said.starts_with("Failure::NotGranted") && said.contains(word), "{said}");
    }
    assert!(web.requests().is_empty());
}

#[tokio::test]
async fn a_secret_goes_to_its_own_hosts_alone() {
    let web = Web::echo().await;
    let (url, grant) = (
        format!("http://127.0.0.1:{}/", web.port),
        format!("private:http://127.0.0.1:{}", web.port),
    );
    let said = fetch("fetch", &url, &[&grant], &["social.example"], Names::default()).await;
    assert!(
        said.contains("may not be sent to") && said.contains("only to social.example"),
        "{said}"
    );
    assert!(web.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let inside = Web::echo().await;
    for target in [
        format!("http://127.0.0.1:{}/admin", inside.port),
        format!("http://2130706433:{}/admin", inside.port),
        format!("http://[::ffff:127.0.0.1]:{}/admin", inside.port),
        format!("http://localhost:{}/admin", inside.port),
        format!("//intern.test:{}/admin", inside.port),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let to = target.clone();
        let web = Web::start(move |_| redirect(&to)).await;
        let (url, grant) = (
            format!("http://forum.test:{}/", web.port),
            format!("private:http://forum.test:{}", web.port),
        );
        let names = Names::default()
            .with("forum.test", &["127.0.0.1"])
            .with("intern.test", &["127.0.0.1"]);
        // `intern.test` is granted, but not as a private host.
        let intern = format!("http://intern.test:{}", inside.port);
        let said = fetch("fetch", &url, &[&grant, &intern], &[&grant], names).await;
        assert!(
            said.contains("redirects") || said.contains("leads to a loopback address"),
            "{target}: {said}"
        );
        assert!(said.starts_with("Failure::"), "{target}: {said}");
    }
    assert!(inside.requests().is_empty(), "{:?}", inside.requests());
}

#[tokio::test]
async fn a_redirect_to_another_granted_host_arrives_without_credentials() {
    let second = Web::echo().await;
    let to = format!("http://second.test:{}/landed", second.port);
    let first = Web::start(move |_| redirect(&to)).await;
    let grants = [
        format!("private:http://first.test:{}", first.port),
        format!("private:http://second.test:{}", second.port),
    ];
    let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
    let names = Names::default()
        .with("first.test", &["127.0.0.1"])
        .with("second.test", &["127.0.0.1"]);
    // The secret may go to both; a redirect still does not carry it.
    let said = fetch(
        "fetch",
        &format!("http://first.test:{}/", first.port),
        &grants,
        &grants,
        names,
    )
    .await;
    assert!(said.starts_with("200 GET /landed"), "{said}");
    assert!(first.requests()[0].contains(TOKEN));
    assert!(
        !second.requests()[0].to_lowercase().contains("authorization"),
        "{:?}",
        second.requests()
    );
}

#[tokio::test]
async fn a_redirect_that_comes_back_over_another_host_does_not_get_the_credentials_again() {
    let back = Arc::new(std::sync::OnceLock::new());
    let known = back.clone();
    let second = Web::start(move |_| redirect(known.get().map_or("/nowhere", String::as_str))).await;
    let away = format!("http://second.test:{}/", second.port);
    let first = Web::start(move |request| {
        if request.starts_with("GET /chosen-by-another") {
            ok(request)
        } else {
            redirect(&away)
        }
    })
    .await;
    back.set(format!("http://first.test:{}/chosen-by-another", first.port))
        .unwrap();
    let grants = [
        format!("private:http://first.test:{}", first.port),
        format!("private:http://second.test:{}", second.port),
    ];
    let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
    let names = Names::default()
        .with("first.test", &["127.0.0.1"])
        .with("second.test", &["127.0.0.1"]);
    let url = format!("http://first.test:{}/", first.port);
    let said = fetch("fetch", &url, &grants, &grants, names).await;
    assert!(said.starts_with("200 GET /chosen-by-another"), "{said}");
    assert!(first.requests()[0].contains(TOKEN));
    assert!(!first.requests()[1].contains(TOKEN), "{:?}", first.requests());
}

#[tokio::test]
async fn a_redirect_on_the_same_host_keeps_its_credentials_and_a_loop_ends() {
    let hops = Arc::new(AtomicU32::new(0));
    let counted = hops.clone();
    let web = Web::start(move |_| {
        let n = counted.fetch_add(1, Ordering::Relaxed);
        redirect(&format!("/hop/{n}"))
    })
    .await;
    let (url, grant) = (
        format!("http://127.0.0.1:{}/", web.port),
        format!("private:http://127.0.0.1:{}", web.port),
    );
    let said = fetch("fetch", &url, &[&grant], &[&grant], Names::default()).await;
    assert!(said.contains("redirects more than 5 times"), "{said}");
    assert_eq!(hops.load(Ordering::Relaxed), 6);
    assert!(web.requests().iter().all(|request| request.contains(TOKEN)));
}

#[tokio::test]
async fn an_answer_that_changes_between_two_requests_is_checked_again() {
    let web = Web::start(|_| ok("hello")).await;
    let (url, grant) = (
        format!("http://turn.test:{}/", web.port),
        format!("private:http://turn.test:{}", web.port),
    );
    // First the granted private address, then cloud metadata.
    let names = Names::default().with("turn.test", &["127.0.0.1", "169.254.169.254"]);
    let said = fetch("fetch-twice", &url, &[&grant], &[&grant], names).await;
    assert!(said.starts_with("200 hello | Failure::NotGranted"), "{said}");
    assert!(said.contains("which no grant opens"), "{said}");
    assert_eq!(web.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_changes_between_check_and_dial_changes_nothing() {
    // The name server would answer the metadata address to whoever asks a second time; nobody does.
    let web = Web::start(|_| ok("hello")).await;
    let (url, grant) = (
        format!("http://flip.test:{}/", web.port),
        format!("private:http://flip.test:{}", web.port),
    );
    let names = Names::default().with("flip.test", &["127.0.0.1", "10.255.255.1"]);
    assert_eq!(fetch("fetch", &url, &[&grant], &[&grant], names).await, "200 hello");
    assert_eq!(web.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_changes_between_hops_is_checked_again() {
    let web = Web::start(|head| {
        if head.starts_with("GET /a") {
            redirect("/b")
        } else {
            ok("inside")
        }
    })
    .await;
    let (url, grant) = (
        format!("http://hop.test:{}/a", web.port),
        format!("private:http://hop.test:{}", web.port),
    );
    let names = Names::default().with("hop.test", &["127.0.0.1", "127.0.0.1 93.184.215.14"]);
    let said = fetch("fetch", &url, &[&grant], &[&grant], names).await;
    assert!(said.contains("public and private addresses at the same time"), "{said}");
    assert_eq!(web.requests().len(), 1);
}

#[tokio::test]
async fn a_secret_that_a_server_echoes_is_printed_nowhere() {
    let stage = Stage::new();
    let web = Web::echo().await;
    let (url, grant) = (
        format!("http://127.0.0.1:{}/", web.port),
        format!("private:http://127.0.0.1:{}", web.port),
    );
    let connect = |id: &str, mode: &str| stage.fetcher(id, mode, &url, &[&grant], &[&grant], Names::default());

    let fetched = text(&poll(&connect("echo", "fetch")).await.unwrap()).to_owned();
    assert!(
        fetched.contains("Bearer [secret token]") && !fetched.contains(TOKEN),
        "{fetched}"
    );

    let printed = poll(&connect("print", "print")).await.unwrap();
    assert_eq!(printed.kv_writes.len(), 1);
    let kept = String::from_utf8(printed.kv_writes[0].1.clone().unwrap()).unwrap();
    assert!(kept.contains("[secret token]") && !kept.contains(TOKEN), "{kept}");
    let lines = stage.log.of("print");
    assert!(
        lines
            .iter()
            .any(|(level, line)| *level == Level::Error && line.contains("[secret token]")),
        "{lines:?}"
    );
    assert!(!lines.iter().any(|(_, line)| line.contains(TOKEN)), "{lines:?}");
    let again = web.requests().pop().unwrap();
    let request_line = again.lines().next().unwrap();
    assert!(
        request_line.contains("again=") && !request_line.contains("s3cr3t"),
        "{request_line}"
    );
    assert!(!again.contains(TOKEN), "{again}");

    let error = poll(&connect("error", "error")).await.unwrap_err();
    let CallError::Unexpected(words) = &error else {
        panic!("{error:?}")
    };
    assert!(words.contains("[secret token]") && !words.contains(TOKEN), "{words}");
    let credential = connect("cred", "credential").check().await.unwrap_err();
    assert!(!format!("{credential:?} {credential}").contains(TOKEN));
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_too_many_ends_at_its_budget() {
    let web = Web::start(|_| ok(&"x".repeat(100_000))).await;
    let (url, grant) = (
        format!("http://127.0.0.1:{}/", web.port),
        format!("private:http://127.0.0.1:{}", web.port),
    );
    let stage = Stage::new();
    for (id, mode, expected) in [
        ("large", "fetch", "Failure::TooLarge(50000)"),
        ("many", "fetch-many", "Failure::OverBudget(\"requests\")"),
    ] {
        let connection = stage.open(id, mode, |spec| {
            spec.settings = format!("{{\"mode\":\"{mode}\",\"url\":\"{url}\"}}");
            spec.grants = jackfield_engine::egress::Grants::parse(&[&grant]).unwrap();
            spec.secrets =
                vec![jackfield_engine::Secret::new("token", TOKEN.to_owned().into(), spec.grants.clone()).unwrap()];
            spec.limits.requests = 3;
            spec.limits.response_body = 50_000;
        });
        assert_eq!(text(&poll(&connection).await.unwrap()), expected);
    }
}

#[tokio::test]
async fn a_host_that_is_not_there_is_told_apart_from_one_that_is_forbidden() {
    let port = {
        let free = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        free.local_addr().unwrap().port()
    };
    let (url, grant) = (
        format!("http://127.0.0.1:{port}/"),
        format!("private:http://127.0.0.1:{port}"),
    );
    let said = fetch("fetch", &url, &[&grant], &[&grant], Names::default()).await;
    assert!(
        said.starts_with("Failure::Unreachable") && said.contains("refused"),
        "{said}"
    );
    let said = fetch(
        "fetch",
        "http://gone.test/",
        &["http://gone.test"],
        &["gone.test"],
        Names::default(),
    )
    .await;
    assert!(
        said.contains("may not be sent") || said.contains("does not resolve"),
        "{said}"
    );
}

#[tokio::test]
async fn a_compressed_answer_is_refused_because_it_could_not_be_scrubbed() {
    let web = Web::start(|_| {
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc".to_vec()
    })
    .await;
    let (url, grant) = (
        format!("http://127.0.0.1:{}/", web.port),
        format!("private:http://127.0.0.1:{}", web.port),
    );
    let said = fetch("fetch", &url, &[&grant], &[&grant], Names::default()).await;
    assert!(said.contains("compressed"), "{said}");
}

#[tokio::test]
async fn a_header_that_says_how_a_message_is_carried_or_begins_another_one_is_refused() {
    let web = Web::echo().await;
    let url = format!("http://127.0.0.1:{}/", web.port);
    let grant = format!("private:http://127.0.0.1:{}", web.port);
    for (mode, word) in [("length", "content-length"), ("smuggle", "x-a")] {
        let said = fetch(mode, &url, &[&grant], &[&grant], Names::default()).await;
        assert!(said.contains("Invalid") && said.contains(word), "{said}");
    }
    assert_eq!(web.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_body_that_outlives_its_call_gives_nothing_more() {
    let web = Web::echo().await;
    let url = format!("http://127.0.0.1:{}/", web.port);
    let grant = format!("private:http://127.0.0.1:{}", web.port);
    let stage = Stage::new();
    let keeps = stage.fetcher("keeps", "body-kept", &url, &[&grant], &[&grant], Names::default());
    assert_eq!(text(&poll(&keeps).await.unwrap()), "kept");
    let polled = poll(&keeps).await.unwrap();
    assert!(text(&polled).contains("a call that is over"), "{}", text(&polled));
    assert_eq!(keeps.check().await.unwrap(), "call 3", "its instance stays");
}
