//! A channel of an IRC network, over TLS.
//!
//! | module | what is in it |
//! |---|---|
//! | [`line`] | lines of IRC and the words in them |
//! | `settings` | what a connection is told |
//! | `session` | the open connection, and what was said on it |
//!
//! The cursor is `since-number`: when the line began, and the number of the last message that was stored. What was heard
//! and not stored yet waits in memory; a poll with the cursor before gets it again.

pub mod line;
mod session;
mod settings;

use jackfield_sdk::channel::*;
use jackfield_sdk::warning;
use line::folded;
use session::Session;
use settings::Settings;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The channel.
#[derive(Debug)]
pub struct Irc;

/// A line has 512 bytes, of which the server adds our whole name for everybody else.
const LINE_BYTES: usize = 380;
/// More lines at once are a flood, and a server hangs up on who floods.
const MOST_LINES: usize = 5;

thread_local! {
    /// An instance serves one connection: this is its stream.
    static OPEN: RefCell<Option<Session>> = const { RefCell::new(None) };
    /// Answers of which nothing was written: those need no looking for.
    static UNSENT: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

impl Channel for Irc {
    fn describe() -> Description {
        Description::new("irc", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .max_length(1500, Counting::Bytes)
            .can([Ability::Poll, Ability::ReplyPublic, Ability::ReplyPrivate])
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let settings = Settings::of(settings)?;
        let session = Session::open(host, &settings)?;
        let said = format!(
            "The server knows us as {}, and we are in {}.",
            session.me, settings.channel
        );
        session.quit();
        Ok(said)
    }

    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max_events: u32) -> Result<Batch, Trouble> {
        let settings = Settings::of(settings)?;
        let (since, stored) = place(cursor, host.now_ms())?;
        with(host, &settings, |session| {
            let listened = session.listen(host);
            session.number(since, stored);
            match listened {
                Ok(()) => {}
                // What was said before it broke counts.
                Err(failure) if session.waiting.is_empty() => return Err(failure),
                Err(failure) => session.broken = Some(failure),
            }
            let most = usize::try_from(max_events).unwrap_or(usize::MAX);
            let batch: Vec<_> = session.waiting.iter().take(most).cloned().collect();
            let last = batch.last().map_or(stored, |(number, _)| *number);
            let more = session.waiting.len() > batch.len();
            Ok(Batch::new(batch.into_iter().map(|(_, event)| event).collect())
                .cursor(format!("{since}-{last}"))
                .more(more))
        })
    }

    fn publish(host: &dyn Host, settings: &str, draft: Draft) -> Result<Receipt, Refusal> {
        let settings = Settings::of(settings)?;
        let (to, text) = addressed(&draft)?;
        let lines = folded(&text, LINE_BYTES);
        if lines.len() > MOST_LINES {
            return Err(Refusal::Rule(format!(
                "The answer would be {} lines of IRC, and more than {MOST_LINES} at once are a flood; shorten it.",
                lines.len()
            )));
        }
        UNSENT.with_borrow_mut(|unsent| unsent.insert(draft.key.clone()));
        let no = with(host, &settings, |session| {
            UNSENT.with_borrow_mut(|unsent| unsent.remove(&draft.key));
            session.tell(host, &to, &lines, &mark(&draft.key))
        })?;
        match no {
            Some(words) => Err(Refusal::Rule(format!("The server does not hand it on: {words}"))),
            None => Ok(Receipt {
                remote_id: format!("said-{}", draft.key),
                url: None,
                at: host.now_ms(),
            }),
        }
    }

    /// A server keeps nothing of what was said, so there is nowhere to look. What was surely not written is known.
    fn reconcile(_host: &dyn Host, _settings: &str, draft: Draft) -> Result<Option<Receipt>, Trouble> {
        if UNSENT.with_borrow_mut(|unsent| unsent.remove(&draft.key)) {
            return Ok(None);
        }
        Err(Trouble::Unexpected(
            "An IRC server keeps nothing of what was said, so it cannot be asked whether an answer arrived.".to_owned(),
        ))
    }
}

jackfield_sdk::channel!(Irc);

/// When the line began, and the last number that is stored.
fn place(cursor: Option<Vec<u8>>, now: u64) -> Result<(u64, u64), Trouble> {
    let Some(bytes) = cursor else { return Ok((now, 0)) };
    let text = String::from_utf8(bytes).unwrap_or_default();
    text.split_once('-')
        .and_then(|(since, last)| Some((since.parse().ok()?, last.parse().ok()?)))
        .ok_or_else(|| Trouble::Unexpected(format!("The cursor {text:?} is not ours.")))
}

/// A word that a server gives back as it is.
fn mark(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).take(40).collect()
}

/// Whom an answer goes to, and its words: in the channel the person is named.
fn addressed(draft: &Draft) -> Result<(String, String), Refusal> {
    if !draft.attachments.is_empty() {
        return Err(Refusal::Rule(
            "IRC takes no files; take the attachment off and send the text.".to_owned(),
        ));
    }
    let thread = draft.thread.clone().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == ',';
    let text = draft.text.trim();
    if text.is_empty() || thread.is_empty() || thread.contains(odd) {
        return Err(Refusal::Rule(
            "There is nothing to say, or nobody to say it to.".to_owned(),
        ));
    }
    let channel = thread.rsplit_once('/');
    match (&draft.visibility, channel) {
        (Visibility::Public, Some((channel, nick))) => {
            let named = text.strip_prefix(nick).is_some_and(|rest| rest.starts_with([':', ',']));
            let text = if named {
                text.to_owned()
            } else {
                format!("{nick}: {text}")
            };
            Ok((channel.to_owned(), text))
        }
        (Visibility::Direct, Some((_, nick))) => Ok((nick.to_owned(), text.to_owned())),
        (Visibility::Direct, None) => Ok((thread, text.to_owned())),
        _ => Err(Refusal::Rule(
            "On IRC an answer is public or for one person; choose one of these.".to_owned(),
        )),
    }
}

/// The open session, or a new one. A stream that breaks is thrown away; the next call connects anew.
fn with<T>(
    host: &dyn Host,
    settings: &Settings,
    work: impl FnOnce(&mut Session) -> Result<T, StreamFailure>,
) -> Result<T, Trouble> {
    let kept = OPEN.take().filter(|session| session.of == *settings);
    let mut session = match kept {
        Some(session) if session.broken.is_none() => session,
        kept => {
            warning!(host, "connecting; what was said while nobody listened is not known");
            let mut session = Session::open(host, settings)?;
            session.waiting = kept.map(|kept| kept.waiting).unwrap_or_default();
            session
        }
    };
    match work(&mut session) {
        Ok(done) => {
            OPEN.set(Some(session));
            Ok(done)
        }
        Err(failure) => Err(stream_trouble(&failure)),
    }
}
