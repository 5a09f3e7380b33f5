//! A network that sends by itself, and never again what was answered.

use super::Scene;
use jackfield_store::{Counted, Intake, SqliteOptions, SqliteStore, Store, Which};
use jackfield_tests::api::{Api, messages};
use jackfield_tests::hook::{batch, bundle, connect, send, signature};
use jackfield_tests::host::{Folder, Host};
use jackfield_tests::steps::{Counts, Steps};
use jackfield_tests::wait::{eventually, seconds};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn folder() -> Folder {
    let folder = Folder::new().await;
    bundle(&folder);
    connect(&folder, "main", "{}").await;
    folder
}

/// What is in the file, read beside the host.
fn open(folder: &Folder) -> SqliteStore {
    SqliteStore::open(&folder.database(), &SqliteOptions::default()).unwrap()
}

async fn counted(store: &SqliteStore) -> Counted {
    let all = Which::Range {
        connection: "main".into(),
        from: 0,
        to: i64::MAX,
    };
    store.count(all).await.unwrap()
}

/// How many messages the guest says that it has handed over: written in the transaction that keeps them.
async fn handed_over(store: &SqliteStore) -> usize {
    match store.kv(&"main".into()).await.unwrap().as_slice() {
        [(key, value)] if key == "count" => String::from_utf8_lossy(value).parse().unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn shown(api: &Api) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for row in api.all("status=all").await? {
        let view = api.conversation(row.id.as_str()).await?;
        all.extend(messages(&view.items).map(|message| message.remote_id.0.clone()));
    }
    all.sort();
    Ok(all)
}

/// Breaks the guest, and is another one each round.
fn poison(n: usize) -> String {
    json!({"trap": true, "n": n}).to_string()
}

/// A request in pieces that arrive apart, as a slow network sends it; its status, or none where no answer came.
async fn piecemeal(base: &str, body: &str) -> Option<u16> {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let signature = signature(body);
    let (first, second) = body.split_at(body.len() / 2);
    let length = body.len();
    let pieces = [
        format!("POST /hooks/main HTTP/1.1\r\nhost: {address}\r\n"),
        format!("connection: close\r\nx-hook-signature: {signature}\r\ncontent-length: {length}\r\n\r\n"),
        first.to_owned(),
        second.to_owned(),
    ];
    for piece in pieces {
        stream.write_all(piece.as_bytes()).await.ok()?;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}

/// A good request and a bad one.
pub(crate) struct Sent {
    acknowledged: RefCell<BTreeSet<String>>,
}

impl Sent {
    pub(crate) async fn new() -> (Self, Folder) {
        let acknowledged = RefCell::default();
        (Self { acknowledged }, folder().await)
    }

    /// As networks do: until it is answered, and not once more.
    async fn until_taken(&self, api: &Api, body: &str) {
        while !self.acknowledged.borrow().contains(body) {
            match piecemeal(&api.base, body).await {
                Some(200) => drop(self.acknowledged.borrow_mut().insert(body.to_owned())),
                None | Some(503) => tokio::time::sleep(Duration::from_millis(5)).await,
                Some(other) => panic!("{other}: {body}"),
            }
        }
    }
}

impl Scene for Sent {
    const COUNTS: Counts = Counts {
        inward: "/hooks/",
        outward: false,
    };
    const MOMENTS: &'static [&'static str] = &[
        "request its beginning",
        "request a piece of it",
        "fsync jackfield.db-wal",
        "answer the whole of it",
    ];

    async fn round(&self, folder: &Folder, api: &Api, round: usize) {
        self.until_taken(api, &poison(round)).await;
        self.until_taken(api, &batch(round, 2)).await;
        let store = open(folder);
        eventually("all to be ingested or set aside", seconds(60), async || {
            let counted = counted(&store).await;
            if (counted.done, counted.set_aside) == (round as u64 + 1, round as u64 + 1) {
                Ok(())
            } else {
                Err(format!("{counted:?}"))
            }
        })
        .await;
    }

    async fn left(&self, store: &SqliteStore) {
        let (kept, acknowledged) = (counted(store).await.all as usize, self.acknowledged.borrow().len());
        // One may be durable whose answer did not arrive.
        assert!(
            kept == acknowledged || kept == acknowledged + 1,
            "{acknowledged} were acknowledged and {kept} are kept"
        );
    }

    async fn end(&self, folder: &Folder, host: &Host, rounds: usize) {
        let expected: Vec<_> = (0..rounds)
            .flat_map(|n| [format!("m{n:04}-0"), format!("m{n:04}-1")])
            .collect();
        assert_eq!(shown(&host.api).await.unwrap(), expected, "each message once");
        let store = open(folder);
        assert_eq!(handed_over(&store).await, expected.len(), "ingested once each");
        let aside = store.set_aside(None).await.unwrap();
        assert_eq!(aside.len(), rounds);
        assert!(aside.iter().all(|one| one.tries == 3), "{aside:?}");
    }
}

/// What is kept, ingested again.
pub(crate) struct Again {
    asked: Cell<usize>,
}

/// Good requests, two messages each.
const KEPT: usize = 3;

async fn filled() -> Folder {
    let folder = folder().await;
    let host = folder.start().await;
    for n in 0..KEPT {
        assert_eq!(send(&host.api.base, "main", &batch(n, 2)).await, Some(200));
    }
    assert_eq!(send(&host.api.base, "main", &poison(0)).await, Some(200));
    settled(&open(&folder)).await;
    host.kill().await;
    folder
}

/// Everything is ingested, but for the one that cannot be.
async fn settled(store: &SqliteStore) {
    eventually("all to be ingested or set aside", seconds(60), async || {
        let counted = counted(store).await;
        if (counted.done, counted.set_aside, counted.waiting) == (KEPT as u64, 1, 0) {
            Ok(())
        } else {
            Err(format!("{counted:?}"))
        }
    })
    .await;
}

fn asking() -> [&'static str; 5] {
    ["connection", "reingest", "main", "--from", "1h"]
}

impl Again {
    pub(crate) async fn new() -> (Self, Folder) {
        let asked = Cell::new(0);
        (Self { asked }, filled().await)
    }
}

impl Scene for Again {
    const COUNTS: Counts = Counts {
        inward: "",
        outward: false,
    };
    const MOMENTS: &'static [&'static str] = &["fsync jackfield.db-wal"];

    async fn round(&self, folder: &Folder, _: &Api, round: usize) {
        if self.asked.get() == round {
            folder.cli_ok(&asking()).await;
            self.asked.set(round + 1);
        }
        settled(&open(folder)).await;
    }

    async fn end(&self, folder: &Folder, host: &Host, rounds: usize) {
        assert_eq!(shown(&host.api).await.unwrap().len(), 2 * KEPT, "each message once");
        let times = handed_over(&open(folder)).await;
        assert!(
            times >= 2 * KEPT * (rounds + 1),
            "it was read again in each round: {times}"
        );
    }
}

/// The command that asks for it may die, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_command_that_asks_for_ingesting_again() {
    let folder = filled().await;
    let host = folder.start().await;
    let steps = Steps::new(Again::COUNTS);
    let (mut deaths, mut survived) = (0, 0);
    for step in 1.. {
        steps.arm(step, "");
        let died = folder.cli_to_die(&steps, &asking()).await;
        steps.disarm();
        settled(&open(&folder)).await;
        deaths += u32::from(died);
        survived = if died { 0 } else { survived + 1 };
        if survived == 2 {
            break;
        }
    }
    eprintln!("{deaths} deaths of the command: {:?}", steps.said());
    assert!(deaths > 0, "nobody died");
    assert_eq!(shown(&host.api).await.unwrap().len(), 2 * KEPT, "each message once");
    host.kill().await;
    let config = folder.config().display().to_string();
    folder.cli_ok(&["log", "verify", "--config", &config]).await;
}
