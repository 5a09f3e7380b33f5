//! `http`: the contract's words for what [`Exit`](crate::egress::Exit) does.

use crate::{
    bindings::channel_world::jackfield::plugin::http::{self, Host, HostBody, Response, Value},
    egress::{self, Failure, Reader, Request},
    room::Room,
    trace::{Bytes, Playing, http as trace},
};
use serde_json::json;
use std::time::{Duration, Instant};
use url::Url;
use wasmtime::component::Resource;

/// Bytes of one piece of a body.
const PIECE: usize = 64 * 1024;

/// The guest's handle to a body that is read in pieces. The body itself lives in the call that opened it.
#[allow(unreachable_pub, reason = "the generated bindings hand it on as their own")]
pub struct BodyId(u32);

/// An exchange that has begun.
struct Asked {
    method: Option<&'static str>,
    origin: Option<String>,
    begun: Instant,
}

impl Host for Room {
    async fn send(&mut self, request: http::Request) -> wasmtime::Result<Result<Response, http::Failure>> {
        self.enter()?;
        let outcome = Box::pin(self.exchange(request.into())).await?;
        Ok(outcome.map(into_response).map_err(into_failure))
    }

    async fn open(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<(http::Head, Resource<BodyId>), http::Failure>> {
        self.enter()?;
        match Box::pin(self.opened(request.into())).await? {
            Err(failure) => Ok(Err(into_failure(failure))),
            Ok((response, reader)) => {
                let id = self.bodies.keep(reader);
                let head = http::Head {
                    status: response.status,
                    headers: response.headers,
                };
                Ok(Ok((head, self.keep(BodyId(id))?)))
            }
        }
    }
}

impl HostBody for Room {
    async fn read(
        &mut self,
        handle: Resource<BodyId>,
        max: u32,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, http::Failure>> {
        self.enter()?;
        self.trail.add("http.body.read");
        let id = self.table.get(&handle)?.0;
        let with = self.described(|| json!({"body": id, "max": max}));
        let outcome = match self.given("http.body.read", &with, Err(http::Failure::TimedOut))? {
            Some(outcome) => outcome,
            None => {
                let limits = self.limits.clone();
                let most = if max == 0 { PIECE } else { (max as usize).min(PIECE) };
                let outcome = match self.bodies.get(id) {
                    Some(Some(reader)) => Box::pin(reader.next(most, &limits, &mut self.call.net)).await,
                    _ => Err(Failure::Invalid("the body belongs to a call that is over".to_owned())),
                };
                self.call.waited = true;
                if let Err(failure) = &outcome {
                    self.trail.end(failure.word());
                }
                outcome.map(|piece| piece.map(Bytes)).map_err(into_failure)
            }
        };
        if self.tape.on() {
            self.record("http.body.read", with, serde_json::to_value(&outcome)?);
        }
        Ok(outcome.map(|piece| piece.map(|bytes| bytes.0)))
    }

    fn drop(&mut self, handle: Resource<BodyId>) -> wasmtime::Result<()> {
        let id = self.table.delete(handle)?.0;
        self.bodies.close(id);
        Ok(())
    }
}

impl Room {
    /// One exchange, whichever import asked for it: the network's answer, or that of a replay; a trace gets it.
    pub(crate) async fn exchange(&mut self, request: Request) -> wasmtime::Result<Result<egress::Response, Failure>> {
        let step = self.asked(&request);
        let asked = self.described(|| trace::asked(&request));
        let outcome = match self.played("http.send", &asked).await? {
            Some(gave) => trace::read(&gave).map_err(wasmtime::Error::msg)?,
            None => match self.exit() {
                Some(exit) => {
                    let limits = self.limits.clone();
                    let outcome = exit.send(request, &limits, &mut self.call.net).await;
                    self.call.waited = true;
                    match &self.tape.player {
                        Some(player) => {
                            let gave = player.heard("http.send", &asked, trace::gave(&outcome));
                            trace::read(&gave).map_err(wasmtime::Error::msg)?
                        }
                        None => outcome,
                    }
                }
                None => Err(no_network()),
            },
        };
        if self.tape.on() {
            self.record("http.send", asked, trace::gave(&outcome));
        }
        self.answered(&step, outcome.as_ref());
        Ok(outcome)
    }

    /// The answer of a replay to an import that waits for a network; none where the network is to be asked.
    pub(super) async fn played(
        &mut self,
        import: &'static str,
        with: &serde_json::Value,
    ) -> wasmtime::Result<Option<serde_json::Value>> {
        match self.replayed(import, with)? {
            Playing::Answer(gave) => {
                self.call.net.requests = self.call.net.requests.saturating_add(1);
                Ok(Some(gave))
            }
            Playing::Never => {
                self.call.net.requests = self.call.net.requests.saturating_add(1);
                tokio::time::sleep(self.limits.request_time).await;
                self.call.waited = true;
                Ok(Some(trace::gave(&Err(Failure::TimedOut))))
            }
            _ => Ok(None),
        }
    }

    /// The head of one exchange, and what reads its body; a replay needs no reader.
    async fn opened(
        &mut self,
        request: Request,
    ) -> wasmtime::Result<Result<(egress::Response, Option<Reader>), Failure>> {
        if self.open_ends() >= self.limits.streams {
            return Ok(Err(Failure::OverBudget("streams")));
        }
        let step = self.asked(&request);
        let asked = self.described(|| trace::asked(&request));
        let (outcome, reader) = match self.played("http.open", &asked).await? {
            Some(gave) => (trace::read(&gave).map_err(wasmtime::Error::msg)?, None),
            None => match self.exit() {
                Some(exit) => {
                    let limits = self.limits.clone();
                    let outcome = exit.open(request, &limits, &mut self.call.net).await;
                    self.call.waited = true;
                    match outcome {
                        Ok((response, reader)) => (Ok(response), Some(reader)),
                        Err(failure) => (Err(failure), None),
                    }
                }
                None => (Err(no_network()), None),
            },
        };
        if self.tape.on() {
            self.record("http.open", asked, trace::gave(&outcome));
        }
        self.answered(&step, outcome.as_ref());
        Ok(outcome.map(|response| (response, reader)))
    }

    /// Method and host for the trail and the notes; an unknown method or an unreadable URL is not repeated.
    fn asked(&self, request: &Request) -> Asked {
        let method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
            .into_iter()
            .find(|known| *known == request.method);
        let url = Url::parse(&request.url).ok();
        let origin = url.as_ref().map(|url| url.origin().ascii_serialization());
        let host = url.and_then(|url| {
            url.host_str()
                .map(|host| crate::imports::log::cut(host, 253).to_owned())
        });
        self.trail.add(format_args!(
            "http {} {}",
            method.unwrap_or("?"),
            host.as_deref().unwrap_or("?")
        ));
        self.trail.notes.asking(origin.as_deref());
        Asked {
            method,
            origin,
            begun: Instant::now(),
        }
    }

    fn answered(&mut self, asked: &Asked, outcome: Result<&egress::Response, &Failure>) {
        let ended = outcome.map(|response| response.status);
        let notes = self.trail.notes.clone();
        notes.exchange(asked.origin.as_deref(), asked.method, ended, asked.begun.elapsed());
        notes.used(self.usage());
        match outcome {
            Ok(response) => self.trail.end(response.status),
            Err(failure) => self.trail.end(failure.word()),
        }
        if let Err(Failure::NotGranted(text)) = outcome {
            self.tell_operator(text);
        }
    }

    /// A refusal, once in a call: the operator is the one who can grant it.
    pub(super) fn tell_operator(&mut self, text: &str) {
        if !std::mem::replace(&mut self.call.told, true) {
            tracing::warn!(connection = &*self.who, "{text}");
        }
    }
}

fn no_network() -> Failure {
    Failure::NotGranted("there is no network in this call".to_owned())
}

impl From<http::Request> for Request {
    fn from(request: http::Request) -> Self {
        let headers = request.headers.into_iter().map(|header| {
            let value = match header.value {
                Value::Plain(text) => egress::Value::Plain(text),
                Value::Secret(used) => egress::Value::Secret {
                    name: used.name,
                    before: used.before,
                    after: used.after,
                },
            };
            (header.name, value)
        });
        Self {
            method: request.method,
            url: request.url,
            headers: headers.collect(),
            body: request.body,
            timeout: Duration::from_millis(request.timeout_ms.into()),
        }
    }
}

fn into_response(response: egress::Response) -> Response {
    Response {
        status: response.status,
        headers: response.headers,
        body: response.body,
    }
}

fn into_failure(failure: Failure) -> http::Failure {
    match failure {
        Failure::NotGranted(text) => http::Failure::NotGranted(text),
        Failure::Invalid(text) => http::Failure::Invalid(text),
        Failure::Unreachable(text) => http::Failure::Unreachable(text),
        Failure::TimedOut => http::Failure::TimedOut,
        Failure::TooLarge(most) => http::Failure::TooLarge(most),
        Failure::OverBudget(which) => http::Failure::OverBudget(which.to_owned()),
    }
}
