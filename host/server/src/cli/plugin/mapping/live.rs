//! A live system, behind the egress policy: the plugin's own code runs here, and its requests go where a connection's
//! would.

use crate::cli::connection::secret;
use crate::clock::{Clock, SystemClock};
use crate::config::SecretRef;
use jackfield_channel_http_json::sdk::{Host, HttpFailure, HttpRequest, HttpResponse, KvFailure, Level, Value};
use jackfield_engine::egress::{self, Exit, Failure, Grants, SystemResolver, Tls, Used};
use jackfield_engine::{Limits, Scrubber, Secret};
use jackfield_protocol::SecretRecord;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

/// The host of one try.
pub(super) struct Live {
    exit: Exit,
    runtime: Runtime,
    limits: Limits,
    used: RefCell<Used>,
    kept: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Address and body of each good answer, in order.
    pub(super) answers: RefCell<Vec<(String, Vec<u8>)>>,
    /// What the plugin told the operator.
    pub(super) told: RefCell<Vec<String>>,
}

impl Live {
    /// A host that may talk to these, with these secrets.
    pub(super) fn new(grants: &[String], secrets: &[String]) -> Result<Self, String> {
        let grants = Grants::parse(grants).map_err(|error| format!("--grant: {error}"))?;
        let records = secrets.iter().map(|text| secret(text)).collect::<Result<Vec<_>, _>>()?;
        let secrets = records.iter().map(opened).collect::<Result<Vec<_>, _>>()?;
        let scrub = Arc::new(Scrubber::new(&secrets));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            exit: Exit::new(grants, secrets, scrub, Arc::new(SystemResolver), &Tls::new(&[])?),
            runtime: runtime.map_err(|error| format!("no runtime: {error}"))?,
            limits: Limits::channel(),
            used: RefCell::default(),
            kept: RefCell::default(),
            answers: RefCell::default(),
            told: RefCell::default(),
        })
    }
}

fn opened(record: &SecretRecord) -> Result<Secret, String> {
    let source = SecretRef::parse(&record.source, std::path::Path::new("")).map_err(|error| error.to_string())?;
    let value = source.read_private().map_err(|error| error.to_string())?;
    let text = std::str::from_utf8(value.expose()).map_err(|_| format!("{source} is not UTF-8 text"))?;
    let hosts = Grants::parse(&record.hosts).map_err(|error| format!("--secret {}: {error}", record.name))?;
    Secret::new(&record.name, Zeroizing::new(text.to_owned()), hosts).map_err(|error| error.to_string())
}

impl Host for Live {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let header = |value: &Value| match value {
            Value::Plain(text) => egress::Value::Plain(text.clone()),
            Value::Secret(secret) => egress::Value::Secret {
                name: secret.name.clone(),
                before: secret.before.clone(),
                after: secret.after.clone(),
            },
        };
        let asked = egress::Request {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request
                .headers
                .iter()
                .map(|one| (one.name.clone(), header(&one.value)))
                .collect(),
            body: request.body.clone(),
            timeout: Duration::from_millis(request.timeout_ms.into()),
        };
        // Taken out while the request is under way, so that nothing is borrowed across it.
        let mut used = self.used.take();
        let answer = self.runtime.block_on(self.exit.send(asked, &self.limits, &mut used));
        self.used.replace(used);
        match answer {
            Ok(answer) => {
                if (200..300).contains(&answer.status) {
                    self.answers
                        .borrow_mut()
                        .push((request.url.clone(), answer.body.clone()));
                }
                Ok(HttpResponse {
                    status: answer.status,
                    headers: answer.headers,
                    body: answer.body,
                })
            }
            Err(failure) => {
                // A poll that waits for better times says no more than that; whoever tries a mapping wants to know why.
                if let Failure::Unreachable(why) = &failure {
                    self.told.borrow_mut().push(format!("{}: {why}", request.url));
                }
                Err(told(failure))
            }
        }
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
        u64::try_from(SystemClock.now()).unwrap_or(0)
    }
    fn random(&self, len: u32) -> Vec<u8> {
        (0..len.min(1024)).map(|_| rand::random()).collect()
    }
}

fn told(failure: Failure) -> HttpFailure {
    match failure {
        Failure::NotGranted(text) => HttpFailure::NotGranted(text),
        Failure::Invalid(text) => HttpFailure::Invalid(text),
        Failure::Unreachable(text) => HttpFailure::Unreachable(text),
        Failure::TimedOut => HttpFailure::TimedOut,
        Failure::TooLarge(most) => HttpFailure::TooLarge(most),
        Failure::OverBudget(what) => HttpFailure::OverBudget(what.to_owned()),
    }
}
