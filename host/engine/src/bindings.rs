//! The contract as Rust: generated from `plugins/wit/v0.1`, one module per world, the shared interfaces once.
//!
//! The records and variants of `types`, `channel` and `triage` are this crate's public vocabulary: what a plugin
//! says is handed on under the contract's own names, with the contract's own documentation.
#![allow(missing_docs, reason = "documented in plugins/wit, field by field")]

/// World `channel-plugin`. `http.send` waits for a network, so it is asynchronous on the host's side; to the guest it blocks.
pub mod channel_world {
    wasmtime::component::bindgen!({
        world: "channel-plugin",
        path: "../../plugins/wit/v0.1",
        imports: {
            "jackfield:plugin/http.send": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        // A trace writes calls and answers as they are.
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
