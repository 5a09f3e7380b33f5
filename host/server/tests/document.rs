//! The OpenAPI document: it holds every route and no other, and a change of it is seen.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fall")]

use jackfield_server::api;
use std::collections::BTreeSet;

#[test]
fn every_route_is_in_the_document_and_nothing_else_is() {
    let document = serde_json::to_value(api::document()).unwrap();
    let told: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods: Vec<String> = item.as_object().unwrap().keys().map(|m| m.to_uppercase()).collect();
            methods.into_iter().map(move |method| format!("{method} {path}"))
        })
        .collect();
    let served: BTreeSet<String> = api::paths()
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(told, served);
}

#[test]
fn every_operation_says_what_it_does_and_what_a_refusal_looks_like() {
    let document = serde_json::to_value(api::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let words = operation["summary"]
                .as_str()
                .or(operation["description"].as_str())
                .unwrap_or("");
            assert!(words.len() > 10, "{method} {path}: {operation}");
            if path.starts_with("/api/v1") {
                assert_eq!(
                    operation["security"][0]["token"],
                    serde_json::json!([]),
                    "{method} {path}"
                );
                let refused = operation["responses"]["401"].to_string();
                assert!(refused.contains("Problem"), "{method} {path}");
            }
        }
    }
}

#[test]
fn the_document_changes_only_on_purpose() {
    insta::assert_snapshot!(api::document().to_pretty_json().unwrap());
}

#[test]
fn the_document_of_the_operator_s_door_changes_only_on_purpose() {
    insta::assert_snapshot!(jackfield_server::admin::document().to_pretty_json().unwrap());
}
