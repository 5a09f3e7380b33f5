//! How many requests ended how, by line. What is counted under no line named one that is not there.

use jackfield_protocol::ConnectionId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// Verified, durable, answered.
    Taken,
    /// A challenge, answered.
    Challenge,
    /// The same as one that was taken before: answered, and not kept again.
    Replayed,
    /// The signature is wrong.
    Tampered,
    /// Signed too long ago, or ahead of our clock.
    Late,
    /// More bytes than a request may have.
    Oversized,
    /// There is no signature to look at, or the request broke off.
    Malformed,
    /// There is no such line.
    Unknown,
    /// The line's plugin takes no webhooks: no recipe.
    NoRecipe,
    /// A secret or the public address is missing, or the plugin's own verification broke.
    Unready,
    /// Too many at once.
    Busy,
    /// The store did not take it.
    Storage,
}

impl End {
    /// A word for metrics and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Challenge => "challenge",
            Self::Replayed => "replayed",
            Self::Tampered => "tampered",
            Self::Late => "late",
            Self::Oversized => "oversized",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::NoRecipe => "no-recipe",
            Self::Unready => "unready",
            Self::Busy => "busy",
            Self::Storage => "storage",
        }
    }
}

/// Requests of one line that ended in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The line; none where there is no such line.
    pub connection: Option<ConnectionId>,
    /// How they ended.
    pub end: End,
    /// How many, since the host started.
    pub number: u64,
}

type Key = (Option<ConnectionId>, End);

/// All counts of a host. Lines that are not there share one, so that nobody can make it grow.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<Key, Seen>>);

#[derive(Debug, Default)]
struct Seen {
    number: u64,
    /// When the log was last told, and how many there were then.
    told: Option<(Instant, u64)>,
}

/// A line of the log for one reason of one line; whoever floods a host is not to flood its log.
const QUIET: Duration = Duration::from_secs(60);

impl Counts {
    /// One more. Answers how many there were since the log was last told, where it is to be told now.
    pub(super) fn add(&self, connection: Option<&ConnectionId>, end: End) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = counts.entry((connection.cloned(), end)).or_default();
        seen.number += 1;
        let now = Instant::now();
        let before = match seen.told {
            Some((at, _)) if now.duration_since(at) < QUIET => return None,
            Some((_, number)) => number,
            None => 0,
        };
        seen.told = Some((now, seen.number));
        Some(seen.number - before)
    }

    /// All counts, in order.
    pub fn all(&self) -> Vec<Count> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = counts.iter().map(|((connection, end), seen)| Count {
            connection: connection.clone(),
            end: *end,
            number: seen.number,
        });
        all.collect()
    }

    /// How many ended in this way, over all lines.
    pub fn of(&self, end: End) -> u64 {
        self.all()
            .iter()
            .filter(|count| count.end == end)
            .map(|count| count.number)
            .sum()
    }
}
