//! Stand-ins of networks that have a program each nowhere else: state, rules, and the people of the kit.
//!
//! A network is a value that answers requests ([`Network::api`]); nothing in it listens or waits. So one and the same
//! network is asked by a plugin's native tests without a socket ([`answer`]), and served to the conformance kit and to
//! people with a browser by `jackfield-standin network NAME` ([`serve`]). Under `/_standin/` the kit is the people, as
//! its page says. Faults are not ordered here: the kit spoils answers on their way, and so does a test.
//!
//! | module | what it stands for |
//! |---|---|
//! | [`bluesky`] | an account's server and the AppView behind it |
//! | [`discourse`] | a Discourse forum: topics, posts, personal messages, whispers, solved, webhooks |
//! | [`feed`] | a site with a feed in three kinds |
//! | [`meta`] | the Graph API: a Page, Instagram, WhatsApp; bodies of webhooks |

mod serve;

pub mod bluesky;
pub mod discourse;
pub mod feed;
pub mod meta;

pub use serve::serve;

use serde_json::{Value, json};

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// `GET`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Decoded, in order.
    pub query: Vec<(String, String)>,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
}

impl Asked {
    /// A request to `target`, a path with or without a query, or a whole address.
    pub fn new(method: &str, target: &str) -> Self {
        // A path may hold an address, too.
        let address = (!target.starts_with('/')).then(|| target.split_once("://")).flatten();
        let rest = address.map_or(target, |(_, rest)| {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
        });
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: pairs(query.as_bytes()),
            ..Self::default()
        }
    }

    /// The first field of this name in the query.
    pub fn field(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// Every field of this name in the query.
    pub fn fields(&self, name: &str) -> Vec<&str> {
        let named = self.query.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// A field of the query as a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.field(name)?.parse().ok()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// The body as JSON; a form becomes an object of texts. Null where it is neither.
    pub fn json(&self) -> Value {
        let form = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if form {
            let fields = pairs(&self.body).into_iter().map(|(name, value)| (name, json!(value)));
            return Value::Object(fields.collect());
        }
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The parts of the path.
    pub fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    serde_urlencoded::from_bytes(encoded).unwrap_or_default()
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(known, _)| known == name)?;
    Some(found.1.as_str())
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// Bytes.
    pub body: Vec<u8>,
}

impl Answered {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json; charset=utf-8", body.to_string())
    }

    /// Bytes of a type.
    pub fn of(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.into(),
        }
    }

    /// One more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body as JSON; null where it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Something that somebody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// Who; who does not live here moves in.
    pub who: &'a str,
    /// The words, as a person types them.
    pub text: &'a str,
    /// The message it answers.
    pub parent: Option<&'a str>,
    /// The network's clock.
    pub at_ms: u64,
}

/// A network with state.
pub trait Network: Send {
    /// Where it is reached from now on: `http://127.0.0.1:PORT`.
    fn lives_at(&mut self, url: &str);
    /// The credential of the brand's account.
    fn token(&self) -> String;
    /// The network's own API.
    fn api(&mut self, asked: &Asked, now_ms: u64) -> Answered;
    /// Somebody writes; the message's id, or why that cannot be.
    fn speak(&mut self, said: Said<'_>) -> Result<String, String>;
    /// A message is edited by its author. False where there is none.
    fn edit(&mut self, id: &str, text: &str, now_ms: u64) -> bool;
    /// A message is taken away by its author. False where there is none.
    fn take_away(&mut self, id: &str, now_ms: u64) -> bool;
    /// Every message that is there, whoever may see it: id and words.
    fn messages(&self) -> Vec<(String, String)>;
}

/// The network of this name, with nobody in it but the brand's account; none where there is no such stand-in.
pub fn of(name: &str) -> Option<Box<dyn Network>> {
    Some(match name {
        "bluesky" => Box::new(bluesky::Sky::default()),
        "discourse" => Box::new(discourse::Forum::default()),
        "feed" => Box::new(feed::Site::default()),
        "meta" => Box::new(meta::Graph::default()),
        _ => return None,
    })
}

/// The names that [`of`] knows.
pub const NAMES: [&str; 4] = ["bluesky", "discourse", "feed", "meta"];

/// What the network answers, the calls of the kit under `/_standin/` included.
pub fn answer(network: &mut dyn Network, asked: &Asked, now_ms: u64) -> Answered {
    let Some(rest) = asked.path.strip_prefix("/_standin/statuses") else {
        return network.api(asked, now_ms);
    };
    // An id may have slashes in it.
    let id = rest.trim_start_matches('/');
    let body = asked.json();
    let text = body.get("status").and_then(Value::as_str).unwrap_or_default();
    let done = |done: bool| {
        let status = if done { 200 } else { 404 };
        Answered::json(status, &json!({}))
    };
    match (asked.method.as_str(), id) {
        ("GET", "") => {
            let all = network.messages().into_iter();
            let all: Vec<Value> = all.map(|(id, text)| json!({"id": id, "text": text})).collect();
            Answered::json(200, &json!(all))
        }
        ("POST", "") => {
            let said = Said {
                who: body.get("as").and_then(Value::as_str).unwrap_or("somebody"),
                text,
                parent: body.get("in_reply_to_id").and_then(Value::as_str),
                at_ms: body.get("at_ms").and_then(Value::as_u64).unwrap_or(now_ms),
            };
            match network.speak(said) {
                Ok(id) => Answered::json(200, &json!({"id": id})),
                Err(why) => Answered::json(422, &json!({"error": why})),
            }
        }
        ("PUT", id) => done(network.edit(id, text, now_ms)),
        ("DELETE", id) => done(network.take_away(id, now_ms)),
        _ => Answered::json(404, &json!({"error": "There is no such call."})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_from_path_and_address_alike() {
        for target in ["/a/b?x=1&y[]=a%20b&y[]=c", "http://127.0.0.1:1/a/b?x=1&y[]=a%20b&y[]=c"] {
            let asked = Asked::new("GET", target);
            assert_eq!((asked.parts(), asked.number("x")), (vec!["a", "b"], Some(1)));
            assert_eq!(asked.fields("y[]"), ["a b", "c"]);
        }
        assert_eq!(Asked::new("GET", "http://h").path, "/");
        assert_eq!(Asked::new("PUT", "/of/at://x/y").path, "/of/at://x/y");
    }

    #[test]
    fn every_name_is_a_network() {
        for name in NAMES {
            assert!(of(name).is_some(), "{name}");
        }
        assert!(of("nowhere").is_none());
    }
}
