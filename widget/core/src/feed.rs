//! The live feed, seen from the panel: numbered entries in, the same entries in order out, or the order to read
//! everything again. No clock, no network: the caller says what happened and does what it is told.
//!
//! The rules. An entry is passed on only when its number follows the last one. A number seen before is dropped. A number
//! that is missing cannot be waited for (the server sends in order), so the lists are read again and the feed goes on
//! from there. A connection that ends is opened again from the last number, after a wait that grows and is jittered.

use crate::backoff::wait_ms;
use jackfield_protocol::{ConnectionView, ConversationId, FeedEntry, FeedMessage, FeedNumber, Item, Millis, Summary};
use std::sync::Arc;

/// The server sends a comment every 15 seconds; after more than two of them are missed, the line is dead.
const SILENCE_MS: Millis = 40_000;

/// How the feed is, as people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Nobody looks any more, or nobody has looked yet.
    #[default]
    Closed,
    /// Being opened for the first time.
    Connecting,
    /// Entries arrive as they happen.
    Live,
    /// It ended; opened again at this time.
    Waiting {
        /// When the next try is.
        until: Millis,
    },
    /// The browser says that there is no network.
    Offline,
    /// The token is no longer good; a new one is being asked for.
    Renewing,
    /// There is no token to be had.
    SignedOut,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum FeedInput {
    /// The stream is to be opened.
    Start,
    /// Bytes came, of whatever kind.
    Heard,
    /// A message came.
    Message(FeedMessage),
    /// The stream ended or could not be opened.
    Ended,
    /// The server refused the token.
    Unauthorized,
    /// A new token is there.
    TokenReady,
    /// There is no new token.
    NoToken,
    /// The time that was asked for has come, or simply some time has passed.
    Tick,
    /// The browser has a network again.
    Online,
    /// The browser has lost its network.
    Offline,
    /// Nobody looks any more.
    Close,
}

/// An entry of the feed, shared by all who keep a part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its number.
    pub n: FeedNumber,
    /// The conversation that changed.
    pub conversation: ConversationId,
    /// Its row now.
    pub summary: Arc<Summary>,
    /// The entries of its thread that are new or different.
    pub items: Vec<Arc<Item>>,
}

impl From<FeedEntry> for Change {
    fn from(entry: FeedEntry) -> Self {
        let mut items = Vec::new();
        for item in entry.items {
            items.push(Arc::new(item));
        }
        Self {
            n: entry.n,
            conversation: entry.conversation,
            summary: Arc::new(entry.summary),
            items,
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum FeedOutput {
    /// Open the stream after this number; a stream that is still open is closed first.
    Open {
        /// The last number seen; none the first time.
        after: Option<FeedNumber>,
    },
    /// Close the stream.
    Shut,
    /// Send a `Tick` after this many milliseconds.
    Wake(u32),
    /// Ask for a new token; answer with `TokenReady` or `NoToken`.
    Renew,
    /// Pass this entry on.
    Deliver(Arc<Change>),
    /// Pass this state of a line on.
    Line(ConnectionView),
    /// Read every list and thread again.
    Resync,
}

/// The state of the feed.
#[derive(Debug)]
pub struct Feed {
    last: Option<FeedNumber>,
    phase: Phase,
    attempt: u32,
    heard: Millis,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            last: None,
            phase: Phase::Closed,
            attempt: 0,
            heard: 0,
        }
    }
}

impl Feed {
    /// How it is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The last number that was seen.
    pub fn last(&self) -> Option<FeedNumber> {
        self.last
    }

    /// A list was read that includes everything up to `n`: the first stream begins there.
    pub fn seed(&mut self, n: FeedNumber) {
        self.last.get_or_insert(n);
    }

    /// Takes what happened at `now`; `random` is in 0..1.
    pub fn step(&mut self, input: FeedInput, now: Millis, random: f64) -> Vec<FeedOutput> {
        match input {
            FeedInput::Start if self.phase == Phase::Closed => self.open(now),
            FeedInput::Online if self.phase == Phase::Offline => self.open(now),
            FeedInput::TokenReady if matches!(self.phase, Phase::Renewing | Phase::SignedOut) => self.open(now),
            FeedInput::Start | FeedInput::Online | FeedInput::TokenReady => Vec::new(),
            FeedInput::Heard => {
                self.heard = now;
                Vec::new()
            }
            FeedInput::Message(message) if self.listens() => {
                self.heard = now;
                self.message(message)
            }
            FeedInput::Message(_) => Vec::new(),
            FeedInput::Ended if self.listens() => self.wait(now, random),
            FeedInput::Ended => Vec::new(),
            FeedInput::Unauthorized if self.listens() => self.renew(),
            FeedInput::Unauthorized => Vec::new(),
            FeedInput::NoToken => {
                self.phase = Phase::SignedOut;
                vec![FeedOutput::Shut]
            }
            FeedInput::Tick => self.tick(now, random),
            FeedInput::Offline if self.phase == Phase::Closed => Vec::new(),
            FeedInput::Offline => {
                self.phase = Phase::Offline;
                vec![FeedOutput::Shut]
            }
            FeedInput::Close => {
                self.phase = Phase::Closed;
                vec![FeedOutput::Shut]
            }
        }
    }

    fn listens(&self) -> bool {
        matches!(self.phase, Phase::Connecting | Phase::Live)
    }

    fn open(&mut self, now: Millis) -> Vec<FeedOutput> {
        self.phase = Phase::Connecting;
        self.heard = now;
        vec![
            FeedOutput::Open { after: self.last },
            FeedOutput::Wake(SILENCE_MS as u32),
        ]
    }

    fn wait(&mut self, now: Millis, random: f64) -> Vec<FeedOutput> {
        let ms = wait_ms(self.attempt, random);
        self.attempt = self.attempt.saturating_add(1);
        self.phase = Phase::Waiting {
            until: now + Millis::from(ms),
        };
        vec![FeedOutput::Shut, FeedOutput::Wake(ms)]
    }

    fn renew(&mut self) -> Vec<FeedOutput> {
        self.phase = Phase::Renewing;
        vec![FeedOutput::Shut, FeedOutput::Renew]
    }

    fn tick(&mut self, now: Millis, random: f64) -> Vec<FeedOutput> {
        match self.phase {
            Phase::Waiting { until } if now >= until => self.open(now),
            Phase::Waiting { until } => vec![FeedOutput::Wake((until - now) as u32)],
            Phase::Connecting | Phase::Live if now - self.heard >= SILENCE_MS => self.wait(now, random),
            Phase::Connecting | Phase::Live => vec![FeedOutput::Wake((SILENCE_MS - (now - self.heard)) as u32)],
            _ => Vec::new(),
        }
    }

    fn message(&mut self, message: FeedMessage) -> Vec<FeedOutput> {
        self.phase = Phase::Live;
        self.attempt = 0;
        match message {
            FeedMessage::Hello { n } => match self.last {
                // What is missing follows now, one by one.
                Some(last) if last <= n => Vec::new(),
                // The first time, or a server that has forgotten what we saw.
                _ => self.resync(n),
            },
            FeedMessage::Resync { n } => self.resync(n),
            FeedMessage::Connection(line) => vec![FeedOutput::Line(line)],
            FeedMessage::TokenExpired => self.renew(),
            FeedMessage::Entry(entry) => match self.last {
                Some(last) if entry.n <= last => Vec::new(),
                Some(last) if entry.n == last + 1 => {
                    self.last = Some(entry.n);
                    vec![FeedOutput::Deliver(Arc::new((*entry).into()))]
                }
                _ => self.resync(entry.n),
            },
        }
    }

    fn resync(&mut self, n: FeedNumber) -> Vec<FeedOutput> {
        self.last = Some(n);
        vec![FeedOutput::Resync]
    }
}
