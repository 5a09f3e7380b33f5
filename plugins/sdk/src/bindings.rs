//! The contract as wit-bindgen writes it. Nothing here is written by hand; authors use the names that the crate's
//! root exports, and reach in here only for a function the SDK has no helper for.
//!
//! Both worlds share one set of types, so that a text helper serves a channel and a judge alike.

/// World `channel-plugin`.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::restriction,
    clippy::pedantic
)]
pub mod channel_plugin {
    wit_bindgen::generate!({
        path: "../wit/v0.1",
        world: "channel-plugin",
        pub_export_macro: true,
        export_macro_name: "export_channel",
        default_bindings_module: "jackfield_sdk::bindings::channel_plugin",
        additional_derives: [PartialEq],
        generate_unused_types: true,
    });
}

/// World `triage-plugin`.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::restriction,
    clippy::pedantic
)]
pub mod triage_plugin {
    wit_bindgen::generate!({
        path: "../wit/v0.1",
        world: "triage-plugin",
        pub_export_macro: true,
        export_macro_name: "export_triage",
        default_bindings_module: "jackfield_sdk::bindings::triage_plugin",
        additional_derives: [PartialEq],
        generate_unused_types: true,
        with: {
            "jackfield:plugin/types@0.1.0": crate::bindings::channel_plugin::jackfield::plugin::types,
            "jackfield:plugin/log@0.1.0": crate::bindings::channel_plugin::jackfield::plugin::log,
        },
    });
}

/// The optional exports of a channel that takes webhooks. A world of the SDK's own: what a plugin exports of it is
/// joined with `channel-plugin` when the component is made.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::restriction,
    clippy::pedantic
)]
pub mod webhook_half {
    wit_bindgen::generate!({
        inline: "
            package jackfield:sdk;
            world webhook-half {
                export jackfield:plugin/webhook@0.1.0;
            }
        ",
        path: "../wit/v0.1",
        world: "jackfield:sdk/webhook-half",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_webhook",
        default_bindings_module: "jackfield_sdk::bindings::webhook_half",
        additional_derives: [PartialEq],
        generate_unused_types: true,
        with: {
            "jackfield:plugin/types@0.1.0": crate::bindings::channel_plugin::jackfield::plugin::types,
        },
    });
}

/// The optional export of a channel that verifies webhooks by itself, and the import it does that with.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::restriction,
    clippy::pedantic
)]
pub mod verify_half {
    wit_bindgen::generate!({
        inline: "
            package jackfield:sdk;
            world verify-half {
                import jackfield:plugin/hmac@0.1.0;
                export jackfield:plugin/webhook-verify@0.1.0;
            }
        ",
        path: "../wit/v0.1",
        world: "jackfield:sdk/verify-half",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_verify",
        default_bindings_module: "jackfield_sdk::bindings::verify_half",
        additional_derives: [PartialEq],
        generate_unused_types: true,
        with: {
            "jackfield:plugin/webhook-types@0.1.0": crate::bindings::webhook_half::jackfield::plugin::webhook_types,
        },
    });
}
