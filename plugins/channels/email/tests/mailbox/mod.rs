//! Dovecot and a sink for SMTP, started for one test, with an authority made for it; and a host whose streams go there.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jackfield_sdk::channel::{
    Host, HttpFailure, HttpRequest, HttpResponse, KvFailure, Level, Part, Piece, Security, Stream, StreamFailure,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

pub(crate) const PASSWORD: &str = "only-for \"us\"";
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn dovecot() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    places
        .map(|place| place.join("dovecot"))
        .find(|program| program.exists())
}

/// The Python that has aiosmtpd.
pub(crate) fn aiosmtpd() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let venv = std::env::var_os("JACKFIELD_VENV").map_or_else(|| root.join(".venv"), PathBuf::from);
    let python = venv.join("bin/python");
    let mut asked = Command::new(&python);
    asked
        .args(["-c", "import aiosmtpd"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success()).then_some(python)
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
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

/// Both servers.
pub(crate) struct Servers {
    program: PathBuf,
    imap: RefCell<Option<Child>>,
    smtp: Option<Child>,
    pub(crate) imap_port: u16,
    pub(crate) smtp_port: u16,
    tls: Arc<ClientConfig>,
    folder: tempfile::TempDir,
    delivered: Cell<u32>,
}

impl Servers {
    pub(crate) fn start(program: &Path, python: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
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
        std::fs::write(at("cert.pem"), pem("CERTIFICATE", certificate.der())).unwrap();
        std::fs::write(at("key.pem"), pem("PRIVATE KEY", &key.serialize_der())).unwrap();
        std::fs::write(at("passwd"), format!("help@northwind.example:{{PLAIN}}{PASSWORD}\n")).unwrap();
        let (imap_port, smtp_port) = (free_port(), free_port());
        std::fs::create_dir_all(at("mail/Maildir/new")).unwrap();
        for name in ["mail/Maildir/cur", "mail/Maildir/tmp", "run"] {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        // The mail belongs to nobody, and the way to it is open.
        let open = Command::new("chmod")
            .args(["-R", "a+rwX"])
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(open.success());
        let here = folder.path().display();
        let configuration = format!(
            "base_dir = {here}/run\nlog_path = {here}/log\nprotocols = imap\nlisten = 127.0.0.1\nssl = required\n\
             ssl_cert = <{here}/cert.pem\nssl_key = <{here}/key.pem\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
             mail_location = maildir:{here}/mail/Maildir\ndisable_plaintext_auth = yes\n\
             passdb {{\n  driver = passwd-file\n  args = {here}/passwd\n}}\n\
             userdb {{\n  driver = static\n  args = uid=nobody gid=nogroup home={here}/mail\n}}\n\
             namespace inbox {{\n  inbox = yes\n  mailbox Sent {{\n    auto = create\n  }}\n}}\n\
             service imap-login {{\n  inet_listener imap {{\n    port = 0\n  }}\n  inet_listener imaps {{\n    port = {imap_port}\n    ssl = yes\n  }}\n}}\n"
        );
        std::fs::write(at("dovecot.conf"), configuration).unwrap();
        let smtp = python.map(|python| {
            let mut sink = Command::new(python);
            sink.args(["-m", "aiosmtpd", "-n", "-l"])
                .arg(format!("127.0.0.1:{smtp_port}"))
                .args(["-c", "aiosmtpd.handlers.Mailbox"])
                .arg(at("sink"))
                .arg("--smtpscert")
                .arg(at("cert.pem"))
                .arg("--smtpskey")
                .arg(at("key.pem"))
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            sink.spawn().unwrap()
        });
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root.der().to_vec())).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let servers = Self {
            program: program.to_owned(),
            imap: RefCell::new(None),
            smtp,
            imap_port,
            smtp_port,
            tls: Arc::new(tls),
            folder,
            delivered: Cell::new(0),
        };
        servers.start_imap();
        if servers.smtp.is_some() {
            servers.wait(smtp_port);
        }
        servers
    }

    fn start_imap(&self) {
        let mut child = Command::new(&self.program);
        child
            .args(["-F", "-c"])
            .arg(self.folder.path().join("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        *self.imap.borrow_mut() = Some(child.spawn().unwrap());
        self.wait(self.imap_port);
    }

    fn wait(&self, port: u16) {
        let begun = Instant::now();
        while self.dial(port).is_err() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "nobody listens on {port}: {log}");
            std::thread::yield_now();
        }
    }

    fn stop_imap(&self) {
        if let Some(mut child) = self.imap.borrow_mut().take() {
            let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }

    pub(crate) fn restart_imap(&self) {
        self.stop_imap();
        self.start_imap();
    }

    fn dial(&self, port: u16) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let socket = TcpStream::connect(("127.0.0.1", port))?;
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = StreamOwned::new(ClientConnection::new(Arc::clone(&self.tls), name).unwrap(), socket);
        stream.flush()?;
        Ok(stream)
    }

    /// Puts a message into the mailbox, as a delivery agent does.
    pub(crate) fn deliver(&self, raw: &[u8]) {
        let number = self.delivered.get();
        self.delivered.set(number + 1);
        let place = self.folder.path().join("mail/Maildir");
        let name = format!("{}.{number:05}.test", 1_700_000_000 + number);
        std::fs::write(place.join("tmp").join(&name), raw).unwrap();
        std::fs::rename(place.join("tmp").join(&name), place.join("new").join(&name)).unwrap();
        let _ = Command::new("chmod")
            .args(["a+rw"])
            .arg(place.join("new").join(&name))
            .status();
    }

    /// The same, of a message that came years ago.
    pub(crate) fn deliver_old(&self, raw: &[u8]) {
        let name = format!(
            "{}.{:05}.test",
            1_700_000_000 + self.delivered.get(),
            self.delivered.get()
        );
        self.deliver(raw);
        let file = std::fs::File::options()
            .write(true)
            .open(self.folder.path().join("mail/Maildir/new").join(name))
            .unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))
            .unwrap();
    }

    /// What the sink took.
    pub(crate) fn sunk(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("sink/new")) else {
            return Vec::new();
        };
        entries
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect()
    }

    pub(crate) fn settings(&self) -> String {
        format!(
            r#"{{"imap":"localhost:{}","smtp":"localhost:{}","address":"help@northwind.example","name":"Northwind – Hilfe","history-days":3650}}"#,
            self.imap_port, self.smtp_port
        )
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.stop_imap();
        if let Some(child) = &mut self.smtp {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A host. `cut` is how many reads of the mailbox's stream until the server is started anew.
pub(crate) struct Sandbox<'s> {
    pub(crate) servers: &'s Rc<Servers>,
    pub(crate) password: &'static str,
    pub(crate) cut: Rc<Cell<Option<u32>>>,
    pub(crate) deaf: Rc<Cell<bool>>,
    pub(crate) kv: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl<'s> Sandbox<'s> {
    pub(crate) fn new(servers: &'s Rc<Servers>) -> Self {
        Self {
            servers,
            password: PASSWORD,
            cut: Rc::default(),
            deaf: Rc::default(),
            kv: RefCell::default(),
        }
    }
}

struct Wire {
    stream: StreamOwned<ClientConnection, TcpStream>,
    servers: Rc<Servers>,
    password: &'static str,
    cut: Rc<Cell<Option<u32>>>,
    /// The answer to a whole message is lost.
    deaf: Rc<Cell<bool>>,
    ended: bool,
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
                Piece::Secret(_) => panic!("a password may hold anything; it goes in Base64"),
                Piece::Base64(parts) => {
                    let inner = parts.iter().flat_map(|part| match part {
                        Part::Bytes(bytes) => bytes.clone(),
                        Part::Secret(_) => self.password.as_bytes().to_vec(),
                    });
                    all.extend(BASE64_STANDARD.encode(inner.collect::<Vec<u8>>()).into_bytes());
                }
            }
        }
        self.ended = all.ends_with(b"\r\n.\r\n");
        let written = self.stream.write_all(&all).and_then(|()| self.stream.flush());
        written.map_err(|error| StreamFailure::Unreachable(error.to_string()))
    }
    fn read(&mut self, _max: u32, timeout_ms: u32) -> Result<Option<Vec<u8>>, StreamFailure> {
        match self.cut.get() {
            Some(0) => {
                self.cut.set(None);
                self.servers.restart_imap();
            }
            Some(left) => self.cut.set(Some(left - 1)),
            None => {}
        }
        self.stream
            .sock
            .set_read_timeout(Some(Duration::from_millis(u64::from(timeout_ms.max(1)))))
            .unwrap();
        let mut buffer = [0; 4096];
        let read = self.stream.read(&mut buffer);
        if self.ended && self.deaf.take() {
            return Err(StreamFailure::Closed);
        }
        match read {
            Ok(0) => Ok(None),
            Ok(length) => Ok(Some(buffer[..length].to_vec())),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(StreamFailure::TimedOut)
            }
            Err(error) => Err(StreamFailure::Unreachable(error.to_string())),
        }
    }
}

impl Host for Sandbox<'_> {
    fn send(&self, _: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        panic!("mail is no HTTP")
    }
    fn connect(&self, host: &str, port: u16, security: Security) -> Result<Box<dyn Stream>, StreamFailure> {
        assert_eq!(host, "localhost");
        assert!(matches!(security, Security::Tls));
        let stream = self
            .servers
            .dial(port)
            .map_err(|error| StreamFailure::Unreachable(error.to_string()))?;
        Ok(Box::new(Wire {
            stream,
            servers: Rc::clone(self.servers),
            password: self.password,
            cut: Rc::clone(&self.cut),
            deaf: Rc::clone(&self.deaf),
            ended: false,
        }))
    }
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.kv.borrow().get(key).cloned()
    }
    fn set(&self, key: &str, value: &[u8]) -> Result<(), KvFailure> {
        self.kv.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }
    fn delete(&self, key: &str) {
        self.kv.borrow_mut().remove(key);
    }
    fn log(&self, _: Level, _: &str) {}
    fn now_ms(&self) -> u64 {
        u64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
    }
    fn random(&self, _: u32) -> Vec<u8> {
        Vec::new()
    }
}
