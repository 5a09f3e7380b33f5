//! A channel of one mailbox: IMAP in, SMTP out, both over TLS.
//!
//! | module | what is in it |
//! |---|---|
//! | [`mail`] | from a message's bytes to what it says; who wrote it: a person, a program, a mail server; what is quoted |
//! | [`compose`] | an answer as a message |
//! | `imap`, `smtp` | the two protocols, as much as it takes |
//! | `threads` | the conversation of each message seen of late |
//! | `publish` | sending, and finding out afterwards |
//! | `settings` | what a connection is told |
//!
//! The cursor is `validity-uid`: UIDs only grow while the mailbox says so; where it says otherwise it is read again from
//! the history of the settings, and what the host knows by its Message-ID it drops. Polls find new mail by its UID; the
//! connection stays open between calls, and nothing in memory is needed for being right.

mod imap;
mod publish;
mod settings;
mod smtp;
mod threads;

pub mod compose;
pub mod mail;

use imap::{Fetched, Imap, LONGEST, No};
use jackfield_sdk::channel::*;
use jackfield_sdk::time::format_ms;
use jackfield_sdk::warning;
use mail::Mail;
use settings::Settings;
use std::cell::RefCell;

/// The channel.
#[derive(Debug)]
pub struct Email;

const DAY_MS: u64 = 86_400_000;
/// Bytes that one poll fetches: a call may read 64 MiB, and has 64 MiB of memory.
const BYTES: usize = 8 << 20;

thread_local! {
    /// An instance serves one connection: this is its stream.
    static OPEN: RefCell<Option<Imap>> = const { RefCell::new(None) };
}

impl Channel for Email {
    fn describe() -> Description {
        Description::new("email", env!("CARGO_PKG_VERSION"))
            .settings(settings::SCHEMA)
            .max_length(publish::LONGEST, Counting::Bytes)
            .can([Ability::Poll, Ability::ReplyPrivate, Ability::Threads])
    }

    fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
        let settings = Settings::of(settings)?;
        with(host, &settings, |imap| imap.examine(&settings.mailbox).map(|_| ()))?;
        smtp::Smtp::open(host, &settings)?.quit();
        Ok(format!(
            "Signed in as {}: {} is read, and mail of {} is taken.",
            settings.user(),
            settings.mailbox,
            settings.address
        ))
    }

    fn poll(host: &dyn Host, settings: &str, cursor: Option<Vec<u8>>, max_events: u32) -> Result<Batch, Trouble> {
        let settings = Settings::of(settings)?;
        let place = place(cursor)?;
        let mut threads = threads::Threads::new(host);
        let batch = with(host, &settings, |imap| {
            let (validity, newest) = imap.examine(&settings.mailbox)?;
            let after = match place {
                Some((of, after)) if of == validity => Some(after),
                Some(_) => {
                    warning!(
                        host,
                        "the mailbox counts anew; it is read from the history of the settings"
                    );
                    None
                }
                None => None,
            };
            let mut uids = match after {
                Some(after) => imap.search(&format!("UID {}:*", after + 1))?,
                None => imap.search(&format!("SINCE {}", since(host, &settings)))?,
            };
            // `n:*` names the last message even where that is older.
            uids.retain(|uid| after.is_none_or(|after| *uid > after));
            // Where nothing is as new as the history reaches, it goes on behind what is there.
            let begin = if uids.is_empty() { newest } else { 0 };
            let (mut events, mut last, mut bytes, mut taken) = (Vec::new(), after.unwrap_or(begin), 0, 0);
            for uid in uids.iter().take(max_events as usize) {
                if bytes > BYTES {
                    break;
                }
                taken += 1;
                last = *uid;
                // Moved or deleted since it was found.
                let Some(fetched) = imap.fetch(*uid, false)? else {
                    continue;
                };
                bytes += fetched.raw.len();
                match mail::read(&fetched.raw) {
                    Some(mail) => events.push(event(&settings, &mut threads, &mail, &fetched, (validity, *uid), host)),
                    None => warning!(host, "the message with the UID {uid} cannot be read"),
                }
            }
            let more = taken < uids.len();
            Ok(Batch::new(events).cursor(format!("{validity}-{last}")).more(more))
        })?;
        threads.save();
        Ok(batch)
    }

    fn publish(host: &dyn Host, settings: &str, draft: Draft) -> Result<Receipt, Refusal> {
        publish::publish(host, settings, &draft)
    }

    fn reconcile(host: &dyn Host, settings: &str, draft: Draft) -> Result<Option<Receipt>, Trouble> {
        publish::reconcile(host, settings, &draft)
    }
}

jackfield_sdk::channel!(Email);

/// How far the mailbox was read, and by which count.
fn place(cursor: Option<Vec<u8>>) -> Result<Option<(u64, u64)>, Trouble> {
    let Some(bytes) = cursor else { return Ok(None) };
    let text = String::from_utf8(bytes).unwrap_or_default();
    let read = text
        .split_once('-')
        .and_then(|(of, after)| Some((of.parse().ok()?, after.parse().ok()?)));
    read.map(Some)
        .ok_or_else(|| Trouble::Unexpected(format!("The cursor {text:?} is not ours.")))
}

/// The day from which a mailbox is read, as IMAP writes it: `1-Feb-1994`.
fn since(host: &dyn Host, settings: &Settings) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let at = host
        .now_ms()
        .saturating_sub(settings.history_days.saturating_mul(DAY_MS));
    let text = format_ms(at);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7)
        .parse::<usize>()
        .ok()
        .and_then(|month| MONTHS.get(month.saturating_sub(1)));
    let day: u32 = part(8, 10).parse().unwrap_or(1);
    format!("{day}-{}-{}", month.unwrap_or(&"Jan"), part(0, 4))
}

fn event(
    settings: &Settings,
    threads: &mut threads::Threads<'_>,
    mail: &Mail,
    fetched: &Fetched,
    (validity, uid): (u64, u64),
    host: &dyn Host,
) -> Event {
    let id = mail.id.clone().unwrap_or_else(|| format!("uid-{validity}-{uid}"));
    let mut above = mail.references.clone();
    // A report is of the conversation whose message did not arrive.
    above.extend(mail.bounce.clone().flatten());
    let root = threads.root(&id, &above);
    let (address, name) = &mail.from;
    let own = settings.address.to_lowercase();
    // Forms on websites write in our name for somebody whom we are to answer: what they write is that person's.
    let formed = *address == own && !mail.answer_to.is_empty() && mail.answer_to.to_lowercase() != own;
    let ours = *address == own && !formed;
    let mut text = mail.text.clone();
    if fetched.raw.len() >= LONGEST {
        text.push_str("\n(The rest of this message was not fetched…)");
    }
    for (name, kind, size) in &mail.files {
        text.push_str(&format!("\n(File: {name}, {kind}, {size} bytes)"));
    }
    let mut author = Author::named(if formed { &mail.answer_to } else { address });
    author.display_name.clone_from(name);
    author.automated = mail.automated;
    let content = Content {
        title: mail.subject.clone(),
        spans: mail.spans.clone(),
        ..Content::plain(author, text.trim_start_matches('\n'))
    };
    let mut event = Event {
        remote_id: id,
        revision: 0,
        // A clock of the sender's may be anything; the server's says when it came.
        at: fetched.arrived.or(mail.date).unwrap_or_else(|| host.now_ms()),
        kind: Kind::Said(content),
        thread: root,
        parent: above.pop(),
        visibility: Visibility::Direct,
        ours,
        // Ours that somebody's program sent back says nothing new: answering it would go round for ever.
        context: mail.marked && !ours,
        url: None,
    };
    if event.parent.as_ref() == Some(&event.remote_id) {
        event.parent = None;
    }
    event
}

/// The open connection, or a new one. One that was kept and has died is not the network's fault yet: it is tried anew.
fn with<T>(
    host: &dyn Host,
    settings: &Settings,
    mut work: impl FnMut(&mut Imap) -> Result<T, No>,
) -> Result<T, Trouble> {
    let kept = OPEN.take().filter(|imap| imap.of == *settings);
    if let Some(mut imap) = kept {
        match work(&mut imap) {
            Ok(done) => {
                OPEN.set(Some(imap));
                return Ok(done);
            }
            Err(No::Trouble(trouble)) => return Err(trouble),
            Err(No::Stream(StreamFailure::OverBudget(_) | StreamFailure::TimedOut)) => {
                return Err(Trouble::Later(None));
            }
            Err(No::Stream(_)) => {}
        }
    }
    let mut imap = Imap::open(host, settings)?;
    let done = work(&mut imap)?;
    OPEN.set(Some(imap));
    Ok(done)
}
