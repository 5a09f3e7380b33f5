//! Bad input gets a clear answer and changes nothing: a table of requests with the status, the code, the field and the
//! words of each answer, and after every row a look at whether anything was written.

mod stage;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use jackfield_server::config::Algorithm;
use serde_json::{Value, json};
use stage::ask::{Answer, Door, ED25519, PAGE, RSA, RSA_PUBLIC, claims, claims_with, request, sign, token};
use stage::{House, START, thread_id};

/// A house with Ana's question in it, and a door.
async fn door() -> Door {
    let house = House::open().await;
    house.network.post("1", "a", "Where is my parcel?");
    house.until("stored", |h| h.messages() == ["1"]).await;
    Door::new(house)
}

/// The answer is this refusal, and nothing was written.
fn check(name: &str, answer: &Answer, status: u16, code: &str, field: Option<&str>, words: &str) {
    assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
    assert_eq!(answer.code(), code, "{name}: {}", answer.body);
    assert_eq!(
        answer.body.get("field").and_then(Value::as_str),
        field,
        "{name}: {}",
        answer.body
    );
    assert!(answer.message().contains(words), "{name}: {}", answer.message());
    assert!(
        answer.message().ends_with(['.', '!']),
        "{name}: a sentence ends: {}",
        answer.message()
    );
}

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
    let rows: Vec<(&str, String, u16, &str, Option<&str>, &str)> = vec![
        ("a word", "hello".into(), 401, "token-malformed", None, "three parts"),
        ("two parts", "a.b".into(), 401, "token-malformed", None, "three parts"),
        (
            "four parts",
            "a.b.c.d".into(),
            401,
            "token-malformed",
            None,
            "more than three parts",
        ),
        (
            "no JSON",
            "aGk.aGk.aGk".into(),
            401,
            "token-malformed",
            None,
            "header is not a JSON object",
        ),
        ("too large", long, 401, "token-too-large", None, "4096 bytes"),
        (
            "alg none",
            unsigned,
            401,
            "token-algorithm",
            Some("alg"),
            "signed with HS256",
        ),
        (
            "HS256 with the public key of RS256",
            confused,
            401,
            "token-algorithm",
            Some("alg"),
            "signed with RS256",
        ),
        (
            "RS256 in the name of HS256",
            sign(Algorithm::Rs256, RSA, &claims()),
            401,
            "token-algorithm",
            Some("alg"),
            "HS256",
        ),
        ("forged", forged, 401, "token-signature", None, "does not hold"),
        (
            "another secret",
            sign(Algorithm::Hs256, &[b'x'; 40], &claims()),
            401,
            "token-signature",
            None,
            "does not hold",
        ),
        (
            "unknown issuer",
            bend(json!({"iss": "nobody"})),
            401,
            "token-issuer-unknown",
            Some("iss"),
            "not configured",
        ),
        (
            "no issuer",
            bend(json!({"iss": null})),
            401,
            "token-claim",
            Some("iss"),
            "is missing",
        ),
        (
            "for others",
            bend(json!({"aud": "somebody"})),
            401,
            "token-audience",
            Some("aud"),
            "\"jackfield\"",
        ),
        (
            "for nobody",
            bend(json!({"aud": null})),
            401,
            "token-claim",
            Some("aud"),
            "is missing",
        ),
        (
            "expired",
            bend(json!({"iat": now - 900, "exp": now - 31})),
            401,
            "token-expired",
            Some("exp"),
            "31 seconds ago",
        ),
        (
            "from the future",
            bend(json!({"iat": now + 31, "exp": now + 90})),
            401,
            "token-not-yet",
            Some("iat"),
            "future",
        ),
        (
            "not yet",
            bend(json!({"nbf": now + 31})),
            401,
            "token-not-yet",
            Some("iat"),
            "future",
        ),
        (
            "for a day",
            bend(json!({"exp": now + 86_400})),
            401,
            "token-lifetime",
            Some("exp"),
            "3600 seconds",
        ),
        (
            "for ever",
            bend(json!({"exp": null})),
            401,
            "token-claim",
            Some("exp"),
            "is missing",
        ),
        (
            "a time in words",
            bend(json!({"exp": "soon"})),
            401,
            "token-claim",
            Some("exp"),
            "whole number of seconds",
        ),
        (
            "for nobody's",
            bend(json!({"sub": null})),
            401,
            "token-claim",
            Some("sub"),
            "is missing",
        ),
        (
            "an empty agent",
            bend(json!({"sub": ""})),
            401,
            "token-claim",
            Some("sub"),
            "1 to 256 bytes",
        ),
        (
            "without its own id",
            bend(json!({"jti": null})),
            401,
            "token-claim",
            Some("jti"),
            "is missing",
        ),
        (
            "unknown workspace",
            bend(json!({"tenant": "club"})),
            403,
            "workspace-unknown",
            Some("tenant"),
            "workspace",
        ),
        (
            "unknown brand",
            bend(json!({"brand": "westwind"})),
            403,
            "brand-unknown",
            Some("brand"),
            "brand",
        ),
        (
            "page of nobody",
            bend(json!({"origin": "https://evil.example"})),
            403,
            "origin-unknown",
            Some("origin"),
            "origins",
        ),
        (
            "made for another page",
            bend(json!({"origin": "https://desk.example"})),
            403,
            "origin-wrong",
            Some("origin"),
            "https://desk.example",
        ),
        (
            "made for no page",
            bend(json!({"origin": null})),
            403,
            "origin-wrong",
            Some("origin"),
            "names no page",
        ),
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
    let rows: &[(&str, &str, &[(&str, &str)], u16)] = &[
        (
            "its page",
            &bound,
            &[("origin", PAGE), ("sec-fetch-site", "cross-site")],
            200,
        ),
        ("a program", &bound, &[], 200),
        (
            "our frame reads",
            &bound,
            &[own, ("sec-fetch-site", "same-origin")],
            200,
        ),
        (
            "our frame writes",
            &bound,
            &[
                own,
                ("origin", "https://jackfield.example"),
                ("sec-fetch-site", "same-origin"),
            ],
            200,
        ),
        (
            "another page",
            &bound,
            &[
                own,
                ("origin", "https://evil.example"),
                ("sec-fetch-site", "cross-site"),
            ],
            403,
        ),
        (
            "a sandboxed frame",
            &bound,
            &[own, ("origin", "null"), ("sec-fetch-site", "cross-site")],
            403,
        ),
        (
            "another page, no origin sent",
            &bound,
            &[own, ("sec-fetch-site", "cross-site")],
            403,
        ),
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

#[tokio::test(start_paused = true)]
async fn a_bad_body_is_refused_with_its_field_and_changes_nothing() {
    let door = door().await;
    let path = format!("/api/v1/conversations/{}/commands", thread_id("a"));
    let json_of = |value: Value| value.to_string().into_bytes();
    let note = |text: &str| json!({"id": "n1", "command": {"do": "note", "text": text}});
    let mut not_utf8 = json_of(note("caf"));
    let at = not_utf8.windows(3).position(|three| three == b"caf").unwrap();
    not_utf8[at + 2] = 0xe9;
    let rows: Vec<(&str, Vec<u8>, u16, &str, Option<&str>, &str)> = vec![
        ("empty", Vec::new(), 400, "body-not-json", None, "not JSON"),
        (
            "cut off",
            b"{\"id\": \"n1\",".to_vec(),
            400,
            "body-not-json",
            None,
            "line 1, column",
        ),
        (
            "something behind it",
            b"{\"id\":\"n1\",\"command\":{\"do\":\"take\"}} x".to_vec(),
            400,
            "body-not-json",
            None,
            "trailing",
        ),
        (
            "too large",
            json_of(note(&"n".repeat(70_000))),
            413,
            "body-too-large",
            None,
            "64 KiB",
        ),
        ("not UTF-8", not_utf8, 400, "body-not-utf8", None, "byte"),
        (
            "an unknown field",
            json_of(json!({"id": "n1", "command": {"do": "take"}, "force": true})),
            400,
            "body-field",
            Some("force"),
            "unknown field",
        ),
        (
            "an unknown field inside",
            json_of(json!({"id": "n1", "command": {"do": "note", "text": "x", "colour": 1}})),
            400,
            "body-field",
            Some("command.colour"),
            "unknown field",
        ),
        (
            "an unknown field beside a bare word",
            json_of(json!({"id": "n1", "command": {"do": "take", "force": true}})),
            400,
            "body-field",
            Some("command.force"),
            "no field `command.force`",
        ),
        (
            "no command",
            json_of(json!({"id": "n1"})),
            400,
            "body-field",
            Some("command"),
            "missing field",
        ),
        (
            "no text",
            json_of(json!({"id": "n1", "command": {"do": "note"}})),
            400,
            "body-field",
            Some("command.text"),
            "missing field",
        ),
        (
            "an unknown command",
            json_of(json!({"id": "n1", "command": {"do": "explode"}})),
            400,
            "body-field",
            Some("command.do"),
            "explode",
        ),
        (
            "a number for an id",
            json_of(json!({"id": 7, "command": {"do": "take"}})),
            400,
            "body-field",
            Some("id"),
            "invalid type",
        ),
        (
            "an id that cannot be one",
            json_of(json!({"id": "a b", "command": {"do": "take"}})),
            409,
            "command-id-malformed",
            Some("id"),
            "A-Z a-z 0-9",
        ),
        (
            "an empty note",
            json_of(note("")),
            409,
            "note-empty",
            Some("command.text"),
            "write a note",
        ),
        (
            "an empty reply",
            json_of(json!({"id": "r1", "command": {"do": "reply", "text": " ", "visibility": "public"}})),
            409,
            "reply-empty",
            Some("command.text"),
            "write a text",
        ),
        (
            "a reply that is too long",
            json_of(json!({"id": "r1", "command": {"do": "reply", "text": "x".repeat(501), "visibility": "public"}})),
            409,
            "reply-too-long",
            Some("command.text"),
            "1 too long",
        ),
        (
            "a note for the public",
            json_of(json!({"id": "r1", "command": {"do": "reply", "text": "x", "visibility": "internal"}})),
            409,
            "visibility-internal",
            Some("command.visibility"),
            "never published",
        ),
        (
            "an answer to nothing",
            json_of(
                json!({"id": "r1", "command": {"do": "reply", "text": "x", "visibility": "public", "parent": "99"}}),
            ),
            409,
            "parent-unknown",
            Some("command.parent"),
            "not part of this conversation",
        ),
        (
            "a version from the future",
            json_of(json!({"id": "s1", "command": {"do": "seen", "version": 99}})),
            409,
            "version-unknown",
            Some("command.version"),
            "read it again",
        ),
    ];
    let (commits, before) = (door.house.store.commits(), door.house.conversation("a"));
    for (name, body, status, code, field, words) in rows {
        let answer = door
            .send(request(Method::POST, &path, &token(&claims()), Body::from(body)))
            .await;
        check(name, &answer, status, code, field, words);
    }
    let mut form = request(Method::POST, &path, &token(&claims()), Body::from("do=take"));
    form.headers_mut()
        .insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    check(
        "a form",
        &door.send(form).await,
        415,
        "body-not-json",
        None,
        "Content-Type",
    );
    assert_eq!(
        (door.house.store.commits(), door.house.conversation("a")),
        (commits, before)
    );
}

#[tokio::test(start_paused = true)]
async fn a_bad_address_is_refused_with_its_field() {
    let door = door().await;
    let get = Method::GET;
    let rows: &[(&Method, &str, u16, &str, Option<&str>, &str)] = &[
        (
            &get,
            "/api/v1/conversations?colour=red",
            400,
            "query-field",
            Some("colour"),
            "unknown field",
        ),
        (
            &get,
            "/api/v1/conversations?status=shut",
            400,
            "query-field",
            Some("status"),
            "`open`, `resolved` or `all`",
        ),
        (
            &get,
            "/api/v1/conversations?limit=0",
            400,
            "query-field",
            Some("limit"),
            "1 to 200",
        ),
        (
            &get,
            "/api/v1/conversations?limit=201",
            400,
            "query-field",
            Some("limit"),
            "1 to 200",
        ),
        (
            &get,
            "/api/v1/conversations?limit=many",
            400,
            "query-field",
            Some("limit"),
            "invalid digit",
        ),
        (
            &get,
            "/api/v1/conversations?owner=",
            400,
            "query-field",
            Some("owner"),
            "`me`",
        ),
        (
            &get,
            "/api/v1/conversations?q=caf%E9",
            400,
            "query-not-utf8",
            Some("q"),
            "not UTF-8",
        ),
        (
            &get,
            "/api/v1/conversations?limit=1&limit=2",
            400,
            "query-field",
            Some("limit"),
            "duplicate field",
        ),
        (&get, "/api/v1/search", 400, "query-field", Some("q"), "missing field"),
        (&get, "/api/v1/search?q=%20", 400, "query-field", Some("q"), "empty"),
        (
            &get,
            "/api/v1/feed?after=-1",
            400,
            "query-field",
            Some("after"),
            "invalid digit",
        ),
        (
            &get,
            "/api/v1/conversations/%FF",
            400,
            "path-not-utf8",
            Some("id"),
            "not UTF-8",
        ),
        (&get, "/api/v1/nothing", 404, "route-unknown", None, "/api/openapi.json"),
        (
            &Method::PUT,
            "/api/v1/nothing",
            404,
            "route-unknown",
            None,
            "/api/openapi.json",
        ),
        (&Method::DELETE, "/api/v1/me", 405, "method-unknown", None, "DELETE"),
    ];
    let commits = door.house.store.commits();
    for (method, path, status, code, field, words) in rows {
        let answer = door
            .send(request((*method).clone(), path, &token(&claims()), Body::empty()))
            .await;
        check(path, &answer, *status, code, *field, words);
    }
    let mut last = request(Method::GET, "/api/v1/feed", &token(&claims()), Body::empty());
    last.headers_mut().insert("last-event-id", "yesterday".parse().unwrap());
    check(
        "a word",
        &door.send(last).await,
        400,
        "query-field",
        Some("Last-Event-ID"),
        "a number",
    );
    assert_eq!(door.house.store.commits(), commits);
}

#[tokio::test(start_paused = true)]
async fn what_is_another_brands_is_answered_like_what_does_not_exist() {
    let door = door().await;
    let other = token(&claims_with(&json!({"brand": "southwind"})));
    let (theirs, nobodys) = (thread_id("a"), thread_id("never seen"));
    let body = || Body::from(json!({"id": "x1", "command": {"do": "take"}}).to_string());
    let commits = door.house.store.commits();
    for (method, tail, with_body) in [(Method::GET, "", false), (Method::POST, "/commands", true)] {
        let ask = async |id: &str| {
            let body = if with_body { body() } else { Body::empty() };
            let path = format!("/api/v1/conversations/{id}{tail}");
            door.send(request(method.clone(), &path, &other, body)).await
        };
        let (there, absent) = (ask(theirs.as_str()).await, ask(nobodys.as_str()).await);
        check(
            "another brand's",
            &there,
            404,
            "conversation-unknown",
            Some("id"),
            "There is no conversation",
        );
        assert_eq!(
            there.body.to_string().replace(theirs.as_str(), "ID"),
            absent.body.to_string().replace(nobodys.as_str(), "ID")
        );
        let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&there), names(&absent));
    }
    assert_eq!(door.house.store.commits(), commits);
    let page = door
        .send(request(
            Method::GET,
            "/api/v1/conversations?status=all",
            &other,
            Body::empty(),
        ))
        .await;
    assert_eq!((&page.body["total"], &page.body["feed"]), (&json!(0), &json!(0)));
    let me = door
        .send(request(Method::GET, "/api/v1/me", &other, Body::empty()))
        .await;
    assert_eq!(me.body["connections"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_said_and_reading_goes_on() {
    let door = door().await;
    let path = format!("/api/v1/conversations/{}/commands", thread_id("a"));
    let note = json!({"id": "n1", "command": {"do": "note", "text": "call back"}});
    let before = door.house.conversation("a");
    door.house.store.full(true);
    let answer = door.post(&path, &note).await;
    check("full", &answer, 507, "storage-full", None, "disk is full");
    assert!(!answer.message().contains("/somewhere"), "paths are the operator's");
    assert_eq!(door.house.conversation("a"), before);
    assert_eq!(
        door.get(&format!("/api/v1/conversations/{}", thread_id("a")))
            .await
            .status,
        StatusCode::OK
    );
    door.house.store.full(false);
    assert_eq!(door.post(&path, &note).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn the_same_command_twice_has_one_effect_and_the_same_answer() {
    let door = door().await;
    let path = format!("/api/v1/conversations/{}/commands", thread_id("a"));
    let reply = json!({"id": "r1", "command": {"do": "reply", "text": "On its way", "visibility": "public"}});
    let first = door.post(&path, &reply).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    door.house.until_reply("a", "r1", stage::is_sent).await;
    let second = door.post(&path, &reply).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.body);
    let key = |answer: &Answer| {
        answer.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["key"].to_string())
            .collect::<Vec<_>>()
    };
    assert!(key(&first).contains(&"\"r:r1\"".to_owned()));
    assert_eq!(key(&second), ["\"r:r1\""]);
    assert_eq!(door.house.network.published().len(), 1);
    let other = json!({"id": "r1", "command": {"do": "note", "text": "something else"}});
    let answer = door.post(&path, &other).await;
    check(
        "another use of the id",
        &answer,
        409,
        "command-id-reused",
        Some("id"),
        "new id",
    );
}
