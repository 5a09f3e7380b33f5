//! Sending, and finding out afterwards.
//!
//! The message that is answered is looked up by its id: whom the answer goes to, its subject and its references stand
//! there and are kept nowhere else. The answer's Message-ID is made of the host's key. Before each try, and when nobody
//! knows, it is looked for in the mailbox of what was sent; a copy is put there as soon as the server has taken it. Where
//! it is not there although the whole message was written, nobody can know, and a person is told so.

use crate::compose::{self, Answer};
use crate::imap::{Imap, No};
use crate::settings::Settings;
use crate::smtp::{End, Smtp};
use crate::{mail, with};
use jackfield_sdk::channel::*;
use jackfield_sdk::warning;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// In bytes; in Base64 a third more.
pub(crate) const LONGEST: u32 = 500_000;

thread_local! {
    /// Answers of which the last line was surely not written: those need no looking for.
    static UNSENT: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let settings = Settings::of(settings)?;
    let parent = check(draft)?;
    UNSENT.with_borrow_mut(|unsent| unsent.insert(draft.key.clone()));
    let id = compose::message_id(&draft.key, &settings.address);
    let (there, answered) = with(host, &settings, |imap| {
        let there = find(imap, &settings.sent, &id)?.is_some();
        let answered = match find(imap, &settings.mailbox, &parent)? {
            Some(uid) => imap.fetch(uid, true)?,
            None => None,
        };
        Ok((there, answered))
    })?;
    let receipt = Receipt {
        remote_id: id,
        url: None,
        at: host.now_ms(),
    };
    if there {
        UNSENT.with_borrow_mut(|unsent| unsent.remove(&draft.key));
        return Ok(receipt);
    }
    let Some(answered) = answered.and_then(|fetched| mail::read(&fetched.raw)) else {
        let words = format!(
            "The message it answers is not in {} any more, and with it is gone whom to answer.",
            settings.mailbox
        );
        return Err(Trouble::Refused(words).into());
    };
    if answered.bounce.is_some() || !answered.answer_to.contains('@') {
        return Err(Refusal::Rule(
            "A mail server wrote this, and reads no answers.".to_owned(),
        ));
    }
    let message = compose::message(&Answer {
        key: &draft.key,
        from: (&settings.address, &settings.name),
        to: &answered.answer_to,
        subject: answered.subject.as_deref().unwrap_or_default(),
        parent: &parent,
        references: &answered.references,
        text: &draft.text,
        language: draft.language.as_deref(),
        at: receipt.at,
    });
    let mut smtp = Smtp::open(host, &settings).map_err(Trouble::from)?;
    match smtp.hand_in(&settings.address, &answered.answer_to, &message) {
        Ok(()) => {}
        Err(End::Not(refusal)) => return Err(refusal),
        Err(End::Unknown) => {
            UNSENT.with_borrow_mut(|unsent| unsent.remove(&draft.key));
            return Err(Trouble::Later(None).into());
        }
    }
    UNSENT.with_borrow_mut(|unsent| unsent.remove(&draft.key));
    smtp.quit();
    if settings.save_sent {
        let kept = with(host, &settings, |imap| imap.append(&settings.sent, &message));
        if let Err(trouble) = kept {
            // It is sent all the same.
            warning!(host, "no copy in {}: {trouble:?}", settings.sent);
        }
    }
    Ok(receipt)
}

pub(crate) fn reconcile(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let settings = Settings::of(settings)?;
    if UNSENT.with_borrow_mut(|unsent| unsent.remove(&draft.key)) {
        return Ok(None);
    }
    let id = compose::message_id(&draft.key, &settings.address);
    let found = with(host, &settings, |imap| match find(imap, &settings.sent, &id)? {
        Some(uid) => imap.fetch(uid, true),
        None => Ok(None),
    })?;
    match found {
        Some(fetched) => Ok(Some(Receipt {
            remote_id: id,
            url: None,
            at: fetched.arrived.unwrap_or_else(|| host.now_ms()),
        })),
        None => Err(Trouble::Unexpected(format!(
            "{} has no message <{id}>, and an SMTP server cannot be asked whether it took one. Look whether the person has it.",
            settings.sent
        ))),
    }
}

/// The UID of a message by its id; none where the mailbox has none, or is not there.
fn find(imap: &mut Imap, mailbox: &str, id: &str) -> Result<Option<u64>, No> {
    match imap.examine(mailbox) {
        Ok(_) => {}
        Err(No::Trouble(Trouble::Refused(_))) => return Ok(None),
        Err(no) => return Err(no),
    }
    let uids = imap.search(&format!("HEADER Message-ID \"<{id}>\""))?;
    // The first is the one that was handed over; whoever repeats an id later writes to nobody's place.
    Ok(uids.first().copied())
}

/// What can be known before anything is sent; the id of the answered message.
fn check(draft: &Draft) -> Result<String, Refusal> {
    let rule = |words: &str| Err(Refusal::Rule(words.to_owned()));
    if draft.visibility != Visibility::Direct {
        return rule("Mail is for whom it is addressed to; choose direct.");
    }
    if draft.text.trim().is_empty() {
        return rule("The message is empty; write something.");
    }
    if !draft.attachments.is_empty() {
        return rule("This channel cannot send files yet; take the attachment off and send the text.");
    }
    let (length, most) = (draft.text.len(), LONGEST as usize);
    if length > most {
        return rule(&format!(
            "The message has {length} bytes and {most} are the most; take {} away.",
            length - most
        ));
    }
    let parent = draft.parent.as_deref().or(draft.thread.as_deref()).unwrap_or_default();
    match mail::clean_id(parent).filter(|id| id == parent && id.is_ascii()) {
        Some(parent) if !parent.starts_with("uid-") => Ok(parent),
        _ => rule("The message has no id by which an answer could name it; write to the person anew."),
    }
}
