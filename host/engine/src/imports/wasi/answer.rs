//! `wasi:http/types`, the half that is answered: an answer that is waited for, its head and its body.

use super::{
    Held, Input, Pollable,
    http::{Answer, AnswerBody, Awaited, Fields, Trailers, Waiting},
};
use crate::{
    bindings::runtime::wasi::http::types::{self, ErrorCode},
    room::Room,
};
use wasmtime::component::Resource;

impl types::HostFutureIncomingResponse for Room {
    fn subscribe(&mut self, answer: Resource<Awaited>) -> wasmtime::Result<Resource<Pollable>> {
        self.wasi("wasi:http")?;
        let awaited = self.table.get(&answer)?.clone();
        self.keep(Pollable::Answer(awaited))
    }

    fn get(
        &mut self,
        answer: Resource<Awaited>,
    ) -> wasmtime::Result<Option<Result<Result<Resource<Answer>, ErrorCode>, ()>>> {
        self.wasi("wasi:http")?;
        let awaited = self.table.get(&answer)?.clone();
        let mut waiting = awaited.lock();
        match std::mem::replace(&mut *waiting, Waiting::Taken) {
            Waiting::Taken => Ok(Some(Err(()))),
            Waiting::Answered(Err(error)) => Ok(Some(Ok(Err(error)))),
            Waiting::Answered(Ok(response)) => {
                let mut held = Held::new(&self.held);
                if !held.add(&response.body, self.limits.held()) {
                    let most = self.limits.held() as u64;
                    return Ok(Some(Ok(Err(ErrorCode::HttpResponseBodySize(Some(most))))));
                }
                let answer = Answer {
                    status: response.status,
                    headers: Fields::of_answer(response.headers),
                    body: Some(held),
                };
                Ok(Some(Ok(Ok(self.keep(answer)?))))
            }
            still => {
                *waiting = still;
                Ok(None)
            }
        }
    }

    fn drop(&mut self, answer: Resource<Awaited>) -> wasmtime::Result<()> {
        self.table.delete(answer)?;
        Ok(())
    }
}

impl types::HostIncomingResponse for Room {
    fn status(&mut self, answer: Resource<Answer>) -> wasmtime::Result<u16> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&answer)?.status)
    }

    fn headers(&mut self, answer: Resource<Answer>) -> wasmtime::Result<Resource<Fields>> {
        self.wasi("wasi:http")?;
        let headers = self.table.get(&answer)?.headers.clone();
        self.keep(headers)
    }

    fn consume(&mut self, answer: Resource<Answer>) -> wasmtime::Result<Result<Resource<AnswerBody>, ()>> {
        self.wasi("wasi:http")?;
        match self.table.get_mut(&answer)?.body.take() {
            Some(body) => Ok(Ok(self.keep(AnswerBody(Some(body)))?)),
            None => Ok(Err(())),
        }
    }

    fn drop(&mut self, answer: Resource<Answer>) -> wasmtime::Result<()> {
        self.table.delete(answer)?;
        Ok(())
    }
}

impl types::HostIncomingBody for Room {
    fn stream(&mut self, body: Resource<AnswerBody>) -> wasmtime::Result<Result<Resource<Input>, ()>> {
        self.wasi("wasi:http")?;
        match self.table.get_mut(&body)?.0.take() {
            Some(held) => Ok(Ok(self.keep(Input::Body(held, 0))?)),
            None => Ok(Err(())),
        }
    }

    fn finish(&mut self, body: Resource<AnswerBody>) -> wasmtime::Result<Resource<Trailers>> {
        self.wasi("wasi:http")?;
        self.table.delete(body)?;
        self.keep(Trailers(false))
    }

    fn drop(&mut self, body: Resource<AnswerBody>) -> wasmtime::Result<()> {
        self.table.delete(body)?;
        Ok(())
    }
}

impl types::HostFutureTrailers for Room {
    fn subscribe(&mut self, _: Resource<Trailers>) -> wasmtime::Result<Resource<Pollable>> {
        self.wasi("wasi:http")?;
        self.keep(Pollable::Ready)
    }

    #[allow(clippy::type_complexity, reason = "the standard's own type")]
    fn get(
        &mut self,
        trailers: Resource<Trailers>,
    ) -> wasmtime::Result<Option<Result<Result<Option<Resource<Fields>>, ErrorCode>, ()>>> {
        self.wasi("wasi:http")?;
        let seen = std::mem::replace(&mut self.table.get_mut(&trailers)?.0, true);
        Ok(Some(if seen { Err(()) } else { Ok(Ok(None)) }))
    }

    fn drop(&mut self, trailers: Resource<Trailers>) -> wasmtime::Result<()> {
        self.table.delete(trailers)?;
        Ok(())
    }
}
