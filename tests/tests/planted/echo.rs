//! A network that gives back what it was given: every credential of a request, and a word that is no secret, at each
//! address in another form.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use serde_json::json;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How a value is written: a name, and the way.
pub(crate) type Form = (&'static str, fn(&str) -> String);

/// The forms of a text that is a body.
pub(crate) const FORMS: [Form; 17] = [
    ("plain", str::to_owned),
    ("lower", str::to_ascii_lowercase),
    ("upper", str::to_ascii_uppercase),
    ("hex", |value| hex::encode(value)),
    ("hex-upper", |value| hex::encode_upper(value)),
    ("base64", |value| BASE64_STANDARD.encode(value)),
    ("base64-after-1", |value| BASE64_STANDARD.encode(format!(":{value}"))),
    ("base64-after-2", |value| {
        BASE64_STANDARD.encode(format!("u:{value} and more"))
    }),
    ("base64-url", |value| BASE64_URL_SAFE.encode(format!("x:{value}."))),
    ("base64-percent", |value| query(&BASE64_STANDARD.encode(value))),
    ("query", query),
    ("percent", |value| {
        value
            .bytes()
            .fold(String::new(), |text, byte| text + &format!("%{byte:02x}"))
    }),
    ("json", |value| json!({ "error": value }).to_string()),
    ("json-slash", |value| {
        json!({ "error": value }).to_string().replace('/', "\\/")
    }),
    ("json-in-json", |value| {
        json!(json!({ "error": value }).to_string()).to_string()
    }),
    ("html", |value| {
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        format!("<p>{}</p>", value.replace('"', "&quot;").replace('\'', "&#39;"))
    }),
    ("decoded", |value| {
        // What stands behind `Basic`, as the server reads it, and the password alone.
        let decoded = BASE64_STANDARD
            .decode(value)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.unwrap_or_else(|| value.to_owned());
        format!(
            "{decoded}\nthe password {} is wrong",
            decoded.rsplit(':').next().unwrap_or_default()
        )
    }),
];

/// Addresses where more than the body is strange.
const STRANGE: [&str; 16] = [
    "/pieces",
    "/header",
    "/header-name",
    "/cookie",
    "/reason",
    "/401",
    "/500",
    "/cut",
    "/packed",
    "/no-http",
    "/to-path",
    "/to-host",
    "/to-scheme",
    "/to-user",
    "/to-nowhere",
    "/link",
];

fn query(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            other => drop(write!(out, "%{other:02X}")),
        }
    }
    out
}

/// The network; it remembers the credentials that it was shown.
#[derive(Clone)]
pub(crate) struct Echo {
    pub(crate) control: String,
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    pub(crate) fn new(control: &str) -> Self {
        Self {
            control: control.to_owned(),
            seen: Arc::default(),
        }
    }

    /// Answers on a port of this machine; its URL.
    pub(crate) async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let echo = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let echo = echo.clone();
                tokio::spawn(async move { echo.answer(stream).await });
            }
        });
        url
    }

    /// One line of a stream, said back in two pieces with the word behind it.
    pub(crate) async fn say(&self, mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) {
        let mut line = vec![0; 4096];
        let Ok(length) = stream.read(&mut line).await else {
            return;
        };
        let line = String::from_utf8_lossy(&line[..length]).trim_end().to_owned();
        self.seen.lock().unwrap().push(line.clone());
        let said = format!("NO {line} {}", self.control);
        let (first, second) = said.split_at(said.len() / 2);
        for piece in [first, second] {
            let _ = stream.write_all(piece.as_bytes()).await;
            let _ = stream.flush().await;
        }
        let _ = stream.shutdown().await;
    }

    async fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let header = |name: &str| {
            let line = text
                .lines()
                .find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
            line.map(|line| line[name.len() + 2..].to_owned())
        };
        let length = header("content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        while bytes.len() < head + length {
            stream.read_buf(&mut bytes).await.ok()?;
        }
        let mut values = vec![self.control.clone()];
        values.extend(header("authorization").and_then(|value| Some(value.split_once(' ')?.1.to_owned())));
        values.extend(header("x-odd").map(|value| value["key=".len()..value.len() - 1].to_owned()));
        self.seen.lock().unwrap().extend(values[1..].iter().cloned());
        let target = text.split(' ').nth(1)?.to_owned();
        let body = String::from_utf8_lossy(&bytes[head..]).into_owned();
        for piece in self.answers(&target, &values, &body) {
            stream.write_all(piece.as_bytes()).await.ok()?;
            stream.flush().await.ok()?;
        }
        stream.shutdown().await.ok()
    }

    fn answers(&self, target: &str, values: &[String], sent: &str) -> Vec<String> {
        let path = target.split('?').next().unwrap_or_default();
        let all = values.join(" and ");
        // Fit for a name: of a header, of a host, of a scheme.
        let names = |value: &&String| value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let name = values.iter().skip(1).find(names).unwrap_or(&self.control);
        let plain = |status: &str, more: &str, body: &str| {
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{more}\r\n");
            vec![head + body]
        };
        let to = |location: String| plain("302 Found", &format!("location: {location}\r\n"), &all);
        let form = FORMS.iter().find(|(name, _)| path.trim_start_matches('/') == *name);
        if let Some((_, form)) = form {
            let lines: Vec<String> = values.iter().map(|value| form(value)).collect();
            return plain("200 OK", "", &format!("{}\n{sent}\n{target}", lines.join(" | ")));
        }
        match path {
            "/forms" => {
                let forms: String = FORMS.iter().map(|(name, _)| format!("/{name} ")).collect();
                plain("200 OK", "", &(forms + &STRANGE.join(" ")))
            }
            "/feed" => {
                let items = FORMS.iter().enumerate().map(|(n, (name, form))| {
                    let text: Vec<String> = values.iter().map(|value| form(value)).collect();
                    json!({"id": format!("{name}{n}"), "at": 1_795_510_800 + n, "by": all, "text": text.join(" | ")})
                });
                plain("200 OK", "", &json!(items.collect::<Vec<_>>()).to_string())
            }
            "/post" | "/401" => {
                // The body is JSON itself: three levels of it are nobody's habit.
                let forms = FORMS.iter().filter(|(name, _)| *name != "json-in-json");
                let words: Vec<String> = forms.map(|(_, form)| form(&values[values.len() - 1])).collect();
                let status = if path == "/401" { "401 No" } else { "422 No" };
                plain(
                    status,
                    "",
                    &json!({"error": format!("{all} {} {sent}", words.join(" "))}).to_string(),
                )
            }
            "/pieces" => {
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
                let chunks = all
                    .as_bytes()
                    .chunks(3)
                    .map(|three| format!("{:x}\r\n{}\r\n", three.len(), String::from_utf8_lossy(three)));
                std::iter::once(head)
                    .chain(chunks)
                    .chain(["0\r\n\r\n".to_owned()])
                    .collect()
            }
            "/header" => {
                let lines: String = FORMS
                    .iter()
                    .flat_map(|(name, form)| values.iter().map(move |value| (name, form(value))))
                    .filter(|(_, value)| !value.contains('\n'))
                    .map(|(name, value)| format!("x-{name}: {value}\r\n"))
                    .collect();
                plain("200 OK", &lines, "see above")
            }
            "/header-name" => plain(
                "200 OK",
                &format!("x-{name}: {}\r\n{}: 1\r\n", self.control, self.control),
                "",
            ),
            "/cookie" => plain("200 OK", &format!("set-cookie: session={all}\r\n"), &self.control),
            "/reason" => plain(&format!("200 {all}"), "", &self.control),
            "/500" => plain("500 Broken", "", &format!("<h1>{all}</h1>")),
            "/cut" => vec![format!("HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n{all} {all}")],
            "/packed" => plain("200 OK", "content-encoding: gzip\r\n", &all),
            "/no-http" => vec![format!("{all}\r\n\r\n")],
            "/to-path" => to(format!("/plain?{}#{}", query(&all), query(&all))),
            "/to-host" => to(format!("http://{name}.example/")),
            "/to-scheme" => to(format!("{name}:there")),
            "/to-user" => to(format!("http://{name}:{name}@127.0.0.1/")),
            "/to-nowhere" => to(format!("http://[{all}]/")),
            "/link" => plain(
                "200 OK",
                &format!("link: </plain?after={}>; rel=next\r\n", query(&all)),
                "see above",
            ),
            _ => plain("404 Not Found", "", &format!("{target} {all} {sent}")),
        }
    }
}
