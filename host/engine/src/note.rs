//! What the host itself saw of a call, however the call ended. A plugin says "later" for a name that does not resolve, a
//! refused dial, a bad certificate and a rate limit alike; who runs the host wants to know which it was. And a call that
//! trapped or was stopped has used its budgets all the same.

use crate::{Usage, egress::Failure};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Exchanges that are noted one by one; the rest is counted in [`Usage::requests`].
const EXCHANGES: usize = 64;

/// What was seen of one call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CallNote {
    /// What it used.
    pub usage: Usage,
    /// The first exchanges with networks, in order, without those that were not let out.
    pub exchanges: Vec<ExchangeNote>,
    /// Why the last exchange failed, where it did, with its host: no name, no answer, a bad certificate, a 5xx.
    /// Scrubbed of secrets; no path, no text of an answer.
    pub failed: Option<String>,
    /// What was refused because nobody granted it, in words, where something was.
    pub not_granted: Option<String>,
}

/// A word of a closed list.
type Word = &'static str;

/// One exchange with a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeNote {
    /// Whom it asked: `https://social.example`.
    pub origin: String,
    /// The method; `?` where it is none of the usual.
    #[serde(with = "word")]
    pub method: Word,
    /// The status of the answer, or a word for what happened instead.
    #[serde(with = "ended")]
    pub ended: Result<u16, &'static str>,
    /// From the beginning of the call to its own.
    pub after: Duration,
    /// How long it took.
    pub took: Duration,
}

/// Every word that a note has. Another one comes from nobody whose word counts.
const WORDS: [&str; 14] = [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "connect",
    "not-granted",
    "invalid",
    "unreachable",
    "timed-out",
    "too-large",
    "over-budget",
    "?",
];

fn known(word: &str) -> &'static str {
    WORDS.into_iter().find(|known| *known == word).unwrap_or("?")
}

/// A word of the list, as text.
mod word {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(word: &str, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(word)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<&'static str, D::Error> {
        String::deserialize(from).map(|word| super::known(&word))
    }
}

/// A status, or a word of the list.
mod ended {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(ended: &Result<u16, &'static str>, to: S) -> Result<S::Ok, S::Error> {
        ended.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Result<u16, &'static str>, D::Error> {
        let ended = Result::<u16, String>::deserialize(from)?;
        Ok(ended.map_err(|word| super::known(&word)))
    }
}

/// Shared by the store, which writes it, and the connection, which still has it when the store is gone.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Page>>);

#[derive(Default)]
struct Page {
    note: CallNote,
    begun: Option<Instant>,
    /// Whom the call waits for just now.
    asking: Option<String>,
}

impl Notes {
    /// A new call.
    pub(crate) fn begin(&self) {
        *self.page() = Page {
            note: CallNote::default(),
            begun: Some(Instant::now()),
            asking: None,
        };
    }

    /// An exchange begins.
    pub(crate) fn asking(&self, origin: Option<&str>) {
        self.page().asking = origin.map(str::to_owned);
    }

    pub(crate) fn used(&self, usage: Usage) {
        self.page().note.usage = usage;
    }

    /// An exchange ended.
    pub(crate) fn exchange(
        &self,
        origin: Option<&str>,
        method: Option<&'static str>,
        ended: Result<u16, &Failure>,
        took: Duration,
    ) {
        let mut page = self.page();
        page.asking = None;
        let origin = origin.unwrap_or("?");
        match ended {
            Err(Failure::NotGranted(text)) => {
                page.note.not_granted = Some(text.clone());
                return;
            }
            Err(Failure::Invalid(_) | Failure::OverBudget(_)) => return,
            Err(Failure::Unreachable(text)) => page.note.failed = Some(text.clone()),
            Err(Failure::TimedOut) => page.note.failed = Some(format!("{origin} gave no whole answer in time")),
            Ok(status @ 500..) => page.note.failed = Some(format!("{origin} answered {status}")),
            Ok(_) | Err(Failure::TooLarge(_)) => page.note.failed = None,
        }
        if page.note.exchanges.len() < EXCHANGES {
            let since = page.begun.map_or(Duration::ZERO, |begun| begun.elapsed());
            page.note.exchanges.push(ExchangeNote {
                origin: origin.to_owned(),
                method: method.unwrap_or("?"),
                ended: ended.map_err(Failure::word),
                after: since.saturating_sub(took),
                took,
            });
        }
    }

    pub(crate) fn read(&self) -> CallNote {
        let page = self.page();
        let mut note = page.note.clone();
        if let Some(origin) = &page.asking {
            note.failed = Some(format!("{origin} had not answered when the call's time was over"));
        }
        note
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notes(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written_and_an_unknown_word_is_no_word() {
        let note = CallNote {
            exchanges: vec![
                ExchangeNote {
                    origin: "https://social.example".to_owned(),
                    method: "GET",
                    ended: Err("unreachable"),
                    after: Duration::from_millis(3),
                    took: Duration::from_millis(4),
                },
                ExchangeNote {
                    origin: "?".to_owned(),
                    method: "connect",
                    ended: Ok(200),
                    after: Duration::ZERO,
                    took: Duration::ZERO,
                },
            ],
            ..CallNote::default()
        };
        let text = serde_json::to_string(&note).unwrap();
        assert_eq!(serde_json::from_str::<CallNote>(&text).unwrap(), note);
        let other: CallNote = serde_json::from_str(&text.replace("GET", "BREW")).unwrap();
        assert_eq!(other.exchanges[0].method, "?");
    }

    #[test]
    fn what_failed_is_what_failed_last() {
        let notes = Notes::default();
        notes.begin();
        let origin = Some("https://social.example");
        let step = |ended: Result<u16, &Failure>| {
            notes.exchange(origin, Some("GET"), ended, Duration::ZERO);
            notes.read().failed
        };
        assert_eq!(step(Ok(503)).as_deref(), Some("https://social.example answered 503"));
        assert_eq!(step(Ok(429)), None, "a rate limit is no fault");
        let gone = Failure::Unreachable("the name social.example does not resolve: no such host".to_owned());
        assert_eq!(
            step(Err(&gone)),
            Some("the name social.example does not resolve: no such host".to_owned())
        );
        assert_eq!(
            step(Err(&Failure::TimedOut)).as_deref(),
            Some("https://social.example gave no whole answer in time")
        );
        assert_eq!(step(Ok(200)), None);
        let denied = Failure::NotGranted("grant it".to_owned());
        step(Err(&denied));
        let note = notes.read();
        assert_eq!(note.not_granted.as_deref(), Some("grant it"));
        assert_eq!(note.exchanges.len(), 5, "what was not let out is no exchange");
        assert_eq!(note.exchanges[2].ended, Err("unreachable"));
        (0..200).for_each(|_| drop(step(Ok(200))));
        assert_eq!(notes.read().exchanges.len(), EXCHANGES);
        notes.asking(origin);
        let open = notes.read().failed.unwrap();
        assert!(open.contains("social.example had not answered"), "{open}");
        notes.begin();
        assert_eq!(notes.read(), CallNote::default());
    }
}
