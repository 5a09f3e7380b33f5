//! The real program in a folder of its own.
//!
//! A [`Folder`] is what an operator has: made by `jackfield init`, configured by its file, filled by
//! `jackfield connection add`. It outlives every [`Host`] that runs on it, so a test may kill and start as it likes.

use crate::api::Api;
use crate::steps::Steps;
use crate::token::Issuer;
use crate::wait::{eventually, seconds};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::process::{Child, Command};

/// The brand that [`Folder::connect`] connects.
pub const BRAND: &str = "northwind";
/// The agent of [`Host::api`].
pub const AGENT: &str = "mia";

/// A folder with a configuration, a key and a database.
#[derive(Debug)]
pub struct Folder {
    dir: tempfile::TempDir,
    /// Whose tokens its hosts believe.
    pub issuer: Issuer,
    /// Variables of its programs, besides those of this process.
    pub variables: Vec<(&'static str, String)>,
}

impl Folder {
    /// `jackfield init` in a fresh place, with an issuer whose key the test knows and lines that poll often.
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let issuer = Issuer {
            name: "e2e".to_owned(),
            workspace: "demo".to_owned(),
            key: b"e2e-key-of-more-than-thirty-two-bytes-for-hs256".to_vec(),
        };
        let folder = Self {
            dir,
            issuer,
            variables: Vec::new(),
        };
        let path = folder
            .path()
            .to_str()
            .expect("a temporary folder has a plain name")
            .to_owned();
        folder.cli_ok(&["init", "--dir", &path]).await;
        folder.secret("e2e.key", &folder.issuer.key);
        folder.configure(|config| {
            let issuer: toml::Table = toml::from_str(&format!(
                "name = 'e2e'\nalgorithm = 'HS256'\nkey = 'file:e2e.key'\nworkspace = 'demo'\nbrands = ['{BRAND}', 'southwind']\norigins = []"
            ))
            .expect("written above");
            let issuers = config.entry("issuer").or_insert_with(|| toml::Value::Array(Vec::new()));
            issuers.as_array_mut().expect("issuer is a list of tables").push(issuer.into());
            // A poll every 15 s would be polite; a test has nobody to be polite to.
            let limits = config.entry("limits").or_insert_with(|| toml::Value::Table(toml::Table::new()));
            limits.as_table_mut().expect("limits is a table").insert("poll-interval-ms".to_owned(), 100.into());
            // Where plugins run in this run of the tests: `inside` or `process`; as the program does it, unless said.
            if let Ok(form) = std::env::var("JACKFIELD_TEST_TIER") {
                let plugins = config.entry("plugins").or_insert_with(|| toml::Value::Table(toml::Table::new()));
                plugins.as_table_mut().expect("plugins is a table").insert("tier".to_owned(), form.into());
            }
        });
        folder
    }

    /// A file that only its owner can read.
    pub fn secret(&self, name: &str, value: &[u8]) {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(self.path().join(name));
        file.and_then(|mut file| file.write_all(value))
            .expect("the folder can be written");
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Its configuration file.
    pub fn config(&self) -> PathBuf {
        self.path().join("jackfield.toml")
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.path().join("jackfield.db")
    }

    /// What the hosts of this folder wrote to standard output and error, all together.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.path().join("host.log")).unwrap_or_default()).into_owned()
    }

    /// Changes the configuration file.
    pub fn configure(&self, change: impl FnOnce(&mut toml::Table)) {
        let text = std::fs::read_to_string(self.config()).expect("init wrote a configuration");
        let mut config: toml::Table = toml::from_str(&text).expect("init wrote TOML");
        change(&mut config);
        std::fs::write(self.config(), toml::to_string(&config).expect("a table is TOML")).expect("it can be written");
    }

    /// Runs the program with these arguments, in this folder and with nothing of this process's settings.
    pub async fn cli(&self, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::null());
        let run = tokio::time::timeout(seconds(60), command.output()).await;
        run.unwrap_or_else(|_| panic!("`jackfield {}` runs for more than a minute", arguments.join(" ")))
            .expect("the program can be started")
    }

    /// [`Self::cli`], which must succeed; its standard output.
    pub async fn cli_ok(&self, arguments: &[&str]) -> String {
        let output = self.cli(arguments).await;
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(
            output.status.success(),
            "`jackfield {}` failed ({}):\n{out}{err}",
            arguments.join(" "),
            output.status
        );
        out.into_owned()
    }

    fn command(&self) -> Command {
        self.command_of(crate::places::jackfield())
    }

    fn command_of(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path()).kill_on_drop(true);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|n| n.starts_with("JACKFIELD_")) {
                command.env_remove(name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `jackfield connection add`: a Mastodon account on a server of this machine, for [`BRAND`].
    pub async fn connect(&self, id: &str, server: &str, token: &str) {
        let file = format!("{id}.token");
        self.secret(&file, token.as_bytes());
        let config = self
            .config()
            .to_str()
            .expect("a temporary folder has a plain name")
            .to_owned();
        let secret = format!("access-token=file:{file}@private:{server}");
        self.cli_ok(&[
            "connection",
            "add",
            id,
            "--config",
            &config,
            "--plugin",
            "mastodon",
            "--workspace",
            "demo",
            "--brand",
            BRAND,
            "--name",
            "Northwind on the test network",
            "--settings",
            &serde_json::json!({ "server": server }).to_string(),
            "--grant",
            &format!("private:{server}"),
            "--secret",
            &secret,
        ])
        .await;
    }

    /// `jackfield serve`, ready to be asked.
    pub async fn start(&self) -> Host {
        // The port is free now and may be taken the next moment: then the host says so and the next one is tried.
        for _ in 0..5 {
            let mut host = self.spawn(free_port());
            if host.ready().await {
                return host;
            }
        }
        panic!("no port stayed free for a host:\n{}", tail(&self.log()));
    }

    /// [`Self::start`], to die before a step that is yet to be armed.
    pub async fn start_to_die(&self, steps: &Steps) -> Host {
        for _ in 0..5 {
            let (mut command, port) = (self.command(), free_port());
            steps.arrange(command.arg("serve").arg("--config").arg(self.config()), port);
            let mut host = self.launch(command, port);
            if host.ready().await {
                return host;
            }
        }
        panic!("no port stayed free for a host:\n{}", tail(&self.log()));
    }

    /// [`Self::cli`], to die before a step that is armed already; whether it died.
    pub async fn cli_to_die(&self, steps: &Steps, arguments: &[&str]) -> bool {
        use std::os::unix::process::ExitStatusExt;
        let mut command = self.command();
        steps.arrange(command.args(arguments).stdin(Stdio::null()), 0);
        let output = command.output().await.expect("the program can be started");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || output.status.signal() == Some(9), "{said}");
        !output.status.success()
    }

    /// `jackfield serve` on a port, not waited for.
    pub fn spawn(&self, port: u16) -> Host {
        let mut command = self.command();
        command.arg("serve").arg("--config").arg(self.config());
        self.launch(command, port)
    }

    /// [`Self::spawn`] with a disk of its own at `disk`, which holds a copy of the database. The mount is in a
    /// namespace of the host's: nobody else sees it, and it ends with the host.
    pub fn spawn_on_a_small_disk(&self, port: u16, disk: &Path, size: &str) -> Host {
        let script = r#"mount -t tmpfs -o "size=$1" tmpfs "$2" && cp "$3" "$2/" && exec "$4" serve --config "$5""#;
        let mut command = self.command_of("unshare");
        command
            .args(["-rm", "sh", "-c", script, "sh", size])
            .arg(disk)
            .arg(self.database());
        command.arg(crate::places::jackfield()).arg(self.config());
        self.launch(command, port)
    }

    fn launch(&self, mut command: Command, port: u16) -> Host {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.path().join("host.log"));
        let log = log.expect("the folder can be written");
        command.env("JACKFIELD_LISTEN", format!("127.0.0.1:{port}"));
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file handle can be copied"))
            .stderr(log);
        let child = command.spawn().expect("the program can be started");
        let api = Api::new(&format!("http://127.0.0.1:{port}"), self.issuer.clone(), AGENT, BRAND);
        Host {
            child,
            api,
            log: self.path().join("host.log"),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[allow(clippy::print_stderr)] // a failed test shows what the host said
            {
                eprintln!("--- the host's last words ---\n{}", tail(&self.log()));
            }
        }
    }
}

/// A running `jackfield serve`; killed when dropped.
#[derive(Debug)]
pub struct Host {
    child: Child,
    /// Its API, as [`AGENT`] of [`BRAND`].
    pub api: Api,
    log: PathBuf,
}

impl Host {
    /// Waits until it is ready; false where it lost its port to somebody else.
    pub async fn ready(&mut self) -> bool {
        let url = format!("{}/readyz", self.api.base);
        let (http, log) = (crate::http(), self.log.clone());
        let begun = std::time::Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                let said = String::from_utf8_lossy(&std::fs::read(&log).unwrap_or_default()).into_owned();
                let lost = said.lines().rev().take(10).any(|l| l.to_lowercase().contains("in use"));
                assert!(lost, "the host ended at its start ({status}):\n{}", tail(&said));
                return false;
            }
            if http
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return true;
            }
            assert!(begun.elapsed() < seconds(60), "the host is not ready after a minute");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it has not been waited for")
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether it is ready at this moment.
    pub async fn is_ready(&self) -> bool {
        // A host that is still starting holds the connection; that is an answer too.
        let asked = crate::http()
            .get(format!("{}/readyz", self.api.base))
            .timeout(std::time::Duration::from_millis(20));
        asked.send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// `SIGKILL`: no instruction of it runs after this.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("our own child can be killed");
    }

    /// `SIGTERM`, and the end it comes to by itself.
    pub async fn stop(mut self) -> std::process::ExitStatus {
        let pid = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .expect("there is a kill command");
        assert!(sent.success(), "the signal was sent");
        self.ended().await
    }

    /// Waits for an end that it comes to by itself.
    pub async fn ended(&mut self) -> std::process::ExitStatus {
        let ended = tokio::time::timeout(seconds(30), self.child.wait()).await;
        ended
            .expect("the host ends within 30 s")
            .expect("a child can be waited for")
    }

    /// Waits until the line is in this health; the words that go with it.
    pub async fn health(&self, id: &str, want: jackfield_protocol::Health) -> String {
        eventually(&format!("line {id} to be {want:?}"), seconds(40), async || {
            let all = self.api.connections().await?;
            let line = all
                .into_iter()
                .find(|c| c.id.as_str() == id)
                .ok_or("the line is not listed")?;
            if line.health == want {
                Ok(line.action)
            } else {
                Err(format!("{:?}: {}", line.health, line.action))
            }
        })
        .await
    }
}

/// A port that nobody listens on at this moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// The end of a log: enough to see why.
fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
