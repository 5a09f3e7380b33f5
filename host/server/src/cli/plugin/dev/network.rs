//! The network that a plugin under work talks to: the stand-in that comes with the program, or one of the author's own.

use super::stage::private;
use jackfield_conform::{Config, Standin};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A program that starts says so within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// A stand-in that runs.
pub(super) enum Network {
    /// In this process.
    Inside(Box<Standin>),
    /// A program of the author's. It ends with this one.
    Program { child: Box<Child>, url: String },
}

/// The first line of a stand-in.
#[derive(Deserialize)]
struct Told {
    url: String,
    token: String,
}

impl Network {
    /// The one that comes with the program; its token goes into a file.
    pub(super) async fn inside(brand: &str, pace: f64, token: &Path) -> Result<Self, String> {
        let pace = Duration::try_from_secs_f64(pace)
            .map_err(|_| format!("--pace {pace} is no number of seconds; write 6 or 0.5, or 0 for nobody"))?;
        let config = Config {
            brand: brand.to_owned(),
            token_file: Some(token.to_owned()),
            pace: (!pace.is_zero()).then_some(pace),
            ..Config::default()
        };
        let standin = Standin::start(config)
            .await
            .map_err(|error| format!("the stand-in does not start: {error}"))?;
        Ok(Self::Inside(Box::new(standin)))
    }

    /// One of the author's own, started in the project's folder.
    pub(super) async fn program(words: &[String], folder: &Path, token: &Path) -> Result<Self, String> {
        let shown = words.join(" ");
        let (program, arguments) = words.split_first().ok_or("conform.toml: `stand-in` is an empty list")?;
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("the stand-in `{shown}` could not be started: {error}"))?;
        let wanted = "its first line has to be {\"url\": \"http://127.0.0.1:PORT\", \"token\": \"…\"}";
        let out = child.stdout.take().ok_or("the stand-in has no output")?;
        let mut lines = BufReader::new(out).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let line = match line {
            Ok(Ok(Some(line))) => line,
            Ok(_) => return Err(format!("the stand-in `{shown}` ended at once; {wanted}")),
            Err(_) => {
                let seconds = PATIENCE.as_secs();
                return Err(format!("the stand-in `{shown}` said nothing for {seconds} s; {wanted}"));
            }
        };
        let told: Told = serde_json::from_str(&line)
            .map_err(|error| format!("the stand-in `{shown}` said {line:?} ({error}); {wanted}"))?;
        private(token, &told.token)?;
        // What it says later must not fill the pipe and stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self::Program {
            child: Box::new(child),
            url: told.url,
        })
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Inside(standin) => standin.url(),
            Self::Program { url, .. } => url.clone(),
        }
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        match self {
            Self::Inside(standin) => standin.stop().await,
            Self::Program { mut child, .. } => {
                // Gone already is as good.
                let _ = child.kill().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn started(script: &str) -> Result<Network, String> {
        let dir = tempfile::tempdir().unwrap();
        let words = ["sh", "-c", script].map(str::to_owned);
        let network = Network::program(&words, dir.path(), &dir.path().join("token")).await;
        if network.is_ok() {
            assert_eq!(std::fs::read_to_string(dir.path().join("token")).unwrap(), "t0k3n");
        }
        network
    }

    #[tokio::test]
    async fn a_program_tells_its_address_and_is_ended() {
        let script = "echo '{\"url\":\"http://127.0.0.1:9\",\"token\":\"t0k3n\"}'; exec sleep 60";
        let network = started(script).await.unwrap();
        assert_eq!(network.url(), "http://127.0.0.1:9");
        network.stop().await;
    }

    #[tokio::test]
    async fn one_that_says_something_else_is_told_what_to_say() {
        for script in ["echo listening", "exit 3"] {
            let Err(why) = started(script).await else {
                panic!("{script}");
            };
            assert!(why.contains("\"url\""), "{why}");
        }
    }
}
