//! Replies under a policy through the API: what the panel hides the server refuses, and nothing goes out unread.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use axum::body::Body;
use axum::http::Method;
use jackfield_desk::policy::{Applied, Policies, Text, read};
use serde_json::{Value, json};
use stage::ask::{Answer, Door, claims_with, door, request, token};
use stage::{is_sent, thread_id};

const POLICY: &str = r#"
[voices.northwind]
names = ["Northwind"]
sign = { by = "initials", before = "^" }
forbidden = [{ words = ["rubbish"], instead = "trouble" }]
risk = { public = 4 }
expires = "2h"

[authority]
duties = [
    { roles = ["agent"], brands = ["northwind"], duties = ["work", "reply"] },
    { roles = ["reader"], brands = ["northwind"], duties = ["approve"] },
]
"#;

fn under(door: &Door, policy: &str) {
    let house = read(&[Text {
        name: "policy.toml",
        text: policy,
    }]);
    door.house
        .desk
        .policies
        .put(Policies::of([Applied::new(1, house.unwrap())]));
}

/// Somebody with a role asks.
async fn ask(door: &Door, who: &str, role: &str, path: &str, body: Option<Value>) -> Answer {
    let token = token(&claims_with(&json!({"sub": who, "name": "Mia Król", "roles": [role]})));
    let path = format!("/api/v1{path}");
    match body {
        Some(body) => {
            door.send(request(Method::POST, &path, &token, Body::from(body.to_string())))
                .await
        }
        None => door.send(request(Method::GET, &path, &token, Body::empty())).await,
    }
}

fn replies() -> String {
    format!("/conversations/{}/replies", thread_id("a"))
}

#[tokio::test(start_paused = true)]
async fn what_is_found_in_a_draft_is_found_in_the_reply_and_refused_there() {
    let door = door().await;
    under(&door, POLICY);
    let draft = json!({"text": "What rubbish, sorry.", "visibility": "direct"});
    let check = format!("/conversations/{}/check", thread_id("a"));
    let told = ask(&door, "mia", "agent", &check, Some(draft.clone())).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let finding = &told.body["findings"][0];
    assert_eq!(
        (
            &finding["rule"],
            &finding["words"],
            &finding["needs"],
            &finding["suggestion"]
        ),
        (
            &json!("forbidden-word"),
            &json!("rubbish"),
            &json!("change"),
            &json!("trouble")
        )
    );
    assert_eq!(told.body["text"], "What rubbish, sorry. ^MK");
    assert_eq!(ask(&door, "mia", "nobody", &check, Some(draft)).await.status, 403);
    let commits = door.house.store.commits();
    let reply =
        json!({"id": "r1", "text": "What rubbish, sorry.", "visibility": "direct", "meant": [], "parent": null});
    let refused = ask(&door, "mia", "agent", &replies(), Some(reply)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (409, "reply-blocked"),
        "{}",
        refused.body
    );
    assert_eq!(refused.body["judgement"]["findings"][0]["words"], "rubbish");
    let old = json!({"id": "r1", "command": {"do": "reply", "text": "What rubbish, sorry.", "visibility": "direct"}});
    let old = ask(
        &door,
        "mia",
        "agent",
        &format!("/conversations/{}/commands", thread_id("a")),
        Some(old),
    )
    .await;
    assert_eq!(
        (old.status.as_u16(), old.code()),
        (409, "reply-blocked"),
        "{}",
        old.body
    );
    assert_eq!(door.house.store.commits(), commits, "nothing was written");
    let fine = json!({"id": "r1", "text": "Sorry for the trouble.", "visibility": "direct"});
    let fine = ask(&door, "mia", "agent", &replies(), Some(fine)).await;
    assert_eq!(fine.status, 200, "{}", fine.body);
    door.house.until_reply("a", "r1", is_sent).await;
    assert_eq!(door.house.network.published()[0].text, "Sorry for the trouble. ^MK");
    let standing = ask(&door, "mia", "agent", &format!("{}/r1", replies()), None).await;
    assert_eq!(
        (&standing.body["stands"], &standing.body["signature"]),
        (&json!("free"), &json!("^MK"))
    );
    assert_eq!(standing.body["policy"].as_str().unwrap().len(), 16);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_needs_a_reader_goes_out_once_read_and_not_before() {
    let door = door().await;
    under(&door, POLICY);
    let version = door.house.conversation("a").unwrap().version;
    let reply = json!({"id": "r1", "text": "It comes tomorrow.", "visibility": "public", "seen": version});
    let asked = ask(&door, "mia", "agent", &replies(), Some(reply)).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    let standing = &asked.body["standing"];
    assert_eq!(
        (&standing["stands"], &standing["readers"]),
        (&json!("waiting"), &json!(1)),
        "{standing}"
    );
    assert_eq!(standing["may"], json!(["supersede", "withdraw"]));
    let waiting = ask(&door, "bea", "reader", "/approvals", None).await;
    assert_eq!(
        waiting.body[0]["may"],
        json!(["approve", "suggest", "return"]),
        "{}",
        waiting.body
    );
    assert_eq!(ask(&door, "leo", "agent", "/approvals", None).await.body, json!([]));

    // The person writes again: neither the reader's nor a new author's view counts any more.
    let seen = door.house.conversation("a").unwrap().version;
    door.house.network.post("2", "a", "Forget it, it has come.");
    door.house.until("stored", |h| h.messages().len() == 2).await;
    let path = format!("{}/r1", replies());
    let approve = |id: &str, seen: u64| json!({"id": id, "act": {"do": "approve", "edition": 1, "seen": seen}});
    let late = ask(&door, "bea", "reader", &path, Some(approve("a1", seen))).await;
    assert_eq!(
        (late.status.as_u16(), late.code()),
        (409, "thread-moved"),
        "{}",
        late.body
    );
    assert_eq!(
        late.body["news"][0]["content"]["text"], "Forget it, it has come.",
        "{}",
        late.body
    );
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert!(door.house.network.published().is_empty());

    // Only somebody else who may, and only once each.
    let seen = door.house.conversation("a").unwrap().version;
    for (who, role, code) in [("mia", "reader", "approval-own"), ("leo", "agent", "authority-duty")] {
        let refused = ask(&door, who, role, &path, Some(approve("a2", seen))).await;
        assert_eq!(refused.code(), code, "{}", refused.body);
    }
    let suggest =
        json!({"id": "s1", "act": {"do": "suggest", "edition": 1, "text": "Good to hear. ^MK", "why": "it has come"}});
    let suggested = ask(&door, "bea", "reader", &path, Some(suggest)).await;
    let pieces = suggested.body["standing"]["suggested"][0]["difference"].to_string();
    assert!(
        pieces.contains("added") && pieces.contains("Good to hear"),
        "{}",
        suggested.body
    );
    let changed =
        json!({"id": "c1", "act": {"do": "supersede", "text": "Good to hear!", "meant": [], "seen": seen + 1}});
    let changed = ask(&door, "mia", "agent", &path, Some(changed)).await;
    assert_eq!(changed.body["standing"]["edition"], 2, "{}", changed.body);
    let difference = &changed.body["standing"]["difference"];
    assert_eq!(difference[0]["text"], "It comes tomorrow.", "{difference}");
    let seen = changed.body["done"]["summary"]["version"].as_u64().unwrap();
    let approve = json!({"id": "a3", "act": {"do": "approve", "edition": 2, "seen": seen}});
    let approved = ask(&door, "bea", "reader", &path, Some(approve)).await;
    assert_eq!(approved.body["standing"]["stands"], "published", "{}", approved.body);
    let sent = door.house.until_reply("a", "r1", is_sent).await;
    assert_eq!(door.house.network.published()[0].text, "Good to hear! ^MK");
    assert_eq!(sent.pass.unwrap().read_by[0].0, "bea".into());
}

#[tokio::test(start_paused = true)]
async fn a_returned_reply_says_why_and_never_goes_out() {
    let door = door().await;
    under(&door, POLICY);
    let reply = json!({"id": "r1", "text": "It comes tomorrow.", "visibility": "public"});
    ask(&door, "mia", "agent", &replies(), Some(reply)).await;
    let path = format!("{}/r1", replies());
    let mute = json!({"id": "b0", "act": {"do": "return", "why": " "}});
    assert_eq!(
        ask(&door, "bea", "reader", &path, Some(mute)).await.code(),
        "approval-why-missing"
    );
    let back = json!({"id": "b1", "act": {"do": "return", "why": "it does not"}});
    let back = ask(&door, "bea", "reader", &path, Some(back)).await;
    assert_eq!(
        back.body["standing"]["words"], "bea said no: it does not",
        "{}",
        back.body
    );
    let item = &back.body["done"]["items"][0];
    assert_eq!(item["delivery"]["state"], "failed", "{item}");
    let retry = json!({"id": "t1", "command": {"do": "retry", "reply": "r1"}});
    let retry = ask(
        &door,
        "mia",
        "agent",
        &format!("/conversations/{}/commands", thread_id("a")),
        Some(retry),
    )
    .await;
    assert_eq!(retry.code(), "reply-not-failed", "{}", retry.body);
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    assert!(door.house.network.published().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_brand_reads_its_own_part_of_the_policy_and_tries_rules_on_its_own_traffic() {
    let door = door().await;
    let other = "[voices.southwind]\nnames = [\"Secret Client\"]\n";
    let rule = "[rules.parcel]\non = 'message'\nwhen = { text = ['parcel'] }\ndo = [{ tag = 'parcel' }]\noff = true\n";
    let open = POLICY.replace("\"work\", \"reply\"", "\"work\", \"reply\", \"rehearse\"");
    under(&door, &format!("{open}{other}{rule}"));
    let policy = ask(&door, "mia", "agent", "/policy", None).await;
    assert!(!policy.body.to_string().contains("Secret"), "{}", policy.body);
    assert_eq!(
        policy.body["may"],
        json!(["work", "reply", "rehearse"]),
        "{}",
        policy.body
    );
    let tried = ask(
        &door,
        "mia",
        "agent",
        "/policy/dry-run",
        Some(json!({"since": 0, "rules": ["parcel"]})),
    )
    .await;
    assert_eq!(
        tried.body["words"], "The rule would have touched 1 of 1 messages.",
        "{}",
        tried.body
    );
    assert_eq!(tried.body["examples"][0]["acts"], json!([["parcel", "tag it parcel"]]));
    let nobody = ask(&door, "bea", "reader", "/policy/dry-run", Some(json!({}))).await;
    assert_eq!(nobody.code(), "authority-duty", "{}", nobody.body);
}
