//! The encrypted side: certificates are believed by authority alone, a redirect never goes from https to http unless
//! that http host was granted, and the pinned address is dialled under the name that was asked for.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::sync::Arc;
use support::{
    Names, Stage, TOKEN, Web, ok, poll, redirect, text,
    tls::{acceptor, listen},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// An https server for `name` on this machine, and the authority (DER) that signed for it.
async fn secure(name: &str, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (u16, Vec<u8>) {
    let (acceptor, root) = acceptor(name);
    let answer = Arc::new(answer);
    let port = listen(move |stream| {
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let mut head = vec![0; 8192];
            let n = stream.read(&mut head).await.unwrap_or(0);
            let _ = stream.write_all(&answer(&String::from_utf8_lossy(&head[..n]))).await;
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (port, root)
}

async fn fetch(roots: Vec<Vec<u8>>, url: &str, grants: &[&str], names: Names) -> String {
    let connection = Stage::with_roots(roots).fetcher("tls", "fetch", url, grants, grants, names);
    text(&poll(&connection).await.unwrap()).to_owned()
}

fn here(names: &[&str]) -> Names {
    names
        .iter()
        .fold(Names::default(), |all, name| all.with(name, &["127.0.0.1"]))
}

#[tokio::test]
async fn a_certificate_is_believed_by_its_authority_and_for_its_name() {
    let (port, root) = secure("forum.test", |head| {
        ok(&format!("{} {}", head.lines().next().unwrap(), head.contains(TOKEN)))
    })
    .await;
    let grant = format!("private:forum.test:{port}");
    let url = format!("https://forum.test:{port}/x");
    let said = fetch(vec![root.clone()], &url, &[&grant], here(&["forum.test"])).await;
    assert_eq!(said, "200 GET /x HTTP/1.1 true");

    let said = fetch(Vec::new(), &url, &[&grant], here(&["forum.test"])).await;
    assert!(
        said.contains("cannot be reached") && said.contains("certificate"),
        "{said}"
    );

    let (url, grant) = (
        format!("https://other.test:{port}/x"),
        format!("private:other.test:{port}"),
    );
    let said = fetch(vec![root], &url, &[&grant], here(&["other.test"])).await;
    assert!(
        said.contains("cannot be reached") && said.contains("certificate"),
        "{said}"
    );
}

#[tokio::test]
async fn a_redirect_from_https_to_http_needs_the_grant_of_that_http_host() {
    let plain = Web::echo().await;
    let to = format!("http://forum.test:{}/plain", plain.port);
    let (port, root) = secure("forum.test", move |_| redirect(&to)).await;
    let url = format!("https://forum.test:{port}/x");
    let secure_grant = format!("private:forum.test:{port}");
    let said = fetch(vec![root.clone()], &url, &[&secure_grant], here(&["forum.test"])).await;
    assert!(
        said.starts_with("Failure::NotGranted") && said.contains("redirects elsewhere"),
        "{said}"
    );
    assert!(plain.requests().is_empty());

    let plain_grant = format!("private:http://forum.test:{}", plain.port);
    let said = fetch(vec![root], &url, &[&secure_grant, &plain_grant], here(&["forum.test"])).await;
    assert!(said.starts_with("200 GET /plain"), "{said}");
    assert!(
        !plain.requests()[0].contains(TOKEN),
        "no credential follows to another scheme"
    );
}

#[tokio::test]
async fn a_plain_server_behind_https_is_unreachable_and_nothing_was_said_to_it() {
    let web = Web::echo().await;
    let (url, grant) = (
        format!("https://forum.test:{}/", web.port),
        format!("private:forum.test:{}", web.port),
    );
    let said = fetch(Vec::new(), &url, &[&grant], here(&["forum.test"])).await;
    assert!(said.starts_with("Failure::Unreachable"), "{said}");
    assert!(!web.requests().iter().any(|seen| seen.contains(TOKEN)));
}
