//! What the author of a plugin does, in each language: `new`, its own tests, `build`, `dev` with an answer that goes out
//! and a change that takes over, Ctrl-C.
//!
//! A language whose tools are not on this machine, or cannot be fetched, is skipped with the reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_protocol::{Delivery, Visibility};
use jackfield_tests::api::{Api, replies};
use jackfield_tests::places;
use jackfield_tests::token::Issuer;
use jackfield_tests::trials::trial;
use jackfield_tests::wait::{eventually, seconds};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// How a language differs for an author.
#[derive(Clone, Copy)]
struct Language {
    word: &'static str,
    /// Programs that have to answer `--version`.
    needs: &'static [&'static str],
    /// The project's own tests, after a build.
    own: &'static [&'static str],
    /// A change that is seen: the file, and what becomes what.
    change: (&'static str, &'static str, &'static str),
}

const LANGUAGES: [Language; 3] = [
    Language {
        word: "rust",
        needs: &["cargo"],
        own: &["cargo", "test", "--quiet"],
        change: (
            "src/lib.rs",
            "handle: person.name.clone()",
            "handle: person.name.to_uppercase()",
        ),
    },
    Language {
        word: "js",
        needs: &["node", "npm"],
        own: &["npm", "test"],
        change: (
            "src/channel.js",
            "handle: person.name,",
            "handle: person.name.toUpperCase(),",
        ),
    },
    Language {
        word: "python",
        needs: &["python3"],
        own: &["python3", "-m", "unittest"],
        change: (
            "src/channel.py",
            "handle=person[\"name\"]",
            "handle=person[\"name\"].upper()",
        ),
    },
];

/// What a tool says that reached no registry: the machine's want, and not the project's.
const NO_NETWORK: [&str; 6] = [
    "EAI_AGAIN",
    "ENOTFOUND",
    "ECONNREFUSED",
    "Temporary failure in name resolution",
    "Could not find a version",
    "No module named venv",
];

/// A project that was made and built, in a folder that goes with it.
struct Project {
    folder: PathBuf,
    _around: tempfile::TempDir,
}

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let trials = LANGUAGES.map(|language| {
        let name = format!("a_stranger_writes_a_channel_in_{}", language.word);
        // Asked for the list alone, nothing is built.
        let wanted = !arguments.list
            && arguments
                .filter
                .as_ref()
                .is_none_or(|filter| name.contains(filter.as_str()));
        let made = wanted.then(|| project(language));
        let missing = match &made {
            Some(Err(reason)) => Some(reason.clone()),
            _ => None,
        };
        let made = made.and_then(Result::ok);
        trial(&name, missing.as_deref(), move || journey(language, made))
    });
    libtest_mimic::run(&arguments, trials.into()).exit();
}

fn jackfield(arguments: &[&str], folder: &Path) -> (bool, String) {
    let output = Command::new(places::jackfield())
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), said.concat())
}

/// `new` and `build`; an error is what this machine lacks.
fn project(language: Language) -> Result<Project, String> {
    for program in language.needs {
        let there = Command::new(program).arg("--version").output();
        if !there.is_ok_and(|output| output.status.success()) {
            return Err(format!("{program} is not on this machine"));
        }
    }
    let around = tempfile::tempdir().unwrap();
    let (made, said) = jackfield(&["plugin", "new", "night-shop", "--lang", language.word], around.path());
    assert!(made, "{said}");
    let folder = around.path().join("night-shop");
    let (built, said) = jackfield(&["plugin", "build", "night-shop"], around.path());
    if let Some(word) = NO_NETWORK.iter().find(|word| !built && said.contains(**word)) {
        return Err(format!("its tools cannot be fetched here ({word})"));
    }
    assert!(built, "{said}");
    assert!(said.contains("It fits. It can fetch messages"), "{said}");
    Ok(Project {
        folder,
        _around: around,
    })
}

async fn journey(language: Language, made: Option<Project>) {
    let project = made.expect("it was built");
    own_tests(language, &project.folder);
    let dev = Dev::start(&project.folder);
    dev.sees("a message in the view", |line| line.starts_with("    + "))
        .await;

    // An answer goes out, and comes back as ours.
    let page = dev.sees("the page", |line| line.contains("/agent.html")).await;
    let base = page
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .unwrap();
    let key = std::fs::read(project.folder.join(".jackfield/dev/issuer.key")).unwrap();
    let issuer = Issuer {
        name: "dev".to_owned(),
        workspace: "demo".to_owned(),
        key,
    };
    let api = Api::new(base.trim_end_matches("/agent.html"), issuer, "mia", "northwind");
    let row = eventually("a conversation", seconds(60), async || {
        let rows = api.all("status=all").await?;
        rows.into_iter().next().ok_or("there is none yet".to_owned())
    })
    .await;
    let view = api.conversation(row.id.as_str()).await.unwrap();
    let visibility = view.compose.visibilities.first().cloned().unwrap_or(Visibility::Public);
    api.reply(row.id.as_str(), "first", "A new one is on its way to you.", visibility)
        .await
        .unwrap();
    eventually("the answer to be sent", seconds(60), async || {
        let view = api.conversation(row.id.as_str()).await?;
        let sent = replies(&view.items)
            .into_iter()
            .any(|reply| matches!(reply.delivery, Delivery::Sent { .. }));
        if sent {
            Ok(())
        } else {
            Err("it is not sent yet".to_owned())
        }
    })
    .await;
    dev.sees("publish in the view", |line| line.contains(" publish ")).await;

    // What does not build leaves the old one at work; what builds takes over.
    let (file, from, to) = language.change;
    let file = project.folder.join(file);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{} has no {from}", file.display());
    std::fs::write(&file, "this is ( no program").unwrap();
    dev.sees("that the plugin from before works on", |line| line.contains("works on"))
        .await;
    std::fs::write(&file, text.replace(from, to)).unwrap();
    dev.sees("the swap", |line| line.starts_with("> swapped")).await;
    dev.sees("an author in capitals", |line| {
        let name = line
            .strip_prefix("    + ")
            .and_then(|rest| rest.split([':', '@', ' ']).next());
        name.is_some_and(|name| name.len() > 1 && name == name.to_uppercase())
    })
    .await;
    dev.end();
}

fn own_tests(language: Language, folder: &Path) {
    let (program, arguments) = language.own.split_first().unwrap();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("PYTHONPATH", "src:.jackfield/bindings")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}", said.concat());
}

/// A running `plugin dev`, with everything it said.
struct Dev {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Dev {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(places::jackfield())
            .args(["plugin", "dev", "--port", "0", "--pace", "0.4"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let (out, keep) = (child.stdout.take().unwrap(), Arc::clone(&lines));
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                keep.lock().unwrap().push(line);
            }
        });
        Self { child, lines }
    }

    /// The first line that is so.
    async fn sees(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        eventually(what, seconds(180), async || {
            let lines = self.lines.lock().unwrap();
            let found = lines.iter().find(|line| wanted(line)).cloned();
            found.ok_or_else(|| {
                lines
                    .iter()
                    .rev()
                    .take(12)
                    .rev()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("\n")
            })
        })
        .await
    }

    /// Ctrl-C: it ends by itself, and well.
    fn end(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {:?}", self.lines.lock().unwrap().last());
        let lines = self.lines.lock().unwrap();
        // The view's own lines; what a compiler says is as wide as its paths.
        for line in lines
            .iter()
            .filter(|line| line.starts_with("    + ") || line.starts_with("  ="))
        {
            assert!(line.chars().count() <= 80, "too wide: {line}");
        }
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
