//! The channel against a real server: ngIRCd over TLS, with an authority made for the test. Where it is not installed the
//! tests are skipped by name (`apt-get install ngircd`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stdout)] // a skip is said aloud

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jackfield_channel_irc::Irc;
use jackfield_sdk::channel::{
    Channel, Draft, Event, Host, HttpFailure, HttpRequest, HttpResponse, Kind, KvFailure, Level, Part, Piece, Refusal,
    Security, Stream, StreamFailure, Trouble, Visibility,
};
use libtest_mimic::{Arguments, Trial};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

const PASSWORD: &str = "only-for-us";
const PATIENCE: Duration = Duration::from_secs(20);

/// A claim's name, and what tries it against the server program.
type Claim = (&'static str, fn(&PathBuf));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let tests: [Claim; 4] = [
        ("what_people_say_arrives_and_answers_reach_them", said_and_answered),
        ("a_batch_that_was_not_stored_comes_again", not_stored),
        ("a_wrong_password_is_the_credentials_trouble", wrong_password),
        ("after_a_cut_line_the_next_call_connects_anew", cut),
    ];
    let found = found();
    if found.is_none() && !arguments.list {
        println!("skipped: ngircd is not installed");
    }
    let trials = tests.into_iter().map(|(name, test)| match found.clone() {
        Some(program) => Trial::test(name, move || {
            test(&program);
            Ok(())
        }),
        None => Trial::test(name, || Ok(())).with_ignored_flag(true),
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn found() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    places
        .map(|place| place.join("ngircd"))
        .find(|program| program.exists())
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
}

/// A server of its own, with an authority of its own.
struct Server {
    child: Child,
    port: u16,
    tls: Arc<ClientConfig>,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(program: &PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let (certificate_file, key_file) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate_file, pem("CERTIFICATE", certificate.der())).unwrap();
        std::fs::write(&key_file, pem("PRIVATE KEY", &key.serialize_der())).unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let configuration = folder.path().join("ngircd.conf");
        std::fs::write(
            &configuration,
            format!(
                "[Global]\nName = irc.test\nInfo = a test\nListen = 127.0.0.1\nPorts =\nMotdPhrase = hello\nPassword = {PASSWORD}\n\
                 [Limits]\nMaxConnectionsIP = 0\nMaxNickLength = 30\n[Options]\nDNS = no\nIdent = no\nPAM = no\n\
                 [SSL]\nCertFile = {}\nKeyFile = {}\nPorts = {port}\n",
                certificate_file.display(),
                key_file.display()
            ),
        )
        .unwrap();
        let mut child = Command::new(program);
        child
            .arg("-n")
            .arg("-f")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = child.spawn().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root.der().to_vec())).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let server = Self {
            child,
            port,
            tls: Arc::new(tls),
            _folder: folder,
        };
        let begun = Instant::now();
        while server.dial().is_err() {
            assert!(begun.elapsed() < PATIENCE, "ngircd does not listen");
            std::thread::yield_now();
        }
        server
    }

    fn dial(&self) -> std::io::Result<Wire> {
        let socket = TcpStream::connect(("127.0.0.1", self.port))?;
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = StreamOwned::new(ClientConnection::new(Arc::clone(&self.tls), name).unwrap(), socket);
        stream.flush()?;
        Ok(Wire {
            stream,
            password: PASSWORD,
        })
    }

    fn settings(&self, nick: &str) -> String {
        format!(
            r##"{{"server":"localhost:{}","nick":"{nick}","channel":"#help","sign-in":"server"}}"##,
            self.port
        )
    }

    /// Somebody who is in the channel.
    fn person(&self, nick: &str) -> Person {
        let mut person = Person {
            wire: self.dial().unwrap(),
            unread: String::new(),
        };
        person.says(&format!(
            "PASS {PASSWORD}\r\nNICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #help\r\n"
        ));
        person.hears(" 366 ");
        person
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Person {
    wire: Wire,
    unread: String,
}

impl Person {
    fn says(&mut self, lines: &str) {
        self.wire.stream.write_all(lines.as_bytes()).unwrap();
        self.wire.stream.flush().unwrap();
    }

    /// Reads until a line with these words.
    fn hears(&mut self, words: &str) -> String {
        let begun = Instant::now();
        loop {
            while let Some((line, rest)) = self.unread.split_once("\r\n") {
                let (line, rest) = (line.to_owned(), rest.to_owned());
                self.unread = rest;
                if line.contains(words) {
                    return line;
                }
            }
            assert!(begun.elapsed() < PATIENCE, "nobody said {words:?}");
            if let Ok(Some(more)) = self.wire.read(0, 200) {
                self.unread.push_str(&String::from_utf8_lossy(&more));
            }
        }
    }
}

/// A stream as the host would make it.
struct Wire {
    stream: StreamOwned<ClientConnection, TcpStream>,
    password: &'static str,
}

impl Stream for Wire {
    fn start_tls(&mut self) -> Result<(), StreamFailure> {
        Err(StreamFailure::Invalid("it is encrypted".to_owned()))
    }
    fn write(&mut self, pieces: &[Piece]) -> Result<(), StreamFailure> {
        let mut all = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) => all.extend_from_slice(bytes),
                Piece::Secret(name) => {
                    assert_eq!(name, "password");
                    all.extend_from_slice(self.password.as_bytes());
                }
                Piece::Base64(parts) => panic!(
                    "{} parts: this server has no SASL",
                    parts.iter().filter(|p| matches!(p, Part::Secret(_))).count()
                ),
            }
        }
        let written = self.stream.write_all(&all).and_then(|()| self.stream.flush());
        written.map_err(|error| StreamFailure::Unreachable(error.to_string()))
    }
    fn read(&mut self, _max: u32, timeout_ms: u32) -> Result<Option<Vec<u8>>, StreamFailure> {
        let timeout = Duration::from_millis(u64::from(timeout_ms.max(1)));
        self.stream.sock.set_read_timeout(Some(timeout)).unwrap();
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => Ok(None),
            Ok(length) => Ok(Some(buffer[..length].to_vec())),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(StreamFailure::TimedOut)
            }
            Err(error) => Err(StreamFailure::Unreachable(error.to_string())),
        }
    }
}

struct Sandbox<'s> {
    server: &'s Server,
    password: &'static str,
}

impl Host for Sandbox<'_> {
    fn send(&self, _: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        panic!("IRC is no HTTP")
    }
    fn connect(&self, host: &str, port: u16, security: Security) -> Result<Box<dyn Stream>, StreamFailure> {
        assert_eq!((host, port), ("localhost", self.server.port));
        assert!(matches!(security, Security::Tls));
        let wire = self
            .server
            .dial()
            .map_err(|error| StreamFailure::Unreachable(error.to_string()))?;
        Ok(Box::new(Wire {
            password: self.password,
            ..wire
        }))
    }
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
    fn set(&self, _: &str, _: &[u8]) -> Result<(), KvFailure> {
        Ok(())
    }
    fn delete(&self, _: &str) {}
    fn log(&self, _: Level, _: &str) {}
    fn now_ms(&self) -> u64 {
        u64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
    }
    fn random(&self, _: u32) -> Vec<u8> {
        Vec::new()
    }
}

/// Polls until so many messages are there.
fn until(host: &Sandbox<'_>, settings: &str, cursor: &mut Option<Vec<u8>>, count: usize) -> Vec<Event> {
    let (begun, mut events) = (Instant::now(), Vec::new());
    while events.len() < count {
        assert!(begun.elapsed() < PATIENCE, "{} of {count} messages", events.len());
        let batch = Irc::poll(host, settings, cursor.take(), 50).unwrap();
        *cursor = batch.cursor;
        events.extend(batch.events);
    }
    events
}

fn text(event: &Event) -> &str {
    match &event.kind {
        Kind::Said(content) => &content.text,
        _ => "",
    }
}

fn draft(event: &Event, key: &str, text: &str) -> Draft {
    Draft {
        key: key.to_owned(),
        thread: Some(event.thread.clone()),
        parent: Some(event.remote_id.clone()),
        visibility: event.visibility.clone(),
        text: text.to_owned(),
        language: None,
        asked_at: event.at,
        attachments: Vec::new(),
    }
}

fn said_and_answered(program: &PathBuf) {
    let server = Server::start(program);
    let (host, settings) = (
        Sandbox {
            server: &server,
            password: PASSWORD,
        },
        server.settings("northwind"),
    );
    assert_eq!(
        Irc::check(&host, &settings).unwrap(),
        "The server knows us as northwind, and we are in #help."
    );
    let mut cursor = None;
    assert!(until(&host, &settings, &mut cursor, 0).is_empty());
    cursor = Irc::poll(&host, &settings, cursor, 50).unwrap().cursor;
    let mut ana = server.person("ana");
    ana.says("PRIVMSG #help :northwind: where is my \u{2}parcel\u{2}? 👋 مرحبا\r\nPRIVMSG #help :nice weather\r\nPRIVMSG northwind :a private word\r\nPRIVMSG northwind :\u{1}VERSION\u{1}\r\n");
    let events = until(&host, &settings, &mut cursor, 3);
    let told: Vec<_> = events
        .iter()
        .map(|event| (text(event), event.thread.as_str(), event.context))
        .collect();
    assert_eq!(
        told,
        [
            ("northwind: where is my parcel? 👋 مرحبا", "#help/ana", false),
            ("nice weather", "#help/ana", true),
            ("a private word", "ana", false),
        ]
    );
    assert_eq!(
        (&events[0].visibility, &events[2].visibility),
        (&Visibility::Public, &Visibility::Direct)
    );
    Irc::publish(
        &host,
        &settings,
        draft(&events[0], "k-1", "It leaves today.\nHave a nice day."),
    )
    .unwrap();
    assert!(ana.hears("It leaves").ends_with("PRIVMSG #help :ana: It leaves today."));
    assert!(ana.hears("Have a").ends_with("PRIVMSG #help :Have a nice day."));
    Irc::publish(&host, &settings, draft(&events[2], "k-2", "And a private answer.")).unwrap();
    assert!(
        ana.hears("private answer")
            .ends_with("PRIVMSG ana :And a private answer.")
    );
    ana.says("QUIT\r\n");
    let begun = Instant::now();
    let refused = loop {
        match Irc::publish(&host, &settings, draft(&events[2], "k-3", "Are you there?")) {
            Err(refused) => break refused,
            Ok(_) => assert!(begun.elapsed() < PATIENCE, "she has left"),
        }
    };
    assert!(
        matches!(&refused, Refusal::Rule(words) if words.contains("No such nick")),
        "{refused:?}"
    );
}

fn not_stored(program: &PathBuf) {
    let server = Server::start(program);
    let (host, settings) = (
        Sandbox {
            server: &server,
            password: PASSWORD,
        },
        server.settings("northwind"),
    );
    let mut cursor = Irc::poll(&host, &settings, None, 50).unwrap().cursor;
    server
        .person("ana")
        .says("PRIVMSG northwind :one\r\nPRIVMSG northwind :two\r\n");
    let stored = cursor.clone();
    let first = until(&host, &settings, &mut cursor, 2);
    let mut again = stored;
    let second = until(&host, &settings, &mut again, 2);
    let ids = |events: &[Event]| events.iter().map(|event| event.remote_id.clone()).collect::<Vec<_>>();
    assert_eq!((ids(&first), &cursor), (ids(&second), &again));
    assert!(
        Irc::poll(&host, &settings, cursor, 50).unwrap().events.is_empty(),
        "what is stored is gone"
    );
}

fn wrong_password(program: &PathBuf) {
    let server = Server::start(program);
    let host = Sandbox {
        server: &server,
        password: "another",
    };
    let trouble = Irc::check(&host, &server.settings("northwind")).unwrap_err();
    assert!(
        matches!(&trouble, Trouble::Credential(words) if words.contains("password")),
        "{trouble:?}"
    );
}

fn cut(program: &PathBuf) {
    let mut server = Server::start(program);
    let settings = server.settings("northwind");
    {
        let host = Sandbox {
            server: &server,
            password: PASSWORD,
        };
        Irc::poll(&host, &settings, None, 50).unwrap();
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let host = Sandbox {
        server: &server,
        password: PASSWORD,
    };
    let event = jackfield_sdk::channel::said("1-1", jackfield_sdk::channel::Author::named("ana"), "x", 0);
    let asked = Draft {
        thread: Some("ana".to_owned()),
        visibility: Visibility::Direct,
        ..draft(&event, "k-9", "hello")
    };
    // The stream is known to be cut only when it is used; then nobody can say whether somebody heard it.
    let begun = Instant::now();
    while Irc::poll(&host, &settings, None, 50).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "the server is gone");
    }
    assert!(Irc::publish(&host, &settings, asked.clone()).is_err());
    assert!(
        matches!(Irc::reconcile(&host, &settings, asked.clone()), Ok(None)),
        "nothing was written"
    );
    let trouble = Irc::reconcile(&host, &settings, asked).unwrap_err();
    assert!(
        matches!(&trouble, Trouble::Unexpected(words) if words.contains("keeps nothing")),
        "{trouble:?}"
    );
}
