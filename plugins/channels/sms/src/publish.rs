//! Sending, and finding out afterwards.
//!
//! What is against a rule is refused before anything is sent. The API takes no key that would keep it from sending the
//! same message twice, so the list is looked through before each try: the same words to the same number, not before the
//! host first asked, and not known to be another draft's.

use crate::api::{Api, parse};
use crate::segments::{Alphabet, count};
use crate::sent;
use crate::wire::Message;
use jackfield_sdk::channel::{
    Draft, Host, HttpFailure, Receipt, Refusal, Request, Trouble, Visibility, query, trouble_of,
};
use jackfield_sdk::debug;

/// What the API takes, in characters.
pub(crate) const LONGEST: u32 = 1600;
/// Files in one message.
const FILES: usize = 10;
/// How far the clocks of host and network may be apart.
const SKEW_MS: u64 = 600_000;

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let api = Api::new(host, settings)?;
    let to = check(&api, draft)?;
    if let Some(receipt) = find(&api, draft, &to)? {
        return Ok(receipt);
    }
    let callback = api.settings.callback.as_deref();
    // The address is signed as it was told, so what stands behind it comes back.
    let callback = callback.map(|address| query(address, &[("key", &draft.key)]));
    let mut pairs = vec![("To", to.as_str()), ("From", &api.settings.number)];
    if !draft.text.trim().is_empty() {
        pairs.push(("Body", &draft.text));
    }
    if let Some(address) = &callback {
        pairs.push(("StatusCallback", address));
    }
    pairs.extend(draft.attachments.iter().map(|file| ("MediaUrl", file.url.as_str())));
    let request = Request::post(api.account_url("/Messages.json", &[])).form(&pairs);
    let answer = match api.send(request) {
        Ok(answer) => answer,
        Err(failure @ (HttpFailure::NotGranted(_) | HttpFailure::Invalid(_))) => {
            return Err(trouble_of(&failure).into());
        }
        // It may have arrived.
        Err(_) => return Err(Trouble::Later(None).into()),
    };
    match answer.status() {
        200..=299 => {}
        300..=399 => return Err(Trouble::Later(None).into()),
        400 if code(answer.bytes()) == Some(21_610) => {
            let words = format!("{to} has written STOP: the carrier hands nothing on until they write START.");
            return Err(Trouble::Refused(words).into());
        }
        _ => api.good(&answer)?,
    }
    let message: Message = parse(answer.bytes()).map_err(|_| Trouble::Later(None))?;
    Ok(receipt(&api, draft, &message))
}

/// The number of a refusal.
fn code(body: &[u8]) -> Option<u32> {
    #[derive(serde::Deserialize)]
    struct No {
        code: Option<u32>,
    }
    serde_json::from_slice::<No>(body).ok()?.code
}

fn receipt(api: &Api<'_>, draft: &Draft, message: &Message) -> Receipt {
    let at = message.at().unwrap_or_else(|| api.host.now_ms());
    sent::remember(api.host, &draft.key, &message.sid, at);
    Receipt {
        remote_id: message.sid.clone(),
        url: None,
        at,
    }
}

/// Everything that can be known before anything is sent; the number it goes to.
fn check(api: &Api<'_>, draft: &Draft) -> Result<String, Refusal> {
    let rule = |words: String| Err(Refusal::Rule(words));
    if draft.visibility != Visibility::Direct {
        return rule("A text message reaches one person; choose direct.".to_owned());
    }
    let to = draft.thread.clone().unwrap_or_default();
    if !is_number(&to) {
        return rule(format!(
            "{to:?} is no number that can be written to; this conversation can only be read."
        ));
    }
    if draft.text.trim().is_empty() && draft.attachments.is_empty() {
        return rule("The message is empty; write something.".to_owned());
    }
    if draft.attachments.len() > FILES {
        return rule(format!(
            "A message takes {FILES} files and this has {}.",
            draft.attachments.len()
        ));
    }
    if let Some(file) = draft.attachments.iter().find(|file| !file.url.starts_with("https://")) {
        return rule(format!(
            "The provider fetches files by https, and {:?} is none; take it off.",
            file.url
        ));
    }
    let (length, longest) = (draft.text.chars().count(), LONGEST as usize);
    if length > longest {
        return rule(format!(
            "The message has {length} characters and {longest} are the most; take {} away.",
            length - longest
        ));
    }
    let segments = count(&draft.text);
    debug!(api.host, "{} parts, {} units", segments.parts, segments.units);
    let most = api.settings.most_segments;
    if segments.parts > most && draft.attachments.is_empty() {
        let why = match (segments.alphabet, segments.because) {
            (Alphabet::Ucs2, Some(sign)) if count(&draft.text.replace(sign, " ")).because.is_none() => {
                format!(" It would be fewer without {sign:?}, which the usual alphabet of text messages lacks.")
            }
            _ => String::new(),
        };
        return rule(format!(
            "The message would be sent in {} parts, and this line takes {most}; shorten it.{why}",
            segments.parts
        ));
    }
    Ok(to)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn reconcile(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let api = Api::new(host, settings)?;
    let to = draft.thread.clone().unwrap_or_default();
    find(&api, draft, &to)
}

/// The message of this draft, as far as the network or our memory knows one.
fn find(api: &Api<'_>, draft: &Draft, to: &str) -> Result<Option<Receipt>, Trouble> {
    if let Some(receipt) = sent::receipt(api.host, &draft.key) {
        return Ok(Some(receipt));
    }
    let since = draft.asked_at.saturating_sub(SKEW_MS);
    let listed = api.messages(&[("From", &api.settings.number), ("To", to)], since)?;
    // The list is newest first; of two that are alike the older one is the older draft's.
    let found = listed.iter().rfind(|message| {
        message.at().is_some_and(|at| at >= since)
            && !message.is_inbound()
            && reduced(message.body.as_deref().unwrap_or_default()) == reduced(&draft.text)
            && message.files() == draft.attachments.len()
            && !sent::is_of_another(api.host, &message.sid, &draft.key)
    });
    Ok(found.map(|message| receipt(api, draft, message)))
}

/// Words as they are compared: a trial account's notice before them, and white space, are the provider's.
fn reduced(text: &str) -> String {
    let text = text
        .strip_prefix("Sent from your Twilio trial account - ")
        .unwrap_or(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
