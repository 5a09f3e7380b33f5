//! `http`: the contract's words for what [`Exit`](crate::egress::Exit) does.

use crate::{
    bindings::channel_world::jackfield::plugin::http::{self, Host, Response, Value},
    egress::{self, Failure, Request},
    room::Room,
    trace::{Playing, http as trace},
};
use std::time::{Duration, Instant};
use url::Url;

impl Host for Room {
    async fn send(&mut self, request: http::Request) -> wasmtime::Result<Result<Response, http::Failure>> {
        self.enter()?;
        // Method and host for the trail; an unknown method or an unreadable URL is not repeated.
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

        let request: Request = request.into();
        let asked = if self.tape.on() {
            trace::asked(&request)
        } else {
            serde_json::Value::Null
        };
        let begun = Instant::now();
        self.trail.notes.asking(origin.as_deref());
        let outcome = match (self.replayed("http.send", &asked)?, self.exit.clone()) {
            (Playing::Answer(gave), _) => {
                self.call.net.requests = self.call.net.requests.saturating_add(1);
                trace::read(&gave).map_err(wasmtime::Error::msg)?
            }
            (Playing::Never, _) => {
                self.call.net.requests = self.call.net.requests.saturating_add(1);
                tokio::time::sleep(self.limits.request_time).await;
                self.call.waited = true;
                Err(Failure::TimedOut)
            }
            (_, Some(exit)) => {
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
            (_, None) => Err(Failure::NotGranted("there is no network in this call".to_owned())),
        };
        if self.tape.on() {
            self.record("http.send", asked, trace::gave(&outcome));
        }
        let ended = outcome.as_ref().map(|response| response.status);
        let notes = self.trail.notes.clone();
        notes.exchange(origin.as_deref(), method, ended, begun.elapsed());
        notes.used(self.usage());
        match &outcome {
            Ok(response) => self.trail.end(response.status),
            Err(failure) => self.trail.end(failure.word()),
        }
        if let Err(Failure::NotGranted(text)) = &outcome
            && !std::mem::replace(&mut self.call.told, true)
        {
            // The operator is the one who can grant it.
            tracing::warn!(connection = &*self.who, "{text}");
        }
        Ok(outcome.map(into_response).map_err(into_failure))
    }
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
