//! Settings against their schema: the part of JSON Schema (2020-12) that settings of a connector need.
//!
//! A keyword that this module does not check is refused when the plugin is loaded: a rule that is written and not
//! kept is worse than none. Every error names the field and what to write.

use regex_lite::Regex;
use serde_json::{Map, Value};
use url::Url;

const ANNOTATIONS: [&str; 8] = [
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "format",
];
const CHECKED: [&str; 14] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "enum",
    "const",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "items",
    "minItems",
    "maxItems",
];
const TYPES: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];
/// Settings are a handful of fields; deeper ones are a mistake, and a way to use up a stack.
const MAX_DEPTH: usize = 8;

/// A schema that this module can check in full.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Schema(Value);

impl Schema {
    /// Reads a schema, and refuses what would not be checked.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let schema: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err("it must have `\"type\": \"object\"` at the top".to_owned());
        }
        known(&schema, "the top", 0)?;
        Ok(Self(schema))
    }

    /// Whether there is a setting of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0
            .get("properties")
            .and_then(|properties| properties.get(name))
            .is_some()
    }

    /// Checks the settings of a connection.
    pub(crate) fn check(&self, settings: &str) -> Result<(), String> {
        let value: Value = serde_json::from_str(settings).map_err(|error| {
            format!(
                "the settings are no JSON (line {}, column {}): {error}",
                error.line(),
                error.column()
            )
        })?;
        check(&self.0, &value, "settings")
    }
}

fn known(schema: &Value, place: &str, depth: usize) -> Result<(), String> {
    let Some(object) = schema.as_object() else {
        return Err(format!("at {place}, a schema is an object"));
    };
    if depth > MAX_DEPTH {
        return Err(format!("at {place}, it is nested more than {MAX_DEPTH} deep"));
    }
    for (keyword, value) in object {
        if !ANNOTATIONS.contains(&keyword.as_str()) && !CHECKED.contains(&keyword.as_str()) {
            return Err(format!(
                "at {place}, this host does not check `{keyword}`; use {}",
                CHECKED.join(", ")
            ));
        }
        match keyword.as_str() {
            "type" if !value.as_str().is_some_and(|name| TYPES.contains(&name)) => {
                return Err(format!("at {place}, `type` must be one of {}", TYPES.join(", ")));
            }
            "pattern" => {
                // Linear in the text whatever the pattern, so a plugin cannot make its host compute for ever.
                let compiled = value.as_str().ok_or("it is no text".to_owned());
                if let Err(error) = compiled.and_then(|text| Regex::new(text).map_err(|error| error.to_string())) {
                    return Err(format!(
                        "at {place}, this host cannot check the `pattern` {value}: {error}"
                    ));
                }
            }
            "additionalProperties" if !value.is_boolean() => {
                return Err(format!("at {place}, `additionalProperties` must be true or false"));
            }
            "properties" => {
                let Some(properties) = value.as_object() else {
                    return Err(format!("at {place}, `properties` is an object"));
                };
                for (name, inner) in properties {
                    known(inner, &format!("`{name}`"), depth + 1)?;
                }
            }
            "items" => known(value, &format!("the items of {place}"), depth + 1)?,
            _ => {}
        }
    }
    Ok(())
}

fn check(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let rule = |name: &str| schema.get(name);
    if let Some(name) = rule("type").and_then(Value::as_str)
        && !is_type(name, value)
    {
        return Err(format!(
            "`{place}` must be {}, and is {}",
            article(name),
            article(type_of(value))
        ));
    }
    if let Some(choices) = rule("enum").and_then(Value::as_array)
        && !choices.contains(value)
    {
        let choices: Vec<_> = choices.iter().map(ToString::to_string).collect();
        return Err(format!("`{place}` is {value}; write one of {}", choices.join(", ")));
    }
    if let Some(only) = rule("const")
        && only != value
    {
        return Err(format!("`{place}` is {value}; write {only}"));
    }
    match value {
        Value::String(text) => string(schema, text, place),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            if rule("minimum")
                .and_then(Value::as_f64)
                .is_some_and(|least| number < least)
            {
                return Err(format!(
                    "`{place}` is {value}; the least is {}",
                    rule("minimum").unwrap_or(&Value::Null)
                ));
            }
            if rule("maximum")
                .and_then(Value::as_f64)
                .is_some_and(|most| number > most)
            {
                return Err(format!(
                    "`{place}` is {value}; the most is {}",
                    rule("maximum").unwrap_or(&Value::Null)
                ));
            }
            Ok(())
        }
        Value::Array(items) => {
            counted(schema, "minItems", "maxItems", items.len(), "items", place)?;
            let Some(inner) = rule("items") else { return Ok(()) };
            items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| check(inner, item, &format!("{place}[{index}]")))
        }
        Value::Object(fields) => object(schema, fields, place),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn string(schema: &Value, text: &str, place: &str) -> Result<(), String> {
    counted(
        schema,
        "minLength",
        "maxLength",
        text.chars().count(),
        "characters",
        place,
    )?;
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && !Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
    {
        let meaning = schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or("see the plugin's page");
        return Err(format!(
            "`{place}` is {text:?}, which does not match {pattern}: {meaning}"
        ));
    }
    if schema.get("format").and_then(Value::as_str) == Some("uri") {
        Url::parse(text)
            .map_err(|error| format!("`{place}` is no URL ({error}); write one such as https://social.example"))?;
    }
    Ok(())
}

fn object(schema: &Value, fields: &Map<String, Value>, place: &str) -> Result<(), String> {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let required = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    for name in required {
        if !fields.contains_key(name) {
            let meaning = properties
                .get(name)
                .and_then(|p| p.get("description"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let meaning = if meaning.is_empty() {
                String::new()
            } else {
                format!(": {meaning}")
            };
            return Err(format!("`{place}.{name}` is missing{meaning}"));
        }
    }
    for (name, value) in fields {
        match properties.get(name) {
            Some(inner) => check(inner, value, &format!("{place}.{name}"))?,
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                let names: Vec<_> = properties.keys().map(|name| format!("`{name}`")).collect();
                let names = if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                };
                return Err(format!(
                    "`{place}.{name}` is not a setting of this plugin; it has: {names}"
                ));
            }
            None => {}
        }
    }
    Ok(())
}

fn counted(schema: &Value, least: &str, most: &str, count: usize, what: &str, place: &str) -> Result<(), String> {
    let bound = |name: &str| {
        schema
            .get(name)
            .and_then(Value::as_u64)
            .and_then(|bound| usize::try_from(bound).ok())
    };
    if let Some(least) = bound(least).filter(|least| count < *least) {
        return Err(format!("`{place}` has {count} {what}; at least {least}"));
    }
    if let Some(most) = bound(most).filter(|most| count > *most) {
        return Err(format!("`{place}` has {count} {what}; at most {most}"));
    }
    Ok(())
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        other => type_of(value) == other,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn article(name: &str) -> String {
    match name {
        "null" => name.to_owned(),
        "object" | "array" | "integer" => format!("an {name}"),
        other => format!("a {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false,
        "required": ["server"],
        "properties": {
            "server": {"type": "string", "format": "uri", "description": "address of the server", "maxLength": 40},
            "depth": {"type": "integer", "minimum": 0, "maximum": 5},
            "tags": {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 2},
            "mode": {"enum": ["slow", "fast"]},
            "tag": {"type": "string", "pattern": "^[a-z]+$", "description": "lower case"}
        }
    }"#;

    #[test]
    fn settings_are_checked_and_the_field_is_named() {
        let schema = Schema::parse(SCHEMA).unwrap();
        for (settings, word) in [
            (
                r#"{"server": "https://social.example", "depth": 2, "tags": ["a"], "mode": "fast"}"#,
                "",
            ),
            (r#"{}"#, "`settings.server` is missing: address of the server"),
            (r#"{"server": 7}"#, "must be a string, and is a number"),
            (r#"{"server": "social"}"#, "is no URL"),
            (
                r#"{"server": "https://a-very-long-name-indeed.social.example"}"#,
                "at most 40",
            ),
            (
                r#"{"server": "https://s.example", "depth": 2.5}"#,
                "`settings.depth` must be an integer",
            ),
            (r#"{"server": "https://s.example", "depth": 9}"#, "the most is 5"),
            (
                r#"{"server": "https://s.example", "tags": ["a", ""]}"#,
                "`settings.tags[1]`",
            ),
            (
                r#"{"server": "https://s.example", "tags": ["a", "b", "c"]}"#,
                "at most 2",
            ),
            (
                r#"{"server": "https://s.example", "mode": "warp"}"#,
                "\"slow\", \"fast\"",
            ),
            (
                r#"{"server": "https://s.example", "sever": 1}"#,
                "`settings.sever` is not a setting",
            ),
            (
                r#"{"server": "https://s.example", "tag": "a1"}"#,
                "does not match ^[a-z]+$: lower case",
            ),
            (r#"[1]"#, "must be an object"),
            (r#"{"server""#, "no JSON"),
        ] {
            match schema.check(settings) {
                Ok(()) => assert_eq!(word, "", "{settings} was taken"),
                Err(error) => assert!(!word.is_empty() && error.contains(word), "{settings}: {error}"),
            }
        }
    }

    #[test]
    fn a_rule_that_would_not_be_kept_is_refused_at_load() {
        for (schema, word) in [
            ("{", "no JSON"),
            (r#"{"type": "string"}"#, "object"),
            (
                r#"{"type": "object", "properties": {"a": {"pattern": "(?=x)"}}}"#,
                "`pattern`",
            ),
            (r#"{"type": "object", "properties": {"a": {"oneOf": []}}}"#, "`oneOf`"),
            (r#"{"type": "object", "properties": {"a": {"type": "text"}}}"#, "`type`"),
            (r#"{"type": "object", "additionalProperties": {}}"#, "true or false"),
        ] {
            let error = Schema::parse(schema).unwrap_err();
            assert!(error.contains(word), "{schema}: {error}");
        }
    }
}
