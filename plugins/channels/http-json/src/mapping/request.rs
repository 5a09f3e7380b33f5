//! What a mapping says of a request: its address, its headers, its body. Secrets are named, and only in headers.

use super::scope;
use super::table::{Field, Section};
use crate::template::{Json, Name, Part, Template};
use serde_json::Value;
use toml::de::DeValue;

/// A request, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) url: Field,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Option<Body>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: HeaderValue,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HeaderValue {
    Plain(Template),
    Secret {
        name: String,
        before: String,
        after: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Json(Node),
    Form(Vec<(String, Template)>),
    Text(Template),
}

/// A part of a JSON body. A field whose template has no value is left out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Constant(Value),
    Template(Template),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// Headers that the host writes itself.
const OF_THE_HOST: [&str; 13] = [
    "host",
    "content-length",
    "content-type",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "upgrade",
    "trailer",
    "expect",
    "accept-encoding",
    "range",
    "if-range",
];
/// Words of query fields and headers whose value is a secret.
const SECRETIVE: [&str; 16] = [
    "api_key",
    "apikey",
    "api-key",
    "key",
    "access_token",
    "access-token",
    "auth",
    "auth_token",
    "token",
    "secret",
    "client_secret",
    "password",
    "passwd",
    "pwd",
    "sig",
    "signature",
];
/// Headers that carry a credential.
const CREDENTIALS: [&str; 6] = [
    "authorization",
    "cookie",
    "x-api-key",
    "x-auth-token",
    "private-token",
    "x-access-token",
];
const MOST_HEADERS: usize = 16;
const DEEPEST: usize = 8;
const MOST_NODES: usize = 200;

/// The request of a section: `method`, `url`, `headers`, and `json`, `form` or `text`.
pub(crate) fn ask(section: &Section<'_, '_>, usual: &'static str, known: &[&'static str]) -> Option<Ask> {
    let before = section.reader.count();
    const METHODS: [(&str, &str); 4] = [("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH")];
    let method = section.word("method", &METHODS).unwrap_or(usual);
    let url = section.needed(
        "url",
        section.field("url", known),
        "the path of the address, such as \"/api/comments\"",
    );
    if let Some(url) = &url {
        url.iter().for_each(|one| address(section, "url", one));
    }
    let headers = section
        .section("headers")
        .map(|headers| self::headers(&headers, known))
        .unwrap_or_default();
    let body = body(section, known);
    if body.is_some() && method == "GET" {
        section.fault(
            "method",
            "a GET has no body; write method = \"POST\", or take the body away",
        );
    }
    // Half a request would look as if what stands in the other half were missing.
    if section.reader.count() > before {
        return None;
    }
    Some(Ask {
        method,
        url: url?,
        headers,
        body,
    })
}

/// What is wrong with an address: where it leads must be known before anything is inserted, and no secret is in it.
pub(crate) fn address(section: &Section<'_, '_>, key: &str, url: &Template) {
    let fault = |what: String| section.fault(key, what);
    let begin = match url.parts.first() {
        Some(Part::Text(text)) => text.as_str(),
        Some(Part::Insert(insert)) if insert.name == Name::Plain("base") => "/",
        _ => "",
    };
    let path = begin.starts_with('/') && !begin.starts_with("//");
    let host = begin.strip_prefix("https://").or_else(|| begin.strip_prefix("http://"));
    if !path && host.is_none() {
        return fault(
            "an address begins with `/` (below the connection's `base`) or with https:// and a host".to_owned(),
        );
    }
    if let Some(host) = host {
        let (authority, rest) = host
            .split_at_checked(host.find('/').unwrap_or(host.len()))
            .unwrap_or((host, ""));
        if authority.contains('@') {
            return fault("a name or password before `@` is a secret in an address; name it in a header: authorization = \"Basic {secret.token}\"".to_owned());
        }
        if authority.is_empty() || rest.is_empty() && url.parts.len() > 1 {
            return fault("the host must be written out, with a `/` behind it, before the first insert".to_owned());
        }
    }
    let mut written = String::new();
    for part in &url.parts {
        match part {
            Part::Text(text) => written.push_str(text),
            // A stand-in that is no value of a secret.
            Part::Insert(_) => written.push('{'),
        }
    }
    if written.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return fault("there is a blank in the address; write %20, or take it away".to_owned());
    }
    let query = written.split_once('?').map_or("", |(_, query)| query);
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let secretive = SECRETIVE.contains(&name.to_ascii_lowercase().as_str());
        if secretive && !value.is_empty() && !value.starts_with('{') {
            fault(format!(
                "`{name}=…` looks like a secret in an address, where logs and proxies see it; name it in a header: \
                 authorization = \"Bearer {{secret.token}}\""
            ));
        }
    }
}

/// `[headers]`: names to templates, of which one may be a secret with fixed words around it.
pub(crate) fn headers(section: &Section<'_, '_>, known: &[&'static str]) -> Vec<Header> {
    let mut found = Vec::new();
    let known: Vec<&'static str> = known.iter().copied().chain(["secret"]).collect();
    for (name, at, value) in section.entries() {
        let key = section.full(name);
        let fault = |what: &str| section.reader.fault(at, &key, what);
        let Some(text) = value.as_str() else {
            fault("a header's value must be a text in quotes");
            continue;
        };
        let lower = name.to_ascii_lowercase();
        if !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            || name.is_empty()
        {
            fault("a header's name is letters, digits and `-`");
        } else if OF_THE_HOST.contains(&lower.as_str()) || lower.starts_with("proxy-") {
            fault("this header is written by the host; take it away");
        } else if text.contains(|c: char| c.is_control()) {
            fault("a header's value is one line without control characters");
        } else if let Some(template) = section.read(at, &key, text, &known) {
            if CREDENTIALS.contains(&lower.as_str()) && !template.inserts().any(|i| matches!(i.name, Name::Secret(_))) {
                fault("this header carries a credential, and a mapping holds none; write {secret.token} in its place");
                continue;
            }
            match header_value(template) {
                Ok(value) => {
                    if let HeaderValue::Secret { name, .. } = &value {
                        section.reader.secrets.borrow_mut().insert(name.clone());
                    }
                    found.push(Header { name: lower, value });
                }
                Err(what) => fault(&what),
            }
        }
    }
    if found.len() > MOST_HEADERS {
        section.reader.fault(
            section.at,
            &section.name,
            format!("there are more than {MOST_HEADERS} headers"),
        );
    }
    found
}

fn header_value(template: Template) -> Result<HeaderValue, String> {
    let is_secret = |part: &Part| matches!(part, Part::Insert(insert) if matches!(insert.name, Name::Secret(_)));
    if !template.parts.iter().any(is_secret) {
        return Ok(HeaderValue::Plain(template));
    }
    let (mut before, mut after, mut found) = (String::new(), String::new(), None);
    for part in template.parts {
        match part {
            Part::Text(text) if found.is_none() => before = text,
            Part::Text(text) => after = text,
            Part::Insert(insert) => match (insert.name, &found) {
                (Name::Secret(name), None) if insert.form == crate::template::Form::Plain => found = Some(name),
                (Name::Secret(_), None) => {
                    return Err("a secret is put in as it stands; take the form behind `:` away".to_owned());
                }
                _ => {
                    return Err("beside a secret a header holds fixed words and no second insert; the host puts the secret in, and sees nothing else".to_owned());
                }
            },
        }
    }
    let name = found.unwrap_or_default();
    Ok(HeaderValue::Secret { name, before, after })
}

fn body(section: &Section<'_, '_>, known: &[&'static str]) -> Option<Body> {
    let kinds = [section.has("json"), section.has("form"), section.has("body")];
    if kinds.iter().filter(|there| **there).count() > 1 {
        let second = if kinds == [false, true, true] {
            "body"
        } else if section.has("form") {
            "form"
        } else {
            "body"
        };
        section.fault(second, "a request has one body; keep one of `json`, `form` and `body`");
        return None;
    }
    if let Some(value) = section.get("json") {
        let mut left = MOST_NODES;
        return node(
            section,
            value.span().start,
            "json",
            value.get_ref(),
            known,
            0,
            &mut left,
        )
        .map(Body::Json);
    }
    if let Some(form) = section.section("form") {
        let mut pairs = Vec::new();
        for (name, at, value) in form.entries() {
            let key = form.full(name);
            match value.as_str() {
                Some(text) => pairs.extend(
                    form.read(at, &key, text, known)
                        .map(|template| (name.to_owned(), template)),
                ),
                None => form.reader.fault(at, &key, "a form's field must be a text in quotes"),
            }
        }
        return Some(Body::Form(pairs));
    }
    section.template("body", known).map(Body::Text)
}

fn node(
    section: &Section<'_, '_>,
    at: usize,
    key: &str,
    value: &DeValue<'_>,
    known: &[&'static str],
    depth: usize,
    left: &mut usize,
) -> Option<Node> {
    let full = section.full(key);
    if depth > DEEPEST || *left == 0 {
        let what = format!("this is nested more than {DEEPEST} deep, or holds more than {MOST_NODES} values");
        section.reader.fault(at, &full, what);
        return None;
    }
    *left -= 1;
    let number = |text: &str| text.parse::<serde_json::Number>().ok().map(Value::Number);
    match value {
        DeValue::String(text) => {
            let template = section.read(at, &full, text, known)?;
            if let Some(what) = typed(&template) {
                section.reader.fault(at, &full, what);
            }
            Some(Node::Template(template))
        }
        DeValue::Boolean(yes) => Some(Node::Constant(Value::Bool(*yes))),
        DeValue::Integer(n) if n.radix() == 10 => number(n.as_str()).map(Node::Constant),
        DeValue::Float(n) => number(n.as_str()).map(Node::Constant),
        DeValue::Array(list) => {
            let nodes = list
                .iter()
                .map(|one| node(section, one.span().start, key, one.get_ref(), known, depth + 1, left));
            let nodes: Vec<_> = nodes.collect();
            nodes.into_iter().collect::<Option<_>>().map(Node::List)
        }
        DeValue::Table(table) => {
            let one = |(name, value): (&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<DeValue<'_>>)| {
                let key = format!("{key}.{}", name.get_ref());
                let node = node(
                    section,
                    value.span().start,
                    &key,
                    value.get_ref(),
                    known,
                    depth + 1,
                    left,
                )?;
                Some((name.get_ref().to_string(), node))
            };
            let nodes: Vec<_> = table.iter().map(one).collect();
            nodes.into_iter().collect::<Option<_>>().map(Node::Object)
        }
        DeValue::Integer(_) | DeValue::Datetime(_) => {
            section.reader.fault(
                at,
                &full,
                "this is no value of JSON; write a text in quotes or a decimal number",
            );
            None
        }
    }
}

/// What is wrong with a number or a boolean of a JSON body.
fn typed(template: &Template) -> Option<String> {
    let insert = template.inserts().find(|insert| insert.json != Json::Text)?;
    let form = insert.json.word();
    if template.parts.len() > 1 {
        return Some(format!(
            "`:{form}` makes a {form} of an insert that stands alone; take the words around it away, or the form"
        ));
    }
    (insert.name == Name::Plain("text")).then(|| format!("the words of an answer are no {form}; take `:{form}` away"))
}

/// Headers for every request.
pub(crate) fn common(section: &Section<'_, '_>) -> Vec<Header> {
    section
        .section("headers")
        .map(|headers| self::headers(&headers, &scope::PLAIN))
        .unwrap_or_default()
}
