//! `wasi:http/types`, the half that asks: headers, a request, its body, how long to wait.

use super::{
    Fault, Held, Output,
    http::{Fields, Options, RequestBody, Sending, Sketch, State},
    wire,
};
use crate::{
    bindings::runtime::wasi::http::types::{self, ErrorCode, HeaderError, Method, Scheme},
    room::Room,
};
use wasmtime::component::Resource;

impl types::Host for Room {
    fn http_error_code(&mut self, _: Resource<Fault>) -> wasmtime::Result<Option<ErrorCode>> {
        self.wasi("wasi:http")?;
        Ok(None)
    }
}

impl types::HostFields for Room {
    fn new(&mut self) -> wasmtime::Result<Resource<Fields>> {
        self.wasi("wasi:http")?;
        self.keep(Fields::default())
    }

    fn from_list(
        &mut self,
        entries: Vec<(String, Vec<u8>)>,
    ) -> wasmtime::Result<Result<Resource<Fields>, HeaderError>> {
        self.wasi("wasi:http")?;
        let mut fields = Fields::default();
        for (name, value) in entries {
            if let Err(error) = fields.change(&name, vec![value], true) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(self.keep(fields)?))
    }

    fn get(&mut self, fields: Resource<Fields>, name: String) -> wasmtime::Result<Vec<Vec<u8>>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&fields)?.named(&name).cloned().collect())
    }

    fn has(&mut self, fields: Resource<Fields>, name: String) -> wasmtime::Result<bool> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&fields)?.named(&name).next().is_some())
    }

    fn set(
        &mut self,
        fields: Resource<Fields>,
        name: String,
        values: Vec<Vec<u8>>,
    ) -> wasmtime::Result<Result<(), HeaderError>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get_mut(&fields)?.change(&name, values, false))
    }

    fn delete(&mut self, fields: Resource<Fields>, name: String) -> wasmtime::Result<Result<(), HeaderError>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get_mut(&fields)?.change(&name, Vec::new(), false))
    }

    fn append(
        &mut self,
        fields: Resource<Fields>,
        name: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), HeaderError>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get_mut(&fields)?.change(&name, vec![value], true))
    }

    fn entries(&mut self, fields: Resource<Fields>) -> wasmtime::Result<Vec<(String, Vec<u8>)>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&fields)?.entries.clone())
    }

    fn clone(&mut self, fields: Resource<Fields>) -> wasmtime::Result<Resource<Fields>> {
        self.wasi("wasi:http")?;
        let entries = self.table.get(&fields)?.entries.clone();
        self.keep(Fields { entries, frozen: false })
    }

    fn drop(&mut self, fields: Resource<Fields>) -> wasmtime::Result<()> {
        self.table.delete(fields)?;
        Ok(())
    }
}

impl types::HostOutgoingRequest for Room {
    fn new(&mut self, headers: Resource<Fields>) -> wasmtime::Result<Resource<Sketch>> {
        self.wasi("wasi:http")?;
        let headers = self.table.delete(headers)?;
        self.keep(Sketch {
            headers,
            method: Method::Get,
            scheme: None,
            authority: None,
            path: None,
            body: None,
        })
    }

    fn body(&mut self, request: Resource<Sketch>) -> wasmtime::Result<Result<Resource<RequestBody>, ()>> {
        self.wasi("wasi:http")?;
        let held = Held::new(&self.held);
        let sketch = self.table.get_mut(&request)?;
        if sketch.body.is_some() {
            return Ok(Err(()));
        }
        let sending = Sending::new(held);
        sketch.body = Some(sending.clone());
        Ok(Ok(self.keep(RequestBody(sending))?))
    }

    fn method(&mut self, request: Resource<Sketch>) -> wasmtime::Result<Method> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&request)?.method.clone())
    }

    fn set_method(&mut self, request: Resource<Sketch>, method: Method) -> wasmtime::Result<Result<(), ()>> {
        self.wasi("wasi:http")?;
        self.table.get_mut(&request)?.method = method;
        Ok(Ok(()))
    }

    fn path_with_query(&mut self, request: Resource<Sketch>) -> wasmtime::Result<Option<String>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&request)?.path.clone())
    }

    fn set_path_with_query(
        &mut self,
        request: Resource<Sketch>,
        path: Option<String>,
    ) -> wasmtime::Result<Result<(), ()>> {
        self.wasi("wasi:http")?;
        let kept = short(&path);
        if kept.is_ok() {
            self.table.get_mut(&request)?.path = path;
        }
        Ok(kept)
    }

    fn scheme(&mut self, request: Resource<Sketch>) -> wasmtime::Result<Option<Scheme>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&request)?.scheme.clone())
    }

    fn set_scheme(&mut self, request: Resource<Sketch>, scheme: Option<Scheme>) -> wasmtime::Result<Result<(), ()>> {
        self.wasi("wasi:http")?;
        self.table.get_mut(&request)?.scheme = scheme;
        Ok(Ok(()))
    }

    fn authority(&mut self, request: Resource<Sketch>) -> wasmtime::Result<Option<String>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&request)?.authority.clone())
    }

    fn set_authority(
        &mut self,
        request: Resource<Sketch>,
        authority: Option<String>,
    ) -> wasmtime::Result<Result<(), ()>> {
        self.wasi("wasi:http")?;
        let kept = short(&authority);
        if kept.is_ok() {
            self.table.get_mut(&request)?.authority = authority;
        }
        Ok(kept)
    }

    fn headers(&mut self, request: Resource<Sketch>) -> wasmtime::Result<Resource<Fields>> {
        self.wasi("wasi:http")?;
        let entries = self.table.get(&request)?.headers.entries.clone();
        self.keep(Fields { entries, frozen: true })
    }

    fn drop(&mut self, request: Resource<Sketch>) -> wasmtime::Result<()> {
        self.table.delete(request)?;
        Ok(())
    }
}

/// A part of an address that the host is willing to keep.
fn short(part: &Option<String>) -> Result<(), ()> {
    match part {
        Some(part) if part.len() > wire::MAX_URL => Err(()),
        _ => Ok(()),
    }
}

impl types::HostRequestOptions for Room {
    fn new(&mut self) -> wasmtime::Result<Resource<Options>> {
        self.wasi("wasi:http")?;
        self.keep(Options::default())
    }

    fn connect_timeout(&mut self, options: Resource<Options>) -> wasmtime::Result<Option<u64>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&options)?.connect)
    }

    fn set_connect_timeout(&mut self, options: Resource<Options>, ns: Option<u64>) -> wasmtime::Result<Result<(), ()>> {
        self.wasi("wasi:http")?;
        self.table.get_mut(&options)?.connect = ns;
        Ok(Ok(()))
    }

    fn first_byte_timeout(&mut self, options: Resource<Options>) -> wasmtime::Result<Option<u64>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&options)?.first_byte)
    }

    fn set_first_byte_timeout(
        &mut self,
        options: Resource<Options>,
        ns: Option<u64>,
    ) -> wasmtime::Result<Result<(), ()>> {
        self.wasi("wasi:http")?;
        self.table.get_mut(&options)?.first_byte = ns;
        Ok(Ok(()))
    }

    fn between_bytes_timeout(&mut self, options: Resource<Options>) -> wasmtime::Result<Option<u64>> {
        self.wasi("wasi:http")?;
        Ok(self.table.get(&options)?.between_bytes)
    }

    fn set_between_bytes_timeout(
        &mut self,
        options: Resource<Options>,
        ns: Option<u64>,
    ) -> wasmtime::Result<Result<(), ()>> {
        self.wasi("wasi:http")?;
        self.table.get_mut(&options)?.between_bytes = ns;
        Ok(Ok(()))
    }

    fn drop(&mut self, options: Resource<Options>) -> wasmtime::Result<()> {
        self.table.delete(options)?;
        Ok(())
    }
}

impl types::HostOutgoingBody for Room {
    fn write(&mut self, body: Resource<RequestBody>) -> wasmtime::Result<Result<Resource<Output>, ()>> {
        self.wasi("wasi:http")?;
        let sending = self.table.get(&body)?.0.clone();
        Ok(Ok(self.keep(Output::Body(sending))?))
    }

    fn finish(
        &mut self,
        body: Resource<RequestBody>,
        trailers: Option<Resource<Fields>>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        self.wasi("wasi:http")?;
        let sending = self.table.delete(body)?.0;
        if let Some(trailers) = trailers {
            self.table.delete(trailers)?;
        }
        let mut body = sending.lock();
        if body.state == State::Open {
            body.state = State::Finished;
            Ok(Ok(()))
        } else {
            Ok(Err(ErrorCode::HttpRequestBodySize(Some(
                self.limits.request_body as u64,
            ))))
        }
    }

    fn drop(&mut self, body: Resource<RequestBody>) -> wasmtime::Result<()> {
        let sending = self.table.delete(body)?.0;
        let mut body = sending.lock();
        if body.state == State::Open {
            body.state = State::GivenUp;
        }
        Ok(())
    }
}
