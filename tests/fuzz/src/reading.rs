//! Text files and packages.

use jackfield_engine::Manifest;
use jackfield_engine::egress::Grants;
use jackfield_engine::package::Package;
use jackfield_engine::trace::Trace;
use jackfield_kit::Conform;
use serde_json::Value;

fn in_file(text: &str, line: usize, what: &str) {
    assert!(
        (1..=text.lines().count() + 1).contains(&line),
        "line {line} is not in the file"
    );
    assert!(!what.is_empty());
}

pub fn manifest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Manifest::parse(text) {
        Ok(manifest) => told(&manifest),
        Err(error) => in_file(text, error.line, &error.what),
    }
}

/// Name, summary and meanings are printed on terminals, above a question that is answered with yes or no.
fn told(manifest: &Manifest) {
    let meanings = manifest.secrets.iter().map(|need| &need.meaning);
    for text in [&manifest.name, &manifest.version, &manifest.summary]
        .into_iter()
        .chain(meanings)
    {
        assert!(!text.chars().any(char::is_control), "an operator reads {text:?}");
    }
    for field in manifest
        .hosts_from_settings
        .iter()
        .chain(&manifest.streams_from_settings)
    {
        assert!(!field.chars().any(char::is_control), "an operator reads {field:?}");
    }
}

pub fn package(data: &[u8]) {
    let Ok(package) = Package::read(data) else { return };
    assert_eq!(package.bytes(), data, "a package has one spelling");
    assert!(package.verify(&[]).is_err(), "nobody trusts it");
    told(package.manifest());
    super::component::told(&package);
}

pub fn trace(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Trace::parse(text) {
        Ok(trace) => {
            let written = trace.write();
            let again = Trace::parse(&written).expect("what was written can be read");
            assert_eq!(again.header, trace.header);
            let events = |trace: &Trace| serde_json::to_value(&trace.events).expect("events are JSON");
            assert!(same(&events(&again), &events(&trace)), "{written}");
        }
        Err(error) => in_file(text, error.line, &error.what),
    }
}

/// Equal, but for the last digits of fractions: JSON of 17 digits is read to the nearest number or the one beside it.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) if a != b => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= a.abs().max(b.abs()) * 1e-15,
            _ => false,
        },
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

pub fn conform(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Conform::parse(text) {
        Ok(conform) => {
            if let Some(standin) = conform.standin {
                let settings = standin.settings("http://127.0.0.1:1");
                let settings: Result<Value, _> = serde_json::from_str(&settings);
                assert!(
                    settings.is_ok_and(|settings| settings.is_object()),
                    "settings are an object"
                );
            }
        }
        Err(error) => in_file(text, error.line, &error.what),
    }
}

pub fn grant(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lines: Vec<&str> = text.lines().collect();
    let Ok(grants) = Grants::parse(&lines) else { return };
    for grant in grants.iter() {
        let written = grant.to_string();
        let again = Grants::parse(&[&written]).expect("a grant that was written can be read");
        let again: Vec<_> = again.iter().collect();
        assert_eq!(again, [grant], "{written}");
    }
}
