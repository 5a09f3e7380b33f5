//! A request against a recipe and the secrets. Nothing of the body is parsed before its signature is known to be right;
//! the one exception are form fields, which are what is signed.

use super::{
    challenge::{Answer, Asked, Challenge},
    form, mac,
    recipe::{How, Over, Recipe, Signed, Timestamp},
};
use crate::secret::Secret;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The address that the network was told, with what it added and its query; empty where nobody configured one.
    pub url: &'a str,
    /// What the network added to the connection's own address.
    pub path: &'a str,
    /// Behind the `?`.
    pub query: &'a str,
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    /// Bytes.
    pub body: &'a [u8],
}

/// A request that is from the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Keep it. The mark is the same for the same signed request, and for no other.
    Take {
        /// The HMAC.
        mark: Vec<u8>,
    },
    /// It only asked whether the address is ours: answer, and keep nothing.
    Answer(Answer),
    /// Ask the plugin's own `verify`.
    AskPlugin,
}

/// Why a request is not believed. The words are the operator's; whoever sent it gets none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The signature is not of this request, or not by our secret.
    #[error("the signature is wrong: {0}")]
    Tampered(String),
    /// Signed, and too long ago (or ahead of our clock).
    #[error("it is late: {0}")]
    Late(String),
    /// There is no signature to look at.
    #[error("it cannot be verified: {0}")]
    Malformed(String),
    /// Our own side is not ready: a secret or the public address is missing.
    #[error("{0}")]
    Unready(String),
}

impl<'a> Incoming<'a> {
    /// The value of a header that is there once.
    pub(super) fn header(&self, name: &str) -> Result<&'a str, String> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(value),
            (None, _) => Err(format!("it has no header `{name}`")),
            (Some(_), Some(_)) => Err(format!("it has the header `{name}` twice")),
        }
    }
}

impl Recipe {
    /// Whether this request is from the network. `secrets` are the connection's; `now_ms` is the host's clock.
    pub fn verify(&self, incoming: &Incoming<'_>, secrets: &[Secret], now_ms: u64) -> Result<Verdict, Refusal> {
        if self.needs_url() && incoming.url.is_empty() {
            let what = "the network signs the address it was told, and nobody told this host: write `public-url` under [webhooks] in jackfield.toml";
            return Err(Refusal::Unready(what.to_owned()));
        }
        let signed = match &self.how {
            How::Plugin => None,
            How::Signed(signed) => Some(signed),
        };
        let keys = match signed {
            Some(_) => self.keys(secrets).map_err(Refusal::Unready)?,
            None => Vec::new(),
        };
        if let Some(challenge) = &self.challenge {
            let token = match challenge {
                Challenge::Meta { secret } => Some(secret.as_str()),
                Challenge::XCrc | Challenge::Slack => None,
            };
            let tokens = secrets.iter().filter(|secret| Some(secret.name()) == token);
            let asked = challenge.asked(
                incoming,
                keys.iter().map(|key| key.as_slice()),
                tokens.map(|secret| secret.value().as_bytes()),
            );
            match asked {
                Asked::Nothing => {}
                Asked::Answer(answer) => return Ok(Verdict::Answer(answer)),
                Asked::Wrong(what) => return Err(Refusal::Tampered(what.to_owned())),
            }
        }
        let Some(signed) = signed else {
            return Ok(Verdict::AskPlugin);
        };
        let mark = signed.verify(incoming, &keys, now_ms)?;
        match self
            .challenge
            .as_ref()
            .and_then(|challenge| challenge.verified(incoming))
        {
            Some(answer) => Ok(Verdict::Answer(answer)),
            None => Ok(Verdict::Take { mark }),
        }
    }
}

impl Signed {
    fn verify(&self, incoming: &Incoming<'_>, keys: &[Zeroizing<Vec<u8>>], now_ms: u64) -> Result<Vec<u8>, Refusal> {
        let header = incoming.header(&self.header).map_err(Refusal::Malformed)?;
        let timestamp = match &self.timestamp {
            None => "",
            Some(Timestamp::Header(name)) => incoming.header(name).map_err(Refusal::Malformed)?.trim(),
            Some(Timestamp::Field(name)) => fields(header, name)
                .next()
                .ok_or_else(|| Refusal::Malformed(format!("its header `{}` has no field `{name}`", self.header)))?,
        };
        let candidates = self.candidates(header)?;
        let texts = self.texts(incoming, timestamp)?;
        let mut mark = None;
        for text in &texts {
            let parts: Vec<&[u8]> = text.iter().map(Cow::as_ref).collect();
            for candidate in &candidates {
                if mac::any(self.algorithm, keys.iter().map(|key| key.as_slice()), &parts, candidate) {
                    mark = Some(candidate.clone());
                }
            }
        }
        let mark = mark.ok_or_else(|| {
            Refusal::Tampered(
                "it is not of this request under our secret; compare the secret, and what the recipe says is signed"
                    .to_owned(),
            )
        })?;
        // Only now: how old a forged request says it is, is nothing to act on.
        if self.timestamp.is_some() {
            self.in_time(timestamp, now_ms)?;
        }
        Ok(mark)
    }

    /// The signatures in the header, decoded. There may be several while the network renews its secret.
    fn candidates(&self, header: &str) -> Result<Vec<Vec<u8>>, Refusal> {
        /// More than any network sends; each costs a comparison.
        const MOST: usize = 8;
        let written: Vec<&str> = match &self.field {
            Some(field) => fields(header, field).take(MOST).collect(),
            None => header.split_ascii_whitespace().take(MOST).collect(),
        };
        let read = written
            .iter()
            .filter_map(|text| text.strip_prefix(self.prefix.as_str()))
            .filter_map(|text| self.encoding.read(text));
        let read: Vec<_> = read.collect();
        if read.is_empty() {
            let field = self
                .field
                .as_ref()
                .map(|field| format!(" in its field `{field}`"))
                .unwrap_or_default();
            let prefix = match self.prefix.as_str() {
                "" => String::new(),
                prefix => format!(" behind `{prefix}`"),
            };
            return Err(Refusal::Malformed(format!(
                "its header `{}` holds no signature in {}{prefix}{field}",
                self.header,
                self.encoding.word()
            )));
        }
        Ok(read)
    }

    /// What may have been signed.
    fn texts<'a>(&'a self, incoming: &Incoming<'a>, timestamp: &'a str) -> Result<Vec<Vec<Cow<'a, [u8]>>>, Refusal> {
        Ok(match &self.over {
            Over::Body => vec![vec![Cow::Borrowed(incoming.body)]],
            Over::Template(template) => vec![template.fill(incoming, timestamp).map_err(Refusal::Malformed)?],
            Over::UrlAndSortedForm => {
                let texts = form::signed(incoming).map_err(Refusal::Malformed)?;
                texts
                    .into_iter()
                    .map(|text| vec![Cow::Owned(text.into_bytes())])
                    .collect()
            }
        })
    }

    fn in_time(&self, timestamp: &str, now_ms: u64) -> Result<(), Refusal> {
        /// In seconds this is the year 5138; a larger number is milliseconds.
        const SECONDS: u64 = 100_000_000_000;
        let said: u64 = timestamp
            .parse()
            .map_err(|_| Refusal::Malformed("its timestamp is no number of seconds".to_owned()))?;
        let said = if said < SECONDS { said * 1000 } else { said };
        let off = now_ms.abs_diff(said);
        if off <= self.tolerance_ms {
            return Ok(());
        }
        let (way, also) = match said < now_ms {
            true => ("ago", ""),
            false => ("ahead of this host's clock", "; is the clock right?"),
        };
        Err(Refusal::Late(format!(
            "it was signed {} s {way}, and {} s are borne{also}",
            off / 1000,
            self.tolerance_ms / 1000
        )))
    }
}

/// The values of a field in `t=1,v1=ab,v1=cd`.
fn fields<'a>(header: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    header
        .split(',')
        .filter_map(|field| field.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}
