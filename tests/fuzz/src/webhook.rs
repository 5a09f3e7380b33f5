//! Webhook recipes. A recipe is drawn and written as a `plugin.toml`; a request is drawn and signed as the recipe says by
//! a second reading of it that stands here. If the manifest takes the recipe, the host must believe that request, and
//! must not believe it with one bit changed, under another key, late, or without its signature.

use super::draw::Draw;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jackfield_engine::egress::Grants;
use jackfield_engine::webhook::{Incoming, Recipe, Refusal, Verdict};
use jackfield_engine::{Manifest, Secret};
use std::collections::{BTreeMap, BTreeSet};

const NOW: u64 = 1_795_510_800_000;
const KEYS: [(&str, &str); 3] = [
    // As text, as Base64, as hexadecimal: each is read in each spelling that it fits.
    ("text", "the secret that signs"),
    ("base64", "dGhlIHNlY3JldCB0aGF0IHNpZ25z"),
    ("hex", "746865207365637265742074686174"),
];

/// A recipe as the author of a plugin would write it.
struct Drawn {
    scheme: &'static str,
    over: &'static str,
    template: Vec<&'static str>,
    header: &'static str,
    field: Option<&'static str>,
    prefix: &'static str,
    encoding: &'static str,
    stamp_header: Option<&'static str>,
    stamp_field: Option<&'static str>,
    key: (&'static str, &'static str),
}

const PARTS: [&str; 10] = [
    "{body}",
    "{timestamp}",
    "v0:",
    "{url}",
    ".",
    "{method}",
    "{path}",
    "{query}",
    "{header:X-Id}",
    "é",
];

impl Drawn {
    fn draw(draw: &mut Draw<'_>) -> Self {
        let over = draw.pick(&["body", "template", "url-and-sorted-form"]);
        let parts = usize::from(draw.byte() % 6);
        let mut template: Vec<&str> = (0..parts).map(|_| draw.pick(&PARTS)).collect();
        template.push("{body}");
        let timed = over == "template" && template.contains(&"{timestamp}");
        let in_field = timed && draw.one_in(2);
        Self {
            scheme: draw.pick(&["hmac-sha256", "hmac-sha1", "hmac-sha512"]),
            over,
            template,
            header: draw.pick(&["X-Signature", "x-hub-signature-256", "Signature"]),
            field: (in_field || draw.one_in(4)).then(|| draw.pick(&["v1", "sig", "v 1", "a=b", ""])),
            prefix: draw.pick(&["", "v0=", "sha256=", "a b", " ", ",", "é", "t=1,"]),
            encoding: draw.pick(&["hex", "base64"]),
            stamp_header: (timed && !in_field)
                .then(|| draw.pick(&["X-Timestamp", "x-request-timestamp", "X-Signature"])),
            stamp_field: in_field.then(|| draw.pick(&["t", "ts", "t=", "v1", "a b"])),
            key: draw.pick(&KEYS),
        }
    }

    fn manifest(&self) -> String {
        let mut text = format!(
            "name = \"drawn\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"Drawn.\"\n[[secret]]\nname = \"s\"\nmeaning = \"Signs.\"\n\
             [webhook]\nsecret = \"s\"\nscheme = \"{}\"\nheader = \"{}\"\nprefix = \"{}\"\nencoding = \"{}\"\nsecret-encoding = \"{}\"\nover = \"{}\"\n",
            self.scheme, self.header, self.prefix, self.encoding, self.key.0, self.over
        );
        let mut put = |key: &str, value: &str| text += &format!("{key} = \"{value}\"\n");
        if self.over == "template" {
            put("template", &self.template.concat());
        }
        for (key, value) in [
            ("signature-field", self.field),
            ("timestamp-header", self.stamp_header),
            ("timestamp-field", self.stamp_field),
        ] {
            value.into_iter().for_each(|value| put(key, value));
        }
        text
    }

    fn key(&self) -> Vec<u8> {
        match self.key.0 {
            "hex" => hex::decode(self.key.1).expect("it is ours"),
            "base64" => BASE64_STANDARD.decode(self.key.1).expect("it is ours"),
            _ => self.key.1.as_bytes().to_vec(),
        }
    }
}

struct Request {
    method: &'static str,
    url: String,
    path: String,
    query: String,
    body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Request {
    fn draw(draw: &mut Draw<'_>) -> Self {
        let path = format!("/{}", draw.word().replace(['?', '#'], ""));
        let query = draw.word().replace('#', "");
        Self {
            method: draw.pick(&["POST", "GET"]),
            url: format!(
                "{}{path}?{query}",
                draw.pick(&["https://a.example/hooks/x", "http://a.example:8080/hooks/x"])
            ),
            path,
            query,
            body: draw.bytes().to_vec(),
            headers: vec![
                (
                    "content-type".to_owned(),
                    draw.pick(&["application/x-www-form-urlencoded", "application/json"])
                        .to_owned(),
                ),
                ("x-id".to_owned(), draw.word()),
            ],
        }
    }

    fn incoming(&self) -> Incoming<'_> {
        Incoming {
            method: self.method,
            url: &self.url,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// What the recipe says is signed; none where nothing covers the body.
    fn text(&self, recipe: &Drawn, stamp: &str) -> Option<Vec<u8>> {
        let id = self
            .headers
            .iter()
            .find(|(name, _)| name == "x-id")
            .map_or("", |(_, id)| id);
        match recipe.over {
            "body" => Some(self.body.clone()),
            "template" => {
                let part = |part: &&str| match *part {
                    "{body}" => self.body.clone(),
                    "{timestamp}" => stamp.as_bytes().to_vec(),
                    "{url}" => self.url.as_bytes().to_vec(),
                    "{method}" => self.method.as_bytes().to_vec(),
                    "{path}" => self.path.as_bytes().to_vec(),
                    "{query}" => self.query.as_bytes().to_vec(),
                    "{header:X-Id}" => id.as_bytes().to_vec(),
                    text => text.as_bytes().to_vec(),
                };
                Some(recipe.template.iter().flat_map(part).collect())
            }
            _ => {
                let form = self.headers[0].1 == "application/x-www-form-urlencoded";
                if !form && !self.body.is_empty() {
                    return None;
                }
                let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
                for (name, value) in url::form_urlencoded::parse(&self.body) {
                    fields.entry(name.into_owned()).or_default().insert(value.into_owned());
                }
                let pairs = fields
                    .iter()
                    .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}{value}")));
                Some((self.url.clone() + &pairs.collect::<String>()).into_bytes())
            }
        }
    }

    fn set(&mut self, name: &str, value: String) {
        self.headers.push((name.to_ascii_lowercase(), value));
    }
}

fn mac(scheme: &str, key: &[u8], text: &[u8]) -> Vec<u8> {
    fn of<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
        let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes every key");
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
    match scheme {
        "hmac-sha1" => of::<Hmac<sha1::Sha1>>(key, text),
        "hmac-sha256" => of::<Hmac<sha2::Sha256>>(key, text),
        _ => of::<Hmac<sha2::Sha512>>(key, text),
    }
}

pub fn webhook(data: &[u8]) {
    let mut draw = Draw(data);
    if draw.one_in(4) {
        return anything(&mut draw);
    }
    let recipe = Drawn::draw(&mut draw);
    let Ok(manifest) = Manifest::parse(&recipe.manifest()) else {
        return;
    };
    let host = manifest.webhook.expect("the manifest has a recipe");
    let secrets = |value: &str| Secret::lines("s", value, &Grants::default()).expect("a secret of ours");
    let known = secrets(&format!("another one of them\n{}", recipe.key.1));
    // The other value is no hexadecimal and no Base64, so only a recipe of plain text may have both.
    let known = if recipe.key.0 == "text" {
        known
    } else {
        secrets(recipe.key.1)
    };

    let mut request = Request::draw(&mut draw);
    let off = draw.number() % 600_000;
    let stamp = ((NOW - off) / 1000).to_string();
    let Some(text) = request.text(&recipe, &stamp) else {
        // A signature all the same: over the address alone. Nothing covers the body.
        let signature = mac(recipe.scheme, &recipe.key(), request.url.as_bytes());
        request.set(recipe.header, write(&recipe, &stamp, &signature));
        assert!(
            host.verify(&request.incoming(), &known, NOW).is_err(),
            "a body that nobody signed"
        );
        return;
    };
    let signature = mac(recipe.scheme, &recipe.key(), &text);
    let bare = request.headers.clone();
    if let Some(name) = recipe.stamp_header {
        request.set(name, stamp.clone());
    }
    request.set(recipe.header, write(&recipe, &stamp, &signature));
    let verdict = host.verify(&request.incoming(), &known, NOW);
    let timed = recipe.stamp_header.or(recipe.stamp_field).is_some();
    let age = NOW - (NOW - off) / 1000 * 1000;
    if timed && age > 300_000 {
        assert!(
            matches!(verdict, Err(Refusal::Late(_))),
            "{verdict:?}: {}",
            recipe.manifest()
        );
        return;
    }
    let Ok(Verdict::Take { mark }) = &verdict else {
        panic!(
            "{verdict:?}: signed as the recipe says\n{}\n{:?}",
            recipe.manifest(),
            request.headers
        );
    };
    assert_eq!(*mark, signature);

    let refused = |what: &str, request: &Request, secrets: &[Secret]| {
        let verdict = host.verify(&request.incoming(), secrets, NOW);
        assert!(verdict.is_err(), "{what}: {verdict:?}\n{}", recipe.manifest());
    };
    refused("another key", &request, &secrets("746865207365637265742074686175"));
    if !request.body.is_empty() {
        let at = draw.number() as usize % request.body.len();
        let bit = 1 << (draw.byte() % 8);
        request.body[at] ^= bit;
        // A form may be spelt in several ways; what counts is what it says.
        if request.text(&recipe, &stamp).is_none_or(|now| now != text) {
            refused("another body", &request, &known);
        }
        request.body[at] ^= bit;
    }
    let last = request.headers.len() - 1;
    let mut forged = signature.clone();
    let at = draw.number() as usize % forged.len();
    forged[at] ^= 1 << (draw.byte() % 8);
    request.headers[last].1 = write(&recipe, &stamp, &forged);
    refused("another signature", &request, &known);
    request.headers = bare;
    refused("no signature", &request, &known);
}

/// The header that carries the signature.
fn write(recipe: &Drawn, stamp: &str, signature: &[u8]) -> String {
    let text = match recipe.encoding {
        "hex" => hex::encode(signature),
        _ => BASE64_STANDARD.encode(signature),
    };
    let signed = match recipe.field {
        Some(field) => format!("{field}={}{text}", recipe.prefix),
        None => format!("{}{text}", recipe.prefix),
    };
    match recipe.stamp_field {
        Some(field) => format!("{field}={stamp},{signed}"),
        None => signed,
    }
}

/// Recipes and headers of anybody's making: nothing is believed, and nothing breaks.
fn anything(draw: &mut Draw<'_>) {
    let mut request = Request::draw(draw);
    for _ in 0..draw.byte() % 4 {
        let name = draw.pick(&["x-signature", "x-timestamp", "x-hub-signature-256", "content-type"]);
        let value = String::from_utf8_lossy(draw.bytes()).into_owned();
        request.set(name, value);
    }
    let challenge = draw.pick(&[
        "",
        "[webhook.challenge]\nkind = \"x-crc\"\n",
        "[webhook.challenge]\nkind = \"slack\"\n",
        "[webhook.challenge]\nkind = \"meta\"\nsecret = \"s\"\n",
    ]);
    let recipe = String::from_utf8_lossy(draw.0);
    for recipe in [
        &*recipe,
        "secret = \"s\"\nscheme = \"hmac-sha256\"\nheader = \"X-Signature\"\n",
    ] {
        let text = format!(
            "name = \"drawn\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"Drawn.\"\n[[secret]]\nname = \"s\"\nmeaning = \"Signs.\"\n[webhook]\n{recipe}\n{challenge}"
        );
        let Ok(Manifest {
            webhook: Some(host), ..
        }) = Manifest::parse(&text)
        else {
            continue;
        };
        unbelieved(&host, &request);
    }
}

fn unbelieved(host: &Recipe, request: &Request) {
    let secrets = Secret::lines("s", "a secret that nobody drew", &Grants::default()).expect("a secret of ours");
    let verdict = host.verify(&request.incoming(), &secrets, NOW);
    assert!(!matches!(verdict, Ok(Verdict::Take { .. })), "{verdict:?}");
}
