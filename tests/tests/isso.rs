//! The configurable channel against a real server: isso, by the mapping that stands in the examples.
//!
//! A person comments on a blog, an agent answers in the panel's API, the answer stands below the comment. The answer
//! that is lost after isso took it is made by [`Wire`]; isso knows no key, so only looking for it keeps it from being
//! there twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_protocol::{ConversationView, Delivery, Health, Summary, Visibility};
use jackfield_tests::api::{messages, replies};
use jackfield_tests::host::{BRAND, Folder, Host};
use jackfield_tests::isso::{Isso, PAGE, program};
use jackfield_tests::trials::trial;
use jackfield_tests::wait::{eventually, seconds};
use jackfield_tests::wire::Wire;
use serde_json::json;
use std::path::PathBuf;

fn main() {
    let missing = isso().err();
    let missing = missing.as_deref();
    let trials = vec![
        trial(
            "a_comment_is_a_conversation_and_the_answer_stands_below_it",
            missing,
            answered,
        ),
        trial("an_edit_of_a_comment_is_a_revision", missing, edited),
        trial(
            "an_answer_whose_receipt_is_lost_is_found_and_not_sent_twice",
            missing,
            lost,
        ),
        trial(
            "a_mapping_is_tried_on_the_live_blog_and_nothing_is_written",
            missing,
            tried,
        ),
        trial(
            "a_connection_with_a_wrong_mapping_is_refused_with_its_lines",
            missing,
            refused,
        ),
    ];
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}

fn isso() -> Result<PathBuf, String> {
    program(&jackfield_tests::places::venv()?)
}

/// The mapping of the examples.
fn mapping() -> String {
    let file = jackfield_tests::places::root().join("plugins/channels/http-json/examples/isso.toml");
    file.to_str().expect("a checkout has a plain name").to_owned()
}

struct Scene {
    isso: Isso,
    wire: Wire,
    host: Host,
    _folder: Folder,
}

async fn scene() -> Scene {
    let isso = Isso::start(&isso().expect("the trial runs only where it is")).await;
    let wire = Wire::to(isso.address).await;
    let folder = Folder::new().await;
    let said = folder.cli_ok(&arguments(&folder, &wire.url(), &mapping())).await;
    assert!(said.contains("Added blog"), "{said}");
    let host = folder.start().await;
    Scene {
        isso,
        wire,
        host,
        _folder: folder,
    }
}

/// `connection add` of the blog.
fn arguments<'a>(folder: &Folder, server: &str, mapping: &'a str) -> Vec<&'a str> {
    let config = folder
        .config()
        .to_str()
        .expect("a temporary folder has a plain name")
        .to_owned();
    let settings = json!({"base": server, "values": {"author": "Northwind"}}).to_string();
    // A handful of strings for the length of a test.
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    vec![
        "connection",
        "add",
        "blog",
        "--config",
        leak(config),
        "--plugin",
        "http-json",
        "--workspace",
        "demo",
        "--brand",
        BRAND,
        "--mapping",
        mapping,
        "--settings",
        leak(settings),
        "--grant",
        leak(format!("private:{server}")),
    ]
}

impl Scene {
    async fn row(&self, text: &str) -> Summary {
        eventually(&format!("`{text}` to be in the list"), seconds(60), async || {
            let rows = self.host.api.all("status=all").await?;
            let found = rows.into_iter().find(|row| row.snippet.contains(text));
            found.ok_or_else(|| "it is not there".to_owned())
        })
        .await
    }

    async fn view(&self, id: &str) -> ConversationView {
        self.host
            .api
            .conversation(id)
            .await
            .expect("a listed conversation can be read")
    }

    /// The network's id of a reply, once it is sent.
    async fn sent(&self, conversation: &str, command: &str) -> String {
        eventually(&format!("reply {command} to be sent"), seconds(90), async || {
            let view = self.host.api.conversation(conversation).await?;
            let reply = replies(&view.items)
                .find(|r| r.command.as_str() == command)
                .ok_or("no such reply")?;
            match &reply.delivery {
                Delivery::Sent { remote_id, .. } => Ok(remote_id.0.clone()),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }
}

async fn answered() {
    let s = scene().await;
    let ana = s.isso.write(Some("Ana"), "Where is *my* parcel?", None).await;
    let row = s.row("Where is my parcel?").await;
    assert_eq!(
        (row.person.handle.as_str(), row.visibility.clone(), row.inbound),
        ("Ana", Visibility::Public, 1)
    );
    let view = s.view(row.id.as_str()).await;
    let text = format!("{}It left our house this morning.", view.compose.prefix);
    s.host
        .api
        .reply(row.id.as_str(), "first", &text, Visibility::Public)
        .await
        .expect("it is taken");
    let ours = s.sent(row.id.as_str(), "first").await;
    let all = s.isso.all().await;
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(
        (all[1]["id"].to_string(), &all[1]["author"]),
        (ours.clone(), &json!("Northwind"))
    );
    assert_eq!(
        (all[1]["parent"].as_u64(), all[1]["uri"].as_str()),
        (Some(ana.id), Some(PAGE))
    );
    assert!(
        all[1]["text"].as_str().is_some_and(|t| t.contains("It left our house")),
        "{all:?}"
    );

    // Somebody without a name answers; one thread, each once, ours not counted as theirs.
    let thanks = s.isso.write(None, "Mine came, too.", Some(ana.id)).await;
    let view = eventually("the second comment to be there", seconds(60), async || {
        let view = s.host.api.conversation(row.id.as_str()).await?;
        let there = messages(&view.items).any(|m| m.remote_id.as_str() == thanks.id.to_string());
        if there { Ok(view) } else { Err("not yet".to_owned()) }
    })
    .await;
    let said: Vec<_> = messages(&view.items)
        .map(|m| (m.remote_id.as_str().to_owned(), m.ours))
        .collect();
    assert_eq!(said, [(ana.id.to_string(), false), (thanks.id.to_string(), false)]);
    assert_eq!((view.summary.inbound, view.summary.replies), (2, 1));
}

async fn edited() {
    let s = scene().await;
    let ana = s.isso.write(Some("Ana"), "My parcel is brokn", None).await;
    let row = s.row("is brokn").await;
    s.isso.edit(&ana, "My parcel is broken").await;
    eventually("the edit to arrive", seconds(60), async || {
        let view = s.host.api.conversation(row.id.as_str()).await?;
        let message = messages(&view.items).next().cloned().ok_or("no message")?;
        let text = message.content.as_ref().map(|c| c.text.clone());
        if message.edits == 1 && text.as_deref() == Some("My parcel is broken") {
            Ok(())
        } else {
            Err(format!("{message:?}"))
        }
    })
    .await;
}

async fn lost() {
    let s = scene().await;
    s.isso.write(Some("Ana"), "Do you open on Sunday?", None).await;
    let row = s.row("open on Sunday").await;
    s.wire.lose("POST /new", 1);
    let text = format!(
        "{}Yes, from **ten** to six.",
        s.view(row.id.as_str()).await.compose.prefix
    );
    s.host
        .api
        .reply(row.id.as_str(), "once", &text, Visibility::Public)
        .await
        .expect("it is taken");
    let id = s.sent(row.id.as_str(), "once").await;
    assert_eq!(s.wire.lost(), 1, "the receipt was really lost");
    let all = s.isso.all().await;
    assert_eq!(all.len(), 2, "one comment, one answer: {all:?}");
    assert_eq!(all[1]["id"].to_string(), id, "the receipt is of that very answer");
    s.host.health("blog", Health::Healthy).await;
}

async fn tried() {
    let isso = Isso::start(&isso().expect("the trial runs only where it is")).await;
    isso.write(Some("Ana"), "Where is *my* parcel?", None).await;
    let folder = Folder::new().await;
    let (url, grant) = (isso.url(), format!("private:{}", isso.url()));
    let said = folder
        .cli_ok(&[
            "plugin",
            "mapping",
            "try",
            &mapping(),
            "--base",
            &url,
            "--grant",
            &grant,
            "--value",
            "author=Northwind",
        ])
        .await;
    for words in [
        "poll.latest: 1 messages",
        "Ana (@Ana, id Ana)  public",
        "id 1, thread /2026/parcels/",
        "| Where is my parcel?",
        "message.comment  $.likes  (0)",
        "`reconcile` answers with 1 items.",
        "Nothing was published.",
    ] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
    assert_eq!(isso.all().await.len(), 1);
    // Without the grant nobody is asked, and the words say what to grant.
    let output = folder
        .cli(&[
            "plugin",
            "mapping",
            "try",
            &mapping(),
            "--base",
            &url,
            "--grant",
            "other.example",
            "--value",
            "author=N",
        ])
        .await;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!output.status.success() && said.contains("grant"), "{said}");
}

async fn refused() {
    let folder = Folder::new().await;
    let text = std::fs::read_to_string(mapping())
        .expect("it is there")
        .replace("items = \"$\"", "itemss = \"$\"");
    let file = folder.path().join("wrong.toml");
    std::fs::write(&file, text).expect("the folder can be written");
    let file = file.to_str().expect("a temporary folder has a plain name");
    let output = folder.cli(&arguments(&folder, "http://127.0.0.1:9", file)).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{said}");
    for words in [
        "line 11",
        "`poll.latest.itemss`",
        "did you mean `items`?",
        "`reconcile.itemss`",
    ] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
    let lines = folder
        .cli_ok(&[
            "connection",
            "list",
            "--config",
            folder.config().to_str().expect("plain"),
        ])
        .await;
    assert!(lines.starts_with("No line yet"), "{lines}");
}
