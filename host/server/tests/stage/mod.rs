//! What the host's tests share: a store in memory, a network with faults on order, a house with both in it.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test file uses a part of it, and a stage that does not stand may fall"
)]

pub mod ask;
pub mod memory;
pub mod network;
pub mod raw;
pub mod whole;

use jackfield_desk::{Command, Conversation, LineRules, Reply, ReplyState, conversation_id};
use jackfield_protocol::{
    Command as Wish, CommandRequest, ConnectionRecord, ConnectionView, ConversationId, Health, Millis, Visibility,
};
use jackfield_server::clock::{Clock, TokioClock};
use jackfield_server::feed::Hub;
use jackfield_server::lines::budget::Allowances;
use jackfield_server::lines::{Board, Opener, Timing};
use jackfield_server::work::{Desk, Done, Undone};
use jackfield_store::Store;
use memory::Memory;
use network::{Network, ToNetwork};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// 2026-01-02T03:04:05Z.
pub const START: Millis = 1_767_323_045_000;
/// Between two polls.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// The line.
pub const LINE: &str = "main";

/// The line as the operator set it up.
pub fn record(id: &str) -> ConnectionRecord {
    ConnectionRecord {
        id: id.into(),
        workspace: "demo".into(),
        brand: "northwind".into(),
        plugin: "scripted".to_owned(),
        name: "Northwind".to_owned(),
        settings: "{}".to_owned(),
        hosts: Vec::new(),
        secrets: Vec::new(),
        paused: false,
        touched_at: 0,
        closing: false,
    }
}

/// Store, network and lines, in virtual time where the test pauses it.
pub struct House {
    pub store: Arc<Memory>,
    pub network: Arc<Network>,
    pub clock: Arc<dyn Clock>,
    pub desk: Desk,
    pub board: Arc<Board>,
    pub untriaged: Arc<Notify>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl House {
    /// A house whose lines are not started yet.
    pub fn dark() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(START));
        Self::with(Arc::new(Memory::default()), Network::new(Arc::clone(&clock)), clock)
    }

    /// A house whose lines are made by somebody else; not started yet.
    pub fn lit_by(opener: impl FnOnce(&Arc<Network>) -> Arc<dyn Opener>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(START));
        let network = Network::new(Arc::clone(&clock));
        let opener = opener(&network);
        Self::made_of(Arc::new(Memory::default()), network, opener, clock)
    }

    /// A house with one line, started.
    pub async fn open() -> Self {
        let mut house = Self::dark();
        house.store.put_connection(record(LINE)).await.unwrap();
        house.start();
        house
    }

    /// The same store and network after the host was killed and started again.
    pub fn after_a_kill(self) -> Self {
        if let Some(task) = &self.task {
            task.abort();
        }
        self.stop.cancel();
        Self::with(
            Arc::clone(&self.store),
            Arc::clone(&self.network),
            Arc::clone(&self.clock),
        )
    }

    fn with(store: Arc<Memory>, network: Arc<Network>, clock: Arc<dyn Clock>) -> Self {
        let opener = Arc::new(ToNetwork(Arc::clone(&network)));
        Self::made_of(store, network, opener, clock)
    }

    fn made_of(store: Arc<Memory>, network: Arc<Network>, opener: Arc<dyn Opener>, clock: Arc<dyn Clock>) -> Self {
        let desk = Desk {
            store: Arc::clone(&store) as Arc<dyn Store>,
            clock: Arc::clone(&clock),
            hub: Arc::new(Hub::new()),
            policies: Arc::default(),
            telemetry: Default::default(),
        };
        let timing = Timing {
            interval: INTERVAL,
            max_events: 20,
        };
        let untriaged = Arc::new(Notify::new());
        let board = Arc::new(Board::new(desk.clone(), opener, timing, 4, Arc::clone(&untriaged)));
        Self {
            store,
            network,
            clock,
            desk,
            board,
            untriaged,
            stop: CancellationToken::new(),
            task: None,
        }
    }

    /// Says what lines may use over time. Before the start.
    pub fn allow(&mut self, allowances: Allowances) {
        self.board = Arc::new(self.new_board().allowing(allowances));
    }

    fn new_board(&self) -> Board {
        let timing = Timing {
            interval: INTERVAL,
            max_events: 20,
        };
        let opener = Arc::new(ToNetwork(Arc::clone(&self.network)));
        Board::new(self.desk.clone(), opener, timing, 4, Arc::clone(&self.untriaged))
    }

    /// Starts the lines.
    pub fn start(&mut self) {
        let (board, stop) = (Arc::clone(&self.board), self.stop.clone());
        self.task = Some(tokio::spawn(async move { board.run(stop).await }));
    }

    /// Stops gracefully; answers how long it took.
    pub async fn stop(&mut self) -> Millis {
        let begun = self.clock.now();
        self.stop.cancel();
        self.task.take().unwrap().await.unwrap();
        self.clock.now() - begun
    }

    /// Waits until something holds; an hour of virtual time at most.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = self.clock.now() + 3_600_000;
        while !holds(self) {
            assert!(
                self.clock.now() < deadline,
                "never: {what}; the line is {:?}",
                self.line()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The line's state.
    pub fn line(&self) -> Option<ConnectionView> {
        self.board.all().into_iter().find(|view| view.id.as_str() == LINE)
    }

    pub async fn until_health(&self, health: Health) -> String {
        self.until(&format!("{health:?}"), |house| {
            house.line().is_some_and(|line| line.health == health)
        })
        .await;
        self.line().unwrap().action
    }

    /// The conversation of a thread.
    pub fn conversation(&self, thread: &str) -> Option<Arc<Conversation>> {
        self.store
            .conversations()
            .into_iter()
            .find(|state| state.place.thread == thread)
    }

    /// The texts that are stored, in order of remote id.
    pub fn messages(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .store
            .conversations()
            .iter()
            .flat_map(|state| state.messages.keys().map(ToString::to_string).collect::<Vec<_>>())
            .collect();
        all.sort();
        all
    }

    /// Mia wants something.
    pub async fn wish(&self, thread: &str, id: &str, command: Wish) -> Result<Done, Undone> {
        let request = CommandRequest { id: id.into(), command };
        let wish = Command::Agent {
            by: "mia".into(),
            request,
        };
        let done = self.desk.act(&thread_id(thread), wish, LineRules::default()).await;
        self.board.wake(&LINE.into());
        done
    }

    /// Mia answers.
    pub async fn reply(&self, thread: &str, id: &str, text: &str) {
        let reply = Wish::Reply {
            text: text.to_owned(),
            visibility: Visibility::Public,
            parent: None,
        };
        self.wish(thread, id, reply)
            .await
            .map_err(|undone| undone.to_string())
            .unwrap();
    }

    /// A reply as the log has it.
    pub fn replied(&self, thread: &str, id: &str) -> Option<Reply> {
        self.conversation(thread)?.replies.get(&id.into()).cloned()
    }

    pub async fn until_reply(&self, thread: &str, id: &str, state: fn(&ReplyState) -> bool) -> Reply {
        self.until(&format!("reply {id}"), |house| {
            house.replied(thread, id).is_some_and(|reply| state(&reply.state))
        })
        .await;
        self.replied(thread, id).unwrap()
    }
}

pub fn thread_id(thread: &str) -> ConversationId {
    conversation_id(&LINE.into(), thread)
}

pub fn is_sent(state: &ReplyState) -> bool {
    matches!(state, ReplyState::Sent { .. })
}

pub fn is_failed(state: &ReplyState) -> bool {
    matches!(state, ReplyState::Failed { .. })
}
