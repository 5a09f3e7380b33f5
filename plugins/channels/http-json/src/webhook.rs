//! What the system sends by itself: is it from there, and which messages are in it.
//!
//! The events of a request are made of the request, the mapping and our account alone, so that the same request asked
//! again gives the same. What was handed over here is marked, and the next poll does not hand it over again.

use crate::event::{self, Read};
use crate::mapping::webhook::{Algorithm, Encoding, Happened, Verify};
use crate::net::{Net, tree};
use crate::seen::Seen;
use crate::template::{Part, Place, Scope, Word};
use crate::times::Times;
use crate::{account, sent, settings};
use jackfield_sdk::channel::{Event, Host, Kind, Trouble};
use jackfield_sdk::webhook::{Algorithm as Hash, Keys, WebhookRequest};
use serde_json::Value;

/// A request is stored as a whole: this is what a connection takes at once.
const MOST_EVENTS: usize = 200;
/// As large as a request may be.
const MOST_BYTES: usize = 1024 * 1024;

pub(crate) fn ingest(host: &dyn Host, settings: &str, request: &WebhookRequest) -> Result<Vec<Event>, Trouble> {
    let setup = settings::read(settings)?;
    let Some(webhook) = &setup.mapping.webhook else {
        return Err(Trouble::Refused(format!(
            "The mapping of {} has no [webhook] section.",
            setup.mapping.name
        )));
    };
    let Some(message) = setup.mapping.message(&webhook.message) else {
        return Ok(Vec::new());
    };
    let root =
        tree(&request.body).map_err(|what| Trouble::Unexpected(format!("{} sent {what}", setup.mapping.name)))?;
    let net = Net::new(host, &setup);
    let mut scope = Scope {
        root: Some(&root),
        ..net.scope()
    };
    scope.set("now", Word::Time(request.received_at));
    if let Some(me) = account::known(&net)? {
        scope.set("account", Word::Text(me.id));
    }
    let (sent, mut seen) = (sent::ids(host), Seen::load(host));
    let mut events = Vec::new();
    for item in items(webhook, &root) {
        scope.item = Some(item);
        let happened = webhook.kind.pick(&scope);
        if happened == Happened::Ignored {
            continue;
        }
        let mut event = match event::read(message, &scope) {
            Read::Event(event) => *event,
            Read::Skipped(_) => continue,
            Read::Unreadable(_, why) => {
                return Err(Trouble::Unexpected(format!(
                    "{} sent a message that cannot be read. {why}",
                    setup.mapping.name
                )));
            }
        };
        match happened {
            Happened::Deleted => event.kind = Kind::Deleted,
            Happened::Edited if event.revision == 0 => event.revision = request.received_at,
            Happened::Said | Happened::Edited | Happened::Ignored => {}
        }
        event.ours |= sent.contains(&event.remote_id);
        seen.put("m", &event.remote_id, event::mark(&event));
        events.push(event);
    }
    if events.len() > MOST_EVENTS {
        return Err(Trouble::Unexpected(format!(
            "{} messages in one request; at most {MOST_EVENTS} are taken.",
            events.len()
        )));
    }
    seen.save();
    events.sort_by_key(|event| event.at);
    Ok(events)
}

/// The messages in what was sent.
pub(crate) fn items<'v>(webhook: &crate::mapping::webhook::Webhook, root: &'v Value) -> Vec<&'v Value> {
    webhook.items.iter().flat_map(|path| several(path, root)).collect()
}

/// A list's elements, or the one thing that is there.
fn several<'v>(path: &crate::path::Path, root: &'v Value) -> Vec<&'v Value> {
    match path.list(root) {
        Some(list) => list,
        None => path.get(root).filter(|value| value.is_object()).into_iter().collect(),
    }
}

/// Whether the signature is theirs. The words are for the operator.
pub(crate) fn verify(keys: &dyn Keys, settings: &str, request: &WebhookRequest) -> Result<(), String> {
    let setup = settings::read(settings).map_err(|_| "the settings of this connection cannot be read".to_owned())?;
    let webhook = setup
        .mapping
        .webhook
        .as_ref()
        .ok_or("the mapping has no [webhook] section")?;
    let verify = &webhook.verify;
    let header = |name: &str| {
        request
            .headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.trim())
    };
    let signature = header(&verify.header).ok_or_else(|| format!("there is no header {}", verify.header))?;
    let signature = signature
        .strip_prefix(verify.prefix.as_str())
        .ok_or_else(|| format!("the header {} does not begin with {:?}", verify.header, verify.prefix))?;
    let signature =
        decoded(signature, verify.encoding).ok_or_else(|| format!("the header {} is no signature", verify.header))?;
    if let Some((name, tolerance)) = &verify.timestamp {
        let said = header(name).ok_or_else(|| format!("there is no header {name}"))?;
        let at = Times::EpochS
            .read(said)
            .ok_or_else(|| format!("the header {name} is no time"))?;
        if at.abs_diff(request.received_at) > *tolerance {
            return Err(format!(
                "it was signed {} seconds ago or ahead",
                at.abs_diff(request.received_at) / 1000
            ));
        }
    }
    let message = signed(verify, request).ok_or("what is signed cannot be put together")?;
    let hash = match verify.algorithm {
        Algorithm::Sha1 => Hash::Sha1,
        Algorithm::Sha256 => Hash::Sha256,
        Algorithm::Sha512 => Hash::Sha512,
    };
    if keys.is_signed(&verify.secret, hash, &message, &signature) {
        Ok(())
    } else {
        Err("the signature is another one".to_owned())
    }
}

/// What is signed: bytes, for a body need not be text.
fn signed(verify: &Verify, request: &WebhookRequest) -> Option<Vec<u8>> {
    let scope = Scope {
        headers: &request.headers,
        ..Scope::default()
    };
    let mut message = Vec::new();
    for part in &verify.over.parts {
        match part {
            Part::Text(text) => message.extend_from_slice(text.as_bytes()),
            Part::Insert(insert) if insert.name == crate::template::Name::Plain("body") => {
                message.extend_from_slice(&request.body)
            }
            Part::Insert(insert) => {
                let alone = crate::template::Template {
                    parts: vec![Part::Insert(insert.clone())],
                };
                message.extend_from_slice(alone.render(&scope, Place::Plain, MOST_BYTES)?.as_bytes());
            }
        }
        if message.len() > 2 * MOST_BYTES {
            return None;
        }
    }
    Some(message)
}

fn decoded(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    // SHA-512 in hexadecimal, and room for padding.
    if text.len() > 140 {
        return None;
    }
    match encoding {
        Encoding::Hex => {
            let digits: Option<Vec<u8>> = text
                .chars()
                .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
                .collect();
            let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
            digits
                .chunks_exact(2)
                .map(|pair| {
                    if let [high, low] = pair {
                        Some(high << 4 | low)
                    } else {
                        None
                    }
                })
                .collect()
        }
        Encoding::Base64 => {
            const SIGNS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
            for c in text.trim_end_matches('=').chars() {
                held = held << 6 | u32::try_from(SIGNS.find(c)?).ok()?;
                bits += 6;
                if bits >= 8 {
                    bits -= 8;
                    out.push(u8::try_from(held >> bits).ok()?);
                    held &= (1 << bits) - 1;
                }
            }
            Some(out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read_in_both_encodings() {
        assert_eq!(decoded("00fFa1", Encoding::Hex), Some(vec![0, 255, 161]));
        assert_eq!(decoded("abc", Encoding::Hex), None);
        assert_eq!(decoded("zz", Encoding::Hex), None);
        assert_eq!(decoded("SGVsbG8h", Encoding::Base64).as_deref(), Some(&b"Hello!"[..]));
        assert_eq!(decoded("SGVsbG8=", Encoding::Base64).as_deref(), Some(&b"Hello"[..]));
        assert_eq!(decoded("/+8", Encoding::Base64), Some(vec![0xff, 0xef]));
        assert_eq!(decoded("a*b", Encoding::Base64), None);
        assert_eq!(decoded(&"0".repeat(200), Encoding::Hex), None);
    }
}
