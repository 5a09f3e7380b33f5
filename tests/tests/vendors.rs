//! Signatures as the vendors' own code makes and judges them: Twilio's `RequestValidator`, Slack's `SignatureVerifier`,
//! and openssl for Meta and Discourse, against the recipes that our documentation gives to plugin authors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_engine::egress::Grants;
use jackfield_engine::webhook::{Incoming, Recipe, Refusal, Verdict};
use jackfield_engine::{Manifest, Secret};
use jackfield_tests::trials::trial;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

const SECRET: &str = "an auth token of 32 characters..";
const NOW: u64 = 1_795_510_800;

fn main() {
    let venv = jackfield_tests::places::venv().and_then(|venv| {
        let there = Command::new(venv.join("bin/python"))
            .args(["-c", "import twilio, slack_sdk"])
            .output();
        match there.is_ok_and(|run| run.status.success()) {
            true => Ok(()),
            false => Err("twilio and slack_sdk are not in it: pip install -r tests/requirements.txt".to_owned()),
        }
    });
    let venv = venv.err();
    let openssl = Command::new("openssl").arg("version").output().err();
    let openssl = openssl.map(|error| format!("openssl does not run: {error}"));
    let trials = vec![
        trial(
            "twilios_and_slacks_own_code_and_our_recipes_agree_on_every_request",
            venv.as_deref(),
            agree,
        ),
        trial(
            "what_openssl_signs_for_meta_and_discourse_is_believed_and_nothing_else",
            openssl.as_deref(),
            openssl_signs,
        ),
    ];
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}

/// The recipe below a heading of the page of documentation.
fn recipe(heading: &str) -> Recipe {
    let page =
        std::fs::read_to_string(jackfield_tests::places::root().join("docs/plugins/webhooks.md")).expect("the page");
    let (_, behind) = page
        .split_once(&format!("### {heading}\n"))
        .expect("the page has the heading");
    let (_, block) = behind.split_once("```toml\n").expect("a recipe stands below it");
    let (block, _) = block.split_once("```").expect("the block ends");
    let manifest = format!("name = \"x\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"x\"\n\n{block}");
    Manifest::parse(&manifest)
        .expect("the page's recipes are good")
        .webhook
        .expect("there is one")
}

#[derive(Deserialize, Debug)]
struct Request {
    vendor: String,
    url: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
    good: bool,
}

fn judge(recipe: &Recipe, request: &Request) -> Result<Verdict, Refusal> {
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect();
    let names = ["auth-token", "signing-secret", "app-secret", "webhook-secret"];
    let secrets = names
        .map(|name| Secret::lines(name, SECRET, &Grants::default()).expect("a secret"))
        .concat();
    let incoming = Incoming {
        method: "POST",
        url: &request.url,
        path: "",
        query: &request.query,
        headers: &headers,
        body: request.body.as_bytes(),
    };
    recipe.verify(&incoming, &secrets, NOW * 1000)
}

async fn agree() {
    let venv = jackfield_tests::places::venv().expect("the trial runs only where it is");
    let recipes = [("Twilio", recipe("Twilio")), ("Slack", recipe("Slack"))];
    let (mut good, mut bad) = (0, 0);
    for seed in 1..=5 {
        let run = Command::new(venv.join("bin/python"))
            .arg(jackfield_tests::places::root().join("tests/python/sign_webhooks.py"))
            .args([SECRET, &NOW.to_string(), &seed.to_string()])
            .output()
            .expect("Python runs");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        for line in String::from_utf8(run.stdout).expect("JSON").lines() {
            let request: Request = serde_json::from_str(line).expect("JSON");
            let (_, recipe) = recipes
                .iter()
                .find(|(vendor, _)| *vendor == request.vendor)
                .expect("a vendor we know");
            let verdict = judge(recipe, &request);
            let taken = matches!(verdict, Ok(Verdict::Take { .. }));
            assert_eq!(taken, request.good, "seed {seed}: {verdict:?} of {request:?}");
            match taken {
                true => good += 1,
                false => bad += 1,
            }
        }
    }
    assert!(
        good > 300 && bad > 300,
        "{good} good, {bad} bad: the vendors' code says yes and no"
    );
}

fn openssl(body: &[u8]) -> String {
    let mut child = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", SECRET, "-hex"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl runs");
    child
        .stdin
        .take()
        .expect("asked for")
        .write_all(body)
        .expect("it reads");
    let said = child.wait_with_output().expect("it ends").stdout;
    let said = String::from_utf8(said).expect("text");
    said.trim().rsplit(' ').next().expect("a digest").to_owned()
}

async fn openssl_signs() {
    for (vendor, header) in [
        ("Meta", "X-Hub-Signature-256"),
        ("Discourse", "X-Discourse-Event-Signature"),
    ] {
        let recipe = recipe(vendor);
        for body in [
            "",
            "{}",
            r#"{"object":"page","entry":[{"text":"gr\u00f6\u00dfe 👍"}]}"#,
            &"x".repeat(100_000),
        ] {
            let digest = openssl(body.as_bytes());
            let request = |signature: String, body: &str| Request {
                vendor: vendor.to_owned(),
                url: String::new(),
                query: String::new(),
                headers: BTreeMap::from([(header.to_owned(), signature)]),
                body: body.to_owned(),
                good: true,
            };
            let good = judge(&recipe, &request(format!("sha256={digest}"), body));
            assert!(matches!(good, Ok(Verdict::Take { .. })), "{vendor}: {good:?}");
            for (signature, body) in [
                (format!("sha256={digest}"), format!("{body} ")),
                (format!("sha256={}", openssl(b"something else")), body.to_owned()),
                (digest.clone(), body.to_owned()),
                (format!("sha1={digest}"), body.to_owned()),
            ] {
                let verdict = judge(&recipe, &request(signature.clone(), &body));
                assert!(verdict.is_err(), "{vendor}: {signature}: {verdict:?}");
            }
        }
    }
}
