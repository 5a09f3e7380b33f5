//! The real program and a plugin whose network sends by itself: killed between answer and ingest, repaired after it
//! broke, asked to read again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud
#![allow(clippy::print_stderr)] // the seed and the figures of the run

use hmac::{Hmac, KeyInit, Mac};
use jackfield_protocol::Health;
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use jackfield_tests::api::messages;
use jackfield_tests::hook::{SECRET, batch, bundle, connect, send};
use jackfield_tests::host::{BRAND, Folder, Host};
use jackfield_tests::places;
use jackfield_tests::wait::{eventually, seconds};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

const KILLS: u32 = 30;
const REQUESTS: usize = 400;

/// A folder whose bundle holds the guest that takes webhooks.
async fn folder() -> Folder {
    let folder = Folder::new().await;
    bundle(&folder);
    folder
}

/// What the host shows of messages, each as often as it is there.
async fn shown(host: &Host) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for row in host.api.all("status=all").await? {
        let view = host.api.conversation(row.id.as_str()).await?;
        all.extend(messages(&view.items).map(|message| message.remote_id.0.clone()));
    }
    all.sort();
    Ok(all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_answer_and_ingest_nothing_is_lost_and_nothing_is_there_twice() {
    let seed = std::env::var("JACKFIELD_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(rand::random::<u64>);
    eprintln!("JACKFIELD_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let folder = folder().await;
    connect(&folder, "main", "{}").await;
    let mut waiting: Vec<(usize, String)> = (0..REQUESTS).map(|n| (n, batch(n, 1 + n % 3))).collect();
    let wanted: BTreeSet<String> = (0..REQUESTS)
        .flat_map(|n| (0..=n % 3).map(move |m| format!("m{n:04}-{m}")))
        .collect();
    let (mut answered, mut right_after) = (0, 0);
    for kill in 0..KILLS {
        let host = folder.start().await;
        // A share of what is left, out of order; what gets its answer is never sent again by this network.
        let share = waiting.len().div_ceil((KILLS - kill) as usize);
        for sent in 0..share {
            if waiting.is_empty() {
                break;
            }
            let at = rng.random_range(0..waiting.len());
            let base = host.api.base.clone();
            if kill % 3 != 2 && sent + 1 == share {
                // Killed while it is under way, whatever of it has happened.
                let body = waiting[at].1.clone();
                let sending = tokio::spawn(async move { send(&base, "main", &body).await });
                tokio::time::sleep(Duration::from_micros(rng.random_range(0..6_000))).await;
                host.kill().await;
                if sending.await.unwrap() == Some(200) {
                    waiting.swap_remove(at);
                    answered += 1;
                }
                break;
            }
            match send(&base, "main", &waiting[at].1).await {
                Some(200) => {
                    waiting.swap_remove(at);
                    answered += 1;
                }
                other => panic!("request {at}: {other:?}\n{}", folder.log()),
            }
            if kill % 3 == 2 && sent + 1 == share {
                // The moment it was answered: nothing of the last one can have been ingested for long.
                right_after += 1;
                host.kill().await;
                break;
            }
        }
    }
    eprintln!("{answered} answered over {KILLS} kills, {right_after} of them right after an answer");
    let host = folder.start().await;
    for (_, body) in &waiting {
        assert_eq!(send(&host.api.base, "main", body).await, Some(200));
    }
    let wanted: Vec<String> = wanted.into_iter().collect();
    eventually("every message", seconds(90), async || {
        let shown = shown(&host).await?;
        if shown == wanted {
            Ok(())
        } else {
            Err(format!("{} of {}", shown.len(), wanted.len()))
        }
    })
    .await;
    assert!(host.stop().await.success());
    // The plugin's own count was committed with each request, so it is exact: nothing was ingested twice.
    let store = SqliteStore::open(&folder.database(), &SqliteOptions::default()).unwrap();
    let kv = store.kv(&"main".into()).await.unwrap();
    assert_eq!(kv, [("count".to_owned(), wanted.len().to_string().into_bytes())]);
    drop(store);
    let config = folder.config().display().to_string();
    folder.cli_ok(&["log", "verify", "--config", &config]).await;
    folder.cli_ok(&["log", "rebuild", "--config", &config]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_broke_the_plugin_is_set_aside_and_comes_in_after_a_repair() {
    let folder = folder().await;
    let said = connect(&folder, "main", "{}").await;
    assert!(said.contains("/hooks/main") && said.contains("public-url"), "{said}");
    let host = folder.start().await;
    let base = host.api.base.clone();
    let config = folder.config().display().to_string();
    let poison = json!({"trap": true, "messages": [{"id": "p", "thread": "p", "from": "ana", "text": "late but here", "at": 1}]});
    assert_eq!(send(&base, "main", &batch(1, 1)).await, Some(200));
    assert_eq!(send(&base, "main", &poison.to_string()).await, Some(200));
    assert_eq!(send(&base, "main", &batch(2, 1)).await, Some(200));
    eventually("the good ones", seconds(60), async || {
        match shown(&host).await?.as_slice() {
            [a, b] if a == "m0001-0" && b == "m0002-0" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    let listed = eventually("the bad one to be set aside", seconds(60), async || {
        let listed = folder
            .cli_ok(&["connection", "poison", "list", "main", "--config", &config])
            .await;
        if listed.contains("tried 3 times") {
            Ok(listed)
        } else {
            Err(listed)
        }
    })
    .await;
    assert!(listed.contains("broke in `ingest`"), "{listed}");
    assert!(
        !listed.contains("late but here"),
        "what people wrote is not for a terminal: {listed}"
    );
    host.health("main", Health::Healthy).await;

    // Replayed without a repair it is set aside again; after one it comes in.
    folder
        .cli_ok(&["connection", "poison", "replay", "main", "--config", &config])
        .await;
    eventually("it to be set aside again", seconds(60), async || {
        let listed = folder
            .cli_ok(&["connection", "poison", "list", "--config", &config])
            .await;
        if listed.contains("tried 3 times") {
            Ok(())
        } else {
            Err(listed)
        }
    })
    .await;
    // The repair: the guest bears it where its settings say so. (Settings of a line do not change; its record does.)
    host.kill().await;
    {
        let store = SqliteStore::open(&folder.database(), &SqliteOptions::default()).unwrap();
        let mut record = store.connections().await.unwrap().remove(0);
        record.settings = r#"{"repaired":true}"#.to_owned();
        store.put_connection(record).await.unwrap();
    }
    let host = folder.start().await;
    let said = folder
        .cli_ok(&["connection", "poison", "replay", "main", "--config", &config])
        .await;
    assert!(said.starts_with("1 to be ingested again"), "{said}");
    eventually("the late one", seconds(60), async || {
        match shown(&host).await?.as_slice() {
            [_, _, p] if p == "p" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    let refused = folder
        .cli(&["connection", "poison", "replay", "main", "--config", &config])
        .await;
    assert!(!refused.status.success(), "there is nothing left to replay");

    // Read again: nothing doubles.
    let dry = folder
        .cli_ok(&[
            "connection",
            "reingest",
            "main",
            "--from",
            "1h",
            "--dry-run",
            "--config",
            &config,
        ])
        .await;
    assert!(dry.contains("3 requests (3 ingested"), "{dry}");
    folder
        .cli_ok(&["connection", "reingest", "main", "--from", "1h", "--config", &config])
        .await;
    eventually("all of it to be done again", seconds(60), async || {
        let dry = folder
            .cli_ok(&[
                "connection",
                "reingest",
                "main",
                "--from",
                "1h",
                "--dry-run",
                "--config",
                &config,
            ])
            .await;
        if dry.contains("3 ingested") { Ok(()) } else { Err(dry) }
    })
    .await;
    assert_eq!(shown(&host).await.unwrap().len(), 3);
    host.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_renewed_without_losing_a_request_and_challenges_are_answered() {
    let folder = folder().await;
    connect(&folder, "main", "{}").await;
    let host = folder.start().await;
    let base = host.api.base.clone();
    let http = jackfield_tests::http();
    let ask = async |token: &str| {
        let url = format!("{base}/hooks/main?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
        let answer = http.get(url).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.content_length().is_some(),
            answer.text().await.unwrap(),
        )
    };
    assert_eq!(ask("a+word+of+ours").await, (200, true, "1158201444".to_owned()));
    let wrong = ask("another").await;
    assert_eq!((wrong.0, wrong.1), (404, true));

    assert_eq!(send(&base, "main", &batch(1, 1)).await, Some(200));
    // The network still signs with the old value; ours is renewed, with the old one on the second line.
    folder.secret("signing.secret", format!("the new value\n{SECRET}\n").as_bytes());
    assert_eq!(send(&base, "main", &batch(2, 1)).await, Some(200));
    // It is taken out: what the old one signs is refused within seconds.
    folder.secret("signing.secret", b"the new value\n");
    let mut number = 3;
    eventually("the old value to count no more", seconds(30), async || {
        number += 1;
        match send(&base, "main", &batch(number, 1)).await {
            Some(404) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    assert!(folder.log().contains("the signature is wrong"), "the operator is told");
    assert!(
        !folder.log().contains(SECRET) && !folder.log().contains("the new value"),
        "and no secret"
    );
    host.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twilio_signs_the_public_address_and_not_the_one_that_a_proxy_passes_on() {
    let folder = folder().await;
    let page = std::fs::read_to_string(places::root().join("docs/plugins/webhooks.md")).unwrap();
    let recipe = page
        .split_once("### Twilio\n")
        .unwrap()
        .1
        .split_once("```toml\n")
        .unwrap()
        .1;
    let recipe = recipe
        .split_once("```")
        .unwrap()
        .0
        .replace("auth-token", "signing-secret");
    let manifest = format!(
        "name = \"hook\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"As Twilio signs.\"\n\n{recipe}\n"
    );
    std::fs::write(folder.path().join("bundle/plugins/hook/plugin.toml"), manifest).unwrap();
    folder.secret("signing.secret", SECRET.as_bytes());
    let config = folder.config().display().to_string();
    let add = [
        "connection",
        "add",
        "main",
        "--config",
        &config,
        "--plugin",
        "hook",
        "--workspace",
        "demo",
        "--brand",
        BRAND,
        "--secret",
        "signing-secret=file:signing.secret",
    ];
    folder.cli_ok(&add).await;
    let signed = |url: &str| {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(url.as_bytes());
        mac.update(b"BodyHelloFrom+1800");
        use base64::Engine as _;
        base64::prelude::BASE64_STANDARD.encode(mac.finalize().into_bytes())
    };
    let post = async |base: &str, url: &str| {
        let request = jackfield_tests::http()
            .post(format!("{base}/hooks/main/sms?x=1"))
            .header("X-Twilio-Signature", signed(url))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("From=%2B1800&Body=Hello");
        request.send().await.unwrap().status().as_u16()
    };
    // Nobody told the host its public address: nothing is believed, and the operator is told what to write.
    let host = folder.start().await;
    let base = host.api.base.clone();
    assert_eq!(post(&base, "https://care.example/jack/hooks/main/sms?x=1").await, 404);
    assert!(
        folder.log().contains("write `public-url` under [webhooks]"),
        "{}",
        folder.log()
    );
    host.kill().await;
    folder.configure(|config| {
        let webhooks: toml::Table = toml::from_str("public-url = 'https://care.example/jack/'").unwrap();
        config.insert("webhooks".to_owned(), webhooks.into());
    });
    let host = folder.start().await;
    let base = host.api.base.clone();
    assert_eq!(post(&base, "https://care.example/jack/hooks/main/sms?x=1").await, 200);
    assert_eq!(
        post(&base, "https://care.example:443/jack/hooks/main/sms?x=1").await,
        200
    );
    assert_eq!(
        post(&base, &format!("{base}/hooks/main/sms?x=1")).await,
        404,
        "what the host sees is not what was told"
    );
    host.kill().await;
}
