//! The comments of a page as a real isso publishes them: Atom, with what each answers.
//!
//! isso is `.venv/bin/isso` of the checkout, or what the environment variable `ISSO` names. Without it the test counts as
//! skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

use jackfield_channel_feed::Feed;
use jackfield_sdk::channel::*;
use jackfield_sdk::testing::Scripted;
use libtest_mimic::{Arguments, Failed, Trial};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../.venv/bin/isso");
    let program = std::env::var_os("ISSO").map_or(own, PathBuf::from);
    let name = "comments_of_a_real_isso_come_once_with_what_they_answer";
    let trial = if program.is_file() {
        Trial::test(name, move || comments(&program))
    } else {
        if !arguments.list {
            println!("skipped: no isso (pip install isso; ISSO names its program)");
        }
        Trial::test(name, || Ok(())).with_ignored_flag(true)
    };
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

struct Isso {
    port: u16,
    child: Child,
    _dir: tempfile::TempDir,
}

impl Drop for Isso {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Isso {
    fn start(program: &PathBuf) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = dir.path().join("isso.cfg");
        let text = format!(
            "[general]\ndbpath = {}\nhost = http://127.0.0.1:{port}\n[server]\nlisten = http://127.0.0.1:{port}\n\
             [guard]\nenabled = false\n[rss]\nbase = http://127.0.0.1:{port}\nlimit = 100\n",
            dir.path().join("comments.db").display()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(program);
        command.arg("-c").arg(&config).arg("run");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let isso = Self {
            port,
            child: child.spawn().unwrap(),
            _dir: dir,
        };
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "isso does not listen");
            std::thread::yield_now();
        }
        isso
    }

    fn ask(&self, method: &str, target: &str, headers: &str, body: &str) -> HttpResponse {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {target} HTTP/1.0\r\nhost: 127.0.0.1:{}\r\ncontent-length: {length}\r\n{headers}\r\n",
            self.port
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let at = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .expect("an HTTP answer");
        let head = String::from_utf8_lossy(&answer[..at]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        HttpResponse {
            status,
            headers: headers.collect(),
            body: answer[at + 4..].to_vec(),
        }
    }

    fn write(&self, author: &str, text: &str, parent: Option<u64>) -> u64 {
        let body =
            serde_json::json!({"author": author, "text": text, "parent": parent, "title": "Parcels"}).to_string();
        let made = self.ask(
            "POST",
            "/new?uri=%2Fparcels%2F",
            "content-type: application/json\r\n",
            &body,
        );
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
        let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
        made["id"].as_u64().unwrap()
    }
}

fn comments(program: &PathBuf) -> Result<(), Failed> {
    let isso = Isso::start(program);
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let settings = format!(r#"{{"url":"http://127.0.0.1:{}/feed?uri=%2Fparcels%2F"}}"#, isso.port);
    let host = Scripted::new(now, |request| {
        let target = request.url.split_once(&format!(":{}", isso.port)).unwrap().1;
        let known = jackfield_sdk::testing::header_of(request, "if-none-match");
        let headers = known
            .map(|known| format!("if-none-match: {known}\r\n"))
            .unwrap_or_default();
        Ok(isso.ask(&request.method, target, &headers, ""))
    });
    let ana = isso.write("Ana", "Where is *my* parcel? <script>x</script>", None);
    isso.write("Ben", "Mine came, too.", Some(ana));
    let batch = Feed::poll(&host, &settings, None, 50).map_err(|trouble| format!("{trouble:?}"))?;
    let said: Vec<(&str, &str)> = batch
        .events
        .iter()
        .map(|event| match &event.kind {
            Kind::Said(content) => (content.author.handle.as_str(), content.text.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    println!("{said:?}");
    assert_eq!(said.len(), 2);
    // isso shows markup that it does not allow as words, and so do we.
    assert_eq!(said[0], ("Ana", "Where is my parcel? <script>x</script>"));
    assert_eq!(
        batch.events[1].parent.as_deref(),
        Some(batch.events[0].remote_id.as_str())
    );
    isso.write("Cem", "Do you open on Sunday?", None);
    let next = Feed::poll(&host, &settings, batch.cursor, 50).map_err(|trouble| format!("{trouble:?}"))?;
    assert_eq!(next.events.len(), 1, "{:?}", next.events);
    let quiet = Feed::poll(&host, &settings, next.cursor, 50).map_err(|trouble| format!("{trouble:?}"))?;
    assert!(quiet.events.is_empty());
    Ok(())
}
