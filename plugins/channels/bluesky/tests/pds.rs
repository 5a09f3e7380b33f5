//! The plugin against a real PDS: session, answer, the answer looked for, own posts, and the 502 of a server whose AppView is
//! not there.
//!
//! The environment variable `ATPROTO_DEV_ENV` names a folder where `npm i @atproto/dev-env @atproto/api` was run with Node 22;
//! `node` is looked for in its `nb` folder, then on PATH. Without it the test counts as skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

use jackfield_channel_bluesky::Bluesky;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::Scripted;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value as Json;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os("ATPROTO_DEV_ENV").map(PathBuf::from);
    let name = "a_real_pds_takes_one_answer_and_tells_of_it";
    let trial = match folder.filter(|folder| folder.join("node_modules/@atproto/dev-env").is_dir()) {
        Some(folder) => Trial::test(name, move || real(&folder)),
        None => {
            if !arguments.list {
                println!("skipped: ATPROTO_DEV_ENV names no folder with @atproto/dev-env in it");
            }
            Trial::test(name, || Ok(())).with_ignored_flag(true)
        }
    };
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

struct Pds(Child);

impl Drop for Pds {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path) -> (Pds, Json) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pds.mjs");
    let own = folder.join("nb/node");
    let node = if own.is_file() { own } else { PathBuf::from("node") };
    let mut command = Command::new(node);
    command
        .arg(script)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("node starts");
    let out = BufReader::new(child.stdout.take().unwrap());
    let told = out.lines().map_while(Result::ok).find_map(|line| {
        serde_json::from_str::<Json>(&line)
            .ok()
            .filter(|json| json.get("refresh").is_some())
    });
    (Pds(child), told.expect("the PDS says where it is"))
}

fn ask(port: &str, request: &HttpRequest, refresh: &str) -> HttpResponse {
    let target = request.url.splitn(4, '/').nth(3).unwrap_or_default();
    let mut head = format!(
        "{} /{target} HTTP/1.0\r\nhost: localhost:{port}\r\ncontent-length: {}\r\n",
        request.method,
        request.body.len()
    );
    for header in &request.headers {
        let value = match &header.value {
            Value::Plain(text) => text.clone(),
            Value::Secret(secret) => format!("{}{refresh}{}", secret.before, secret.after),
        };
        head.push_str(&format!("{}: {value}\r\n", header.name));
    }
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let at = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("an HTTP answer");
    let head = String::from_utf8_lossy(&answer[..at]).into_owned();
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    HttpResponse {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: answer[at + 4..].to_vec(),
    }
}

fn real(folder: &Path) -> Result<(), Failed> {
    let (_pds, told) = start(folder);
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    let (url, refresh, alice) = (text("url"), text("refresh"), text("alice"));
    let port = url.rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let host = Scripted::new(now, |request| Ok(ask(&port, request, &refresh)));
    let settings = format!("{{\"server\":\"http://localhost:{port}\"}}");
    let said = Bluesky::check(&host, &settings).map_err(|trouble| format!("{trouble:?}"))?;
    println!("{said}");
    assert!(said.ends_with("as @northwind.test."), "{said}");
    let draft = Draft {
        key: "00000000-0000-4000-8000-000000000001".to_owned(),
        thread: Some(alice.clone()),
        parent: Some(alice.clone()),
        visibility: Visibility::Public,
        text: "@alice.test schön: https://x.example/ü #lid 👍".to_owned(),
        language: Some("en".to_owned()),
        asked_at: now,
        attachments: Vec::new(),
    };
    assert_eq!(Bluesky::reconcile(&host, &settings, draft.clone()), Ok(None));
    let receipt = Bluesky::publish(&host, &settings, draft.clone()).map_err(|refusal| format!("{refusal:?}"))?;
    // Nothing is remembered but the session, and it is still one post.
    assert_eq!(Bluesky::publish(&host, &settings, draft.clone()).as_ref(), Ok(&receipt));
    assert_eq!(
        Bluesky::reconcile(&host, &settings, draft.clone()),
        Ok(Some(receipt.clone()))
    );
    let records = format!(
        "http://localhost:{port}/xrpc/com.atproto.repo.listRecords?collection=app.bsky.feed.post&repo={}",
        text("did")
    );
    let listed = Request::get(records)
        .send(&host)
        .map_err(|trouble| format!("{trouble:?}"))?;
    let listed: Json = serde_json::from_slice(listed.bytes())?;
    let records = listed["records"].as_array().unwrap();
    assert_eq!(records.len(), 1, "{listed}");
    assert_eq!(records[0]["value"]["reply"]["root"]["uri"], alice.as_str());
    assert_eq!(records[0]["value"]["facets"].as_array().unwrap().len(), 3);
    // The server knows the names of what is wrong.
    let long = Draft {
        key: "another".to_owned(),
        parent: Some(format!("{alice}x")),
        ..draft.clone()
    };
    let gone = Bluesky::publish(&host, &settings, long).unwrap_err();
    assert!(
        matches!(&gone, Refusal::Trouble(Trouble::Refused(words)) if words.contains("no longer there")),
        "{gone:?}"
    );
    // Without an AppView there are no notifications: 502, and patience.
    let polled = Bluesky::poll(&host, &settings, None, 50);
    assert!(matches!(polled, Err(Trouble::Later(_))), "{polled:?}");
    // A session that was lost is made anew by the same secret, which the server takes for a while.
    host.kv.borrow_mut().clear();
    assert!(Bluesky::check(&host, &settings).is_ok());
    Ok(())
}
