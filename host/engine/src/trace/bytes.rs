//! Bytes in JSON. Bodies, cursors and stored values are text nearly always, and a trace is read by people: bytes that
//! are UTF-8 become a string, others an object `{"base64": "…"}`.

use crate::Scrubber;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap as _};
use serde_json::Value;

const MARK: &str = "base64";

/// Bytes as a trace writes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => to.serialize_str(text),
            Err(_) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry(MARK, &BASE64_STANDARD.encode(&self.0))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        let encoded = value.get(MARK).and_then(Value::as_str);
        match (value.as_str(), encoded) {
            (Some(text), _) => Ok(Self(text.as_bytes().to_vec())),
            (None, Some(encoded)) => BASE64_STANDARD
                .decode(encoded)
                .map(Self)
                .map_err(|error| D::Error::custom(format!("`base64` holds no Base64: {error}"))),
            _ => Err(D::Error::custom(
                "bytes are written as a string, or as {\"base64\": \"…\"} where they are no text",
            )),
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// Takes secret values out of every text below `value`, keys and encoded bytes included.
pub(super) fn clean(value: &mut Value, scrub: &Scrubber) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(clean) = scrub.text(text) {
                *text = clean;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| clean(inner, scrub)),
        Value::Object(map) => {
            if map.len() == 1
                && let Some(Value::String(encoded)) = map.get_mut(MARK)
                && let Ok(bytes) = BASE64_STANDARD.decode(encoded.as_bytes())
            {
                if let std::borrow::Cow::Owned(clean) = scrub.bytes(&bytes) {
                    *encoded = BASE64_STANDARD.encode(clean);
                }
                return;
            }
            if map
                .keys()
                .any(|key| matches!(scrub.text(key), std::borrow::Cow::Owned(_)))
            {
                let old = std::mem::take(map);
                map.extend(
                    old.into_iter()
                        .map(|(key, inner)| (scrub.text(&key).into_owned(), inner)),
                );
            }
            map.values_mut().for_each(|inner| clean(inner, scrub));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// About how many bytes `value` takes in memory.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 24 + text.len(),
        Value::Array(list) => 24 + list.iter().map(weight).sum::<usize>(),
        Value::Object(map) => 24 + map.iter().map(|(key, inner)| key.len() + weight(inner)).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 24,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secret, egress::Grants};
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn bytes_come_back_as_they_were(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let there = serde_json::to_string(&Bytes(bytes.clone())).unwrap();
            prop_assert_eq!(serde_json::from_str::<Bytes>(&there).unwrap().0, bytes);
        }
    }

    #[test]
    fn a_secret_is_taken_out_of_keys_texts_and_encoded_bytes() {
        let secret = Secret::new(
            "token",
            "s3cr3t-t0ken".to_owned().into(),
            Grants::parse(&["a.example"]).unwrap(),
        );
        let scrub = Scrubber::new(&[secret.unwrap()]);
        let raw = [b"\xff s3cr3t-t0ken".as_slice(), b"\xfe"].concat();
        let mut value = json!({
            "s3cr3t-t0ken": ["x s3cr3t-t0ken", {"deep": Bytes(raw)}, 7],
            "other": BASE64_STANDARD.encode("s3cr3t-t0ken"),
        });
        clean(&mut value, &scrub);
        let text = value.to_string();
        assert!(!text.contains("s3cr3t"), "{text}");
        let deep: Bytes = serde_json::from_value(value["[secret token]"][1]["deep"].clone()).unwrap();
        assert_eq!(deep.0, b"\xff [secret token]\xfe", "bytes stay bytes");
        assert!(value["other"].as_str().unwrap().contains("[secret token]"), "{text}");
    }

    #[test]
    fn what_is_no_bytes_is_refused_in_words() {
        for (text, word) in [("7", "written as a string"), ("{\"base64\":\"*\"}", "no Base64")] {
            let error = serde_json::from_str::<Bytes>(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
