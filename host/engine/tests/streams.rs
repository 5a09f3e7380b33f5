//! Byte streams and bodies in pieces, and everything that a plugin could do wrong with them on purpose.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jackfield_engine::{
    BreakKind, CallError, ChannelConnection, Limits, Polled, Secret,
    egress::Grants,
    trace::{Matching, Memory, Recorder, Replaying, Trace},
};
use std::sync::{Arc, Mutex};
use support::{
    Names, Stage, TOKEN, Web, broken, ok, poll, text,
    tls::{acceptor, listen},
};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

type Heard = Arc<Mutex<Vec<String>>>;

/// Reads one line, says it back in two records, and hangs up.
async fn echo(stream: impl AsyncRead + AsyncWrite + Unpin, heard: Heard) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    let _ = stream.read_line(&mut line).await;
    heard.lock().unwrap().push(line.clone());
    let (first, second) = line.split_at(line.len() / 2);
    for part in [first, second] {
        let _ = stream.get_mut().write_all(part.as_bytes()).await;
        let _ = stream.get_mut().flush().await;
    }
    let _ = stream.get_mut().shutdown().await;
}

/// A server for `mail.test` that speaks TLS from the first byte.
async fn encrypted() -> (u16, Vec<u8>, Heard) {
    let (acceptor, root) = acceptor("mail.test");
    let heard = Heard::default();
    let keep = heard.clone();
    let port = listen(move |stream| {
        let (acceptor, heard) = (acceptor.clone(), keep.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                echo(stream, heard).await;
            }
        }
    })
    .await;
    (port, root, heard)
}

/// A server for `mail.test` that greets in the clear, in these words.
async fn upgrading(greeting: &'static str) -> (u16, Vec<u8>, Heard) {
    let (acceptor, root) = acceptor("mail.test");
    let heard = Heard::default();
    let keep = heard.clone();
    let port = listen(move |stream| {
        let (acceptor, heard) = (acceptor.clone(), keep.clone());
        async move {
            let mut stream = BufReader::new(stream);
            let _ = stream.get_mut().write_all(greeting.as_bytes()).await;
            let mut line = String::new();
            let _ = stream.read_line(&mut line).await;
            heard.lock().unwrap().push(line.clone());
            if line != "STARTTLS\r\n" {
                return;
            }
            let _ = stream.get_mut().write_all(b"220 go\r\n").await;
            if let Ok(stream) = acceptor.accept(stream.into_inner()).await {
                echo(stream, heard).await;
            }
        }
    })
    .await;
    (port, root, heard)
}

/// How the plugin talks to `mail.test`.
struct Talk<'a> {
    mode: &'a str,
    security: &'a str,
    port: u16,
    root: Vec<u8>,
    grants: Vec<String>,
    secret_for: Vec<String>,
    names: Names,
    recorder: Option<Arc<dyn Recorder>>,
}

impl<'a> Talk<'a> {
    /// With the grant that is needed and no more.
    fn new(mode: &'a str, security: &'a str, port: u16, root: &[u8]) -> Self {
        let grant = format!("private:tls://mail.test:{port}");
        Self {
            mode,
            security,
            port,
            root: root.to_vec(),
            grants: vec![grant.clone()],
            secret_for: vec![grant],
            names: Names::default().with("mail.test", &["127.0.0.1"]),
            recorder: None,
        }
    }

    fn connection(self, limit: impl FnOnce(&mut Limits)) -> ChannelConnection {
        Stage::with_roots(vec![self.root]).open("mail", self.mode, |spec| {
            spec.settings = format!(
                "{{\"mode\":\"{}\",\"host\":\"mail.test\",\"port\":\"{}\",\"security\":\"{}\"}}",
                self.mode, self.port, self.security
            );
            spec.grants = Grants::parse(&self.grants).unwrap();
            let hosts = Grants::parse(&self.secret_for).unwrap();
            spec.secrets = vec![Secret::new("token", TOKEN.to_owned().into(), hosts).unwrap()];
            spec.resolver = Arc::new(self.names);
            spec.recorder = self.recorder;
            limit(&mut spec.limits);
        })
    }

    async fn polled(self, limit: impl FnOnce(&mut Limits)) -> Result<Polled, CallError> {
        poll(&self.connection(limit)).await
    }

    async fn said(self) -> String {
        text(&self.polled(|_| {}).await.unwrap()).to_owned()
    }
}

#[tokio::test]
async fn a_secret_goes_out_under_the_lock_and_never_comes_back() {
    let (port, root, heard) = encrypted().await;
    let said = Talk::new("stream", "tls", port, &root).said().await;
    assert_eq!(said, "LOGIN [secret token]\r\n");
    assert_eq!(heard.lock().unwrap().as_slice(), [format!("LOGIN {TOKEN}\r\n")]);

    let said = Talk::new("stream-base64", "tls", port, &root).said().await;
    let sent = heard.lock().unwrap().pop().unwrap();
    assert_eq!(sent.trim_end(), BASE64_STANDARD.encode(format!("\0me\0{TOKEN}")));
    assert!(
        said.contains("[secret token]") && !said.contains(&sent[10..20]),
        "{said}"
    );
}

#[tokio::test]
async fn a_stream_that_begins_in_the_clear_is_encrypted_before_the_secret() {
    let (port, root, heard) = upgrading("220 ready\r\n").await;
    let said = Talk::new("stream-upgrade", "start-tls", port, &root).said().await;
    assert_eq!(said, "LOGIN [secret token]\r\n");
    let expected = ["STARTTLS\r\n".to_owned(), format!("LOGIN {TOKEN}\r\n")];
    assert_eq!(heard.lock().unwrap().as_slice(), expected);
}

#[tokio::test]
async fn a_secret_is_never_sent_in_the_clear() {
    let (port, root, heard) = upgrading("220 ready\r\n").await;
    let said = Talk::new("stream", "start-tls", port, &root).said().await;
    assert!(
        said.starts_with("Failure::NotGranted") && said.contains("call `start-tls` first"),
        "{said}"
    );

    // Not even where the operator granted a stream without encryption.
    let mut talk = Talk::new("stream", "plain", port, &root);
    talk.grants = vec![format!("private:tcp://mail.test:{port}")];
    talk.secret_for = talk.grants.clone();
    let said = talk.said().await;
    assert!(
        said.starts_with("Failure::NotGranted") && said.contains("in the clear"),
        "{said}"
    );
    assert!(heard.lock().unwrap().iter().all(|line| !line.contains(TOKEN)));
}

#[tokio::test]
async fn a_stream_needs_the_grant_of_that_very_port_and_kind() {
    let (port, root, heard) = encrypted().await;
    for (security, grant, word) in [
        ("tls", None, format!("grants `tls://mail.test:{port}`")),
        (
            "tls",
            Some("private:tls://mail.test:993".to_owned()),
            "may not talk to".to_owned(),
        ),
        (
            "tls",
            Some(format!("private:mail.test:{port}")),
            format!("`tls://mail.test:{port}`"),
        ),
        (
            "tls",
            Some(format!("private:tcp://mail.test:{port}")),
            format!("`tls://mail.test:{port}`"),
        ),
        (
            "plain",
            Some(format!("private:tls://mail.test:{port}")),
            format!("`tcp://mail.test:{port}`"),
        ),
        (
            "tls",
            Some(format!("tls://mail.test:{port}")),
            "leads to a loopback address".to_owned(),
        ),
    ] {
        let mut talk = Talk::new("stream", security, port, &root);
        talk.grants = grant.into_iter().collect();
        let said = talk.said().await;
        assert!(
            said.starts_with("Failure::NotGranted") && said.contains(&word),
            "{word}: {said}"
        );
    }
    assert!(heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_secret_goes_to_its_own_hosts_alone() {
    let (port, root, heard) = encrypted().await;
    let mut talk = Talk::new("stream", "tls", port, &root);
    talk.secret_for = vec!["social.example".to_owned()];
    let said = talk.said().await;
    assert!(
        said.contains("may not be sent to") && said.contains("only to social.example"),
        "{said}"
    );
    assert!(heard.lock().unwrap().iter().all(|line| !line.contains(TOKEN)));
}

#[tokio::test]
async fn a_certificate_is_believed_by_its_authority_and_for_its_name() {
    let (port, root, _) = encrypted().await;
    let mut stranger = Talk::new("stream", "tls", port, &root);
    stranger.root = acceptor("mail.test").1;
    let stranger = stranger.said().await;
    assert!(
        stranger.starts_with("Failure::Unreachable") && stranger.contains("certificate"),
        "{stranger}"
    );
}

#[tokio::test]
async fn an_answer_of_the_name_server_that_changes_is_checked_again() {
    let (port, root, _) = encrypted().await;
    let mut talk = Talk::new("stream-many", "tls", port, &root);
    talk.names = Names::default().with("mail.test", &["127.0.0.1", "169.254.169.254"]);
    let said = talk.said().await;
    assert!(
        said.starts_with("1 Failure::NotGranted") && said.contains("which no grant opens"),
        "{said}"
    );
}

#[tokio::test]
async fn what_is_said_in_the_clear_is_not_taken_for_something_said_under_the_lock() {
    let (port, root, _) = upgrading("220 ready\r\n220 injected\r\n").await;
    let said = Talk::new("stream-injected", "start-tls", port, &root).said().await;
    assert!(
        said.starts_with("Failure::Unreachable") && said.contains("TLS"),
        "{said}"
    );
}

#[tokio::test]
async fn a_stream_that_is_never_encrypted_ends_after_a_few_words() {
    let (port, root, _) = upgrading("220 ready\r\n").await;
    let said = Talk::new("stream-chatter", "start-tls", port, &root).said().await;
    assert!(said.contains("more than 16384 bytes in the clear"), "{said}");
    assert!(said.contains(&format!("grants `tcp://mail.test:{port}`")), "{said}");
}

#[tokio::test]
async fn a_quiet_server_is_a_time_out_and_the_call_goes_on() {
    let (port, root, _) = encrypted().await;
    assert_eq!(
        Talk::new("stream-quiet", "tls", port, &root).said().await,
        "Err(Failure::TimedOut)"
    );
}

#[tokio::test]
async fn an_endless_read_ends_at_its_budget() {
    let (acceptor, root) = acceptor("mail.test");
    let port = listen(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
        }
    })
    .await;
    let polled = Talk::new("stream-flood", "tls", port, &root)
        .polled(|limits| limits.bytes_in = 100_000)
        .await
        .unwrap();
    assert_eq!(text(&polled), "Failure::OverBudget(\"bytes-in\")");
    assert!(polled.usage.bytes_in < 200_000, "{:?}", polled.usage);
}

#[tokio::test]
async fn streams_without_end_are_refused_by_number() {
    let (port, root, _) = encrypted().await;
    assert_eq!(
        Talk::new("stream-many", "tls", port, &root).said().await,
        "4 Failure::OverBudget(\"streams\")"
    );
    let polled = Talk::new("stream-many", "tls", port, &root)
        .polled(|limits| limits.requests = 2)
        .await
        .unwrap();
    assert_eq!(text(&polled), "2 Failure::OverBudget(\"requests\")");
}

#[tokio::test]
async fn a_million_calls_end_at_the_budget_of_host_calls() {
    let connection = Talk::new("stream-million", "tls", 1, &[]).connection(|limits| limits.host_calls = 20_000);
    let breakdown = broken(poll(&connection).await.unwrap_err());
    assert_eq!(breakdown.kind, BreakKind::OverBudget);
    assert!(breakdown.detail.contains("20000 host calls"), "{breakdown}");
    assert_eq!(connection.totals().host_calls, 20_001, "what broke is counted too");
}

#[tokio::test]
async fn a_write_that_is_too_large_is_refused_and_a_giant_one_is_not_even_carried() {
    let (port, root, _) = encrypted().await;
    let said = Talk::new("stream-large", "tls", port, &root).said().await;
    assert!(said.contains("one write is larger than 1048576 bytes"), "{said}");
    let broke = Talk::new("stream-giant", "tls", port, &root).polled(|_| {}).await;
    let breakdown = broken(broke.unwrap_err());
    assert_eq!(breakdown.kind, BreakKind::OverBudget);
    assert!(breakdown.detail.contains("one crossing"), "{breakdown}");
}

fn reader(
    mode: &str,
    port: u16,
    limit: impl FnOnce(&mut Limits),
    recorder: Option<Arc<dyn Recorder>>,
) -> ChannelConnection {
    let grant = format!("private:http://127.0.0.1:{port}");
    Stage::new().open("pieces", mode, |spec| {
        spec.settings = format!("{{\"mode\":\"{mode}\",\"url\":\"http://127.0.0.1:{port}/\"}}");
        spec.grants = Grants::parse(&[&grant]).unwrap();
        spec.secrets = vec![Secret::new("token", TOKEN.to_owned().into(), spec.grants.clone()).unwrap()];
        spec.recorder = recorder;
        limit(&mut spec.limits);
    })
}

#[tokio::test]
async fn a_body_in_pieces_holds_no_secret_either() {
    let web = Web::echo().await;
    let said = poll(&reader("body", web.port, |_| {}, None)).await.unwrap();
    let said = text(&said);
    assert!(
        said.starts_with("200 GET / HTTP/1.1") && said.contains("Bearer [secret token]"),
        "{said}"
    );
    assert!(!said.contains("s3cr3t"), "{said}");
    let pieces: usize = said.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(pieces > 10, "{pieces} pieces of at most 7 bytes");
}

#[tokio::test]
async fn a_body_in_pieces_has_the_limits_of_a_whole_one() {
    let web = Web::start(|_| ok(&"x".repeat(100_000))).await;
    let large = poll(&reader("body", web.port, |limits| limits.response_body = 50_000, None))
        .await
        .unwrap();
    assert_eq!(text(&large), "Failure::TooLarge(50000)");
    let many = poll(&reader("body", web.port, |limits| limits.bytes_in = 30_000, None))
        .await
        .unwrap();
    assert_eq!(text(&many), "Failure::OverBudget(\"bytes-in\")");
    let kept = poll(&reader("body-many", web.port, |_| {}, None)).await.unwrap();
    assert_eq!(text(&kept), "4 Failure::OverBudget(\"streams\")");
}

#[tokio::test]
async fn values_too_long_too_large_or_too_many_are_refused() {
    let stage = Stage::new();
    for (mode, word) in [
        ("kv-long", "a key has 1 to 256 bytes; this one has 300"),
        ("kv-large", "a value has at most 65536 bytes; this one has 100000"),
    ] {
        let polled = poll(&stage.connect(mode, mode)).await.unwrap();
        assert!(text(&polled).contains(word), "{}", text(&polled));
        assert!(polled.kv_writes.is_empty());
    }
    for (mode, word) in [("kv-giant", "one crossing"), ("kv-million", "20000 host calls")] {
        let breakdown = broken(poll(&stage.connect(mode, mode)).await.unwrap_err());
        assert_eq!(breakdown.kind, BreakKind::OverBudget);
        assert!(breakdown.detail.contains(word), "{breakdown}");
    }
}

#[tokio::test]
async fn streams_and_bodies_in_pieces_are_replayed_without_a_network() {
    let how = Replaying {
        matching: Matching::Exact,
        fault: None,
        fresh: false,
    };
    let (port, root, heard) = encrypted().await;
    let memory = Arc::new(Memory::default());
    let mut talk = Talk::new("stream-base64", "tls", port, &root);
    talk.recorder = Some(memory.clone());
    let connection = talk.connection(|_| {});
    poll(&connection).await.unwrap();
    let header = connection.last_trace().header;
    let trace = Trace {
        header,
        events: memory.take(),
    };
    let text = trace.write();
    assert!(text.contains("base64-of") && !text.contains(TOKEN), "{text}");
    let replayed = Stage::new().plugin.replay(&trace, how).await.unwrap();
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    assert_eq!(heard.lock().unwrap().len(), 1);

    let web = Web::echo().await;
    let connection = reader("body", web.port, |_| {}, Some(memory.clone()));
    poll(&connection).await.unwrap();
    let header = connection.last_trace().header;
    let trace = Trace {
        header,
        events: memory.take(),
    };
    assert!(trace.events.len() > 10 && !trace.write().contains(TOKEN));
    let replayed = Stage::new().plugin.replay(&trace, how).await.unwrap();
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    assert_eq!(web.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_knows_what_its_calls_have_used_together() {
    let (port, root, _) = encrypted().await;
    let connection = Talk::new("stream", "tls", port, &root).connection(|_| {});
    assert_eq!(connection.totals(), jackfield_engine::Totals::default());
    let first = poll(&connection).await.unwrap().usage;
    let second = poll(&connection).await.unwrap().usage;
    let totals = connection.totals();
    assert_eq!((totals.calls, totals.requests), (2, 2));
    assert_eq!(totals.bytes_out, first.bytes_out + second.bytes_out);
    assert_eq!(totals.bytes_in, first.bytes_in + second.bytes_in);
    assert!(totals.memory >= first.memory && first.memory > 0);
}
