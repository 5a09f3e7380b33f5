//! `[webhook]` of a `plugin.toml`: how a network signs what it sends by itself. Everything is checked when it is read:
//! a recipe that could be fooled is a fault of the file, not something to find out about later.

use super::{challenge::Challenge, mac::Algorithm, template::Template};
use crate::{manifest::SecretNeed, secret::Secret};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// How a network signs, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    pub(super) how: How,
    /// Names of secrets, the current one first.
    pub(super) secrets: Vec<String>,
    pub(super) key_spelling: Spelling,
    pub(super) challenge: Option<Challenge>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    /// The plugin's own `verify`.
    Plugin,
    /// By the host.
    Signed(Box<Signed>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) algorithm: Algorithm,
    pub(super) over: Over,
    /// Lower case.
    pub(super) header: String,
    /// The field of the header that holds the signature: `v1` of `t=…,v1=…`.
    pub(super) field: Option<String>,
    pub(super) prefix: String,
    pub(super) encoding: Spelling,
    pub(super) timestamp: Option<Timestamp>,
    pub(super) tolerance_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Over {
    Body,
    UrlAndSortedForm,
    Template(Template),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Timestamp {
    /// In a header of its own, lower case.
    Header(String),
    /// In a field of the signature's header.
    Field(String),
}

/// How bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Spelling {
    #[default]
    Text,
    Hex,
    Base64,
}

/// What is wrong with a recipe, and where in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeError {
    /// Bytes of the file.
    pub span: Range<usize>,
    /// What is wrong and what to write.
    pub what: String,
}

/// The recipe as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Raw {
    verify: Option<Spanned<String>>,
    scheme: Option<Spanned<String>>,
    secret: Option<Spanned<OneOrMore>>,
    secret_encoding: Option<Spanned<Spelling>>,
    over: Option<Spanned<String>>,
    template: Option<Spanned<String>>,
    header: Option<Spanned<String>>,
    signature_field: Option<Spanned<String>>,
    prefix: Option<Spanned<String>>,
    encoding: Option<Spanned<Spelling>>,
    timestamp_header: Option<Spanned<String>>,
    timestamp_field: Option<Spanned<String>>,
    tolerance_seconds: Option<Spanned<u64>>,
    challenge: Option<Spanned<RawChallenge>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "the name of a [[secret]], or a list of names")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChallenge {
    kind: Spanned<String>,
    secret: Option<Spanned<String>>,
}

/// Past this a request is late, unless the recipe says otherwise: what Slack and Stripe advise.
const TOLERANCE: u64 = 300;

impl Raw {
    /// Checks it against the secrets of the same file. `whole` is the place of the section itself.
    pub(crate) fn check(self, whole: Range<usize>, known: &[SecretNeed]) -> Result<Recipe, RecipeError> {
        let at = |span: Range<usize>, what: String| RecipeError { span, what };
        let missing = |key: &str, write: &str| at(whole.clone(), format!("`webhook.{key}` is missing: write {write}"));
        let named = |name: &str, span: &Range<usize>| match known.iter().any(|need| need.name == name) {
            true => Ok(()),
            false => Err(at(
                span.clone(),
                format!("the webhook's secret {name:?} is not one of this file: add a [[secret]] with name = {name:?}"),
            )),
        };
        let mut secrets = Vec::new();
        if let Some(secret) = &self.secret {
            secrets = match secret.get_ref() {
                OneOrMore::One(name) => vec![name.clone()],
                OneOrMore::More(names) => names.clone(),
            };
            secrets.iter().try_for_each(|name| named(name, &secret.span()))?;
        }
        let challenge = self.challenge.map(|raw| {
            let raw = raw.into_inner();
            let secret = raw.secret.as_ref().map(|secret| (secret.get_ref().clone(), secret.span()));
            match (raw.kind.get_ref().as_str(), secret) {
                ("meta", Some((secret, span))) => named(&secret, &span).map(|()| Challenge::Meta { secret }),
                ("meta", None) => Err(at(
                    raw.kind.span(),
                    "a challenge of kind \"meta\" needs `secret`: the name of the [[secret]] that holds the verify token".to_owned(),
                )),
                ("x-crc", None) => Ok(Challenge::XCrc),
                ("slack", None) => Ok(Challenge::Slack),
                ("x-crc" | "slack", Some((_, span))) => Err(at(
                    span,
                    "this kind of challenge uses the webhook's own secret: remove `secret` here".to_owned(),
                )),
                (other, _) => Err(at(
                    raw.kind.span(),
                    format!("`kind` is {other:?}: write \"meta\", \"x-crc\" or \"slack\""),
                )),
            }
        });
        let challenge = challenge.transpose()?;
        let key_spelling = self.secret_encoding.map(Spanned::into_inner).unwrap_or_default();

        if let Some(verify) = &self.verify {
            if verify.get_ref() != "plugin" {
                let said = verify.get_ref();
                return Err(at(
                    verify.span(),
                    format!(
                        "`verify` is {said:?}: write \"plugin\", or describe the scheme with `scheme`, `secret` and `header`"
                    ),
                ));
            }
            let also = [&self.scheme, &self.over, &self.template, &self.header];
            if let Some(also) = also.into_iter().flatten().next() {
                return Err(at(
                    also.span(),
                    "with `verify = \"plugin\"` the plugin verifies by itself: remove either that line or this one"
                        .to_owned(),
                ));
            }
            return Ok(Recipe {
                how: How::Plugin,
                secrets,
                key_spelling,
                challenge,
            });
        }
        let scheme = self.scheme.ok_or_else(|| {
            missing(
                "scheme",
                "\"hmac-sha256\", \"hmac-sha1\" or \"hmac-sha512\"; or `verify = \"plugin\"` for another one",
            )
        })?;
        let algorithm = match scheme.get_ref().as_str() {
            "hmac-sha1" => Algorithm::Sha1,
            "hmac-sha256" => Algorithm::Sha256,
            "hmac-sha512" => Algorithm::Sha512,
            other => {
                return Err(at(
                    scheme.span(),
                    format!(
                        "`scheme` is {other:?}: write \"hmac-sha256\", \"hmac-sha1\" or \"hmac-sha512\"; or `verify = \"plugin\"` for another one"
                    ),
                ));
            }
        };
        if secrets.is_empty() {
            return Err(missing(
                "secret",
                "the name of the [[secret]] that signs, `secret = \"signing-secret\"`",
            ));
        }
        let header = self
            .header
            .ok_or_else(|| missing("header", "the name of the header that holds the signature"))?;
        is_name(&header, "header", "the name of a header, such as \"X-Signature\"")?;
        for (key, name) in [
            ("signature-field", &self.signature_field),
            ("timestamp-field", &self.timestamp_field),
        ] {
            let write = "the name of a field of the header, such as \"v1\" in `t=1,v1=ab`";
            name.iter().try_for_each(|name| is_name(name, key, write))?;
        }
        if let Some(name) = &self.timestamp_header {
            is_name(
                name,
                "timestamp-header",
                "the name of a header, such as \"X-Timestamp\"",
            )?;
            if name.get_ref().eq_ignore_ascii_case(header.get_ref()) {
                let what =
                    "this is the header of the signature: write `timestamp-field`, the field of it that holds the time";
                return Err(at(name.span(), what.to_owned()));
            }
        }
        if let Some(prefix) = &self.prefix
            && !prefix
                .get_ref()
                .bytes()
                .all(|b| b.is_ascii_graphic() && (b != b',' || self.signature_field.is_none()))
        {
            let what = "`prefix` is what stands right before the signature: printable characters, no space, and no comma \
                        where `signature-field` names a part between commas";
            return Err(at(prefix.span(), what.to_owned()));
        }
        match (&self.signature_field, &self.timestamp_field) {
            (Some(signature), Some(time)) if signature.get_ref() == time.get_ref() => {
                let what = "the signature and the time cannot be in one field: write the name of each";
                return Err(at(time.span(), what.to_owned()));
            }
            (None, Some(_)) => {
                let write = "the field of the header that holds the signature, as \"v1\" in `t=1,v1=ab`";
                return Err(missing("signature-field", write));
            }
            _ => {}
        }
        let over = match (&self.over, &self.template) {
            (None, None) => Over::Body,
            (over, Some(template)) if over.as_ref().is_none_or(|over| over.get_ref() == "template") => {
                Over::Template(Template::parse(template.get_ref()).map_err(|what| at(template.span(), what))?)
            }
            (Some(over), None) if over.get_ref() == "template" => {
                return Err(missing("template", "what is signed, such as \"v0:{timestamp}:{body}\""));
            }
            (Some(over), None) if over.get_ref() == "body" => Over::Body,
            (Some(over), None) if over.get_ref() == "url-and-sorted-form" => Over::UrlAndSortedForm,
            (Some(over), template) => {
                let what = match template {
                    Some(_) => "with a `template`, `over` is \"template\"; remove one of the two".to_owned(),
                    None => format!(
                        "`over` is {:?}: write \"body\", \"url-and-sorted-form\" or \"template\"",
                        over.get_ref()
                    ),
                };
                return Err(at(over.span(), what));
            }
            (None, Some(_)) => Over::Body, // taken by the second arm
        };
        let encoding = match &self.encoding {
            Some(encoding) if *encoding.get_ref() == Spelling::Text => {
                return Err(at(
                    encoding.span(),
                    "`encoding` is that of the signature: write \"hex\" or \"base64\"".to_owned(),
                ));
            }
            Some(encoding) => *encoding.get_ref(),
            None => Spelling::Hex,
        };
        let timestamp = match (self.timestamp_header, self.timestamp_field) {
            (Some(header), None) => Some((
                header.span(),
                Timestamp::Header(header.into_inner().to_ascii_lowercase()),
            )),
            (None, Some(field)) => Some((field.span(), Timestamp::Field(field.into_inner()))),
            (None, None) => None,
            (Some(_), Some(field)) => {
                return Err(at(
                    field.span(),
                    "the timestamp is in one place: remove `timestamp-header` or `timestamp-field`".to_owned(),
                ));
            }
        };
        let signed = matches!(&over, Over::Template(template) if template.has_timestamp());
        let timestamp = match (timestamp, signed) {
            (Some((_, timestamp)), true) => Some(timestamp),
            (None, false) => None,
            (Some((span, _)), false) => {
                return Err(at(
                    span,
                    "the timestamp is not signed, so anybody could make an old request young: name {timestamp} in `template`".to_owned(),
                ));
            }
            (None, true) => {
                return Err(missing(
                    "timestamp-header",
                    "the header that holds {timestamp}; or `timestamp-field`, where it is a field of the signature's header",
                ));
            }
        };
        let tolerance = match &self.tolerance_seconds {
            Some(tolerance) if timestamp.is_none() => {
                return Err(at(
                    tolerance.span(),
                    "without a signed timestamp nothing can be late: remove `tolerance-seconds`".to_owned(),
                ));
            }
            Some(tolerance) if !(1..=86_400).contains(tolerance.get_ref()) => {
                return Err(at(
                    tolerance.span(),
                    "`tolerance-seconds` is from 1 to 86400".to_owned(),
                ));
            }
            Some(tolerance) => *tolerance.get_ref(),
            None => TOLERANCE,
        };
        if matches!(challenge, Some(Challenge::XCrc)) && (over != Over::Body || algorithm != Algorithm::Sha256) {
            return Err(at(
                scheme.span(),
                "a challenge of kind \"x-crc\" goes with `scheme = \"hmac-sha256\"` over the body".to_owned(),
            ));
        }
        Ok(Recipe {
            how: How::Signed(Box::new(Signed {
                algorithm,
                over,
                header: header.into_inner().to_ascii_lowercase(),
                field: self.signature_field.map(Spanned::into_inner),
                prefix: self.prefix.map(Spanned::into_inner).unwrap_or_default(),
                encoding,
                timestamp,
                tolerance_ms: tolerance.saturating_mul(1000),
            })),
            secrets,
            key_spelling,
            challenge,
        })
    }
}

/// What can stand as the name of a header or of a field in one. Another name would be found in no request.
fn is_name(name: &Spanned<String>, key: &str, write: &str) -> Result<(), RecipeError> {
    let said = name.get_ref();
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    match !said.is_empty() && said.bytes().all(good) {
        true => Ok(()),
        false => Err(RecipeError {
            span: name.span(),
            what: format!("`{key}` is {said:?}: write {write}"),
        }),
    }
}

impl Recipe {
    /// The plugin verifies by itself, with `webhook-verify`.
    pub fn by_plugin(&self) -> bool {
        self.how == How::Plugin
    }

    /// Whether the address that the network was told is part of what it signs.
    pub fn needs_url(&self) -> bool {
        match &self.how {
            How::Plugin => false,
            How::Signed(signed) => match &signed.over {
                Over::Body => false,
                Over::UrlAndSortedForm => true,
                Over::Template(template) => template.has_url(),
            },
        }
    }

    /// Names of all secrets it uses. While one is renewed, each may have several values.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let token = match &self.challenge {
            Some(Challenge::Meta { secret }) => Some(secret.as_str()),
            _ => None,
        };
        self.secrets.iter().map(String::as_str).chain(token)
    }

    /// Headers that nobody needs once a request was verified.
    pub fn spent(&self, header: &str) -> bool {
        match &self.how {
            How::Plugin => false,
            How::Signed(signed) => signed.header == header,
        }
    }

    /// The values that may have signed, as bytes.
    pub(super) fn keys(&self, secrets: &[Secret]) -> Result<Vec<zeroize::Zeroizing<Vec<u8>>>, String> {
        let mut keys = Vec::new();
        for name in &self.secrets {
            for secret in secrets.iter().filter(|secret| secret.name() == name) {
                let key = self.key_spelling.read(secret.value()).ok_or_else(|| {
                    format!(
                        "the secret `{name}` is not {}: put its value there as the network shows it",
                        self.key_spelling.word()
                    )
                })?;
                keys.push(zeroize::Zeroizing::new(key));
            }
        }
        match keys.is_empty() {
            false => Ok(keys),
            true => Err(format!(
                "the connection has no secret `{}`; add it with --secret {}=file:PATH",
                self.secrets.join("` or `"),
                self.secrets.first().map(String::as_str).unwrap_or_default()
            )),
        }
    }
}

impl Spelling {
    pub(super) fn read(self, text: &str) -> Option<Vec<u8>> {
        use base64::{
            Engine as _, alphabet,
            engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
        };
        match self {
            Self::Text => Some(text.as_bytes().to_vec()),
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => {
                let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
                GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(text).ok()
            }
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hex => "hexadecimal",
            Self::Base64 => "Base64",
        }
    }
}
