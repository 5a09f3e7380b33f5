//! A host for native tests: values in memory, a clock that stands still until it is moved, and answers from a
//! function of the test's own. Not part of a component.

use crate::channel::{Host, HttpFailure, HttpRequest, HttpResponse, KvFailure, Level, Value};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

type Responder<'a> = Box<dyn Fn(&HttpRequest) -> Result<HttpResponse, HttpFailure> + 'a>;

/// A host whose network is a closure.
pub struct Scripted<'a> {
    responder: Responder<'a>,
    /// What the plugin keeps.
    pub kv: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Every request that was sent, in order.
    pub sent: RefCell<Vec<HttpRequest>>,
    /// Every line that was logged.
    pub logged: RefCell<Vec<(Level, String)>>,
    /// The clock.
    pub now: Cell<u64>,
}

impl core::fmt::Debug for Scripted<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Scripted")
            .field("kv", &self.kv)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl<'a> Scripted<'a> {
    /// A host that answers every request with `responder`, at the given time, with nothing kept yet.
    pub fn new(now_ms: u64, responder: impl Fn(&HttpRequest) -> Result<HttpResponse, HttpFailure> + 'a) -> Self {
        Self {
            responder: Box::new(responder),
            kv: RefCell::default(),
            sent: RefCell::default(),
            logged: RefCell::default(),
            now: Cell::new(now_ms),
        }
    }

    /// Moves the clock on.
    pub fn pass(&self, ms: u64) {
        self.now.set(self.now.get().saturating_add(ms));
    }
}

impl Host for Scripted<'_> {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        self.sent.borrow_mut().push(request.clone());
        (self.responder)(request)
    }
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.kv.borrow().get(key).cloned()
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), KvFailure> {
        if key.is_empty() || key.len() > 256 || value.len() > 64 * 1024 {
            return Err(KvFailure::Invalid(format!(
                "key of {} bytes, value of {} bytes",
                key.len(),
                value.len()
            )));
        }
        self.kv.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }
    fn delete(&self, key: &str) {
        self.kv.borrow_mut().remove(key);
    }
    fn log(&self, level: Level, message: &str) {
        self.logged.borrow_mut().push((level, message.to_owned()));
    }
    fn now_ms(&self) -> u64 {
        self.now.get()
    }
    fn random(&self, len: u32) -> Vec<u8> {
        (0..len.min(1024)).map(|n| n.to_le_bytes()[0]).collect()
    }
}

/// An answer with a body and no headers.
pub fn response(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

/// A header of a request as the host would be told it: a secret shows as `{NAME}` with what stands around it.
pub fn header_of(request: &HttpRequest, name: &str) -> Option<String> {
    let header = request.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name))?;
    Some(match &header.value {
        Value::Plain(text) => text.clone(),
        Value::Secret(s) => format!("{}{{{}}}{}", s.before, s.name, s.after),
    })
}
