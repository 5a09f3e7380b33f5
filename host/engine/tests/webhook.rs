//! Recipes: what is written wrong is refused with its line, what is signed wrong is refused with its reason, and no
//! bytes make either of them fall.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use hmac::{Hmac, KeyInit, Mac};
use jackfield_engine::egress::Grants;
use jackfield_engine::webhook::{Incoming, Recipe, Refusal, Verdict};
use jackfield_engine::{Manifest, Secret};
use proptest::prelude::*;
use sha2::Sha256;

/// The page of documentation; its recipes are the ones that are tried.
const PAGE: &str = include_str!("../../../docs/plugins/webhooks.md");
const NOW: u64 = 1_531_420_618_000;

/// A whole plugin.toml with the recipe of this heading.
fn written(heading: &str) -> String {
    let (_, behind) = PAGE
        .split_once(&format!("### {heading}\n"))
        .expect("the page has the heading");
    let (_, block) = behind.split_once("```toml\n").expect("a recipe stands below it");
    let (block, _) = block.split_once("```").expect("the block ends");
    format!("name = \"x\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"x\"\n\n{block}")
}

fn recipe(heading: &str) -> Recipe {
    Manifest::parse(&written(heading))
        .unwrap()
        .webhook
        .expect("it has a recipe")
}

fn keys(name: &str, values: &str) -> Vec<Secret> {
    Secret::lines(name, values, &Grants::default()).unwrap()
}

#[derive(Debug)]
struct Request {
    method: &'static str,
    url: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn post(headers: &[(&str, &str)], body: &[u8]) -> Self {
        Self {
            method: "POST",
            url: String::new(),
            query: String::new(),
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_lowercase(), (*value).to_owned()))
                .collect(),
            body: body.to_vec(),
        }
    }

    fn get(query: &str) -> Self {
        Self {
            method: "GET",
            query: query.to_owned(),
            ..Self::post(&[], b"")
        }
    }

    fn check(&self, recipe: &Recipe, secrets: &[Secret]) -> Result<Verdict, Refusal> {
        let incoming = Incoming {
            method: self.method,
            url: &self.url,
            path: "",
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        };
        recipe.verify(&incoming, secrets, NOW)
    }
}

fn hex_of(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

#[test]
fn every_recipe_of_the_page_is_read() {
    for heading in [
        "Twilio",
        "Slack",
        "Stripe",
        "Meta",
        "Discourse",
        "X",
        "Standard Webhooks",
    ] {
        assert!(!recipe(heading).by_plugin(), "{heading}");
        assert_eq!(recipe(heading).needs_url(), heading == "Twilio");
    }
}

#[test]
fn what_is_written_wrong_is_refused_with_its_line_and_the_repair() {
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            "Slack",
            "scheme = \"hmac-sha256\"",
            "scheme = \"hmac-md5\"",
            "hmac-sha256",
        ),
        ("Slack", "scheme = \"hmac-sha256\"\n", "", "`webhook.scheme` is missing"),
        (
            "Slack",
            "secret = \"signing-secret\"",
            "secret = \"singing-secret\"",
            "add a [[secret]]",
        ),
        (
            "Slack",
            "secret = \"signing-secret\"\n",
            "",
            "`webhook.secret` is missing",
        ),
        (
            "Slack",
            "header = \"X-Slack-Signature\"\n",
            "",
            "`webhook.header` is missing",
        ),
        (
            "Slack",
            "header = \"X-Slack-Signature\"",
            "header = \"X Slack\"",
            "name of a header",
        ),
        // Each of these would let no request through, ever.
        ("Slack", "prefix = \"v0=\"", "prefix = \"v0 \"", "no space"),
        ("Slack", "prefix = \"v0=\"", "prefix = \"v0=\\n\"", "no space"),
        (
            "Stripe",
            "signature-field = \"v1\"",
            "signature-field = \"v1\"\nprefix = \"t,\"",
            "no comma",
        ),
        (
            "Slack",
            "timestamp-header = \"X-Slack-Request-Timestamp\"",
            "timestamp-header = \"X Slack\"",
            "name of a header",
        ),
        (
            "Slack",
            "timestamp-header = \"X-Slack-Request-Timestamp\"",
            "timestamp-header = \"x-slack-signature\"",
            "`timestamp-field`",
        ),
        (
            "Slack",
            "timestamp-header = \"X-Slack-Request-Timestamp\"",
            "timestamp-field = \"t\"",
            "`webhook.signature-field` is missing",
        ),
        (
            "Stripe",
            "signature-field = \"v1\"",
            "signature-field = \"v=1\"",
            "a field of the header",
        ),
        (
            "Stripe",
            "timestamp-field = \"t\"",
            "timestamp-field = \"v1\"",
            "one field",
        ),
        ("Slack", "{timestamp}:{body}\"", "{timestamp}\"", "no {body}"),
        ("Slack", "v0:{timestamp}:{body}", "v0:{time}:{body}", "{time}"),
        ("Slack", "v0:{timestamp}:{body}", "v0:{body}", "not signed"),
        (
            "Slack",
            "timestamp-header = \"X-Slack-Request-Timestamp\"\n",
            "",
            "timestamp-field",
        ),
        (
            "Slack",
            "tolerance-seconds = 300",
            "tolerance-seconds = 0",
            "1 to 86400",
        ),
        ("Slack", "over = \"template\"", "over = \"body\"", "remove one"),
        (
            "Slack",
            "encoding = \"hex\"",
            "encoding = \"text\"",
            "that of the signature",
        ),
        ("Slack", "encoding = \"hex\"", "encoding = \"base32\"", "base64"),
        ("Slack", "encoding = \"hex\"", "encodings = \"hex\"", "encodings"),
        ("Slack", "kind = \"slack\"", "kind = \"black\"", "\"x-crc\""),
        (
            "Slack",
            "kind = \"slack\"",
            "kind = \"slack\"\nsecret = \"signing-secret\"",
            "remove `secret`",
        ),
        (
            "Meta",
            "kind = \"meta\"\nsecret = \"verify-token\"",
            "kind = \"meta\"",
            "verify token",
        ),
        (
            "Twilio",
            "over = \"url-and-sorted-form\"",
            "over = \"url\"",
            "url-and-sorted-form",
        ),
        (
            "Twilio",
            "encoding = \"base64\"",
            "encoding = \"base64\"\ntolerance-seconds = 5",
            "nothing can be late",
        ),
        ("X", "scheme = \"hmac-sha256\"", "scheme = \"hmac-sha1\"", "x-crc"),
        ("X", "scheme = \"hmac-sha256\"", "verify = \"plugin\"", "remove either"),
        ("X", "scheme = \"hmac-sha256\"", "verify = \"me\"", "write \"plugin\""),
    ];
    for (heading, from, to, words) in cases {
        let good = written(heading);
        let (before, _) = good.split_once(from).unwrap_or_else(|| panic!("{heading} says {from}"));
        let bad = good.replacen(from, to, 1);
        let error = Manifest::parse(&bad).unwrap_err();
        assert!(error.what.contains(words), "{to}: {error}");
        // The line of the fault, or of the section that lacks something.
        let section = good.lines().position(|line| line == "[webhook]").unwrap() + 1;
        let near = before.lines().count().abs_diff(error.line) <= 2 || error.line >= section;
        assert!(near, "{to}: {error}, expected near {}", before.lines().count());
    }
}

/// The example of Slack's own documentation of verifying requests.
#[test]
fn the_example_that_slack_publishes_is_believed() {
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let headers = [
        ("X-Slack-Request-Timestamp", "1531420618"),
        (
            "X-Slack-Signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ];
    let keys = keys("signing-secret", "8f742231b10e8888abcd99yyyzzz85a5");
    let request = Request::post(&headers, body);
    assert!(matches!(
        request.check(&recipe("Slack"), &keys),
        Ok(Verdict::Take { .. })
    ));
}

#[test]
fn each_fault_is_called_by_its_name() {
    let recipe = recipe("Slack");
    let keys = keys("signing-secret", "the new value\nthe old value\n");
    let signed = |secret: &str, at: &str, body: &[u8]| {
        let text = [format!("v0:{at}:").as_bytes(), body].concat();
        Request::post(
            &[
                ("X-Slack-Request-Timestamp", at),
                ("X-Slack-Signature", &format!("v0={}", hex_of(secret, &text))),
            ],
            body,
        )
    };
    let good = signed("the new value", "1531420618", b"{}");
    let Ok(Verdict::Take { mark }) = good.check(&recipe, &keys) else {
        panic!("a good request is refused");
    };
    // While a secret is renewed both values count; the mark is that of what was signed.
    let old = signed("the old value", "1531420618", b"{}");
    assert!(matches!(old.check(&recipe, &keys), Ok(Verdict::Take { mark: other }) if other != mark));
    assert!(matches!(good.check(&recipe, &keys), Ok(Verdict::Take { mark: same }) if same == mark));

    let mut tampered = signed("the new value", "1531420618", b"{}");
    tampered.body.push(b' ');
    assert!(matches!(tampered.check(&recipe, &keys), Err(Refusal::Tampered(_))));
    let mut younger = signed("the new value", "1531420000", b"{}");
    younger.headers[0].1 = "1531420618".to_owned();
    assert!(matches!(younger.check(&recipe, &keys), Err(Refusal::Tampered(_))));
    let other = signed("somebody else's", "1531420618", b"{}");
    assert!(matches!(other.check(&recipe, &keys), Err(Refusal::Tampered(_))));

    for at in ["1531420317", "1531420919"] {
        let late = signed("the new value", at, b"{}").check(&recipe, &keys);
        assert!(matches!(late, Err(Refusal::Late(_))), "{at}: {late:?}");
    }
    for at in ["1531420318", "1531420918", "1531420618000"] {
        let fresh = signed("the new value", at, b"{}").check(&recipe, &keys);
        assert!(matches!(fresh, Ok(Verdict::Take { .. })), "{at}: {fresh:?}");
    }

    let mut headers = good.headers.clone();
    headers.pop();
    let unsigned = Request {
        headers,
        ..signed("x", "1", b"{}")
    };
    assert!(matches!(unsigned.check(&recipe, &keys), Err(Refusal::Malformed(_))));
    let mut twice = signed("the new value", "1531420618", b"{}");
    twice.headers.push(twice.headers[1].clone());
    assert!(matches!(twice.check(&recipe, &keys), Err(Refusal::Malformed(why)) if why.contains("twice")));
    let unready = good.check(&recipe, &[]);
    assert!(
        matches!(&unready, Err(Refusal::Unready(why)) if why.contains("--secret signing-secret=file:PATH")),
        "{unready:?}"
    );
}

#[test]
fn challenges_are_answered_and_nobody_elses_are() {
    let slack = recipe("Slack");
    let slack_keys = keys("signing-secret", "the slack secret");
    let body = br#"{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}"#;
    let text = [b"v0:1531420618:".as_slice(), body].concat();
    let signature = format!("v0={}", hex_of("the slack secret", &text));
    let asked = Request::post(
        &[
            ("X-Slack-Request-Timestamp", "1531420618"),
            ("X-Slack-Signature", &signature),
        ],
        body,
    );
    let Ok(Verdict::Answer(answer)) = asked.check(&slack, &slack_keys) else {
        panic!("Slack's question is not answered");
    };
    assert_eq!(answer.text, "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    let unsigned = Request::post(
        &[
            ("X-Slack-Request-Timestamp", "1531420618"),
            ("X-Slack-Signature", "v0=00"),
        ],
        body,
    );
    assert!(matches!(unsigned.check(&slack, &slack_keys), Err(Refusal::Tampered(_))));

    let meta = recipe("Meta");
    let meta_keys = [
        keys("app-secret", "the app secret"),
        keys("verify-token", "a word of ours"),
    ]
    .concat();
    let good = Request::get("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a+word+of%20ours");
    assert!(matches!(good.check(&meta, &meta_keys), Ok(Verdict::Answer(answer)) if answer.text == "1158201444"));
    for query in [
        "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a+word",
        "hub.mode=subscribe&hub.challenge=<script>&hub.verify_token=a+word+of+ours",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=a+word+of+ours",
    ] {
        assert!(
            matches!(Request::get(query).check(&meta, &meta_keys), Err(Refusal::Tampered(_))),
            "{query}"
        );
    }
    // No verify token of ours: no token is right, the empty one least of all.
    let none = Request::get("hub.mode=subscribe&hub.challenge=1&hub.verify_token=");
    assert!(matches!(
        none.check(&meta, &keys("app-secret", "the app secret")),
        Err(Refusal::Tampered(_))
    ));

    let x = recipe("X");
    let x_keys = keys("consumer-secret", "the consumer secret");
    let asked = Request::get("crc_token=OWE1NDcwZmYtMjA0&nonce=abc").check(&x, &x_keys);
    let Ok(Verdict::Answer(answer)) = asked else {
        panic!("{asked:?}");
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(b"the consumer secret").unwrap();
    mac.update(b"OWE1NDcwZmYtMjA0");
    use base64::Engine as _;
    let expected = base64::prelude::BASE64_STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(answer.text, format!("{{\"response_token\":\"sha256={expected}\"}}"));
    // Nobody gets a signature of something that could be a message.
    for word in ["%7B%22for_user_id%22%3A%221%22%7D", "", "a%20b", "%0A"] {
        let asked = Request::get(&format!("crc_token={word}")).check(&x, &x_keys);
        assert!(matches!(asked, Err(Refusal::Tampered(_))), "{word}: {asked:?}");
    }
}

#[test]
fn several_signatures_in_one_header_are_each_tried() {
    let keys = keys("endpoint-secret", "whsec_the_secret");
    let right = hex_of("whsec_the_secret", b"1531420618.{}");
    for (header, good) in [
        (format!("t=1531420618,v1={right}"), true),
        (format!("t=1531420618,v1={},v1={right},v0=aa", "0".repeat(64)), true),
        (format!("t=1531420618, v1={right}"), true),
        (format!("t=1531420619,v1={right}"), false),
        (format!("t=1531420618,v0={right}"), false),
        (format!("v1={right}"), false),
    ] {
        let request = Request::post(&[("Stripe-Signature", &header)], b"{}");
        assert_eq!(request.check(&recipe("Stripe"), &keys).is_ok(), good, "{header}");
    }
}

#[test]
fn a_body_that_the_signature_does_not_cover_is_not_taken() {
    let twilio = recipe("Twilio");
    let keys = keys("auth-token", "12345678");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let mut request = Request::post(&[form, ("X-Twilio-Signature", "AAAA")], b"a=1");
    assert!(matches!(request.check(&twilio, &keys), Err(Refusal::Unready(why)) if why.contains("public-url")));
    request.url = "https://a.example/hooks/main".to_owned();
    assert!(matches!(request.check(&twilio, &keys), Err(Refusal::Tampered(_))));
    request.headers[0].1 = "application/json".to_owned();
    assert!(matches!(request.check(&twilio, &keys), Err(Refusal::Malformed(why)) if why.contains("bodySHA256")));
}

fn any_request() -> impl Strategy<Value = Request> {
    let name = prop_oneof![
        Just("x-slack-signature".to_owned()),
        Just("x-slack-request-timestamp".to_owned()),
        Just("stripe-signature".to_owned()),
        Just("x-twilio-signature".to_owned()),
        Just("x-hub-signature-256".to_owned()),
        Just("content-type".to_owned()),
        "[a-z-]{0,12}",
    ];
    let value = prop_oneof![
        "[ -~]{0,80}",
        Just("application/x-www-form-urlencoded".to_owned()),
        "v0=[0-9a-f]{0,70}",
        "t=[0-9]{0,22},v1=[0-9a-f]{0,66}",
        "sha256=[0-9a-zA-Z+/=]{0,70}",
    ];
    let headers = prop::collection::vec((name, value), 0..6);
    let query = prop_oneof![
        "[ -~]{0,60}",
        "hub.mode=subscribe&hub.challenge=.{0,8}&hub.verify_token=.{0,9}",
        "crc_token=.{0,12}"
    ];
    (
        headers,
        query,
        prop::collection::vec(any::<u8>(), 0..200),
        prop::bool::ANY,
    )
        .prop_map(|(headers, query, body, get)| Request {
            method: if get { "GET" } else { "POST" },
            url: format!("https://a.example/hooks/main?{query}"),
            query,
            headers,
            body,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_of_a_stranger_is_taken_and_none_makes_it_fall(request in any_request()) {
        let secrets = ["signing-secret", "endpoint-secret", "auth-token", "app-secret", "verify-token"]
            .map(|name| keys(name, "a value that nobody guesses"))
            .concat();
        for heading in ["Twilio", "Slack", "Stripe", "Meta"] {
            let verdict = request.check(&recipe(heading), &secrets);
            prop_assert!(verdict.is_err(), "{heading}: {verdict:?}");
        }
    }

    #[test]
    fn no_text_makes_the_reading_of_a_recipe_fall(lines in prop::collection::vec("[ -~]{0,40}", 0..6)) {
        let text = format!("{}\n{}", written("Slack"), lines.join("\n"));
        let _ = Manifest::parse(&text);
    }

    #[test]
    fn one_flipped_bit_of_a_body_is_noticed(body in prop::collection::vec(any::<u8>(), 1..300), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let keys = keys("webhook-secret", "the webhook secret");
        let signature = format!("sha256={}", hex_of("the webhook secret", &body));
        let mut request = Request::post(&[("X-Discourse-Event-Signature", &signature)], &body);
        let taken = matches!(request.check(&recipe("Discourse"), &keys), Ok(Verdict::Take { .. }));
        prop_assert!(taken);
        let at = at.index(body.len());
        request.body[at] ^= 1_u8 << bit;
        let refused = matches!(request.check(&recipe("Discourse"), &keys), Err(Refusal::Tampered(_)));
        prop_assert!(refused);
    }
}
