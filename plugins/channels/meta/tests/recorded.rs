//! What is sent to WhatsApp fits Meta's own OpenAPI document.
//!
//! The document is named by the environment variable `JACKFIELD_RECORDED`; the folder has a subfolder `vendor-specs` with
//! `meta_business_messaging_*.yaml`. Without it the test counts as skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

use jackfield_channel_meta::Meta;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::{Scripted, response};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::ExitCode;

const VARIABLE: &str = "JACKFIELD_RECORDED";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let name = "what_is_sent_to_whatsapp_fits_the_vendors_document";
    let trial = match std::env::var_os(VARIABLE).map(|dir| PathBuf::from(dir).join("vendor-specs")) {
        Some(folder) => Trial::test(name, move || fits(&folder)),
        None => {
            if !arguments.list {
                println!("skipped: {VARIABLE} is not set");
            }
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
    };
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

fn sent(text: &str, parent: Option<&str>) -> Json {
    let host = Scripted::new(1_785_585_600_000, |_| {
        Ok(response(200, r#"{"messages":[{"id":"wamid.1"}]}"#))
    });
    let draft = Draft {
        key: "00000000-0000-4000-8000-000000000001".to_owned(),
        thread: Some("whatsapp:351900".to_owned()),
        parent: parent.map(str::to_owned),
        visibility: Visibility::Direct,
        text: text.to_owned(),
        language: None,
        asked_at: 1_785_585_600_000,
        attachments: Vec::new(),
    };
    Meta::publish(&host, r#"{"graph":"http://graph.test/v23.0","whatsapp":"300"}"#, draft).unwrap();
    let sent = host.sent.borrow();
    assert_eq!(sent[0].url, "http://graph.test/v23.0/300/messages");
    let mut body: Json = serde_json::from_slice(&sent[0].body).unwrap();
    // Meta documents this field for every message; its OpenAPI of this version leaves it out.
    body.as_object_mut()
        .unwrap()
        .remove("biz_opaque_callback_data")
        .expect("the key goes along");
    body
}

fn fits(folder: &std::path::Path) -> Result<(), Failed> {
    let files = std::fs::read_dir(folder)?.map(|entry| entry.unwrap().path());
    let mut files = files.filter(|file| {
        file.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("meta_business_messaging")
    });
    let file = files.next().ok_or("no document of Meta's in vendor-specs")?;
    let document: Json = yaml_serde::from_str(&std::fs::read_to_string(file)?)?;
    let bodies = [
        sent("olá", None),
        sent("olá", Some("wamid.9")),
        sent("/template late pt_PT", None),
        sent("/template late pt_PT | Ana", None),
    ];
    for body in &bodies {
        let schema = &document["paths"]["/{Version}/{Phone-Number-ID}/messages"]["post"]["requestBody"]["content"]["application/json"]
            ["schema"];
        check(&document, schema, body, "message").map_err(|why| format!("{why}: {body}"))?;
    }
    // The check itself: what Meta would refuse is found.
    let mut wrong = vec![json!({"messaging_product": "whatsapp", "to": "1", "type": "text", "text": {"body": "x"}})];
    for (name, value) in [
        ("recipient_type", json!("everybody")),
        ("text", json!({"words": "x"})),
        ("to", json!(7)),
    ] {
        let mut body = bodies[0].clone();
        body[name] = value;
        wrong.push(body);
    }
    for body in &wrong {
        let schema = json!({"$ref": "#/components/schemas/TextMessage"});
        assert!(check(&document, &schema, body, "message").is_err(), "{body}");
    }
    println!("{} bodies fit, {} spoiled ones do not", bodies.len(), wrong.len());
    Ok(())
}

/// As much of JSON Schema as the document uses for messages. What `allOf` joins is one object: taken word for word its parts
/// would forbid one another's fields.
fn check(document: &Json, schema: &Json, value: &Json, at: &str) -> Result<(), String> {
    let schema = resolved(document, schema);
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let mapped = schema["discriminator"]["propertyName"]
            .as_str()
            .and_then(|name| value[name].as_str());
        if let Some(chosen) = mapped.and_then(|word| schema["discriminator"]["mapping"][word].as_str()) {
            return check(document, &json!({"$ref": chosen}), value, at);
        }
        let whys: Vec<String> = choices
            .iter()
            .filter_map(|choice| check(document, choice, value, at).err())
            .collect();
        return if whys.len() < choices.len() {
            Ok(())
        } else {
            Err(whys.join("; or "))
        };
    }
    let right = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer" | "number") => value.is_number(),
        _ => true,
    };
    if !right {
        return Err(format!("{at} is no {}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{at} is none of {}", schema["enum"]));
    }
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
    {
        if value.get(name).is_none() {
            return Err(format!("{at} has no {name}"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(known) => check(document, known, inner, &format!("{at}.{name}"))?,
            None if schema["additionalProperties"] == false => return Err(format!("{at} may have no {name}")),
            None => {}
        }
    }
    for (n, inner) in value.as_array().into_iter().flatten().enumerate() {
        check(document, &schema["items"], inner, &format!("{at}[{n}]"))?;
    }
    Ok(())
}

fn resolved(document: &Json, schema: &Json) -> Json {
    if let Some(target) = schema["$ref"].as_str() {
        let found = document
            .pointer(target.trim_start_matches('#'))
            .expect("a reference leads somewhere");
        return resolved(document, found);
    }
    let Some(parts) = schema["allOf"].as_array() else {
        return schema.clone();
    };
    let mut whole = json!({"type": "object", "properties": {}, "required": []});
    for part in parts.iter().map(|part| resolved(document, part)) {
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            whole["properties"][name] = property.clone();
        }
        let required = part["required"].as_array().cloned().unwrap_or_default();
        whole["required"].as_array_mut().unwrap().extend(required);
        if part["additionalProperties"] == false {
            whole["additionalProperties"] = json!(false);
        }
    }
    whole
}
