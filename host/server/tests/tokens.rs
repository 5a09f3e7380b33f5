//! Who is believed: a table of tokens that are not, with the words that say why, and the pages a good one works on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use jackfield_server::config::Algorithm;
use serde_json::{Value, json};
use stage::START;
use stage::ask::{ED25519, PAGE, RSA, RSA_PUBLIC, Row, check, claims, claims_with, door, request, sign, token};

/// A request with a token from some page: name, token, headers, status.
type Visit<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], u16);

fn with_origin(token: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder()
        .uri("/api/v1/me")
        .header("authorization", format!("Bearer {token}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_bad_token_is_refused_in_words_that_name_what_is_wrong() {
    let door = door().await;
    let now = START / 1000;
    let good = token(&claims());
    let bend = |changes: Value| token(&claims_with(&changes));
    let unsigned = {
        use base64::Engine;
        let part = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims()))
    };
    let shop = json!({"iss": "shop", "origin": "https://shop.example"});
    let confused = sign(Algorithm::Hs256, RSA_PUBLIC, &claims_with(&shop));
    let mut forged = good.clone();
    forged.replace_range(forged.len() - 4.., "AAAA");
    let long = bend(json!({"name": "n".repeat(6000)}));
    #[rustfmt::skip] // a table is read by its columns
    let rows: Vec<Row<'_, String>> = vec![
        ("a word", "hello".into(), 401, "token-malformed", None, "three parts"),
        ("two parts", "a.b".into(), 401, "token-malformed", None, "three parts"),
        ("four parts", "a.b.c.d".into(), 401, "token-malformed", None, "more than three parts"),
        ("no JSON", "aGk.aGk.aGk".into(), 401, "token-malformed", None, "header is not a JSON object"),
        ("too large", long, 401, "token-too-large", None, "4096 bytes"),
        ("alg none", unsigned, 401, "token-algorithm", Some("alg"), "signed with HS256"),
        ("HS256 with the public key of RS256", confused, 401, "token-algorithm", Some("alg"), "signed with RS256"),
        ("RS256 in the name of HS256", sign(Algorithm::Rs256, RSA, &claims()), 401, "token-algorithm", Some("alg"), "HS256"),
        ("forged", forged, 401, "token-signature", None, "does not hold"),
        ("another secret", sign(Algorithm::Hs256, &[b'x'; 40], &claims()), 401, "token-signature", None, "does not hold"),
        ("unknown issuer", bend(json!({"iss": "nobody"})), 401, "token-issuer-unknown", Some("iss"), "not configured"),
        ("no issuer", bend(json!({"iss": null})), 401, "token-claim", Some("iss"), "is missing"),
        ("for others", bend(json!({"aud": "somebody"})), 401, "token-audience", Some("aud"), "\"jackfield\""),
        ("for nobody", bend(json!({"aud": null})), 401, "token-claim", Some("aud"), "is missing"),
        ("expired", bend(json!({"iat": now - 900, "exp": now - 31})), 401, "token-expired", Some("exp"), "31 seconds ago"),
        ("from the future", bend(json!({"iat": now + 31, "exp": now + 90})), 401, "token-not-yet", Some("iat"), "future"),
        ("not yet", bend(json!({"nbf": now + 31})), 401, "token-not-yet", Some("iat"), "future"),
        ("for a day", bend(json!({"exp": now + 86_400})), 401, "token-lifetime", Some("exp"), "3600 seconds"),
        ("for ever", bend(json!({"exp": null})), 401, "token-claim", Some("exp"), "is missing"),
        ("a time in words", bend(json!({"exp": "soon"})), 401, "token-claim", Some("exp"), "whole number of seconds"),
        ("for nobody's", bend(json!({"sub": null})), 401, "token-claim", Some("sub"), "is missing"),
        ("an empty agent", bend(json!({"sub": ""})), 401, "token-claim", Some("sub"), "1 to 256 bytes"),
        ("without its own id", bend(json!({"jti": null})), 401, "token-claim", Some("jti"), "is missing"),
        ("unknown workspace", bend(json!({"tenant": "club"})), 403, "workspace-unknown", Some("tenant"), "workspace"),
        ("unknown brand", bend(json!({"brand": "westwind"})), 403, "brand-unknown", Some("brand"), "brand"),
        ("page of nobody", bend(json!({"origin": "https://evil.example"})), 403, "origin-unknown", Some("origin"), "origins"),
        ("made for another page", bend(json!({"origin": "https://desk.example"})), 403, "origin-wrong", Some("origin"), "https://desk.example"),
        ("made for no page", bend(json!({"origin": null})), 403, "origin-wrong", Some("origin"), "names no page"),
    ];
    let commits = door.house.store.commits();
    for (name, token, status, code, field, words) in rows {
        let answer = door
            .send(request(Method::GET, "/api/v1/me", &token, Body::empty()))
            .await;
        check(name, &answer, status, code, field, words);
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401, "{name}");
        let said = answer.body.to_string();
        for part in token.split('.').filter(|part| part.len() > 8) {
            assert!(!said.contains(part), "{name}: the answer repeats the token");
        }
    }
    let bare = Request::get("/api/v1/me").body(Body::empty()).unwrap();
    check(
        "no token",
        &door.send(bare).await,
        401,
        "token-missing",
        None,
        "Authorization: Bearer",
    );
    let basic = Request::get("/api/v1/me")
        .header("authorization", "Basic bWlhOm1pYQ==")
        .body(Body::empty())
        .unwrap();
    check(
        "another scheme",
        &door.send(basic).await,
        401,
        "token-missing",
        None,
        "Authorization: Bearer",
    );
    assert_eq!(door.house.store.commits(), commits);
}

#[tokio::test(start_paused = true)]
async fn a_good_token_of_each_algorithm_is_believed() {
    let door = door().await;
    let now = START / 1000;
    let shop = claims_with(&json!({"iss": "shop", "origin": "https://shop.example"}));
    let forum =
        claims_with(&json!({"iss": "forum", "origin": "https://forum.example", "tenant": "club", "brand": "westwind"}));
    let edge = claims_with(&json!({"iat": now - 600, "exp": now - 29}));
    let early = claims_with(&json!({"iat": now + 29, "exp": now + 600}));
    let list = claims_with(&json!({"aud": ["helpdesk", "jackfield"], "iat": now as f64}));
    for (token, page) in [
        (token(&claims()), PAGE),
        (sign(Algorithm::Rs256, RSA, &shop), "https://shop.example"),
        (sign(Algorithm::EdDsa, ED25519, &forum), "https://forum.example"),
        (token(&edge), PAGE),
        (token(&early), PAGE),
        (token(&list), PAGE),
    ] {
        let answer = door.send(with_origin(&token, &[("origin", page)])).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.headers["access-control-allow-origin"], page);
        assert_eq!(answer.body["agent"], "mia");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_works_on_its_page_in_our_frame_and_outside_of_browsers_and_nowhere_else() {
    let door = door().await;
    let bound = token(&claims());
    let free = token(&claims_with(&json!({"origin": null})));
    let own = ("host", "jackfield.example");
    #[rustfmt::skip] // a table is read by its columns
    let rows: &[Visit<'_>] = &[
        ("its page", &bound, &[("origin", PAGE), ("sec-fetch-site", "cross-site")], 200),
        ("a program", &bound, &[], 200),
        ("our frame reads", &bound, &[own, ("sec-fetch-site", "same-origin")], 200),
        ("our frame writes", &bound, &[ own, ("origin", "https://jackfield.example"), ("sec-fetch-site", "same-origin"), ], 200),
        ("another page", &bound, &[ own, ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ], 403),
        ("a sandboxed frame", &bound, &[own, ("origin", "null"), ("sec-fetch-site", "cross-site")], 403),
        ("another page, no origin sent", &bound, &[own, ("sec-fetch-site", "cross-site")], 403),
        ("a page, with the token of a program", &free, &[("origin", PAGE)], 403),
        ("a program with its own token", &free, &[], 200),
    ];
    for (name, token, headers, status) in rows {
        let answer = door.send(with_origin(token, headers)).await;
        assert_eq!(answer.status.as_u16(), *status, "{name}: {}", answer.body);
    }
}

#[tokio::test(start_paused = true)]
async fn only_pages_of_an_issuer_may_read_answers() {
    let door = door().await;
    let ask = |origin: &str| {
        Request::builder()
            .method(Method::OPTIONS)
            .uri("/api/v1/conversations")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization")
            .body(Body::empty())
            .unwrap()
    };
    let answer = door.send(ask(PAGE)).await;
    assert_eq!(answer.headers["access-control-allow-origin"], PAGE);
    for name in ["authorization", "content-type", "last-event-id"] {
        assert!(
            answer.headers["access-control-allow-headers"]
                .to_str()
                .unwrap()
                .contains(name)
        );
    }
    let answer = door.send(ask("https://evil.example")).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    // A page has to be able to read why it was refused.
    let answer = door.send(with_origin("x", &[("origin", PAGE)])).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["access-control-allow-origin"]),
        (401, &PAGE.parse().unwrap())
    );
    assert!(
        answer.headers["vary"]
            .to_str()
            .unwrap()
            .to_lowercase()
            .contains("origin")
    );
}
