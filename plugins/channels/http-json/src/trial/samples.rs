//! A host whose network is a few files.

use jackfield_sdk::channel::{Host, HttpFailure, HttpRequest, HttpResponse, KvFailure, Level};
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Answers by files: the one whose part is in the address, else the one without a part. Each answers the first address that
/// it fits, and no other.
#[derive(Debug, Default)]
pub struct Samples {
    files: Vec<(Option<String>, Vec<u8>)>,
    kept: RefCell<BTreeMap<String, Vec<u8>>>,
    now: u64,
    /// Address and body of each answer, in order.
    pub answers: RefCell<Vec<(String, Vec<u8>)>>,
    /// Addresses for which there was no file.
    pub missing: RefCell<Vec<String>>,
    /// What the plugin told the operator.
    pub told: RefCell<Vec<String>>,
}

impl Samples {
    /// A host with these files, each for addresses that have its part in them, at this time. Which account is ours is
    /// made up where no file says it.
    pub fn new(files: Vec<(Option<String>, Vec<u8>)>, now: u64, base: &str) -> Self {
        let me = json!({"id": "(our account)", "name": null, "base": base, "at": now}).to_string();
        let kept = BTreeMap::from([("account".to_owned(), me.into_bytes())]);
        Self {
            files,
            kept: RefCell::new(kept),
            now,
            ..Self::default()
        }
    }
}

impl Host for Samples {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        // The articles of one ticket are not those of the next: a file is for the first address that it fits.
        let fits = |part: &Option<String>, url: &str| part.as_ref().is_some_and(|part| url.contains(part));
        let with_part = self.files.iter().find(|(part, _)| fits(part, &request.url));
        let found = with_part.or_else(|| self.files.iter().find(|(part, _)| part.is_none()));
        let used = found.is_some_and(|(part, body)| {
            let other = |(url, known): &(String, Vec<u8>)| {
                *url != request.url && if part.is_some() { fits(part, url) } else { known == body }
            };
            self.answers.borrow().iter().any(other)
        });
        let Some((_, body)) = found.filter(|_| !used) else {
            if with_part.is_none() {
                self.missing.borrow_mut().push(request.url.clone());
            }
            return Ok(HttpResponse {
                status: 404,
                headers: Vec::new(),
                body: br#"{"error":"no sample for this address"}"#.to_vec(),
            });
        };
        self.answers.borrow_mut().push((request.url.clone(), body.clone()));
        Ok(HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: body.clone(),
        })
    }
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.kept.borrow().get(key).cloned()
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), KvFailure> {
        self.kept.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }
    fn delete(&self, key: &str) {
        self.kept.borrow_mut().remove(key);
    }
    fn log(&self, _level: Level, message: &str) {
        self.told.borrow_mut().push(message.to_owned());
    }
    fn now_ms(&self) -> u64 {
        self.now
    }
    fn random(&self, _len: u32) -> Vec<u8> {
        Vec::new()
    }
}
