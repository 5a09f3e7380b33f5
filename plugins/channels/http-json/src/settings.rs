//! The connection's settings: the mapping, where the system is, and the values that the mapping asks for.

use crate::mapping::{Mapping, fault};
use jackfield_sdk::channel::Trouble;
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Checked by the host before every call.
pub(crate) const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["mapping", "base"],
  "properties": {
    "mapping": {
      "type": "string",
      "minLength": 1,
      "maxLength": 65536,
      "title": "Mapping",
      "description": "The text of the mapping file (TOML). `jackfield connection add --mapping FILE` puts it here."
    },
    "base": {
      "type": "string",
      "format": "uri",
      "pattern": "^https?://[^/?#@\\s]+(/[^?#@\\s]*)?$",
      "title": "Base address",
      "description": "Where the system is: https://tickets.example, or with the path below which its API is."
    },
    "values": {
      "type": "object",
      "title": "Values",
      "description": "What the mapping asks for under [values], each a text: {\"repo\": \"northwind/shop\"}. No secrets."
    }
  }
}"#;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    mapping: String,
    base: String,
    #[serde(default)]
    values: BTreeMap<String, serde_json::Value>,
}

/// Settings, read and checked.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) mapping: Mapping,
    /// Without a slash at its end.
    pub(crate) base: String,
    pub(crate) values: BTreeMap<String, String>,
}

thread_local! {
    /// The last settings and what was read of them: an instance serves one connection, so they are the same each time.
    /// Nothing but time is lost where this is lost.
    static LAST: RefCell<Option<(String, Rc<Setup>)>> = const { RefCell::new(None) };
}

/// Reads the settings, or says what is wrong with them.
pub(crate) fn read(settings: &str) -> Result<Rc<Setup>, Trouble> {
    let kept = LAST.with_borrow(|last| {
        last.as_ref()
            .filter(|(text, _)| text == settings)
            .map(|(_, setup)| Rc::clone(setup))
    });
    if let Some(setup) = kept {
        return Ok(setup);
    }
    let setup = Rc::new(parse(settings).map_err(Trouble::Refused)?);
    LAST.with_borrow_mut(|last| *last = Some((settings.to_owned(), Rc::clone(&setup))));
    Ok(setup)
}

fn parse(settings: &str) -> Result<Setup, String> {
    let raw: Raw =
        serde_json::from_str(settings).map_err(|e| format!("The settings of this connection cannot be read: {e}."))?;
    let mapping = Mapping::read(&raw.mapping).map_err(|faults| {
        format!(
            "The setting `mapping` has mistakes; `jackfield plugin mapping check FILE` shows them too.\n{}",
            fault::lines(&faults)
        )
    })?;
    let base = raw.base.trim_end_matches('/').to_owned();
    if !(base.starts_with("https://") || base.starts_with("http://")) || base.contains(['?', '#', '@', ' ']) {
        return Err(format!(
            "`base` in the settings is {base:?}; write where the system is, as https://tickets.example."
        ));
    }
    let mut values = BTreeMap::new();
    for (name, value) in raw.values {
        let text = crate::path::scalar(&value).filter(|text| text.len() <= 1024);
        if !mapping.values.contains_key(&name) {
            let known: Vec<_> = mapping.values.keys().map(String::as_str).collect();
            return Err(format!(
                "`values.{name}` in the settings is not asked for by the mapping; it asks for: {}.",
                known.join(", ")
            ));
        }
        let text =
            text.ok_or_else(|| format!("`values.{name}` in the settings must be a text of at most 1024 bytes."))?;
        values.insert(name, text);
    }
    for (name, meaning) in &mapping.values {
        if !values.contains_key(name) {
            return Err(format!(
                "`values.{name}` is missing in the settings ({meaning}); write \"values\": {{\"{name}\": \"…\"}}."
            ));
        }
    }
    Ok(Setup { mapping, base, values })
}
