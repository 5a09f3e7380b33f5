//! What Twilio sends by itself: a form, verified by the host.
//!
//! | in the form | what it is |
//! |---|---|
//! | `TranscriptionSid` | somebody spoke to the voice-mail, and this is what was said |
//! | `MessageStatus` | what became of a message of ours |
//! | `MessageSid` | somebody wrote |
//!
//! A form of another account or for another number says nothing to this connection. The time of a message is not in its
//! form; the host's time of receipt stands for it.

use crate::poll::said;
use crate::sent;
use crate::settings::{self, Settings};
use jackfield_sdk::channel::{AttachmentRef, Event, Host, Kind, Trouble, Visibility};
use jackfield_sdk::debug;
use jackfield_sdk::webhook::WebhookRequest;

/// As many files as one event may have; Twilio sends ten at most.
const FILES: usize = 64;

/// The pairs of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form's bytes. Whatever is no UTF-8 is replaced; a name without a value has an empty one.
    pub fn read(form: &[u8]) -> Self {
        Self(form_urlencoded::parse(form).into_owned().collect())
    }

    /// The first field of this name; none where it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    fn files(&self) -> Vec<AttachmentRef> {
        let count = self.get("NumMedia").and_then(|n| n.parse().ok()).unwrap_or(0);
        (0..FILES.min(count))
            .filter_map(|number| {
                Some(AttachmentRef {
                    url: self.get(&format!("MediaUrl{number}"))?.to_owned(),
                    media_type: self.get(&format!("MediaContentType{number}")).map(str::to_owned),
                    size: None,
                    alt: None,
                })
            })
            .collect()
    }
}

pub(crate) fn ingest(host: &dyn Host, settings: &str, request: &WebhookRequest) -> Result<Vec<Event>, Trouble> {
    let settings = settings::read(settings)?;
    let form = Fields::read(&request.body);
    if form.get("AccountSid") != Some(settings.account.as_str()) {
        return Err(Trouble::Refused(format!(
            "The form is of the account {:?} and this connection has {}.",
            form.get("AccountSid").unwrap_or("(none)"),
            settings.account
        )));
    }
    let at = request.received_at;
    let found = if let Some(id) = form.get("TranscriptionSid") {
        transcript(&settings, &form, id, at)
    } else if let Some(id) = form.get("MessageSid").or_else(|| form.get("SmsSid")) {
        let state = form.get("MessageStatus").or_else(|| form.get("SmsStatus"));
        match state {
            None | Some("received" | "receiving") => message(&settings, &form, id, at),
            Some(state) => {
                let key = Fields::read(request.query.as_bytes());
                if let Some(key) = key.get("key") {
                    sent::remember(host, key, id, at);
                }
                Some(delivery(&form, id, state, at))
            }
        }
    } else {
        debug!(host, "a webhook that is neither message, state nor transcript");
        None
    };
    Ok(found.into_iter().collect())
}

fn message(settings: &Settings, form: &Fields, id: &str, at: u64) -> Option<Event> {
    if form.get("To") != Some(settings.number.as_str()) {
        return None;
    }
    let from = form.get("From").unwrap_or_default();
    let mut event = said(
        id,
        from,
        from,
        form.get("Body").unwrap_or_default(),
        at,
        false,
        form.files(),
    );
    if let Kind::Said(content) = &mut event.kind {
        content.author.display_name = form.get("ProfileName").map(str::to_owned);
    }
    Some(event)
}

/// What a carrier said of a message of ours. The contract has no event for it yet: the state goes by its own name, and
/// under an id of its own, so that it is not taken for another wording of the message.
fn delivery(form: &Fields, id: &str, state: &str, at: u64) -> Event {
    let other = form.get("To").unwrap_or_default();
    let mut event = said(&format!("{id}/{state}"), "", other, "", at, true, Vec::new());
    event.parent = Some(id.to_owned());
    event.kind = Kind::Other(match form.get("ErrorCode") {
        Some(code) => format!("{state} ({code})"),
        None => state.to_owned(),
    });
    event
}

fn transcript(settings: &Settings, form: &Fields, id: &str, at: u64) -> Option<Event> {
    let to = form.get("To").or_else(|| form.get("Called"));
    if to != Some(settings.number.as_str()) {
        return None;
    }
    let from = form.get("From").or_else(|| form.get("Caller")).unwrap_or_default();
    let words = match form.get("TranscriptionStatus") {
        Some("failed") => "(A voice message that could not be written down.)",
        _ => form
            .get("TranscriptionText")
            .unwrap_or("(A voice message without words.)"),
    };
    let recording = form.get("RecordingUrl").map(|url| AttachmentRef {
        url: url.to_owned(),
        media_type: Some("audio/x-wav".to_owned()),
        size: None,
        alt: Some(words.to_owned()),
    });
    let mut event = said(id, from, from, words, at, false, recording.into_iter().collect());
    event.visibility = Visibility::Direct;
    if let Kind::Said(content) = &mut event.kind {
        content.title = Some("Voice mail".to_owned());
    }
    Some(event)
}
