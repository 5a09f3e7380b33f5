//! `[webhook]`: what the system sends by itself, and how it signs it.

use super::choice::Choice;
use super::message::items;
use super::poll::message_name;
use super::scope::{MESSAGE, SIGNED};
use super::table::Section;
use crate::path::Path;
use crate::template::Template;

/// What the system sends by itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Webhook {
    pub(crate) items: Vec<Path>,
    pub(crate) message: String,
    pub(crate) kind: Choice<Happened>,
    pub(crate) verify: Verify,
}

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happened {
    Said,
    Edited,
    Deleted,
    Ignored,
}

const HAPPENED: [(&str, Happened); 4] = [
    ("said", Happened::Said),
    ("edited", Happened::Edited),
    ("deleted", Happened::Deleted),
    ("ignored", Happened::Ignored),
];

/// How a request is signed: an HMAC, of what, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verify {
    pub(crate) secret: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) header: String,
    pub(crate) prefix: String,
    pub(crate) encoding: Encoding,
    pub(crate) over: Template,
    /// The header with the time that was signed, and how old it may be.
    pub(crate) timestamp: Option<(String, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

pub(crate) fn read(s: &Section<'_, '_>, messages: &[String]) -> Option<Webhook> {
    let items = s.needed(
        "items",
        items(s, "items"),
        "where the messages are in what is sent: items = \"$.comment\"",
    );
    let message = s.needed(
        "message",
        message_name(s, messages),
        "the NAME of a [message.NAME] section",
    );
    let kind = if s.has("kind") {
        Choice::read(s, "kind", &HAPPENED, &MESSAGE)
    } else {
        Some(Choice::Always(Happened::Said))
    };
    let inner = s.section("verify");
    let example =
        "verify = { secret = \"signing\", header = \"X-Signature\" }: what is not signed could be from anybody";
    let verify = s.needed("verify", inner.as_ref(), example).and_then(verify);
    if let Some(inner) = &inner {
        inner.finish();
    }
    Some(Webhook {
        items: items?,
        message: message?,
        kind: kind?,
        verify: verify?,
    })
}

fn verify(s: &Section<'_, '_>) -> Option<Verify> {
    let secret = s.needed(
        "secret",
        s.string("secret"),
        "the name of the secret: secret = \"signing\"",
    );
    let header = s.needed(
        "header",
        s.string("header"),
        "the header with the signature: header = \"X-Signature\"",
    );
    let algorithms = [
        ("sha256", Algorithm::Sha256),
        ("sha1", Algorithm::Sha1),
        ("sha512", Algorithm::Sha512),
    ];
    let algorithm = s.word("algorithm", &algorithms).unwrap_or(Algorithm::Sha256);
    let encoding = s
        .word("encoding", &[("hex", Encoding::Hex), ("base64", Encoding::Base64)])
        .unwrap_or(Encoding::Hex);
    let prefix = s.string("prefix").unwrap_or_default().to_owned();
    let over = if s.has("over") {
        s.template("over", &SIGNED)
    } else {
        Template::read("{body}", &SIGNED).ok()
    };
    if over.as_ref().is_some_and(|over| !over.uses("body")) {
        s.fault("over", "`{body}` is not signed, so anybody could change it; insert it, as in over = \"{header.x-timestamp}.{body}\"");
    }
    let timestamp = s.string("timestamp").map(str::to_ascii_lowercase);
    let tolerance = s.number("tolerance-seconds", 1, 3600).unwrap_or(300) * 1000;
    let name = secret.filter(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    });
    if secret.is_some() && name.is_none() {
        s.fault(
            "secret",
            "this is the secret's name, of letters, digits and `-`; the secret itself is given with --secret",
        );
    }
    s.reader.secrets.borrow_mut().extend(name.map(str::to_owned));
    Some(Verify {
        secret: name?.to_owned(),
        algorithm,
        header: header?.to_ascii_lowercase(),
        prefix,
        encoding,
        over: over?,
        timestamp: timestamp.map(|header| (header, tolerance)),
    })
}
