//! What the server says of itself.

use super::Shared;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;

/// The version it speaks like; what follows the `+` says what it is.
const VERSION: &str = "4.6.4+standin";

fn statuses(max_characters: usize) -> Value {
    json!({"max_characters": max_characters, "max_media_attachments": 4, "characters_reserved_per_url": 23})
}

pub(super) async fn v2(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let state = shared.state();
    let base = &state.world.base;
    Json(json!({
        "domain": base.split_once("://").map_or("", |(_, host)| host),
        "title": "Stand-in",
        "version": VERSION,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": "A stand-in for tests and demos. Nobody here is real.",
        "usage": {"users": {"active_month": state.world.accounts().count()}},
        "thumbnail": {"url": format!("{base}/missing.png")},
        "icon": [],
        "languages": ["en"],
        "configuration": {
            "urls": {"streaming": "", "status": null, "about": format!("{base}/about"), "privacy_policy": null, "terms_of_service": null},
            "vapid": {"public_key": ""},
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": statuses(state.world.max_characters),
            "media_attachments": {"supported_mime_types": []},
            "polls": {"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746},
            "translation": {"enabled": false},
        },
        "registrations": {"enabled": false, "approval_required": false, "message": null, "url": null},
        "api_versions": {"mastodon": 9},
        "contact": {"email": "", "account": null},
        "rules": [],
    }))
}

pub(super) async fn v1(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let state = shared.state();
    let world = &state.world;
    Json(json!({
        "uri": world.base.split_once("://").map_or("", |(_, host)| host),
        "title": "Stand-in",
        "short_description": "A stand-in for tests and demos.",
        "description": "A stand-in for tests and demos. Nobody here is real.",
        "email": "",
        "version": VERSION,
        "urls": {"streaming_api": ""},
        "stats": {
            "user_count": world.accounts().count(),
            "status_count": world.posts().count(),
            "domain_count": 1,
        },
        "thumbnail": format!("{}/missing.png", world.base),
        "languages": ["en"],
        "registrations": false,
        "approval_required": false,
        "invites_enabled": false,
        "configuration": {"statuses": statuses(world.max_characters)},
        "contact_account": null,
        "rules": [],
    }))
}
