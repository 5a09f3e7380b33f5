//! Every request that the channel makes is one that Twilio's own OpenAPI document allows, and the stand-in's messages have
//! the fields of that document.
//!
//! The document is `vendor-specs/twilio_api_v2010.json` in the folder that the environment variable `JACKFIELD_RECORDED`
//! names. Without it the tests count as skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

#[path = "../../../conform/tests/net/mod.rs"]
mod net;

use jackfield_channel_sms::Sms;
use jackfield_channel_sms::hook::Fields;
use jackfield_conform::sms;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::Scripted;
use libtest_mimic::{Arguments, Trial};
use net::Net;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::process::ExitCode;

const VARIABLE: &str = "JACKFIELD_RECORDED";

/// Its name, and what tries it with the document.
type Claim = (&'static str, fn(&Json));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let claims: [Claim; 2] = [
        ("every_request_is_allowed_by_the_vendors_document", requests),
        ("the_stand_ins_messages_have_the_documents_fields", fields),
    ];
    let folder = std::env::var_os(VARIABLE).map(PathBuf::from);
    if folder.is_none() && !arguments.list {
        println!("skipped: {VARIABLE} is not set");
    }
    let trials = claims.into_iter().map(|(name, claim)| match folder.clone() {
        None => Trial::test(name, || Ok(())).with_ignored_flag(true),
        Some(folder) => Trial::test(name, move || {
            let text = std::fs::read_to_string(folder.join("vendor-specs/twilio_api_v2010.json")).unwrap();
            claim(&serde_json::from_str(&text).unwrap());
            Ok(())
        }),
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A line with some life behind it; what it asked for.
fn lived() -> (Vec<HttpRequest>, Net) {
    let net = Net::new(sms::start(), sms::LOGIN);
    let settings = serde_json::json!({"api": net.url(), "account": sms::ACCOUNT, "number": sms::NUMBER,
        "callback": "https://care.example/hooks/text"})
    .to_string();
    for number in 0..250 {
        let media = if number == 0 {
            r#"[["ME00000000000000000000000000000001","image/png"]]"#
        } else {
            "[]"
        };
        let body = format!(r#"{{"as":"guest{number}","status":"where is it?","media":{media}}}"#);
        net.people("POST", "/_standin/statuses", &body);
    }
    let sent = {
        let host = Scripted::new(now(), |request| net.answer(request));
        Sms::check(&host, &settings).unwrap();
        let batch = Sms::poll(&host, &settings, None, 200).unwrap();
        let draft = Draft {
            key: "00000000-0000-4000-8000-000000000001".to_owned(),
            thread: Some("+15551230000".to_owned()),
            parent: None,
            visibility: Visibility::Direct,
            text: "It leaves today €5".to_owned(),
            language: None,
            asked_at: 0,
            attachments: vec![AttachmentRef {
                url: "https://shop.example/label.png".to_owned(),
                media_type: None,
                size: None,
                alt: None,
            }],
        };
        Sms::publish(&host, &settings, draft).unwrap();
        assert!(batch.more);
        host.sent.into_inner()
    };
    (sent, net)
}

fn requests(document: &Json) {
    let (sent, net) = lived();
    assert!(sent.len() >= 7, "{} requests", sent.len());
    for request in &sent {
        let rest = request.url.strip_prefix(&net.url()).unwrap();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (template, names) = template_of(document, path);
        let operation = &document["paths"][&template][request.method.to_lowercase()];
        assert!(operation.is_object(), "{} {template}", request.method);
        let parameters: Vec<Json> = operation["parameters"].as_array().cloned().unwrap_or_default();
        for (name, value) in names {
            let parameter = parameters.iter().find(|p| p["name"] == *name).unwrap();
            fits(document, &parameter["schema"], &value, &name);
        }
        for (name, value) in form_urlencoded_pairs(query) {
            let found = parameters.iter().find(|p| p["in"] == "query" && p["name"] == *name);
            let parameter = found.unwrap_or_else(|| panic!("{template} has no parameter {name}"));
            fits(document, &parameter["schema"], &value, &name);
        }
        let body = String::from_utf8(request.body.clone()).unwrap();
        if body.is_empty() {
            continue;
        }
        let schema = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        let pairs = form_urlencoded_pairs(&body);
        for (name, value) in &pairs {
            let property = &schema["properties"][name];
            assert!(property.is_object(), "{template} takes no {name}");
            let one = if property["type"] == "array" {
                &property["items"]
            } else {
                property
            };
            fits(document, one, value, name);
        }
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(
                pairs.iter().any(|(name, _)| *required == **name),
                "{required} is missing"
            );
        }
        assert_eq!(Fields::read(body.as_bytes()).get("To"), Some("+15551230000"));
    }
}

/// The template that a path is of, and what stands in its places. The most literal one wins.
fn template_of(document: &Json, path: &str) -> (String, Vec<(String, String)>) {
    let wanted: Vec<&str> = path.split('/').collect();
    let mut best: Option<(String, Vec<(String, String)>)> = None;
    for template in document["paths"].as_object().unwrap().keys() {
        let parts: Vec<&str> = template.split('/').collect();
        if parts.len() != wanted.len() {
            continue;
        }
        let mut names = Vec::new();
        let all = parts.iter().zip(&wanted).all(|(part, is)| {
            let Some((name, end)) = part.strip_prefix('{').and_then(|p| p.split_once('}')) else {
                return part == is;
            };
            let value = is.strip_suffix(end);
            names.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            value.is_some_and(|value| !value.is_empty())
        });
        if all && best.as_ref().is_none_or(|(_, others)| names.len() < others.len()) {
            best = Some((template.clone(), names));
        }
    }
    best.unwrap_or_else(|| panic!("no path of the document is {path}"))
}

fn form_urlencoded_pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Whether a text fits a schema of the document.
fn fits(document: &Json, schema: &Json, value: &str, name: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let Some(pattern) = schema["pattern"].as_str() {
        assert!(
            regex_lite::Regex::new(pattern).unwrap().is_match(value),
            "{name}={value}"
        );
    }
    let length = value.chars().count() as u64;
    assert!(
        schema["maxLength"].as_u64().is_none_or(|most| length <= most),
        "{name}={value}"
    );
    match schema["format"].as_str() {
        Some("uri") => assert!(value.starts_with("https://"), "{name}={value}"),
        Some("phone-number") => assert!(value.starts_with('+'), "{name}={value}"),
        // The description allows a day alone.
        Some("date-time") => assert!(jackfield_sdk::time::parse_ms(value).is_some(), "{name}={value}"),
        _ => {}
    }
    if schema["type"] == "integer" {
        let number: u64 = value.parse().unwrap();
        assert!(
            schema["maximum"].as_u64().is_none_or(|most| number <= most),
            "{name}={value}"
        );
    }
}

fn fields(document: &Json) {
    let (_, net) = lived();
    let settings_url = format!("/2010-04-01/Accounts/{}/Messages.json?PageSize=1000", sms::ACCOUNT);
    let request =
        Request::get(format!("{}{settings_url}", net.url())).secret_header("authorization", "api-login", "Basic ", "");
    let host = Scripted::new(0, |request| net.answer(request));
    let page: Json = serde_json::from_slice(request.send(&host).unwrap().ok().unwrap().bytes()).unwrap();
    let schema = document["components"]["schemas"]["api.v2010.account.message"]["properties"]
        .as_object()
        .unwrap();
    let messages = page["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 251);
    for message in messages {
        let message = message.as_object().unwrap();
        let (ours, theirs): (Vec<_>, Vec<_>) = (message.keys().collect(), schema.keys().collect());
        let same = |a: &[&String], b: &[&String]| a.iter().all(|key| b.contains(key));
        assert!(same(&ours, &theirs) && same(&theirs, &ours), "{ours:?}\n{theirs:?}");
        for (name, value) in message.iter().filter(|(_, value)| value.is_string()) {
            let format = schema[name]["format"].as_str().unwrap_or_default();
            if !["uri", "phone-number"].contains(&format) {
                fits(document, &schema[name], value.as_str().unwrap(), name);
            }
        }
    }
}

fn now() -> u64 {
    u64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}
