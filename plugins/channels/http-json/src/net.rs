//! Requests as a mapping describes them: built, counted, sent, and their answers read within bounds.

use crate::mapping::choice::first;
use crate::mapping::request::{Ask, Body, HeaderValue, Node};
use crate::settings::Setup;
use crate::template::{Place, Scope, Template, Word};
use jackfield_sdk::channel::{Answer, Host, HttpFailure, Request, Trouble, form, trouble_of};
use jackfield_sdk::time::parse_ms;
use serde_json::{Map, Value};
use std::cell::Cell;

/// Requests that one call makes at most.
const REQUESTS: u32 = 24;
/// After so long a call begins nothing new: the host stops it at 30 s, and what it found until then would be lost.
const LONG_MS: u64 = 12_000;
/// Servers take about this much.
const URL_BYTES: usize = 8 * 1024;
const BODY_BYTES: usize = 512 * 1024;
/// What one answer may need when it is read: half of an instance's 64 MiB stays free for its text and for the events.
const TREE_BYTES: usize = 24 * 1024 * 1024;

pub(crate) struct Net<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) setup: &'a Setup,
    pub(crate) now: u64,
    made: Cell<u32>,
    pause: Cell<Option<u64>>,
}

impl<'a> Net<'a> {
    pub(crate) fn new(host: &'a dyn Host, setup: &'a Setup) -> Self {
        Self {
            host,
            setup,
            now: host.now_ms(),
            made: Cell::new(0),
            pause: Cell::new(None),
        }
    }

    /// What is known everywhere.
    pub(crate) fn scope(&self) -> Scope<'a> {
        let mut scope = Scope {
            values: Some(&self.setup.values),
            ..Scope::default()
        };
        scope.set("base", Word::Text(self.setup.base.clone()));
        scope.set("now", Word::Time(self.now));
        scope
    }

    /// May one more request be made in this call?
    pub(crate) fn may_ask(&self) -> bool {
        let fresh = self.host.now_ms().saturating_sub(self.now) < LONG_MS;
        self.made.get() < REQUESTS && self.pause.get().is_none() && (fresh || self.made.get() == 0)
    }

    /// How long the network asks to be left alone.
    pub(crate) fn pause_ms(&self) -> Option<u64> {
        self.pause.get()
    }

    /// The address and the request; in words, which insert has no value.
    pub(crate) fn build(&self, section: &str, ask: &Ask, scope: &Scope<'_>) -> Result<(String, Request), String> {
        let url = ask
            .url
            .iter()
            .find_map(|template| template.render(scope, Place::Url, URL_BYTES));
        let url = url.ok_or_else(|| format!("`{section}.url`: {}", without(&ask.url, scope)))?;
        if url.len() >= URL_BYTES {
            return Err(format!("`{section}.url`: the address is longer than {URL_BYTES} bytes"));
        }
        let url = if url.starts_with('/') {
            format!("{}{url}", self.setup.base)
        } else {
            url
        };
        let request = self.dress(ask, Request::new(ask.method, url.clone()), scope);
        Ok((url, request))
    }

    /// The same request to an address that the network gave.
    pub(crate) fn follow(&self, ask: &Ask, url: &str, scope: &Scope<'_>) -> Request {
        self.dress(ask, Request::new(ask.method, url), scope)
    }

    fn dress(&self, ask: &Ask, mut request: Request, scope: &Scope<'_>) -> Request {
        let own = |name: &str| ask.headers.iter().any(|header| header.name == name);
        let common = self.setup.mapping.headers.iter().filter(|header| !own(&header.name));
        let mut accepts = false;
        for header in common.chain(&ask.headers) {
            accepts |= header.name == "accept";
            match &header.value {
                HeaderValue::Secret { name, before, after } => {
                    request = request.secret_header(&header.name, name, before, after);
                }
                HeaderValue::Plain(template) => {
                    // A value that came from a network could hold a line break; a header cannot.
                    let value = template.render(scope, Place::Plain, URL_BYTES);
                    if let Some(value) = value.filter(|value| !value.contains(|c: char| c.is_control())) {
                        request = request.header(&header.name, value);
                    }
                }
            }
        }
        if !accepts {
            request = request.header("accept", "application/json");
        }
        match &ask.body {
            None => request,
            Some(Body::Json(node)) => {
                let value = node.value(scope).unwrap_or(Value::Null);
                request.body("application/json", value.to_string())
            }
            Some(Body::Form(pairs)) => {
                let rendered = pairs.iter().filter_map(|(name, template)| {
                    Some((name.as_str(), template.render(scope, Place::Plain, BODY_BYTES)?))
                });
                let rendered: Vec<_> = rendered.collect();
                let pairs: Vec<_> = rendered.iter().map(|(name, value)| (*name, value.as_str())).collect();
                request.body("application/x-www-form-urlencoded", form(&pairs))
            }
            Some(Body::Text(template)) => request.body(
                "text/plain; charset=utf-8",
                template.render(scope, Place::Plain, BODY_BYTES).unwrap_or_default(),
            ),
        }
    }

    /// Sends it, and keeps in mind what the answer says of the rate limit.
    pub(crate) fn send(&self, request: Request) -> Result<Answer, HttpFailure> {
        self.made.set(self.made.get() + 1);
        let answer = request.try_send(self.host)?;
        let rate = &self.setup.mapping.rate;
        let left = answer
            .header(&rate.remaining)
            .and_then(|text| text.trim().parse::<u64>().ok());
        if left.is_some_and(|left| left <= rate.keep) {
            let reset = answer.header(&rate.reset).and_then(|text| until(text, self.now));
            // A network that says how little is left and not until when: a minute is what most of them count by.
            self.pause.set(Some(reset.unwrap_or(60_000)));
        }
        Ok(answer)
    }

    /// A 2xx of JSON, or what came instead.
    pub(crate) fn ask(&self, url: &str, request: Request) -> Result<(Answer, Value), Trouble> {
        let answer = self.send(request).map_err(|failure| trouble_of(&failure))?;
        if !(200..300).contains(&answer.status()) {
            return Err(self.trouble(&answer));
        }
        let value = tree(answer.bytes()).map_err(|what| Trouble::Unexpected(format!("{url} answered with {what}")))?;
        Ok((answer, value))
    }

    /// What a status outside 2xx means, in words that name the system.
    pub(crate) fn trouble(&self, answer: &Answer) -> Trouble {
        match answer.status() {
            code @ (401 | 403) => {
                let secrets = self.setup.mapping.secrets();
                let named = if secrets.is_empty() {
                    "the mapping names none; write headers = { authorization = \"Bearer {secret.token}\" } into it"
                        .to_owned()
                } else {
                    format!(
                        "renew it there, and put it where this connection's secret `{}` is kept",
                        secrets.join("`, `")
                    )
                };
                Trouble::Credential(format!(
                    "{} does not accept the credential ({code}: {}); {named}.",
                    self.setup.mapping.name,
                    answer.words()
                ))
            }
            _ => answer.trouble(),
        }
    }
}

/// Which insert has no value.
fn without(url: &[Template], scope: &Scope<'_>) -> String {
    let missing = url.iter().flat_map(Template::inserts).find(|insert| {
        let alone = Template {
            parts: vec![crate::template::Part::Insert((*insert).clone())],
        };
        alone.render(scope, Place::Plain, 1).is_none()
    });
    match missing.map(|insert| &insert.name) {
        Some(crate::template::Name::Plain(name)) => format!("there is no value for {{{name}}}"),
        _ => "one of its inserts has no value".to_owned(),
    }
}

impl Node {
    /// The JSON; none where its template has no value, and then the field is left out.
    fn value(&self, scope: &Scope<'_>) -> Option<Value> {
        match self {
            Self::Constant(value) => Some(value.clone()),
            Self::Template(template) => template.json(scope, BODY_BYTES),
            Self::List(nodes) => Some(Value::Array(
                nodes.iter().filter_map(|node| node.value(scope)).collect(),
            )),
            Self::Object(fields) => {
                let fields = fields
                    .iter()
                    .filter_map(|(name, node)| Some((name.clone(), node.value(scope)?)));
                Some(Value::Object(fields.collect::<Map<_, _>>()))
            }
        }
    }
}

/// JSON, within what an instance can hold: small text can make a large tree (`[{},{},…`).
pub(crate) fn tree(body: &[u8]) -> Result<Value, String> {
    // What serde_json's map and vector need on a 32-bit machine: a node of the map has room for eleven entries.
    const OBJECT: usize = 420;
    const VALUE: usize = 32;
    let (mut cost, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in body {
        match (byte, quoted) {
            (_, true) if escaped => escaped = false,
            (b'\\', true) => escaped = true,
            (b'"', _) => quoted = !quoted,
            (b'{', false) => cost += OBJECT,
            (b',' | b'[', false) => cost += VALUE,
            _ => {}
        }
    }
    if cost > TREE_BYTES {
        return Err("more values than one answer may hold; ask for smaller pages".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| {
        let begin: String = String::from_utf8_lossy(body).chars().take(80).collect();
        format!("something that is no JSON ({error}): {begin:?}")
    })
}

/// Milliseconds until a time that a network writes as RFC 3339, as seconds since 1970 or as seconds from now.
fn until(text: &str, now: u64) -> Option<u64> {
    // A number of seconds below this cannot be a time since 1970 that matters (it would be 2001).
    const SINCE_1970: u64 = 1_000_000_000;
    match text.trim().parse::<u64>() {
        Ok(number) if number >= SINCE_1970 => Some(number.saturating_mul(1000).saturating_sub(now)),
        Ok(number) => Some(number.saturating_mul(1000)),
        Err(_) => Some(parse_ms(text)?.saturating_sub(now)),
    }
}

/// The first of these templates that gives something, as long as an id may be; none where it is longer.
pub(crate) fn id(field: &[Template], scope: &Scope<'_>) -> Option<String> {
    const MOST: usize = 512;
    first(field, scope, MOST + 1)
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty() && id.len() <= MOST)
}
