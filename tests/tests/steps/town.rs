//! A person who writes to the brand, and an agent who answers.

use super::Scene;
use jackfield_conform::mastodon::{AccountId, NewAccount, NewPost, PostId};
use jackfield_conform::{Config, Standin};
use jackfield_protocol::{Command, Delivery, Item, ItemKind, Visibility};
use jackfield_tests::api::{Api, ApiError, messages};
use jackfield_tests::host::{Folder, Host};
use jackfield_tests::steps::Counts;
use jackfield_tests::wait::{eventually, seconds};
use jackfield_tests::wire::Wire;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The network, and what was said there.
pub(crate) struct Town {
    pub(crate) standin: Standin,
    person: AccountId,
    mentions: RefCell<Vec<PostId>>,
    /// By the network's id of a mention, where its thread is.
    threads: RefCell<BTreeMap<String, String>>,
}

impl Town {
    pub(crate) async fn new() -> Self {
        let config = Config {
            people: 0,
            rate_limit: 10_000_000,
            ..Config::default()
        };
        let standin = Standin::start(config).await.expect("a stand-in starts");
        let person = standin.with_world(|world| {
            let new = NewAccount {
                username: "ana".to_owned(),
                ..NewAccount::default()
            };
            world.add_account(new, now_ms())
        });
        let town = Self {
            standin,
            person,
            mentions: RefCell::default(),
            threads: RefCell::default(),
        };
        town.write();
        town
    }

    fn write(&self) {
        let n = self.mentions.borrow().len();
        let post = NewPost::public(&format!("@northwind mention {n:03}: where is my parcel?"));
        let id = self
            .standin
            .with_world(|world| world.publish(self.person, post, None, now_ms()))
            .expect("it is short");
        self.mentions.borrow_mut().push(id);
    }

    /// The thread of a mention, once it is stored.
    pub(crate) async fn thread(&self, api: &Api, n: usize) -> String {
        let id = self.mentions.borrow()[n].0.to_string();
        eventually(&format!("mention {n} to be stored"), seconds(60), async || {
            if let Some(found) = self.threads.borrow().get(&id) {
                return Ok(found.clone());
            }
            for row in api.all("status=all").await? {
                if self.threads.borrow().values().any(|known| *known == row.id.0) {
                    continue;
                }
                for message in messages(&api.conversation(row.id.as_str()).await?.items) {
                    let at = message.remote_id.0.clone();
                    self.threads.borrow_mut().insert(at, row.id.0.clone());
                }
            }
            Err("it is not there".to_owned())
        })
        .await
    }

    /// A mention is written, the one before is answered, and both arrive.
    pub(crate) async fn turn(&self, api: &Api, n: usize) {
        if self.mentions.borrow().len() == n + 1 {
            self.write();
        }
        let thread = self.thread(api, n).await;
        answer(api, &thread, n).await;
        eventually(&format!("answer {n} to be sent"), seconds(60), async || {
            let view = api.conversation(&thread).await?;
            match replies(&view.items).as_slice() {
                [true] => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
        self.thread(api, n + 1).await;
    }

    /// At the network and in the store: each once.
    pub(crate) async fn once(&self, api: &Api, answers: usize) {
        let mut out: Vec<String> = self.standin.with_world(|world| {
            let brand = world.by_acct("northwind").expect("the brand lives there").id;
            let own = world.posts().filter(|post| post.author == brand);
            own.map(|post| post.now().text).collect()
        });
        out.sort();
        let expected: Vec<String> = (0..answers).map(text_of).collect();
        assert_eq!(out, expected, "published once each");
        let mut stored = Vec::new();
        for row in api.all("status=all").await.expect("the host lists") {
            let view = api.conversation(row.id.as_str()).await.expect("it is listed");
            stored.extend(messages(&view.items).map(|message| message.remote_id.0.clone()));
            let sent = replies(&view.items);
            assert!(sent.len() <= 1 && sent.iter().all(|sent| *sent), "{sent:?}");
        }
        stored.sort();
        let mut expected: Vec<String> = self.mentions.borrow().iter().map(|id| id.0.to_string()).collect();
        expected.sort();
        assert_eq!(
            stored, expected,
            "stored once each, and no answer of ours beside its reply"
        );
    }
}

/// Of each reply in a thread, whether it is sent.
fn replies(items: &[Item]) -> Vec<bool> {
    let replies = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Reply(reply) => Some(matches!(reply.delivery, Delivery::Sent { .. })),
        _ => None,
    });
    replies.collect()
}

fn text_of(n: usize) -> String {
    format!("Answer {n:03}: it left our house this morning.")
}

/// The agent's page: the same command until it is taken. What got no answer is sent again, under the same id.
async fn answer(api: &Api, conversation: &str, n: usize) {
    let command = Command::Reply {
        text: text_of(n),
        visibility: Visibility::Public,
        parent: None,
    };
    let id = format!("reply-{n:03}");
    loop {
        match api.command(conversation, &id, command.clone()).await {
            Ok(_) => return,
            Err(ApiError::Gone(_) | ApiError::Refused(503, _)) => {}
            Err(ApiError::Refused(409, problem)) if problem.code == "busy" => {}
            Err(other) => panic!("answer {n}: {other}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    u64::try_from(since.as_millis()).expect("it fits")
}

/// Poll and publish.
pub(crate) struct Talk(Town);

impl Talk {
    pub(crate) async fn new() -> (Self, Folder) {
        let (town, folder) = (Town::new().await, Folder::new().await);
        folder.connect("north", &town.standin.url(), town.standin.token()).await;
        (Self(town), folder)
    }
}

impl Scene for Talk {
    const COUNTS: Counts = Counts {
        inward: "",
        outward: true,
    };
    const MOMENTS: &'static [&'static str] = &[
        "request-to the network",
        "answer-of the network",
        "fsync jackfield.db-wal",
    ];

    async fn round(&self, _: &Folder, api: &Api, round: usize) {
        self.0.turn(api, round).await;
    }

    async fn end(&self, _: &Folder, host: &Host, rounds: usize) {
        self.0.once(&host.api, rounds).await;
    }
}

/// Publish, an answer that is lost, and the question after it. The network sees no idempotency key, so that nothing but
/// the question keeps a reply from being there twice.
pub(crate) struct Lost {
    town: Town,
    wire: Wire,
}

impl Lost {
    pub(crate) async fn new() -> (Self, Folder) {
        let (town, folder) = (Town::new().await, Folder::new().await);
        let address = town
            .standin
            .url()
            .trim_start_matches("http://")
            .parse()
            .expect("an address");
        let wire = Wire::to(address).await;
        wire.hide_keys();
        folder.connect("north", &wire.url(), town.standin.token()).await;
        (Self { town, wire }, folder)
    }
}

impl Scene for Lost {
    const COUNTS: Counts = Counts {
        inward: "",
        outward: true,
    };
    const MOMENTS: &'static [&'static str] = Talk::MOMENTS;

    async fn before(&self, _: &Folder, _: &Api, _: usize) {
        self.wire.lose("POST /api/v1/statuses ", 1);
    }

    async fn round(&self, _: &Folder, api: &Api, round: usize) {
        self.town.turn(api, round).await;
    }

    async fn end(&self, _: &Folder, host: &Host, rounds: usize) {
        assert_eq!(self.wire.lost() as usize, rounds, "in each round an answer was lost");
        assert!(self.wire.hidden() > 0, "the network saw no key");
        self.town.once(&host.api, rounds).await;
    }
}
