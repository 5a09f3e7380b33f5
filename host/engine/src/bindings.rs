//! The contract as Rust: generated from `plugins/wit/v0.1`, one module per world, the shared interfaces once.
//!
//! The records and variants of `types`, `channel` and `triage` are this crate's public vocabulary: what a plugin
//! says is handed on under the contract's own names, with the contract's own documentation.
#![allow(missing_docs, reason = "documented in plugins/wit, field by field")]

/// World `channel-plugin`. What waits for a network is asynchronous on the host's side; to the guest it blocks.
pub mod channel_world {
    wasmtime::component::bindgen!({
        world: "channel-plugin",
        path: "../../plugins/wit/v0.1",
        imports: {
            "jackfield:plugin/http.send": async | trappable,
            "jackfield:plugin/http.open": async | trappable,
            "jackfield:plugin/http.[method]body.read": async | trappable,
            "jackfield:plugin/stream.[static]connection.connect": async | trappable,
            "jackfield:plugin/stream.[method]connection.start-tls": async | trappable,
            "jackfield:plugin/stream.[method]connection.write": async | trappable,
            "jackfield:plugin/stream.[method]connection.read": async | trappable,
            default: trappable,
        },
        with: {
            "jackfield:plugin/http.body": crate::imports::BodyId,
            "jackfield:plugin/stream.connection": crate::imports::StreamId,
        },
        exports: { default: async },
        // A trace writes calls and answers as they are.
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
}

/// The optional exports of a channel, and the import that one of them needs. A world of the host's own: of a component
/// that has them, only these two interfaces are asked of it besides `channel`.
pub mod webhook_half {
    wasmtime::component::bindgen!({
        inline: "
            package jackfield:host;
            world webhook-half {
                import jackfield:plugin/hmac@0.1.0;
                export jackfield:plugin/webhook@0.1.0;
                export jackfield:plugin/webhook-verify@0.1.0;
            }
        ",
        path: "../../plugins/wit/v0.1",
        world: "jackfield:host/webhook-half",
        imports: { default: trappable },
        exports: { default: async },
        with: { "jackfield:plugin/types": super::channel_world::jackfield::plugin::types },
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
}

/// World `triage-plugin`. Synchronous: it waits for nothing.
pub mod triage_world {
    wasmtime::component::bindgen!({
        world: "triage-plugin",
        path: "../../plugins/wit/v0.1",
        with: {
            "jackfield:plugin/types": super::channel_world::jackfield::plugin::types,
            "jackfield:plugin/log": super::channel_world::jackfield::plugin::log,
        },
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
}

/// WASI, as the runtimes of other languages ask for it. Only waiting waits; see `imports/wasi`.
#[allow(unreachable_pub, reason = "generated")]
pub(crate) mod runtime {
    wasmtime::component::bindgen!({
        world: "jackfield:runtimes/language-runtime",
        path: "wit",
        imports: {
            "wasi:io/poll.poll": async | trappable,
            "wasi:io/poll.[method]pollable.block": async | trappable,
            default: trappable,
        },
        with: {
            "wasi:io/error.error": crate::imports::wasi::Fault,
            "wasi:io/poll.pollable": crate::imports::wasi::Pollable,
            "wasi:io/streams.input-stream": crate::imports::wasi::Input,
            "wasi:io/streams.output-stream": crate::imports::wasi::Output,
            "wasi:http/types.fields": crate::imports::wasi::Fields,
            "wasi:http/types.outgoing-request": crate::imports::wasi::Sketch,
            "wasi:http/types.request-options": crate::imports::wasi::Options,
            "wasi:http/types.outgoing-body": crate::imports::wasi::RequestBody,
            "wasi:http/types.future-incoming-response": crate::imports::wasi::Awaited,
            "wasi:http/types.incoming-response": crate::imports::wasi::Answer,
            "wasi:http/types.incoming-body": crate::imports::wasi::AnswerBody,
            "wasi:http/types.future-trailers": crate::imports::wasi::Trailers,
        },
    });
}

/// The interface that waits, for guests that may not.
#[allow(unreachable_pub, reason = "generated")]
pub(crate) mod pure_runtime {
    wasmtime::component::bindgen!({
        world: "jackfield:runtimes/pure-runtime",
        path: "wit",
        imports: { default: trappable },
        with: { "wasi:io/poll.pollable": crate::imports::wasi::Pollable },
    });
}

pub use channel_world::exports::jackfield::plugin::channel::{
    Ability, Batch, Counting, Description, Draft, Receipt, Refusal,
};
pub use channel_world::jackfield::plugin::log::Level;
pub use channel_world::jackfield::plugin::types::{
    AttachmentRef, Author, Content, Event, Kind, Mark, Span, Trouble, Visibility,
};
pub use triage_world::exports::jackfield::plugin::triage::{
    Description as TriageDescription, Label, Subject, Verdict as TriageVerdict,
};
pub use webhook_half::jackfield::plugin::webhook_types::Request as RawRequest;
