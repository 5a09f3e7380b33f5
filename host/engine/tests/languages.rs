//! Guests in JavaScript and Python, made by componentize-js and componentize-py: they load, they run, and what they do
//! wrong is contained like what a Rust guest does wrong.
//!
//! The guests have 12 and 18 MB, so they are made here and not kept. Their tools are looked for in `target/languages`;
//! where one is not there, its tests are ignored and say what to type.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stderr)] // a test program has no other way to say what is missing

#[path = "languages/cases.rs"]
mod cases;
mod support;

use cases::{Case, Ends};
use jackfield_engine::bindings::{Kind, RawRequest};
use jackfield_engine::{
    BreakKind, ChannelConnection, ChannelPlugin, ConnectionSpec, Limits, Manifest, Secret, egress::Grants,
};
use libtest_mimic::{Arguments, Trial};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};
use support::{Kept, Names, TOKEN, Web, broken, poll, text};

const MANIFEST: &str = "name = \"fixture\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\n\
                        summary = \"Misbehaves on order; for tests alone.\"\n\n[egress]\nfrom-settings = [\"url\"]\n";

struct Language {
    name: &'static str,
    source: &'static str,
    tool: &'static str,
    install: &'static str,
}

static JAVASCRIPT: Language = Language {
    name: "JavaScript",
    source: "guest.js",
    tool: "node_modules/@bytecodealliance/componentize-js",
    install: "npm install --prefix target/languages @bytecodealliance/componentize-js@0.23.0",
};
static PYTHON: Language = Language {
    name: "Python",
    source: "app.py",
    tool: "venv/bin/componentize-py",
    install: "python3 -m venv target/languages/venv && target/languages/venv/bin/pip install componentize-py==0.25.1",
};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Language {
    fn folder() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .unwrap()
            .join("languages")
    }

    /// A test of it; ignored, with what to type, where the tool is not there.
    fn trial<T: Future<Output = ()> + 'static>(&'static self, name: &str, body: fn(&'static Self) -> T) -> Trial {
        let missing = !Self::folder().join(self.tool).exists();
        if missing {
            eprintln!("skipped: {name}: no {} tool; type: {}", self.name, self.install);
        }
        let run = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            runtime.block_on(body(self));
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(missing)
    }

    /// The component, made where it is older than its source or the contract.
    fn component(&self) -> Vec<u8> {
        let folder = Self::folder();
        let source = here("tests/languages").join(self.source);
        let contract = here("../../plugins/wit/v0.1");
        let made = folder.join(format!("{}.wasm", self.source));
        let age = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        let newest = fs::read_dir(&contract)
            .unwrap()
            .map(|file| file.unwrap().path())
            .chain([source.clone()])
            .filter_map(|path| age(&path))
            .max();
        if age(&made) < newest {
            // Made beside and renamed: tests of several processes may come here at the same time.
            let beside = folder.join(format!("{}-{}.wasm", self.source, std::process::id()));
            self.make(&source, &contract, &beside);
            fs::rename(&beside, &made).unwrap();
        }
        fs::read(made).unwrap()
    }

    fn make(&self, source: &Path, contract: &Path, to: &Path) {
        let folder = Self::folder();
        let mut command = if self.name == "JavaScript" {
            let script = "const [source, wit, to] = process.argv.slice(1);\
                const { componentize } = await import('@bytecodealliance/componentize-js');\
                const { readFile, writeFile } = await import('node:fs/promises');\
                const { component } = await componentize(await readFile(source, 'utf8'), \
                { witPath: wit, worldName: 'channel-webhook-plugin', disableFeatures: ['fetch-event'] });\
                await writeFile(to, component);";
            let mut node = Command::new("node");
            node.args(["--input-type=module", "-e", script, "--"])
                .args([source, contract, to]);
            node
        } else {
            let mut python = Command::new(folder.join(self.tool));
            python
                .arg("-d")
                .arg(contract)
                .args(["-w", "channel-webhook-plugin", "componentize", "app", "-p"]);
            python.arg(source.parent().unwrap()).arg("-o").arg(to);
            python
        };
        let built = command.current_dir(&folder).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }

    fn stage(&self) -> Stage {
        let component = self.component();
        let log = Arc::new(Kept::default());
        let plugin = support::engine(log.clone())
            .load_channel(&component, Manifest::parse(MANIFEST).unwrap())
            .unwrap();
        Stage { plugin, log }
    }
}

struct Stage {
    plugin: ChannelPlugin,
    log: Arc<Kept>,
}

impl Stage {
    fn connect(&self, id: &str, mode: &str, port: u16, change: impl FnOnce(&mut ConnectionSpec)) -> ChannelConnection {
        let grants = Grants::parse(&[format!("private:http://127.0.0.1:{port}")]).unwrap();
        let mut spec = ConnectionSpec {
            id: id.to_owned(),
            settings: format!("{{\"mode\":\"{mode}\",\"url\":\"http://127.0.0.1:{port}/\"}}"),
            secrets: vec![Secret::new("token", TOKEN.to_owned().into(), grants.clone()).unwrap()],
            grants,
            limits: Limits {
                // On a machine that is busy with other tests too.
                cpu: Duration::from_secs(20),
                ..Limits::channel()
            },
            resolver: Arc::new(Names::default()),
            recorder: None,
        };
        change(&mut spec);
        self.plugin.connect(spec).unwrap()
    }

    async fn said(&self, mode: &str, port: u16) -> String {
        match poll(&self.connect(mode, mode, port, |_| {})).await {
            Ok(polled) => text(&polled).to_owned(),
            Err(error) => panic!("{error:?}\n{:#?}", self.log.of(mode)),
        }
    }

    /// What is true of every containment: it is named by its cause, the next call gets a fresh instance, and a
    /// neighbour keeps its own.
    async fn contained(&self, mode: &str, kinds: &[BreakKind], change: impl FnOnce(&mut ConnectionSpec)) {
        let neighbour = self.connect("neighbour", "time", 1, |_| {});
        let victim = self.connect(mode, mode, 1, change);
        assert_eq!(neighbour.check().await.unwrap(), "call 1");
        assert_eq!(victim.check().await.unwrap(), "call 1");
        let breakdown = broken(poll(&victim).await.unwrap_err());
        assert!(kinds.contains(&breakdown.kind), "{mode}: {breakdown:?}");
        assert_eq!(
            victim.check().await.unwrap(),
            "call 1",
            "{mode}: a fresh instance serves the next call"
        );
        assert_eq!(
            neighbour.check().await.unwrap(),
            "call 2",
            "{mode}: the neighbour kept its instance"
        );
    }

    async fn all_contained(&self) {
        let short = |spec: &mut ConnectionSpec| spec.limits.cpu = Duration::from_millis(300);
        self.contained("loop", &[BreakKind::TimedOut], short).await;
        let trapped = [BreakKind::OutOfMemory, BreakKind::Trap];
        self.contained("allocate", &trapped, |_| {}).await;
        self.contained("giant", &trapped, |_| {}).await;
        self.contained("recurse", &[BreakKind::StackOverflow, BreakKind::Trap], |_| {})
            .await;
        self.contained("throw", &[BreakKind::Trap], |_| {}).await;
    }

    /// What a guest does wrong with each import comes to its end: stopped by name and followed by a fresh instance, or
    /// refused in words. Nothing reaches the host that was not granted, and no secret the one that may not have it.
    async fn checks(&self, cases: &[Case], ingest: bool) {
        let (other, denied) = (Web::echo().await, Web::echo().await);
        let granted = away(denied.port).await;
        let tcp = silent().await;
        for case in cases {
            let connection = self.connect(case.mode, case.mode, granted.port, |spec| {
                (case.limits)(&mut spec.limits);
                spec.settings = format!(
                    r#"{{"mode":"{}","url":"http://127.0.0.1:{}/","other":"{}","denied":"{}","tcp":"{tcp}"}}"#,
                    case.mode, granted.port, other.port, denied.port
                );
                let lines = [
                    format!("private:http://127.0.0.1:{}", granted.port),
                    format!("private:http://127.0.0.1:{}", other.port),
                    format!("private:tcp://127.0.0.1:{tcp}"),
                ];
                spec.grants = Grants::parse(&lines).unwrap();
            });
            assert_eq!(connection.check().await.unwrap(), "call 1", "{}", case.mode);
            let outcome = match ingest {
                true => connection.ingest(request(), Vec::new()).await.map(|found| found.events),
                false => poll(&connection).await.map(|polled| polled.events),
            };
            match (&case.ends, outcome) {
                (Ends::Broken(kinds, words), outcome) => {
                    let breakdown = broken(outcome.expect_err(case.mode));
                    assert!(kinds.contains(&breakdown.kind), "{}: {breakdown:?}", case.mode);
                    assert!(breakdown.detail.contains(words), "{}: {breakdown}", case.mode);
                    assert_eq!(
                        connection.check().await.unwrap(),
                        "call 1",
                        "{}: no fresh instance",
                        case.mode
                    );
                }
                (Ends::Says(words), Ok(events)) => {
                    let Kind::Said(content) = &events[0].kind else {
                        panic!("{events:?}")
                    };
                    assert!(content.text.contains(words), "{}: {}", case.mode, content.text);
                    assert_eq!(connection.check().await.unwrap(), "call 2", "{}", case.mode);
                }
                (Ends::Says(_), Err(error)) => panic!("{}: {error:?}\n{:?}", case.mode, self.log.of(case.mode)),
            }
        }
        assert_eq!(denied.requests(), Vec::<String>::new());
        for request in other.requests().iter().chain(&granted.requests()) {
            assert!(!request.contains("forged"), "{request}");
        }
        assert!(other.requests().iter().all(|request| !request.contains(TOKEN)));
    }

    /// A body that outlives its call, and one that was given back.
    async fn gives_back_no_body(&self) {
        let web = Web::echo().await;
        let keeps = self.connect("body-kept", "body-kept", web.port, |_| {});
        assert_eq!(text(&poll(&keeps).await.unwrap()), "kept");
        let said = poll(&keeps).await.unwrap();
        assert!(text(&said).contains("a call that is over"), "{}", text(&said));
        match poll(&self.connect("body-dropped", "body-dropped", web.port, |_| {})).await {
            Ok(polled) => assert!(!text(&polled).contains("HTTP"), "{}", text(&polled)),
            // Its runtime gave a handle that is no longer one.
            Err(error) => {
                let kind = broken(error).kind;
                assert!([BreakKind::Trap, BreakKind::BadAnswer].contains(&kind), "{kind:?}");
            }
        }
    }

    async fn prints_into_the_log(&self) {
        assert_eq!(self.said("print", 1).await, "printed");
        let lines: Vec<String> = self.log.of("print").into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("printed") && lines[1].contains("forged"), "{lines:?}");
    }

    async fn sees_the_engines_time(&self) {
        assert_eq!(self.said("time", 1).await.to_lowercase(), "1795510800000 true");
        assert_eq!(self.said("sleep", 1).await, "slept");
    }
}

async fn javascript_reaches_a_granted_host_by_fetch_and_no_other(language: &Language) {
    let stage = language.stage();
    let web = Web::echo().await;
    let said = stage.said("fetch", web.port).await;
    assert!(
        said.starts_with("200 POST / HTTP/1.1") && said.contains("Bearer [secret token]"),
        "{said}"
    );
    let request = &web.requests()[0];
    assert!(
        request.contains(TOKEN) && request.contains("content-length: 16"),
        "{request}"
    );
    assert_eq!(stage.said("fetch-two", web.port).await, "200 200");

    let denied = stage.connect("denied", "fetch-denied", web.port, |spec| {
        spec.grants = Grants::default()
    });
    assert!(text(&poll(&denied).await.unwrap()).starts_with("caught "));
    let lines = stage.log.of("denied");
    assert!(
        lines.iter().any(|(_, line)| line.contains("may talk to no host")),
        "{lines:?}"
    );
    assert_eq!(web.requests().len(), 3);
}

async fn python_reaches_a_granted_host_and_neither_files_nor_sockets(language: &Language) {
    let stage = language.stage();
    let web = Web::echo().await;
    let said = stage.said("fetch", web.port).await;
    assert!(
        said.starts_with("200 GET / HTTP/1.1") && said.contains("Bearer [secret token]"),
        "{said}"
    );
    assert!(web.requests()[0].contains(TOKEN));
    assert_eq!(
        stage.said("surroundings", 1).await,
        "0 variables, file refused, socket refused"
    );
}

/// Answers with the request, and `/away` with a redirect to another port of this machine.
async fn away(port: u16) -> Web {
    Web::start(move |head| match head.contains(" /away ") {
        true => support::redirect(&format!("http://127.0.0.1:{port}/")),
        false => support::ok(head),
    })
    .await
}

/// A server that reads whatever comes and never says a word.
async fn silent() -> u16 {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            tokio::spawn(async move { tokio::io::copy(&mut line, &mut tokio::io::sink()).await });
        }
    });
    port
}

fn request() -> RawRequest {
    RawRequest {
        method: "POST".to_owned(),
        path: String::new(),
        query: String::new(),
        headers: Vec::new(),
        body: Vec::new(),
        received_at: 1_795_510_800_000,
    }
}

async fn abuses_each_import_in_vain(language: &Language) {
    let stage = language.stage();
    if language.name == JAVASCRIPT.name {
        stage.checks(cases::FETCH, false).await;
    }
    stage.gives_back_no_body().await;
    stage.checks(cases::ALL, false).await;
    stage.checks(cases::INGEST, true).await;
}

async fn is_contained(language: &Language) {
    language.stage().all_contained().await;
}

async fn prints_a_line_and_has_the_engines_time(language: &Language) {
    let stage = language.stage();
    stage.prints_into_the_log().await;
    stage.sees_the_engines_time().await;
}

fn main() {
    let arguments = Arguments::from_args();
    let (js, python) = (&JAVASCRIPT, &PYTHON);
    let trials = vec![
        js.trial(
            "javascript_reaches_a_granted_host_by_fetch_and_no_other",
            javascript_reaches_a_granted_host_by_fetch_and_no_other,
        ),
        python.trial(
            "python_reaches_a_granted_host_and_neither_files_nor_sockets",
            python_reaches_a_granted_host_and_neither_files_nor_sockets,
        ),
        js.trial("javascript_abuses_each_import_in_vain", abuses_each_import_in_vain),
        python.trial("python_abuses_each_import_in_vain", abuses_each_import_in_vain),
        js.trial("a_hostile_javascript_guest_is_contained", is_contained),
        python.trial("a_hostile_python_guest_is_contained", is_contained),
        js.trial(
            "what_javascript_prints_is_a_line_and_its_time_is_the_engines",
            prints_a_line_and_has_the_engines_time,
        ),
        python.trial(
            "what_python_prints_is_a_line_and_its_time_is_the_engines",
            prints_a_line_and_has_the_engines_time,
        ),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}
