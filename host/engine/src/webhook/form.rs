//! An address and sorted form fields, as Twilio signs them: the full URL that the network was told, then every field's
//! name and value without a separator, sorted by name, the values of one name sorted and each once.
//!
//! A body that is no form is not part of that text. Twilio then puts the body's SHA-256 into the signed URL
//! (`bodySHA256`); a body that is covered by neither is refused.

use super::verify::Incoming;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// The texts that may have been signed, one for each spelling of the address: networks are of two minds about naming
/// the port, so it is tried as configured, without, and with the one its scheme implies.
pub(super) fn signed(incoming: &Incoming<'_>) -> Result<Vec<String>, String> {
    let fields = fields(incoming)?;
    let mut tail = String::new();
    for (name, values) in &fields {
        for value in values {
            tail.push_str(name);
            tail.push_str(value);
        }
    }
    Ok(spellings(incoming.url).into_iter().map(|url| url + &tail).collect())
}

/// The fields of the body, by name; none where the URL answers for the body, or there is no body.
fn fields(incoming: &Incoming<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    if incoming.body.is_empty() {
        return Ok(fields);
    }
    let kind = incoming.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        for (name, value) in url::form_urlencoded::parse(incoming.body) {
            fields.entry(name.into_owned()).or_default().insert(value.into_owned());
        }
        return Ok(fields);
    }
    let told = url::form_urlencoded::parse(incoming.query.as_bytes()).find(|(name, _)| name == "bodySHA256");
    match told {
        // Not a secret, and the URL that holds it is signed: an ordinary comparison.
        Some((_, digest)) if digest.eq_ignore_ascii_case(&hex::encode(Sha256::digest(incoming.body))) => Ok(fields),
        Some(_) => Err("the body is not the one whose bodySHA256 stands in its address".to_owned()),
        None => Err(format!(
            "its body is `{kind}`, no form, and its address has no bodySHA256: nothing covers the body"
        )),
    }
}

fn spellings(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    // Cut by hand: a URL that was parsed and written again may be spelt otherwise than the network spelt it.
    if let Some((scheme, rest)) = url.split_once("://")
        && let Ok(parsed) = Url::parse(url)
    {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (place, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let host = match place.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => place,
        };
        all.push(format!("{scheme}://{host}{tail}"));
        if let Some(port) = parsed.port_or_known_default() {
            all.push(format!("{scheme}://{host}:{port}{tail}"));
        }
    }
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming<'a>(url: &'a str, query: &'a str, headers: &'a [(String, String)], body: &'a [u8]) -> Incoming<'a> {
        Incoming {
            method: "POST",
            url,
            path: "",
            query,
            headers,
            body,
        }
    }

    fn kind(kind: &str) -> [(String, String); 1] {
        [("content-type".to_owned(), kind.to_owned())]
    }

    #[test]
    fn fields_are_sorted_decoded_and_each_value_stands_once() {
        let form = kind("application/x-www-form-urlencoded; charset=UTF-8");
        let body = b"To=%2B1800&Digits=1234&From=a+b&Digits=12&Digits=1234&Empty=";
        let text = signed(&incoming("https://a.example/x?y=1", "y=1", &form, body)).unwrap();
        assert_eq!(
            text,
            [
                "https://a.example/x?y=1Digits12Digits1234EmptyFroma bTo+1800",
                "https://a.example:443/x?y=1Digits12Digits1234EmptyFroma bTo+1800"
            ]
        );
    }

    #[test]
    fn the_port_is_tried_in_each_spelling() {
        for (url, others) in [
            ("https://a.example:8443/x", vec!["https://a.example/x"]),
            ("http://a.example", vec!["http://a.example:80"]),
            ("http://[::1]:9/x?y", vec!["http://[::1]/x?y"]),
        ] {
            let all = spellings(url);
            assert_eq!(all[0], url);
            others
                .iter()
                .for_each(|other| assert!(all.contains(&(*other).to_owned()), "{all:?}"));
        }
    }

    #[test]
    fn a_body_that_nothing_covers_is_refused() {
        let json = kind("application/json");
        assert!(
            signed(&incoming("https://a.example/x", "", &json, b"{}"))
                .unwrap_err()
                .contains("bodySHA256")
        );
        let query = format!("bodySHA256={}", hex::encode(Sha256::digest(b"{}")));
        assert!(signed(&incoming("https://a.example/x", &query, &json, b"{}")).is_ok());
        assert!(signed(&incoming("https://a.example/x", &query, &json, b"{} ")).is_err());
        assert!(signed(&incoming("https://a.example/x", "", &json, b"")).is_ok());
    }
}
