//! One exchange: check, resolve, check every answer, place the secrets, dial what was checked, read no more than is
//! allowed, scrub, and all of it again for each redirect.

use super::{
    Denied, Destination, Grants, Origin, Resolver, Tls,
    dial::Dialler,
    message::{self, Failure, Request, Response, Value},
    policy,
    reader::Reader,
    redirect,
};
use crate::{limits::Limits, scrub::Scrubber, secret::Secret};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use std::{
    collections::BTreeMap,
    error::Error as _,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("jackfield/", env!("CARGO_PKG_VERSION")));

/// The only way from one connection to the network.
pub struct Exit {
    grants: Grants,
    secrets: Vec<Secret>,
    scrub: Arc<Scrubber>,
    resolver: Arc<dyn Resolver>,
    dialler: Dialler,
    /// How often each grant let something through since this was last asked.
    uses: Mutex<BTreeMap<String, u64>>,
}

/// What one call has used of the network, against its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// Requests, redirects included.
    pub requests: u32,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
}

impl Exit {
    /// The exit of a connection with these grants and secrets.
    pub fn new(
        grants: Grants,
        secrets: Vec<Secret>,
        scrub: Arc<Scrubber>,
        resolver: Arc<dyn Resolver>,
        tls: &Tls,
    ) -> Self {
        Self {
            grants,
            secrets,
            scrub,
            resolver,
            dialler: Dialler::new(tls),
            uses: Mutex::default(),
        }
    }

    /// A grant let something through.
    fn count(&self, origin: &Origin) {
        if let Some(grant) = self.grants.find(origin) {
            let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            *uses.entry(grant.to_string()).or_default() += 1;
        }
    }

    /// Which grants let something through since this was last asked, and how often; as an operator writes them.
    pub fn grants_used(&self) -> Vec<(String, u64)> {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *uses).into_iter().collect()
    }

    /// The values of a secret: one, or several while it is renewed, the current one first.
    pub(crate) fn secrets(&self, name: &str) -> impl Iterator<Item = &Secret> {
        self.secrets.iter().filter(move |secret| secret.name() == name)
    }

    /// Sends one request and waits for the whole answer.
    pub async fn send(&self, request: Request, limits: &Limits, used: &mut Used) -> Result<Response, Failure> {
        let asked = if request.timeout.is_zero() {
            limits.request_time
        } else {
            request.timeout
        };
        let whole = async {
            let answer = self.hops(request, limits, &mut *used).await?;
            let (mut response, mut reader) = self.begin(answer, limits, used)?;
            while let Some(piece) = reader.piece(limits, used).await? {
                response.body.extend_from_slice(&piece);
            }
            Ok(response)
        };
        match tokio::time::timeout(asked.min(limits.request_time), whole).await {
            Ok(outcome) => outcome.map_err(|failure| self.clean(failure)),
            Err(_) => Err(Failure::TimedOut),
        }
    }

    /// The words of a failure may be a server's: the host that a redirect names, what was wrong with an answer.
    pub(super) fn clean(&self, failure: Failure) -> Failure {
        let clean = |text: String| self.scrub.text(&text).into_owned();
        match failure {
            Failure::NotGranted(text) => Failure::NotGranted(clean(text)),
            Failure::Invalid(text) => Failure::Invalid(clean(text)),
            Failure::Unreachable(text) => Failure::Unreachable(clean(text)),
            Failure::TimedOut | Failure::TooLarge(_) | Failure::OverBudget(_) => failure,
        }
    }

    /// Sends one request and waits for the head of the answer; the body comes out of the reader.
    pub async fn open(
        &self,
        request: Request,
        limits: &Limits,
        used: &mut Used,
    ) -> Result<(Response, Reader), Failure> {
        let asked = if request.timeout.is_zero() {
            limits.request_time
        } else {
            request.timeout
        };
        let head = async {
            let answer = self.hops(request, limits, &mut *used).await?;
            self.begin(answer, limits, used)
        };
        match tokio::time::timeout(asked.min(limits.request_time), head).await {
            Ok(outcome) => outcome.map_err(|failure| self.clean(failure)),
            Err(_) => Err(Failure::TimedOut),
        }
    }

    async fn hops(&self, request: Request, limits: &Limits, used: &mut Used) -> Result<reqwest::Response, Failure> {
        let mut method = message::method(&request.method)?;
        let names = message::names(&request.headers)?;
        if request.body.len() > limits.request_body {
            return Err(Failure::Invalid(format!(
                "the body is larger than {} bytes",
                limits.request_body
            )));
        }
        let mut body = request.body;
        let mut to = policy::check(&request.url, &self.grants)?;
        let first = to.origin.clone();
        // Once a redirect has left the first origin, whatever it leads back to was chosen by somebody else.
        let mut left = false;
        for hop in 0..=redirect::MAX_HOPS {
            let headers = self.headers(&names, &request.headers, &to.origin, !left, !body.is_empty())?;
            let answer = self.ask(&to, &method, headers, &body, limits, used).await?;
            let location = answer
                .headers()
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok());
            let Some(next) = redirect::next(answer.status(), location, &to.url, &method) else {
                return Ok(answer);
            };
            if hop == redirect::MAX_HOPS {
                break;
            }
            to = policy::check_parsed(next.url, &self.grants).map_err(|denied| redirected(&to.origin, denied))?;
            left |= to.origin != first;
            method = next.method;
            if !next.keep_body {
                body = Vec::new();
            }
        }
        Err(Failure::Unreachable(format!(
            "{first} redirects more than {} times",
            redirect::MAX_HOPS
        )))
    }

    /// The headers for one hop. Whatever identifies us stays with the origin it was meant for.
    fn headers(
        &self,
        names: &[HeaderName],
        asked: &[(String, Value)],
        to: &Origin,
        same_origin: bool,
        has_body: bool,
    ) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::with_capacity(asked.len() + 2);
        for (name, (_, value)) in names.iter().zip(asked) {
            let credential = *name == header::AUTHORIZATION || *name == header::COOKIE;
            let of_body = *name == header::CONTENT_TYPE || name.as_str().starts_with("content-");
            let placed = match value {
                _ if of_body && !has_body => continue,
                Value::Plain(_) if credential && !same_origin => continue,
                Value::Secret { .. } if !same_origin => continue,
                Value::Plain(text) => message::value(name, text)?,
                Value::Secret {
                    name: secret,
                    before,
                    after,
                } => self.place(name, secret, before, after, to)?,
            };
            headers.append(name.clone(), placed);
        }
        headers.entry(header::USER_AGENT).or_insert(USER_AGENT);
        // An answer in a compressed form could not be scrubbed.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        Ok(headers)
    }

    fn place(
        &self,
        header: &HeaderName,
        name: &str,
        before: &str,
        after: &str,
        to: &Origin,
    ) -> Result<HeaderValue, Failure> {
        let secret = self.secret(name, to)?;
        let text = zeroize::Zeroizing::new([before, secret.value(), after].concat());
        let mut value = message::value(header, &text)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The secret of this name, where it may be sent to `to`.
    pub(super) fn secret(&self, name: &str, to: &Origin) -> Result<&Secret, Failure> {
        let Some(secret) = self.secrets.iter().find(|secret| secret.name() == name) else {
            let known = self.secrets.iter().map(Secret::name).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none".to_owned() } else { known };
            return Err(Failure::NotGranted(format!(
                "this connection has no such secret (it has: {known}); an operator adds it with `--secret`"
            )));
        };
        if !secret.may_go_to(to) {
            return Err(Failure::NotGranted(format!(
                "the secret {name} may not be sent to {to}, only to {}",
                secret.hosts_in_words()
            )));
        }
        Ok(secret)
    }

    /// Resolves once, and gives what may be dialled.
    pub(super) async fn pinned(&self, to: &Destination) -> Result<Vec<SocketAddr>, Failure> {
        let answers = match to.origin.literal() {
            Some(address) => vec![address],
            None => self.resolver.resolve(&to.origin.host).await.map_err(|why| {
                Failure::Unreachable(format!(
                    "the name {} does not resolve: {}",
                    to.origin.host,
                    self.scrub.text(&why)
                ))
            })?,
        };
        let pinned = to.pin(&answers)?;
        self.count(&to.origin);
        Ok(pinned)
    }

    pub(super) fn grants(&self) -> &Grants {
        &self.grants
    }

    pub(super) fn scrubber(&self) -> &Arc<Scrubber> {
        &self.scrub
    }

    pub(super) fn dialler(&self) -> &Dialler {
        &self.dialler
    }

    async fn ask(
        &self,
        to: &Destination,
        method: &Method,
        headers: HeaderMap,
        body: &[u8],
        limits: &Limits,
        used: &mut Used,
    ) -> Result<reqwest::Response, Failure> {
        let out = to.url.as_str().len() as u64 + message::weight(&headers) + body.len() as u64;
        if used.requests >= limits.requests {
            return Err(Failure::OverBudget("requests"));
        }
        if used.bytes_out.saturating_add(out) > limits.bytes_out {
            return Err(Failure::OverBudget("bytes-out"));
        }
        used.requests += 1;
        used.bytes_out += out;

        let pinned = self.pinned(to).await?;
        let client = self.dialler.client(&to.origin, &pinned).map_err(Failure::Unreachable)?;
        let request = client
            .request(method.clone(), to.url.clone())
            .headers(headers)
            .body(body.to_vec());
        request.send().await.map_err(|error| unreachable(&to.origin, &error))
    }

    /// The head of an answer, with a reader of its body.
    fn begin(
        &self,
        answer: reqwest::Response,
        limits: &Limits,
        used: &mut Used,
    ) -> Result<(Response, Reader), Failure> {
        used.bytes_in = used.bytes_in.saturating_add(message::weight(answer.headers()));
        if let Some(coding) = answer.headers().get(header::CONTENT_ENCODING)
            && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
        {
            return Err(Failure::Unreachable(
                "the answer is compressed although that was not asked for".to_owned(),
            ));
        }
        if answer
            .content_length()
            .is_some_and(|length| length > limits.response_body as u64)
        {
            return Err(Failure::TooLarge(limits.response_body as u64));
        }
        let headers = message::visible(answer.headers())
            .map(|(name, value)| {
                let text = String::from_utf8_lossy(value.as_bytes());
                // A server may make a name of what it was sent, too.
                let name = self.scrub.text(name.as_str()).into_owned();
                (name, self.scrub.text(&text).into_owned())
            })
            .collect();
        let response = Response {
            status: answer.status().as_u16(),
            headers,
            body: Vec::new(),
        };
        Ok((response, Reader::new(answer, self.scrub.clone())))
    }
}

fn redirected(from: &Origin, denied: Denied) -> Failure {
    match denied {
        Denied::NotGranted(text) => Failure::NotGranted(format!("{from} redirects elsewhere: {text}")),
        Denied::Invalid(text) | Denied::Unreachable(text) => {
            Failure::Unreachable(format!("{from} redirects to something that cannot be asked: {text}"))
        }
    }
}

/// What went wrong between us and `origin`, in words: the innermost cause, which holds no URL and no address.
fn unreachable(origin: &Origin, error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Unreachable(format!(
            "{origin} does not answer the dial within {} s",
            CONNECT_SECONDS.as_secs()
        ));
    }
    let mut cause = error.source();
    let mut innermost = None;
    while let Some(inner) = cause {
        innermost = Some(inner.to_string());
        cause = inner.source();
    }
    let why = innermost.unwrap_or_else(|| "the exchange failed".to_owned());
    let step = if error.is_connect() {
        "cannot be reached"
    } else {
        "broke off the exchange"
    };
    Failure::Unreachable(format!("{origin} {step}: {why}"))
}

const CONNECT_SECONDS: Duration = super::dial::CONNECT;
